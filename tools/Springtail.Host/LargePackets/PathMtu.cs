namespace Springtail.Sessions;

/// <summary>
/// Whether large packets reach the peer, and it takes them (PROTOCOL.md 9.1). A probe finds out, as RFC 8899 says; where they may be lost for their size, the path
/// is probed anew.
/// </summary>
internal sealed class PathMtu
{
    // RFC 8899 5.1.2: MAX_PROBES, and PMTU_RAISE_TIMER in ms.
    private const int MaxProbes = 3;
    private const long RaiseTime = 600_000;

    // RFC 8899 4.3: losses in a row, with no large packet that arrived between.
    private const int MaxLosses = 3;

    private int _probes;
    private ulong _probe;
    private long _probeAt;
    private bool _pathTakes;
    private bool _peerTakes;
    private bool _hasPassed;
    private int _losses;

    /// <summary>Large packets may be sent.</summary>
    public bool IsLarge => _pathTakes && _peerTakes;

    /// <summary>A probe may go out.</summary>
    /// <param name="now">Monotonic time in ms.</param>
    public bool MayProbe(long now) => !IsLarge && now >= _probeAt;

    /// <summary>A probe goes out.</summary>
    /// <param name="number">Its packet's number.</param>
    /// <param name="now">Monotonic time in ms.</param>
    /// <param name="timer">How long its acknowledgment is waited for, in ms.</param>
    public void Probe(ulong number, long now, int timer)
    {
        _probe = number;
        _probes = _probes == MaxProbes ? 1 : _probes + 1;
        _probeAt = now + (_probes == MaxProbes ? RaiseTime : timer);
    }

    /// <summary>The peer has this packet.</summary>
    public void Acknowledge(ulong number)
    {
        if (number == _probe && number != 0)
        {
            _pathTakes = true;
            _probe = 0;
            _hasPassed = false;
            _losses = 0;
        }
    }

    /// <summary>The peer has said that it takes large packets.</summary>
    public void NotePeer() => _peerTakes = true;

    /// <summary>A large packet has arrived.</summary>
    public void Pass()
    {
        _hasPassed = true;
        _losses = 0;
    }

    /// <summary>The congestion window was reduced. Where probes arrive and nothing else does, there are no more of them than where none arrives.</summary>
    /// <param name="timedOut">Since nothing was acknowledged for a timer.</param>
    public void Lose(bool timedOut)
    {
        if (IsLarge && (timedOut || ++_losses == MaxLosses))
        {
            _pathTakes = false;
            if (_hasPassed)
            {
                _probes = 0;
                _probeAt = 0;
            }
        }
    }
}
