using System;
using Springtail.Packets;
using Springtail.Sessions;

namespace Springtail.Transport;

/// <summary>
/// A network in memory, with a clock of its own: it loses, doubles, delays, reorders and damages datagrams by chance, the
/// same way for the same seed. Nothing happens by itself: <see cref="Advance"/> moves time. For tests, on the desktop and in the emulator.
/// </summary>
public sealed class MemoryNetwork
{
    private const int MaxFlying = 4096;

    private Flying[] _flying = new Flying[16];
    private int _flyingCount;
    private uint _order;
    private uint _random;
    private MemoryTransport[] _hosts = new MemoryTransport[4];
    private int _hostCount;

    /// <param name="seed">Any number; the same one leads to the same run.</param>
    public MemoryNetwork(uint seed)
    {
        _random = seed * 2654435761u | 1u;
    }

    /// <summary>The time that every host's clock is made of, in ms.</summary>
    public long Now { get; private set; } = 1000;

    /// <summary>Share of datagrams lost, doubled, damaged, in percent.</summary>
    public int LossPercent { get; set; }

    public int DuplicatePercent { get; set; }

    public int DamagePercent { get; set; }

    /// <summary>Time on the way, in ms, at the least; and what chance adds to it at the most.</summary>
    public int Delay { get; set; } = 10;

    public int Jitter { get; set; }

    /// <summary>Datagrams sent so far.</summary>
    public int Sent { get; private set; }

    /// <summary>Sees every datagram as it is sent and may alter it or swallow it; null for none.</summary>
    public IMemoryTap Tap { get; set; }

    /// <summary>When the next datagram arrives; long.MaxValue when none is on its way.</summary>
    public long NextArrival
    {
        get
        {
            long next = long.MaxValue;
            for (int i = 0; i < _flyingCount; i++)
            {
                if (_flying[i].At < next)
                {
                    next = _flying[i].At;
                }
            }

            return next;
        }
    }

    /// <summary>A host with address 10.0.0.<paramref name="number"/>.</summary>
    public MemoryTransport Host(int number)
    {
        if (_hostCount == _hosts.Length)
        {
            MemoryTransport[] larger = new MemoryTransport[_hostCount * 2];
            Array.Copy(_hosts, 0, larger, 0, _hostCount);
            _hosts = larger;
        }

        MemoryTransport host = new MemoryTransport(this, number);
        _hosts[_hostCount++] = host;
        return host;
    }

    /// <summary>Moves time on; datagrams whose time has come then wait at their hosts.</summary>
    public void Advance(long to)
    {
        if (to > Now)
        {
            Now = to;
        }
    }

    /// <summary>A number below limit, from the seed.</summary>
    public int Chance(int limit)
    {
        _random ^= _random << 13;
        _random ^= _random >> 17;
        _random ^= _random << 5;
        return (int)((_random >> 1) % (uint)limit);
    }

    /// <summary>Puts a datagram on its way as if a host had sent it, without loss or damage.</summary>
    public void Inject(Endpoint from, Endpoint to, byte[] bytes, int size)
    {
        Fly(from, to, bytes, size, Now + Delay);
    }

    internal void Send(Endpoint from, Endpoint to, byte[] bytes, int size)
    {
        Sent++;
        if (Tap != null && !Tap.Pass(from, to, bytes, size))
        {
            return;
        }

        int copies = Chance(100) < DuplicatePercent ? 2 : 1;
        for (int i = 0; i < copies; i++)
        {
            if (Chance(100) < LossPercent)
            {
                continue;
            }

            Flying flying = Fly(from, to, bytes, size, Now + Delay + (Jitter == 0 ? 0 : Chance(Jitter + 1)));
            if (flying != null && Chance(100) < DamagePercent)
            {
                flying.Bytes[Chance(size)] ^= (byte)(1 + Chance(255));
            }
        }
    }

    // The first datagram that has arrived at one of a host's open ports; those at closed ports vanish.
    internal int Take(MemoryTransport host, byte[] buffer, Endpoint from, out int localPort)
    {
        while (true)
        {
            int first = -1;
            for (int i = 0; i < _flyingCount; i++)
            {
                Flying flying = _flying[i];
                if (flying.At <= Now && flying.To.SameAddress(host.Address)
                    && (first < 0 || flying.At < _flying[first].At || (flying.At == _flying[first].At && flying.Order < _flying[first].Order)))
                {
                    first = i;
                }
            }

            localPort = 0;
            if (first < 0)
            {
                return 0;
            }

            Flying taken = _flying[first];
            _flying[first] = _flying[--_flyingCount];
            _flying[_flyingCount] = taken;
            if (host.FindOpen(taken.To.Port, out localPort))
            {
                int size = taken.Size < buffer.Length ? taken.Size : buffer.Length;
                Array.Copy(taken.Bytes, 0, buffer, 0, size);
                from.CopyFrom(taken.From);
                return size;
            }
        }
    }

    private Flying Fly(Endpoint from, Endpoint to, byte[] bytes, int size, long at)
    {
        if (_flyingCount == MaxFlying)
        {
            return null;
        }

        if (_flyingCount == _flying.Length)
        {
            Flying[] larger = new Flying[_flyingCount * 2];
            Array.Copy(_flying, 0, larger, 0, _flyingCount);
            _flying = larger;
        }

        Flying flying = _flying[_flyingCount];
        if (flying == null)
        {
            flying = new Flying();
            _flying[_flyingCount] = flying;
        }

        _flyingCount++;
        flying.At = at;
        flying.Order = _order++;
        flying.From.CopyFrom(from);
        flying.To.CopyFrom(to);
        if (flying.Bytes.Length < size)
        {
            flying.Bytes = new byte[(size + 127) / 128 * 128];
        }

        Array.Copy(bytes, 0, flying.Bytes, 0, size);
        flying.Size = size;
        return flying;
    }

    private sealed class Flying
    {
        public byte[] Bytes = new byte[128];
        public readonly Endpoint From = new Endpoint();
        public readonly Endpoint To = new Endpoint();
        public int Size;
        public long At;
        public uint Order;
    }
}

/// <summary>Stands on the wire of a <see cref="MemoryNetwork"/>.</summary>
public interface IMemoryTap
{
    /// <summary>False swallows the datagram; its bytes may be altered.</summary>
    bool Pass(Endpoint from, Endpoint to, byte[] bytes, int size);
}

/// <summary>A host in a <see cref="MemoryNetwork"/>, with its own clock; also its transport.</summary>
public sealed class MemoryTransport : IDatagramTransport, IClock
{
    private const int FirstOwnPort = 50000;

    private readonly MemoryNetwork _network;
    private readonly Endpoint _sender = new Endpoint();

    // Open ports: what the session calls them, and what they are on the wire (they differ for its own socket).
    private int[] _names = new int[8];
    private int[] _ports = new int[8];
    private int _count;
    private int _ownPort = FirstOwnPort;

    internal MemoryTransport(MemoryNetwork network, int number)
    {
        _network = network;
        Address.SetAddress(new byte[] { 10, 0, 0, (byte)number });
        _sender.CopyFrom(Address);
    }

    public Endpoint Address { get; } = new Endpoint();

    /// <summary>UTC at network time 0, in ms since 1970: set it to make clocks differ.</summary>
    public long UtcBase { get; set; } = 1792671081941;

    /// <summary>How much faster this host's clock runs than time does, in parts per million.</summary>
    public int DriftPartsPerMillion { get; set; }

    public long Now => _network.Now + (_network.Now * DriftPartsPerMillion / 1000000);

    public long UtcNow => UtcBase + Now;

    /// <summary>A port that cannot be opened, as if another program had it; 0 for none.</summary>
    public int TakenPort { get; set; }

    /// <summary>How many ports are open.</summary>
    public int OpenPorts => _count;

    public bool Open(int port)
    {
        if (port != Datagram.OwnSocket && (port == TakenPort || FindOpen(port, out _)))
        {
            return false;
        }

        if (_count == _names.Length)
        {
            _names = Grown(_names);
            _ports = Grown(_ports);
        }

        _names[_count] = port;
        _ports[_count] = port == Datagram.OwnSocket ? _ownPort++ : port;
        _count++;
        return true;
    }

    public void Close(int port)
    {
        for (int i = 0; i < _count; i++)
        {
            if (_names[i] == port)
            {
                _count--;
                _names[i] = _names[_count];
                _ports[i] = _ports[_count];
                return;
            }
        }
    }

    public void Send(int localPort, Endpoint to, byte[] buffer, int size)
    {
        for (int i = 0; i < _count; i++)
        {
            if (_names[i] == localPort)
            {
                _sender.Port = _ports[i];
                _network.Send(_sender, to, buffer, size);
                return;
            }
        }
    }

    public void Wait(int timeout)
    {
    }

    public int Receive(byte[] buffer, Endpoint from, out int localPort, int timeout)
    {
        return _network.Take(this, buffer, from, out localPort);
    }

    public void Wake()
    {
    }

    public Endpoint Resolve(string host)
    {
        Endpoint endpoint = new Endpoint();
        endpoint.SetAddress(new byte[] { 10, 0, 0, (byte)int.Parse(host) });
        return endpoint;
    }

    public void Dispose()
    {
        _count = 0;
    }

    /// <summary>The ports that are open, as they are on the wire.</summary>
    internal int[] WirePorts()
    {
        int[] ports = new int[_count];
        Array.Copy(_ports, 0, ports, 0, _count);
        return ports;
    }

    internal bool FindOpen(int port, out int name)
    {
        name = 0;
        for (int i = 0; i < _count; i++)
        {
            if (_ports[i] == port)
            {
                name = _names[i];
                return true;
            }
        }

        return false;
    }

    private static int[] Grown(int[] values)
    {
        int[] larger = new int[values.Length * 2];
        Array.Copy(values, 0, larger, 0, values.Length);
        return larger;
    }
}
