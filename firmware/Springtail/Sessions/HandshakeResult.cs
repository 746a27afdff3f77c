using Springtail.Keys;
using Springtail.Packets;

namespace Springtail.Sessions;

/// <summary>What a handshake agreed on (PROTOCOL.md 5), for <c>Session</c>.</summary>
internal sealed class HandshakeResult
{
    public bool IsServer;

    public ulong SessionId;

    public int Suite;

    public int Features;

    /// <summary>Seconds between heartbeats, as granted.</summary>
    public int Keepalive;

    /// <summary>The peer's receive_window.</summary>
    public int PeerWindow;

    /// <summary>Bytes of the largest message that the peer takes.</summary>
    public uint PeerLargestMessage;

    /// <summary>The round trip of the handshake in ms, where it was measured; otherwise 0.</summary>
    public int RoundTrip;

    /// <summary>Client: how long the ACK is repeated before it begins anew, in ms.</summary>
    public int ConfirmTime;

    /// <summary>Of SYN and SYN_ACK; null where there were none.</summary>
    public byte[] Transcript;

    /// <summary>The epoch of the keys: 0, or that of a saved session.</summary>
    public int Epoch;

    public SessionParameters Parameters;

    /// <summary>The PSK that a rekey starts from; null in suites 4 and 5, where K does its work. The session takes a copy.</summary>
    public byte[] Psk;

    /// <summary>The client's confirmation of the transcript, 16 bytes.</summary>
    public byte[] Confirm;

    /// <summary>The server's address as dialled, or the client's as its SYN came from.</summary>
    public Endpoint Peer;

    /// <summary>Kept from the handshake on (PROTOCOL.md 14); null when the session_key is that of epoch 0, which it is then made of.</summary>
    public byte[] EmergencySecret;

    /// <summary>The endpoint fields of SYN_ACK and SYN, 19 bytes each, and the time in the SYN, for an emergency (PROTOCOL.md 14).</summary>
    public byte[] ClientEndpoint;

    public byte[] ServerEndpoint;

    public long StartUtcMs;

    /// <summary>UTC at monotonic time 0, by this side's clock at the handshake, in ms since 1970.</summary>
    public long UtcBase;

    /// <summary>The client's clock correction; null on the server.</summary>
    public TimeFilter Time;
}
