using System;
using System.Collections.Generic;
using Springtail.Packets;
using Springtail.Transport;

namespace Springtail.Soak;

/// <summary>
/// The way between the hosts, with all that can go wrong on it, and somebody on it who keeps what passes and sends what he likes. It stands as a tap
/// on the <see cref="MemoryNetwork"/>, takes every datagram off it, and gives back those that arrive, when they do.
/// </summary>
internal sealed class Wire : IMemoryTap
{
    private const int Kept = 200;

    // In one ms, by all: five hosts with 64 fragments each that are sent, acknowledged and sent again take a fraction of it.
    private const int MostAtOnce = 2000;

    // Lengths that somebody drops besides the first.
    private const int DroppedLengths = 24;

    // How long large packets pass, or do not, in ms.
    private const int NarrowTime = 10000;

    private static readonly byte[] s_beside = { 10, 0, 9, 99 };

    private readonly Random _random;
    private readonly Figures _figures;
    private readonly MemoryNetwork _net;
    private readonly PriorityQueue<Parcel, (long At, long Order)> _parcels = new();
    private readonly List<Parcel> _recorded = new();
    private readonly int _delay;
    private readonly int[] _path = new int[256];
    private long _order;
    private long _sentAt;
    private int _sentNow;
    private long _attackAt = long.MaxValue;

    public Wire(Random random, MemoryNetwork net, Figures figures, int delay)
    {
        _random = random;
        _net = net;
        _figures = figures;
        _delay = delay;
        net.Delay = 0;
        net.Tap = this;
    }

    /// <summary>The troubles of now.</summary>
    public List<Trouble> Troubles { get; } = new();

    /// <summary>The ports that a host has open: the one on the way knows them all.</summary>
    public Func<int, int[]> PortsOf { get; set; } = _ => Array.Empty<int>();

    /// <summary>When something arrives or is injected next.</summary>
    public long NextAt => Math.Min(_parcels.TryPeek(out _, out (long At, long Order) first) ? first.At : long.MaxValue, _attackAt);

    /// <summary>Large packets are dropped half of the time.</summary>
    public bool Narrows { get; set; }

    /// <summary>Which hosts a NAT stands before: the path of theirs changes the port too.</summary>
    public bool Translates { get; set; }

    /// <summary>A host's address, and behind a NAT its port, is another from now on; what goes to the old one is lost.</summary>
    public void ChangePath(int host) => _path[host] = (_path[host] + 1) % 200;

    /// <summary>A host's address as others see it now.</summary>
    public Endpoint AddressOf(MemoryTransport host)
    {
        Endpoint address = new();
        address.CopyFrom(host.Address);
        address.Address[2] = (byte)_path[address.Address[3]];
        return address;
    }

    /// <summary>Whether an address is his who stands beside the path.</summary>
    public static bool IsBeside(Endpoint address) => address.Address.AsSpan(0, 4).SequenceEqual(s_beside);

    /// <summary>Ends and begins attacks as the troubles say.</summary>
    public void Schedule()
    {
        _attackAt = long.MaxValue;
        foreach (Trouble trouble in Troubles)
        {
            if (trouble.Fault is Fault.Replay or Fault.Forgery)
            {
                _attackAt = Math.Min(_attackAt, _net.Now + 1 + _random.Next(2 * trouble.Degree));
            }
        }
    }

    public bool Pass(Endpoint from, Endpoint to, byte[] bytes, int size)
    {
        _figures.Packets++;
        _sentNow = _net.Now == _sentAt ? _sentNow + 1 : 1;
        _sentAt = _net.Now;
        if (_sentNow > MostAtOnce)
        {
            throw new Violation(Invariant.Bounded, $"{_sentNow} packets went out in one ms");
        }

        if (size > Packet.MaxSize)
        {
            _figures.LargePackets++;
            if (Narrows && _net.Now / NarrowTime % 2 != 0)
            {
                return false;
            }
        }

        Parcel parcel = new(from, to, bytes.AsSpan(0, size).ToArray());
        int sender = from.Address[3];
        parcel.From.Address[2] = (byte)_path[sender];
        if (sender != 1)
        {
            if (Translates)
            {
                parcel.From.Port = Outside(from.Port, _path[sender]);
            }
        }

        if (_recorded.Count < Kept)
        {
            _recorded.Add(parcel);
        }
        else if (_random.Next(4) == 0)
        {
            _recorded[_random.Next(Kept)] = parcel;
        }

        int jitter = 0;
        int longer = 0;
        int copies = 1;
        foreach (Trouble trouble in Troubles)
        {
            bool meant = trouble.Host == 0 || trouble.Host == sender || trouble.Host == to.Address[3];
            bool struck = meant && _random.Next(100) < trouble.Degree;
            switch (trouble.Fault)
            {
                case Fault.Loss or Fault.Burst when struck:
                case Fault.Mtu when size > trouble.Degree:
                case Fault.Dropper when size >= trouble.Degree && size <= trouble.Degree + DroppedLengths:
                    _figures.Count(trouble.Fault);
                    return false;
                case Fault.Duplication when struck:
                    _figures.Count(trouble.Fault);
                    copies++;
                    break;
                case Fault.Corruption when struck:
                    _figures.Count(trouble.Fault);
                    parcel = parcel with { Bytes = parcel.Bytes[..] };
                    parcel.Bytes[_random.Next(size)] ^= (byte)(1 + _random.Next(255));
                    break;
                case Fault.Reordering:
                    jitter = trouble.Degree;
                    break;
                case Fault.Delay:
                    longer = trouble.Degree;
                    break;
                case Fault.Side when sender != 1 && struck:
                    _figures.Count(trouble.Fault);
                    Parcel copy = new(parcel.From, parcel.To, parcel.Bytes[..]);
                    copy.From.SetAddress(s_beside);
                    _parcels.Enqueue(copy, (_net.Now + Math.Max(0, _delay - 1), _order++));
                    break;
            }
        }

        for (int i = 0; i < copies; i++)
        {
            int late = jitter == 0 ? 0 : _random.Next(jitter);
            _figures.Count(Fault.Reordering, late == 0 ? 0 : 1);
            _figures.Count(Fault.Delay, longer == 0 ? 0 : 1);
            _parcels.Enqueue(parcel, (_net.Now + _delay + longer + late, _order++));
        }

        return false;
    }

    /// <summary>What arrives now, the host's number in <paramref name="host"/>, addressed as the host knows itself; null when that is all.</summary>
    public Parcel? Take(out int host)
    {
        while (true)
        {
            Parcel parcel;
            if (_attackAt <= _net.Now)
            {
                Schedule();
                if (Attack() is not { } injected)
                {
                    continue;
                }

                parcel = injected;
            }
            else if (_parcels.TryPeek(out _, out (long At, long Order) first) && first.At <= _net.Now)
            {
                parcel = _parcels.Dequeue();
            }
            else
            {
                host = 0;
                return null;
            }

            host = parcel.To.Address[3];
            if (parcel.To.Address[2] == _path[host])
            {
                Parcel inside = new(parcel.From, parcel.To, parcel.Bytes);
                inside.To.Address[2] = 0;
                if (Translates && host != 1)
                {
                    inside.To.Port = Inside(parcel.To.Port, _path[host]);
                }

                return inside;
            }
        }
    }

    // One datagram of the attacker's.
    private Parcel? Attack()
    {
        if (_recorded.Count == 0)
        {
            return null;
        }

        Parcel taken = _recorded[_random.Next(_recorded.Count)];
        Parcel sent = new(taken.From, taken.To, taken.Bytes[..]);
        bool forges = Troubles.Exists(t => t.Fault == Fault.Forgery) && (!Troubles.Exists(t => t.Fault == Fault.Replay) || _random.Next(2) == 0);
        if (forges)
        {
            sent = Forge(sent);
        }

        // To where the receiver listens now, as often as not.
        int[] ports = PortsOf(sent.To.Address[3]);
        if (ports.Length != 0 && _random.Next(3) != 0)
        {
            sent.To.Port = ports[_random.Next(ports.Length)];
            if (sent.To.Address[3] != 1)
            {
                sent.To.Address[2] = (byte)_path[sent.To.Address[3]];
                sent.To.Port = Translates ? Outside(sent.To.Port, _path[sent.To.Address[3]]) : sent.To.Port;
            }
        }

        // From an address of his own, or as from whom it was.
        if (_random.Next(4) == 0)
        {
            sent.From.SetAddress(s_beside);
        }

        _figures.Count(forges ? Fault.Forgery : Fault.Replay);
        return sent;
    }

    private Parcel Forge(Parcel parcel)
    {
        byte[] bytes = parcel.Bytes;
        switch (_random.Next(6))
        {
            case 0:
                bytes = new byte[_random.Next(1300)];
                _random.NextBytes(bytes);
                return new Parcel(parcel.From, parcel.To, bytes);
            case 1:
                return new Parcel(parcel.From, parcel.To, bytes[..^Math.Min(bytes.Length, 1 + _random.Next(30))]);
            case 2:
                return new Parcel(parcel.From, parcel.To, [.. bytes, .. new byte[1 + _random.Next(20)]]);
            case 3:
                return new Parcel(parcel.To, parcel.From, bytes);
            case 4:
                byte[] other = _recorded[_random.Next(_recorded.Count)].Bytes;
                int cut = _random.Next(Math.Min(bytes.Length, other.Length));
                return new Parcel(parcel.From, parcel.To, [.. bytes[..cut], .. other[cut..]]);
            default:
                bytes[_random.Next(bytes.Length)] ^= (byte)(1 << _random.Next(8));
                return parcel;
        }
    }

    private static int Outside(int port, int path) => 20000 + ((port - 20000 + path * 131) & 0x7FFF);

    private static int Inside(int port, int path) => 20000 + ((port - 20000 - path * 131) & 0x7FFF);
}

/// <summary>A datagram on its way.</summary>
internal sealed record Parcel
{
    public Parcel(Endpoint from, Endpoint to, byte[] bytes)
    {
        From.CopyFrom(from);
        To.CopyFrom(to);
        Bytes = bytes;
    }

    public Endpoint From { get; init; } = new();

    public Endpoint To { get; init; } = new();

    public byte[] Bytes { get; init; }
}
