using System;
using System.Collections.Generic;
using Springtail.Crypto;
using Springtail.Listening;
using Springtail.Packets;
using Springtail.Sessions;
using Springtail.Transport;

namespace Springtail.Peer.Bench;

/// <summary>
/// A listener and as many devices as wanted on a network in memory, in virtual time: what the listener's side of the protocol takes of a core. Each device has an
/// address and a PSK of its own.
/// </summary>
internal sealed class Fleet
{
    private const long UtcBase = 1792671081941;

    private readonly ICryptoCore _core;
    private readonly int _delay;
    private readonly PriorityQueue<Flight, (long At, long Order)> _flying = new();
    private readonly PriorityQueue<Device, long> _due = new();
    private readonly Stack<Flight> _spare = new();
    private readonly ServerHost _host;
    private readonly Driver _driver;
    private readonly byte[] _buffer = new byte[Packet.MaxSize + 1];
    private TimeSpan _started;
    private long _order;

    /// <param name="core">The primitives.</param>
    /// <param name="count">Devices.</param>
    /// <param name="suite">The suite they ask for.</param>
    /// <param name="delay">Of a datagram on its way, in ms.</param>
    /// <param name="listener">The listener's options, but for the PSKs.</param>
    public Fleet(ICryptoCore core, int count, int suite, int delay, ChannelOptions listener)
    {
        _core = core;
        _delay = delay;
        Suite = suite;
        byte[][] psks = new byte[count][];
        for (int i = 0; i < count; i++)
        {
            psks[i] = new byte[32];
            BitConverter.TryWriteBytes(psks[i], i + 1);
        }

        listener.Psks = psks;
        Options = listener;
        Clock = new FleetClock(this);
        _host = new ServerHost(this);
        Server = new IndexedServer(core, listener, Now, Clock.UtcNow);
        _driver = new Driver(Server, _host, Clock);
        _driver.Flush();
        Devices = new Device[count];
        for (int i = 0; i < count; i++)
        {
            Devices[i] = new Device(this, i);
        }
    }

    public long Now { get; private set; } = 1000;

    public int Suite { get; }

    public ChannelOptions Options { get; }

    public IndexedServer Server { get; }

    public Device[] Devices { get; }

    /// <summary>What the listener's side has taken of a core so far.</summary>
    public TimeSpan ServerTime { get; private set; }

    /// <summary>Datagrams that the listener has received so far.</summary>
    public long Received { get; private set; }

    /// <summary>The listener's ports that are open.</summary>
    public int OpenPorts => _host.Open.Count;

    private FleetClock Clock { get; }

    /// <summary>Lets devices call, each once it is there, and returns how many are connected after that many ms.</summary>
    public int Connect(int first, int count, long time)
    {
        for (int i = first; i < first + count; i++)
        {
            Devices[i].Call();
        }

        Run(time);
        int connected = 0;
        for (int i = first; i < first + count; i++)
        {
            connected += Devices[i].IsConnected ? 1 : 0;
        }

        return connected;
    }

    /// <summary>Sends one message of a device.</summary>
    public void SendFrom(int device, byte[] message) => Devices[device].Send(message);

    public void Run(long time)
    {
        long end = Now + time;
        while (true)
        {
            long next = Math.Min(end, Now + Math.Max(0, _driver.IdleTime));
            next = _flying.TryPeek(out _, out (long At, long Order) first) ? Math.Min(next, first.At) : next;
            next = _due.TryPeek(out _, out long due) ? Math.Min(next, due) : next;
            Now = Math.Max(Now, next);
            bool any = Deliver();
            while (_due.TryPeek(out Device? device, out long at) && at <= Now)
            {
                _due.Dequeue();
                device.Work(at);
                any = true;
            }

            if (_driver.IdleTime == 0 || any)
            {
                _started = ThreadTime.Now;
                _driver.Flush();
                ServerTime += ThreadTime.Now - _started;
            }
            else if (Now >= end)
            {
                return;
            }
        }
    }

    private bool Deliver()
    {
        bool any = false;
        while (_flying.TryPeek(out Flight? flight, out (long At, long Order) when) && when.At <= Now)
        {
            _flying.Dequeue();
            any = true;
            if (flight.Device != null)
            {
                flight.Device.Receive(flight);
            }
            else if (_host.Open.Contains(flight.Port))
            {
                Received++;
                _started = ThreadTime.Now;
                Array.Copy(flight.Bytes, _buffer, flight.Size);
                _driver.Take(_buffer, flight.Size, flight.From, flight.Port);
                _driver.Flush();
                ServerTime += ThreadTime.Now - _started;
            }

            _spare.Push(flight);
        }

        return any;
    }

    private void Send(Device? to, Endpoint from, int port, byte[] buffer, int size)
    {
        Flight flight = _spare.TryPop(out Flight? spare) ? spare : new Flight();
        flight.Device = to;
        flight.From.CopyFrom(from);
        flight.Port = port;
        flight.Size = size;
        Array.Copy(buffer, flight.Bytes, size);
        _flying.Enqueue(flight, (Now + _delay, _order++));
    }

    /// <summary>A device: its client, and its socket.</summary>
    internal sealed class Device : IDatagramTransport
    {
        private readonly Fleet _fleet;
        private readonly int _number;
        private readonly Endpoint _address = new();
        private Driver? _driver;
        private long _dueAt = long.MaxValue;

        public Device(Fleet fleet, int number)
        {
            _fleet = fleet;
            _number = number;
            _address.SetAddress([11, (byte)(number >> 16), (byte)(number >> 8), (byte)number]);
            _address.Port = 50000;
        }

        public Client? Client { get; private set; }

        public bool IsConnected => Client?.State == ClientState.Connected;

        public void Call()
        {
            ChannelOptions options = new()
            {
                Psk = _fleet.Options.Psks[_number],
                Suite = _fleet.Suite,
                PortMin = _fleet.Options.PortMin,
                PortCount = _fleet.Options.PortCount,
                RendezvousPort = _fleet.Options.RendezvousPort,
            };
            Client = new Client(_fleet._core, options, _fleet._host.Address, _fleet.Now, _fleet.Clock.UtcNow);
            _driver = new Driver(Client, this, _fleet.Clock);
            Flush();
        }

        public void Send(byte[] message)
        {
            Client!.Session.BeginMessage(message.Length, true);
            Client.Session.AppendMessage(message, 0, _fleet.Now);
            Flush();
        }

        public void Receive(Flight flight)
        {
            if (_driver != null)
            {
                _driver.Take(flight.Bytes, flight.Size, flight.From, Datagram.OwnSocket);
                Flush();
            }
        }

        // Of several entries of a device, the one that fits counts.
        public void Work(long at)
        {
            if (at == _dueAt)
            {
                _dueAt = long.MaxValue;
                Flush();
            }
        }

        public bool Open(int port) => true;

        public void Close(int port)
        {
        }

        public void Send(int localPort, Endpoint to, byte[] buffer, int size) => _fleet.Send(null, _address, to.Port, buffer, size);

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

        public Endpoint Resolve(string host) => _fleet._host.Address;

        public void Dispose()
        {
        }

        private void Flush()
        {
            _driver!.Flush();
            long due = _fleet.Now + Math.Max(1, _driver.IdleTime);
            if (due != _dueAt)
            {
                _dueAt = due;
                _fleet._due.Enqueue(this, due);
            }
        }
    }

    internal sealed class Flight
    {
        public readonly byte[] Bytes = new byte[Packet.MaxSize + 1];
        public readonly Endpoint From = new();
        public Device? Device;
        public int Port;
        public int Size;
    }

    private sealed class ServerHost : IDatagramTransport
    {
        private readonly Fleet _fleet;
        private readonly Endpoint _from = new();

        public ServerHost(Fleet fleet)
        {
            _fleet = fleet;
            Address.SetAddress([10, 0, 0, 1]);
        }

        public Endpoint Address { get; } = new();

        public HashSet<int> Open { get; } = [];

        bool IDatagramTransport.Open(int port) => Open.Add(port);

        public void Close(int port) => Open.Remove(port);

        public void Send(int localPort, Endpoint to, byte[] buffer, int size)
        {
            int number = to.Address[1] << 16 | to.Address[2] << 8 | to.Address[3];
            _from.CopyFrom(Address);
            _from.Port = localPort;
            if (number < _fleet.Devices.Length)
            {
                _fleet.Send(_fleet.Devices[number], _from, to.Port, buffer, size);
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

        public Endpoint Resolve(string host) => Address;

        public void Dispose()
        {
        }
    }

    private sealed class FleetClock(Fleet fleet) : IClock
    {
        public long Now => fleet.Now;

        public long UtcNow => UtcBase + fleet.Now;
    }
}
