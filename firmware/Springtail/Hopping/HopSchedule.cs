using Springtail.Crypto;
using Springtail.Keys;

namespace Springtail.Hopping;

/// <summary>Which port each side receives on in which window (PROTOCOL.md 8). Fixed at the handshake.</summary>
internal sealed class HopSchedule
{
    public const int Client = 0;
    public const int Server = 1;

    private readonly ICryptoCore _core;
    private readonly byte[] _scratch = new byte[HopPorts.ScratchSize];
    private readonly int _portMin;
    private readonly int _portCount;

    public HopSchedule(ICryptoCore core, SessionParameters parameters, int portMin, int portCount)
    {
        _core = core;
        Key = parameters.HopKey;
        ClientOffset = parameters.ClientPortOffset;
        ServerOffset = parameters.ServerPortOffset;
        TimeSyncOffset = parameters.TimeSyncOffset;
        _portMin = portMin;
        _portCount = portCount;
        Interval = parameters.HopInterval;
    }

    /// <summary>Bytes to work in, whose content is of no use any more after each call.</summary>
    public byte[] Scratch => _scratch;

    /// <summary>hop_key, 32 bytes.</summary>
    public byte[] Key { get; }

    /// <summary>The client's port offset.</summary>
    public int ClientOffset { get; }

    /// <summary>The server's port offset.</summary>
    public int ServerOffset { get; }

    /// <summary>ms that shift the windows.</summary>
    public ushort TimeSyncOffset { get; }

    /// <summary>Length of a window in ms.</summary>
    public int Interval { get; }

    /// <summary>The window of a moment of the session's clock (ms since 1970).</summary>
    public ulong Window(long utcMs) => HopPorts.Window((ulong)utcMs, TimeSyncOffset, Interval);

    /// <summary>When a window begins, on the session's clock (ms since 1970).</summary>
    public long Start(ulong window) => (long)window * Interval - TimeSyncOffset;

    /// <summary>The port on which a side receives in a window.</summary>
    public int Port(int side, ulong window)
    {
        return HopPorts.Port(_core, Key, side, window, side == Client ? ClientOffset : ServerOffset, _portMin, _portCount, _scratch);
    }

    public void Wipe() => System.Array.Clear(Key, 0, Key.Length);
}
