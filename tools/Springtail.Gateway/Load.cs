using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading;
using Springtail.Crypto;
using Springtail.Peer.Bench;
using Springtail.Sessions;
using Path = System.IO.Path;

namespace Springtail.Gateway;

/// <summary><c>springtail load</c>: plays devices over real sockets, all of them on one thread.</summary>
internal sealed class Load : IDisposable
{
    // Of a device: messages that may be under way, of either side.
    private const int SendBuffers = 32;
    private const int ReceiveAhead = 4;

    // Until all have closed in order, and then until nobody asks again, in ms.
    private const int ClosePatience = 20_000;
    private const int LingerTime = 1000;

    private readonly ChannelOptions _options;
    private readonly SocketDevices _sockets;
    private readonly Device[] _devices;
    private readonly byte[] _taken;
    private readonly long _every;
    private bool _isEnding;

    /// <param name="host">Where the gateway is.</param>
    /// <param name="keys">Its folder of keys.</param>
    /// <param name="names">The devices, each of which has a key there.</param>
    /// <param name="every">Between two readings of a device, in ms.</param>
    /// <param name="options">What devices have in common.</param>
    public Load(IPAddress host, string keys, string[] names, long every, ChannelOptions options)
    {
        _options = options;
        (options.Suite, options.DiscoveryPort, options.SendBuffers, options.ReceiveAhead) = (2, 0, SendBuffers, ReceiveAhead);
        _taken = new byte[options.MaxMessageSize];
        _every = every;
        _sockets = new SocketDevices(CryptoCore.Default, host);
        _devices = [.. names.Select((name, i) => new Device(this, i, name, PskFile.Read(Path.Combine(keys, name)), i * Math.Max(every, names.Length) / names.Length))];
    }

    /// <summary>Handshakes that led to a session.</summary>
    public int Connects { get; private set; }

    /// <summary>Sessions that ended, or began anew, by themselves.</summary>
    public int SessionsLost { get; private set; }

    /// <summary>Messages that were given to a session.</summary>
    public long Sent { get; private set; }

    /// <summary>Of those, the ones that may not have arrived; a reading is then sent again.</summary>
    public long Lost { get; private set; }

    /// <summary>Messages that came down.</summary>
    public long Received { get; private set; }

    /// <summary>What the thread that runs it has taken of a core.</summary>
    public TimeSpan CpuTime { get; private set; }

    /// <summary>Devices that have a session at this moment.</summary>
    public int Connected => _devices.Count(d => d.IsConnected);

    public static int Run(string[] arguments)
    {
        Dictionary<string, string> given = new(StringComparer.Ordinal);
        for (int i = 0; i + 1 < arguments.Length; i += 2)
        {
            given[arguments[i]] = arguments[i + 1];
        }

        bool isHelp = arguments is ["--help" or "-h" or "-?"];
        ChannelOptions options = new();
        string prefix = given.GetValueOrDefault("--prefix", "load-");
        if (arguments.Length == 0 || arguments.Length % 2 != 0 || given.Keys.Except(["--host", "--keys", "--devices", "--every", "--seconds", "--ports", "--rendezvous", "--prefix", "--key-log"]).Any()
            || !Number("--devices", 10, 1, 99_999, out double devices) || devices % 1 != 0 || !Number("--every", 10, 0.001, 86_400, out double every)
            || !Number("--seconds", 60, 1, 4_000_000, out double seconds) || !Number("--rendezvous", 0, 0, 65535, out double rendezvous) || rendezvous % 1 != 0
            || !DeviceName.IsValid(prefix + "99999")
            || !given.TryGetValue("--keys", out string? keys) || !Ports(given.GetValueOrDefault("--ports"), options))
        {
            Console.Error.WriteLine("springtail load --keys FOLDER [--host HOST] [--devices N] [--every S] [--seconds S] [--ports A-B] [--rendezvous PORT] [--prefix TEXT] [--key-log FILE]");
            Console.Error.WriteLine("Plays N devices (10) that send a reading each every S seconds (10), for so many seconds (60), to a gateway at HOST (127.0.0.1) whose folder of keys is FOLDER:");
            Console.Error.WriteLine("keys that are missing are made there, under the names PREFIX00001 (load-) and so on. FILE, or what SPRINGTAILKEYLOG names, takes the keys of all sessions.");
            return isHelp ? 0 : 2;
        }

        options.RendezvousPort = (int)rendezvous;
        try
        {
            options.KeyLog = given.TryGetValue("--key-log", out string? file) ? new KeyLog(file) : KeyLog.FromEnvironment();
            if (options.KeyLog != null)
            {
                Console.Error.WriteLine($"warning: {options.KeyLog.Warning}");
            }

            IPAddress host = Dns.GetHostAddresses(given.GetValueOrDefault("--host", "127.0.0.1"))[0];
            string[] names = NamesOf(prefix, (int)devices);
            if (MakeKeys(keys, names))
            {
                // The gateway takes them up.
                Thread.Sleep(2000);
            }

            using Load load = new(host, keys, names, (long)(every * 1000), options);
            using CancellationTokenSource end = new(TimeSpan.FromSeconds(seconds));
            ConsoleCancelEventHandler stop = (_, e) =>
            {
                e.Cancel = true;
                end.Cancel();
            };
            Console.CancelKeyPress += stop;
            Stopwatch time = Stopwatch.StartNew();
            load.Play(() => end.IsCancellationRequested);
            double took = time.Elapsed.TotalSeconds;
            Console.CancelKeyPress -= stop;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{{\"devices\":{names.Length},\"seconds\":{took:0.0},\"connects\":{load.Connects},\"sessionsLost\":{load.SessionsLost},\"sent\":{load.Sent},\"acknowledged\":{load.Sent - load.Lost},\"unacknowledged\":{load.Lost},\"received\":{load.Received},\"messagesPerSecond\":{(load.Sent - load.Lost) / took:0},\"cpuSeconds\":{load.CpuTime.TotalSeconds:0.0}}}"));
            return 0;
        }
        catch (SocketException e)
        {
            Console.Error.WriteLine($"error: {e.Message}: each device needs one descriptor (ulimit -n), and the host a name that is known.");
            return 3;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or SpringtailException)
        {
            Console.Error.WriteLine("error: " + e.Message);
            return 3;
        }

        bool Number(string name, double otherwise, double least, double most, out double value)
        {
            value = otherwise;
            return !given.TryGetValue(name, out string? text)
                || (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && value >= least && value <= most);
        }
    }

    /// <summary>The names of so many devices.</summary>
    public static string[] NamesOf(string prefix, int count) => [.. Enumerable.Range(1, count).Select(i => prefix + i.ToString("D5", CultureInfo.InvariantCulture))];

    /// <summary>Makes the keys that are missing; true when there were any.</summary>
    public static bool MakeKeys(string folder, string[] names)
    {
        PrivateFiles.MakeFolder(folder);
        string[] missing = [.. names.Where(n => !File.Exists(Path.Combine(folder, n)))];
        Array.ForEach(missing, n => PskFile.Create(Path.Combine(folder, n)));
        return missing.Length > 0;
    }

    /// <summary>Plays until it is to end; then all close in order.</summary>
    public void Play(Func<bool> ends)
    {
        TimeSpan before = ThreadTime.Now;
        long start = _sockets.Clock.Now;
        Array.ForEach(_devices, d => d.Begin(start));
        Run(ends, long.MaxValue);
        _isEnding = true;
        Array.ForEach(_devices, d => d.End());
        Run(() => Array.TrueForAll(_devices, d => d.IsOver), _sockets.Clock.Now + ClosePatience);

        // A gateway repeats its last word when the acknowledgment was lost.
        Run(() => false, _sockets.Clock.Now + LingerTime);
        Array.ForEach(_devices, d => d.Finish());

        void Run(Func<bool> holds, long end) => _sockets.RunUntil(
            () =>
            {
                CpuTime = ThreadTime.Now - before;
                return holds();
            },
            end);
    }

    public void Dispose()
    {
        Array.ForEach(_devices, d => d.Drop());
        _sockets.Dispose();
    }

    private static bool Ports(string? range, ChannelOptions options)
    {
        if (range == null)
        {
            return true;
        }

        if (range.Split('-') is not [var a, var b] || !int.TryParse(a, NumberStyles.None, CultureInfo.InvariantCulture, out int first)
            || !int.TryParse(b, NumberStyles.None, CultureInfo.InvariantCulture, out int last) || first < 1 || last < first || last > 65535)
        {
            return false;
        }

        (options.PortMin, options.PortCount) = (first, last - first + 1);
        return true;
    }

    // One device: connects, again whenever its session is lost, and sends readings; each has a number, and is sent again when it was not acknowledged.
    private sealed class Device(Load load, int place, string name, byte[] psk, long offset) : SocketDevice(load._sockets)
    {
        private long _number;
        private long _nextAt;
        private bool _hasSession;
        private int _lost;

        /// <summary>It has closed in order, or has no session to close.</summary>
        public bool IsOver => !_hasSession;

        // On this machine each has an address of its own, as elsewhere: what one address may cost a listener is bounded. Linux has all of 127.0.0.0/8.
        protected override IPAddress LocalAddress =>
            OperatingSystem.IsLinux() && Devices.Address.GetAddressBytes() is [127, _, _, _] ? new IPAddress([127, (byte)(1 + (place >> 16)), (byte)(place >> 8), (byte)place]) : base.LocalAddress;

        // Without room the next acknowledgment brings it its turn.
        protected override long WorkAt => load._isEnding ? long.MaxValue : Client == null || (Client.Session is { CanSend: true, SendRoom: > 0 } && IsConnected) ? _nextAt : long.MaxValue;

        public void Begin(long now)
        {
            _nextAt = now + offset;
            Schedule();
        }

        public void End()
        {
            if (_hasSession)
            {
                Client!.Session.Close(Devices.Clock.Now);
                Flush();
            }
        }

        public void Finish()
        {
            Settle();
            Drop();
        }

        protected override void Work(long now)
        {
            if (Client == null)
            {
                if (!load._isEnding)
                {
                    Call();
                }

                return;
            }

            if (Client.State == ClientState.Failed)
            {
                Drop();
                _nextAt = now;
                return;
            }

            if (!IsConnected)
            {
                return;
            }

            Session session = Client.Session;
            if (!_hasSession && !session.IsOver)
            {
                _hasSession = true;
                load.Connects++;
            }

            Settle();
            while (session.NextMessageSize >= 0 && session.TakeMessage(load._taken, 0, now) >= 0)
            {
                load.Received++;
            }

            if (session.TakeRenewal())
            {
                load.SessionsLost++;
            }

            if (session.IsOver)
            {
                _hasSession = false;
                if (!load._isEnding)
                {
                    load.SessionsLost++;
                    Drop();
                    _nextAt = now;
                }

                return;
            }

            while (!load._isEnding && now >= _nextAt && session.CanSend && session.SendRoom > 0)
            {
                byte[] reading = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{{\"device\":\"{name}\",\"number\":{_number},\"temperature\":{20 + _number % 10}}}"));
                session.BeginMessage(reading.Length, true);
                session.AppendMessage(reading, 0, now);
                _number++;
                load.Sent++;

                // Readings that found no room in time are not made up for.
                _nextAt += load._every;
                _nextAt = _nextAt < now - load._every ? now : _nextAt;
            }
        }

        // Of what may not have arrived, the first is the next one.
        private void Settle()
        {
            if (Client?.Session is { } session && session.LostMessages > _lost)
            {
                int more = session.LostMessages - _lost;
                _lost = session.LostMessages;
                _number -= more;
                load.Lost += more;
            }
        }

        private void Call()
        {
            _lost = 0;
            ChannelOptions options = load._options.Freeze();
            options.Psk = psk;
            Call(options);
        }
    }
}
