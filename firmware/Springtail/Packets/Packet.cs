namespace Springtail.Packets;

/// <summary>The packet: its header's layout, its types, flags and sizes (PROTOCOL.md 3). A packet is a range of a byte array.</summary>
internal static partial class Packet
{
    public const int Version = 2;

    public const int HeaderSize = 26;
    public const int TagSize = 16;
    public const int Overhead = HeaderSize + TagSize;

    /// <summary>Largest packet in bytes, so that it fits the IPv6 minimum MTU, where nothing is known of the path (PROTOCOL.md 9.1).</summary>
    public const int MaxSize = 1200;
    public const int MaxPayload = MaxSize - Overhead;

    private const int TypeOffset = 1;
    private const int SubtypeOffset = 2;
    private const int FlagsOffset = 3;
    private const int SessionIdOffset = 4;
    private const int SequenceOffset = 12;
    private const int AcknowledgmentOffset = 16;
    private const int TimestampOffset = 20;
    private const int PayloadLengthOffset = 24;

    /// <summary>How much of the header the transcript and EMERGENCY contexts cover: version to session_id.</summary>
    public const int TranscriptHeaderSize = 12;

    public static int Epoch(byte[] packet) => packet[0] & 0x0F;

    public static int Type(byte[] packet) => packet[TypeOffset];

    public static int Subtype(byte[] packet) => packet[SubtypeOffset];

    public static int Flags(byte[] packet) => packet[FlagsOffset];

    public static bool FromServer(byte[] packet) => (packet[FlagsOffset] & PacketFlags.FromServer) != 0;

    public static ulong SessionId(byte[] packet) => Wire.ReadU64(packet, SessionIdOffset);

    public static uint Sequence(byte[] packet) => Wire.ReadU32(packet, SequenceOffset);

    public static uint Acknowledgment(byte[] packet) => Wire.ReadU32(packet, AcknowledgmentOffset);

    public static uint Timestamp(byte[] packet) => Wire.ReadU32(packet, TimestampOffset);

    public static int PayloadLength(byte[] packet) => Wire.ReadU16(packet, PayloadLengthOffset);

    /// <summary>Writes a header at the start of <paramref name="packet"/>; the payload follows at <see cref="HeaderSize"/>.</summary>
    public static void WriteHeader(byte[] packet, int epoch, int type, int subtype, int flags, ulong sessionId, uint sequence, uint acknowledgment, uint timestamp, int payloadLength)
    {
        packet[0] = (byte)((Version << 4) | (epoch & 0x0F));
        packet[TypeOffset] = (byte)type;
        packet[SubtypeOffset] = (byte)subtype;
        packet[FlagsOffset] = (byte)flags;
        Wire.WriteU64(packet, SessionIdOffset, sessionId);
        Wire.WriteU32(packet, SequenceOffset, sequence);
        Wire.WriteU32(packet, AcknowledgmentOffset, acknowledgment);
        Wire.WriteU32(packet, TimestampOffset, timestamp);
        Wire.WriteU16(packet, PayloadLengthOffset, (ushort)payloadLength);
    }

    /// <summary>True for the packets whose payload is not encrypted (PROTOCOL.md 3.1).</summary>
    public static bool IsClear(int type, int subtype)
    {
        switch (type)
        {
            case PacketType.Syn:
            case PacketType.SynAck:
            case PacketType.Discovery:
                return true;
            case PacketType.Control:
                return subtype == ControlSubtype.EmergencyRequest || subtype == ControlSubtype.EmergencyResponse;
            case PacketType.Management:
                return subtype == ManagementSubtype.Resume;
            default:
                return false;
        }
    }
}

internal static class PacketType
{
    public const int Syn = 0x01;
    public const int SynAck = 0x02;
    public const int Ack = 0x03;
    public const int Data = 0x04;
    public const int Fin = 0x05;
    public const int Heartbeat = 0x06;
    public const int Error = 0x09;
    public const int Rst = 0x0B;
    public const int Control = 0x0C;
    public const int Management = 0x0D;
    public const int Discovery = 0x0E;
}

internal static class ControlSubtype
{
    public const int TimeSyncRequest = 1;
    public const int TimeSyncResponse = 2;
    public const int EmergencyRequest = 3;
    public const int EmergencyResponse = 4;
    public const int PathChallenge = 5;
    public const int PathResponse = 6;
}

internal static class ManagementSubtype
{
    public const int RekeyRequest = 1;
    public const int RekeyResponse = 2;
    public const int RepairRequest = 3;
    public const int RepairResponse = 4;
    public const int RepairConfirm = 5;
    public const int KeyCheck = 6;
    public const int KeyCheckReply = 7;
    public const int Resume = 8;
}

internal static class DiscoverySubtype
{
    public const int Request = 1;
    public const int Response = 2;
    public const int Confirm = 3;
    public const int Accept = 4;
    public const int Proofs = 5;
    public const int ProofsMatch = 6;
    public const int ClockRequest = 7;
    public const int ClockResponse = 8;
}

internal static class PacketFlags
{
    public const int Fin = 0x01;
    public const int Syn = 0x02;
    public const int Rst = 0x04;

    /// <summary>On a message's last fragment.</summary>
    public const int Psh = 0x08;
    public const int Ack = 0x10;

    /// <summary>Set by whoever answers: server, discovery responder, clock server.</summary>
    public const int FromServer = 0x20;

    /// <summary>The SACK bitmap is not 0.</summary>
    public const int Sack = 0x40;

    /// <summary>The message has several fragments.</summary>
    public const int Fragment = 0x80;
}

/// <summary>What a handshake may agree on besides the suite (PROTOCOL.md 5).</summary>
public static class Features
{
    /// <summary>Sequence numbers, port offsets and the authentication key are derived separately (suites 1 and 3).</summary>
    public const int Diversified = 0x01;

    /// <summary>The client hops too; not for a client behind NAT.</summary>
    public const int ClientHops = 0x02;

    /// <summary>All of them.</summary>
    public const int All = Diversified | ClientHops;
}
