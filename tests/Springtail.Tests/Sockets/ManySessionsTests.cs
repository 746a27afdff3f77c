using System;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Security.Cryptography;
using System.Threading;
using System.Threading.Tasks;
using Springtail.Packets;
using Springtail.Transport;
using Xunit;
using Xunit.Abstractions;

namespace Springtail.Tests.Sockets;

/// <summary>Channels over real UDP sockets on loopback.</summary>
public sealed class ManySessionsTests
{
    private const int Psks = 50;
    private const int Sessions = 200;
    private const int Messages = 20;

    private readonly ITestOutputHelper _output;
    private readonly IPAddress _address = Loopback.Next();

    public ManySessionsTests(ITestOutputHelper output)
    {
        _output = output;
    }

    [Fact]
    public void A_server_serves_200_sessions_of_50_PSKs_at_a_time()
    {
        byte[][] psks = Enumerable.Range(0, Psks).Select(_ => RandomNumberGenerator.GetBytes(32)).ToArray();
        ChannelOptions options = Options();
        options.Psks = psks;
        using ChannelListener listener = Channel.Listen(options);
        using CancellationTokenSource stop = new();
        Thread echo = new(() => Echo(listener, stop.Token));
        echo.Start();

        Channel[] channels = new Channel[Sessions];
        Parallel.For(0, Sessions, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i => channels[i] = Connect(psks[i % Psks], i / Psks));
        Assert.Equal(Sessions, listener.Server.Sessions);
        Parallel.For(0, Sessions, new ParallelOptions { MaxDegreeOfParallelism = 32 }, i => Exchange(channels[i], i));
        Assert.Equal(Sessions, listener.Server.Sessions);
        int lost = 0;
        Parallel.For(0, Sessions, new ParallelOptions { MaxDegreeOfParallelism = 64 }, i => Interlocked.Add(ref lost, channels[i].Close()));
        Assert.Equal(0, lost);
        _output.WriteLine($"ports taken by others: {listener.PortsTaken}; retransmissions: {channels.Sum(c => c.Session.Counters.Retransmissions)}");
        foreach (Channel channel in channels)
        {
            channel.Dispose();
        }

        stop.Cancel();
        echo.Join();
    }

    [Fact]
    public async Task A_listener_closes_its_sessions_in_order()
    {
        byte[] psk = RandomNumberGenerator.GetBytes(32);
        ChannelOptions options = Options();
        options.Psk = psk;
        using ChannelListener listener = Channel.Listen(options);
        using Channel near = Connect(psk, 0);
        using Channel far = listener.Accept(5000);
        far.Send(new byte[] { 1, 2, 3 });
        Task closing = Task.Run(listener.Close);
        byte[] buffer = new byte[100];
        Assert.Equal(3, near.Receive(buffer, 5000));
        Assert.Equal(Channel.Ended, near.Receive(buffer, 20000));
        Assert.Equal(ErrorCode.None, near.Session.EndCode);
        await closing.WaitAsync(TimeSpan.FromSeconds(60));
    }

    private ChannelOptions Options()
    {
        ChannelOptions options = ChannelOptions.ForServer();
        options.DiscoveryPort = 0;
        options.Transport = new SocketTransport(_address);
        return options;
    }

    private Channel Connect(byte[] psk, int features)
    {
        return Channel.Connect(_address.ToString(), new ChannelOptions { Psk = psk, Features = features, Suite = 1, Transport = new SocketTransport(Loopback.Next()) });
    }

    private static void Exchange(Channel channel, int salt)
    {
        byte[] buffer = new byte[8192];
        for (int i = 0; i < Messages; i++)
        {
            byte[] message = new byte[1 + (i * 97 + salt * 31) % 3000];
            new Random(i * 1000 + salt).NextBytes(message);
            channel.Send(message);
            int size = channel.Receive(buffer, 30000);
            Assert.True(size == message.Length, $"session {salt}, message {i}: {size} instead of {message.Length}; {channel.Session.State}");
            Assert.Equal(message, buffer[..size]);
        }
    }

    private static void Echo(ChannelListener listener, CancellationToken stop)
    {
        List<Channel> channels = new();
        byte[] buffer = new byte[8192];
        while (!stop.IsCancellationRequested)
        {
            bool idle = true;
            if (listener.Accept(0) is { } accepted)
            {
                channels.Add(accepted);
                idle = false;
            }

            for (int i = channels.Count - 1; i >= 0; i--)
            {
                int size = channels[i].Receive(buffer, 0);
                if (size >= 0)
                {
                    channels[i].Send(buffer, 0, size, true);
                    idle = false;
                }
                else if (size == Channel.Ended)
                {
                    channels.RemoveAt(i);
                }
            }

            if (idle)
            {
                Thread.Sleep(1);
            }
        }
    }
}
