using Springtail.Packets;

namespace Springtail.Peer.Explain;

/// <summary>What is known of a packet's tag.</summary>
internal enum TagState
{
    /// <summary>It is right.</summary>
    Good,

    /// <summary>It is wrong: the packet was damaged, or somebody who has the mask alone made it.</summary>
    Bad,

    /// <summary>The key is not in the key log.</summary>
    NoKey,
}

/// <summary>A packet, unmasked and, where its tag is right, decrypted.</summary>
internal sealed class OpenedPacket(CapturedDatagram datagram, byte[] bytes, TagState tag, int epoch, ulong number, int space)
{
    public CapturedDatagram Datagram { get; } = datagram;

    public byte[] Bytes { get; } = bytes;

    public TagState Tag { get; } = tag;

    /// <summary>The whole epoch, as far as it is known; otherwise modulo 16.</summary>
    public int Epoch { get; } = epoch;

    /// <summary>The whole number; the sequence in packets without one.</summary>
    public ulong Number { get; } = number;

    /// <summary>Which of the session's masks it has: each has numbers of its own; -1 for a mask that is no session's.</summary>
    public int Space { get; } = space;

    public int Type => Packet.Type(Bytes);

    public int Subtype => Packet.Subtype(Bytes);

    public ulong Id => Packet.SessionId(Bytes);

    public bool FromServer => Packet.FromServer(Bytes);

    public uint Acknowledgment => Packet.Acknowledgment(Bytes);

    /// <summary>Bytes of the payload, padding included.</summary>
    public int Length => Bytes.Length - Packet.Overhead;

    public bool Is(int type, int subtype = 0) => Type == type && Subtype == subtype;

    public int U8(int offset) => Bytes[Packet.HeaderSize + offset];

    public int U16(int offset) => Wire.ReadU16(Bytes, Packet.HeaderSize + offset);

    public uint U32(int offset) => Wire.ReadU32(Bytes, Packet.HeaderSize + offset);

    public ulong U64(int offset) => Wire.ReadU64(Bytes, Packet.HeaderSize + offset);
}
