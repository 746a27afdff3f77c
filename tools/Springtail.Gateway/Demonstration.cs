using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net.Sockets;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using MQTTnet;
using MQTTnet.Formatter;

namespace Springtail.Gateway;

/// <summary>
/// <c>tools/demo-gateway</c>: a gateway as a process of its own, a broker, three devices of which one sleeps and one asks for a command; the gateway is killed in
/// the middle and comes back. Ends with what was verified.
/// </summary>
internal sealed class Demonstration
{
    // Both sides are on this machine, where few ports would meet too often.
    private const int PortMin = 1024;
    private const int PortCount = 64512;

    private static readonly string[] s_names = ["boiler", "garden", "sleeper"];

    private readonly string _folder = Directory.CreateTempSubdirectory("springtail-demo-").FullName;
    private readonly int _port = Child.FreePort(SocketType.Dgram, ProtocolType.Udp);
    private readonly int _mqtt = Child.FreePort(SocketType.Stream, ProtocolType.Tcp);
    private readonly ConcurrentQueue<(string Topic, string Text)> _heard = new();
    private readonly ConcurrentDictionary<string, List<string>> _delivered = new();
    private readonly ConcurrentQueue<string> _commands = new();
    private readonly Stopwatch _time = Stopwatch.StartNew();
    private readonly CancellationTokenSource _end = new();
    private int _failed;

    public static async Task<int> RunAsync()
    {
        Demonstration demonstration = new();
        try
        {
            return await demonstration.ShowAsync();
        }
        finally
        {
            Directory.Delete(demonstration._folder, recursive: true);
        }
    }

    private async Task<int> ShowAsync()
    {
        GatewaySettings settings = GatewaySettings.Read(["--mqtt", "127.0.0.1:" + _mqtt], out _);
        using EmbeddedBroker broker = new(settings);
        await broker.StartAsync(CancellationToken.None);
        using IMqttClient subscriber = await SubscribeAsync();
        Say($"A broker at 127.0.0.1:{_mqtt}, a subscriber that hears all, and a gateway as a process of its own.");
        string keys = Path.Combine(_folder, "keys");
        PrivateFiles.MakeFolder(keys);
        byte[][] psks = [.. s_names.Select(n =>
        {
            PskFile.Create(Path.Combine(keys, n));
            return PskFile.Read(Path.Combine(keys, n));
        })];
        Process gateway = await StartAsync();
        Task[] devices = [AwakeAsync("boiler", psks[0], asks: false), AwakeAsync("garden", psks[1], asks: true), SleeperAsync("sleeper", psks[2])];
        await Until(() => s_names.All(n => Up(n).Length > 0));
        Say("All three devices send readings; garden asks for a command with each fifth of them.");
        await Until(() => _commands.Count >= 2);
        await PublishAsync(subscriber, "springtail/sleeper/down", "for the sleeper");
        Say("A message for the sleeper waits until it wakes.");
        await Until(() => _commands.Contains("sleeper: for the sleeper"));

        Say("kill -9 of the gateway, under load; it comes back two seconds later.");
        gateway.Kill();
        await gateway.WaitForExitAsync();
        await Task.Delay(2000);
        int before = Up("boiler").Length;
        gateway = await StartAsync();
        await Until(() => Up("boiler").Length > before + 10);
        int commands = _commands.Count;
        await Until(() => _commands.Count > commands);
        Say("Readings go up again, and commands down.");
        await _end.CancelAsync();
        await Task.WhenAll(devices).WaitAsync(TimeSpan.FromSeconds(20));
        await Until(() => s_names.All(n => _delivered[n].All(Up(n).Contains)));

        Console.WriteLine();
        foreach (string name in s_names)
        {
            string[] up = Up(name);
            int[] numbers = [.. up.Distinct().Select(NumberOf)];
            Verify($"{name}: all of the {_delivered[name].Count} readings that it was told are delivered are at the broker", _delivered[name].Count > 0 && _delivered[name].All(up.Contains));
            Verify($"{name}: {numbers.Length} readings came in order", numbers.SequenceEqual(numbers.Order()));
        }

        Verify($"garden asked and got {_commands.Count(c => c.StartsWith("garden", StringComparison.Ordinal))} commands", _commands.Count(c => c.StartsWith("garden", StringComparison.Ordinal)) > 2);
        Verify("the sleeper got what was sent while it slept", _commands.Contains("sleeper: for the sleeper"));
        Verify("each device's state is told", s_names.All(n => _heard.Any(h => h.Topic == Topics.Status(n) && h.Text.Contains("\"state\":\"online\"", StringComparison.Ordinal))));
        Verify("the last will told of the gateway that was killed", _heard.Any(h => h.Topic == Topics.Gateway("demo") && h.Text.Contains("offline", StringComparison.Ordinal)));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{(_failed == 0 ? "All was verified" : _failed + " failed")}, in {_time.Elapsed.TotalSeconds:0} s."));
        gateway.Kill();
        await gateway.WaitForExitAsync();
        return _failed == 0 ? 0 : 1;
    }

    private Task<Process> StartAsync() => Child.StartAsync(
        "ready", "gateway", "--name", "demo", "--data", _folder, "--http", "off", "--discovery-port", "0", "--bind", "127.0.0.1",
        "--ports", $"{PortMin}-{PortMin + PortCount - 1}", "--rendezvous", _port.ToString(CultureInfo.InvariantCulture), "--broker", $"mqtt://127.0.0.1:{_mqtt}");

    private async Task<IMqttClient> SubscribeAsync()
    {
        IMqttClient client = new MqttClientFactory().CreateMqttClient();
        client.ApplicationMessageReceivedAsync += e =>
        {
            string text = e.ApplicationMessage.ConvertPayloadToString() ?? "";
            _heard.Enqueue((e.ApplicationMessage.Topic, text));
            return text.Contains("\"asks\":true", StringComparison.Ordinal) && Topics.Parse(e.ApplicationMessage.Topic) is (var device, "up")
                ? PublishAsync(client, Topics.Down(device), "command for reading " + NumberOf(text))
                : Task.CompletedTask;
        };
        await client.ConnectAsync(new MqttClientOptionsBuilder().WithProtocolVersion(MqttProtocolVersion.V500).WithTcpServer("127.0.0.1", _mqtt).WithClientId("demo-subscriber").Build());
        await client.SubscribeAsync(new MqttClientSubscribeOptions { TopicFilters = [new MqttTopicFilterBuilder().WithTopic("#").WithAtLeastOnceQoS().Build()] });
        return client;
    }

    private static Task PublishAsync(IMqttClient client, string topic, string text) =>
        client.PublishAsync(new MqttApplicationMessage { Topic = topic, PayloadSegment = Encoding.UTF8.GetBytes(text), QualityOfServiceLevel = MQTTnet.Protocol.MqttQualityOfServiceLevel.AtLeastOnce });

    private ChannelOptions Options(byte[] psk) => new() { Psk = psk, Suite = 2, DiscoveryPort = 0, RendezvousPort = _port, Keepalive = 1, SendBuffers = 8, PortMin = PortMin, PortCount = PortCount };

    // Sends ten readings a second, again from the first that may not have arrived whenever its session is lost.
    private async Task AwakeAsync(string name, byte[] psk, bool asks)
    {
        List<string> delivered = _delivered[name] = [];
        int number = 0;
        while (!_end.IsCancellationRequested)
        {
            Channel channel;
            try
            {
                using CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(_end.Token);
                patience.CancelAfter(2000);
                channel = await Channel.ConnectAsync("127.0.0.1", Options(psk), patience.Token);
            }
            catch (Exception e) when (e is SpringtailException or OperationCanceledException)
            {
                continue;
            }

            Task receiving = ReceiveAsync(name, channel);
            bool goesOn = true;
            while (goesOn && !_end.IsCancellationRequested)
            {
                string reading = Reading(name, number, asks && number % 5 == 0);
                goesOn = await DeliverAsync(channel, reading);
                if (goesOn)
                {
                    delivered.Add(reading);
                    number++;
                    await Task.Delay(100);
                }
            }

            channel.Dispose();
            await receiving;
        }
    }

    // Sends a reading, hears what waits, and sleeps a second.
    private async Task SleeperAsync(string name, byte[] psk)
    {
        List<string> delivered = _delivered[name] = [];
        byte[]? snapshot = null;
        for (int number = 0; !_end.IsCancellationRequested;)
        {
            Channel? channel = null;
            try
            {
                using CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(_end.Token);
                patience.CancelAfter(3000);
                channel = snapshot == null
                    ? await Channel.ConnectAsync("127.0.0.1", Options(psk), patience.Token)
                    : await Channel.ResumeAsync("127.0.0.1", Options(psk), snapshot, null, patience.Token);
                snapshot = null;
                Task receiving = ReceiveAsync(name, channel);
                string reading = Reading(name, number, false);
                if (await DeliverAsync(channel, reading))
                {
                    delivered.Add(reading);
                    number++;
                    await Task.Delay(300);
                    snapshot = await channel.SnapshotAsync(1, patience.Token);
                }

                channel.Dispose();
                await receiving;
                await Task.Delay(1000);
            }
            catch (Exception e) when (e is SpringtailException or OperationCanceledException)
            {
                snapshot = null;
                channel?.Dispose();
            }
        }
    }

    private async Task ReceiveAsync(string name, Channel channel)
    {
        try
        {
            await foreach (ChannelMessage message in channel.ReceiveAllAsync())
            {
                _commands.Enqueue(name + ": " + Encoding.UTF8.GetString(message.Data.Span));
            }
        }
        catch (SpringtailException)
        {
        }
    }

    // False when it may not have arrived.
    private static async Task<bool> DeliverAsync(Channel channel, string reading)
    {
        try
        {
            await channel.SendAsync(Encoding.ASCII.GetBytes(reading));
            return await channel.WaitForAcknowledgmentsAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(2));
        }
        catch (Exception e) when (e is SpringtailException or TimeoutException)
        {
            return false;
        }
    }

    private static string Reading(string name, int number, bool asks) =>
        string.Create(CultureInfo.InvariantCulture, $"{{\"device\":\"{name}\",\"number\":{number},\"temperature\":{20 + number % 7}{(asks ? ",\"asks\":true" : "")}}}");

    private static int NumberOf(string reading) => System.Text.Json.JsonDocument.Parse(reading).RootElement.GetProperty("number").GetInt32();

    private string[] Up(string name) => [.. _heard.Where(h => h.Topic == Topics.Up(name)).Select(h => h.Text)];

    private async Task Until(Func<bool> holds)
    {
        for (int i = 0; i < 400 && !holds(); i++)
        {
            await Task.Delay(50);
        }
    }

    private void Say(string line) => Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{_time.Elapsed.TotalSeconds,5:0.0} s  {line}"));

    private void Verify(string what, bool holds)
    {
        Console.WriteLine((holds ? "  ok      " : "  FAILED  ") + what);
        _failed += holds ? 0 : 1;
    }
}
