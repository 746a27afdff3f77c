#nullable disable
using System;
using Springtail.Crypto;
using Springtail.Packets;

namespace Springtail.Vectors;

/// <summary>
/// What is known of a packet of a vector file before it is looked at. <see cref="Rebuild"/> takes the rest from the
/// packet itself and makes the packet anew: since the tag covers every byte, one that was altered differs from it.
/// </summary>
internal sealed class PacketPlan
{
    public int Epoch { get; init; }

    public int Type { get; init; }

    public int Subtype { get; init; }

    public int Flags { get; init; }

    public VectorValue SessionId { get; init; }

    /// <summary>Null when it is the packet's own, as in the next two.</summary>
    public uint? Sequence { get; init; }

    public uint? Acknowledgment { get; init; }

    public uint? Timestamp { get; init; }

    /// <summary>One of <see cref="PacketProtection"/>.</summary>
    public int Protection { get; init; }

    public byte[] CipherKey { get; init; }

    public byte[] TagKey { get; init; }

    /// <summary>No packet of this sender has a lower number: its initial sequence.</summary>
    public ulong LowestNumber { get; init; }

    /// <summary>Zeros behind the fields (PROTOCOL.md 3.4).</summary>
    public VectorValue Padding { get; set; } = new VectorValue("no padding", 0);

    /// <summary>Returns the fields as they should be from the packet's own, of which it may keep parts; null keeps it all.</summary>
    public Func<PayloadParts, byte[]> Payload { get; init; }

    /// <summary>The packet as it should be, before masking.</summary>
    /// <param name="core">The primitives.</param>
    /// <param name="packet">The packet of the file, before masking; at least 42 bytes.</param>
    /// <param name="missing">The primitive without which the tag has to be taken from the file; otherwise null.</param>
    public byte[] Rebuild(ICryptoCore core, byte[] packet, out string missing)
    {
        uint sequence = Sequence ?? Packet.Sequence(packet);
        ulong number = LowestNumber + (sequence - (uint)LowestNumber);

        byte[] own = packet.AsSpan(Packet.HeaderSize, packet.Length - Packet.Overhead).ToArray();
        if (Protection != PacketProtection.Clear)
        {
            core.ChaCha20(own, 0, own.Length, CipherKey, Nonce(number), 1);
        }

        int padding = (int)Padding.Number;
        byte[] fields = own.AsSpan(0, Math.Max(0, own.Length - padding)).ToArray();
        byte[] payload = Payload == null ? fields : Payload(new PayloadParts(fields));
        Array.Resize(ref payload, payload.Length + padding);
        byte[] rebuilt = new byte[payload.Length + Packet.Overhead];
        Packet.WriteHeader(
            rebuilt, Epoch, Type, Subtype, Flags, SessionId.Number, sequence, Acknowledgment ?? Packet.Acknowledgment(packet),
            Timestamp ?? Packet.Timestamp(packet), payload.Length);
        payload.CopyTo(rebuilt, Packet.HeaderSize);

        missing = null;
        try
        {
            core.SealPacket(rebuilt, 0, rebuilt.Length, Protection, CipherKey, TagKey, number);
        }
        catch (NotSupportedException) when (Protection == PacketProtection.ChaCha20Poly1305)
        {
            missing = "Poly1305";
            payload.CopyTo(rebuilt, Packet.HeaderSize);
            core.ChaCha20(rebuilt, Packet.HeaderSize, payload.Length, CipherKey, Nonce(number), 1);
            packet.AsSpan(packet.Length - Packet.TagSize).CopyTo(rebuilt.AsSpan(rebuilt.Length - Packet.TagSize));
        }

        return rebuilt;
    }

    private static byte[] Nonce(ulong number)
    {
        byte[] nonce = new byte[12];
        Wire.WriteU64(nonce, 4, number);
        return nonce;
    }
}

/// <summary>The payload that stands in a file. Reading past its end returns zeros, so that a damaged one is compared, not refused.</summary>
internal sealed class PayloadParts
{
    private readonly byte[] _payload;

    public PayloadParts(byte[] payload)
    {
        _payload = payload;
    }

    public int Length => _payload.Length;

    public byte[] Slice(int offset, int count)
    {
        byte[] part = new byte[count];
        int there = Math.Clamp(_payload.Length - offset, 0, count);
        Array.Copy(_payload, Math.Min(offset, _payload.Length), part, 0, there);
        return part;
    }

    public byte[] From(int offset)
    {
        return Slice(offset, Math.Max(0, _payload.Length - offset));
    }
}
