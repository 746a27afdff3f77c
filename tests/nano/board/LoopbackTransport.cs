using System.Threading;
using Springtail.Packets;
using Springtail.Transport;
using Springtail.Udp;

namespace Springtail.Board;

/// <summary>The emulator's UDP, on 127.0.0.1 alone.</summary>
internal sealed class LoopbackTransport : IDatagramTransport
{
    private const int MaxSockets = 8;

    // In ms.
    private const int Turn = 2;

    private readonly int[] _handles = new int[MaxSockets];
    private readonly int[] _ports = new int[MaxSockets];
    private readonly byte[] _port = new byte[2];
    private readonly byte[] _address = { 127, 0, 0, 1 };
    private readonly object _lock = new object();
    private int _count;
    private int _next;

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

    // Whoever waits looks whether there is a datagram after that.
    public void Wait(int timeout)
    {
        Thread.Sleep(timeout < Turn ? timeout : Turn);
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
            for (int i = 0; i < _count; i++)
            {
                _next = _next + 1 >= _count ? 0 : _next + 1;
                int size = UdpSockets.Receive(_handles[_next], buffer, _port);
                if (size > 0)
                {
                    from.SetAddress(_address);
                    from.Port = Wire.ReadU16(_port, 0);
                    localPort = _ports[_next];
                    return size;
                }
            }

            return 0;
        }
    }

    public void Wake()
    {
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
}
