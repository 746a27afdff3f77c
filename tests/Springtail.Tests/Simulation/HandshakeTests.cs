using System;
using System.Collections.Generic;
using System.Linq;
using Springtail.Keys;
using Springtail.Packets;
using Springtail.Sessions;
using Springtail.Transport;
using Xunit;

namespace Springtail.Tests.Simulation;

/// <summary>The handshake of PROTOCOL.md 5: what it brings about, what it survives, and whom it refuses.</summary>
public sealed class HandshakeTests
{
    private const long SynSchedule = 10000;

    [Theory]
    [InlineData(1, 0)]
    [InlineData(1, 1)]
    [InlineData(1, 2)]
    [InlineData(1, 3)]
    [InlineData(3, 0)]
    [InlineData(3, 3)]
    [InlineData(2, 0)]
    [InlineData(2, 2)]
    public void Both_sides_agree_and_messages_go_both_ways(int suite, int features)
    {
        World world = new(1);
        world.StartServer();
        Link link = world.Connect(World.ClientOptions(features, suite));
        Assert.Equal(features, link.Near.Features);
        Assert.Equal(suite, link.Server.Suite);
        Assert.Equal(link.Near.Id, link.Server.Id);
        link.Exchange(50, 3000, 60000);
        Assert.Equal(0u, link.Near.Counters.DropsInAll + link.Server.Counters.DropsInAll + world.Server.Counters.DropsInAll);
    }

    [Fact]
    public void Any_of_the_first_SYN_and_SYN_ACK_copies_may_be_lost_and_the_offset_is_right()
    {
        // SYN copies by their place; SYN_ACKs by the SYN copy that they answer. Only when no pair is left does it take a second attempt.
        for (int lost = 0; lost < 1 << 10; lost++)
        {
            int lostSyn = lost & 31;
            int lostSynAck = lost >> 5;
            if ((lostSyn | lostSynAck) == 31)
            {
                continue;
            }

            // Early in a rendezvous interval, so that every port that a copy goes to is one that the server has open.
            World world = new(2) { Core = new SteeredCore(2) { QuickPbkdf2 = true } };
            MemoryTransport device = world.Net.Host(2);
            world.ServerHost.UtcBase -= world.ServerHost.UtcNow % 10000 - 500;
            device.UtcBase = world.ServerHost.UtcBase + 3300;
            world.Net.Delay = 40;
            world.StartServer();
            int syns = 0;
            int answering = -1;
            world.Net.Tap = new Tap(d =>
            {
                if (d.FromServer ? d.Bytes.Length == 181 : d.Bytes.Length == 157)
                {
                    if (!d.FromServer)
                    {
                        answering = syns;
                        return (lostSyn & (1 << syns++)) == 0;
                    }

                    return (lostSynAck & (1 << answering)) == 0;
                }

                return true;
            });
            Link link = world.Connect(host: device);
            Assert.True(1 == link.Client.Attempts, $"lost {lost}: {link.Client.Attempts} attempts");
            Assert.True(-3300 == link.Near.ClockOffset(world.Now), $"lost {lost}: offset {link.Near.ClockOffset(world.Now)}");
        }
    }

    [Fact]
    public void A_second_attempt_has_new_keys_and_a_third_is_the_last()
    {
        World world = new(3);
        world.StartServer();
        HashSet<string> keys = new();
        int syns = 0;
        world.Net.Tap = new Tap(d =>
        {
            syns++;
            keys.Add(Convert.ToHexString(d.Bytes));
            return false;
        });
        Client client = world.StartClient();
        world.Run(35000);
        Assert.Equal(ClientState.Calling, client.State);
        world.Run(2000);
        Assert.Equal(ClientState.Failed, client.State);
        Assert.Equal(3, client.Attempts);
        Assert.Equal(39, syns);
        Assert.Equal(39, keys.Count);
    }

    [Fact]
    public void SYN_copies_go_out_on_time_to_the_rendezvous_ports_named()
    {
        World world = new(4);
        world.StartServer();
        List<(long At, int Port)> sent = new();
        world.Net.Tap = new Tap(d =>
        {
            sent.Add((world.Now, d.To.Port));
            return false;
        });
        MemoryTransport device = world.Net.Host(2);
        device.UtcBase -= device.UtcBase % SynSchedule;
        long start = world.Now;
        world.StartClient(host: device);
        world.Run(9900);
        Assert.Equal(new long[] { 0, 500, 1250, 2000, 3000, 4000, 5000, 6000, 7000, 8000, 9000 }, sent.Select(s => s.At - start));
        byte[] daily = Keys.LongTermKeys.DailyKey(TestCore.Instance, World.Psk, Keys.Dates.Date((ulong)device.UtcNow));
        ulong r = (ulong)(device.UtcBase + start) / 10000;

        // The last goes out in the span after r, two before which is r - 1.
        int[] expected = new[] { r, r, r - 1, r + 1, r - 2, r + 2, r, r, r - 1, r + 1, r - 1 }.Select(i => Keys.Rendezvous.Port(TestCore.Instance, daily, i, 24576, 1024)).ToArray();
        Assert.Equal(expected, sent.Select(s => s.Port));
    }

    [Theory]
    [InlineData(400)]
    [InlineData(-400)]
    [InlineData(9000)]
    [InlineData(-9000)]
    public void Clocks_may_differ(long difference)
    {
        foreach (int features in new[] { 0, 2 })
        {
            World world = new(5);
            MemoryTransport device = world.Net.Host(2);
            device.UtcBase += difference;
            world.StartServer();
            world.Run(10000);
            Link link = world.Connect(World.ClientOptions(features), device);
            link.Exchange(40, 2000, 60000);
            Assert.InRange(link.Near.ClockOffset(world.Now), -difference - 1, -difference + 1);
        }
    }

    [Theory]
    [InlineData(29000)]
    [InlineData(-29000)]
    public void Clocks_may_be_29_s_apart_at_each_phase_of_the_rendezvous(long difference)
    {
        for (int phase = 0; phase < 10000; phase += 500)
        {
            World world = new((uint)(500 + phase));
            MemoryTransport device = world.Net.Host(2);
            device.UtcBase += difference;
            world.StartServer();
            world.Run(60000 + phase);
            Assert.Equal(1, world.Connect(host: device).Client.Attempts);
        }
    }

    [Theory]
    [InlineData(31000)]
    [InlineData(-41000)]
    public void A_clock_more_than_30_s_ahead_or_40_s_behind_gets_no_answer_and_the_server_knows_why(long difference)
    {
        World world = new(6);
        MemoryTransport device = world.Net.Host(2);
        device.UtcBase += difference;
        ChannelOptions server = World.ServerOptions();
        server.RendezvousPort = 4000;
        world.StartServer(server);
        world.Run(60000);
        Recorder wire = new();
        world.Net.Tap = wire;
        ChannelOptions options = World.ClientOptions();
        options.RendezvousPort = 4000;
        Client client = world.StartClient(options, device);
        world.RunUntil(() => client.State == ClientState.Failed, 40000, "failure");
        Assert.Empty(wire.FromServer);
        Assert.InRange(Math.Abs(world.Server.LastClockError - difference), 0, 20);
        Assert.Equal(39u, world.Server.Counters.Drops(DropCause.Timestamp));
    }

    [Theory]
    [InlineData(-3000)]
    [InlineData(-200)]
    [InlineData(300)]
    public void Midnight_passes_during_handshake_and_session(long beforeMidnight)
    {
        World world = new(7);
        MemoryTransport device = world.Net.Host(2);
        long midnight = 1792713600000;
        Assert.Equal(0, midnight % 86400000);
        world.ServerHost.UtcBase = midnight + beforeMidnight - world.Now;
        device.UtcBase = world.ServerHost.UtcBase - 350;
        world.Net.LossPercent = 20;
        world.StartServer();
        world.Run(500);
        Link link = world.Connect(host: device);
        link.Exchange(200, 2000, 120000);
        Assert.True(world.ServerHost.UtcNow > midnight);
    }

    [Fact]
    public void Somebody_without_the_PSK_gets_no_answer_at_all()
    {
        World world = new(8);
        ChannelOptions server = World.ServerOptions();
        server.RendezvousPort = 4000;
        world.StartServer(server);
        Recorder wire = new();
        world.Net.Tap = wire;
        ChannelOptions options = World.ClientOptions();
        options.RendezvousPort = 4000;
        options.Psk = (byte[])World.Psk.Clone();
        options.Psk[31] ^= 1;
        Client client = world.StartClient(options);
        world.RunUntil(() => client.State == ClientState.Failed, 40000, "failure");
        Assert.Empty(wire.FromServer);
        Assert.Equal(39u, world.Server.Counters.Drops(DropCause.Unreadable));
    }

    [Fact]
    public void A_point_off_the_curve_in_a_SYN_is_refused_without_an_answer()
    {
        World world = new(9) { Core = new SteeredCore(9) { BadPoint = 0 } };
        world.StartServer();
        Recorder wire = new();
        world.Net.Tap = wire;
        Client client = world.StartClient();
        world.Run(9900);
        Assert.Empty(wire.FromServer);
        Assert.Equal(ClientState.Calling, client.State);
        Assert.Equal(1u, world.Server.Counters.Drops(DropCause.KeyExchange));
    }

    [Fact]
    public void A_point_off_the_curve_in_a_SYN_ACK_is_dropped_and_the_client_waits_on()
    {
        World world = new(10) { Core = new SteeredCore(10) { BadPoint = 1 } };
        world.StartServer();
        Client client = world.StartClient();
        world.Run(9900);
        Assert.Equal(ClientState.Calling, client.State);
        Assert.Equal(11u, client.Counters.Drops(DropCause.KeyExchange));
        world.RunUntil(() => client.State == ClientState.Connected, 30000, "the second attempt");
    }

    [Fact]
    public void A_SYN_from_before_the_server_started_is_not_taken()
    {
        World world = new(11);
        world.StartServer();
        Recorder wire = new();
        world.Net.Tap = wire;
        world.StartClient();
        Captured syn = wire.Datagrams[0];
        Assert.NotEqual(1, syn.Sender);

        // The same server, started anew two seconds later, without its memory.
        World restarted = new(11);
        restarted.Net.Advance(restarted.Now + 2000);
        restarted.StartServer();
        restarted.Net.Inject(syn.From, syn.To, syn.Bytes, syn.Bytes.Length);
        int sent = restarted.Net.Sent;
        restarted.Run(1000);
        Assert.Equal(sent, restarted.Net.Sent);
        Assert.Equal(1u, restarted.Server.Counters.Drops(DropCause.Timestamp));
    }

    [Fact]
    public void A_copied_SYN_is_answered_once_to_each_of_the_last_four_addresses()
    {
        World world = new(12);
        world.StartServer();
        List<Captured> answers = new();
        Captured? first = null;
        world.Net.Tap = new Tap(d =>
        {
            first ??= d;
            if (d.FromServer)
            {
                answers.Add(d);
            }

            return d.FromServer || d == first;
        });
        Client client = world.StartClient();
        world.Run(100);
        Endpoint elsewhere = new();
        elsewhere.SetAddress(new byte[] { 10, 0, 0, 66 });
        void Give(int port, int expected)
        {
            answers.Clear();
            elsewhere.Port = port;
            world.Net.Inject(elsewhere, first!.To, first.Bytes, first.Bytes.Length);
            world.Run(20);
            Assert.Equal(expected, answers.Count);
            Assert.All(answers, a => Assert.True(a.To.SameAs(elsewhere) && a.Bytes.Length <= 3 * first!.Bytes.Length));
        }

        // The client's own address has had the first answer.
        for (int port = 6000; port < 6003; port++)
        {
            Give(port, 1);
            Give(port, 0);
        }

        for (int port = 6000; port < 6003; port++)
        {
            Give(port, 0);
        }

        for (int port = 6003; port < 6020; port++)
        {
            Give(port, 1);
        }

        Give(6000, 1);
        Give(6019, 0);
        Give(6018, 0);
        Give(6017, 0);
        Give(6016, 1);
    }

    [Fact]
    public void A_mirrored_SYN_is_not_answered()
    {
        World world = new(13);
        Installation own = new();
        ChannelOptions listening = World.ServerOptions();
        listening.Installation = own;
        listening.RendezvousPort = 4000;
        world.StartServer(listening);
        ChannelOptions connecting = World.ClientOptions();
        connecting.Installation = own;
        connecting.RendezvousPort = 4000;
        Recorder wire = new();
        world.Net.Tap = wire;
        world.StartClient(connecting);
        world.Run(2000);
        Assert.Empty(wire.FromServer);
        Assert.Equal(3u, world.Server.Counters.Drops(DropCause.Reflected));
    }

    [Fact]
    public void Half_open_sessions_of_a_PSK_are_at_most_two_and_the_oldest_gives_way()
    {
        World world = new(14);
        world.StartServer();
        world.Net.Tap = new Tap(d => !d.FromServer);
        Client[] clients = Enumerable.Range(2, 4).Select(i => world.StartClient(host: world.Net.Host(i))).ToArray();
        world.Run(400);
        int[] ports = new int[64];
        world.Server.GetPorts(ports);
        world.Net.Tap = null;
        world.RunUntil(() => clients.Count(c => c.State == ClientState.Connected) >= 2, 9000, "two of four");
        world.Run(9000 - 400);
        Assert.True(clients[2].State == ClientState.Connected && clients[3].State == ClientState.Connected);
        Assert.True(clients[0].State == ClientState.Calling && clients[1].State == ClientState.Calling);
    }

    [Fact]
    public void A_half_open_session_dies_after_60_s_and_leaves_no_port_open()
    {
        World world = new(15);
        ChannelOptions options = World.ServerOptions();
        options.DiscoveryPort = 0;
        world.StartServer(options);
        int ports = world.ServerHost.OpenPorts;
        world.Net.Tap = new Tap(d => d.Bytes.Length is 157 or 181);
        Client client = world.StartClient();
        world.RunUntil(() => client.State == ClientState.Confirming, 5000, "the SYN_ACK");
        Assert.Equal(ports + 3, world.ServerHost.OpenPorts);
        client.Abandon();
        world.Run(61000);
        Assert.Equal(ports, world.ServerHost.OpenPorts);
    }

    // What the server took for its SYN_ACK, as it says, in ms; and for how long the ACK is repeated: 4 s, the round trip, four times that.
    [Theory]
    [InlineData(0, 4020)]
    [InlineData(1000, 8020)]
    [InlineData(4500, 20_000)]
    public void A_client_whose_confirmations_are_lost_begins_anew(int held, int lasts)
    {
        World world = new(16)
        {
            Core = new HookedCore(new SteeredCore(16))
            {
                Sealing = (packet, size, protection, number) =>
                {
                    if (Packet.Type(packet) == PacketType.SynAck)
                    {
                        Wire.WriteU32(packet, 12, (uint)held);
                    }
                },
            },
        };
        world.Net.Delay = (20 + held) / 2;
        world.StartServer();
        List<long> confirmations = new();
        long begun = long.MaxValue;
        bool lose = true;
        world.Net.Tap = new Tap(d =>
        {
            bool isConfirmation = !d.FromServer && d.Bytes.Length == 92;
            if (lose && isConfirmation)
            {
                confirmations.Add(world.Now);
            }
            else if (lose && !d.FromServer && confirmations.Count != 0)
            {
                begun = Math.Min(begun, world.Now);
            }

            return !(lose && isConfirmation);
        });
        Client client = world.StartClient();
        world.RunUntil(() => begun != long.MaxValue, 35000, "a second attempt");
        Assert.Equal(2, client.Attempts);
        Assert.InRange(begun - confirmations[0], lasts - 1, lasts + 1);
        Assert.Equal(new long[] { 0, 500, 1500, 3500, 5500, 7500, 9500, 11500, 13500, 15500, 17500, 19500 }.Where(t => t < lasts), confirmations.Distinct().Select(t => t - confirmations[0]));

        // From the third on two neighbouring windows are tried as well.
        Assert.All(confirmations.GroupBy(t => t).Select((g, i) => (g, i)), c => Assert.Equal(c.i < 2 ? 1 : 3, c.g.Count()));
        lose = false;
        world.Net.Delay = 10;
        held = 0;
        world.RunUntil(() => client.State == ClientState.Connected, 10000, "the session");
    }

    [Theory]
    [InlineData(10)]
    [InlineData(300)]
    public void A_client_whose_server_ends_after_its_SYN_ACK_is_with_the_next_one_within_5_s_and_three_round_trips(int delay)
    {
        World world = new(19);
        world.Net.Delay = delay;
        world.StartServer();
        Client client = world.StartClient();
        world.RunUntil(() => client.State == ClientState.Confirming, 5000, "the SYN_ACK");
        world.RestartServer(World.ServerOptions(), pause: 1);
        world.RunUntil(() => client.State == ClientState.Connected, 5000 + (6 * delay), "the session");
        Assert.Equal(2, client.Attempts);
    }

    [Fact]
    public void A_new_session_of_a_PSK_takes_the_place_of_the_oldest_once_it_is_established()
    {
        World world = new(17);
        ChannelOptions options = World.ServerOptions();
        options.SessionsPerPsk = 1;
        world.StartServer(options);
        Link first = world.Connect();
        Client second = world.StartClient(host: world.Net.Host(3));
        Assert.Equal(SessionState.Established, first.Server.State);
        world.RunUntil(() => second.State == ClientState.Connected, 5000, "the second session");
        world.Run(200);
        Assert.Equal(SessionState.Ended, first.Server.State);
        Assert.Equal(SessionState.Ended, first.Near.State);
        Assert.Equal(ErrorCode.Terminated, first.Near.EndCode);
        Assert.Equal(1, world.Server.Sessions);
    }

    [Fact]
    public void A_suite_that_is_not_allowed_is_refused_in_silence_and_the_server_knows_which()
    {
        World world = new(18);
        ChannelOptions options = World.ServerOptions();
        options.Suite = 3;
        world.StartServer(options);
        Recorder wire = new();
        world.Net.Tap = wire;
        world.StartClient(World.ClientOptions(suite: 1));
        world.Run(2000);
        Assert.Empty(wire.FromServer);
        Assert.Equal(1, world.Server.LastRefusedSuite);
        Assert.Equal(1u, world.Server.Counters.Drops(DropCause.Suite));
    }

    [Fact]
    public void Both_sides_name_a_port_range_that_is_not_their_own()
    {
        World world = new(18);
        ChannelOptions server = World.ServerOptions();
        server.RendezvousPort = 4000;
        world.StartServer(server);
        ChannelOptions options = World.ClientOptions();
        options.PortCount--;
        options.RendezvousPort = 4000;
        Client client = world.StartClient(options);
        world.Run(2000);
        Assert.Equal(ErrorCode.PortRangeMismatch, client.FailureCode);
        Assert.Equal(ClientState.Failed, client.State);
        Assert.Null(client.Session);
        Assert.Contains("24576-25599, this side over 24576-25598", client.Explain(), StringComparison.Ordinal);
        Assert.Equal(24576, world.Server.OtherPortMin);
        Assert.Equal(1023, world.Server.OtherPortCount);
        Assert.Equal(1u, world.Server.Counters.Drops(DropCause.PortRange));
    }

    [Fact]
    public void The_SYN_memory_refuses_when_it_is_full_and_forgets_after_65_s()
    {
        World world = new(19);
        ChannelOptions options = World.ServerOptions();
        options.SynMemory = 2;
        world.StartServer(options);
        world.Connect();
        world.Connect(host: world.Net.Host(3));
        Client third = world.StartClient(host: world.Net.Host(4));
        world.Run(5000);
        Assert.Equal(ClientState.Calling, third.State);
        Assert.NotEqual(0u, world.Server.Counters.Drops(DropCause.Limit));
        third.Abandon();
        world.Run(65000);
        world.Connect(host: world.Net.Host(5));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void Two_peers_with_a_token_meet_in_suite_4(int features)
    {
        World world = new(22);
        ChannelOptions listening = World.ServerOptions();
        listening.Psk = null;
        listening.Token = "ocean-tiger";
        listening.Suite = 4;
        world.StartServer(listening);
        ChannelOptions connecting = World.ClientOptions(features, 4);
        connecting.Psk = null;
        connecting.Token = "ocean-tiger";
        Link link = world.Connect(connecting);
        link.Exchange(20, 3000, 60000);

        // The time sync that follows at once.
        Assert.True(link.Near.Counters.DropsInAll == 0);

        // A wrong token gets as far as the confirmation and no further.
        connecting.Token = "ocean-tigers";
        Client wrong = world.StartClient(connecting, world.Net.Host(3));
        world.Run(15000);
        Assert.Equal(ClientState.Confirming, wrong.State);
        Assert.Equal(1, world.Server.Sessions);
    }

    [Fact]
    public void A_token_is_refused_with_suites_1_to_3_and_a_PSK_with_suites_4_and_5()
    {
        ChannelOptions options = World.ClientOptions(suite: 5);
        Assert.Throws<ArgumentException>(options.Validate);
        options.Suite = 4;
        Assert.Throws<ArgumentException>(options.Validate);
        options.Psk = null;
        foreach (string token in new[] { "ocean", "ocean-", "-tiger", "Ocean-tiger", "ocean-tiger-", "a-b-c", "" })
        {
            options.Token = token;
            Assert.Throws<ArgumentException>(options.Validate);
        }

        options.Token = "ocean-tiger";
        options.Validate();
        options.Suite = 1;
        Assert.Throws<ArgumentException>(options.Validate);
    }

    [Fact]
    public void A_device_without_a_clock_asks_for_the_time_and_connects()
    {
        World world = new(20);
        MemoryTransport device = world.Net.Host(2);
        device.UtcBase = 0;
        world.Net.Delay = 80;
        world.StartServer();
        world.Run(3000);
        Endpoint discovery = new();
        discovery.CopyFrom(world.ServerHost.Address);
        discovery.Port = 1025;
        ClockQuery query = new(TestCore.Instance, World.ClientOptions(), discovery, device.Now);
        Driver driver = world.Add(device, query);
        world.RunUntil(() => query.Done, 5000, "the time");
        world.Remove(driver);
        device.UtcBase = query.UtcBase;
        Assert.Equal(world.ServerHost.UtcBase, query.UtcBase);
        world.Connect(host: device).Exchange(5, 100, 5000);
    }

    [Fact]
    public void A_clock_request_is_answered_once_and_each_PSK_once_a_second()
    {
        World world = new(21);
        world.StartServer();
        Recorder wire = new();
        world.Net.Tap = wire;
        Endpoint discovery = DiscoveryOf(world);
        ClockQuery first = new(TestCore.Instance, World.ClientOptions(), discovery, world.Now);
        world.Add(world.Net.Host(2), first);
        world.RunUntil(() => first.Done, 1000, "the time");
        Captured request = wire.Datagrams[0];
        world.Run(2000);
        world.Net.Inject(request.From, request.To, request.Bytes, request.Bytes.Length);
        world.Run(1000);
        Assert.Single(wire.FromServer);
        Assert.Equal(1u, world.Server.Counters.Drops(DropCause.Copy));

        ClockQuery second = new(TestCore.Instance, World.ClientOptions(), discovery, world.Now);
        ClockQuery third = new(TestCore.Instance, World.ClientOptions(), discovery, world.Now);
        world.Add(world.Net.Host(3), second);
        world.Add(world.Net.Host(4), third);
        world.Run(500);
        Assert.True(second.Done ^ third.Done);
        Assert.Equal(1u, world.Server.Counters.Drops(DropCause.Limit));

        byte[] other = (byte[])World.Psk.Clone();
        other[0] ^= 1;
        ClockQuery stranger = new(TestCore.Instance, new ChannelOptions { Psk = other }, discovery, world.Now);
        world.Add(world.Net.Host(5), stranger);
        int answers = wire.FromServer.Count();
        world.Run(1000);
        Assert.False(stranger.Done);
        Assert.Equal(answers, wire.FromServer.Count());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(16)]
    public void A_clock_request_is_answered_although_copies_from_elsewhere_are_there_first(int ports)
    {
        World world = new(23);
        world.StartServer();
        SideTests.Copy(world.Net, null, false, ports);
        Endpoint discovery = DiscoveryOf(world);
        ClockQuery query = new(TestCore.Instance, World.ClientOptions(), discovery, world.Now);
        world.Add(world.Net.Host(2), query);
        world.RunUntil(() => query.Done, 1000, "the time");
    }

    [Fact]
    public void A_clock_request_of_one_PSK_does_not_end_the_answers_to_copies_of_anothers()
    {
        World world = new(24);
        ChannelOptions options = World.ServerOptions();
        byte[] other = (byte[])World.Psk.Clone();
        other[0] ^= 1;
        options.Psks = new[] { World.Psk, other };
        world.StartServer(options);
        Recorder wire = new();
        world.Net.Tap = wire;
        Endpoint discovery = DiscoveryOf(world);
        ClockQuery first = new(TestCore.Instance, World.ClientOptions(), discovery, world.Now);
        world.Add(world.Net.Host(2), first);
        world.Run(100);
        Captured request = wire.Datagrams[0];
        ClockQuery second = new(TestCore.Instance, new ChannelOptions { Psk = other }, discovery, world.Now);
        world.Add(world.Net.Host(3), second);
        world.Run(100);
        Assert.True(first.Done && second.Done);
        Endpoint elsewhere = new();
        elsewhere.SetAddress(new byte[] { 10, 0, 0, 66 });
        for (int copy = 0; copy < 2; copy++)
        {
            world.Net.Inject(elsewhere, request.To, request.Bytes, request.Bytes.Length);
            world.Run(100);
            Assert.Single(wire.FromServer, d => d.To.SameAs(elsewhere));
        }
    }

    [Fact]
    public void The_last_1_024_clock_requests_are_known_however_many_there_were()
    {
        World world = new(22);
        world.StartServer();
        Recorder wire = new();
        world.Net.Tap = wire;
        Endpoint discovery = DiscoveryOf(world);
        MemoryTransport asker = world.Net.Host(2);
        for (int i = 0; i < 1100; i++)
        {
            ClockQuery query = new(TestCore.Instance, World.ClientOptions(), discovery, world.Now);
            Driver driver = world.Add(asker, query);
            world.RunUntil(() => query.Done, 1000, "the time");
            world.Remove(driver);
            world.Run(1000);
        }

        Captured[] requests = [.. wire.Datagrams.Where(d => !d.FromServer)];
        int answers = wire.FromServer.Count();
        Assert.Equal(1100, requests.Length);
        Assert.Equal(1100, answers);
        foreach (Captured request in requests[^1024..])
        {
            world.Net.Inject(request.From, request.To, request.Bytes, request.Bytes.Length);
            world.Run(1000);
        }

        Assert.Equal(answers, wire.FromServer.Count());
        Assert.Equal(1024u, world.Server.Counters.Drops(DropCause.Copy));
    }

    private static Endpoint DiscoveryOf(World world)
    {
        Endpoint discovery = new();
        discovery.CopyFrom(world.ServerHost.Address);
        discovery.Port = 1025;
        return discovery;
    }
}
