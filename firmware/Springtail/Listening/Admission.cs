using Springtail.Sessions;

namespace Springtail.Listening;

/// <summary>
/// Who may come in (PROTOCOL.md 20): how many handshakes and sessions there are, in all and of each PSK, and which of them gives way to another.
/// A PSK that has its full number displaces its own and nobody else's.
/// </summary>
internal sealed class Admission
{
    private readonly ChannelOptions _options;

    // By PSK: the youngest of its seats, from which the others hang, and how many are what.
    private readonly Seat[] _youngest;
    private readonly int[] _begunOf;
    private readonly int[] _halfOpenOf;
    private readonly int[] _establishedOf;
    private int _begun;

    public Admission(ChannelOptions options, int psks)
    {
        _options = options;
        _youngest = new Seat[psks];
        _begunOf = new int[psks];
        _halfOpenOf = new int[psks];
        _establishedOf = new int[psks];
    }

    /// <summary>Sessions that are not established yet, of all PSKs.</summary>
    public int HalfOpen { get; private set; }

    /// <summary>Sessions that are established and not ended, of all PSKs.</summary>
    public int Established { get; private set; }

    /// <summary>
    /// Room for one more handshake, the oldest half-open session of the PSK giving way if need be. An established session of a PSK that has its
    /// full number is replaced, so it needs no place of its own.
    /// </summary>
    public bool HasRoom(int psk)
    {
        return _begunOf[psk] < _options.HalfOpenPerPsk
            && (HalfOpen + _begun < _options.MaxHalfOpen || _halfOpenOf[psk] > 0)
            && (Established < _options.MaxSessions || _establishedOf[psk] >= _options.SessionsPerPsk);
    }

    /// <summary>A handshake has begun, and leads to <see cref="Add"/> or comes to nothing: <see cref="Finish"/> then says that it is over.</summary>
    public void Begin(int psk)
    {
        _begunOf[psk]++;
        _begun++;
    }

    public void Finish(int psk)
    {
        _begunOf[psk]--;
        _begun--;
    }

    /// <summary>The half-open session of the PSK that gives way to a further one; null when there is room without.</summary>
    public Seat GivesWay(int psk)
    {
        return _halfOpenOf[psk] < _options.HalfOpenPerPsk && HalfOpen < _options.MaxHalfOpen ? null : Oldest(psk, false, null);
    }

    /// <summary>A half-open session.</summary>
    public void Add(Seat seat)
    {
        Link(seat);
        _halfOpenOf[seat.Psk]++;
        HalfOpen++;
    }

    /// <summary>A half-open session is established from now on. Returns the oldest of its PSK, which it replaces, or null.</summary>
    public Seat Establish(Seat seat, long now)
    {
        _halfOpenOf[seat.Psk]--;
        HalfOpen--;
        _establishedOf[seat.Psk]++;
        Established++;
        seat.Established = true;
        seat.Since = now;
        Unlink(seat);
        Link(seat);
        return _establishedOf[seat.Psk] > _options.SessionsPerPsk ? Oldest(seat.Psk, true, seat) : null;
    }

    /// <summary>A session has ended.</summary>
    public void End(Seat seat)
    {
        seat.Ended = true;
        if (seat.Established)
        {
            _establishedOf[seat.Psk]--;
            Established--;
        }
        else
        {
            _halfOpenOf[seat.Psk]--;
            HalfOpen--;
        }

        Unlink(seat);
    }

    /// <summary>The session of a PSK that has that session_id, is established and has not ended; or null.</summary>
    public Seat Find(int psk, ulong sessionId)
    {
        Seat seat = _youngest[psk];
        while (seat != null && (!seat.Established || seat.Session.Id != sessionId || seat.Session.State == SessionState.Ended))
        {
            seat = seat.Older;
        }

        return seat;
    }

    private Seat Oldest(int psk, bool established, Seat except)
    {
        Seat oldest = null;
        for (Seat seat = _youngest[psk]; seat != null; seat = seat.Older)
        {
            if (seat.Established == established && seat != except && seat.Session.State != SessionState.Ended)
            {
                oldest = seat;
            }
        }

        return oldest;
    }

    private void Link(Seat seat)
    {
        seat.Older = _youngest[seat.Psk];
        if (seat.Older != null)
        {
            seat.Older.Younger = seat;
        }

        _youngest[seat.Psk] = seat;
    }

    private void Unlink(Seat seat)
    {
        if (seat.Younger != null)
        {
            seat.Younger.Older = seat.Older;
        }
        else
        {
            _youngest[seat.Psk] = seat.Older;
        }

        if (seat.Older != null)
        {
            seat.Older.Younger = seat.Younger;
        }

        seat.Older = null;
        seat.Younger = null;
    }
}
