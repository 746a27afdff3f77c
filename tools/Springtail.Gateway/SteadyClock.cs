using System;

namespace Springtail.Gateway;

/// <summary>
/// UTC for what lasts a while: the system's when the gateway started, and from there on by a clock that nobody sets. So a step of the system's clock, either way,
/// neither ends what lasts nor keeps it.
/// </summary>
internal sealed class SteadyClock
{
    private readonly TimeProvider _time;
    private readonly long _startedAt;
    private readonly DateTimeOffset _started;

    public SteadyClock()
        : this(TimeProvider.System)
    {
    }

    /// <param name="time">The system's clocks.</param>
    public SteadyClock(TimeProvider time)
    {
        _time = time;
        _startedAt = time.GetTimestamp();
        _started = time.GetUtcNow();
    }

    /// <summary>Milliseconds since 1970.</summary>
    public long UtcNow => (_started + _time.GetElapsedTime(_startedAt)).ToUnixTimeMilliseconds();
}
