using System;
using System.Collections.Generic;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Threading;
using Springtail.Packets;
using Springtail.Sessions;

namespace Springtail.Transport;

/// <summary>
/// UDP sockets for a desktop: IPv6 and IPv4 at once where the system has both, any number of ports, all of them received
/// from at the same time. <see cref="Open"/>, <see cref="Close"/>, <see cref="Send"/> and <see cref="Wake"/> may be called
/// from any thread while another is in <see cref="Wait"/> or <see cref="Receive"/>.
/// <para>
/// Datagrams wait in the system's buffers and are taken out of them by the thread that receives, with no other thread between; when a
/// buffer is full, the system drops further ones, as a network would. Where the system can do it (Linux), those that go the same way pass
/// through it together: those that have come are taken together, and what is sent between <see cref="Hold"/> and <see cref="Release"/> leaves together.
/// </para>
/// </summary>
public sealed class SocketTransport : IDatagramTransport, IHoldingTransport, IDisposable
{
    // What the system may keep for a port until it is received, in bytes; it gives less where its own limit is lower.
    private const int ReceiveBuffer = 1 << 22;

    // Datagrams taken from one port before the others are looked at.
    private const int MaxInARow = 64;

    private readonly IPAddress _address;
    private readonly bool _isIPv6;

    private readonly object _lock = new object();
    private readonly SystemClock _clock = new SystemClock();
    private readonly Dictionary<int, Socket> _ports = new Dictionary<int, Socket>();
    private readonly Dictionary<Socket, int> _names = new Dictionary<Socket, int>();
    private readonly SocketPoller _poller = SocketPoller.Create();
    private readonly bool _join;
    private bool _disposed;

    // Sends for the caller, under _lock.
    private readonly DatagramSender _sender;

    // The own addresses that datagrams were sent to, by the number that an endpoint has for one, less one. Only grows.
    private const int MaxOwnAddresses = 1024;
    private byte[][] _own = new byte[0][];

    // A socket that sends to itself, to end a wait.
    private readonly Socket _wake;
    private readonly SocketAddress _wakeAddress;
    private int _nudged;
    private int _woken;

    // Of the receiving thread: the sockets that have something, and the one that is being emptied.
    private readonly List<Socket> _ready = new List<Socket>();
    private readonly byte[] _ipv4 = new byte[4];
    private readonly byte[] _ipv6 = new byte[16];
    private readonly SocketAddress _from;
    private Socket _current;
    private int _currentName;
    private int _inARow;

    // What was received and not yet given out: of these bytes, those from _at to _size, a datagram of _each bytes after the other.
    private readonly JoinedDatagrams _joined;
    private readonly byte[] _buffer;
    private int _size;
    private int _at;
    private int _each;

    /// <summary>Binds to all addresses of the machine.</summary>
    public SocketTransport()
        : this(null)
    {
    }

    /// <param name="address">The one local address to bind to; null for all of them.</param>
    /// <exception cref="SpringtailException">The address is not one of this machine's.</exception>
    public SocketTransport(IPAddress address)
        : this(address, JoinedDatagrams.AreSupported)
    {
    }

    /// <param name="address">The one local address to bind to; null for all of them.</param>
    /// <param name="join">Whether datagrams that go the same way pass through the system together; only where it can do it.</param>
    internal SocketTransport(IPAddress address, bool join)
    {
        _join = join;
        _joined = join ? new JoinedDatagrams() : null;
        _buffer = join ? _joined.Bytes : new byte[Packet.LargestTaken + 1];
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

        _from = new IPEndPoint(_isIPv6 ? IPAddress.IPv6Any : IPAddress.Any, 0).Serialize();
        _sender = new DatagramSender(this, _isIPv6, join);
        _wake = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        _wake.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _wakeAddress = _wake.LocalEndPoint.Serialize();
        _poller.Add(_wake);
    }

    /// <summary>True when a port could not be opened lately since the process may have no more descriptors.</summary>
    internal bool IsShort { get; private set; }

    /// <summary>True when a datagram is there already, as far as is known without asking the system.</summary>
    internal bool HasMore => HasJoined || _ready.Count > 0;

    /// <summary>Datagrams that go the same way pass through the system together.</summary>
    internal bool Joins => _join;

    /// <summary>True when the next datagram came the same way as the last one, and together with it.</summary>
    internal bool HasJoined => _at < _size;

    /// <summary>Called with each socket that was opened.</summary>
    internal Action<Socket> Opened { get; set; }

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
            return _ports.TryGetValue(port, out Socket open) ? ((IPEndPoint)open.LocalEndPoint).Port : 0;
        }
    }

    /// <inheritdoc/>
    /// <exception cref="ObjectDisposedException">The channel that this transport was made for has ended.</exception>
    public bool Open(int port)
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed), this);
        Socket socket = null;
        try
        {
            socket = NewSocket();
            socket.Bind(new IPEndPoint(_address, port));
        }
        catch (SocketException e)
        {
            socket?.Dispose();
            IsShort = e.SocketErrorCode is SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable;
            return false;
        }

        lock (_lock)
        {
            if (_disposed || _ports.ContainsKey(port))
            {
                socket.Dispose();
                return false;
            }

            IsShort = false;
            _ports.Add(port, socket);
            _names.Add(socket, port);
            _poller.Add(socket);
        }

        Opened?.Invoke(socket);
        NudgeSelect();
        return true;
    }

    /// <inheritdoc/>
    public void Close(int port)
    {
        Socket socket;
        lock (_lock)
        {
            if (!_ports.Remove(port, out socket))
            {
                return;
            }

            _sender.SendHeld();
            _names.Remove(socket);
            _poller.Remove(socket);
        }

        // A socket that another thread waits at is closed when that wait ends.
        NudgeSelect();
        socket.Dispose();
    }

    /// <inheritdoc/>
    public void Send(int localPort, Endpoint to, byte[] buffer, int size)
    {
        lock (_lock)
        {
            if (_ports.TryGetValue(localPort, out Socket socket))
            {
                _sender.Send(socket, to, buffer, size);
            }
        }
    }

    /// <summary>Sends for another thread.</summary>
    internal DatagramSender NewSender() => new DatagramSender(this, _isIPv6, _join);

    /// <summary>The socket of a port; of any that is open, when that one is not; null when none is.</summary>
    internal Socket SocketOf(int port)
    {
        lock (_lock)
        {
            if (_ports.TryGetValue(port, out Socket socket))
            {
                return socket;
            }

            foreach (Socket any in _ports.Values)
            {
                return any;
            }

            return null;
        }
    }

    /// <summary>One of this machine's addresses, as the sockets write it; empty for 0.</summary>
    internal ReadOnlySpan<byte> OwnAddress(int number) => number == 0 ? default : Volatile.Read(ref _own)[number - 1];

    /// <summary>What is sent from now on waits for <see cref="Release"/>, or for so much that it need not.</summary>
    public void Hold()
    {
        lock (_lock)
        {
            _sender.Hold();
        }
    }

    /// <summary>Sends what has waited since <see cref="Hold"/>.</summary>
    public void Release()
    {
        lock (_lock)
        {
            _sender.Release();
        }
    }

    /// <inheritdoc/>
    public void Wait(int timeout)
    {
        long end = _clock.Now + timeout;
        while (_current == null && !NextReady())
        {
            long left = Math.Max(0, end - _clock.Now);
            if (IsOver(left))
            {
                return;
            }
        }
    }

    /// <inheritdoc/>
    public int Receive(byte[] buffer, Endpoint from, out int localPort, int timeout)
    {
        localPort = 0;
        long end = _clock.Now + timeout;
        while (true)
        {
            int size = TakeFromCurrent(buffer, from);
            if (size > 0)
            {
                localPort = _currentName;
                return size;
            }

            if (NextReady())
            {
                continue;
            }

            long left = Math.Max(0, end - _clock.Now);
            if (IsOver(left))
            {
                return 0;
            }
        }
    }

    /// <inheritdoc/>
    public void Wake()
    {
        Volatile.Write(ref _woken, 1);
        Nudge();
    }

    /// <summary>Whether this transport's sockets can send to an address of its family.</summary>
    internal bool Reaches(IPAddress address)
    {
        return address.AddressFamily == AddressFamily.InterNetwork ? !IsOnlyIPv6 : address.AddressFamily == AddressFamily.InterNetworkV6 && (_isIPv6 || address.IsIPv4MappedToIPv6);
    }

    /// <summary>The address of a host name or numeric address that this transport's sockets reach, IPv4 first.</summary>
    /// <exception cref="SpringtailException">There is none.</exception>
    public Endpoint Resolve(string host)
    {
        IPAddress[] addresses;
        if (HostText.Address(host) is { } quad)
        {
            addresses = new[] { new IPAddress(quad) };
        }
        else if (host.Contains(':') && IPAddress.TryParse(host, out IPAddress numeric))
        {
            HostAddresses.CheckInterface(host, numeric);
            addresses = new[] { numeric };
        }
        else if (!HostText.IsName(host))
        {
            throw new SpringtailException(ErrorCode.SessionNotFound, "The host " + host + " is no IPv4 or IPv6 address, and no name: check how it is written.");
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

        IPAddress chosen = Array.Find(addresses, a => a.AddressFamily == AddressFamily.InterNetwork && Reaches(a)) ?? Array.Find(addresses, Reaches);
        if (chosen == null)
        {
            throw new SpringtailException(ErrorCode.SessionNotFound, "The host " + host + " has no address that can be reached from " + _address + ".");
        }

        return Endpoint.Of(chosen);
    }

    /// <inheritdoc cref="IDatagramTransport.Dispose"/>
    public void Dispose()
    {
        List<Socket> sockets;
        lock (_lock)
        {
            _disposed = true;
            _sender.SendHeld();
            sockets = new List<Socket>(_ports.Values) { _wake };
            _ports.Clear();
            _names.Clear();
        }

        Wake();
        _poller.Dispose();
        foreach (Socket socket in sockets)
        {
            socket.Dispose();
        }
    }

    // Waits for that many ms at most; true when that was all the time there was, or somebody ended the wait.
    private bool IsOver(long left)
    {
        return Volatile.Read(ref _disposed) || Interlocked.Exchange(ref _woken, 0) != 0 || (!Select((int)Math.Min(left, int.MaxValue / 1000)) && left == 0);
    }

    // Ends a wait, so that it begins again with the ports as they are now.
    private void Nudge()
    {
        if (Interlocked.Exchange(ref _nudged, 1) == 0)
        {
            try
            {
                _wake.SendTo(stackalloc byte[1], SocketFlags.None, _wakeAddress);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // Nobody waits any more; or the wait ends by itself, a little later.
            }
        }
    }

    // A wait that was begun with other sockets begins again; epoll's takes note by itself.
    private void NudgeSelect()
    {
        if (_poller is SelectPoller)
        {
            Nudge();
        }
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
            socket.ReceiveBufferSize = ReceiveBuffer;
            socket.ReceiveTimeout = 1;
            if (_joined != null)
            {
                JoinedDatagrams.Enable(socket);
                if (_address.Equals(IPAddress.IPv6Any) || _address.Equals(IPAddress.Any))
                {
                    JoinedDatagrams.EnableOwnAddress(socket);
                }
            }

            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    // The next datagram of the socket that is being emptied; 0 when there is none.
    private int TakeFromCurrent(byte[] buffer, Endpoint from)
    {
        while (_current != null)
        {
            if (_at < _size)
            {
                int at = _at;
                int size = Math.Min(_each, _size - at);
                _at += size;

                // The caller's buffer has a byte more than the largest packet that he takes.
                if (size <= Math.Max(Packet.MaxSize, buffer.Length - 1) && !_current.SafeHandle.IsClosed)
                {
                    size = Math.Min(size, buffer.Length);
                    Array.Copy(_buffer, at, buffer, 0, size);
                    ReadAddress(from);
                    return size;
                }
            }
            else if (_inARow >= MaxInARow || !ReceiveSome())
            {
                _current = null;
            }
        }

        return 0;
    }

    // Takes what the socket has; false when there is nothing, or it is closed.
    private bool ReceiveSome()
    {
        _at = 0;
        _size = 0;
        try
        {
            if (_joined != null)
            {
                _size = _joined.Receive(_current, out _each);
                _inARow += _size > 0 ? (_size + _each - 1) / _each : 1;
                return _size >= 0;
            }

            // The first one is there, since Select said so, even if it is empty, and should it be a damaged one that the system drops only
            // now, the receive ends by its time-out.
            if (_inARow > 0 && _current.Available == 0)
            {
                return false;
            }

            _inARow++;
            _size = _each = _current.ReceiveFrom(_buffer, SocketFlags.None, _from);
        }
        catch (ObjectDisposedException)
        {
            return false;
        }
        catch (SocketException)
        {
            // An ICMP error that belongs to an earlier datagram, or one that is too large, where the system says so.
        }

        return true;
    }

    private bool NextReady()
    {
        while (_ready.Count > 0)
        {
            Socket socket = _ready[^1];
            _ready.RemoveAt(_ready.Count - 1);
            lock (_lock)
            {
                if (_names.TryGetValue(socket, out _currentName))
                {
                    _current = socket;
                    _inARow = 0;
                    return true;
                }
            }
        }

        return false;
    }

    // Waits until a socket has something, or until it is woken; true when there may be something to do.
    private bool Select(int milliseconds)
    {
        if (Volatile.Read(ref _disposed))
        {
            return false;
        }

        _ready.Clear();
        _poller.Wait(milliseconds, _ready);
        if (!_ready.Remove(_wake))
        {
            return _ready.Count > 0;
        }

        try
        {
            Span<byte> nothing = stackalloc byte[1];
            _wake.Receive(nothing);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Nothing was there, or all is over.
        }

        Volatile.Write(ref _nudged, 0);
        return true;
    }

    private void ReadAddress(Endpoint from)
    {
        ReadOnlySpan<byte> bytes = _joined != null ? _joined.Address : _from.Buffer.Span;
        if (_isIPv6)
        {
            bytes.Slice(8, 16).CopyTo(_ipv6);
            from.SetAddress(_ipv6);
            from.Scope = MemoryMarshal.Read<uint>(bytes.Slice(24));
        }
        else
        {
            bytes.Slice(4, 4).CopyTo(_ipv4);
            from.SetAddress(_ipv4);
            from.Scope = 0;
        }

        from.Port = bytes[2] << 8 | bytes[3];
        from.OwnAddress = _joined == null || _joined.OwnAddress.Length == 0 ? 0 : NumberOf(_joined.OwnAddress);
    }

    // Those of a machine are few. Beyond the most, the system chooses where an answer comes from.
    private int NumberOf(ReadOnlySpan<byte> own)
    {
        byte[][] known = _own;
        for (int i = 0; i < known.Length; i++)
        {
            if (own.SequenceEqual(known[i]))
            {
                return i + 1;
            }
        }

        if (known.Length == MaxOwnAddresses)
        {
            return 0;
        }

        byte[][] more = new byte[known.Length + 1][];
        known.CopyTo(more, 0);
        more[known.Length] = own.ToArray();
        Volatile.Write(ref _own, more);
        return more.Length;
    }
}
