#nullable disable
using System;

namespace NFUnitTest;

/// <summary>
/// The managed heap. The collector runs only when an allocation finds no room. So what nothing but a weak reference holds stays until then:
/// with little room left, it tells whether anything was allocated.
/// </summary>
internal static class Heap
{
    // The heap has parts, with a rest at the end of each that is too small for a larger piece: small ones fill it.
    private const int Pieces = 500;
    private const int LargestPiece = 150000;
    private const int SmallestPiece = 48;

    private static object[] s_ballast;
    private static byte[] s_left;
    private static WeakReference s_mark;
    private static int s_objectSize;

    /// <summary>Free bytes after a collection.</summary>
    public static long Free
    {
        get
        {
            // What the first one finds to have ended, the second one frees.
            nanoFramework.Runtime.Native.GC.Run(false);
            return nanoFramework.Runtime.Native.GC.Run(false);
        }
    }

    /// <summary>
    /// True when the CLR's pointers are a board's, of 4 bytes. One with 8 damages its heap when that is short (1.17 for Linux): there it is left as it is.
    /// </summary>
    public static bool IsABoards
    {
        get
        {
            if (s_objectSize == 0)
            {
                object[] objects = new object[100];
                long before = Free;
                for (int i = 0; i < objects.Length; i++)
                {
                    objects[i] = new object();
                }

                s_objectSize = (int)(before - Free) / objects.Length + (objects[0] == null ? 1 : 0);
            }

            return s_objectSize < 20;
        }
    }

    /// <summary>Takes all but about that many bytes, in place of what it took before, and leaves them in one piece; nothing where there is little more.</summary>
    public static void LeaveFree(int bytes)
    {
        Release();
        if (!IsABoards || Free < bytes + bytes / 4)
        {
            return;
        }

        s_left = new byte[bytes];
        s_ballast = new object[Pieces];
        int size = LargestPiece;
        int i = 0;
        while (size >= SmallestPiece && i < Pieces)
        {
            try
            {
                s_ballast[i] = new byte[size];
                i++;
            }
            catch (OutOfMemoryException)
            {
                size /= 2;
            }
        }

        s_left = null;
    }

    /// <summary>Gives back what was taken.</summary>
    public static void Release()
    {
        s_ballast = null;
    }

    /// <summary>Begins to watch.</summary>
    public static void Mark()
    {
        // What was given up is room only once it is collected; else the first larger frame would bring that about.
        nanoFramework.Runtime.Native.GC.Run(false);
        s_mark = new WeakReference(new byte[8]);
    }

    /// <summary>True when more was allocated since <see cref="Mark"/> than was free.</summary>
    public static bool Allocated => !s_mark.IsAlive;
}
