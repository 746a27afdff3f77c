using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using Springtail.Crypto;
using Springtail.Keys;
using Springtail.Packets;
using Springtail.Sessions;
using Springtail.Transport;
using Xunit;

namespace Springtail.Tests.Simulation;

/// <summary>Listeners of one PSK that have names, sessions that continue others, and programs that stand still.</summary>
public sealed class FieldTests
{
    [Theory]
    [InlineData("", "", true)]
    [InlineData("hall", "hall", true)]
    [InlineData("", "hall", false)]
    [InlineData("hall", "", false)]
    [InlineData("hall", "kitchen", false)]
    public void A_listener_answers_who_calls_it_by_its_name_alone(string own, string called, bool answers)
    {
        World world = new(300);
        ChannelOptions listening = World.ServerOptions();
        listening.ListenerName = own;
        world.StartServer(listening);
        ChannelOptions calling = World.ClientOptions();
        calling.ListenerName = called;
        Endpoint clock = new();
        clock.CopyFrom(world.ServerHost.Address);
        clock.Port = calling.DiscoveryPort;
        MemoryTransport host = world.Net.Host(3);
        ClockQuery query = new(world.Core, calling, clock, host.Now);
        world.Add(host, query);
        Client client = world.StartClient(calling);
        world.Run(10000);
        Assert.Equal(answers, query.Done);
        Assert.Equal(answers, client.State == ClientState.Connected);
        Assert.Equal(answers, world.Server.Counters.PacketsSent != 0);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_SYN_of_the_same_ids_and_other_fields_is_dropped(bool altered)
    {
        World world = new(305);
        world.StartServer();
        Recorder wire = new();
        world.Net.Tap = wire;
        world.StartClient();
        world.Run(50);
        Captured first = wire.Datagrams[0];
        byte[] syn = (byte[])first.Bytes.Clone();
        PskKeys keys = new(world.Core, World.Psk, false, []);
        DailyKeys daily = keys.Daily(world.ServerHost.UtcNow);
        Assert.True(world.Core.UnmaskPacket(syn, 0, syn.Length, daily.MaskKey));
        ushort exchange = Wire.ReadU16(syn, Packet.HeaderSize + Syn.KeyExchangeId);
        byte[] key = keys.HandshakeKey(daily, Packet.SessionId(syn), exchange);

        // A later copy, as the client makes one.
        Wire.WriteU32(syn, 20, Packet.Timestamp(syn) + 10);
        syn[Packet.HeaderSize + Syn.ReceiveWindow + 1] ^= (byte)(altered ? 1 : 0);
        world.Core.SealPacket(syn, 0, syn.Length, PacketProtection.Clear, null, key, 0);
        world.Core.MaskPacket(syn, 0, syn.Length, daily.MaskKey);
        world.Net.Inject(first.From, first.To, syn, syn.Length);
        world.Run(50);
        Assert.Equal(altered ? 0 : 1, wire.FromServer.Count(d => d.Bytes.Length == 42 + SynAck.PublicKey + 64) - 1);
        Assert.Equal(altered ? 1u : 0u, world.Server.Counters.Drops(DropCause.Copy));
    }

    [Fact]
    public void Who_names_a_session_without_its_proof_does_not_continue_it()
    {
        World world = new(301);
        ChannelOptions listening = World.ServerOptions();
        listening.SessionsPerPsk = 4;
        world.StartServer(listening);
        Link honest = world.Connect();
        Link other = world.Connect(World.ClientOptions(), world.Net.Host(3));

        // Of the other's, only a handshake gets through until it is answered. It names the honest one's session, of the same PSK.
        Session named = other.Near;
        typeof(Session).GetField("<Id>k__BackingField", BindingFlags.Instance | BindingFlags.NonPublic)!.SetValue(named, honest.Near.Id);
        Endpoint away = new();
        away.CopyFrom(other.Server.Peer);
        bool silent = true;
        world.Net.Tap = new Tap(d =>
        {
            bool answer = d.FromServer && d.Bytes.Length == 42 + SynAck.PublicKey + 64;
            silent &= !answer;
            return !silent || d.Bytes.Length == 42 + Syn.PublicKey + 64 || !(d.From.SameAddress(away) || d.To.SameAddress(away));
        });
        Session? taken = null;
        world.RunUntil(() => (taken ??= world.Server.Accept()) != null && named.Successor != null, 150000, "the new session");
        Assert.False(other.Near.IsContinued);
        Assert.False(taken!.IsContinued);
        Assert.Equal(SessionState.Established, honest.Server.State);
        honest.Exchange(10, 1000, 20000);
    }

    /// <summary>All is sent while nothing gets through, each way: it comes once and in order within 5 s and three round trips, whichever session brings it.</summary>
    [Theory]
    [InlineData(3_000)]
    [InlineData(20_000)]
    [InlineData(100_000)]
    public void What_waited_for_the_network_comes_once_and_in_order_within_5_s(int away)
    {
        World world = new(302);
        world.StartServer(Shaped(World.ServerOptions()));
        Link link = world.Connect(Shaped(World.ClientOptions()));
        link.Exchange(5, 1000, 5000);
        world.Net.LossPercent = 100;
        Session near = link.Near;
        for (byte i = 0; i < 4; i++)
        {
            Assert.True(link.TrySend(link.Near, [i]));
            Assert.True(link.TrySend(link.Server, [i]));
            world.Flush();
            world.Run(away / 4);
        }

        world.Net.LossPercent = 0;
        List<byte> up = [];
        List<byte> down = [];
        world.RunUntil(
            () =>
            {
                Take(link.Server, up, world.Now);
                Take(link.Near, down, world.Now);
                return up.Count >= 4 && down.Count >= 4;
            },
            5000 + (3 * 20),
            () => $"the messages: {up.Count} up, {down.Count} down, {link.Client.Attempts} attempts");
        world.Run(5000);
        Take(link.Server, up, world.Now);
        Take(link.Near, down, world.Now);
        Assert.Equal([0, 1, 2, 3], up);
        Assert.Equal([0, 1, 2, 3], down);
        Assert.False(link.Near.TakeRenewal());
        Assert.Null(world.Server.Accept());
        Assert.Equal(0, link.Near.LostMessages);
        Assert.Equal(near != link.Near, link.Near.IsContinued);
    }

    /// <summary>Three timers, of 0.2, 0.4 and 0.8 s here, and not the 5 s that are the most.</summary>
    [Fact]
    public void A_handshake_begins_beside_a_session_after_three_timers_without_an_answer()
    {
        World world = new(310);
        world.StartServer(Shaped(World.ServerOptions()));
        Link link = world.Connect(Shaped(World.ClientOptions()));
        link.Exchange(5, 1000, 5000);
        world.Net.LossPercent = 100;
        Assert.True(link.TrySend(link.Near, [1]));
        world.Flush();
        world.RunUntil(() => link.Client.Attempts > 1, 2500, "an attempt beside the session");
    }

    /// <summary>The application acknowledges by hand and has not yet: the sender keeps what has arrived, for a listener that was started anew.</summary>
    [Fact]
    public void What_has_arrived_and_is_not_received_is_sent_again_to_a_listener_that_was_started_anew()
    {
        World world = new(311);
        world.StartServer(Shaped(World.ServerOptions()));
        Link link = world.Connect(Shaped(World.ClientOptions()));
        link.Server.Delivery.Inbox.ByHand = true;
        for (byte i = 1; i <= 3; i++)
        {
            Assert.True(link.TrySend(link.Near, [i]));
        }

        world.Flush();
        world.Run(1000);
        List<byte> arrived = [];
        Take(link.Server, arrived, world.Now);
        Assert.Equal([1, 2, 3], arrived);
        Assert.False(link.Near.AllAcknowledged);
        Assert.Equal([1, 2, 3], Restart(world, 3, 30_000));
    }

    /// <summary>The listener has forgotten everything. What it has not said to have received is sent again, also what it has acknowledged.</summary>
    [Fact]
    public void A_listener_that_was_started_anew_is_found_within_5_s_and_gets_all_that_it_may_not_have()
    {
        World world = new(303);
        world.StartServer(Shaped(World.ServerOptions()));
        Link link = world.Connect(Shaped(World.ClientOptions()));
        link.Exchange(5, 1000, 5000);

        // The first is lost, and so is all of the server's but the acknowledgment of the second and third, which have come before their turn.
        int data = 0;
        world.Net.Tap = new Tap(d => d.FromServer || ++data > 1);
        for (byte i = 1; i <= 3; i++)
        {
            Assert.True(link.TrySend(link.Near, [i]));
        }

        world.Flush();
        world.Run(60);
        Assert.False(link.Near.AllAcknowledged);
        world.Net.Tap = null;
        Assert.Equal([1, 2, 3], Restart(world, 3, 5000 + 1500));
        Assert.True(link.Near.TakeRenewal());
        Assert.Equal(0, link.Near.LostMessages);
    }

    /// <summary>The client gets no time to run, and the listener is another one meanwhile. Without a keepalive, and with nothing to send, nothing else tells.</summary>
    [Theory]
    [InlineData(200, 0, false)]
    [InlineData(200, 20, false)]
    [InlineData(200, 20, true)]
    [InlineData(4000, 20, true)]
    public void A_client_that_stood_still_connects_at_once_and_loses_nothing(int seconds, int keepalive, bool waits)
    {
        World world = new(304);
        world.StartServer(Shaped(World.ServerOptions()));
        ChannelOptions options = Shaped(World.ClientOptions());
        options.Keepalive = keepalive;
        Link link = world.Connect(options);
        link.Exchange(5, 1000, 5000);
        world.Run(5000);
        world.Remove(world.ServerDriver);
        byte[] sent = waits ? [1, 2, 3] : [];
        Assert.All(sent, m => Assert.True(link.TrySend(link.Near, [m])));
        world.Flush();
        world.Net.Advance(world.Now + (seconds * 1000));
        world.StartServer(Shaped(World.ServerOptions()));
        Session? anew = null;
        List<byte> arrived = [];
        world.RunUntil(() => (anew ??= world.Server.Accept()) != null, 5000, "the new session");
        Assert.True(link.TrySend(link.Near, [4]));
        world.RunUntil(
            () =>
            {
                Take(anew!, arrived, world.Now);
                return arrived.Count > sent.Length;
            },
            1000,
            "the messages");
        Assert.Equal([.. sent, 4], arrived);
        Assert.Equal(0, link.Near.LostMessages);
    }

    /// <summary>A padded ACK may be as long as a confirming one.</summary>
    [Fact]
    public void A_session_that_continues_another_takes_padded_ACKs()
    {
        World world = new(314);
        ChannelOptions server = Shaped(World.ServerOptions());
        ChannelOptions options = Shaped(World.ClientOptions());
        server.Padding = options.Padding = 64;
        world.StartServer(server);
        Link link = world.Connect(options);
        Session near = link.Near;
        world.Net.Tap = Tap.OnlyAHandshake();
        Assert.True(link.TrySend(near, [1]));
        world.Flush();
        world.RunUntil(() => link.Near != near && Link.Take(link.Server, world.Now) != null, 20_000, "another session");
        Assert.True(link.Near.IsContinued);
        link.Exchange(200, 100, 60_000);
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(2, true)]
    [InlineData(4, false)]
    public void An_attempt_does_not_go_on_to_an_address_that_the_name_no_longer_has(int suite, bool ends)
    {
        World world = new(312);
        world.StartServer();
        ChannelOptions options = World.ClientOptions();
        options.Suite = suite;
        options.Psk = suite == 4 ? null : options.Psk;
        options.Token = suite == 4 ? "lamp-road" : null;
        MemoryTransport host = world.Net.Host(2);
        Client client = new(world.Core, options, world.Net.Host(9).Address, host.Now, host.UtcNow);
        world.Add(host, client);
        world.Run(1000);
        Assert.Equal(1, client.Attempts);
        client.NextServer = world.ServerHost.Address;
        Assert.False(client.GoesTo(world.ServerHost.Address));
        client.Leave();
        world.Run(500);
        Assert.Equal(ends, client.GoesTo(world.ServerHost.Address));
        Assert.Equal(ends ? 2 : 1, client.Attempts);
        Assert.Equal(ends ? ClientState.Connected : ClientState.Calling, client.State);
    }

    /// <summary>Much is overdue in a client that has stood still, and nothing it sends gets through: that is done once, and then at its times.</summary>
    [Fact]
    public void A_client_that_stood_still_sends_no_storm()
    {
        World world = new(305);
        world.StartServer(Shaped(World.ServerOptions()));
        ChannelOptions options = Shaped(World.ClientOptions());
        options.Keepalive = 3;
        Link link = world.Connect(options);
        link.Exchange(5, 1000, 5000);

        // The listener's application does not look at what came, until its window is closed: a probe is what stays due.
        for (int i = 0; i < 100; i++)
        {
            link.TrySend(link.Near, new byte[3000]);
            world.Flush();
            world.Run(100);
        }

        world.Net.LossPercent = 100;
        world.Run(1000);
        world.Net.Advance(world.Now + 50_000);
        int sent = 0;
        world.Net.Tap = new Tap(d =>
        {
            sent += d.FromServer ? 0 : 1;
            return sent < 1000 ? false : throw new Xunit.Sdk.XunitException("a storm");
        });
        world.Run(2000);
        Assert.InRange(sent, 1, 40);
    }

    /// <summary>What waited in its socket says nothing of a listener that went meanwhile: the client calls anew within three timers, and not when its data is overdue.</summary>
    [Fact]
    public void A_client_that_stood_still_is_not_misled_by_what_waited_in_its_socket()
    {
        World world = new(306);
        world.StartServer(Shaped(World.ServerOptions()));
        ChannelOptions options = Shaped(World.ClientOptions());
        options.Keepalive = 3;
        Link link = world.Connect(options);
        link.Exchange(5, 1000, 5000);
        world.Run(1000);
        world.Net.Delay = 20;
        for (int i = 0; i < 4; i++)
        {
            Assert.True(link.TrySend(link.Server, new byte[1]));
        }

        world.Flush();
        world.Remove(world.ServerDriver);
        world.Net.Advance(world.Now + 60_000);
        Assert.Equal(1, link.Client.Attempts);
        world.Run(50);
        Assert.NotNull(Link.Take(link.Near, world.Now));
        world.RunUntil(() => link.Client.Attempts > 1, 3 * link.Near.Delivery.FirstTimeout, "a new handshake");
    }

    [Fact]
    public void Time_in_which_a_client_stood_still_is_counted_once_whatever_waited_in_its_socket()
    {
        World world = new(307);
        world.StartServer(Shaped(World.ServerOptions()));
        ChannelOptions options = Shaped(World.ClientOptions());
        options.Keepalive = 3;
        Link link = world.Connect(options);
        link.Exchange(5, 1000, 5000);
        world.Run(1000);

        // A timer of its own has ended meanwhile.
        world.Net.Delay = 20;
        world.Net.Tap = new Tap(d => d.FromServer);
        Assert.True(link.TrySend(link.Near, new byte[1]));
        for (int i = 0; i < 4; i++)
        {
            Assert.True(link.TrySend(link.Server, new byte[1]));
        }

        world.Flush();
        long before = link.Near.Epochs.EndsAt(world.Now);
        world.Net.Advance(world.Now + 50_000);
        world.Run(10);
        Assert.InRange(link.Near.Epochs.EndsAt(world.Now) - before, 49_000, 51_000);
    }

    /// <summary>The system's clock of the listener was an hour off, and is set right while a client calls.</summary>
    [Theory]
    [InlineData(3600_000)]
    [InlineData(-3600_000)]
    public void A_listener_whose_clock_is_set_is_found_within_5_s(long off)
    {
        World world = new(306);
        world.ServerHost.UtcBase += off;
        world.StartServer(Shaped(World.ServerOptions()));
        world.Run(12_345);
        Client client = world.StartClient(Shaped(World.ClientOptions()));
        world.Run(500);
        world.ServerHost.UtcBase -= off;
        world.RunUntil(() => client.State == ClientState.Connected, 5000, "the session");
    }

    /// <summary>A device gets the time from its network while it calls: it does not go on with a SYN of the wrong time.</summary>
    [Fact]
    public void A_client_whose_clock_is_set_begins_anew_with_it()
    {
        World world = new(307);
        MemoryTransport device = world.Net.Host(2);
        device.UtcBase -= 3600_000;
        world.StartServer(Shaped(World.ServerOptions()));
        world.Run(20_000);
        Client client = world.StartClient(Shaped(World.ClientOptions()), device);
        world.Run(1500);
        device.UtcBase += 3600_000;
        world.RunUntil(() => client.State == ClientState.Connected, 2000, "the session");
        Assert.Equal(2, client.Attempts);
    }

    /// <summary>
    /// A listener without memory takes nothing that was sent before its start, by the sender's clock. A client whose clock is behind has the listener's from
    /// the session before.
    /// </summary>
    [Theory]
    [InlineData(-25_000, 0)]
    [InlineData(-9_000, 0)]
    [InlineData(-9_000, 6_000)]
    [InlineData(-9_000, 13_000)]
    [InlineData(-9_000, 20_000)]
    public void A_client_whose_clock_is_behind_finds_a_listener_that_was_started_anew_within_5_s(long off, long pause)
    {
        World world = new(308);
        MemoryTransport device = world.Net.Host(2);
        device.UtcBase += off;
        world.StartServer(Shaped(World.ServerOptions()));
        world.Run(40_000);
        Link link = world.Connect(Shaped(World.ClientOptions()), device);
        link.Exchange(5, 1000, 5000);
        world.Remove(world.ServerDriver);
        Assert.True(link.TrySend(link.Near, [1]));
        world.Flush();
        world.Run(pause);
        world.StartServer(Shaped(World.ServerOptions()));
        Session? anew = null;
        world.RunUntil(() => (anew ??= world.Server.Accept()) != null && Link.Take(anew, world.Now) != null, 5000 + (3 * 20), "the message");
    }

    /// <summary>The listener's clock was 29 s ahead and is 6 s behind when it is started anew: the client finds it by its own.</summary>
    [Fact]
    public void A_listener_that_was_started_anew_with_another_clock_is_found_by_the_second_attempt()
    {
        World world = new(313);
        world.ServerHost.UtcBase += 29_000;
        world.StartServer(Shaped(World.ServerOptions()));
        world.Run(40_000);
        Link link = world.Connect(Shaped(World.ClientOptions()));
        world.Remove(world.ServerDriver);
        world.ServerHost.UtcBase -= 35_000;
        world.StartServer(Shaped(World.ServerOptions()));
        Assert.True(link.TrySend(link.Near, [1]));
        world.Flush();
        Session? anew = null;
        world.RunUntil(() => (anew ??= world.Server.Accept()) != null && Link.Take(anew, world.Now) != null, 20_000, "the message");
        Assert.Equal(3, link.Client.Attempts);
    }

    /// <summary>The SYN_ACK takes 3 s and nothing else does, so the client's clock is 1.5 s off: it hears what answers its ACK all the same.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(Features.ClientHops)]
    public void An_answer_to_the_confirming_ACK_goes_to_the_port_that_it_came_from(int features)
    {
        World world = new(309);
        world.StartServer(Shaped(World.ServerOptions()));
        Client client = world.StartClient(Shaped(World.ClientOptions(features)));
        world.Net.Tap = new Tap(d =>
        {
            world.Net.Delay = d.FromServer ? 3000 : 10;
            return true;
        });
        world.RunUntil(() => client.State == ClientState.Confirming, 5000, "the SYN_ACK");
        world.Net.Tap = null;
        world.Net.Delay = 10;
        world.RunUntil(() => client.State == ClientState.Connected, 2500, "the session");
        Assert.InRange(client.Session.RoundTripTime, 10, 2500);
        world.Run(5000);
        Assert.InRange(client.Session.UtcNow(world.Now) - world.ServerHost.UtcNow, -20, 20);
        Assert.InRange(client.Session.RoundTripTime, 0, 100);
    }

    // The listener is started anew and has forgotten everything: so many messages come in a session of its own, within that time, in ms.
    private static List<byte> Restart(World world, int messages, int limit)
    {
        world.Remove(world.ServerDriver);
        world.StartServer(Shaped(World.ServerOptions()));
        long begun = world.Now;
        Session? anew = null;
        List<byte> arrived = [];
        world.RunUntil(
            () =>
            {
                anew ??= world.Server.Accept();
                if (anew != null)
                {
                    Take(anew, arrived, world.Now);
                }

                return arrived.Count >= messages;
            },
            limit,
            () => $"the messages after {world.Now - begun} ms: {arrived.Count}");
        return arrived;
    }

    // As in the field: padded, jittered, and with a handshake beside a session that does not answer.
    private static ChannelOptions Shaped(ChannelOptions options)
    {
        options.IsPlain = false;
        return options;
    }

    private static void Take(Session session, List<byte> arrived, long now)
    {
        while (Link.Take(session, now) is { } message)
        {
            arrived.Add(Assert.Single(message));
        }
    }
}
