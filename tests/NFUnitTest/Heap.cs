#nullable disable
using System;

namespace NFUnitTest;

/// <summary>
/// The managed heap. The collector runs only when an allocation finds no room. So what nothing but a weak reference holds stays until then:
/// with little room left, it tells whether anything was allocated.
/// </summary>
internal static class Heap
{
    private static object[] s_ballast;
    private static WeakReference s_mark;

    /// <summary>Free bytes after a collection.</summary>
    public static long Free => nanoFramework.Runtime.Native.GC.Run(false);

    /// <summary>Takes all but about that many bytes.</summary>
    public static void LeaveFree(long bytes)
    {
        long free = Free;
        while (free > bytes + 1000)
        {
            // Half of what is too much, so that the pieces fit what is free between others.
            long size = (free - bytes) / 2;
            s_ballast = new object[] { s_ballast, new byte[size > 30000 ? 30000 : (int)size] };
            free = Free;
        }
    }

    public static void Release()
    {
        s_ballast = null;
    }

    /// <summary>Begins to watch.</summary>
    public static void Mark()
    {
        s_mark = new WeakReference(new byte[8]);
    }

    /// <summary>True when more was allocated since <see cref="Mark"/> than was free.</summary>
    public static bool Allocated => !s_mark.IsAlive;
}
