using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using Springtail.Packets;
using Springtail.Sessions;
using Xunit;

namespace Springtail.Tests.Simulation;

/// <summary>New keys while the session goes on (PROTOCOL.md 12).</summary>
public sealed class RekeyTests
{
    // Sizes of REKEY_REQUEST and REKEY_RESPONSE on the wire with P-256.
    private const int RequestSize = 42 + 104;
    private const int ResponseSize = 42 + 116;

    [Theory]
    [InlineData(true, false, 1, 0)]
    [InlineData(false, true, 1, 0)]
    [InlineData(true, true, 1, 0)]
    [InlineData(true, true, 1, 3)]
    [InlineData(true, false, 2, 2)]
    [InlineData(false, true, 3, 1)]
    public void Either_side_or_both_at_once_may_ask(bool near, bool far, int suite, int features)
    {
        World world = new(60);
        world.StartServer();
        Link link = world.Connect(World.ClientOptions(features, suite));
        for (int epoch = 1; epoch <= 20; epoch++)
        {
            if (near)
            {
                link.Near.Rekey(world.Now);
            }

            if (far)
            {
                link.Server.Rekey(world.Now);
            }

            world.Flush();
            link.Exchange(10, 2000, 20000);
            world.Run(100);
            Assert.Equal(epoch, link.Near.Epoch);
            Assert.Equal(epoch, link.Server.Epoch);
            world.Run(6000);
        }

        Assert.Equal(20, link.Near.Rekeys);
        Assert.Equal(20, link.Server.Rekeys);
        Assert.Equal(0u, link.Near.Counters.Drops(DropCause.BadTag) + link.Server.Counters.Drops(DropCause.BadTag));
        Assert.Equal(0u, link.Near.Counters.Drops(DropCause.Epoch) + link.Server.Counters.Drops(DropCause.Epoch));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Who_drops_every_rekey_gets_the_end_of_the_session_and_no_more_packets_under_its_keys(int suite)
    {
        World world = new(72);
        ChannelOptions server = World.ServerOptions();
        ChannelOptions options = World.ClientOptions(0, suite);
        server.RekeyAfterSeconds = options.RekeyAfterSeconds = 60;
        world.StartServer(server);
        Link link = world.Connect(options);
        Session near = link.Near;
        Session far = link.Server;
        long begun = world.Now;
        int key = suite == 1 ? 64 : 32;
        long last = 0;

        // Whoever stands in the way knows a rekey by its length, and the first packet of a handshake too.
        world.Net.Tap = new Tap(d =>
        {
            last = world.Now;
            return d.Bytes.Length != RequestSize - 64 + key && d.Bytes.Length != ResponseSize - 64 + key && d.Bytes.Length != 42 + Syn.PublicKey + key;
        });
        for (int second = 0; second < 119; second++)
        {
            if (link.Near.CanSend)
            {
                link.TrySend(link.Near, new byte[10]);
            }

            world.Run(1000);
            Link.Take(link.Server, world.Now);
        }

        Assert.NotEqual(SessionState.Ended, near.State);
        Assert.Equal(0, near.Epoch);
        world.Run(begun + 120100 - world.Now);
        Assert.Equal((SessionState.Ended, ErrorCode.RekeyFailed), (near.State, near.EndCode));
        Assert.Equal((SessionState.Ended, ErrorCode.RekeyFailed), (far.State, far.EndCode));
        world.Run(100000);
        Assert.InRange(last, begun + 110000, begun + 120000);
    }

    [Fact]
    public void Where_only_rekeys_are_dropped_a_new_handshake_beside_the_session_comes_before_its_keys_end()
    {
        World world = new(73);
        ChannelOptions server = World.ServerOptions();
        ChannelOptions options = World.ClientOptions();
        server.RekeyAfterSeconds = options.RekeyAfterSeconds = 60;
        world.StartServer(server);
        Link link = world.Connect(options);
        Session near = link.Near;
        world.Net.Tap = new Tap(d => d.Bytes.Length is not (RequestSize or ResponseSize));
        world.RunUntil(() => link.Near != near, 119000, "another session");
        Assert.Equal(SessionState.Established, link.Near.State);
        Assert.Same(link.Near, near.Successor);
        Assert.True(link.Near.IsContinued);
        Assert.False(link.Near.TakeRenewal());
    }

    [Fact]
    public void Keys_end_after_twice_the_packets_too()
    {
        World world = new(74);
        world.StartServer();
        ChannelOptions options = World.ClientOptions();
        options.RekeyAfterPackets = 70000;
        options.SendBuffers = 32;
        options.RekeyAfterSeconds = 100000;
        Link link = world.Connect(options);
        Session near = link.Near;
        DropNewKeys(world);
        SendUntilEnded(world, link, near);
        Assert.Equal((SessionState.Ended, ErrorCode.RekeyFailed), (near.State, near.EndCode));
        Assert.Equal(140000u, near.Counters.PacketsSent);
    }

    [Fact]
    public void Keys_end_after_2_to_the_21_packets_received()
    {
        World world = new(78);
        world.StartServer();
        Link link = world.Connect();
        link.Exchange(1, 10, 5000);
        Session server = link.Server;
        SetPacketsReceived(server, (2u << 20) - 5);
        uint before = server.Counters.PacketsReceived;
        world.Net.Tap = new Tap(d => !d.FromServer);
        for (int i = 0; i < 20; i++)
        {
            link.TrySend(link.Near, new byte[10], reliable: false);
            world.Flush();
            world.Run(20);
        }

        Assert.Equal((SessionState.Ended, ErrorCode.RekeyFailed), (server.State, server.EndCode));
        Assert.Equal(5u, server.Counters.PacketsReceived - before);
    }

    [Fact]
    public void A_new_handshake_comes_after_three_quarters_of_the_packets_that_may_be_received()
    {
        World world = new(79);
        world.StartServer();
        Link link = world.Connect();
        link.Exchange(1, 10, 5000);
        Session old = link.Near;
        SetPacketsReceived(old, (3u << 19) - 5);
        Assert.True(link.TrySend(link.Server, new byte[10], reliable: false));
        world.Flush();
        world.Run(2000);
        Assert.Null(old.Successor);
        for (int i = 0; i < 5; i++)
        {
            Assert.True(link.TrySend(link.Server, new byte[10], reliable: false));
            world.Flush();
            world.Run(20);
        }

        world.RunUntil(() => old.Successor != null, 2000, "the new session");
        Assert.True(link.Near.IsContinued);
    }

    /// <summary>Where a key is the token's, no handshake comes beside a session: it ends with its keys.</summary>
    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    public void A_session_of_a_token_ends_with_its_keys(int suite)
    {
        World world = new(80);
        ChannelOptions listening = World.ServerOptions();
        ChannelOptions options = World.ClientOptions(0, suite);
        listening.Psk = options.Psk = null;
        listening.Suite = suite;
        listening.Token = options.Token = "ocean-tiger";
        options.RekeyAfterSeconds = 1;
        world.StartServer(listening);
        Link link = world.Connect(options);
        Session near = link.Near;
        long begun = world.Now;

        // No REKEY_REQUEST arrives, over whichever curve.
        world.Net.Tap = new Tap(d => d.FromServer || d.Bytes.Length is not (RequestSize or RequestSize - 32));
        world.RunUntil(() => near.State == SessionState.Ended, 70000, "the end");
        Assert.Equal(ErrorCode.RekeyFailed, near.EndCode);
        Assert.InRange(world.Now - begun, 60900, 61000);
        Assert.Equal(1, link.Client.Attempts);
        Assert.Null(near.Successor);
    }

    [Fact]
    public void Keys_that_are_to_be_renewed_early_last_65536_packets_longer()
    {
        World world = new(75);
        world.StartServer();
        ChannelOptions options = World.ClientOptions();
        options.RekeyAfterPackets = 9;
        options.SendBuffers = 32;
        Link link = world.Connect(options);
        Session near = link.Near;
        DropNewKeys(world);
        SendUntilEnded(world, link, near);
        Assert.Equal((SessionState.Ended, ErrorCode.RekeyFailed), (near.State, near.EndCode));
        Assert.Equal(9u + 65536, near.Counters.PacketsSent);
    }

    [Fact]
    public void Keys_that_are_to_be_renewed_after_a_second_last_a_minute_longer()
    {
        World world = new(77);
        world.StartServer();
        ChannelOptions options = World.ClientOptions();
        options.RekeyAfterSeconds = 1;
        Link link = world.Connect(options);
        Session near = link.Near;
        long begun = world.Now;
        DropNewKeys(world);
        world.RunUntil(() => near.State == SessionState.Ended, 70000, "the end");
        Assert.Equal(ErrorCode.RekeyFailed, near.EndCode);
        Assert.InRange(world.Now - begun, 60900, 61000);
    }

    [Fact]
    public void With_a_second_of_delay_keys_of_a_second_and_of_nine_packets_are_renewed_again_and_again()
    {
        World world = new(76);
        world.StartServer();
        world.Net.Delay = 500;
        ChannelOptions options = World.ClientOptions();
        options.RekeyAfterPackets = 9;
        options.SendBuffers = 32;
        options.RekeyAfterSeconds = 1;
        Link link = world.Connect(options);
        Session near = link.Near;
        for (int i = 0; i < 1200; i++)
        {
            if (near.CanSend)
            {
                link.TrySend(near, new byte[10]);
            }

            world.Run(100);
            Link.Take(link.Server, world.Now);
        }

        Assert.Equal(SessionState.Established, near.State);
        Assert.InRange(near.Rekeys, 20, 120);
    }

    // With P-256, neither a rekey nor the first packet of a handshake arrives.
    private static void DropNewKeys(World world)
    {
        world.Net.Tap = new Tap(d => d.Bytes.Length is not (RequestSize or ResponseSize or 42 + Syn.PublicKey + 64));
    }

    private static void SetPacketsReceived(Session session, uint count)
    {
        typeof(Epochs).GetField("_packetsIn", BindingFlags.Instance | BindingFlags.NonPublic)!.SetValue(session.Epochs, count);
    }

    // As fast as the session takes them: before recovery has come to its end.
    private static void SendUntilEnded(World world, Link link, Session near)
    {
        for (int i = 0; i < 100000 && near.State != SessionState.Ended; i++)
        {
            for (int j = 0; j < 32 && near.CanSend; j++)
            {
                link.TrySend(near, new byte[10], reliable: false);
            }

            world.Run(5);
            while (Link.Take(link.Server, world.Now) != null)
            {
            }
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(Features.Diversified)]
    public void Who_asked_goes_back_when_the_new_keys_were_given_up_unheard(int features)
    {
        World world = new(68);
        world.StartServer();
        ChannelOptions options = World.ClientOptions(features);
        options.Keepalive = 60;
        Link link = world.Connect(options);
        world.Net.Tap = new Tap(d => d.FromServer || link.Near.Epoch == 0);
        link.Near.Rekey(world.Now);
        world.Flush();
        world.Run(31000);
        Assert.Equal(1, link.Near.Epoch);
        Assert.Equal(0, link.Server.Epoch);

        world.Net.Tap = null;
        link.Exchange(5, 1000, 2000);
        Assert.Equal(0, link.Near.Epoch);
        world.Run(40000);
        Assert.Equal(1, link.Near.Epoch);
        Assert.Equal(1, link.Server.Epoch);
        link.Exchange(5, 1000, 2000);
        Assert.Equal(SessionState.Established, link.Near.State);
        Assert.Equal(0, link.Near.LostMessages + link.Server.LostMessages);
    }

    [Fact]
    public void Who_went_back_for_a_late_packet_goes_forward_with_the_next()
    {
        World world = new(69);
        world.StartServer();
        Link link = world.Connect();
        link.Near.Rekey(world.Now);
        world.Flush();
        world.RunUntil(() => link.Near.Epoch == 1, 1000, "the answer");
        Assert.Equal(0, link.Server.Epoch);
        Captured? late = null;
        world.Net.Tap = new Tap(d =>
        {
            late ??= d.FromServer ? d : null;
            return !d.FromServer;
        });
        Assert.True(link.TrySend(link.Server, new byte[] { 5 }));
        world.Flush();
        world.Run(31000);
        Assert.Equal(1, link.Server.Epoch);

        link.Client.Receive((byte[])late!.Bytes.Clone(), late.Bytes.Length, late.From, Datagram.OwnSocket, world.Now, world.ServerHost.UtcNow);
        Assert.Equal(0, link.Near.Epoch);
        Assert.Equal(new byte[] { 5 }, Link.Take(link.Near, world.Now));
        world.Net.Tap = null;

        // The server's timer has doubled meanwhile.
        link.Exchange(5, 1000, 60000);
        Assert.Equal(1, link.Near.Epoch);
        Assert.Equal(1, link.Server.Epoch);
    }

    [Fact]
    public void Messages_cross_a_change_of_keys_once_and_in_order_on_a_bad_network()
    {
        for (uint seed = 600; seed < 606; seed++)
        {
            World world = new(seed);
            ChannelOptions server = World.ServerOptions();
            server.RekeyAfterPackets = 60;
            world.StartServer(server);
            ChannelOptions options = World.ClientOptions((int)(seed % 4));
            options.RekeyAfterPackets = 60;
            Link link = world.Connect(options);
            world.Net.LossPercent = 25;
            world.Net.DuplicatePercent = 20;
            world.Net.Jitter = 300;
            link.Exchange(150, 3000, 3600000);
            Assert.True(link.Near.Epoch > 3, $"seed {seed}: epoch {link.Near.Epoch}");
            world.Net.LossPercent = 0;
            world.Run(60000);
            Assert.Equal(link.Near.Epoch, link.Server.Epoch);
            link.Exchange(5, 100, 20000);
        }
    }

    [Theory]
    [InlineData(RequestSize)]
    [InlineData(ResponseSize)]
    public void A_lost_request_or_response_is_repeated(int size)
    {
        World world = new(61);
        world.StartServer();
        Link link = world.Connect();
        int lost = 0;
        world.Net.Tap = new Tap(d => d.Bytes.Length != size || ++lost > 2);
        link.Near.Rekey(world.Now);
        world.Flush();
        world.RunUntil(() => link.Near.Epoch == 1 && link.Server.Epoch == 1, 9000, "the new epoch");
        Assert.Equal(3, lost);
        link.Exchange(5, 1000, 5000);
    }

    [Theory]
    [InlineData(RequestSize, false)]
    [InlineData(ResponseSize, false)]
    [InlineData(RequestSize, true)]
    [InlineData(ResponseSize, true)]
    public void A_request_or_response_that_is_doubled_or_late_leads_to_one_epoch(int size, bool late)
    {
        World world = new(68);
        world.StartServer();
        Link link = world.Connect();
        world.Run(100);
        Captured? held = null;
        world.Net.Tap = new Tap(d =>
        {
            if (held == null && d.Bytes.Length == size)
            {
                held = d;
                return !late;
            }

            return true;
        });
        link.Near.Rekey(world.Now);
        world.Flush();
        world.Run(300);
        Assert.Equal(late ? 0 : 1, link.Near.Epoch);
        world.Net.Inject(held!.From, held.To, held.Bytes, held.Bytes.Length);
        world.Run(300);
        Assert.Equal((1, 1, 1, 1), (link.Near.Epoch, link.Server.Epoch, link.Near.Rekeys, link.Server.Rekeys));
        world.Run(6000);
        link.Exchange(5, 1000, 5000);
        Assert.Equal((1, 1), (link.Near.Epoch, link.Server.Epoch));
    }

    [Fact]
    public void The_first_packets_of_an_epoch_may_be_lost()
    {
        World world = new(62);
        world.StartServer();
        Link link = world.Connect();
        world.Run(100);
        int heartbeats = 0;
        world.Net.Tap = new Tap(d => d.Bytes.Length != 62 || ++heartbeats > 4);
        link.Server.Rekey(world.Now);
        world.Flush();
        world.RunUntil(() => link.Near.Rekeys == 1 && link.Server.Rekeys == 1, 20000, "the new epoch");
        link.Exchange(5, 1000, 5000);
    }

    [Fact]
    public void Late_packets_of_the_old_epoch_are_taken_for_5_s_and_no_longer()
    {
        World world = new(63);
        world.StartServer();
        Link link = world.Connect();
        world.Run(100);
        List<Captured> held = new();
        bool hold = true;
        world.Net.Tap = new Tap(d =>
        {
            if (hold && !d.FromServer && d.Bytes.Length != RequestSize)
            {
                held.Add(d);
                return false;
            }

            return true;
        });
        Assert.True(link.TrySend(link.Near, new byte[] { 1 }, reliable: false));
        Assert.True(link.TrySend(link.Near, new byte[] { 2 }, reliable: false));
        world.Flush();
        Assert.Equal(2, held.Count);
        hold = false;
        link.Near.Rekey(world.Now);
        world.Flush();
        world.RunUntil(() => link.Server.Epoch == 1, 2000, "the new epoch");
        world.Run(4000);
        world.Net.Inject(held[0].From, held[0].To, held[0].Bytes, held[0].Bytes.Length);
        GiveToServer(world, held[0], link);
        Assert.Equal(new byte[] { 1 }, Link.Take(link.Server, world.Now));
        world.Run(2000);
        uint dropped = link.Server.Counters.Drops(DropCause.Epoch);
        GiveToServer(world, held[1], link);
        Assert.Null(Link.Take(link.Server, world.Now));
        Assert.Equal(dropped + 1, link.Server.Counters.Drops(DropCause.Epoch));
    }

    [Fact]
    public void A_rekey_comes_by_itself_after_15_minutes_and_the_server_steps_in_after_17()
    {
        foreach (bool deaf in new[] { false, true })
        {
            World world = new(64);
            world.StartServer();
            ChannelOptions options = World.ClientOptions();
            options.RekeyAfterSeconds = deaf ? 100000 : 900;
            Link link = world.Connect(options);
            world.Run((deaf ? 1020 : 900) * 1000 - 5000);
            Assert.Equal(0, link.Server.Epoch);
            world.Run(10000);
            Assert.Equal(1, link.Server.Epoch);
            Assert.Equal(1, link.Near.Epoch);
        }
    }

    [Fact]
    public void Requests_without_an_answer_leave_the_session_as_it_was()
    {
        World world = new(65);
        world.StartServer();
        Link link = world.Connect();
        world.Net.Tap = new Tap(d => d.Bytes.Length != RequestSize);
        link.Near.Rekey(world.Now);
        world.Flush();
        for (int i = 0; i < 8; i++)
        {
            link.Exchange(2, 100, 5000);
            world.Run(4000);
        }

        Assert.Equal(0, link.Near.Epoch);
        Assert.Equal(0, link.Server.Epoch);
        world.Net.Tap = null;
        link.Near.Rekey(world.Now);
        world.Flush();
        world.RunUntil(() => link.Near.Epoch == 1 && link.Server.Epoch == 1, 20000, "the new epoch");
    }

    /// <summary>Each costs a key exchange. The peer, who has the keys, gets 32 at once and one a second; what it asks besides comes again, and nothing else suffers.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Who_asks_for_keys_all_the_time_gets_them_at_a_bounded_rate(bool clientAsks)
    {
        World world = new(73);
        world.StartServer();
        Link link = world.Connect(World.ClientOptions(0, 2));
        long end = world.Now + 60_000;
        while (world.Now < end)
        {
            (clientAsks ? link.Near : link.Server).Rekey(world.Now);
            world.Flush();
            world.Run(100);
        }

        Assert.InRange((clientAsks ? link.Server : link.Near).Rekeys, 60, 32 + 60 + 1);
        Assert.Equal(SessionState.Established, link.Near.State);
        link.Exchange(10, 1000, 5000);
    }

    [Fact]
    public void A_replayed_request_starts_nothing()
    {
        World world = new(66);
        world.StartServer();
        Recorder wire = new();
        world.Net.Tap = wire;
        Link link = world.Connect();
        link.Near.Rekey(world.Now);
        world.Flush();
        world.RunUntil(() => link.Near.Rekeys == 1 && link.Server.Rekeys == 1, 2000, "the new epoch");
        Captured request = wire.Datagrams.Single(d => d.Bytes.Length == RequestSize);
        int sent = wire.FromServer.Count();
        GiveToServer(world, request, link);
        world.Run(1000);
        Assert.Equal(sent, wire.FromServer.Count());
        Assert.Equal(1, link.Server.Epoch);
    }

    [Fact]
    public void A_session_that_is_closed_still_wipes_the_keys_of_the_previous_epoch_after_5_s()
    {
        World world = new(67);
        world.StartServer();
        Link link = world.Connect();
        link.Near.Rekey(world.Now);
        world.Flush();
        world.RunUntil(() => link.Near.Rekeys == 1 && link.Server.Rekeys == 1, 2000, "the new epoch");
        link.Near.Close(world.Now);
        world.Flush();
        world.RunUntil(() => link.Near.State == SessionState.Closed && link.Server.State == SessionState.Closed, 2000, "the close");
        world.Run(5600);
        foreach (Session session in new[] { link.Near, link.Server })
        {
            Assert.Equal(SessionState.Closed, session.State);
            Assert.Null(typeof(Epochs).GetField("_previous", BindingFlags.NonPublic | BindingFlags.Instance)!.GetValue(session.Epochs));
        }
    }

    private static void GiveToServer(World world, Captured d, Link link)
    {
        int[] ports = new int[4];
        link.Server.GetPorts(ports);
        byte[] buffer = new byte[Packet.MaxSize];
        d.Bytes.CopyTo(buffer, 0);
        world.Server.Receive(buffer, d.Bytes.Length, d.From, ports[0], world.Now, world.ServerHost.UtcNow);
    }
}
