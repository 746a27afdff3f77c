#nullable disable
using nanoFramework.TestFramework;
using Springtail;
using Springtail.Crypto;
using Springtail.Packets;
using Springtail.Sessions;
using Springtail.Transfer;

namespace NFUnitTest;

/// <summary>Files between two sessions, with buffers of a few KB (PROTOCOL.md 23).</summary>
[TestClass]
public class TransferTests
{
    private const int BufferSize = 2 * DataPayload.FragmentSize;

    [TestMethod]
    public void ALogToTheDesktopAndAFileBack()
    {
        // A board has its files in flash, and one end.
        Heap.Release();
        Pair pair = new Pair(41, 40, Options());
        pair.Network.LossPercent = 5;
        Assert.IsTrue(pair.Connect());
        MemoryFolder device = new MemoryFolder();
        MemoryFolder desktop = new MemoryFolder();
        device.Add("logs/boot.log", Bytes(1, 5000));
        device.Add("logs/empty.log", new byte[0]);
        Run(pair, pair.Near, new FileSender(device, CryptoCore.NewSha256(), null), pair.Far, Receiver(desktop));
        Assert.IsTrue(AreEqual(device.Contents("logs/boot.log"), desktop.Contents("logs/boot.log")));
        Assert.AreEqual(0, desktop.Contents("logs/empty.log").Length);
        Assert.AreEqual(2, desktop.Count);

        desktop.Add("settings", Bytes(2, 3000));
        Run(pair, pair.Far, new FileSender(desktop, CryptoCore.NewSha256(), null), pair.Near, Receiver(device));
        Heap.LeaveFree(AFirst.Board);
        Assert.IsTrue(AreEqual(desktop.Contents("settings"), device.Contents("settings")));
    }

    [TestMethod]
    public void GoesOnAfterAKill()
    {
        // A board has its files in flash, and one end.
        Heap.Release();
        MemoryFolder from = new MemoryFolder();
        MemoryFolder to = new MemoryFolder();
        from.Add("file", Bytes(3, 7000));
        to.Life = 4001;
        SendUntilKilled(from, to);

        Pair pair = new Pair(43, 40, Options());
        Assert.IsTrue(pair.Connect());
        to.Life = int.MaxValue;
        FileReceiver second = Receiver(to);
        Run(pair, pair.Near, new FileSender(from, CryptoCore.NewSha256(), null), pair.Far, second);
        Assert.IsTrue(AreEqual(from.Contents("file"), to.Contents("file")));
        Heap.LeaveFree(AFirst.Board);
        Assert.AreEqual(4001L, second.BytesBefore);
        Assert.AreEqual(1, to.Count);
    }

    [TestMethod]
    public void NamesThatLeadElsewhere()
    {
        Assert.IsTrue(TransferName.Check("logs/boot.log"));
        Assert.IsFalse(TransferName.Check("../boot.log"));
        Assert.IsFalse(TransferName.Check("/boot.log"));
        Assert.IsFalse(TransferName.Check("a\\b"));
        Assert.IsFalse(TransferName.Check("I:"));
        Assert.IsFalse(TransferName.Check("nul.txt"));
        Assert.IsFalse(TransferName.Check("a\u001B[2J"));
    }

    private static ChannelOptions Options()
    {
        ChannelOptions options = Pair.Options();
        options.MaxMessageSize = BufferSize;
        return options;
    }

    private static FileReceiver Receiver(MemoryFolder folder)
    {
        return new FileReceiver(folder, CryptoCore.NewSha256(), CryptoCore.NewSha256(), 16, false, null);
    }

    // A method of its own: a board has no room for both pairs.
    private static void SendUntilKilled(MemoryFolder from, MemoryFolder to)
    {
        Pair pair = new Pair(42, 40, Options());
        Assert.IsTrue(pair.Connect());
        SessionTransfer sender = new SessionTransfer(pair.Near, new FileSender(from, CryptoCore.NewSha256(), null), BufferSize);
        SessionTransfer receiver = new SessionTransfer(pair.Far, Receiver(to), BufferSize);
        while (!to.Killed)
        {
            sender.Work(pair.Network.Now);
            receiver.Work(pair.Network.Now);
            pair.Run(5);
        }
    }

    private static void Run(Pair pair, Session from, FileSender sender, Session to, FileReceiver receiver)
    {
        SessionTransfer near = new SessionTransfer(from, sender, BufferSize);
        SessionTransfer far = new SessionTransfer(to, receiver, BufferSize);
        long end = pair.Network.Now + 120000;
        while (!(near.IsOver && far.IsOver) && pair.Network.Now < end)
        {
            near.Work(pair.Network.Now);
            far.Work(pair.Network.Now);
            pair.Run(5);
        }

        Assert.IsTrue(sender.IsDone && receiver.IsDone);
        Assert.AreEqual(0L, sender.Failed + receiver.Failed);
    }

    private static byte[] Bytes(uint seed, int size)
    {
        byte[] bytes = new byte[size];
        new TestRandom(seed).Fill(bytes, 0, size);
        return bytes;
    }

    private static bool AreEqual(byte[] a, byte[] b)
    {
        bool equal = a.Length == b.Length;
        for (int i = 0; equal && i < a.Length; i++)
        {
            equal = a[i] == b[i];
        }

        return equal;
    }
}
