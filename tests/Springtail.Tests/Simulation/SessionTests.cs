using System;
using System.Collections.Generic;
using System.Linq;
using Springtail.Packets;
using Springtail.Sessions;
using Springtail.Transport;
using Xunit;

namespace Springtail.Tests.Simulation;

/// <summary>An established session on a network that misbehaves (PROTOCOL.md 8 to 11).</summary>
public sealed class SessionTests
{
    public static TheoryData<uint, int> Seeds()
    {
        TheoryData<uint, int> data = new();
        for (uint seed = 100; seed < 108; seed++)
        {
            data.Add(seed, (int)(seed % 4));
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Every_reliable_message_arrives_once_and_in_order_through_loss_copies_disorder_and_damage(uint seed, int features)
    {
        World world = new(seed);
        world.StartServer();
        Link link = world.Connect(World.ClientOptions(features));
        world.Net.LossPercent = 30;
        world.Net.DuplicatePercent = 20;
        world.Net.DamagePercent = 5;
        world.Net.Jitter = 500;
        link.Exchange(150, 4000, 3600000);
        Assert.Equal(0, link.Near.LostMessages + link.Server.LostMessages);

        // A FIN has 30 s to get through: with a long timer, a few tries.
        world.Net.LossPercent = 10;
        Close(world, link);
    }

    [Fact]
    public void The_handshake_comes_about_through_the_same_network()
    {
        int connected = 0;
        for (uint seed = 200; seed < 220; seed++)
        {
            World world = new(seed);
            world.StartServer();
            world.Net.LossPercent = 30;
            world.Net.DuplicatePercent = 20;
            world.Net.Jitter = 500;
            Client client = world.StartClient();
            world.RunUntil(() => client.State is ClientState.Connected or ClientState.Failed, 60000, "an end");
            connected += client.State == ClientState.Connected ? 1 : 0;
        }

        Assert.Equal(20, connected);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void A_hop_port_that_is_taken_is_skipped(int features)
    {
        World world = new(30);
        MemoryTransport device = world.Net.Host(2);
        world.StartServer();
        Link link = world.Connect(World.ClientOptions(features), device);
        int window = 0;
        for (int i = 0; i < 12; i++)
        {
            // The port of the window after the next is given to another program on both hosts.
            Session side = i % 2 == 0 ? link.Server : link.Near;
            ulong before = side.Window;
            world.ServerHost.TakenPort = NextPort(link.Server);
            device.TakenPort = features == 0 ? 0 : NextPort(link.Near);
            world.RunUntil(() => side.Window >= before + 2, 2000, "two hops");
            link.Exchange(4, 1500, 20000);
            window++;
        }

        Assert.Equal(12, window);
        Assert.True(world.ServerDriver.PortsTaken > 0);
    }

    [Fact]
    public void Numbers_pass_2_to_the_32()
    {
        foreach (int features in new[] { 0, 2 })
        {
            World world = new(31) { Core = new SteeredCore(31) { InitialSequence = 0xFFFFFF80 } };
            world.StartServer();
            world.Net.LossPercent = 20;
            world.Net.Jitter = 200;
            Link link = world.Connect(World.ClientOptions(features));
            link.Exchange(400, 1000, 600000);
            Assert.True(link.Near.Counters.PacketsSent > 0x80 + 100 && link.Server.Counters.PacketsSent > 0x80 + 100);
            Close(world, link);
        }
    }

    [Fact]
    public void Messages_of_every_size_arrive_whole()
    {
        World world = new(32);
        world.StartServer();
        Link link = world.Connect();
        world.Net.LossPercent = 10;
        world.Net.Jitter = 50;
        foreach (int size in new[] { 0, 1, 1144, 1145, 1146, 2289, 2290, 2291, 4580 })
        {
            byte[] message = new byte[size];
            new Random(size).NextBytes(message);
            Assert.True(link.TrySend(link.Near, message));
            byte[]? arrived = null;
            world.Flush();
            world.RunUntil(() => (arrived = Link.Take(link.Server, world.Now)) != null, 60000, $"{size} bytes");
            Assert.Equal(message, arrived);
            world.RunUntil(() => link.Near.AllAcknowledged, 60000, "the acknowledgment");
        }
    }

    [Fact]
    public void A_message_larger_than_the_receiver_takes_is_skipped_and_its_sender_told()
    {
        World world = new(33);
        world.StartServer();
        Link link = world.Connect();

        // A sender that keeps to what the receiver said sends none.
        Assert.Equal(ErrorCode.MessageTooLarge, Assert.Throws<SpringtailException>(() => link.TrySend(link.Server, new byte[9 * 1145])).Code);
        typeof(Session).GetField("PeerLargestMessage", System.Reflection.BindingFlags.Instance | System.Reflection.BindingFlags.NonPublic)!.SetValue(link.Server, uint.MaxValue);
        Assert.True(link.TrySend(link.Server, new byte[] { 1 }));
        Assert.True(link.TrySend(link.Server, new byte[9 * 1145]));
        Assert.True(link.TrySend(link.Server, new byte[] { 3 }));
        world.Flush();
        List<byte[]> arrived = new();
        world.RunUntil(
            () =>
            {
                while (Link.Take(link.Near, world.Now) is { } message)
                {
                    arrived.Add(message);
                }

                return arrived.Count == 2 && link.Server.AllAcknowledged;
            },
            20000,
            "the messages before and after");
        Assert.Equal(new byte[] { 1 }, arrived[0]);
        Assert.Equal(new byte[] { 3 }, arrived[1]);
        Assert.Equal(ErrorCode.MessageTooLarge, link.Server.PeerErrorCode);
        Assert.Equal(1u, link.Server.PeerErrorMessageId);
    }

    [Fact]
    public void Fire_and_forget_is_sent_once_and_what_stays_incomplete_is_dropped()
    {
        World world = new(34);
        world.StartServer();
        Link link = world.Connect();
        world.Net.LossPercent = 30;
        int arrived = 0;
        int last = -1;
        for (int i = 0; i < 300; i++)
        {
            byte[] message = new byte[2000];
            message[0] = (byte)i;
            message[1] = (byte)(i >> 8);

            // Some round trips in a row without an answer make the timer long.
            world.RunUntil(() => link.TrySend(link.Near, message, reliable: false), 120_000, "room");
            world.Flush();
            world.Run(20);
            while (Link.Take(link.Server, world.Now) is { } received)
            {
                Assert.Equal(2000, received.Length);
                int number = received[0] | (received[1] << 8);
                Assert.True(number > last, "each at most once, here in order since nothing overtakes");
                last = number;
                arrived++;
            }
        }

        Assert.InRange(arrived, 300 * 0.35, 300 * 0.65);
        Assert.Equal(0u, link.Near.Counters.Retransmissions);
        world.Net.LossPercent = 0;
        world.RunUntil(() => link.Near.AllAcknowledged, 120_000, "the last ones");
        while (Link.Take(link.Server, world.Now) is not null)
        {
        }

        world.Run(6000);
        Assert.Null(Link.Take(link.Server, world.Now));
        link.Exchange(20, 3000, 20000);
    }

    [Fact]
    public void Fragments_for_which_there_was_no_room_are_sent_again()
    {
        World world = new(36);
        world.StartServer();
        Link link = world.Connect();
        byte[][] messages = [.. Enumerable.Range(0, 12).Select(i => Enumerable.Repeat((byte)i, 5000).ToArray())];
        int sent = 0;
        int received = 0;
        world.RunUntil(
            () =>
            {
                while (sent < messages.Length && link.TrySend(link.Server, messages[sent]))
                {
                    sent++;
                }

                // It reads a message every five seconds: most find no room at first.
                if (world.Now > 5000 * (received + 1) && Link.Take(link.Near, world.Now) is { } message)
                {
                    Assert.Equal(messages[received], message);
                    received++;
                }

                world.Flush();
                return received == messages.Length;
            },
            300000,
            "all messages");
    }

    [Fact]
    public void A_reader_that_does_not_read_stops_the_sender_and_nothing_is_lost()
    {
        World world = new(35);
        world.StartServer();
        Link link = world.Connect();
        int sent = 0;
        for (int i = 0; i < 600; i++)
        {
            if (link.TrySend(link.Server, new[] { (byte)sent }))
            {
                sent++;
            }

            world.Flush();
            world.Run(100);
        }

        Assert.Equal(SessionState.Established, link.Server.State);
        Assert.InRange(sent, 5, 300);
        int received = 0;
        world.RunUntil(
            () =>
            {
                while (Link.Take(link.Near, world.Now) is { } message)
                {
                    Assert.Equal((byte)received, message[0]);
                    received++;
                }

                return received == sent;
            },
            130000,
            "all that was sent");
    }

    [Fact]
    public void Heartbeats_keep_a_session_and_silence_ends_it()
    {
        World world = new(36);
        world.StartServer();
        Link link = world.Connect();
        uint sent = link.Near.Counters.PacketsSent;
        world.Run(3600000);
        Assert.Equal(SessionState.Established, link.Near.State);
        Assert.Equal(SessionState.Established, link.Server.State);

        // A heartbeat every 24 to 30 s, a time sync every minute and little else.
        Assert.InRange(link.Near.Counters.PacketsSent - sent, 60u, 220u);
        world.Net.LossPercent = 100;
        world.Run(100000);
        Assert.Equal(SessionState.Recovering, link.Near.State);
        Assert.Equal(SessionState.Recovering, link.Server.State);
        world.Run(60000);
        Assert.Equal(SessionState.Ended, link.Near.State);
        Assert.Equal(SessionState.Ended, link.Server.State);
        Assert.Equal(ErrorCode.Timeout, link.Server.EndCode);
    }

    [Fact]
    public void A_session_goes_on_after_a_silence_that_was_not_too_long()
    {
        World world = new(37);
        world.StartServer();
        Link link = world.Connect();
        Assert.True(link.TrySend(link.Near, new byte[] { 9 }));
        world.Net.LossPercent = 100;
        world.Flush();
        world.Run(110000);
        Assert.Equal(SessionState.Recovering, link.Near.State);
        world.Net.LossPercent = 0;
        byte[]? message = null;
        world.RunUntil(() => (message = Link.Take(link.Server, world.Now)) != null, 20000, "the message");
        Assert.Equal(new byte[] { 9 }, message);
        world.RunUntil(() => link.Near.State == SessionState.Established && link.Server.State == SessionState.Established, 20000, "both sides");
    }

    [Fact]
    public void Without_keepalive_nobody_sends_heartbeats()
    {
        World world = new(38);
        world.StartServer();
        ChannelOptions options = World.ClientOptions();
        options.Keepalive = 0;
        Link link = world.Connect(options);
        world.Run(1000);
        uint sent = link.Server.Counters.PacketsSent;
        world.Run(7200000);
        Assert.Equal(SessionState.Established, link.Server.State);

        // Nothing but the answer to a time sync a minute, and two packets for each rekey: its response and the answer to its first packet.
        Assert.InRange(link.Server.Counters.PacketsSent - sent, 119u, 121u + (2u * 8));
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public void Either_side_or_both_at_once_may_close(bool near, bool far)
    {
        int lost = 0;
        for (uint seed = 300; seed < 310; seed++)
        {
            World world = new(seed);
            world.StartServer();
            Link link = world.Connect();
            world.Net.LossPercent = 15;
            world.Net.Jitter = 300;
            for (byte i = 0; i < 4; i++)
            {
                Assert.True(link.TrySend(link.Near, new byte[1000 + i]));
                Assert.True(link.TrySend(link.Server, new byte[1000 + i]));
            }

            if (near)
            {
                link.Near.Close(world.Now);
            }

            if (far)
            {
                link.Server.Close(world.Now);
            }

            world.Flush();
            int received = 0;
            world.RunUntil(
                () =>
                {
                    received += Link.Take(link.Near, world.Now) != null ? 1 : 0;
                    received += Link.Take(link.Server, world.Now) != null ? 1 : 0;
                    return Over(link.Near) && Over(link.Server) && received + link.Near.LostMessages + link.Server.LostMessages >= 8;
                },
                60000,
                () => $"both ends and all messages (received {received})\n  {Link.Describe(link.Near)}\n  {Link.Describe(link.Server)}");
            Assert.Equal(ErrorCode.None, link.Near.EndCode + link.Server.EndCode);
            lost += link.Near.LostMessages + link.Server.LostMessages;
            Assert.Throws<SpringtailException>(() => link.Near.BeginMessage(1, true));
            world.Run(31000);
            Assert.Equal(SessionState.Ended, link.Near.State);
            Assert.Equal(SessionState.Ended, link.Server.State);
        }

        // A close waits for 10 s and no longer: what bad luck delays past that is reported, and is rare.
        Assert.InRange(lost, 0, 1);
    }

    [Fact]
    public void Whoever_closes_into_silence_learns_what_was_not_acknowledged()
    {
        World world = new(39);
        world.StartServer();
        Link link = world.Connect();
        world.Net.LossPercent = 100;
        Assert.True(link.TrySend(link.Near, new byte[2000]));
        Assert.True(link.TrySend(link.Near, new byte[10]));
        link.Near.Close(world.Now);
        world.Flush();
        world.Run(41000);
        Assert.Equal(SessionState.Ended, link.Near.State);
        Assert.Equal(ErrorCode.Timeout, link.Near.EndCode);
        Assert.Equal(2, link.Near.LostMessages);
    }

    [Fact]
    public void An_abort_tells_the_peer_why()
    {
        World world = new(40);
        world.StartServer();
        Link link = world.Connect();
        link.Server.Abort(ErrorCode.LimitExceeded, world.Now);
        world.Flush();
        world.Run(100);
        Assert.Equal(SessionState.Ended, link.Near.State);
        Assert.Equal(ErrorCode.LimitExceeded, link.Near.EndCode);
        Assert.Equal(SessionState.Ended, link.Server.State);
    }

    [Fact]
    public void Drifting_clocks_are_followed_without_a_lost_hop()
    {
        World world = new(41);
        MemoryTransport device = world.Net.Host(2);
        world.StartServer();
        Link link = world.Connect(host: device);

        // The system clock of either side jumps by an hour: the session does not care.
        device.UtcBase += 3600000;
        world.ServerHost.UtcBase -= 3600000;
        for (int i = 0; i < 30; i++)
        {
            world.Run(10000);
            link.Exchange(2, 500, 2000);
        }

        Assert.Equal(0u, link.Near.Counters.Retransmissions + link.Server.Counters.Retransmissions);
        Assert.InRange(link.Near.ClockOffset(world.Now), -5, 5);
    }

    [Fact]
    public void The_server_follows_a_client_whose_address_changes()
    {
        World world = new(42);
        world.StartServer();
        Link link = world.Connect();
        Endpoint moved = new();
        bool active = false;
        MemoryNetwork net = world.Net;
        Endpoint home = new();
        home.CopyFrom(link.Server.Peer);
        moved.SetAddress(new byte[] { 10, 0, 0, 77 });
        moved.Port = 7777;
        net.Tap = new Tap(d =>
        {
            if (!active)
            {
                return true;
            }

            // A NAT that gave the client another address.
            if (!d.FromServer)
            {
                net.Inject(moved, d.To, d.Bytes, d.Bytes.Length);
                return false;
            }

            if (d.To.SameAs(moved))
            {
                net.Inject(d.From, home, d.Bytes, d.Bytes.Length);
            }

            return false;
        });
        link.Exchange(5, 100, 5000);
        active = true;
        link.Exchange(20, 3000, 60000);
        Assert.True(link.Server.Peer.SameAs(moved));
    }

    [Fact]
    public void An_address_that_acknowledges_nothing_gets_at_most_three_times_what_came_from_it()
    {
        World world = new(43);
        world.StartServer();
        Link link = world.Connect();
        Endpoint forged = new();
        forged.SetAddress(new byte[] { 10, 0, 0, 88 });
        forged.Port = 8888;
        int towards = 0;
        int from = 0;
        bool active = false;
        world.Net.Tap = new Tap(d =>
        {
            if (d.FromServer && d.To.SameAs(forged))
            {
                towards += d.Bytes.Length;
            }

            if (active && !d.FromServer)
            {
                // Whoever stands on the path sends the client's packets from an address of its victim's.
                from += d.Bytes.Length;
                world.Net.Inject(forged, d.To, d.Bytes, d.Bytes.Length);
                return false;
            }

            return true;
        });
        for (int i = 0; i < 50; i++)
        {
            link.TrySend(link.Server, new byte[1000]);
        }

        active = true;
        link.TrySend(link.Near, new byte[] { 1 });
        world.Flush();
        world.Run(3000);
        Assert.InRange(towards, 1, from * 3);
    }

    /// <summary>Whoever stands on the path sends the confirming ACK, or some copies of it, from an address of his victim's, and nothing after it: the path begins there.</summary>
    [Theory]
    [InlineData(1, 100)]
    [InlineData(3, 1100)]
    public void A_path_that_begins_where_nothing_has_answered_gets_at_most_three_times_what_came_from_it(int packets, int size)
    {
        World world = new(45);
        world.StartServer();
        Endpoint forged = new();
        forged.SetAddress(new byte[] { 10, 0, 0, 88 });
        forged.Port = 8888;
        bool answered = false;
        int towards = 0;
        int from = 0;
        world.Net.Tap = new Tap(d =>
        {
            towards += d.FromServer && d.To.SameAs(forged) ? d.Bytes.Length : 0;
            if (answered && !d.FromServer && packets-- > 0)
            {
                from += d.Bytes.Length;
                world.Net.Inject(forged, d.To, d.Bytes, d.Bytes.Length);
            }

            answered |= d.FromServer;
            return from == 0;
        });
        world.StartClient();
        Session? session = null;
        world.RunUntil(() => (session ??= world.Server.Accept()) != null, 5000, "the session");
        for (int i = 0; i < 50; i++)
        {
            if (session!.CanSend && session.SendRoom > 0)
            {
                session.BeginMessage(size, true);
                session.AppendMessage(new byte[size], 0, world.Now);
            }

            world.Run(100);
        }

        Assert.InRange(towards, 1, from * 3);
    }

    [Fact]
    public void Sessions_of_one_server_do_not_meet()
    {
        World world = new(44);
        byte[][] psks = Enumerable.Range(0, 5).Select(i => Enumerable.Repeat((byte)(i + 1), 32).ToArray()).ToArray();
        ChannelOptions options = World.ServerOptions();
        options.Psks = psks;
        options.PortMin = 5000;
        options.PortCount = 20;
        options.DiscoveryPort = 0;
        world.StartServer(options);
        List<Link> links = new();
        for (int i = 0; i < 10; i++)
        {
            ChannelOptions mine = World.ClientOptions(features: i % 4);
            mine.Psk = psks[i % 5];
            mine.PortMin = 5000;
            mine.PortCount = 20;
            links.Add(world.Connect(mine, world.Net.Host(10 + i)));
        }

        world.Net.LossPercent = 10;
        foreach (Link link in links)
        {
            link.Exchange(20, 2000, 60000);
        }

        Assert.Equal(10, world.Server.Sessions);
    }

    [Fact]
    public void A_session_that_ended_before_it_was_accepted_waits_quietly_and_still_gives_its_messages()
    {
        World world = new(45);
        world.StartServer();
        Client client = world.StartClient();
        world.RunUntil(() => client.State == ClientState.Connected, 5000, "the session");
        client.Session.BeginMessage(3, true);
        client.Session.AppendMessage(new byte[] { 1, 2, 3 }, 0, world.Now);
        world.Flush();
        world.Run(1000);
        client.Session.Close(world.Now);
        world.Flush();
        world.Run(20000);
        Assert.True(world.ServerDriver.IdleTime > 0);
        Session session = world.Server.Accept();
        Assert.Equal(SessionState.Ended, session.State);
        Assert.Equal(new byte[] { 1, 2, 3 }, Link.Take(session, world.Now));
        Assert.Null(world.Server.Accept());
        world.Run(1000);
        Assert.Empty(world.Server.AllSessions());
    }

    private static bool Over(Session session) => session.State is SessionState.Closed or SessionState.Ended;

    private static void Close(World world, Link link)
    {
        link.Near.Close(world.Now);
        world.Flush();
        world.RunUntil(() => Over(link.Near) && Over(link.Server), 60000, () => $"the close\n  {Link.Describe(link.Near)}\n  {Link.Describe(link.Server)}");
        Assert.Equal(0, link.Near.LostMessages + link.Server.LostMessages);
    }

    // The port that a side will open with its next hop.
    private static int NextPort(Session session) => session.Path.PortOfWindow(session.Window + 2);
}
