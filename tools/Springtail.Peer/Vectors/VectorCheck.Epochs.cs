#nullable disable
using Springtail.Keys;
using Springtail.Packets;

namespace Springtail.Vectors;

/// <content>Rekey, repair and resume (PROTOCOL.md 12, 13 and 16).</content>
internal sealed partial class VectorCheck
{
    /// <summary>The keys, commitments and nonce of the section rekey, which others use again.</summary>
    private sealed class RekeyMaterial
    {
        public VectorValue RequesterPublic;
        public VectorValue SharedSecret;
        public VectorValue Nonce;
        public VectorValue Day;
        public VectorValue RequesterCommitment;
        public VectorValue ResponderCommitment;

        public byte[] Request(VectorValue day)
        {
            return Join(U32((uint)Nonce.Number), U32((uint)day.Number), RequesterPublic.Bytes, RequesterCommitment.Bytes);
        }
    }

    private RekeyMaterial CheckRekey(VectorObject section, Session session)
    {
        RequireAbout(section, "follows suite_1");
        VectorValue requesterPrivate = section.Bytes("requester_private", 32);
        VectorValue responderPrivate = section.Bytes("responder_private", 32);
        VectorValue requesterPublic = CheckPublicKey(section, "requester_public", true, requesterPrivate);
        VectorValue responderPublic = CheckPublicKey(section, "responder_public", true, responderPrivate);
        VectorValue nonce = section.Integer("rekey_nonce", uint.MaxValue);
        RekeyMaterial material = new RekeyMaterial
        {
            RequesterPublic = requesterPublic,
            SharedSecret = CheckSharedSecret(section, true, requesterPrivate, responderPublic),
            Nonce = nonce,
            Day = section.Integer("day", uint.MaxValue),
            RequesterCommitment = Check(
                section, "requester_commitment", RekeyKeys.Commitment(_core, requesterPublic.Bytes, (uint)nonce.Number, _sessionId.Number),
                requesterPublic, nonce, _sessionId),
            ResponderCommitment = Check(
                section, "responder_commitment", RekeyKeys.Commitment(_core, responderPublic.Bytes, (uint)nonce.Number, _sessionId.Number),
                responderPublic, nonce, _sessionId),
        };

        VectorValue oldSessionKey = Check(section, "old_session_key", session.SessionKey.Bytes, session.SessionKey);
        Session next = CheckNextEpoch(section, session, material, _psk, material.Day, oldSessionKey);
        VectorValue confirmation = CheckConfirmation(section, next);
        VectorValue request = CheckPacket(
            section, "request",
            ClientPlan(session, PacketType.Management, ManagementSubtype.RekeyRequest, PacketFlags.Ack, session.ControlKey, own => material.Request(material.Day)),
            session.ControlKey, session.ClientKey, nonce, material.Day, requesterPublic, material.RequesterCommitment);
        VectorValue response = CheckPacket(
            section, "response",
            ServerPlan(
                session, PacketType.Management, ManagementSubtype.RekeyResponse, session.ControlKey,
                own => Join(U32((uint)nonce.Number), responderPublic.Bytes, material.ResponderCommitment.Bytes, confirmation.Bytes)),
            session.ControlKey, session.ServerKey, nonce, responderPublic, material.ResponderCommitment, confirmation);
        VectorValue heartbeat = CheckFirstHeartbeat(section, next, 1);

        VectorObject onTheWire = section.Object("on_the_wire");
        CheckMasked(onTheWire, "request", request, session.MaskKey);
        CheckMasked(onTheWire, "response", response, session.MaskKey);
        CheckMasked(onTheWire, "first_heartbeat", heartbeat, session.MaskKey);
        return material;
    }

    /// <summary>session_key, client_key and server_key after a rekey.</summary>
    private Session CheckNextEpoch(VectorObject section, Session session, RekeyMaterial material, VectorValue psk, VectorValue day, VectorValue oldSessionKey)
    {
        Session next = NextEpoch(session, material, psk, day, oldSessionKey, out byte[] sessionKey, out byte[] traffic);
        next.SessionKey = Check(
            section, "session_key", sessionKey, psk, day, _sessionId, material.SharedSecret, material.RequesterCommitment, material.ResponderCommitment, oldSessionKey);
        VectorValue[] from = { next.SessionKey, material.SharedSecret, material.RequesterCommitment, material.ResponderCommitment };
        next.ClientKey = Check(section, "client_key", traffic[..32], from);
        next.ServerKey = Check(section, "server_key", traffic[32..], from);
        return next;
    }

    private Session NextEpoch(
        Session session, RekeyMaterial material, VectorValue psk, VectorValue day, VectorValue oldSessionKey, out byte[] sessionKey, out byte[] traffic)
    {
        byte[] requester = material.RequesterCommitment.Bytes;
        byte[] responder = material.ResponderCommitment.Bytes;
        byte[] combined = RekeyKeys.Combined(_core, material.SharedSecret.Bytes, requester, responder, oldSessionKey.Bytes);
        sessionKey = RekeyKeys.SessionKey(_core, psk.Bytes, (uint)day.Number, _sessionId.Number, combined);
        traffic = RekeyKeys.TrafficKeys(_core, sessionKey, material.SharedSecret.Bytes, requester, responder);
        return new Session
        {
            Suite = session.Suite,
            Protection = session.Protection,
            ClientSequence = session.ClientSequence,
            ServerSequence = session.ServerSequence,
            MaskKey = session.MaskKey,
        };
    }

    private VectorValue CheckConfirmation(VectorObject section, Session next)
    {
        return Check(section, "confirmation", RekeyKeys.Confirmation(_core, next.SessionKey.Bytes, _sessionId.Number), next.SessionKey, _sessionId);
    }

    private VectorValue CheckFirstHeartbeat(VectorObject section, Session next, int epoch)
    {
        return CheckPacket(
            section, "first_heartbeat", ClientPlan(next, PacketType.Heartbeat, 0, PacketFlags.Ack, next.SessionKey, own => own.Slice(0, HeartbeatPayload.Size), epoch: epoch),
            next.SessionKey, next.ClientKey);
    }

    private void CheckRepair(VectorObject section)
    {
        VectorValue sessionKey = section.Bytes("session_key", 32);
        VectorValue nonce = section.Integer("nonce", uint.MaxValue);
        VectorValue requester = section.Integer("requester_next_send", uint.MaxValue);
        VectorValue responder = section.Integer("responder_next_send", uint.MaxValue);
        VectorValue requesterCommitment = Check(
            section, "requester_commitment", RepairProofs.Commitment(_core, (uint)requester.Number, (uint)nonce.Number, _sessionId.Number),
            requester, nonce, _sessionId);
        VectorValue responderCommitment = Check(
            section, "responder_commitment", RepairProofs.Commitment(_core, (uint)responder.Number, (uint)nonce.Number, _sessionId.Number),
            responder, nonce, _sessionId);
        Check(
            section, "responder_proof",
            RepairProofs.SequenceProof(_core, sessionKey.Bytes, (uint)responder.Number, (uint)nonce.Number, requesterCommitment.Bytes, _sessionId.Number),
            sessionKey, responder, nonce, requesterCommitment, _sessionId);
        Check(
            section, "requester_proof",
            RepairProofs.SequenceProof(_core, sessionKey.Bytes, (uint)requester.Number, (uint)nonce.Number, responderCommitment.Bytes, _sessionId.Number),
            sessionKey, requester, nonce, responderCommitment, _sessionId);
        Check(
            section, "confirmation_proof",
            RepairProofs.ConfirmationProof(_core, sessionKey.Bytes, (uint)requester.Number, (uint)responder.Number, _sessionId.Number),
            sessionKey, requester, responder, _sessionId);
    }

    private VectorValue CheckResume(VectorObject section, Session session)
    {
        RequireAbout(section, "follows suite_1");
        VectorValue nonce = section.Bytes("resume_nonce", ResumeKeys.NonceSize);
        VectorValue savedNext = section.U64("saved_next_number");
        VectorValue lastReceived = section.Integer("last_received", uint.MaxValue);
        VectorValue number = CheckU64(section, "number", savedNext.Number + RepairStep, savedNext);

        byte[] keys = ResumeKeys.Derive(_core, nonce.Bytes, session.SessionKey.Bytes, session.ClientKey.Bytes, session.ServerKey.Bytes, _sessionId.Number);
        VectorValue[] from = { nonce, session.SessionKey, session.ClientKey, session.ServerKey, _sessionId };
        Session resumed = new Session
        {
            Suite = session.Suite,
            Protection = session.Protection,
            ClientSequence = session.ClientSequence,
            SessionKey = Check(section, "session_key", keys[..32], from),
            ClientKey = Check(section, "client_key", keys[32..64], from),
            ServerKey = Check(section, "server_key", keys[64..], from),
        };

        VectorValue resume = CheckPacket(
            section, "resume", ResumePlan(session.SessionKey, 0, nonce, (uint)number.Number, (uint)lastReceived.Number),
            session.SessionKey, nonce, number, lastReceived);
        VectorValue data = CheckPacket(
            section, "data",
            ClientPlan(
                resumed, PacketType.Data, 0, PacketFlags.Psh | PacketFlags.Ack, resumed.SessionKey, null,
                (uint)number.Number + 1, (uint)lastReceived.Number, number.Number, epoch: 1),
            resumed.SessionKey, resumed.ClientKey, number, lastReceived);

        VectorObject onTheWire = section.Object("on_the_wire");
        CheckMasked(onTheWire, "resume", resume, session.MaskKey);
        CheckMasked(onTheWire, "data", data, session.MaskKey);
        return nonce;
    }

    private PacketPlan ResumePlan(VectorValue sessionKey, int epoch, VectorValue nonce, uint sequence, uint lastReceived)
    {
        return new PacketPlan
        {
            Epoch = epoch,
            Type = PacketType.Management,
            Subtype = ManagementSubtype.Resume,
            Flags = PacketFlags.Ack,
            SessionId = _sessionId,
            Sequence = sequence,
            Acknowledgment = lastReceived,
            TagKey = sessionKey.Bytes,
            Payload = own => Join(nonce.Bytes, U32(sequence + 1), U32(lastReceived)),
        };
    }

    private void CheckDiversifiedEpochs(VectorObject section, Session session, RekeyMaterial material, VectorValue resumeNonce)
    {
        RequireAbout(section, "follows suite_1_diversified, with the keys and commitments of rekey and the nonce of resume");
        Session next = NextEpoch(session, material, _psk, material.Day, session.SessionKey, out byte[] sessionKey, out byte[] traffic);
        next.SessionKey = Check(
            section, "session_key", sessionKey,
            _psk, material.Day, _sessionId, material.SharedSecret, material.RequesterCommitment, material.ResponderCommitment, session.SessionKey);
        next.ClientKey = new VectorValue(section.PathOf("session_key"), traffic[..32]);
        next.ServerKey = new VectorValue(section.PathOf("session_key"), traffic[32..]);
        next.AuthenticationKey = Check(section, "authentication_key", KeySchedule.RenewedAuthenticationKey(_core, next.SessionKey.Bytes), next.SessionKey);

        byte[] keys = ResumeKeys.Derive(_core, resumeNonce.Bytes, next.SessionKey.Bytes, next.ClientKey.Bytes, next.ServerKey.Bytes, _sessionId.Number);
        Session resumed = new Session
        {
            Suite = session.Suite,
            Protection = session.Protection,
            ClientSequence = session.ClientSequence,
            SessionKey = Check(section, "resumed_session_key", keys[..32], resumeNonce, next.SessionKey, _sessionId),
            ClientKey = new VectorValue(section.PathOf("resumed_session_key"), keys[32..64]),
        };
        resumed.AuthenticationKey = Check(
            section, "resumed_authentication_key", KeySchedule.RenewedAuthenticationKey(_core, resumed.SessionKey.Bytes), resumed.SessionKey);

        VectorValue request = CheckPacket(
            section, "time_sync_request",
            ClientPlan(
                next, PacketType.Control, ControlSubtype.TimeSyncRequest, PacketFlags.Ack, next.ControlKey, own => own.Slice(0, TimeSyncPayload.RequestSize), epoch: 1),
            next.SessionKey, next.AuthenticationKey);

        // The numbers of this RESUME stand nowhere but in its header.
        byte[] ownResume = PacketOf(section, "resume").Bytes;
        uint sequence = Packet.Sequence(ownResume);
        VectorValue resume = CheckPacket(
            section, "resume", ResumePlan(next.SessionKey, 1, resumeNonce, sequence, Packet.Acknowledgment(ownResume)), next.SessionKey, resumeNonce);
        VectorValue resumedRequest = CheckPacket(
            section, "resumed_time_sync_request",
            ClientPlan(
                resumed, PacketType.Control, ControlSubtype.TimeSyncRequest, PacketFlags.Ack, resumed.ControlKey, own => own.Slice(0, TimeSyncPayload.RequestSize), epoch: 2),
            resumed.SessionKey, resumed.AuthenticationKey);

        VectorObject onTheWire = section.Object("on_the_wire");
        CheckMasked(onTheWire, "time_sync_request", request, session.MaskKey);
        CheckMasked(onTheWire, "resume", resume, session.MaskKey);
        CheckMasked(onTheWire, "resumed_time_sync_request", resumedRequest, session.MaskKey);
    }

    private void CheckRekeySuite5(VectorObject section, Session session, RekeyMaterial material)
    {
        RequireAbout(section, "follows suite_5, with the P-256 keys and commitments of rekey; psk is K");
        Session next = CheckNextEpoch(section, session, material, session.SessionKey, material.Day, session.SessionKey);
        CheckConfirmation(section, next);
        VectorValue heartbeat = CheckFirstHeartbeat(section, next, 1);
        CheckMasked(section, "on_the_wire", heartbeat, session.MaskKey);
    }
}
