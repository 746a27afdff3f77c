using System.Collections.Generic;
using System.Linq;
using Springtail.Packets;
using Springtail.Sessions;
using Springtail.Transport;
using Xunit;

namespace Springtail.Tests.Simulation;

/// <summary>Somebody without keys stands beside the path: he sees each of the client's packets, and a copy from his own address is there first (PROTOCOL.md 5, 8.1).</summary>
public sealed class SideTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Copies_that_come_first_from_elsewhere_do_not_move_the_path(bool passesOn)
    {
        World world = new(201);
        world.StartServer();
        Link link = world.Connect();
        link.Exchange(5, 100, 5000);
        Endpoint client = new();
        client.CopyFrom(link.Server.Peer);
        bool moved = false;
        Copy(world.Net, link.Server.Peer, passesOn, 3, d =>
        {
            moved |= !link.Server.Peer.SameAs(client);
            return true;
        });
        link.Exchange(20, 1000, 20000);
        Assert.False(moved);
        Assert.True(link.Server.Peer.SameAs(client));
        Assert.Equal(1, link.Client.Attempts);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(16)]
    public void A_handshake_comes_about_although_each_packet_of_it_is_copied_first(int ports)
    {
        World world = new(202);
        world.StartServer();
        Copy(world.Net, null, false, ports);
        Link link = world.Connect();
        link.Exchange(20, 1000, 20000);
        Assert.Equal(1, link.Client.Attempts);
    }

    [Theory]
    [InlineData(false, 1)]
    [InlineData(false, 16)]
    [InlineData(true, 3)]
    public void A_client_that_moves_is_followed_although_its_packets_are_copied_first(bool hops, int ports)
    {
        World world = new(207);
        world.StartServer();
        Link link = world.Connect(World.ClientOptions(hops ? Features.ClientHops : 0));
        link.Exchange(5, 100, 5000);
        Copy(world.Net, null, false, ports, natFrom: world.Now + 3000);
        link.Exchange(5, 100, 3000);
        world.Run(3000);
        link.Exchange(20, 1000, 5000);
        Assert.Equal(9, link.Server.Peer.Address[3]);
        Assert.Equal(1, link.Client.Attempts);
    }

    /// <summary>A client's address changes twice within a second, as behind a NAT that starts anew: who has no more to send is found all the same.</summary>
    [Fact]
    public void A_client_that_moves_again_while_its_last_move_is_looked_at_is_followed()
    {
        World world = new(212);
        world.StartServer();
        Link link = world.Connect();
        link.Exchange(5, 100, 5000);
        Endpoint home = new();
        home.CopyFrom(link.Server.Peer);
        Endpoint outside = new();
        outside.SetAddress(new byte[] { 10, 0, 0, 9 });
        outside.Port = 7001;
        world.Net.Tap = new Tap(d =>
        {
            if (!d.FromServer)
            {
                world.Net.Inject(outside, d.To, d.Bytes, d.Bytes.Length);
            }
            else if (d.To.SameAs(outside))
            {
                world.Net.Inject(d.From, home, d.Bytes, d.Bytes.Length);
            }

            return false;
        });
        Assert.True(link.TrySend(link.Near, new byte[1]));
        world.Flush();
        world.RunUntil(() => link.Server.Peer.Port == 7001, 1000, "the first move");

        // The packet that comes from the second address finds no place, and no other comes.
        outside.Port = 7002;
        Assert.True(link.TrySend(link.Near, new byte[1], reliable: false));
        world.Flush();
        world.Run(25);
        Assert.True(link.TrySend(link.Server, new byte[] { 7 }));
        world.Flush();
        world.RunUntil(() => Link.Take(link.Near, world.Now) != null, 2000, "the server's message");
        Assert.True(link.Server.Peer.SameAs(outside));
        Assert.Equal(1, link.Client.Attempts);
    }

    /// <summary>An address whose packet found no place is forgotten when the client speaks from its own: nobody gets a challenge for a copy of long ago.</summary>
    [Fact]
    public void Who_was_first_with_a_copy_is_not_asked_after_the_client_was_heard_where_it_is()
    {
        World world = new(213);
        world.StartServer();
        Link link = world.Connect();
        link.Exchange(5, 100, 5000);
        Endpoint side = new();
        side.SetAddress(new byte[] { 10, 0, 0, 66 });
        side.Port = 6000;
        int copies = 1;
        int challenges = 0;
        world.Net.Tap = new Tap(d =>
        {
            if (!d.FromServer && d.Bytes.Length < 100 && copies-- > 0)
            {
                world.Net.Inject(side, d.To, d.Bytes, d.Bytes.Length);
            }

            challenges += d.To.SameAs(side) ? 1 : 0;
            return true;
        });
        Assert.True(link.TrySend(link.Near, new byte[1]));
        world.Flush();
        world.Run(500);
        Assert.InRange(challenges, 1, 2);

        // The next copy comes before the next addresses are looked at.
        copies = 1;
        challenges = 0;
        Assert.True(link.TrySend(link.Near, new byte[1]));
        world.Flush();
        world.Run(5000);
        Assert.InRange(copies, int.MinValue, 0);
        Assert.Equal(0, challenges);
    }

    [Fact]
    public void A_path_that_was_left_is_the_path_again_as_soon_as_it_answers()
    {
        World world = new(208);
        world.StartServer();
        Link link = world.Connect();
        link.Exchange(5, 100, 5000);
        Endpoint client = new();
        client.CopyFrom(link.Server.Peer);

        // He passes on what the server sends to him, and the first challenge that goes to the client is lost.
        int lost = 0;
        bool lose = true;
        int moves = 0;
        Copy(world.Net, client, true, 1, d =>
        {
            moves += link.Server.Peer.SameAs(client) ? 0 : 1;
            return true;
        }, d =>
        {
            bool loses = lose && d.FromServer && d.To.SameAs(client) && d.Bytes.Length == Packet.Overhead + PathPayload.Size;
            lose &= !loses;
            lost += loses ? 1 : 0;
            return loses;
        });
        link.Exchange(20, 1000, 20000);
        world.Run(3000);
        Assert.Equal(1, lost);
        Assert.NotEqual(0, moves);
        Assert.True(link.Server.Peer.SameAs(client));
        Assert.Equal(1, link.Client.Attempts);
    }

    [Fact]
    public void A_path_is_not_validated_by_what_was_sent_elsewhere()
    {
        World world = new(209);
        world.StartServer();
        Endpoint side = new();
        side.SetAddress(new byte[] { 10, 0, 0, 66 });
        side.Port = 6000;
        int into = 0;
        int back = 0;
        world.Net.Tap = new Tap(d =>
        {
            // He is first with all but the SYN, and no challenge arrives at the client.
            if (!d.FromServer && d.Bytes.Length != Packet.Overhead + Syn.PublicKey + 64)
            {
                into += d.Bytes.Length;
                world.Net.Inject(side, d.To, d.Bytes, d.Bytes.Length);
            }

            back += d.To.SameAs(side) ? d.Bytes.Length : 0;
            return !d.FromServer || d.Bytes.Length != Packet.Overhead + PathPayload.Size;
        });
        Link link = world.Connect();
        for (int i = 0; i < 40; i++)
        {
            link.TrySend(link.Server, new byte[1000]);
            link.TrySend(link.Near, new byte[1]);
            world.Flush();
            world.Run(100);
        }

        Assert.True(link.Server.Peer.SameAs(side));
        Assert.InRange(back, 100, 3 * into);
    }

    [Fact]
    public void A_client_that_asks_for_the_time_gets_it_although_the_path_is_not_its_own_yet()
    {
        World world = new(210);
        world.StartServer();
        Endpoint side = new();
        side.SetAddress(new byte[] { 10, 0, 0, 66 });
        side.Port = 6000;
        bool copies = true;
        int answers = 0;
        world.Net.Tap = new Tap(d =>
        {
            // He is first with all but the SYN, and what a client whose clock is off sends in answer to a challenge does not arrive.
            if (copies && !d.FromServer && d.Bytes.Length != Packet.Overhead + Syn.PublicKey + 64)
            {
                world.Net.Inject(side, d.To, d.Bytes, d.Bytes.Length);
            }

            answers += d.FromServer && !d.To.SameAs(side) && d.Bytes.Length == Packet.Overhead + TimeSyncPayload.ResponseSize ? 1 : 0;
            return !d.FromServer || d.Bytes.Length != Packet.Overhead + PathPayload.Size;
        });
        Link link = world.Connect();
        world.Run(1000);
        Assert.True(link.Server.Peer.SameAs(side));
        copies = false;
        link.Near.Time.AskNow(world.Now);
        link.TrySend(link.Near, new byte[1]);
        world.Flush();
        Assert.Equal(0, answers);
        world.Run(100);
        Assert.Equal(1, answers);
        Assert.True(link.Server.Peer.SameAs(side));
    }

    [Fact]
    public void A_session_that_continues_another_comes_about_although_each_packet_is_copied_first()
    {
        World world = new(203);
        world.StartServer();
        Link link = world.Connect();
        link.Exchange(5, 100, 5000);
        Session old = link.Near;
        Assert.True(link.TrySend(link.Near, new byte[] { 1 }));
        bool handshake = false;
        Copy(world.Net, null, false, 3, d =>
        {
            handshake |= d.Bytes.Length == 42 + Syn.PublicKey + 64;
            return handshake;
        });
        world.RunUntil(() => old.Successor != null, 150000, () => "the session that continues it: " + Link.Describe(link.Near) + " attempts " + link.Client.Attempts);
        world.Run(1000);
        Assert.Equal(new byte[] { 1 }, Link.Take(link.Server, world.Now));
        Assert.Equal(2, link.Client.Attempts);
    }

    [Fact]
    public void The_challenges_to_another_address_have_at_most_three_times_the_bytes_that_came_from_it()
    {
        int least = int.MaxValue;
        int most = 0;
        for (uint seed = 0; seed < 200; seed++)
        {
            World world = new(3000 + seed);
            ChannelOptions options = World.ServerOptions();
            options.IsPlain = false;
            world.StartServer(options);
            Link link = world.Connect();
            link.Exchange(1, 10, 5000);
            world.Run(100);
            Endpoint side = new();
            side.SetAddress(new byte[] { 10, 0, 0, 66 });
            side.Port = 6000;
            int into = 0;
            int back = 0;
            world.Net.Tap = new Tap(d =>
            {
                if (!d.FromServer && into == 0)
                {
                    into = d.Bytes.Length;
                    world.Net.Inject(side, d.To, d.Bytes, into);
                }

                back += d.To.SameAs(side) ? d.Bytes.Length : 0;

                // The client is heard no more, or its answer to the path's challenge would end it.
                return d.FromServer;
            });

            // The client answers with an ACK of 52 bytes.
            Assert.True(link.TrySend(link.Server, new byte[] { 1 }));
            world.Flush();
            world.Run(3000);
            Assert.InRange(back, 100, 3 * into);
            least = System.Math.Min(least, back);
            most = System.Math.Max(most, back);
        }

        Assert.True(least < most);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(16)]
    public void A_device_wakes_although_each_of_its_packets_is_copied_first(int ports)
    {
        World world = new(206);
        world.StartServer();
        Sleeper device = new(world, World.ClientOptions(0, 2), world.Net.Host(2));
        byte[] snapshot = device.Save(600);
        world.Run(300000);
        Copy(world.Net, null, false, ports);
        device.Wake(snapshot, new byte[] { 1 });
        device.AwaitDelivery(new byte[] { 1 }, 10000);
        Assert.True(device.Client.Resumed);
        device.Far.BeginMessage(1, true);
        device.Far.AppendMessage(new byte[] { 2 }, 0, world.Now);
        world.Flush();
        world.RunUntil(() => Link.Take(device.Near, world.Now) != null, 10000, "the way back");
    }

    [Fact]
    public void A_copy_of_the_confirmation_is_answered_to_where_it_comes_from()
    {
        World world = new(205);
        world.StartServer();
        Link link = world.Connect();
        Endpoint side = new();
        side.SetAddress(new byte[] { 10, 0, 0, 66 });
        side.Port = 6000;
        Captured? confirmation = null;
        int answers = 0;
        world.Net.Tap = new Tap(d =>
        {
            confirmation ??= !d.FromServer && d.Bytes.Length == Packet.Overhead + AckPayload.SizeWithConfirm ? d : null;
            answers += d.FromServer && d.To.SameAs(side) && d.Bytes.Length == Packet.Overhead + HeartbeatPayload.Size ? 1 : 0;
            return true;
        });
        MemoryTransport host = world.Net.Host(3);
        ChannelOptions options = World.ClientOptions();
        Client client = world.StartClient(options, host);
        world.RunUntil(() => confirmation != null, 5000, "the confirmation");
        world.Run(5);
        world.Net.Inject(side, confirmation!.To, confirmation.Bytes, confirmation.Bytes.Length);
        world.Run(50);
        Assert.Equal(1, answers);
        Assert.Equal(ClientState.Connected, client.State);
    }

    [Fact]
    public void A_copy_of_the_confirmation_is_answered_although_nothing_more_may_go_to_the_path()
    {
        World world = new(211);
        world.StartServer();
        Endpoint side = new();
        side.SetAddress(new byte[] { 10, 0, 0, 66 });
        side.Port = 6000;
        bool first = true;
        long calm = long.MaxValue;
        world.Net.Tap = new Tap(d =>
        {
            // He is first with one confirming ACK; the client's own do not arrive for a while.
            bool isAck = !d.FromServer && d.Bytes.Length == Packet.Overhead + AckPayload.SizeWithConfirm;
            if (isAck && first)
            {
                first = false;
                world.Net.Inject(side, d.To, d.Bytes, d.Bytes.Length);
            }

            // A challenge would tell the client as well, unless its session continues another.
            return (!isAck || world.Now >= calm) && (!d.FromServer || d.Bytes.Length != Packet.Overhead + PathPayload.Size);
        });
        Client client = world.StartClient();
        Session? server = null;
        world.RunUntil(() => (server = world.Server.Accept()) != null, 5000, "the session");
        Assert.True(server!.Peer.SameAs(side));
        for (int i = 0; i < 4; i++)
        {
            server.BeginMessage(60, true);
            server.AppendMessage(new byte[60], 0, world.Now);
        }

        world.Flush();
        world.Run(200);
        Assert.False(server.Path.Allows(Sessions.Path.SmallPacket));
        calm = world.Now;
        world.RunUntil(() => client.State == ClientState.Connected, 2100, "the answer");
    }

    [Fact]
    public void A_reader_without_room_is_not_called_anew()
    {
        World world = new(204);
        ChannelOptions server = World.ServerOptions();
        server.IsPlain = false;
        server.ReceiveAhead = 1;
        server.MaxMessageSize = 1145;
        world.StartServer(server);
        ChannelOptions options = World.ClientOptions();
        options.IsPlain = false;
        Link link = world.Connect(options);
        long end = world.Now + 120000;
        int sent = 0;
        while (world.Now < end)
        {
            if (link.TrySend(link.Near, new byte[1000]))
            {
                sent++;
            }

            world.Flush();
            world.Run(100);
        }

        Assert.Equal(1, link.Client.Attempts);
        Assert.Equal(SessionState.Established, link.Near.State);
        int got = 0;
        end = world.Now + 20000;
        while (world.Now < end)
        {
            while (Link.Take(link.Server, world.Now) != null)
            {
                got++;
            }

            world.Flush();
            world.Run(100);
        }

        Assert.Equal(sent, got);
    }

    // Each packet to the server is there first from another address; what the server sends to that address the client gets too, or nobody does.
    internal static void Copy(MemoryNetwork net, Endpoint? client, bool passesOn, int ports, System.Func<Captured, bool>? pass = null, System.Func<Captured, bool>? loses = null, long natFrom = long.MaxValue)
    {
        Endpoint home = new();
        if (client != null)
        {
            home.CopyFrom(client);
        }

        net.Tap = new Tap(d =>
        {
            if ((pass != null && !pass(d)) || (loses != null && loses(d)))
            {
                return false;
            }

            if (!d.FromServer)
            {
                home.CopyFrom(d.From);
                for (int i = 0; i < ports; i++)
                {
                    Endpoint side = new();
                    side.SetAddress(new byte[] { 10, 0, 0, 66 });
                    side.Port = 6000 + i;
                    net.Inject(side, d.To, d.Bytes, d.Bytes.Length);
                }

                if (net.Now < natFrom)
                {
                    return true;
                }

                // A NAT that gives the client another address from that time on.
                Endpoint nat = new();
                nat.SetAddress(new byte[] { 10, 0, 0, 9 });
                nat.Port = d.From.Port;
                net.Inject(nat, d.To, d.Bytes, d.Bytes.Length);
                return false;
            }

            if (net.Now >= natFrom && d.To.SameAddress(home))
            {
                return false;
            }

            if (d.To.Address[3] == 9)
            {
                Endpoint behind = new();
                behind.CopyFrom(home);
                behind.Port = d.To.Port;
                net.Inject(d.From, behind, d.Bytes, d.Bytes.Length);
                return false;
            }

            if (d.To.Address[3] == 66)
            {
                if (passesOn)
                {
                    net.Inject(d.From, home, d.Bytes, d.Bytes.Length);
                }

                return false;
            }

            return true;
        });
    }
}
