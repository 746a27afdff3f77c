namespace Springtail.Delivery;

/// <summary>
/// The retransmission timer's length (RFC 6298): before a sample twice what the handshake took and at least 1 s; otherwise 200 ms to 10 s, doubled each time it
/// ends. And the shortest recent round trip, from which it follows when a packet arrives at the earliest.
/// </summary>
internal sealed class RoundTrip
{
    private const int Initial = 1000;
    private const int Minimum = 200;

    // The longest round trip of a handshake (PROTOCOL.md 5): a longer one waited for a peer that stood still, and is no sample.
    private const int Maximum = 10000;

    // A timer doubles up to this, unless its undoubled length is more: a packet each 3 s is what RFC 8085 3.1.3 allows where nothing is known of the path.
    private const int LongestDoubled = 3000;

    // The least of the last eight to fifteen counts: that of those since the last whole eight, and that of these.
    private const int LeastOf = 8;

    // RFC 6298 in fixed point: SRTT in 1/8 ms, RTTVAR in 1/4 ms.
    private int _srtt8;
    private int _rttvar4;
    private int _estimate;
    private int _base = Initial;
    private int _least = int.MaxValue;
    private int _leastBefore = int.MaxValue;
    private int _leastCount;

    /// <summary>The timer's length in ms.</summary>
    public int Timeout { get; private set; } = Initial;

    /// <summary>The timer's length in ms before it has doubled.</summary>
    public int FirstTimeout => _base;

    /// <summary>The smoothed round trip in ms; before a sample what the handshake took, 0 where that is not known.</summary>
    public int Smoothed => _srtt8 == 0 ? _estimate : _srtt8 / 8;

    /// <summary>The shortest recent round trip in ms, the handshake's included; 0 where none is known.</summary>
    public int Least => _least == int.MaxValue && _leastBefore == int.MaxValue ? 0 : _least < _leastBefore ? _least : _leastBefore;

    /// <summary>Four times the smoothed variation of the round trip, in ms; before a sample twice what the handshake took, as RFC 6298 begins.</summary>
    public int Variation => _srtt8 == 0 ? 2 * _estimate : _rttvar4;

    /// <summary>How late, in ms, a packet may arrive that another has overtaken: nine eighths of the round trip (RFC 9002 6.1.2), at least 200.</summary>
    public int ReorderingTime
    {
        get
        {
            int time = _srtt8 == 0 ? _base : _srtt8 / 8 + _srtt8 / 64;
            return time < Minimum ? Minimum : time;
        }
    }

    /// <summary>The same, where the other took a round trip of <paramref name="atMost"/> ms at the most; doubled as often as the timer.</summary>
    public long OverdueTime(int atMost)
    {
        int bound = atMost < Maximum ? atMost + atMost / 8 : Maximum;
        int time = ReorderingTime < bound ? ReorderingTime : bound < Minimum ? Minimum : bound;
        return (long)time * Timeout / _base;
    }

    /// <summary>What the handshake took, in ms: serves until there is a sample.</summary>
    /// <param name="rtt">What it took.</param>
    /// <param name="isMeasured">It is a round trip and nothing else; otherwise it may hold lost copies or a slow derivation, and the timer begins with twice 1 s at most.</param>
    public void Begin(int rtt, bool isMeasured)
    {
        _estimate = rtt;
        if (_srtt8 == 0)
        {
            _least = rtt == 0 ? int.MaxValue : rtt;
            int sure = isMeasured || rtt < Initial ? rtt : Initial;
            _base = sure < Initial / 2 ? Initial : sure > Maximum / 2 ? Maximum : 2 * sure;
            Timeout = _base;
        }
    }

    /// <summary>Takes the round trip of a packet, in ms.</summary>
    public void Sample(int rtt)
    {
        if (rtt > Maximum)
        {
            Reset();
            return;
        }

        if (_srtt8 == 0)
        {
            _srtt8 = rtt * 8;
            _rttvar4 = rtt * 2;
        }
        else
        {
            int error = rtt - _srtt8 / 8;
            _srtt8 += error;
            _rttvar4 += (error < 0 ? -error : error) - _rttvar4 / 4;
        }

        if (_leastCount == LeastOf)
        {
            _leastBefore = _least;
            _least = rtt;
            _leastCount = 0;
        }

        _least = rtt < _least ? rtt : _least;
        _leastCount++;
        int timeout = _srtt8 / 8 + (_rttvar4 < 1 ? 1 : _rttvar4);
        _base = timeout < Minimum ? Minimum : timeout > Maximum ? Maximum : timeout;
        Timeout = _base;
    }

    /// <summary>The timer ended without an answer.</summary>
    public void BackOff()
    {
        int longest = _base < LongestDoubled ? LongestDoubled : _base;
        Timeout = Timeout >= longest / 2 ? longest : Timeout * 2;
    }

    /// <summary>Something was acknowledged: the next timer has its undoubled length again.</summary>
    public void Reset()
    {
        Timeout = _base;
    }
}
