using System;
using Springtail.Crypto;

namespace Springtail.Tests.Simulation;

/// <summary>A core whose packets a test may alter before they are tagged: what a peer with the right keys sends that does not keep to the protocol.</summary>
internal sealed class HookedCore : ICryptoCore
{
    private readonly ICryptoCore _core;

    public HookedCore(ICryptoCore core)
    {
        _core = core;
    }

    /// <summary>Called with each packet, its size, protection and number before it is sealed.</summary>
    public Action<byte[], int, int, ulong>? Sealing { get; set; }

    /// <summary>Called with each hash, where it stands and what it is of.</summary>
    public Action<byte[], int, byte[]>? Hashed { get; set; }

    /// <summary>Called with the protection and the tag key of each packet before it is opened.</summary>
    public Action<int, byte[]>? Opening { get; set; }

    /// <summary>Called with each shared secret and whether the peer's key was good; gives what the caller is told.</summary>
    public Func<byte[], bool, bool>? Shared { get; set; }

    /// <summary>Called with each private key that was made, on either curve.</summary>
    public Action<byte[]>? PairMade { get; set; }

    /// <summary>Called with each shared secret, of either curve.</summary>
    public Action<byte[]>? SecretMade { get; set; }

    /// <summary>Called with the cipher key and the tag key of each packet that is sealed and not clear.</summary>
    public Action<byte[], byte[]>? SealingKeys { get; set; }

    /// <summary>Called with the key of each packet that is masked.</summary>
    public Action<byte[]>? Masking { get; set; }

    /// <summary>Called with random bytes, where they stand and how many they are: a test may put others there.</summary>
    public Action<byte[], int, int>? Drawn { get; set; }

    /// <summary>Keys tried on packets so far.</summary>
    public int Unmaskings { get; private set; }

    /// <summary>Hashes and HMACs computed so far.</summary>
    public int Hashes { get; private set; }

    public void Sha256(byte[] output, int outputOffset, byte[] input, int offset, int count)
    {
        Hashes++;
        _core.Sha256(output, outputOffset, input, offset, count);
        Hashed?.Invoke(output, outputOffset, input.AsSpan(offset, count).ToArray());
    }

    public void HmacSha256(byte[] output, int outputOffset, byte[] key, int keyOffset, int keyCount, byte[] message, int offset, int count)
    {
        Hashes++;
        _core.HmacSha256(output, outputOffset, key, keyOffset, keyCount, message, offset, count);
    }

    public void Pbkdf2(byte[] output, byte[] password, byte[] salt, int iterations) => _core.Pbkdf2(output, password, salt, iterations);

    public void ChaCha20(byte[] data, int offset, int count, byte[] key, byte[] nonce, uint counter) => _core.ChaCha20(data, offset, count, key, nonce, counter);

    public void P256KeyPair(byte[] publicKey, byte[] privateKey)
    {
        _core.P256KeyPair(publicKey, privateKey);
        PairMade?.Invoke(privateKey);
    }

    public bool P256Public(byte[] publicKey, byte[] privateKey) => _core.P256Public(publicKey, privateKey);

    public bool P256Shared(byte[] secret, byte[] privateKey, byte[] peerPublicKey)
    {
        bool good = _core.P256Shared(secret, privateKey, peerPublicKey);
        SecretMade?.Invoke(secret);
        return Shared == null ? good : Shared(secret, good);
    }

    public void Spake2Scalar(byte[] w, byte[] input) => _core.Spake2Scalar(w, input);

    public bool Spake2Share(byte[] share, byte[] w, byte[] privateKey, int side) => _core.Spake2Share(share, w, privateKey, side);

    public bool Spake2Key(byte[] key, byte[] w, byte[] privateKey, byte[] share, byte[] peerShare, int side, byte[] clientIdentity, byte[] serverIdentity) =>
        _core.Spake2Key(key, w, privateKey, share, peerShare, side, clientIdentity, serverIdentity);

    public void X25519KeyPair(byte[] publicKey, byte[] privateKey)
    {
        _core.X25519KeyPair(publicKey, privateKey);
        PairMade?.Invoke(privateKey);
    }

    public void X25519Public(byte[] publicKey, byte[] privateKey) => _core.X25519Public(publicKey, privateKey);

    public bool X25519Shared(byte[] secret, byte[] privateKey, byte[] peerPublicKey)
    {
        bool good = _core.X25519Shared(secret, privateKey, peerPublicKey);
        SecretMade?.Invoke(secret);
        return good;
    }

    public void Aes256GcmSeal(byte[] data, int offset, int size, byte[] key, byte[] iv, byte[] additionalData) =>
        _core.Aes256GcmSeal(data, offset, size, key, iv, additionalData);

    public bool Aes256GcmOpen(byte[] data, int offset, int size, byte[] key, byte[] iv, byte[] additionalData) =>
        _core.Aes256GcmOpen(data, offset, size, key, iv, additionalData);

    public void SealPacket(byte[] packet, int offset, int size, int protection, byte[] cipherKey, byte[] tagKey, ulong number)
    {
        Sealing?.Invoke(packet, size, protection, number);
        if (protection != PacketProtection.Clear)
        {
            SealingKeys?.Invoke(cipherKey, tagKey);
        }

        _core.SealPacket(packet, offset, size, protection, cipherKey, tagKey, number);
    }

    public bool OpenPacket(byte[] packet, int offset, int size, int protection, byte[] cipherKey, byte[] tagKey, ulong number)
    {
        Opening?.Invoke(protection, tagKey);
        return _core.OpenPacket(packet, offset, size, protection, cipherKey, tagKey, number);
    }

    public void MaskPacket(byte[] packet, int offset, int size, byte[] maskKey)
    {
        Masking?.Invoke(maskKey);
        _core.MaskPacket(packet, offset, size, maskKey);
    }

    public bool UnmaskPacket(byte[] packet, int offset, int size, byte[] maskKey)
    {
        Unmaskings++;
        return _core.UnmaskPacket(packet, offset, size, maskKey);
    }

    public void Random(byte[] output, int offset, int count)
    {
        _core.Random(output, offset, count);
        Drawn?.Invoke(output, offset, count);
    }
}
