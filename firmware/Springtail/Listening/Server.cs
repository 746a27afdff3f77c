using Springtail.Crypto;
using Springtail.Keys;
using Springtail.Packets;
using Springtail.Sessions;

namespace Springtail.Listening;

/// <summary>
/// The side that listens (PROTOCOL.md 4, 5, 11, 20): hands each datagram to the session, the <see cref="Reception"/> or the answers (clock, discovery) that it is for, and
/// polls them for datagrams to send.
/// </summary>
internal partial class Server : IProtocolPeer
{
    // What a packet is that belongs to a seat.
    internal const int ForSession = 0;
    internal const int ForEmergency = 1;
    internal const int EmergencyRequest = 2;

    private readonly ICryptoCore _core;
    private readonly ChannelOptions _options;
    private PskKeys[] _psks;
    private readonly RendezvousPorts _rendezvous;
    private readonly Admission _admission;
    private readonly Reception _reception;
    private readonly ISessionDirectory _sessions;
    private readonly ClockAnswers _clock;
    private readonly Strangers _strangers;
    private readonly Arrival _arrival = new Arrival();

    // Null unless configured.
    private readonly IDiscoveryAnswers _discovery;

    // Established, and not yet taken by the application: the longest waiting one first. Of them, those that have ended meanwhile.
    private Seat _firstToAccept;
    private Seat _lastToAccept;
    private int _endedToAccept;

    /// <param name="core">The primitives.</param>
    /// <param name="options">The PSKs, what is allowed, and the limits.</param>
    /// <param name="now">Monotonic time in ms.</param>
    /// <param name="utcNow">The system's UTC in ms since 1970.</param>
    public Server(ICryptoCore core, ChannelOptions options, long now, long utcNow)
        : this(core, options, new LinearDirectory(), now, utcNow)
    {
    }

    /// <param name="core">The primitives.</param>
    /// <param name="options">The PSKs, what is allowed, and the limits.</param>
    /// <param name="sessions">Takes the sessions; empty.</param>
    /// <param name="now">Monotonic time in ms.</param>
    /// <param name="utcNow">The system's UTC in ms since 1970.</param>
    internal Server(ICryptoCore core, ChannelOptions options, ISessionDirectory sessions, long now, long utcNow)
    {
        options.Validate();
        byte[][] psks = options.Psks != null && options.Token == null ? options.Psks : new[] { options.Secret };
        _core = core;
        _options = options;
        _psks = new PskKeys[psks.Length];
        for (int i = 0; i < psks.Length; i++)
        {
            _psks[i] = new PskKeys(core, psks[i], options.Token != null, options.NameBytes);
        }

        _sessions = sessions;
        _rendezvous = new RendezvousPorts(core, _psks, options);
        _strangers = new Strangers(core, now);
        _admission = new Admission(core, options, _psks.Length, now);
        _reception = new Reception(core, options, _psks, _rendezvous, _admission, sessions, _strangers, Counters, now, utcNow);
        _clock = new ClockAnswers(core, _psks, options);
        if (options.Discovery != null && options.Token == null)
        {
            _discovery = options.Discovery.Answer(core, psks, options.Installation);
        }

        _rendezvous.Update(now, utcNow);
    }

    /// <summary>What was dropped outside of sessions.</summary>
    public Counters Counters { get; } = new Counters();

    /// <summary>How far the clock of the last peer was off whose SYN was refused for it, in ms; 0 when there was none.</summary>
    public long LastClockError => _reception.LastClockError;

    /// <summary>The suite of the last SYN that was refused because the suite is not allowed here; 0 when there was none.</summary>
    public int LastRefusedSuite => _reception.LastRefusedSuite;

    /// <summary>The lowest port of the last peer whose port range is another one than this side's; 0 when there was none.</summary>
    public int OtherPortMin => _reception.OtherPortMin;

    /// <summary>The count of ports of that range.</summary>
    public int OtherPortCount => _reception.OtherPortCount;

    /// <summary>
    /// True when three exchanges with the token have failed: no further one is begun, and it is time to draw another token (PROTOCOL.md 17). False while
    /// the last of them may still succeed.
    /// </summary>
    public bool TokenIsDead => _options.TokenGuard != null && _options.TokenGuard.IsSpent && _admission.HalfOpen == 0;

    /// <summary>Sessions that are established and not ended.</summary>
    public int Sessions => _admission.Established;

    public virtual int PortsVersion => _rendezvous.Version + _sessions.PortsVersion;

    public long Deadline
    {
        get
        {
            if (_reception.HasAnswer || _clock.HasAnswer)
            {
                return long.MinValue;
            }

            long at = _rendezvous.Until < _sessions.Deadline ? _rendezvous.Until : _sessions.Deadline;
            return _discovery != null && _discovery.Deadline < at ? _discovery.Deadline : at;
        }
    }

    /// <summary>True while a session is neither closed nor ended.</summary>
    public bool HasOpenSessions
    {
        get
        {
            for (int i = 0; i < _sessions.Count; i++)
            {
                if (!_sessions.At(i).Session.IsOver)
                {
                    return true;
                }
            }

            return false;
        }
    }

    /// <summary>A session that was established since the last call, or null.</summary>
    public Session Accept()
    {
        Seat seat = _firstToAccept;
        if (seat == null)
        {
            return null;
        }

        DropFromAccept(null, seat);
        seat.Accepted = true;
        Poke(seat);
        return seat.Session;
    }

    public virtual int GetPorts(int[] ports)
    {
        int count = 0;
        for (int i = 0; i < _rendezvous.Count; i++)
        {
            count = Put(ports, count, _rendezvous.Port(i));
        }

        if (_options.OpenDiscoveryPort != 0)
        {
            count = Put(ports, count, _options.OpenDiscoveryPort);
        }

        return _sessions.AddPorts(ports, count);
    }

    public virtual void Receive(byte[] packet, int size, Endpoint from, int localPort, long now, long utcNow)
    {
        if (size < Packet.Overhead || size > Packet.LargestTaken)
        {
            Counters.Drop(DropCause.Unreadable);
            return;
        }

        _strangers.Begin();
        if (!ReceiveForSeat(packet, size, from, localPort, now)
            && (size > Packet.MaxSize
                || (!ReceiveFirst(packet, size, from, localPort, now, utcNow)
                    && !(localPort == _options.OpenDiscoveryPort && ReceiveQuestion(packet, size, from, now)))))
        {
            _strangers.Charge(from, now);
            Counters.Drop(DropCause.Unreadable);
        }
    }

    public bool Poll(Datagram datagram, long now, long utcNow)
    {
        if (now >= _rendezvous.Until)
        {
            _reception.Expire(now);
            _rendezvous.Update(now, utcNow);
        }

        if (_reception.Poll(datagram, now)
            || _clock.Answer(datagram, _options.OpenDiscoveryPort, utcNow)
            || (_discovery != null && _discovery.Poll(datagram, _options.OpenDiscoveryPort, now)))
        {
            return true;
        }

        // As often as there are sessions: one that stays due without sending does not spin.
        for (int i = _sessions.Count; i > 0; i--)
        {
            Seat seat = _sessions.NextDue(now);
            if (seat == null)
            {
                break;
            }

            bool sent = PollSeat(seat, datagram, now);
            Settle(seat, now);
            if (sent)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Begins an orderly end of all sessions.</summary>
    public virtual void Close(long now)
    {
        for (int i = 0; i < _sessions.Count; i++)
        {
            Seat seat = _sessions.At(i);
            seat.Session.Close(now);
            _sessions.Touch(seat);
        }
    }

    /// <summary>Ends everything and wipes the keys, without a packet.</summary>
    public virtual void Abandon()
    {
        KeepSessions();
        for (int i = 0; i < _sessions.Count; i++)
        {
            Seat seat = _sessions.At(i);
            EndEmergency(seat);
            seat.Session.End(ErrorCode.Terminated);
            _sessions.Touch(seat);
        }

        for (int i = 0; i < _psks.Length; i++)
        {
            _psks[i].Wipe();
        }

        WipeAdded();
        _reception.Wipe();
        _discovery?.Wipe();
    }

    // Of the desktop, where keys come and go while it listens.
    partial void WipeAdded();

    // Of the desktop, where sessions may outlast the listener.
    partial void KeepSessions();

    /// <summary>Accepts no new sessions, since a resource that all sessions need has run out.</summary>
    internal bool IsClosed
    {
        get => _reception.IsClosed;
        set => _reception.IsClosed = value;
    }

    internal ISessionDirectory Directory => _sessions;

    internal RendezvousPorts RendezvousPorts => _rendezvous;

    /// <summary>Its sessions, half-open ones too.</summary>
    internal Session[] AllSessions()
    {
        Session[] sessions = new Session[_sessions.Count];
        for (int i = 0; i < sessions.Length; i++)
        {
            sessions[i] = _sessions.At(i).Session;
        }

        return sessions;
    }

    /// <summary>Does what a packet asks of its seat. The session's own state changes, and the seat's; <see cref="Settle"/> then does the rest.</summary>
    internal void Handle(Seat seat, int kind, Arrival arrival)
    {
        if (kind == ForSession)
        {
            seat.Session.Receive(arrival);
        }
        else if (kind == ForEmergency)
        {
            ReceiveForEmergency(seat, arrival);
        }
        else
        {
            TakeEmergency(seat, arrival);
        }

        arrival.Done();
    }

    /// <summary>Returns the next datagram of a seat; false when it has none now.</summary>
    internal bool PollSeat(Seat seat, Datagram datagram, long now)
    {
        if (seat.Emergency != null && !seat.Emergency.IsOver(now) && seat.Emergency.Poll(datagram, now))
        {
            return true;
        }

        return seat.Session.Deadline <= now && seat.Session.Poll(datagram, now);
    }

    /// <summary>Ends a handshake; its session is added when the handshake succeeded.</summary>
    internal void Complete(Handshake handshake, long now)
    {
        Session session = _reception.Complete(handshake, now);
        if (session == null)
        {
            return;
        }

        Seat displaced = _admission.GivesWay(handshake.Psk, handshake.Entry.From);
        if (displaced != null)
        {
            displaced.Displaced = true;
            Displace(displaced, now);
        }

        Seat seat = new Seat(session, handshake.Psk, now) { Syn = handshake.Entry };
        _admission.Add(seat);
        _sessions.Add(seat);
        Welcome(seat);
    }

    /// <summary>
    /// Must be called after each step of a seat's session: counts what became of it, and removes it once it is over.
    /// </summary>
    internal void Settle(Seat seat, long now)
    {
        SessionState state = seat.Session.State;
        if (state == SessionState.Established && !seat.Established)
        {
            Establish(seat, now);
        }

        if (state == SessionState.Ended && !seat.Ended)
        {
            _admission.End(seat);
            seat.Syn?.Clear();
            seat.Syn = null;
            if (seat.Established && !seat.Accepted)
            {
                KeepForAccept();
            }
        }

        if (seat.CanGo || (seat.Emergency != null && seat.Emergency.IsOver(now)))
        {
            EndEmergency(seat);
        }

        if (!seat.CanGo)
        {
            _sessions.Touch(seat);
        }
        else if (!seat.Gone)
        {
            seat.Gone = true;
            _sessions.Remove(seat);
        }
    }

    /// <summary>Ends a session that another replaces: a half-open one without a packet.</summary>
    internal void EndDisplaced(Seat seat, long now)
    {
        EndEmergency(seat);
        if (seat.Established)
        {
            seat.Session.IsReplaced = !seat.KeyIsGone;
            seat.Session.Abort(ErrorCode.Terminated, now);
        }
        else
        {
            seat.Session.End(ErrorCode.LimitExceeded);
        }
    }

    // The following is done at once, unless a derived class runs sessions and key exchanges elsewhere.

    /// <summary>A packet of a seat came in, of one of the kinds; it is unmasked but for an emergency's.</summary>
    internal virtual void Deliver(Seat seat, int kind, byte[] packet, int size, Endpoint from, int localPort, long now)
    {
        Handle(seat, kind, _arrival.Of(packet, size, from, localPort, now));
        Settle(seat, now);
    }

    /// <summary>A handshake has begun: it is to be derived, then completed.</summary>
    internal virtual void Begin(Handshake handshake, long now)
    {
        handshake.Derive(_core);
        Complete(handshake, now);
    }

    /// <summary>A session must end, since another replaces it.</summary>
    internal virtual void Displace(Seat seat, long now)
    {
        EndDisplaced(seat, now);
        Settle(seat, now);
    }

    /// <summary>A seat is new in the directory.</summary>
    internal virtual void Welcome(Seat seat)
    {
    }

    /// <summary>A seat may be removed.</summary>
    internal virtual void Poke(Seat seat) => _sessions.Touch(seat);

    private static int Put(int[] ports, int count, int port)
    {
        if (count < ports.Length)
        {
            ports[count] = port;
        }

        return count + 1;
    }

    private bool ReceiveForSeat(byte[] packet, int size, Endpoint from, int localPort, long now)
    {
        for (Seat seat = _sessions.Candidate(localPort, from, null); seat != null; seat = _sessions.Candidate(localPort, from, seat))
        {
            Session session = seat.Session;
            EmergencyResponse emergency = seat.Emergency;
            if (emergency != null && !emergency.IsOver(now) && emergency.Fits(packet, size))
            {
                Deliver(seat, ForEmergency, packet, size, from, localPort, now);
                return true;
            }

            if (session.State == SessionState.Ended || !session.HasPort(localPort))
            {
                continue;
            }

            if (!_strangers.MayTry(from, now))
            {
                return false;
            }

            if (PacketSpace.IsFor(_core, packet, size, session.MaskKey, session.Id))
            {
                _sessions.Heard(seat, from);
                Deliver(seat, ForSession, packet, size, from, localPort, now);
                return true;
            }
        }

        return false;
    }

    private bool ReceiveFirst(byte[] packet, int size, Endpoint from, int localPort, long now, long utcNow)
    {
        int outcome = _reception.Receive(packet, size, from, localPort, now, utcNow);
        if (outcome == Reception.Good)
        {
            Begin(_reception.Begun, now);
        }
        else if (outcome == Reception.Emergency)
        {
            Seat seat = _admission.Find(_reception.Psk, Packet.SessionId(packet));
            if (seat == null)
            {
                Counters.Drop(DropCause.Unexpected);
            }
            else
            {
                Deliver(seat, EmergencyRequest, packet, size, from, localPort, now);
            }
        }

        return outcome != Reception.Unknown;
    }

    // A packet to the discovery port that is no SYN.
    private bool ReceiveQuestion(byte[] packet, int size, Endpoint from, long now)
    {
        return (_discovery != null && _discovery.Receive(packet, size, from, now)) || _clock.Receive(packet, size, from, _strangers, now, Counters);
    }

    private void ReceiveForEmergency(Seat seat, Arrival arrival)
    {
        EmergencyResponse emergency = seat.Emergency;
        if (emergency == null || emergency.IsOver(arrival.Now) || !emergency.Receive(arrival, Counters))
        {
            return;
        }

        seat.PortsChanged = true;
        if (emergency.Next != null && emergency.Next.State == SessionState.Established)
        {
            emergency.Next.Follow(seat.Session, true, arrival.Now);
            seat.Session = emergency.Next;
            EndEmergency(seat);
        }
    }

    private void EndEmergency(Seat seat)
    {
        if (seat.Emergency != null)
        {
            seat.Emergency.Wipe();
            seat.Emergency = null;
            seat.PortsChanged = true;
        }
    }

    // An EMERGENCY_REQUEST of its session, unmasked.
    private void TakeEmergency(Seat seat, Arrival arrival)
    {
        EmergencyResponse taken = EmergencyResponse.Take(_core, seat.Session, arrival, seat.Emergency, seat.EmergencyUtc, Counters);
        if (taken != null && taken != seat.Emergency)
        {
            EndEmergency(seat);
            taken.Begin();
            seat.Emergency = taken;
            seat.EmergencyUtc = taken.UtcMs;
            seat.PortsChanged = true;
        }

        taken?.Answer(arrival);
    }

    private void Establish(Seat seat, long now)
    {
        _options.TokenGuard?.Succeed();
        Seat old = _admission.Continued(seat);
        bool isAccepted = old != null && old.Accepted;
        if (old == null)
        {
            seat.Session.StandAlone();
        }
        else
        {
            Continue(seat, old, now);
        }

        Seat replaced = _admission.Establish(seat, now);
        if (replaced != null)
        {
            replaced.Displaced = true;
            Displace(replaced, now);
        }

        if (isAccepted)
        {
            seat.Accepted = true;
        }
        else
        {
            Offer(seat);
        }
    }

    // The application may have it.
    private void Offer(Seat seat)
    {
        if (_lastToAccept == null)
        {
            _firstToAccept = seat;
        }
        else
        {
            _lastToAccept.NextToAccept = seat;
        }

        _lastToAccept = seat;
    }

    // The messages of a session that the client's new one continues go on in that one, for the same application (PROTOCOL.md 14.2).
    private void Continue(Seat seat, Seat old, long now)
    {
        EndEmergency(old);
        seat.Session.Follow(old.Session, true, now);
        if (!old.Accepted)
        {
            Seat before = null;
            for (Seat at = _firstToAccept; at != old; at = at.NextToAccept)
            {
                before = at;
            }

            DropFromAccept(before, old);
            old.Accepted = true;
        }

        _admission.End(old);
        old.Syn?.Clear();
        old.Syn = null;
        Poke(old);
    }

    // One more that ended before the application took it waits for it, but not without limit: the oldest of them is given up.
    private void KeepForAccept()
    {
        _endedToAccept++;
        if (_endedToAccept <= _options.MaxSessions)
        {
            return;
        }

        Seat before = null;
        Seat seat = _firstToAccept;
        while (!seat.Ended)
        {
            before = seat;
            seat = seat.NextToAccept;
        }

        DropFromAccept(before, seat);
        seat.Accepted = true;
        Poke(seat);
    }

    private void DropFromAccept(Seat before, Seat seat)
    {
        if (before == null)
        {
            _firstToAccept = seat.NextToAccept;
        }
        else
        {
            before.NextToAccept = seat.NextToAccept;
        }

        _lastToAccept = _lastToAccept == seat ? before : _lastToAccept;
        seat.NextToAccept = null;
        _endedToAccept -= seat.Ended ? 1 : 0;
    }
}
