using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Net;
using System.Runtime.Versioning;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using Springtail.Peer;
using Springtail.Tests.Support;
using Springtail.Transport;
using Xunit;

namespace Springtail.Tests.Peer;

/// <summary>The springtail command, run as its users run it.</summary>
[SupportedOSPlatform("linux")]
public sealed class CommandLineTests : IDisposable
{
    // Each pair of processes has ports of its own, apart from those that the other tests use.
    private static int s_nextPort = 30_000 + Random.Shared.Next(100);

    private readonly string _folder = Directory.CreateTempSubdirectory("springtail-cli-").FullName;
    private readonly string _psk;
    private readonly string _ports;
    private readonly string _here = Loopback.Next().ToString();
    private readonly string _there = Loopback.Next().ToString();

    public CommandLineTests()
    {
        _psk = Path.Combine(_folder, "psk");
        int first = System.Threading.Interlocked.Add(ref s_nextPort, 200);
        _ports = $"{first}-{first + 199}";
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_help_lists_the_exit_codes()
    {
        foreach (string[] arguments in new[] { ["--help"], ["send", "--help"], ["receive", "--help"], ["listen", "--help"], ["connect", "-h"], new[] { "vectors", "--help" }, ["bench", "--help"] })
        {
            (int code, string[] lines, _) = Command.Run(arguments);
            Assert.Equal(0, code);
            foreach (int listed in new[] { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 130 })
            {
                Assert.Contains(lines, l => l.TrimStart().StartsWith($"{listed}  ", StringComparison.Ordinal));
            }
        }
    }

    [Theory]
    [InlineData("fly")]
    [InlineData("listen")]
    [InlineData("connect", "localhost")]
    [InlineData("listen", "--psk-file", "x", "--ports", "9-2")]
    [InlineData("listen", "--psk-file", "x", "--ports", "1-65536")]
    [InlineData("listen", "--psk-file", "x", "--rendezvous", "0")]
    [InlineData("listen", "--psk-file", "x", "--suite", "6")]
    [InlineData("listen", "--psk-file", "x", "--suite", "4")]
    [InlineData("listen", "--psk-file", "x", "--features", "4")]
    [InlineData("listen", "--psk-file", "x", "--padding", "1146")]
    [InlineData("send", "x", "--padding", "some")]
    [InlineData("listen", "--psk-file", "x", "--rekey-after", "0")]
    [InlineData("connect", "localhost", "--psk-file", "x", "--rekey-after", "1001s")]
    [InlineData("connect", "localhost", "--token", "one")]
    [InlineData("connect", "localhost", "--token", "Red-Fox", "--suite", "4")]
    [InlineData("connect", "localhost", "--psk-file", "x", "--psk-file", "y")]
    [InlineData("listen", "--psk-file", "x", "-v", "loud")]
    [InlineData("bench", "--time", "0")]
    [InlineData("keygen", "")]
    [InlineData("listen", "--psk-file", "x", "--suite", "two")]
    [InlineData("listen", "--psk-file", "x", "--discovery", "--discovery-port", "near")]
    [InlineData("connect", "localhost", "--psk-file", "x", "--ask-clock", "--discovery-port", "0")]
    [InlineData("ports", "--psk-file", "x", "--at", "yesterday")]
    [InlineData("fuzzy", "--blocks", "12")]
    [InlineData("fuzzy", "--noise", "NaN")]
    public void A_wrong_command_line_is_2_with_a_sentence(params string[] arguments)
    {
        (int code, string[] lines, string[] error) = Command.Run(arguments);
        Assert.Equal(2, code);
        Assert.Empty(lines);
        Assert.StartsWith("error: ", error[0]);
        Assert.DoesNotContain(error, l => l.Contains("   at ", StringComparison.Ordinal) || l.Contains("System.", StringComparison.Ordinal));
    }

    [Fact]
    public void What_is_wrong_with_the_command_line_is_JSON_too_for_who_wants_it()
    {
        (int code, _, string[] error) = Command.Run("fly", "--json");
        Assert.Equal(2, code);
        Assert.Equal(["error", "hint"], error.Select(l => JsonElement.Parse(l).GetProperty("event").GetString()));
        Assert.Contains("\"fly\"", JsonElement.Parse(error[0]).GetProperty("text").GetString());
    }

    /// <summary>Some of them are over before the command looks: each has its beginning and its end told all the same.</summary>
    [Fact]
    public void Sessions_that_end_as_soon_as_they_begin_are_told_as_such()
    {
        const int Count = 12;
        Assert.Equal(0, Command.Run("keygen", _psk).Code);
        using Command listener = Command.Start("listen", "--psk-file", _psk, "--rendezvous", "19631", "--ports", "19632-19699", "--discovery-port", "0", "--bind", _there);
        listener.WaitForOut("ready");
        for (int i = 0; i < Count; i++)
        {
            ChannelOptions options = new() { Psk = PskFile.Read(_psk), RendezvousPort = 19631, PortMin = 19632, PortCount = 68, DiscoveryPort = 0, LocalAddress = Loopback.Next() };
            using Channel channel = Channel.Connect(_there, options);
        }

        Assert.True(SpinWait.SpinUntil(() => listener.Error.Count(l => l.Contains("ended at once")) == Count, TimeSpan.FromSeconds(10)), listener.ToString());
        Assert.Equal(Count, listener.Error.Count(l => l.Contains("established with 127.")));
        Assert.DoesNotContain(listener.Error, l => l.Contains("kept"));
        listener.Signal(Command.SigTerm);
        Assert.Equal(0, listener.Wait());
    }

    [Fact]
    public void One_key_given_twice_is_refused()
    {
        Assert.Equal(0, Command.Run("keygen", _psk).Code);
        (int code, _, string[] error) = Command.Run("listen", "--psk-file", _psk, "--psk-file", _psk);
        Assert.Equal(3, code);
        Assert.Contains("hold the same key", Assert.Single(error));
    }

    [Fact]
    public void A_name_may_begin_with_an_at()
    {
        (int code, _, _) = Shell("cd $(dirname $psk) && $springtail keygen @psk && $springtail ports --psk-file @psk --count 1");
        Assert.Equal(0, code);
        Assert.True(File.Exists(Path.Combine(_folder, "@psk")));
    }

    [Fact]
    public void A_result_that_cannot_be_written_is_3()
    {
        Assert.Equal(0, Command.Run("keygen", _psk).Code);
        (int code, _, string error) = Shell("$springtail ports --psk-file $psk >/dev/full");
        Assert.Equal(3, code);
        Assert.Contains("error: Something could not be written to stdout and is lost: ", error);

        (code, string lines, _) = Shell("$springtail ports --psk-file $psk --count 2000 | head -n 1; exit ${PIPESTATUS[0]}");
        Assert.Equal(0, code);
        Assert.Single(lines.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    /// <summary>The runtime opens files of its own under the numbers of streams that are closed: nothing is read from them or written to them.</summary>
    [Theory]
    [InlineData("--help", 0)]
    [InlineData("keygen -", 0)]
    [InlineData("fly", 2)]
    [InlineData("explain $psk", 3)]
    public void A_stream_that_is_closed_is_as_good_as_the_null_device(string verb, int code)
    {
        foreach (string closed in new[] { ">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-" })
        {
            Assert.Equal((closed, code), (closed, Shell($"$springtail {verb} {closed}").Code));
        }

        Assert.Equal(code == 0 ? 3 : code, Shell($"$springtail {verb} >/dev/full 2>/dev/full").Code);
        Assert.Equal(code == 0 ? 3 : code, Shell($"$springtail {verb} 1</dev/null 2</dev/null").Code);
    }

    [Theory]
    [InlineData("send - <&-")]
    [InlineData("receive 127.0.0.1 ocean-tiger --into - >&-")]
    public void Files_do_not_come_from_or_go_to_a_stream_that_is_closed(string line)
    {
        (int code, _, string error) = Shell($"timeout 20 $springtail {line}");
        Assert.Equal(3, code);
        Assert.Contains("it is closed", error);
    }

    [Theory]
    [InlineData("listen", "--pair", "--save-psk", "/proc/self/psk", "--discovery-port", "0")]
    [InlineData("connect", "127.0.0.1", "--token", "ocean-tiger", "--save-psk", "/proc/self/psk")]
    [InlineData("connect", "127.0.0.1", "--token", "ocean-tiger", "--state", "/proc/self")]
    [InlineData("receive", "127.0.0.1", "ocean-tiger", "--into", "/proc/self")]
    [InlineData("send", "/etc/passwd", "--state", "/proc/self")]
    [InlineData("send", "/etc/passwd", "--key-log", "/proc/self/log")]
    [InlineData("keygen", "/proc/self/psk")]
    [InlineData("enroll", "boiler", "--keys", "/proc/self/keys")]
    public void What_cannot_be_written_is_said_before_anybody_waits_or_a_token_is_used(params string[] arguments)
    {
        (int code, string[] lines, string[] error) = Command.Run(arguments);
        Assert.Equal(3, code);
        Assert.Empty(lines);
        Assert.Contains("/proc/self", Assert.Single(error));
    }

    [Fact]
    public void A_terminal_gets_no_control_characters_of_a_peer()
    {
        using Command listener = Listen("--echo");
        (int code, string shown, _) = Shell(
            $"printf '\\033[31mred\\tx\\342\\200\\256y\\377\\n' >$psk.in; script -qec \"$springtail connect {_there} --bind {_here} --psk-file $psk --ports {_ports} -v quiet <$psk.in\" /dev/null");
        Assert.Equal(0, code);
        Assert.Contains("·[31mred\tx·y·", shown);
    }

    [Fact]
    public void The_vectors_agree_and_an_altered_one_is_named()
    {
        (int code, string[] lines, _) = Command.Run("vectors", Path.Combine(AppContext.BaseDirectory, "vectors", "vectors.json"));
        Assert.Equal(0, code);
        Assert.EndsWith(" 0 differ", lines[^1]);

        string altered = Path.Combine(_folder, "altered.json");
        string key = VectorsFile.String("suite_1.parameters.client_key");
        File.WriteAllText(altered, VectorsFile.Text.Replace(key, (key[0] == '0' ? "1" : "0") + key[1..]));
        (code, lines, string[] error) = Command.Run("vectors", altered);
        Assert.Equal(7, code);
        Assert.Contains(lines, l => l.Contains("suite_1.parameters.client_key", StringComparison.Ordinal));
        Assert.Contains("suite_1.parameters.client_key", Assert.Single(error));

        File.WriteAllText(altered, "{");
        Assert.Equal(3, Command.Run("vectors", altered).Code);
        Assert.Equal(3, Command.Run("vectors", Path.Combine(_folder, "none.json")).Code);
    }

    [Fact]
    public void Bench_measures_every_primitive_and_the_channel()
    {
        (int code, string[] lines, string[] error) = Command.Run("bench", "--time", "1", "--json");
        Assert.Equal(0, code);
        Assert.Empty(error);
        Dictionary<string, JsonElement> measured = lines.Select(l => JsonDocument.Parse(l).RootElement).ToDictionary(e => e.GetProperty("operation").GetString()!);
        foreach (string compared in new[] { "p256_public", "p256_shared", "sha256_64k", "hmac_sha256_1k", "pbkdf2_4096_128", "aes256_gcm_seal_1k" })
        {
            JsonElement e = measured[compared];
            double ours = e.GetProperty("per_second").GetDouble(), theirs = e.GetProperty("dotnet_per_second").GetDouble();
            Assert.True(ours > 0 && theirs > 0, compared);
            Assert.Equal(ours / theirs, e.GetProperty("ratio").GetDouble(), 6);
        }

        foreach (string alone in new[] { "x25519_shared", "packet_mask", "packet_seal_100_suite_1", "packet_seal_100_suite_2", "handshakes_suite_1", "packets_suite_1", "handshakes_suite_2", "packets_suite_2" })
        {
            Assert.True(measured[alone].GetProperty("per_second").GetDouble() > 0, alone);
        }
    }

    [Fact]
    public void The_schedule_is_that_of_the_vectors()
    {
        File.WriteAllText(_psk, VectorsFile.String("long_term.psk"));
        File.SetUnixFileMode(_psk, UnixFileMode.UserRead);
        ulong r = VectorsFile.Number("rendezvous.0.r");
        string at = DateTimeOffset.FromUnixTimeMilliseconds((long)r * 10_000 + 1234).ToString("O");
        (int code, string[] lines, _) = Command.Run("ports", "--psk-file", _psk, "--at", at, "--count", "2");
        Assert.Equal(0, code);
        Assert.EndsWith("  " + VectorsFile.Number("rendezvous.0.port"), lines[0]);
        Assert.EndsWith("  " + VectorsFile.Number("rendezvous.1.port"), lines[1]);

        (_, string line, _) = Shell($"TZ=Asia/Tokyo $springtail ports --psk-file $psk --at {at[..19]} --count 1");
        Assert.Equal(lines[0], line.TrimEnd());

        (_, lines, _) = Command.Run("ports", "--psk-file", _psk, "--at", at, "--count", "1", "--ports", "40000-40999", "--json");
        JsonElement port = JsonElement.Parse(Assert.Single(lines));
        Assert.Equal(VectorsFile.Number("rendezvous.0.port_40000_1000"), port.GetProperty("port").GetUInt64());
        Assert.Equal(r, port.GetProperty("r").GetUInt64());
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(1, 1)]
    [InlineData(1, 2)]
    [InlineData(1, 3)]
    [InlineData(2, 2)]
    [InlineData(3, 3)]
    public void Lines_go_out_and_come_back_and_both_sides_close(int suite, int features)
    {
        using Command listener = Listen("--echo");
        using Command connection = Connect("--suite", suite.ToString(), "--features", features.ToString(), "-v", "detailed");
        string[] lines = ["first", "", "déjà vu", new string('x', 50_000), "last"];
        foreach (string line in lines)
        {
            connection.WriteLine(line);
        }

        // Long enough to hop.
        System.Threading.Thread.Sleep(1500);
        connection.WriteLine("after a hop");
        connection.EndInput();
        Assert.Equal(0, connection.Wait());
        Assert.Equal([.. lines, "after a hop"], connection.Out);
        Assert.Contains(connection.Error, l => l.Contains($"suite {suite}", StringComparison.Ordinal));
        Assert.Contains(connection.Error, l => l.Contains("  window ", StringComparison.Ordinal));
        listener.WaitForError("closed in order");
        listener.Signal(Command.SigTerm);
        Assert.Equal(0, listener.Wait());
        Assert.Equal(["ready", .. lines, "after a hop"], listener.Out);
        Assert.Contains("ready", listener.Error);
    }

    [Theory]
    [InlineData("1", null)]
    [InlineData(null, "10p")]
    public void New_keys_are_taken_when_they_are_asked_for(string? connectAfter, string? listenAfter)
    {
        string[] RekeyAfter(string? limit) => limit == null ? [] : ["--rekey-after", limit];
        using Command listener = Listen(["--echo", .. RekeyAfter(listenAfter)]);
        using Command connection = Connect(RekeyAfter(connectAfter));
        for (int i = 0; i < 12; i++)
        {
            connection.WriteLine("line " + i);
            connection.WaitForOut("line " + i);
        }

        connection.WaitForError("new keys, epoch 1");
        listener.WaitForError("new keys, epoch 1");
        connection.WriteLine("after");
        connection.WaitForOut("after");
        connection.EndInput();
        Assert.Equal(0, connection.Wait());
    }

    [Theory]
    [InlineData(Command.SigInt)]
    [InlineData(Command.SigTerm)]
    public void A_listener_that_is_told_to_end_closes_its_sessions(int signal)
    {
        using Command listener = Listen();
        using Command connection = Connect();
        connection.WriteLine("hello");
        listener.WaitForOut("hello");
        listener.WriteLine("to everyone");
        connection.WaitForOut("to everyone");
        listener.Signal(signal);
        Assert.Equal(0, listener.Wait());
        Assert.Equal(0, connection.Wait());
        Assert.Contains(connection.Error, l => l.Contains("closed in order", StringComparison.Ordinal));
        Assert.Contains(listener.Error, l => l.Contains("closed in order", StringComparison.Ordinal));
    }

    [Fact]
    public void A_connection_that_is_told_to_end_closes_its_session()
    {
        using Command listener = Listen();
        using Command connection = Connect();
        connection.WriteLine("hello");
        listener.WaitForOut("hello");
        connection.Signal(Command.SigTerm);
        Assert.Equal(0, connection.Wait());
        listener.WaitForError("closed in order");
    }

    /// <summary>Whatever a verb that is no service waits for, the first signal ends it within a second.</summary>
    [Fact]
    public async Task The_first_signal_ends_each_verb_within_a_second()
    {
        Assert.Equal(0, Command.Run("keygen", _psk).Code);
        string keys = Directory.CreateDirectory(Path.Combine(_folder, "keys")).FullName;
        File.Copy(_psk, Path.Combine(keys, "key"));
        string vectors = Path.Combine(_folder, "pipe");
        Assert.Equal(0, Shell($"mkfifo {vectors}").Code);
        string[][] verbs =
        [
            ["connect", _there, "--bind", _here, "--psk-file", _psk, "--ports", _ports],
            ["connect", _there, "--bind", _here, "--psk-file", _psk, "--ports", _ports, "--ask-clock", "--discovery-port", "9"],
            ["connect", _there, "--bind", _here, "--token", "ocean-tiger", "--save-psk", Path.Combine(_folder, "new"), "--ports", _ports, "--rendezvous", "9"],
            ["discover", _there, "--bind", _here, "--psk-dir", keys, "--discovery-port", "9"],
            ["listen", "--bind", _there, "--pair", "--save-psk", Path.Combine(_folder, "new"), "--ports", _ports, "--rendezvous", _ports.Split('-')[0]],
            ["bench", "--time", "60000"],
            ["fuzzy", "--runs", "1000000"],
            ["vectors", vectors],
        ];
        int[] signals = [Command.SigInt, Command.SigTerm, Command.SigHup];
        for (int i = 0; i < verbs.Length; i += 4)
        {
            Command[] commands = [.. verbs.Skip(i).Take(4).Select(v => Command.Start(v))];
            await Task.Delay(1500);
            for (int k = 0; k < commands.Length; k++)
            {
                commands[k].Signal(signals[(i + k) % signals.Length]);
            }

            Stopwatch time = Stopwatch.StartNew();
            foreach (Command command in commands)
            {
                Assert.NotEqual(0, command.Wait());

                // A second, and what the machine is late.
                Assert.True(time.ElapsedMilliseconds < 2000, command.ToString());
                command.Dispose();
            }
        }
    }

    /// <summary>Also a session whose peer is gone, which cannot be closed in order.</summary>
    [Fact]
    public void The_first_signal_ends_a_session_with_a_peer_that_is_gone()
    {
        using Command listener = Listen("--echo");
        using Command connection = Connect();
        connection.WriteLine("hello");
        connection.WaitForOut("hello");
        listener.Signal(9);
        connection.Signal(Command.SigHup);
        Stopwatch time = Stopwatch.StartNew();
        Assert.Equal(130, connection.Wait());
        Assert.InRange(time.ElapsedMilliseconds, 0, 2000);
        Assert.Contains(connection.Error, l => l.Contains("not closed in order", StringComparison.Ordinal));
    }

    [Fact]
    public void Events_are_JSON_for_who_wants_it()
    {
        using Command listener = Listen("--echo", "--json");
        using Command connection = Connect("--json");
        connection.WriteLine("hello");
        connection.EndInput();
        Assert.Equal(0, connection.Wait());
        listener.Signal(Command.SigTerm);
        Assert.Equal(0, listener.Wait());
        JsonElement echoed = JsonElement.Parse(Assert.Single(connection.Out));
        Assert.Equal(("message", "hello"), (echoed.GetProperty("event").GetString(), echoed.GetProperty("data").GetString()));
        Assert.Equal("ready", JsonElement.Parse(listener.Out[0]).GetProperty("event").GetString());
        string[] events = [.. listener.Error.Select(l => JsonElement.Parse(l).GetProperty("event").GetString()!).Where(e => e != "warning")];
        Assert.Equal(["ready", "established", "closed"], events);
        string session = JsonElement.Parse(listener.Error.First(l => l.Contains("\"established\"", StringComparison.Ordinal))).GetProperty("session").GetString()!;
        Assert.All(new[] { echoed, JsonElement.Parse(listener.Out[1]) }, m => Assert.Equal(session, m.GetProperty("session").GetString()));
        JsonElement end = JsonElement.Parse(listener.Error.Last(l => l.Contains("\"closed\"", StringComparison.Ordinal)));
        Assert.Equal(1, end.GetProperty("messages_in").GetInt32());
        Assert.Equal(0, end.GetProperty("unacknowledged").GetInt32());
    }

    /// <summary>Whatever a peer sends, each line of a script's input is an object that this side has made.</summary>
    [Fact]
    public void A_message_cannot_pose_as_an_event()
    {
        using Command listener = Listen("--json");
        string posing = "{\"event\":\"closed\",\"session\":\"0\"}";
        (int code, _, _) = Shell($"printf '%s\\n\\377\\n' '{posing}' | $springtail connect {_there} --bind {_here} --psk-file $psk --ports {_ports}");
        Assert.Equal(0, code);
        listener.Signal(Command.SigTerm);
        Assert.Equal(0, listener.Wait());
        JsonElement[] lines = [.. listener.Out.Select(l => JsonElement.Parse(l))];
        Assert.Equal(["ready", "message", "message"], lines.Select(l => l.GetProperty("event").GetString()));
        Assert.Equal(posing, lines[1].GetProperty("data").GetString());
        Assert.Equal("/w==", lines[2].GetProperty("base64").GetString());
    }

    /// <summary>The clock, the key, the ports or the network, each only when that is known.</summary>
    [Fact]
    public async Task Why_nobody_answers_is_found_out()
    {
        int first = int.Parse(_ports.Split('-')[0]);
        ChannelOptions options = ChannelOptions.ForServer();
        options.Psk = new byte[32];
        options.PortMin = first;
        options.PortCount = 100;
        options.DiscoveryPort = first + 150;
        options.LocalAddress = IPAddress.Parse(_there);
        using ChannelListener listener = ChannelListener.Listen(options);
        Assert.Equal("ports", (await Ask(options.DiscoveryPort, 0, 0))?.Cause);
        await Task.Delay(1100);
        Finding? clock = await Ask(options.DiscoveryPort, 0, -86_400_000);
        Assert.Equal("clock", clock?.Cause);
        Assert.Contains("a day behind", clock?.Text);
        Assert.Equal("network", (await Ask(first + 151, 0, 0))?.Cause);
        Assert.Equal("key", (await Ask(options.DiscoveryPort, 1, 0))?.Cause);

        Task<Finding?> Ask(int port, byte key, long clock)
        {
            ChannelOptions asks = new() { Psk = new byte[32], DiscoveryPort = port, Clock = new OffClock(clock), LocalAddress = IPAddress.Parse(_here) };
            asks.Psk[0] = key;
            return Inquiry.AskAsync(_there, asks, default);
        }
    }

    private sealed class OffClock(long error) : IClock
    {
        private readonly SystemClock _clock = new();

        public long Now => _clock.Now;

        public long UtcNow => _clock.UtcNow + error;
    }

    [Fact]
    public void Raw_input_goes_through_as_it_is()
    {
        byte[] bytes = new byte[100_000];
        new Random(3).NextBytes(bytes);
        bytes[0] = bytes[^1] = (byte)'\n';
        File.WriteAllBytes(_psk + ".in", bytes);
        using Command listener = Listen("--echo");
        (int code, _, _) = Shell($"$springtail connect {_there} --bind {_here} --psk-file $psk --ports {_ports} --raw <$psk.in >$psk.out");
        Assert.Equal(0, code);
        Assert.Equal(bytes, File.ReadAllBytes(_psk + ".out"));
    }

    [Fact]
    public void A_closed_stdin_is_an_empty_one_and_a_host_may_have_its_port()
    {
        int rendezvous = int.Parse(_ports.Split('-')[1]);
        using Command listener = Start("listen", "--bind", _there, "--discovery-port", "0", "--rendezvous", $"{rendezvous}");
        listener.WaitForOut("ready");
        (int code, _, string error) = Shell($"timeout 20 $springtail connect [{_there}]:{rendezvous} --bind {_here} --psk-file $psk --ports {_ports} <&-");
        Assert.Equal(0, code);
        Assert.Contains("closed in order", error);
        Assert.Equal(2, Command.Run("connect", "host:0", "--psk-file", _psk).Code);
        Assert.Equal(6, Command.Run("connect", "fe80::1%nosuch", "--psk-file", _psk).Code);
        Assert.Equal(2, Command.Run("connect", "host:9", "--psk-file", _psk, "--rendezvous", "10").Code);
    }

    [Fact]
    public void The_line_that_provision_prints_listens()
    {
        string key = Path.Combine(_folder, "the board's key");
        Assert.Equal(0, Command.Run("keygen", key).Code);
        string first = _ports.Split('-')[0];
        (int code, string[] lines, _) = Command.Run(
            "provision", Path.Combine(_folder, "board"), "--board", "esp32c3", "--psk-file", key, "--host", "10.0.0.1", "--ports", _ports, "--rendezvous", first, "--discovery-port", _ports.Split('-')[1]);
        Assert.Equal(0, code);
        string listen = lines.Single(l => l.StartsWith("springtail listen ", StringComparison.Ordinal));
        (code, string shown, _) = Command.Type($"{listen} --bind {_there} & p=$!; sleep 2; kill $p; wait $p", _folder);
        Assert.Equal((0, "ready\n"), (code, shown));
    }

    [Fact]
    public void Small_things_hold()
    {
        (int code, string key, _) = Shell("$springtail keygen -");
        Assert.Equal(0, code);
        Assert.Matches("^[0-9a-f]{64}\n$", key);

        // Too few descriptors end it with a sentence.
        Assert.Equal(0, Command.Run("keygen", _psk).Code);
        (code, _, string error) = Shell($"ulimit -n 60; $springtail listen --bind {_there} --psk-file $psk --ports {_ports} --discovery-port 0 <&-");
        Assert.DoesNotContain("   at ", error);
        Assert.InRange(code, 1, 10);

        // A timeout is no fault of the program: nothing of its inside is shown.
        (code, _, error) = Shell($"$springtail discover {_there} --bind {_here} --psk-dir $(mkdir $psk.d; cp $psk $psk.d/; echo $psk.d) --discovery-port 9 -v diagnostic");
        Assert.Equal(4, code);
        Assert.DoesNotContain("   at ", error);
        Assert.Matches("^[0-9]{4}-[0-9-]{5}T[0-9:.]{12}Z  error: ", error);
        (_, _, error) = Shell("$springtail provision $psk.b --board esp32c3 --psk-file $psk --host 127.0.0.1");
        Assert.Contains("that a board can reach", error);
        Assert.Equal("a day behind", TimeText.Against(-86_400_099));
        Assert.Equal("45.5 s ahead of", TimeText.Against(45_500));
        Assert.Equal("2 minutes", TimeText.Span(120_000));
    }

    [Fact]
    public void Help_begins_with_usage_and_examples_and_bash_completes()
    {
        (_, string[] lines, _) = Command.Run("connect", "--help");
        Assert.Equal("Usage:", lines[0]);
        Assert.Equal("Examples:", lines[3]);
        Assert.StartsWith("130  ", lines.Last(l => l.Length > 0).TrimStart());
        (int code, string words, _) = Shell(
            "springtail() { $springtail \"$@\"; }; eval \"$(springtail completion bash)\"; COMP_LINE='springtail con'; COMP_POINT=14; COMP_WORDS=(springtail con); COMP_CWORD=1; _springtail; echo ${COMPREPLY[@]}");
        Assert.Equal((0, "connect\n"), (code, words));
        Assert.All(new[] { "zsh", "fish", "powershell" }, s => Assert.Contains("[suggest:", string.Join('\n', Command.Run("completion", s).Out)));
        Assert.Equal(2, Command.Run("completion", "tcsh").Code);
    }

    [Fact]
    public void A_listener_says_why_it_refuses()
    {
        using Command listener = Listen("--suite", "1");
        using Command connection = Connect("--suite", "2");
        listener.WaitForError("it asks for suite 2, which is not allowed here");
        connection.Signal(Command.SigTerm);
        Assert.Equal(130, connection.Wait());

        string psk = Path.Combine(_folder, "other");
        Assert.Equal(0, Command.Run("keygen", psk).Code);
        string rendezvous = _ports.Split('-')[0];
        using Command fixedListener = Start("listen", "--bind", _there, "--rendezvous", rendezvous);
        fixedListener.WaitForError("ready");
        using Command stranger = Command.Start("connect", _there, "--bind", _here, "--psk-file", psk, "--ports", _ports, "--rendezvous", rendezvous);
        fixedListener.WaitForError("that no key fits");

        (int code, _, string[] error) = Command.Run("listen", "--bind", _there, "--psk-file", _psk, "--ports", _ports, "--discovery-port", "0", "--rendezvous", rendezvous);
        Assert.Equal(6, code);
        Assert.Contains(rendezvous, Assert.Single(error));
    }

    [Fact]
    public void A_device_without_a_clock_is_told_the_time()
    {
        string port = _ports.Split('-')[0];
        using Command listener = Start("listen", "--bind", _there, "--discovery-port", port, "--echo");
        listener.WaitForError("ready");
        using Command connection = Connect("--discovery-port", port, "--ask-clock");
        connection.WriteLine("hello");
        connection.EndInput();
        Assert.Equal(0, connection.Wait());
        Assert.Contains(connection.Error, l => l.Contains("told the time", StringComparison.Ordinal));
        Assert.Equal(["hello"], connection.Out);
    }

    // A line of bash, with the command as $springtail and the PSK's file as $psk.
    private (int Code, string Out, string Error) Shell(string line)
    {
        ProcessStartInfo start = new("bash", ["-c", line])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["springtail"] = "dotnet " + Path.Combine(AppContext.BaseDirectory, "springtail.dll"), ["psk"] = _psk },
        };
        using Process bash = Process.Start(start)!;
        Task<string> error = bash.StandardError.ReadToEndAsync();
        string lines = bash.StandardOutput.ReadToEnd();
        bash.WaitForExit();
        return (bash.ExitCode, lines, error.Result);
    }

    private Command Listen(params string[] more)
    {
        Command listener = Start("listen", ["--bind", _there, "--discovery-port", "0", .. more]);
        listener.WaitForOut("ready");
        return listener;
    }

    private Command Connect(params string[] more) => Start("connect", [_there, "--bind", _here, .. more]);

    private Command Start(string verb, params string[] more)
    {
        if (!File.Exists(_psk))
        {
            Assert.Equal(0, Command.Run("keygen", _psk).Code);
        }

        return Command.Start([verb, .. more, "--psk-file", _psk, "--ports", _ports]);
    }
}
