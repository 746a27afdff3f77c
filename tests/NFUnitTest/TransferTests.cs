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
    private const int BufferSize = TransferMessage.MinMessageSize;

    [TestMethod]
    public void LogsToTheDesktop()
    {
        Pair pair = Connected(41);
        MemoryFolder device = MemoryFolder.Flash();
        MemoryFolder desktop = MemoryFolder.Flash();
        device.Add("logs/boot.log", 5000);
        Run(pair, pair.Near, new FileSender(device, CryptoCore.NewSha256(), null), pair.Far, Receiver(desktop));
        AssertHas(desktop, "logs/boot.log", 5000);
        Assert.AreEqual(1, desktop.Count);
    }

    [TestMethod]
    public void FilesToTheBoard()
    {
        Pair pair = Connected(44);
        MemoryFolder device = MemoryFolder.Flash();
        MemoryFolder desktop = MemoryFolder.Flash();
        desktop.Add("settings", 3000);
        desktop.Add("empty", 0);
        Run(pair, pair.Far, new FileSender(desktop, CryptoCore.NewSha256(), null), pair.Near, Receiver(device));
        AssertHas(device, "settings", 3000);
        AssertHas(device, "empty", 0);
        Assert.AreEqual(2, device.Count);
    }

    [TestMethod]
    public void GoesOnAfterAKill()
    {
        MemoryFolder from = MemoryFolder.Flash();
        MemoryFolder to = MemoryFolder.Flash();
        from.Add("file", 7000);
        to.Life = 4001;
        SendUntilKilled(from, to);

        Pair pair = Connected(43);
        to.Life = int.MaxValue;
        FileReceiver second = Receiver(to);
        Run(pair, pair.Near, new FileSender(from, CryptoCore.NewSha256(), null), pair.Far, second);
        AssertHas(to, "file", 7000);
        Assert.AreEqual(4001L, second.BytesBefore);
        Assert.AreEqual(1, to.Count);
    }

    [TestMethod]
    public void NamesThatLeadElsewhere()
    {
        Assert.IsTrue(TransferName.Check("logs/boot.log"));
        Assert.IsFalse(TransferName.Check("../boot.log"));
        Assert.IsFalse(TransferName.Check("/boot.log"));
        Assert.IsFalse(TransferName.Check("a/./b"));
        Assert.IsFalse(TransferName.Check(".springtail-x"));
        Assert.IsFalse(TransferName.Check("a\u001B[2J"));
    }

    private static ChannelOptions Options()
    {
        ChannelOptions options = Pair.Options();
        options.MaxMessageSize = BufferSize;
        return options;
    }

    private static Pair Connected(uint seed)
    {
        Pair pair = new Pair(seed, 40, Options());
        pair.Network.LossPercent = 5;
        Assert.IsTrue(pair.Connect());
        return pair;
    }

    private static FileReceiver Receiver(MemoryFolder folder)
    {
        return new FileReceiver(folder, CryptoCore.NewSha256(), CryptoCore.NewSha256(), 16, false, null);
    }

    // A method of its own: there is no room for both pairs.
    private static void SendUntilKilled(MemoryFolder from, MemoryFolder to)
    {
        Pair pair = Connected(42);
        byte[] incoming = new byte[BufferSize];
        SessionTransfer sender = new SessionTransfer(pair.Near, new FileSender(from, CryptoCore.NewSha256(), null), incoming);
        SessionTransfer receiver = new SessionTransfer(pair.Far, Receiver(to), incoming);
        while (!to.Killed)
        {
            sender.Work(pair.Network.Now);
            receiver.Work(pair.Network.Now);
            pair.Run(5);
        }
    }

    private static void Run(Pair pair, Session from, FileSender sender, Session to, FileReceiver receiver)
    {
        byte[] incoming = new byte[BufferSize];
        SessionTransfer near = new SessionTransfer(from, sender, incoming);
        SessionTransfer far = new SessionTransfer(to, receiver, incoming);
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

    private static void AssertHas(MemoryFolder folder, string name, long size)
    {
        Assert.AreEqual(StoreEntry.File, folder.Find(name, out long found));
        Assert.AreEqual(size, found);
        Assert.IsFalse(folder.IsDamaged);
    }
}
