using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Text;
using System.Threading;
using System.Threading.Tasks;

namespace Springtail.Gateway.Tests;

/// <summary>A device that sends numbers, again from the first that may not have arrived whenever its session is lost.</summary>
internal sealed class Player(string name, byte[] psk, params IPEndPoint[] gateways)
{
    public string Name { get; } = name;

    /// <summary>The gateway that it tries first, a place among them.</summary>
    public int First { get; init; }

    /// <summary>Messages that it sends before it waits for their acknowledgment.</summary>
    public int Burst { get; init; } = 10;

    /// <summary>What it waits after each burst.</summary>
    public TimeSpan Pause { get; init; }

    /// <summary>What it received, in that order.</summary>
    public ConcurrentQueue<string> Received { get; } = [];

    /// <summary>What it was told is delivered.</summary>
    public List<string> Delivered { get; } = [];

    public async Task PlayAsync(CancellationToken end)
    {
        int number = 0;
        int turn = First;
        while (!end.IsCancellationRequested)
        {
            Channel channel;
            IPEndPoint gateway = gateways[turn++ % gateways.Length];
            ChannelOptions options = TestDevice.Options(psk, gateway);
            (options.SendBuffers, options.Keepalive) = (16, 1);
            try
            {
                using CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(end);
                patience.CancelAfter(2000);
                channel = await Channel.ConnectAsync(gateway.Address.ToString(), options, patience.Token);
            }
            catch (Exception e) when (e is SpringtailException or OperationCanceledException)
            {
                continue;
            }

            int first = number;
            _ = ReceiveAsync(channel);
            try
            {
                // In bursts, each until it is acknowledged or the session is given up.
                while (!end.IsCancellationRequested)
                {
                    for (int i = 0; i < Burst; i++)
                    {
                        await channel.SendAsync(Encoding.ASCII.GetBytes(number.ToString()), CancellationToken.None).AsTask().WaitAsync(TimeSpan.FromSeconds(2));
                        number++;
                    }

                    if (!await channel.WaitForAcknowledgmentsAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(2)))
                    {
                        break;
                    }

                    await Task.Delay(Pause, end).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                }
            }
            catch (Exception e) when (e is SpringtailException or TimeoutException)
            {
            }

            channel.Dispose();
            number -= channel.LostMessages;
            Delivered.AddRange(Enumerable.Range(first, number - first).Select(n => n.ToString()));
        }
    }

    private async Task ReceiveAsync(Channel channel)
    {
        try
        {
            await foreach (ChannelMessage message in channel.ReceiveAllAsync())
            {
                Received.Enqueue(Encoding.ASCII.GetString(message.Data.Span));
            }
        }
        catch (SpringtailException)
        {
        }
    }
}
