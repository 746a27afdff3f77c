using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using Springtail.Delivery;
using Springtail.Packets;
using Springtail.Sessions;
using Xunit;

namespace Springtail.Tests.Simulation;

/// <summary>How fast, how often and for how long a session sends: windows, timers, the close (PROTOCOL.md 9 to 11).</summary>
public sealed class FlowTests
{
    // A DATA packet with a whole fragment.
    private const int FullPacket = Packet.MaxSize;

    [Fact]
    public void The_first_flight_is_four_packets_and_the_next_ones_grow()
    {
        World world = new(80);
        ChannelOptions options = World.ClientOptions();
        options.MaxMessageSize = 100000;
        options.ReceiveAhead = 100;
        world.StartServer();
        world.Net.Delay = 100;
        Link link = world.Connect(options);
        world.Run(300);
        List<long> sent = new();
        world.Net.Tap = Tap.TimesOf(d => d.FromServer && d.Bytes.Length == FullPacket, world, sent);
        long start = world.Now;
        Assert.True(link.TrySend(link.Server, new byte[60 * DataPayload.FragmentSize]));
        world.Flush();
        world.Run(199);
        Assert.Equal(4, sent.Count);
        world.Run(151);
        Assert.InRange(sent.Count, 5, 12);
        world.RunUntil(() => Link.Take(link.Near, world.Now) != null, 5000, "the message");
        Assert.InRange(sent.Count, 60, 60);
        Assert.True(world.Now - start < 2000, $"{world.Now - start} ms");
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(10)]
    public void An_ACK_that_is_lost_does_not_narrow_the_window(int each)
    {
        Assert.InRange(TimeOfMessage(each, out uint repeated), 0, TimeOfMessage(int.MaxValue, out _) * 5 / 4);
        Assert.Equal(0u, repeated);
    }

    // What a long message takes in ms where each so many-th ACK is lost.
    private static long TimeOfMessage(int each, out uint repeated)
    {
        World world = new(82);
        Link link = ConnectForLongMessages(world);
        int acks = 0;
        world.Net.Tap = new Tap(d => !d.FromServer || !d.IsAck || ++acks % each != 0);
        long start = world.Now;
        Assert.True(link.TrySend(link.Near, new byte[250 * DataPayload.FragmentSize]));
        world.Flush();
        world.RunUntil(() => Link.Take(link.Server, world.Now) != null, 60000, "the message");
        Assert.True(each == int.MaxValue || acks >= 100, $"{acks} ACKs");
        repeated = link.Near.Counters.Retransmissions;
        return world.Now - start;
    }

    [Theory]
    [InlineData(false, 100, 140)]
    [InlineData(true, 15, 30)]
    public void Packets_that_have_come_wait_for_those_that_come_with_them(bool together, int least, int most)
    {
        World world = new(83);
        Link link = ConnectForLongMessages(world);
        link.Client.MoreComes = () => together;
        List<long> acks = new();
        world.Net.Tap = Tap.TimesOf(d => !d.FromServer && d.IsAck, world, acks);
        Assert.True(link.TrySend(link.Server, new byte[240 * DataPayload.FragmentSize]));
        world.Flush();
        world.RunUntil(() => Link.Take(link.Near, world.Now) != null, 2000, "the message");
        Assert.InRange(acks.Count, least, most);
    }

    [Fact]
    public void The_last_of_the_packets_that_come_together_is_answered_at_once()
    {
        World world = new(84);
        Link link = ConnectForLongMessages(world);
        int come = 0;
        link.Client.MoreComes = () => ++come % 4 != 0;
        List<long> acks = new();
        world.Net.Tap = Tap.TimesOf(d => !d.FromServer && d.IsAck, world, acks);
        long start = world.Now;
        Assert.True(link.TrySend(link.Server, new byte[4 * DataPayload.FragmentSize]));
        world.Flush();
        world.Run(200);
        Assert.Equal(start + world.Net.Delay, Assert.Single(acks));
    }

    private static Link ConnectForLongMessages(World world)
    {
        ChannelOptions options = World.ClientOptions();
        options.MaxMessageSize = 250 * DataPayload.FragmentSize;
        options.ReceiveAhead = 300;
        options.SendBuffers = 300;
        world.StartServer(options);
        world.Net.Delay = 50;
        Link link = world.Connect(options);
        world.Run(300);
        return link;
    }

    [Fact]
    public void What_was_lost_for_long_goes_out_again_within_3_s()
    {
        World world = new(81);
        world.StartServer();
        world.Net.Delay = 250;
        Link link = world.Connect();
        world.Run(1000);

        // Nothing large passes for 40 s, while small packets of both sides go through.
        long calm = world.Now + 40000;
        world.Net.Tap = new Tap(d => d.Bytes.Length < 500 || world.Now >= calm);
        Assert.True(link.TrySend(link.Near, new byte[1000]));
        world.Flush();
        while (world.Now < calm)
        {
            world.Run(1000);
            link.TrySend(link.Server, new byte[1]);
            while (Link.Take(link.Near, world.Now) != null)
            {
            }

            world.Flush();
        }

        Assert.Equal(SessionState.Established, link.Near.State);
        Assert.Null(Link.Take(link.Server, world.Now));
        world.RunUntil(() => Link.Take(link.Server, world.Now) != null, 3000 + 250, "the message");
    }

    [Fact]
    public void A_loss_halves_the_window_and_a_timer_makes_it_one()
    {
        Congestion congestion = new();
        for (int i = 0; i < 16; i++)
        {
            congestion.Acknowledged();
        }

        Assert.Equal(20, congestion.Window);
        congestion.Lost(20);
        Assert.Equal(10, congestion.Window);
        for (int i = 0; i < 10; i++)
        {
            congestion.Acknowledged();
        }

        Assert.Equal(11, congestion.Window);
        congestion.Lost(11);
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(5, congestion.Window);
            congestion.Acknowledged();
        }

        Assert.Equal(6, congestion.Window);
        congestion.TimedOut(11);
        Assert.Equal(1, congestion.Window);
    }

    [Fact]
    public void The_timer_doubles_while_nothing_is_acknowledged()
    {
        World world = new(81);
        world.StartServer();
        Link link = world.Connect();
        link.Exchange(5, 100, 5000);
        List<long> sent = new();
        world.Net.Tap = new Tap(d =>
        {
            if (!d.FromServer && d.Bytes.Length == Packet.Overhead + DataPayload.HeaderSize + 500)
            {
                sent.Add(world.Now);
            }

            return false;
        });
        Assert.True(link.TrySend(link.Near, new byte[500]));
        world.Flush();
        world.Run(60000);
        Assert.True(sent.Count >= 8, $"{sent.Count} copies");
        for (int i = 2; i < sent.Count; i++)
        {
            Assert.Equal(Math.Min(2 * (sent[i - 1] - sent[i - 2]), 3000), sent[i] - sent[i - 1]);
        }
    }

    [Fact]
    public void A_lost_word_of_a_reopened_window_is_made_up_for_by_a_probe_and_a_closed_one_is_kept_to()
    {
        Link link = Reopened(82, out World world, out int sent, out int taken);
        world.RunUntil(
            () =>
            {
                taken += TakeAll(link.Near, world.Now);
                return taken == sent;
            },
            20000,
            () => $"{sent} messages ({taken})");
    }

    [Fact]
    public void A_side_that_always_has_something_to_send_tells_of_a_reopened_window_too()
    {
        Link link = Reopened(87, out World world, out int sent, out int taken);
        long next = world.Now;
        long probes = link.Server.Delivery.Timeout;
        world.RunUntil(
            () =>
            {
                taken += TakeAll(link.Near, world.Now);
                if (world.Now >= next && link.TrySend(link.Near, new byte[1]))
                {
                    next = world.Now + 10;
                }

                TakeAll(link.Server, world.Now);
                world.Flush();
                return taken == sent;
            },
            2 * probes,
            () => $"{sent} messages ({taken}) in two timers of {probes} ms");
    }

    [Fact]
    public void What_a_later_packet_has_overtaken_for_longer_than_a_round_trip_goes_out_again_at_once()
    {
        Link link = Spiked(88, out World world);
        Assert.True(link.Near.Delivery.Timeout > 1500, $"a timer of {link.Near.Delivery.Timeout} ms");
        world.Net.Tap = new Tap(d => d.FromServer);
        Assert.True(link.TrySend(link.Near, new byte[] { 1 }));
        world.Flush();
        world.Run(500);
        world.Net.Tap = null;
        Assert.True(link.TrySend(link.Near, new byte[] { 2 }));
        world.Flush();
        world.RunUntil(() => Link.Take(link.Server, world.Now) is [1], 100, "the first message");
        Assert.Equal(new byte[] { 2 }, Link.Take(link.Server, world.Now));
    }

    [Fact]
    public void A_packet_that_a_later_one_has_just_overtaken_is_given_its_time()
    {
        Link link = Spiked(89, out World world);
        world.Net.Tap = new Tap(d => d.FromServer);
        Assert.True(link.TrySend(link.Near, new byte[] { 1 }));
        world.Flush();
        world.Run(100);
        world.Net.Tap = null;
        Assert.True(link.TrySend(link.Near, new byte[] { 2 }));
        world.Flush();
        world.Run(500);
        Assert.Null(Link.Take(link.Server, world.Now));
        Assert.Equal(0u, link.Near.Counters.Retransmissions);
    }

    [Fact]
    public void A_timer_that_was_set_for_a_longer_round_trip_ends_after_the_one_that_is_measured()
    {
        Link link = Spiked(90, out World world);
        world.Net.Tap = new Tap(d => d.FromServer);
        Assert.True(link.TrySend(link.Near, new byte[] { 1 }));
        world.Flush();
        world.Net.Tap = null;
        for (int i = 0; i < 40; i++)
        {
            link.Near.Delivery.Measure(20, world.Now);
        }

        world.Flush();
        world.RunUntil(() => Link.Take(link.Server, world.Now) != null, 300, "the message");
    }

    [Fact]
    public void A_repeated_word_of_what_counts_as_lost_is_no_measure_and_an_ACK_is()
    {
        World world = new(91);
        world.StartServer();
        world.Net.Delay = 10;
        Link link = world.Connect();
        link.Exchange(5, 100, 5000);
        int before = link.Near.RoundTripTime;
        world.Run(100);

        // The server has both packets; its ACK, and what is sent again of the first one, is lost.
        int passed = 0;
        world.Net.Tap = new Tap(d => !d.FromServer && passed++ < 2);
        Assert.True(link.TrySend(link.Near, new byte[] { 0 }) && link.TrySend(link.Near, new byte[] { 1 }));
        world.Flush();
        world.Run(2900);
        Assert.True(link.Near.Delivery.Timeouts > 1);
        world.Net.Tap = new Tap(d => d.FromServer);
        Assert.True(link.TrySend(link.Server, new byte[] { 2 }));
        world.Flush();
        world.Run(50);
        Assert.Equal(new byte[] { 2 }, Link.Take(link.Near, world.Now));
        Assert.Equal(0, link.Near.Delivery.Timeouts);
        Assert.Equal(before, link.Near.RoundTripTime);

        // A path that has become slower than the timer is noticed all the same.
        world.Net.Tap = null;
        world.Run(5000);
        world.Net.Delay = 250;
        Assert.True(link.TrySend(link.Near, new byte[] { 3 }) && link.TrySend(link.Near, new byte[] { 4 }));
        world.Flush();
        world.RunUntil(() => link.Near.RoundTripTime > before + 50, 600, "the longer round trip");
    }

    [Fact]
    public void A_packet_that_was_overtaken_is_no_measure_of_the_round_trip()
    {
        World world = new(92);
        world.StartServer();
        world.Net.Delay = 10;
        Link link = world.Connect();
        link.Exchange(5, 100, 5000);
        world.Run(100);
        int before = link.Near.RoundTripTime;

        // The ACK of the first packet is late, that of the second is lost, and DATA that acknowledges the second alone comes before.
        Captured? late = null;
        world.Net.Tap = new Tap(d =>
        {
            late = d.FromServer ? late ?? d : late;
            return !d.FromServer;
        });
        Assert.True(link.TrySend(link.Near, new byte[] { 0 }, reliable: false));
        world.Flush();
        world.Run(45);
        Assert.NotNull(late);
        Assert.True(link.TrySend(link.Near, new byte[] { 1 }, reliable: false));
        world.Flush();
        world.Run(45);
        world.Net.Tap = null;
        Assert.True(link.TrySend(link.Server, new byte[] { 2 }));
        world.Flush();
        world.Run(11);
        int measured = link.Near.RoundTripTime;
        Assert.InRange(measured, before, before + 10);
        Assert.False(link.Near.AllAcknowledged);
        uint received = link.Near.Counters.PacketsReceived;
        world.Net.Inject(late.From, late.To, late.Bytes, late.Bytes.Length);
        world.Run(11);
        Assert.True(link.Near.AllAcknowledged);
        Assert.Equal(received + 1, link.Near.Counters.PacketsReceived);
        Assert.Equal(measured, link.Near.RoundTripTime);
    }

    /// <summary>The ACK of a packet is lost, and DATA says the same when the application next has something to send.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void DATA_is_a_measure_of_the_round_trip_unless_a_number_is_missing_before_it(bool missing)
    {
        World world = new(95);
        world.StartServer();
        world.Net.Delay = 10;
        Link link = world.Connect();
        link.Exchange(5, 100, 5000);
        for (int i = 0; i < 40; i++)
        {
            link.Near.Delivery.Measure(100, world.Now);
        }

        // What is no less than the least of late is a sample as DATA's alone.
        link.Near.Delivery.Measure(20, world.Now);
        int before = link.Near.RoundTripTime;
        world.Run(100);
        world.Net.Tap = new Tap(d => !missing || !d.FromServer);
        Assert.True(link.TrySend(link.Near, new byte[] { 0 }, reliable: false));
        world.Flush();
        world.Run(missing ? 170 : 15);
        world.Net.Tap = null;
        Assert.True(link.TrySend(link.Server, new byte[] { 1 }));
        world.Flush();
        world.Run(11);
        Assert.True(link.Near.AllAcknowledged);
        Assert.InRange(link.Near.RoundTripTime, missing ? before : 1, missing ? before : before - 1);
    }

    /// <summary>The delay was of seconds and is of milliseconds: a side that sends one message now and then has a timer of seconds still.</summary>
    [Fact]
    public void What_is_long_overdue_is_sent_again_when_the_peer_has_a_later_packet_of_any_type()
    {
        World world = new(96);
        world.StartServer();
        world.Net.Delay = 10;
        Link link = world.Connect();
        link.Exchange(5, 100, 5000);
        for (int i = 0; i < 40; i++)
        {
            link.Server.Delivery.Measure(500, world.Now);
        }

        for (int i = 0; i < 3; i++)
        {
            link.Server.Delivery.Measure(4000, world.Now);
        }

        Assert.InRange(link.Server.Delivery.Timeout, 4000, 10000);
        world.Run(100);

        // Its DATA is lost. It says nothing more of its own, only ACKs, which the client's DATA acknowledges. It may have come too early: the next goes to the present
        // window.
        List<int> ahead = new();
        world.Net.Tap = new Tap(d =>
        {
            bool isData = d.FromServer && d.Bytes.Length == Packet.Overhead + DataPayload.HeaderSize + 100;
            if (isData)
            {
                ahead.Add(link.Server.Delivery.OneWay);
            }

            return !isData || ahead.Count > 1;
        });
        byte[] message = new byte[100];
        Assert.True(link.TrySend(link.Server, message));
        world.Flush();
        for (int i = 0; i < 5; i++)
        {
            world.Run(90);
            Assert.True(link.TrySend(link.Near, new[] { (byte)i }));
            world.Flush();
            world.Run(10);
            Assert.Equal(new[] { (byte)i }, Link.Take(link.Server, world.Now));
        }

        world.Run(10);
        Assert.Equal(message, Link.Take(link.Near, world.Now));
        Assert.Equal(0, link.Server.Delivery.Timeouts);
        Assert.Equal(2, ahead.Count);
        Assert.InRange(ahead[0], 5, 250);
        Assert.Equal(0, ahead[1]);
    }

    /// <summary>A path on which ACKs get through, and DATA does not, sees DATA no more often than the timer would send it.</summary>
    [Fact]
    public void What_stays_overdue_is_sent_the_less_often_the_longer_it_takes()
    {
        World world = new(97);
        world.StartServer();
        world.Net.Delay = 10;
        Link link = world.Connect();
        link.Exchange(5, 100, 5000);
        world.Run(100);
        List<long> tries = new();
        world.Net.Tap = new Tap(d =>
        {
            bool isData = d.FromServer && d.Bytes.Length == Packet.Overhead + DataPayload.HeaderSize + 200;
            if (isData)
            {
                tries.Add(world.Now);
            }

            return !isData;
        });
        Assert.True(link.TrySend(link.Server, new byte[200]));
        world.Flush();
        for (int i = 0; i < 200; i++)
        {
            link.TrySend(link.Near, new byte[1]);
            world.Flush();
            world.Run(50);
            Link.Take(link.Server, world.Now);
        }

        Assert.InRange(tries.Count, 4, 9);
        Assert.Equal(SessionState.Established, link.Server.State);
        world.Net.Tap = null;
        world.RunUntil(() => Link.Take(link.Near, world.Now) != null, 4000, "the message");
    }

    // The client's window was closed, its application has taken what was there, and the ACK that says so is lost.
    private static Link Reopened(uint seed, out World world, out int sent, out int taken)
    {
        world = new(seed);
        world.StartServer();
        Link link = world.Connect();
        sent = 0;
        for (int i = 0; i < 12; i++)
        {
            sent += link.TrySend(link.Server, new[] { (byte)i }) ? 1 : 0;
        }

        world.Flush();
        world.Run(150);
        Assert.Equal(0u, link.Near.Counters.Drops(DropCause.NoRoom));
        world.Net.Tap = new Tap(d => d.FromServer);
        taken = TakeAll(link.Near, world.Now);
        Assert.InRange(taken, 1, sent - 1);
        world.Flush();
        world.Net.Tap = null;
        return link;
    }

    private static int TakeAll(Session session, long now)
    {
        int taken = 0;
        while (Link.Take(session, now) != null)
        {
            taken++;
        }

        return taken;
    }

    // A path of 20 ms there and back that took 2 s once, so that the timer is long.
    private static Link Spiked(uint seed, out World world)
    {
        world = new(seed);
        world.StartServer();
        world.Net.Delay = 10;
        Link link = world.Connect();
        link.Exchange(20, 100, 5000);
        world.Run(1000);
        link.Near.Delivery.Measure(2000, world.Now);
        return link;
    }

    [Fact]
    public void A_server_whose_application_reads_nothing_for_a_minute_is_not_called_anew()
    {
        World world = new(86);
        ChannelOptions options = World.ServerOptions();
        options.ReceiveAhead = 1;
        world.StartServer(options);
        options = World.ClientOptions();
        options.IsPlain = false;
        Link link = world.Connect(options);
        for (int i = 0; i < 4; i++)
        {
            Assert.True(link.TrySend(link.Near, new[] { (byte)i }));
        }

        world.Flush();
        world.Run(60000);
        Assert.NotEqual(0u, link.Server.Counters.Drops(DropCause.NoRoom));
        Assert.Equal(SessionState.Established, link.Near.State);
        Assert.Equal(1, link.Client.Attempts);
        for (int i = 0; i < 4; i++)
        {
            byte[]? taken = null;
            world.RunUntil(() => (taken = Link.Take(link.Server, world.Now)) != null, 11000, () => $"message {i}");
            Assert.Equal(new[] { (byte)i }, taken);
        }

        // The next that nobody answers is one of three timers again, or of 5 s.
        world.Net.Tap = new Tap(d => !d.FromServer);
        Assert.True(link.TrySend(link.Near, new byte[1]));
        world.Flush();
        world.RunUntil(() => link.Client.Attempts == 2, 5100, "the handshake beside the session");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Messages_are_padded_where_it_is_asked_for_and_the_other_side_takes_them_apart(bool both)
    {
        World world = new(87);
        ChannelOptions options = World.ServerOptions();
        options.IsPlain = false;
        options.Padding = both ? 1 : 0;
        world.StartServer(options);
        options = World.ClientOptions(suite: 2);
        options.IsPlain = false;
        options.Padding = 1;
        Link link = world.Connect(options);
        world.Run(1000);
        HashSet<int>[] sizes = { new(), new() };
        world.Net.Tap = new Tap(d =>
        {
            sizes[d.FromServer ? 1 : 0].Add(d.Bytes.Length);
            return true;
        });

        // An empty message, one byte, sizes about those that leave no room for padding, and two fragments.
        int f = DataPayload.FragmentSize;
        foreach (int size in new[] { 0, 0, 0, 0, 1, 1, 1, 1, f - 3, f - 2, f - 1, f, f + 1 })
        {
            byte[] message = new byte[size];
            new Random(size).NextBytes(message);
            foreach ((Session from, Session to) in new[] { (link.Near, link.Server), (link.Server, link.Near) })
            {
                byte[]? taken = null;
                Assert.True(link.TrySend(from, message));
                world.Flush();
                world.RunUntil(() => (taken = Link.Take(to, world.Now)) != null, 1000, () => $"{size} bytes");
                Assert.Equal(message, taken);
            }
        }

        const int Empty = Packet.Overhead + DataPayload.HeaderSize;
        Assert.DoesNotContain(Empty, sizes[0]);
        Assert.DoesNotContain(Empty + 1, sizes[0]);
        Assert.InRange(sizes[0].Count(s => s <= Empty + 1 + TrafficShape.MaxPadding), 6, 20);
        Assert.Equal(both, !sizes[1].Contains(Empty));
        Assert.All(sizes[0], s => Assert.InRange(s, Packet.Overhead, Packet.MaxSize));
    }

    [Fact]
    public void A_FIN_is_not_answered_while_messages_that_it_counts_are_missing()
    {
        bool finOfServer = false;
        HookedCore core = new(new SteeredCore(83))
        {
            Sealing = (packet, size, protection, number) => finOfServer |= Packet.FromServer(packet) && Packet.Type(packet) == PacketType.Fin,
        };
        World world = new(83) { Core = core };
        world.StartServer();
        Link link = world.Connect();
        world.Net.Tap = new Tap(d => d.FromServer || d.Bytes.Length < FullPacket);
        Assert.True(link.TrySend(link.Near, new byte[DataPayload.FragmentSize]));
        link.Near.Close(world.Now);
        world.Flush();
        world.RunUntil(() => link.Server.PeerClosed, 11000, "the FIN, 10 s later");
        Assert.False(finOfServer);
        world.Run(2000);
        Assert.False(finOfServer);
        world.Net.Tap = null;
        world.RunUntil(() => finOfServer, 20000, "the other FIN");
        Assert.Equal(DataPayload.FragmentSize, link.Server.NextMessageSize);
        world.RunUntil(() => link.Near.State == SessionState.Closed, 5000, "the close");
    }

    [Fact]
    public void A_fragment_that_contradicts_an_earlier_one_of_its_message_is_refused()
    {
        Inbox inbox = new(8, 4);
        byte[] bytes = new byte[DataPayload.FragmentSize];
        Assert.Equal(Inbox.Stored, inbox.Check(DataPayload.Reliable, 0, 0, 3, bytes.Length));
        inbox.Accept(Inbox.Stored, DataPayload.Reliable, 0, 0, 3, bytes, 0, bytes.Length, 0);
        Assert.Equal(Inbox.Malformed, inbox.Check(DataPayload.Reliable, 0, 1, 2, 5));
        Assert.Equal(Inbox.Malformed, inbox.Check(DataPayload.Reliable, 0, 3, 3, 5));
        Assert.Equal(Inbox.Malformed, inbox.Check(DataPayload.Reliable, 0, 1, 3, bytes.Length - 1));
        Assert.Equal(Inbox.Duplicate, inbox.Check(DataPayload.Reliable, 0, 0, 3, bytes.Length));
        Assert.Equal(Inbox.Stored, inbox.Check(DataPayload.Reliable, 0, 2, 3, 5));
    }

    [Theory]
    [InlineData(3, 2, 3)]
    [InlineData(3, 63, 3)]
    [InlineData(0, 2, 0)]
    [InlineData(0, 0, -1)]
    [InlineData(3, 1, -1)]
    [InlineData(3, 0, -1)]
    [InlineData(3, 1000, -1)]
    public void Padding_of_DATA_is_taken_off_and_what_is_none_is_refused(int size, int padding, int arrives)
    {
        World world = new(206);
        world.StartServer();
        Link link = world.Connect();
        Datagram datagram = new();
        byte[] fields = new byte[DataPayload.HeaderSize + size + (padding < 2 ? size == 0 ? 0 : 2 : padding < 1000 ? padding : 2)];
        Wire.WriteU16(fields, DataPayload.FragmentCount, 1);
        fields[DataPayload.Delivery] = DataPayload.Reliable | DataPayload.Padded;
        fields.AsSpan(DataPayload.HeaderSize, size).Fill(7);
        if (fields.Length >= DataPayload.HeaderSize + 2)
        {
            Wire.WriteU16(fields, fields.Length - 2, (ushort)padding);
        }

        fields.CopyTo(datagram.Buffer, Packet.HeaderSize);
        link.Near.Send(datagram, PacketType.Data, 0, PacketFlags.Psh, fields.Length, world.Now);
        world.Net.Inject(link.Server.Peer, datagram.To, datagram.Buffer, datagram.Size);
        world.Run(100);
        Assert.Equal(arrives, Link.Take(link.Server, world.Now)?.Length ?? -1);
        Assert.Equal(arrives < 0 ? 1u : 0u, link.Server.Counters.Drops(DropCause.Malformed));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(256)]
    [InlineData(1145)]
    public void Padding_that_is_asked_for_fills_each_DATA_to_a_multiple(int multiple)
    {
        World world = new(207);
        world.StartServer();
        ChannelOptions options = World.ClientOptions();
        options.Padding = multiple;
        Link link = world.Connect(options);
        foreach (int size in new[] { 0, 1, 2, 253, 254, 255, 1000, 1142, 1143, 1144, 1145 })
        {
            Recorder wire = new();
            world.Net.Tap = wire;
            byte[] message = new byte[size];
            new Random(size).NextBytes(message);
            Assert.True(link.TrySend(link.Near, message));
            world.Flush();
            world.Run(100);
            Assert.Equal(message, Link.Take(link.Server, world.Now));
            int filled = size > 1143 ? size : Math.Min(1145, (size + 1 + multiple) / multiple * multiple);
            Assert.Equal(Packet.Overhead + DataPayload.HeaderSize + filled, wire.Datagrams.First(d => !d.FromServer).Bytes.Length);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void DATA_and_its_acknowledgments_are_padded_like_other_packets_when_it_is_asked_for(int multiple)
    {
        World world = new(208);
        ChannelOptions listening = World.ServerOptions();
        ChannelOptions options = World.ClientOptions();
        foreach (ChannelOptions side in new[] { listening, options })
        {
            side.IsPlain = false;
            side.Padding = multiple;
        }

        world.StartServer(listening);
        Link link = world.Connect(options);
        Recorder wire = new();
        world.Net.Tap = wire;
        for (int i = 0; i < 60; i++)
        {
            Assert.True(link.TrySend(link.Near, [7]));
            world.Flush();
            world.Run(100);
            Assert.Equal([7], Link.Take(link.Server, world.Now));
        }

        int lengths = wire.Datagrams.Where(d => !d.FromServer).Select(d => d.Bytes.Length).Distinct().Count();
        int answers = wire.FromServer.Select(d => d.Bytes.Length).Distinct().Count();
        Assert.Equal(multiple != 0, lengths > 20);
        Assert.Equal(multiple != 0, answers > 20);
    }

    [Fact]
    public void A_fragment_sent_again_under_a_new_number_is_delivered_once()
    {
        World world = new(84);
        world.StartServer();
        Link link = world.Connect();
        world.Net.Tap = new Tap(d => !d.FromServer);
        Assert.True(link.TrySend(link.Near, new byte[] { 7 }));
        world.Flush();
        world.Run(50);
        Assert.NotNull(Link.Take(link.Server, world.Now));
        Inbox inbox = InboxOf(link.Server);
        int window = inbox.Window;
        world.Run(10000);
        Assert.Equal(window, inbox.Window);
        world.Net.Tap = null;
        world.RunUntil(() => link.Near.AllAcknowledged, 20000, "the acknowledgment");
        Assert.NotEqual(0u, link.Near.Counters.Retransmissions);
        Assert.Null(Link.Take(link.Server, world.Now));
        link.Exchange(5, 2000, 5000);
    }

    [Fact]
    public void An_incomplete_fire_and_forget_message_gives_its_room_back_after_5_s()
    {
        World world = new(85);
        world.StartServer();
        Link link = world.Connect();
        world.Net.Tap = new Tap(d => !d.FromServer || d.Bytes.Length != Packet.Overhead + DataPayload.HeaderSize + 10);
        Assert.True(link.TrySend(link.Server, new byte[DataPayload.FragmentSize + 10], reliable: false));
        world.Flush();
        world.Run(4900);
        Inbox inbox = InboxOf(link.Near);
        Assert.True(inbox.HoldsFireAndForget);
        world.Run(1000);
        Assert.False(inbox.HoldsFireAndForget);
        Assert.Equal(1u, inbox.FireAndForgetDropped);
        Assert.Null(Link.Take(link.Near, world.Now));
    }

    [Fact]
    public void The_clock_moves_by_at_most_a_tenth_of_elapsed_time_unless_the_correction_is_above_an_interval()
    {
        TimeFilter filter = new(1000, 40, 0);
        Assert.Equal(400, filter.Sample(600, 20, 500, 0));
        Assert.Equal(1000, filter.Offset(9));
        Assert.Equal(990, filter.Offset(100));
        Assert.Equal(600, filter.Offset(4000));
        Assert.Equal(600, filter.Offset(9000));
        Assert.Equal(400, filter.Sample(1000, 10, 500, 9000));
        Assert.Equal(700, filter.Offset(10000));

        // Of the last eight the one with the least delay counts.
        for (int i = 0; i < 7; i++)
        {
            filter.Sample(0, 30, 500, 20000);
            Assert.Equal(1000, filter.Offset(20000));
        }

        filter.Sample(0, 30, 500, 20000);
        Assert.Equal(0, filter.Offset(20000));
    }

    private static Inbox InboxOf(Session session) => session.Delivery.Inbox;
}
