using System;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using Springtail.Crypto;
using Springtail.Keys;
using Springtail.Packets;

namespace Springtail.Peer.Explain;

/// <summary>
/// Finds Springtail's packets among any datagrams by their masks alone, and opens them with the keys of a key log. What is public is found without one:
/// pairing and discovery (PROTOCOL.md 3.2).
/// </summary>
internal sealed class Unsealer
{
    private readonly ICryptoCore _core;
    private readonly LoggedKeys _keys;
    private readonly byte[] _publicKey;
    private readonly byte[] _publicMask;
    private readonly List<Mask> _masks = [];
    private readonly List<byte[]> _handshakeMasks = [];
    private readonly Dictionary<ulong, int> _protections = [];

    // Which mask was right last between two addresses: mostly it is again.
    private readonly Dictionary<(IPAddress, IPAddress), Mask> _recent = [];

    public Unsealer(ICryptoCore core, LoggedKeys keys)
    {
        _core = core;
        _keys = keys;
        _publicKey = LongTermKeys.PublicHandshakeKey(core);
        _publicMask = LongTermKeys.MaskKey(core, _publicKey);
        foreach (LoggedSession session in keys.Sessions.Values)
        {
            _masks.AddRange(session.Spaces.Select((space, i) => new Mask(session, space, i)));
        }

        foreach (ClearKey key in keys.Clear.Where(k => k.Label == KeyLog.HandshakeKey && !_handshakeMasks.Any(m => m.AsSpan().SequenceEqual(k.Mask))))
        {
            _handshakeMasks.Add(key.Mask);
        }
    }

    /// <summary>The packet that a datagram is; null when it is none, or none under these keys.</summary>
    public OpenedPacket? Open(CapturedDatagram datagram)
    {
        if (datagram.Payload.Length is < Packet.Overhead or > Packet.LargestTaken)
        {
            return null;
        }

        (IPAddress, IPAddress) pair = (datagram.From.Address, datagram.To.Address);
        if (_recent.TryGetValue(pair, out Mask? recent) && OfSession(datagram, recent) is { } again)
        {
            return again;
        }

        foreach (Mask mask in _masks)
        {
            if (mask != recent && OfSession(datagram, mask) is { } packet)
            {
                _recent[pair] = mask;
                _recent[(pair.Item2, pair.Item1)] = mask;
                return packet;
            }
        }

        return OfHandshake(datagram) ?? OfClear(datagram) ?? OfPublic(datagram);
    }

    private OpenedPacket? OfSession(CapturedDatagram datagram, Mask mask)
    {
        if (Unmask(datagram, mask.Space.Mask) is not { } bytes || Packet.SessionId(bytes) != mask.Session.Id)
        {
            return null;
        }

        int type = Packet.Type(bytes);
        int subtype = Packet.Subtype(bytes);
        bool clear = Packet.IsClear(type, subtype);
        bool fromServer = Packet.FromServer(bytes);
        int nibble = Packet.Epoch(bytes);
        ulong number = mask.Space.NumberOf(Packet.Sequence(bytes), fromServer);
        bool hmacFirst = _protections.TryGetValue(mask.Session.Id, out int known) && known == PacketProtection.ChaCha20Hmac;
        int[] protections = clear ? [PacketProtection.Clear]
            : hmacFirst ? [PacketProtection.ChaCha20Hmac, PacketProtection.ChaCha20Poly1305]
            : [PacketProtection.ChaCha20Poly1305, PacketProtection.ChaCha20Hmac];
        TagState tag = TagState.NoKey;
        for (int i = mask.Session.Epochs.Count - 1; i >= 0; i--)
        {
            LoggedEpoch epoch = mask.Session.Epochs[i];
            if ((epoch.Epoch & 0x0F) != nibble || epoch.ClientKey.Length == 0 || epoch.ServerKey.Length == 0)
            {
                continue;
            }

            EpochKeys keys = epoch.Keys;
            tag = TagState.Bad;
            foreach (int protection in protections)
            {
                byte[] opened = (byte[])bytes.Clone();
                byte[] tagKey = clear ? keys.SessionKey : keys.TagKey(type, subtype);
                if (_core.OpenPacket(opened, 0, opened.Length, protection, clear ? null : fromServer ? keys.ServerKey : keys.ClientKey, tagKey, number))
                {
                    if (!clear)
                    {
                        _protections[mask.Session.Id] = protection;
                    }

                    return new OpenedPacket(datagram, opened, TagState.Good, epoch.Epoch, number, mask.Index);
                }
            }
        }

        return new OpenedPacket(datagram, bytes, tag, nibble, number, mask.Index);
    }

    // A SYN or a SYN_ACK of a PSK's day; where only other sessions of that day are in the key log, its tag cannot be checked.
    private OpenedPacket? OfHandshake(CapturedDatagram datagram)
    {
        foreach (byte[] mask in _handshakeMasks)
        {
            if (Unmask(datagram, mask) is not { } bytes || !IsHandshake(bytes))
            {
                continue;
            }

            ulong id = Packet.SessionId(bytes);
            ClearKey[] keys = [.. _keys.Clear.Where(k => k.Label == KeyLog.HandshakeKey && k.Id == id)];
            TagState tag = keys.Length == 0 ? TagState.NoKey : keys.Any(k => HasTag(bytes, k.Key)) ? TagState.Good : TagState.Bad;
            return Clear(datagram, bytes, tag);
        }

        return null;
    }

    private OpenedPacket? OfClear(CapturedDatagram datagram)
    {
        foreach (ClearKey key in _keys.Clear.Where(k => k.Label != KeyLog.HandshakeKey))
        {
            if (Unmask(datagram, key.Mask) is { } bytes && Packet.SessionId(bytes) == key.Id && HasTag(bytes, key.Key))
            {
                return Clear(datagram, bytes, TagState.Good);
            }
        }

        return null;
    }

    private OpenedPacket? OfPublic(CapturedDatagram datagram)
    {
        if (Unmask(datagram, _publicMask) is not { } bytes || !(IsHandshake(bytes) || Packet.Type(bytes) == PacketType.Discovery))
        {
            return null;
        }

        byte[] key = Packet.Type(bytes) == PacketType.Discovery ? DiscoveryProofs.IntegrityKey(_core, Packet.SessionId(bytes)) : _publicKey;
        return HasTag(bytes, key) ? Clear(datagram, bytes, TagState.Good) : null;
    }

    private byte[]? Unmask(CapturedDatagram datagram, byte[] mask)
    {
        byte[] bytes = (byte[])datagram.Payload.Clone();
        return _core.UnmaskPacket(bytes, 0, bytes.Length, mask) ? bytes : null;
    }

    private static bool IsHandshake(byte[] bytes)
    {
        int payload = bytes.Length - Packet.Overhead;
        int type = Packet.Type(bytes);
        return Packet.Subtype(bytes) == 0 && Packet.Epoch(bytes) == 0
            && (type == PacketType.Syn ? !Packet.FromServer(bytes) && payload >= Syn.PublicKey + KeyExchange.X25519KeySize
                : type == PacketType.SynAck && Packet.FromServer(bytes) && payload >= SynAck.PublicKey + KeyExchange.X25519KeySize)
            && KeyExchange.PublicKeySize(bytes[Packet.HeaderSize + Syn.Suite]) != 0;
    }

    private bool HasTag(byte[] bytes, byte[] key) => _core.OpenPacket((byte[])bytes.Clone(), 0, bytes.Length, PacketProtection.Clear, null, key, 0);

    private static OpenedPacket Clear(CapturedDatagram datagram, byte[] bytes, TagState tag)
    {
        return new OpenedPacket(datagram, bytes, tag, Packet.Epoch(bytes), Packet.Sequence(bytes), -1);
    }

    private sealed record Mask(LoggedSession Session, LoggedSpace Space, int Index);
}
