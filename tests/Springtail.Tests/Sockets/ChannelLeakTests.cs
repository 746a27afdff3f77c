using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Net;
using System.Security.Cryptography;
using System.Threading.Tasks;
using Springtail.Tests.Simulation;
using Xunit;
using Xunit.Abstractions;

namespace Springtail.Tests.Sockets;

/// <summary>
/// Channels that are opened and disposed of, and listeners, over real UDP sockets on loopback: no thread, no socket and no memory stays. The long form,
/// with SPRINGTAIL_FULL set, opens 20 000.
/// </summary>
[Collection(Alone.Name)]
public sealed class ChannelLeakTests(ITestOutputHelper output)
{
    private const int AtATime = 20;

    private readonly byte[] _psk = RandomNumberGenerator.GetBytes(32);
    private readonly IPAddress _here = Loopback.Next();
    private readonly IPAddress _there = Loopback.Next();

    [Fact]
    public async Task Channels_that_were_disposed_of_leave_no_thread_no_socket_and_no_byte()
    {
        bool full = !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("SPRINGTAIL_FULL"));
        (int listeners, int channels) = full ? (20, 1000) : (4, 60);

        // Until every thread that the pool starts has what it holds.
        for (int i = 0; i < 8; i++)
        {
            await OpenAndDispose(AtATime);
        }

        (long bytes, int sockets, int threads) before = Held();
        Stopwatch time = Stopwatch.StartNew();
        for (int i = 0; i < listeners; i++)
        {
            await OpenAndDispose(channels);
        }

        (long bytes, int sockets, int threads) after = Held();
        int count = listeners * channels;
        output.WriteLine($"{count} channels in {time.Elapsed.TotalSeconds:F1} s; bytes {after.bytes - before.bytes}, sockets {after.sockets - before.sockets}, threads {after.threads - before.threads}");

        // A channel has 150 KB, buffers and all: one in forty left behind would show. The pool keeps threads, and what they hold, for a while.
        Assert.InRange(after.bytes - before.bytes, long.MinValue, Math.Max(800_000, count * 100L));
        Assert.InRange(after.sockets - before.sockets, int.MinValue, 2);
        Assert.InRange(after.threads - before.threads, int.MinValue, 10);
    }

    private async Task OpenAndDispose(int channels)
    {
        ChannelOptions options = ChannelOptions.ForServer();
        options.Psk = _psk;
        options.DiscoveryPort = 0;
        options.LocalAddress = _there;
        options.SessionsPerPsk = channels;
        options.HalfOpenPerPsk = AtATime;
        await using ChannelListener listener = ChannelListener.Listen(options);
        for (int i = 0; i < channels; i += AtATime)
        {
            await Task.WhenAll(Enumerable.Range(i, AtATime).Select(k => UseOne(listener, k)));
        }
    }

    // Every third is closed in order, the others end at once, on this side or on the other.
    private async Task UseOne(ChannelListener listener, int number)
    {
        Channel near = await Channel.ConnectAsync(_there.ToString(), new ChannelOptions { Psk = _psk, Suite = 2, DiscoveryPort = 0, LocalAddress = _here });
        Channel far = (await listener.AcceptAsync())!;
        await near.SendAsync(new byte[] { (byte)number });
        await far.ReceiveAsync();
        if (number % 3 == 0)
        {
            await near.DisposeAsync();
        }
        else if (number % 3 == 1)
        {
            near.Dispose();
        }
        else
        {
            far.Dispose();
            near.Dispose();
        }

        far.Dispose();
    }

    private static (long Bytes, int Sockets, int Threads) Held()
    {
        for (int i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        int sockets = Directory.EnumerateFileSystemEntries("/proc/self/fd").Select(LinkOf).Count(l => l.StartsWith("socket:", StringComparison.Ordinal));
        return (GC.GetTotalMemory(true), sockets, Process.GetCurrentProcess().Threads.Count);
    }

    private static string LinkOf(string path)
    {
        try
        {
            return new FileInfo(path).LinkTarget ?? "";
        }
        catch (IOException)
        {
            return "";
        }
    }
}
