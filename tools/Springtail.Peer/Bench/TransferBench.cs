using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net;
using System.Security.Cryptography;
using System.Threading;
using Springtail.Demo;
using Springtail.Packets;

namespace Springtail.Peer.Bench;

/// <summary>How fast files go, as ratios: to scp on this machine's loopback, to what congestion control allows on a long and lossy path, and of two that share one.</summary>
internal static class TransferBench
{
    private const int FileSize = 200_000_000;
    private const int WarmUpSize = 20_000_000;

    // The two take turns, so that a busy machine does wrong to both; the best turn of each counts.
    private const int Turns = 3;

    private const int LossPercent = 1;

    // Each way.
    private static readonly TimeSpan s_lossyDelay = TimeSpan.FromMilliseconds(25);
    private static readonly TimeSpan s_sharedDelay = TimeSpan.FromMilliseconds(10);

    // The bottleneck passes 1.2 MB/s and holds a queue of as much as is under way beyond it.
    private static readonly TimeSpan s_fullPacketTime = TimeSpan.FromMilliseconds(1);
    private static readonly int s_queue = (int)(2 * s_sharedDelay / s_fullPacketTime);

    // Slow start is to be over before it is measured.
    private static readonly TimeSpan s_settling = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan s_measured = TimeSpan.FromSeconds(32);

    public static int Run(Output output)
    {
        using Workplace place = new();
        Loopback(output, place);
        Lossy(output, place.Folder);
        Shared(output, place.Folder);
        return ExitCode.Success;
    }

    private static void Loopback(Output output, Workplace place)
    {
        string folder = place.Folder;
        Transfer(WriteFile(folder, WarmUpSize), folder);
        string file = WriteFile(folder, FileSize);
        using Scp? scp = Scp.Start(place, out string why);
        double ours = 0, theirs = 0;
        for (int i = 0; i < Turns; i++)
        {
            ours = Math.Max(ours, Transfer(file, folder));
            theirs = Math.Max(theirs, scp?.Copy(file) ?? 0);
        }

        string compared = scp == null ? $"no ratio: {why}" : string.Create(CultureInfo.InvariantCulture, $"scp {theirs / 1e6:0.0} MB/s   ratio {ours / theirs:0.00}");
        output.Result(
            "transfer", string.Create(CultureInfo.InvariantCulture, $"file over loopback       {ours / 1e6:0.0} MB/s   {compared}"),
            ("operation", "loopback"), ("bytes_per_second", ours), ("scp_bytes_per_second", scp == null ? null : theirs), ("ratio", scp == null ? null : ours / theirs));
    }

    private static double Transfer(string file, string folder)
    {
        using BenchTransfer transfer = new(file, Path.Combine(folder, "to"), Address(1), Address(1), Address(2));
        return new FileInfo(file).Length / transfer.Complete();
    }

    private static void Lossy(Output output, string folder)
    {
        Link toReceiver = new(1) { Delay = s_lossyDelay, LossPercent = LossPercent };
        Link toSender = new(2) { Delay = s_lossyDelay, LossPercent = LossPercent };
        double rate = Measure(folder, 1, toReceiver, toSender)[0];

        // RFC 5681's window under random loss: about 1.22 fragments for each round trip and root of the loss (Mathis and others); delay and loss as measured.
        TimeSpan roundTrip = toReceiver.AverageTime + toSender.AverageTime;
        double loss = (double)toReceiver.Lost / (toReceiver.Lost + toReceiver.Passed);
        double allowed = 1.22 * DataPayload.FragmentSize / (roundTrip.TotalSeconds * Math.Sqrt(loss));
        string path = string.Create(CultureInfo.InvariantCulture, $"{roundTrip.TotalMilliseconds:0} ms rtt, {loss * 100:0.0} % loss");
        output.Result(
            "transfer", string.Create(CultureInfo.InvariantCulture, $"{path,-24} {rate / 1e6:0.000} MB/s   allowed {allowed / 1e6:0.000} MB/s   ratio {rate / allowed:0.00}"),
            ("operation", "delay_and_loss"), ("round_trip_ms", roundTrip.TotalMilliseconds), ("loss", loss), ("bytes_per_second", rate), ("allowed_bytes_per_second", allowed), ("ratio", rate / allowed));
    }

    private static void Shared(Output output, string folder)
    {
        Link toReceivers = new(3) { Delay = s_sharedDelay, FullPacketTime = s_fullPacketTime, Queue = s_queue };
        double[] rates = Measure(folder, 2, toReceivers, new Link(4) { Delay = s_sharedDelay });
        double share = rates[0] / rates.Sum();
        output.Result(
            "transfer", string.Create(CultureInfo.InvariantCulture, $"two over one bottleneck  {rates[0] / 1e6:0.000} and {rates[1] / 1e6:0.000} MB/s   shares {share * 100:0}:{(1 - share) * 100:0}"),
            ("operation", "shared_bottleneck"), ("first_bytes_per_second", rates[0]), ("second_bytes_per_second", rates[1]), ("share", share));
    }

    // Bytes in a second of transfers that begin together, each over its own relay and all over the same two links.
    private static double[] Measure(string folder, int count, Link toReceivers, Link toSenders)
    {
        string file = WriteFile(folder, FileSize);
        RelayedHost[] senders = [.. Enumerable.Range(0, count).Select(i => new RelayedHost(Address(4 * i + 1), Address(4 * i + 2), toSenders))];
        RelayedHost[] receivers = [.. Enumerable.Range(0, count).Select(i => new RelayedHost(Address(4 * i + 3), Address(4 * i + 4), toReceivers))];
        Stack<IDisposable> all = [];
        try
        {
            List<BenchTransfer> transfers = [];
            foreach ((RelayedHost sender, RelayedHost receiver) in senders.Zip(receivers))
            {
                Relay relay = new(sender, receiver, BenchTransfer.PortMin, BenchTransfer.PortCount);
                all.Push(relay);
                if (relay.Closed > 0)
                {
                    throw new CommandException(ExitCode.Network, $"Ports {BenchTransfer.PortMin} to {BenchTransfer.PortMin + BenchTransfer.PortCount - 1} (UDP) of {sender.StandIn} are taken: end the program that has them.");
                }

                transfers.Add(new BenchTransfer(file, Path.Combine(folder, "to-" + receiver.Address), sender.Address, sender.StandIn, receiver.Address));
                all.Push(transfers[^1]);
            }

            Thread.Sleep(s_settling);
            long[] before = [.. transfers.Select(t => t.Bytes)];
            Thread.Sleep(s_measured);
            double[] rates = [.. transfers.Zip(before, (t, b) => (t.Bytes - b) / s_measured.TotalSeconds)];
            return rates.Min() > 0 ? rates : throw new CommandException(ExitCode.Fault, "A transfer over the relay stood still.");
        }
        finally
        {
            while (all.TryPop(out IDisposable? last))
            {
                last.Dispose();
            }
        }
    }

    // Loopback addresses that little else uses.
    private static IPAddress Address(int number) => new([127, 0, 1, (byte)number]);

    private static string WriteFile(string folder, int size)
    {
        string file = Path.Combine(folder, $"{size} bytes");
        if (!File.Exists(file))
        {
            byte[] part = RandomNumberGenerator.GetBytes(1_000_000);
            using FileStream stream = File.Create(file);
            for (int written = 0; written < size; written += part.Length)
            {
                stream.Write(part);
            }
        }

        return file;
    }
}
