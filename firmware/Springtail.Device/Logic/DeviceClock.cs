#nullable disable
using Springtail.Transport;

namespace Springtail.Device;

/// <summary>
/// The clock that a channel goes by: UTC that was set once and runs on with the monotonic clock, so that it does not jump within
/// a session when a time server sets the system's.
/// </summary>
public sealed class DeviceClock : IClock
{
    /// <summary>2025-01-01, in ms since 1970: a system clock before it has not been set.</summary>
    public const long Earliest = 1735689600000;

    private readonly IBoard _board;
    private long _utcBase;

    public DeviceClock(IBoard board)
    {
        _board = board;
    }

    public long Now => _board.Now;

    public long UtcNow => _utcBase + _board.Now;

    /// <summary>Sets UTC, in ms since 1970.</summary>
    public void Set(long utc)
    {
        _utcBase = utc - _board.Now;
    }
}
