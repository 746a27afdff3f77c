using Springtail.Hopping;
using Springtail.Packets;

namespace Springtail.Sessions;

// Windows, ports and the peer's address (PROTOCOL.md 8).
internal sealed partial class Session
{
    // An address that has not acknowledged anything gets at most three times the bytes that came from it.
    private const int Amplification = 3;

    // The largest packet but DATA and those with a text or a key: REPAIR_RESPONSE.
    private const int SmallPacket = Packet.Overhead + RepairPayload.ResponseSize;

    private readonly HopSchedule _hops;
    private readonly Endpoint _peer = new Endpoint();
    private readonly int[] _openPorts = new int[4];
    private int _openPortCount;

    // Own ports of the windows w-1, w and w+1, where this side hops.
    private readonly int[] _windowPorts = new int[3];
    private ulong _window;
    private bool _windowKnown;
    private int _peerPort;

    private int _replyPort;
    private bool _pathValidated;
    private ulong _pathFirstNumber;
    private int _receivedOnPath;
    private int _sentOnPath;

    // The windows that a packet goes to: bit 0 stands for the present one, then come those 2 before and after it, and those 5 before and after.
    private const int Shifts = 5;
    private int _shifts;

    /// <summary>The hop window (PROTOCOL.md 8).</summary>
    public ulong Window => _window;

    /// <summary>The port of the present window on which this side receives; <see cref="Datagram.OwnSocket"/> for a client that does not hop.</summary>
    public int LocalPort => Hops ? _windowPorts[1] : Datagram.OwnSocket;

    /// <summary>Where packets go now.</summary>
    public int PeerPort => _peerPort;

    /// <summary>The peer's address.</summary>
    public Endpoint Peer => _peer;

    /// <summary>Grows whenever the answer of <see cref="GetPorts"/> changes.</summary>
    public int PortsVersion { get; private set; }

    private bool Hops => _isServer || ClientHops;

    private bool ClientHops => (Features & Packets.Features.ClientHops) != 0;

    /// <summary>Writes the local ports that should be open now, at most four; gives their count.</summary>
    public int GetPorts(int[] ports) => AddPorts(ports, 0);

    /// <summary>Adds them to the first <paramref name="count"/> of <paramref name="ports"/>; gives the count of all, also of those that find no room.</summary>
    internal int AddPorts(int[] ports, int count)
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

    internal bool HasPort(int port)
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
    internal int PortOfWindow(ulong window) => _hops.Port(_isServer ? HopSchedule.Server : HopSchedule.Client, window);

    private void UpdateHops(long now)
    {
        ulong window = _hops.Window(UtcNow(now));
        if (_windowKnown && window == _window)
        {
            return;
        }

        if (Hops)
        {
            int side = _isServer ? HopSchedule.Server : HopSchedule.Client;
            if (_windowKnown && window == _window + 1)
            {
                _windowPorts[0] = _windowPorts[1];
                _windowPorts[1] = _windowPorts[2];
            }
            else
            {
                _windowPorts[0] = _hops.Port(side, window - 1);
                _windowPorts[1] = _hops.Port(side, window);
            }

            _windowPorts[2] = _hops.Port(side, window + 1);
        }

        _window = window;
        _windowKnown = true;
        if (!_isServer || ClientHops)
        {
            _peerPort = _hops.Port(_isServer ? HopSchedule.Client : HopSchedule.Server, window);
        }

        SetOpenPorts();
    }

    private void SetOpenPorts()
    {
        _openPortCount = 0;
        if (Hops)
        {
            for (int i = 0; i < 3; i++)
            {
                AddOpenPort(_windowPorts[i]);
            }
        }

        if (!Hops || (_isServer && !ClientHops && _replyPort != Datagram.OwnSocket))
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

    private long NextHopAt(long now)
    {
        long ahead = _hops.Start(_window + 1) - UtcNow(now);
        return now + (ahead < 0 ? 0 : ahead);
    }

    // The packet with the highest number so far says where the peer is.
    private void FollowPath(Endpoint from, int localPort, int size, bool highest, uint acknowledgment, long now)
    {
        if (!_isServer)
        {
            return;
        }

        bool here = ClientHops ? from.SameAddress(_peer) : from.SameAs(_peer);
        if (!here && highest)
        {
            _peer.CopyFrom(from);
            _pathValidated = false;
            _pathFirstNumber = _lastNumber + 1;
            _receivedOnPath = 0;
            _sentOnPath = 0;
            here = true;
        }

        if (here)
        {
            _receivedOnPath = _receivedOnPath > 1000000 ? _receivedOnPath : _receivedOnPath + size;
            uint behind = (uint)_lastNumber - acknowledgment;
            if (!_pathValidated && behind < 0x80000000u && _lastNumber >= _pathFirstNumber + behind)
            {
                _pathValidated = true;
            }
        }

        if (highest && _replyPort != localPort)
        {
            _replyPort = localPort;
            SetOpenPorts();
        }
    }

    private bool PathAllows(int size)
    {
        return _pathValidated || _sentOnPath + size <= _receivedOnPath * Amplification;
    }

    // Where a packet goes and from which socket.
    private void Address(Datagram datagram, int shift)
    {
        datagram.To.CopyFrom(_peer);
        if (_isServer && !ClientHops)
        {
            datagram.LocalPort = _replyPort;
            return;
        }

        int port = _peerPort;
        if (shift != 0)
        {
            ulong window = shift > 0 ? _window + (ulong)shift : _window - (ulong)(0 - shift);
            port = _hops.Port(_isServer ? HopSchedule.Client : HopSchedule.Server, window);
        }

        datagram.To.Port = port;
        datagram.LocalPort = ClientHops ? _windowPorts[1] : Datagram.OwnSocket;
    }

    // Where time is what may be wrong, the first tries go to the present window, the next also two windows off, the rest five (PROTOCOL.md 11).
    private static int ShiftsOfTry(int tries)
    {
        return tries < 1 ? 1 : tries == 1 ? 1 | 2 | 4 : 1 | 8 | 16;
    }

    private int NextShift()
    {
        for (int i = 0; i < Shifts; i++)
        {
            if ((_shifts & (1 << i)) != 0)
            {
                _shifts &= ~(1 << i);
                int distance = i == 0 ? 0 : i <= 2 ? 2 : 5;
                return i % 2 == 0 ? distance : 0 - distance;
            }
        }

        return 0;
    }
}
