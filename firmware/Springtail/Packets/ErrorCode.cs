namespace Springtail.Packets;

/// <summary>Error codes of ERROR and RST packets and of <see cref="SpringtailException"/> (PROTOCOL.md 19).</summary>
public static class ErrorCode
{
    public const int None = 0;
    public const int InvalidPacket = 0x01;
    public const int AuthenticationFailed = 0x02;
    public const int TimestampInvalid = 0x03;
    public const int Replay = 0x04;
    public const int SessionNotFound = 0x05;
    public const int StateInvalid = 0x06;
    public const int SequenceInvalid = 0x08;
    public const int FragmentInvalid = 0x09;
    public const int SyncFailed = 0x0A;
    public const int RecoveryFailed = 0x0B;
    public const int Timeout = 0x0C;
    public const int DiscoveryFailed = 0x12;
    public const int PskNotFound = 0x13;
    public const int KeyExchangeFailed = 0x14;
    public const int SecretMismatch = 0x16;
    public const int RekeyFailed = 0x1C;
    public const int RepairFailed = 0x1E;
    public const int FragmentTimeout = 0x23;
    public const int LimitExceeded = 0x2A;
    public const int RateLimited = 0x2B;
    public const int UnsupportedVersion = 0x36;
    public const int InvalidType = 0x37;
    public const int InvalidSubtype = 0x39;
    public const int MessageTooLarge = 0x3A;
    public const int Terminated = 0x3D;
}
