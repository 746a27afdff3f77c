using System;
using System.CommandLine;
using System.Globalization;
using Springtail.Crypto;
using Springtail.Peer.Bench;

namespace Springtail.Peer.Commands;

/// <summary><c>springtail bench</c></summary>
internal static class BenchCommand
{
    public static Command Create()
    {
        Option<int> time = Verb.Within(new("--time")
        {
            Description = "Milliseconds for each figure, 1 to 60000.",
            HelpName = "MS",
            DefaultValueFactory = _ => 300,
        }, 1, 60000);
        Option<bool> transfer = new("--transfer") { Description = "Measure file transfers in place of that, as ratios; takes about two minutes." };
        Option<bool> listener = new("--listener") { Description = "Measure a listener with up to 10 000 sessions in place of that; takes about three minutes." };
        Option<bool> sockets = new(ListenerBench.SocketsOption) { Hidden = true };
        Option<bool> gateway = new("--gateway") { Description = "Measure a gateway between devices and Mosquitto in place of that; takes about a minute." };
        Option<int> devices = Verb.Within(new("--devices")
        {
            Description = "With --gateway: devices with a reading every 10 s, 1 to 19000.",
            HelpName = "N",
            DefaultValueFactory = _ => 1000,
        }, 1, 19000);
        Option<int> seconds = Verb.Within(new("--seconds")
        {
            Description = "How long the sessions over sockets send readings with --listener (60), and each part takes with --gateway (10), 1 to 36000.",
            HelpName = "S",
        }, 1, 36000);
        VerbCommand command = new(
            "bench", "Measures this machine's cryptography and the whole channel, on one core.",
            "The primitives are compared with the plain calls of .NET, which are OpenSSL's on Linux, where it has them: a ratio of 2\n"
            + "says that the channel's takes half the time. Handshakes and packets count\n"
            + "the work of both sides, without a network.\n"
            + "--transfer: a file over loopback beside scp, in turns; over a relay with 50 ms of round trip and 1 % loss, beside what\n"
            + "RFC 5681's window allows with the delay and loss that occurred; two over a relay with one bottleneck.\n"
            + "--gateway: what a gateway takes of a core with many devices, how many messages a second go through it, and what one costs beside one that\n"
            + "MQTTnet publishes straight to the same broker over TLS 1.3; handshakes beside TLS's. Each side is a process or a thread of its own.\n"
            + "--listener: what idle sessions take of a core by the protocol alone, in virtual time; then 10 000 over sockets on loopback, both ends in a\n"
            + "process that waits as listen does, and needs 10 600 file descriptors (ulimit -n).",
            examples: ["springtail bench", "springtail bench --transfer", "springtail bench --gateway --devices 10000"]) { time, transfer, listener, sockets, gateway, devices, seconds };
        command.Run((arguments, output) =>
        {
            int Seconds(int otherwise) => arguments.GetResult(seconds) == null ? otherwise : arguments.GetValue(seconds);
            return arguments.GetValue(transfer) ? TransferBench.Run(output)
                : arguments.GetValue(sockets) ? ListenerBench.Sockets(CryptoCore.Default, Seconds(60), output)
                : arguments.GetValue(listener) ? ListenerBench.Run(CryptoCore.Default, Seconds(60), output)
                : arguments.GetValue(gateway) ? GatewayBench.Run(CryptoCore.Default, arguments.GetValue(devices), Seconds(10), output)
                : Measure(arguments.GetValue(time), output);
        });
        return command;
    }

    private static int Measure(int milliseconds, Output output)
    {
        ICryptoCore core = CryptoCore.Default;
        foreach (Primitive primitive in Primitive.All(core))
        {
            (double ours, double theirs) = primitive.Measure(milliseconds);
            double? ratio = theirs == 0 ? null : ours / theirs;
            string text = $"{primitive.Name,-24} {Number(ours),12} /s";
            output.Result(
                "primitive", ratio == null ? text : $"{text}   .NET {Number(theirs),12} /s   ratio {ratio.Value.ToString("0.00", CultureInfo.InvariantCulture)}",
                ("operation", primitive.Name), ("per_second", ours), ("dotnet_per_second", theirs == 0 ? null : theirs), ("ratio", ratio));
        }

        for (int suite = 1; suite <= 2; suite++)
        {
            ChannelBench channel = new(core, suite);
            Report($"handshakes_suite_{suite}", channel.Handshakes(milliseconds));
            Report($"packets_suite_{suite}", channel.Packets(milliseconds));
        }

        return ExitCode.Success;

        void Report(string name, double rate) =>
            output.Result("channel", $"{name,-24} {Number(rate),12} /s", ("operation", name), ("per_second", rate));
    }

    private static string Number(double rate) => rate.ToString(rate < 100 ? "0.0" : "#,0", CultureInfo.InvariantCulture);
}
