using System;
using System.Linq;
using System.Net;
using System.Security.Cryptography;
using System.Threading;
using System.Threading.Tasks;
using Springtail.Discovery;
using Springtail.Packets;
using Springtail.Sessions;
using Springtail.Tests.Simulation;
using Xunit;

namespace Springtail.Tests.Listener;

/// <summary>Keys that come and go while a listener runs.</summary>
public sealed class KeyChangeTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private const int FirstPort = 36_000;

    private readonly IPAddress _here = Loopback.Next();
    private readonly IPAddress _there = Loopback.Next();

    [Fact]
    public async Task A_key_is_served_from_when_it_is_added_until_it_is_removed()
    {
        byte[][] psks = [.. Enumerable.Range(0, 3).Select(_ => RandomNumberGenerator.GetBytes(32))];
        ChannelOptions options = Serving(psks[0]);
        options.PskNames = ["first"];
        PskDiscovery discovery = new();
        options.Discovery = discovery;
        await using ChannelListener listener = ChannelListener.Listen(options);
        Assert.Throws<ArgumentException>(() => listener.AddKey(psks[0]));
        Assert.Throws<ArgumentException>(() => listener.AddKey(new byte[15]));
        Assert.False(listener.RemoveKey(psks[1]));
        await using Channel stays = await ConnectAsync(psks[0]);
        await using Channel staying = await AcceptAsync(listener);

        byte[] copy = (byte[])psks[1].Clone();
        Assert.Equal(1, listener.AddKey(copy, "second"));
        Array.Clear(copy);
        Assert.Equal(1, listener.Status.Sessions);
        Channel goes = await ConnectAsync(psks[1]);
        Channel going = await AcceptAsync(listener);
        Assert.Equal((1, "second"), (going.Status.KeyIndex, going.Status.KeyName));
        Assert.Equal(("first", 0), (staying.Status.KeyName, staying.Status.KeyIndex));
        Assert.InRange(await Channel.AskClockAsync(_there.ToString(), Asking(psks[1])).WaitAsync(s_patience), 1, long.MaxValue);
        ChannelOptions asks = Asking(null);
        asks.Psks = [psks[2], psks[1]];
        asks.Discovery = new PskDiscovery();
        Assert.Equal(1, await Channel.DiscoverAsync(_there.ToString(), asks).WaitAsync(s_patience));
        Assert.Equal(1, discovery.Responder.LastMatch);

        Assert.True(listener.RemoveKey(psks[1]));
        Assert.Equal(ReceiveOutcome.Ended, (await goes.ReceiveAsync().AsTask().WaitAsync(s_patience)).Outcome);
        Assert.Equal(EndReason.EndedByPeer, goes.Status.EndReason);
        Assert.Equal(ReceiveOutcome.Ended, (await going.ReceiveAsync().AsTask().WaitAsync(s_patience)).Outcome);
        Assert.Equal(EndReason.EndedHere, going.Status.EndReason);
        using CancellationTokenSource enough = new(1500);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ConnectAsync(psks[1], enough.Token));
        SpringtailException none = await Assert.ThrowsAsync<SpringtailException>(() => Channel.DiscoverAsync(_there.ToString(), asks).WaitAsync(s_patience));
        Assert.Equal(ErrorCode.PskNotFound, none.Code);

        // Its place is the next one's.
        Assert.Equal(1, listener.AddKey(psks[2], "third"));
        await using Channel comes = await ConnectAsync(psks[2]);
        await using Channel coming = await AcceptAsync(listener);
        Assert.Equal("third", coming.Status.KeyName);
        await stays.SendAsync(new byte[] { 1 });
        Assert.True((await staying.ReceiveAsync().AsTask().WaitAsync(s_patience)).HasMessage);
    }

    [Fact]
    public void A_token_takes_no_key_and_a_closed_listener_neither()
    {
        ChannelOptions options = Serving(null);
        options.Token = "ocean-tiger";
        using (ChannelListener listener = ChannelListener.Listen(options))
        {
            Assert.Throws<InvalidOperationException>(() => listener.AddKey(new byte[16]));
        }

        ChannelListener closed = ChannelListener.Listen(Serving(new byte[16]));
        closed.Dispose();
        Assert.Throws<ObjectDisposedException>(() => closed.RemoveKey(new byte[16]));
    }

    /// <summary>Also where the first packet's port follows the key, and for whose key the listener had no place when it began.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(4000)]
    public void Keys_come_and_go_in_any_order(int rendezvous)
    {
        World world = new(74);
        byte[][] psks = [.. Enumerable.Range(0, 12).Select(i => SHA256.HashData([(byte)i]))];
        ChannelOptions options = World.ServerOptions();
        options.Psk = null;
        options.Psks = [psks[0]];
        options.RendezvousPort = rendezvous;
        world.StartServer(options);
        Random random = new(74);
        bool[] served = new bool[psks.Length];
        served[0] = true;
        for (int i = 0; i < 60; i++)
        {
            int key = random.Next(psks.Length);
            int place = world.Server.PlaceOf(psks[key]);
            Assert.Equal(served[key], place >= 0);
            if (served[key])
            {
                world.Server.RemoveKey(place, world.Now);
            }
            else
            {
                Assert.InRange(world.Server.AddKey(psks[key]), 0, psks.Length - 1);
            }

            served[key] = !served[key];
            world.Run(random.Next(3000));
        }

        for (int key = 0; key < psks.Length; key++)
        {
            ChannelOptions connects = World.ClientOptions();
            connects.Psk = psks[key];
            connects.RendezvousPort = rendezvous;
            Client client = world.StartClient(connects, world.Net.Host((byte)(20 + key)));
            world.Run(4000);
            Assert.Equal(served[key], client.State == ClientState.Connected);
        }
    }

    [Fact]
    public void A_key_that_is_taken_away_during_its_handshake_lets_nobody_in()
    {
        World world = null!;
        byte[] psk = SHA256.HashData([9]);
        HookedCore core = new(new SteeredCore(75))
        {
            Shared = (_, good) =>
            {
                if (world.Server.PlaceOf(psk) is int place and >= 0)
                {
                    world.Server.RemoveKey(place, world.Now);
                }

                return good;
            },
        };
        world = new World(75) { Core = core };
        world.StartServer();
        world.Server.AddKey(psk);
        ChannelOptions connects = World.ClientOptions();
        connects.Psk = psk;
        Client client = world.StartClient(connects);
        world.Run(5000);
        Assert.Equal(ClientState.Calling, client.State);
        Assert.Empty(world.Server.AllSessions());
        Assert.Equal(1u, world.Server.Counters.Drops(DropCause.Unexpected));
    }

    [Fact]
    public void Discovery_stays_within_what_it_takes()
    {
        ChannelOptions options = Serving(null);
        options.Psks = [.. Enumerable.Range(0, 255).Select(_ => RandomNumberGenerator.GetBytes(16))];
        options.Discovery = new PskDiscovery();
        using ChannelListener listener = ChannelListener.Listen(options);
        byte[] last = RandomNumberGenerator.GetBytes(16);
        listener.AddKey(last);
        byte[] more = RandomNumberGenerator.GetBytes(16);
        Assert.Throws<ArgumentException>(() => listener.AddKey(more));
        Assert.False(listener.RemoveKey(more));
        Assert.True(listener.RemoveKey(last));
        Assert.Equal(255, listener.AddKey(more));
    }

    private static async Task<Channel> AcceptAsync(ChannelListener listener) => (await listener.AcceptAsync().AsTask().WaitAsync(s_patience))!;

    private Task<Channel> ConnectAsync(byte[] psk, CancellationToken cancellationToken = default)
    {
        return Channel.ConnectAsync(_there.ToString(), Asking(psk), cancellationToken).WaitAsync(s_patience);
    }

    private ChannelOptions Serving(byte[]? psk) => With(ChannelOptions.ForServer(), _there, psk);

    private ChannelOptions Asking(byte[]? psk) => With(new ChannelOptions(), _here, psk);

    private static ChannelOptions With(ChannelOptions options, IPAddress address, byte[]? psk)
    {
        options.LocalAddress = address;
        options.Psk = psk;
        options.PortMin = FirstPort;
        options.PortCount = 99;
        options.DiscoveryPort = FirstPort + 99;
        return options;
    }
}
