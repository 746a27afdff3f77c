using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;
using Xunit;

namespace Springtail.Gateway.Tests;

/// <summary>Several gateways and Mosquitto (Debian's), over real sockets on loopback.</summary>
public sealed class FleetTests : IDisposable
{
    private const string Mosquitto = "/usr/sbin/mosquitto";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("springtail-fleet-");

    public void Dispose() => _folder.Delete(recursive: true);

    [MosquittoFact]
    public async Task Devices_of_a_gateway_that_is_killed_go_on_at_another_and_its_messages_stay_in_order_while_the_broker_restarts()
    {
        int mqtt = GatewayProcess.FreePort(SocketType.Stream);
        using Process first = Start(mqtt);
        await using Subscriber subscriber = new(mqtt);
        await subscriber.Connected.Task.WaitAsync(TimeSpan.FromSeconds(20));
        string keys = Path.Combine(_folder.FullName, "keys");
        int[] ports = [GatewayProcess.FreePort(SocketType.Dgram), GatewayProcess.FreePort(SocketType.Dgram)];
        using GatewayProcess one = Gateway("one", ports[0]);
        using GatewayProcess two = Gateway("two", ports[1]);
        Directory.CreateDirectory(keys);
        byte[][] psks = [.. Enumerable.Range(0, 4).Select(i =>
        {
            string path = Path.Combine(keys, "d" + i);
            PskFile.Create(path);
            return PskFile.Read(path);
        })];
        await Task.WhenAll(one.StartAsync(), two.StartAsync());

        // As a device that knows two addresses: it tries them in turn.
        Player[] players = [.. psks.Select((p, i) => new Player("d" + i, p, ports))];
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
        using Process second = Start(mqtt);
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

        GatewayProcess Gateway(string name, int port) =>
            new(name, Path.Combine(_folder.FullName, name), port, "--keys", keys, "--broker", $"mqtt://127.0.0.1:{mqtt}");
    }

    private Process Start(int port)
    {
        string file = Path.Combine(_folder.FullName, "mosquitto.conf");
        File.WriteAllText(file, $"listener {port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\n");
        return Process.Start(new ProcessStartInfo(Mosquitto, ["-c", file]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
    }

    /// <summary>Skipped, with a plain word, where there is no Mosquitto.</summary>
    private sealed class MosquittoFactAttribute : FactAttribute
    {
        public MosquittoFactAttribute()
        {
            if (!File.Exists(Mosquitto))
            {
                Skip = "Mosquitto is not installed (apt-get install mosquitto).";
            }
        }
    }
}
