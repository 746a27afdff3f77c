#nullable disable
namespace Springtail.Device;

/// <summary>How long to wait before the next try: 1 s, twice as long after each, at most 64 s; by chance up to a quarter less,
/// so that many devices that lost the same listener do not come back at the same moment.</summary>
public sealed class Backoff
{
    public const int Shortest = 1000;
    public const int Longest = 64000;

    private int _wait = Shortest;
    private uint _random;

    /// <param name="seed">Anything that differs from device to device.</param>
    public Backoff(uint seed)
    {
        _random = seed | 1u;
    }

    /// <summary>The next wait, in ms.</summary>
    public int Next()
    {
        _random ^= _random << 13;
        _random ^= _random >> 17;
        _random ^= _random << 5;
        uint less = _random % ((uint)_wait / 4 + 1);
        int wait = _wait - (int)(less & 0x7FFFFFFF);
        _wait = _wait >= Longest / 2 ? Longest : _wait * 2;
        return wait;
    }

    /// <summary>It went well: the next wait is short again.</summary>
    public void Reset()
    {
        _wait = Shortest;
    }
}
