using System;
using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Springtail.Crypto;
using Springtail.Packets;
using Springtail.Sessions;
using Path = System.IO.Path;

namespace Springtail.Peer.Bench;

/// <summary>What many sessions take of a listener: the protocol's part in virtual time, all of it over sockets on loopback.</summary>
internal static class ListenerBench
{
    /// <summary>Has <c>bench</c> measure over sockets alone, in the process that <see cref="Run"/> starts for it.</summary>
    public const string SocketsOption = "--sockets";

    private const int X25519 = 2;
    private const int P256 = 1;
    private const int Few = 1000;
    private const int Many = 10_000;

    public static int Run(ICryptoCore core, int seconds, Output output)
    {
        double few = Idle(core, Few, output);
        double many = Idle(core, Many, output);
        Report("core_per_session_ratio", many / few * Few / Many, "0.00", "what a session of 10 000 takes of a core, beside one of 1 000");
        Fleet calling = new(core, Few, X25519, 20, Options(Few));
        Report("calls_at_once_connected", calling.Connect(0, Few, 3000), "0", "of 1 000 devices that call at once, suite 2, those connected after 3 s");
        Junk(core, Report);
        Report("handshake_cpu_ms", new ChannelBench(core, X25519).HandshakeTime(1000).TotalMilliseconds, "0.00", "of the processor, a handshake of suite 2, both ends, without a network");
        Report("ping_p50_us", LoopbackBench.Ping(), "0", "until a message of 100 bytes is back over loopback");
        Report("bulk_mb_per_cpu_second", LoopbackBench.Bulk(3000), "0", "MB that a second of the processor takes over loopback, both ends");
        return SocketsApart();

        void Report(string name, double value, string format, string what) => Print(output, name, value, format, what);
    }

    /// <summary>10 000 sessions over sockets, in a process whose threads wait as a listener's do.</summary>
    public static int Sockets(ICryptoCore core, int seconds, Output output)
    {
        WaitingThreads.SleepAtOnce();
        using SocketFleet fleet = new(core, Many);
        int connected = fleet.Connect(seconds);
        Report("sockets_connected", connected, "0", "sessions over sockets on loopback, of 10 000");
        Report("sockets_descriptors", fleet.ListenerPorts, "0", $"ports of the listener open, of a range of {SocketFleet.PortCount}");
        (double server, double all, int lost, double p99) = fleet.Read(seconds);
        Report("sockets_core", server, "0.00", $"of a core, the listener's threads, a reading of each session every 10 s, {seconds} s long");
        Report("sockets_core_both_ends", all, "0.00", "of a core, both ends");
        Report("sockets_lost", lost, "0", "sessions lost meanwhile");
        Report("sockets_reading_p99_ms", p99, "0.0", "until a reading is echoed");
        Report("echo_p99_ms_under_syns", fleet.EchoUnderSyns(P256, Math.Min(seconds, 20)), "0.0", "until a reading of others is echoed while one key holder sends 100 SYNs of suite 1 a second");
        Report("session_bytes", fleet.BytesPerSession, "#,0", "resident memory that one more idle session of 10 000 takes of the listener, the devices' subtracted");
        return ExitCode.Success;

        void Report(string name, double value, string format, string what) => Print(output, name, value, format, what);
    }

    // By this program once more, with the arguments that it was given.
    private static int SocketsApart()
    {
        using Workplace place = new();
        string program = Environment.ProcessPath!;
        string[] arguments = Environment.GetCommandLineArgs();
        bool isHosted = !string.Equals(Path.GetFileNameWithoutExtension(program), Path.GetFileNameWithoutExtension(arguments[0]), StringComparison.OrdinalIgnoreCase);
        Process process = place.Own(Process.Start(program, [.. isHosted ? arguments : arguments[1..], SocketsOption]));
        process.WaitForExit();
        return process.ExitCode;
    }

    private static void Print(Output output, string name, double value, string format, string what) =>
        output.Result("listener", $"{name,-28} {value.ToString(format, CultureInfo.InvariantCulture),10}   {what}", ("figure", name), ("value", value));

    // Returns the share of a core that the idle sessions take.
    private static double Idle(ICryptoCore core, int count, Output output)
    {
        const int Time = 60_000;
        Fleet fleet = new(core, count, X25519, 20, Options(count));
        int connected = 0;
        for (int i = 0; i < count; i += 500)
        {
            connected += fleet.Connect(i, 500, 200);
        }

        GC.Collect();
        TimeSpan before = fleet.ServerTime;
        fleet.Run(Time);
        double share = (fleet.ServerTime - before).TotalMilliseconds / Time;
        output.Result(
            "listener", $"{"idle_sessions",-28} {count,10}   take {(100 * share).ToString("0.0", CultureInfo.InvariantCulture)} % of a core; {connected} connected, {fleet.OpenPorts} ports open",
            ("figure", "idle_sessions"), ("sessions", count), ("core", share), ("connected", connected), ("ports", fleet.OpenPorts));
        return share;
    }

    // How many unmaskings a stranger's packets cost where 10 000 PSKs share a port.
    private static void Junk(ICryptoCore core, Action<string, double, string, string> report)
    {
        const int Packets = 20_000;
        ChannelOptions options = Options(1);
        options.RendezvousPort = 4000;
        options.Psks = Keys(Many);
        Listening.Server server = new(core, options, 1000, 1792671082941);
        Endpoint from = new();
        from.SetAddress([203, 0, 113, 7]);
        byte[] packet = new byte[165];
        TimeSpan before = ThreadTime.Now;
        for (int i = 0; i < Packets; i++)
        {
            RandomNumberGenerator.Fill(packet);
            server.Receive(packet, packet.Length, from, 4000, 1000 + i, 1792671082941 + i);
        }

        report("junk_packet_us", (ThreadTime.Now - before).TotalMicroseconds / Packets, "0.0", "one of 1 000 a second from a stranger, at a port that 10 000 PSKs share");
    }

    internal static byte[][] Keys(int count)
    {
        byte[][] keys = new byte[count][];
        for (int i = 0; i < count; i++)
        {
            keys[i] = RandomNumberGenerator.GetBytes(32);
        }

        return keys;
    }

    private static ChannelOptions Options(int count)
    {
        ChannelOptions options = ChannelOptions.ForServer();
        options.MaxSessions = Math.Max(count, options.MaxSessions);
        options.DiscoveryPort = 0;
        return options;
    }
}
