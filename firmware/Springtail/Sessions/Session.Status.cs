using Springtail.Delivery;
using Springtail.Packets;

namespace Springtail.Sessions;

// What is told of a session to whoever waits for it, or asks how it stands.
internal sealed partial class Session
{
    private bool _endedByPeer;

    /// <summary>The place of its key among the listener's.</summary>
    internal int KeyIndex { get; set; }

    /// <summary>A newer session of the same key takes its place.</summary>
    internal bool IsReplaced { get; set; }

    /// <summary>Writes how the session stands.</summary>
    internal void Describe(ChannelStatus status, long now)
    {
        status.State = State;
        status.EndReason = ReasonOfEnd();
        status.EndCode = EndCode;
        status.SessionId = Id;
        status.KeyIndex = KeyIndex;
        status.Suite = Suite;
        status.Features = Features;
        status.Keepalive = Keepalive;
        status.Epoch = Epoch;
        status.Window = Window;
        status.LocalPort = LocalPort;
        status.PeerPort = IsServer && !ClientHops ? Peer.Port : PeerPort;
        status.Peer = new Endpoint();
        status.Peer.CopyFrom(Peer);
        status.RoundTripTime = RoundTripTime;
        status.PacketsSent = Counters.PacketsSent;
        status.PacketsReceived = Counters.PacketsReceived;
        status.Retransmissions = Counters.Retransmissions;
        status.PacketsDropped = Counters.DropsInAll;
        status.LostMessages = LostMessages;
        status.AllAcknowledged = AllAcknowledged;
        status.SendRoom = SendRoom;
        status.PeerClosed = PeerClosed;
        status.Resumes = Resumes;
        status.AsleepFor = State == SessionState.Asleep && AsleepUntil > now ? AsleepUntil - now : 0;
        status.ClockOffset = State == SessionState.Ended ? 0 : ClockOffset(now);
    }

    private EndReason ReasonOfEnd()
    {
        if (!IsOver)
        {
            return EndReason.None;
        }

        return EndCode == ErrorCode.None ? EndReason.Closed
            : IsReplaced ? EndReason.Replaced
            : _endedByPeer ? EndReason.EndedByPeer
            : EndCode == ErrorCode.Timeout ? EndReason.TimedOut
            : EndCode == ErrorCode.LimitExceeded ? EndReason.LimitReached
            : EndReason.EndedHere;
    }

    // Something may have changed for whoever waits for this session; on a device a waiting thread looks by itself.
    partial void Touched();

    // On the desktop an application may say itself what it has received.
    partial void Made(Inbox inbox);
}
