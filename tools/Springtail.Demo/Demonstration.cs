using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Threading;

namespace Springtail.Demo;

/// <summary>
/// The show: <c>springtail listen --echo</c> in one process, a device in another, a relay between them that loses much for
/// a while. Whatever is claimed at the end was checked.
/// </summary>
internal sealed class Demonstration(string springtail, string self)
{
    private const int Readings = 48;
    private const int LossPercent = 30;
    private static readonly TimeSpan s_quiet = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan s_lossy = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan s_commandInterval = TimeSpan.FromSeconds(1.5);
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(40);
    private static readonly int s_seed = Environment.TickCount & 0xFFFF;

    private readonly Show _show = new();
    private readonly Lock _lock = new();
    private readonly Stopwatch _time = Stopwatch.StartNew();
    private readonly Link _link = new(s_seed);

    // The messages of the device that the peer wrote to stdout.
    private readonly List<string> _atPeer = [];
    private readonly List<string> _commandsAtDevice = [];
    private readonly List<string> _trouble = [];
    private readonly HashSet<int> _devicePorts = [];
    private readonly HashSet<int> _peerPorts = [];
    private readonly ManualResetEventSlim _ready = new();
    private readonly ManualResetEventSlim _established = new();
    private JsonElement? _deviceEnd;
    private JsonElement? _peerEnd;
    private int _commands;
    private int _hops;
    private long _handshakeMs;

    public int Run()
    {
        string folder = Directory.CreateTempSubdirectory("springtail-demo-").FullName;
        List<(string, string, bool)> results = [];
        try
        {
            _show.Run(() => results = Perform(Path.Combine(folder, "psk")));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        _show.Finish(results);
        foreach (string line in _trouble)
        {
            Console.Error.WriteLine(line);
        }

        return results.TrueForAll(r => r.Item3) ? 0 : 1;
    }

    private List<(string, string, bool)> Perform(string pskFile)
    {
        _show.Phase("A new key");
        using (Child keygen = new(["dotnet", springtail, "keygen", pskFile], _ => { }, Trouble))
        {
            if (keygen.Wait(s_patience) != 0)
            {
                return [("a key", "springtail keygen failed", false)];
            }
        }

        _trouble.Clear();
        using Relay relay = new(
            new RelayedHost(Places.Device, Places.RelayForPeer, _link), new RelayedHost(Places.Peer, Places.RelayForDevice, _link), Places.PortMin, Places.PortCount);
        string ports = string.Create(CultureInfo.InvariantCulture, $"{Places.PortMin}-{Places.PortMin + Places.PortCount - 1}");
        using Child peer = new(
            ["dotnet", springtail, "listen", "--psk-file", pskFile, "--ports", ports, "--bind", Places.Peer.ToString(), "--discovery-port", "0", "--echo", "--json", "-v", "detailed"],
            TakePeerMessage, TakePeerEvent);
        _show.Phase(string.Create(CultureInfo.InvariantCulture, $"The peer opens its ports (process {peer.Id}; the relay loses by seed {s_seed})"));
        if (!_ready.Wait(s_patience))
        {
            return [("the peer is ready", "it was not", false)];
        }

        using Child device = new([self, "device", pskFile, Readings.ToString(CultureInfo.InvariantCulture)], TakeDeviceEvent, Trouble);
        _show.Phase($"Handshake: the device (process {device.Id}) looks for the peer");
        if (!_established.Wait(s_patience))
        {
            return [("a handshake", "none succeeded", false)];
        }

        _show.Phase(string.Create(CultureInfo.InvariantCulture, $"A session: handshake in {_handshakeMs} ms; hops and messages"));
        (int lost, int passed) = Weather(peer, device);
        int? deviceCode = device.Wait(s_patience);
        _show.Phase("The device has closed; the peer is told to end");
        peer.Terminate();
        int? peerCode = peer.Wait(s_patience);
        _show.Phase("Done");
        return Judge(deviceCode, peerCode, lost, passed);
    }

    // Fair, foul, fair; meanwhile the peer sends commands. Gives what was lost and passed in the foul part.
    private (int Lost, int Passed) Weather(Child peer, Child device)
    {
        Run(s_quiet, peer, device);
        int lost = _link.Lost;
        int passed = _link.Passed;
        _link.LossPercent = LossPercent;
        _show.Phase($"Foul weather: {LossPercent} of 100 packets are lost, both ways");
        Run(s_lossy, peer, device);
        _link.LossPercent = 0;
        lost = _link.Lost - lost;
        passed = _link.Passed - passed;
        _show.Phase($"Fair again: {lost} packets of {lost + passed} were lost");
        while (!device.HasExited && _time.Elapsed < s_patience)
        {
            Thread.Sleep(50);
        }

        return (lost, passed);
    }

    private void Run(TimeSpan span, Child peer, Child device)
    {
        TimeSpan end = _time.Elapsed + span;
        TimeSpan next = _time.Elapsed + s_commandInterval / 2;
        while (_time.Elapsed < end && !device.HasExited)
        {
            if (_time.Elapsed >= next)
            {
                next += s_commandInterval;
                peer.WriteLine(Command(_commands++));
            }

            Thread.Sleep(20);
        }
    }

    private static string Command(int number) => $"command {number}: blink";

    private List<(string, string, bool)> Judge(int? deviceCode, int? peerCode, int lost, int passed)
    {
        lock (_lock)
        {
            string[] readings = [.. Enumerable.Range(0, Readings).Select(Device.Reading)];
            string[] commands = [.. Enumerable.Range(0, _commands).Select(Command)];
            int echoes = Int(_deviceEnd, "echoes");
            return
            [
                ("handshake", $"in {_handshakeMs} ms, suite 1", _handshakeMs > 0),
                ("hops", $"{_hops} windows, {_devicePorts.Count} ports of the device, {_peerPorts.Count} of the peer", _hops >= 12 && _devicePorts.Count >= 10 && _peerPorts.Count >= 10),
                ("foul weather", $"{lost} of {lost + passed} packets lost, {Int(_deviceEnd, "again") + Int(_peerEnd, "retransmissions")} sent again", lost > 0),
                ("messages to the peer, each once and in order", $"{_atPeer.Count} of {Readings}", _atPeer.SequenceEqual(readings)),
                ("their echoes at the device, each once and in order", $"{echoes} of {Readings}", echoes == Readings && _deviceEnd?.GetProperty("in_order").GetBoolean() == true),
                ("messages from the peer, each once and in order", $"{_commandsAtDevice.Count} of {_commands}", _commands > 0 && _commandsAtDevice.SequenceEqual(commands)),
                ("orderly end of the session on both sides", $"{Int(_deviceEnd, "unacknowledged")} and {Int(_peerEnd, "unacknowledged")} messages unacknowledged",
                    _deviceEnd != null && _peerEnd != null && Int(_deviceEnd, "unacknowledged") + Int(_peerEnd, "unacknowledged") == 0),
                ("both programs end with 0", $"device {deviceCode?.ToString() ?? "did not end"}, peer {peerCode?.ToString() ?? "did not end"}", deviceCode == 0 && peerCode == 0),
            ];
        }
    }

    private static int Int(JsonElement? element, string name) => element?.GetProperty(name).GetInt32() ?? 0;

    private void TakePeerMessage(string line)
    {
        lock (_lock)
        {
            JsonElement said = JsonDocument.Parse(line).RootElement;
            if (said.GetProperty("event").GetString() == "message")
            {
                _atPeer.Add(said.GetProperty("data").GetString()!);
            }
        }
    }

    private void TakePeerEvent(string line)
    {
        JsonElement fact = JsonElement.Parse(line);
        switch (fact.GetProperty("event").GetString())
        {
            case "ready":
                _ready.Set();
                break;
            case "warning" or "error" or "lost":
                Trouble("peer: " + fact.GetProperty("text").GetString());
                break;
            case "closed":
                lock (_lock)
                {
                    _peerEnd = fact;
                }

                break;
        }
    }

    private void TakeDeviceEvent(string line)
    {
        JsonElement fact = JsonElement.Parse(line);
        lock (_lock)
        {
            switch (fact.GetProperty("event").GetString())
            {
                case "established":
                    _handshakeMs = fact.GetProperty("ms").GetInt64();
                    _established.Set();
                    break;
                case "hop":
                    TakeHop(fact);
                    break;
                case "message":
                    string text = fact.GetProperty("text").GetString()!;
                    bool isEcho = text.StartsWith("reading", StringComparison.Ordinal);
                    if (!isEcho)
                    {
                        _commandsAtDevice.Add(text);
                    }

                    _show.Message(isEcho ? $"device -> peer -> device  {text}" : $"peer -> device            {text}");
                    break;
                case "closed":
                    _deviceEnd = fact;
                    break;
            }
        }
    }

    private void TakeHop(JsonElement fact)
    {
        _hops++;
        int devicePort = Int(fact, "own_port");
        int peerPort = Int(fact, "peer_port");
        _devicePorts.Add(devicePort);
        _peerPorts.Add(peerPort);
        _show.Add(new Hop(
            _time.Elapsed.TotalSeconds, fact.GetProperty("window").GetUInt64(), devicePort, peerPort, Int(fact, "packets_in"), Int(fact, "packets_out"), Int(fact, "again"), Int(fact, "rtt"),
            _link.Lost));
    }

    private void Trouble(string line)
    {
        lock (_lock)
        {
            _trouble.Add(line);
        }
    }
}
