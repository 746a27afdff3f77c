using System;
using System.Collections.Generic;
using System.Net;
using System.Threading.Tasks;
using Springtail.Delivery;
using Springtail.Listening;
using Springtail.Packets;
using Springtail.Sessions;
using Springtail.Transport;
using Xunit;

namespace Springtail.Tests.Simulation;

/// <summary>What must not bring a program down, keep it busy or let it wait for ever.</summary>
public sealed class RobustnessTests
{
    private const int FirstPort = 19_711;

    [Fact]
    public void A_message_that_grows_past_the_limit_does_not_keep_its_room()
    {
        byte[] bytes = new byte[DataPayload.FragmentSize];
        Inbox inbox = new(8, 4);
        for (uint id = 0; id < 10; id++)
        {
            for (int i = 0; i < 7; i++)
            {
                int result = inbox.Check(DataPayload.Reliable, id, i, 8, bytes.Length);
                inbox.Accept(result, DataPayload.Reliable, id, i, 8, bytes, 0, bytes.Length, 0);
            }

            int grown = inbox.Check(DataPayload.Reliable, id, 0, 200, bytes.Length);
            Assert.True(grown == Inbox.Malformed || id > 0, $"message {id}: {grown}");
            inbox.Accept(grown, DataPayload.Reliable, id, 0, 200, bytes, 0, bytes.Length, 0);
        }

        Assert.InRange(inbox.Window, 0, 5);
    }

    [Fact]
    public void A_session_that_ends_before_it_is_accepted_keeps_nobody_busy_and_is_not_kept_for_ever()
    {
        World world = new(90);
        ChannelOptions options = World.ServerOptions();
        options.MaxSessions = 3;
        world.StartServer(options);
        for (int i = 0; i < 10; i++)
        {
            Client client = world.StartClient(host: world.Net.Host(10 + i));
            world.RunUntil(() => client.State == ClientState.Connected, 5000, $"session {i}");
            client.Session.Abort(ErrorCode.LimitExceeded, world.Now);
            world.Flush();
            world.Run(200);
            Assert.True(world.Server.Deadline > world.Now);
        }

        Assert.Equal(3, world.Server.AllSessions().Length);
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(ErrorCode.LimitExceeded, world.Server.Accept().EndCode);
        }

        Assert.Null(world.Server.Accept());
        world.Run(100);
        Assert.Empty(world.Server.AllSessions());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void An_abort_by_the_client_reaches_the_server_before_its_socket_closes(int features)
    {
        World world = new(89);
        world.StartServer();
        Link link = world.Connect(World.ClientOptions(features));
        link.Near.Abort(ErrorCode.LimitExceeded, world.Now);
        world.Flush();
        world.Run(100);
        Assert.Equal(SessionState.Ended, link.Server.State);
        Assert.Equal(ErrorCode.LimitExceeded, link.Server.EndCode);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void An_address_that_gets_no_more_bytes_keeps_nobody_busy_and_no_session_alive(bool close, bool abort)
    {
        World world = new(91);
        world.StartServer();
        Link link = world.Connect();
        Endpoint elsewhere = new();
        elsewhere.SetAddress(new byte[] { 10, 0, 0, 88 });
        elsewhere.Port = 8888;
        bool move = true;
        world.Net.Tap = new Tap(d =>
        {
            if (!d.FromServer && move)
            {
                world.Net.Inject(elsewhere, d.To, d.Bytes, d.Bytes.Length);
            }

            return false;
        });
        for (int i = 0; i < 20; i++)
        {
            link.TrySend(link.Server, new byte[1149]);
        }

        link.Server.Rekey(world.Now);
        link.TrySend(link.Near, new byte[10]);
        world.Flush();
        world.Run(100);
        move = false;
        Assert.False(link.Server.Peer.SameAs(elsewhere));
        for (int i = 0; i < 5; i++)
        {
            // The next hop is the next thing to do.
            world.RunUntil(() => link.Server.Deadline > world.Now, 2, "something to wait for");
            Assert.True(world.Server.Deadline > world.Now);
            world.Run(700);
        }

        if (close)
        {
            link.Server.Close(world.Now);
            world.Flush();
            world.Run(45000);
            Assert.Equal(SessionState.Ended, link.Server.State);
        }
        else if (abort)
        {
            link.Server.Abort(ErrorCode.Terminated, world.Now);
            world.Flush();
            Assert.Equal(SessionState.Ended, link.Server.State);
        }
    }

    [Theory]
    [InlineData(5000)]
    [InlineData(30000)]
    public void Time_in_which_the_program_stood_still_is_no_measure_of_the_round_trip(int time)
    {
        World world = new(94);
        world.StartServer();
        Link link = world.Connect();
        link.Exchange(10, 100, 20000);
        Assert.True(link.TrySend(link.Near, new byte[] { 1 }));
        world.Flush();

        // The acknowledgment is on its way when everything stops. What takes longer than 10 s is no measure anyway.
        world.Run(40);
        world.Net.Advance(world.Now + time);
        world.Run(500);
        Assert.InRange(link.Near.RoundTripTime, 1, 200);
    }

    [Fact]
    public void A_round_trip_that_grows_past_the_timer_is_measured_after_a_while()
    {
        World world = new(92);
        world.StartServer();
        Link link = world.Connect();
        link.Exchange(20, 100, 20000);
        world.Net.Delay = 300;
        for (int i = 0; i < 10; i++)
        {
            link.Exchange(1, 100, 60000);
        }

        uint repeated = link.Near.Counters.Retransmissions + link.Server.Counters.Retransmissions;
        for (int i = 0; i < 20; i++)
        {
            link.Exchange(1, 100, 60000);
        }

        Assert.Equal(repeated, link.Near.Counters.Retransmissions + link.Server.Counters.Retransmissions);
    }

    [Fact]
    public void The_key_of_a_SYN_that_leads_nowhere_is_wiped_and_the_others_when_the_server_ends()
    {
        List<byte[]> keys = new();
        HookedCore core = new(new SteeredCore(93)) { Opening = (protection, key) => keys.AddRange(protection == 0 ? new[] { key } : Array.Empty<byte[]>()) };
        World world = new(93) { Core = core };
        world.StartServer();
        Recorder wire = new();
        world.Net.Tap = wire;
        world.Connect();
        keys.Clear();
        Captured syn = wire.Datagrams[0];
        Endpoint elsewhere = new();
        elsewhere.SetAddress(new byte[] { 10, 0, 0, 66 });
        world.Net.Inject(elsewhere, syn.To, syn.Bytes, syn.Bytes.Length);
        world.Run(100);
        world.Net.Inject(elsewhere, syn.To, syn.Bytes, syn.Bytes.Length);
        world.Run(100);
        Assert.Equal(1u, world.Server.Counters.Drops(DropCause.Copy));
        Assert.Equal(2, keys.Count);
        Assert.All(keys, key => Assert.All(key, b => Assert.Equal(0, b)));

        keys.Clear();
        world.Connect(host: world.Net.Host(4));
        byte[] old = keys[0];
        Assert.Contains(old, b => b != 0);
        world.Run(86000);
        Assert.All(old, b => Assert.Equal(0, b));

        keys.Clear();
        world.StartClient(host: world.Net.Host(3));
        world.Run(15);
        byte[] kept = Assert.Single(keys);
        Assert.Contains(kept, b => b != 0);
        world.Server.Abandon();
        Assert.All(kept, b => Assert.Equal(0, b));
    }

    [Fact]
    public void A_port_that_was_taken_at_first_is_opened_later()
    {
        World world = new(94);
        ChannelOptions server = World.ServerOptions();
        server.RendezvousPort = 4000;
        world.ServerHost.TakenPort = 4000;
        world.StartServer(server);
        Assert.Equal(1, world.ServerDriver.PortsTaken);
        world.Run(5000);
        Assert.Equal(1, world.ServerDriver.PortsTaken);
        world.ServerHost.TakenPort = 0;
        world.Run(12000);
        ChannelOptions options = World.ClientOptions();
        options.RendezvousPort = 4000;
        Assert.Equal(1, world.Connect(options).Client.Attempts);
    }

    [Fact]
    public void Limits_of_nothing_are_refused()
    {
        Action<ChannelOptions>[] wrong =
        {
            o => o.MaxSessions = 0, o => o.SessionsPerPsk = 0, o => o.HalfOpenPerPsk = 0, o => o.MaxHalfOpen = 0, o => o.SynMemory = 0, o => o.RendezvousSpread = -1,
        };
        foreach (Action<ChannelOptions> set in wrong)
        {
            ChannelOptions options = World.ServerOptions();
            set(options);
            Assert.Throws<ArgumentException>(() => new Server(TestCore.Instance, options, 0, 1792671081941));
        }
    }

    [Fact]
    public async Task After_its_listener_a_channel_opens_no_port_and_nobody_waits_for_ever()
    {
        CountedSockets sockets = new();
        (ChannelListener listener, Channel near, Channel far) = Pair(sockets, sockets.Address, new CountedSockets());
        Task<Channel> waiting = Task.Run(() => listener.Accept(-1));
        Task<int> reading = Task.Run(() => far.Receive(new byte[10], -1));
        listener.Dispose();
        Assert.Null(await waiting.WaitAsync(TimeSpan.FromSeconds(20)));
        Assert.Equal(Channel.Ended, await reading.WaitAsync(TimeSpan.FromSeconds(20)));
        int opened = sockets.Opened;
        Assert.Throws<SpringtailException>(() => far.Send(new byte[1]));
        far.Close();
        far.Dispose();
        far.Dispose();
        listener.Dispose();
        Assert.Equal(opened, sockets.Opened);
        near.Dispose();
        near.Dispose();
    }

    [Fact]
    public void An_engine_that_has_stopped_opens_no_port()
    {
        CountedSockets sockets = new();
        ChannelEngine engine = new(new OnePort(), sockets, new SystemClock());
        engine.Start();
        engine.Stop();
        int opened = sockets.Opened;
        Assert.Equal(1, opened);
        lock (engine.Gate)
        {
            engine.Flush();
        }

        Assert.Equal(opened, sockets.Opened);
    }

    [Fact]
    public async Task When_the_thread_of_a_channel_fails_nobody_waits_for_ever()
    {
        CountedSockets sockets = new();
        (ChannelListener listener, Channel near, Channel far) = Pair(sockets, sockets.Address, new CountedSockets());
        sockets.Fails = true;
        await Task.Run(() => Assert.Throws<SpringtailException>(() => far.Receive(new byte[10], -1))).WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Throws<SpringtailException>(() => listener.Accept(-1));
        listener.Dispose();
        Assert.Equal(Channel.Ended, far.Receive(new byte[10], -1));
        near.Dispose();
    }

    /// <summary>The one other port that is open is the rendezvous port: from there it would not pass a NAT, and where that is taken it would not leave at all.</summary>
    [Fact]
    public void The_packet_that_ends_a_channel_comes_from_a_port_of_its_session()
    {
        IPAddress address = Loopback.Next();
        CountedSockets sockets = new();
        (ChannelListener listener, Channel near, Channel far) = Pair(new SocketTransport(address), address, sockets);
        near.Send(new byte[1]);
        Assert.Equal(1, far.Receive(new byte[10], 10_000));
        far.Dispose();
        Assert.Equal(Channel.Ended, near.Receive(new byte[10], 10_000));
        Assert.InRange(sockets.HeardFrom, FirstPort + 50, FirstPort + 249);
        near.Dispose();
        listener.Dispose();
    }

    private static (ChannelListener Listener, Channel Near, Channel Far) Pair(IDatagramTransport there, IPAddress address, IDatagramTransport here)
    {
        ChannelOptions serving = World.ServerOptions();
        serving.RendezvousPort = FirstPort;
        serving.DiscoveryPort = 0;
        serving.PortMin = FirstPort + 50;
        serving.PortCount = 200;
        serving.Transport = there;
        ChannelListener listener = Channel.Listen(serving);
        ChannelOptions options = World.ClientOptions();
        options.RendezvousPort = FirstPort;
        options.PortMin = FirstPort + 50;
        options.PortCount = 200;
        options.Transport = here;
        Channel near = Channel.Connect(address.ToString(), options);
        return (listener, near, listener.Accept(10000));
    }

    // UDP sockets on loopback that count and, when told to, fail.
    // Wants a port, and nothing else.
    private sealed class OnePort : IProtocolPeer
    {
        public long Deadline => long.MaxValue;

        public int PortsVersion => 1;

        public int GetPorts(int[] ports)
        {
            ports[0] = 0;
            return 1;
        }

        public void Receive(byte[] packet, int size, Endpoint from, int localPort, long now, long utcNow)
        {
        }

        public bool Poll(Datagram datagram, long now, long utcNow) => false;
    }

    private sealed class CountedSockets : IDatagramTransport
    {
        private readonly UdpTransport _sockets = new() { LocalAddress = Loopback.Next() };

        public IPAddress Address => _sockets.LocalAddress;

        public int Opened { get; private set; }

        public bool Fails { get; set; }

        /// <summary>The port that the last datagram came from.</summary>
        public int HeardFrom { get; private set; }

        public bool Open(int port)
        {
            Opened++;
            return _sockets.Open(port);
        }

        public void Close(int port) => _sockets.Close(port);

        public void Send(int localPort, Endpoint to, byte[] buffer, int size) => _sockets.Send(localPort, to, buffer, size);

        public void Wait(int timeout) => _sockets.Wait(timeout);

        public int Receive(byte[] buffer, Endpoint from, out int localPort, int timeout)
        {
            int size = Fails ? throw new InvalidOperationException("as a test wants it") : _sockets.Receive(buffer, from, out localPort, timeout);
            HeardFrom = size > 0 ? from.Port : HeardFrom;
            return size;
        }

        public void Wake() => _sockets.Wake();

        public Endpoint Resolve(string host) => _sockets.Resolve(host);

        public void Dispose() => _sockets.Dispose();
    }
}
