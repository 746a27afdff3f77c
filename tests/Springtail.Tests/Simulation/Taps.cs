using System;
using System.Collections.Generic;
using System.Linq;
using Springtail.Packets;
using Springtail.Transport;

namespace Springtail.Tests.Simulation;

/// <summary>A tap made of a function.</summary>
internal sealed class Tap : IMemoryTap
{
    private readonly Func<Captured, bool> _pass;

    public Tap(Func<Captured, bool> pass)
    {
        _pass = pass;
    }

    /// <summary>Lets only a SYN and its answer pass, which alone are as long where messages are short; once a SYN_ACK has, everything.</summary>
    public static Tap OnlyAHandshake()
    {
        bool answered = false;
        return new Tap(d =>
        {
            bool isHandshake = d.Bytes.Length > 140;
            answered |= d.FromServer && isHandshake;
            return answered || isHandshake;
        });
    }

    /// <summary>Notes when such datagrams are sent, and lets everything pass.</summary>
    public static Tap TimesOf(Func<Captured, bool> which, World world, List<long> times) => new Tap(d =>
    {
        if (which(d))
        {
            times.Add(world.Now);
        }

        return true;
    });

    public bool Pass(Endpoint from, Endpoint to, byte[] bytes, int size) => _pass(new Captured(from, to, bytes, size));
}

/// <summary>A datagram seen on the wire.</summary>
internal sealed class Captured
{
    public Captured(Endpoint from, Endpoint to, byte[] bytes, int size)
    {
        From.CopyFrom(from);
        To.CopyFrom(to);
        Bytes = bytes[..size];
    }

    public Endpoint From { get; } = new();

    public Endpoint To { get; } = new();

    public byte[] Bytes { get; }

    /// <summary>Last number of the sender's address: 1 is the server in every world.</summary>
    public int Sender => From.Address[3];

    public bool FromServer => Sender == 1;

    /// <summary>As long as an ACK of a side that pads none, and of nothing else that a test of DATA sends.</summary>
    public bool IsAck => Bytes.Length == Packet.Overhead + AckPayload.Size;
}

/// <summary>Keeps everything that goes over the wire.</summary>
internal sealed class Recorder : IMemoryTap
{
    public List<Captured> Datagrams { get; } = new();

    public IEnumerable<Captured> FromServer => Datagrams.Where(d => d.FromServer);

    public bool Pass(Endpoint from, Endpoint to, byte[] bytes, int size)
    {
        Datagrams.Add(new Captured(from, to, bytes, size));
        return true;
    }
}
