using System;
using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using System.Threading.Tasks;

namespace Springtail.Peer.Bench;

/// <summary>A channel over sockets on loopback, both ends in this process: how fast a message comes back, and what many large ones take of the processor.</summary>
internal static class LoopbackBench
{
    private const int Pings = 5000;
    private const int PingSize = 100;
    private const int MessageSize = 60_000;

    // As in a transfer of files, in packets.
    private const int Buffers = 2048;

    /// <summary>The median of what a message of 100 bytes and its echo take, in µs.</summary>
    public static double Ping() => RunAsync(PingAsync).GetAwaiter().GetResult();

    /// <summary>MB of messages that a second of the processor takes from one end to the other, the work of both counted.</summary>
    public static double Bulk(int milliseconds) => RunAsync((near, far) => BulkAsync(near, far, milliseconds)).GetAwaiter().GetResult();

    private static async Task<double> RunAsync(Func<Channel, Channel, Task<double>> measure)
    {
        ChannelOptions listening = ChannelOptions.ForServer();
        (listening.ReceiveAhead, listening.SendBuffers) = (Buffers, Buffers);
        listening.Psk = RandomNumberGenerator.GetBytes(32);
        listening.DiscoveryPort = 0;
        listening.LocalAddress = IPAddress.Loopback;
        using ChannelListener listener = Channel.Listen(listening);

        // Both sides hop over the same ports, so each has an address of its own where there are several of loopback.
        ChannelOptions calling = new()
        {
            Psk = listening.Psk,
            Suite = 2,
            DiscoveryPort = 0,
            MaxMessageSize = listening.MaxMessageSize,
            ReceiveAhead = Buffers,
            SendBuffers = Buffers,
            LocalAddress = OperatingSystem.IsMacOS() ? IPAddress.Loopback : IPAddress.Parse("127.0.0.9"),
        };
        using Channel near = await Channel.ConnectAsync("127.0.0.1", calling).ConfigureAwait(false);
        using Channel far = (await listener.AcceptAsync().ConfigureAwait(false))!;
        return await measure(near, far).ConfigureAwait(false);
    }

    private static async Task<double> PingAsync(Channel near, Channel far)
    {
        Task echoing = EchoAsync(far);
        byte[] message = new byte[PingSize];
        double[] times = new double[Pings];
        for (int i = 0; i < Pings; i++)
        {
            long begun = Stopwatch.GetTimestamp();
            await near.SendAsync(message).ConfigureAwait(false);
            await near.ReceiveAsync().ConfigureAwait(false);
            times[i] = Stopwatch.GetElapsedTime(begun).TotalMicroseconds;
        }

        await near.CloseAsync().ConfigureAwait(false);
        await echoing.ConfigureAwait(false);
        Array.Sort(times);
        return times[Pings / 2];
    }

    private static async Task EchoAsync(Channel far)
    {
        await foreach (ChannelMessage message in far.ReceiveAllAsync().ConfigureAwait(false))
        {
            await far.SendAsync(message.Data).ConfigureAwait(false);
        }
    }

    private static async Task<double> BulkAsync(Channel near, Channel far, int milliseconds)
    {
        Task<long> receiving = CountAsync(far);
        byte[] message = new byte[MessageSize];
        Stopwatch watch = Stopwatch.StartNew();
        TimeSpan before = Process.GetCurrentProcess().TotalProcessorTime;
        long sent = 0;
        while (watch.ElapsedMilliseconds < milliseconds)
        {
            await near.SendAsync(message).ConfigureAwait(false);
            sent += message.Length;
        }

        await near.CloseAsync().ConfigureAwait(false);
        long received = await receiving.ConfigureAwait(false);
        double time = (Process.GetCurrentProcess().TotalProcessorTime - before).TotalSeconds;
        return received == sent ? received / 1e6 / time : double.NaN;
    }

    private static async Task<long> CountAsync(Channel far)
    {
        long count = 0;
        await foreach (ChannelMessage message in far.ReceiveAllAsync().ConfigureAwait(false))
        {
            count += message.Data.Length;
        }

        return count;
    }
}
