using System.Globalization;
using Springtail.Packets;

namespace Springtail.Peer;

/// <summary>Error codes of PROTOCOL.md 19 in words.</summary>
internal static class Reasons
{
    public static string OfEnd(int code) => code switch
    {
        ErrorCode.Timeout => "lost: the peer did not answer for too long",
        ErrorCode.Terminated => "ended at once by one side",
        ErrorCode.LimitExceeded => "ended: a limit was reached",
        _ => string.Create(CultureInfo.InvariantCulture, $"ended with error 0x{code:X2}"),
    };
}
