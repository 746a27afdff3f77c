using System;
using System.Collections.Generic;
using System.Linq;
using Springtail.Delivery;
using Springtail.Packets;
using Springtail.Sessions;
using Springtail.Transport;
using Xunit;

namespace Springtail.Tests.Simulation;

/// <summary>Packets of several fragments, where path and peer take them (PROTOCOL.md 9.1).</summary>
public sealed class LargePacketTests
{
    private const int LargeSize = Packet.LargeSize;
    private const int RaiseTime = 600_000;

    [Fact]
    public void A_large_packet_has_8148_bytes_and_seven_fragments()
    {
        Assert.Equal(8148, Packet.LargeSize);
        Assert.Equal(7, Packet.MostFragments);
        Assert.Equal(42 + (7 * (13 + 1145)), Packet.LargeSize);
    }

    [Fact]
    public void Both_the_probe_and_the_peer_have_to_say_that_large_packets_are_taken()
    {
        PathMtu path = new();
        path.Probe(7, 0, 200);
        path.Acknowledge(7);
        Assert.False(path.IsLarge);
        path.NotePeer();
        Assert.True(path.IsLarge);
        path = new PathMtu();
        path.NotePeer();
        path.Acknowledge(0);
        path.Probe(7, 0, 200);
        path.Acknowledge(6);
        Assert.False(path.IsLarge);
        path.Acknowledge(7);
        Assert.True(path.IsLarge);
    }

    /// <summary>An ACK's bitmap names the probe again and again.</summary>
    [Fact]
    public void A_path_is_proved_anew_after_a_timer_or_three_losses_in_a_row()
    {
        PathMtu path = Proved();
        path.Pass();
        path.Lose(timedOut: true);
        Assert.False(path.IsLarge);
        Assert.True(path.MayProbe(1));

        path = Proved();
        path.Lose(timedOut: false);
        path.Lose(timedOut: false);
        path.Pass();
        path.Lose(timedOut: false);
        path.Acknowledge(7);
        path.Lose(timedOut: false);
        Assert.True(path.IsLarge);
        path.Lose(timedOut: false);
        Assert.False(path.IsLarge);
        path.Acknowledge(7);
        Assert.False(path.IsLarge);
        for (int i = 0; i < 3; i++)
        {
            Assert.True(path.MayProbe(1000 * i));
            path.Probe((ulong)i + 10, 1000 * i, 200);
        }

        Assert.False(path.MayProbe(2000 + RaiseTime - 1));
        Assert.True(path.MayProbe(2000 + RaiseTime));

        static PathMtu Proved()
        {
            PathMtu path = new();
            path.Probe(7, 0, 200);
            path.Acknowledge(7);
            path.NotePeer();
            return path;
        }
    }

    /// <summary>On some paths a lone packet passes and those that follow each other do not.</summary>
    [Fact]
    public void A_path_on_which_only_probes_arrive_is_left_alone_after_three()
    {
        PathMtu path = new();
        path.NotePeer();
        long now = 0;
        for (int i = 1; i <= 3; i++)
        {
            Assert.True(path.MayProbe(now));
            path.Probe((ulong)i, now, 200);
            path.Acknowledge((ulong)i);
            Assert.True(path.IsLarge);
            path.Lose(timedOut: true);
            Assert.False(path.IsLarge);
            now += 200;
        }

        Assert.False(path.MayProbe(RaiseTime));
        Assert.True(path.MayProbe(RaiseTime + 400));
    }

    /// <summary>Both ways, whoever begins.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_is_long_goes_in_large_packets_once_a_probe_has_arrived(bool fromServer)
    {
        (World world, Link link) = Connect(401);
        Recorder wire = new();
        world.Net.Tap = wire;
        Send(world, link, fromServer, 200_000);
        List<Captured> sent = wire.Datagrams.Where(d => d.FromServer == fromServer).ToList();
        int probe = sent.FindIndex(d => d.Bytes.Length == LargeSize);

        // 175 fragments: those until the probe's acknowledgment go alone.
        Assert.InRange(probe, 1, 20);
        int[] sizes = sent.Skip(probe + 1).Select(d => d.Bytes.Length).ToArray();
        Assert.InRange(sizes.Count(s => s == LargeSize), 15, 25);
        Assert.All(sizes, s => Assert.True(s <= LargeSize));
        Assert.InRange(sent.Count, 25, 80);

        // Its ACKs say so from then on, with two bytes more.
        int[] acks = wire.Datagrams.Where(d => d.FromServer != fromServer).Select(d => d.Bytes.Length).Where(l => l < 60).ToArray();
        Assert.All(acks[^5..], a => Assert.Equal(Packet.Overhead + AckPayload.SizeWithLargest, a));
        Assert.Equal(0u, link.Near.Counters.Retransmissions + link.Server.Counters.Retransmissions);
    }

    /// <summary>The congestion window counts fragments, and grows as fast.</summary>
    [Fact]
    public void A_long_path_is_filled_as_soon_as_by_packets_of_one_fragment()
    {
        long[] times = new long[2];
        for (int i = 0; i < 2; i++)
        {
            (World world, Link link) = Connect(new World(415), tries: i == 0);
            Send(world, link, true, 50_000);
            world.Net.Delay = 50;
            world.Run(5000);
            long begun = world.Now;
            for (int message = 0; message < 40; message++)
            {
                world.RunUntil(() => Link.Take(link.Near, world.Now) is var _ && link.TrySend(link.Server, Bytes(50_000, message)), 60_000, "room");
                world.Flush();
            }

            world.RunUntil(() => Link.Take(link.Near, world.Now) is var _ && link.Server.AllAcknowledged, 60_000, "the end");
            times[i] = world.Now - begun;
        }

        Assert.InRange(times[0], times[1] / 2, times[1] * 11 / 10);
    }

    [Fact]
    public void Little_to_send_asks_for_nothing()
    {
        (World world, Link link) = Connect(402);
        Recorder wire = new();
        world.Net.Tap = wire;
        for (int i = 0; i < 30; i++)
        {
            Send(world, link, false, 10 * DataPayload.FragmentSize);
        }

        Assert.All(wire.Datagrams, d => Assert.True(d.Bytes.Length <= Packet.MaxSize));
    }

    /// <summary>As with a peer that takes none: it drops them for their length.</summary>
    [Fact]
    public void A_path_that_drops_large_packets_is_asked_three_times_in_ten_minutes_and_loses_nothing_else()
    {
        (World world, Link link) = Connect(403);
        List<long> probes = new();
        world.Net.Tap = new Tap(d =>
        {
            if (d.Bytes.Length > Packet.MaxSize)
            {
                probes.Add(world.Now);
            }

            return d.Bytes.Length <= Packet.MaxSize;
        });
        long begun = world.Now;
        while (world.Now - begun < RaiseTime - 10_000)
        {
            Send(world, link, true, 100_000);
            world.Run(2000);
        }

        Assert.Equal(3, probes.Count);
        Assert.True(probes[1] - probes[0] >= 200 && probes[2] - probes[1] >= 200);
        Assert.Equal(0u, link.Server.Counters.Retransmissions);
        while (world.Now - begun < RaiseTime + 20_000)
        {
            Send(world, link, true, 100_000);
            world.Run(2000);
        }

        Assert.InRange(probes.Count, 4, 6);
        Assert.True(probes[3] - probes[2] >= RaiseTime);
    }

    [Fact]
    public void A_path_that_takes_large_packets_no_more_is_left_alone_for_ten_minutes()
    {
        (World world, Link link) = Connect(404);
        Send(world, link, true, 200_000);
        int dropped = 0;
        world.Net.Tap = new Tap(d =>
        {
            dropped += d.Bytes.Length > Packet.MaxSize ? 1 : 0;
            return d.Bytes.Length <= Packet.MaxSize;
        });
        for (int i = 0; i < 5; i++)
        {
            Send(world, link, true, 200_000);
        }

        Assert.InRange(dropped, 3, 30);
        int before = dropped;
        for (int i = 0; i < 20; i++)
        {
            Send(world, link, true, 200_000);
        }

        Assert.Equal(before, dropped);
        world.Net.Tap = null;
        world.Run(RaiseTime);
        Recorder wire = new();
        world.Net.Tap = wire;
        Send(world, link, true, 200_000);
        Assert.Contains(wire.Datagrams, d => d.Bytes.Length == LargeSize);
    }

    [Theory]
    [InlineData(411u)]
    [InlineData(412u)]
    [InlineData(413u)]
    [InlineData(414u)]
    public void Every_reliable_message_arrives_once_and_in_order_through_loss_copies_disorder_and_damage(uint seed)
    {
        (World world, Link link) = Connect(seed);
        Send(world, link, true, 200_000);
        Send(world, link, false, 200_000);
        int large = 0;
        world.Net.Tap = new Tap(d =>
        {
            large += d.Bytes.Length > Packet.MaxSize ? 1 : 0;
            return true;
        });
        world.Net.Delay = 10;
        world.Net.Jitter = 10;
        world.Net.LossPercent = 5;
        world.Net.DuplicatePercent = 5;
        world.Net.DamagePercent = 2;
        link.Exchange(60, 60_000, 600_000);
        Assert.True(large > 50);
        Assert.True(link.Near.Counters.Retransmissions > 0);
    }

    /// <summary>By a peer that does not keep to the window: none of its fragments is taken, so that all come again.</summary>
    [Fact]
    public void A_large_packet_that_needs_more_room_than_there_is_counts_as_never_received()
    {
        bool alters = false;
        HookedCore core = new(new SteeredCore(416))
        {
            Sealing = (packet, size, protection, number) =>
            {
                if (!alters || size != LargeSize || Packet.Type(packet) != PacketType.Data)
                {
                    return;
                }

                // All before their turn, for which there is room for four.
                alters = false;
                for (int at = Packet.HeaderSize; at < size - Packet.TagSize; at += Packet.MaxPayload)
                {
                    Wire.WriteU32(packet, at + DataPayload.MessageId, Wire.ReadU32(packet, at + DataPayload.MessageId) + 1);
                }
            },
        };
        ChannelOptions options = Options(World.ClientOptions(suite: 2));
        options.ReceiveAhead = 4;
        (World world, Link link) = Connect(new World(416) { Core = core }, client: options);
        Send(world, link, true, 200_000);
        alters = true;
        Send(world, link, true, 50_000);
        Assert.False(alters);
        Assert.Equal(1u, link.Near.Counters.Drops(DropCause.NoRoom));
        Assert.Equal(0u, link.Near.Delivery.Inbox.FireAndForgetDropped);
    }

    [Fact]
    public void Who_takes_no_messages_gets_no_more_than_there_is_room_for()
    {
        (World world, Link link) = Connect(405);
        Send(world, link, true, 200_000);

        // The application takes nothing: room is for the message whose turn it is, and for 64 fragments.
        byte[][] messages = Enumerable.Range(1, 40).Select(i => Bytes(20_000, i)).ToArray();
        int sent = 0;
        world.RunUntil(
            () =>
            {
                while (sent < messages.Length && link.TrySend(link.Server, messages[sent]))
                {
                    sent++;
                }

                world.Flush();
                return link.Near.Delivery.Inbox.RoomAhead == 0 || world.Now > 100_000;
            },
            200_000,
            "a full inbox");
        world.Run(5000);
        for (int taken = 0; taken < messages.Length;)
        {
            while (sent < messages.Length && link.TrySend(link.Server, messages[sent]))
            {
                sent++;
            }

            byte[]? message = null;
            world.RunUntil(() => (message = Link.Take(link.Near, world.Now)) != null, 20_000, "a message");
            Assert.Equal(messages[taken++], message);
        }
    }

    /// <summary>By a peer that has the key: nothing of it is taken, and the session goes on.</summary>
    [Theory]
    [InlineData("no message")]
    [InlineData("another count")]
    [InlineData("short")]
    public void A_large_packet_with_a_fragment_that_is_malformed_is_malformed(string how)
    {
        bool alters = false;
        int altered = 0;
        HookedCore core = new(new SteeredCore(406))
        {
            Sealing = (packet, size, protection, number) =>
            {
                if (!alters || size != LargeSize || Packet.Type(packet) != PacketType.Data)
                {
                    return;
                }

                altered++;
                int third = Packet.HeaderSize + (2 * Packet.MaxPayload);
                switch (how)
                {
                    case "no message":
                        Wire.WriteU16(packet, third + DataPayload.FragmentCount, 0);
                        break;
                    case "another count":
                        Wire.WriteU16(packet, third + DataPayload.FragmentIndex, 255);
                        break;
                    default:
                        // Not the last of its message, and shorter than the others.
                        packet[third + DataPayload.Delivery] = 7;
                        break;
                }
            },
        };
        (World world, Link link) = Connect(new World(406) { Core = core });
        Send(world, link, true, 200_000);
        alters = true;
        Assert.True(link.TrySend(link.Server, Bytes(60_000, 9)));
        world.Flush();
        world.Run(500);
        alters = false;
        Assert.NotEqual(0, altered);
        Assert.Equal((uint)altered, link.Near.Counters.Drops(DropCause.Malformed));
        Assert.Null(Link.Take(link.Near, world.Now));
        Assert.Equal(SessionState.Established, link.Near.State);
    }

    [Fact]
    public void A_fragment_twice_in_one_packet_is_taken_once()
    {
        bool alters = false;
        HookedCore core = new(new SteeredCore(407))
        {
            Sealing = (packet, size, protection, number) =>
            {
                if (alters && size == LargeSize && Packet.Type(packet) == PacketType.Data)
                {
                    alters = false;
                    Array.Copy(packet, Packet.HeaderSize, packet, Packet.HeaderSize + Packet.MaxPayload, Packet.MaxPayload);
                }
            },
        };
        (World world, Link link) = Connect(new World(407) { Core = core });
        Send(world, link, true, 200_000);
        alters = true;
        Assert.True(link.TrySend(link.Server, Bytes(20_000, 3)));
        world.Flush();
        world.Run(5000);
        Assert.False(alters);
        Assert.Null(Link.Take(link.Near, world.Now));
        Assert.Equal(SessionState.Established, link.Near.State);
        Assert.Equal(0u, link.Near.Counters.Drops(DropCause.Malformed));
    }

    [Fact]
    public void A_client_at_another_address_is_asked_again_what_its_path_takes()
    {
        (World world, Link link) = Connect(408);
        Send(world, link, true, 200_000);
        byte[] elsewhere = { 10, 0, 0, 77 };
        world.Net.Tap = new Tap(d =>
        {
            // As behind a NAT that has given it another address, on a way that takes 1 200 bytes.
            if (!d.FromServer && d.Sender != 77)
            {
                Endpoint moved = new();
                moved.CopyFrom(d.From);
                moved.SetAddress(elsewhere);
                world.Net.Inject(moved, d.To, d.Bytes, d.Bytes.Length);
                return false;
            }

            if (d.FromServer && d.To.Address[3] == 77 && d.Bytes.Length <= Packet.MaxSize)
            {
                Endpoint back = new();
                back.CopyFrom(d.To);
                back.SetAddress(new byte[] { 10, 0, 0, 2 });
                world.Net.Inject(d.From, back, d.Bytes, d.Bytes.Length);
            }

            return false;
        });
        Assert.True(link.TrySend(link.Near, new byte[100]));
        world.Flush();
        world.Run(5000);
        int large = 0;
        IMemoryTap path = world.Net.Tap;
        world.Net.Tap = new Tap(d =>
        {
            large += d.Bytes.Length > Packet.MaxSize ? 1 : 0;
            return path.Pass(d.From, d.To, d.Bytes, d.Bytes.Length);
        });
        uint before = link.Server.Counters.Retransmissions;
        Send(world, link, true, 200_000);
        Assert.InRange(large, 1, 3);
        Assert.Equal(before, link.Server.Counters.Retransmissions);
    }

    /// <summary>It is as small as what it answers, and proves nothing; the next HEARTBEAT to the path is the probe.</summary>
    [Fact]
    public void An_answer_that_goes_elsewhere_is_no_probe()
    {
        (World world, Link link) = Connect(417);
        Endpoint elsewhere = new();
        elsewhere.SetAddress(new byte[] { 10, 0, 0, 77 });
        elsewhere.Port = 77;
        link.Server.Path.AnswerTo(new Arrival().Of(new byte[Packet.MaxSize], Packet.MaxSize, elsewhere, link.Server.Path.LocalPort, world.Now), false);
        Recorder wire = new();
        world.Net.Tap = wire;
        Send(world, link, true, 200_000);
        Captured answer = Assert.Single(wire.FromServer, d => d.To.Address[3] == 77);
        Assert.True(answer.Bytes.Length < Packet.MaxSize);
        Assert.Contains(wire.FromServer, d => d.Bytes.Length == LargeSize);
    }

    [Fact]
    public void A_session_that_pads_its_messages_sends_no_large_packets()
    {
        ChannelOptions options = Options(World.ServerOptions());
        options.Padding = 100;
        (World world, Link link) = Connect(new World(409), options);
        Recorder wire = new();
        world.Net.Tap = wire;
        Send(world, link, true, 200_000);
        Assert.All(wire.Datagrams, d => Assert.True(d.Bytes.Length <= Packet.MaxSize));
    }

    [Fact]
    public void A_stranger_with_large_datagrams_is_dropped()
    {
        (World world, Link link) = Connect(410);
        Endpoint stranger = new();
        stranger.SetAddress(new byte[] { 10, 0, 0, 9 });
        stranger.Port = 9;
        uint before = world.Server.Counters.Drops(DropCause.Unreadable);
        byte[] junk = new byte[LargeSize + 1];
        foreach (int size in new[] { Packet.MaxSize + 1, LargeSize, LargeSize + 1 })
        {
            new Random(size).NextBytes(junk);
            world.Server.Receive(junk, size, stranger, link.Server.Path.LocalPort, world.Now, world.ServerHost.UtcNow);
        }

        Assert.Equal(before + 3, world.Server.Counters.Drops(DropCause.Unreadable));
    }

    private static (World World, Link Link) Connect(uint seed) => Connect(new World(seed));

    private static (World World, Link Link) Connect(World world, ChannelOptions? server = null, ChannelOptions? client = null, bool tries = true)
    {
        world.StartServer(server ?? Options(World.ServerOptions(), tries));
        Link link = world.Connect(client ?? Options(World.ClientOptions(suite: 2), tries));
        world.Run(1000);
        return (world, link);
    }

    private static ChannelOptions Options(ChannelOptions options, bool tries = true)
    {
        options.SendsLargePackets = tries;
        options.MaxMessageSize = DataPayload.FragmentSize * DataPayload.MaxFragments;
        options.ReceiveAhead = 64;
        options.SendBuffers = 256;
        return options;
    }

    private static byte[] Bytes(int size, int seed)
    {
        byte[] bytes = new byte[size];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private static void Send(World world, Link link, bool fromServer, int size)
    {
        (Session from, Session to) = fromServer ? (link.Server, link.Near) : (link.Near, link.Server);
        byte[] message = Bytes(size, size);
        byte[]? taken = null;
        Assert.True(link.TrySend(from, message));
        world.Flush();
        world.RunUntil(() => (taken ??= Link.Take(to, world.Now)) != null && from.AllAcknowledged, 60_000, () => $"{size} bytes\n{Link.Describe(from)}\n{Link.Describe(to)}");
        Assert.Equal(message, taken);
    }
}
