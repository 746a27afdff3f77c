using System;
using System.Collections.Generic;
using System.Net;
using System.Threading;
using Springtail.Packets;
using Springtail.Transport;

namespace Springtail.Demo;

/// <summary>A host that a <see cref="Relay"/> stands before. All is one machine, so each has loopback addresses of its own.</summary>
/// <param name="Address">Where it is.</param>
/// <param name="StandIn">Where the other one sees it: an address of the relay.</param>
/// <param name="Way">What happens to datagrams on the way to it.</param>
internal sealed record RelayedHost(IPAddress Address, IPAddress StandIn, Link Way);

/// <summary>
/// Stands between two hosts like a network: what comes from one goes to the other with its ports unchanged, later, or is lost. It knows nothing of the
/// protocol: where they will hop it cannot tell, so it has all ports of the range open.
/// </summary>
internal sealed class Relay : IDisposable
{
    private const int LongestWait = 1000;

    private readonly Thread[] _threads;
    private readonly SocketTransport[] _faces;
    private volatile bool _stopped;

    /// <param name="one">A host.</param>
    /// <param name="other">The other one.</param>
    /// <param name="portMin">The lowest port of the range.</param>
    /// <param name="portCount">How many ports it has: few enough that all can be open.</param>
    public Relay(RelayedHost one, RelayedHost other, int portMin, int portCount)
    {
        SocketTransport toOne = new SocketTransport(other.StandIn);
        SocketTransport toOther = new SocketTransport(one.StandIn);
        _faces = new[] { toOne, toOther };
        for (int port = portMin; port < portMin + portCount; port++)
        {
            Closed += (toOne.Open(port) ? 0 : 1) + (toOther.Open(port) ? 0 : 1);
        }

        _threads = new[]
        {
            new Thread(() => Forward(toOne, toOther, other)) { IsBackground = true },
            new Thread(() => Forward(toOther, toOne, one)) { IsBackground = true },
        };
        Array.ForEach(_threads, t => t.Start());
    }

    /// <summary>Ports that something else has.</summary>
    public int Closed { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stopped = true;
        Array.ForEach(_faces, f => f.Wake());
        Array.ForEach(_threads, t => t.Join());
        Array.ForEach(_faces, f => f.Dispose());
    }

    // From port p to port q of one face: to the receiver's port q, sent from port p of the other face.
    private void Forward(SocketTransport from, SocketTransport to, RelayedHost receiver)
    {
        Queue<(TimeSpan In, TimeSpan Out, int From, int To, byte[] Bytes)> underWay = new Queue<(TimeSpan, TimeSpan, int, int, byte[])>();
        byte[] buffer = new byte[Packet.MaxSize];
        Endpoint sender = new Endpoint();
        Endpoint target = new Endpoint();
        target.SetAddress(receiver.Address.GetAddressBytes());
        while (!_stopped)
        {
            double wait = underWay.Count == 0 ? LongestWait : (underWay.Peek().Out - Link.Now).TotalMilliseconds;
            int size = from.Receive(buffer, sender, out int port, (int)Math.Ceiling(Math.Max(0, wait)));
            TimeSpan now = Link.Now;
            if (size > 0 && receiver.Way.Pass(size, now, out TimeSpan at))
            {
                underWay.Enqueue((now, at, sender.Port, port, buffer[..size]));
            }

            while (underWay.Count > 0 && underWay.Peek().Out <= Link.Now)
            {
                (TimeSpan began, _, int fromPort, target.Port, byte[] bytes) = underWay.Dequeue();

                // A port outside the range, which the system gave to a host for its first packets.
                if (to.NumberOf(fromPort) == 0)
                {
                    to.Open(fromPort);
                }

                to.Send(fromPort, target, bytes, bytes.Length);
                receiver.Way.Out(Link.Now - began);
            }
        }
    }
}
