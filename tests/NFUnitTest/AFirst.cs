#nullable disable
using System;
using nanoFramework.TestFramework;

namespace NFUnitTest;

/// <summary>The launcher takes classes in the order of their names: from here on the heap is that of a small board.</summary>
[TestClass]
public class AFirst
{
    /// <summary>
    /// What a board with a heap of 54 KB has left when mscorlib and the channel are loaded, and 10 000 bytes for the far end and the network, which no
    /// board has to hold.
    /// </summary>
    public const int Board = 35000 + 10000;

    [TestMethod]
    public void HeapOfABoard()
    {
        Console.WriteLine("free bytes at the start: " + Heap.Free.ToString());
        Heap.LeaveFree(Board);
    }
}
