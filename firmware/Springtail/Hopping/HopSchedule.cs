using Springtail.Crypto;
using Springtail.Keys;

namespace Springtail.Hopping;

/// <summary>Which port each side receives on in which window (PROTOCOL.md 8). Fixed at the handshake.</summary>
public sealed class HopSchedule
{
    public const int Client = 0;
    public const int Server = 1;

    private readonly ICryptoCore _core;
    private readonly byte[] _hopKey;
    private readonly byte[] _scratch = new byte[64];
    private readonly int _clientOffset;
    private readonly int _serverOffset;
    private readonly ushort _timeSyncOffset;
    private readonly int _portMin;
    private readonly int _portCount;

    public HopSchedule(ICryptoCore core, SessionParameters parameters, int portMin, int portCount)
    {
        _core = core;
        _hopKey = parameters.HopKey;
        _clientOffset = parameters.ClientPortOffset;
        _serverOffset = parameters.ServerPortOffset;
        _timeSyncOffset = parameters.TimeSyncOffset;
        _portMin = portMin;
        _portCount = portCount;
        Interval = parameters.HopInterval;
    }

    /// <summary>Length of a window in ms.</summary>
    public int Interval { get; }

    /// <summary>The window of a moment of the session's clock (ms since 1970).</summary>
    public ulong Window(long utcMs) => HopPorts.Window((ulong)utcMs, _timeSyncOffset, Interval);

    /// <summary>When a window begins, on the session's clock (ms since 1970).</summary>
    public long Start(ulong window) => (long)window * Interval - _timeSyncOffset;

    /// <summary>The port on which a side receives in a window.</summary>
    public int Port(int side, ulong window)
    {
        return HopPorts.Port(_core, _hopKey, side, window, side == Client ? _clientOffset : _serverOffset, _portMin, _portCount, _scratch);
    }

    public void Wipe() => System.Array.Clear(_hopKey, 0, _hopKey.Length);
}
