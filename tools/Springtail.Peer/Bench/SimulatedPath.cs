using System;
using System.Collections.Generic;
using Springtail.Crypto;
using Springtail.Packets;
using Springtail.Sessions;
using Springtail.Transport;

namespace Springtail.Peer.Bench;

/// <summary>Sessions of the real code over a network in memory and in virtual time: the same figures on every machine.</summary>
internal sealed class SimulatedPath
{
    /// <summary>Each way, in ms.</summary>
    public const int Delay = 25;

    public const int LossPercent = 1;

    private const int MessageSize = 8 * DataPayload.FragmentSize;
    private const int Buffers = 512;

    // Slow start is to be over before it is measured, in ms.
    private const long Settling = 20_000;
    private const long Measured = 200_000;

    private readonly MemoryNetwork _network = new(1);
    private readonly List<(MemoryTransport Host, Driver Driver)> _peers = [];
    private readonly Server _server;
    private readonly List<Flow> _flows = [];
    private readonly byte[] _buffer = new byte[Packet.MaxSize + 1];
    private readonly Endpoint _from = new();

    private SimulatedPath(int flows)
    {
        _network.Delay = Delay;
        MemoryTransport host = _network.Host(1);
        _server = new Server(CryptoCore.Default, Options(), host.Now, host.UtcNow);
        Add(host, _server);
        for (int i = 0; i < flows; i++)
        {
            MemoryTransport other = _network.Host(2 + i);
            Client client = new(CryptoCore.Default, Options(), host.Address, other.Now, other.UtcNow);
            Add(other, client);
            Session? session = null;
            while (session == null || client.State != ClientState.Connected)
            {
                Step();
                session ??= _server.Accept();
            }

            _flows.Add(new Flow(session, client.Session));
        }
    }

    /// <summary>Bytes in a second that one transfer reaches where every hundredth packet is lost.</summary>
    public static double WithLoss()
    {
        SimulatedPath path = new(1);
        path._network.LossPercent = LossPercent;
        path.Run();
        return path._flows[0].Rate;
    }

    /// <summary>Bytes in a second of two transfers that share a bottleneck with a short queue.</summary>
    public static (double First, double Second) Shared()
    {
        SimulatedPath path = new(2);
        path._network.Tap = new Bottleneck(path._network);
        path.Run();
        return (path._flows[0].Rate, path._flows[1].Rate);
    }

    private void Run()
    {
        long begin = _network.Now + Settling;
        long end = begin + Measured;
        bool settled = false;
        while (_network.Now < end)
        {
            if (!settled && _network.Now >= begin)
            {
                settled = true;
                _flows.ForEach(f => f.Bytes = 0);
            }

            _flows.ForEach(f => f.Work(_network.Now));
            Step();
        }

        _flows.ForEach(f => f.Rate = f.Bytes * 1000.0 / Measured);
    }

    private void Step()
    {
        long next = _network.NextArrival;
        foreach ((MemoryTransport _, Driver driver) in _peers)
        {
            driver.Flush();
            next = Math.Min(next, _network.Now + driver.IdleTime);
        }

        _network.Advance(Math.Max(Math.Min(next, _network.NextArrival), _network.Now + 1));
        foreach ((MemoryTransport host, Driver driver) in _peers)
        {
            for (int size; (size = host.Receive(_buffer, _from, out int port, 0)) > 0;)
            {
                driver.Take(_buffer, size, _from, port);
                driver.Flush();
            }
        }
    }

    private void Add(MemoryTransport host, IProtocolPeer peer)
    {
        Driver driver = new(peer, host, host);
        _peers.Add((host, driver));
        driver.Flush();
    }

    private static ChannelOptions Options()
    {
        ChannelOptions options = ChannelOptions.ForServer();
        options.Psk = new byte[32];
        options.Suite = 2;
        options.MaxMessageSize = MessageSize;
        options.ReceiveAhead = Buffers;
        options.SendBuffers = Buffers;
        options.RekeyAfterSeconds = 3600;
        return options;
    }

    /// <summary>A transfer that never ends.</summary>
    private sealed class Flow(Session from, Session to)
    {
        private readonly byte[] _message = new byte[MessageSize];
        private readonly byte[] _received = new byte[MessageSize];
        private int _taken;

        public long Bytes { get; set; }

        public double Rate { get; set; }

        public void Work(long now)
        {
            while (from.SendRoom > 0)
            {
                if (!from.InMessage)
                {
                    from.BeginMessage(MessageSize, true);
                    _taken = 0;
                }

                _taken += from.AppendMessage(_message, _taken, now);
            }

            for (int size; (size = to.TakeMessage(_received, 0, now)) >= 0;)
            {
                Bytes += size;
            }
        }
    }

    /// <summary>A link that passes one full packet in a millisecond, and holds a queue of as many as are on their way.</summary>
    private sealed class Bottleneck(MemoryNetwork network) : IMemoryTap
    {
        private const int Queue = 2 * Delay;

        private long _level;
        private long _at;

        public bool Pass(Endpoint from, Endpoint to, byte[] bytes, int size)
        {
            if (size < Packet.MaxSize)
            {
                return true;
            }

            _level = Math.Max(0, _level - (network.Now - _at));
            _at = network.Now;
            if (_level >= Queue)
            {
                return false;
            }

            _level++;
            return true;
        }
    }
}
