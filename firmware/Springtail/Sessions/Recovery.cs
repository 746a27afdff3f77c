using Springtail.Keys;
using Springtail.Packets;

namespace Springtail.Sessions;

/// <summary>What happens when the peer falls silent (PROTOCOL.md 14). Only verified packets and their absence move this.</summary>
internal sealed class Recovery
{
    private const int SilentSpans = 3;
    private const long SilenceLimit = 120000;
    private const int SilenceLimitSpans = 5;
    private const long SilenceLimitWithoutKeepalive = 24L * 3600 * 1000;

    // The spans of a session without heartbeats, where spans are counted, in s.
    private const int DefaultKeepalive = 30;
    private const int HandshakeSpans = 2;

    // How many timers what is sent may be unanswered, or how long, in ms; where the round trip is above a second, only the timers count.
    private const int TimeoutsBeforeHandshake = 3;
    private const long LongestUnanswered = 5000;
    private const int SlowRoundTrip = 1000;
    private const long StandstillWithoutKeepalive = 60000;

    // The client's rungs, three tries on each; after the last it begins with the first again.
    private const int TimeSyncRung = 0;
    private const int RepairRung = 1;
    private const int RekeyRung = 2;
    private const int EmergencyRung = 3;
    private const int TriesOnRung = 3;

    // How long a try is waited for.
    private const int TimeSyncTry = 1500;
    private const int RepairTry = 2500;
    private const int RekeyTry = 3000;
    private const int EmergencyTry = 5000;

    // But at least this many round trips.
    private const int TryRoundTrips = 2;

    private readonly Session _session;
    private long _heardAt;

    // Client: when the program went on after it had stood still, and the last number sent before; long.MaxValue once the peer has what was sent since.
    private long _awokeAt = long.MaxValue;
    private ulong _sentBefore;
    private ulong _heardWithoutRoom;

    // Null while the peer answers.
    private Ladder _ladder;

    public Recovery(Session session, long now)
    {
        _session = session;
        _heardAt = now;
    }

    /// <summary>When a packet was last verified, in ms of the monotonic clock.</summary>
    public long HeardAt => _heardAt;

    /// <summary>Client: the ladder has come to its last rung.</summary>
    public bool EmergencyDue { get; set; }

    /// <summary>An emergency is in progress, so that silence does not end the session.</summary>
    public bool IsHeld { get; set; }

    /// <summary>The rung of the last try: 0 time sync, 1 repair, 2 rekey, 3 emergency.</summary>
    public int Rung => _ladder.Tries != 0 ? _ladder.Rung : _ladder.Rung == 0 ? EmergencyRung : _ladder.Rung - 1;

    /// <summary>How long a silent session is kept, in ms.</summary>
    public long SilenceKept
    {
        get
        {
            if (_session.Keepalive == 0)
            {
                return SilenceLimitWithoutKeepalive;
            }

            long spans = (long)SilenceLimitSpans * _session.Keepalive * 1000;
            return spans > SilenceLimit ? spans : SilenceLimit;
        }
    }

    /// <summary>
    /// Client: from when on it tries a new handshake beside this session (PROTOCOL.md 14.1): when what it sent is not acknowledged, when the peer is not
    /// heard, when the program has stood still, or when the keys are about to end; long.MaxValue for not at all.
    /// </summary>
    public long HandshakeAt(long now)
    {
        if (_session.IsServer || !_session.IsOpen || _session.Suite > KeySchedule.SuiteFuzzy)
        {
            return long.MaxValue;
        }

        long timers = TimeoutsBeforeHandshake * (long)_session.Delivery.FirstTimeout;
        long at = Session.Earlier(_session.Epochs.AgingAt(now), _awokeAt == long.MaxValue ? long.MaxValue : _awokeAt + timers);
        long since = _session.Delivery.UnansweredSince;
        if (since != long.MaxValue && !_session.Options.IsPlain)
        {
            long limit = _session.RoundTripTime > SlowRoundTrip ? timers : LongestUnanswered;
            at = Session.Earlier(at, _session.Delivery.Timeouts >= TimeoutsBeforeHandshake ? now : since + _session.Shape.Shortened(limit));
        }

        int keepalive = _session.Keepalive == 0 ? DefaultKeepalive : _session.Keepalive;
        return _session.State == SessionState.Recovering ? Session.Earlier(at, _heardAt + _session.Shape.Shortened((long)HandshakeSpans * keepalive * 1000)) : at;
    }

    /// <summary>Client: the program has stood still for so long that the peer may have given the session up.</summary>
    public void StoodStill(long now)
    {
        _awokeAt = now;
        _sentBefore = _session.Space.LastNumber;
    }

    /// <summary>How long the program may stand still before the session is in doubt, in ms.</summary>
    public long DoubtfulStandstill => _session.Keepalive == 0 ? StandstillWithoutKeepalive : (long)SilentSpans * _session.Keepalive * 1000;

    /// <summary>A packet was verified. One that waited in the socket while the program stood still says nothing of the peer now.</summary>
    public void Hear(Arrival arrival)
    {
        _heardAt = arrival.Now;
        if (_session.Space.Own(arrival.Acknowledgment) > _sentBefore)
        {
            _awokeAt = long.MaxValue;
        }
    }

    /// <summary>
    /// A packet for whose content there is no room is a sign of life too. Its number is not noted, so a copy of it could be one again and again: returns false for such a copy.
    /// </summary>
    public bool HearWithoutRoom(Arrival arrival)
    {
        if (arrival.Number > _heardWithoutRoom)
        {
            _heardWithoutRoom = arrival.Number;
            Hear(arrival);
            return true;
        }

        return false;
    }

    /// <summary>When silence counts, ends the session, or makes the next try due.</summary>
    public long At => Session.Earlier(Session.Earlier(SilentAt(), GivenUpAt()), ClimbAt);

    /// <summary>Call when <see cref="At"/> has come.</summary>
    public void Run(long now)
    {
        if (now >= GivenUpAt())
        {
            _session.End(ErrorCode.Timeout);
            return;
        }

        if (now >= SilentAt())
        {
            Begin(0, now);
        }

        if (now >= ClimbAt)
        {
            Climb(now);
        }
    }

    /// <summary>The peer is not heard, or, with a number, does not acknowledge: then nothing ends this but the acknowledgment of a later number.</summary>
    public void Begin(ulong unanswered, long now)
    {
        if (_session.State != SessionState.Established)
        {
            return;
        }

        _session.State = SessionState.Recovering;
        _ladder = new Ladder { Unanswered = unanswered };
        if (!_session.IsServer)
        {
            _session.Time.Pause();
            ClimbAnew(now);
        }
    }

    /// <summary>Begins with the first rung again.</summary>
    public void ClimbAnew(long now)
    {
        _ladder.Rung = TimeSyncRung;
        _ladder.Tries = 0;
        _ladder.ClimbAt = now;
    }

    /// <summary>A packet came in that acknowledges this number of this side, or 0 for none: whether that is what recovery waits for.</summary>
    public bool EndsWith(ulong acknowledged) => _ladder.Unanswered == 0 || acknowledged > _ladder.Unanswered;

    /// <summary>The peer is there.</summary>
    public void End()
    {
        EmergencyDue = false;
        _ladder = null;
    }

    private long ClimbAt => _ladder == null ? long.MaxValue : _ladder.ClimbAt;

    // A server sends nothing when silence counts, so that its time may be fixed.
    private long SilentAt()
    {
        if (_session.Keepalive == 0 || _session.State == SessionState.Recovering)
        {
            return long.MaxValue;
        }

        long time = (long)SilentSpans * _session.Keepalive * 1000;
        return _heardAt + (_session.IsServer ? time : _session.Shape.Shortened(time));
    }

    // Time in which this program stood still is no silence of the peer.
    private long GivenUpAt() => IsHeld ? long.MaxValue : (_awokeAt == long.MaxValue ? _heardAt : _awokeAt) + SilenceKept;

    private void Wait(int time, long now)
    {
        int roundTrips = TryRoundTrips * _session.RoundTripTime;
        _ladder.ClimbAt = now + (roundTrips > time ? roundTrips : _session.Shape.Shorten(time));
    }

    // One try on the present rung.
    private void Climb(long now)
    {
        switch (_ladder.Rung)
        {
            case TimeSyncRung:
                _session.Time.Begin(_ladder.Tries, now);
                Wait(TimeSyncTry, now);
                break;
            case RepairRung:
                _session.AskForRepair(_ladder.Tries == 0);
                Wait(RepairTry, now);
                break;
            case RekeyRung:
                _session.Epochs.Insist(now);
                Wait(RekeyTry, now);
                break;
            default:
                EmergencyDue = _ladder.Tries == 0 && _session.Suite <= KeySchedule.SuiteFuzzy;
                Wait(EmergencyTry, now);
                break;
        }

        _ladder.Tries++;
        if (_ladder.Tries == TriesOnRung)
        {
            _ladder.Rung = _ladder.Rung == EmergencyRung ? TimeSyncRung : _ladder.Rung + 1;
            _ladder.Tries = 0;
        }
    }

    private sealed class Ladder
    {
        // Nothing but the acknowledgment of a later number ends it; 0 where any packet does.
        public ulong Unanswered;

        // The client's next try: which of the rung, and when.
        public int Rung;
        public int Tries;
        public long ClimbAt = long.MaxValue;
    }
}
