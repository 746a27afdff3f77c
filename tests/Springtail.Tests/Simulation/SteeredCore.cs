using System;
using Springtail.Crypto;

namespace Springtail.Tests.Simulation;

/// <summary>
/// The primitives with random bytes from a seed, so that a run repeats, and with what a test wants to be otherwise. Both sides of a
/// world use the same one, so they agree all the same.
/// </summary>
internal sealed class SteeredCore : ICryptoCore
{
    private readonly ICryptoCore _core = TestCore.Instance;
    private readonly Random _random;

    public SteeredCore(uint seed)
    {
        _random = new Random((int)seed);
    }

    /// <summary>PBKDF2 with one iteration, for worlds with thousands of handshakes.</summary>
    public bool QuickPbkdf2 { get; init; }

    /// <summary>What both initial sequences are to be; -1 leaves them.</summary>
    public long InitialSequence { get; init; } = -1;

    /// <summary>The n-th key pair (from 0) gets a public key off the curve; -1 for none.</summary>
    public int BadPoint { get; set; } = -1;

    /// <summary>The same of the n-th share of suite 5.</summary>
    public int BadShare { get; set; } = -1;

    /// <summary>Shares of suite 5 that were made.</summary>
    public int Shares { get; private set; }

    public void Sha256(byte[] output, int outputOffset, byte[] input, int offset, int count) => _core.Sha256(output, outputOffset, input, offset, count);

    public void HmacSha256(byte[] output, int outputOffset, byte[] key, int keyOffset, int keyCount, byte[] message, int offset, int count) =>
        _core.HmacSha256(output, outputOffset, key, keyOffset, keyCount, message, offset, count);

    public void Pbkdf2(byte[] output, byte[] password, byte[] salt, int iterations)
    {
        _core.Pbkdf2(output, password, salt, QuickPbkdf2 ? 1 : iterations);
        if (InitialSequence >= 0 && output.Length == 128)
        {
            for (int i = 0; i < 8; i++)
            {
                output[i] = (byte)(InitialSequence >> (24 - i % 4 * 8));
            }
        }
    }

    public void ChaCha20(byte[] data, int offset, int count, byte[] key, byte[] nonce, uint counter) => _core.ChaCha20(data, offset, count, key, nonce, counter);

    public void P256KeyPair(byte[] publicKey, byte[] privateKey)
    {
        do
        {
            _random.NextBytes(privateKey);
        }
        while (!_core.P256Public(publicKey, privateKey));

        if (BadPoint-- == 0)
        {
            publicKey[63] ^= 1;
        }
    }

    public bool P256Public(byte[] publicKey, byte[] privateKey) => _core.P256Public(publicKey, privateKey);

    public bool P256Shared(byte[] secret, byte[] privateKey, byte[] peerPublicKey) => _core.P256Shared(secret, privateKey, peerPublicKey);

    public void Spake2Scalar(byte[] w, byte[] input) => _core.Spake2Scalar(w, input);

    public bool Spake2Share(byte[] share, byte[] w, byte[] privateKey, int side)
    {
        Shares++;
        bool good = _core.Spake2Share(share, w, privateKey, side);
        if (BadShare-- == 0)
        {
            share[63] ^= 1;
        }

        return good;
    }

    public bool Spake2Key(byte[] key, byte[] w, byte[] privateKey, byte[] share, byte[] peerShare, int side, byte[] clientIdentity, byte[] serverIdentity) =>
        _core.Spake2Key(key, w, privateKey, share, peerShare, side, clientIdentity, serverIdentity);

    public void X25519KeyPair(byte[] publicKey, byte[] privateKey)
    {
        _random.NextBytes(privateKey);
        _core.X25519Public(publicKey, privateKey);
    }

    public void X25519Public(byte[] publicKey, byte[] privateKey) => _core.X25519Public(publicKey, privateKey);

    public bool X25519Shared(byte[] secret, byte[] privateKey, byte[] peerPublicKey) => _core.X25519Shared(secret, privateKey, peerPublicKey);

    public void Aes256GcmSeal(byte[] data, int offset, int size, byte[] key, byte[] iv, byte[] additionalData) =>
        _core.Aes256GcmSeal(data, offset, size, key, iv, additionalData);

    public bool Aes256GcmOpen(byte[] data, int offset, int size, byte[] key, byte[] iv, byte[] additionalData) =>
        _core.Aes256GcmOpen(data, offset, size, key, iv, additionalData);

    public void SealPacket(byte[] packet, int offset, int size, int protection, byte[] cipherKey, byte[] tagKey, ulong number) =>
        _core.SealPacket(packet, offset, size, protection, cipherKey, tagKey, number);

    public bool OpenPacket(byte[] packet, int offset, int size, int protection, byte[] cipherKey, byte[] tagKey, ulong number) =>
        _core.OpenPacket(packet, offset, size, protection, cipherKey, tagKey, number);

    public void MaskPacket(byte[] packet, int offset, int size, byte[] maskKey) => _core.MaskPacket(packet, offset, size, maskKey);

    public bool UnmaskPacket(byte[] packet, int offset, int size, byte[] maskKey) => _core.UnmaskPacket(packet, offset, size, maskKey);

    public void Random(byte[] output, int offset, int count) => _random.NextBytes(output.AsSpan(offset, count));
}
