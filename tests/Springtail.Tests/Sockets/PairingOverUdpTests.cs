using System;
using System.Diagnostics;
using System.Net;
using System.Threading.Tasks;
using Springtail.Crypto;
using Springtail.Packets;
using Springtail.Pairing;
using Springtail.Transport;
using Xunit;

namespace Springtail.Tests.Sockets;

/// <summary>Pairing as a program does it: channels, threads, UDP on loopback.</summary>
public sealed class PairingOverUdpTests
{
    private const int Port = 38_000;

    private readonly IPAddress _here = Loopback.Next();
    private readonly IPAddress _there = Loopback.Next();

    [Fact]
    public async Task A_device_and_a_listener_pair_in_one_call_each()
    {
        using ChannelListener listener = Channel.Listen(Options(_there, "ocean-tiger", new SystemClock()));
        Store here = new();
        Store there = new();
        Task device = Task.Run(() => Pairer.Connect(_there.ToString(), Options(_here, "ocean-tiger", new SystemClock()), here));
        using (Channel channel = listener.Accept(20_000))
        {
            Pairer.Pair(channel, CryptoCore.Default, there);

            // The other side closes once it knows that both have the key.
            Assert.Equal(Channel.Ended, channel.Receive(new byte[100], 20_000));
        }

        await device;
        Assert.Equal(32, here.Psk!.Length);
        Assert.Equal(there.Psk, here.Psk);
        Assert.False(here.Discarded || there.Discarded);
    }

    [Fact]
    public async Task A_key_that_one_side_cannot_store_is_kept_by_neither()
    {
        using ChannelListener listener = Channel.Listen(Options(_there, "ocean-tiger", new SystemClock()));
        Store there = new();
        Task device = Task.Run(() => Assert.Throws<InvalidOperationException>(
            () => Pairer.Connect(_there.ToString(), Options(_here, "ocean-tiger", new SystemClock()), new Store { IsFull = true })));
        using (Channel channel = listener.Accept(20_000))
        {
            SpringtailException e = Assert.Throws<SpringtailException>(() => Pairer.Pair(channel, CryptoCore.Default, there));
            Assert.Equal(ErrorCode.Terminated, e.Code);
        }

        await device;
        Assert.True(there.Discarded);
    }

    /// <summary>Both applications are told: the connecting one with each failure, the listening one when the token is dead.</summary>
    [Fact]
    public async Task Three_wrong_tokens_are_told_on_both_sides()
    {
        HastyClock clock = new();
        using ChannelListener listener = Channel.Listen(Options(_there, "ocean-tiger", clock));
        Task<SpringtailException> listening = Task.Run(() => Assert.Throws<SpringtailException>(() => listener.Accept(-1)));
        ChannelOptions wrong = Options(_here, "ocean-tigers", clock);
        for (int i = 0; i < 5; i++)
        {
            wrong.Transport = new UdpTransport { LocalAddress = _here };
            SpringtailException e = Assert.Throws<SpringtailException>(() => Channel.Connect(_there.ToString(), wrong));
            Assert.Equal(ErrorCode.AuthenticationFailed, e.Code);
            Assert.Equal(i >= 2, e.Message.Contains("Draw a new one"));
        }

        Assert.Equal(ErrorCode.AuthenticationFailed, (await listening).Code);
    }

    private static ChannelOptions Options(IPAddress address, string token, IClock clock)
    {
        return new ChannelOptions { Token = token, RendezvousPort = Port, PortMin = Port + 1, PortCount = 99, Clock = clock, Transport = new UdpTransport { LocalAddress = address } };
    }

    private sealed class Store : IPskStore
    {
        public byte[]? Psk { get; private set; }

        public bool Discarded { get; private set; }

        public bool IsFull { get; init; }

        void IPskStore.Store(byte[] psk)
        {
            Psk = IsFull ? throw new InvalidOperationException("full") : (byte[])psk.Clone();
        }

        public void Discard() => Discarded = true;
    }

    /// <summary>Five seconds a second: nobody waits for an attempt to be given up.</summary>
    private sealed class HastyClock : IClock
    {
        private readonly long _begun = Stopwatch.GetTimestamp();
        private readonly long _utc = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();

        public long Now => (long)(Stopwatch.GetElapsedTime(_begun).TotalMilliseconds * 5);

        public long UtcNow => _utc + Now;
    }
}
