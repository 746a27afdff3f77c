using System;
using System.Diagnostics;

namespace Springtail.Transport;

/// <summary>The system's clocks, the monotonic one to the millisecond, which <see cref="Environment.TickCount64"/> is not everywhere.</summary>
public sealed class SystemClock : IClock
{
    /// <inheritdoc/>
    public long Now => (long)Stopwatch.GetElapsedTime(0).TotalMilliseconds;

    /// <inheritdoc/>
    public long UtcNow => DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
}
