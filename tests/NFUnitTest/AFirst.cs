#nullable disable
using System;
using nanoFramework.TestFramework;

namespace NFUnitTest;

/// <summary>The launcher takes classes in the order of their names: from here on the heap is that of a small board.</summary>
[TestClass]
public class AFirst
{
    /// <summary>
    /// What a board with a heap of 54 000 bytes has left when mscorlib and the channel are loaded; and the room of the far end, its server and the network,
    /// which are no board's to hold: 16 500 bytes where nothing is lost, and packets that fly besides.
    /// </summary>
    public const int Board = 33500 + 20500;

    [TestMethod]
    public void HeapOfABoard()
    {
        Console.WriteLine("free bytes at the start: " + Heap.Free.ToString());
        Heap.LeaveFree(Board);
        Assert.IsTrue(!Heap.IsABoards || Heap.Free < Board + Board / 4);
    }
}
