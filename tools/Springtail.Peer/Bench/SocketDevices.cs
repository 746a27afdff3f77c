using System;
using System.Collections.Generic;
using System.Net;
using System.Net.Sockets;
using Springtail.Crypto;
using Springtail.Packets;
using Springtail.Sessions;
using Springtail.Transport;

namespace Springtail.Peer.Bench;

/// <summary>Many devices with a socket each, all on the one thread that runs them: thousands take a small part of a core, and one descriptor each.</summary>
internal sealed class SocketDevices : IDisposable
{
    private readonly SocketPoller _poller = SocketPoller.Create();
    private readonly Dictionary<Socket, SocketDevice> _bySocket = [];
    private readonly PriorityQueue<SocketDevice, long> _due = new();
    private readonly List<Socket> _ready = [];

    /// <param name="core">The primitives.</param>
    /// <param name="listener">The address of the listener.</param>
    public SocketDevices(ICryptoCore core, IPAddress listener)
    {
        Core = core;
        Address = listener;
        Listener.SetAddress(listener.GetAddressBytes());
    }

    public ICryptoCore Core { get; }

    public SystemClock Clock { get; } = new();

    /// <summary>The listener's address, for sockets; and for packets.</summary>
    public IPAddress Address { get; }

    /// <inheritdoc cref="Address"/>
    public Endpoint Listener { get; } = new();

    /// <summary>One datagram, of the device whose turn it is.</summary>
    public byte[] Buffer { get; } = new byte[Packet.MaxSize + 1];

    /// <summary>Runs all devices until something holds, or until a time of the clock, in ms.</summary>
    public void RunUntil(Func<bool> holds, long end)
    {
        while (Clock.Now < end && !holds())
        {
            long now = Clock.Now;
            while (_due.TryPeek(out SocketDevice? device, out long at) && at <= now)
            {
                _due.Dequeue();
                device.Wake(at);
            }

            long next = _due.TryPeek(out _, out long first) ? Math.Min(first, end) : end;
            _ready.Clear();
            _poller.Wait((int)Math.Clamp(next - Clock.Now, 0, 100), _ready);
            foreach (Socket socket in _ready)
            {
                if (_bySocket.TryGetValue(socket, out SocketDevice? device))
                {
                    device.Receive();
                }
            }
        }
    }

    public void Dispose() => _poller.Dispose();

    internal void Add(Socket socket, SocketDevice device)
    {
        _bySocket.Add(socket, device);
        _poller.Add(socket);
    }

    internal void Remove(Socket socket)
    {
        _bySocket.Remove(socket);
        _poller.Remove(socket);
    }

    internal void WakeAt(SocketDevice device, long at) => _due.Enqueue(device, at);
}

/// <summary>A device: its client, and its socket.</summary>
internal abstract class SocketDevice(SocketDevices devices) : IDatagramTransport
{
    private readonly SocketAddress _to = new IPEndPoint(devices.Address, 0).Serialize();
    private readonly SocketAddress _from = new IPEndPoint(devices.Address, 0).Serialize();
    private readonly Endpoint _source = new();
    private Socket? _socket;
    private Driver? _driver;
    private long _dueAt;

    public bool IsConnected => Client?.State == ClientState.Connected;

    protected SocketDevices Devices => devices;

    protected Client? Client { get; private set; }

    /// <summary>Where it calls from.</summary>
    protected virtual IPAddress LocalAddress =>
        IPAddress.IsLoopback(devices.Address) ? devices.Address : devices.Address.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any;

    /// <summary>When <see cref="Work"/> has something to do beside the protocol, in ms of the clock; <see cref="long.MaxValue"/> for never.</summary>
    protected virtual long WorkAt => long.MaxValue;

    /// <summary>The client goes, without a packet, and its socket.</summary>
    public void Drop()
    {
        if (_socket != null)
        {
            devices.Remove(_socket);
            _socket.Dispose();
            Client!.Abandon();
            _socket = null;
            Client = null;
            _driver = null;
        }
    }

    // Of several entries of a device, the one that fits counts.
    internal void Wake(long at)
    {
        if (at == _dueAt)
        {
            _dueAt = 0;
            Turn();
        }
    }

    internal void Receive()
    {
        try
        {
            while (_socket!.Available > 0)
            {
                int size = _socket.ReceiveFrom(devices.Buffer, SocketFlags.None, _from);
                _source.Port = _from.Buffer.Span[2] << 8 | _from.Buffer.Span[3];
                _driver!.Take(devices.Buffer, size, _source, Datagram.OwnSocket);
            }
        }
        catch (SocketException)
        {
            // The word of a port that was closed.
        }

        Turn();
    }

    bool IDatagramTransport.Open(int port) => true;

    void IDatagramTransport.Close(int port)
    {
    }

    void IDatagramTransport.Send(int localPort, Endpoint to, byte[] buffer, int size)
    {
        _to.Buffer.Span[2] = (byte)(to.Port >> 8);
        _to.Buffer.Span[3] = (byte)to.Port;
        try
        {
            _socket!.SendTo(buffer.AsSpan(0, size), SocketFlags.None, _to);
        }
        catch (SocketException)
        {
            // As on any network: what is lost is sent again.
        }
    }

    void IDatagramTransport.Wait(int timeout)
    {
    }

    int IDatagramTransport.Receive(byte[] buffer, Endpoint from, out int localPort, int timeout)
    {
        localPort = 0;
        return 0;
    }

    void IDatagramTransport.Wake()
    {
    }

    Endpoint IDatagramTransport.Resolve(string host) => devices.Listener;

    void IDatagramTransport.Dispose() => Drop();

    /// <summary>Begins to connect, with a socket of its own.</summary>
    /// <exception cref="SocketException">The process may have no more sockets.</exception>
    protected void Call(ChannelOptions options)
    {
        _socket = new Socket(devices.Address.AddressFamily, SocketType.Dgram, ProtocolType.Udp) { Blocking = false };
        _socket.Bind(new IPEndPoint(LocalAddress, 0));
        devices.Add(_socket, this);
        _source.CopyFrom(devices.Listener);
        Client = new Client(devices.Core, options, devices.Listener, devices.Clock.Now, devices.Clock.UtcNow);
        _driver = new Driver(Client, this, devices.Clock);
        Flush();
    }

    /// <summary>Its turn: something came, or <see cref="WorkAt"/> has.</summary>
    /// <param name="now">The clock's time in ms.</param>
    protected abstract void Work(long now);

    /// <summary>Sees to it that <see cref="WorkAt"/> is kept.</summary>
    protected void Schedule()
    {
        long due = Math.Min(WorkAt, _driver == null ? long.MaxValue : devices.Clock.Now + Math.Max(1, _driver.IdleTime));
        if (due != _dueAt && due != long.MaxValue)
        {
            _dueAt = due;
            devices.WakeAt(this, due);
        }
    }

    /// <summary>Sends what is due.</summary>
    protected void Flush()
    {
        _driver?.Flush();
        Schedule();
    }

    private void Turn()
    {
        Work(devices.Clock.Now);
        Flush();
    }
}
