using System;
using System.Net;
using System.Security.Cryptography;
using System.Threading;
using System.Threading.Tasks;
using NFUnitTest;
using Springtail.Transfer;
using Springtail.Transport;
using Xunit;

namespace Springtail.Tests.Sockets;

/// <summary>A file transfer between two channels over real UDP sockets on loopback.</summary>
public sealed class TransferOverUdpTests
{
    private const int MessageSize = 100_000;

    private readonly byte[] _psk = RandomNumberGenerator.GetBytes(32);
    private readonly SlowClock _clock = new();
    private readonly IPAddress _here = Loopback.Next();
    private readonly IPAddress _there = Loopback.Next();

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void A_file_arrives_whichever_side_sends_and_receives_datagrams_together(bool atSender, bool atReceiver)
    {
        MemoryFolder from = new(), to = new();
        from.Add("large", RandomNumberGenerator.GetBytes(2_000_000));
        using ChannelListener listener = Channel.Listen(Options(_there, new SystemClock(), atSender));
        bool sent = false;
        Thread sending = new(() => sent = Send(listener, new FileSender(from, new SystemSha256(), null)));
        sending.Start();
        using Channel channel = Channel.Connect(_there.ToString(), Options(_here, new SystemClock(), atReceiver));
        Assert.True(FileTransfer.Run(channel, new FileReceiver(to, new SystemSha256(), new SystemSha256(), 1, false, null), new byte[MessageSize]));
        sending.Join();
        Assert.True(sent);
        Assert.Equal(from.Contents("large")!, to.Contents("large")!);
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(false, true)]
    public async Task Packets_that_come_together_share_an_ACK(bool up, bool blocking)
    {
        const int Messages = 200;
        if (!JoinedDatagrams.AreSupported)
        {
            return;
        }

        using ChannelListener listener = Channel.Listen(Options(_there, new SystemClock(), join: true));
        ChannelOptions calling = Options(_here, new SystemClock(), join: true);
        using Channel near = blocking ? Channel.Connect(_there.ToString(), calling) : await Channel.ConnectAsync(_there.ToString(), calling);
        using Channel far = (await listener.AcceptAsync())!;
        (Channel from, Channel to) = up ? (near, far) : (far, near);
        Task sending = SendAsync(from, Messages);
        for (int i = 0; i < Messages; i++)
        {
            Assert.NotNull((await to.ReceiveAsync()).Message);
        }

        await sending;

        // One for two, if each came by itself; so many come together that it is one for fifteen.
        Assert.InRange(to.Status.PacketsSent, 1u, from.Status.PacketsSent / 4);
    }

    [Fact]
    public void A_receiver_that_breaks_off_lets_the_sender_know_and_need_not_wait_for_what_finds_no_room()
    {
        MemoryFolder from = new();
        from.Add("large", RandomNumberGenerator.GetBytes(20_000_000));
        FileSender sender = new(from, new SystemSha256(), null);
        using ChannelListener listener = Channel.Listen(Options(_there, _clock, join: true));
        Thread sending = new(() => Send(listener, sender));
        sending.Start();
        using Channel channel = Channel.Connect(_there.ToString(), Options(_here, _clock, join: true));
        FileReceiver receiver = new(new MemoryFolder(), new SystemSha256(), new SystemSha256(), 1, false, null);
        byte[] buffer = new byte[MessageSize];
        while (!receiver.IsOver)
        {
            if (receiver.Bytes > 1_000_000)
            {
                // The sender goes on until nothing finds room any more.
                long sent;
                do
                {
                    sent = sender.Bytes;
                    Thread.Sleep(500);
                }
                while (sender.Bytes != sent);

                receiver.Cancel(TransferResult.Interrupted);
            }

            FileTransfer.Step(channel, receiver, buffer);
        }

        // A close waits 10 s for what is missing (PROTOCOL.md 10), by the clock of the channel.
        long begun = _clock.Now;
        FileTransfer.Close(channel, buffer);
        Assert.InRange(_clock.Now - begun, 0, 9_000);
        sending.Join();
        Assert.Equal(TransferResult.Interrupted, sender.Result);
        Assert.True(sender.BrokenByPeer);
    }

    private static async Task SendAsync(Channel channel, int messages)
    {
        for (int i = 0; i < messages; i++)
        {
            await channel.SendAsync(new byte[MessageSize]);
        }
    }

    private static bool Send(ChannelListener listener, FileSender sender)
    {
        // None when the test has failed meanwhile and the listener is gone.
        using Channel? channel = listener.Accept(-1);
        return channel != null && FileTransfer.Run(channel, sender, new byte[MessageSize]);
    }

    private ChannelOptions Options(IPAddress address, IClock clock, bool join)
    {
        ChannelOptions options = ChannelOptions.ForServer();
        options.Psk = _psk;
        options.Suite = 2;
        options.Features = 0;
        options.DiscoveryPort = 0;
        options.Clock = clock;
        options.Transport = new SocketTransport(address, join && JoinedDatagrams.AreSupported);
        return options;
    }

    /// <summary>So that a busy machine is not too slow for what is measured.</summary>
    private sealed class SlowClock : IClock
    {
        private const long Slower = 4;

        private readonly long _utc = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        private readonly long _begun = Environment.TickCount64;

        public long Now => 1000 + ((Environment.TickCount64 - _begun) / Slower);

        public long UtcNow => _utc + Now;
    }
}
