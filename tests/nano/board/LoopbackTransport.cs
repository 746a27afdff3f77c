using System.Threading;
using Springtail.Packets;
using Springtail.Transport;
using Springtail.Udp;

namespace Springtail.Board;

/// <summary>The emulator's UDP, on 127.0.0.1 alone.</summary>
internal sealed class LoopbackTransport : IDatagramTransport
{
    private const int MaxSockets = 8;

    private readonly int[] _handles = new int[MaxSockets];
    private readonly int[] _ports = new int[MaxSockets];
    private readonly byte[] _port = new byte[2];
    private readonly byte[] _address = { 127, 0, 0, 1 };
    private readonly object _lock = new object();
    private int _count;
    private int _next;
    private bool _woken;

    // Taken by Wait, handed over by Receive.
    private readonly byte[] _held = new byte[Packet.MaxSize];
    private int _heldSize;
    private int _heldPort;
    private int _heldFrom;

    public bool Open(int port)
    {
        lock (_lock)
        {
            int handle = _count == MaxSockets ? -1 : UdpSockets.Open(port);
            if (handle < 0)
            {
                return false;
            }

            _handles[_count] = handle;
            _ports[_count++] = port;
            return true;
        }
    }

    public void Close(int port)
    {
        lock (_lock)
        {
            for (int i = 0; i < _count; i++)
            {
                if (_ports[i] == port)
                {
                    UdpSockets.Close(_handles[i]);
                    _count--;
                    _handles[i] = _handles[_count];
                    _ports[i] = _ports[_count];
                    return;
                }
            }
        }
    }

    public void Send(int localPort, Endpoint to, byte[] buffer, int size)
    {
        lock (_lock)
        {
            for (int i = 0; i < _count; i++)
            {
                if (_ports[i] == localPort)
                {
                    UdpSockets.Send(_handles[i], to.Port, buffer, size);
                    return;
                }
            }
        }
    }

    public void Wait(int timeout)
    {
        long end = System.Environment.TickCount64 + timeout;
        while (!Look() && System.Environment.TickCount64 < end)
        {
            Thread.Sleep(1);
        }
    }

    public int Receive(byte[] buffer, Endpoint from, out int localPort, int timeout)
    {
        if (timeout > 0)
        {
            Wait(timeout);
        }

        lock (_lock)
        {
            localPort = 0;
            if (!Take())
            {
                return 0;
            }

            System.Array.Copy(_held, 0, buffer, 0, _heldSize);
            from.SetAddress(_address);
            from.Port = _heldFrom;
            localPort = _heldPort;
            int size = _heldSize;
            _heldSize = 0;
            return size;
        }
    }

    public void Wake()
    {
        lock (_lock)
        {
            _woken = true;
        }
    }

    public Endpoint Resolve(string host)
    {
        Endpoint endpoint = new Endpoint();
        endpoint.SetAddress(_address);
        return endpoint;
    }

    public void Dispose()
    {
        lock (_lock)
        {
            while (_count > 0)
            {
                UdpSockets.Close(_handles[--_count]);
            }
        }
    }

    private bool Look()
    {
        lock (_lock)
        {
            bool woken = _woken;
            _woken = false;
            return woken || Take();
        }
    }

    // True when there is a datagram, which is then held.
    private bool Take()
    {
        for (int i = 0; i < _count && _heldSize == 0; i++)
        {
            _next = _next + 1 >= _count ? 0 : _next + 1;
            int size = UdpSockets.Receive(_handles[_next], _held, _port);
            if (size > 0)
            {
                _heldSize = size;
                _heldPort = _ports[_next];
                _heldFrom = Wire.ReadU16(_port, 0);
            }
        }

        return _heldSize > 0;
    }
}
