using System;

namespace NFUnitTest;

/// <summary>The desktop's part of tests/NFUnitTest/Heap.cs: it counts what this thread allocates.</summary>
internal static class Heap
{
    private static long s_mark;

    // Of the whole process, with other tests at work in it: not compared here.
    public static long Free => 0;

    public static bool IsABoards => true;

    public static void LeaveFree(int bytes)
    {
    }

    public static void Release()
    {
    }

    public static void Mark()
    {
        s_mark = GC.GetAllocatedBytesForCurrentThread();
    }

    public static bool Allocated => GC.GetAllocatedBytesForCurrentThread() != s_mark;
}
