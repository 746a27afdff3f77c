using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Xunit;

namespace Springtail.Gateway.Tests;

/// <summary>A disk that its store has filled, on which nobody makes room.</summary>
public sealed class ReserveTests : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("springtail-reserve-");
    private readonly List<string> _log = [];

    private string Database => Path.Combine(_folder.FullName, "messages.db");

    private string File => Database + ".reserve";

    public void Dispose() => _folder.Delete(recursive: true);

    [SmallDiskTheory]
    [InlineData(300)]
    [InlineData(2000)]
    [InlineData(40_000)]
    public async Task A_store_that_fills_its_disk_by_itself_deletes_what_is_delivered_and_waiting_messages_find_their_place(int size)
    {
        using SmallDisk disk = new(_folder.FullName, "6m");
        int count = 9_000_000 / (size + 60);
        Task adding;
        int stored = 0;
        HashSet<long> seen = [];
        using (Store store = new(Database, 1 << 30, new ListLogger<Store>(_log)))
        {
            Assert.Equal(768 << 10, new FileInfo(File).Length);
            adding = Task.Run(async () =>
            {
                for (int i = 0; i < count; i++)
                {
                    await store.AddUpAsync("d", Message(i, size), () => Interlocked.Increment(ref stored));
                }
            });
            await adding;
            await WaitAsync(() => store.IsFull);
            await Task.Delay(1500);
            Fill("rest");
            Assert.InRange(stored, count / 5, count - 1);

            // More than the disk has goes through.
            await DeliverAsync(store, seen, () => seen.Count == count);
            await WaitAsync(() => !store.IsFull && stored == count);
            Assert.Equal(Enumerable.Range(1, count).Select(i => (long)i), seen.Order());
            await store.FlushAsync().WaitAsync(s_patience);
            Assert.Equal(0, store.WaitingUp);

            // What is empty becomes small, so that the reserve is there for the next time.
            await WaitAsync(() => System.IO.File.Exists(File));
            for (int i = 0; i < count; i++)
            {
                await store.AddUpAsync("d", Message(i, size), () => Interlocked.Increment(ref stored));
            }

            await WaitAsync(() => store.IsFull);
            await DeliverAsync(store, seen, () => seen.Count == 2 * count);
        }
    }

    [SmallDiskTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_store_opens_on_a_disk_without_any_room_and_its_messages_go(bool wasKilled)
    {
        using SmallDisk disk = new(_folder.FullName, "8m");
        Store store = new(Database, 1 << 30, new ListLogger<Store>(_log));
        for (int i = 0; i < 1000; i++)
        {
            await store.AddUpAsync("d", Message(i, 1000), () => { });
        }

        await WaitAsync(() => store.Stored == 1000);
        if (wasKilled)
        {
            // What is there at that moment is put back in place of what an orderly end leaves.
            Dictionary<string, byte[]> there = Directory.GetFiles(_folder.FullName).Where(f => f != File).ToDictionary(f => f, Read);
            store.Dispose();
            foreach ((string file, byte[] bytes) in there)
            {
                System.IO.File.WriteAllBytes(file, bytes);
            }
        }
        else
        {
            store.Dispose();
        }

        Fill("rest");
        using Store opened = new(Database, 1 << 30, new ListLogger<Store>(_log));
        HashSet<long> seen = [];
        await DeliverAsync(opened, seen, () => seen.Count == 1000);
        await opened.FlushAsync().WaitAsync(s_patience);
        Assert.Equal(0, opened.WaitingUp);
        await opened.AddDownAsync("d", [1], 0).WaitAsync(s_patience);
    }

    [SmallDiskFact(isLong: true)]
    public async Task A_gateway_that_has_filled_its_disk_and_is_killed_again_and_again_delivers_what_it_acknowledged()
    {
        using SmallDisk disk = new(_folder.FullName, "8m");
        int mqtt = GatewayProcess.FreePort();
        IPEndPoint place = GatewayProcess.NewPlace();
        byte[] psk = TestDevice.NewKey(Path.Combine(_folder.FullName, "keys"), "meter");
        using GatewayProcess gateway = new("one", _folder.FullName, place, "--broker", $"mqtt://127.0.0.1:{mqtt}");
        await gateway.StartAsync();
        ChannelOptions options = TestDevice.Options(psk, place);
        (options.SendBuffers, options.Keepalive) = (256, 5);
        int sent = 0;
        using (Channel device = await Channel.ConnectAsync(place.Address.ToString(), options).WaitAsync(s_patience))
        {
            using CancellationTokenSource enough = new(60_000);
            Task watching = Task.Run(async () =>
            {
                await WaitAsync(() => gateway.Log.Contains("Nothing more can be stored"));
                await Task.Delay(1000);
                await enough.CancelAsync();
            });
            try
            {
                for (; ; sent++)
                {
                    await device.SendAsync(Message(sent, 3000), enough.Token);
                }
            }
            catch (OperationCanceledException)
            {
            }

            await watching;
            gateway.Kill();
            Fill("rest");
            device.Dispose();
            sent -= device.LostMessages;
        }

        Assert.InRange(sent, 500, 8000);
        await using TestBroker broker = await TestBroker.StartAsync(mqtt);
        await using Subscriber subscriber = new(mqtt);
        await subscriber.Connected.Task.WaitAsync(s_patience);
        for (int i = 0; i < 4; i++)
        {
            await gateway.StartAsync();
            await Task.Delay(100 * i);
            gateway.Kill();
        }

        await gateway.StartAsync();
        await subscriber.WaitAsync("springtail/meter/up", t => t.Distinct().Count() >= sent);
        Assert.Equal(Enumerable.Range(0, sent), subscriber.TextsOf("springtail/meter/up").Select(t => int.Parse(t.AsSpan(0, 6))).Distinct().Take(sent));

        // And goes on.
        await using Channel again = await TestDevice.ConnectAsync(psk, place);
        await again.SendAsync("more"u8.ToArray());
        Assert.True(await again.WaitForAcknowledgmentsAsync().AsTask().WaitAsync(s_patience));
        await subscriber.WaitAsync("springtail/meter/up", t => t.Contains("more"));
    }

    [SmallDiskFact]
    public async Task A_store_without_its_reserve_does_not_grow_until_there_is_room_for_it_and_frees_what_it_has()
    {
        using SmallDisk disk = new(_folder.FullName, "8m");
        using (Store store = new(Database, 1 << 30, new ListLogger<Store>(_log)))
        {
            for (int i = 0; i < 1000; i++)
            {
                await store.AddUpAsync("d", Message(i, 1000), () => { });
            }
        }

        // As one leaves it that was killed while it wrote it.
        System.IO.File.WriteAllBytes(File, new byte[1000]);
        Fill("rest", 500_000);
        long size = new FileInfo(Database).Length;
        using Store opened = new(Database, 1 << 30, new ListLogger<Store>(_log));
        Assert.True(opened.IsFull);
        Assert.Contains("Nothing more can be stored, and devices wait: there is no room for the reserve", Assert.Single(_log));
        int stored = 0;
        for (int i = 1000; i < 2000; i++)
        {
            await opened.AddUpAsync("d", Message(i, 1000), () => Interlocked.Increment(ref stored));
        }

        await Task.Delay(1500);
        Assert.InRange(stored, 0, 20);
        HashSet<long> seen = [];
        await DeliverAsync(opened, seen, () => seen.Count >= 700);
        await WaitAsync(() => stored > 500);
        Assert.InRange(new FileInfo(Database).Length, 0, size + 65536);
        System.IO.File.Delete(Path.Combine(_folder.FullName, "rest"));
        await WaitAsync(() => System.IO.File.Exists(File) && stored == 1000);
        Assert.True(SpinWait.SpinUntil(() => !opened.IsFull, s_patience));
    }

    [Fact]
    public void It_is_no_larger_than_the_limit()
    {
        Assert.Equal(1 << 20, new Reserve(File, 1 << 20).Size);
        Assert.Equal(8 << 20, new Reserve(File, 1 << 30).Size);
    }

    private static byte[] Message(int number, int size) => Encoding.ASCII.GetBytes(number.ToString("D6").PadRight(size, 'x'));

    private static byte[] Read(string path)
    {
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        byte[] bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        return bytes;
    }

    // As the broker takes them.
    private Task DeliverAsync(Store store, HashSet<long> seen, Func<bool> isDone) => WaitAsync(() =>
    {
        foreach (StoredMessage message in store.ReadUp(0, 2000))
        {
            seen.Add(message.Id);
            store.RemoveUp(message.Id);
        }

        return isDone();
    });

    private async Task WaitAsync(Func<bool> holds)
    {
        long end = Environment.TickCount64 + (long)s_patience.TotalMilliseconds;
        while (!holds())
        {
            Assert.True(Environment.TickCount64 < end, "It did not come about in time: " + string.Join('\n', _log));
            await Task.Delay(20);
        }
    }

    // What others put on the disk, to the last byte or all but so many.
    private void Fill(string name, long except = 0)
    {
        DriveInfo disk = new(_folder.FullName);
        using FileStream rest = new(Path.Combine(_folder.FullName, name), FileMode.Create, FileAccess.Write, FileShare.None, 0);
        try
        {
            while (disk.AvailableFreeSpace > except)
            {
                rest.Write(new byte[4096]);
            }
        }
        catch (IOException)
        {
        }
    }
}
