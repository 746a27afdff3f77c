#nullable disable
using System;
using System.Linq;
using Springtail.Packets;

namespace Springtail.Vectors;

/// <content>Packets as the file has them, before masking and on the wire (PROTOCOL.md 3).</content>
internal sealed partial class VectorCheck
{
    private PacketPlan SynPlan(Session session, int suite, bool diversified, VectorValue publicKey, VectorValue tagKey, uint timestamp)
    {
        return new PacketPlan
        {
            Type = PacketType.Syn,
            Flags = PacketFlags.Syn,
            SessionId = _sessionId,
            Sequence = 0,
            Acknowledgment = 0,
            Timestamp = timestamp,
            TagKey = tagKey.Bytes,
            Payload = own => Join(
                U16((ushort)_keyExchangeId.Number), new[] { (byte)suite, FeaturesOf(own.Slice(Syn.Features, 1)[0], diversified) }, own.Slice(Syn.ReceiveWindow, 4),
                U64(session.StartUtcMs.Number), StatedBytes(session.ClientStates), session.ServerEndpoint.Bytes, publicKey.Bytes),
        };
    }

    private PacketPlan ClientPlan(
        Session session, int type, int subtype, int flags, VectorValue tagKey, Func<PayloadParts, byte[]> payload,
        uint? sequence = null, uint? acknowledgment = null, ulong? lowestNumber = null, int epoch = 0)
    {
        return Plan(session, session.ClientKey, lowestNumber ?? session.ClientSequence.Number, type, subtype, flags, tagKey, payload, sequence, acknowledgment, epoch);
    }

    // A packet of the server's in a session.
    private PacketPlan ServerPlan(
        Session session, int type, int subtype, VectorValue tagKey, Func<PayloadParts, byte[]> payload, uint? sequence = null, uint? acknowledgment = null)
    {
        return Plan(
            session, session.ServerKey, session.ServerSequence.Number, type, subtype, PacketFlags.Ack | PacketFlags.FromServer, tagKey, payload, sequence, acknowledgment, 0);
    }

    private PacketPlan Plan(
        Session session, VectorValue cipherKey, ulong lowestNumber, int type, int subtype, int flags, VectorValue tagKey, Func<PayloadParts, byte[]> payload,
        uint? sequence, uint? acknowledgment, int epoch)
    {
        return new PacketPlan
        {
            Epoch = epoch,
            Type = type,
            Subtype = subtype,
            Flags = flags,
            SessionId = _sessionId,
            Sequence = sequence,
            Acknowledgment = acknowledgment,
            Protection = session.Protection,
            CipherKey = cipherKey.Bytes,
            TagKey = tagKey.Bytes,
            LowestNumber = lowestNumber,
            Payload = payload,
        };
    }

    private VectorValue CheckPacket(VectorObject section, string name, PacketPlan plan, params VectorValue[] from)
    {
        plan.Padding = section.PaddingOf(name);
        return ComparePacket(PacketOf(section, name), plan, null, from);
    }

    private VectorValue ComparePacket(VectorValue own, PacketPlan plan, string missing, VectorValue[] from)
    {
        if (_protocol != Packet.Version)
        {
            return _report.Wait(own, OtherVersion);
        }

        byte[] rebuilt = plan.Rebuild(_core, own.Bytes, out string missingForTag);
        missing ??= missingForTag;
        return missing != null && rebuilt.AsSpan().SequenceEqual(own.Bytes)
            ? _report.Wait(own, missing)
            : _report.Compare(own, rebuilt, from.Append(plan.SessionId).Append(plan.Padding).ToArray());
    }

    private void CheckMasked(VectorObject section, string name, VectorValue packet, VectorValue maskKey)
    {
        byte[] masked = (byte[])packet.Bytes.Clone();
        _core.MaskPacket(masked, 0, masked.Length, maskKey.Bytes);
        Check(section, name, masked, packet, maskKey);
    }

    private static VectorValue PacketOf(VectorObject section, string name)
    {
        VectorValue packet = section.Bytes(name);
        if (packet.Bytes.Length < Packet.Overhead || packet.Bytes.Length > Packet.MaxSize)
        {
            throw new VectorFileException(packet.Path, "a packet has 42 to 1200 bytes; this has " + packet.Bytes.Length + ".");
        }

        return packet;
    }

    private static byte[] PayloadOf(byte[] packet)
    {
        return packet[Packet.HeaderSize..^Packet.TagSize];
    }

    // What a side states of itself in its handshake packet; nothing in version 1.
    private static byte[] StatedBytes(VectorValue[] values)
    {
        return values.Length == 0
            ? Array.Empty<byte>()
            : Join(U16((ushort)values[0].Number), U16((ushort)values[1].Number), U32((uint)values[2].Number), values[3].Bytes);
    }

    private static byte FeaturesOf(byte own, bool diversified)
    {
        return (byte)(diversified ? own | Features.Diversified : own & ~Features.Diversified);
    }
}
