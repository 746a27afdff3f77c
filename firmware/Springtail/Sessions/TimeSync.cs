using Springtail.Keys;
using Springtail.Packets;

namespace Springtail.Sessions;

/// <summary>The session's clock, and TIME_SYNC, by which the client corrects it (PROTOCOL.md 11).</summary>
internal sealed class TimeSync
{
    private const long TimeSyncInterval = 60000;
    private const long TimeSyncAfterCorrection = 10000;
    private const long TimeSyncDoubted = 1000;
    private const int LargeCorrection = 50;

    // What an application says first needs no question beside it.
    private const long FirstAsk = 25;

    // A longer wait for the answer to a RESUME is no measure of the round trip (PROTOCOL.md 16).
    private const long LongestResume = 10000;

    // What a response may claim: an answer that waited no longer than this, and clocks no further apart.
    private const long TimeSyncMaxAge = 60000;
    private const long TimeSyncMaxOffset = 86400000;

    private readonly Session _session;
    private readonly long _utcBase;

    // Client.
    private TimeFilter _time;
    private long _askAt = long.MaxValue;
    private uint _nonce;
    private bool _isAsked;

    // Until a number from here on is acknowledged, the server may not know where this side is; 0 when it does.
    private ulong _unheardFrom;

    // The handshake's time may be an interval off, and how often a better one was asked for since.
    private bool _isDoubted;
    private int _tries;

    // Server: null before it was asked.
    private TimeAnswer _answer;

    /// <param name="session">The session.</param>
    /// <param name="utcBase">The own clock at monotonic time 0, in ms since 1970.</param>
    /// <param name="time">The client's correction; null on the server, whose clock is the session's.</param>
    public TimeSync(Session session, long utcBase, TimeFilter time)
    {
        _session = session;
        _utcBase = utcBase;
        _time = time;
    }

    public long UtcBase => _utcBase;

    /// <summary>The correction in ms; 0 on the server.</summary>
    public long Offset(long now) => _time == null ? 0 : _time.Offset(now);

    public long UtcNow(long now) => _utcBase + now + Offset(now);

    /// <summary>The same if the server's packet by which it was set had come at once.</summary>
    public long Lagging(long now) => UtcNow(now) - _time.Delay / 2;

    /// <summary>When the client asks for the time.</summary>
    public long AskAt(long now)
    {
        return _session.Path.IsAiming ? now : _unheardFrom != 0 && !_isDoubted && _session.InsistsOnAnAnswer ? long.MaxValue : _askAt;
    }

    /// <summary>The server has been asked.</summary>
    public bool HasAnswer => _answer != null && _answer.IsDue;

    /// <summary>The answer goes to an address that is not the path.</summary>
    public bool AnswersElsewhere => _answer != null && _session.Path.Returns(_answer.From);

    // At once where the handshake's time is not authenticated, or where it was so slow to measure, or its ACK to reach the server, that it may be
    // an interval off.
    /// <summary>Client: the session is established, after so many copies of the confirming ACK.</summary>
    public void Start(int confirmCopies, long now)
    {
        if (_session.IsServer)
        {
            return;
        }

        _isDoubted = confirmCopies > 2 || _time.Delay > _session.Path.Interval;
        _tries = confirmCopies - 2;
        if (_isDoubted || _session.Suite >= KeySchedule.SuiteToken)
        {
            AskNow(now);
        }
        else
        {
            AskUntilHeard(_session.Space.LastNumber, now);
        }
    }

    /// <summary>Client: packets do not arrive where they went. A time that was measured slowly may be an interval off: asks at once, in other windows too.</summary>
    public void Doubt(long now)
    {
        if (!_session.IsServer && !_isDoubted && _time.Delay > _session.Path.Interval)
        {
            _isDoubted = true;
            _tries = 1;
            _askAt = now;
        }
    }

    /// <summary>Client: asks at once.</summary>
    public void AskNow(long now)
    {
        _unheardFrom = 0;
        _askAt = now;
    }

    /// <summary>Client: asks soon, and every second until a number above that is acknowledged.</summary>
    public void AskUntilHeard(ulong number, long now)
    {
        _unheardFrom = number + 1;
        _askAt = now + _session.Shape.Shorten(FirstAsk);
    }

    /// <summary>Client: the server has acknowledged a number.</summary>
    public void Hear(ulong acknowledged, long now)
    {
        if (_unheardFrom != 0 && acknowledged >= _unheardFrom)
        {
            _unheardFrom = 0;
            _askAt = _isDoubted ? _askAt : now + _session.Shape.Shorten(TimeSyncInterval);
        }
    }

    /// <summary>The program has stood still: the answer may have waited in the socket, and measures nothing.</summary>
    public void Forget() => _isAsked = false;

    /// <summary>Recovery asks for itself.</summary>
    public void Pause() => _askAt = long.MaxValue;

    /// <summary>Recovery is over.</summary>
    public void Resume(long now)
    {
        if (!_session.IsServer)
        {
            _askAt = now + _session.Shape.Shorten(TimeSyncAfterCorrection);
        }
    }

    /// <summary>A request is to go out to the windows that this try is due.</summary>
    public void Begin(int tries, long now)
    {
        _session.Path.AimFor(tries, Lagging(now));
        _nonce = _session.Random();
        _isAsked = true;
    }

    /// <summary>Client: sends a request; call when <see cref="AskAt"/> has come.</summary>
    public void SendRequest(Datagram datagram, long now)
    {
        if (!_session.Path.IsAiming)
        {
            Begin(_isDoubted ? _tries++ % 3 : 0, now);
            _askAt = now + _session.Shape.Shorten(_isDoubted || _unheardFrom != 0 ? TimeSyncDoubted : TimeSyncInterval);
        }

        byte[] buffer = datagram.Buffer;
        Wire.WriteU32(buffer, Packet.HeaderSize + TimeSyncPayload.Nonce, _nonce);
        Wire.WriteMs(buffer, Packet.HeaderSize + TimeSyncPayload.T1, _utcBase + now);
        _session.Send(datagram, PacketType.Control, ControlSubtype.TimeSyncRequest, 0, TimeSyncPayload.RequestSize, now);
        _session.Path.Aim(datagram, Lagging(now));
    }

    /// <summary>Server: sends the answer.</summary>
    public void SendAnswer(Datagram datagram, long now)
    {
        byte[] buffer = datagram.Buffer;
        int payload = Packet.HeaderSize;
        _answer.IsDue = false;
        System.Array.Copy(_answer.Request, 0, buffer, payload, TimeSyncPayload.RequestSize);
        Wire.WriteMs(buffer, payload + TimeSyncPayload.T2, UtcNow(_answer.ArrivedAt));
        Wire.WriteMs(buffer, payload + TimeSyncPayload.T3, UtcNow(now));
        _session.Send(datagram, PacketType.Control, ControlSubtype.TimeSyncResponse, 0, TimeSyncPayload.ResponseSize, now);

        // A client whose clock is off listens there, and perhaps not where it should.
        datagram.To.Port = _session.ClientHops ? _answer.From.Port : datagram.To.Port;
        if (AnswersElsewhere)
        {
            _session.Path.Return(_session, datagram, _answer.From, _answer.LocalPort);
        }
    }

    public void ReceiveRequest(Arrival arrival)
    {
        if (arrival.Length < TimeSyncPayload.RequestSize)
        {
            _session.Counters.Drop(DropCause.Malformed);
            return;
        }

        _answer = _answer ?? new TimeAnswer();
        System.Array.Copy(arrival.Bytes, Packet.HeaderSize, _answer.Request, 0, TimeSyncPayload.RequestSize);
        _answer.ArrivedAt = arrival.Now;
        _answer.From.CopyFrom(arrival.From);
        _answer.LocalPort = arrival.LocalPort;
        _answer.IsDue = true;
    }

    public void ReceiveResponse(Arrival arrival)
    {
        if (arrival.Length < TimeSyncPayload.ResponseSize)
        {
            _session.Counters.Drop(DropCause.Malformed);
            return;
        }

        if (!_isAsked || arrival.U32(TimeSyncPayload.Nonce) != _nonce)
        {
            _session.Counters.Drop(DropCause.Unexpected);
            return;
        }

        long t1 = arrival.Ms(TimeSyncPayload.T1);
        long t2 = arrival.Ms(TimeSyncPayload.T2);
        long t3 = arrival.Ms(TimeSyncPayload.T3);
        long t4 = _utcBase + arrival.Now;
        if (t1 > t4 || t4 - t1 > TimeSyncMaxAge || t3 < t2 || t3 - t2 > TimeSyncMaxAge || t2 > t4 + TimeSyncMaxOffset || t3 < t1 - TimeSyncMaxOffset)
        {
            _session.Counters.Drop(DropCause.Malformed);
            return;
        }

        int interval = _session.Path.Interval;
        long delay = (t4 - t1) - (t3 - t2);
        if (delay < 0)
        {
            return;
        }

        // t1 + t4 and t2 + t3 are twice the middle of the exchange on either clock.
        long mine = t1 + t4;
        long theirs = t2 + t3;
        long offset = theirs < mine ? 0 - (mine - theirs) / 2 : (theirs - mine) / 2;
        _isAsked = false;
        _isDoubted = false;
        if (_session.Delivery.IsOf(_session))
        {
            _session.Delivery.Measure((int)delay, arrival.Now);
        }

        long correction = _time.Sample(offset, (int)delay, interval, arrival.Now);
        _askAt = arrival.Now + _session.Shape.Shorten(correction > LargeCorrection ? TimeSyncAfterCorrection : TimeSyncInterval);
        _session.UpdatePath(arrival.Now);
        NoteCorrection(correction);
    }

    /// <summary>Client: sets the clock from a timestamp that the server's packet had, half a round trip ago.</summary>
    public void Set(uint timestamp, long roundTrip, long now)
    {
        long delay = roundTrip < LongestResume ? roundTrip : LongestResume;
        long before = UtcNow(now);
        long correction = Timestamps.Nearest(timestamp, before) + delay / 2 - before;
        _time = new TimeFilter(before + correction - _utcBase - now, (int)delay, now);
        _session.UpdatePath(now);
        correction = correction < 0 ? 0 - correction : correction;
        _askAt = now + _session.Shape.Shorten(correction > LargeCorrection ? TimeSyncAfterCorrection : TimeSyncInterval);
        NoteCorrection(correction);
    }

    /// <summary>Client: sets the clock from another source.</summary>
    public void Set(TimeFilter time, long now)
    {
        _time = time;
        _session.UpdatePath(now);
    }

    // By more than an interval: what is under way went to ports that the server may not have had open.
    private void NoteCorrection(long correction)
    {
        if (correction > _session.Path.Interval && _session.Delivery.IsOf(_session))
        {
            _session.Delivery.LoseAll();
        }
    }

    // The answer that waits to be sent.
    private sealed class TimeAnswer
    {
        public readonly byte[] Request = new byte[TimeSyncPayload.RequestSize];
        public long ArrivedAt;
        public readonly Endpoint From = new Endpoint();
        public int LocalPort;
        public bool IsDue;
    }
}
