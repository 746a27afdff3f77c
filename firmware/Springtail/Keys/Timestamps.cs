namespace Springtail.Keys;

/// <summary>Timestamps of packets: UTC in ms modulo a day (PROTOCOL.md 1).</summary>
internal static class Timestamps
{
    private const int Day = 86400000;

    public static uint Of(long utcMs) => (uint)(utcMs % Day);

    /// <summary>How much later the first is than the second, in ms, -12 to 12 hours.</summary>
    public static int Difference(uint timestamp, uint other)
    {
        return (int)((timestamp % Day + Day + Day / 2 - other % Day) % Day) - Day / 2;
    }

    /// <summary>The moment with that timestamp that is nearest to <paramref name="utcMs"/>, in ms since 1970.</summary>
    public static long Nearest(uint timestamp, long utcMs)
    {
        long moment = utcMs - utcMs % Day + timestamp % (uint)Day;
        if (moment > utcMs + Day / 2)
        {
            return moment - Day;
        }

        return moment < utcMs - Day / 2 ? moment + Day : moment;
    }
}
