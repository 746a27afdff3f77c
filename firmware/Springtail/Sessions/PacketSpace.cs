using System;
using Springtail.Crypto;
using Springtail.Delivery;
using Springtail.Keys;
using Springtail.Packets;

namespace Springtail.Sessions;

/// <summary>Owns keys, and finds those with which a packet can be opened.</summary>
internal interface IKeyring
{
    /// <summary>Sets <see cref="Arrival.Keys"/> by the packet's epoch; returns a <see cref="DropCause"/>, or <see cref="PacketSpace.Good"/>.</summary>
    int FindKeys(Arrival arrival);
}

/// <summary>
/// The numbers of both directions, the mask, and the one way to open and to seal a numbered packet (PROTOCOL.md 3).
/// </summary>
internal sealed partial class PacketSpace
{
    /// <summary>No cause to drop it.</summary>
    public const int Good = -1;

    // What a move forward skips at least (PROTOCOL.md 13, 16).
    private const uint Step = 65536;

    // Numbers of one direction.
    private const ulong Span = 0x80000000ul;

    private readonly ICryptoCore _core;
    private readonly bool _isServer;
    private readonly ulong _id;
    private readonly int _protection;

    /// <summary>The key that unmasks the packets of both directions.</summary>
    public readonly byte[] MaskKey;


    private ulong _initialNumber;
    private ulong _lastNumber;
    private ReplayWindow _received;

    /// <param name="core">The primitives.</param>
    /// <param name="isServer">The own side.</param>
    /// <param name="id">session_id.</param>
    /// <param name="protection">What the suite does to a payload.</param>
    /// <param name="maskKey">Of both directions.</param>
    /// <param name="initialNumber">The own first packet's number is one above it.</param>
    /// <param name="peerInitialNumber">The same of the peer.</param>
    public PacketSpace(ICryptoCore core, bool isServer, ulong id, int protection, byte[] maskKey, ulong initialNumber, ulong peerInitialNumber)
    {
        _core = core;
        _isServer = isServer;
        _id = id;
        _protection = protection;
        MaskKey = maskKey;
        _initialNumber = initialNumber;
        _lastNumber = initialNumber;
        _received = new ReplayWindow(peerInitialNumber);
    }

    /// <summary>The number of the last packet that went out.</summary>
    public ulong LastNumber => _lastNumber;

    /// <summary>The highest number that was verified.</summary>
    public ulong Highest => _received.Highest;

    /// <summary>next_send of the packet that is sealed next: its own number + 1.</summary>
    public uint NextSend => (uint)_lastNumber + 2u;

    /// <summary>Which of the numbers below the highest were verified (PROTOCOL.md 9).</summary>
    public uint SackBitmap => _received.SackBitmap();

    /// <summary>True when a packet carries a mask and a session_id; then it is unmasked, otherwise it is left as it was.</summary>
    public static bool IsFor(ICryptoCore core, byte[] packet, int size, byte[] maskKey, ulong id)
    {
        if (!core.UnmaskPacket(packet, 0, size, maskKey))
        {
            return false;
        }

        if (Packet.SessionId(packet) == id)
        {
            return true;
        }

        core.MaskPacket(packet, 0, size, maskKey);
        return false;
    }

    /// <summary>
    /// Direction, epoch, number, tag, replay, in this order (PROTOCOL.md 3.3). Nothing is noted: that is <see cref="Accept"/>'s, once the packet has a place.
    /// </summary>
    /// <returns>A <see cref="DropCause"/>; <see cref="Good"/> for a packet of the peer's that was not seen before.</returns>
    public int Open(Arrival arrival, IKeyring ring)
    {
        byte[] packet = arrival.Bytes;
        if (Packet.FromServer(packet) == _isServer)
        {
            return DropCause.Reflected;
        }

        int cause = ring.FindKeys(arrival);
        if (cause != Good)
        {
            return cause;
        }

        if (!_received.Extend(Packet.Sequence(packet), out ulong number))
        {
            return DropCause.Replay;
        }

        int type = Packet.Type(packet);
        int subtype = Packet.Subtype(packet);
        EpochKeys keys = arrival.Keys;
        bool clear = Packet.IsClear(type, subtype);
        byte[] key = _isServer ? keys.ClientKey : keys.ServerKey;
        if (!_core.OpenPacket(packet, 0, arrival.Size, clear ? PacketProtection.Clear : _protection, clear ? null : key, TagKey(keys, type, subtype), number))
        {
            return DropCause.BadTag;
        }

        // A RESUME that is no copy is above every number seen (PROTOCOL.md 16).
        arrival.Number = number;
        arrival.Ahead = number > _received.Highest ? number - _received.Highest : 0;
        arrival.RepeatsHighest = number == _received.Highest;
        if (clear && !arrival.IsCopy ? !arrival.IsHighest : _received.Contains(number))
        {
            return DropCause.Replay;
        }

        return Good;
    }

    /// <summary>Notes the number of a packet that was opened.</summary>
    public void Accept(Arrival arrival) => _received.Add(arrival.Number);

    /// <summary>Numbers, tags and masks a packet whose payload stands in the datagram's buffer; false when the numbers have run out, since none is used twice.</summary>
    public bool Seal(Datagram datagram, EpochKeys keys, int type, int subtype, int flags, int payloadLength, long utcMs)
    {
        if (_lastNumber + 1 >= _initialNumber + Span)
        {
            datagram.Size = 0;
            return false;
        }

        _lastNumber++;
        byte[] buffer = datagram.Buffer;
        int size = payloadLength + Packet.Overhead;
        bool clear = Packet.IsClear(type, subtype);
        flags |= PacketFlags.Ack | (_isServer ? PacketFlags.FromServer : 0);
        Packet.WriteHeader(buffer, keys.Epoch, type, subtype, flags, _id, (uint)_lastNumber, (uint)_received.Highest, Timestamps.Of(utcMs), payloadLength);
        byte[] key = _isServer ? keys.ServerKey : keys.ClientKey;
        _core.SealPacket(buffer, 0, size, clear ? PacketProtection.Clear : _protection, clear ? null : key, TagKey(keys, type, subtype), _lastNumber);
        _core.MaskPacket(buffer, 0, size, MaskKey);
        datagram.Size = size;
        return true;
    }

    /// <summary>The number of this side whose low half an acknowledgment names; 0 when no packet with it was sent.</summary>
    public ulong Own(uint acknowledgment)
    {
        uint behind = (uint)_lastNumber - acknowledgment;
        return behind < 0x80000000u && behind < _lastNumber - _initialNumber ? _lastNumber - behind : 0;
    }

    /// <summary>True when a header acknowledges nothing yet.</summary>
    public bool IsInitial(uint acknowledgment) => acknowledgment == (uint)_initialNumber;

    /// <summary>A repair begins: this side's numbers go on a step further (PROTOCOL.md 13).</summary>
    public void StepForward() => _lastNumber += Step;

    /// <summary>The peer has seen numbers that this side has not used: goes on above them (PROTOCOL.md 13, 16).</summary>
    public void PassReceived(uint lastReceived)
    {
        uint ahead = lastReceived - (uint)_lastNumber;
        if (ahead < Span - Step && ahead > 0)
        {
            _lastNumber += ahead + Step - 1u;
        }
    }

    /// <summary>Writes the numbers into a snapshot.</summary>
    public void Save(byte[] snapshot)
    {
        Wire.WriteU64(snapshot, Snapshot.LastNumber, _lastNumber);
        Wire.WriteU64(snapshot, Snapshot.HighestReceived, _received.Highest);
        Wire.WriteU32(snapshot, Snapshot.InitialNumber, (uint)_initialNumber);
        Array.Copy(MaskKey, 0, snapshot, Snapshot.MaskKey, MaskKey.Length);
    }

    /// <summary>Goes on where a snapshot left off, a step further.</summary>
    public void Continue(byte[] snapshot)
    {
        _initialNumber = Wire.ReadU32(snapshot, Snapshot.InitialNumber);
        _lastNumber = Wire.ReadU64(snapshot, Snapshot.LastNumber) + Step;
        _received = new ReplayWindow(Wire.ReadU64(snapshot, Snapshot.HighestReceived));
    }

    /// <summary>No packet is taken any more.</summary>
    public void LetGo() => _received.LetGo();

    public void Wipe() => Array.Clear(MaskKey, 0, MaskKey.Length);

    // A packet in the clear is tagged with the session_key, DIVERSIFIED or not.
    private static byte[] TagKey(EpochKeys keys, int type, int subtype)
    {
        return Packet.IsClear(type, subtype) ? keys.SessionKey : keys.TagKey(type, subtype);
    }
}
