using Springtail.Crypto;
using Springtail.Keys;
using Springtail.Packets;

namespace Springtail.Sessions;

/// <summary>
/// A device without a clock asks a server of its PSK for the time (PROTOCOL.md 11): a new nonce every 2 s; an answer that
/// takes longer is refused. The time is good to half the round trip.
/// </summary>
internal sealed partial class ClockQuery : IProtocolPeer
{
    private const int Interval = 2000;

    private readonly ICryptoCore _core;
    private readonly ChannelOptions _options;
    private readonly PskKeys _psk;
    private readonly Endpoint _server = new Endpoint();
    private readonly byte[] _random = new byte[16];
    private ulong _nonce;
    private long _askedAt;
    private long _askAt;

    /// <param name="core">The primitives.</param>
    /// <param name="options">The pre-shared key and the listener's name.</param>
    /// <param name="server">The server's address and discovery port.</param>
    /// <param name="now">Monotonic time in ms.</param>
    public ClockQuery(ICryptoCore core, ChannelOptions options, Endpoint server, long now)
    {
        ChannelOptions.ValidatePsk(options.Psk);
        _core = core;
        _options = options;
        _psk = new PskKeys(core, options.Psk, false, options.NameBytes);
        _psk.PrepareClock();
        _server.CopyFrom(server);
        _askAt = now;
    }

    /// <summary>True once an answer came.</summary>
    public bool Done { get; private set; }

    /// <summary>The server's UTC at monotonic time 0, in ms since 1970, when <see cref="Done"/>.</summary>
    public long UtcBase { get; private set; }

    public Counters Counters { get; } = new Counters();

    public long Deadline => Done ? long.MaxValue : _askAt;

    public int PortsVersion => 0;

    public int GetPorts(int[] ports)
    {
        ports[0] = Datagram.OwnSocket;
        return 1;
    }

    public void Receive(byte[] packet, int size, Endpoint from, int localPort, long now, long utcNow)
    {
        if (Done || size < Packet.Overhead + ClockPayload.ResponseSize || size > Packet.MaxSize || !_core.UnmaskPacket(packet, 0, size, _psk.ClockMaskKey))
        {
            Counters.Drop(DropCause.Unreadable);
            return;
        }

        if (!Packet.FromServer(packet))
        {
            Counters.Drop(DropCause.Reflected);
            return;
        }

        if (Packet.Type(packet) != PacketType.Discovery || Packet.Subtype(packet) != DiscoverySubtype.ClockResponse || Packet.SessionId(packet) != _nonce)
        {
            Counters.Drop(DropCause.Unexpected);
            return;
        }

        if (!_core.OpenPacket(packet, 0, size, PacketProtection.Clear, null, _psk.ClockKey, 0)
            || Wire.ReadU64(packet, Packet.HeaderSize + ClockPayload.Nonce) != _nonce)
        {
            Counters.Drop(DropCause.BadTag);
            return;
        }

        if (now - _askedAt > Interval)
        {
            Counters.Drop(DropCause.Timestamp);
            return;
        }

        UtcBase = Wire.ReadMs(packet, Packet.HeaderSize + ClockPayload.UtcMs) + (now - _askedAt) / 2 - now;
        Done = true;
        _psk.Wipe();
    }

    public bool Poll(Datagram datagram, long now, long utcNow)
    {
        if (Done || now < _askAt)
        {
            return false;
        }

        do
        {
            _core.Random(_random, 0, _random.Length);
            _nonce = Wire.ReadU64(_random, 0);
        }
        while (_nonce == 0);

        LogKeys();
        _askedAt = now;
        byte[] buffer = datagram.Buffer;
        TrafficShape shape = new TrafficShape(Wire.ReadU32(_random, 8), false);
        _askAt = now + shape.Shorten(Interval);
        Wire.WriteU64(buffer, Packet.HeaderSize + ClockPayload.Nonce, _nonce);
        int length = shape.Pad(buffer, ClockPayload.RequestSize);
        datagram.Size = Packet.Overhead + length;
        Packet.WriteHeader(buffer, 0, PacketType.Discovery, DiscoverySubtype.ClockRequest, 0, _nonce, Wire.ReadU32(_random, 12), 0, 0, length);
        _core.SealPacket(buffer, 0, datagram.Size, PacketProtection.Clear, null, _psk.ClockKey, 0);
        _core.MaskPacket(buffer, 0, datagram.Size, _psk.ClockMaskKey);
        datagram.LocalPort = Datagram.OwnSocket;
        datagram.To.CopyFrom(_server);
        return true;
    }

    // Of the request that goes out, on the desktop.
    partial void LogKeys();
}
