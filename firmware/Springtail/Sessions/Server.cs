using System;
using Springtail.Crypto;
using Springtail.Delivery;
using Springtail.Keys;
using Springtail.Packets;

namespace Springtail.Sessions;

/// <summary>
/// The side that listens: rendezvous ports of many PSKs, handshakes, their sessions, and answers for devices without a clock
/// (PROTOCOL.md 4, 5, 11, 20).
/// </summary>
internal sealed class Server : IProtocolPeer
{
    private const int RendezvousInterval = 10000;
    private const int MaxClockError = 30000;
    private const int StartBack = 40000;
    private const int StartAhead = 30000;
    private const long Day = 86400000;

    // What became of a packet under one key.
    private const int NotASyn = 0;
    private const int BadTag = 1;
    private const int Taken = 2;

    private readonly ICryptoCore _core;
    private readonly ChannelOptions _options;
    private readonly PskKeys[] _psks;
    private readonly SynMemory _syns;
    private readonly ClockAnswers _clock;
    private readonly long _startedAt;

    // Null unless configured.
    private readonly IDiscoveryAnswers _discovery;
    private readonly int _receiveWindow;

    // The one suite that is allowed; 0 for all.
    private readonly int _suite;

    // The rendezvous ports that are open: _rendezvousPsk[i] is a PSK that has _rendezvousPorts[i].
    private int[] _rendezvousPorts = new int[0];
    private int[] _rendezvousPsk = new int[0];
    private long _rendezvous = -1;
    private long _rendezvousUntil;

    private readonly Arrival _arrival = new Arrival();
    private Seat[] _seats = new Seat[4];
    private int _seatCount;
    private int _turn;
    private int _ownPortsVersion;
    private int _seatPortsVersion;

    /// <param name="core">The primitives.</param>
    /// <param name="options">The PSKs, what is allowed, and the limits.</param>
    /// <param name="now">Monotonic time in ms.</param>
    /// <param name="utcNow">The system's UTC in ms since 1970.</param>
    public Server(ICryptoCore core, ChannelOptions options, long now, long utcNow)
    {
        options.Validate();
        byte[][] psks = options.Psks != null && options.Token == null ? options.Psks : new[] { options.Secret };
        _core = core;
        _options = options;
        _suite = options.SuiteFor(core);
        _psks = new PskKeys[psks.Length];
        for (int i = 0; i < psks.Length; i++)
        {
            _psks[i] = new PskKeys(core, psks[i], options.Token != null);
        }

        if (_suite == KeySchedule.SuiteSpake2)
        {
            // Now, since it takes its time: else whoever sends the first SYN waits for it.
            _ = _psks[0].TokenScalar;
        }

        _syns = new SynMemory(options.SynMemory);
        _clock = new ClockAnswers(core, _psks);
        if (options.Discovery != null && options.Token == null)
        {
            _discovery = options.Discovery.Answer(core, psks, options.OwnHandshakes);
        }

        _startedAt = now;
        _receiveWindow = Inbox.EmptyWindow(options.ReceiveAhead);
        UpdateRendezvous(now, utcNow);
    }

    /// <summary>What was dropped outside of sessions.</summary>
    public Counters Counters { get; } = new Counters();

    /// <summary>How far the clock of the last peer was off whose SYN was refused for it, in ms; 0 when there was none.</summary>
    public long LastClockError { get; private set; }

    /// <summary>The suite of the last SYN that was refused because the suite is not allowed here; 0 when there was none.</summary>
    public int LastRefusedSuite { get; private set; }

    /// <summary>
    /// Three exchanges with the token came to nothing: no further one is begun, and it is time to draw another (PROTOCOL.md 17). False while
    /// the last of them may still come right.
    /// </summary>
    public bool TokenIsDead => _options.TokenGuard != null && _options.TokenGuard.IsSpent && CountHalfOpen(-1) == 0;

    /// <summary>Sessions that are established and not ended.</summary>
    public int Sessions => CountEstablished(-1);

    public int PortsVersion => _ownPortsVersion + _seatPortsVersion;

    public long Deadline
    {
        get
        {
            long at = _rendezvousUntil;
            if (_syns.HasAnswer || _clock.HasAnswer)
            {
                return long.MinValue;
            }

            if (_discovery != null && _discovery.Deadline < at)
            {
                at = _discovery.Deadline;
            }

            for (int i = 0; i < _seatCount; i++)
            {
                long deadline = _seats[i].CanGo ? long.MinValue : _seats[i].Session.Deadline;
                EmergencyResponse emergency = _seats[i].Emergency;
                if (emergency != null && emergency.Deadline < deadline)
                {
                    deadline = emergency.Deadline;
                }

                if (deadline < at)
                {
                    at = deadline;
                }
            }

            return at;
        }
    }

    /// <summary>A session that was established since the last call, or null.</summary>
    public Session Accept()
    {
        for (int i = 0; i < _seatCount; i++)
        {
            if (_seats[i].Established && !_seats[i].Accepted)
            {
                _seats[i].Accepted = true;
                return _seats[i].Session;
            }
        }

        return null;
    }

    public int GetPorts(int[] ports)
    {
        int count = 0;
        for (int i = 0; i < _rendezvousPorts.Length; i++)
        {
            count = Put(ports, count, _rendezvousPorts[i]);
        }

        if (_options.OpenDiscoveryPort != 0)
        {
            count = Put(ports, count, _options.OpenDiscoveryPort);
        }

        for (int i = 0; i < _seatCount; i++)
        {
            count = _seats[i].Session.AddPorts(ports, count);
            count = _seats[i].Emergency == null ? count : _seats[i].Emergency.AddPorts(ports, count);
        }

        return count;
    }

    public void Receive(byte[] packet, int size, Endpoint from, int localPort, long now, long utcNow)
    {
        if (size < Packet.Overhead || size > Packet.MaxSize)
        {
            Counters.Drop(DropCause.Unreadable);
            return;
        }

        if (!ReceiveForSession(packet, size, from, localPort, now)
            && !ReceiveSyn(packet, size, from, localPort, now, utcNow)
            && !(localPort == _options.OpenDiscoveryPort && ReceiveQuestion(packet, size, from, now)))
        {
            Counters.Drop(DropCause.Unreadable);
        }

        _arrival.Done();
    }

    public bool Poll(Datagram datagram, long now, long utcNow)
    {
        if (now >= _rendezvousUntil)
        {
            _syns.Expire(now);
            UpdateRendezvous(now, utcNow);
        }

        if (_syns.HasAnswer)
        {
            SendSynAck(datagram, now);
            return true;
        }

        if (_clock.Answer(datagram, _options.OpenDiscoveryPort, utcNow)
            || (_discovery != null && _discovery.Poll(datagram, _options.OpenDiscoveryPort, now)))
        {
            return true;
        }

        for (int i = 0; i < _seatCount; i++)
        {
            _turn = _turn + 1 >= _seatCount ? 0 : _turn + 1;
            Session session = _seats[_turn].Session;
            if (PollEmergency(_seats[_turn], datagram, now))
            {
                return true;
            }

            if (session.Deadline <= now)
            {
                int version = session.PortsVersion;
                bool sent = session.Poll(datagram, now);
                _seatPortsVersion += session.PortsVersion - version;
                if (sent)
                {
                    return true;
                }
            }
        }

        RemoveEnded();
        return false;
    }

    /// <summary>True while a session is neither closed nor ended.</summary>
    public bool HasOpenSessions
    {
        get
        {
            for (int i = 0; i < _seatCount; i++)
            {
                if (_seats[i].Session.State != SessionState.Closed && _seats[i].Session.State != SessionState.Ended)
                {
                    return true;
                }
            }

            return false;
        }
    }

    /// <summary>Its sessions, half-open ones too.</summary>
    internal Session[] AllSessions()
    {
        Session[] sessions = new Session[_seatCount];
        for (int i = 0; i < _seatCount; i++)
        {
            sessions[i] = _seats[i].Session;
        }

        return sessions;
    }

    /// <summary>Begins an orderly end of all sessions.</summary>
    public void Close(long now)
    {
        for (int i = 0; i < _seatCount; i++)
        {
            _seats[i].Session.Close(now);
        }
    }

    /// <summary>Ends everything and wipes the keys, without a packet.</summary>
    public void Abandon()
    {
        for (int i = 0; i < _seatCount; i++)
        {
            EndEmergency(_seats[i]);
            _seats[i].Session.End(ErrorCode.Terminated);
        }

        for (int i = 0; i < _psks.Length; i++)
        {
            _psks[i].Wipe();
        }

        _syns.Wipe();
        _discovery?.Wipe();
    }

    private static int Put(int[] ports, int count, int port)
    {
        if (count < ports.Length)
        {
            ports[count] = port;
        }

        return count + 1;
    }

    private void UpdateRendezvous(long now, long utcNow)
    {
        long r = utcNow / RendezvousInterval;
        _rendezvousUntil = now + RendezvousInterval - utcNow % RendezvousInterval;
        if (r == _rendezvous)
        {
            return;
        }

        bool first = _rendezvous < 0;
        _rendezvous = r;
        if (_options.FixedRendezvous != 0)
        {
            if (first)
            {
                _rendezvousPorts = new int[_psks.Length];
                _rendezvousPsk = new int[_psks.Length];
                for (int i = 0; i < _psks.Length; i++)
                {
                    _rendezvousPorts[i] = _options.FixedRendezvous;
                    _rendezvousPsk[i] = i;
                }

                _ownPortsVersion++;
            }

            return;
        }

        int span = 2 * _options.RendezvousSpread + 1;
        if (first)
        {
            _rendezvousPorts = new int[_psks.Length * span];
            _rendezvousPsk = new int[_psks.Length * span];
        }

        for (int i = 0; i < _psks.Length; i++)
        {
            for (int k = 0; k < span; k++)
            {
                long start = (r + k - _options.RendezvousSpread) * RendezvousInterval;
                _rendezvousPsk[i * span + k] = i;
                _rendezvousPorts[i * span + k] = Rendezvous.Port(
                    _core, _psks[i].Daily(start).Key, Rendezvous.Index((ulong)start), _options.PortMin, _options.PortCount);
            }
        }

        _ownPortsVersion++;
    }

    // What comes to the discovery port and is no SYN.
    private bool ReceiveQuestion(byte[] packet, int size, Endpoint from, long now)
    {
        return (_discovery != null && _discovery.Receive(packet, size, from, now)) || _clock.Receive(packet, size, from, now, Counters);
    }

    private bool ReceiveForSession(byte[] packet, int size, Endpoint from, int localPort, long now)
    {
        for (int i = 0; i < _seatCount; i++)
        {
            Seat seat = _seats[i];
            Session session = seat.Session;
            if (ReceiveForEmergency(seat, packet, size, from, localPort, now))
            {
                return true;
            }

            if (session.State == SessionState.Ended || !session.HasPort(localPort) || !PacketSpace.IsFor(_core, packet, size, session.MaskKey, session.Id))
            {
                continue;
            }

            int version = session.PortsVersion;
            session.Receive(_arrival.Of(packet, size, from, localPort, now));
            _seatPortsVersion += session.PortsVersion - version;
            if (!seat.Established && session.State == SessionState.Established)
            {
                seat.Established = true;
                seat.Since = now;
                _options.TokenGuard?.Succeed();
                ReplaceOldest(seat, now);
            }

            return true;
        }

        return false;
    }

    private bool ReceiveForEmergency(Seat seat, byte[] packet, int size, Endpoint from, int localPort, long now)
    {
        EmergencyResponse emergency = seat.Emergency;
        if (emergency == null || emergency.IsOver(now) || !emergency.Receive(_arrival.Of(packet, size, from, localPort, now), Counters))
        {
            return false;
        }

        _ownPortsVersion++;
        if (emergency.Next != null && emergency.Next.State == SessionState.Established)
        {
            emergency.Next.Follow(seat.Session, now);
            seat.Session = emergency.Next;
            EndEmergency(seat);
        }

        return true;
    }

    private bool PollEmergency(Seat seat, Datagram datagram, long now)
    {
        if (seat.Emergency == null)
        {
            return false;
        }

        if (seat.Emergency.IsOver(now))
        {
            EndEmergency(seat);
            return false;
        }

        int version = seat.Emergency.PortsVersion;
        bool sent = seat.Emergency.Poll(datagram, now);
        _seatPortsVersion += seat.Emergency.PortsVersion - version;
        return sent;
    }

    private void EndEmergency(Seat seat)
    {
        if (seat.Emergency != null)
        {
            seat.Emergency.Wipe();
            seat.Emergency = null;
            _ownPortsVersion++;
        }
    }

    // An EMERGENCY_REQUEST, unmasked, of a session of the PSK.
    private void TakeEmergency(byte[] packet, int size, Endpoint from, int localPort, int psk, long now)
    {
        for (int i = 0; i < _seatCount; i++)
        {
            Seat seat = _seats[i];
            if (seat.Psk != psk || !seat.Established || seat.Session.Id != Packet.SessionId(packet) || seat.Session.State == SessionState.Ended)
            {
                continue;
            }

            Arrival arrival = _arrival.Of(packet, size, from, localPort, now);
            EmergencyResponse taken = EmergencyResponse.Take(_core, seat.Session, arrival, seat.Emergency, seat.EmergencyUtc, Counters);
            if (taken != null && taken != seat.Emergency)
            {
                EndEmergency(seat);
                taken.Begin();
                seat.Emergency = taken;
                seat.EmergencyUtc = taken.UtcMs;
                _ownPortsVersion++;
            }

            taken?.Answer(arrival);
            return;
        }

        Counters.Drop(DropCause.Unexpected);
    }

    // True when a key of a PSK of this port made a SYN of the packet, whatever became of it.
    private bool ReceiveSyn(byte[] packet, int size, Endpoint from, int localPort, long now, long utcNow)
    {
        bool seen = false;
        for (int i = 0; i < _rendezvousPorts.Length; i++)
        {
            if (_rendezvousPorts[i] != localPort)
            {
                continue;
            }

            PskKeys psk = _psks[_rendezvousPsk[i]];
            DailyKeys early = psk.Daily(utcNow - StartBack);
            DailyKeys late = psk.Daily(utcNow + StartAhead);
            int answer = TrySyn(packet, size, from, localPort, _rendezvousPsk[i], early, now, utcNow);
            if (answer != NotASyn)
            {
                seen = true;
            }

            if (answer != Taken && late != early)
            {
                answer = TrySyn(packet, size, from, localPort, _rendezvousPsk[i], late, now, utcNow);
                seen |= answer != NotASyn;
            }

            if (answer == Taken)
            {
                return true;
            }
        }

        if (seen)
        {
            Counters.Drop(DropCause.BadTag);
        }

        return seen;
    }

    private int TrySyn(byte[] packet, int size, Endpoint from, int localPort, int psk, DailyKeys daily, long now, long utcNow)
    {
        if (!_core.UnmaskPacket(packet, 0, size, daily.MaskKey))
        {
            return NotASyn;
        }

        if (Packet.Type(packet) == PacketType.Control && Packet.Subtype(packet) == ControlSubtype.EmergencyRequest && !Packet.FromServer(packet)
            && size >= Packet.Overhead + EmergencyPayload.RequestSize && _options.Token == null)
        {
            TakeEmergency(packet, size, from, localPort, psk, now);
            return Taken;
        }

        int at = Packet.HeaderSize;
        if (Packet.Type(packet) != PacketType.Syn || Packet.FromServer(packet) || size < Packet.Overhead + Syn.PublicKey)
        {
            _core.MaskPacket(packet, 0, size, daily.MaskKey);
            return NotASyn;
        }

        ulong sessionId = Packet.SessionId(packet);
        ushort keyExchangeId = Wire.ReadU16(packet, at + Syn.KeyExchangeId);
        byte[] handshakeKey = _psks[psk].HandshakeKey(daily, sessionId, keyExchangeId);
        long startUtc = Wire.ReadMs(packet, at + Syn.StartUtcMs);
        if (!_core.OpenPacket(packet, 0, size, PacketProtection.Clear, null, handshakeKey, 0) || startUtc / Day != daily.Day)
        {
            Secret.Wipe(handshakeKey);
            _core.MaskPacket(packet, 0, size, daily.MaskKey);
            return BadTag;
        }

        if (!TakeSyn(packet, size, from, localPort, psk, daily, handshakeKey, startUtc, now, utcNow))
        {
            Secret.Wipe(handshakeKey);
        }

        return Taken;
    }

    // A SYN under a right tag: the checks of PROTOCOL.md 5 in their order. True when a session came of it, which keeps the key.
    private bool TakeSyn(byte[] packet, int size, Endpoint from, int localPort, int psk, DailyKeys daily, byte[] handshakeKey, long startUtc, long now, long utcNow)
    {
        uint timestamp = Packet.Timestamp(packet);
        long sentUtc = Timestamps.Nearest(timestamp, utcNow);
        long error = sentUtc < utcNow ? utcNow - sentUtc : sentUtc - utcNow;
        if (error > MaxClockError || startUtc > utcNow + StartAhead || startUtc < utcNow - StartBack)
        {
            LastClockError = sentUtc - utcNow;
            Counters.Drop(DropCause.Timestamp);
            return false;
        }

        // By the monotonic clock, since the system's may have been set meanwhile.
        if (utcNow - sentUtc > now - _startedAt)
        {
            Counters.Drop(DropCause.Timestamp);
            return false;
        }

        ulong sessionId = Packet.SessionId(packet);
        ushort keyExchangeId = Wire.ReadU16(packet, Packet.HeaderSize + Syn.KeyExchangeId);
        byte[] synPayload = Secret.Slice(packet, Packet.HeaderSize, size - Packet.Overhead);
        byte[] peerPublic = Secret.Slice(synPayload, Syn.PublicKey, synPayload.Length - Syn.PublicKey);
        if (peerPublic.Length >= 8 && ((_options.OwnHandshakes != null && _options.OwnHandshakes.Contains(sessionId, peerPublic)) || _syns.HasPublicKey(peerPublic)))
        {
            Counters.Drop(DropCause.Reflected);
            return false;
        }

        SynEntry known = _syns.Find(sessionId, keyExchangeId);
        if (known != null)
        {
            if (known.Session != null && known.Session.State != SessionState.Ended && known.From.SameAs(from))
            {
                _syns.SetAnswer(known, timestamp, localPort, now);
            }
            else
            {
                Counters.Drop(DropCause.Copy);
            }

            return false;
        }

        if (HasSession(sessionId))
        {
            Counters.Drop(DropCause.Limit);
            return false;
        }

        RemoveEnded();
        SynEntry entry = _syns.Add(sessionId, keyExchangeId, now);
        if (entry == null || !HasRoom(psk))
        {
            Counters.Drop(DropCause.Limit);
            return false;
        }

        int suite = synPayload[Syn.Suite];
        if (!IsAllowed(suite))
        {
            LastRefusedSuite = suite;
            Counters.Drop(DropCause.Suite);
            return false;
        }

        if (suite == KeySchedule.SuiteSpake2 && _options.TokenGuard.IsSpent)
        {
            Counters.Drop(DropCause.Limit);
            return false;
        }

        int keySize = KeyExchange.PublicKeySize(suite);
        if (peerPublic.Length < keySize)
        {
            Counters.Drop(DropCause.Malformed);
            return false;
        }

        if (peerPublic.Length > keySize)
        {
            peerPublic = Secret.Slice(peerPublic, 0, keySize);
        }

        Begin(entry, packet, synPayload, peerPublic, suite, from, psk, daily, handshakeKey, now, utcNow);
        if (entry.Session == null)
        {
            return false;
        }

        _syns.SetAnswer(entry, timestamp, localPort, now);
        return true;
    }

    // The server's part of the key exchange, and the session that comes of it.
    private void Begin(
        SynEntry entry, byte[] packet, byte[] synPayload, byte[] peerPublic, int suite, Endpoint from, int psk, DailyKeys daily, byte[] handshakeKey, long now, long utcNow)
    {
        byte[] publicKey = new byte[peerPublic.Length];
        byte[] privateKey = KeyExchange.HandshakePair(_core, suite, _psks[psk], Spake2Side.Server, publicKey);
        byte[] secret = KeyExchange.HandshakeSecret(_core, suite, _psks[psk], Spake2Side.Server, privateKey, publicKey, peerPublic);
        Secret.Wipe(privateKey);
        if (secret == null)
        {
            Counters.Drop(DropCause.KeyExchange);
            return;
        }

        if (suite == KeySchedule.SuiteSpake2 && !_options.TokenGuard.TryBegin())
        {
            Secret.Wipe(secret);
            Counters.Drop(DropCause.Limit);
            return;
        }

        GiveWay(psk);
        int features = synPayload[Syn.Features] & _options.Features & KeyExchange.KnownFeatures(suite);
        int keepalive = Wire.ReadU16(synPayload, Syn.Keepalive);
        byte[] payload = new byte[SynAck.PublicKey + publicKey.Length];
        Wire.WriteU16(payload, SynAck.KeyExchangeId, entry.KeyExchangeId);
        payload[SynAck.Suite] = (byte)suite;
        payload[SynAck.Features] = (byte)features;
        Wire.WriteU16(payload, SynAck.ReceiveWindow, (ushort)_receiveWindow);
        Wire.WriteU16(payload, SynAck.Keepalive, (ushort)keepalive);
        from.Write(payload, SynAck.ClientEndpoint);
        Array.Copy(KeyExchange.SharedSecretHash(_core, suite, secret), 0, payload, SynAck.SharedSecretHash, HandshakeProofs.SharedSecretHashSize);
        Array.Copy(publicKey, 0, payload, SynAck.PublicKey, publicKey.Length);

        entry.From.CopyFrom(from);
        entry.SynAckPayload = payload;
        entry.HandshakeKey = handshakeKey;
        entry.MaskKey = Secret.Slice(daily.MaskKey, 0, daily.MaskKey.Length);

        byte[] synHeader = Secret.Slice(packet, 0, Packet.TranscriptHeaderSize);
        byte[] header = new byte[Packet.HeaderSize];
        entry.WriteHeader(header, 0, 0, 0);
        byte[] synAckHeader = Secret.Slice(header, 0, Packet.TranscriptHeaderSize);
        byte[] transcript = HandshakeProofs.Transcript(_core, synHeader, synPayload, synAckHeader, payload);
        SessionParameters parameters = KeySchedule.Derive(
            _core, suite, features, secret, peerPublic, publicKey, entry.KeyExchangeId, entry.SessionId, handshakeKey, _psks[psk].Psk, transcript, _options.PortCount);
        Secret.Wipe(secret);

        HandshakeResult result = new HandshakeResult
        {
            IsServer = true,
            SessionId = entry.SessionId,
            Suite = suite,
            Features = features,
            Keepalive = keepalive,
            PeerWindow = Wire.ReadU16(synPayload, Syn.ReceiveWindow),
            Parameters = parameters,
            Psk = _options.Token == null ? _psks[psk].Psk : null,
            Confirm = HandshakeProofs.Confirm(_core, parameters.SessionKey, transcript),
            Peer = from,
            ServerEndpoint = Secret.Slice(synPayload, Syn.ServerEndpoint, Endpoint.Size),
            ClientEndpoint = Secret.Slice(payload, SynAck.ClientEndpoint, Endpoint.Size),
            StartUtcMs = Wire.ReadMs(synPayload, Syn.StartUtcMs),
            UtcBase = utcNow - now,
        };
        entry.Session = new Session(_core, _options, result, now) { KeyIndex = psk };
        AddSeat(new Seat(entry.Session, psk, now));
    }

    private void SendSynAck(Datagram datagram, long now)
    {
        SynEntry entry = _syns.TakeAnswer();
        byte[] buffer = datagram.Buffer;
        int size = Packet.Overhead + entry.SynAckPayload.Length;
        entry.WriteHeader(buffer, (uint)(now - entry.AnswerArrivedAt), entry.AnswerTimestamp, Timestamps.Of(entry.Session.UtcNow(now)));
        Array.Copy(entry.SynAckPayload, 0, buffer, Packet.HeaderSize, entry.SynAckPayload.Length);
        _core.SealPacket(buffer, 0, size, PacketProtection.Clear, null, entry.HandshakeKey, 0);
        _core.MaskPacket(buffer, 0, size, entry.MaskKey);
        datagram.Size = size;
        datagram.LocalPort = entry.AnswerPort;
        datagram.To.CopyFrom(entry.From);
        Counters.PacketsSent++;
    }

    private bool IsAllowed(int suite)
    {
        return _suite == 0
            ? suite == KeySchedule.SuiteP256 || suite == KeySchedule.SuiteX25519 || suite == KeySchedule.SuiteFuzzy
            : suite == _suite;
    }

    private bool HasSession(ulong sessionId)
    {
        for (int i = 0; i < _seatCount; i++)
        {
            if (_seats[i].Session.Id == sessionId && _seats[i].Session.State != SessionState.Ended)
            {
                return true;
            }
        }

        return false;
    }

    // Room for one more half-open session, the oldest of the PSK giving way if need be. An established session of a PSK that has its
    // full number is replaced, so it needs no place of its own.
    private bool HasRoom(int psk)
    {
        return (CountHalfOpen(-1) < _options.MaxHalfOpen || CountHalfOpen(psk) > 0)
            && (CountEstablished(-1) < _options.MaxSessions || CountEstablished(psk) >= _options.SessionsPerPsk);
    }

    private void GiveWay(int psk)
    {
        if (CountHalfOpen(psk) < _options.HalfOpenPerPsk && CountHalfOpen(-1) < _options.MaxHalfOpen)
        {
            return;
        }

        Seat oldest = null;
        for (int i = 0; i < _seatCount; i++)
        {
            Seat seat = _seats[i];
            if (!seat.Established && seat.Psk == psk && (oldest == null || seat.Since < oldest.Since))
            {
                oldest = seat;
            }
        }

        oldest.Session.End(ErrorCode.LimitExceeded);
        RemoveEnded();
    }

    private int CountHalfOpen(int psk)
    {
        int count = 0;
        for (int i = 0; i < _seatCount; i++)
        {
            if (!_seats[i].Established && (psk < 0 || _seats[i].Psk == psk) && _seats[i].Session.State != SessionState.Ended)
            {
                count++;
            }
        }

        return count;
    }

    private int CountEstablished(int psk)
    {
        int count = 0;
        for (int i = 0; i < _seatCount; i++)
        {
            if (_seats[i].Established && (psk < 0 || _seats[i].Psk == psk) && _seats[i].Session.State != SessionState.Ended)
            {
                count++;
            }
        }

        return count;
    }

    // A newly established session takes the place of the oldest of its PSK when there are more than there may be.
    private void ReplaceOldest(Seat newest, long now)
    {
        if (CountEstablished(newest.Psk) <= _options.SessionsPerPsk)
        {
            return;
        }

        Seat oldest = null;
        for (int i = 0; i < _seatCount; i++)
        {
            Seat seat = _seats[i];
            if (seat != newest && seat.Established && seat.Psk == newest.Psk && seat.Session.State != SessionState.Ended
                && (oldest == null || seat.Since < oldest.Since))
            {
                oldest = seat;
            }
        }

        oldest.Session.IsReplaced = true;
        oldest.Session.Abort(ErrorCode.Terminated, now);
    }

    private void AddSeat(Seat seat)
    {
        if (_seatCount == _seats.Length)
        {
            Seat[] larger = new Seat[_seats.Length * 2];
            Array.Copy(_seats, 0, larger, 0, _seatCount);
            _seats = larger;
        }

        _seats[_seatCount++] = seat;
        _seatPortsVersion++;
    }

    private void RemoveEnded()
    {
        // Those that ended before the application took them wait for it, but not without limit: the oldest are given up.
        int surplus = 0 - _options.MaxSessions;
        for (int i = 0; i < _seatCount; i++)
        {
            surplus += _seats[i].Session.State == SessionState.Ended && !_seats[i].CanGo ? 1 : 0;
        }

        int kept = 0;
        for (int i = 0; i < _seatCount; i++)
        {
            bool over = _seats[i].CanGo;
            if (!over && surplus > 0 && _seats[i].Session.State == SessionState.Ended)
            {
                over = true;
                surplus--;
            }

            if (over)
            {
                EndEmergency(_seats[i]);
            }
            else
            {
                _seats[kept++] = _seats[i];
            }
        }

        if (kept != _seatCount)
        {
            for (int i = kept; i < _seatCount; i++)
            {
                _seats[i] = null;
            }

            _seatCount = kept;
            _ownPortsVersion++;
        }
    }

    // A session and what the server knows of it.
    private sealed class Seat
    {
        public Seat(Session session, int psk, long since)
        {
            Session = session;
            Psk = psk;
            Since = since;
        }

        // Another one after an emergency.
        public Session Session;
        public EmergencyResponse Emergency;

        // utc_ms of the last EMERGENCY_REQUEST that was accepted.
        public long EmergencyUtc;
        public readonly int Psk;
        public long Since;
        public bool Established;
        public bool Accepted;

        // Ended, and the application has had it: what was established may still hold messages for it.
        public bool CanGo => Session.State == SessionState.Ended && (Accepted || !Established);
    }
}
