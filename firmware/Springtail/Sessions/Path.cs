using Springtail.Hopping;
using Springtail.Packets;

namespace Springtail.Sessions;

/// <summary>
/// Where datagrams go and come from (PROTOCOL.md 8): the windows and their ports, the peer's address, and how much may be sent to one that has not
/// acknowledged anything yet.
/// </summary>
internal sealed class Path
{
    /// <summary>The largest packet but DATA and those with a text or a key: REPAIR_RESPONSE.</summary>
    public const int SmallPacket = Packet.Overhead + RepairPayload.ResponseSize;

    // An address that has not acknowledged anything gets at most three times the bytes that came from it.
    private const int Amplification = 3;

    // The windows that a packet goes to: bit 0 stands for the present one, then come those 2 before and after it, and those 5 before and after.
    private const int Shifts = 5;

    private readonly HopSchedule _hops;
    private readonly bool _isServer;
    private readonly bool _clientHops;

    /// <summary>The peer's address.</summary>
    public readonly Endpoint Peer = new Endpoint();

    private readonly int[] _openPorts = new int[4];
    private int _openPortCount;

    // Own ports of the windows w-1, w and w+1; null where this side does not hop.
    private readonly int[] _windowPorts;
    private ulong _window;
    private int _peerPort;

    // A server's port that the client has used last.
    private int _replyPort;

    private bool _validated = true;
    private ulong _firstNumber;
    private int _bytesIn;
    private int _bytesOut;
    private int _shifts;

    /// <param name="hops">The session's schedule; it is the path's from here on.</param>
    /// <param name="isServer">The own side.</param>
    /// <param name="clientHops">Both sides hop.</param>
    /// <param name="peer">The peer's address, which the handshake has shown to be its.</param>
    /// <param name="utcMs">The session's clock.</param>
    public Path(HopSchedule hops, bool isServer, bool clientHops, Endpoint peer, long utcMs)
    {
        _hops = hops;
        _isServer = isServer;
        _clientHops = clientHops;
        Peer.CopyFrom(peer);
        _replyPort = Datagram.OwnSocket;
        _windowPorts = isServer || clientHops ? new int[3] : null;
        Move(_hops.Window(utcMs), false);
    }

    public ulong Window => _window;

    /// <summary>The port of the present window on which this side receives; <see cref="Datagram.OwnSocket"/> for a client that does not hop.</summary>
    public int LocalPort => _windowPorts != null ? _windowPorts[1] : Datagram.OwnSocket;

    public int PeerPort => _peerPort;

    /// <summary>Length of a window in ms.</summary>
    public int Interval => _hops.Interval;

    /// <summary>Grows whenever the open ports change.</summary>
    public int PortsVersion { get; private set; }

    /// <summary>A packet that is to go to several windows has not gone to all of them.</summary>
    public bool IsAiming => _shifts != 0;

    /// <summary>Adds the ports that are to be open to the first <paramref name="count"/> of <paramref name="ports"/>; gives the count of all, also of those that find no room.</summary>
    public int AddPorts(int[] ports, int count)
    {
        for (int i = 0; i < _openPortCount; i++, count++)
        {
            if (count < ports.Length)
            {
                ports[count] = _openPorts[i];
            }
        }

        return count;
    }

    public bool HasPort(int port)
    {
        for (int i = 0; i < _openPortCount; i++)
        {
            if (_openPorts[i] == port)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The port on which this side receives in a window, if it hops.</summary>
    public int PortOfWindow(ulong window) => _hops.Port(OwnSide, window);

    /// <summary>Goes to the window of a moment of the session's clock.</summary>
    public void Update(long utcMs)
    {
        ulong window = _hops.Window(utcMs);
        if (window != _window)
        {
            Move(window, window == _window + 1);
        }
    }

    /// <summary>When the window ends, in ms of the monotonic clock.</summary>
    public long NextHopAt(long utcMs, long now)
    {
        long ahead = _hops.Start(_window + 1) - utcMs;
        return now + (ahead < 0 ? 0 : ahead);
    }

    /// <summary>A verified packet came in: the one with the highest number so far says where a client is.</summary>
    /// <param name="arrival">The packet.</param>
    /// <param name="acknowledged">The own number that it acknowledges, or 0.</param>
    /// <param name="nextNumber">The next own number.</param>
    public void Follow(Arrival arrival, ulong acknowledged, ulong nextNumber)
    {
        if (!_isServer)
        {
            return;
        }

        Endpoint from = arrival.From;
        bool here = _clientHops ? from.SameAddress(Peer) : from.SameAs(Peer);
        if (!here && arrival.IsHighest)
        {
            Peer.CopyFrom(from);
            _validated = false;
            _firstNumber = nextNumber;
            _bytesIn = 0;
            _bytesOut = 0;
            here = true;
        }

        if (here)
        {
            _bytesIn = _bytesIn > 1000000 ? _bytesIn : _bytesIn + arrival.Size;
            if (!_validated && acknowledged >= _firstNumber)
            {
                _validated = true;
            }
        }

        if (arrival.IsHighest && _replyPort != arrival.LocalPort)
        {
            _replyPort = arrival.LocalPort;
            SetOpenPorts();
        }
    }

    /// <summary>Whether the peer's address may be sent that many bytes now.</summary>
    public bool Allows(int size) => _validated || _bytesOut + size <= _bytesIn * Amplification;

    /// <summary>Says where a sealed packet goes and from which socket, and counts its bytes.</summary>
    public void Address(Datagram datagram)
    {
        _bytesOut += datagram.Size;
        datagram.To.CopyFrom(Peer);
        if (_isServer && !_clientHops)
        {
            datagram.LocalPort = _replyPort;
            return;
        }

        datagram.To.Port = _peerPort;
        datagram.LocalPort = _clientHops ? _windowPorts[1] : Datagram.OwnSocket;
    }

    /// <summary>
    /// Where time is what may be wrong, the first tries go to the present window, the next also two windows off, the rest five (PROTOCOL.md 11): the
    /// next packets that are given to <see cref="Aim"/> do.
    /// </summary>
    public void AimFor(int tries) => _shifts = tries < 1 ? 1 : tries == 1 ? 1 | 2 | 4 : 1 | 8 | 16;

    public void StopAiming() => _shifts = 0;

    /// <summary>Sends an addressed packet of a client's to the next of the windows that it is to go to.</summary>
    public void Aim(Datagram datagram)
    {
        for (int i = 0; i < Shifts; i++)
        {
            if ((_shifts & (1 << i)) != 0)
            {
                _shifts &= ~(1 << i);
                if (i != 0)
                {
                    ulong distance = i <= 2 ? 2ul : 5ul;
                    datagram.To.Port = _hops.Port(HopSchedule.Server, i % 2 == 0 ? _window + distance : _window - distance);
                }

                return;
            }
        }
    }

    /// <summary>Writes schedule and address into a snapshot.</summary>
    public void Save(byte[] snapshot)
    {
        Wire.WriteU16(snapshot, Snapshot.ClientPortOffset, (ushort)_hops.ClientOffset);
        Wire.WriteU16(snapshot, Snapshot.ServerPortOffset, (ushort)_hops.ServerOffset);
        Wire.WriteU16(snapshot, Snapshot.TimeSyncOffset, _hops.TimeSyncOffset);
        Wire.WriteU16(snapshot, Snapshot.HopInterval, (ushort)_hops.Interval);
        System.Array.Copy(_hops.Key, 0, snapshot, Snapshot.HopKey, _hops.Key.Length);
        Peer.Write(snapshot, Snapshot.Peer);
    }

    /// <summary>Wipes the schedule and wants no port open.</summary>
    public void Wipe()
    {
        _hops.Wipe();
        _openPortCount = 0;
        PortsVersion++;
    }

    private int OwnSide => _isServer ? HopSchedule.Server : HopSchedule.Client;

    private void Move(ulong window, bool isNext)
    {
        if (_windowPorts != null)
        {
            if (isNext)
            {
                _windowPorts[0] = _windowPorts[1];
                _windowPorts[1] = _windowPorts[2];
            }
            else
            {
                _windowPorts[0] = _hops.Port(OwnSide, window - 1);
                _windowPorts[1] = _hops.Port(OwnSide, window);
            }

            _windowPorts[2] = _hops.Port(OwnSide, window + 1);
        }

        _window = window;
        if (!_isServer || _clientHops)
        {
            _peerPort = _hops.Port(_isServer ? HopSchedule.Client : HopSchedule.Server, window);
        }

        SetOpenPorts();
    }

    private void SetOpenPorts()
    {
        _openPortCount = 0;
        for (int i = 0; _windowPorts != null && i < 3; i++)
        {
            AddOpenPort(_windowPorts[i]);
        }

        if (_windowPorts == null || (_isServer && !_clientHops && _replyPort != Datagram.OwnSocket))
        {
            AddOpenPort(_replyPort);
        }

        PortsVersion++;
    }

    private void AddOpenPort(int port)
    {
        if (!HasPort(port))
        {
            _openPorts[_openPortCount++] = port;
        }
    }
}
