using System.Net;
using System.Net.Sockets;
using System.Threading;
using Springtail.Packets;
using Springtail.Sessions;

namespace Springtail.Transport;

/// <summary>
/// UDP sockets over IPv4, as few as the session asks for, polled in turn. This is what a device uses; a desktop with many
/// sessions has its own.
/// </summary>
internal sealed class UdpTransport : IDatagramTransport
{
    private const int MaxSockets = 16;

    // Room for as many as a client has that does not hop, and where there is none for so many times as many: one that hops has four.
    private const int UsualSockets = 1;
    private const int MoreSockets = 4;

    // How long one socket is waited for while there are others, and alone, in ms.
    private const int Turn = 2;
    private const int LongestTurn = 20;

    // A call that waits for ever would hold the channel's lock with it: the firmware (1.17) begins a call anew that was interrupted after it took the datagram. In ms.
    private const int Patience = 100;

    private Socket[] _sockets = new Socket[UsualSockets];
    private int[] _ports = new int[UsualSockets];
    private int _count;
    private int _next;
    private bool _woken;
    private bool _failed;

    // Where was sent to last: the same in the way of the sockets, and its address in the protocol's, in one number.
    private IPEndPoint _lastTo;
    private uint _lastToAddress;

    /// <summary>The one local address that sockets are bound to; by default all of them.</summary>
    public IPAddress LocalAddress { get; set; } = IPAddress.Any;

    /// <inheritdoc/>
    public bool Open(int port)
    {
        Socket socket = null;
        try
        {
            socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            socket.ReceiveTimeout = Patience;
            socket.SendTimeout = Patience;
            socket.Bind(new IPEndPoint(LocalAddress, port));
        }
        catch (SocketException)
        {
            socket?.Close();
            return false;
        }

        lock (this)
        {
            if (_count == MaxSockets)
            {
                socket.Close();
                return false;
            }

            if (_count == _sockets.Length)
            {
                int room = _count * MoreSockets < MaxSockets ? _count * MoreSockets : MaxSockets;
                Socket[] sockets = new Socket[room];
                int[] ports = new int[room];
                System.Array.Copy(_sockets, 0, sockets, 0, _count);
                System.Array.Copy(_ports, 0, ports, 0, _count);
                _sockets = sockets;
                _ports = ports;
            }

            _sockets[_count] = socket;
            _ports[_count] = port;
            _count++;
        }

        return true;
    }

    /// <inheritdoc/>
    public void Close(int port)
    {
        Socket socket = null;
        lock (this)
        {
            for (int i = 0; i < _count; i++)
            {
                if (_ports[i] == port)
                {
                    socket = _sockets[i];
                    _count--;
                    _sockets[i] = _sockets[_count];
                    _ports[i] = _ports[_count];
                    _sockets[_count] = null;
                    break;
                }
            }
        }

        socket?.Close();
    }

    /// <inheritdoc/>
    public void Send(int localPort, Endpoint to, byte[] buffer, int size)
    {
        Socket socket = null;
        lock (this)
        {
            for (int i = 0; i < _count && socket == null; i++)
            {
                if (_ports[i] == localPort)
                {
                    socket = _sockets[i];
                }
            }
        }

        if (socket == null || to.Family != Endpoint.FamilyIPv4)
        {
            return;
        }

        uint number = Wire.ReadU32(to.Address, 0);
        if (_lastTo == null || _lastToAddress != number || _lastTo.Port != to.Port)
        {
            byte[] address = new byte[4];
            System.Array.Copy(to.Address, 0, address, 0, 4);
            _lastTo = new IPEndPoint(new IPAddress(address), to.Port);
            _lastToAddress = number;
        }

        try
        {
            socket.SendTo(buffer, 0, size, SocketFlags.None, _lastTo);
        }
        catch (SocketException)
        {
            // The network's trouble, or ICMP's word of an earlier datagram: what is lost is sent again.
        }
    }

    /// <inheritdoc/>
    public void Wait(int timeout)
    {
        long end = System.Environment.TickCount64 + timeout;
        while (true)
        {
            Socket socket = null;
            int count;
            lock (this)
            {
                count = _count;
                if (_woken)
                {
                    _woken = false;
                    return;
                }

                if (count > 0)
                {
                    _next = _next + 1 >= count ? 0 : _next + 1;
                    socket = _sockets[_next];
                }
            }

            // With several sockets each is waited for only a little, since a wait cannot be for all of them.
            long left = end - System.Environment.TickCount64;
            long most = count == 1 ? LongestTurn : Turn;
            int wait = left < 0 ? 0 : (int)(left < most ? left : most);
            bool failed = _failed;
            _failed = false;
            if (socket != null && !failed && HasDatagram(socket, wait))
            {
                return;
            }

            if (left <= 0)
            {
                return;
            }

            // What fails does so at once, and again at once: with no interface up every look at a socket does.
            if (socket == null || failed || _failed)
            {
                Thread.Sleep(wait);
            }
        }
    }

    /// <inheritdoc/>
    public int Receive(byte[] buffer, Endpoint from, out int localPort, int timeout)
    {
        if (timeout > 0)
        {
            Wait(timeout);
        }

        // The socket that the last wait was for comes first.
        localPort = 0;
        int count = _count;
        for (int i = 0; i < count; i++)
        {
            Socket socket = null;
            lock (this)
            {
                int at = _next + i;
                at -= at >= _count ? _count : 0;
                if (at < _count)
                {
                    socket = _sockets[at];
                    localPort = _ports[at];
                }
            }

            int size = socket == null ? 0 : ReceiveFrom(socket, buffer, from);
            if (size > 0)
            {
                return size;
            }
        }

        localPort = 0;
        return 0;
    }

    /// <inheritdoc/>
    public void Wake()
    {
        lock (this)
        {
            _woken = true;
        }
    }

    /// <inheritdoc/>
    public Endpoint Resolve(string host)
    {
        Endpoint endpoint = new Endpoint();
        byte[] address = HostText.Address(host);
        if (address != null)
        {
            endpoint.SetAddress(address);
            return endpoint;
        }

        if (!HostText.IsName(host))
        {
            throw new SpringtailException(ErrorCode.SessionNotFound, host + " is no IPv4 address, as 192.168.1.20 is, and no host's name.");
        }

        IPHostEntry entry = null;
        try
        {
            entry = Dns.GetHostEntry(host);
        }
        catch (SocketException)
        {
        }

        if (entry != null)
        {
            for (int i = 0; i < entry.AddressList.Length; i++)
            {
                if (entry.AddressList[i] != null && entry.AddressList[i].AddressFamily == AddressFamily.InterNetwork)
                {
                    endpoint.SetAddress(entry.AddressList[i].GetAddressBytes());
                    return endpoint;
                }
            }
        }

        throw new SpringtailException(ErrorCode.SessionNotFound, "No IPv4 address is known for " + host + ": check the name and that the network is up.");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (this)
        {
            for (int i = 0; i < _count; i++)
            {
                _sockets[i].Close();
                _sockets[i] = null;
            }

            _count = 0;
        }
    }

    private bool HasDatagram(Socket socket, int wait)
    {
        try
        {
            return socket.Poll(wait * 1000, SelectMode.SelectRead);
        }
        catch (SocketException)
        {
            _failed = true;
            return false;
        }
        catch (System.ObjectDisposedException)
        {
            _failed = true;
            return false;
        }
    }

    private int ReceiveFrom(Socket socket, byte[] buffer, Endpoint from)
    {
        if (!HasDatagram(socket, 0))
        {
            return 0;
        }

        try
        {
            // Whoever is sent to is most often who answers.
            EndPoint remote = _lastTo ?? new IPEndPoint(IPAddress.Any, 0);
            int size = socket.ReceiveFrom(buffer, 0, buffer.Length, SocketFlags.None, ref remote);
            IPEndPoint sender = (IPEndPoint)remote;
            if (sender.Equals(_lastTo))
            {
                from.SetIPv4(_lastToAddress);
            }
            else
            {
                from.SetAddress(sender.Address.GetAddressBytes());
            }

            from.Port = sender.Port;

            return size;
        }
        catch (SocketException)
        {
            _failed = true;
            return 0;
        }
        catch (System.ObjectDisposedException)
        {
            _failed = true;
            return 0;
        }
    }
}
