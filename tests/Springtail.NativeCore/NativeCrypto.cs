using System;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Springtail.Native;

/// <summary>
/// The desktop's twin of the firmware's interop assembly: the same members, the same checks and exceptions as the
/// glue in native-interop/nanoframework, over libspringtail_crypto beside the application.
/// </summary>
internal static class NativeCrypto
{
    /// <summary>Bytes of the context that the PBKDF2 steps work in.</summary>
    public const int Pbkdf2ContextSize = 320;

    /// <summary>Most iterations in one step.</summary>
    public const uint Pbkdf2MaxStep = 400;

    /// <summary>Bytes that can be kept over a deep sleep.</summary>
    public const int RetainedSize = 512;

    private const string Library = "springtail_crypto";

    private const int KeySize = 32;
    private const int TagSize = 16;

    // As in springtail_crypto.h.
    private const int ErrorRandom = -5;
    private const int More = 1;
    private const int PacketMin = 42;
    private const int PacketMax = 1200;
    private const int Clear = 0;
    private const int ChaCha20Poly1305 = 2;

    // What RTC memory is on a device.
    private static byte[] s_retained = Array.Empty<byte>();

    private static readonly bool s_loaded = NativeLibrary.TryLoad(Library, Assembly.GetExecutingAssembly(), null, out _);

    /// <summary>SHA-256 of a range; writes 32 bytes.</summary>
    public static void Sha256(byte[] output, int outputOffset, byte[] input, int offset, int count)
    {
        CheckRange(output, outputOffset, KeySize, nameof(output));
        CheckRange(input, offset, count, nameof(input));
        CheckLoaded();
        spt_sha256(ref At(output, outputOffset), ref At(input, offset), (nuint)count);
    }

    /// <summary>HMAC-SHA256 of a range; writes 32 bytes.</summary>
    public static void HmacSha256(byte[] output, int outputOffset, byte[] key, int keyOffset, int keyCount, byte[] message, int offset, int count)
    {
        CheckRange(output, outputOffset, KeySize, nameof(output));
        CheckRange(key, keyOffset, keyCount, nameof(key));
        CheckRange(message, offset, count, nameof(message));
        CheckLoaded();
        spt_hmac_sha256(ref At(output, outputOffset), ref At(key, keyOffset), (nuint)keyCount, ref At(message, offset), (nuint)count);
    }

    /// <summary>Begins PBKDF2 of at least one iteration; wipe the context when it is no longer needed.</summary>
    public static void Pbkdf2Start(byte[] context, byte[] password, byte[] salt, uint iterations)
    {
        CheckSize(context, Pbkdf2ContextSize, nameof(context));
        CheckArray(password, nameof(password));
        CheckArray(salt, nameof(salt));
        if (iterations == 0)
        {
            throw new ArgumentOutOfRangeException(nameof(iterations));
        }

        CheckLoaded();
        Check(spt_pbkdf2_start(ref At(context, 0), ref At(password, 0), (nuint)password.Length, ref At(salt, 0), (nuint)salt.Length, iterations));
    }

    /// <summary>Does that many iterations or what is left of them; true once <paramref name="output"/> is full.</summary>
    public static bool Pbkdf2Step(byte[] context, byte[] output, uint iterations)
    {
        CheckSize(context, Pbkdf2ContextSize, nameof(context));
        CheckArray(output, nameof(output));
        if (iterations == 0 || iterations > Pbkdf2MaxStep)
        {
            throw new ArgumentOutOfRangeException(nameof(iterations));
        }

        CheckLoaded();
        int result = spt_pbkdf2_step(ref At(context, 0), ref At(output, 0), (nuint)output.Length, iterations);
        if (result == More)
        {
            return false;
        }

        Check(result);
        return true;
    }

    /// <summary>ChaCha20 in place; 32-byte key, 12-byte nonce.</summary>
    public static void ChaCha20(byte[] data, int offset, int count, byte[] key, byte[] nonce, uint counter)
    {
        CheckRange(data, offset, count, nameof(data));
        CheckSize(key, KeySize, nameof(key));
        CheckSize(nonce, 12, nameof(nonce));
        CheckLoaded();
        spt_chacha20(ref At(data, offset), ref At(data, offset), (nuint)count, ref At(key, 0), ref At(nonce, 0), counter);
    }

    /// <summary>A fresh P-256 key pair.</summary>
    public static void P256KeyPair(byte[] publicKey, byte[] privateKey)
    {
        CheckSize(publicKey, 64, nameof(publicKey));
        CheckSize(privateKey, KeySize, nameof(privateKey));
        CheckLoaded();
        Check(spt_p256_keypair(ref At(publicKey, 0), ref At(privateKey, 0)));
    }

    /// <summary>The public key of a private key; false when that is out of range.</summary>
    public static bool P256Public(byte[] publicKey, byte[] privateKey)
    {
        CheckSize(publicKey, 64, nameof(publicKey));
        CheckSize(privateKey, KeySize, nameof(privateKey));
        CheckLoaded();
        return spt_p256_public(ref At(publicKey, 0), ref At(privateKey, 0)) == 0;
    }

    /// <summary>ECDH; false for an invalid point or private key.</summary>
    public static bool P256Shared(byte[] secret, byte[] privateKey, byte[] peerPublicKey)
    {
        CheckSize(secret, KeySize, nameof(secret));
        CheckSize(privateKey, KeySize, nameof(privateKey));
        CheckSize(peerPublicKey, 64, nameof(peerPublicKey));
        CheckLoaded();
        return spt_p256_shared(ref At(secret, 0), ref At(privateKey, 0), ref At(peerPublicKey, 0)) == 0;
    }

    /// <summary>w, 32 bytes, from 40.</summary>
    public static void Spake2Scalar(byte[] w, byte[] input)
    {
        CheckSize(w, KeySize, nameof(w));
        CheckSize(input, 40, nameof(input));
        CheckLoaded();
        spt_spake2_scalar(ref At(w, 0), ref At(input, 0));
    }

    /// <summary>The client's share with a side of 0, the server's with 1.</summary>
    public static bool Spake2Share(byte[] share, byte[] w, byte[] privateKey, int side)
    {
        CheckSize(share, 64, nameof(share));
        CheckSize(w, KeySize, nameof(w));
        CheckSize(privateKey, KeySize, nameof(privateKey));
        CheckSide(side);
        CheckLoaded();
        return spt_spake2_share(ref At(share, 0), ref At(w, 0), ref At(privateKey, 0), side) == 0;
    }

    /// <summary>Of the key exchange with the peer's share; an identity has at most 256 bytes.</summary>
    public static bool Spake2Key(byte[] key, byte[] w, byte[] privateKey, byte[] share, byte[] peerShare, int side, byte[] clientIdentity, byte[] serverIdentity)
    {
        CheckSize(key, KeySize, nameof(key));
        CheckSize(w, KeySize, nameof(w));
        CheckSize(privateKey, KeySize, nameof(privateKey));
        CheckSize(share, 64, nameof(share));
        CheckSize(peerShare, 64, nameof(peerShare));
        CheckSide(side);
        CheckIdentity(clientIdentity, nameof(clientIdentity));
        CheckIdentity(serverIdentity, nameof(serverIdentity));
        CheckLoaded();
        return spt_spake2_key(
            ref At(key, 0), ref At(w, 0), ref At(privateKey, 0), ref At(share, 0), ref At(peerShare, 0), side,
            ref At(clientIdentity, 0), (nuint)clientIdentity.Length, ref At(serverIdentity, 0), (nuint)serverIdentity.Length) == 0;
    }

    /// <summary>A fresh X25519 key pair.</summary>
    public static void X25519KeyPair(byte[] publicKey, byte[] privateKey)
    {
        CheckSize(publicKey, KeySize, nameof(publicKey));
        CheckSize(privateKey, KeySize, nameof(privateKey));
        CheckLoaded();
        Check(spt_x25519_keypair(ref At(publicKey, 0), ref At(privateKey, 0)));
    }

    /// <summary>The X25519 public key of a private key.</summary>
    public static void X25519Public(byte[] publicKey, byte[] privateKey)
    {
        CheckSize(publicKey, KeySize, nameof(publicKey));
        CheckSize(privateKey, KeySize, nameof(privateKey));
        CheckLoaded();
        byte[] basePoint = new byte[KeySize];
        basePoint[0] = 9;
        spt_x25519(ref At(publicKey, 0), ref At(privateKey, 0), ref At(basePoint, 0));
    }

    /// <summary>X25519; false when the secret is all zero.</summary>
    public static bool X25519Shared(byte[] secret, byte[] privateKey, byte[] peerPublicKey)
    {
        CheckSize(secret, KeySize, nameof(secret));
        CheckSize(privateKey, KeySize, nameof(privateKey));
        CheckSize(peerPublicKey, KeySize, nameof(peerPublicKey));
        CheckLoaded();
        return spt_x25519_shared(ref At(secret, 0), ref At(privateKey, 0), ref At(peerPublicKey, 0)) == 0;
    }

    /// <summary>AES-256-GCM in place: the text, then room for the tag.</summary>
    public static void Aes256GcmSeal(byte[] data, int offset, int size, byte[] key, byte[] iv, byte[] additionalData)
    {
        CheckGcm(data, offset, size, key, iv, additionalData);
        Check(spt_aes256_gcm_seal(
            ref At(data, offset), ref At(data, offset + size - TagSize), ref At(key, 0), ref At(iv, 0), (nuint)iv.Length,
            ref At(additionalData, 0), (nuint)additionalData.Length, ref At(data, offset), (nuint)(size - TagSize)));
    }

    /// <summary>Its inverse; false, and the text wiped, when the tag does not fit.</summary>
    public static bool Aes256GcmOpen(byte[] data, int offset, int size, byte[] key, byte[] iv, byte[] additionalData)
    {
        CheckGcm(data, offset, size, key, iv, additionalData);
        return spt_aes256_gcm_open(
            ref At(data, offset), ref At(key, 0), ref At(iv, 0), (nuint)iv.Length, ref At(additionalData, 0),
            (nuint)additionalData.Length, ref At(data, offset), (nuint)(size - TagSize), ref At(data, offset + size - TagSize)) == 0;
    }

    /// <summary>Encrypts and tags a packet in place.</summary>
    public static void SealPacket(byte[] packet, int offset, int size, int protection, byte[] cipherKey, byte[] tagKey, ulong number)
    {
        CheckPacket(packet, offset, size);
        CheckPacketKeys(protection, cipherKey, tagKey);
        Check(spt_packet_seal(ref At(packet, offset), (nuint)size, protection, ref At(cipherKey, 0), ref At(tagKey, 0), number));
    }

    /// <summary>Verifies and decrypts a packet in place; else gives false and changes nothing.</summary>
    public static bool OpenPacket(byte[] packet, int offset, int size, int protection, byte[] cipherKey, byte[] tagKey, ulong number)
    {
        CheckPacket(packet, offset, size);
        CheckPacketKeys(protection, cipherKey, tagKey);
        return spt_packet_open(ref At(packet, offset), (nuint)size, protection, ref At(cipherKey, 0), ref At(tagKey, 0), number) == 0;
    }

    /// <summary>Masks a sealed packet in place.</summary>
    public static void MaskPacket(byte[] packet, int offset, int size, byte[] maskKey)
    {
        CheckPacket(packet, offset, size);
        CheckSize(maskKey, KeySize, nameof(maskKey));
        Check(spt_packet_mask(ref At(packet, offset), (nuint)size, ref At(maskKey, 0)));
    }

    /// <summary>Unmasks a packet in place; gives false and changes nothing when the key does not fit.</summary>
    public static bool UnmaskPacket(byte[] packet, int offset, int size, byte[] maskKey)
    {
        CheckPacket(packet, offset, size);
        CheckSize(maskKey, KeySize, nameof(maskKey));
        return spt_packet_unmask(ref At(packet, offset), (nuint)size, ref At(maskKey, 0)) == 0;
    }

    /// <summary>Fills a range with random bytes.</summary>
    public static void Random(byte[] output, int offset, int count)
    {
        CheckRange(output, offset, count, nameof(output));
        CheckLoaded();
        Check(spt_random(ref At(output, offset), (nuint)count));
    }

    /// <summary>Does nothing: called to find out whether the library is there.</summary>
    public static void Probe()
    {
        CheckLoaded();
    }

    // --- checks ---

    private static void CheckLoaded()
    {
        if (!s_loaded)
        {
            throw new NotSupportedException(
                "The native core, libspringtail_crypto, is not beside the application. Install a C compiler and CMake "
                + "(Debian, Ubuntu: apt install gcc cmake) and build again; the build makes it.");
        }
    }

    private static void Check(int result)
    {
        if (result == ErrorRandom)
        {
            throw new InvalidOperationException("The system's random source failed.");
        }

        if (result != 0)
        {
            throw new ArgumentException("The native core refused the arguments.");
        }
    }

    private static void CheckArray(byte[] array, string name)
    {
        if (array == null)
        {
            throw new ArgumentNullException(name);
        }
    }

    private static void CheckSize(byte[] array, int size, string name)
    {
        CheckArray(array, name);
        if (array.Length != size)
        {
            throw new ArgumentException($"Must have {size} bytes.", name);
        }
    }

    private static void CheckSide(int side)
    {
        if (side < 0 || side > 1)
        {
            throw new ArgumentOutOfRangeException(nameof(side));
        }
    }

    private static void CheckIdentity(byte[] identity, string name)
    {
        CheckArray(identity, name);
        if (identity.Length > 256)
        {
            throw new ArgumentOutOfRangeException(name);
        }
    }

    private static void CheckRange(byte[] array, int offset, int count, string name)
    {
        CheckArray(array, name);
        if (offset < 0 || count < 0 || offset > array.Length - count)
        {
            throw new ArgumentOutOfRangeException(name, "The range is not inside the array.");
        }
    }

    private static void CheckPacket(byte[] packet, int offset, int size)
    {
        CheckRange(packet, offset, size, nameof(packet));
        if (size < PacketMin || size > PacketMax)
        {
            throw new ArgumentOutOfRangeException(nameof(size), $"A packet has {PacketMin} to {PacketMax} bytes.");
        }

        CheckLoaded();
    }

    private static void CheckPacketKeys(int protection, byte[] cipherKey, byte[] tagKey)
    {
        if (protection < Clear || protection > ChaCha20Poly1305)
        {
            throw new ArgumentOutOfRangeException(nameof(protection));
        }

        if (protection != Clear)
        {
            CheckSize(cipherKey, KeySize, nameof(cipherKey));
        }

        if (protection != ChaCha20Poly1305)
        {
            CheckSize(tagKey, KeySize, nameof(tagKey));
        }
    }

    /// <summary>Keeps a copy of at most <see cref="RetainedSize"/> bytes, in place of what was kept, as long as the process lives.</summary>
    public static void Retain(byte[] data)
    {
        CheckArray(data, nameof(data));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(data.Length, RetainedSize, nameof(data));
        CheckLoaded();
        s_retained = (byte[])data.Clone();
    }

    /// <summary>Copies what is kept to the start of an array of <see cref="RetainedSize"/> bytes, forgets it, and gives its length.</summary>
    public static int TakeRetained(byte[] output)
    {
        CheckSize(output, RetainedSize, nameof(output));
        CheckLoaded();
        byte[] kept = s_retained;
        s_retained = Array.Empty<byte>();
        kept.CopyTo(output, 0);
        CryptographicOperations.ZeroMemory(kept);
        return kept.Length;
    }

    /// <summary>A desktop is in no network of a board's.</summary>
    public static int Signal() => int.MinValue;

    /// <summary>A desktop has no board's sensor.</summary>
    public static int Temperature() => int.MinValue;

    private static void CheckGcm(byte[] data, int offset, int size, byte[] key, byte[] iv, byte[] additionalData)
    {
        CheckRange(data, offset, size, nameof(data));
        if (size < TagSize)
        {
            throw new ArgumentOutOfRangeException(nameof(size), $"At least the {TagSize} bytes of the tag.");
        }

        CheckSize(key, KeySize, nameof(key));
        CheckArray(iv, nameof(iv));
        CheckArray(additionalData, nameof(additionalData));
        if (iv.Length == 0)
        {
            throw new ArgumentException("The IV is empty.", nameof(iv));
        }

        CheckLoaded();
    }

    /// <summary>Where C reads or writes; it gets NULL for null, which is allowed where nothing is read.</summary>
    private static ref byte At(byte[] array, int offset)
    {
        if (array == null)
        {
            return ref Unsafe.NullRef<byte>();
        }

        return ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(array), offset);
    }

    // --- springtail_crypto.h ---

#pragma warning disable IDE1006, SA1300 // the C names
    [DllImport(Library)]
    private static extern void spt_sha256(ref byte output, ref byte input, nuint n);

    [DllImport(Library)]
    private static extern void spt_hmac_sha256(ref byte output, ref byte key, nuint keyLength, ref byte message, nuint messageLength);

    [DllImport(Library)]
    private static extern int spt_pbkdf2_start(ref byte context, ref byte password, nuint passwordLength, ref byte salt, nuint saltLength, uint iterations);

    [DllImport(Library)]
    private static extern int spt_pbkdf2_step(ref byte context, ref byte output, nuint outputLength, uint iterations);

    [DllImport(Library)]
    private static extern void spt_chacha20(ref byte output, ref byte input, nuint n, ref byte key, ref byte nonce, uint counter);

    [DllImport(Library)]
    private static extern int spt_p256_keypair(ref byte publicKey, ref byte privateKey);

    [DllImport(Library)]
    private static extern int spt_p256_public(ref byte publicKey, ref byte privateKey);

    [DllImport(Library)]
    private static extern int spt_p256_shared(ref byte secret, ref byte privateKey, ref byte peerPublicKey);

    [DllImport(Library)]
    private static extern void spt_spake2_scalar(ref byte w, ref byte input);

    [DllImport(Library)]
    private static extern int spt_spake2_share(ref byte share, ref byte w, ref byte privateKey, int side);

    [DllImport(Library)]
    private static extern int spt_spake2_key(
        ref byte key, ref byte w, ref byte privateKey, ref byte share, ref byte peerShare, int side,
        ref byte clientIdentity, nuint clientIdentityLength, ref byte serverIdentity, nuint serverIdentityLength);

    [DllImport(Library)]
    private static extern int spt_x25519_keypair(ref byte publicKey, ref byte privateKey);

    [DllImport(Library)]
    private static extern void spt_x25519(ref byte output, ref byte scalar, ref byte point);

    [DllImport(Library)]
    private static extern int spt_x25519_shared(ref byte secret, ref byte privateKey, ref byte peerPublicKey);

    [DllImport(Library)]
    private static extern int spt_aes256_gcm_seal(
        ref byte ciphertext, ref byte tag, ref byte key, ref byte iv, nuint ivLength, ref byte additionalData,
        nuint additionalDataLength, ref byte plaintext, nuint n);

    [DllImport(Library)]
    private static extern int spt_aes256_gcm_open(
        ref byte plaintext, ref byte key, ref byte iv, nuint ivLength, ref byte additionalData,
        nuint additionalDataLength, ref byte ciphertext, nuint n, ref byte tag);

    [DllImport(Library)]
    private static extern int spt_packet_seal(ref byte packet, nuint size, int protection, ref byte cipherKey, ref byte tagKey, ulong number);

    [DllImport(Library)]
    private static extern int spt_packet_open(ref byte packet, nuint size, int protection, ref byte cipherKey, ref byte tagKey, ulong number);

    [DllImport(Library)]
    private static extern int spt_packet_mask(ref byte packet, nuint size, ref byte maskKey);

    [DllImport(Library)]
    private static extern int spt_packet_unmask(ref byte packet, nuint size, ref byte maskKey);

    [DllImport(Library)]
    private static extern int spt_random(ref byte output, nuint n);
#pragma warning restore IDE1006, SA1300
}
