using System;
using System.Collections.Generic;
using System.Linq;
using Springtail.Crypto;
using Springtail.Listening;
using Springtail.Packets;
using Springtail.Sessions;
using Springtail.Transport;

namespace Springtail.Tests.Simulation;

/// <summary>A server and clients on a <see cref="MemoryNetwork"/> in virtual time. The seed is in every failure's message.</summary>
internal sealed class World
{
    public static readonly byte[] Psk = Convert.FromHexString("157df04f16c4f4939f74eadd7428a543e1a6d4de385dc1a0b16399cf9495656c");

    private readonly List<Actor> _actors = new();
    private readonly byte[] _buffer = new byte[Packet.LargestTaken + 1];
    private readonly Endpoint _from = new();

    public World(uint seed)
    {
        Seed = seed;
        Core = new SteeredCore(seed);
        Net = new MemoryNetwork(seed);
        ServerHost = Net.Host(1);
    }

    public uint Seed { get; }

    public MemoryNetwork Net { get; }

    public MemoryTransport ServerHost { get; }

    public Server Server { get; private set; } = null!;

    /// <summary>The server looks through its sessions, as a device's does; otherwise it has an index of them, as a desktop's.</summary>
    public bool IsDevice { get; init; }

    public Driver ServerDriver { get; private set; } = null!;

    public ICryptoCore Core { get; init; }

    public long Now => Net.Now;

    public static ChannelOptions ServerOptions()
    {
        ChannelOptions options = Configure(ChannelOptions.ForServer());
        options.HopWindows = 3;
        return options;
    }

    public static ChannelOptions ClientOptions(int features = 0, int suite = 1)
    {
        ChannelOptions options = Configure(new ChannelOptions { MaxMessageSize = 8192, ReceiveAhead = 4, SendBuffers = 4 });
        options.Features = features;
        options.Suite = suite;
        return options;
    }

    public Server StartServer(ChannelOptions? options = null) => StartServer(
        IsDevice
            ? new Server(Core, options ?? ServerOptions(), ServerHost.Now, ServerHost.UtcNow)
            : new IndexedServer(Core, options ?? ServerOptions(), ServerHost.Now, ServerHost.UtcNow));

    public Server StartServer(Server server)
    {
        Server = server;
        Server.TakeUpKept(ServerHost.Now, ServerHost.UtcNow);
        ServerDriver = new Driver(Server, ServerHost, ServerHost);
        _actors.Add(new Actor(ServerHost, ServerDriver));
        ServerDriver.Flush();
        return Server;
    }

    /// <summary>Ends the server in order and, after a while, starts another in its place: with a state folder it goes on with the sessions.</summary>
    public Server RestartServer(ChannelOptions options, long pause = 500)
    {
        Remove(ServerDriver);
        Server.KeepAtEnd(ServerHost.Now, ServerHost.UtcNow);
        Server.Abandon();
        Run(pause);
        return StartServer(options);
    }

    public Client StartClient(ChannelOptions? options = null, MemoryTransport? host = null)
    {
        host ??= Net.Host(2);
        Client client = new Client(Core, options ?? ClientOptions(), ServerHost.Address, host.Now, host.UtcNow);
        Add(host, client);
        return client;
    }

    public Driver Add(MemoryTransport host, IProtocolPeer peer)
    {
        Driver driver = new Driver(peer, host, host);
        _actors.Add(new Actor(host, driver));
        driver.Flush();
        return driver;
    }

    /// <summary>Takes a peer off its host.</summary>
    public void Remove(Driver driver)
    {
        driver.ClosePorts();
        _actors.RemoveAll(actor => actor.Driver == driver);
    }

    /// <summary>Connects a client and gives both ends.</summary>
    public Link Connect(ChannelOptions? options = null, MemoryTransport? host = null)
    {
        Client client = StartClient(options, host);
        Session? session = null;
        RunUntil(() => (session ??= Server.Accept()) != null && client.State == ClientState.Connected, 60000, "the handshake");
        return new Link(this, client, session!);
    }

    /// <summary>Goes on until something holds; fails after that many ms of virtual time.</summary>
    public void RunUntil(Func<bool> holds, long limit, string what) => RunUntil(holds, limit, () => what);

    public void RunUntil(Func<bool> holds, long limit, Func<string> what)
    {
        long end = Now + limit;
        while (!holds())
        {
            if (Now >= end)
            {
                throw new Xunit.Sdk.XunitException($"seed {Seed}: waited {limit} ms for {what()}");
            }

            Step(end);
        }
    }

    public void Run(long time)
    {
        long end = Now + time;
        while (Now < end)
        {
            Step(end);
        }
    }

    /// <summary>Lets every peer do what it has to do now, without moving time.</summary>
    public void Flush()
    {
        foreach (Actor actor in _actors)
        {
            actor.Driver.Flush();
        }
    }

    private void Step(long end)
    {
        long next = Math.Min(end, Net.NextArrival);
        foreach (Actor actor in _actors)
        {
            int idle = actor.Driver.IdleTime;
            next = Math.Min(next, idle == int.MaxValue ? end : Now + Math.Max(1, idle));
        }

        Net.Advance(Math.Max(next, Now + 1));
        foreach (Actor actor in _actors)
        {
            int size;
            while ((size = actor.Host.Receive(_buffer, _from, out int port, 0)) > 0)
            {
                actor.Driver.Take(_buffer, size, _from, port);
                actor.Driver.Flush();
            }

            actor.Driver.Flush();
        }
    }

    private static ChannelOptions Configure(ChannelOptions options)
    {
        options.Psk = Psk;
        options.IsPlain = true;
        return options;
    }

    private readonly record struct Actor(MemoryTransport Host, Driver Driver);
}

/// <summary>Both ends of a session.</summary>
internal sealed class Link
{
    private readonly World _world;
    private Session _server;

    public Link(World world, Client client, Session server)
    {
        _world = world;
        Client = client;
        _server = server;
    }

    public Client Client { get; }

    public Session Near => Client.Session;

    public Session Server
    {
        get
        {
            while (_server.Successor != null)
            {
                _server = _server.Successor;
            }

            return _server;
        }
    }

    /// <summary>Begins a message; false when there is no room for all of it now.</summary>
    public bool TrySend(Session from, byte[] message, bool reliable = true)
    {
        int fragments = Math.Max(1, (message.Length + DataPayload.FragmentSize - 1) / DataPayload.FragmentSize);
        if (!from.CanSend || from.SendRoom < fragments)
        {
            return false;
        }

        from.BeginMessage(message.Length, reliable);
        int taken = from.AppendMessage(message, 0, _world.Now);
        if (taken != message.Length || from.InMessage)
        {
            throw new Xunit.Sdk.XunitException("a message was taken in part although there was room");
        }

        return true;
    }

    public static byte[]? Take(Session session, long now)
    {
        int size = session.NextMessageSize;
        if (size < 0)
        {
            return null;
        }

        byte[] message = new byte[size];
        session.TakeMessage(message, 0, now);
        return message;
    }

    /// <summary>Sends numbered messages both ways and demands that each arrives once and in order.</summary>
    public void Exchange(int count, int size, long limit)
    {
        Flow up = new(this, Near, Server, count, size, 1);
        Flow down = new(this, Server, Near, count, size, 2);
        _world.RunUntil(
            () =>
            {
                up.Work(_world.Now);
                down.Work(_world.Now);
                _world.Flush();
                return up.Done && down.Done;
            },
            limit,
            () => $"{count} messages of {size} bytes both ways (up {up.Received}, down {down.Received})\n  {Describe(Near)}\n  {Describe(Server)}");
    }

    public static string Describe(Session session)
    {
        string drops = string.Join(", ", Enumerable.Range(0, DropCause.Count).Where(c => session.Counters.Drops(c) != 0).Select(c => $"{DropCauseNames.Of(c)} {session.Counters.Drops(c)}"));
        return $"{session.State} end {session.EndCode}, window {session.Window}, offset {session.ClockOffset(0)}, sent {session.Counters.PacketsSent}, received {session.Counters.PacketsReceived}, dropped {drops}";
    }

    private sealed class Flow
    {
        private readonly Link _link;
        private readonly Session _from;
        private readonly Session _to;
        private readonly int _count;
        private readonly int _size;
        private readonly int _salt;
        private int _sent;

        public Flow(Link link, Session from, Session to, int count, int size, int salt)
        {
            _link = link;
            _from = from;
            _to = to;
            _count = count;
            _size = size;
            _salt = salt;
        }

        public int Received { get; private set; }

        public bool Done => Received == _count && _from.AllAcknowledged;

        public void Work(long now)
        {
            while (_sent < _count && _link.TrySend(_from, Message(_sent)))
            {
                _sent++;
            }

            while (Take(_to, now) is { } message)
            {
                Xunit.Assert.Equal(Message(Received), message);
                Received++;
            }
        }

        private byte[] Message(int number)
        {
            byte[] message = new byte[_size == 0 ? 0 : 1 + (number * 7919 + _salt) % _size];
            new Random(number * 10 + _salt).NextBytes(message);
            return message;
        }
    }
}
