using Springtail.Keys;
using Springtail.Packets;

namespace Springtail.Sessions;

/// <summary>
/// What is known of the datagram under way, from its arrival on: one, reused by whoever hands datagrams to sessions, so that none is made for a packet.
/// </summary>
internal sealed partial class Arrival
{
    /// <summary>The datagram, from index 0 on; unmasked once its session is found.</summary>
    public byte[] Bytes;

    /// <summary>Its length in bytes.</summary>
    public int Size;

    public Endpoint From;

    /// <summary>The port at which it arrived.</summary>
    public int LocalPort;

    /// <summary>Monotonic time in ms.</summary>
    public long Now;

    /// <summary>The keys that its epoch names.</summary>
    public EpochKeys Keys;

    /// <summary>A RESUME that repeats the last one, under the keys before it.</summary>
    public bool IsCopy;

    /// <summary>Its number; set by PacketSpace.Open, as is <see cref="Ahead"/>.</summary>
    public ulong Number;

    /// <summary>How far its number is above the highest that was verified before it; 0 where it is not above it.</summary>
    public ulong Ahead;

    /// <summary>It is a verified copy of the packet with the highest number: where it comes from counts, and nothing else of it.</summary>
    public bool RepeatsHighest;

    /// <summary>What the inbox says of a DATA packet's content.</summary>
    public int Content;

    /// <summary>How long ago the packet that it acknowledges was sent, in ms, where that is the last one: the round trip is no longer; otherwise int.MaxValue.</summary>
    public int RoundTrip;

    /// <summary>The next packet of its session has come too, and is handed over at once. False where that is not known.</summary>
    public bool MoreComes;

    /// <summary>No packet of a higher number was verified before it.</summary>
    public bool IsHighest => Ahead != 0;

    public int Type => Packet.Type(Bytes);

    public int Subtype => Packet.Subtype(Bytes);

    /// <summary>Length of its payload.</summary>
    public int Length => Size - Packet.Overhead;

    /// <summary>The low half of the highest number that its sender has verified.</summary>
    public uint Acknowledgment => Packet.Acknowledgment(Bytes);

    /// <summary>Begins anew with a datagram.</summary>
    public Arrival Of(byte[] bytes, int size, Endpoint from, int localPort, long now)
    {
        Bytes = bytes;
        Size = size;
        From = from;
        LocalPort = localPort;
        Now = now;
        Keys = null;
        IsCopy = false;
        RepeatsHighest = false;
        return this;
    }

    /// <summary>It is dealt with, and holds nothing any more.</summary>
    public void Done()
    {
        Bytes = null;
        From = null;
        Keys = null;
    }

    public byte U8(int offset) => Bytes[Packet.HeaderSize + offset];

    public ushort U16(int offset) => Wire.ReadU16(Bytes, Packet.HeaderSize + offset);

    public uint U32(int offset) => Wire.ReadU32(Bytes, Packet.HeaderSize + offset);

    public ulong U64(int offset) => Wire.ReadU64(Bytes, Packet.HeaderSize + offset);

    public long Ms(int offset) => Wire.ReadMs(Bytes, Packet.HeaderSize + offset);
}
