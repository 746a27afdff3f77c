using System;
using Springtail.Crypto;
using Springtail.Keys;
using Springtail.Packets;

namespace Springtail.Sessions;

/// <summary>Where a client stands.</summary>
public enum ClientState
{
    /// <summary>SYN copies go out.</summary>
    Calling,

    /// <summary>The keys are derived; the ACK with the confirmation goes out until the server is heard.</summary>
    Confirming,

    /// <summary>There is, or was, a session: see <see cref="Client.Session"/>.</summary>
    Connected,

    /// <summary>No handshake came about.</summary>
    Failed,
}

/// <summary>The side that connects: the handshake (PROTOCOL.md 5), then its session.</summary>
public sealed class Client : IProtocolPeer
{
    private const int Copies = 5;
    private const int AttemptTime = 10000;
    private const int ConnectTime = 30000;
    private const int MaxRoundTrip = 10000;
    private const int MaxOffset = 31000;
    private const int RendezvousInterval = 10000;

    private static readonly int[] s_copyAt = { 0, 500, 1500, 3500, 7500 };
    private static readonly int[] s_copyRendezvous = { 0, 0, -1, 1, 0 };

    private readonly ICryptoCore _core;
    private readonly ChannelOptions _options;
    private readonly Endpoint _server = new Endpoint();
    private readonly PskKeys _psk;
    private readonly long _startedAt;
    private readonly int _suite;
    private readonly int _features;
    private readonly long[] _copySentAt = new long[Copies];
    private readonly uint[] _copyTimestamp = new uint[Copies];

    private long _attemptAt;
    private long _utcBase;
    private int _copies;
    private ulong _sessionId;
    private ushort _keyExchangeId;
    private byte[] _privateKey;
    private byte[] _publicKey;
    private byte[] _synPayload;
    private DailyKeys _daily;
    private byte[] _handshakeKey;
    private readonly int _window;

    // PortsVersion grows over sessions and the times between them.
    private int _portsBase;

    /// <param name="core">The primitives.</param>
    /// <param name="options">The PSK, the suite and the rest.</param>
    /// <param name="server">The server's address; its port does not matter.</param>
    /// <param name="now">Monotonic time in ms.</param>
    /// <param name="utcNow">The system's UTC in ms since 1970.</param>
    public Client(ICryptoCore core, ChannelOptions options, Endpoint server, long now, long utcNow)
    {
        options.Validate();
        _core = core;
        _options = options;
        _suite = options.SuiteFor(core);
        _suite = _suite == 0 ? KeySchedule.SuiteP256 : _suite;
        _features = options.Features & KeyExchange.KnownFeatures(_suite);
        _psk = new PskKeys(core, options.Secret, options.Token != null);
        _server.CopyFrom(server);
        _startedAt = now;
        _window = new Inbox(options.MaxFragments, options.ReceiveAhead).Window;
        BeginAttempt(now, utcNow);
    }

    public ClientState State { get; private set; }

    /// <summary>The session; null before its keys are derived.</summary>
    public Session Session { get; private set; }

    /// <summary>Handshakes begun so far.</summary>
    public int Attempts { get; private set; }

    /// <summary>What was dropped before there was a session.</summary>
    public Counters Counters { get; } = new Counters();

    public long Deadline
    {
        get
        {
            if (Session != null)
            {
                return State == ClientState.Confirming && Session.State == SessionState.Ended ? long.MinValue : Session.Deadline;
            }

            if (State == ClientState.Failed)
            {
                return long.MaxValue;
            }

            return _copies < Copies ? _attemptAt + s_copyAt[_copies] : _attemptAt + AttemptTime;
        }
    }

    public int PortsVersion { get; private set; }

    public int GetPorts(int[] ports)
    {
        if (Session != null)
        {
            return Session.GetPorts(ports);
        }

        ports[0] = Datagram.OwnSocket;
        return 1;
    }

    public void Receive(byte[] packet, int size, Endpoint from, int localPort, long now, long utcNow)
    {
        if (!from.SameAddress(_server))
        {
            Counters.Drop(DropCause.Address);
            return;
        }

        byte[] maskKey = Session != null ? Session.MaskKey : _daily.MaskKey;
        if (State == ClientState.Failed || size < Packet.Overhead || size > Packet.MaxSize || !_core.UnmaskPacket(packet, 0, size, maskKey)
            || Packet.SessionId(packet) != _sessionId)
        {
            Counters.Drop(DropCause.Unreadable);
            return;
        }

        if (Session != null)
        {
            Session.Receive(packet, size, from, localPort, now);
            UpdateState();
        }
        else
        {
            ReceiveSynAck(packet, size, now);
        }
    }

    public bool Poll(Datagram datagram, long now, long utcNow)
    {
        if (Session != null)
        {
            bool sent = Session.Poll(datagram, now);
            UpdateState();
            if (State == ClientState.Confirming && Session.State == SessionState.Ended)
            {
                Retry(now, utcNow);
            }
            else
            {
                return sent;
            }
        }

        if (State == ClientState.Calling && now >= _attemptAt + AttemptTime)
        {
            Retry(now, utcNow);
        }

        if (State != ClientState.Calling || _copies == Copies || now < _attemptAt + s_copyAt[_copies])
        {
            return false;
        }

        SendSyn(datagram, now);
        return true;
    }

    /// <summary>Gives up, and wipes what there is, without a packet.</summary>
    public void Abandon()
    {
        Session?.End(ErrorCode.Terminated);
        ForgetAttempt();
        State = State == ClientState.Connected ? ClientState.Connected : ClientState.Failed;
    }

    /// <summary>What can be told of a handshake that did not come about, and what to look at.</summary>
    public string Explain()
    {
        if (Counters.Drops(DropCause.KeyExchange) != 0)
        {
            return "The peer answered with a public key or a proof that is wrong: something on the way alters packets, or the peer is faulty.";
        }

        if (Counters.Drops(DropCause.Timestamp) != 0)
        {
            return "The peer answered, but its clock is more than 30 s from this one: set both clocks.";
        }

        return "No answer. Check that the peer listens and can be reached by UDP, that both have the same PSK, port range and rendezvous port, "
            + "that both clocks are right to 30 s, and that the peer allows this suite.";
    }

    private void UpdateState()
    {
        if (State == ClientState.Confirming && Session.State != SessionState.HalfOpen && Session.State != SessionState.Ended)
        {
            State = ClientState.Connected;
            _psk.Wipe();
        }

        PortsVersion = _portsBase + Session.PortsVersion;
    }

    private void Retry(long now, long utcNow)
    {
        _portsBase = PortsVersion + 1;
        PortsVersion = _portsBase;
        Session = null;
        ForgetAttempt();
        if (now >= _startedAt + ConnectTime)
        {
            State = ClientState.Failed;
            _psk.Wipe();
            return;
        }

        BeginAttempt(now, utcNow);
    }

    private void ForgetAttempt()
    {
        Secret.Wipe(_privateKey);
        Secret.Wipe(_handshakeKey);
    }

    private void BeginAttempt(long now, long utcNow)
    {
        Attempts++;
        State = ClientState.Calling;
        _attemptAt = now;
        _utcBase = utcNow - now;
        _copies = 0;
        byte[] random = new byte[10];
        do
        {
            _core.Random(random, 0, random.Length);
            _sessionId = Wire.ReadU64(random, 0);
        }
        while (_sessionId == 0);

        _keyExchangeId = Wire.ReadU16(random, 8);
        _publicKey = new byte[KeyExchange.PublicKeySize(_suite)];
        _privateKey = KeyExchange.KeyPair(_core, _suite, _publicKey);
        _daily = _psk.Daily(utcNow);
        _handshakeKey = _psk.HandshakeKey(_daily, _sessionId, _keyExchangeId);
        _server.Port = RendezvousPort(utcNow, 0);
        _options.OwnHandshakes?.Add(_sessionId, _publicKey);

        _synPayload = new byte[Syn.PublicKey + _publicKey.Length];
        Wire.WriteU16(_synPayload, Syn.KeyExchangeId, _keyExchangeId);
        _synPayload[Syn.Suite] = (byte)_suite;
        _synPayload[Syn.Features] = (byte)_features;
        Wire.WriteU16(_synPayload, Syn.ReceiveWindow, (ushort)_window);
        Wire.WriteU16(_synPayload, Syn.Keepalive, (ushort)_options.Keepalive);
        Wire.WriteMs(_synPayload, Syn.StartUtcMs, utcNow);
        _server.Write(_synPayload, Syn.ServerEndpoint);
        Array.Copy(_publicKey, 0, _synPayload, Syn.PublicKey, _publicKey.Length);
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

    private void SendSyn(Datagram datagram, long now)
    {
        long utc = _utcBase + now;
        uint timestamp = Timestamps.Of(utc);
        int size = _synPayload.Length + Packet.Overhead;
        Packet.WriteHeader(datagram.Buffer, 0, PacketType.Syn, 0, PacketFlags.Syn, _sessionId, 0, 0, timestamp, _synPayload.Length);
        Array.Copy(_synPayload, 0, datagram.Buffer, Packet.HeaderSize, _synPayload.Length);
        _core.SealPacket(datagram.Buffer, 0, size, PacketProtection.Clear, null, _handshakeKey, 0);
        _core.MaskPacket(datagram.Buffer, 0, size, _daily.MaskKey);
        datagram.Size = size;
        datagram.LocalPort = Datagram.OwnSocket;
        datagram.To.CopyFrom(_server);
        datagram.To.Port = RendezvousPort(utc, s_copyRendezvous[_copies]);
        _copySentAt[_copies] = now;
        _copyTimestamp[_copies] = timestamp;
        _copies++;
        Counters.PacketsSent++;
    }

    private void ReceiveSynAck(byte[] packet, int size, long now)
    {
        if (Packet.Type(packet) != PacketType.SynAck)
        {
            Counters.Drop(Packet.FromServer(packet) ? DropCause.Unexpected : DropCause.Reflected);
            return;
        }

        if (!_core.OpenPacket(packet, 0, size, PacketProtection.Clear, null, _handshakeKey, 0))
        {
            Counters.Drop(DropCause.BadTag);
            return;
        }

        int length = size - Packet.Overhead;
        int at = Packet.HeaderSize;
        int features = packet[at + SynAck.Features];
        if (length < SynAck.PublicKey + _publicKey.Length || !Packet.FromServer(packet)
            || Wire.ReadU16(packet, at + SynAck.KeyExchangeId) != _keyExchangeId || packet[at + SynAck.Suite] != _suite
            || (features & ~_features) != 0)
        {
            Counters.Drop(DropCause.Malformed);
            return;
        }

        if (!Measure(packet, now, out int rtt, out long offset))
        {
            Counters.Drop(DropCause.Timestamp);
            return;
        }

        byte[] payload = Secret.Slice(packet, at, SynAck.PublicKey + _publicKey.Length);
        byte[] serverPublic = Secret.Slice(payload, SynAck.PublicKey, _publicKey.Length);
        byte[] secret = KeyExchange.SharedSecret(_core, _suite, _privateKey, serverPublic);
        if (secret == null
            || !ConstantTime.Equal(HandshakeProofs.SharedSecretHash(_core, secret), 0, payload, SynAck.SharedSecretHash, HandshakeProofs.SharedSecretHashSize))
        {
            Secret.Wipe(secret);
            Counters.Drop(DropCause.KeyExchange);
            return;
        }

        byte[] synHeader = new byte[Packet.TranscriptHeaderSize];
        byte[] whole = new byte[Packet.HeaderSize];
        Packet.WriteHeader(whole, 0, PacketType.Syn, 0, PacketFlags.Syn, _sessionId, 0, 0, 0, 0);
        Array.Copy(whole, 0, synHeader, 0, synHeader.Length);
        byte[] synAckHeader = Secret.Slice(packet, 0, Packet.TranscriptHeaderSize);
        byte[] transcript = HandshakeProofs.Transcript(_core, synHeader, _synPayload, synAckHeader, payload);
        SessionParameters parameters = KeySchedule.Derive(
            _core, _suite, features, secret, _publicKey, serverPublic, _keyExchangeId, _sessionId, _handshakeKey, _psk.Psk, transcript, _options.PortCount);
        Secret.Wipe(secret);
        ForgetAttempt();

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
            UtcBase = _utcBase,
            Time = new TimeFilter(offset, rtt, now),
        };
        _portsBase = PortsVersion + 1;
        Session = new Session(_core, _options, result, now);
        State = ClientState.Confirming;
        UpdateState();
    }

    // rtt and offset from the SYN_ACK's header (PROTOCOL.md 5); false when they cannot be right.
    private bool Measure(byte[] packet, long now, out int rtt, out long offset)
    {
        rtt = 0;
        offset = 0;
        uint named = Packet.Acknowledgment(packet);
        for (int i = 0; i < _copies; i++)
        {
            uint held = Packet.Sequence(packet);
            if (_copyTimestamp[i] != named || held > MaxRoundTrip + AttemptTime)
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
