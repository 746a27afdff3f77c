using System;

namespace Springtail.Transport;

/// <summary>The system's clocks.</summary>
public sealed class SystemClock : IClock
{
    private const long TicksPerMs = 10000;
    private const long MsFromYear1To1970 = 62135596800000;

    /// <inheritdoc/>
    public long Now => Environment.TickCount64;

    /// <inheritdoc/>
    public long UtcNow => DateTime.UtcNow.Ticks / TicksPerMs - MsFromYear1To1970;
}
