#nullable disable
using Springtail.Packets;
using Springtail.Transport;

namespace Springtail.Device;

/// <summary>How many sockets the application has open: never more than the limit, whatever is asked for.</summary>
public sealed class SocketCount
{
    /// <summary>
    /// What the smallest board has in all (target ESP32_C3_BETA; others have 16). A session needs one; with CLIENT_HOPS three, one more while it
    /// is renewed, and up to seven in an emergency, when there are two of them.
    /// </summary>
    public const int Limit = 8;

    public int Open { get; internal set; }

    /// <summary>The most there ever were.</summary>
    public int Most { get; internal set; }
}

/// <summary>A transport whose sockets are counted. Disposing it closes all, and frees their places.</summary>
public sealed class CountedTransport : IDatagramTransport
{
    private readonly IDatagramTransport _transport;
    private readonly SocketCount _count;
    private readonly object _lock = new object();
    private int _own;

    public CountedTransport(IDatagramTransport transport, SocketCount count)
    {
        _transport = transport;
        _count = count;
    }

    public bool Open(int port)
    {
        lock (_lock)
        {
            if (_count.Open == SocketCount.Limit || !_transport.Open(port))
            {
                return false;
            }

            _own++;
            _count.Open++;
            if (_count.Open > _count.Most)
            {
                _count.Most = _count.Open;
            }

            return true;
        }
    }

    public void Close(int port)
    {
        lock (_lock)
        {
            _transport.Close(port);
            if (_own > 0)
            {
                _own--;
                _count.Open--;
            }
        }
    }

    public void Send(int localPort, Endpoint to, byte[] buffer, int size)
    {
        _transport.Send(localPort, to, buffer, size);
    }

    public void Wait(int timeout)
    {
        _transport.Wait(timeout);
    }

    public int Receive(byte[] buffer, Endpoint from, out int localPort, int timeout)
    {
        return _transport.Receive(buffer, from, out localPort, timeout);
    }

    public void Wake()
    {
        _transport.Wake();
    }

    public Endpoint Resolve(string host)
    {
        return _transport.Resolve(host);
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _transport.Dispose();
            _count.Open -= _own;
            _own = 0;
        }
    }
}
