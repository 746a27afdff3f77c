#nullable disable
using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Springtail.Crypto;
using Springtail.Keys;
using Springtail.Packets;

namespace Springtail.Vectors;

/// <content>Handshake, key schedule and hops (PROTOCOL.md 5 to 8).</content>
internal sealed partial class VectorCheck
{
    /// <summary>What a handshake section leaves for those that follow it.</summary>
    private sealed class Session
    {
        public int Suite;
        public int Protection;
        public VectorValue ClientEndpoint;
        public VectorValue ServerEndpoint;
        public VectorValue StartUtcMs;
        public VectorValue ClientSequence;
        public VectorValue ServerSequence;
        public VectorValue ClientPortOffset;
        public VectorValue ServerPortOffset;
        public VectorValue PortHopSeed;
        public VectorValue SessionKey;
        public VectorValue ClientKey;
        public VectorValue ServerKey;
        public VectorValue MaskKey;

        // port_min, port_count, the largest message and the mark, of each side.
        public VectorValue[] ClientStates = Array.Empty<VectorValue>();
        public VectorValue[] ServerStates = Array.Empty<VectorValue>();

        // With DIVERSIFIED; otherwise null.
        public VectorValue HopIntervalVariance;

        // The client's and the server's port offsets in a range of so many ports.
        public Func<int, (int Client, int Server)> OffsetsOf;
        public VectorValue HopSequenceSeed;
        public VectorValue AuthenticationKey;

        /// <summary>What tags CONTROL and MANAGEMENT packets.</summary>
        public VectorValue ControlKey => AuthenticationKey ?? SessionKey;
    }

    // A session that continues another has an id of its own.
    private void CheckContinued(VectorObject section, Session old)
    {
        RequireAbout(section, "a session of suite 2 that continues that of suite_1");
        VectorValue sessionId = _sessionId;
        VectorValue keyExchangeId = _keyExchangeId;
        _sessionId = section.U64("session_id");
        _keyExchangeId = section.Integer("key_exchange_id", ushort.MaxValue);
        CheckSuite(section, KeySchedule.SuiteX25519, false, old, sessionId);
        _sessionId = sessionId;
        _keyExchangeId = keyExchangeId;
    }

    private Session CheckSuite(VectorObject section, int suite, bool diversified, Session continued = null, VectorValue continuedId = null)
    {
        bool fromToken = suite == KeySchedule.SuiteToken || suite == KeySchedule.SuiteSpake2;
        VectorValue secret = SecretKey(section.Text("secret_key"));
        VectorValue w = suite == KeySchedule.SuiteSpake2 ? Check(section, "w", PairingKeys.TokenScalar(_core, secret.Bytes), secret) : null;
        VectorValue clientPublic;
        VectorValue serverPublic;
        VectorValue sharedSecret = CheckExchange(section, suite, w, out clientPublic, out serverPublic);
        VectorValue hash = suite == KeySchedule.SuiteSpake2
            ? Check(section, "shared_secret_hash", new byte[HandshakeProofs.SharedSecretHashSize])
            : Check(section, "shared_secret_hash", HandshakeProofs.SharedSecretHash(_core, sharedSecret.Bytes), sharedSecret);

        Session session = new Session
        {
            Suite = suite,
            Protection = suite == KeySchedule.SuiteP256 || suite == KeySchedule.SuiteFuzzy ? PacketProtection.ChaCha20Hmac : PacketProtection.ChaCha20Poly1305,
            ClientEndpoint = section.Bytes("client_endpoint", Endpoint.Size),
            ServerEndpoint = section.Bytes("server_endpoint", Endpoint.Size),
            StartUtcMs = CheckU64(section, "start_utc_ms", _utcMs.Number, _utcMs),
        };

        // ---- handshake packets
        VectorValue handshakeKey = fromToken ? new VectorValue("the public handshake key", LongTermKeys.PublicHandshakeKey(_core)) : _handshakeKey;
        if (_protocol != UnmarkedVersion)
        {
            VectorValue name = section.Text("name");
            if (fromToken && name.Text.Length != 0)
            {
                throw new VectorFileException(name.Path, "with a token there is no name.");
            }

            handshakeKey = fromToken
                ? _report.Compare(section.Bytes("handshake_key"), handshakeKey.Bytes)
                : CheckHandshakeKey(section, "handshake_key", name, _sessionId, _keyExchangeId);
            VectorValue portMin = section.Integer("port_min", ushort.MaxValue);
            VectorValue portCount = section.Integer("port_count", ushort.MaxValue);
            session.ClientStates = new[] { portMin, portCount, section.Integer("client_largest_message", uint.MaxValue), section.Bytes("client_mark", 8) };
            session.ServerStates = new[] { portMin, portCount, section.Integer("server_largest_message", uint.MaxValue), section.Bytes("server_mark", 8) };
        }

        VectorValue handshakeMaskKey = Check(
            section, "handshake_mask_key", LongTermKeys.MaskKey(_core, fromToken ? handshakeKey.Bytes : _dailyKey.Bytes),
            fromToken ? Array.Empty<VectorValue>() : new[] { _dailyKey });
        VectorValue syn = CheckPacket(
            section, "syn", SynPlan(session, suite, diversified, clientPublic, handshakeKey, (uint)(session.StartUtcMs.Number % Dates.MsPerDay)),
            session.ClientStates.Concat(new[] { _keyExchangeId, session.StartUtcMs, session.ServerEndpoint, clientPublic, handshakeKey }).ToArray());
        byte[] synPayload = FieldsOf(section, "syn", syn);
        VectorValue synCopy = CheckPacket(
            section, "syn_copy",
            new PacketPlan
            {
                Type = PacketType.Syn,
                Flags = PacketFlags.Syn,
                SessionId = _sessionId,
                Sequence = 0,
                Acknowledgment = 0,
                TagKey = handshakeKey.Bytes,
                Payload = own => synPayload,
            },
            syn, handshakeKey);
        VectorValue synAck = CheckPacket(
            section, "syn_ack",
            new PacketPlan
            {
                Type = PacketType.SynAck,
                Flags = PacketFlags.Syn | PacketFlags.Ack | PacketFlags.FromServer,
                SessionId = _sessionId,
                Acknowledgment = Packet.Timestamp(synCopy.Bytes),
                TagKey = handshakeKey.Bytes,
                Payload = own => Join(
                    U16((ushort)_keyExchangeId.Number), new[] { (byte)suite, FeaturesOf(own.Slice(SynAck.Features, 1)[0], diversified) },
                    own.Slice(SynAck.ReceiveWindow, 4), StatedBytes(session.ServerStates), session.ClientEndpoint.Bytes, hash.Bytes,
                    serverPublic.Bytes),
            },
            session.ServerStates.Concat(new[] { _keyExchangeId, synCopy, session.ClientEndpoint, hash, serverPublic, handshakeKey }).ToArray());

        // ---- keys
        VectorValue transcript = Check(
            section, "transcript", HandshakeProofs.Transcript(_core, syn.Bytes, synPayload, synAck.Bytes, FieldsOf(section, "syn_ack", synAck)), syn, synAck);
        VectorValue master = CheckMaster(section, suite, sharedSecret, clientPublic, serverPublic, secret, transcript);
        CheckParameters(section.Object("parameters"), session, diversified, master, sharedSecret, clientPublic, serverPublic, handshakeKey, transcript);
        session.MaskKey = Check(section, "session_mask_key", LongTermKeys.MaskKey(_core, session.SessionKey.Bytes), session.SessionKey);
        VectorValue confirm = Check(section, "confirm", HandshakeProofs.Confirm(_core, session.SessionKey.Bytes, transcript.Bytes), session.SessionKey, transcript);

        VectorValue continuation = CheckContinuation(section, session, transcript, continued, continuedId, out VectorValue continues, out VectorValue done);

        // ---- packets of the session
        VectorValue message = section.Bytes("data_message");
        uint clientFirst = (uint)session.ClientSequence.Number + 1;
        VectorValue[] keys = { session.SessionKey, session.ClientKey, session.ClientSequence };
        Dictionary<string, VectorValue> packets = new Dictionary<string, VectorValue>
        {
            ["syn"] = syn,
            ["syn_copy"] = synCopy,
            ["syn_ack"] = synAck,
            ["ack"] = CheckPacket(
                section, "ack",
                ClientPlan(
                    session, PacketType.Ack, 0, PacketFlags.Ack, session.SessionKey, own => Join(own.Slice(0, 2), new byte[4], U32((uint)done.Number), confirm.Bytes, continues.Bytes, continuation.Bytes),
                    clientFirst, (uint)session.ServerSequence.Number),
                keys.Append(session.ServerSequence).Append(confirm).Append(continues).Append(continuation).Append(done).ToArray()),
            ["heartbeat"] = CheckPacket(
                section, "heartbeat",
                ServerPlan(
                    session, PacketType.Heartbeat, 0, session.SessionKey, own => Join(own.Slice(0, HeartbeatPayload.Continues), continues.Bytes),
                    (uint)session.ServerSequence.Number + 1, clientFirst),
                session.SessionKey, session.ServerKey, session.ServerSequence, session.ClientSequence, continues),
            ["data"] = CheckPacket(
                section, "data",
                ClientPlan(
                    session, PacketType.Data, 0, PacketFlags.Psh | PacketFlags.Ack, session.SessionKey,
                    own => Join(own.Slice(0, DataPayload.HeaderSize), message.Bytes)),
                keys.Append(message).ToArray()),
            ["data_past_2_32"] = CheckPacket(
                section, "data_past_2_32",
                ClientPlan(session, PacketType.Data, 0, PacketFlags.Psh | PacketFlags.Ack, session.SessionKey, null, null, null, 1ul << 32), keys),
            ["time_sync_request"] = CheckPacket(
                section, "time_sync_request",
                ClientPlan(
                    session, PacketType.Control, ControlSubtype.TimeSyncRequest, PacketFlags.Ack, session.ControlKey,
                    own => own.Slice(0, TimeSyncPayload.RequestSize)),
                keys.Append(session.ControlKey).ToArray()),
        };
        VectorValue withSack = CheckPacket(
            section, "ack_with_sack",
            ClientPlan(session, PacketType.Ack, 0, PacketFlags.Ack | PacketFlags.Sack, session.SessionKey, own => own.Slice(0, AckPayload.Size)), keys);
        if (_protocol != UnmarkedVersion)
        {
            packets["ack_with_sack"] = withSack;
            CheckVersion2Packets(section, session, packets, message, keys);
        }

        VectorObject onTheWire = section.Object("on_the_wire");
        foreach (KeyValuePair<string, VectorValue> packet in packets)
        {
            bool handshake = packet.Key == "syn" || packet.Key == "syn_copy" || packet.Key == "syn_ack";
            CheckMasked(onTheWire, packet.Key, packet.Value, handshake ? handshakeMaskKey : session.MaskKey);
        }

        CheckHops(section, session);
        return session;
    }

    private void CheckVersion2Packets(VectorObject section, Session session, Dictionary<string, VectorValue> packets, VectorValue message, VectorValue[] keys)
    {
        packets["data_padded"] = CheckPacket(
            section, "data_padded",
            ClientPlan(
                session, PacketType.Data, 0, PacketFlags.Psh | PacketFlags.Ack, session.SessionKey,
                own =>
                {
                    // The last two bytes say how many are no part of the message.
                    byte[] padding = own.From(DataPayload.HeaderSize + message.Bytes.Length);
                    Array.Clear(padding);
                    Wire.WriteU16(padding, padding.Length - 2, (ushort)padding.Length);
                    return Join(own.Slice(0, DataPayload.HeaderSize), message.Bytes, padding);
                }),
            keys.Append(message).ToArray());
        VectorValue token = section.U64("path_token");
        packets["path_challenge"] = CheckPacket(
            section, "path_challenge",
            ServerPlan(session, PacketType.Control, ControlSubtype.PathChallenge, session.ControlKey, own => U64(token.Number)),
            session.ControlKey, session.ServerKey, session.ServerSequence, token);
        packets["path_response"] = CheckPacket(
            section, "path_response",
            ClientPlan(session, PacketType.Control, ControlSubtype.PathResponse, PacketFlags.Ack, session.ControlKey, own => U64(token.Number)),
            keys.Append(session.ControlKey).Append(token).ToArray());
    }

    private VectorValue CheckContinuation(
        VectorObject section, Session session, VectorValue transcript, Session continued, VectorValue continuedId, out VectorValue continues, out VectorValue done)
    {
        done = new VectorValue("0", 0);
        continues = new VectorValue("no session", _protocol == UnmarkedVersion ? Array.Empty<byte>() : new byte[8]);
        if (_protocol != UnmarkedVersion)
        {
            Check(section, "emergency_secret", EmergencyKeys.EmergencySecret(_core, session.SessionKey.Bytes), session.SessionKey);
        }

        if (continued == null)
        {
            return new VectorValue("no continuation", new byte[HandshakeProofs.ContinuationSize]);
        }

        VectorValue id = CheckU64(section, "continues", continuedId.Number, continuedId);
        continues = new VectorValue(id.Path, U64(id.Number));
        done = section.Integer("done", uint.MaxValue);
        byte[] secret = EmergencyKeys.EmergencySecret(_core, continued.SessionKey.Bytes);
        return Check(section, "continuation", HandshakeProofs.Continuation(_core, secret, transcript.Bytes), continued.SessionKey, transcript);
    }

    private static byte[] FieldsOf(VectorObject section, string name, VectorValue packet)
    {
        byte[] payload = PayloadOf(packet.Bytes);
        return payload[..Math.Max(0, payload.Length - (int)section.PaddingOf(name).Number)];
    }

    /// <summary>The PSK or the token's bytes, from "psk of long_term" or "token word-word".</summary>
    private VectorValue SecretKey(VectorValue text)
    {
        const string Token = "token ";
        if (text.Text == "psk of long_term")
        {
            return _psk;
        }

        if (text.Text.StartsWith(Token, StringComparison.Ordinal) && text.Text.Length > Token.Length)
        {
            return new VectorValue(text.Path, Wire.Ascii(text.Text.Substring(Token.Length)));
        }

        throw new VectorFileException(text.Path, "\"psk of long_term\" or \"token \" and a token is expected here.");
    }

    /// <summary>Both public keys and the secret; returns the secret.</summary>
    private VectorValue CheckExchange(VectorObject section, int suite, VectorValue w, out VectorValue clientPublic, out VectorValue serverPublic)
    {
        VectorValue clientPrivate = section.Bytes("client_private", 32);
        VectorValue serverPrivate = section.Bytes("server_private", 32);
        if (suite != KeySchedule.SuiteSpake2)
        {
            bool p256 = suite == KeySchedule.SuiteP256 || suite == KeySchedule.SuiteFuzzy;
            clientPublic = CheckPublicKey(section, "client_public", p256, clientPrivate);
            serverPublic = CheckPublicKey(section, "server_public", p256, serverPrivate);
            return CheckSharedSecret(section, p256, clientPrivate, serverPublic);
        }

        VectorValue ownClient = section.Bytes("client_public", 64);
        VectorValue ownServer = section.Bytes("server_public", 64);
        VectorValue ownSecret = section.Bytes("shared_secret", 32);
        try
        {
            const string NoShare = "the private key is not in [1, n-1]";
            clientPublic = CompareOrRefuse(ownClient, Share(w, clientPrivate, Spake2Side.Client), NoShare, w, clientPrivate);
            serverPublic = CompareOrRefuse(ownServer, Share(w, serverPrivate, Spake2Side.Server), NoShare, w, serverPrivate);
            byte[] key = PairingKeys.SharedKey(_core, w.Bytes, clientPrivate.Bytes, clientPublic.Bytes, serverPublic.Bytes, Spake2Side.Client);
            return CompareOrRefuse(ownSecret, key, "the server's share is refused", w, clientPrivate, clientPublic, serverPublic);
        }
        catch (NotSupportedException)
        {
            clientPublic = _report.Wait(ownClient, "SPAKE2");
            serverPublic = _report.Wait(ownServer, "SPAKE2");
            return _report.Wait(ownSecret, "SPAKE2");
        }
    }

    private byte[] Share(VectorValue w, VectorValue privateKey, int side)
    {
        byte[] share = new byte[64];
        return _core.Spake2Share(share, w.Bytes, privateKey.Bytes, side) ? share : null;
    }

    private VectorValue CheckPublicKey(VectorObject section, string name, bool p256, VectorValue privateKey)
    {
        byte[] publicKey = new byte[p256 ? 64 : 32];
        VectorValue own = section.Bytes(name, publicKey.Length);
        if (p256)
        {
            bool valid = _core.P256Public(publicKey, privateKey.Bytes);
            return CompareOrRefuse(own, valid ? publicKey : null, "the private key is not in [1, n-1]", privateKey);
        }

        try
        {
            _core.X25519Public(publicKey, privateKey.Bytes);
        }
        catch (NotSupportedException)
        {
            return _report.Wait(own, "X25519");
        }

        return _report.Compare(own, publicKey, privateKey);
    }

    private VectorValue CheckSharedSecret(VectorObject section, bool p256, VectorValue privateKey, VectorValue peerPublicKey)
    {
        byte[] secret = new byte[32];
        VectorValue own = section.Bytes("shared_secret", secret.Length);
        try
        {
            bool valid = p256
                ? _core.P256Shared(secret, privateKey.Bytes, peerPublicKey.Bytes)
                : _core.X25519Shared(secret, privateKey.Bytes, peerPublicKey.Bytes);
            return CompareOrRefuse(own, valid ? secret : null, "a key is refused", privateKey, peerPublicKey);
        }
        catch (NotSupportedException) when (!p256)
        {
            return _report.Wait(own, "X25519");
        }
    }

    private VectorValue CheckMaster(
        VectorObject section, int suite, VectorValue sharedSecret, VectorValue clientPublic, VectorValue serverPublic, VectorValue secret, VectorValue transcript)
    {
        switch (suite)
        {
            case KeySchedule.SuiteP256:
                byte[] salt = KeySchedule.Salt(_core, clientPublic.Bytes, serverPublic.Bytes, (ushort)_keyExchangeId.Number);
                return Check(section, "master", KeySchedule.Master(_core, sharedSecret.Bytes, salt), sharedSecret, clientPublic, serverPublic, _keyExchangeId);
            case KeySchedule.SuiteX25519:
                byte[] k2 = KeySchedule.SessionKeySuite2(_core, secret.Bytes, sharedSecret.Bytes, transcript.Bytes);
                return Check(section, "master", KeySchedule.MasterFromSessionKey(_core, k2), secret, sharedSecret, transcript);
            case KeySchedule.SuiteFuzzy:
                byte[] k3 = KeySchedule.SessionKeySuite3(_core, sharedSecret.Bytes);
                return Check(section, "master", KeySchedule.MasterFromSessionKey(_core, k3), sharedSecret);
            case KeySchedule.SuiteToken:
                byte[] k4 = KeySchedule.SessionKeySuite4(_core, secret.Bytes, sharedSecret.Bytes);
                return Check(section, "master", KeySchedule.MasterFromSessionKey(_core, k4), secret, sharedSecret);
            default:
                return Check(section, "master", KeySchedule.MasterFromSessionKey(_core, sharedSecret.Bytes), sharedSecret);
        }
    }

    private void CheckParameters(
        VectorObject section, Session session, bool diversified, VectorValue master, VectorValue sharedSecret, VectorValue clientPublic, VectorValue serverPublic,
        VectorValue handshakeKey, VectorValue transcript)
    {
        SessionParameters parameters = KeySchedule.ReadMaster(master.Bytes);
        VectorValue[] fromMaster = { master };
        VectorValue[] fromExchange = fromMaster;
        if (diversified)
        {
            KeySchedule.DeriveSequenceNumbers(_core, sharedSecret.Bytes, clientPublic.Bytes, serverPublic.Bytes, parameters);
            KeySchedule.DerivePortOffsets(_core, sharedSecret.Bytes, clientPublic.Bytes, serverPublic.Bytes, _defaultPortCount, parameters);
            fromExchange = new[] { sharedSecret, clientPublic, serverPublic };
            session.OffsetsOf = portCount =>
            {
                SessionParameters other = new SessionParameters();
                KeySchedule.DerivePortOffsets(_core, sharedSecret.Bytes, clientPublic.Bytes, serverPublic.Bytes, portCount, other);
                return (other.ClientPortOffset, other.ServerPortOffset);
            };
            session.HopIntervalVariance = CheckU32(section, "hop_interval_variance", parameters.HopIntervalVariance, fromExchange);
            session.HopSequenceSeed = CheckU32(section, "hop_sequence_seed", parameters.HopSequenceSeed, fromExchange);
            session.AuthenticationKey = Check(
                section, "authentication_key", KeySchedule.DeriveSessionAuthenticationKey(_core, sharedSecret.Bytes, _sessionId.Number), sharedSecret, _sessionId);
        }

        session.ClientSequence = CheckU32(section, "client_sequence", parameters.ClientSequence, fromExchange);
        session.ServerSequence = CheckU32(section, "server_sequence", parameters.ServerSequence, fromExchange);
        session.ClientPortOffset = CheckU32(section, "client_port_offset", parameters.ClientPortOffset, fromExchange);
        session.ServerPortOffset = CheckU32(section, "server_port_offset", parameters.ServerPortOffset, fromExchange);
        session.SessionKey = Check(section, "session_key", parameters.SessionKey, fromMaster);
        session.PortHopSeed = CheckU32(section, "port_hop_seed", parameters.PortHopSeed, fromMaster);
        CheckU32(section, "time_sync_offset", parameters.TimeSyncOffset, fromMaster);
        CheckU32(section, "congestion_seed", parameters.CongestionSeed, fromMaster);
        byte[] keys = KeySchedule.TrafficKeys(_core, handshakeKey.Bytes, parameters.TrafficSecret, transcript.Bytes);
        session.ClientKey = Check(section, "client_key", keys[..32], handshakeKey, master, transcript);
        session.ServerKey = Check(section, "server_key", keys[32..], handshakeKey, master, transcript);
    }

    private void CheckHops(VectorObject section, Session session)
    {
        bool diversified = session.HopSequenceSeed != null;
        byte[] key = KeySchedule.HopKey(
            _core, session.SessionKey.Bytes, (uint)session.PortHopSeed.Number, diversified, diversified ? (ushort)session.HopSequenceSeed.Number : (ushort)0);
        VectorValue hopKey = diversified
            ? Check(section, "hop_key", key, session.SessionKey, session.PortHopSeed, session.HopSequenceSeed)
            : Check(section, "hop_key", key, session.SessionKey, session.PortHopSeed);
        if (diversified)
        {
            CheckU32(section, "hop_interval_ms", (ulong)HopPorts.BaseInterval + session.HopIntervalVariance.Number, session.HopIntervalVariance);
        }
        else
        {
            CheckU32(section, "hop_interval_ms", HopPorts.BaseInterval);
        }

        foreach (VectorObject entry in section.Objects("ports"))
        {
            VectorValue w = entry.U64("w");
            foreach (string name in entry.Names)
            {
                int portMin;
                int portCount;
                if (TryPortRange(name, "client", out portMin, out portCount))
                {
                    CheckPort(entry, name, hopKey, HopPorts.ClientSide, w, OffsetIn(session.ClientPortOffset, session.OffsetsOf?.Invoke(portCount).Client), portMin, portCount);
                }
                else if (TryPortRange(name, "server", out portMin, out portCount))
                {
                    CheckPort(entry, name, hopKey, HopPorts.ServerSide, w, OffsetIn(session.ServerPortOffset, session.OffsetsOf?.Invoke(portCount).Server), portMin, portCount);
                }
            }
        }
    }

    // With DIVERSIFIED an offset depends on the range.
    private static VectorValue OffsetIn(VectorValue offset, int? other)
    {
        return other == null || (ulong)other == offset.Number ? offset : new VectorValue(offset.Path, (ulong)other);
    }

    private void CheckPort(VectorObject section, string name, VectorValue hopKey, int side, VectorValue w, VectorValue offset, int portMin, int portCount)
    {
        CheckU32(section, name, Port(hopKey, side, w.Number, (int)offset.Number, portMin, portCount), hopKey, w, offset);
    }

    private void CheckHopPastU32(VectorObject section)
    {
        VectorValue side = section.Integer("side", 1);
        VectorValue portMin = section.Integer("port_min", ushort.MaxValue);
        VectorValue portCount = section.Integer("port_count", 65536);
        VectorValue hopKey = section.Bytes("hop_key", 32);
        VectorValue w = section.U64("w");
        VectorValue offset = section.Integer("offset", ushort.MaxValue);
        if (portCount.Number == 0)
        {
            throw new VectorFileException(portCount.Path, "a range has at least one port.");
        }

        ulong port = Port(hopKey, (int)side.Number, w.Number, (int)offset.Number, (int)portMin.Number, (int)portCount.Number);
        CheckU32(section, "port", port, side, portMin, portCount, hopKey, w, offset);
    }

    private ulong Port(VectorValue hopKey, int side, ulong w, int offset, int portMin, int portCount)
    {
        return (ulong)HopPorts.Port(_core, hopKey.Bytes, side, w, offset, portMin, portCount, new byte[HopPorts.ScratchSize]);
    }
}
