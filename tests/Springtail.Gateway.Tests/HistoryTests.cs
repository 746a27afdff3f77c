using System.Linq;
using Xunit;

namespace Springtail.Gateway.Tests;

/// <summary>What is kept for the page is bounded, whoever comes and however slowly it is read.</summary>
public sealed class HistoryTests
{
    [Fact]
    public void A_reader_gets_what_is_new_and_a_slow_one_misses_the_oldest()
    {
        Ring<int> ring = new(4);
        long quick = 0;
        long slow = 0;
        Assert.Empty(ring.After(ref quick));
        ring.Add(1);
        ring.Add(2);
        Assert.Equal([1, 2], ring.After(ref quick));
        Assert.Empty(ring.After(ref quick));
        foreach (int i in Enumerable.Range(3, 1000))
        {
            ring.Add(i);
        }

        Assert.Equal([999, 1000, 1001, 1002], ring.After(ref slow));
        Assert.Equal([999, 1000, 1001, 1002], ring.After(ref quick));
        ring.Add(1003);
        Assert.Equal([1003], ring.After(ref slow));
        long late = 0;
        Assert.Equal([1000, 1001, 1002, 1003], ring.After(ref late));
    }

    [Fact]
    public void Places_go_to_the_first_devices_and_to_whom_somebody_looks_at()
    {
        History history = new();
        DeviceHistory[] first = [.. Enumerable.Range(0, History.Places).Select(i => history.Of("device" + i, isWatched: false)!)];
        Assert.All(first, Assert.NotNull);
        Assert.Null(history.Of("late", isWatched: false));
        first[7].UsedAt = -1;
        DeviceHistory late = history.Of("late", isWatched: true)!;
        Assert.Same(late, history.Of("late", isWatched: false));
        Assert.Null(history.Of("device7", isWatched: false));
        Assert.Same(first[8], history.Of("device8", isWatched: false));
    }

    [Fact]
    public void Of_a_long_message_the_start_is_kept()
    {
        DeviceHistory history = new();
        history.Read(new byte[DeviceHistory.KeptBytes]);
        history.Read(new byte[DeviceHistory.KeptBytes + 1]);
        long place = 0;
        Assert.Equal([(512, 512), (512, 513)], history.Readings.After(ref place).Select(r => (r.Start.Length, r.Size)));
    }
}
