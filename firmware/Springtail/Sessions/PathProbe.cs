using Springtail.Packets;

namespace Springtail.Sessions;

/// <summary>
/// A server asks whether its client is at another address (PROTOCOL.md 8.1): a challenge to that candidate and one to the path, each sent twice. There
/// while one is under way.
/// </summary>
internal sealed class PathProbe
{
    // The path has that long to answer: one timer of section 9, within these bounds, in ms.
    private const int ShortestTimer = 200;
    private const int LongestTimer = 1000;
    private const int Timers = 3;

    // Each of the two challenges goes out so often.
    private const int Copies = 2;

    private const long NotSent = -1;

    private readonly ulong _candidateToken;
    private readonly ulong _pathToken;
    private readonly long _timer;
    private readonly long _begunAt;
    private long _pathAskedAt = NotSent;
    private int _candidateCopies;
    private int _pathCopies;
    private int _bytesIn;

    /// <param name="from">The candidate.</param>
    /// <param name="candidateToken">The token that goes there.</param>
    /// <param name="pathToken">The token that goes to the path.</param>
    /// <param name="timer">The retransmission timer in ms.</param>
    /// <param name="now">Monotonic time in ms.</param>
    public PathProbe(Endpoint from, ulong candidateToken, ulong pathToken, int timer, long now)
    {
        Candidate.CopyFrom(from);
        _candidateToken = candidateToken;
        _pathToken = pathToken;
        _timer = timer < ShortestTimer ? ShortestTimer : timer > LongestTimer ? LongestTimer : timer;
        _begunAt = now;
    }

    public Endpoint Candidate { get; } = new Endpoint();

    /// <summary>The port at which the candidate's last packet came.</summary>
    public int LocalPort { get; private set; }

    /// <summary>Bytes of padding that a challenge may have: all copies together are at most three times what came from the candidate (PROTOCOL.md 8.1).</summary>
    public int MostPadding
    {
        get
        {
            int each = _bytesIn * Path.Amplification / Copies - Packet.Overhead - PathPayload.Size;
            return each < 0 ? 0 : each;
        }
    }

    /// <summary>The candidate has answered.</summary>
    public bool IsValidated { get; private set; }

    /// <summary>When a challenge goes out.</summary>
    public long SendAt
    {
        get
        {
            int copies = _candidateCopies < _pathCopies ? _candidateCopies : _pathCopies;
            return copies == Copies ? long.MaxValue : copies == 0 ? _begunAt : _begunAt + _timer;
        }
    }

    /// <summary>When the candidate becomes the path or is given up.</summary>
    public long DecidedAt => IsValidated && _pathAskedAt != NotSent ? _pathAskedAt + _timer : _begunAt + Timers * _timer;

    /// <summary>A packet came from the candidate to that port.</summary>
    public void Come(int localPort, int size)
    {
        LocalPort = localPort;
        _bytesIn += size;
    }

    /// <summary>The token of the challenge that goes out now; <paramref name="toCandidate"/> says where.</summary>
    public ulong Next(long now, out bool toCandidate)
    {
        toCandidate = _candidateCopies <= _pathCopies;
        if (toCandidate)
        {
            _candidateCopies++;
            return _candidateToken;
        }

        _pathCopies++;
        _pathAskedAt = _pathAskedAt == NotSent ? now : _pathAskedAt;
        return _pathToken;
    }

    /// <summary>A PATH_RESPONSE came in; true when it is the path's.</summary>
    public bool Answer(ulong token)
    {
        IsValidated |= token == _candidateToken;
        return token == _pathToken;
    }
}
