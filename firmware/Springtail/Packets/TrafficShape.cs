namespace Springtail.Packets;

/// <summary>
/// Keeps sizes and times from telling what a packet is: padding (PROTOCOL.md 3.4) and timers that end a little early (PROTOCOL.md 1). Nothing
/// secret hangs on its numbers, so any generator will do.
/// </summary>
internal sealed class TrafficShape
{
    /// <summary>The most bytes that <see cref="Pad(byte[], int)"/> adds.</summary>
    public const int MaxPadding = 63;

    private const int ShortenedBy = 5;

    private readonly bool _isPlain;
    private uint _state;

    /// <param name="seed">Any number; equal seeds make equal numbers.</param>
    /// <param name="isPlain">For tests that name sizes and times: nothing is padded or shortened.</param>
    public TrafficShape(uint seed, bool isPlain)
    {
        _state = seed | 1u;
        _isPlain = isPlain;
    }

    /// <summary>A number from 0 to <paramref name="limit"/> - 1; <paramref name="limit"/> is at least 1.</summary>
    public int Below(int limit)
    {
        _state ^= _state << 13;
        _state ^= _state >> 17;
        _state ^= _state << 5;
        return (int)((_state >> 1) % (uint)limit);
    }

    /// <summary>A time in ms, shortened by up to a fifth.</summary>
    public long Shorten(long ms)
    {
        if (_isPlain)
        {
            return ms;
        }

        long part = ms / ShortenedBy + 1;
        return ms - Below(part < int.MaxValue ? (int)part : int.MaxValue);
    }

    /// <summary>Pads the DATA payload that stands in a packet, in DATA's own way (PROTOCOL.md 9), where there is room for it; returns its length then.</summary>
    public int PadFragment(byte[] packet, int payloadLength)
    {
        int room = Packet.MaxPayload - payloadLength;
        if (room < DataPayload.LeastPadding)
        {
            return payloadLength;
        }

        int most = room < MaxPadding ? room : MaxPadding;
        int padding = DataPayload.LeastPadding + Below(most - DataPayload.LeastPadding + 1);
        System.Array.Clear(packet, Packet.HeaderSize + payloadLength, padding);
        packet[Packet.HeaderSize + DataPayload.Delivery] |= DataPayload.Padded;
        Wire.WriteU16(packet, Packet.HeaderSize + payloadLength + padding - DataPayload.LeastPadding, (ushort)padding);
        return payloadLength + padding;
    }

    /// <summary>Adds zeros to the payload that stands in a packet; returns the length of both. The packet stays within <see cref="Packet.MaxSize"/>.</summary>
    public int Pad(byte[] packet, int payloadLength) => Pad(packet, payloadLength, MaxPadding);

    /// <summary>The same with at most so many zeros, 0 or more.</summary>
    public int Pad(byte[] packet, int payloadLength, int most)
    {
        int room = Packet.MaxPayload - payloadLength;
        room = room < most ? room : most;
        int padding = _isPlain ? 0 : Below((room < MaxPadding ? room : MaxPadding) + 1);
        System.Array.Clear(packet, Packet.HeaderSize + payloadLength, padding);
        return payloadLength + padding;
    }
}
