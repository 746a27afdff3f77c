namespace Springtail.Sessions;

// What happens when the peer falls silent (PROTOCOL.md 14). Only verified packets and their absence move this.
internal sealed partial class Session
{
    private const int SilentSpans = 3;
    private const long SilenceLimit = 120000;
    private const int SilenceLimitSpans = 5;
    private const long SilenceLimitWithoutKeepalive = 24L * 3600 * 1000;

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

    private ulong _unanswered;
    private int _rung;
    private int _tries;
    private long _climbAt = long.MaxValue;

    // How long a silent session is kept, in ms.
    private long SilenceKept
    {
        get
        {
            if (Keepalive == 0)
            {
                return SilenceLimitWithoutKeepalive;
            }

            long spans = (long)SilenceLimitSpans * Keepalive * 1000;
            return spans > SilenceLimit ? spans : SilenceLimit;
        }
    }

    // The spans of a session without heartbeats, where spans are counted, in s.
    private const int DefaultKeepalive = 30;
    private const int HandshakeSpans = 2;

    /// <summary>
    /// Client: from when on, in recovery, it tries a new handshake beside this session, in ms of the monotonic clock: two heartbeats' time after the
    /// peer was last heard; else long.MaxValue.
    /// </summary>
    internal long HandshakeAt
    {
        get
        {
            int keepalive = Keepalive == 0 ? DefaultKeepalive : Keepalive;
            return State == SessionState.Recovering && !_isServer && Suite <= Keys.KeySchedule.SuiteFuzzy
                ? _lastHeardAt + (long)HandshakeSpans * keepalive * 1000
                : long.MaxValue;
        }
    }

    /// <summary>The rung of the last try: 0 time sync, 1 repair, 2 rekey, 3 emergency.</summary>
    internal int Rung => _tries != 0 ? _rung : _rung == 0 ? EmergencyRung : _rung - 1;

    internal bool IsOpen => State == SessionState.Established || State == SessionState.Recovering;

    private long SilentAt()
    {
        return Keepalive == 0 || State == SessionState.Recovering ? long.MaxValue : _lastHeardAt + (long)SilentSpans * Keepalive * 1000;
    }

    private long GivenUpAt() => IsHeld ? long.MaxValue : _lastHeardAt + SilenceKept;

    private long RecoveryDeadline() => IsOpen ? Earlier(Earlier(SilentAt(), GivenUpAt()), _climbAt) : long.MaxValue;

    private void RunRecovery(long now)
    {
        if (!IsOpen)
        {
            return;
        }

        if (now >= GivenUpAt())
        {
            End(Packets.ErrorCode.Timeout);
            return;
        }

        if (now >= SilentAt())
        {
            BeginRecovery(0, now);
        }

        if (now >= _climbAt)
        {
            Climb(now);
        }
    }

    // The peer is not heard, or, with a number, does not acknowledge: then nothing ends this but the acknowledgment of a later number.
    private void BeginRecovery(ulong unanswered, long now)
    {
        if (State != SessionState.Established)
        {
            return;
        }

        State = SessionState.Recovering;
        _unanswered = unanswered;
        if (!_isServer)
        {
            _rung = TimeSyncRung;
            _tries = 0;
            _timeSyncAt = long.MaxValue;
            _climbAt = now;
        }
    }

    /// <summary>Begins with the first rung again: the peer can be reached, as something else has shown.</summary>
    internal void ClimbAnew(long now)
    {
        _rung = TimeSyncRung;
        _tries = 0;
        _climbAt = now;
        UpdateDeadline(now);
    }

    // One try on the present rung.
    private void Climb(long now)
    {
        switch (_rung)
        {
            case TimeSyncRung:
                BeginTimeSync(ShiftsOfTry(_tries));
                _climbAt = now + TimeSyncTry;
                break;
            case RepairRung:
                if (_tries == 0)
                {
                    BeginRepair();
                }

                _repairDue = true;
                _climbAt = now + RepairTry;
                break;
            case RekeyRung:
                if (!RekeyIsOut && _pending == null)
                {
                    BeginRekey(now);
                }

                _rekeyNextAt = now;
                _climbAt = now + RekeyTry;
                break;
            default:
                EmergencyDue = _tries == 0 && Suite <= Keys.KeySchedule.SuiteFuzzy;
                _climbAt = now + EmergencyTry;
                break;
        }

        _tries++;
        if (_tries == TriesOnRung)
        {
            _rung = _rung == EmergencyRung ? TimeSyncRung : _rung + 1;
            _tries = 0;
        }
    }

    // A packet came in: is that what was missed?
    private bool EndsRecovery(uint acknowledgment)
    {
        uint behind = (uint)_lastNumber - acknowledgment;
        return _unanswered == 0 || (behind < 0x80000000u && _lastNumber - behind > _unanswered);
    }

    private void EndRecovery(long now)
    {
        _timeouts = 0;
        _roundTrip.Reset();
        _shifts = 0;
        _repairDue = false;
        EmergencyDue = false;
        _climbAt = long.MaxValue;
        if (_timerAt != long.MaxValue)
        {
            _timerAt = now + _roundTrip.Timeout;
        }

        if (!_isServer)
        {
            _timeSyncAt = now + TimeSyncAfterCorrection;
        }
    }
}
