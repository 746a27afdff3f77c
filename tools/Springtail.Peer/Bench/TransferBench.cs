using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Net;
using System.Security.Cryptography;
using System.Threading;
using Springtail.Peer.Transfer;
using Springtail.Transfer;
using Springtail.Transport;

namespace Springtail.Peer.Bench;

/// <summary>How fast files go, as ratios: to scp on this machine's loopback, to what congestion control allows on a long and lossy path, and of two that share one.</summary>
internal static class TransferBench
{
    private const int FileSize = 200_000_000;
    private const int WarmUpSize = 20_000_000;

    public static int Run(Output output)
    {
        string folder = Directory.CreateTempSubdirectory("springtail-bench-").FullName;
        try
        {
            Loopback(folder, WarmUpSize);
            double ours = Loopback(folder, FileSize);
            double? theirs = Scp.Measure(folder, Path.Combine(folder, "file"), out string why);
            string compared = theirs == null ? $"no ratio: {why}" : string.Create(CultureInfo.InvariantCulture, $"scp {theirs.Value / 1e6:0.0} MB/s   ratio {ours / theirs.Value:0.00}");
            output.Result(
                "transfer", string.Create(CultureInfo.InvariantCulture, $"file over loopback       {ours / 1e6:0.0} MB/s   {compared}"),
                ("operation", "loopback"), ("bytes_per_second", ours), ("scp_bytes_per_second", theirs), ("ratio", theirs == null ? null : ours / theirs));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        // RFC 5681's window under random loss: about 1.22 fragments for each round trip and root of the loss (Mathis and others).
        double allowed = 1.22 * Packets.DataPayload.FragmentSize / (2 * SimulatedPath.Delay / 1000.0 * Math.Sqrt(SimulatedPath.LossPercent / 100.0));
        double lossy = SimulatedPath.WithLoss();
        output.Result(
            "transfer", string.Create(CultureInfo.InvariantCulture, $"50 ms rtt, 1 % loss      {lossy / 1e6:0.000} MB/s   allowed {allowed / 1e6:0.000} MB/s   ratio {lossy / allowed:0.00}   (virtual time)"),
            ("operation", "delay_and_loss"), ("bytes_per_second", lossy), ("allowed_bytes_per_second", allowed), ("ratio", lossy / allowed));

        (double first, double second) = SimulatedPath.Shared();
        double share = first / (first + second);
        output.Result(
            "transfer", string.Create(CultureInfo.InvariantCulture, $"two over one bottleneck  {first / 1e6:0.000} and {second / 1e6:0.000} MB/s   shares {share * 100:0}:{(1 - share) * 100:0}   (virtual time)"),
            ("operation", "shared_bottleneck"), ("first_bytes_per_second", first), ("second_bytes_per_second", second), ("share", share));
        return ExitCode.Success;
    }

    // Both ends in this process, each with its own sockets and threads; the file is read, hashed, written and hashed as by send and receive.
    private static double Loopback(string folder, int size)
    {
        string file = Path.Combine(folder, "file");
        byte[] part = RandomNumberGenerator.GetBytes(1_000_000);
        using (FileStream stream = File.Create(file))
        {
            for (int written = 0; written < size; written += part.Length)
            {
                stream.Write(part);
            }
        }

        string target = Path.Combine(folder, "to");
        byte[] psk = RandomNumberGenerator.GetBytes(32);
        using ChannelListener listener = Channel.Listen(Options(psk));
        bool sent = false;
        Thread sender = new(() =>
        {
            using Channel channel = listener.Accept(-1);
            using SystemFiles source = new([file]);
            using SystemSha256 hash = new();
            sent = FileTransfer.Run(channel, new FileSender(source, hash, null), new byte[TransferSettings.MessageSize]);
        });
        sender.Start();
        long begun = Stopwatch.GetTimestamp();
        using (Channel channel = Channel.Connect("127.0.0.1", Options(psk)))
        using (SystemFolder store = new(target))
        using (SystemSha256 hash = new())
        using (SystemSha256 resumed = new())
        {
            FileReceiver receiver = new(store, hash, resumed, 1, false, null);
            byte[] buffer = new byte[TransferSettings.MessageSize];
            while (!receiver.IsOver)
            {
                FileTransfer.Step(channel, receiver, buffer);
            }

            double seconds = Stopwatch.GetElapsedTime(begun).TotalSeconds;
            channel.Close();
            sender.Join();
            Directory.Delete(target, recursive: true);
            return sent && receiver.Failed == 0 ? size / seconds : throw new CommandException(ExitCode.Fault, "The file did not arrive: " + TransferResult.Text(receiver.Result));
        }
    }

    private static ChannelOptions Options(byte[] psk)
    {
        ChannelOptions options = ChannelOptions.ForServer();
        options.Psk = psk;
        options.Suite = 2;
        options.Features = 0;
        options.PortMin = 47_000;
        options.PortCount = 1000;
        options.DiscoveryPort = 0;
        options.Transport = new SocketTransport(IPAddress.Loopback);
        return options;
    }
}
