using System;
using Springtail.Crypto;
using Springtail.Delivery;
using Springtail.Keys;
using Springtail.Packets;

namespace Springtail.Sessions;

/// <summary>
/// A client's attempt at a handshake (PROTOCOL.md 5): its keys, the copies of its SYN, and the check of the SYN_ACK that gives the session.
/// </summary>
internal sealed partial class Attempt
{
    private const int Lifetime = 10000;

    // The first gap between copies; then it doubles.
    private const int CopyGap = 500;
    private const int Copies = 5;

    // Suite 5 does not begin anew: each new SYN could be a guess (PROTOCOL.md 17). A copy is none, and who has just begun to listen waits for one.
    private const int LifetimeSuite5 = 30000;
    private const int CopyGapSuite5 = 300;
    private const int CopyJitterSuite5 = 150;

    // The last of them, which an answer may name: those of more than the longest round trip.
    private const int CopiesSuite5 = 20;

    // Half of a longer one would leave the clock unsure by more than time syncs can find; a later copy may have been quicker.
    private const int MaxRoundTrip = 5000;
    private const int MaxOffset = 31000;
    private const int RendezvousInterval = 10000;

    private readonly ICryptoCore _core;
    private readonly ChannelOptions _options;
    private readonly PskKeys _psk;
    private readonly Endpoint _server = new Endpoint();
    private readonly long _begunAt;
    private readonly long _utcBase;
    private readonly int _suite;
    private readonly int _features;
    private readonly ulong _sessionId;
    private readonly ushort _keyExchangeId;
    private readonly byte[] _privateKey;
    private readonly byte[] _publicKey;
    private readonly byte[] _payload;
    private readonly DailyKeys _daily;
    private readonly byte[] _handshakeKey;

    private int _lifetime;
    private readonly long[] _copySentAt;
    private readonly uint[] _copyTimestamp;
    private int _copies;
    private long _nextCopyAt;

    /// <param name="core">The primitives.</param>
    /// <param name="options">What to ask for, and the port range.</param>
    /// <param name="suite">The suite to ask for.</param>
    /// <param name="psk">The PSK or token, with its daily keys.</param>
    /// <param name="server">The server's address; its port does not matter.</param>
    /// <param name="now">Monotonic time in ms.</param>
    /// <param name="utcNow">The system's UTC in ms since 1970.</param>
    public Attempt(ICryptoCore core, ChannelOptions options, int suite, PskKeys psk, Endpoint server, long now, long utcNow)
    {
        _core = core;
        _options = options;
        _suite = suite;
        _features = options.Features & KeyExchange.KnownFeatures(suite);
        _psk = psk;
        _lifetime = suite == KeySchedule.SuiteSpake2 ? LifetimeSuite5 : Lifetime;
        _begunAt = now;
        _nextCopyAt = now;
        int copies = suite == KeySchedule.SuiteSpake2 ? CopiesSuite5 : Copies;
        _copySentAt = new long[copies];
        _copyTimestamp = new uint[copies];
        _utcBase = utcNow - now;
        byte[] random = new byte[10];
        do
        {
            core.Random(random, 0, random.Length);
            _sessionId = Wire.ReadU64(random, 0);
        }
        while (_sessionId == 0);

        _keyExchangeId = Wire.ReadU16(random, 8);
        _publicKey = new byte[KeyExchange.PublicKeySize(suite)];
        _privateKey = KeyExchange.HandshakePair(core, suite, psk, Spake2Side.Client, _publicKey);
        _daily = psk.Daily(utcNow);
        _handshakeKey = psk.HandshakeKey(_daily, _sessionId, _keyExchangeId);
        _server.CopyFrom(server);
        _server.Port = RendezvousPort(utcNow, 0);
        options.OwnHandshakes?.Add(_sessionId, _publicKey);

        _payload = new byte[Syn.PublicKey + _publicKey.Length];
        Wire.WriteU16(_payload, Syn.KeyExchangeId, _keyExchangeId);
        _payload[Syn.Suite] = (byte)suite;
        _payload[Syn.Features] = (byte)_features;
        Wire.WriteU16(_payload, Syn.ReceiveWindow, (ushort)Inbox.EmptyWindow(options.ReceiveAhead));
        Wire.WriteU16(_payload, Syn.Keepalive, (ushort)options.Keepalive);
        Wire.WriteMs(_payload, Syn.StartUtcMs, utcNow);
        _server.Write(_payload, Syn.ServerEndpoint);
        Array.Copy(_publicKey, 0, _payload, Syn.PublicKey, _publicKey.Length);
    }

    /// <summary>When the next copy goes out, or after the last one the attempt is over, in ms of the monotonic clock.</summary>
    public long Deadline
    {
        get
        {
            long end = _begunAt + _lifetime;
            long at = _suite == KeySchedule.SuiteSpake2 ? _nextCopyAt : _copies < Copies ? _begunAt + (CopyGap << _copies) - CopyGap : end;
            return at < end ? at : end;
        }
    }

    /// <summary>No SYN_ACK came in time.</summary>
    public bool IsOver(long now) => now >= _begunAt + _lifetime;

    /// <summary>A SYN_ACK of suite 5 was used. There is no second: each would be a guess at the token (PROTOCOL.md 17).</summary>
    public bool IsSpent { get; private set; }

    /// <summary>Gives the next copy of the SYN; false when none is due.</summary>
    public bool Poll(Datagram datagram, Counters counters, long now)
    {
        if (now < Deadline || IsOver(now))
        {
            return false;
        }

        long utc = _utcBase + now;
        uint timestamp = Timestamps.Of(utc);
        int size = _payload.Length + Packet.Overhead;
        Packet.WriteHeader(datagram.Buffer, 0, PacketType.Syn, 0, PacketFlags.Syn, _sessionId, 0, 0, timestamp, _payload.Length);
        Array.Copy(_payload, 0, datagram.Buffer, Packet.HeaderSize, _payload.Length);
        _core.SealPacket(datagram.Buffer, 0, size, PacketProtection.Clear, null, _handshakeKey, 0);
        _core.MaskPacket(datagram.Buffer, 0, size, _daily.MaskKey);
        datagram.Size = size;
        datagram.LocalPort = Datagram.OwnSocket;
        datagram.To.CopyFrom(_server);
        datagram.To.Port = RendezvousPort(utc, _copies == 2 ? -1 : _copies == 3 ? 1 : 0);
        _copySentAt[_copies % _copySentAt.Length] = now;
        _copyTimestamp[_copies % _copySentAt.Length] = timestamp;
        _copies++;
        _nextCopyAt = now + CopyGapSuite5 + timestamp % CopyJitterSuite5;
        counters.PacketsSent++;
        return true;
    }

    /// <summary>Takes a packet, still masked; gives the session that it leads to, or null. What is dropped is counted.</summary>
    public Session Receive(byte[] packet, int size, Counters counters, long now)
    {
        if (!_core.UnmaskPacket(packet, 0, size, _daily.MaskKey) || Packet.SessionId(packet) != _sessionId)
        {
            counters.Drop(DropCause.Unreadable);
            return null;
        }

        if (Packet.Type(packet) != PacketType.SynAck)
        {
            counters.Drop(Packet.FromServer(packet) ? DropCause.Unexpected : DropCause.Reflected);
            return null;
        }

        if (!_core.OpenPacket(packet, 0, size, PacketProtection.Clear, null, _handshakeKey, 0))
        {
            counters.Drop(DropCause.BadTag);
            return null;
        }

        int length = size - Packet.Overhead;
        int at = Packet.HeaderSize;
        int features = packet[at + SynAck.Features];
        if (length < SynAck.PublicKey + _publicKey.Length || !Packet.FromServer(packet)
            || Wire.ReadU16(packet, at + SynAck.KeyExchangeId) != _keyExchangeId || packet[at + SynAck.Suite] != _suite
            || (features & ~_features) != 0)
        {
            counters.Drop(DropCause.Malformed);
            return null;
        }

        if (!Measure(packet, now, out int rtt, out long offset))
        {
            counters.Drop(DropCause.Timestamp);
            return null;
        }

        byte[] payload = Secret.Slice(packet, at, SynAck.PublicKey + _publicKey.Length);
        byte[] serverPublic = Secret.Slice(payload, SynAck.PublicKey, _publicKey.Length);
        if (_suite == KeySchedule.SuiteSpake2)
        {
            IsSpent = true;
            if (!_options.TokenGuard.TryBegin())
            {
                counters.Drop(DropCause.Limit);
                return null;
            }
        }

        byte[] secret = KeyExchange.HandshakeSecret(_core, _suite, _psk, Spake2Side.Client, _privateKey, _publicKey, serverPublic);
        if (secret == null
            || !ConstantTime.Equal(KeyExchange.SharedSecretHash(_core, _suite, secret), 0, payload, SynAck.SharedSecretHash, HandshakeProofs.SharedSecretHashSize))
        {
            Secret.Wipe(secret);
            counters.Drop(DropCause.KeyExchange);
            return null;
        }

        Session session = Derive(packet, payload, serverPublic, secret, rtt, offset, now);
        Secret.Wipe(secret);
        return session;
    }

    /// <summary>Wipes its keys.</summary>
    public void Wipe()
    {
        Secret.Wipe(_privateKey);
        Secret.Wipe(_handshakeKey);
    }

    // The session that a SYN_ACK under a right tag, with a right proof, leads to.
    private Session Derive(byte[] packet, byte[] payload, byte[] serverPublic, byte[] secret, int rtt, long offset, long now)
    {
        byte[] synHeader = new byte[Packet.TranscriptHeaderSize];
        byte[] whole = new byte[Packet.HeaderSize];
        Packet.WriteHeader(whole, 0, PacketType.Syn, 0, PacketFlags.Syn, _sessionId, 0, 0, 0, 0);
        Array.Copy(whole, 0, synHeader, 0, synHeader.Length);
        byte[] synAckHeader = Secret.Slice(packet, 0, Packet.TranscriptHeaderSize);
        byte[] transcript = HandshakeProofs.Transcript(_core, synHeader, _payload, synAckHeader, payload);
        int features = payload[SynAck.Features];
        SessionParameters parameters = KeySchedule.Derive(
            _core, _suite, features, secret, _publicKey, serverPublic, _keyExchangeId, _sessionId, _handshakeKey, _psk.Psk, transcript, _options.PortCount);

        HandshakeResult result = new HandshakeResult
        {
            SessionId = _sessionId,
            Suite = _suite,
            Features = features,
            Keepalive = Wire.ReadU16(payload, SynAck.Keepalive),
            PeerWindow = Wire.ReadU16(payload, SynAck.ReceiveWindow),
            Parameters = parameters,
            Psk = _options.Token == null ? _psk.Psk : null,
            Confirm = HandshakeProofs.Confirm(_core, parameters.SessionKey, transcript),
            Peer = _server,
            ClientEndpoint = Secret.Slice(payload, SynAck.ClientEndpoint, Endpoint.Size),
            ServerEndpoint = Secret.Slice(_payload, Syn.ServerEndpoint, Endpoint.Size),
            StartUtcMs = Wire.ReadMs(_payload, Syn.StartUtcMs),
            UtcBase = _utcBase,
            Time = new TimeFilter(offset, rtt, now),
        };
        return new Session(_core, _options, result, now);
    }

    private int RendezvousPort(long utc, int shift)
    {
        if (_options.FixedRendezvous != 0)
        {
            return _options.FixedRendezvous;
        }

        long moment = utc + (long)shift * RendezvousInterval;
        ulong r = Rendezvous.Index((ulong)moment);
        return Rendezvous.Port(_core, _psk.Daily(moment - moment % RendezvousInterval).Key, r, _options.PortMin, _options.PortCount);
    }

    // rtt and offset from the SYN_ACK's header (PROTOCOL.md 5); false when they cannot be right.
    private bool Measure(byte[] packet, long now, out int rtt, out long offset)
    {
        rtt = 0;
        offset = 0;
        uint named = Packet.Acknowledgment(packet);
        for (int i = 0; i < _copies && i < _copySentAt.Length; i++)
        {
            uint held = Packet.Sequence(packet);
            if (_copyTimestamp[i] != named || held > MaxRoundTrip + _lifetime)
            {
                continue;
            }

            // Two clocks of whole milliseconds can make -1 of a round trip of almost 0.
            long measured = now - _copySentAt[i] - held;
            if (measured == -1)
            {
                measured = 0;
            }

            if (measured < 0 || measured > MaxRoundTrip)
            {
                return false;
            }

            rtt = (int)measured;
            long utc = _utcBase + now;
            offset = Timestamps.Nearest(Packet.Timestamp(packet), utc) + rtt / 2 - utc;
            return offset <= MaxOffset + rtt && offset >= 0 - MaxOffset - rtt;
        }

        return false;
    }
}
