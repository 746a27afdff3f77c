using System;
using System.Collections.Generic;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using Springtail.Packets;
using Springtail.Sessions;

namespace Springtail.Transport;

/// <summary>
/// UDP sockets for a desktop: IPv6 and IPv4 at once where the system has both, thousands of ports, all of them received
/// from at the same time. <see cref="Open"/>, <see cref="Close"/>, <see cref="Send"/> and <see cref="Wake"/> may be called
/// from any thread while another is in <see cref="Receive"/>.
/// <para>
/// What comes in waits in one queue of <see cref="QueueCapacity"/> datagrams; when it is full, further ones are dropped, as
/// a network would.
/// </para>
/// </summary>
public sealed class SocketTransport : IDatagramTransport, IDisposable
{
    /// <summary>How many datagrams wait to be received at the most.</summary>
    public const int QueueCapacity = 4096;

    private const int MaxPooledPorts = 256;

    private readonly IPAddress _address;
    private readonly bool _isIPv6;

    private readonly object _lock = new object();
    private readonly Dictionary<int, Port> _ports = new Dictionary<int, Port>();
    private readonly Stack<Port> _pool = new Stack<Port>();
    private bool _disposed;

    // A socket address that is written over for each datagram sent, under _lock.
    private readonly SocketAddress _to;

    private readonly object _queueLock = new object();
    private readonly Arrival[] _queue = new Arrival[QueueCapacity];
    private int _first;
    private int _waiting;
    private bool _woken;

    /// <summary>Binds to all addresses of the machine.</summary>
    public SocketTransport()
        : this(null)
    {
    }

    /// <param name="address">The one local address to bind to; null for all of them.</param>
    /// <exception cref="SpringtailException">The address is not one of this machine's.</exception>
    public SocketTransport(IPAddress address)
    {
        if (address == null)
        {
            _isIPv6 = HasDualStack();
            _address = _isIPv6 ? IPAddress.IPv6Any : IPAddress.Any;
        }
        else
        {
            _isIPv6 = address.AddressFamily == AddressFamily.InterNetworkV6;
            _address = address;
            CheckAddress();
        }

        _to = new IPEndPoint(_isIPv6 ? IPAddress.IPv6Any : IPAddress.Any, 0).Serialize();
    }

    /// <summary>Datagrams that were dropped because the queue was full.</summary>
    public int Dropped { get; private set; }

    /// <summary>How many ports are open.</summary>
    public int OpenPorts
    {
        get
        {
            lock (_lock)
            {
                return _ports.Count;
            }
        }
    }

    /// <summary>The number that the system gave to an open port (it differs for <see cref="Datagram.OwnSocket"/>); 0 when it is not open.</summary>
    public int NumberOf(int port)
    {
        lock (_lock)
        {
            return _ports.TryGetValue(port, out Port open) ? ((IPEndPoint)open.Socket.LocalEndPoint).Port : 0;
        }
    }

    /// <inheritdoc/>
    public bool Open(int port)
    {
        Socket socket = null;
        try
        {
            socket = NewSocket();
            socket.Bind(new IPEndPoint(_address, port));
        }
        catch (SocketException)
        {
            socket?.Dispose();
            return false;
        }

        Port opened;
        lock (_lock)
        {
            if (_disposed || _ports.ContainsKey(port))
            {
                socket.Dispose();
                return false;
            }

            opened = _pool.Count > 0 ? _pool.Pop() : new Port(this);
            opened.Socket = socket;
            opened.Name = port;
            _ports.Add(port, opened);
        }

        opened.Start();
        return true;
    }

    /// <inheritdoc/>
    public void Close(int port)
    {
        Socket socket = null;
        lock (_lock)
        {
            if (_ports.Remove(port, out Port closed))
            {
                socket = closed.Socket;
            }
        }

        socket?.Dispose();
    }

    /// <inheritdoc/>
    public void Send(int localPort, Endpoint to, byte[] buffer, int size)
    {
        lock (_lock)
        {
            if (!_ports.TryGetValue(localPort, out Port port) || (!_isIPv6 && to.Family != Endpoint.FamilyIPv4))
            {
                return;
            }

            WriteAddress(to);
            try
            {
                port.Socket.SendTo(new ReadOnlySpan<byte>(buffer, 0, size), SocketFlags.None, _to);
            }
            catch (SocketException)
            {
                // The network's trouble, or ICMP's word of an earlier datagram: what is lost is sent again.
            }
        }
    }

    /// <inheritdoc/>
    public int Receive(byte[] buffer, Endpoint from, out int localPort, int timeout)
    {
        localPort = 0;
        long end = Environment.TickCount64 + timeout;
        lock (_queueLock)
        {
            while (_waiting == 0 && !_woken)
            {
                long left = end - Environment.TickCount64;
                if (left <= 0 || !Monitor.Wait(_queueLock, (int)Math.Min(left, int.MaxValue)))
                {
                    break;
                }
            }

            _woken = false;
            if (_waiting == 0)
            {
                return 0;
            }

            Arrival arrival = _queue[_first];
            _first = (_first + 1) % QueueCapacity;
            _waiting--;
            int size = Math.Min(arrival.Size, buffer.Length);
            Array.Copy(arrival.Bytes, buffer, size);
            from.CopyFrom(arrival.From);
            localPort = arrival.LocalPort;
            return size;
        }
    }

    /// <inheritdoc/>
    public void Wake()
    {
        lock (_queueLock)
        {
            _woken = true;
            Monitor.Pulse(_queueLock);
        }
    }

    /// <summary>The address of a host name or numeric address that this transport's sockets reach, IPv4 first.</summary>
    /// <exception cref="SpringtailException">There is none.</exception>
    public Endpoint Resolve(string host)
    {
        IPAddress[] addresses;
        if (IPAddress.TryParse(host, out IPAddress numeric))
        {
            addresses = new[] { numeric };
        }
        else
        {
            try
            {
                addresses = Dns.GetHostAddresses(host);
            }
            catch (Exception e) when (e is SocketException or ArgumentException)
            {
                throw new SpringtailException(ErrorCode.SessionNotFound, "The host " + host + " is not known (" + e.Message + "): check the name and that the network is up.");
            }
        }

        IPAddress chosen = Array.Find(addresses, a => a.AddressFamily == AddressFamily.InterNetwork && !IsOnlyIPv6)
            ?? Array.Find(addresses, a => a.AddressFamily == AddressFamily.InterNetworkV6 && (_isIPv6 || a.IsIPv4MappedToIPv6));
        if (chosen == null)
        {
            throw new SpringtailException(ErrorCode.SessionNotFound, "The host " + host + " has no address that can be reached from " + _address + ".");
        }

        Endpoint endpoint = new Endpoint();
        endpoint.SetAddress(chosen.GetAddressBytes());
        return endpoint;
    }

    /// <inheritdoc cref="IDatagramTransport.Dispose"/>
    public void Dispose()
    {
        List<Socket> sockets = new List<Socket>();
        lock (_lock)
        {
            _disposed = true;
            foreach (Port port in _ports.Values)
            {
                sockets.Add(port.Socket);
            }

            _ports.Clear();
        }

        foreach (Socket socket in sockets)
        {
            socket.Dispose();
        }

        Wake();
    }

    private bool IsOnlyIPv6 => _isIPv6 && !_address.Equals(IPAddress.IPv6Any);

    private static bool HasDualStack()
    {
        if (!Socket.OSSupportsIPv6)
        {
            return false;
        }

        // It may be compiled in and switched off.
        try
        {
            using Socket socket = new Socket(AddressFamily.InterNetworkV6, SocketType.Dgram, ProtocolType.Udp) { DualMode = true };
            socket.Bind(new IPEndPoint(IPAddress.IPv6Any, 0));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private void CheckAddress()
    {
        try
        {
            using Socket socket = NewSocket();
            socket.Bind(new IPEndPoint(_address, 0));
        }
        catch (SocketException e)
        {
            throw new SpringtailException(ErrorCode.StateInvalid, "Cannot bind to " + _address + ": " + e.Message + ". Give an address of this machine.");
        }
    }

    private Socket NewSocket()
    {
        Socket socket = new Socket(_address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            if (_isIPv6)
            {
                socket.DualMode = !IsOnlyIPv6;
            }

            // Two programs on one port would take packets from each other.
            socket.ExclusiveAddressUse = true;
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    // sockaddr_in: family (2 bytes), port (2, big-endian), address (4). sockaddr_in6: family, port, flow (4), address (16), scope (4).
    private void WriteAddress(Endpoint to)
    {
        Span<byte> bytes = _to.Buffer.Span;
        bytes[2] = (byte)(to.Port >> 8);
        bytes[3] = (byte)to.Port;
        if (!_isIPv6)
        {
            new ReadOnlySpan<byte>(to.Address, 0, 4).CopyTo(bytes.Slice(4));
        }
        else if (to.Family == Endpoint.FamilyIPv4)
        {
            bytes.Slice(8, 10).Clear();
            bytes.Slice(18, 2).Fill(0xFF);
            new ReadOnlySpan<byte>(to.Address, 0, 4).CopyTo(bytes.Slice(20));
        }
        else
        {
            new ReadOnlySpan<byte>(to.Address, 0, 16).CopyTo(bytes.Slice(8));
        }
    }

    private void Arrive(byte[] bytes, int size, IPEndPoint from, int localPort)
    {
        lock (_queueLock)
        {
            if (_waiting == QueueCapacity)
            {
                Dropped++;
                return;
            }

            int last = (_first + _waiting) % QueueCapacity;
            Arrival arrival = _queue[last];
            if (arrival == null)
            {
                arrival = new Arrival();
                _queue[last] = arrival;
            }

            Span<byte> address = stackalloc byte[16];
            from.Address.TryWriteBytes(address, out int length);
            if (length == 4)
            {
                address.Slice(0, 4).CopyTo(arrival.IPv4);
                arrival.From.SetAddress(arrival.IPv4);
            }
            else
            {
                address.CopyTo(arrival.IPv6);
                arrival.From.SetAddress(arrival.IPv6);
            }

            arrival.From.Port = from.Port;
            arrival.LocalPort = localPort;
            arrival.Size = size;
            Array.Copy(bytes, arrival.Bytes, size);
            _waiting++;
            Monitor.Pulse(_queueLock);
        }
    }

    // The socket is closed and its last receive is over: what belonged to it serves another.
    private void Recycle(Port port)
    {
        lock (_lock)
        {
            if (!_disposed && _pool.Count < MaxPooledPorts)
            {
                port.Socket = null;
                _pool.Push(port);
                return;
            }
        }

        port.Dispose();
    }

    // A datagram that waits.
    private sealed class Arrival
    {
        public readonly byte[] Bytes = new byte[Packet.MaxSize];
        public readonly Endpoint From = new Endpoint();
        public readonly byte[] IPv4 = new byte[4];
        public readonly byte[] IPv6 = new byte[16];
        public int Size;
        public int LocalPort;
    }

    // An open port, with the receive that is always under way on it.
    private sealed class Port
    {
        private readonly SocketTransport _owner;
        private readonly SocketAsyncEventArgs _receive = new SocketAsyncEventArgs();

        // One byte more than a packet may have shows one that is too large.
        private readonly byte[] _buffer = new byte[Packet.MaxSize + 1];

        public Port(SocketTransport owner)
        {
            _owner = owner;
            _receive.SetBuffer(_buffer, 0, _buffer.Length);
            _receive.Completed += (sender, e) =>
            {
                if (Take())
                {
                    Start();
                }
            };
        }

        public Socket Socket { get; set; }

        public int Name { get; set; }

        public void Start()
        {
            bool goesOn = true;
            while (goesOn)
            {
                try
                {
                    _receive.RemoteEndPoint = new IPEndPoint(_owner._isIPv6 ? IPAddress.IPv6Any : IPAddress.Any, 0);
                    if (Socket.ReceiveFromAsync(_receive))
                    {
                        return;
                    }

                    goesOn = Take();
                }
                catch (ObjectDisposedException)
                {
                    _owner.Recycle(this);
                    return;
                }
                catch (SocketException)
                {
                    // An ICMP error that belongs to an earlier datagram.
                }
            }
        }

        public void Dispose() => _receive.Dispose();

        // What the receive gave; false when the socket was closed.
        private bool Take()
        {
            switch (_receive.SocketError)
            {
                case SocketError.Success:
                    if (_receive.BytesTransferred is > 0 and <= Packet.MaxSize)
                    {
                        _owner.Arrive(_buffer, _receive.BytesTransferred, (IPEndPoint)_receive.RemoteEndPoint, Name);
                    }

                    return true;
                case SocketError.OperationAborted:
                case SocketError.Interrupted:
                case SocketError.NotSocket:
                case SocketError.Shutdown:
                    _owner.Recycle(this);
                    return false;
                default:
                    return true;
            }
        }
    }
}
