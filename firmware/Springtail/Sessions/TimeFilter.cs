namespace Springtail.Sessions;

/// <summary>
/// The client's clock correction (PROTOCOL.md 11): of the last eight samples the one with the least delay counts, and the
/// session's clock moves towards it by at most 10 % of elapsed time, so that no hop is skipped.
/// </summary>
internal sealed class TimeFilter
{
    private const int Samples = 8;

    // A sample's delay stands in the lowest bits, its offset above them, which may be that of a clock that was never set. TIME_SYNC takes delays of a minute at the most.
    private const int DelayBits = 17;
    private const int LongestDelay = (1 << DelayBits) - 1;

    private readonly long[] _samples = new long[Samples];
    private int _count;
    private int _next;

    private long _target;
    private long _applied;
    private long _slewedAt;

    /// <summary>Begins with the handshake's offset.</summary>
    /// <param name="offset">What to add to the local clock, in ms.</param>
    /// <param name="delay">The round trip that it was measured with, in ms.</param>
    /// <param name="now">Monotonic time in ms.</param>
    public TimeFilter(long offset, int delay, long now)
    {
        Add(offset, delay);
        _applied = offset;
        _target = offset;
        _slewedAt = now;
    }

    /// <summary>The round trip of the newest sample, in ms.</summary>
    public int Delay => DelayOf(_next == 0 ? Samples - 1 : _next - 1);

    /// <summary>The correction in use, in ms.</summary>
    public long Offset(long now)
    {
        long distance = _target - _applied;
        bool back = distance < 0;
        if (back)
        {
            distance = 0 - distance;
        }

        if (distance == 0)
        {
            _slewedAt = now;
            return _applied;
        }

        long step = (now - _slewedAt) / 10;
        if (step > 0)
        {
            _slewedAt += step * 10;
            if (step > distance)
            {
                step = distance;
            }

            _applied += back ? 0 - step : step;
        }

        return _applied;
    }

    /// <summary>Takes a sample; returns the size in ms of the correction that it leads to.</summary>
    /// <param name="offset">What to add to the local clock, in ms.</param>
    /// <param name="delay">The round trip that it was measured with, in ms.</param>
    /// <param name="interval">The hop interval in ms: a larger correction is made at once.</param>
    /// <param name="now">Monotonic time in ms.</param>
    public long Sample(long offset, int delay, int interval, long now)
    {
        long applied = Offset(now);
        Add(offset, delay);
        int best = 0;
        for (int i = 1; i < _count; i++)
        {
            if (DelayOf(i) < DelayOf(best))
            {
                best = i;
            }
        }

        _target = _samples[best] >> DelayBits;
        long correction = _target < applied ? applied - _target : _target - applied;
        if (correction > interval)
        {
            _applied = _target;
        }

        return correction;
    }

    private int DelayOf(int sample) => (int)(_samples[sample] & LongestDelay);

    private void Add(long offset, int delay)
    {
        _samples[_next] = (offset << DelayBits) | (long)(delay < LongestDelay ? delay : LongestDelay);
        _next = _next + 1 == Samples ? 0 : _next + 1;
        if (_count < Samples)
        {
            _count++;
        }
    }
}
