#nullable enable
using Microsoft.Extensions.Logging;

namespace Springtail;

/// <summary>What is logged of channels.</summary>
internal static partial class SpringtailLog
{
    [LoggerMessage(7, LogLevel.Debug, "Calling {Host}, attempt {Attempt}")]
    public static partial void Attempt(ILogger logger, string host, int attempt);

    [LoggerMessage(1, LogLevel.Information, "{Peer} is connected, suite {Suite}")]
    public static partial void Established(ILogger logger, string peer, int suite);

    [LoggerMessage(2, LogLevel.Information, "{Peer} has ended: {Reason} (code {Code}); {Lost} messages not acknowledged, packets {PacketsIn} in, {PacketsOut} out, {Again} again")]
    public static partial void Ended(ILogger logger, string peer, EndReason reason, int code, int lost, uint packetsIn, uint packetsOut, uint again);

    [LoggerMessage(3, LogLevel.Warning, "{Peer} is not heard any more; the channel waits for it")]
    public static partial void Recovering(ILogger logger, string peer);

    [LoggerMessage(4, LogLevel.Information, "{Peer} is heard again")]
    public static partial void Heard(ILogger logger, string peer);

    [LoggerMessage(5, LogLevel.Information, "{Peer} sleeps; its session is kept for {Seconds} s")]
    public static partial void Asleep(ILogger logger, string peer, long seconds);

    [LoggerMessage(6, LogLevel.Warning, "{Peer} goes on under new keys; {Lost} messages so far may not have arrived")]
    public static partial void Renewed(ILogger logger, string peer, int lost);

    [LoggerMessage(8, LogLevel.Information, "{Peer} was kept over the restart; the channel waits for it")]
    public static partial void Kept(ILogger logger, string peer);
}
