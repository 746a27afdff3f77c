using System;
using Springtail.Crypto;
using Springtail.Delivery;
using Springtail.Keys;
using Springtail.Packets;
using Springtail.Sessions;

namespace Springtail.Listening;

/// <summary>
/// The listening side of a handshake (PROTOCOL.md 5), the counterpart of <see cref="Attempt"/>: finds the key that made a first packet, checks SYNs in the order of
/// the specification, answers copies, and sends SYN_ACKs. The key exchange itself is a <see cref="Handshake"/>.
/// </summary>
internal sealed partial class Reception
{
    /// <summary>What became of a packet: no key of its port made it.</summary>
    public const int Unknown = 0;

    /// <summary>A key fits, the tag does not.</summary>
    public const int BadTag = 1;

    /// <summary>It was refused and counted, or it is a copy.</summary>
    public const int Done = 2;

    /// <summary>It is an EMERGENCY_REQUEST of <see cref="Psk"/>, unmasked.</summary>
    public const int Emergency = 3;

    /// <summary>It is a good SYN: <see cref="Begun"/> is the handshake, which goes on with <see cref="Handshake.Derive"/> and <see cref="Complete"/>.</summary>
    public const int Good = 4;

    // In place of a cause to drop it: the SYN is accepted.
    private const int NotRefused = -1;

    private const int MaxBehind = 40000;
    private const int MaxAhead = 30000;
    private const int StartBack = 55000;

    // An attempt of suite 5 lasts 30 s.
    private const int StartBackSuite5 = 75000;
    private const int StartAhead = 30000;
    private const long Day = 86400000;

    private readonly ICryptoCore _core;
    private readonly ChannelOptions _options;
    private PskKeys[] _psks;
    private readonly RendezvousPorts _ports;
    private readonly Admission _admission;
    private readonly ISessionDirectory _sessions;
    private readonly Strangers _strangers;
    private readonly Counters _counters;
    private readonly SynMemory _syns;
    private readonly int _receiveWindow;
    private readonly int _startBack;
    private readonly TrafficShape _shape;

    // The one suite that is allowed; 0 for all.
    private readonly int _suite;

    // Since when it knows which SYNs were accepted, in ms of the monotonic clock: its start, or earlier where it has a memory of the time before.
    private long _remembersFrom;

    public Reception(
        ICryptoCore core, ChannelOptions options, PskKeys[] psks, RendezvousPorts ports, Admission admission, ISessionDirectory sessions, Strangers strangers,
        Counters counters, long now, long utcNow)
    {
        _core = core;
        _options = options;
        _psks = psks;
        _ports = ports;
        _admission = admission;
        _sessions = sessions;
        _strangers = strangers;
        _counters = counters;
        _remembersFrom = now;
        _suite = options.SuiteFor(core);
        _receiveWindow = Inbox.EmptyWindow(options.ReceiveAhead);
        _startBack = _suite == KeySchedule.SuiteSpake2 ? StartBackSuite5 : StartBack;
        _shape = new TrafficShape(Random(), options.IsPlain);
        _syns = new SynMemory(options.SynMemory, psks.Length, _suite == KeySchedule.SuiteToken);
        if (_suite == KeySchedule.SuiteSpake2)
        {
            // Computed now, since it is slow: otherwise the sender of the first SYN would wait for it.
            _ = _psks[0].TokenScalar;
        }

        Open(now, utcNow);
    }

    /// <summary>Whose key made the last packet that is not <see cref="Unknown"/>.</summary>
    public int Psk { get; private set; }

    /// <summary>The handshake of the last packet that was <see cref="Good"/>.</summary>
    public Handshake Begun { get; private set; }

    /// <summary>No new session is accepted, since a resource that all sessions need has run out.</summary>
    public bool IsClosed { get; set; }

    /// <summary>How far the clock of the last peer was off whose SYN was refused for it, in ms; 0 when there was none.</summary>
    public long LastClockError { get; private set; }

    /// <summary>The suite of the last SYN that was refused because the suite is not allowed here; 0 when there was none.</summary>
    public int LastRefusedSuite { get; private set; }

    /// <summary>The lowest port of the last peer whose port range is another one than this side's; 0 when there was none.</summary>
    public int OtherPortMin { get; private set; }

    /// <summary>The count of ports of that range.</summary>
    public int OtherPortCount { get; private set; }

    /// <summary>A SYN_ACK is to be sent.</summary>
    public bool HasAnswer => _syns.HasAnswer;

    /// <summary>Takes a packet that came to some port; returns what became of it, one of the constants. A packet that no key fits is left as it was.</summary>
    public int Receive(byte[] packet, int size, Endpoint from, int localPort, long now, long utcNow)
    {
        bool isDamaged = false;
        for (int place = _ports.First(localPort); place != RendezvousPorts.None; place = _ports.Next(place))
        {
            Psk = _ports.Psk(place);
            DailyKeys early = _psks[Psk].Daily(utcNow - _startBack);
            DailyKeys late = _psks[Psk].Daily(utcNow + StartAhead);
            if (!_strangers.MayTry(from, now))
            {
                break;
            }

            int outcome = Try(packet, size, from, localPort, early, now, utcNow);
            isDamaged |= outcome == BadTag;
            if (outcome <= BadTag && late != early)
            {
                outcome = Try(packet, size, from, localPort, late, now, utcNow);
                isDamaged |= outcome == BadTag;
            }

            if (outcome > BadTag)
            {
                return outcome;
            }
        }

        if (isDamaged)
        {
            _counters.Drop(DropCause.BadTag);
        }

        return isDamaged ? BadTag : Unknown;
    }

    /// <summary>
    /// Ends a handshake; returns its session, or null when it failed, which is counted. The session's SYN_ACK is then due.
    /// </summary>
    public Session Complete(Handshake handshake, long now)
    {
        SynEntry entry = handshake.Entry;
        entry.IsDeriving = false;
        _admission.Finish(handshake.Psk);
        if (handshake.Result == null)
        {
            _counters.Drop(DropCause.KeyExchange);
            _syns.Refuse(entry);
            return null;
        }

        // Keys may be taken away while a handshake is derived.
        if (handshake.Keys != _psks[handshake.Psk])
        {
            _counters.Drop(DropCause.Unexpected);
            _syns.Forget(entry);
            return null;
        }

        if (handshake.Suite >= KeySchedule.SuiteToken && !_options.TokenGuard.TryBegin())
        {
            _counters.Drop(DropCause.Limit);
            _syns.Forget(entry);
            return null;
        }

        Session.MakeRoom();
        entry.Session = new Session(_core, _options, handshake.Result, null, now) { KeyIndex = handshake.Psk };
        _syns.NoteAnswer(entry);
        _syns.SetAnswer(entry, entry.From, handshake.Tag, handshake.Timestamp, handshake.LocalPort, handshake.ArrivedAt);
        return entry.Session;
    }

    /// <summary>Writes the next SYN_ACK that is due; false when there is none.</summary>
    public bool Poll(Datagram datagram, long now)
    {
        SynEntry entry = null;
        SynCopy copy = null;
        while (copy == null && _syns.HasAnswer)
        {
            copy = _syns.TakeAnswer(out entry);
        }

        if (copy == null)
        {
            return false;
        }

        byte[] buffer = datagram.Buffer;
        Array.Copy(entry.SynAckFields, 0, buffer, Packet.HeaderSize, entry.SynAckFields.Length);
        int length = _shape.Pad(buffer, entry.SynAckFields.Length);
        int size = Packet.Overhead + length;
        entry.WriteHeader(buffer, (uint)(now - copy.ArrivedAt), copy.Timestamp, Timestamps.Of(entry.Session.UtcNow(now)), length);
        _core.SealPacket(buffer, 0, size, PacketProtection.Clear, null, entry.HandshakeKey, 0);
        _core.MaskPacket(buffer, 0, size, entry.MaskKey);
        datagram.Size = size;
        datagram.LocalPort = copy.Port;
        datagram.To.CopyFrom(copy.To);
        _counters.PacketsSent++;
        return true;
    }

    /// <summary>Forgets the SYNs of more than 75 s ago and wipes their keys.</summary>
    public void Expire(long now) => _syns.Expire(now);

    /// <summary>Forgets all SYNs and wipes their keys.</summary>
    public void Wipe()
    {
        _syns.Wipe();
        Close();
    }

    // A desktop remembers SYNs for longer, and over restarts: it reads what there is; tells whether this one was taken before; and notes it, false when it cannot.
    partial void Open(long now, long utcNow);

    partial void Recall(ulong sessionId, ushort keyExchangeId, ref bool isKnown);

    partial void Keep(ulong sessionId, ushort keyExchangeId, long now, long utcNow, ref bool isKept);

    partial void Close();

    private int Try(byte[] packet, int size, Endpoint from, int localPort, DailyKeys daily, long now, long utcNow)
    {
        if (!_core.UnmaskPacket(packet, 0, size, daily.MaskKey))
        {
            return Unknown;
        }

        if (Packet.Type(packet) == PacketType.Control && Packet.Subtype(packet) == ControlSubtype.EmergencyRequest && !Packet.FromServer(packet)
            && size >= Packet.Overhead + EmergencyPayload.RequestSize && _options.Token == null)
        {
            return Emergency;
        }

        int at = Packet.HeaderSize;
        if (Packet.Type(packet) != PacketType.Syn || Packet.FromServer(packet) || size < Packet.Overhead + Syn.PublicKey)
        {
            _core.MaskPacket(packet, 0, size, daily.MaskKey);
            return Unknown;
        }

        byte[] handshakeKey = _psks[Psk].HandshakeKey(daily, Packet.SessionId(packet), Wire.ReadU16(packet, at + Syn.KeyExchangeId));
        long startUtc = Wire.ReadMs(packet, at + Syn.StartUtcMs);
        if (!_core.OpenPacket(packet, 0, size, PacketProtection.Clear, null, handshakeKey, 0) || startUtc / Day != daily.Day)
        {
            Secret.Wipe(handshakeKey);
            _core.MaskPacket(packet, 0, size, daily.MaskKey);
            return BadTag;
        }

        LogKeys(Packet.SessionId(packet), daily.MaskKey, handshakeKey);
        if (!Take(packet, size, from, localPort, daily, handshakeKey, startUtc, now, utcNow))
        {
            Secret.Wipe(handshakeKey);
            return Done;
        }

        return Good;
    }

    // Of a SYN under a right tag, on the desktop.
    partial void LogKeys(ulong sessionId, byte[] maskKey, byte[] handshakeKey);

    // A SYN under a right tag: the checks of PROTOCOL.md 5 in their order. True when a handshake begins with it, which keeps the key.
    private bool Take(byte[] packet, int size, Endpoint from, int localPort, DailyKeys daily, byte[] handshakeKey, long startUtc, long now, long utcNow)
    {
        uint timestamp = Packet.Timestamp(packet);
        long sentUtc = Timestamps.Nearest(timestamp, utcNow);
        if (sentUtc < utcNow - MaxBehind || sentUtc > utcNow + MaxAhead || startUtc > utcNow + StartAhead || startUtc < utcNow - _startBack)
        {
            LastClockError = sentUtc - utcNow;
            _counters.Drop(DropCause.Timestamp);
            return false;
        }

        // By the monotonic clock, since the system's may have been set meanwhile.
        if (utcNow - sentUtc > now - _remembersFrom)
        {
            _counters.Drop(DropCause.Timestamp);
            return false;
        }

        ulong sessionId = Packet.SessionId(packet);
        ushort keyExchangeId = Wire.ReadU16(packet, Packet.HeaderSize + Syn.KeyExchangeId);
        byte[] payload = Wire.Slice(packet, Packet.HeaderSize, size - Packet.Overhead);
        byte[] peerPublic = Wire.Slice(payload, Syn.PublicKey, payload.Length - Syn.PublicKey);
        if ((_options.Installation != null && _options.Installation.Mark(_core, sessionId) == Wire.ReadU64(payload, Syn.Mark))
            || (peerPublic.Length >= 8 && _syns.HasPublicKey(peerPublic)))
        {
            _counters.Drop(DropCause.Reflected);
            return false;
        }

        SynEntry known = _syns.Find(sessionId, keyExchangeId);
        if (known != null)
        {
            if (known.Session == null || known.Session.State == SessionState.Ended || known.SynHash != HashOf(payload)
                || !_syns.SetAnswer(known, from, Wire.ReadU64(packet, size - Packet.TagSize), timestamp, localPort, now))
            {
                _counters.Drop(DropCause.Copy);
            }

            return false;
        }

        bool isTaken = false;
        Recall(sessionId, keyExchangeId, ref isTaken);
        if (isTaken)
        {
            _counters.Drop(DropCause.Copy);
            return false;
        }

        int suite = payload[Syn.Suite];
        int refused = Refusal(sessionId, suite, peerPublic.Length, from, now);
        if (refused != NotRefused)
        {
            // A client for which there is no room repeats its SYN, and there may be room then.
            _counters.Drop(refused);
            if (refused != DropCause.Limit)
            {
                _syns.AddRefused(sessionId, keyExchangeId, Psk, now);
            }

            return false;
        }

        bool isKept = true;
        Keep(sessionId, keyExchangeId, now, utcNow, ref isKept);
        if (!isKept)
        {
            _counters.Drop(DropCause.Limit);
            return false;
        }

        SynEntry entry = _syns.Add(sessionId, keyExchangeId, Psk, now);
        entry.From.CopyFrom(from);
        entry.SynHash = HashOf(payload);
        entry.HandshakeKey = handshakeKey;
        entry.MaskKey = Secret.Slice(daily.MaskKey, 0, daily.MaskKey.Length);
        _admission.Begin(Psk);
        if (Wire.ReadU16(payload, Syn.PortMin) != _options.PortMin || Wire.ReadU16(payload, Syn.PortCount) != _options.PortCount)
        {
            // It is answered nevertheless, so that the client learns of it; but it leads to no session.
            OtherPortMin = Wire.ReadU16(payload, Syn.PortMin);
            OtherPortCount = Wire.ReadU16(payload, Syn.PortCount);
            _counters.Drop(DropCause.PortRange);
        }

        Begun = new Handshake
        {
            Entry = entry,
            Psk = Psk,
            Keys = _psks[Psk],
            Suite = suite,
            Features = payload[Syn.Features] & _options.Features & KeyExchange.KnownFeatures(suite),
            Keepalive = Wire.ReadU16(payload, Syn.Keepalive),
            ReceiveWindow = _receiveWindow,
            PortMin = _options.PortMin,
            PortCount = _options.PortCount,
            LargestMessage = _options.MaxMessageSize,
            Mark = _options.Installation != null ? _options.Installation.Mark(_core, sessionId) : Random(),
            HasToken = _options.Token != null,
            SynHeader = Wire.Slice(packet, 0, Packet.TranscriptHeaderSize),
            SynFields = Wire.Slice(payload, 0, Syn.PublicKey + KeyExchange.PublicKeySize(suite)),
            PeerPublic = Wire.Slice(peerPublic, 0, KeyExchange.PublicKeySize(suite)),
            ArrivedAt = now,
            UtcBase = utcNow - now,
            LocalPort = localPort,
            Timestamp = timestamp,
            Tag = Wire.ReadU64(packet, size - Packet.TagSize),
        };
        return true;
    }

    // Why a new SYN is refused: one of DropCause; or not.
    private int Refusal(ulong sessionId, int suite, int keySize, Endpoint from, long now)
    {
        if (IsClosed || _sessions.HasSession(sessionId) || !_syns.HasRoom(Psk, now) || !_admission.HasRoom(Psk))
        {
            return DropCause.Limit;
        }

        if (!IsAllowed(suite))
        {
            LastRefusedSuite = suite;
            return DropCause.Suite;
        }

        if (suite >= KeySchedule.SuiteToken && _options.TokenGuard.IsSpent)
        {
            return DropCause.Limit;
        }

        if (keySize < KeyExchange.PublicKeySize(suite))
        {
            return DropCause.Malformed;
        }

        return _admission.Pay(Psk, suite, from, now) ? NotRefused : DropCause.Limit;
    }

    // Of the fields of a SYN, its first bytes.
    private ulong HashOf(byte[] payload)
    {
        int length = Syn.PublicKey + KeyExchange.PublicKeySize(payload[Syn.Suite]);
        byte[] hash = new byte[HandshakeProofs.SharedSecretHashSize];
        _core.Sha256(hash, 0, payload, 0, length < payload.Length ? length : payload.Length);
        return Wire.ReadU64(hash, 0);
    }

    private ulong Random()
    {
        byte[] random = new byte[8];
        _core.Random(random, 0, random.Length);
        return Wire.ReadU64(random, 0);
    }

    private bool IsAllowed(int suite)
    {
        return _suite == 0
            ? suite == KeySchedule.SuiteP256 || suite == KeySchedule.SuiteX25519 || suite == KeySchedule.SuiteFuzzy
            : suite == _suite;
    }
}
