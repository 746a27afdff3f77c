namespace Springtail.Transport;

/// <summary>Time, in milliseconds.</summary>
public interface IClock
{
    /// <summary>Time that only goes forward, from any start.</summary>
    long Now { get; }

    /// <summary>The system's UTC since 1970; may be set at any time.</summary>
    long UtcNow { get; }
}
