using System;
using Springtail.Crypto;
using Springtail.Delivery;
using Springtail.Keys;
using Springtail.Packets;

namespace Springtail.Sessions;

/// <summary>
/// A client's attempt at a handshake (PROTOCOL.md 5): its keys, the copies of its SYN, and the check of the SYN_ACK from which the session is made.
/// </summary>
internal sealed partial class Attempt
{
    private const int Lifetime = 12000;

    // The next attempt's first packet does not come after a fixed time: this part of the lifetime is shortened by chance, in ms.
    private const int LastPart = 5000;

    // Suite 5 does not begin anew: each new SYN could be a guess (PROTOCOL.md 17). A copy is none, and a side that has just begun to listen waits for one.
    private const int LifetimeSuite5 = 30000;

    private const int CopyGapSuite5 = 450;

    // The last of the copies are known by their timestamps: more than go out in the longest round trip.
    private const int KnownCopies = 16;
    private const int KnownCopiesSuite5 = 28;
    private const int MaxRoundTrip = 10000;
    private const int MaxOffset = 31000;
    private const int RendezvousInterval = 10000;

    // How far two measurements of one clock may differ by drift and jitter, in ms.
    private const int ClockSlack = 100;

    // In place of a time.
    private const long NoMeasure = -1;

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
    private readonly byte[] _fields;
    private readonly DailyKeys _daily;
    private readonly byte[] _handshakeKey;
    private readonly TrafficShape _shape;

    private readonly long[] _copySentAt;
    private readonly uint[] _copyTimestamp;
    private int _lifetime;
    private int _copies;
    private long _copyAt;

    /// <param name="core">The primitives.</param>
    /// <param name="options">What to ask for, and the port range.</param>
    /// <param name="suite">The suite to ask for.</param>
    /// <param name="psk">The PSK or token, with its daily keys.</param>
    /// <param name="server">The server's address; its port does not matter.</param>
    /// <param name="continued">The session that the new one is to continue; null for none.</param>
    /// <param name="now">Monotonic time in ms.</param>
    /// <param name="utcNow">The system's UTC in ms since 1970.</param>
    public Attempt(ICryptoCore core, ChannelOptions options, int suite, PskKeys psk, Endpoint server, Session continued, long now, long utcNow)
    {
        _core = core;
        _options = options;
        _suite = suite;
        _features = options.Features & KeyExchange.KnownFeatures(suite);
        _psk = psk;
        Continued = continued;
        int known = suite == KeySchedule.SuiteSpake2 ? KnownCopiesSuite5 : KnownCopies;
        _copySentAt = new long[known];
        _copyTimestamp = new uint[known];
        _begunAt = now;
        _utcBase = utcNow - now;
        byte[] random = new byte[26];
        do
        {
            core.Random(random, 0, random.Length);
            _sessionId = Wire.ReadU64(random, 0);
        }
        while (_sessionId == 0);

        _keyExchangeId = Wire.ReadU16(random, 8);
        _shape = new TrafficShape(Wire.ReadU64(random, 10), options.IsPlain);
        _lifetime = suite == KeySchedule.SuiteSpake2 ? LifetimeSuite5 : Lifetime - LastPart + (int)_shape.Shorten(LastPart);
        _copyAt = now;
        _publicKey = new byte[KeyExchange.PublicKeySize(suite)];
        _privateKey = KeyExchange.HandshakePair(core, suite, psk, Spake2Side.Client, _publicKey);
        _daily = psk.Daily(utcNow);
        _handshakeKey = psk.HandshakeKey(_daily, _sessionId, _keyExchangeId);
        _server.CopyFrom(server);
        _server.Port = RendezvousPort(utcNow, 0);

        _fields = new byte[Syn.PublicKey + _publicKey.Length];
        Wire.WriteU16(_fields, Syn.KeyExchangeId, _keyExchangeId);
        _fields[Syn.Suite] = (byte)suite;
        _fields[Syn.Features] = (byte)_features;
        Wire.WriteU16(_fields, Syn.ReceiveWindow, (ushort)Inbox.EmptyWindow(options.ReceiveAhead));
        Wire.WriteU16(_fields, Syn.Keepalive, (ushort)options.Keepalive);
        Wire.WriteMs(_fields, Syn.StartUtcMs, utcNow);
        Wire.WriteU16(_fields, Syn.PortMin, (ushort)options.PortMin);
        Wire.WriteU16(_fields, Syn.PortCount, (ushort)options.PortCount);
        Wire.WriteU32(_fields, Syn.LargestMessage, (uint)options.MaxMessageSize);

        // Without an installation any number will do: it identifies nothing.
        ulong mark = options.Installation == null ? Wire.ReadU64(random, 18) : options.Installation.Mark(core, _sessionId);
        Wire.WriteU64(_fields, Syn.Mark, mark);
        _server.Write(_fields, Syn.ServerEndpoint);
        Array.Copy(_publicKey, 0, _fields, Syn.PublicKey, _publicKey.Length);
        LogKeys();
    }

    /// <summary>The session that the new one is to continue; null for none.</summary>
    public Session Continued { get; }

    /// <summary>When the next copy goes out, or after the last one the attempt is over, in ms of the monotonic clock.</summary>
    public long Deadline
    {
        get
        {
            long end = _begunAt + _lifetime;
            return _copyAt < end ? _copyAt : end;
        }
    }

    /// <summary>No SYN_ACK came in time.</summary>
    public bool IsOver(long now) => now >= _begunAt + _lifetime;

    /// <summary>A SYN_ACK of suite 5 was used. There is no second: each would be a guess at the token (PROTOCOL.md 17).</summary>
    public bool IsSpent { get; private set; }

    /// <summary>How far the clock of a server that answered was ahead of this side's, in ms, where that is too far; otherwise 0.</summary>
    public long ClockError { get; private set; }

    /// <summary>The server's lowest port where its range differs from this side's: no session can come of it. Otherwise 0.</summary>
    public int OtherPortMin { get; private set; }

    /// <summary>The count of ports of that range.</summary>
    public int OtherPortCount { get; private set; }

    /// <summary>Returns the next copy of the SYN; false when none is due.</summary>
    public bool Poll(Datagram datagram, Counters counters, long now)
    {
        NoteStandstill(now);
        if (now < Deadline || IsOver(now))
        {
            return false;
        }

        long utc = _utcBase + now;
        uint timestamp = Timestamps.Of(utc);
        Array.Copy(_fields, 0, datagram.Buffer, Packet.HeaderSize, _fields.Length);
        int length = _shape.Pad(datagram.Buffer, _fields.Length);
        int size = length + Packet.Overhead;
        Packet.WriteHeader(datagram.Buffer, 0, PacketType.Syn, 0, PacketFlags.Syn, _sessionId, 0, 0, timestamp, length);
        _core.SealPacket(datagram.Buffer, 0, size, PacketProtection.Clear, null, _handshakeKey, 0);
        _core.MaskPacket(datagram.Buffer, 0, size, _daily.MaskKey);
        datagram.Size = size;
        datagram.LocalPort = Datagram.OwnSocket;
        datagram.To.CopyFrom(_server);
        datagram.To.Port = RendezvousPort(utc, ShiftOf(_copies));
        _copySentAt[_copies % _copySentAt.Length] = now;
        _copyTimestamp[_copies % _copySentAt.Length] = timestamp;
        _copies++;
        _copyAt = now + _shape.Shorten(_suite == KeySchedule.SuiteSpake2 ? CopyGapSuite5 : _copies == 1 ? 500 : _copies < 4 ? 750 : 1000);
        counters.PacketsSent++;
        return true;
    }

    /// <summary>Takes a packet, still masked; returns what the handshake has agreed on, or null. What is dropped is counted.</summary>
    public HandshakeResult Receive(byte[] packet, int size, Counters counters, long now)
    {
        NoteStandstill(now);
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

        // Refuses a reflection of this side's own SYN.
        if (_options.Installation != null && Wire.ReadU64(packet, at + SynAck.Mark) == Wire.ReadU64(_fields, Syn.Mark))
        {
            counters.Drop(DropCause.Reflected);
            return null;
        }

        if (Wire.ReadU16(packet, at + SynAck.PortMin) != _options.PortMin || Wire.ReadU16(packet, at + SynAck.PortCount) != _options.PortCount)
        {
            OtherPortMin = Wire.ReadU16(packet, at + SynAck.PortMin);
            OtherPortCount = Wire.ReadU16(packet, at + SynAck.PortCount);
            counters.Drop(DropCause.PortRange);
            return null;
        }

        if (!Measure(packet, now, out int rtt, out long offset))
        {
            counters.Drop(DropCause.Timestamp);
            return null;
        }

        Session.MakeRoom();
        byte[] fields = Wire.Slice(packet, at, SynAck.PublicKey + _publicKey.Length);
        byte[] serverPublic = Wire.Slice(fields, SynAck.PublicKey, _publicKey.Length);
        if (_suite >= KeySchedule.SuiteToken)
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
            || !ConstantTime.Equal(KeyExchange.SharedSecretHash(_core, _suite, secret), 0, fields, SynAck.SharedSecretHash, HandshakeProofs.SharedSecretHashSize))
        {
            Secret.Wipe(secret);
            counters.Drop(DropCause.KeyExchange);
            return null;
        }

        HandshakeResult agreed = Derive(packet, fields, serverPublic, secret, rtt, offset, now);
        Secret.Wipe(secret);
        return agreed;
    }

    /// <summary>Wipes its keys.</summary>
    public void Wipe()
    {
        Secret.Wipe(_privateKey);
        Secret.Wipe(_handshakeKey);
    }

    // On the desktop keys may be logged, to read captured packets with (tools/wireshark).
    partial void LogKeys();

    // What a SYN_ACK under a right tag, with a right proof, leads to.
    private HandshakeResult Derive(byte[] packet, byte[] fields, byte[] serverPublic, byte[] secret, int rtt, long offset, long now)
    {
        byte[] synHeader = new byte[Packet.HeaderSize];
        Packet.WriteHeader(synHeader, 0, PacketType.Syn, 0, PacketFlags.Syn, _sessionId, 0, 0, 0, 0);
        byte[] transcript = HandshakeProofs.Transcript(_core, synHeader, _fields, packet, fields);
        int features = fields[SynAck.Features];
        SessionParameters parameters = KeySchedule.Derive(
            _core, _suite, features, secret, _publicKey, serverPublic, _keyExchangeId, _sessionId, _handshakeKey, _psk.Psk, transcript, _options.PortCount);

        return new HandshakeResult
        {
            SessionId = _sessionId,
            Suite = _suite,
            Features = features,
            Keepalive = Wire.ReadU16(fields, SynAck.Keepalive),
            PeerWindow = Wire.ReadU16(fields, SynAck.ReceiveWindow),
            PeerLargestMessage = Wire.ReadU32(fields, SynAck.LargestMessage),
            RoundTrip = rtt,
            ConfirmTime = _suite >= KeySchedule.SuiteToken ? (int)Opening.ConfirmLifetime : Opening.ConfirmTimeAfter(rtt, Packet.Sequence(packet), _shape),
            Transcript = transcript,
            Parameters = parameters,
            Psk = _options.Token == null ? _psk.Psk : null,
            Confirm = HandshakeProofs.Confirm(_core, parameters.SessionKey, transcript),
            Peer = _server,
            ClientEndpoint = Wire.Slice(fields, SynAck.ClientEndpoint, Endpoint.Size),
            ServerEndpoint = Wire.Slice(_fields, Syn.ServerEndpoint, Endpoint.Size),
            StartUtcMs = Wire.ReadMs(_fields, Syn.StartUtcMs),
            UtcBase = _utcBase,
            Time = TimeOf(offset, rtt, now),
        };
    }

    // A slow handshake leaves the server's clock uncertain by half its duration. If the clock of the session that the new one continues lies within that, it is
    // the likelier one.
    private TimeFilter TimeOf(long offset, int rtt, long now)
    {
        if (Continued != null)
        {
            long known = Continued.UtcNow(now) - _utcBase - now;
            offset = (known < offset ? offset - known : known - offset) <= rtt / 2 + ClockSlack ? known : offset;
        }

        return new TimeFilter(offset, rtt, now);
    }

    // Clocks may be 30 s apart: the copies go to the present rendezvous port, then also to those of two spans before and after it.
    private static int ShiftOf(int copy)
    {
        int place = copy % 6;
        return place < 2 ? 0 : place % 2 == 0 ? 0 - place / 2 : place / 2;
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

    // What waited in the socket while the program stood still says nothing about the round trip, nor the time: the next copy does.
    private void NoteStandstill(long now)
    {
        if (now - Deadline > Session.Standstill)
        {
            for (int i = 0; i < _copySentAt.Length; i++)
            {
                _copySentAt[i] = NoMeasure;
            }
        }
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
            if (_copyTimestamp[i] != named || _copySentAt[i] == NoMeasure || held > MaxRoundTrip + _lifetime)
            {
                continue;
            }

            // Rounding two clocks to whole milliseconds can turn a round trip of almost 0 into -1.
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
            if (offset <= MaxOffset + rtt && offset >= 0 - MaxOffset - rtt)
            {
                return true;
            }

            ClockError = offset;
            return false;
        }

        return false;
    }
}
