using Springtail.Packets;
using Springtail.Sessions;

namespace Springtail.Transport;

/// <summary>
/// Moves datagrams between a protocol peer and a transport, and opens and closes ports as the peer says. No threads and no waiting:
/// the caller waits for datagrams, then calls <see cref="Receive"/> until it returns false, and calls <see cref="Flush"/> after everything that may give the peer something to send.
/// </summary>
internal sealed class Driver
{
    // Ports that could not be opened are tried again with each change, and after this time, in ms.
    private const int RetryTime = 1000;

    // As many as a client has that does not hop.
    private const int UsualPorts = 1;

    private readonly IProtocolPeer _peer;
    private readonly IDatagramTransport _transport;
    private readonly IClock _clock;
    private readonly Datagram _datagram = new Datagram();

    // Null for a peer that lists its ports.
    private readonly IPortChanges _changes;

    // The ports that the peer wants, and the place for the list of them.
    private readonly PortSet _ports = new PortSet();
    private int[] _wanted = new int[UsualPorts];
    private int _portsVersion = -1;
    private long _retryAt = long.MaxValue;

    public Driver(IProtocolPeer peer, IDatagramTransport transport, IClock clock)
    {
        _peer = peer;
        _transport = transport;
        _clock = clock;
        _changes = peer as IPortChanges;
    }

    public IDatagramTransport Transport => _transport;

    public IClock Clock => _clock;

    /// <summary>How many ports could not be opened so far, because something else has them.</summary>
    public int PortsTaken { get; private set; }

    /// <summary>Whether a port is open, which the peer wants and nothing else has.</summary>
    internal bool IsOpen(int port) => FindPort(port, out int found) && found == port;

    /// <summary>How long the peer can be left alone, in ms from now; 0 when it has something to do.</summary>
    public int IdleTime
    {
        get
        {
            long deadline = _peer.Deadline;
            long now = _clock.Now;
            if (deadline <= now)
            {
                return 0;
            }

            return deadline - now > int.MaxValue || deadline == long.MaxValue ? int.MaxValue : (int)(deadline - now);
        }
    }

    /// <summary>Hands a datagram to the peer that has arrived by now, and does what follows from it; false when there is none.</summary>
    public bool Receive()
    {
        int size = _transport.Receive(_datagram.Buffer, _datagram.To, out int localPort, 0);
        if (size <= 0)
        {
            return false;
        }

        Take(_datagram.Buffer, size, _datagram.To, localPort);
        Flush();
        return true;
    }

    /// <summary>Hands a received datagram to the peer. The buffer is worked on in place.</summary>
    public void Take(byte[] buffer, int size, Endpoint from, int localPort)
    {
        _peer.Receive(buffer, size, from, localPort, _clock.Now, _clock.UtcNow);
    }

    /// <summary>Opens and closes ports and sends what there is to send.</summary>
    public void Flush()
    {
        UpdatePorts();
        while (_peer.Poll(_datagram, _clock.Now, _clock.UtcNow))
        {
            if (_peer.PortsVersion < 0)
            {
                _transport.Send(_datagram.LocalPort, _datagram.To, _datagram.Buffer, _datagram.Size);
                continue;
            }

            // A session's last packet leaves before its ports close; a port of a new window opens first.
            if (!FindPort(_datagram.LocalPort, out int port) || port != _datagram.LocalPort)
            {
                UpdatePorts();
            }

            if (FindPort(_datagram.LocalPort, out port))
            {
                _transport.Send(port, _datagram.To, _datagram.Buffer, _datagram.Size);
            }
        }

        UpdatePorts();
    }

    /// <summary>Closes all ports.</summary>
    public void ClosePorts()
    {
        for (int i = 0; i < _ports.Slots; i++)
        {
            if (_ports.PortAt(i) >= 0 && _ports.IsOpen(i))
            {
                _transport.Close(_ports.PortAt(i));
            }
        }

        _ports.Clear();
        _portsVersion = -1;
    }

    private void UpdatePorts()
    {
        if (_peer.PortsVersion < 0 || (_portsVersion == _peer.PortsVersion && (_retryAt == long.MaxValue || _clock.Now < _retryAt)))
        {
            return;
        }

        bool retry = _clock.Now >= _retryAt;
        _portsVersion = _peer.PortsVersion;
        _retryAt = retry || _changes == null ? long.MaxValue : _retryAt;
        if (_changes == null)
        {
            OpenAndClose();
            return;
        }

        while (_changes.TakePortChange(out int port, out bool opens))
        {
            if (opens)
            {
                Want(port);
            }
            else
            {
                Drop(port);
            }
        }

        if (retry)
        {
            for (int i = 0; i < _ports.Slots; i++)
            {
                if (_ports.PortAt(i) >= 0 && !_ports.IsOpen(i))
                {
                    Want(_ports.PortAt(i));
                }
            }
        }
    }

    // To the ports that the peer lists. Closes before it opens: a board has eight sockets, and a hop needs no more than those that it had.
    private void OpenAndClose()
    {
        int wanted = _peer.GetPorts(_wanted);
        while (wanted > _wanted.Length)
        {
            _wanted = new int[wanted * 2];
            wanted = _peer.GetPorts(_wanted);
        }

        for (int i = 0; i < _ports.Slots; i++)
        {
            _ports.SetWanted(i, false);
        }

        for (int i = 0; i < wanted; i++)
        {
            int slot = _ports.Find(_wanted[i]);
            if (slot >= 0)
            {
                _ports.SetWanted(slot, true);
            }
        }

        // Where one is taken out, another may have moved to.
        for (int i = 0; i < _ports.Slots && _ports.Count > 0;)
        {
            int port = _ports.PortAt(i);
            if (port >= 0 && !_ports.IsWanted(i))
            {
                Drop(port);
            }
            else
            {
                i++;
            }
        }

        for (int i = 0; i < wanted; i++)
        {
            Want(_wanted[i]);
        }
    }

    // Opens a port unless it is open.
    private void Want(int port)
    {
        int slot = _ports.Find(port);
        bool known = slot >= 0;
        slot = known ? slot : _ports.Add(port);
        if (!_ports.IsOpen(slot))
        {
            bool open = _transport.Open(port);
            _ports.SetOpen(slot, open);
            PortsTaken += open || known ? 0 : 1;
            _retryAt = open ? _retryAt : _clock.Now + RetryTime;
        }
    }

    private void Drop(int port)
    {
        int slot = _ports.Find(port);
        if (slot >= 0)
        {
            if (_ports.IsOpen(slot))
            {
                _transport.Close(port);
            }

            _ports.Remove(slot);
        }
    }

    // The port itself when it is open, otherwise any that is: the receiver goes by what the packet holds.
    private bool FindPort(int wanted, out int port)
    {
        port = wanted;
        int slot = _ports.Find(wanted);
        if (slot >= 0 && _ports.IsOpen(slot))
        {
            return true;
        }

        for (int i = 0; i < _ports.Slots; i++)
        {
            if (_ports.PortAt(i) >= 0 && _ports.IsOpen(i))
            {
                port = _ports.PortAt(i);
                return true;
            }
        }

        return false;
    }
}
