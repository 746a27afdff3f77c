using System;
using Springtail.Crypto;
using Springtail.Keys;
using Springtail.Packets;
using Springtail.Sessions;

namespace Springtail.Pairing;

/// <summary>
/// How two peers get a PSK out of a session, most likely one of suite 5 (PROTOCOL.md 24): each sends 32 random bytes, both make the key of them,
/// and each tells the other once it has stored it. It has no sockets and no clock: its caller carries the messages, in order, as the first reliable ones.
/// </summary>
internal sealed class PairingExchange
{
    /// <summary>Bytes of a key.</summary>
    public const int PskSize = 32;

    /// <summary>How long each side waits for the other, in ms: long enough for flash and for a slow network.</summary>
    public const int Patience = 30000;

    private const byte ShareKind = 1;
    private const byte StoredKind = 2;
    private const int RandomSize = 32;
    private const int MessageSize = 33;

    private readonly ICryptoCore _core;
    private readonly ulong _sessionId;
    private readonly bool _isServer;
    private readonly byte[] _random = Secret.New(RandomSize);

    /// <param name="core">The primitives.</param>
    /// <param name="session">The session that carries the messages.</param>
    public PairingExchange(ICryptoCore core, Session session)
        : this(core, session.Id, session.IsServer)
    {
    }

    /// <param name="core">The primitives.</param>
    /// <param name="sessionId">The session's id.</param>
    /// <param name="isServer">True on the side that listened.</param>
    public PairingExchange(ICryptoCore core, ulong sessionId, bool isServer)
    {
        _core = core;
        _sessionId = sessionId;
        _isServer = isServer;
        core.Random(_random, 0, RandomSize);
    }

    /// <summary>The key, from the peer's SHARE on; null before. To be stored, then confirmed.</summary>
    public byte[] Psk { get; private set; }

    /// <summary>The peer has stored the same key. With this side's STORED acknowledged that is success.</summary>
    public bool PeerHasStored { get; private set; }

    /// <summary>SHARE, the first message to send.</summary>
    public byte[] Share()
    {
        byte[] message = Secret.New(MessageSize);
        message[0] = ShareKind;
        Array.Copy(_random, 0, message, 1, RandomSize);
        return message;
    }

    /// <summary>STORED, to send when the key has been stored and not before.</summary>
    public byte[] Stored()
    {
        byte[] message = new byte[MessageSize];
        message[0] = StoredKind;
        Array.Copy(Proof(_isServer), 0, message, 1, MessageSize - 1);
        return message;
    }

    /// <summary>True for what looks like a SHARE: the peer pairs.</summary>
    /// <param name="buffer">Begins with the message.</param>
    /// <param name="size">Its size in bytes.</param>
    public static bool IsShare(byte[] buffer, int size) => size == MessageSize && buffer[0] == ShareKind;

    /// <summary>Takes a message of the peer. False when it is none that can come now: the peer does not pair, or has another key.</summary>
    /// <param name="buffer">Begins with the message.</param>
    /// <param name="size">Its size in bytes.</param>
    public bool Receive(byte[] buffer, int size)
    {
        if (IsShare(buffer, size) && Psk == null)
        {
            byte[] peer = Secret.Slice(buffer, 1, RandomSize);
            byte[] both = new Concatenation().Bytes(_isServer ? peer : _random).Bytes(_isServer ? _random : peer).ToArray();
            byte[] info = new byte[8];
            Wire.WriteU64(info, 0, _sessionId);
            Psk = Hkdf.Derive(_core, Wire.Ascii("springtail_pairing_v1"), both, info, PskSize);
            Secret.Wipe(both);
            Secret.Wipe(peer);
            return true;
        }

        if (size == MessageSize && buffer[0] == StoredKind && Psk != null && !PeerHasStored && ConstantTime.Equal(Proof(!_isServer), 0, buffer, 1, MessageSize - 1))
        {
            PeerHasStored = true;
            return true;
        }

        return false;
    }

    /// <summary>Wipes what it knows; <see cref="Psk"/> is zeros then.</summary>
    public void Wipe()
    {
        Secret.Wipe(_random);
        Secret.Wipe(Psk);
    }

    private byte[] Proof(bool ofServer)
    {
        return new Concatenation().Text("springtail_pairing_stored_v1").U8((byte)(ofServer ? Spake2Side.Server : Spake2Side.Client)).Hmac(_core, Psk);
    }
}
