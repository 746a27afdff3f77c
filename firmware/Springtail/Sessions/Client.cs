using Springtail.Crypto;
using Springtail.Keys;
using Springtail.Packets;

namespace Springtail.Sessions;

/// <summary>Where a client stands.</summary>
internal enum ClientState
{
    /// <summary>A saved session goes on: the server's first packet under its new keys is awaited.</summary>
    Resuming,

    /// <summary>SYN copies go out.</summary>
    Calling,

    /// <summary>The keys are derived; the ACK with the confirmation goes out until the server is heard.</summary>
    Confirming,

    /// <summary>There is, or was, a session: see <see cref="Client.Session"/>.</summary>
    Connected,

    /// <summary>No handshake succeeded.</summary>
    Failed,
}

/// <summary>
/// The side that connects: attempts at a handshake (PROTOCOL.md 5), then its session; while that is in recovery, attempts beside it (PROTOCOL.md 14).
/// </summary>
internal sealed partial class Client : IProtocolPeer
{
    // The system's clock was set when it is further than this from where it was, in ms.
    private const int ClockStep = 2000;

    // Clocks that are no further apart, in ms, find the same servers: those take what is from 40 s old to 30 s early (PROTOCOL.md 5).
    private const int ClocksApart = 10000;

    // How long a first attempt is followed by others.
    private const int ConnectTime = 25000;

    private readonly ICryptoCore _core;
    private readonly ChannelOptions _options;
    private readonly Endpoint _server = new Endpoint();

    // The PSK or token, and what is made of it; that only while there are attempts.
    private readonly byte[] _secret;
    private PskKeys _psk;

    private readonly int _suite;

    private readonly Arrival _arrival = new Arrival();

    // The application's session, the attempt under way, and the session that it has led to until that is established.
    private Session _session;
    private Attempt _attempt;
    private Session _next;

    // The last rung of the session's ladder, while it is tried.
    private EmergencyRequest _emergency;

    // The session is no longer served: another one is to continue it. A saved one that did not come back is continued in the same way.
    private bool _givenUp;
    private Session _lost;

    // What is known of a peer that answered, although no session was established with it.
    private long _clockError;
    private int _otherPortMin;
    private int _otherPortCount;

    // When the first of a row of attempts began; and the system's UTC at monotonic time 0 when the last did.
    private long _startedAt;
    private long _utcBase;

    // PortsVersion grows over sessions and the times between them.
    private int _portsBase;

    /// <param name="core">The primitives.</param>
    /// <param name="options">The PSK, the suite and the rest. The PSK is copied.</param>
    /// <param name="server">The server's address; its port does not matter.</param>
    /// <param name="now">Monotonic time in ms.</param>
    /// <param name="utcNow">The system's UTC in ms since 1970.</param>
    public Client(ICryptoCore core, ChannelOptions options, Endpoint server, long now, long utcNow)
        : this(core, options, server, now)
    {
        BeginAttempt(now, utcNow);
    }

    private Client(ICryptoCore core, ChannelOptions options, Endpoint server, long now)
    {
        options.Validate();
        _core = core;
        _options = options;
        _suite = options.SuiteFor(core);
        _suite = _suite == 0 ? KeySchedule.SuiteX25519 : _suite;
        byte[] secret = options.Secret;
        _secret = Secret.Slice(secret, 0, secret.Length);
        _server.CopyFrom(server);
        _startedAt = now;
    }

    public ClientState State
    {
        get
        {
            if (_session != null)
            {
                return ClientState.Connected;
            }

            if (_next != null)
            {
                return _next.State == SessionState.Resuming ? ClientState.Resuming : ClientState.Confirming;
            }

            return _attempt != null ? ClientState.Calling : ClientState.Failed;
        }
    }

    /// <summary>
    /// The session; null before its keys are derived. In recovery another one may take its place (<see cref="Sessions.Session.Successor"/>).
    /// </summary>
    public Session Session => _session ?? _next;

    /// <summary>Handshakes begun so far.</summary>
    public int Attempts { get; private set; }

    /// <summary>Why no handshake succeeded, one of <see cref="ErrorCode"/>: TIMEOUT, or AUTHENTICATION_FAILED where somebody may have guessed at a token.</summary>
    public int FailureCode { get; private set; } = ErrorCode.Timeout;

    /// <summary>What was dropped outside of sessions.</summary>
    public Counters Counters { get; } = new Counters();

    public long Deadline
    {
        get
        {
            if (_clock != null)
            {
                return ClockDeadline;
            }

            long at = _attempt != null ? _attempt.Deadline : long.MaxValue;
            if (_session != null && !_givenUp)
            {
                at = Earlier(at, _session.Deadline);
                at = _emergency != null ? Earlier(at, _emergency.Deadline) : at;
                return _attempt == null ? Earlier(at, _session.Recovery.HandshakeAt(long.MinValue)) : at;
            }

            return _next == null ? at : _next.State == SessionState.Ended ? long.MinValue : _next.Deadline;
        }
    }

    public int PortsVersion =>
        _portsBase + (_session != null ? _session.PortsVersion : 0) + (_next != null ? _next.PortsVersion : 0) + (_emergency != null ? _emergency.PortsVersion : 0);

    public int GetPorts(int[] ports)
    {
        int count = 0;
        if (_attempt != null || _clock != null || _emergency != null || (_session == null && _next == null))
        {
            ports[count++] = Datagram.OwnSocket;
        }

        if (_session != null && !_givenUp)
        {
            count = _session.AddPorts(ports, count);
        }

        if (_emergency != null && _emergency.Next != null)
        {
            count = _emergency.Next.AddPorts(ports, count);
        }

        return _next != null ? _next.AddPorts(ports, count) : count;
    }

    public void Receive(byte[] packet, int size, Endpoint from, int localPort, long now, long utcNow)
    {
        LookAhead();
        if (!from.SameAddress(_server) && (Session == null || !from.SameAddress(Session.Peer)))
        {
            Counters.Drop(DropCause.Address);
            return;
        }

        if (size < Packet.Overhead || size > Packet.LargestTaken)
        {
            Counters.Drop(DropCause.Unreadable);
        }
        else if (_clock != null)
        {
            _clock.Receive(packet, size, from, localPort, now, utcNow);
        }
        else if (!_givenUp && IsOf(_session, packet, size))
        {
            _session.Receive(_arrival.Of(packet, size, from, localPort, now));
            EndNeedlessHandshake(now);
        }
        else if (IsOf(_next, packet, size))
        {
            _next.Receive(_arrival.Of(packet, size, from, localPort, now));
            TakeUp(_next, now);
        }
        else if (_emergency != null && _emergency.Receive(_arrival.Of(packet, size, from, localPort, now), Counters))
        {
            TakeUp(_emergency.Next, now);
        }
        else if (_attempt == null)
        {
            Counters.Drop(DropCause.Unreadable);
        }
        else
        {
            HandshakeResult agreed = _attempt.Receive(packet, size, Counters, now);
            if (agreed != null)
            {
                Session continued = _attempt.Continued;
                EndAttempt();
                if (_session != null && !_givenUp)
                {
                    _givenUp = true;
                    _session.GiveUp();
                    _startedAt = now;
                    EndEmergency();
                }

                // All that is not needed any more has been let go: on a board the next one barely has room.
                Session.MakeRoom();
                _next = new Session(_core, _options, agreed, continued, now);

                // What was agreed on is the session's now.
                agreed = null;
                Session.MakeRoom();
            }
            else if (_attempt.IsSpent)
            {
                FailToken();
            }
            else
            {
                NoteRefusal();
            }
        }

        _arrival.Done();
    }

    public bool Poll(Datagram datagram, long now, long utcNow)
    {
        if (AskTime(datagram, now, utcNow, out bool asked))
        {
            return asked;
        }

        if (_session != null && !_givenUp)
        {
            return _session.Poll(datagram, now) || PollBeside(datagram, now, utcNow);
        }

        if (_next != null)
        {
            bool sent = _next.Poll(datagram, now);
            if (_next.State != SessionState.Ended)
            {
                return sent;
            }

            if (EndResume(now))
            {
                return false;
            }

            DropNext();
            if (_suite == KeySchedule.SuiteSpake2 && Attempts != 0)
            {
                FailToken();
                return false;
            }

            Retry(now, utcNow);
        }
        else if (_attempt != null && IsOver(now, utcNow))
        {
            Retry(now, utcNow);
        }

        return _attempt != null && _attempt.Poll(datagram, Counters, now);
    }

    /// <summary>Gives up, and wipes what there is, without a packet.</summary>
    public void Abandon()
    {
        EndAttempt();
        DropNext();
        EndEmergency();
        _session?.End(ErrorCode.Terminated);
        LoseSaved();
        ForgetKeys();
        Secret.Wipe(_secret);
    }

    /// <summary>What is known of a handshake that failed, and what to check.</summary>
    public string Explain()
    {
        if (FailureCode == ErrorCode.AuthenticationFailed)
        {
            return _options.TokenGuard.IsSpent
                ? "Three attempts with this token have failed: it is dead. Draw a new one."
                : "The peer that answered does not hold this token. If it was typed right, somebody may be guessing at it: after three such failures it is dead.";
        }

        if (Counters.Drops(DropCause.KeyExchange) != 0)
        {
            return "The peer answered with a public key or a proof that is wrong: something on the way alters packets, or the peer is faulty.";
        }

        if (FailureCode == ErrorCode.PortRangeMismatch)
        {
            return "The peer hops over the ports " + RangeText(_otherPortMin, _otherPortCount) + ", this side over " + RangeText(_options.PortMin, _options.PortCount)
                + ": give both the same range.";
        }

        if (_clockError != 0)
        {
            return "The peer answered, but its clock is " + (_clockError < 0 ? 0 - _clockError / 1000 : _clockError / 1000).ToString() + " s "
                + (_clockError < 0 ? "behind" : "ahead of") + " this one: set both clocks.";
        }

        return "No answer. Check that the peer listens and can be reached by UDP, that both have the same PSK or token, port range and rendezvous port, "
            + "that both clocks are right to 30 s, and that the peer allows this suite.";
    }

    // The attempts beside the session while it is in recovery.
    private bool PollBeside(Datagram datagram, long now, long utcNow)
    {
        EndNeedlessHandshake(now);
        if (_session.Recovery.EmergencyDue && _emergency == null)
        {
            _emergency = new EmergencyRequest(_core, _options, _session, now);
            _portsBase++;
        }

        _session.Recovery.EmergencyDue = false;
        if (_emergency != null && _emergency.IsOver(now))
        {
            EndEmergency();
        }

        if (_emergency != null && _emergency.Poll(datagram, now))
        {
            return true;
        }

        if (_session.Recovery.HandshakeAt(now) <= now && (_attempt == null || IsOver(now, utcNow)))
        {
            EndAttempt();
            BeginAttempt(now, utcNow);
        }

        return _attempt != null && _attempt.Poll(datagram, Counters, now);
    }

    // Whether a packet carries the mask and the id of a session; if so it is unmasked, otherwise left as it was.
    private bool IsOf(Session session, byte[] packet, int size)
    {
        return session != null && PacketSpace.IsFor(_core, packet, size, session.MaskKey, session.Id);
    }

    // A session that has been answered becomes the application's.
    private void TakeUp(Session next, long now)
    {
        if (next == null || next.State == SessionState.HalfOpen || next.State == SessionState.Resuming || next.State == SessionState.Ended)
        {
            return;
        }

        int version = PortsVersion;
        Session previous = _session ?? _lost;
        if (previous != null && previous != next)
        {
            Session.MakeRoom();
            next.Follow(previous, previous != _lost && (next.Continues == 0 || next.IsContinued), now);
            Resumed = false;
        }

        _lost = null;
        next.Return();
        _session = next;
        _givenUp = false;
        _next = _next == next ? null : _next;
        DropNext();
        EndAttempt();
        EndEmergency();
        _options.TokenGuard?.Succeed();
        ForgetKeys();
        _portsBase += version + 1 - PortsVersion;
    }

    // Notes what distinguishes a peer that answered.
    private void NoteRefusal()
    {
        _clockError = _attempt.ClockError != 0 ? _attempt.ClockError : _clockError;
        if (_attempt.OtherPortMin != 0 && _session == null)
        {
            _otherPortMin = _attempt.OtherPortMin;
            _otherPortCount = _attempt.OtherPortCount;
            EndAttempt();
            FailureCode = ErrorCode.PortRangeMismatch;
            LoseSaved();
            ForgetKeys();
        }
    }

    private static string RangeText(int portMin, int portCount) => portMin.ToString() + "-" + (portMin + portCount - 1).ToString();

    // An exchange that could have been a guess failed, or no further one may be begun. The user decides whether to try again.
    private void FailToken()
    {
        EndAttempt();
        FailureCode = ErrorCode.AuthenticationFailed;
        LoseSaved();
        ForgetKeys();
    }

    private void EndEmergency()
    {
        if (_emergency != null)
        {
            _emergency.Wipe();
            _portsBase += _emergency.PortsVersion + 1;
            _emergency = null;
        }
    }

    private void Retry(long now, long utcNow)
    {
        EndAttempt();
        _portsBase++;
        if (now < _startedAt + ConnectTime)
        {
            BeginAttempt(now, utcNow);
            return;
        }

        _session?.End(ErrorCode.Timeout);
        LoseSaved();
        ForgetKeys();
    }

    // Where the system's clock was set, a SYN goes to ports of the wrong time. In suites 4 and 5 no other follows before the attempt's time is over: it could be a guess.
    private bool IsOver(long now, long utcNow)
    {
        long step = utcNow - now - _utcBase;
        return _attempt.IsOver(now) || (_suite <= KeySchedule.SuiteFuzzy && (step > ClockStep || step < 0 - ClockStep));
    }

    private void BeginAttempt(long now, long utcNow)
    {
        if (_suite >= KeySchedule.SuiteToken && _options.TokenGuard.IsSpent)
        {
            FailToken();
            return;
        }

        Attempts++;
        _portsBase++;
        _psk = _psk ?? new PskKeys(_core, _secret, _options.Token != null, _options.NameBytes);
        _utcBase = utcNow - now;
        ChooseServer();

        // By the server's clock as the session knows it, or the saved one that did not come back. Where that is far from this side's own, it may be another
        // server by now: every other time by the own. A saved session may know it by a clock that was wrong when it was taken up.
        Session continued = _suite <= KeySchedule.SuiteFuzzy ? _session : null;
        Session knows = _suite <= KeySchedule.SuiteFuzzy ? _session ?? _lost : null;
        long ahead = knows == null ? 0 : knows.UtcNow(now) - utcNow;
        bool far = ahead > ClocksApart || ahead < 0 - ClocksApart;
        long utc = far && (_session == null || Attempts % 2 != 0) ? utcNow : utcNow + ahead;
        Session.MakeRoom();
        _attempt = new Attempt(_core, _options, _suite, _psk, _server, continued, now, utc);
    }

    // The peer is heard again, or the session has ended: another one is not needed.
    private void EndNeedlessHandshake(long now)
    {
        if ((_attempt != null || _next != null) && _session.Recovery.HandshakeAt(now) > now)
        {
            EndAttempt();
            DropNext();
            ForgetKeys();
        }
    }

    private void ForgetKeys()
    {
        _psk?.Wipe();
        _psk = null;
    }

    private void DropNext()
    {
        if (_next != null)
        {
            _next.End(ErrorCode.Terminated);
            _portsBase += _next.PortsVersion;
            _next = null;
        }
    }

    private void EndAttempt()
    {
        if (_attempt != null)
        {
            _attempt.Wipe();
            _attempt = null;
            _portsBase++;
        }
    }

    // On a desktop an attempt may go to another address than the one before.
    partial void ChooseServer();

    // On a desktop: packets come many at a time.
    partial void LookAhead();

    private static long Earlier(long a, long b) => a < b ? a : b;
}
