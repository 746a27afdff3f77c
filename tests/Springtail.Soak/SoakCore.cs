using System;
using System.Buffers.Binary;
using System.Security.Cryptography;
using Springtail.Crypto;
using Springtail.Packets;

namespace Springtail.Soak;

/// <summary>
/// The primitives of one host: random bytes from the seed, a key exchange that costs little, and a note of each key for <see cref="KeyWatch"/>.
/// The packets are sealed by the desktop's core. Exchange and PBKDF2 are as the protocol needs them, two sides agreeing on a secret, without the
/// cost of being safe: powers modulo 2^61 - 1, one iteration.
/// </summary>
internal sealed class SoakCore : ICryptoCore
{
    private const ulong Prime = (1ul << 61) - 1;

    private readonly ICryptoCore _core = CryptoCore.Default;
    private readonly Random _random;
    private readonly KeyWatch _keys;
    private readonly Action<string>? _log;

    // A packet of a session was sealed, and is masked next. What comes in is masked too, where a key turns out not to be its.
    private bool _isOfSession;

    /// <param name="random">What is drawn.</param>
    /// <param name="keys">What is told of keys.</param>
    /// <param name="log">What is told of packets sealed and opened; null for nothing.</param>
    public SoakCore(Random random, KeyWatch keys, Action<string>? log)
    {
        _random = random;
        _keys = keys;
        _log = log;
    }

    /// <summary>The packet that was opened last, since this was last cleared.</summary>
    public Opened? LastOpened { get; set; }

    public void Sha256(byte[] output, int outputOffset, byte[] input, int offset, int count) => _core.Sha256(output, outputOffset, input, offset, count);

    public void HmacSha256(byte[] output, int outputOffset, byte[] key, int keyOffset, int keyCount, byte[] message, int offset, int count) =>
        _core.HmacSha256(output, outputOffset, key, keyOffset, keyCount, message, offset, count);

    public void Pbkdf2(byte[] output, byte[] password, byte[] salt, int iterations)
    {
        _core.Pbkdf2(output, password, salt, 1);
        _keys.Derived(output);
    }

    public void ChaCha20(byte[] data, int offset, int count, byte[] key, byte[] nonce, uint counter) => _core.ChaCha20(data, offset, count, key, nonce, counter);

    public void P256KeyPair(byte[] publicKey, byte[] privateKey) => KeyPair(publicKey, privateKey);

    public bool P256Public(byte[] publicKey, byte[] privateKey) => Public(publicKey, privateKey);

    public bool P256Shared(byte[] secret, byte[] privateKey, byte[] peerPublicKey) => Shared(secret, privateKey, peerPublicKey);

    public void X25519KeyPair(byte[] publicKey, byte[] privateKey) => KeyPair(publicKey, privateKey);

    public void X25519Public(byte[] publicKey, byte[] privateKey) => Public(publicKey, privateKey);

    public bool X25519Shared(byte[] secret, byte[] privateKey, byte[] peerPublicKey) => Shared(secret, privateKey, peerPublicKey);

    public void Spake2Scalar(byte[] w, byte[] input) => _core.Spake2Scalar(w, input);

    public bool Spake2Share(byte[] share, byte[] w, byte[] privateKey, int side) => _core.Spake2Share(share, w, privateKey, side);

    public bool Spake2Key(byte[] key, byte[] w, byte[] privateKey, byte[] share, byte[] peerShare, int side, byte[] clientIdentity, byte[] serverIdentity) =>
        _core.Spake2Key(key, w, privateKey, share, peerShare, side, clientIdentity, serverIdentity);

    public void Aes256GcmSeal(byte[] data, int offset, int size, byte[] key, byte[] iv, byte[] additionalData)
    {
        _keys.Use(key, BinaryPrimitives.ReadUInt64LittleEndian(iv));
        _core.Aes256GcmSeal(data, offset, size, key, iv, additionalData);
    }

    public bool Aes256GcmOpen(byte[] data, int offset, int size, byte[] key, byte[] iv, byte[] additionalData) =>
        _core.Aes256GcmOpen(data, offset, size, key, iv, additionalData);

    public void SealPacket(byte[] packet, int offset, int size, int protection, byte[] cipherKey, byte[] tagKey, ulong number)
    {
        _isOfSession = protection != PacketProtection.Clear;
        if (_isOfSession)
        {
            _keys.Sealing(Packet.SessionId(packet), Packet.Epoch(packet), cipherKey, tagKey, number);
        }

        _log?.Invoke($"sends {Describe(packet, number)}");
        _core.SealPacket(packet, offset, size, protection, cipherKey, tagKey, number);
    }

    public bool OpenPacket(byte[] packet, int offset, int size, int protection, byte[] cipherKey, byte[] tagKey, ulong number)
    {
        if (!_core.OpenPacket(packet, offset, size, protection, cipherKey, tagKey, number))
        {
            _log?.Invoke($"cannot open {Describe(packet, number)}");
            return false;
        }

        _log?.Invoke($"opens {Describe(packet, number)}");
        ulong sessionId = Packet.SessionId(packet);
        if (protection == PacketProtection.Clear)
        {
            LastOpened = new Opened(sessionId, 0, 0);
        }
        else
        {
            _keys.Opened(sessionId, Packet.Epoch(packet), cipherKey, tagKey);
            LastOpened = new Opened(sessionId, KeyWatch.Name(cipherKey), number);
        }

        return true;
    }

    public void MaskPacket(byte[] packet, int offset, int size, byte[] maskKey)
    {
        if (_isOfSession)
        {
            _keys.Masking(Packet.SessionId(packet), maskKey);
            _isOfSession = false;
        }

        _core.MaskPacket(packet, offset, size, maskKey);
    }

    public bool UnmaskPacket(byte[] packet, int offset, int size, byte[] maskKey) => _core.UnmaskPacket(packet, offset, size, maskKey);

    public void Random(byte[] output, int offset, int count) => _random.NextBytes(output.AsSpan(offset, count));

    // What its header says, and the payload where that tells more.
    private static string Describe(byte[] packet, ulong number)
    {
        int type = Packet.Type(packet);
        int at = Packet.HeaderSize;
        string name = type switch
        {
            PacketType.Syn => "SYN",
            PacketType.SynAck => "SYN_ACK",
            PacketType.Ack => $"ACK window {Packets.Wire.ReadU16(packet, at)} sack {Packets.Wire.ReadU32(packet, at + AckPayload.SackBitmap):x} done {Packets.Wire.ReadU32(packet, at + AckPayload.Done)}",
            PacketType.Data => $"DATA message {Packets.Wire.ReadU32(packet, at)} done {Packets.Wire.ReadU32(packet, at + DataPayload.Done)} fragment {Packets.Wire.ReadU16(packet, at + DataPayload.FragmentIndex)} delivery {packet[at + DataPayload.Delivery]}",
            PacketType.Fin => "FIN",
            PacketType.Heartbeat => $"HEARTBEAT sleep {Packets.Wire.ReadU32(packet, at + HeartbeatPayload.SleepSeconds)} continues {Packets.Wire.ReadU64(packet, at + HeartbeatPayload.Continues):x4}",
            PacketType.Error => "ERROR",
            PacketType.Rst => "RST",
            PacketType.Control => $"CONTROL {Packet.Subtype(packet)}",
            PacketType.Management => $"MANAGEMENT {Packet.Subtype(packet)}",
            _ => $"type {type}",
        };
        return $"{Packet.SessionId(packet) >> 48:x4} number {(uint)(number == 0 ? Packet.Sequence(packet) : number)} acknowledges {Packet.Acknowledgment(packet)} epoch {Packet.Epoch(packet)} {name}";
    }

    private void KeyPair(byte[] publicKey, byte[] privateKey)
    {
        do
        {
            _random.NextBytes(privateKey);
        }
        while (!Public(publicKey, privateKey));

        _keys.PrivateMade(privateKey);
    }

    // The power in the first eight bytes, and its hash in the rest, so that each value of a public key is another key.
    private static bool Public(byte[] publicKey, byte[] privateKey)
    {
        ulong power = Power(3, BinaryPrimitives.ReadUInt64LittleEndian(privateKey));
        BinaryPrimitives.WriteUInt64LittleEndian(publicKey, power);
        SHA256.HashData(publicKey.AsSpan(0, 8)).AsSpan(0, 24).CopyTo(publicKey.AsSpan(8));
        return power > 1;
    }

    private bool Shared(byte[] secret, byte[] privateKey, byte[] peerPublicKey)
    {
        ulong theirs = BinaryPrimitives.ReadUInt64LittleEndian(peerPublicKey);
        if (theirs <= 1 || theirs >= Prime)
        {
            return false;
        }

        byte[] power = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(power, Power(theirs, BinaryPrimitives.ReadUInt64LittleEndian(privateKey)));
        SHA256.HashData(power, secret);
        _keys.PrivateUsed(privateKey);
        _keys.Agreed(secret);
        return true;
    }

    private static ulong Power(ulong value, ulong exponent)
    {
        ulong result = 1;
        for (; exponent != 0; exponent >>= 1)
        {
            if ((exponent & 1) != 0)
            {
                result = (ulong)((UInt128)result * value % Prime);
            }

            value = (ulong)((UInt128)value * value % Prime);
        }

        return result;
    }
}

/// <summary>A packet whose tag was right; key and number are 0 for one that is not encrypted.</summary>
internal readonly record struct Opened(ulong SessionId, UInt128 Key, ulong Number);
