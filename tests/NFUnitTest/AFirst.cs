#nullable disable
using System;
using nanoFramework.TestFramework;

namespace NFUnitTest;

/// <summary>The launcher takes classes in the order of their names: from here on the heap is that of a small board.</summary>
[TestClass]
public class AFirst
{
    /// <summary>
    /// What a board with a heap of 54 KB has left when mscorlib and the channel are loaded; and 12 000 bytes for the far end, which takes no less than
    /// the near one and is no board's to hold.
    /// </summary>
    public const int Board = 35000 + 12000;

    [TestMethod]
    public void HeapOfABoard()
    {
        Console.WriteLine("free bytes at the start: " + Heap.Free.ToString());
        Heap.LeaveFree(Board);
    }
}
