#nullable disable
using nanoFramework.TestFramework;
using Springtail.Crypto;
using Springtail.Hopping;
using Springtail.Keys;
using Springtail.Sessions;

namespace NFUnitTest;

/// <summary>Windows, ports and the clock that they follow (PROTOCOL.md 4, 8, 11).</summary>
[TestClass]
public class HopTests
{
    // The range that is configured unless another is (PROTOCOL.md 4).
    private const int PortMin = 24576;
    private const int PortCount = 1024;

    [TestMethod]
    public void Windows()
    {
        Assert.AreEqual(Vectors.Suite2PortsW + 1, HopPorts.Window(Vectors.LongTermUtcMs, Vectors.Suite2ParametersTimeSyncOffset, 500));
        Assert.AreEqual(0ul, HopPorts.Window(0, 499, 500));
        Assert.AreEqual(1ul, HopPorts.Window(1, 499, 500));
    }

    [TestMethod]
    public void Ports()
    {
        ICryptoCore core = new ManagedCore(new TestRandom(1), false);
        byte[] scratch = new byte[HopPorts.ScratchSize];
        byte[] key = Hex.Bytes(Vectors.Suite2HopKey);
        Assert.AreEqual(
            Vectors.Suite2PortsClient,
            HopPorts.Port(core, key, HopPorts.ClientSide, Vectors.Suite2PortsW, Vectors.Suite2ParametersClientPortOffset, PortMin, PortCount, scratch));
        Assert.AreEqual(
            Vectors.Suite2PortsServer,
            HopPorts.Port(core, key, HopPorts.ServerSide, Vectors.Suite2PortsW, Vectors.Suite2ParametersServerPortOffset, PortMin, PortCount, scratch));
        Assert.AreEqual(
            Vectors.Suite2PortsServer400001000,
            HopPorts.Port(core, key, HopPorts.ServerSide, Vectors.Suite2PortsW, Vectors.Suite2ParametersServerPortOffset, 40000, 1000, scratch));

        // The sum of the hash and the offset passes 32 bits.
        Assert.AreEqual(
            Vectors.HopPast32BitsPort,
            HopPorts.Port(core, Hex.Bytes(Vectors.HopPast32BitsHopKey), 1, Vectors.HopPast32BitsW, 65535, 1024, 64512, scratch));
    }

    [TestMethod]
    public void RendezvousPorts()
    {
        ICryptoCore core = new ManagedCore(new TestRandom(1), false);
        byte[] dailyKey = LongTermKeys.DailyKey(core, Hex.Bytes(Vectors.LongTermPsk), "2026-10-22");
        Assert.AreEqual(Vectors.LongTermDailyKey, Hex.Text(dailyKey));
        Assert.AreEqual("2026-10-22", Dates.Date(Vectors.LongTermUtcMs));
        Assert.AreEqual(Vectors.Rendezvous0R, Rendezvous.Index(Vectors.LongTermUtcMs) - 1);
        Assert.AreEqual(Vectors.Rendezvous0Port, Rendezvous.Port(core, dailyKey, Vectors.Rendezvous0R, PortMin, PortCount));
    }

    [TestMethod]
    public void KeysOfSuite2()
    {
        ICryptoCore core = new ManagedCore(new TestRandom(1), false);
        byte[] transcript = Hex.Bytes(Vectors.Suite2Transcript);
        SessionParameters parameters = KeySchedule.Derive(
            core, KeySchedule.SuiteX25519, 0, Hex.Bytes(Vectors.Suite2SharedSecret), Hex.Bytes(Vectors.Suite2ClientPublic), Hex.Bytes(Vectors.Suite2ServerPublic),
            0, 0, Hex.Bytes(Vectors.Suite2HandshakeKey), Hex.Bytes(Vectors.LongTermPsk), transcript, PortCount);
        Assert.AreEqual(Vectors.Suite2ParametersClientSequence, parameters.ClientSequence);
        Assert.AreEqual(Vectors.Suite2ParametersSessionKey, Hex.Text(parameters.SessionKey));
        Assert.AreEqual(Vectors.Suite2ParametersClientKey, Hex.Text(parameters.ClientKey));
        Assert.AreEqual(Vectors.Suite2ParametersServerKey, Hex.Text(parameters.ServerKey));
        Assert.AreEqual(Vectors.Suite2HopKey, Hex.Text(parameters.HopKey));
        Assert.AreEqual(Vectors.Suite2SessionMaskKey, Hex.Text(parameters.MaskKey));
        Assert.AreEqual(Vectors.Suite2Confirm, Hex.Text(HandshakeProofs.Confirm(core, parameters.SessionKey, transcript)));

        HopSchedule schedule = new HopSchedule(core, parameters, PortMin, PortCount);
        ulong window = schedule.Window((long)Vectors.LongTermUtcMs);
        Assert.AreEqual(Vectors.Suite2PortsW + 1, window);
        Assert.AreEqual(Vectors.Suite2PortsClient, schedule.Port(HopSchedule.Client, window - 1));
        long start = schedule.Start(window);
        Assert.AreEqual(window, schedule.Window(start));
        Assert.AreEqual(window - 1, schedule.Window(start - 1));
        Assert.AreEqual(window + 1, schedule.Window(start + 500));
    }

    [TestMethod]
    public void ClockMovesByATenthOfElapsedTime()
    {
        TimeFilter filter = new TimeFilter(-40, 20, 1000);
        Assert.AreEqual(-40L, filter.Offset(1000));
        Assert.AreEqual(60L, filter.Sample(20, 10, 500, 1000));
        Assert.AreEqual(-40L, filter.Offset(1009));
        Assert.AreEqual(-30L, filter.Offset(1100));
        Assert.AreEqual(20L, filter.Offset(1600));
        Assert.AreEqual(20L, filter.Offset(9000));

        // The sample with the least delay counts; a correction beyond an interval is made at once.
        Assert.AreEqual(0L, filter.Sample(-5000, 300, 500, 9000));
        Assert.AreEqual(5020L, filter.Sample(-5000, 5, 500, 9000));
        Assert.AreEqual(-5000L, filter.Offset(9000));
    }
}
