using System;
using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Springtail.Crypto;

/// <summary>
/// The primitives of the desktop, each from where it is fastest: SHA-256, HMAC, PBKDF2, P-256 and random bytes from .NET (OpenSSL on Linux, CNG on
/// Windows, CommonCrypto and CryptoKit on macOS), X25519, ChaCha20 and ChaCha20-Poly1305 from libsodium, and from the C# of <see cref="ManagedCore"/>
/// what neither has: SPAKE2, and AES-GCM with the 16-byte IVs of an emergency. The figures are in README.md beside this file.
/// <para>
/// It has no state, so threads share it. Packets, hashes and key streams allocate nothing.
/// </para>
/// </summary>
internal sealed unsafe class DesktopCore : ICryptoCore
{
    private const int KeySize = CoreArguments.KeySize;
    private const int NonceSize = CoreArguments.NonceSize;
    private const int HashSize = CoreArguments.HashSize;
    private const int HeaderSize = PacketFrame.HeaderSize;
    private const int TagSize = PacketFrame.TagSize;
    private const int CoordinateSize = 32;
    private const int BlockSize = 64;

    // A header while it is not known whether the mask was right.
    [ThreadStatic]
    private static byte[] s_header;

    // SPAKE2 and GCM only: its own instances hold no keys between calls.
    private readonly ManagedCore _managed = new ManagedCore();

    /// <exception cref="NotSupportedException">There is no libsodium for this platform.</exception>
    public DesktopCore()
    {
        Sodium.Require();
    }

    /// <inheritdoc/>
    public void Sha256(byte[] output, int outputOffset, byte[] input, int offset, int count)
    {
        CoreArguments.CheckRange(output, outputOffset, HashSize);
        CoreArguments.CheckRange(input, offset, count);
        SystemHash.Sha256(output.AsSpan(outputOffset, HashSize), input.AsSpan(offset, count));
    }

    /// <inheritdoc/>
    public void HmacSha256(byte[] output, int outputOffset, byte[] key, int keyOffset, int keyCount, byte[] message, int offset, int count)
    {
        CoreArguments.CheckRange(output, outputOffset, HashSize);
        CoreArguments.CheckRange(key, keyOffset, keyCount);
        CoreArguments.CheckRange(message, offset, count);
        SystemHash.HmacSha256(output.AsSpan(outputOffset, HashSize), key.AsSpan(keyOffset, keyCount), message.AsSpan(offset, count));
    }

    /// <inheritdoc/>
    public void Pbkdf2(byte[] output, byte[] password, byte[] salt, int iterations)
    {
        CoreArguments.CheckArray(output);
        CoreArguments.CheckArray(password);
        CoreArguments.CheckArray(salt);
        ArgumentOutOfRangeException.ThrowIfLessThan(iterations, 1);
        if (output.Length > 0)
        {
            Rfc2898DeriveBytes.Pbkdf2(password, salt, output, iterations, HashAlgorithmName.SHA256);
        }
    }

    /// <inheritdoc/>
    public void ChaCha20(byte[] data, int offset, int count, byte[] key, byte[] nonce, uint counter)
    {
        CoreArguments.CheckRange(data, offset, count);
        CoreArguments.CheckSize(key, KeySize);
        CoreArguments.CheckSize(nonce, NonceSize);

        // libsodium ends the process rather than let the block counter wrap.
        long beforeWrap = Math.Min(count, (uint.MaxValue - counter + 1L) * BlockSize);
        fixed (byte* start = data, k = key, n = nonce)
        {
            byte* first = start + offset;
            byte* rest = first + beforeWrap;
            Sodium.crypto_stream_chacha20_ietf_xor_ic(first, first, (ulong)beforeWrap, n, counter, k);
            if (beforeWrap < count)
            {
                Sodium.crypto_stream_chacha20_ietf_xor_ic(rest, rest, (ulong)(count - beforeWrap), n, 0, k);
            }
        }
    }

    /// <inheritdoc/>
    public void P256KeyPair(byte[] publicKey, byte[] privateKey)
    {
        CoreArguments.CheckSize(publicKey, CoreArguments.P256KeySize);
        CoreArguments.CheckSize(privateKey, KeySize);

        // Not from a key object: what that exports stands in an array of the system's, which the collector moves.
        do
        {
            RandomNumberGenerator.Fill(privateKey);
        }
        while (!P256Public(publicKey, privateKey));
    }

    /// <inheritdoc/>
    public bool P256Public(byte[] publicKey, byte[] privateKey)
    {
        CoreArguments.CheckSize(publicKey, CoreArguments.P256KeySize);
        CoreArguments.CheckSize(privateKey, KeySize);
        if (!ManagedP256.IsPrivateKey(privateKey))
        {
            Array.Clear(publicKey);
            return false;
        }

        using ECDiffieHellman own = Import(privateKey, default);
        ECPoint point = own.ExportParameters(false).Q;
        point.X.CopyTo(publicKey, 0);
        point.Y.CopyTo(publicKey, CoordinateSize);
        return true;
    }

    /// <inheritdoc/>
    public bool P256Shared(byte[] secret, byte[] privateKey, byte[] peerPublicKey)
    {
        CoreArguments.CheckSize(secret, KeySize);
        CoreArguments.CheckSize(privateKey, KeySize);
        CoreArguments.CheckSize(peerPublicKey, CoreArguments.P256KeySize);
        Array.Clear(secret);
        if (!ManagedP256.IsPrivateKey(privateKey))
        {
            return false;
        }

        try
        {
            ECPoint point = new ECPoint
            {
                X = peerPublicKey.AsSpan(0, CoordinateSize).ToArray(),
                Y = peerPublicKey.AsSpan(CoordinateSize).ToArray(),
            };
            using ECDiffieHellman peer = Import(null, point);
            using ECDiffieHellmanPublicKey peerKey = peer.PublicKey;
            using ECDiffieHellman own = Import(privateKey, default);
            byte[] shared = own.DeriveRawSecretAgreement(peerKey);
            shared.CopyTo(secret, 0);
            CryptographicOperations.ZeroMemory(shared);
            return true;
        }
        catch (CryptographicException)
        {
            // Not a point of the curve; .NET checks that.
            return false;
        }
    }

    /// <inheritdoc/>
    public void Spake2Scalar(byte[] w, byte[] input) => _managed.Spake2Scalar(w, input);

    /// <inheritdoc/>
    public bool Spake2Share(byte[] share, byte[] w, byte[] privateKey, int side) => _managed.Spake2Share(share, w, privateKey, side);

    /// <inheritdoc/>
    public bool Spake2Key(byte[] key, byte[] w, byte[] privateKey, byte[] share, byte[] peerShare, int side, byte[] clientIdentity, byte[] serverIdentity)
        => _managed.Spake2Key(key, w, privateKey, share, peerShare, side, clientIdentity, serverIdentity);

    /// <inheritdoc/>
    public void X25519KeyPair(byte[] publicKey, byte[] privateKey)
    {
        CoreArguments.CheckSize(publicKey, KeySize);
        CoreArguments.CheckSize(privateKey, KeySize);
        RandomNumberGenerator.Fill(privateKey);
        X25519Public(publicKey, privateKey);
    }

    /// <inheritdoc/>
    public void X25519Public(byte[] publicKey, byte[] privateKey)
    {
        CoreArguments.CheckSize(publicKey, KeySize);
        CoreArguments.CheckSize(privateKey, KeySize);
        fixed (byte* q = publicKey, n = privateKey)
        {
            Sodium.crypto_scalarmult_curve25519_base(q, n);
        }
    }

    /// <inheritdoc/>
    public bool X25519Shared(byte[] secret, byte[] privateKey, byte[] peerPublicKey)
    {
        CoreArguments.CheckSize(secret, KeySize);
        CoreArguments.CheckSize(privateKey, KeySize);
        CoreArguments.CheckSize(peerPublicKey, KeySize);
        fixed (byte* q = secret, n = privateKey, p = peerPublicKey)
        {
            // It refuses points of small order before it computes, and then leaves what was there.
            if (Sodium.crypto_scalarmult_curve25519(q, n, p) != 0)
            {
                Array.Clear(secret);
                return false;
            }
        }

        return true;
    }

    /// <inheritdoc/>
    public void Aes256GcmSeal(byte[] data, int offset, int size, byte[] key, byte[] iv, byte[] additionalData)
        => _managed.Aes256GcmSeal(data, offset, size, key, iv, additionalData);

    /// <inheritdoc/>
    public bool Aes256GcmOpen(byte[] data, int offset, int size, byte[] key, byte[] iv, byte[] additionalData)
        => _managed.Aes256GcmOpen(data, offset, size, key, iv, additionalData);

    /// <inheritdoc/>
    public void SealPacket(byte[] packet, int offset, int size, int protection, byte[] cipherKey, byte[] tagKey, ulong number)
    {
        CoreArguments.CheckPacket(packet, offset, size);
        CoreArguments.CheckPacketKeys(protection, cipherKey, tagKey);
        ulong textSize = (ulong)(size - PacketFrame.MinSize);
        byte* nonce = stackalloc byte[NonceSize];
        WriteNonce(nonce, number);
        fixed (byte* start = packet, key = cipherKey)
        {
            byte* header = start + offset;
            byte* text = header + HeaderSize;
            if (protection == PacketProtection.ChaCha20Poly1305)
            {
                Sodium.crypto_aead_chacha20poly1305_ietf_encrypt_detached(text, text + textSize, null, text, textSize, header, HeaderSize, null, nonce, key);
                return;
            }

            if (protection == PacketProtection.ChaCha20Hmac)
            {
                Sodium.crypto_stream_chacha20_ietf_xor_ic(text, text, textSize, nonce, 1, key);
            }
        }

        Span<byte> mac = stackalloc byte[HashSize];
        SystemHash.HmacSha256(mac, tagKey, packet.AsSpan(offset, size - TagSize));
        mac.Slice(0, TagSize).CopyTo(packet.AsSpan(offset + size - TagSize));
    }

    /// <inheritdoc/>
    public bool OpenPacket(byte[] packet, int offset, int size, int protection, byte[] cipherKey, byte[] tagKey, ulong number)
    {
        CoreArguments.CheckPacket(packet, offset, size);
        CoreArguments.CheckPacketKeys(protection, cipherKey, tagKey);
        ulong textSize = (ulong)(size - PacketFrame.MinSize);
        byte* nonce = stackalloc byte[NonceSize];
        WriteNonce(nonce, number);
        if (protection != PacketProtection.ChaCha20Poly1305)
        {
            Span<byte> mac = stackalloc byte[HashSize];
            SystemHash.HmacSha256(mac, tagKey, packet.AsSpan(offset, size - TagSize));
            if (!CryptographicOperations.FixedTimeEquals(mac.Slice(0, TagSize), packet.AsSpan(offset + size - TagSize, TagSize)))
            {
                return false;
            }

            if (protection == PacketProtection.Clear)
            {
                return true;
            }
        }

        fixed (byte* start = packet, key = cipherKey)
        {
            byte* header = start + offset;
            byte* text = header + HeaderSize;

            // Verified first and decrypted then: in one call it would wipe what it refuses, and another key may fit.
            if (protection == PacketProtection.ChaCha20Poly1305
                && Sodium.crypto_aead_chacha20poly1305_ietf_decrypt_detached(null, null, text, textSize, text + textSize, header, HeaderSize, nonce, key) != 0)
            {
                return false;
            }

            Sodium.crypto_stream_chacha20_ietf_xor_ic(text, text, textSize, nonce, 1, key);
        }

        return true;
    }

    /// <inheritdoc/>
    public void MaskPacket(byte[] packet, int offset, int size, byte[] maskKey)
    {
        CoreArguments.CheckPacket(packet, offset, size);
        CoreArguments.CheckSize(maskKey, KeySize);
        Mask(packet, offset, size, packet, offset, PacketFrame.MaskedSize(packet, offset, size), maskKey);
    }

    /// <inheritdoc/>
    public bool UnmaskPacket(byte[] packet, int offset, int size, byte[] maskKey)
    {
        CoreArguments.CheckPacket(packet, offset, size);
        CoreArguments.CheckSize(maskKey, KeySize);
        byte[] header = s_header ??= new byte[HeaderSize];
        Buffer.BlockCopy(packet, offset, header, 0, HeaderSize);
        Mask(packet, offset, size, header, 0, HeaderSize, maskKey);
        if (!PacketFrame.Fits(header, size))
        {
            return false;
        }

        int masked = PacketFrame.MaskedSize(header, 0, size);
        if (masked > HeaderSize)
        {
            Mask(packet, offset, size, packet, offset, masked, maskKey);
        }
        else
        {
            Buffer.BlockCopy(header, 0, packet, offset, HeaderSize);
        }

        return true;
    }

    /// <inheritdoc/>
    public void Random(byte[] output, int offset, int count)
    {
        CoreArguments.CheckRange(output, offset, count);
        RandomNumberGenerator.Fill(output.AsSpan(offset, count));
    }

    // The mask of a packet, over bytes of it or of a copy; the nonce is the start of its tag (PROTOCOL.md 3.2).
    private static void Mask(byte[] packet, int offset, int size, byte[] data, int dataOffset, int count, byte[] key)
    {
        fixed (byte* start = packet, at = data, k = key)
        {
            Sodium.crypto_stream_chacha20_ietf_xor_ic(at + dataOffset, at + dataOffset, (ulong)count, start + offset + size - TagSize, 0, k);
        }
    }

    // 4 bytes of zeros, then the number.
    private static void WriteNonce(byte* nonce, ulong number)
    {
        Span<byte> bytes = new Span<byte>(nonce, NonceSize);
        bytes.Slice(0, NonceSize - sizeof(ulong)).Clear();
        BinaryPrimitives.WriteUInt64BigEndian(bytes.Slice(NonceSize - sizeof(ulong)), number);
    }

    private static ECDiffieHellman Import(byte[] privateKey, ECPoint publicKey)
    {
        return ECDiffieHellman.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, D = privateKey, Q = publicKey });
    }
}
