using Springtail.Packets;
using Springtail.Sessions;

namespace Springtail;

/// <summary>Why a channel ended.</summary>
public enum EndReason
{
    /// <summary>It has not ended.</summary>
    None,

    /// <summary>In order: one side asked, and both had what was sent, or it was saved for a sleep.</summary>
    Closed,

    /// <summary>A listener's: a newer session of the same key took its place, since there were more than SessionsPerPsk.</summary>
    Replaced,

    /// <summary>This side ended it at once.</summary>
    EndedHere,

    /// <summary>The peer ended it at once; <see cref="ChannelStatus.EndCode"/> says with which code.</summary>
    EndedByPeer,

    /// <summary>The peer did not answer for too long.</summary>
    TimedOut,

    /// <summary>A limit was reached: its packet numbers are used up, say.</summary>
    LimitReached,
}

/// <summary>How a channel stood at one moment (PROTOCOL.md 8 to 14). It does not change any more.</summary>
public sealed partial class ChannelStatus
{
    internal ChannelStatus()
    {
    }

    /// <summary>Where the session stands.</summary>
    public SessionState State { get; internal set; }

    /// <summary>Why it ended; None while it has not.</summary>
    public EndReason EndReason { get; internal set; }

    /// <summary>An <see cref="ErrorCode"/>; None while it has not ended, and after an orderly close.</summary>
    public int EndCode { get; internal set; }

    /// <summary>The session_id; it changes when the channel goes on with a new session.</summary>
    public ulong SessionId { get; internal set; }

    /// <summary>The place of the session's key in <c>ChannelOptions.Psks</c>; 0 where there is one.</summary>
    public int KeyIndex { get; internal set; }

    /// <summary>The suite.</summary>
    public int Suite { get; internal set; }

    /// <summary>The features agreed on.</summary>
    public int Features { get; internal set; }

    /// <summary>Seconds between heartbeats; 0 for none.</summary>
    public int Keepalive { get; internal set; }

    /// <summary>The key epoch, 0 after the handshake.</summary>
    public int Epoch { get; internal set; }

    /// <summary>The hop window.</summary>
    public ulong Window { get; internal set; }

    /// <summary>The port of the window on which this side receives; 0 for a client that does not hop, which has one of the system's choice.</summary>
    public int LocalPort { get; internal set; }

    /// <summary>The port to which packets go now.</summary>
    public int PeerPort { get; internal set; }

    /// <summary>The peer's address; with the port that it sends from where it does not hop.</summary>
    public Endpoint Peer { get; internal set; }

    /// <summary>The smoothed round trip in ms; 0 before one was measured.</summary>
    public int RoundTripTime { get; internal set; }

    /// <summary>Packets sent.</summary>
    public uint PacketsSent { get; internal set; }

    /// <summary>Packets whose tag was verified and whose number was new.</summary>
    public uint PacketsReceived { get; internal set; }

    /// <summary>DATA packets that were sent again.</summary>
    public uint Retransmissions { get; internal set; }

    /// <summary>Packets dropped, for all causes.</summary>
    public uint PacketsDropped { get; internal set; }

    /// <summary>
    /// How many reliable messages of this side may not have arrived, because a session ended, or gave way to another, before the peer
    /// acknowledged them or one before them. Final once the channel has ended.
    /// </summary>
    public int LostMessages { get; internal set; }

    /// <summary>Everything that was sent is acknowledged.</summary>
    public bool AllAcknowledged { get; internal set; }

    /// <summary>For how many more packets of messages there is room to wait.</summary>
    public int SendRoom { get; internal set; }

    /// <summary>The peer takes no new messages: it has asked to close.</summary>
    public bool PeerClosed { get; internal set; }

    /// <summary>How often the session was resumed after a sleep.</summary>
    public int Resumes { get; internal set; }

    /// <summary>For how many ms more the session of a peer that sleeps is kept; 0 while it does not.</summary>
    public long AsleepFor { get; internal set; }

    /// <summary>How far the peer's clock is ahead of this one, in ms, as the client knows it; 0 on a listener's side.</summary>
    public long ClockOffset { get; internal set; }
}
