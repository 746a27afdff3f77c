#nullable disable
using System;
using nanoFramework.TestFramework;
using Springtail;
using Springtail.Crypto;
using Springtail.Packets;
using Springtail.Sessions;

namespace NFUnitTest;

/// <summary>Two sessions with the C# primitives over a network that loses, doubles, delays and damages.</summary>
[TestClass]
public class SessionTests
{
    [TestMethod]
    public void SuiteWithoutTheNativeCore()
    {
        ICryptoCore core = new ManagedCore(new TestRandom(1), false);
        ChannelOptions options = Pair.Options();
        options.Suite = 1;
        Assert.ThrowsException(typeof(NotSupportedException), () => new Client(core, options, new Endpoint(), 0, 0));
        options.AllowSlowSuites = true;
        Client slow = new Client(core, options, new Endpoint(), 0, 0);
        Assert.IsTrue(slow.State == ClientState.Calling);
    }

    [TestMethod]
    public void MessagesBothWays()
    {
        Pair pair = new Pair(11, 40);
        Assert.IsTrue(pair.Connect());
        Assert.AreEqual(2, pair.Near.Suite);
        Assert.IsTrue(pair.Exchange(40u, 60000));
        Assert.AreEqual(0u, pair.Near.Counters.Drops(DropCause.BadTag) + pair.Far.Counters.Drops(DropCause.BadTag));
    }

    [TestMethod]
    public void LossDamageAndDisorder()
    {
        Pair pair = new Pair(12, 1500);
        pair.Network.LossPercent = 20;
        pair.Network.DuplicatePercent = 10;
        pair.Network.DamagePercent = 5;
        pair.Network.Jitter = 40;
        Assert.IsTrue(pair.Connect());
        Assert.IsTrue(pair.Exchange(25u, 600000));
        Assert.IsTrue(pair.Near.Counters.Retransmissions + pair.Far.Counters.Retransmissions > 0);
        Assert.IsTrue(pair.Near.Counters.Drops(DropCause.Replay) + pair.Far.Counters.Drops(DropCause.Replay) > 0);
    }

    [TestMethod]
    public void HopsAndSilence()
    {
        Pair pair = new Pair(13, 40);
        Assert.IsTrue(pair.Connect());
        ulong window = pair.Near.Window;
        pair.Run(20000);
        Assert.IsTrue(pair.Near.Window >= window + 39);
        Assert.AreEqual(pair.Near.Window, pair.Far.Window);
        Assert.IsTrue(pair.Exchange(3u, 10000));

        // Without a network for almost 150 s, when it would be given up: the client goes into recovery, and comes out of it.
        pair.Network.LossPercent = 100;
        pair.Run(149000);
        Assert.IsTrue(pair.Near.State == SessionState.Recovering);
        pair.Network.LossPercent = 0;
        Assert.IsTrue(pair.Exchange(3u, 60000));
        Assert.IsTrue(pair.Near.State == SessionState.Established);
    }

    [TestMethod]
    public void TheNetworkGoneForAnHour()
    {
        Pair pair = new Pair(15, 40);
        Assert.IsTrue(pair.Connect());
        Assert.IsTrue(pair.Exchange(3u, 10000));
        pair.Network.LossPercent = 100;
        pair.Run(3600000);
        Assert.IsTrue(pair.Near.State == SessionState.Ended && pair.Far.State == SessionState.Ended);
        Assert.AreEqual(ErrorCode.Timeout, pair.Near.EndCode);
        Assert.AreEqual(0, pair.OpenPorts);
        pair.Network.LossPercent = 0;
        Assert.IsTrue(pair.ConnectAnew());
        Assert.IsTrue(pair.Exchange(3u, 10000));
    }

    [TestMethod]
    public void AServerThatAnswersWithAnything()
    {
        Pair pair = new Pair(16, 40);
        Babble babble = new Babble(pair.ServerAddress, 17);
        pair.Network.Tap = babble;
        pair.Run(15000);
        Assert.IsTrue(pair.Client.State == ClientState.Calling && babble.Count > 0);
        pair.Network.Tap = null;
        Assert.IsTrue(pair.Connect());
        Assert.IsTrue(pair.Exchange(3u, 10000));

        int before = babble.Count;
        pair.Network.Tap = babble;
        Assert.IsFalse(pair.Exchange(3u, 20000));
        Assert.IsTrue(babble.Count > before && !pair.Garbled);
        pair.Network.Tap = null;
        Assert.IsTrue(pair.Exchange(0u, 60000));
        Assert.IsTrue(pair.Near.State == SessionState.Established);
    }

    [TestMethod]
    public void OrderlyEnd()
    {
        Pair pair = new Pair(14, 40);
        Assert.IsTrue(pair.Connect());
        Assert.IsTrue(pair.Exchange(2u, 10000));
        pair.Near.Close(pair.Network.Now);
        pair.Run(20000);
        Assert.IsTrue(pair.Near.State == SessionState.Ended);
        Assert.AreEqual(0, pair.Near.LostMessages);
        Assert.AreEqual(ErrorCode.None, pair.Near.EndCode);
    }
}
