using Springtail.Packets;
using Springtail.Sessions;

namespace Springtail.Transport;

/// <summary>
/// Moves datagrams between a protocol peer and a transport, and opens and closes ports as the peer says. No threads and no waiting:
/// the caller waits for datagrams, then calls <see cref="Receive"/> until it gives false, and calls <see cref="Flush"/> after everything that may give the peer something to send.
/// </summary>
internal sealed class Driver
{
    // Ports that could not be opened are tried again with each change, and after this time, in ms.
    private const int RetryTime = 1000;

    // As many as a client has.
    private const int UsualPorts = 4;

    private readonly IProtocolPeer _peer;
    private readonly IDatagramTransport _transport;
    private readonly IClock _clock;
    private readonly Datagram _datagram = new Datagram();

    // The ports that the peer wants, sorted and each once; _bound[i] says whether _ports[i] could be opened.
    private int[] _ports = new int[UsualPorts];
    private bool[] _bound = new bool[UsualPorts];
    private int _count;
    private int _portsVersion = -1;
    private bool _anyTaken;
    private long _retryAt;

    // The list being made.
    private int[] _wanted = new int[UsualPorts];
    private bool[] _wantedBound = new bool[UsualPorts];

    public Driver(IProtocolPeer peer, IDatagramTransport transport, IClock clock)
    {
        _peer = peer;
        _transport = transport;
        _clock = clock;
    }

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
        for (int i = 0; i < _count; i++)
        {
            if (_bound[i])
            {
                _transport.Close(_ports[i]);
            }
        }

        _count = 0;
        _portsVersion = -1;
    }

    private void UpdatePorts()
    {
        if (_portsVersion == _peer.PortsVersion && !(_anyTaken && _clock.Now >= _retryAt))
        {
            return;
        }

        _anyTaken = false;

        int version = _peer.PortsVersion;
        int wanted = _peer.GetPorts(_wanted);
        while (wanted > _wanted.Length)
        {
            _wanted = new int[wanted * 2];
            _wantedBound = new bool[wanted * 2];
            wanted = _peer.GetPorts(_wanted);
        }

        wanted = SortAndUnite(_wanted, wanted);
        int k = 0;
        for (int i = 0; i < wanted; i++)
        {
            while (k < _count && _ports[k] < _wanted[i])
            {
                Close(k++);
            }

            bool known = k < _count && _ports[k] == _wanted[i];
            bool isOpen = known && _bound[k];
            k += known ? 1 : 0;
            if (!isOpen)
            {
                isOpen = _transport.Open(_wanted[i]);
                PortsTaken += isOpen || known ? 0 : 1;
                _anyTaken |= !isOpen;
            }

            _wantedBound[i] = isOpen;
        }

        while (k < _count)
        {
            Close(k++);
        }

        int[] ports = _ports;
        bool[] bound = _bound;
        _ports = _wanted;
        _bound = _wantedBound;
        _wanted = ports;
        _wantedBound = bound;
        _count = wanted;
        _portsVersion = version;
        _retryAt = _clock.Now + RetryTime;
    }

    private void Close(int index)
    {
        if (_bound[index])
        {
            _transport.Close(_ports[index]);
        }
    }

    // The port itself when it is open, else any that is: the receiver goes by what the packet holds.
    private bool FindPort(int wanted, out int port)
    {
        port = 0;
        bool any = false;
        for (int i = 0; i < _count; i++)
        {
            if (_bound[i])
            {
                if (_ports[i] == wanted)
                {
                    port = wanted;
                    return true;
                }

                if (!any)
                {
                    any = true;
                    port = _ports[i];
                }
            }
        }

        return any;
    }

    // Shell sort; then each value once. Gives their count.
    private static int SortAndUnite(int[] values, int count)
    {
        for (int gap = count / 2; gap > 0; gap /= 2)
        {
            for (int i = gap; i < count; i++)
            {
                int value = values[i];
                int k = i;
                for (; k >= gap && values[k - gap] > value; k -= gap)
                {
                    values[k] = values[k - gap];
                }

                values[k] = value;
            }
        }

        int kept = 0;
        for (int i = 0; i < count; i++)
        {
            if (kept == 0 || values[i] != values[kept - 1])
            {
                values[kept++] = values[i];
            }
        }

        return kept;
    }
}
