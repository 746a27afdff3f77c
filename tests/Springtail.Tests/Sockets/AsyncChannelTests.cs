using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Net;
using System.Security.Cryptography;
using System.Threading;
using System.Threading.Tasks;
using Springtail.Packets;
using Springtail.Sessions;
using Springtail.Transport;
using Xunit;

namespace Springtail.Tests.Sockets;

/// <summary>The desktop's doors, at which nobody waits in a thread, over real UDP sockets on loopback.</summary>
public sealed class AsyncChannelTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly byte[] _psk = RandomNumberGenerator.GetBytes(32);
    private readonly string _host = Loopback.Next().ToString();

    [Fact]
    public async Task Messages_go_both_ways_in_their_order_and_the_end_is_told_with_its_reason()
    {
        await using ChannelListener listener = Listen();
        await using Channel near = await Channel.ConnectAsync(_host, Options());
        Channel far = await Accept(listener);
        Task[] sends = [.. Enumerable.Range(0, 50).Select(i => near.SendAsync(new byte[1 + i * 60]).AsTask())];
        for (int i = 0; i < 50; i++)
        {
            ReceiveResult result = await far.ReceiveAsync().AsTask().WaitAsync(s_patience);
            Assert.Equal(1 + i * 60, result.Message.Data.Length);
            Assert.True(result.Message.IsReliable);
        }

        await Task.WhenAll(sends).WaitAsync(s_patience);
        Assert.True(await near.WaitForAcknowledgmentsAsync().AsTask().WaitAsync(s_patience));
        await far.SendAsync(new byte[] { 7 }, reliable: false);
        Assert.False((await near.ReceiveAsync().AsTask().WaitAsync(s_patience)).Message.IsReliable);

        Task<int> closing = far.CloseAsync().AsTask();
        Assert.Equal(ReceiveOutcome.Ended, (await near.ReceiveAsync().AsTask().WaitAsync(s_patience)).Outcome);
        Assert.Equal(0, await closing.WaitAsync(s_patience));
        Assert.Equal(EndReason.Closed, near.Status.EndReason);
        SpringtailException e = await Assert.ThrowsAsync<SpringtailException>(() => near.SendAsync(new byte[1]).AsTask());
        Assert.Equal(ErrorCode.Terminated, e.Code);
        Assert.Throws<InvalidOperationException>(() => new ReceiveResult(ReceiveOutcome.Ended).Message);
    }

    /// <summary>Both ways, over loopback, which takes packets of seven fragments (PROTOCOL.md 9.1).</summary>
    [Fact]
    public async Task What_is_long_takes_few_packets_where_the_system_sends_them_whole()
    {
        await using ChannelListener listener = Listen();
        ChannelOptions options = Options();
        options.MaxMessageSize = ChannelOptions.ForServer().MaxMessageSize;
        options.SendBuffers = options.ReceiveAhead = 512;
        await using Channel near = await Channel.ConnectAsync(_host, options);
        Channel far = await Accept(listener);
        byte[] message = RandomNumberGenerator.GetBytes(200_000);
        foreach ((Channel from, Channel to) in new[] { (near, far), (far, near) })
        {
            uint before = from.Status.PacketsSent;
            for (int i = 0; i < 20; i++)
            {
                Task sending = from.SendAsync(message).AsTask();
                Assert.Equal(message, (await to.ReceiveAsync().AsTask().WaitAsync(s_patience)).Message.Data);
                await sending.WaitAsync(s_patience);
            }

            // 3 500 fragments.
            uint packets = from.Status.PacketsSent - before;
            Assert.True(packets >= 3500 / Packet.MostFragments);
            Assert.True(!JoinedDatagrams.AreSupported || packets < 2000, $"{packets} packets");
        }
    }

    [Fact]
    public async Task A_cancelled_call_loses_nothing()
    {
        await using ChannelListener listener = Listen();
        using CancellationTokenSource accepting = new();
        Task<Channel?> cancelled = listener.AcceptAsync(accepting.Token).AsTask();
        accepting.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);

        ChannelOptions options = Options();
        options.SendBuffers = 4;
        await using Channel near = await Channel.ConnectAsync(_host, options);
        Channel far = await Accept(listener);
        Random random = new(1);
        List<byte> got = [];
        for (byte i = 0; i < 60; i++)
        {
            using CancellationTokenSource receiving = new();
            Task<ReceiveResult> receive = far.ReceiveAsync(receiving.Token).AsTask();
            await near.SendAsync(new byte[] { i });
            Thread.SpinWait(random.Next(20_000));
            receiving.Cancel();
            try
            {
                got.Add((await receive.WaitAsync(s_patience)).Message.Data.Span[0]);
            }
            catch (OperationCanceledException)
            {
            }
        }

        while (got.Count < 60)
        {
            got.Add((await far.ReceiveAsync().AsTask().WaitAsync(s_patience)).Message.Data.Span[0]);
        }

        Assert.Equal(Enumerable.Range(0, 60).Select(i => (byte)i), got);
    }

    [Fact]
    public async Task A_send_that_is_cancelled_sends_the_whole_message_or_nothing_of_it()
    {
        ChannelOptions server = ChannelOptions.ForServer();
        server.ReceiveAhead = 1;
        server.MaxMessageSize = 4000;
        await using ChannelListener listener = Listen(server);
        ChannelOptions options = Options();
        options.SendBuffers = 4;
        await using Channel near = await Channel.ConnectAsync(_host, options);
        Channel far = await Accept(listener);

        // Nobody receives: the peer's window closes, the buffers fill, and the last ones wait.
        Dictionary<byte, Task> sends = [];
        using CancellationTokenSource cancel = new();
        for (byte i = 0; i < 20; i++)
        {
            byte[] message = new byte[3000];
            Array.Fill(message, i);
            sends.Add(i, near.SendAsync(message, cancel.Token).AsTask());
        }

        await Task.Delay(500);
        cancel.Cancel();
        await Task.WhenAny(Task.WhenAll(sends.Values.Where(s => s.IsCanceled)), Task.Delay(1000));
        byte[] sent = [.. sends.Where(s => !s.Value.IsCanceled).Select(s => s.Key)];
        Assert.InRange(sent.Length, 1, 19);
        Task last = near.SendAsync(new byte[] { 99 }).AsTask();
        foreach (byte i in sent)
        {
            ChannelMessage message = (await far.ReceiveAsync().AsTask().WaitAsync(s_patience)).Message;
            Assert.Equal(3000, message.Data.Length);
            Assert.True(message.Data.Span.IndexOfAnyExcept(i) < 0);
        }

        Assert.Equal(99, (await far.ReceiveAsync().AsTask().WaitAsync(s_patience)).Message.Data.Span[0]);
        await last;
    }

    [Fact]
    public async Task A_connection_that_is_given_up_leaves_nothing_behind()
    {
        using CancellationTokenSource cancel = new(200);
        Stopwatch time = Stopwatch.StartNew();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Channel.ConnectAsync(_host, Options(), cancel.Token));
        Assert.True(time.Elapsed < TimeSpan.FromSeconds(8));
        await Assert.ThrowsAsync<SpringtailException>(() => Channel.ConnectAsync("host.invalid", Options()));
        await Assert.ThrowsAsync<ArgumentException>(() => Channel.ConnectAsync(_host, new ChannelOptions { Psk = new byte[3] }));
    }

    [Fact]
    public async Task Whoever_waits_is_told_when_a_listener_ends()
    {
        ChannelListener listener = Listen();
        using Channel near = await Channel.ConnectAsync(_host, Options());
        Channel far = await Accept(listener);
        Task<ReceiveResult> receiving = far.ReceiveAsync().AsTask();
        Task<Channel?> accepting = listener.AcceptAsync().AsTask();
        listener.Dispose();
        Assert.Equal(ReceiveOutcome.Ended, (await receiving.WaitAsync(s_patience)).Outcome);
        Assert.Null(await accepting.WaitAsync(s_patience));
        Assert.Null(await listener.AcceptAsync());
        Assert.Equal(ReceiveOutcome.Ended, (await far.ReceiveAsync()).Outcome);
        Assert.Equal(0, await far.CloseAsync());
    }

    [Fact]
    public async Task The_oldest_channel_of_a_key_is_replaced_and_says_so()
    {
        ChannelOptions server = ChannelOptions.ForServer();
        server.SessionsPerPsk = 1;
        server.Psks = [RandomNumberGenerator.GetBytes(32), _psk];
        server.PskNames = ["one", "two"];
        await using ChannelListener listener = Listen(server);
        await using Channel first = await Channel.ConnectAsync(_host, Options());
        Channel farFirst = await Accept(listener);
        Assert.Equal(1, farFirst.Status.KeyIndex);
        Assert.Equal("two", farFirst.Status.KeyName);
        await using Channel second = await Channel.ConnectAsync(_host, Options());
        Assert.Equal(ReceiveOutcome.Ended, (await farFirst.ReceiveAsync().AsTask().WaitAsync(s_patience)).Outcome);
        Assert.Equal(EndReason.Replaced, farFirst.Status.EndReason);
        Assert.Equal(ReceiveOutcome.Ended, (await first.ReceiveAsync().AsTask().WaitAsync(s_patience)).Outcome);
        Assert.Equal(EndReason.EndedByPeer, first.Status.EndReason);
        Assert.Equal(EndReason.None, second.Status.EndReason);
        Assert.Equal(SessionState.Established, second.Status.State);
    }

    [Fact]
    public async Task A_session_is_saved_and_resumed()
    {
        await using ChannelListener listener = Listen();
        Channel near = await Channel.ConnectAsync(_host, Options());
        Channel far = await Accept(listener);
        byte[]? snapshot = await near.SnapshotAsync(60).AsTask().WaitAsync(s_patience);
        Assert.NotNull(snapshot);
        Assert.Equal(EndReason.Closed, near.Status.EndReason);
        await using Channel again = await Channel.ResumeAsync(_host, Options(), snapshot, [5]);
        Assert.True(again.Resumed);
        Assert.Equal(5, (await far.ReceiveAsync().AsTask().WaitAsync(s_patience)).Message.Data.Span[0]);
        await Assert.ThrowsAsync<SpringtailException>(() => far.SnapshotAsync(60).AsTask());
    }

    [Fact]
    public async Task Options_are_not_written_to_and_may_be_changed_once_they_are_used()
    {
        ChannelOptions server = ChannelOptions.ForServer();
        await using ChannelListener listener = Listen(server);
        server.Psks = [new byte[16]];
        server.MaxSessions = 0;
        ChannelOptions options = Options();
        Task<Channel> connecting = Channel.ConnectAsync(_host, options);
        options.Psk = null;
        options.SendBuffers = -1;
        await using Channel near = await connecting;
        await near.SendAsync(new byte[3000]);
        Assert.Equal(3000, (await (await Accept(listener)).ReceiveAsync().AsTask().WaitAsync(s_patience)).Message.Data.Length);
    }

    private static async Task<Channel> Accept(ChannelListener listener) => (await listener.AcceptAsync().AsTask().WaitAsync(s_patience))!;

    private ChannelOptions Options() => new() { Psk = _psk, DiscoveryPort = 0, Suite = 2, LocalAddress = Loopback.Next() };

    private ChannelListener Listen(ChannelOptions? options = null)
    {
        options ??= ChannelOptions.ForServer();
        options.Psks ??= [_psk];
        options.DiscoveryPort = 0;
        options.LocalAddress = IPAddress.Parse(_host);
        return ChannelListener.Listen(options);
    }
}
