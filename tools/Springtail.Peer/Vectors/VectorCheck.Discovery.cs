#nullable disable
using System;
using System.Collections.Generic;
using System.Linq;
using Springtail.Keys;
using Springtail.Packets;

namespace Springtail.Vectors;

/// <content>Discovery and clock (PROTOCOL.md 15 and 11).</content>
internal sealed partial class VectorCheck
{
    private void CheckDiscovery(VectorObject section)
    {
        VectorValue[] psks = section.ByteStrings("psks").ToArray();
        VectorValue id = section.U64("discovery_id");
        VectorValue salt = section.Integer("salt", uint.MaxValue);
        VectorValue nonce = section.Bytes("challenge_nonce", 32);
        if (psks.Length == 0)
        {
            throw new VectorFileException(section.PathOf("psks"), "at least one PSK is expected here.");
        }

        byte[][] fingerprints = Array.ConvertAll(psks, psk => LongTermKeys.Fingerprint(_core, psk.Bytes));
        VectorValue[] blinded = CheckEach(
            section, "blinded", psks, i => DiscoveryProofs.Blinded(_core, fingerprints[i], id.Number, (uint)salt.Number), i => new[] { psks[i], id, salt });
        VectorValue filter256 = Check(section, "filter", Filter(256, blinded), blinded);
        VectorValue filter512 = Check(section, "filter_512", Filter(512, blinded), blinded);
        VectorValue filter = psks.Length > 128 ? filter512 : filter256;
        VectorValue[] candidates = CheckEach(section, "candidates", psks, i => DiscoveryProofs.Candidate(_core, blinded[i].Bytes), i => new[] { blinded[i] });

        VectorValue integrityKey = Check(section, "integrity_key", DiscoveryProofs.IntegrityKey(_core, id.Number), id);
        VectorValue maskKey = Check(section, "mask_key", LongTermKeys.MaskKey(_core, LongTermKeys.PublicHandshakeKey(_core)));
        byte[] idBytes = U64(id.Number);
        VectorObject onTheWire = section.Object("on_the_wire");

        // The PSK that both have is the first of the initiator's whose candidate the response holds.
        int match = 0;
        CheckDiscoveryPacket(
            section, onTheWire, "response", DiscoverySubtype.Response, id, integrityKey, maskKey,
            own =>
            {
                List<byte[]> offered = new List<byte[]>();
                for (int at = 48; at + 32 <= own.Length; at += 32)
                {
                    offered.Add(own.Slice(at, 32));
                }

                match = Math.Max(0, Array.FindIndex(candidates, c => offered.Exists(o => o.AsSpan().SequenceEqual(c.Bytes))));
                return Join(idBytes, U16((ushort)offered.Count), new byte[6], nonce.Bytes, Join(offered.ToArray()));
            },
            id, nonce, integrityKey, maskKey);

        VectorValue psk = psks[match];
        VectorValue confirmation = Check(
            section, "confirmation", DiscoveryProofs.Confirmation(_core, fingerprints[match], id.Number, (uint)salt.Number), psk, id, salt);
        VectorValue initiator = Check(section, "proof_initiator", Proof(psk, nonce, DiscoveryProofs.Initiator, id), psk, nonce, id);
        VectorValue responder = Check(section, "proof_responder", Proof(psk, nonce, DiscoveryProofs.Responder, id), psk, nonce, id);
        VectorValue offer = Check(section, "proof_offer", Proof(psk, nonce, DiscoveryProofs.Offer, id), psk, nonce, id);
        VectorValue matched = Check(section, "proof_match", Proof(psk, nonce, DiscoveryProofs.Match, id), psk, nonce, id);

        CheckDiscoveryPacket(
            section, onTheWire, "request", DiscoverySubtype.Request, id, integrityKey, maskKey,
            own => Join(idBytes, U32((uint)salt.Number), U16((ushort)psks.Length), U16((ushort)filter.Bytes.Length), new byte[4], filter.Bytes),
            id, salt, filter, integrityKey, maskKey);
        CheckDiscoveryPacket(
            section, onTheWire, "confirm", DiscoverySubtype.Confirm, id, integrityKey, maskKey,
            own => Join(idBytes, confirmation.Bytes, initiator.Bytes), id, confirmation, initiator, integrityKey, maskKey);
        CheckDiscoveryPacket(
            section, onTheWire, "accept", DiscoverySubtype.Accept, id, integrityKey, maskKey,
            own => Join(idBytes, U16(0), responder.Bytes), id, responder, integrityKey, maskKey);
        CheckDiscoveryPacket(
            section, onTheWire, "proofs", DiscoverySubtype.Proofs, id, integrityKey, maskKey,
            own =>
            {
                // The proofs of the first PSKs, as many as the packet says.
                int count = Math.Min((int)own.Slice(40, 1)[0], psks.Length);
                byte[][] proofs = new byte[count][];
                for (int i = 0; i < count; i++)
                {
                    proofs[i] = i == match ? offer.Bytes : Proof(psks[i], nonce, DiscoveryProofs.Offer, id);
                }

                return Join(idBytes, nonce.Bytes, new[] { (byte)count }, Join(proofs));
            },
            psks.Select(v => v.InPart()).Concat(new[] { id, nonce, offer, integrityKey, maskKey }).ToArray());
        CheckDiscoveryPacket(
            section, onTheWire, "proofs_match", DiscoverySubtype.ProofsMatch, id, integrityKey, maskKey,
            own => Join(idBytes, matched.Bytes), id, matched, integrityKey, maskKey);
        CheckDiscoveryPacket(
            section, onTheWire, "refused", DiscoverySubtype.Response, id, integrityKey, maskKey,
            own => Join(idBytes, U16(0), U16(2), new byte[4], new byte[32]), id, integrityKey, maskKey);
    }

    private byte[] Filter(int size, VectorValue[] blinded)
    {
        byte[] filter = new byte[size];
        foreach (VectorValue value in blinded)
        {
            DiscoveryProofs.AddToFilter(_core, filter, value.Bytes);
        }

        return filter;
    }

    private byte[] Proof(VectorValue psk, VectorValue nonce, string role, VectorValue id)
    {
        return DiscoveryProofs.Proof(_core, DiscoveryProofs.PskHash(_core, psk.Bytes), DiscoveryProofs.Challenge(_core, nonce.Bytes, role), id.Number);
    }

    /// <summary>A packet of discovery, which stands in the file in its masked form only.</summary>
    private void CheckDiscoveryPacket(
        VectorObject discovery, VectorObject section, string name, int subtype, VectorValue id, VectorValue integrityKey, VectorValue maskKey, Func<PayloadParts, byte[]> payload,
        params VectorValue[] from)
    {
        VectorValue masked = PacketOf(section, name);
        byte[] packet = (byte[])masked.Bytes.Clone();
        int clear = packet.Length - Packet.TagSize;
        _core.ChaCha20(packet, 0, clear, maskKey.Bytes, packet.AsSpan(clear, 12).ToArray(), 0);
        bool answer = subtype == DiscoverySubtype.Response || subtype == DiscoverySubtype.Accept || subtype == DiscoverySubtype.ProofsMatch;
        if (_protocol != Packet.Version)
        {
            _ = payload(new PayloadParts(PayloadOf(packet)));
            _report.Wait(masked, OtherVersion);
            return;
        }

        PacketPlan plan = DiscoveryPlan(subtype, answer, id, integrityKey, payload);
        plan.Padding = discovery.PaddingOf(name);
        byte[] rebuilt = plan.Rebuild(_core, packet, out _);
        _core.MaskPacket(rebuilt, 0, rebuilt.Length, maskKey.Bytes);
        _report.Compare(masked, rebuilt, from.Append(plan.Padding).ToArray());
    }

    private static PacketPlan DiscoveryPlan(int subtype, bool answer, VectorValue id, VectorValue key, Func<PayloadParts, byte[]> payload)
    {
        return new PacketPlan
        {
            Type = PacketType.Discovery,
            Subtype = subtype,
            Flags = answer ? PacketFlags.FromServer : 0,
            SessionId = id,
            Acknowledgment = 0,
            Timestamp = 0,
            TagKey = key.Bytes,
            Payload = payload,
        };
    }

    private void CheckClock(VectorObject section)
    {
        VectorValue psk = section.Bytes("psk");
        VectorValue utcMs = section.U64("utc_ms");
        VectorValue name = _protocol == UnmarkedVersion ? null : section.Text("name");
        VectorValue key = name == null
            ? _report.Wait(section.Bytes("clock_key"), OtherVersion)
            : Check(section, "clock_key", LongTermKeys.ClockKey(_core, psk.Bytes, System.Text.Encoding.UTF8.GetBytes(name.Text)), psk, name);
        VectorValue maskKey = Check(section, "mask_key", LongTermKeys.MaskKey(_core, key.Bytes), key);

        // The nonce is the session_id of both packets, and stands nowhere else.
        VectorValue nonce = new VectorValue(section.PathOf("request"), Packet.SessionId(PacketOf(section, "request").Bytes));
        VectorValue request = CheckPacket(section, "request", DiscoveryPlan(DiscoverySubtype.ClockRequest, false, nonce, key, own => U64(nonce.Number)), key);
        VectorValue response = CheckPacket(
            section, "response", DiscoveryPlan(DiscoverySubtype.ClockResponse, true, nonce, key, own => Join(U64(nonce.Number), U64(utcMs.Number))), key, utcMs);
        CheckMasked(section, "request_on_the_wire", request, maskKey);
        CheckMasked(section, "response_on_the_wire", response, maskKey);
    }
}
