using System;
using System.Diagnostics;
using System.Linq;
using System.Net;
using System.Security.Cryptography;
using System.Threading.Tasks;
using Springtail.Tests.Simulation;
using Xunit;

namespace Springtail.Tests.Sockets;

/// <summary>The threads that channels need, over real UDP sockets on loopback. Alone, since others start threads too.</summary>
[Collection(Alone.Name)]
public sealed class ChannelThreadTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Two_hundred_channels_are_received_from_without_a_thread_each()
    {
        const int channels = 100;
        byte[] psk = RandomNumberGenerator.GetBytes(32);
        ChannelOptions options = ChannelOptions.ForServer();
        options.Psk = psk;
        options.DiscoveryPort = 0;
        options.SessionsPerPsk = channels;
        options.LocalAddress = Loopback.Next();
        IPAddress here = Loopback.Next();
        await using ChannelListener listener = ChannelListener.Listen(options);
        int before = Process.GetCurrentProcess().Threads.Count;
        Channel[] near = new Channel[channels];
        Task<ReceiveResult>[] receives = new Task<ReceiveResult>[2 * channels];
        for (int i = 0; i < channels; i++)
        {
            near[i] = await Channel.ConnectAsync(options.LocalAddress.ToString(), new ChannelOptions { Psk = psk, Suite = 2, DiscoveryPort = 0, LocalAddress = here });
            receives[2 * i] = near[i].ReceiveAsync().AsTask();
            receives[2 * i + 1] = (await listener.AcceptAsync().AsTask().WaitAsync(s_patience))!.ReceiveAsync().AsTask();
        }

        // The pool itself may grow by a few.
        Assert.InRange(Process.GetCurrentProcess().Threads.Count - before, int.MinValue, channels / 4);
        await Task.WhenAll(near.Select(c => c.SendAsync(new byte[10]).AsTask()));
        await Task.WhenAll(receives.Where((_, i) => i % 2 == 1)).WaitAsync(s_patience);
        await Task.WhenAll(near.Select(c => c.DisposeAsync().AsTask())).WaitAsync(s_patience);
        Assert.All(receives, r => Assert.True(r.IsCompletedSuccessfully));
    }
}
