using System;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Security.Cryptography;
using System.Threading.Tasks;
using Xunit;

namespace Springtail.Tests.Sockets;

/// <summary>A reliable message counts as received when the application says so; over real UDP sockets on loopback.</summary>
public sealed class ManualAcknowledgmentTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly byte[] _psk = RandomNumberGenerator.GetBytes(32);
    private readonly IPAddress _address = Loopback.Next();

    [Fact]
    public async Task A_message_is_acknowledged_when_the_application_says_so_and_not_before()
    {
        await using ChannelListener listener = Listen();
        await using Channel near = await Connect();
        Channel far = (await listener.AcceptAsync().AsTask().WaitAsync(s_patience))!;

        // One of a single packet, and one of several, whose other packets are acknowledged as they come.
        foreach (int size in new[] { 3, 100_000 })
        {
            await near.SendAsync(new byte[size]);
            ChannelMessage message = await Receive(far);
            Assert.Equal(size, message.Data.Length);

            // What goes the other way acknowledges in its header what has come: not this.
            await far.SendAsync(new byte[1]);
            await Receive(near);
            Assert.False(near.Status.AllAcknowledged);
            message.Acknowledge();
            Assert.True(await near.WaitForAcknowledgmentsAsync().AsTask().WaitAsync(s_patience));
        }

        // Nothing was sent twice for it.
        Assert.Equal(0u, near.Status.Retransmissions);
    }

    [Fact]
    public async Task Messages_held_for_longer_than_the_peers_timers_are_received_once_and_the_session_goes_on()
    {
        await using ChannelListener listener = Listen();
        await using Channel near = await Connect();
        Channel far = (await listener.AcceptAsync().AsTask().WaitAsync(s_patience))!;
        List<ChannelMessage> held = [];
        for (byte i = 0; i < 3; i++)
        {
            await near.SendAsync(new[] { i });
            held.Add(await Receive(far));
        }

        await Task.Delay(2500);
        Assert.InRange(near.Status.Retransmissions, 1u, 60u);
        Assert.False(near.Status.AllAcknowledged);

        // A later one acknowledges those before it.
        held[1].Acknowledge();
        held[2].Acknowledge();
        held[0].Acknowledge();
        Assert.True(await near.WaitForAcknowledgmentsAsync().AsTask().WaitAsync(s_patience));
        await near.SendAsync(new byte[] { 3 });
        Assert.Equal(3, (await Receive(far)).Data.Span[0]);
    }

    [Fact]
    public async Task The_window_closes_while_the_application_holds_messages_and_opens_again()
    {
        await using ChannelListener listener = Listen(o => o.ReceiveAhead = 4);
        await using Channel near = await Connect();
        Channel far = (await listener.AcceptAsync().AsTask().WaitAsync(s_patience))!;
        Task sending = Task.Run(async () =>
        {
            for (byte i = 0; i < 100; i++)
            {
                await near.SendAsync(new[] { i });
            }
        });
        Queue<ChannelMessage> held = new();
        for (int i = 0; i < 4; i++)
        {
            held.Enqueue(await Receive(far));
        }

        Task<ChannelMessage> next = Receive(far);
        await Task.Delay(500);
        Assert.False(next.IsCompleted);
        Assert.False(sending.IsCompleted);
        for (int i = 0; i < 100; i++)
        {
            ChannelMessage first = held.Dequeue();
            Assert.Equal(i, first.Data.Span[0]);
            first.Acknowledge();
            if (i < 96)
            {
                held.Enqueue(await next);
                next = Receive(far);
            }
        }

        await sending.WaitAsync(s_patience);
        Assert.True(await near.WaitForAcknowledgmentsAsync().AsTask().WaitAsync(s_patience));
    }

    [Fact]
    public async Task What_the_application_has_not_received_counts_as_lost_when_the_session_ends()
    {
        await using ChannelListener listener = Listen();
        Channel near = await Connect();
        Channel far = (await listener.AcceptAsync().AsTask().WaitAsync(s_patience))!;
        List<ChannelMessage> messages = [];
        for (byte i = 0; i < 4; i++)
        {
            await near.SendAsync(new[] { i });
            messages.Add(await Receive(far));
        }

        messages[1].Acknowledge();
        Assert.True(System.Threading.SpinWait.SpinUntil(() => near.LostOrUnacknowledged() == 2, s_patience));
        far.Dispose();
        Assert.Equal(ReceiveOutcome.Ended, (await near.ReceiveAsync().AsTask().WaitAsync(s_patience)).Outcome);
        Assert.Equal(2, near.Status.LostMessages);
        messages[3].Acknowledge();
        near.Dispose();
    }

    [Fact]
    public async Task Every_message_arrives_once_and_in_order_however_the_acknowledgments_come()
    {
        await using ChannelListener listener = Listen(o => o.ReceiveAhead = 64);
        await using Channel near = await Connect();
        Channel far = (await listener.AcceptAsync().AsTask().WaitAsync(s_patience))!;
        Random random = new(7);
        int count = 1000;
        Task sending = Task.Run(async () =>
        {
            for (int i = 0; i < count; i++)
            {
                await near.SendAsync(BitConverter.GetBytes(i).Concat(new byte[i % 50 == 0 ? 3000 : 10]).ToArray());
            }
        });
        ChannelMessage? last = null;
        bool isDone = false;
        Task acknowledging = Task.Run(async () =>
        {
            for (; !isDone; await Task.Delay(random.Next(12)))
            {
                last?.Acknowledge();
            }
        });
        for (int i = 0; i < count; i++)
        {
            ChannelMessage message = await Receive(far);
            Assert.Equal(i, BitConverter.ToInt32(message.Data.Span));
            last = message;
        }

        await sending.WaitAsync(s_patience);
        Assert.True(await near.WaitForAcknowledgmentsAsync().AsTask().WaitAsync(s_patience));
        isDone = true;
        await acknowledging;
    }

    private ChannelListener Listen(Action<ChannelOptions>? configure = null)
    {
        ChannelOptions options = ChannelOptions.ForServer();
        options.Psk = _psk;
        options.DiscoveryPort = 0;
        options.LocalAddress = _address;
        options.Suite = 2;
        options.ManualAcknowledgment = true;
        configure?.Invoke(options);
        return ChannelListener.Listen(options);
    }

    private Task<Channel> Connect() => Channel.ConnectAsync(
        _address.ToString(), new ChannelOptions { Psk = _psk, Suite = 2, DiscoveryPort = 0, SendBuffers = 64, MaxMessageSize = 200_000, LocalAddress = Loopback.Next() });

    private static async Task<ChannelMessage> Receive(Channel channel) => (await channel.ReceiveAsync().AsTask().WaitAsync(s_patience)).Message;
}

internal static class Unacknowledged
{
    // Messages of this side that the peer may not have received, while the session goes on.
    public static int LostOrUnacknowledged(this Channel channel) => channel.Session.Delivery.UnreceivedMessages;
}
