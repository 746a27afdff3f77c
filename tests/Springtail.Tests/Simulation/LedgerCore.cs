using System;
using System.Collections.Generic;
using Springtail.Crypto;
using Xunit;

namespace Springtail.Tests.Simulation;

/// <summary>A core that keeps account: which key sealed which number, never the same twice, and how often a public key was computed with.</summary>
internal sealed class LedgerCore : ICryptoCore
{
    private readonly SteeredCore _core;
    private readonly HashSet<(UInt128, UInt128, ulong)> _sealed = new();

    public LedgerCore(uint seed)
    {
        _core = new SteeredCore(seed) { QuickPbkdf2 = true };
    }

    /// <summary>Pairs of key and nonce so far.</summary>
    public int Pairs => _sealed.Count;

    /// <summary>Key pairs made and shared secrets computed so far.</summary>
    public int PublicKeyOperations { get; private set; }

    public void Sha256(byte[] output, int outputOffset, byte[] input, int offset, int count) => _core.Sha256(output, outputOffset, input, offset, count);

    public void HmacSha256(byte[] output, int outputOffset, byte[] key, int keyOffset, int keyCount, byte[] message, int offset, int count) =>
        _core.HmacSha256(output, outputOffset, key, keyOffset, keyCount, message, offset, count);

    public void Pbkdf2(byte[] output, byte[] password, byte[] salt, int iterations) => _core.Pbkdf2(output, password, salt, iterations);

    public void ChaCha20(byte[] data, int offset, int count, byte[] key, byte[] nonce, uint counter) => _core.ChaCha20(data, offset, count, key, nonce, counter);

    public void P256KeyPair(byte[] publicKey, byte[] privateKey)
    {
        PublicKeyOperations++;
        _core.P256KeyPair(publicKey, privateKey);
    }

    public bool P256Public(byte[] publicKey, byte[] privateKey)
    {
        PublicKeyOperations++;
        return _core.P256Public(publicKey, privateKey);
    }

    public bool P256Shared(byte[] secret, byte[] privateKey, byte[] peerPublicKey)
    {
        PublicKeyOperations++;
        return _core.P256Shared(secret, privateKey, peerPublicKey);
    }

    public void Spake2Scalar(byte[] w, byte[] input) => _core.Spake2Scalar(w, input);

    public bool Spake2Share(byte[] share, byte[] w, byte[] privateKey, int side)
    {
        PublicKeyOperations++;
        return _core.Spake2Share(share, w, privateKey, side);
    }

    public bool Spake2Key(byte[] key, byte[] w, byte[] privateKey, byte[] share, byte[] peerShare, int side, byte[] clientIdentity, byte[] serverIdentity)
    {
        PublicKeyOperations++;
        return _core.Spake2Key(key, w, privateKey, share, peerShare, side, clientIdentity, serverIdentity);
    }

    public void X25519KeyPair(byte[] publicKey, byte[] privateKey)
    {
        PublicKeyOperations++;
        _core.X25519KeyPair(publicKey, privateKey);
    }

    public void X25519Public(byte[] publicKey, byte[] privateKey)
    {
        PublicKeyOperations++;
        _core.X25519Public(publicKey, privateKey);
    }

    public bool X25519Shared(byte[] secret, byte[] privateKey, byte[] peerPublicKey)
    {
        PublicKeyOperations++;
        return _core.X25519Shared(secret, privateKey, peerPublicKey);
    }

    public void Aes256GcmSeal(byte[] data, int offset, int size, byte[] key, byte[] iv, byte[] additionalData) =>
        _core.Aes256GcmSeal(data, offset, size, key, iv, additionalData);

    public bool Aes256GcmOpen(byte[] data, int offset, int size, byte[] key, byte[] iv, byte[] additionalData) =>
        _core.Aes256GcmOpen(data, offset, size, key, iv, additionalData);

    public void SealPacket(byte[] packet, int offset, int size, int protection, byte[] cipherKey, byte[] tagKey, ulong number)
    {
        if (protection != PacketProtection.Clear)
        {
            Assert.True(
                _sealed.Add((BitConverter.ToUInt128(cipherKey), BitConverter.ToUInt128(cipherKey, 16), number)), $"a key sealed number {number} twice");
        }

        _core.SealPacket(packet, offset, size, protection, cipherKey, tagKey, number);
    }

    public bool OpenPacket(byte[] packet, int offset, int size, int protection, byte[] cipherKey, byte[] tagKey, ulong number) =>
        _core.OpenPacket(packet, offset, size, protection, cipherKey, tagKey, number);

    public void MaskPacket(byte[] packet, int offset, int size, byte[] maskKey) => _core.MaskPacket(packet, offset, size, maskKey);

    public bool UnmaskPacket(byte[] packet, int offset, int size, byte[] maskKey) => _core.UnmaskPacket(packet, offset, size, maskKey);

    public void Random(byte[] output, int offset, int count) => _core.Random(output, offset, count);
}
