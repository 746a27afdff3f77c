namespace Springtail.Packets;

/// <summary>
/// Keeps sizes and times from telling what a packet is: padding (PROTOCOL.md 3.4, 9) and timers that end a little early (PROTOCOL.md 1). Nothing
/// secret hangs on its numbers, but who foretells them knows a session by them: they come of 64 random bits, by xorshift64*, which is no cipher.
/// </summary>
internal sealed class TrafficShape
{
    /// <summary>The most bytes that <see cref="Pad(byte[], int)"/> adds.</summary>
    public const int MaxPadding = 63;

    private const int ShortenedBy = 5;

    // Never 0 but where all is plain: then it stays 0, and so does whatever is drawn.
    private ulong _state;

    /// <param name="seed">Random, 64 bits for more than a packet or two; equal seeds make equal numbers.</param>
    /// <param name="isPlain">For tests that name sizes and times: nothing is padded or shortened.</param>
    public TrafficShape(ulong seed, bool isPlain)
    {
        _state = isPlain ? 0 : seed | 1ul;
    }

    // What was drawn last, 31 bits.
    private uint Drawn => (uint)((_state * 0x2545F4914F6CDD1Dul) >> 33);

    /// <summary>A number from 0 to <paramref name="limit"/> - 1; <paramref name="limit"/> is at least 1.</summary>
    public int Below(int limit)
    {
        _state ^= _state >> 12;
        _state ^= _state << 25;
        _state ^= _state >> 27;
        return (int)(Drawn % (uint)limit);
    }

    /// <summary>A time in ms, 0 or more, shortened by up to a fifth.</summary>
    public long Shorten(long ms)
    {
        Below(1);
        return Shortened(ms);
    }

    /// <summary>The same, by what was drawn last: for a time that is not set once, but asked for again and again.</summary>
    public long Shortened(long ms)
    {
        ulong part = (ulong)ms / ShortenedBy + 1;
        return ms - (long)(Drawn % part);
    }

    /// <summary>A time in ms, lengthened by up to a fifth: of a timer that must not end early.</summary>
    public long Lengthen(long ms) => ms + ms - Shorten(ms);

    /// <summary>Adds zeros to the payload that stands in a packet; returns the length of both. The packet stays within <see cref="Packet.MaxSize"/>.</summary>
    public int Pad(byte[] packet, int payloadLength) => Pad(packet, payloadLength, MaxPadding);

    /// <summary>The same with at most so many zeros, 0 or more.</summary>
    public int Pad(byte[] packet, int payloadLength, int most)
    {
        int room = Packet.MaxPayload - payloadLength;
        if (room <= 0)
        {
            return payloadLength;
        }

        room = room < most ? room : most;
        int padding = Below((room < MaxPadding ? room : MaxPadding) + 1);
        System.Array.Clear(packet, Packet.HeaderSize + payloadLength, padding);
        return payloadLength + padding;
    }

    /// <summary>
    /// Pads a DATA payload that stands in a packet: the fragment to a multiple of so many bytes, and then like all packets; returns its length. A
    /// fragment that leaves no room for it, or a multiple of 0, stays as it is.
    /// </summary>
    public int PadData(byte[] packet, int payloadLength, int multiple)
    {
        if (multiple == 0 || payloadLength > Packet.MaxPayload - DataPayload.LeastPadding)
        {
            return payloadLength;
        }

        // The fragment and the least padding, up to the next multiple or the end of the packet.
        int filled = (payloadLength - DataPayload.HeaderSize + DataPayload.LeastPadding + multiple - 1) / multiple * multiple;
        filled = DataPayload.HeaderSize + (filled < DataPayload.FragmentSize ? filled : DataPayload.FragmentSize);
        System.Array.Clear(packet, Packet.HeaderSize + payloadLength, filled - payloadLength);
        int length = Pad(packet, filled);
        packet[Packet.HeaderSize + DataPayload.Delivery] |= DataPayload.Padded;
        Wire.WriteU16(packet, Packet.HeaderSize + length - DataPayload.LeastPadding, (ushort)(length - payloadLength));
        return length;
    }
}
