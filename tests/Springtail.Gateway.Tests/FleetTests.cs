using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Net;
using System.Threading;
using System.Threading.Tasks;
using Springtail.Gateway.Bench;
using Xunit;

namespace Springtail.Gateway.Tests;

/// <summary>Several gateways and Mosquitto (Debian's), over real sockets on loopback.</summary>
public sealed class FleetTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("springtail-fleet-");
    private readonly int _mqtt = GatewayProcess.FreePort();
    private readonly IPEndPoint[] _places = [GatewayProcess.NewPlace(), GatewayProcess.NewPlace(), GatewayProcess.NewPlace()];

    private string Keys => Path.Combine(_folder.FullName, "keys");

    public void Dispose() => _folder.Delete(recursive: true);

    [MosquittoFact]
    public async Task Devices_of_a_gateway_that_is_killed_go_on_at_another_and_its_messages_stay_in_order_while_the_broker_restarts()
    {
        using Process first = Start();
        await using Subscriber subscriber = await SubscribeAsync();
        using GatewayProcess one = Gateway("one", _places[0]);
        using GatewayProcess two = Gateway("two", _places[1]);
        byte[][] psks = [.. Enumerable.Range(0, 4).Select(i => TestDevice.NewKey(Keys, "d" + i))];
        await Task.WhenAll(one.StartAsync(), two.StartAsync());

        // As a device that knows two addresses: it tries them in turn.
        Player[] players = [.. psks.Select((p, i) => new Player("d" + i, p, _places[..2]))];
        using CancellationTokenSource end = new();
        Task[] playing = [.. players.Select(p => p.PlayAsync(end.Token))];
        await subscriber.WaitAsync("springtail/d0/owner", t => t.LastOrDefault() == "one");
        await Task.Delay(1000);
        one.Kill();
        Stopwatch time = Stopwatch.StartNew();
        await Task.WhenAll(players.Select(p => subscriber.WaitAsync($"springtail/{p.Name}/owner", t => t.LastOrDefault() == "two", 20)));
        Assert.True(time.Elapsed < TimeSpan.FromSeconds(10), $"The last device was back after {time.Elapsed}.");

        // A message down goes to where the device is now.
        await subscriber.PublishAsync("springtail/d0/down", "command");
        Assert.True(SpinWait.SpinUntil(() => players[0].Received.Contains("command"), 20_000));

        first.Kill();
        await first.WaitForExitAsync();
        await Task.Delay(500);
        using Process second = Start();
        await one.StartAsync();
        await Task.Delay(1500);
        await end.CancelAsync();
        await Task.WhenAll(playing).WaitAsync(TimeSpan.FromSeconds(60));
        try
        {
            foreach (Player player in players)
            {
                // What went by while the subscriber was away is with nobody: Mosquitto has no persistence here. What came has its order, and the end is there.
                await subscriber.WaitAsync($"springtail/{player.Name}/up", t => t.Contains(player.Delivered[^1]));
                Assert.True(player.Delivered.Count > 20, $"{player.Name} delivered {player.Delivered.Count}");
            }
        }
        finally
        {
            second.Kill();
        }
    }

    [MosquittoFact]
    public async Task What_came_for_a_device_while_its_former_gateway_was_dead_goes_to_it_once()
    {
        using Process broker = Start();
        await using Subscriber subscriber = await SubscribeAsync();
        using GatewayProcess one = Gateway("one", _places[0]);
        using GatewayProcess two = Gateway("two", _places[1]);
        Player player = new("d0", TestDevice.NewKey(Keys, "d0"), _places[..2]) { Burst = 1, Pause = TimeSpan.FromMilliseconds(100) };
        await Task.WhenAll(one.StartAsync(), two.StartAsync());
        using CancellationTokenSource end = new();
        Task playing = player.PlayAsync(end.Token);
        try
        {
            await subscriber.WaitAsync("springtail/d0/owner", t => t.LastOrDefault() == "one");
            one.Kill();

            // The broker keeps it for the one that is dead, and nobody else hears it.
            await subscriber.PublishAsync("springtail/d0/down", "between");
            await subscriber.WaitAsync("springtail/d0/owner", t => t.LastOrDefault() == "two");
            string[] commands = [.. Enumerable.Range(0, 5).Select(i => "command " + i)];
            foreach (string command in commands)
            {
                await subscriber.PublishAsync("springtail/d0/down", command);
            }

            Assert.True(SpinWait.SpinUntil(() => commands.All(player.Received.Contains), 20_000));
            await one.StartAsync();
            Assert.True(SpinWait.SpinUntil(() => player.Received.Contains("between"), 20_000));

            // What it gives back comes in order: this would be after all the others.
            await subscriber.PublishAsync("springtail/d0/down", "last");
            Assert.True(SpinWait.SpinUntil(() => player.Received.Contains("last"), 20_000));
            await Task.Delay(1000);
            Assert.Equal([.. commands, "between", "last"], player.Received);
        }
        finally
        {
            await end.CancelAsync();
            await playing.WaitAsync(TimeSpan.FromSeconds(60));
            broker.Kill();
        }
    }

    [MosquittoFact]
    public async Task How_a_device_is_that_has_moved_is_told_by_the_gateway_that_has_it_now()
    {
        using Process broker = Start();
        await using Subscriber subscriber = await SubscribeAsync();
        byte[] psk = TestDevice.NewKey(Keys, "d0");
        using GatewayProcess one = Gateway("one", _places[0]);
        using GatewayProcess two = Gateway("two", _places[1]);
        try
        {
            await Task.WhenAll(one.StartAsync(), two.StartAsync());
            await using Channel first = await TestDevice.ConnectAsync(psk, _places[0]);
            await subscriber.WaitAsync("springtail/d0/owner", t => t.LastOrDefault() == "one");
            await using Channel second = await TestDevice.ConnectAsync(psk, _places[1]);
            await subscriber.WaitAsync("springtail/d0/owner", t => t.LastOrDefault() == "two");
            Assert.Equal(ReceiveOutcome.Ended, (await first.ReceiveAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20))).Outcome);
            await Task.Delay(1000);
            string[] told = subscriber.TextsOf("springtail/d0/status");
            Assert.Contains("\"state\":\"online\"", told[^1]);
            Assert.Contains("\"gateway\":\"two\"", told[^1]);
            Assert.DoesNotContain(told, t => t.Contains("offline"));
        }
        finally
        {
            broker.Kill();
        }
    }

    [MosquittoFact(isLong: true)]
    public async Task Three_gateways_and_300_devices_lose_nothing_that_was_acknowledged_whatever_of_them_is_killed()
    {
        const int devices = 300;
        Process broker = Start("persistence true\n");
        await using Subscriber subscriber = await SubscribeAsync();
        Player[] players = new Player[devices];
        for (int i = 0; i < devices; i++)
        {
            players[i] = new Player("d" + i, TestDevice.NewKey(Keys, "d" + i), _places) { First = i % _places.Length, Burst = 1, Pause = TimeSpan.FromSeconds(1) };
        }

        GatewayProcess[] all = [.. _places.Select((place, i) => Gateway("g" + i, place))];
        using CancellationTokenSource end = new();
        try
        {
            await Task.WhenAll(all.Select(g => g.StartAsync()));
            Task[] playing = [.. players.Select(p => p.PlayAsync(end.Token))];
            await Task.WhenAll(players.Select(p => subscriber.WaitAsync($"springtail/{p.Name}/owner", t => t.Length > 0, 60)));
            await Task.Delay(3000);

            // One gateway, under load: its devices go on at the others within 10 s, and hear what is sent to them.
            Player[] moved = [.. players.Where(p => subscriber.TextsOf($"springtail/{p.Name}/owner")[^1] == "g0")];
            Assert.InRange(moved.Length, 1, devices - 1);
            all[0].Kill();
            Stopwatch time = Stopwatch.StartNew();
            await Task.WhenAll(moved.Select(p => subscriber.WaitAsync($"springtail/{p.Name}/owner", t => t[^1] != "g0", 30)));
            Assert.True(time.Elapsed < TimeSpan.FromSeconds(10), $"The last of {moved.Length} devices was back after {time.Elapsed}.");
            await Task.WhenAll(players.Select(p => subscriber.PublishAsync($"springtail/{p.Name}/down", "command")));
            Assert.True(SpinWait.SpinUntil(() => players.All(p => p.Received.Contains("command")), 30_000));

            // The broker, in order, since Mosquitto keeps what it has acknowledged in memory; then both at once.
            await EndAsync(broker);
            await Task.Delay(3000);
            broker = Start("persistence true\n");
            await all[0].StartAsync();
            await Task.Delay(5000);
            all[1].Kill();
            await EndAsync(broker);
            await Task.Delay(2000);
            broker = Start("persistence true\n");
            await all[1].StartAsync();
            await Task.Delay(8000);
            await end.CancelAsync();
            await Task.WhenAll(playing).WaitAsync(TimeSpan.FromSeconds(60));
            foreach (Player player in players)
            {
                string topic = $"springtail/{player.Name}/up";
                Assert.True(player.Delivered.Count > 5, $"{player.Name} delivered {player.Delivered.Count}");
                await subscriber.WaitAsync(topic, t => player.Delivered.All(new HashSet<string>(t).Contains), 60);

                // Through each gateway in order, each by its first copy: what one has on disk when it is killed comes when it is back.
                foreach (IGrouping<string, (string Topic, string Text, string? Id)> store in subscriber.HeardOf(topic).DistinctBy(h => h.Id).GroupBy(h => h.Id!.Split('-')[0]))
                {
                    int[] numbers = [.. store.Select(h => int.Parse(h.Text)).Distinct()];
                    Assert.Equal(numbers.Order(), numbers);
                }
            }
        }
        finally
        {
            Array.ForEach(all, g => g.Dispose());
            broker.Kill();
        }
    }

    private GatewayProcess Gateway(string name, IPEndPoint place) =>
        new(name, Path.Combine(_folder.FullName, name), place, "--keys", Keys, "--broker", $"mqtt://127.0.0.1:{_mqtt}");

    private async Task<Subscriber> SubscribeAsync()
    {
        Subscriber subscriber = new(_mqtt);
        await subscriber.Connected.Task.WaitAsync(TimeSpan.FromSeconds(20));
        return subscriber;
    }

    private static async Task EndAsync(Process process)
    {
        GatewayProcess.Signal(process, GatewayProcess.SigTerm);
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(20));
    }

    private Process Start(string more = "")
    {
        string file = Path.Combine(_folder.FullName, "mosquitto.conf");
        File.WriteAllText(file, $"listener {_mqtt} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\npersistence_location {_folder.FullName}/\nuser root\n{more}");
        return Process.Start(new ProcessStartInfo(Mosquitto.Program, ["-c", file]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
    }
}
