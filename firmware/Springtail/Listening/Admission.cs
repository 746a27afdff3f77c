using Springtail.Crypto;
using Springtail.Keys;
using Springtail.Packets;
using Springtail.Sessions;

namespace Springtail.Listening;

/// <summary>
/// Admits new sessions (PROTOCOL.md 20): counts handshakes and sessions, in all and of each PSK, and chooses which of them gives way to another.
/// A PSK that has its full number displaces only sessions of its own.
/// </summary>
internal sealed partial class Admission
{
    // How many key exchanges one PSK may cause, at once and a second, in exchanges over X25519; and how many of those one over P-256 costs. A second's worth
    // is about a tenth of a core.
    private const int AtOnce = 640;
    private const int PerSecond = 320;
    private const int CostOfP256 = 27;

    // The same for one address, where anybody can make a first packet since its key is public, and how many times as much for all addresses.
    private const int PublicAtOnce = 64;
    private const int PublicPerSecond = 8;
    private const int PublicShare = 8;

    // Half-open sessions under a public key, of one address and in all.
    private const int PublicPerAddress = 2;
    private const int PublicHalfOpen = 16;

    private readonly ChannelOptions _options;
    private Budget[] _budgets;

    // Null where keys are secret.
    private readonly AddressBudgets _public;

    // By PSK: the youngest of its seats, at the head of a list of the others, and how many are half-open and established.
    private Seat[] _youngest;
    private int[] _begunOf;
    private int[] _halfOpenOf;
    private int[] _establishedOf;
    private int _begun;

    public Admission(ICryptoCore core, ChannelOptions options, int psks, long now)
    {
        _options = options;
        _budgets = new Budget[psks];
        _public = options.Token == null ? null : new AddressBudgets(core, PublicAtOnce, PublicPerSecond, PublicShare, now);
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
        return _begunOf[psk] < (_public == null ? _options.HalfOpenPerPsk : PublicHalfOpen)
            && (HalfOpen + _begun < _options.MaxHalfOpen || _halfOpenOf[psk] > 0)
            && (Established < _options.MaxSessions || _establishedOf[psk] >= _options.SessionsPerPsk);
    }

    /// <summary>
    /// True when a key exchange may be made, whose cost is then deducted. Each PSK has a tenth of a core, whatever its holders send; where keys are public, each
    /// address has a budget.
    /// </summary>
    public bool Pay(int psk, int suite, Endpoint from, long now)
    {
        int cost = KeyExchange.PublicKeySize(suite) == KeyExchange.P256KeySize ? CostOfP256 : 1;
        if (_public != null)
        {
            return _public.Take(from, cost, now);
        }

        if (_budgets[psk] == null)
        {
            _budgets[psk] = new Budget(AtOnce, PerSecond, now);
        }

        return _budgets[psk].Take(cost, now);
    }

    /// <summary>A handshake has begun. It leads to <see cref="Add"/> or fails; either way <see cref="Finish"/> is called when it is over.</summary>
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

    /// <summary>
    /// The half-open session of the PSK that gives way to a further one; null when there is room without. Where keys are public, those of one address give way
    /// to one another first.
    /// </summary>
    public Seat GivesWay(int psk, Endpoint from)
    {
        if (_public != null)
        {
            Seat seat = OldestOf(from);
            return seat != null || (HalfOpen < PublicHalfOpen && HalfOpen < _options.MaxHalfOpen) ? seat : Oldest(psk, false, null);
        }

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

    /// <summary>The session of the same PSK that this one continues, as its client has proved; or null.</summary>
    public Seat Continued(Seat seat)
    {
        Seat old = seat.Session.Continues == 0 ? null : _youngest[seat.Psk];
        while (old != null && (old == seat || !old.Established || !seat.Session.ProvesContinuationOf(old.Session)))
        {
            old = old.Older;
        }

        return old;
    }

    // The oldest half-open session of an address that has as many as it may.
    private Seat OldestOf(Endpoint from)
    {
        int count = 0;
        Seat oldest = null;
        for (Seat seat = _youngest[0]; seat != null; seat = seat.Older)
        {
            if (!seat.Established && seat.Session.Peer.SameAddress(from))
            {
                count++;
                oldest = seat;
            }
        }

        return count < PublicPerAddress ? null : oldest;
    }

    private Seat Oldest(int psk, bool established, Seat except)
    {
        Seat oldest = null;
        for (Seat seat = _youngest[psk]; seat != null; seat = seat.Older)
        {
            if (seat.Established == established && seat != except && !seat.Displaced && seat.Session.State != SessionState.Ended)
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
