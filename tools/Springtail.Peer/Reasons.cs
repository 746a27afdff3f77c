using System.Globalization;

namespace Springtail.Peer;

/// <summary>Why a channel ended, in words.</summary>
internal static class Reasons
{
    public static string OfEnd(ChannelStatus status) => status.EndReason switch
    {
        EndReason.TimedOut => "lost: the peer did not answer for too long",
        EndReason.Replaced => "replaced by a newer session of the same key",
        EndReason.EndedHere => "ended at once by one side",
        EndReason.EndedByPeer when status.EndCode == Packets.ErrorCode.Terminated => "ended at once by one side",
        EndReason.LimitReached => "ended: a limit was reached",
        _ => string.Create(CultureInfo.InvariantCulture, $"ended with error 0x{status.EndCode:X2}"),
    };
}
