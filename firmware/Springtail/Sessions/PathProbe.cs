using Springtail.Packets;

namespace Springtail.Sessions;

/// <summary>
/// A server asks whether its client is at another address (PROTOCOL.md 8.1): a challenge to each candidate and one to the path, each sent twice. There
/// while that is under way, and for a while after the path has moved.
/// </summary>
internal sealed class PathProbe
{
    /// <summary>An address that is not validated gets at most so many times the bytes that came from it.</summary>
    public const int Amplification = 3;

    private const int MaxCandidates = 4;

    // The path has that long to answer: one timer of section 9, within these bounds, in ms.
    private const int ShortestTimer = 200;
    private const int LongestTimer = 1000;
    private const int Timers = 3;

    private readonly PathCandidate[] _candidates = new PathCandidate[MaxCandidates];
    private readonly PathCandidate _path;
    private readonly long _timer;
    private readonly long _begunAt;
    private ulong _lastToken;
    private bool _pathAnswered;
    private bool _moved;
    private long _movedAt;

    /// <param name="path">The path.</param>
    /// <param name="localPort">The port that it is sent to from.</param>
    /// <param name="token">Random: the path's; the candidates have those that follow.</param>
    /// <param name="timer">The retransmission timer in ms.</param>
    /// <param name="now">Monotonic time in ms.</param>
    public PathProbe(Endpoint path, int localPort, ulong token, int timer, long now)
    {
        _timer = timer < ShortestTimer ? ShortestTimer : timer > LongestTimer ? LongestTimer : timer;
        _begunAt = now;
        _lastToken = token;
        _path = new PathCandidate(path, token, now) { LocalPort = localPort };
    }

    /// <summary>The path as it was when the probe began.</summary>
    public PathCandidate Path => _path;

    /// <summary>The candidate that answered first; null before one has.</summary>
    public PathCandidate Validated { get; private set; }

    /// <summary>The path has answered after it was left.</summary>
    public bool GoesBack => _moved && _pathAnswered;

    /// <summary>The candidate has become the path.</summary>
    public bool HasMoved => _moved;

    /// <summary>When it is decided what becomes of the path, which is validated or not.</summary>
    public long DecidedAt(bool isValidated)
    {
        if (_moved)
        {
            return _pathAnswered ? _movedAt : _movedAt + Timers * _timer;
        }

        if (Validated != null && !isValidated)
        {
            return _begunAt;
        }

        return Validated != null && _path.Copies != 0 ? _path.AskedAt + _timer : _begunAt + Timers * _timer;
    }

    /// <summary>A packet came from that address, which is not the path's, to that port; false when there is no place for it.</summary>
    public bool Come(Endpoint from, int localPort, int size, long now)
    {
        PathCandidate candidate = _moved ? null : Place(from, now);
        if (candidate == null)
        {
            return false;
        }

        candidate.LocalPort = localPort;
        candidate.BytesIn += size;
        return true;
    }

    /// <summary>When a challenge goes out.</summary>
    /// <param name="mayAskPath">One may go to the path.</param>
    public long SendAt(bool mayAskPath)
    {
        PathCandidate next = Next(mayAskPath);
        return next == null ? long.MaxValue : next.DueAt(_timer);
    }

    /// <summary>Whom the next challenge goes to, a candidate before the path; null where all have gone out.</summary>
    public PathCandidate Next(bool mayAskPath)
    {
        PathCandidate next = null;
        for (int i = 0; i < MaxCandidates && _candidates[i] != null && !_moved; i++)
        {
            next = Earlier(next, _candidates[i]);
        }

        return mayAskPath ? Earlier(next, _path) : next;
    }

    /// <summary>A PATH_RESPONSE came in; true when it is the path's and the path is where it was.</summary>
    public bool Answer(ulong token)
    {
        if (token == _path.Token)
        {
            _pathAnswered = true;
            return !_moved;
        }

        for (int i = 0; i < MaxCandidates && Validated == null; i++)
        {
            Validated = _candidates[i] != null && _candidates[i].Token == token ? _candidates[i] : null;
        }

        return false;
    }

    /// <summary>The path is the candidate's from now on.</summary>
    public void Move(long now)
    {
        _moved = true;
        _movedAt = now;
    }

    // The place of a candidate. Where none is free a host of its own has that of one whose host has two: a host with many ports keeps nobody out. Whoever comes in
    // the last of the timers would have no time to answer.
    private PathCandidate Place(Endpoint from, long now)
    {
        int place = MaxCandidates;
        bool isNew = true;
        for (int i = 0; i < MaxCandidates; i++)
        {
            PathCandidate candidate = _candidates[i];
            if (candidate == null)
            {
                place = i;
                break;
            }

            if (candidate.At.SameAs(from))
            {
                return candidate;
            }

            isNew &= !candidate.At.SameAddress(from);
        }

        for (int i = MaxCandidates - 1; i > 0 && place == MaxCandidates && isNew; i--)
        {
            for (int j = 0; j < i && place == MaxCandidates; j++)
            {
                place = _candidates[i] != Validated && _candidates[i].At.SameAddress(_candidates[j].At) ? i : place;
            }
        }

        if (place == MaxCandidates || now >= _begunAt + (Timers - 1) * _timer)
        {
            return null;
        }

        _lastToken++;
        _candidates[place] = new PathCandidate(from, _lastToken, now);
        return _candidates[place];
    }

    private PathCandidate Earlier(PathCandidate a, PathCandidate b)
    {
        PathCandidate other = b.DueAt(_timer) == long.MaxValue ? null : b;
        return a == null || a.DueAt(_timer) == long.MaxValue || (other != null && other.DueAt(_timer) < a.DueAt(_timer)) ? other : a;
    }
}

/// <summary>An address that is asked whether the client is there, and its challenge.</summary>
internal sealed class PathCandidate
{
    // The challenge goes out so often.
    private const int MaxCopies = 2;

    private readonly long _begunAt;

    public PathCandidate(Endpoint at, ulong token, long now)
    {
        At.CopyFrom(at);
        Token = token;
        _begunAt = now;
    }

    public Endpoint At { get; } = new Endpoint();

    public ulong Token { get; }

    /// <summary>The port at which its last packet came.</summary>
    public int LocalPort { get; set; }

    /// <summary>Bytes of the packets that came from there.</summary>
    public int BytesIn { get; set; }

    /// <summary>Challenges that went out.</summary>
    public int Copies { get; private set; }

    /// <summary>When the first of them did, in ms.</summary>
    public long AskedAt { get; private set; }

    /// <summary>Bytes of padding that a challenge may have: all copies together are at most three times what came from there (PROTOCOL.md 8.1).</summary>
    public int MostPadding
    {
        get
        {
            int each = BytesIn * PathProbe.Amplification / MaxCopies - Packet.Overhead - PathPayload.Size;
            return each < 0 ? 0 : each;
        }
    }

    /// <summary>When the next challenge goes out.</summary>
    public long DueAt(long timer) => Copies == MaxCopies ? long.MaxValue : Copies == 0 ? _begunAt : _begunAt + timer;

    /// <summary>A challenge goes out.</summary>
    public void Ask(long now)
    {
        AskedAt = Copies == 0 ? now : AskedAt;
        Copies++;
    }
}
