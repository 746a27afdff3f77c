using System;
using System.Security.Cryptography;

namespace Springtail.Crypto;

/// <summary>
/// The primitives in C#, for firmware without the native module and for the emulator: same bytes as the native core, but an
/// interpreter runs them. Counted in its instructions, an X25519 operation is 1.9 M, a P-256 one 5.5 M, a SHA-256 of one block 10 000, a
/// ChaCha20 block 7 000; so it is made for suite 2 (PROTOCOL.md 7), whose handshake is 4.8 M for a client, and a DATA packet of 100 bytes
/// 36 000 to send or to take. PBKDF2 alone makes it 330 M in suite 1, unless the firmware's HMAC does that.
/// <para>
/// Nothing branches on a secret or uses one as an index; how long the processor takes for an operation of the interpreter is beyond it.
/// Packets, hashes and the key stream use working space of the instance under a lock, so threads may share it, and allocate nothing;
/// key exchanges and PBKDF2 have their own.
/// </para>
/// </summary>
internal sealed class ManagedCore : ICryptoCore
{
    private const int KeySize = CoreArguments.KeySize;
    private const int NonceSize = CoreArguments.NonceSize;
    private const int HashSize = CoreArguments.HashSize;
    private const int HeaderSize = PacketFrame.HeaderSize;
    private const int TagSize = PacketFrame.TagSize;

    private readonly uint[] _constants = ManagedSha256.Constants();
    private readonly ManagedSha256 _hash;
    private readonly ManagedChaCha20 _cipher;
    private readonly ManagedPoly1305 _authenticator;

    // Takes by turns a nonce, a one-time key, a tag and a header, each for the next step alone. The holder of its lock has all of the working space.
    private readonly byte[] _step = CryptoCore.NewSecret(KeySize);
    private readonly IRandomSource _random;
    private readonly bool _useFirmwareHmac;

    /// <summary>With the platform's random source, and with the firmware's HMAC where it is known to have one.</summary>
    public ManagedCore()
        : this(new ManagedRandom(), ManagedRandom.IsEsp32)
    {
    }

    /// <param name="random">The random source.</param>
    /// <param name="useFirmwareHmac">
    /// Let PBKDF2 use the HMAC of nanoFramework.System.Security.Cryptography. Where the firmware has none, the C# one does it; but asking
    /// leaves the CLR with a frame that ends it when it next compacts its heap (see Springtail.Native).
    /// </param>
    public ManagedCore(IRandomSource random, bool useFirmwareHmac)
    {
        uint[] words = CryptoCore.NewSecretWords(ManagedSha256.BlockSize / 4);
        uint[] authenticating = CryptoCore.NewSecretWords(ManagedPoly1305.Words);
        byte[] block = CryptoCore.NewSecret(ManagedSha256.BlockSize);
        _hash = new ManagedSha256(_constants, words, authenticating, block);
        _authenticator = new ManagedPoly1305(authenticating, block);
        _cipher = new ManagedChaCha20(words);
        _random = random;
        _useFirmwareHmac = useFirmwareHmac;
    }

    /// <summary>Its random numbers are fit for keys only while the board's radio runs.</summary>
    public bool NeedsRadio => ManagedRandom.IsEsp32 && _random is ManagedRandom;

    /// <inheritdoc/>
    public void Sha256(byte[] output, int outputOffset, byte[] input, int offset, int count)
    {
        CoreArguments.CheckRange(output, outputOffset, HashSize);
        CoreArguments.CheckRange(input, offset, count);
        lock (_step)
        {
            _hash.Begin();
            _hash.Update(input, offset, count);
            _hash.Finish(output, outputOffset, HashSize);
        }
    }

    /// <inheritdoc/>
    public void HmacSha256(byte[] output, int outputOffset, byte[] key, int keyOffset, int keyCount, byte[] message, int offset, int count)
    {
        CoreArguments.CheckRange(output, outputOffset, HashSize);
        CoreArguments.CheckRange(key, keyOffset, keyCount);
        CoreArguments.CheckRange(message, offset, count);
        lock (_step)
        {
            _hash.BeginHmac(key, keyOffset, keyCount);
            _hash.Update(message, offset, count);
            _hash.FinishHmac(output, outputOffset, HashSize);
        }
    }

    /// <inheritdoc/>
    public void Pbkdf2(byte[] output, byte[] password, byte[] salt, int iterations)
    {
        CoreArguments.CheckArray(output);
        CoreArguments.CheckArray(password);
        CoreArguments.CheckArray(salt);
        if (iterations < 1)
        {
            throw new ArgumentOutOfRangeException();
        }

        bool firmware = _useFirmwareHmac && password.Length > 0;
        byte[] block = CryptoCore.NewSecret(HashSize);
        byte[] index = new byte[4];
        ManagedSha256 hash = new ManagedSha256(_constants);
        for (int done = 0; done < output.Length; done += HashSize)
        {
            // The index is big-endian and begins at 1; 65 535 blocks are far more than anyone asks for.
            uint number = (uint)done / HashSize + 1;
            index[2] = (byte)(number >> 8);
            index[3] = (byte)number;
            Array.Clear(block, 0, HashSize);
            firmware = firmware && TryFirmwareBlock(block, password, salt, index, iterations);
            if (!firmware)
            {
                hash.Pbkdf2(block, password, salt, index, iterations);
            }

            Array.Copy(block, 0, output, done, output.Length - done < HashSize ? output.Length - done : HashSize);
        }

        Array.Clear(block, 0, HashSize);
    }

    /// <inheritdoc/>
    public void ChaCha20(byte[] data, int offset, int count, byte[] key, byte[] nonce, uint counter)
    {
        CoreArguments.CheckRange(data, offset, count);
        CoreArguments.CheckSize(key, KeySize);
        CoreArguments.CheckSize(nonce, NonceSize);
        lock (_step)
        {
            _cipher.Begin(key, nonce, 0, counter);
            _cipher.Xor(data, offset, count);
            _cipher.Wipe();
        }
    }

    /// <inheritdoc/>
    public void P256KeyPair(byte[] publicKey, byte[] privateKey)
    {
        CoreArguments.CheckSize(publicKey, ManagedP256.PublicKeySize);
        CoreArguments.CheckSize(privateKey, KeySize);
        do
        {
            _random.Fill(privateKey, 0, KeySize);
        }
        while (!ManagedP256.IsPrivateKey(privateKey));

        ManagedP256.Public(publicKey, privateKey);
    }

    /// <inheritdoc/>
    public bool P256Public(byte[] publicKey, byte[] privateKey)
    {
        CoreArguments.CheckSize(publicKey, ManagedP256.PublicKeySize);
        CoreArguments.CheckSize(privateKey, KeySize);
        if (!ManagedP256.Public(publicKey, privateKey))
        {
            Array.Clear(publicKey, 0, publicKey.Length);
            return false;
        }

        return true;
    }

    /// <inheritdoc/>
    public bool P256Shared(byte[] secret, byte[] privateKey, byte[] peerPublicKey)
    {
        CoreArguments.CheckSize(secret, KeySize);
        CoreArguments.CheckSize(privateKey, KeySize);
        CoreArguments.CheckSize(peerPublicKey, ManagedP256.PublicKeySize);
        if (!ManagedP256.Shared(secret, privateKey, peerPublicKey))
        {
            Array.Clear(secret, 0, KeySize);
            return false;
        }

        return true;
    }

    /// <inheritdoc/>
    public void Spake2Scalar(byte[] w, byte[] input)
    {
        CoreArguments.CheckSize(w, KeySize);
        CoreArguments.CheckSize(input, ManagedSpake2.ScalarInputSize);
        ManagedSpake2.Scalar(w, input);
    }

    /// <inheritdoc/>
    public bool Spake2Share(byte[] share, byte[] w, byte[] privateKey, int side)
    {
        CoreArguments.CheckSize(share, ManagedP256.PublicKeySize);
        CoreArguments.CheckSize(w, KeySize);
        CoreArguments.CheckSize(privateKey, KeySize);
        CoreArguments.CheckSide(side);
        if (!ManagedP256.Share(share, w, privateKey, ManagedSpake2.Blind(side)))
        {
            Array.Clear(share, 0, share.Length);
            return false;
        }

        return true;
    }

    /// <inheritdoc/>
    public bool Spake2Key(byte[] key, byte[] w, byte[] privateKey, byte[] share, byte[] peerShare, int side, byte[] clientIdentity, byte[] serverIdentity)
    {
        CoreArguments.CheckSize(key, KeySize);
        CoreArguments.CheckSize(w, KeySize);
        CoreArguments.CheckSize(privateKey, KeySize);
        CoreArguments.CheckSize(share, ManagedP256.PublicKeySize);
        CoreArguments.CheckSize(peerShare, ManagedP256.PublicKeySize);
        CoreArguments.CheckSide(side);
        CoreArguments.CheckArray(clientIdentity);
        CoreArguments.CheckArray(serverIdentity);
        byte[] point = CryptoCore.NewSecret(ManagedP256.PublicKeySize);
        if (!ManagedP256.Unblind(point, w, privateKey, peerShare, ManagedSpake2.Blind(1 - side)))
        {
            Array.Clear(key, 0, KeySize);
            return false;
        }

        byte[] clientShare = side == Spake2Side.Client ? share : peerShare;
        byte[] serverShare = side == Spake2Side.Client ? peerShare : share;
        ManagedSpake2.Hash(new ManagedSha256(_constants), key, clientIdentity, serverIdentity, clientShare, serverShare, point, w);
        Array.Clear(point, 0, point.Length);
        return true;
    }

    /// <inheritdoc/>
    public void X25519KeyPair(byte[] publicKey, byte[] privateKey)
    {
        CoreArguments.CheckSize(publicKey, KeySize);
        CoreArguments.CheckSize(privateKey, KeySize);
        _random.Fill(privateKey, 0, KeySize);
        X25519Public(publicKey, privateKey);
    }

    /// <inheritdoc/>
    public void X25519Public(byte[] publicKey, byte[] privateKey)
    {
        CoreArguments.CheckSize(publicKey, KeySize);
        CoreArguments.CheckSize(privateKey, KeySize);
        byte[] basePoint = new byte[KeySize];
        basePoint[0] = 9;
        ManagedX25519.Multiply(publicKey, privateKey, basePoint);
    }

    /// <inheritdoc/>
    public bool X25519Shared(byte[] secret, byte[] privateKey, byte[] peerPublicKey)
    {
        CoreArguments.CheckSize(secret, KeySize);
        CoreArguments.CheckSize(privateKey, KeySize);
        CoreArguments.CheckSize(peerPublicKey, KeySize);
        return ManagedX25519.Multiply(secret, privateKey, peerPublicKey);
    }

    /// <inheritdoc/>
    public void Aes256GcmSeal(byte[] data, int offset, int size, byte[] key, byte[] iv, byte[] additionalData)
    {
        CoreArguments.CheckGcm(data, offset, size, key, iv, additionalData);
        ManagedGcm.Seal(data, offset, size, key, iv, additionalData);
    }

    /// <inheritdoc/>
    public bool Aes256GcmOpen(byte[] data, int offset, int size, byte[] key, byte[] iv, byte[] additionalData)
    {
        CoreArguments.CheckGcm(data, offset, size, key, iv, additionalData);
        return ManagedGcm.Open(data, offset, size, key, iv, additionalData);
    }

    /// <inheritdoc/>
    public void SealPacket(byte[] packet, int offset, int size, int protection, byte[] cipherKey, byte[] tagKey, ulong number)
    {
        CoreArguments.CheckPacket(packet, offset, size);
        CoreArguments.CheckPacketKeys(protection, cipherKey, tagKey);
        int textSize = size - PacketFrame.MinSize;
        int tagAt = offset + size - TagSize;
        lock (_step)
        {
            if (protection == PacketProtection.Clear)
            {
                MakeHmacTag(packet, tagAt, packet, offset, size, tagKey);
            }
            else if (protection == PacketProtection.ChaCha20Hmac)
            {
                BeginCipher(cipherKey, number, 1);
                _cipher.Xor(packet, offset + HeaderSize, textSize);
                MakeHmacTag(packet, tagAt, packet, offset, size, tagKey);
            }
            else
            {
                BeginAuthenticator(cipherKey, number);
                _cipher.Xor(packet, offset + HeaderSize, textSize);
                MakePolyTag(packet, tagAt, packet, offset, textSize);
            }

            _cipher.Wipe();
        }
    }

    /// <inheritdoc/>
    public bool OpenPacket(byte[] packet, int offset, int size, int protection, byte[] cipherKey, byte[] tagKey, ulong number)
    {
        CoreArguments.CheckPacket(packet, offset, size);
        CoreArguments.CheckPacketKeys(protection, cipherKey, tagKey);
        int textSize = size - PacketFrame.MinSize;
        lock (_step)
        {
            if (protection == PacketProtection.ChaCha20Poly1305)
            {
                BeginAuthenticator(cipherKey, number);
                MakePolyTag(_step, 0, packet, offset, textSize);
            }
            else
            {
                MakeHmacTag(_step, 0, packet, offset, size, tagKey);
            }

            bool good = ConstantTime.Equal(_step, 0, packet, offset + size - TagSize, TagSize);
            Array.Clear(_step, 0, TagSize);
            if (good && protection != PacketProtection.Clear)
            {
                if (protection == PacketProtection.ChaCha20Hmac)
                {
                    BeginCipher(cipherKey, number, 1);
                }

                _cipher.Xor(packet, offset + HeaderSize, textSize);
            }

            _cipher.Wipe();
            return good;
        }
    }

    /// <inheritdoc/>
    public void MaskPacket(byte[] packet, int offset, int size, byte[] maskKey)
    {
        CoreArguments.CheckPacket(packet, offset, size);
        CoreArguments.CheckSize(maskKey, KeySize);
        int masked = PacketFrame.MaskedSize(packet, offset, size);
        lock (_step)
        {
            _cipher.Begin(maskKey, packet, offset + size - TagSize, 0);
            _cipher.Xor(packet, offset, masked);
            _cipher.Wipe();
        }
    }

    /// <inheritdoc/>
    public bool UnmaskPacket(byte[] packet, int offset, int size, byte[] maskKey)
    {
        CoreArguments.CheckPacket(packet, offset, size);
        CoreArguments.CheckSize(maskKey, KeySize);
        lock (_step)
        {
            byte[] header = _step;
            Array.Copy(packet, offset, header, 0, HeaderSize);
            _cipher.Begin(maskKey, packet, offset + size - TagSize, 0);
            _cipher.Xor(header, 0, HeaderSize);

            bool fits = PacketFrame.Fits(header, size);
            if (fits)
            {
                if (PacketFrame.MaskedSize(header, 0, size) != HeaderSize)
                {
                    _cipher.Begin(maskKey, packet, offset + size - TagSize, 0);
                    _cipher.Xor(packet, offset, size - TagSize);
                }
                else
                {
                    Array.Copy(header, 0, packet, offset, HeaderSize);
                }
            }

            _cipher.Wipe();
            return fits;
        }
    }

    /// <inheritdoc/>
    /// <exception cref="NotSupportedException">The platform has no random source fit for keys.</exception>
    public void Random(byte[] output, int offset, int count)
    {
        CoreArguments.CheckRange(output, offset, count);
        _random.Fill(output, offset, count);
    }

    // One block with the firmware's HMAC; false when it has none. Only what it was given is wiped here: it wipes nothing itself.
    private static bool TryFirmwareBlock(byte[] block, byte[] password, byte[] salt, byte[] index, int iterations)
    {
        byte[] message = CryptoCore.NewSecret(salt.Length + index.Length);
        Array.Copy(salt, 0, message, 0, salt.Length);
        Array.Copy(index, 0, message, salt.Length, index.Length);
        for (int i = 0; i < iterations; i++)
        {
            byte[] next;
            try
            {
                next = HMACSHA256.HashData(password, message);
            }
            catch (NotSupportedException)
            {
                return false;
            }

            Array.Clear(message, 0, message.Length);
            message = next;
            for (int k = 0; k < HashSize; k++)
            {
                block[k] = (byte)(block[k] ^ next[k]);
            }
        }

        Array.Clear(message, 0, message.Length);
        return true;
    }

    private void BeginCipher(byte[] key, ulong number, uint counter)
    {
        byte[] nonce = _step;
        Array.Clear(nonce, 0, NonceSize);
        for (int i = NonceSize - 1; i >= 4; i--)
        {
            nonce[i] = (byte)number;
            number >>= 8;
        }

        _cipher.Begin(key, nonce, 0, counter);
    }

    // The one-time key is the first half of block 0; the text follows from block 1 on.
    private void BeginAuthenticator(byte[] key, ulong number)
    {
        BeginCipher(key, number, 0);
        _cipher.Read(_step, KeySize);
        _authenticator.Begin(_step);
        Array.Clear(_step, 0, KeySize);
    }

    private void MakePolyTag(byte[] tag, int tagOffset, byte[] packet, int offset, int textSize)
    {
        _authenticator.Update(packet, offset, HeaderSize);
        _authenticator.Update(packet, offset + HeaderSize, textSize);
        _authenticator.Finish(tag, tagOffset, HeaderSize, textSize);
    }

    private void MakeHmacTag(byte[] tag, int tagOffset, byte[] packet, int offset, int size, byte[] key)
    {
        _hash.BeginHmac(key, 0, KeySize);
        _hash.Update(packet, offset, size - TagSize);
        _hash.FinishHmac(tag, tagOffset, TagSize);
    }
}
