using System;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Xunit;

namespace Springtail.Gateway.Tests;

/// <summary>How much of the store a device may have.</summary>
public sealed class SharesTests
{
    // A message takes 128 bytes beside its own.
    private const int Kilobyte = 1000 - 128;

    private readonly Shares _shares = new();

    [Fact]
    public void One_that_floods_alone_has_three_quarters_and_leaves_the_rest()
    {
        _shares.SetRoom(100_000);
        int count = 0;
        for (; !_shares.IsUsedUp("flood"); count++)
        {
            _shares.Add("flood", Kilobyte);
        }

        Assert.Equal(76, count);
        Assert.False(_shares.IsUsedUp("other"));

        // The other has three quarters of the rest.
        for (count = 0; !_shares.IsUsedUp("other"); count++)
        {
            _shares.Add("other", Kilobyte);
        }

        Assert.Equal(19, count);
        Assert.False(_shares.IsUsedUp("third"));
    }

    [Fact]
    public void What_goes_makes_room_once_the_store_says_so()
    {
        _shares.Add("d", 80 * Kilobyte + (79 * 128), 1);
        _shares.SetRoom(20_000);
        Assert.True(_shares.IsUsedUp("d"));
        _shares.SetRoom(27_000);
        Assert.False(_shares.IsUsedUp("d"));
        _shares.SetRoom(26_000);
        Assert.True(_shares.IsUsedUp("d"));
        for (int i = 0; i < 2; i++)
        {
            _shares.Remove("d", Kilobyte);
        }

        Assert.False(_shares.IsUsedUp("d"));
    }

    [Fact]
    public void Where_more_waits_in_memory_than_there_is_room_for_everybody_waits()
    {
        _shares.SetRoom(-1);
        Assert.True(_shares.IsUsedUp("d"));
        _shares.SetRoom(0);
        Assert.False(_shares.IsUsedUp("d"));
    }

    [Fact]
    public async Task A_store_counts_what_is_on_disk_after_a_restart_too_and_what_has_gone_once()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("springtail-shares-");
        try
        {
            string path = Path.Combine(folder.FullName, "messages.db");
            using (Store store = new(path, 1 << 20, new ListLogger<Store>([])))
            {
                int stored = 0;
                int count = 0;
                for (; !store.MustWait("flood"); count++)
                {
                    await store.AddUpAsync("flood", new byte[3400], () => Interlocked.Increment(ref stored));
                }

                Assert.True(SpinWait.SpinUntil(() => stored == count, TimeSpan.FromSeconds(30)));
                Assert.InRange(count, 170, 230);
                Assert.False(store.MustWait("other"));
                Assert.False(store.IsFull);
            }

            using (Store store = new(path, 1 << 20, new ListLogger<Store>([])))
            {
                Assert.True(store.MustWait("flood"));
                Assert.False(store.MustWait("other"));
                long[] ids = [.. store.ReadUp(0, 100).Select(m => m.Id)];
                for (int i = 0; i < 50; i++)
                {
                    // As what is delivered again over the next connection.
                    Array.ForEach(ids[..60], store.RemoveUp);
                }

                await store.FlushAsync();
                int more = 0;
                for (; !store.MustWait("flood"); more++)
                {
                    await store.AddUpAsync("flood", new byte[3400], () => { });
                }

                Assert.InRange(more, 20, 60);
                Array.ForEach(ids, store.RemoveUp);
                await store.FlushAsync();
                Assert.False(store.MustWait("flood"));
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
