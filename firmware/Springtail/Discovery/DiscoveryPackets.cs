using Springtail.Crypto;
using Springtail.Keys;
using Springtail.Packets;
using Springtail.Sessions;

namespace Springtail.Discovery;

/// <summary>Seals and opens DISCOVERY packets 1 to 6. Mask and tag are made of public values: they hide and guard against damage, no more.</summary>
internal sealed class DiscoveryPackets
{
    private readonly ICryptoCore _core;
    private readonly byte[] _maskKey;
    private readonly byte[] _random = new byte[8];
    private TrafficShape _shape;

    public DiscoveryPackets(ICryptoCore core)
    {
        _core = core;
        _maskKey = LongTermKeys.MaskKey(core, LongTermKeys.PublicHandshakeKey(core));
    }

    /// <summary>Unmasks a packet that is whole and of discovery; otherwise returns false and leaves it as it was.</summary>
    public bool Open(byte[] packet, int size)
    {
        if (size > Packet.MaxSize || !_core.UnmaskPacket(packet, 0, size, _maskKey))
        {
            return false;
        }

        int subtype = Packet.Subtype(packet);
        ulong id = Packet.SessionId(packet);
        if (Packet.Type(packet) == PacketType.Discovery && subtype >= DiscoverySubtype.Request && subtype <= DiscoverySubtype.ProofsMatch
            && size >= Packet.Overhead + 8 && Wire.ReadU64(packet, Packet.HeaderSize) == id
            && _core.OpenPacket(packet, 0, size, PacketProtection.Clear, null, DiscoveryProofs.IntegrityKey(_core, id), 0))
        {
            return true;
        }

        _core.MaskPacket(packet, 0, size, _maskKey);
        return false;
    }

    /// <summary>A time in ms, shortened by up to a fifth; after the first packet.</summary>
    public long Shorten(long ms) => _shape.Shorten(ms);

    /// <summary>Makes a packet of the payload that stands in the datagram's buffer, but for the discovery_id that it begins with.</summary>
    public void Seal(Datagram datagram, int subtype, int flags, ulong id, int payloadSize)
    {
        byte[] buffer = datagram.Buffer;
        _core.Random(_random, 0, _random.Length);
        _shape = new TrafficShape(Wire.ReadU32(_random, 0), false);
        int length = _shape.Pad(buffer, payloadSize);
        datagram.Size = Packet.Overhead + length;
        Packet.WriteHeader(buffer, 0, PacketType.Discovery, subtype, flags, id, Wire.ReadU32(_random, 4), 0, 0, length);
        Wire.WriteU64(buffer, Packet.HeaderSize, id);
        _core.SealPacket(buffer, 0, datagram.Size, PacketProtection.Clear, null, DiscoveryProofs.IntegrityKey(_core, id), 0);
        _core.MaskPacket(buffer, 0, datagram.Size, _maskKey);
    }
}
