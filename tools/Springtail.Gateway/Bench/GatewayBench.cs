using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using MQTTnet;
using MQTTnet.Formatter;
using Springtail.Peer.Bench;

namespace Springtail.Gateway.Bench;

/// <summary>
/// <c>springtail bench --gateway</c>, but for handshakes: what a gateway with many devices takes of a core, apart from its broker and its devices, each a process (or
/// thread) of its own; how many messages go through it; and what one costs beside one that was published straight to the same broker over TLS.
/// </summary>
internal sealed class GatewayBench : IDisposable
{
    // For the messages that are to be many: devices, and the time between two readings of one, in ms.
    private const int BusyDevices = 100;
    private const int BusyInterval = 10;

    private readonly Workplace _place = new();
    private readonly int _devices;
    private readonly int _seconds;
    private readonly int _interval;
    private readonly bool _isJson;
    private readonly IMqttClient _subscriber = new MqttClientFactory().CreateMqttClient();
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
    private long _heard;

    private GatewayBench(int devices, int seconds, int interval, bool isJson)
    {
        _devices = devices;
        _seconds = seconds;
        _interval = interval;
        _isJson = isJson;
    }

    /// <summary>DEVICES SECONDS INTERVAL [--json]: how many of them, for how long each part lasts, and ms between two readings of one.</summary>
    public static async Task<int> RunAsync(string[] arguments)
    {
        int[] numbers = [.. arguments.Take(3).Select(a => int.Parse(a, CultureInfo.InvariantCulture))];
        using GatewayBench bench = new(numbers[0], numbers[1], numbers[2], arguments.Contains("--json"));
        try
        {
            await bench.RunAsync();
            return 0;
        }
        catch (Exception e) when (e is IOException or InvalidOperationException or TimeoutException)
        {
            Console.Error.WriteLine("error: " + e.Message);
            return 3;
        }
    }

    public void Dispose()
    {
        _subscriber.Dispose();
        _place.Dispose();
    }

    private async Task RunAsync()
    {
        using Mosquitto broker = await Mosquitto.StartAsync(_place.Folder);
        _place.Own(broker.Process);
        _subscriber.ApplicationMessageReceivedAsync += e =>
        {
            lock (_seen)
            {
                _heard++;
                _seen.Add(e.ApplicationMessage.Topic);
            }

            return Task.CompletedTask;
        };
        await _subscriber.ConnectAsync(new MqttClientOptionsBuilder().WithProtocolVersion(MqttProtocolVersion.V500).WithTcpServer("127.0.0.1", broker.Port).Build());
        await _subscriber.SubscribeAsync(new MqttClientSubscribeOptions { TopicFilters = [new MqttTopicFilterBuilder().WithTopic("springtail/+/up").Build()] });
        await FleetAsync(broker);
        Costs through = await BusyAsync(broker);
        Costs straight = await StraightAsync(broker);
        Report("message_us", through.All, "0", "of a core, one message through the gateway: device, gateway and broker");
        Report("message_us_gateway", through.Receiver, "0", "of that, the gateway");
        Report("message_us_broker", through.Broker, "0", "of that, the broker");
        Report("message_us_tls", straight.All, "0", "of a core, one message straight to the broker, by MQTTnet over TLS 1.3: device and broker");
        Report("message_ratio", through.All / straight.All, "0.00", "a message through the gateway beside one over TLS, both ends and all between");
        Report("message_ratio_device", through.Device / straight.Device, "0.00", "the device's end alone");
    }

    // Many devices with a reading now and then.
    private async Task FleetAsync(Mosquitto broker)
    {
        string[] names = Load.NamesOf("load-", _devices);
        (Process gateway, Load load) = await StartAsync(broker, "fleet", names, _interval);
        using (gateway)
        using (load)
        {
            using CancellationTokenSource end = new();
            Task playing = await PlayAsync(load, _devices, 60, end.Token);
            Report("devices", Seen(), "0", $"devices, of {_devices}, connected and heard of at the broker");
            Sample start = Take(gateway, broker, load);
            await Task.Delay(TimeSpan.FromSeconds(_seconds));
            Sample stop = Take(gateway, broker, load);
            Report("fleet_core", stop.CoreSince(start, s => s.Gateway), "0.00", $"of a core, the gateway, a reading of each device every {_interval / 1000} s, {_seconds} s long");
            Report("fleet_core_broker", stop.CoreSince(start, s => s.Broker), "0.00", "of a core, the broker");
            Report("fleet_core_devices", stop.CoreSince(start, s => s.Devices), "0.00", "of a core, the devices");
            gateway.Refresh();
            Report("fleet_resident_mib", gateway.WorkingSet64 / 1048576.0, "0", "MiB of resident memory, the gateway");
            await end.CancelAsync();
            await playing;
            await ReportMessagesAsync("fleet", load);
            Report("fleet_sessions_lost", load.SessionsLost, "0", "sessions lost");
            await EndAsync(gateway);
        }
    }

    // As many messages as go through.
    private async Task<Costs> BusyAsync(Mosquitto broker)
    {
        (Process gateway, Load load) = await StartAsync(broker, "busy", Load.NamesOf("busy-", BusyDevices), BusyInterval);
        using (gateway)
        using (load)
        {
            using CancellationTokenSource end = new();
            Task playing = await PlayAsync(load, BusyDevices, 30, end.Token);

            // What is compiled while it runs has been by then.
            await Task.Delay(TimeSpan.FromSeconds(_seconds / 2.0));
            Sample start = Take(gateway, broker, load);
            await Task.Delay(TimeSpan.FromSeconds(_seconds));
            Sample stop = Take(gateway, broker, load);
            long messages = stop.Messages - start.Messages;
            Report("busy_messages_per_s", messages / (stop.Time - start.Time).TotalSeconds, "#,0", $"messages a second at the broker, each on disk before, of {BusyDevices} devices");
            Report("busy_core", stop.CoreSince(start, s => s.Gateway), "0.00", "of a core, the gateway");
            Report("busy_messages_per_core_s", messages / (stop.Gateway - start.Gateway).TotalSeconds, "#,0", "messages that the gateway brings there in a second of a core's time");
            await end.CancelAsync();
            await playing;
            await ReportMessagesAsync("busy", load);
            await EndAsync(gateway);
            double each = 1e6 / Math.Max(1, messages);
            return new Costs((stop.Devices - start.Devices).TotalSeconds * each, (stop.Gateway - start.Gateway).TotalSeconds * each, (stop.Broker - start.Broker).TotalSeconds * each);
        }
    }

    // The same devices and readings without a gateway.
    private async Task<Costs> StraightAsync(Mosquitto broker)
    {
        string result = "";
        using Process devices = _place.Own(await Child.StartAsync("ready", line => result = line, TlsFleet.Verb, Text(broker.TlsPort), broker.Ca, Text(BusyDevices), Text(BusyInterval), Text(_seconds)));
        TimeSpan before = Cpu(broker.Process);
        await devices.WaitForExitAsync();
        TimeSpan brokers = Cpu(broker.Process) - before;
        string[] parts = result.Split(' ');
        long messages = long.Parse(parts[0], CultureInfo.InvariantCulture);
        Report("tls_messages_per_s", messages / (double)_seconds, "#,0", "messages a second straight to the broker, over TLS, of as many devices");
        double each = 1e6 / Math.Max(1, messages);
        return new Costs(double.Parse(parts[1], CultureInfo.InvariantCulture) * each, 0, brokers.TotalSeconds * each);
    }

    private async Task<(Process Gateway, Load Load)> StartAsync(Mosquitto broker, string name, string[] names, int every)
    {
        lock (_seen)
        {
            _heard = 0;
            _seen.Clear();
        }

        string data = Path.Combine(_place.Folder, name);
        string keys = Path.Combine(_place.Folder, name + "-keys");
        Load.MakeKeys(keys, names);
        Process gateway = _place.Own(await Child.StartAsync(
            "ready", "gateway", "--name", name, "--data", data, "--keys", keys, "--http", "off", "--discovery-port", "0", "--bind", "127.0.0.1", "--broker", $"mqtt://127.0.0.1:{broker.Port}"));
        return (gateway, new Load(IPAddress.Loopback, keys, names, every, new ChannelOptions()));
    }

    // Begins, and waits until the broker has heard of so many devices, or for so many seconds. A task in the task: the play goes on.
    private async Task<Task> PlayAsync(Load load, int devices, int seconds, CancellationToken end)
    {
        Task playing = Task.Factory.StartNew(() => load.Play(() => end.IsCancellationRequested), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        for (int i = 0; i < 10 * seconds && Seen() < devices; i++)
        {
            await Task.Delay(100, CancellationToken.None);
        }

        return playing;
    }

    // Whether all that was acknowledged to devices came to the broker.
    private async Task ReportMessagesAsync(string name, Load load)
    {
        long acknowledged = load.Sent - load.Lost;
        for (int i = 0; i < 200 && Heard() < acknowledged; i++)
        {
            await Task.Delay(50);
        }

        Report(name + "_acknowledged", acknowledged, "0", "messages acknowledged to their devices");
        Report(name + "_missing", Math.Max(0, acknowledged - Heard()), "0", "of those, not at the broker");
    }

    private static async Task EndAsync(Process gateway)
    {
        gateway.Kill();
        await gateway.WaitForExitAsync();
    }

    private Sample Take(Process gateway, Mosquitto broker, Load load) => new(Stopwatch.GetElapsedTime(0), Cpu(gateway), Cpu(broker.Process), load.CpuTime, Heard());

    private long Heard()
    {
        lock (_seen)
        {
            return _heard;
        }
    }

    private int Seen()
    {
        lock (_seen)
        {
            return _seen.Count;
        }
    }

    private static TimeSpan Cpu(Process process)
    {
        process.Refresh();
        return process.TotalProcessorTime;
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private void Report(string figure, double value, string format, string what)
    {
        Console.WriteLine(
            _isJson
                ? JsonSerializer.Serialize(new Dictionary<string, object> { ["event"] = "gateway", ["figure"] = figure, ["value"] = double.IsFinite(value) ? value : 0 })
                : $"{figure,-28} {value.ToString(format, CultureInfo.InvariantCulture),10}   {what}");
    }

    // What was taken of cores until a moment, and the messages that had come to the broker.
    private readonly record struct Sample(TimeSpan Time, TimeSpan Gateway, TimeSpan Broker, TimeSpan Devices, long Messages)
    {
        public double CoreSince(Sample start, Func<Sample, TimeSpan> of) => (of(this) - of(start)) / (Time - start.Time);
    }

    // Of one message, in µs of a core.
    private readonly record struct Costs(double Device, double Receiver, double Broker)
    {
        public double All => Device + Receiver + Broker;
    }
}
