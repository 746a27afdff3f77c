using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Net;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using MQTTnet.Protocol;
using MQTTnet.Server;
using Springtail.Gateway.Bench;
using Xunit;

namespace Springtail.Gateway.Tests;

/// <summary>A broker that takes messages, but not all of them.</summary>
[Collection(GatewayProcess.Inside)]
public sealed class RefusalTests : IAsyncLifetime
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("springtail-refusal-");
    private readonly IPEndPoint _place = GatewayProcess.NewPlace();
    private readonly int _mqtt = GatewayProcess.FreePort();
    private readonly Dictionary<string, byte[]> _psks = [];
    private WebApplication? _gateway;
    private Process _broker = null!;

    private string Access => Path.Combine(_folder.FullName, "access");

    private Refusals Refusals => _gateway!.Services.GetRequiredService<Refusals>();

    private string Log
    {
        get
        {
            long start = 0;
            return string.Join('\n', _gateway!.Services.GetRequiredService<LogHistory>().Lines.After(ref start).Select(l => l.Text));
        }
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        if (_gateway != null)
        {
            await _gateway.StopAsync();
            await _gateway.DisposeAsync();
        }

        _broker?.Kill();
        _folder.Delete(recursive: true);
    }

    [MosquittoFact]
    public async Task What_one_device_may_not_publish_waits_in_its_order_and_stops_no_other_and_goes_once_it_may()
    {
        File.WriteAllText(Access, "topic readwrite #\ntopic deny springtail/bad/up\ntopic deny springtail/bad/status\n");
        await using Subscriber subscriber = await StartAsync($"acl_file {Access}\n");
        await using Channel good = await ConnectAsync("good");
        await using Channel bad = await ConnectAsync("bad");
        Refusals.EnderTime = 3000;
        await SendAsync(bad, 0, 50);
        await SendAsync(good, 0, 50);
        await subscriber.WaitAsync("springtail/good/up", t => t.Distinct().Count() == 50);
        await subscriber.WaitAsync("springtail/good/status", t => t.Length > 0);
        Assert.Empty(subscriber.TextsOf("springtail/bad/up"));
        await WaitAsync(() => _gateway!.Services.GetRequiredService<Store>().WaitingUp == 50);
        Assert.Equal((2, "bad, springtail/bad/status"), (Refusals.Count, Refusals.Names));
        Assert.Contains("The broker refuses messages of bad (NotAuthorized", Log);
        HealthReport health = await _gateway!.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();
        Assert.Equal(HealthStatus.Degraded, health.Status);
        Assert.Contains("bad", health.Entries["broker"].Description);

        // It may: what waited comes before what is sent from now on, each once.
        File.WriteAllText(Access, "topic readwrite #\n");
        GatewayProcess.Signal(_broker, GatewayProcess.SigHup);
        await SendAsync(bad, 50, 20);
        await SendAsync(good, 50, 20);
        await subscriber.WaitAsync("springtail/bad/up", t => t.Length >= 70);
        await subscriber.WaitAsync("springtail/good/up", t => t.Distinct().Count() >= 70);
        await subscriber.WaitAsync("springtail/bad/status", t => t.Length > 0);
        await SendAsync(bad, 70, 5);
        await subscriber.WaitAsync("springtail/bad/up", t => t.Length >= 75);
        Assert.Equal(Enumerable.Range(0, 75).Select(n => n.ToString()), subscriber.TextsOf("springtail/bad/up"));
        Assert.Equal(Enumerable.Range(0, 70).Select(n => n.ToString()), subscriber.HeardOf("springtail/good/up").DistinctBy(h => h.Id).Select(h => h.Text));
        Assert.Equal(0, Refusals.Count);
        Assert.Contains("The broker takes messages of bad again", Log);
    }

    // A packet has 50 bytes beside the payload here: the header, 3; the topic, 19; the identifier, 2; its properties, 26.
    [MosquittoTheory]
    [InlineData("max_packet_size 1000", "a packet of 1001 bytes, and it takes at most 1000")]
    [InlineData("message_size_limit 950", "PacketTooLarge")]
    public async Task One_that_is_too_large_waits_with_those_after_it_and_goes_once_the_broker_takes_it(string limit, string reason)
    {
        await using Subscriber subscriber = await StartAsync(limit + "\n");
        await using Channel good = await ConnectAsync("good");
        await using Channel bad = await ConnectAsync("big");
        Refusals.EnderTime = 5000;
        string[] texts = [new string('x', 950), new string('y', 951), .. Enumerable.Range(0, 20).Select(n => n.ToString())];
        foreach (string text in texts)
        {
            await bad.SendAsync(Encoding.ASCII.GetBytes(text));
        }

        Assert.True(await bad.WaitForAcknowledgmentsAsync().AsTask().WaitAsync(s_patience));
        await SendAsync(good, 0, 50);
        await subscriber.WaitAsync("springtail/good/up", t => t.Distinct().Count() == 50);
        Assert.Equal(texts[..1], subscriber.TextsOf("springtail/big/up"));
        Assert.Equal((1, "big"), (Refusals.Count, Refusals.Names));
        Assert.Contains($"The broker refuses messages of big ({reason}", Log);

        // This one ends the connection too when it refuses a message, but it is not to have a reason to do it all the time.
        Assert.InRange(Log.Split("No connection").Length - 1, 0, limit[0] == 'm' && limit[1] == 'e' ? 3 : 0);
        GatewayProcess.Signal(_broker, GatewayProcess.SigTerm);
        await _broker.WaitForExitAsync().WaitAsync(s_patience);
        _broker = Start("");
        await subscriber.WaitAsync("springtail/big/up", t => t.Length >= texts.Length);
        Assert.Equal(texts, subscriber.HeardOf("springtail/big/up").DistinctBy(h => h.Id).Select(h => h.Text));
        Assert.Equal(0, Refusals.Count);
    }

    [Theory]
    [InlineData("up")]
    [InlineData("status")]
    public async Task A_broker_that_ends_the_connection_over_what_it_refuses_gets_all_the_rest(string kind)
    {
        bool refuses = true;
        MqttServer server = new MqttServerFactory().CreateMqttServer(new MqttServerOptionsBuilder().WithDefaultEndpoint().WithDefaultEndpointPort(_mqtt)
            .WithDefaultEndpointBoundIPAddress(IPAddress.Loopback).WithDefaultEndpointBoundIPV6Address(IPAddress.None).WithPersistentSessions().Build());
        server.InterceptingPublishAsync += e =>
        {
            bool isRefused = refuses && e.ApplicationMessage.Topic == "springtail/bad/" + kind;
            (e.ProcessPublish, e.CloseConnection) = (!isRefused, isRefused);
            return Task.CompletedTask;
        };
        await server.StartAsync();
        await using Subscriber subscriber = new(_mqtt);
        await subscriber.Connected.Task.WaitAsync(s_patience);
        await using Channel good = await ConnectAsync("good");
        await using Channel bad = await ConnectAsync("bad");
        Refusals.EnderTime = 3000;
        await SendAsync(bad, 0, 20);
        await SendAsync(good, 0, 100);
        await subscriber.WaitAsync("springtail/good/up", t => t.Distinct().Count() == 100);
        if (kind == "up")
        {
            Assert.Empty(subscriber.TextsOf("springtail/bad/up"));
            await WaitAsync(() => Log.Contains("The broker refuses messages of bad (it ends the connection:"));
        }
        else
        {
            await subscriber.WaitAsync("springtail/bad/up", t => t.Distinct().Count() == 20);
            await WaitAsync(() => Log.Contains("The broker refuses springtail/bad/status (it ends the connection:"));
        }

        refuses = false;
        await SendAsync(bad, 20, 20);
        await subscriber.WaitAsync("springtail/bad/up", t => t.Distinct().Count() == 40);
        await subscriber.WaitAsync("springtail/bad/status", t => t.Length > 0);
        Assert.Equal(Enumerable.Range(0, 40), subscriber.TextsOf("springtail/bad/up").Distinct().Select(int.Parse));
        Assert.Equal(Enumerable.Range(0, 100), subscriber.TextsOf("springtail/good/up").Distinct().Select(int.Parse));
        await WaitAsync(() => Refusals.Count == 0);
        await server.StopAsync(new MqttServerStopOptions());
        server.Dispose();
    }

    [MosquittoFact]
    public async Task A_device_that_is_refused_waits_itself_before_it_takes_the_room_of_others()
    {
        File.WriteAllText(Access, "topic readwrite #\ntopic deny springtail/bad/up\n");
        await using Subscriber subscriber = await StartAsync($"acl_file {Access}\n");
        await using Channel good = await ConnectAsync("good", "--limit", "1");
        await using Channel bad = await ConnectAsync("bad");
        Refusals.EnderTime = 3000;
        int sent = 0;
        using CancellationTokenSource end = new();
        Task flooding = Task.Run(async () =>
        {
            try
            {
                for (; ; sent++)
                {
                    await bad.SendAsync(Encoding.ASCII.GetBytes(sent.ToString().PadRight(3400)), end.Token);
                }
            }
            catch (OperationCanceledException)
            {
            }
        });
        int before = -1;
        await WaitAsync(() => before == (before = Volatile.Read(ref sent)) && sent > 140, 1000);
        Assert.InRange(sent, 140, 350);
        Assert.False(_gateway!.Services.GetRequiredService<Store>().IsFull);
        await SendAsync(good, 0, 200);
        await subscriber.WaitAsync("springtail/good/up", t => t.Distinct().Count() == 200);
        File.WriteAllText(Access, "topic readwrite #\n");
        GatewayProcess.Signal(_broker, GatewayProcess.SigHup);
        await WaitAsync(() => sent > 500);
        await end.CancelAsync();
        await flooding;
        Assert.True(await bad.WaitForAcknowledgmentsAsync().AsTask().WaitAsync(s_patience));
        await subscriber.WaitAsync("springtail/bad/up", t => t.Length == sent);
        Assert.Equal(Enumerable.Range(0, sent), subscriber.TextsOf("springtail/bad/up").Select(int.Parse));
    }

    [MosquittoFact]
    public async Task What_waits_for_a_device_that_is_away_leaves_room_for_others()
    {
        await using Subscriber subscriber = await StartAsync("");
        await using Channel good = await ConnectAsync("good", "--limit", "1");
        await (await ConnectAsync("bad")).DisposeAsync();
        Store store = _gateway!.Services.GetRequiredService<Store>();
        while (store.WaitingDown == 0)
        {
            // Until the gateway has subscribed.
            await subscriber.PublishAsync("springtail/bad/down", "first");
            await Task.Delay(50);
        }

        for (int i = 0; i < 300; i++)
        {
            await subscriber.PublishAsync("springtail/bad/down", i.ToString().PadRight(3400));
        }

        await WaitAsync(() => Log.Contains("Messages for bad are refused"));
        await subscriber.PublishAsync("springtail/good/down", "open");
        Assert.Equal("open", Encoding.ASCII.GetString((await good.ReceiveAsync().AsTask().WaitAsync(s_patience)).Message.Data.Span));
        Assert.False(store.IsFull);
        await SendAsync(good, 0, 200);
        await subscriber.WaitAsync("springtail/good/up", t => t.Distinct().Count() == 200);

        // What was taken for it comes in order, without a gap, once it is there.
        await using Channel bad = await ConnectAsync("bad");
        int count = 0;
        for (long left = store.WaitingDown; left > 0; left = store.WaitingDown)
        {
            using CancellationTokenSource none = new(2000);
            try
            {
                string text = Encoding.ASCII.GetString((await bad.ReceiveAsync(none.Token)).Message.Data.Span);
                if (text != "first")
                {
                    Assert.Equal(count++, int.Parse(text));
                }
            }
            catch (OperationCanceledException)
            {
                // Only what was received and is not yet deleted is left.
            }
        }

        Assert.InRange(count, 140, 250);
    }

    private async Task<Subscriber> StartAsync(string more)
    {
        _broker = Start(more);
        Subscriber subscriber = new(_mqtt);
        await subscriber.Connected.Task.WaitAsync(s_patience);
        return subscriber;
    }

    private async Task<Channel> ConnectAsync(string name, params string[] more)
    {
        if (_gateway == null)
        {
            foreach (string device in (string[])["good", "bad", "big"])
            {
                _psks[device] = TestDevice.NewKey(Path.Combine(_folder.FullName, "keys"), device);
            }

            _gateway = await GatewayProcess.StartInsideAsync(_folder.FullName, _place, ["--broker", $"mqtt://127.0.0.1:{_mqtt}", .. more]);
        }

        ChannelOptions options = TestDevice.Options(_psks[name], _place);
        options.SendBuffers = 64;
        return await Channel.ConnectAsync(_place.Address.ToString(), options).WaitAsync(s_patience);
    }

    private static async Task SendAsync(Channel channel, int first, int count)
    {
        for (int i = 0; i < count; i++)
        {
            await channel.SendAsync(Encoding.ASCII.GetBytes((first + i).ToString()));
        }

        // It is on disk.
        Assert.True(await channel.WaitForAcknowledgmentsAsync().AsTask().WaitAsync(s_patience));
    }

    private static async Task WaitAsync(Func<bool> holds, int pause = 50)
    {
        long end = Environment.TickCount64 + (long)s_patience.TotalMilliseconds;
        while (!holds())
        {
            Assert.True(Environment.TickCount64 < end, "It did not come about in time.");
            await Task.Delay(pause);
        }
    }

    private Process Start(string more)
    {
        string file = Path.Combine(_folder.FullName, "mosquitto.conf");
        File.WriteAllText(
            file, $"listener {_mqtt} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\npersistence true\npersistence_location {_folder.FullName}/\nuser {Environment.UserName}\n{more}");
        Process process = Process.Start(new ProcessStartInfo(Mosquitto.Program, ["-c", file]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }
}
