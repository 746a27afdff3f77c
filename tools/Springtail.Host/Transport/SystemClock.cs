using System;
using System.Diagnostics;
using Springtail.Transport;

namespace Springtail.Peer;

/// <summary>The system's clocks, the monotonic one to the millisecond, which TickCount64 is not everywhere.</summary>
internal sealed class PreciseClock : IClock
{
    public long Now => (long)Stopwatch.GetElapsedTime(0).TotalMilliseconds;

    public long UtcNow => DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
}
