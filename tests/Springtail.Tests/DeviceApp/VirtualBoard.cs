using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using System.Threading;
using Springtail.Crypto;
using Springtail.Device;
using Springtail.Listening;
using Springtail.Packets;
using Springtail.Sessions;
using Springtail.Transport;
using Xunit;

namespace Springtail.Tests.DeviceApp;

/// <summary>Thrown out of the application when what the test waits for holds.</summary>
internal sealed class Enough : Exception;

/// <summary>Thrown out of the application when the board has slept: whatever was in its memory is gone.</summary>
internal sealed class Slept : Exception;

/// <summary>
/// A board, a listener and the network between them, in virtual time. The device's channel is the real one with its thread: time moves
/// while that thread waits for a datagram, or while the application sleeps, so that hours pass in seconds.
/// </summary>
internal sealed class VirtualBoard : IBoard, ISnapshotStore
{
    public const string PskHex = "157df04f16c4f4939f74eadd7428a543e1a6d4de385dc1a0b16399cf9495656c";

    private const long Start = 1000;
    private const long Utc = 1792671081941;

    private readonly object _gate = new();
    private readonly MemoryNetwork _net;
    private readonly MemoryTransport _listenerHost;
    private readonly MemoryTransport _deviceHost;
    private readonly byte[] _buffer = new byte[1500];
    private readonly Endpoint _from = new();
    private readonly List<(long At, Action Act)> _plan = [];
    private readonly int _application = Environment.CurrentManagedThreadId;
    private Driver? _listenerDriver;
    private Server? _listener;
    private List<Session> _sessions = [];
    private bool _joined;
    private int _looks;

    public VirtualBoard(uint seed = 1)
    {
        _net = new MemoryNetwork(seed);
        _listenerHost = _net.Host(1);
        _deviceHost = _net.Host(2);
        _listenerHost.UtcBase = Utc - Start;
        StartListener();
    }

    /// <summary>The files on the board.</summary>
    public Dictionary<string, byte[]> Files { get; } = new()
    {
        [SettingsReader.PskPath] = Encoding.ASCII.GetBytes(PskHex + "\n"),
        [SettingsReader.SettingsPath] = Encoding.ASCII.GetBytes("host = listener\nsuite = 2\n"),
    };

    public MemoryNetwork Net => _net;

    public bool WifiIsThere { get; set; } = true;

    /// <summary>The system's clock less the true one, in ms; null when nothing has set it.</summary>
    public long? ClockError { get; set; } = 0;

    /// <summary>How long the time server takes, in ms; null when it is silent.</summary>
    public int? TimeServerDelay { get; set; }

    /// <summary>Sockets cannot be opened at all, as in the emulator.</summary>
    public bool NoSockets { get; set; }

    /// <summary>What the listener does with a message; by default it sends it back.</summary>
    public Action<Session, byte[]> OnMessage { get; set; } = (_, _) => { };

    public bool Echo { get; set; } = true;

    /// <summary>Thrown by the next measurement.</summary>
    public Exception? Fault { get; set; }

    /// <summary>The most sockets the device had open, as the network saw it.</summary>
    public int MostSockets { get; private set; }

    public int OpenSockets => _deviceHost.OpenPorts;

    /// <summary>Transports that were opened while sockets of an earlier one were.</summary>
    public int Leaks { get; private set; }

    public List<string> Lines { get; } = [];

    public List<(long At, DeviceState State)> States { get; } = [];

    /// <summary>Messages that the listener got.</summary>
    public List<string> Heard { get; } = [];

    /// <summary>When each session was accepted, in ms since the start.</summary>
    public List<long> Accepted { get; } = [];

    /// <summary>Time since the start, in ms.</summary>
    public long Elapsed => _net.Now - Start;

    /// <summary>What is kept over a sleep.</summary>
    public byte[]? Saved { get; set; }

    public ISnapshotStore Snapshots => this;

    /// <summary>The times that the board slept, in ms since the start.</summary>
    public List<long> Slept { get; } = [];

    public Func<bool> Until { get; set; } = () => false;

    public long Limit { get; set; } = 4 * 3600_000;

    public long Now
    {
        get
        {
            lock (_gate)
            {
                if (Environment.CurrentManagedThreadId == _application)
                {
                    _looks++;
                    Monitor.PulseAll(_gate);
                }

                return _net.Now;
            }
        }
    }

    public long SystemUtc => ClockError is { } error ? Utc + Elapsed + error : Elapsed;

    public bool IsOnline
    {
        get
        {
            Check();
            return IsUp;
        }
    }

    private bool IsUp => WifiIsThere && _joined;

    /// <summary>Runs the application until something holds.</summary>
    public Supervisor Run(Func<bool> until)
    {
        Until = until;
        Supervisor supervisor = new(this);
        Assert.Throws<Enough>(supervisor.Run);
        Assert.Equal(0, supervisor.Sockets.Open);
        Assert.Equal(0, OpenSockets);
        Assert.Equal(0, Leaks);
        Assert.InRange(supervisor.Sockets.Most, 0, SocketCount.Limit);
        return supervisor;
    }

    /// <summary>Does something at a time, in ms since the start.</summary>
    public void At(long time, Action act) => _plan.Add((time + Start, act));

    public void StartListener()
    {
        ChannelOptions options = ChannelOptions.ForServer();
        options.Psk = Convert.FromHexString(PskHex);
        _listener = new Server(CryptoCore.Default, options, _listenerHost.Now, _listenerHost.UtcNow);
        _listenerDriver = new Driver(_listener, _listenerHost, _listenerHost);
        _listenerDriver.Flush();
    }

    /// <summary>The listener's program ends without a word.</summary>
    public void StopListener()
    {
        _listenerDriver?.ClosePorts();
        _listenerDriver = null;
        _listener = null;
        _sessions = [];
    }

    public void Sleep(int time)
    {
        Check();
        lock (_gate)
        {
            long end = _net.Now + time;
            while (_net.Now < end)
            {
                Step(end);
            }
        }
    }

    public void Put(byte[] snapshot) => Saved = (byte[])snapshot.Clone();

    public byte[] Take()
    {
        byte[] snapshot = Saved!;
        Saved = null;
        return snapshot;
    }

    public void DeepSleep(int seconds)
    {
        Slept.Add(Elapsed);
        _joined = false;
        Sleep(seconds * 1000);
        throw new Slept();
    }

    /// <summary>Runs the application from start to sleep, that many times.</summary>
    public void RunToSleep(int times)
    {
        for (int i = 0; i < times; i++)
        {
            Supervisor supervisor = new(this);
            Assert.Throws<Slept>(supervisor.Run);
            Assert.Equal(0, supervisor.Sockets.Open);
            Assert.Equal(0, OpenSockets);
        }
    }

    public string Join()
    {
        Sleep(WifiIsThere ? 3000 : 30000);
        _joined |= WifiIsThere;
        return IsUp ? null! : "wifi: home: there is no such network here.";
    }

    public void AskTimeServer(string host)
    {
        if (TimeServerDelay is { } delay)
        {
            At(Elapsed + delay, () => ClockError = 0);
        }
    }

    public IDatagramTransport OpenTransport()
    {
        Leaks += OpenSockets == 0 ? 0 : 1;
        return new Transport(this);
    }

    public byte[] ReadFile(string path, int limit) =>
        Files.TryGetValue(path, out byte[]? bytes) ? bytes.Take(limit + 1).ToArray() : null!;

    public string Measure()
    {
        Check();
        return Fault == null ? "21.5 degrees" : throw Fault;
    }

    public string MeasureJson() => Reading.Json(9999, 41208, -61, 215);

    public void Show(DeviceState state) => States.Add((Elapsed, state));

    public void Log(string line)
    {
        Lines.Add($"{Elapsed} {line}");
        Check();
    }

    private void Check()
    {
        lock (_gate)
        {
            if (Until())
            {
                throw new Enough();
            }
        }

        if (Elapsed > Limit)
        {
            throw new Xunit.Sdk.XunitException("It did not come: " + string.Join(Environment.NewLine, Lines.TakeLast(20)));
        }
    }

    // Moves time to the next event, at least 1 ms and not beyond the end.
    private void Step(long end)
    {
        long next = Math.Min(end, _net.NextArrival);
        if (_listenerDriver != null)
        {
            int idle = _listenerDriver.IdleTime;
            next = Math.Min(next, idle == int.MaxValue ? end : _net.Now + idle);
        }

        foreach ((long at, Action _) in _plan)
        {
            next = Math.Min(next, at);
        }

        _net.Advance(Math.Max(next, _net.Now + 1));
        for (int i = 0; i < _plan.Count; i++)
        {
            if (_plan[i].At <= _net.Now)
            {
                Action act = _plan[i].Act;
                _plan.RemoveAt(i--);
                act();
            }
        }

        RunListener();
    }

    private void RunListener()
    {
        int size;
        while ((size = _listenerHost.Receive(_buffer, _from, out int port, 0)) > 0)
        {
            _listenerDriver?.Take(_buffer, size, _from, port);
            _listenerDriver?.Flush();
        }

        while (_listener?.Accept() is { } session)
        {
            _sessions.Add(session);
            Accepted.Add(Elapsed);
        }

        List<Session> sessions = _sessions;
        for (int i = sessions.Count - 1; i >= 0; i--)
        {
            Session session = sessions[i] = MoveOn(sessions[i]);
            while (session.NextMessageSize >= 0)
            {
                byte[] message = new byte[session.NextMessageSize];
                session.TakeMessage(message, 0, _net.Now);
                Heard.Add(Encoding.UTF8.GetString(message));
                if (Echo)
                {
                    Say(session, message);
                }

                OnMessage(session, message);
            }

            if (session.IsOver)
            {
                sessions.RemoveAt(i);
            }
        }

        _listenerDriver?.Flush();
    }

    // As a channel does: the application's session goes on in the one that has taken its place.
    private static Session MoveOn(Session session)
    {
        while (session.MoveOn() is { } next)
        {
            session = next;
        }

        return session;
    }

    /// <summary>The listener sends a message.</summary>
    public void Say(Session session, byte[] message)
    {
        if (session.CanSend)
        {
            session.Delivery.Begin(message.Length, true); // Of any size, as a peer that does not keep to PROTOCOL.md 9.
            session.AppendMessage(message, 0, _net.Now);
        }
    }

    private sealed class Transport(VirtualBoard board) : IDatagramTransport
    {
        private readonly byte[] _arrived = new byte[Packet.MaxSize + 1];
        private readonly Endpoint _sender = new();
        private int _arrivedAt;
        private int _arrivedSize;
        private long _paused = board._net.Now;

        public bool Open(int port)
        {
            if (board.NoSockets)
            {
                throw new NotSupportedException();
            }

            lock (board._gate)
            {
                bool open = board._deviceHost.Open(port);
                board.MostSockets = Math.Max(board.MostSockets, board.OpenSockets);
                return open;
            }
        }

        public void Close(int port)
        {
            lock (board._gate)
            {
                board._deviceHost.Close(port);
            }
        }

        public void Send(int localPort, Endpoint to, byte[] buffer, int size)
        {
            lock (board._gate)
            {
                if (board.IsUp)
                {
                    board._deviceHost.Send(localPort, to, buffer, size);
                }
            }
        }

        // Time goes by only while nothing is there.
        public void Wait(int timeout)
        {
            lock (board._gate)
            {
                _arrivedSize = Take(_arrived, _sender, out _arrivedAt);
                if (_arrivedSize == 0 && timeout > 0)
                {
                    LetTheApplicationLook();
                    board.Step(board._net.Now + timeout);
                }
            }
        }

        public int Receive(byte[] buffer, Endpoint from, out int localPort, int timeout)
        {
            lock (board._gate)
            {
                int size = _arrivedSize;
                if (size == 0)
                {
                    return Take(buffer, from, out localPort);
                }

                _arrivedSize = 0;
                localPort = _arrivedAt;
                from.CopyFrom(_sender);
                Array.Copy(_arrived, buffer, size);
                return size;
            }
        }

        // Time is the channel's thread's, which has just woken the application; that shall not fall behind it by much. It looks at the
        // clock while it has a session or asks for the time, but not while it connects.
        private void LetTheApplicationLook()
        {
            if (board.States.Count > 0 && board.States[^1].State == DeviceState.Connecting)
            {
                if (board._net.Now - _paused >= 500)
                {
                    _paused = board._net.Now;
                    Monitor.Wait(board._gate, 1);
                }

                return;
            }

            int looks = board._looks;
            while (board._looks == looks && Monitor.Wait(board._gate, 5))
            {
            }
        }

        public void Wake()
        {
        }

        public Endpoint Resolve(string host) => host == "listener"
            ? board._listenerHost.Resolve("1")
            : throw new SpringtailException(ErrorCode.SessionNotFound, "No IPv4 address is known for " + host + ".");

        public void Dispose()
        {
            lock (board._gate)
            {
                board._deviceHost.Dispose();
            }
        }

        private int Take(byte[] buffer, Endpoint from, out int localPort)
        {
            int size = board._deviceHost.Receive(buffer, from, out localPort, 0);
            return board.IsUp ? size : 0;
        }
    }
}
