#nullable disable
using Springtail;
using Springtail.Crypto;
using Springtail.Listening;
using Springtail.Packets;
using Springtail.Sessions;
using Springtail.Transport;

namespace NFUnitTest;

/// <summary>A client and a server on a network in memory, with the C# primitives unless told otherwise, and virtual time. Its steps allocate nothing.</summary>
internal sealed class Pair
{
    // What a try takes where nothing is lost, in ms.
    private const int OneTry = 500;

    private readonly MemoryTransport _clientHost;
    private readonly MemoryTransport _serverHost;
    private Driver _clientDriver;
    private readonly Driver _serverDriver;
    private readonly byte[] _message;
    private readonly ICryptoCore _core;
    private readonly ChannelOptions _options;

    // Bytes of the present message that each side has taken in.
    private readonly int[] _sent = new int[2];
    // What a channel has besides: here they only take their room.
    private Channel _channel;
    private SocketRoom _socket;
    private Session _serverSession;
    private uint _sentUp;
    private uint _sentDown;
    private uint _receivedUp;
    private uint _receivedDown;

    public Pair(uint seed, int messageSize)
        : this(seed, messageSize, Options())
    {
    }

    public Pair(uint seed, int messageSize, ChannelOptions options)
        : this(seed, messageSize, options, new ManagedCore(new TestRandom(seed), false))
    {
    }

    public Pair(uint seed, int messageSize, ChannelOptions options, ICryptoCore core)
    {
        options.Psk = Hex.Bytes(Vectors.LongTermPsk);
        _core = core;
        _options = options;
        Network = new MemoryNetwork(seed);
        _message = new byte[messageSize];
        _serverHost = Network.Host(1);
        _clientHost = Network.Host(2);
        Server = new Server(core, options, _serverHost.Now, _serverHost.UtcNow);
        Client = new Client(core, options, _serverHost.Address, _clientHost.Now, _clientHost.UtcNow);
        _serverDriver = new Driver(Server, _serverHost, _serverHost);
        _clientDriver = new Driver(Client, _clientHost, _clientHost);
        _serverDriver.Flush();
        _clientDriver.Flush();
    }

    public MemoryNetwork Network { get; }

    public Client Client { get; private set; }

    public Server Server { get; }

    /// <summary>Both ends, once <see cref="Connect"/> gave true.</summary>
    public Session Near => Client.Session;

    public Session Far
    {
        get
        {
            for (Session next = _serverSession.MoveOn(); next != null; next = next.MoveOn())
            {
                _serverSession = next;
            }

            return _serverSession;
        }
    }

    public Endpoint ServerAddress => _serverHost.Address;

    /// <summary>Sockets of the client.</summary>
    public int OpenPorts => _clientHost.OpenPorts;

    /// <summary>Messages that arrived, in order and whole.</summary>
    public uint Received => _receivedUp + _receivedDown;

    /// <summary>True when a message arrived that was not the next one.</summary>
    public bool Garbled { get; private set; }

    /// <summary>Packets that either end sent or took.</summary>
    public long Packets => Near.Counters.PacketsSent + Near.Counters.PacketsReceived + Far.Counters.PacketsSent + Far.Counters.PacketsReceived;

    public static ChannelOptions Options()
    {
        return new ChannelOptions { Psk = Hex.Bytes(Vectors.LongTermPsk), MaxMessageSize = 2 * DataPayload.FragmentSize, ReceiveAhead = 1, SendBuffers = 2, SynMemory = 2 };
    }

    /// <summary>Runs the handshake; false when it does not succeed in a minute of virtual time.</summary>
    public bool Connect()
    {
        long end = Network.Now + 60000;
        while (Network.Now < end)
        {
            Step(end);
            if (_serverSession == null)
            {
                _serverSession = Server.Accept();
            }

            if (_serverSession != null && Client.State == ClientState.Connected)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Asks the server from another host what time it is; false when it does not say in a minute.</summary>
    public bool AskClock(MemoryTransport host)
    {
        Endpoint server = new Endpoint();
        server.CopyFrom(ServerAddress);
        server.Port = _options.DiscoveryPort;
        ClockQuery query = new ClockQuery(_core, _options, server, host.Now);
        Driver driver = new Driver(query, host, host);
        driver.Flush();
        long end = Network.Now + 60000;
        while (!query.Done && Network.Now < end)
        {
            Step(Network.Now + 10);
            Receive(driver);
        }

        driver.ClosePorts();
        return query.Done;
    }

    /// <summary>Connects again, from the same host, after a session has ended.</summary>
    public bool ConnectAnew()
    {
        ForgetClient();
        _serverSession = null;
        Client = new Client(_core, _options, _serverHost.Address, _clientHost.Now, _clientHost.UtcNow);
        _clientDriver = new Driver(Client, _clientHost, _clientHost);
        _clientDriver.Flush();
        return Connect();
    }

    /// <summary>The client's socket gets another port, as from a NAT.</summary>
    public void MoveClient()
    {
        _clientHost.Close(Datagram.OwnSocket);
        _clientHost.Open(Datagram.OwnSocket);
    }

    /// <summary>
    /// Takes the network away for so many tries of the client's recovery, and the server's new sessions with it, for which the client asks meanwhile. The
    /// next try gets through. False when it does not come so far.
    /// </summary>
    public bool Isolate(int tries)
    {
        Server.IsClosed = true;
        Network.LossPercent = 100;
        long end = Network.Now + 120000;
        long next = 0;
        int made = 0;
        while (Network.Now < end && made < tries)
        {
            Step(end);
            if (Near.State == SessionState.Recovering && Near.Recovery.At != next)
            {
                next = Near.Recovery.At;
                made++;
            }
        }

        Run(next - Network.Now - 1);
        Network.LossPercent = 0;
        Run(OneTry);
        Server.IsClosed = false;
        return made == tries;
    }

    /// <summary>Connects a client on another host, and forgets it: its session at the server stays, idle. Goes on until the server has forgotten its SYN too.</summary>
    public bool ConnectAnother(MemoryTransport host)
    {
        Client client = new Client(_core, _options, _serverHost.Address, host.Now, host.UtcNow);
        Driver driver = new Driver(client, host, host);
        driver.Flush();
        long end = Network.Now + 60000;
        while (client.State != ClientState.Connected && Network.Now < end)
        {
            Step(Network.Now + 10);
            Receive(driver);
        }

        Run(80000);
        return Server.Sessions == 2 && Server.Accept() != null;
    }

    /// <summary>Sends messages both ways until that many packets were sent and taken, or the virtual time is over.</summary>
    public void Exchange(long packets, long time)
    {
        long until = Packets + packets;
        long end = Network.Now + time;
        while (Packets < until && Network.Now < end)
        {
            Work();
            Step(end);
        }
    }

    /// <summary>Sends a fixed number of messages each way; true when all have arrived.</summary>
    public bool Exchange(uint messages, long time)
    {
        long end = Network.Now + time;
        uint up = _sentUp + messages;
        uint down = _sentDown + messages;
        while (Network.Now < end && (_receivedUp < up || _receivedDown < down))
        {
            Send(Near, _sentUp < up, 0, ref _sentUp);
            Send(Far, _sentDown < down, 1, ref _sentDown);
            Take();
            Step(end);
        }

        return _receivedUp == up && _receivedDown == down && !Garbled;
    }

    /// <summary>Sends a message that is too large for the other end, as no side that keeps to PROTOCOL.md 9 does; true when all of it was sent.</summary>
    public bool SendTooLarge(Session session)
    {
        byte[] message = new byte[2 * _options.MaxMessageSize];
        session.Delivery.Begin(message.Length, true);
        int sent = 0;
        long end = Network.Now + 10000;
        while (session.InMessage && Network.Now < end)
        {
            sent += session.AppendMessage(message, sent, Network.Now);
            _clientDriver.Flush();
            _serverDriver.Flush();
            Step(Network.Now + 10);
        }

        Run(2000);
        return !session.InMessage;
    }

    public void Run(long time)
    {
        long end = Network.Now + time;
        while (Network.Now < end)
        {
            Step(end);
        }
    }

    /// <summary>The client announces a sleep and saves its session; null when that does not succeed in a minute.</summary>
    public byte[] Save(uint seconds)
    {
        Near.AnnounceSleep(seconds, Network.Now);
        long end = Network.Now + 60000;
        while (!Near.CanSave && Network.Now < end)
        {
            Step(end);
        }

        byte[] snapshot = Near.Save(_clientHost.Now, _clientHost.UtcNow);
        _clientDriver.Flush();
        return snapshot;
    }

    /// <summary>A new client goes on with the saved session; false when it does not.</summary>
    public bool Resume(byte[] snapshot)
    {
        // The device was off: what it held is gone.
        ForgetClient();
        Client = new Client(_core, _options, _serverHost.Address, snapshot, _clientHost.Now, _clientHost.UtcNow);
        _clientDriver = new Driver(Client, _clientHost, _clientHost);
        _clientDriver.Flush();
        long end = Network.Now + 10000;
        while (Client.State != ClientState.Connected && Network.Now < end)
        {
            Step(end);
        }

        return Client.Resumed;
    }

    /// <summary>Adds what a channel has besides its client; the driver is then the channel's.</summary>
    public void AddChannel()
    {
        ChannelEngine engine = new ChannelEngine(Client, new UdpTransport(), new SystemClock());
        _clientDriver = engine.Driver;
        _channel = new Channel(engine, Near, Client);
        _socket = new SocketRoom();
    }

    /// <summary>Lets go of the client, all that it holds, and what a channel adds to it.</summary>
    public void ForgetClient()
    {
        Client = null;
        _clientDriver = null;
        _channel = null;
        _socket = null;
    }

    private void Work()
    {
        Send(Near, true, 0, ref _sentUp);
        Send(Far, true, 1, ref _sentDown);
        Take();
    }

    private void Send(Session session, bool more, int side, ref uint number)
    {
        if (session.InMessage)
        {
            _sent[side] += session.AppendMessage(Message(number - 1), _sent[side], Network.Now);
        }
        else if (more && session.CanSend && session.SendRoom > 0)
        {
            session.BeginMessage(_message.Length, true);
            _sent[side] = session.AppendMessage(Message(number++), 0, Network.Now);
        }
    }

    // Messages begin with their number, and end with it.
    private byte[] Message(uint number)
    {
        Wire.WriteU32(_message, 0, number);
        Wire.WriteU32(_message, _message.Length - 4, number);
        return _message;
    }

    private void Take()
    {
        Take(Far, ref _receivedUp);
        Take(Near, ref _receivedDown);
        _clientDriver.Flush();
        _serverDriver.Flush();
    }

    private void Take(Session session, ref uint number)
    {
        while (session.NextMessageSize >= 0)
        {
            int size = session.TakeMessage(_message, 0, Network.Now);
            Garbled |= size != _message.Length || Wire.ReadU32(_message, 0) != number || Wire.ReadU32(_message, size - 4) != number;
            number++;
        }
    }

    private void Step(long end)
    {
        long next = Network.NextArrival < end ? Network.NextArrival : end;
        next = Sooner(next, _clientDriver.IdleTime);
        next = Sooner(next, _serverDriver.IdleTime);
        Network.Advance(next > Network.Now ? next : Network.Now + 1);
        Receive(_clientDriver);
        Receive(_serverDriver);
    }

    private long Sooner(long next, int idle)
    {
        return Network.Now + idle < next ? Network.Now + idle : next;
    }

    private static void Receive(Driver driver)
    {
        while (driver.Receive())
        {
        }

        driver.Flush();
    }
}
