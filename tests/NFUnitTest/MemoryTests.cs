#nullable disable
using System;
using nanoFramework.TestFramework;
using Springtail;
using Springtail.Crypto;
using Springtail.Packets;
using Springtail.Transport;

namespace NFUnitTest;

/// <summary>The managed heap under a session: nothing is allocated for a packet, and a session has its size.</summary>
[TestClass]
public class MemoryTests
{
    // Calls take their frames from it.
    private const int Room = 10000;
    private const long Packets = 20000;

    [TestMethod]
    public void PacketsAllocateNothing()
    {
        SkipWithoutAShortHeap();
        bool allocated = PacketsAllocate();
        Heap.LeaveFree(AFirst.Board);
        Assert.IsFalse(allocated);
    }

    // A method of its own: what it holds is gone when the heap is a board's again.
    private static bool PacketsAllocate()
    {
        // 10 000 packets, each sent by one side and taken by the other, with the hops in between. The server's rendezvous port is fixed: else it
        // makes new ones every 10 s, which is no packet's doing.
        ChannelOptions options = Pair.Options();
        options.RendezvousPort = 40000;
        Pair pair = new Pair(21, 64, options);
        Assert.IsTrue(pair.Connect());

        // The first question for the time comes within it, after a minute: there is room for its answer from then on.
        pair.Exchange(25000L, 6000000);
        Heap.LeaveFree(Room);
        Heap.Mark();
        long before = pair.Packets;
        ulong window = pair.Near.Window;
        pair.Exchange(Packets, 36000000);
        bool allocated = Heap.Allocated;
        Assert.IsTrue(pair.Packets - before >= Packets && !pair.Garbled);
        Assert.IsTrue(pair.Near.Window > window);
        return allocated;
    }

    [TestMethod]
    public void AnAllocationForEachPacketWouldShow()
    {
        SkipWithoutAShortHeap();
        Heap.LeaveFree(Room);
        Heap.Mark();
        object last = null;
        for (int i = 0; i < Packets / 2; i++)
        {
            last = new object();
        }

        bool allocated = Heap.Allocated;
        Heap.LeaveFree(AFirst.Board);
        Assert.IsTrue(allocated && last != null);
    }

    [TestMethod]
    public void TheHeapDoesNotGrow()
    {
        // Two ends, and at times two sessions each, in one heap: no board holds that.
        Heap.Release();
        bool grows = Grows();
        Heap.LeaveFree(AFirst.Board);
        Assert.IsFalse(grows);
    }

    private static bool Grows()
    {
        Pair pair = new Pair(22, 1000);
        pair.Network.Jitter = 30;
        Assert.IsTrue(pair.Connect());

        // Until all that a session may hold is there, and another one has taken its place, time and again.
        Lose(pair);
        long free = Heap.Free;
        Lose(pair);
        long later = Heap.Free;
        Assert.IsFalse(pair.Garbled);
        Assert.IsTrue(pair.Client.Attempts > 1);
        return later + 256 < free;
    }

    // A bad network and a good one by turns, and in the end what is left of handshakes that nobody needed has run out: a minute after them.
    private static void Lose(Pair pair)
    {
        for (int i = 0; i < 5; i++)
        {
            pair.Network.LossPercent = 25;
            pair.Exchange(800L, 6000000);
            pair.Network.LossPercent = 0;
            pair.Exchange(800L, 6000000);
        }

        pair.Run(80000);
    }

    [TestMethod]
    public void SizeOfAnIdleSessionOnAServer()
    {
        // A server and its clients in one heap: no board holds that.
        Heap.Release();
        PrintIdleSession();
        Heap.LeaveFree(AFirst.Board);
    }

    [TestMethod]
    public void SizeOfASession()
    {
        // Two ends with buffers of a device's full size, and the network between them.
        Heap.Release();
        PrintSession();
        Heap.LeaveFree(AFirst.Board);
    }

    private static void SkipWithoutAShortHeap()
    {
        if (!Heap.IsABoards)
        {
            Assert.SkipTest("the CLR's pointers have 8 bytes: its heap is not made short");
        }
    }

    private static void PrintIdleSession()
    {
        Pair pair = new Pair(24, 100, new ChannelOptions { MaxSessions = 2, SessionsPerPsk = 2 });
        Assert.IsTrue(pair.Connect());
        MemoryTransport host = pair.Network.Host(3);

        // What the network holds of packets that fly at once is there from the beginning: these go to a port where nobody listens.
        Endpoint nowhere = new Endpoint();
        nowhere.CopyFrom(pair.ServerAddress);
        nowhere.Port = 1;
        byte[] packet = new byte[Packet.MaxSize];
        for (int i = 0; i < 16; i++)
        {
            pair.Network.Inject(nowhere, nowhere, packet, packet.Length);
        }

        pair.Run(1000);
        long one = Heap.Free;
        bool connected = pair.ConnectAnother(host);
        long two = Heap.Free;
        Assert.IsTrue(connected && pair.Received == 0);
        Console.WriteLine("one more idle at a server: " + (one - two).ToString());
    }

    private static void PrintSession()
    {
        // What a client of the default options holds after messages of the largest size went both ways over a bad network.
        ChannelOptions defaults = new ChannelOptions();
        Pair pair = new Pair(23, defaults.MaxMessageSize, defaults);
        pair.Network.LossPercent = 15;
        pair.Network.Jitter = 50;
        Assert.IsTrue(pair.Connect());
        Assert.IsTrue(pair.Exchange(5u, 6000000));
        pair.AddChannel();
        long with = Heap.Free;
        pair.ForgetClient();
        long without = Heap.Free;
        object[] objects = new object[100];
        for (int i = 0; i < objects.Length; i++)
        {
            objects[i] = new object();
        }

        // Stock firmware has its primitives in C#.
        long before = Heap.Free;
        ICryptoCore core = new ManagedCore();
        long coreSize = before - Heap.Free;
        long size = (without - before) / objects.Length;
        Console.WriteLine("session bytes: " + (without - with).ToString() + ", managed core bytes: " + coreSize.ToString() + ", pointer bytes: " + (size > 30 ? "8" : "4"));

        // Held until here, as is the far end.
        Assert.IsTrue(objects[99] != null && core != null && pair.Received == 10);
    }
}
