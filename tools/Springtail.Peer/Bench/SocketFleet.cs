using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using Springtail.Crypto;
using Springtail.Packets;
using Springtail.Sessions;
using Springtail.Transport;

namespace Springtail.Peer.Bench;

/// <summary>
/// A listener that echoes, and devices with a socket each, over loopback in one process. One thread is all devices; the rest of what the process takes is the listener's.
/// </summary>
internal sealed class SocketFleet : IDisposable
{
    /// <summary>The listener's range of ports, so that its descriptors are few beside the devices'.</summary>
    public const int PortCount = 512;

    private const int PortMin = 24_000;
    private const int X25519 = 2;
    private const int ReadingInterval = 10_000;

    private readonly ICryptoCore _core;
    private readonly SystemClock _clock = new();
    private readonly SocketTransport _sockets = new(IPAddress.Loopback);
    private readonly ChannelListener _listener;
    private readonly Thread _echo;
    private readonly Device[] _devices;
    private readonly byte[][] _psks;
    private readonly Endpoint _address = new();
    private readonly SocketPoller _poller = SocketPoller.Create();
    private readonly Dictionary<Socket, Device> _bySocket = [];
    private readonly PriorityQueue<Device, long> _due = new();
    private readonly List<Socket> _ready = [];
    private readonly List<double> _echoes = [];
    private readonly byte[] _buffer = new byte[Packet.MaxSize + 1];
    private readonly byte[] _message = new byte[64];
    private volatile bool _stopped;

    public SocketFleet(ICryptoCore core, int count)
    {
        _core = core;
        _address.SetAddress([127, 0, 0, 1]);
        _psks = ListenerBench.Keys(count + 1);
        ChannelOptions options = ChannelOptions.ForServer();
        options.Psks = _psks;
        options.PortMin = PortMin;
        options.PortCount = PortCount;
        options.MaxSessions = count + 16;
        options.DiscoveryPort = 0;
        options.Transport = _sockets;
        _listener = Channel.Listen(options);
        _echo = new Thread(Echo) { IsBackground = true };
        _echo.Start();
        _devices = new Device[count];
        for (int i = 0; i < count; i++)
        {
            _devices[i] = new Device(this, i);
        }
    }

    public int ListenerPorts => _sockets.OpenPorts;

    /// <summary>What a session of the listener takes, when the devices are gone but their sessions have not ended.</summary>
    public long BytesPerSession
    {
        get
        {
            int sessions = _listener.Server.Sessions;
            foreach (Device device in _devices)
            {
                device.Drop();
            }

            _bySocket.Clear();
            _due.Clear();
            long with = GC.GetTotalMemory(true);
            _stopped = true;
            _echo.Join();
            _listener.Dispose();
            long without = GC.GetTotalMemory(true);
            return sessions == 0 ? 0 : (with - without) / sessions;
        }
    }

    /// <summary>Lets all connect, some at a time, and returns how many are there.</summary>
    public int Connect(int patience)
    {
        const int AtATime = 100;
        Stopwatch watch = Stopwatch.StartNew();
        for (int i = 0; i < _devices.Length; i += AtATime)
        {
            int last = Math.Min(i + AtATime, _devices.Length);
            for (int k = i; k < last; k++)
            {
                _devices[k].Call();
            }

            int first = i;
            RunUntil(() => _devices[first..last].All(d => d.IsConnected), _clock.Now + 1000);
        }

        RunUntil(() => _devices.All(d => d.IsConnected), _clock.Now + patience * 1000L);
        return _devices.Count(d => d.IsConnected);
    }

    /// <summary>Each session sends a reading every 10 s and gets it back, for that long.</summary>
    public (double Listener, double All, int Lost, double P99) Read(int seconds)
    {
        Spread();
        _echoes.Clear();
        TimeSpan all = Process.GetCurrentProcess().TotalProcessorTime;
        TimeSpan own = ThreadTime.Now;
        Stopwatch watch = Stopwatch.StartNew();
        RunUntil(() => false, _clock.Now + seconds * 1000L);
        double time = watch.Elapsed.TotalSeconds;
        double both = (Process.GetCurrentProcess().TotalProcessorTime - all).TotalSeconds / time;
        return (both - (ThreadTime.Now - own).TotalSeconds / time, both, _devices.Count(d => !d.IsConnected), P99());
    }

    /// <summary>The same while one key holder sends 100 SYNs a second, in ms.</summary>
    public double EchoUnderSyns(int suite, int seconds)
    {
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        SocketAddress to = new IPEndPoint(IPAddress.Loopback, 0).Serialize();
        Spread();
        _echoes.Clear();
        long end = _clock.Now + seconds * 1000L;
        for (long next = _clock.Now; next < end; next += 10)
        {
            Client caller = new(_core, Options(_devices.Length, suite), _address, _clock.Now, _clock.UtcNow);
            Datagram datagram = new();
            if (caller.Poll(datagram, _clock.Now, _clock.UtcNow))
            {
                socket.SendTo(datagram.Buffer.AsSpan(0, datagram.Size), SocketFlags.None, new IPEndPoint(IPAddress.Loopback, datagram.To.Port).Serialize());
            }

            caller.Abandon();
            RunUntil(() => false, next + 10);
        }

        return P99();
    }

    public void Dispose()
    {
        _stopped = true;
        _listener.Dispose();
        foreach (Device device in _devices)
        {
            device.Drop();
        }

        _poller.Dispose();
    }

    private double P99()
    {
        _echoes.Sort();
        return _echoes.Count == 0 ? double.NaN : _echoes[(int)(_echoes.Count * 0.99)];
    }

    // The listener's side: what comes goes back. One thread for all channels.
    private void Echo()
    {
        List<Channel> channels = [];
        byte[] message = new byte[ChannelOptions.ForServer().MaxMessageSize];
        while (!_stopped)
        {
            while (_listener.Accept(channels.Count == 0 ? 20 : 0) is { } channel)
            {
                channels.Add(channel);
            }

            bool any = false;
            for (int i = 0; i < channels.Count; i++)
            {
                int size = channels[i].Receive(message, 0);
                if (size >= 0)
                {
                    any = true;
                    channels[i].Send(message, 0, size, true);
                }
                else if (size == Channel.Ended)
                {
                    channels[i].Dispose();
                    channels.RemoveAt(i--);
                }
            }

            if (!any)
            {
                Thread.Sleep(5);
            }
        }
    }

    private ChannelOptions Options(int key, int suite) => new()
    {
        Psk = _psks[key],
        Suite = suite,
        PortMin = PortMin,
        PortCount = PortCount,
        MaxMessageSize = 64,
    };

    // The readings of all, over the interval.
    private void Spread()
    {
        for (int i = 0; i < _devices.Length; i++)
        {
            _devices[i].ReadAt(_clock.Now + (long)i * ReadingInterval / _devices.Length);
        }
    }

    private void RunUntil(Func<bool> holds, long end)
    {
        while (_clock.Now < end && !holds())
        {
            long now = _clock.Now;
            while (_due.TryPeek(out Device? device, out long at) && at <= now)
            {
                _due.Dequeue();
                device.Work(at);
            }

            long next = _due.TryPeek(out _, out long first) ? Math.Min(first, end) : end;
            _ready.Clear();
            _poller.Wait((int)Math.Clamp(next - _clock.Now, 0, 100), _ready);
            foreach (Socket socket in _ready)
            {
                _bySocket[socket].Receive();
            }
        }
    }

    private sealed class Device(SocketFleet fleet, int number) : IDatagramTransport
    {
        private readonly SocketAddress _to = new IPEndPoint(IPAddress.Loopback, 0).Serialize();
        private readonly SocketAddress _from = new IPEndPoint(IPAddress.Loopback, 0).Serialize();
        private readonly Endpoint _source = new();
        private Socket? _socket;
        private Client? _client;
        private Driver? _driver;
        private long _dueAt;
        private long _readAt = long.MaxValue;
        private long _sentAt;

        public bool IsConnected => _client?.State == ClientState.Connected;

        public void Call()
        {
            _socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { Blocking = false };
            _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            fleet._bySocket.Add(_socket, this);
            fleet._poller.Add(_socket);
            _source.CopyFrom(fleet._address);
            _client = new Client(fleet._core, fleet.Options(number, X25519), fleet._address, fleet._clock.Now, fleet._clock.UtcNow);
            _driver = new Driver(_client, this, fleet._clock);
            Flush();
        }

        public void ReadAt(long at)
        {
            _readAt = at;
            Schedule();
        }

        // Of several entries of a device, the one that fits counts.
        public void Work(long at)
        {
            if (at != _dueAt || _client == null)
            {
                return;
            }

            _dueAt = 0;
            if (fleet._clock.Now >= _readAt && IsConnected)
            {
                _readAt += ReadingInterval;
                _sentAt = Stopwatch.GetTimestamp();
                Session session = _client.Session;
                if (session.CanSend && session.SendRoom > 0)
                {
                    session.BeginMessage(20, true);
                    session.AppendMessage(fleet._message.AsSpan(0, 20).ToArray(), 0, fleet._clock.Now);
                }
            }

            Flush();
        }

        public void Receive()
        {
            try
            {
                while (_socket!.Available > 0)
                {
                    int size = _socket.ReceiveFrom(fleet._buffer, SocketFlags.None, _from);
                    _source.Port = _from.Buffer.Span[2] << 8 | _from.Buffer.Span[3];
                    _driver!.Take(fleet._buffer, size, _source, Datagram.OwnSocket);
                }
            }
            catch (SocketException)
            {
                // The word of a port that was closed.
            }

            while (IsConnected && _client!.Session.NextMessageSize >= 0)
            {
                _client.Session.TakeMessage(fleet._message, 0, fleet._clock.Now);
                fleet._echoes.Add(Stopwatch.GetElapsedTime(_sentAt).TotalMilliseconds);
            }

            Flush();
        }

        public void Drop()
        {
            if (_socket != null)
            {
                fleet._poller.Remove(_socket);
                _socket.Dispose();
                _client!.Abandon();
                _socket = null;
                _client = null;
                _driver = null;
            }
        }

        public bool Open(int port) => true;

        public void Close(int port)
        {
        }

        public void Send(int localPort, Endpoint to, byte[] buffer, int size)
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

        public void Wait(int timeout)
        {
        }

        public int Receive(byte[] buffer, Endpoint from, out int localPort, int timeout)
        {
            localPort = 0;
            return 0;
        }

        public void Wake()
        {
        }

        public Endpoint Resolve(string host) => fleet._address;

        public void Dispose()
        {
        }

        private void Flush()
        {
            _driver!.Flush();
            Schedule();
        }

        private void Schedule()
        {
            long due = Math.Min(_readAt, fleet._clock.Now + Math.Max(1, _driver!.IdleTime));
            if (due != _dueAt)
            {
                _dueAt = due;
                fleet._due.Enqueue(this, due);
            }
        }
    }
}
