#nullable disable
using System;
using Springtail.Crypto;
using Springtail.Keys;
using Springtail.Packets;

namespace Springtail.Vectors;

/// <content>Emergency (PROTOCOL.md 14).</content>
internal sealed partial class VectorCheck
{
    /// <summary>The session between an emergency and its rekey.</summary>
    private sealed class Interim
    {
        public int Epoch;
        public Session Session;
        public VectorValue KeyCheck;
        public VectorValue KeyCheckReply;
    }

    private Interim CheckEmergency(VectorObject section, Session session)
    {
        RequireAbout(section, "follows suite_1");
        VectorValue reason = section.Integer("reason", byte.MaxValue);
        VectorValue lastGood = section.Integer("last_good_sequence", uint.MaxValue);
        VectorValue start = CheckU64(section, "start_utc_ms", session.StartUtcMs.Number, session.StartUtcMs);
        VectorValue utcMs = section.U64("utc_ms");
        VectorValue iv = section.Bytes("iv", 16);
        VectorValue responseIv = section.Bytes("response_iv", 16);
        VectorValue token = section.Bytes("recovery_token", EmergencyKeys.RecoveryTokenSize);
        VectorValue recoveryId = section.U64("recovery_session_id");
        VectorValue challenge = section.U64("challenge");
        byte[] server = session.ServerEndpoint.Bytes;
        byte[] client = session.ClientEndpoint.Bytes;

        VectorValue connectionId = CheckU64(
            section, "connection_id", EmergencyKeys.ConnectionId(_core, server, client, _psk.Bytes), session.ServerEndpoint, session.ClientEndpoint, _psk);
        VectorValue context = Check(
            section, "context",
            EmergencyKeys.Context(
                _sessionId.Number, server, client, start.Number, (uint)lastGood.Number, (byte)reason.Number, EmergencyKeys.EmergencySecret(_core, session.SessionKey.Bytes)),
            _sessionId, session.ServerEndpoint, session.ClientEndpoint, start, lastGood, reason, session.SessionKey);
        VectorValue key = Check(
            section, "emergency_key", EmergencyKeys.EmergencyKey(_core, _psk.Bytes, _sessionId.Number, context.Bytes), _psk, _sessionId, context);
        VectorValue payload = Check(
            section, "payload", Join(token.Bytes, U64(recoveryId.Number), U64(utcMs.Number)), token, recoveryId, utcMs);

        // The responder's time stands nowhere else.
        VectorValue ownResponse = section.Bytes("response_payload", 48);
        ulong responderUtcMs = Wire.ReadU64(ownResponse.Bytes, 40);
        VectorValue responsePayload = _report.Compare(ownResponse, Join(token.Bytes, U64(recoveryId.Number), U64(responderUtcMs)), token, recoveryId);

        VectorValue request = CheckSealedPacket(
            section, "request", false, key, iv, payload, utcMs.Number,
            Join(U64(connectionId.Number), U64(start.Number), U32((uint)lastGood.Number), new[] { (byte)reason.Number }),
            key, iv, payload, connectionId, start, lastGood, reason, utcMs);
        VectorValue response = CheckSealedPacket(
            section, "response", true, key, responseIv, responsePayload, responderUtcMs, Array.Empty<byte>(), key, responseIv, responsePayload);
        VectorValue requestMaskKey = new VectorValue(utcMs.Path, LongTermKeys.MaskKey(_core, LongTermKeys.DailyKey(_core, _psk.Bytes, Dates.Date(utcMs.Number)))).InPart();
        VectorObject onTheWire = section.Object("on_the_wire");
        CheckMasked(onTheWire, "request", request, requestMaskKey);
        CheckMasked(onTheWire, "response", response, requestMaskKey);

        Session interim = new Session { Suite = session.Suite, Protection = session.Protection };
        interim.SessionKey = Check(
            section, "session_key", EmergencyKeys.SessionKey(_core, _psk.Bytes, utcMs.Number, _sessionId.Number, token.Bytes, recoveryId.Number),
            _psk, utcMs.InPart(), _sessionId, token, recoveryId);
        byte[] traffic = EmergencyKeys.TrafficKeys(_core, interim.SessionKey.Bytes, token.Bytes);
        interim.ClientKey = Check(section, "client_key", traffic[..32], interim.SessionKey, token);
        interim.ServerKey = Check(section, "server_key", traffic[32..], interim.SessionKey, token);
        interim.MaskKey = Check(section, "mask_key", LongTermKeys.MaskKey(_core, interim.SessionKey.Bytes), interim.SessionKey);
        return new Interim
        {
            Epoch = Packet.Epoch(response.Bytes),
            Session = interim,
            KeyCheck = Check(section, "key_check", EmergencyKeys.KeyCheck(_core, interim.SessionKey.Bytes, challenge.Number), interim.SessionKey, challenge),
            KeyCheckReply = Check(
                section, "key_check_reply", EmergencyKeys.KeyCheckReply(_core, interim.SessionKey.Bytes, challenge.Number), interim.SessionKey, challenge),
        };
    }

    /// <summary>EMERGENCY_REQUEST or EMERGENCY_RESPONSE. Without AES-256-GCM its ciphertext is taken as it stands; the packet's tag still covers it.</summary>
    private VectorValue CheckSealedPacket(
        VectorObject section, string name, bool response, VectorValue key, VectorValue iv, VectorValue payload, ulong utcMs, byte[] clear, params VectorValue[] from)
    {
        VectorValue own = PacketOf(section, name);
        byte[] computed = Aes256GcmSeal(key.Bytes, iv.Bytes, payload.Bytes, EmergencyKeys.AdditionalData());
        byte[] ciphertext = computed ?? new PayloadParts(PayloadOf(own.Bytes)).Slice(clear.Length + iv.Bytes.Length, payload.Bytes.Length + 16);
        PacketPlan plan = new PacketPlan
        {
            // The response's epoch is the responder's choice.
            Epoch = response ? Packet.Epoch(own.Bytes) : 0,
            Type = PacketType.Control,
            Subtype = response ? ControlSubtype.EmergencyResponse : ControlSubtype.EmergencyRequest,
            Flags = response ? PacketFlags.Ack | PacketFlags.FromServer : PacketFlags.Ack,
            SessionId = _sessionId,
            Sequence = 0,
            Acknowledgment = 0,
            Timestamp = (uint)(utcMs % Dates.MsPerDay),
            TagKey = key.Bytes,
            Payload = parts => Join(clear, iv.Bytes, ciphertext),
            Padding = section.PaddingOf(name),
        };
        return ComparePacket(own, plan, computed == null ? "AES-256-GCM" : null, from);
    }

    /// <summary>Ciphertext and tag; null when the core does not have this cipher.</summary>
    private byte[] Aes256GcmSeal(byte[] key, byte[] iv, byte[] plaintext, byte[] additionalData)
    {
        byte[] data = Join(plaintext, new byte[16]);
        try
        {
            _core.Aes256GcmSeal(data, 0, data.Length, key, iv, additionalData);
            return data;
        }
        catch (NotSupportedException)
        {
            return null;
        }
    }

    private void CheckAfterEmergency(VectorObject section, Session session, Interim interim, RekeyMaterial material)
    {
        RequireAbout(section, "follows emergency, with the keys, nonce and commitments of rekey");
        Session old = interim.Session;
        VectorValue day = section.Integer("day", uint.MaxValue);

        // The numbers of the interim begin at 1 (PROTOCOL.md 14).
        old.ClientSequence = new VectorValue("0", 0);
        VectorValue keyCheck = CheckPacket(
            section, "key_check",
            ClientPlan(old, PacketType.Management, ManagementSubtype.KeyCheck, PacketFlags.Ack, old.SessionKey, own => interim.KeyCheck.Bytes, epoch: interim.Epoch),
            old.SessionKey, old.ClientKey, interim.KeyCheck);
        VectorValue reply = CheckPacket(
            section, "key_check_reply",
            new PacketPlan
            {
                Epoch = interim.Epoch,
                Type = PacketType.Management,
                Subtype = ManagementSubtype.KeyCheckReply,
                Flags = PacketFlags.Ack | PacketFlags.FromServer,
                SessionId = _sessionId,
                Protection = old.Protection,
                CipherKey = old.ServerKey.Bytes,
                TagKey = old.SessionKey.Bytes,
                Payload = own => interim.KeyCheckReply.Bytes,
            },
            old.SessionKey, old.ServerKey, interim.KeyCheckReply);
        VectorValue request = CheckPacket(
            section, "rekey_request",
            ClientPlan(
                old, PacketType.Management, ManagementSubtype.RekeyRequest, PacketFlags.Ack, old.SessionKey, own => material.Request(day), epoch: interim.Epoch),
            old.SessionKey, old.ClientKey, material.Nonce, day, material.RequesterPublic, material.RequesterCommitment);

        Session next = CheckNextEpoch(section, old, material, _psk, day, old.SessionKey);
        CheckConfirmation(section, next);
        VectorValue master = Check(section, "master", KeySchedule.MasterFromSessionKey(_core, next.SessionKey.Bytes), next.SessionKey);
        SessionParameters parameters = KeySchedule.ReadMaster(master.Bytes);
        next.ClientSequence = CheckU32(section, "client_sequence", parameters.ClientSequence, master);
        CheckU32(section, "server_sequence", parameters.ServerSequence, master);
        VectorValue clientOffset = CheckU32(section, "client_port_offset", parameters.ClientPortOffset, master);
        VectorValue serverOffset = CheckU32(section, "server_port_offset", parameters.ServerPortOffset, master);
        VectorValue seed = CheckU32(section, "port_hop_seed", parameters.PortHopSeed, master);
        CheckU32(section, "time_sync_offset", parameters.TimeSyncOffset, master);
        VectorValue hopKey = Check(section, "hop_key", KeySchedule.HopKey(_core, next.SessionKey.Bytes, parameters.PortHopSeed, false, 0), next.SessionKey, seed);
        VectorValue w = section.U64("w");
        CheckPort(section, "client_port", hopKey, HopPorts.ClientSide, w, clientOffset, _defaultPortMin, _defaultPortCount);
        CheckPort(section, "server_port", hopKey, HopPorts.ServerSide, w, serverOffset, _defaultPortMin, _defaultPortCount);
        if (_protocol != UnmarkedVersion)
        {
            CheckPort(section, "client_port_1024_64512", hopKey, HopPorts.ClientSide, w, clientOffset, 1024, 64512);
            CheckPort(section, "server_port_1024_64512", hopKey, HopPorts.ServerSide, w, serverOffset, 1024, 64512);
        }

        VectorValue heartbeat = CheckPacket(
            section, "first_heartbeat",
            ClientPlan(
                next, PacketType.Heartbeat, 0, PacketFlags.Ack, next.SessionKey, own => own.Slice(0, HeartbeatPayload.Size), parameters.ClientSequence + 1, parameters.ServerSequence, epoch: interim.Epoch + 1),
            next.SessionKey, next.ClientKey, master);

        VectorObject onTheWire = section.Object("on_the_wire");
        CheckMasked(onTheWire, "key_check", keyCheck, old.MaskKey);
        CheckMasked(onTheWire, "key_check_reply", reply, old.MaskKey);
        CheckMasked(onTheWire, "rekey_request", request, old.MaskKey);
        CheckMasked(onTheWire, "first_heartbeat", heartbeat, new VectorValue(next.SessionKey.Path, LongTermKeys.MaskKey(_core, next.SessionKey.Bytes)));
    }
}
