using Springtail.Keys;
using Springtail.Packets;

namespace Springtail.Sessions;

/// <summary>
/// The keys of the present epoch, of the one that may come and of the last one, with their times (PROTOCOL.md 3.1, 12). An exchange for new keys is
/// there while one is under way.
/// </summary>
internal sealed partial class Epochs
{
    /// <summary>Keys that the peer has not used are kept for so long, in ms.</summary>
    public const long PendingLifetime = 30000;

    private const long PreviousLifetime = 5000;
    private const int RekeyAttempts = 3;
    private const int ResumesBeforeRekey = 24;

    // Keys end after twice what is allowed before a rekey, but a rekey has at least this grace, in ms and packets: one that is asked for early must be able
    // to take its three attempts at full speed (PROTOCOL.md 12.1).
    private const long LeastGrace = 60000;
    private const uint LeastGracePackets = 1 << 16;

    // The peer may be configured for this many, whatever this side's setting.
    private const uint MaxPacketsIn = 2 << 20;

    // The peer's requests cost key exchanges: this many are answered at once, then one in each interval, in ms; a refused one is repeated (PROTOCOL.md 20).
    private const int AnswersAtOnce = 32;
    private const int AnswerInterval = 1000;

    /// <summary>Resumes under the keys of one exchange, at most.</summary>
    public const int MaxResumes = 2 * ResumesBeforeRekey;

    // The server leaves the first move to the client: it waits 17 minutes where the client waits 15.
    private const int ClientRekeyShare = 15;
    private const int ServerRekeyShare = 17;

    private readonly Session _session;

    // Pending: keys that this side, the responder, accepts but does not send under yet. Previous: the last ones, for packets that are late.
    private EpochKeys _current;
    private EpochKeys _pending;
    private EpochKeys _previous;
    private long _pendingUntil;
    private long _previousUntil = long.MaxValue;

    private RekeyExchange _exchange;
    private int _failed;
    private ulong _lastRequestNumber;

    // When an answer would be due if all so far had come at their interval.
    private long _answersAt;

    // Of the present epoch: when new keys are due and when these end, packets under it both ways, and resumes.
    private long _rekeyAt;
    private long _endsAt;
    private uint _packets;
    private uint _packetsIn;
    private int _resumes;

    // Of the previous epoch, for the case that it is gone back to.
    private uint _packetsBefore;
    private uint _packetsInBefore;
    private long _endedAtBefore;

    public Epochs(Session session, EpochKeys keys, long now)
    {
        _session = session;
        _current = keys;
        Log(keys);
        BeginLife(now);
    }

    public EpochKeys Current => _current;

    /// <summary>Rekeys that both sides have completed.</summary>
    public int Rekeys { get; private set; }

    /// <summary>Nothing is under way that a snapshot could not hold.</summary>
    public bool IsQuiet => _exchange == null && _pending == null;

    /// <summary>The keys that a packet's epoch names; null when they are not accepted.</summary>
    public EpochKeys KeysOf(int epoch)
    {
        if (epoch == (_current.Epoch & 0x0F))
        {
            return _current;
        }

        if (_pending != null && epoch == (_pending.Epoch & 0x0F))
        {
            return _pending;
        }

        return _previous != null && epoch == (_previous.Epoch & 0x0F) ? _previous : null;
    }

    /// <summary>A packet was verified under these keys.</summary>
    public void Hear(EpochKeys keys, bool highest, long now)
    {
        if (keys == _current)
        {
            _packetsIn++;
        }

        if (keys == _pending)
        {
            _pending = null;
            _exchange?.ForgetResponse();
            DropExchange();
            SwitchTo(keys, now);
            _previousUntil = now + PreviousLifetime;
            _session.HeartbeatSoon();
            Rekeys++;
        }
        else if (_exchange != null && _exchange.IsAnnouncing)
        {
            if (keys == _current)
            {
                _exchange.StopAnnouncing();
                DropExchange();
                _previousUntil = now + PreviousLifetime;
                Rekeys++;
            }
            else if (keys == _previous && highest && now >= _pendingUntil)
            {
                SwitchBack(now);
            }
        }
    }

    /// <summary>A packet went out under the present keys.</summary>
    public void CountPacket() => _packets++;

    /// <summary>A rekey is to begin now, unless one is under way.</summary>
    public bool Ask(long now)
    {
        if (IsRequesting || _pending != null)
        {
            return false;
        }

        _rekeyAt = now;
        return true;
    }

    /// <summary>The peer was away from <paramref name="since"/> on: time awake goes on now.</summary>
    public void Awake(long since, long now)
    {
        _rekeyAt += now - since;
        _endsAt += now - since;
    }

    /// <summary>When the present keys end, for whatever reason they were not replaced.</summary>
    public long EndsAt(long now)
    {
        // Asked for with each packet, here and below: what no limit can be is looked at first.
        return (_packets > LeastGracePackets && _packets >= RekeyAfterPackets + GracePackets) || _packetsIn >= MaxPacketsIn ? now : _endsAt;
    }

    /// <summary>When a new handshake beside the session is due, since these keys are about to end.</summary>
    public long AgingAt(long now)
    {
        bool aging = (_packets > LeastGracePackets / 2 && _packets >= RekeyAfterPackets + GracePackets / 2) || _packetsIn >= MaxPacketsIn / 4 * 3;
        return aging ? now : _endsAt - Grace + _session.Shape.Shortened(Grace / 2);
    }

    /// <summary>When keys that are no longer used must be wiped.</summary>
    public long ExpiresAt => Session.Earlier(_previous == null ? long.MaxValue : _previousUntil, _pending == null ? long.MaxValue : _pendingUntil);

    public void Expire(long now)
    {
        if (_previous != null && now >= _previousUntil)
        {
            DropPrevious();
        }

        if (_pending != null && now >= _pendingUntil)
        {
            DiscardPending();
        }
    }

    /// <summary>When a rekey is to begin, or the request that is out is to be given up.</summary>
    public long TurnAt(long now)
    {
        if (!_session.IsOpen)
        {
            return IsRequesting ? now : long.MaxValue;
        }

        if (IsRequesting)
        {
            return _exchange.GivenUpAt;
        }

        if (_pending != null)
        {
            return long.MaxValue;
        }

        return _packets >= RekeyAfterPackets ? now : _rekeyAt;
    }

    /// <summary>Begins a rekey, or gives up the request that is out; call when <see cref="TurnAt"/> has come.</summary>
    public void Turn(long now)
    {
        if (!_session.IsOpen)
        {
            ForgetRequest();
            return;
        }

        if (IsRequesting)
        {
            ForgetRequest();
            _failed++;
            if (_failed >= RekeyAttempts)
            {
                _failed = 0;
                ScheduleRekey(now);
                _session.Recovery.Begin(_session.Space.LastNumber, now);
                return;
            }
        }

        BeginRekey(now);
    }

    /// <summary>Recovery's rung: the request goes out now, a new one if there is none.</summary>
    public void Insist(long now)
    {
        if (!IsRequesting && _pending == null)
        {
            BeginRekey(now);
        }

        _exchange?.RequestNow(now);
    }

    /// <summary>Client, after an emergency: the keys are new, and the peer has to hear of them.</summary>
    public void Announce(long now) => Exchange().Announce(now);

    /// <summary>When the exchange under way has something to send.</summary>
    public long SendAt(long now) => _exchange == null ? long.MaxValue : _exchange.SendAt(_session, now);

    public bool Send(Datagram datagram, long now) => _exchange != null && _exchange.Send(_session, datagram, now);

    public void ReceiveRequest(Arrival arrival)
    {
        if (arrival.Length < RekeyPayload.RequestPublicKey)
        {
            _session.Counters.Drop(DropCause.Malformed);
            return;
        }

        uint nonce = arrival.U32(RekeyPayload.Nonce);
        bool known = _exchange != null && _exchange.HasAnswered(nonce);
        if (arrival.Number <= _lastRequestNumber || (arrival.Keys != _current && !known) || (_session.IsServer && IsRequesting) || !_session.IsOpen)
        {
            _session.Counters.Drop(DropCause.Unexpected);
            return;
        }

        if (!known && _answersAt > arrival.Now + (AnswersAtOnce - 1) * AnswerInterval)
        {
            _session.Counters.Drop(DropCause.Limit);
            return;
        }

        _lastRequestNumber = arrival.Number;
        if (known)
        {
            _exchange.AnswerAgain();
            return;
        }

        _answersAt = (_answersAt > arrival.Now ? _answersAt : arrival.Now) + AnswerInterval;
        DiscardPending();
        ForgetRequest();
        _pending = RekeyExchange.Answer(_session, arrival, _current, out byte[] response);
        _pendingUntil = arrival.Now + PendingLifetime;
        if (_pending != null)
        {
            Log(_pending);
            Exchange().Answered(nonce, response);
        }
    }

    public void ReceiveResponse(Arrival arrival)
    {
        if (!IsRequesting || arrival.Keys != _current)
        {
            _session.Counters.Drop(DropCause.Unexpected);
            return;
        }

        EpochKeys next = _exchange.Complete(_session, arrival, _current);
        if (next != null)
        {
            Log(next);
            ForgetRequest();
            _failed = 0;
            SwitchTo(next, arrival.Now);
            _pendingUntil = arrival.Now + PendingLifetime;
            Exchange().Announce(arrival.Now);
        }
    }

    /// <summary>The keys that follow from a RESUME take the place of all others, which are wiped.</summary>
    public void Renew(EpochKeys next)
    {
        Log(next);
        DropAllButCurrent();
        _exchange?.StopAnnouncing();
        DropExchange();
        _current.Wipe();
        _current = next;
        _packets = 0;
        _packetsIn = 0;
        _resumes++;
    }

    /// <summary>A resume has succeeded: after 24 of them new keys are due.</summary>
    public void NoteResumed(long now)
    {
        if (_resumes >= ResumesBeforeRekey)
        {
            _rekeyAt = now;
        }
    }

    /// <summary>True while a further resume is allowed under the present keys.</summary>
    public bool MayResume => _resumes < MaxResumes;

    /// <summary>An emergency's interim keys have this epoch: it must not stand for others here.</summary>
    public void Forget(int epoch)
    {
        if (_pending != null && (_pending.Epoch & 0x0F) == epoch)
        {
            DiscardPending();
        }

        if (_previous != null && (_previous.Epoch & 0x0F) == epoch)
        {
            DropPrevious();
        }
    }

    /// <summary>No timer runs any more: what timers would wipe goes now.</summary>
    public void DropAllButCurrent()
    {
        ForgetRequest();
        DiscardPending();
        DropPrevious();
    }

    public void Wipe()
    {
        DropAllButCurrent();
        _current.Wipe();
    }

    /// <summary>Writes the present keys and their age into a snapshot.</summary>
    public void Save(byte[] snapshot, long now)
    {
        snapshot[Snapshot.Resumes] = (byte)_resumes;
        Wire.WriteU32(snapshot, Snapshot.Epoch, (uint)_current.Epoch);
        long awake = Lifetime - (_endsAt - now);
        Wire.WriteU32(snapshot, Snapshot.AwakeMs, awake <= 0 ? 0u : awake >= int.MaxValue ? int.MaxValue : (uint)awake);
        Snapshot.Put(snapshot, Snapshot.SessionKey, _current.SessionKey);
        Snapshot.Put(snapshot, Snapshot.ClientKey, _current.ClientKey);
        Snapshot.Put(snapshot, Snapshot.ServerKey, _current.ServerKey);
        Snapshot.Put(snapshot, Snapshot.AuthenticationKey, _current.AuthenticationKey);
    }

    /// <summary>Goes on with the age of a snapshot's keys.</summary>
    public void Continue(byte[] snapshot, long now)
    {
        long awake = Wire.ReadU32(snapshot, Snapshot.AwakeMs);
        _rekeyAt = now + _session.Shape.Shorten(RekeyAfter) - awake;
        _endsAt = now + Lifetime - awake;
        _resumes = snapshot[Snapshot.Resumes];
    }

    // Keys that packets may come under from now on, on the desktop.
    partial void Log(EpochKeys keys);

    private bool IsRequesting => _exchange != null && _exchange.IsRequesting;

    // In ms.
    private long RekeyAfter => (long)_session.Options.RekeyAfterSeconds * 1000;

    // What is left after that until the keys end; a new handshake beside the session is due at half of it.
    private long Grace => RekeyAfter > LeastGrace ? RekeyAfter : LeastGrace;

    private long Lifetime => RekeyAfter + Grace;

    private uint RekeyAfterPackets => (uint)_session.Options.RekeyAfterPackets;

    private uint GracePackets => RekeyAfterPackets > LeastGracePackets ? RekeyAfterPackets : LeastGracePackets;

    private RekeyExchange Exchange()
    {
        _exchange = _exchange ?? new RekeyExchange();
        return _exchange;
    }

    private void DropExchange()
    {
        if (_exchange != null && _exchange.IsOver)
        {
            _exchange = null;
        }
    }

    private void BeginRekey(long now) => Exchange().Request(_session, now);

    private void ForgetRequest()
    {
        _exchange?.ForgetRequest();
        DropExchange();
    }

    private void DiscardPending()
    {
        _pending?.Wipe();
        _pending = null;
        _exchange?.ForgetResponse();
        DropExchange();
    }

    private void DropPrevious()
    {
        _previous?.Wipe();
        _previous = null;
    }

    private void SwitchTo(EpochKeys keys, long now)
    {
        _previous?.Wipe();
        _previous = _current;
        _packetsBefore = _packets;
        _packetsInBefore = _packetsIn;
        _endedAtBefore = _endsAt;
        _previousUntil = long.MaxValue;
        _current = keys;
        _packets = 0;
        _packetsIn = 0;
        _resumes = 0;
        BeginLife(now);
    }

    private void BeginLife(long now)
    {
        ScheduleRekey(now);
        _endsAt = now + Lifetime;
    }

    // Requester: the responder has heard nothing under the new keys for so long that it has wiped them, and sends on under those before.
    // Should it have taken them up after all, its next packet leads to them again.
    private void SwitchBack(long now)
    {
        ForgetRequest();
        _pending = _current;
        _pendingUntil = now + PendingLifetime;
        _current = _previous;
        _previous = null;
        _exchange.StopAnnouncing();
        DropExchange();
        _packets = _packetsBefore;
        _packetsIn = _packetsInBefore;
        _endsAt = _endedAtBefore;
        _rekeyAt = now;
    }

    private void ScheduleRekey(long now)
    {
        _rekeyAt = now + _session.Shape.Shorten(_session.IsServer ? RekeyAfter / ClientRekeyShare * ServerRekeyShare : RekeyAfter);
    }
}
