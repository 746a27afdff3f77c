using System;
using System.Collections.Generic;
using System.Linq;
using Springtail.Crypto;
using Springtail.Discovery;
using Springtail.Listening;
using Springtail.Packets;
using Springtail.Sessions;
using Springtail.Transport;

namespace Springtail.Shape;

/// <summary>Plays scenes between a listener and who asks it something, in memory and virtual time, and keeps what goes over the wire. Nothing is lost there.</summary>
internal sealed class Stage : IMemoryTap
{
    private const int DiscoveryPort = 1025;
    private const int LongestDelay = 40;

    private static readonly ICryptoCore s_core = CryptoCore.Default;

    private readonly MemoryNetwork _net;
    private readonly MemoryTransport _serverHost;
    private readonly Server _server;
    private readonly List<(MemoryTransport Host, Driver Driver)> _actors = [];
    private readonly byte[] _buffer = new byte[1500];
    private readonly Endpoint _from = new();
    private readonly byte[][] _psks;
    private readonly int _suite;
    private readonly bool _plain;

    // Of the server and of the other side: when it last sent or got something.
    private readonly long[] _busyAt = new long[2];
    private List<Sighting> _seen = [];

    // Who is heard; what the other side sends is seen, and goes no further.
    private Func<bool, bool> _passes = _ => true;

    private Stage(int seed, int suite, bool plain)
    {
        _suite = suite;
        _plain = plain;
        Random random = new(seed);
        _net = new MemoryNetwork((uint)seed) { Delay = 1 + random.Next(LongestDelay), Tap = this };
        _psks = [.. Enumerable.Range(0, 3).Select(_ => new byte[32])];
        Array.ForEach(_psks, random.NextBytes);
        _serverHost = _net.Host(1);
        ChannelOptions options = Options();
        options.Psks = _psks;
        options.MaxSessions = options.MaxHalfOpen = 4;
        options.Discovery = suite == 5 ? null : new PskDiscovery();
        _server = new Server(s_core, options, _serverHost.Now, _serverHost.UtcNow);
        Add(_serverHost, _server);
    }

    /// <summary>A handshake, messages both ways, and a rekey that each side asks for; then what a side sends that gets no answer.</summary>
    public static IEnumerable<Flow> PlaySession(int seed, int suite, bool plain, bool unanswered)
    {
        Stage stage = new(seed, suite, plain);
        Client client = stage.Connect();
        Session? server = null;
        stage.RunUntil(() => (server ??= stage._server.Accept()) != null && client.State == ClientState.Connected);
        stage.Run(LongestDelay);
        yield return stage.Take(Scene.Handshake);

        Random random = new(seed);
        foreach (Session from in new[] { client.Session, server! })
        {
            Send(from, random.Next(200), stage._net.Now);
            stage.Run(200 + random.Next(300));
        }

        yield return stage.Take(Scene.Talk);
        foreach (Session from in new[] { client.Session, server! })
        {
            from.Rekey(stage._net.Now);
            stage.Run(7000);
            yield return stage.Take(Scene.Rekey);
        }

        if (unanswered)
        {
            // Also of what waited longest, until the client looks for a new session.
            stage._passes = _ => false;
            Session asking = random.Next(2) == 0 ? client.Session : server!;
            if (random.Next(2) == 0)
            {
                asking.Rekey(stage._net.Now);
                stage.Run(3900);
                yield return stage.Take(Scene.RekeyUnanswered);
            }
            else
            {
                Send(asking, random.Next(200), stage._net.Now);
                stage.Run(3900);
                yield return stage.Take(Scene.DataUnanswered);
            }
        }
    }

    /// <summary>A client that finds nobody, and one that hears only the first answer.</summary>
    public static IEnumerable<Flow> PlaySilence(int seed, bool plain)
    {
        Stage stage = new(seed, 2, plain) { _passes = _ => false };
        stage.Connect();
        stage.Run(24000);
        yield return stage.Take(Scene.SynUnanswered);

        stage = new(seed, 2, plain);
        int answers = 0;
        stage._passes = fromServer => !fromServer || answers++ == 0;
        stage.Connect();
        stage.Run(19000);
        yield return stage.Take(Scene.AckUnanswered);
    }

    /// <summary>A session whose other side is gone after its last message: what a client does that had nothing to say.</summary>
    public static IEnumerable<Flow> PlayEnd(int seed, bool plain)
    {
        Stage stage = new(seed, 2, plain);
        Client client = stage.Connect();
        Session? server = null;
        stage.RunUntil(() => (server ??= stage._server.Accept()) != null && client.State == ClientState.Connected);
        stage.Run(2000 + new Random(seed).Next(2000));
        stage.Take(Scene.Handshake);
        stage._passes = fromServer => fromServer;
        Send(server!, 100, stage._net.Now);
        stage.Run(10);
        stage._passes = _ => false;
        stage.Run(150000);
        yield return stage.Take(Scene.PeerGone);
    }

    /// <summary>A device that asks for the time, and one that asks which key is shared.</summary>
    public static IEnumerable<Flow> PlayQuestions(int seed, bool answered)
    {
        Stage stage = new(seed, 2, false) { _passes = _ => answered };
        Endpoint port = new();
        port.CopyFrom(stage._serverHost.Address);
        port.Port = DiscoveryPort;
        MemoryTransport host = stage._net.Host(2);
        ClockQuery query = new(s_core, stage.Options(), port, host.Now);
        stage.Add(host, query);
        stage.Run(answered ? 1000 : 7000);
        yield return stage.Take(answered ? Scene.Clock : Scene.ClockUnanswered);

        host = stage._net.Host(3);
        Initiator initiator = new(s_core, [stage._psks[seed % 3]], port, seed % 2 == 0, null, host.Now);
        stage._actors.RemoveAt(1);
        stage.Add(host, initiator);
        stage.Run(answered ? 1000 : 11000);
        yield return stage.Take(answered ? Scene.Discovery : Scene.DiscoveryUnanswered);
    }

    bool IMemoryTap.Pass(Endpoint from, Endpoint to, byte[] bytes, int size)
    {
        bool fromServer = from.SameAddress(_serverHost.Address);
        bool passes = _passes(fromServer);
        long heardAt = passes ? _net.Now + _net.Delay : long.MaxValue;
        _seen.Add(new Sighting(fromServer, _net.Now, heardAt, _net.Now - _busyAt[fromServer ? 1 : 0], bytes[..size]));
        _busyAt[fromServer ? 1 : 0] = _net.Now;
        return passes;
    }

    private static void Send(Session from, int size, long now)
    {
        byte[] message = new byte[size];
        from.BeginMessage(size, true);
        from.AppendMessage(message, 0, now);
    }

    private ChannelOptions Options()
    {
        ChannelOptions options = new()
        {
            Psk = _psks[0],
            Suite = _suite,
            RendezvousPort = 1024,
            DiscoveryPort = DiscoveryPort,
            Token = _suite == 5 ? "ocean-tiger" : null,
            IsPlain = _plain,
        };
        return options;
    }

    private Client Connect()
    {
        MemoryTransport host = _net.Host(2);
        Client client = new(s_core, Options(), _serverHost.Address, host.Now, host.UtcNow);
        _busyAt[0] = _net.Now;
        Add(host, client);
        return client;
    }

    private void Add(MemoryTransport host, IProtocolPeer peer)
    {
        Driver driver = new(peer, host, host);
        _actors.Add((host, driver));
        driver.Flush();
    }

    private Flow Take(Scene scene)
    {
        Flow flow = new(scene, _suite, _seen);
        _seen = [];
        return flow;
    }

    private void Run(long time)
    {
        long end = _net.Now + time;
        RunUntil(() => _net.Now >= end, end);
    }

    private void RunUntil(Func<bool> holds, long end = long.MaxValue)
    {
        while (!holds())
        {
            foreach ((MemoryTransport host, Driver driver) in _actors)
            {
                driver.Flush();
            }

            long next = Math.Min(end, _net.NextArrival);
            foreach ((_, Driver driver) in _actors)
            {
                next = Math.Min(next, _net.Now + Math.Max(1, driver.IdleTime));
            }

            _net.Advance(Math.Max(next, _net.Now + 1));
            for (int i = 0; i < _actors.Count; i++)
            {
                (MemoryTransport host, Driver driver) = _actors[i];
                int size;
                while ((size = host.Receive(_buffer, _from, out int port, 0)) > 0)
                {
                    _busyAt[i == 0 ? 1 : 0] = _net.Now;
                    driver.Take(_buffer, size, _from, port);
                    driver.Flush();
                }

                driver.Flush();
            }
        }
    }
}
