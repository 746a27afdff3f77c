#nullable disable
using System;
using nanoFramework.TestFramework;

namespace NFUnitTest;

/// <summary>The launcher takes classes in the order of their names: from here on the heap is that of a small board.</summary>
[TestClass]
public class AFirst
{
    /// <summary>
    /// What a board with a heap of 54 KB has left when mscorlib and the channel are loaded; and 13 000 bytes for the far end, which takes as much as the
    /// near one but is no board's to hold, as is the network, whose room comes out of the board's.
    /// </summary>
    public const int Board = 35000 + 13000;

    [TestMethod]
    public void HeapOfABoard()
    {
        Console.WriteLine("free bytes at the start: " + Heap.Free.ToString());
        Heap.LeaveFree(Board);
    }
}
