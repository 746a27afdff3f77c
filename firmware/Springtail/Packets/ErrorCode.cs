namespace Springtail.Packets;

/// <summary>Error codes of ERROR and RST packets and of <see cref="SpringtailException"/> (PROTOCOL.md 19).</summary>
public static class ErrorCode
{
    /// <summary>No error.</summary>
    public const int None = 0;

    /// <summary>From a peer alone: this implementation neither raises nor sends it.</summary>
    public const int InvalidPacket = 0x01;

    /// <summary>The peer that answered does not hold the token, or the token is dead; or a snapshot was altered, or is of another key.</summary>
    public const int AuthenticationFailed = 0x02;

    /// <summary>A snapshot is older than its lifetime, or from the future.</summary>
    public const int TimestampInvalid = 0x03;

    /// <summary>From a peer alone: this implementation neither raises nor sends it.</summary>
    public const int Replay = 0x04;

    /// <summary>The host is not known; or there is no snapshot.</summary>
    public const int SessionNotFound = 0x05;

    /// <summary>The call does not fit the state of the channel, which is closing, say; or a snapshot is of another port range.</summary>
    public const int StateInvalid = 0x06;

    /// <summary>From a peer alone: this implementation neither raises nor sends it.</summary>
    public const int SequenceInvalid = 0x08;

    /// <summary>From a peer alone: this implementation neither raises nor sends it.</summary>
    public const int FragmentInvalid = 0x09;

    /// <summary>From a peer alone: this implementation neither raises nor sends it.</summary>
    public const int SyncFailed = 0x0A;

    /// <summary>The reason stated in an emergency request (PROTOCOL.md 14).</summary>
    public const int RecoveryFailed = 0x0B;

    /// <summary>No answer came in time.</summary>
    public const int Timeout = 0x0C;

    /// <summary>The listener did not answer a discovery, or proved nothing.</summary>
    public const int DiscoveryFailed = 0x12;

    /// <summary>The listener holds none of the PSKs.</summary>
    public const int PskNotFound = 0x13;

    /// <summary>A public key is not valid, or the random source returns no valid private key.</summary>
    public const int KeyExchangeFailed = 0x14;

    /// <summary>What came is no part of a pairing.</summary>
    public const int SecretMismatch = 0x16;

    /// <summary>Keys came to their end before new ones took their place (PROTOCOL.md 12.1); or a snapshot was resumed too often without new ones.</summary>
    public const int RekeyFailed = 0x1C;

    /// <summary>From a peer alone: this implementation neither raises nor sends it.</summary>
    public const int RepairFailed = 0x1E;

    /// <summary>From a peer alone: this implementation neither raises nor sends it.</summary>
    public const int FragmentTimeout = 0x23;

    /// <summary>A half-open session gave way to another, or a session's packet numbers are used up.</summary>
    public const int LimitExceeded = 0x2A;

    /// <summary>From a peer alone: this implementation neither raises nor sends it.</summary>
    public const int RateLimited = 0x2B;

    /// <summary>A snapshot is of another version.</summary>
    public const int UnsupportedVersion = 0x36;

    /// <summary>From a peer alone: this implementation neither raises nor sends it.</summary>
    public const int InvalidType = 0x37;

    /// <summary>From a peer alone: this implementation neither raises nor sends it.</summary>
    public const int InvalidSubtype = 0x39;

    /// <summary>A message is larger than a message may be, than the buffer that is to take it, or than the peer takes.</summary>
    public const int MessageTooLarge = 0x3A;

    /// <summary>The peer hops over another range of ports. Local: no packet carries it.</summary>
    public const int PortRangeMismatch = 0x3B;

    /// <summary>Another session took this one's place. Local: no packet carries it.</summary>
    public const int Replaced = 0x3C;

    /// <summary>The channel has ended: one side ended it at once, another session took its place, or its thread has failed.</summary>
    public const int Terminated = 0x3D;
}
