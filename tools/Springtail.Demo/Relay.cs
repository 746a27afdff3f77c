using System;
using System.Net;
using System.Threading;
using Springtail.Packets;
using Springtail.Transport;

namespace Springtail.Demo;

/// <summary>
/// Stands between device and peer like a network: what comes from one goes to the other with its ports unchanged, or is
/// lost. It knows nothing of the protocol: where they will hop it cannot tell, so it has all ports of the range open.
/// </summary>
internal sealed class Relay : IDisposable
{
    private readonly SocketTransport _toDevice = new(Places.RelayForDevice);
    private readonly SocketTransport _toPeer = new(Places.RelayForPeer);
    private readonly Random _random;
    private readonly Lock _lock = new();
    private readonly Thread[] _threads;
    private volatile bool _stopped;
    private volatile int _lossPercent;
    private int _passed;
    private int _lost;

    public Relay(int seed)
    {
        _random = new Random(seed);
        for (int port = Places.PortMin; port < Places.PortMin + Places.PortCount; port++)
        {
            Closed += (_toDevice.Open(port) ? 0 : 1) + (_toPeer.Open(port) ? 0 : 1);
        }

        _threads =
        [
            new Thread(() => Forward(_toDevice, _toPeer, Places.Peer)) { IsBackground = true, Name = "to the peer" },
            new Thread(() => Forward(_toPeer, _toDevice, Places.Device)) { IsBackground = true, Name = "to the device" },
        ];
        Array.ForEach(_threads, t => t.Start());
    }

    /// <summary>Ports that something else has.</summary>
    public int Closed { get; }

    /// <summary>How many of a hundred datagrams are lost from now on.</summary>
    public int LossPercent
    {
        get => _lossPercent;
        set => _lossPercent = value;
    }

    public int Passed => _passed;

    public int Lost => _lost;

    public void Dispose()
    {
        _stopped = true;
        _toDevice.Wake();
        _toPeer.Wake();
        Array.ForEach(_threads, t => t.Join());
        _toDevice.Dispose();
        _toPeer.Dispose();
    }

    // From a.b.c.d:p at port q of one face, to the receiver's port q, sent from port p of the other face.
    private void Forward(SocketTransport from, SocketTransport to, IPAddress receiver)
    {
        byte[] buffer = new byte[Packet.MaxSize];
        Endpoint sender = new();
        Endpoint target = new();
        target.SetAddress(receiver.GetAddressBytes());
        while (!_stopped)
        {
            int size = from.Receive(buffer, sender, out int port, 1000);
            if (size == 0)
            {
                continue;
            }

            if (IsLost())
            {
                Interlocked.Increment(ref _lost);
                continue;
            }

            // A port outside the range, which the system gave to the device for its first packets.
            if (to.NumberOf(sender.Port) == 0)
            {
                to.Open(sender.Port);
            }

            target.Port = port;
            to.Send(sender.Port, target, buffer, size);
            Interlocked.Increment(ref _passed);
        }
    }

    private bool IsLost()
    {
        lock (_lock)
        {
            return _random.Next(100) < _lossPercent;
        }
    }
}
