using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Threading.Tasks;
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
    private readonly SocketDevices _sockets;
    private readonly SocketTransport _listening = new(IPAddress.Loopback);
    private readonly ChannelListener _listener;
    private readonly Task _echoing;
    private readonly Device[] _devices;
    private readonly byte[][] _psks;
    private readonly List<double> _echoes = [];
    private readonly byte[] _message = new byte[64];

    public SocketFleet(ICryptoCore core, int count)
    {
        _core = core;
        _sockets = new SocketDevices(core, IPAddress.Loopback);
        _psks = ListenerBench.Keys(count + 1);
        ChannelOptions options = ChannelOptions.ForServer();
        options.Psks = _psks;
        options.PortMin = PortMin;
        options.PortCount = PortCount;
        options.MaxSessions = count + 16;
        options.DiscoveryPort = 0;
        options.Transport = _listening;
        _listener = Channel.Listen(options);
        _echoing = EchoAllAsync();
        _devices = new Device[count];
        for (int i = 0; i < count; i++)
        {
            _devices[i] = new Device(this, i);
        }
    }

    public int ListenerPorts => _listening.OpenPorts;

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

            long with = GC.GetTotalMemory(true);
            _listener.Dispose();
            _echoing.GetAwaiter().GetResult();
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
            _sockets.RunUntil(() => _devices[first..last].All(d => d.IsConnected), _sockets.Clock.Now + 1000);
        }

        _sockets.RunUntil(() => _devices.All(d => d.IsConnected), _sockets.Clock.Now + patience * 1000L);
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
        _sockets.RunUntil(() => false, _sockets.Clock.Now + seconds * 1000L);
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
        long end = _sockets.Clock.Now + seconds * 1000L;
        for (long next = _sockets.Clock.Now; next < end; next += 10)
        {
            Client caller = new(_core, Options(_devices.Length, suite), _sockets.Listener, _sockets.Clock.Now, _sockets.Clock.UtcNow);
            Datagram datagram = new();
            if (caller.Poll(datagram, _sockets.Clock.Now, _sockets.Clock.UtcNow))
            {
                socket.SendTo(datagram.Buffer.AsSpan(0, datagram.Size), SocketFlags.None, new IPEndPoint(IPAddress.Loopback, datagram.To.Port).Serialize());
            }

            caller.Abandon();
            _sockets.RunUntil(() => false, next + 10);
        }

        return P99();
    }

    public void Dispose()
    {
        _listener.Dispose();
        foreach (Device device in _devices)
        {
            device.Drop();
        }

        _sockets.Dispose();
    }

    private double P99()
    {
        _echoes.Sort();
        return _echoes.Count == 0 ? double.NaN : _echoes[(int)(_echoes.Count * 0.99)];
    }

    // The listener's side, as an application writes it: what comes goes back.
    private async Task EchoAllAsync()
    {
        List<Task> echoing = [];
        await foreach (Channel channel in _listener.AcceptAllAsync().ConfigureAwait(false))
        {
            echoing.Add(EchoAsync(channel));
        }

        await Task.WhenAll(echoing).ConfigureAwait(false);
    }

    private static async Task EchoAsync(Channel channel)
    {
        try
        {
            await foreach (ChannelMessage message in channel.ReceiveAllAsync().ConfigureAwait(false))
            {
                await channel.SendAsync(message.Data).ConfigureAwait(false);
            }
        }
        catch (SpringtailException)
        {
            // It ended before the answer was sent.
        }
        finally
        {
            channel.Dispose();
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
            _devices[i].ReadAt(_sockets.Clock.Now + (long)i * ReadingInterval / _devices.Length);
        }
    }

    private sealed class Device(SocketFleet fleet, int number) : SocketDevice(fleet._sockets)
    {
        private long _readAt = long.MaxValue;
        private long _sentAt;

        protected override long WorkAt => IsConnected ? _readAt : long.MaxValue;

        public void Call() => Call(fleet.Options(number, X25519));

        public void ReadAt(long at)
        {
            _readAt = at;
            Schedule();
        }

        protected override void Work(long now)
        {
            while (IsConnected && Client!.Session.NextMessageSize >= 0)
            {
                Client.Session.TakeMessage(fleet._message, 0, now);
                fleet._echoes.Add(Stopwatch.GetElapsedTime(_sentAt).TotalMilliseconds);
            }

            if (now >= _readAt && IsConnected)
            {
                _readAt += ReadingInterval;
                _sentAt = Stopwatch.GetTimestamp();
                Session session = Client!.Session;
                if (session.CanSend && session.SendRoom > 0)
                {
                    session.BeginMessage(20, true);
                    session.AppendMessage(fleet._message.AsSpan(0, 20).ToArray(), 0, now);
                }
            }
        }
    }
}
