using System;
using System.Collections.Generic;
using Springtail.Crypto;
using Springtail.Vectors;

namespace Springtail.Tests.Support;

/// <summary>BclCore with a memory for what is slow, for tests that check one file many times over. Not for several threads.</summary>
public sealed class CachingCore : ICryptoCore
{
    private readonly BclCore _inner = new();
    private readonly Dictionary<string, byte[]?> _memory = new();

    public void Sha256(byte[] output, int outputOffset, byte[] input, int offset, int count) =>
        _inner.Sha256(output, outputOffset, input, offset, count);

    public void HmacSha256(byte[] output, int outputOffset, byte[] key, int keyOffset, int keyCount, byte[] message, int offset, int count) =>
        _inner.HmacSha256(output, outputOffset, key, keyOffset, keyCount, message, offset, count);

    public void ChaCha20(byte[] data, int offset, int count, byte[] key, byte[] nonce, uint counter) =>
        _inner.ChaCha20(data, offset, count, key, nonce, counter);

    public void SealPacket(byte[] packet, int offset, int size, int protection, byte[] cipherKey, byte[] tagKey, ulong number) =>
        _inner.SealPacket(packet, offset, size, protection, cipherKey, tagKey, number);

    public bool OpenPacket(byte[] packet, int offset, int size, int protection, byte[] cipherKey, byte[] tagKey, ulong number) =>
        _inner.OpenPacket(packet, offset, size, protection, cipherKey, tagKey, number);

    public void MaskPacket(byte[] packet, int offset, int size, byte[] maskKey) => _inner.MaskPacket(packet, offset, size, maskKey);

    public bool UnmaskPacket(byte[] packet, int offset, int size, byte[] maskKey) => _inner.UnmaskPacket(packet, offset, size, maskKey);

    public void Random(byte[] output, int offset, int count) => _inner.Random(output, offset, count);

    public void P256KeyPair(byte[] publicKey, byte[] privateKey) => _inner.P256KeyPair(publicKey, privateKey);

    public void X25519KeyPair(byte[] publicKey, byte[] privateKey) => _inner.X25519KeyPair(publicKey, privateKey);

    public void Aes256GcmSeal(byte[] data, int offset, int size, byte[] key, byte[] iv, byte[] additionalData) =>
        _inner.Aes256GcmSeal(data, offset, size, key, iv, additionalData);

    public bool Aes256GcmOpen(byte[] data, int offset, int size, byte[] key, byte[] iv, byte[] additionalData) =>
        _inner.Aes256GcmOpen(data, offset, size, key, iv, additionalData);

    public void Pbkdf2(byte[] output, byte[] password, byte[] salt, int iterations)
    {
        Remember($"pbkdf2 {iterations} {output.Length}", () =>
        {
            _inner.Pbkdf2(output, password, salt, iterations);
            return output;
        }, password, salt)!.CopyTo(output, 0);
    }

    public bool P256Public(byte[] publicKey, byte[] privateKey) =>
        Fill(publicKey, Remember("p256 public", () => _inner.P256Public(publicKey, privateKey) ? publicKey : null, privateKey));

    public bool P256Shared(byte[] secret, byte[] privateKey, byte[] peerPublicKey) =>
        Fill(secret, Remember("p256 shared", () => _inner.P256Shared(secret, privateKey, peerPublicKey) ? secret : null, privateKey, peerPublicKey));

    public void X25519Public(byte[] publicKey, byte[] privateKey)
    {
        Fill(publicKey, Remember("x25519 public", () =>
        {
            _inner.X25519Public(publicKey, privateKey);
            return publicKey;
        }, privateKey));
    }

    public bool X25519Shared(byte[] secret, byte[] privateKey, byte[] peerPublicKey) =>
        Fill(secret, Remember("x25519 shared", () => _inner.X25519Shared(secret, privateKey, peerPublicKey) ? secret : null, privateKey, peerPublicKey));

    public void Spake2Scalar(byte[] w, byte[] input) => _inner.Spake2Scalar(w, input);

    public bool Spake2Share(byte[] share, byte[] w, byte[] privateKey, int side) =>
        Fill(share, Remember($"share {side}", () => _inner.Spake2Share(share, w, privateKey, side) ? share : null, w, privateKey));

    public bool Spake2Key(byte[] key, byte[] w, byte[] privateKey, byte[] share, byte[] peerShare, int side, byte[] clientIdentity, byte[] serverIdentity) =>
        Fill(key, Remember(
            $"key {side}", () => _inner.Spake2Key(key, w, privateKey, share, peerShare, side, clientIdentity, serverIdentity) ? key : null,
            w, privateKey, share, peerShare, clientIdentity, serverIdentity));

    private byte[]? Remember(string name, Func<byte[]?> compute, params byte[][] inputs)
    {
        string key = name + string.Concat(Array.ConvertAll(inputs, i => " " + Convert.ToHexString(i)));
        if (!_memory.TryGetValue(key, out byte[]? result))
        {
            result = (byte[]?)compute()?.Clone();
            _memory.Add(key, result);
        }

        return result;
    }

    private static bool Fill(byte[] output, byte[]? result)
    {
        Array.Clear(output);
        result?.CopyTo(output, 0);
        return result != null;
    }
}

/// <summary>A core that has what suite 1 needs and no more: no X25519, Poly1305, AES-256-GCM or SPAKE2.</summary>
public sealed class SuiteOneCore : ICryptoCore
{
    private readonly ICryptoCore _inner;

    public SuiteOneCore(ICryptoCore inner)
    {
        _inner = inner;
    }

    public void Sha256(byte[] output, int outputOffset, byte[] input, int offset, int count) =>
        _inner.Sha256(output, outputOffset, input, offset, count);

    public void HmacSha256(byte[] output, int outputOffset, byte[] key, int keyOffset, int keyCount, byte[] message, int offset, int count) =>
        _inner.HmacSha256(output, outputOffset, key, keyOffset, keyCount, message, offset, count);

    public void Pbkdf2(byte[] output, byte[] password, byte[] salt, int iterations) => _inner.Pbkdf2(output, password, salt, iterations);

    public void ChaCha20(byte[] data, int offset, int count, byte[] key, byte[] nonce, uint counter) =>
        _inner.ChaCha20(data, offset, count, key, nonce, counter);

    public void P256KeyPair(byte[] publicKey, byte[] privateKey) => _inner.P256KeyPair(publicKey, privateKey);

    public bool P256Public(byte[] publicKey, byte[] privateKey) => _inner.P256Public(publicKey, privateKey);

    public bool P256Shared(byte[] secret, byte[] privateKey, byte[] peerPublicKey) => _inner.P256Shared(secret, privateKey, peerPublicKey);

    public void Spake2Scalar(byte[] w, byte[] input) => _inner.Spake2Scalar(w, input);

    public bool Spake2Share(byte[] share, byte[] w, byte[] privateKey, int side) => throw new NotSupportedException();

    public bool Spake2Key(byte[] key, byte[] w, byte[] privateKey, byte[] share, byte[] peerShare, int side, byte[] clientIdentity, byte[] serverIdentity) =>
        throw new NotSupportedException();

    public void X25519KeyPair(byte[] publicKey, byte[] privateKey) => throw new NotSupportedException();

    public void X25519Public(byte[] publicKey, byte[] privateKey) => throw new NotSupportedException();

    public bool X25519Shared(byte[] secret, byte[] privateKey, byte[] peerPublicKey) => throw new NotSupportedException();

    public void Aes256GcmSeal(byte[] data, int offset, int size, byte[] key, byte[] iv, byte[] additionalData) =>
        throw new NotSupportedException();

    public bool Aes256GcmOpen(byte[] data, int offset, int size, byte[] key, byte[] iv, byte[] additionalData) =>
        throw new NotSupportedException();

    public void SealPacket(byte[] packet, int offset, int size, int protection, byte[] cipherKey, byte[] tagKey, ulong number)
    {
        if (protection == PacketProtection.ChaCha20Poly1305)
        {
            throw new NotSupportedException();
        }

        _inner.SealPacket(packet, offset, size, protection, cipherKey, tagKey, number);
    }

    public bool OpenPacket(byte[] packet, int offset, int size, int protection, byte[] cipherKey, byte[] tagKey, ulong number)
    {
        return protection == PacketProtection.ChaCha20Poly1305
            ? throw new NotSupportedException()
            : _inner.OpenPacket(packet, offset, size, protection, cipherKey, tagKey, number);
    }

    public void MaskPacket(byte[] packet, int offset, int size, byte[] maskKey) => _inner.MaskPacket(packet, offset, size, maskKey);

    public bool UnmaskPacket(byte[] packet, int offset, int size, byte[] maskKey) => _inner.UnmaskPacket(packet, offset, size, maskKey);

    public void Random(byte[] output, int offset, int count) => _inner.Random(output, offset, count);
}
