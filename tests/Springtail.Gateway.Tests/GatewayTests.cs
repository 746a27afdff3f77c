using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using Xunit;

namespace Springtail.Gateway.Tests;

/// <summary>The whole gateway, as a process, with its built-in broker, over real sockets on loopback.</summary>
public sealed class GatewayTests : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("springtail-gateway-");
    private readonly IPEndPoint _place = GatewayProcess.NewPlace();
    private readonly int _mqtt = GatewayProcess.FreePort();

    private string Keys => Path.Combine(_folder.FullName, "keys");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Readings_go_up_and_messages_down_and_keys_come_and_go_while_it_runs()
    {
        using GatewayProcess gateway = new("one", _folder.FullName, _place, "--mqtt", $"127.0.0.1:{_mqtt}", "--home-assistant", "true");
        await gateway.StartAsync();
        await using Subscriber subscriber = new(_mqtt);
        await subscriber.Connected.Task.WaitAsync(s_patience);
        await subscriber.WaitAsync("springtail-gateway/one/status", t => t.Any(s => s.Contains("online")));

        // A key that is put there now, by the name of its device; one with a topic's characters is left out.
        byte[] psk = NewKey("boiler");
        File.Copy(Path.Combine(Keys, "boiler"), Path.Combine(Keys, "a+b"));
        await using Channel device = await ConnectAsync(psk);
        const string reading = "{\"temperature\":21.5,\"uptime\":9,\"heap\":41208,\"signal\":-61,\"name\":\"boiler\"}";
        await device.SendAsync(Encoding.UTF8.GetBytes(reading));
        Assert.True(await device.WaitForAcknowledgmentsAsync().AsTask().WaitAsync(s_patience));
        await subscriber.WaitAsync("springtail/boiler/up", t => t is [reading]);
        await subscriber.WaitAsync("springtail/boiler/owner", t => t.LastOrDefault() == "one");
        await subscriber.WaitAsync("springtail/boiler/status", t => t.Any(s => JsonDocument.Parse(s).RootElement.GetProperty("state").GetString() == "online"));
        foreach ((string field, string kind, string unit) in new[] { ("temperature", "temperature", "°C"), ("uptime", "duration", "s"), ("heap", "data_size", "B"), ("signal", "signal_strength", "dBm") })
        {
            await subscriber.WaitAsync($"homeassistant/sensor/springtail_boiler/{field}/config", t => t.Length == 1);
            JsonElement config = JsonDocument.Parse(subscriber.TextsOf($"homeassistant/sensor/springtail_boiler/{field}/config")[0]).RootElement;
            Assert.Equal(("springtail/boiler/up", kind, unit), (config.GetProperty("state_topic").GetString(), config.GetProperty("device_class").GetString(), config.GetProperty("unit_of_measurement").GetString()));
        }

        Assert.Contains("a+b", gateway.Log);

        // Down, in order; what has expired does not come.
        await Task.Delay(300);
        for (int i = 0; i < 20; i++)
        {
            await subscriber.PublishAsync("springtail/boiler/down", "command " + i);
        }

        for (int i = 0; i < 20; i++)
        {
            Assert.Equal("command " + i, Encoding.UTF8.GetString((await device.ReceiveAsync().AsTask().WaitAsync(s_patience)).Message.Data.Span));
        }

        // The key goes: so does its session, and the holder gets in no more.
        File.Delete(Path.Combine(Keys, "boiler"));
        Assert.Equal(ReceiveOutcome.Ended, (await device.ReceiveAsync().AsTask().WaitAsync(s_patience)).Outcome);
        await subscriber.WaitAsync("springtail/boiler/status", t => t.LastOrDefault()?.Contains("offline") == true);
        using CancellationTokenSource enough = new(3000);
        await Assert.ThrowsAnyAsync<Exception>(() => ConnectAsync(psk, enough.Token));
    }

    /// <summary>Both keys are the device's; when the next one becomes the one that it has, what goes on under that one is not disturbed.</summary>
    [Fact]
    public async Task A_device_that_gets_a_new_key_is_served_under_both_until_the_next_is_the_one_that_it_has()
    {
        using GatewayProcess gateway = new("one", _folder.FullName, _place, "--mqtt", $"127.0.0.1:{_mqtt}");
        await gateway.StartAsync();
        await using Subscriber subscriber = new(_mqtt);
        await subscriber.Connected.Task.WaitAsync(s_patience);
        await using Channel before = await ConnectAsync(NewKey("boiler"));
        await before.SendAsync("under the first"u8.ToArray());
        await subscriber.WaitAsync("springtail/boiler/up", t => t is ["under the first"]);
        await using Channel after = await ConnectAsync(NewKey("boiler.next"));
        await after.SendAsync("under the next"u8.ToArray());
        await subscriber.WaitAsync("springtail/boiler/up", t => t is ["under the first", "under the next"]);

        // The board is the same one, and hears where it was heard last.
        await subscriber.PublishAsync("springtail/boiler/down", "hello");
        Assert.Equal("hello"u8.ToArray(), (await after.ReceiveAsync().AsTask().WaitAsync(s_patience)).Message.Data.ToArray());
        File.Move(Path.Combine(Keys, "boiler.next"), Path.Combine(Keys, "boiler"), overwrite: true);
        Assert.Equal(ReceiveOutcome.Ended, (await before.ReceiveAsync().AsTask().WaitAsync(s_patience)).Outcome);
        Assert.Equal(EndReason.EndedByPeer, before.Status.EndReason);
        await after.SendAsync("still"u8.ToArray());
        await subscriber.WaitAsync("springtail/boiler/up", t => t is [_, _, "still"]);
        Assert.Contains("online", subscriber.TextsOf("springtail/boiler/status")[^1]);
        Assert.True(after.IsOpen);
        Assert.Equal(0, after.Status.Epoch);
    }

    [Fact]
    public async Task What_expires_while_its_device_sleeps_or_is_away_does_not_come_and_the_rest_does_in_order()
    {
        using GatewayProcess gateway = new("one", _folder.FullName, _place, "--mqtt", $"127.0.0.1:{_mqtt}");
        await gateway.StartAsync();
        await using Subscriber subscriber = new(_mqtt);
        await subscriber.Connected.Task.WaitAsync(s_patience);
        byte[] psk = NewKey("boiler");
        byte[]? snapshot;
        await using (Channel device = await ConnectAsync(psk))
        {
            await subscriber.WaitAsync("springtail/boiler/owner", t => t.LastOrDefault() == "one");
            await device.SendAsync(new byte[] { 1 });
            Assert.True(await device.WaitForAcknowledgmentsAsync().AsTask().WaitAsync(s_patience));
            snapshot = await device.SnapshotAsync(60).AsTask().WaitAsync(s_patience);
            Assert.NotNull(snapshot);
        }

        await subscriber.WaitAsync("springtail/boiler/status", t => t.LastOrDefault()?.Contains("asleep") == true);
        await SendAsync("a", 3600);
        await SendAsync("gone", 1);
        await SendAsync("b", 0);
        await SendAsync("gone too", 1);
        await SendAsync("c", 3600);
        await Task.Delay(2500);
        await using (Channel woken = await Channel.ResumeAsync(_place.Address.ToString(), Options(psk), snapshot, null))
        {
            Assert.Equal(["a", "b", "c"], await ReceiveAsync(woken, 3));
            await SendAsync("at once", 5);
            Assert.Equal(["at once"], await ReceiveAsync(woken, 1));
            await woken.CloseAsync();
        }

        await subscriber.WaitAsync("springtail/boiler/status", t => t.LastOrDefault()?.Contains("offline") == true);
        await SendAsync("gone", 1);
        await SendAsync("d", 3600);
        await SendAsync("e", 0);
        await Task.Delay(2500);
        await using Channel back = await ConnectAsync(psk);
        Assert.Equal(["d", "e"], await ReceiveAsync(back, 2));

        Task SendAsync(string text, uint expiry) => subscriber.PublishAsync("springtail/boiler/down", text, expiry);

        static async Task<string[]> ReceiveAsync(Channel channel, int count)
        {
            string[] texts = new string[count];
            for (int i = 0; i < count; i++)
            {
                texts[i] = Encoding.UTF8.GetString((await channel.ReceiveAsync().AsTask().WaitAsync(s_patience)).Message.Data.Span);
            }

            return texts;
        }
    }

    [Fact]
    public async Task Nothing_that_a_device_was_told_is_delivered_is_lost_when_the_gateway_is_killed()
    {
        // The broker is another process's: this one's, which outlives the gateway.
        await using TestBroker broker = await TestBroker.StartAsync(_mqtt);
        await using Subscriber subscriber = new(_mqtt);
        await subscriber.Connected.Task.WaitAsync(s_patience);
        int kills = string.IsNullOrEmpty(Environment.GetEnvironmentVariable("SPRINGTAIL_FULL")) ? 4 : 200;
        using GatewayProcess gateway = new("one", _folder.FullName, _place, "--broker", $"mqtt://127.0.0.1:{_mqtt}");
        await gateway.StartAsync();
        Player[] players = [.. Enumerable.Range(0, 3).Select(i => new Player("device" + i, NewKey("device" + i), _place))];
        await Task.Delay(1000);
        using CancellationTokenSource end = new();
        Task[] playing = [.. players.Select(p => p.PlayAsync(end.Token))];
        Random random = new(5);
        for (int i = 0; i < kills; i++)
        {
            await Task.Delay(300 + random.Next(1200));
            gateway.Kill();
            await gateway.StartAsync();
        }

        await Task.Delay(1500);
        await end.CancelAsync();
        await Task.WhenAll(playing).WaitAsync(TimeSpan.FromSeconds(90));
        foreach (Player player in players)
        {
            Assert.True(player.Delivered.Count > 20, $"{player.Name} delivered {player.Delivered.Count}");
            await subscriber.WaitAsync($"springtail/{player.Name}/up", t => player.Delivered.All(new HashSet<string>(t).Contains));

            // In order, each by its first copy.
            int[] numbers = [.. subscriber.TextsOf($"springtail/{player.Name}/up").Select(int.Parse).Distinct()];
            Assert.Equal(numbers.Order(), numbers);
        }
    }

    [Fact]
    public async Task A_broker_that_is_away_or_never_answers_makes_messages_wait_and_then_the_device_that_floods_and_no_other()
    {
        // It accepts, and says nothing.
        using TcpListener silent = new(System.Net.IPAddress.Loopback, _mqtt);
        silent.Start();
        using GatewayProcess gateway = new("one", _folder.FullName, _place, "--broker", $"mqtt://127.0.0.1:{_mqtt}", "--limit", "1");
        await gateway.StartAsync();
        byte[] psk = NewKey("meter");
        await Task.Delay(1000);
        ChannelOptions options = Options(psk);
        options.SendBuffers = 64;
        options.Keepalive = 5;
        await using Channel device = await Channel.ConnectAsync(_place.Address.ToString(), options);
        using CancellationTokenSource full = new(15_000);
        int sent = 0;
        try
        {
            for (; sent < 3000; sent++)
            {
                await device.SendAsync(Encoding.ASCII.GetBytes(sent.ToString("D6") + new string('x', 4000)), full.Token);
                if (gateway.Log.Contains("has to wait"))
                {
                    full.CancelAfter(1000);
                }
            }
        }
        catch (OperationCanceledException)
        {
        }

        // Three quarters of a MiB are full, in pages of 4 KiB; the device waits, and its session goes on. Others have the rest.
        Assert.InRange(sent, 170, 300);
        Assert.True(device.IsOpen);
        Assert.Contains("meter has to wait", gateway.Log);
        using (Channel other = await TestDevice.ConnectAsync(NewKey("other"), _place))
        {
            for (int i = 0; i < 20; i++)
            {
                await other.SendAsync(new byte[1000]);
            }

            Assert.True(await other.WaitForAcknowledgmentsAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30)));
        }

        Assert.DoesNotContain("Nothing more can be stored", gateway.Log);
        silent.Stop();
        await using TestBroker broker = await TestBroker.StartAsync(_mqtt);
        await using Subscriber subscriber = new(_mqtt);
        await subscriber.Connected.Task.WaitAsync(s_patience);
        Assert.True(await device.WaitForAcknowledgmentsAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(90)));
        await subscriber.WaitAsync("springtail/meter/up", t => t.Distinct().Count() == sent, 60);
    }

    // Where it is cut, in per mille of its size, or so many bytes are spoilt; and how many of the 400 messages are still there at least and at most.
    [Theory]
    [InlineData(500, 0, 100, 399)]
    [InlineData(0, 0, 0, 0)]
    [InlineData(1, 0, 0, 0)]
    [InlineData(999, 0, 350, 399)]
    [InlineData(100, 3000, 200, 399)]
    [InlineData(700, 3000, 200, 399)]
    public async Task A_store_that_is_cut_short_or_spoilt_says_so_and_keeps_what_is_whole(int perMille, int spoilt, int least, int most)
    {
        string path = Path.Combine(_folder.FullName, "messages.db");
        List<string> log = [];
        using (Store store = new(path, 1 << 30, new ListLogger<Store>(log)))
        {
            for (int i = 0; i < 400; i++)
            {
                await store.AddUpAsync("d", Encoding.ASCII.GetBytes(i.ToString("D4") + new string('x', 1000)), () => { });
            }

            await store.AddDownAsync("d", [1, 2, 3], 0);
            Assert.Equal(400, store.WaitingUp);
        }

        Assert.Empty(log);
        using (FileStream file = new(path, FileMode.Open))
        {
            long at = file.Length * perMille / 1000;
            if (spoilt > 0)
            {
                file.Position = at;
                file.Write(Enumerable.Repeat((byte)0xA5, spoilt).ToArray());
            }
            else
            {
                file.SetLength(at);
            }
        }

        using Store opened = new(path, 1 << 30, new ListLogger<Store>(log));
        List<StoredMessage> whole = opened.ReadUp(0, 1000);
        Assert.InRange(whole.Count, least, most);
        Assert.Equal(perMille == 0, log.Count == 0);
        Assert.All(log, l => Assert.Contains("damaged", l));
        Assert.All(whole, m => Assert.Equal(m.Id - 1, int.Parse(Encoding.ASCII.GetString(m.Payload, 0, 4))));
        Assert.All(whole, m => Assert.Equal(new string('x', 1000), Encoding.ASCII.GetString(m.Payload, 4, m.Payload.Length - 4)));
        Assert.Equal(whole.Select(m => m.Id).Order(), whole.Select(m => m.Id));
        await opened.AddDownAsync("d", [4], 0);
        Assert.Contains(opened.ReadDown("d", 10), m => m.Payload is [4]);
    }

    [SmallDiskFact]
    public async Task A_store_on_a_full_disk_opens_after_a_kill_and_says_what_it_has()
    {
        using SmallDisk disk = new(_folder.FullName, "16m");
        string path = Path.Combine(_folder.FullName, "messages.db");
        List<string> log = [];
        string killed = Path.Combine(_folder.FullName, "killed");
        Directory.CreateDirectory(killed);
        using (Store store = new(path, 1 << 30, new ListLogger<Store>(log)))
        {
            for (int i = 0; i < 300; i++)
            {
                await store.AddUpAsync("d", new byte[2000], () => { });
            }

            Assert.True(SpinWait.SpinUntil(() => store.Stored == 300, s_patience));

            // What a kill leaves: the log, of which nothing is in the database yet.
            File.Copy(path, Path.Combine(killed, "messages.db"));
            File.Copy(path + "-wal", Path.Combine(killed, "messages.db-wal"));
        }

        Array.ForEach(Directory.GetFiles(_folder.FullName), File.Delete);
        File.WriteAllBytes(Path.Combine(killed, "messages.db-shm"), new byte[32768]);
        disk.Resize("900k");
        using (FileStream rest = new(Path.Combine(_folder.FullName, "rest"), FileMode.Create))
        {
            Action fill = () =>
            {
                while (rest.Length < 2 << 20)
                {
                    rest.Write(new byte[4096]);
                    rest.Flush();
                }
            };
            Assert.Throws<IOException>(fill);
        }

        using Store opened = new(Path.Combine(killed, "messages.db"), 1 << 30, new ListLogger<Store>(log));
        Assert.True(opened.IsFull);
        Assert.Equal(300, opened.ReadUp(0, 1000).Count);
        Assert.Contains("Nothing more can be stored", Assert.Single(log));
        disk.Resize("16m");
        await opened.AddDownAsync("d", [1], 0).WaitAsync(s_patience);
        Assert.True(SpinWait.SpinUntil(() => !opened.IsFull, s_patience));
    }

    [SmallDiskFact]
    public async Task A_damaged_store_that_finds_no_room_to_be_rescued_stays_and_is_rescued_once_there_is()
    {
        using SmallDisk disk = new(_folder.FullName, "8m");
        string path = Path.Combine(_folder.FullName, "messages.db");
        List<string> log = [];
        using (Store store = new(path, 1 << 30, new ListLogger<Store>(log)))
        {
            for (int i = 0; i < 400; i++)
            {
                await store.AddUpAsync("d", new byte[2000], () => { });
            }

            await store.FlushAsync();
        }

        using (FileStream file = new(path, FileMode.Open))
        {
            file.SetLength(file.Length - 5000);
        }

        File.Delete(path + ".reserve");
        disk.Resize("1m");
        byte[] before = File.ReadAllBytes(path);
        Assert.Throws<IOException>(() => new Store(path, 1 << 30, new ListLogger<Store>(log)));
        Assert.Equal(before, File.ReadAllBytes(path));
        Assert.Empty(log);
        disk.Resize("8m");

        // And not into a limit that is smaller than what was stored before.
        using Store opened = new(path, 200_000, new ListLogger<Store>(log));
        Assert.InRange(opened.WaitingUp, 390, 399);
        Assert.Contains("messages of it are whole and taken over", Assert.Single(log));
    }

    [Fact]
    public async Task A_rescue_that_was_killed_before_its_end_is_finished()
    {
        string path = Path.Combine(_folder.FullName, "messages.db");
        List<string> log = [];
        using (Store store = new(path, 1 << 30, new ListLogger<Store>(log)))
        {
            await store.AddDownAsync("d", [7], 0);
        }

        // The damaged one was set aside, and its log is there still.
        File.Move(path, path + ".rescued");
        File.WriteAllBytes(path + "-wal", new byte[5000]);
        using (Store opened = new(path, 1 << 30, new ListLogger<Store>(log)))
        {
            Assert.Equal([7], Assert.Single(opened.ReadDown("d", 10)).Payload);
        }

        // One that was killed in the middle of its work is begun anew.
        File.WriteAllText(path + ".rescued", "half");
        using (FileStream file = new(path, FileMode.Open))
        {
            file.SetLength(file.Length - 10);
        }

        using Store again = new(path, 1 << 30, new ListLogger<Store>(log));
        Assert.Single(log);
        await again.AddDownAsync("d", [8], 0);
        Assert.Contains(again.ReadDown("d", 10), m => m.Payload is [8]);
    }

    [Fact]
    public async Task What_one_device_cannot_take_or_is_no_text_stops_nothing_and_keys_are_taken_up_when_their_rights_are_mended()
    {
        using GatewayProcess gateway = new("one", _folder.FullName, _place, "--mqtt", $"127.0.0.1:{_mqtt}", "--home-assistant", "true");
        await gateway.StartAsync();
        await using Subscriber subscriber = new(_mqtt);
        await subscriber.Connected.Task.WaitAsync(s_patience);
        byte[] psk = NewKey("boiler");
        string file = Path.Combine(Keys, "boiler");
        File.WriteAllBytes(Path.Combine(Keys, "empty"), []);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(file, (UnixFileMode)0b110_100_100);
            await WaitAsync(() => gateway.Log.Contains("can read or change"));
            File.SetUnixFileMode(file, (UnixFileMode)0b110_000_000);
        }

        await using Channel device = await ConnectAsync(psk);
        await subscriber.WaitAsync("springtail/boiler/owner", t => t.LastOrDefault() == "one");
        await Task.Delay(300);

        // Up: names that are no text, in JSON that is otherwise right.
        byte[][] readings = [[.. "{\"a"u8, 0xFF, .. "\":1,\"b\":2}"u8], [.. "{\"\\ud800\":1}"u8], [0xC3, 0x28], [], [.. "{\"c\":1e999}"u8]];
        foreach (byte[] reading in readings)
        {
            await device.SendAsync(reading);
        }

        Assert.True(await device.WaitForAcknowledgmentsAsync().AsTask().WaitAsync(s_patience));
        await subscriber.WaitAsync("springtail/boiler/up", t => t.Length == readings.Length);

        // Down: one that has more than the device takes.
        await subscriber.PublishAsync("springtail/boiler/down", new string('x', 5000));
        await subscriber.PublishAsync("springtail/boiler/down", new string('x', 300_000));
        await subscriber.PublishAsync("springtail/boiler/down", "");
        await subscriber.PublishAsync("springtail/boiler/down", "open");
        Assert.Equal(0, (await device.ReceiveAsync().AsTask().WaitAsync(s_patience)).Message.Data.Length);
        Assert.Equal("open"u8.ToArray(), (await device.ReceiveAsync().AsTask().WaitAsync(s_patience)).Message.Data.ToArray());
        Assert.Contains("A message for boiler with 5000 bytes is dropped: The peer takes messages of at most 3435 bytes.", gateway.Log);

        // For a device that has no key any more nothing is kept.
        File.Delete(file);
        Assert.Equal(ReceiveOutcome.Ended, (await device.ReceiveAsync().AsTask().WaitAsync(s_patience)).Outcome);
        await subscriber.PublishAsync("springtail/boiler/down", "for nobody");
        await WaitAsync(() => gateway.Log.Contains("A message for boiler is dropped: no device of that name has a key"));

        static async Task WaitAsync(Func<bool> holds)
        {
            for (int i = 0; !holds() && i < 300; i++)
            {
                await Task.Delay(50);
            }

            Assert.True(holds());
        }
    }

    [Fact]
    public async Task A_message_that_is_spoilt_on_disk_goes_nowhere_and_the_others_do()
    {
        string path = Path.Combine(_folder.FullName, "messages.db");
        List<string> log = [];
        using (Store store = new(path, 1 << 30, new ListLogger<Store>(log)))
        {
            for (int i = 0; i < 20; i++)
            {
                await store.AddUpAsync("d", Encoding.ASCII.GetBytes($"message {i:D2} " + new string('x', 500)), () => { });
            }

            await store.AddDownAsync("d", Encoding.ASCII.GetBytes("message down"), 0);
        }

        byte[] bytes = File.ReadAllBytes(path);
        bytes[bytes.AsSpan().IndexOf("message 07 "u8) + 100] ^= 1;
        bytes[bytes.AsSpan().IndexOf("message down"u8) + 3] ^= 1;
        File.WriteAllBytes(path, bytes);
        using Store opened = new(path, 1 << 30, new ListLogger<Store>(log));
        Assert.Equal(Enumerable.Range(1, 20).Where(i => i != 8), opened.ReadUp(0, 100).Select(m => (int)m.Id));
        Assert.Empty(opened.ReadDown("d", 10));
        Assert.Equal(2, log.Count(l => l.Contains("is damaged on disk and left out")));
        await opened.FlushAsync();
        Assert.Equal((19, 0), (opened.WaitingUp, opened.WaitingDown));
    }

    [Fact]
    public async Task A_device_that_floods_takes_nothing_from_others_and_finds_its_own_order()
    {
        using GatewayProcess gateway = new("one", _folder.FullName, _place, "--mqtt", $"127.0.0.1:{_mqtt}");
        await gateway.StartAsync();
        await using Subscriber subscriber = new(_mqtt);
        await subscriber.Connected.Task.WaitAsync(s_patience);
        byte[] loud = NewKey("loud");
        byte[] quiet = NewKey("quiet");
        await using Channel flood = await ConnectAsync(loud);
        await using Channel device = await ConnectAsync(quiet);
        using CancellationTokenSource end = new();
        int flooded = 0;
        Task flooding = Task.Run(async () =>
        {
            byte[] message = new byte[1000];
            while (!end.IsCancellationRequested)
            {
                Encoding.ASCII.GetBytes(flooded.ToString("D8"), message);
                await flood.SendAsync(message);
                flooded++;
            }
        });
        int readings = 0;
        for (; readings < 20 || (flooded < 200 && readings < 2000); readings++)
        {
            await device.SendAsync(Encoding.ASCII.GetBytes("reading " + readings));
            Assert.True(await device.WaitForAcknowledgmentsAsync().AsTask().WaitAsync(s_patience));
        }

        await end.CancelAsync();
        await flooding;
        Assert.True(await flood.WaitForAcknowledgmentsAsync().AsTask().WaitAsync(s_patience));
        Assert.True(flooded >= 200, $"it flooded {flooded}");
        await subscriber.WaitAsync("springtail/quiet/up", t => t.Length == readings);
        Assert.Equal(Enumerable.Range(0, readings).Select(i => "reading " + i), subscriber.TextsOf("springtail/quiet/up"));
        await subscriber.WaitAsync("springtail/loud/up", t => t.Length == flooded);
        Assert.Equal(Enumerable.Range(0, flooded), subscriber.TextsOf("springtail/loud/up").Select(t => int.Parse(t.AsSpan(0, 8))));
    }

    [Theory]
    [InlineData("+")]
    [InlineData("#")]
    [InlineData("a/b")]
    [InlineData("a+b")]
    [InlineData("a#")]
    [InlineData("$SYS")]
    [InlineData("")]
    [InlineData(".hidden")]
    [InlineData("..")]
    [InlineData("a.")]
    [InlineData("con")]
    [InlineData("NUL.txt")]
    [InlineData("Com1")]
    [InlineData("a b")]
    [InlineData("a\0b")]
    [InlineData("a\nb")]
    [InlineData("naïve")]
    [InlineData("12345678901234567890123456789012345678901234567890123456789012345")]
    public void What_a_topic_or_a_file_system_would_read_as_more_is_no_name(string name)
    {
        Assert.False(DeviceName.IsValid(name));
        Assert.Null(Topics.Parse($"springtail/{name}/down"));
    }

    [Fact]
    public void No_two_devices_or_fields_are_the_same_to_Home_Assistant_and_plain_names_stay_as_they_are()
    {
        Assert.Equal(("springtail_boiler-2", "springtail_boiler-2_heap"), (HomeAssistant.Node("boiler-2"), HomeAssistant.Sensor("boiler-2", "heap")));
        Assert.Equal(("springtail_living_room", "springtail_living_room_heap"), (HomeAssistant.Node("living_room"), HomeAssistant.Sensor("living_room", "heap")));
        Assert.Equal("springtail-a_-b__c", HomeAssistant.Node("a.b_c"));

        // All that four letters can make of what has a meaning in them.
        string[] names = [.. Enumerable.Range(0, 4 * 4 * 4 * 4).Select(n => string.Concat(Enumerable.Range(0, 4).Select(i => "a._-"[(n >> (2 * i)) & 3]))).Where(DeviceName.IsValid)];
        Assert.True(names.Length > 100);
        names = [.. names, "a", "a_b", "a.b", "a_-b", "a__b", "b_c"];
        Assert.Equal(names.Length, names.Select(HomeAssistant.Node).Distinct().Count());
        Assert.All(names, n => Assert.Matches("^[a-zA-Z0-9_-]+$", HomeAssistant.Node(n)));
        string[] fields = [.. names.Where(n => !n.Contains('.'))];
        Assert.Equal(names.Length * fields.Length, names.SelectMany(n => fields.Select(f => HomeAssistant.Sensor(n, f))).Distinct().Count());
    }

    [Fact]
    public void A_step_of_the_systems_clock_changes_no_expiry()
    {
        SteppingTime time = new();
        SteadyClock clock = new(time);
        long before = clock.UtcNow;
        time.Utc = time.Utc.AddYears(30);
        time.Passed += TimeSpan.FromSeconds(2);
        Assert.Equal(before + 2000, clock.UtcNow);
        time.Utc = time.Utc.AddYears(-60);
        time.Passed += TimeSpan.FromSeconds(1);
        Assert.Equal(before + 3000, clock.UtcNow);
    }

    [FakeTimeFact(isLong: true)]
    public async Task Steps_of_the_systems_clock_end_no_session_and_neither_end_nor_keep_a_message()
    {
        string step = Path.Combine(_folder.FullName, "step");
        File.WriteAllText(step, "+0");

        // The broker is this process's: the one inside ends all connections when the clock goes forward.
        await using TestBroker broker = await TestBroker.StartAsync(_mqtt);
        using GatewayProcess gateway = new("one", _folder.FullName, _place, "--broker", $"mqtt://127.0.0.1:{_mqtt}")
        {
            Configure = start =>
            {
                start.Environment["LD_PRELOAD"] = FakeTimeFactAttribute.Library;
                start.Environment["FAKETIME_TIMESTAMP_FILE"] = step;
                start.Environment["FAKETIME_NO_CACHE"] = "1";
                start.Environment["DONT_FAKE_MONOTONIC"] = "1";
            },
        };
        byte[] psk = NewKey("boiler");
        await gateway.StartAsync();
        await using Subscriber subscriber = new(_mqtt);
        await subscriber.Connected.Task.WaitAsync(s_patience);
        int sent = 0;
        await using (Channel device = await ConnectAsync(psk))
        {
            await subscriber.WaitAsync("springtail/boiler/owner", t => t.LastOrDefault() == "one");
            foreach (string by in (string[])["+2d", "-3d", "+40y", "+0"])
            {
                File.WriteAllText(step, by);
                await subscriber.PublishAsync("springtail/boiler/down", new string('x', 300_000));
                await device.SendAsync(Encoding.ASCII.GetBytes((++sent).ToString()));
                Assert.True(await device.WaitForAcknowledgmentsAsync().AsTask().WaitAsync(s_patience));
                await subscriber.WaitAsync("springtail/boiler/up", t => t.Length == sent);
                await subscriber.PublishAsync("springtail/boiler/down", by, 60);
                Assert.Equal(by, Encoding.ASCII.GetString((await device.ReceiveAsync().AsTask().WaitAsync(s_patience)).Message.Data.Span));
                await Task.Delay(600);
            }

            Assert.True(device.IsOpen);
            await device.CloseAsync();
        }

        // It was on those days, as its log says of what no device takes.
        foreach (int days in (int[])[2, -3, 40 * 365])
        {
            Assert.Contains(gateway.Log.Split('\n'), l => DateTime.TryParse(l.Split(' ')[0], out DateTime time) && Math.Abs((time.ToUniversalTime() - DateTime.UtcNow).TotalDays - days) < 0.5);
        }

        await subscriber.WaitAsync("springtail/boiler/status", t => t.LastOrDefault()?.Contains("offline") == true);
        await subscriber.PublishAsync("springtail/boiler/down", "gone", 1);
        await subscriber.PublishAsync("springtail/boiler/down", "here", 3600);
        await Task.Delay(300);
        File.WriteAllText(step, "-3d");
        await Task.Delay(2000);
        File.WriteAllText(step, "+2d");
        await Task.Delay(300);
        File.WriteAllText(step, "+0");
        await using Channel back = await ConnectAsync(psk);
        Assert.Equal("here", Encoding.ASCII.GetString((await back.ReceiveAsync().AsTask().WaitAsync(s_patience)).Message.Data.Span));
    }

    [Fact]
    [SupportedOSPlatform("linux")]
    public async Task Messages_on_disk_are_their_owners_alone_in_whatever_folder()
    {
        string path = Path.Combine(_folder.FullName, "messages.db");
        File.SetUnixFileMode(_folder.FullName, (UnixFileMode)0b111_101_101);
        using Store store = new(path, 1 << 30, new ListLogger<Store>([]));
        await store.AddDownAsync("d", [1], 0);
        string[] files = Directory.GetFiles(_folder.FullName);
        Assert.Equal(["messages.db", "messages.db-shm", "messages.db-wal", "messages.db.reserve"], files.Select(Path.GetFileName).Order());
        Assert.All(files, file => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file)));
    }

    [Fact]
    public async Task A_full_store_holds_messages_back_and_goes_on_when_others_have_gone()
    {
        List<string> log = [];
        using Store store = new(Path.Combine(_folder.FullName, "messages.db"), 200_000, new ListLogger<Store>(log));
        int stored = 0;
        for (int i = 0; i < 300; i++)
        {
            await store.AddUpAsync("d", new byte[2000], () => Interlocked.Increment(ref stored));
        }

        Assert.True(SpinWait.SpinUntil(() => store.IsFull, s_patience));
        await Task.Delay(200);
        Assert.InRange(stored, 0, 299);
        Assert.Contains(log, l => l.Contains("Nothing more can be stored"));

        // What the broker has goes, and all of the rest finds its place, each once.
        HashSet<long> seen = [];
        Assert.True(SpinWait.SpinUntil(
            () =>
            {
                foreach (StoredMessage message in store.ReadUp(0, 50).Where(m => seen.Add(m.Id)))
                {
                    store.RemoveUp(message.Id);
                }

                Thread.Sleep(20);
                return seen.Count == 300;
            },
            s_patience));
        Assert.Equal(300, stored);
    }

    [SmallDiskFact]
    public async Task A_disk_that_is_full_holds_messages_back_and_all_find_their_place_once_there_is_room()
    {
        using SmallDisk disk = new(_folder.FullName, "1m");
        List<string> log = [];
        using Store store = new(Path.Combine(_folder.FullName, "messages.db"), 1 << 30, new ListLogger<Store>(log));
        List<int> stored = [];
        for (int i = 0; i < 600; i++)
        {
            int number = i;
            await store.AddUpAsync("d", Encoding.ASCII.GetBytes(i.ToString("D4") + new string('x', 2000)), () => stored.Add(number));
        }

        Assert.True(SpinWait.SpinUntil(() => store.IsFull, s_patience));
        await Task.Delay(200);
        Assert.InRange(stored.Count, 0, 599);
        Assert.Contains(log, l => l.Contains("Nothing more can be stored"));
        disk.Resize("16m");
        Assert.True(SpinWait.SpinUntil(() => !store.IsFull && stored.Count == 600, s_patience));
        Assert.Equal(Enumerable.Range(0, 600), stored);
        Assert.Equal(Enumerable.Range(0, 600), store.ReadUp(0, 1000).Select(m => int.Parse(Encoding.ASCII.GetString(m.Payload, 0, 4))));
    }

    [Theory]
    [InlineData("--broker http://x", "broker cannot be \"http://x\": mqtt://HOST")]
    [InlineData("--limit 0", "limit cannot be \"0\": how much may wait on disk")]
    [InlineData("--name a/b", "name cannot be \"a/b\"")]
    [InlineData("--name a+b", "name cannot be \"a+b\"")]
    [InlineData("--ports 5-4", "ports cannot be \"5-4\"")]
    [InlineData("--mqtt 1883", "mqtt cannot be \"1883\"")]
    [InlineData("--colour red", "There is no setting \"colour\"")]
    [InlineData("--user u", "set broker too")]
    [InlineData("--http 0.0.0.0:8480", "http is 0.0.0.0:8480, which others can reach: set http-password-file too, or use a loopback address.")]
    [InlineData("--http [::]:8480", "http is [::]:8480, which others can reach")]
    [InlineData("--http-password-file /nowhere", "http-password-file cannot be \"/nowhere\": a file whose first line is the password")]
    [InlineData("--http-password-file /proc/self/comm", "at least 12 characters")]
    [InlineData("--broker mqtts://b --certificate /nowhere", "certificate cannot be")]
    [InlineData("stray", "\"stray\" is no option")]
    [InlineData("--settings /nowhere/s.json", "settings: /nowhere/s.json cannot be read")]
    [InlineData("--settings /", "settings: / cannot be read")]
    [InlineData("--settings", "settings:  cannot be read")]
    [InlineData("--name", "name cannot be \"\"")]
    [InlineData("--data --http off", "data cannot be \"\"")]
    [InlineData("--broker mqtt://u:secret@h", "broker cannot be \"…@h\": mqtt://HOST[:PORT] or mqtts://HOST[:PORT], the user goes into user")]
    [InlineData("--broker mqtt://h:0", "broker cannot be")]
    [InlineData("--broker mqtt://h?x=1", "broker cannot be")]
    [InlineData("--broker mqtt://h/#x", "broker cannot be")]
    [InlineData("--broker wrong --user u", "broker cannot be \"wrong\"")]
    [InlineData("--broker mqtts://h --ca /proc/self/comm", "ca cannot be \"/proc/self/comm\": certificates (PEM)")]
    [InlineData("--broker mqtts://h --certificate /proc/self/comm --certificate-key /proc/self/comm", "must hold a certificate and its private key")]
    [InlineData("--broker mqtts://h --password-file /proc/self/comm", "password-file is for a user")]
    [InlineData("--broker mqtts://h --user u --password-file /", "password-file cannot be \"/\"")]
    [InlineData("--broker mqtts://h --user u --password-file /dev/null", "password-file cannot be \"/dev/null\"")]
    [InlineData("--mqtt 0.0.0.0:1883", "mqtt is 0.0.0.0:1883, which others can reach: set user and password-file too, or use a loopback address.")]
    [InlineData("--http 0.0.0.0:8480 --http-password-file /", "http-password-file cannot be \"/\"")]
    [InlineData("--http localhost:8480", "Its form is ADDRESS:PORT.")]
    public void A_setting_that_is_wrong_has_one_line_that_says_what_it_may_be(string arguments, string line)
    {
        GatewaySettings.Read(arguments.Split(' '), out List<string> mistakes);
        Assert.Contains(line, Assert.Single(mistakes));
    }

    [Theory]
    [InlineData("{\"Gatway\":{\"name\":\"x\"}}", "there is no such section")]
    [InlineData("{\"name\":\"x\"}", "there is no such section")]
    [InlineData("{\"Gateway\":{\"nmae\":\"x\"}}", "There is no setting \"nmae\"")]
    [InlineData("{\"Gateway\":{\"broker\":{\"url\":\"x\"}}}", "broker cannot be \"\"")]
    [InlineData("{\"Gateway\":{\"name\":null}}", "name cannot be \"\"")]
    [InlineData("{\"Gateway\"", "is no JSON")]
    [InlineData("", "is no JSON")]
    public void A_settings_file_that_says_nothing_it_could_mean_has_one_line_wherever_it_is_named(string text, string line)
    {
        string file = Path.Combine(_folder.FullName, "s.json");
        File.WriteAllText(file, text);
        GatewaySettings.Read(["--settings", file], out List<string> mistakes);
        Assert.Contains(line, Assert.Single(mistakes));
        Environment.SetEnvironmentVariable("SPRINGTAIL_GATEWAY_SETTINGS", file);
        try
        {
            GatewaySettings.Read([], out List<string> same);
            Assert.Equal(mistakes, same);
        }
        finally
        {
            Environment.SetEnvironmentVariable("SPRINGTAIL_GATEWAY_SETTINGS", null);
        }
    }

    [Fact]
    public void Certificates_are_for_a_broker_with_TLS_alone()
    {
        string ca = Path.Combine(_folder.FullName, "ca.pem");
        using System.Security.Cryptography.ECDsa key = System.Security.Cryptography.ECDsa.Create();
        using X509Certificate2 made = new CertificateRequest("CN=x", key, System.Security.Cryptography.HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UtcNow, DateTimeOffset.UtcNow.AddDays(1));
        File.WriteAllText(ca, made.ExportCertificatePem());
        GatewaySettings.Read(["--broker", "mqtts://h", "--ca", ca], out List<string> right);
        Assert.Empty(right);
        GatewaySettings.Read(["--broker", "mqtt://h", "--ca", ca], out List<string> plain);
        Assert.Contains("make it mqtts://", Assert.Single(plain));
        GatewaySettings.Read(["--ca", ca], out List<string> inside);
        Assert.Contains("set broker too", Assert.Single(inside));
    }

    [Fact]
    public void The_command_line_goes_before_the_environment_and_that_before_the_file()
    {
        string file = Path.Combine(_folder.FullName, "s.json");
        File.WriteAllText(file, "{\"Gateway\":{\"name\":\"f\",\"limit\":\"5\",\"discovery-port\":\"7\"}}");
        Environment.SetEnvironmentVariable("SPRINGTAIL_GATEWAY_LIMIT", "6");
        Environment.SetEnvironmentVariable("SPRINGTAIL_GATEWAY_DISCOVERY_PORT", "8");
        try
        {
            GatewaySettings settings = GatewaySettings.Read(["--settings", file, "--limit=9"], out List<string> mistakes);
            Assert.Empty(mistakes);
            Assert.Equal(("f", 9L << 20, 8), (settings.Name, settings.Limit, settings.DiscoveryPort));
        }
        finally
        {
            Environment.SetEnvironmentVariable("SPRINGTAIL_GATEWAY_LIMIT", null);
            Environment.SetEnvironmentVariable("SPRINGTAIL_GATEWAY_DISCOVERY_PORT", null);
        }
    }

    private byte[] NewKey(string name) => TestDevice.NewKey(Keys, name);

    private ChannelOptions Options(byte[] psk) => TestDevice.Options(psk, _place);

    private Task<Channel> ConnectAsync(byte[] psk, CancellationToken cancellationToken = default) => TestDevice.ConnectAsync(psk, _place, cancellationToken);

    private sealed class SteppingTime : TimeProvider
    {
        public DateTimeOffset Utc { get; set; } = new(1970, 1, 1, 0, 0, 5, TimeSpan.Zero);

        public TimeSpan Passed { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override DateTimeOffset GetUtcNow() => Utc;

        public override long GetTimestamp() => Passed.Ticks;
    }
}
