using System;
using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using Springtail.Crypto;
using Springtail.Vectors;

namespace Springtail.Tests.Support;

/// <summary>
/// The primitives by other means than the project's own: from the BCL (OpenSSL) where it has them, else straight from
/// their definition, without regard for speed or timing. Tests compare with it; nothing else may use it.
/// </summary>
public sealed class BclCore : ICryptoCore
{
    private const int HeaderSize = 26;
    private const int TagSize = 16;

    private static readonly UTF8Encoding s_utf8 = new();

    public void Sha256(byte[] output, int outputOffset, byte[] input, int offset, int count)
    {
        SHA256.HashData(input.AsSpan(offset, count), output.AsSpan(outputOffset, 32));
    }

    public void HmacSha256(byte[] output, int outputOffset, byte[] key, int keyOffset, int keyCount, byte[] message, int offset, int count)
    {
        HMACSHA256.HashData(key.AsSpan(keyOffset, keyCount), message.AsSpan(offset, count), output.AsSpan(outputOffset, 32));
    }

    public void Pbkdf2(byte[] output, byte[] password, byte[] salt, int iterations)
    {
        Rfc2898DeriveBytes.Pbkdf2(password, salt, output, iterations, HashAlgorithmName.SHA256);
    }

    // ---- ChaCha20 (RFC 8439)

    public void ChaCha20(byte[] data, int offset, int count, byte[] key, byte[] nonce, uint counter)
    {
        Require(key, 32);
        Require(nonce, 12);
        Span<byte> range = data.AsSpan(offset, count);
        Span<uint> start = stackalloc uint[16];
        Encoding.ASCII.GetBytes("expand 32-byte k").AsSpan().CopyTo(System.Runtime.InteropServices.MemoryMarshal.AsBytes(start));
        for (int i = 0; i < 8; i++)
        {
            start[4 + i] = BinaryPrimitives.ReadUInt32LittleEndian(key.AsSpan(4 * i));
        }

        for (int i = 0; i < 3; i++)
        {
            start[13 + i] = BinaryPrimitives.ReadUInt32LittleEndian(nonce.AsSpan(4 * i));
        }

        Span<uint> state = stackalloc uint[16];
        Span<byte> block = stackalloc byte[64];
        for (int done = 0; done < count; done += 64)
        {
            start[12] = counter++;
            start.CopyTo(state);
            for (int round = 0; round < 10; round++)
            {
                for (int i = 0; i < 4; i++)
                {
                    QuarterRound(state, i, 4 + i, 8 + i, 12 + i);
                }

                for (int i = 0; i < 4; i++)
                {
                    QuarterRound(state, i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4);
                }
            }

            for (int i = 0; i < 16; i++)
            {
                BinaryPrimitives.WriteUInt32LittleEndian(block[(4 * i)..], state[i] + start[i]);
            }

            for (int i = 0; i < 64 && done + i < count; i++)
            {
                range[done + i] ^= block[i];
            }
        }
    }

    private static void QuarterRound(Span<uint> s, int a, int b, int c, int d)
    {
        s[a] += s[b];
        s[d] = BitOperations.RotateLeft(s[d] ^ s[a], 16);
        s[c] += s[d];
        s[b] = BitOperations.RotateLeft(s[b] ^ s[c], 12);
        s[a] += s[b];
        s[d] = BitOperations.RotateLeft(s[d] ^ s[a], 8);
        s[c] += s[d];
        s[b] = BitOperations.RotateLeft(s[b] ^ s[c], 7);
    }

    // ---- P-256

    public void P256KeyPair(byte[] publicKey, byte[] privateKey)
    {
        Require(publicKey, 64);
        Require(privateKey, 32);
        using ECDiffieHellman pair = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        ECParameters parameters = pair.ExportParameters(true);
        parameters.D!.CopyTo(privateKey, 0);
        parameters.Q.X!.CopyTo(publicKey, 0);
        parameters.Q.Y!.CopyTo(publicKey, 32);
    }

    public bool P256Public(byte[] publicKey, byte[] privateKey)
    {
        Require(publicKey, 64);
        Require(privateKey, 32);
        Array.Clear(publicKey);
        if (!Curve.IsScalar(ToInteger(privateKey)))
        {
            return false;
        }

        using ECDiffieHellman own = ECDiffieHellman.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, D = privateKey });
        ECPoint q = own.ExportParameters(false).Q;
        q.X!.CopyTo(publicKey, 0);
        q.Y!.CopyTo(publicKey, 32);
        return true;
    }

    public bool P256Shared(byte[] secret, byte[] privateKey, byte[] peerPublicKey)
    {
        Require(secret, 32);
        Require(privateKey, 32);
        Require(peerPublicKey, 64);
        Array.Clear(secret);
        if (!Curve.IsScalar(ToInteger(privateKey)) || Curve.Read(peerPublicKey) == null)
        {
            return false;
        }

        ECPoint q = new() { X = peerPublicKey[..32], Y = peerPublicKey[32..] };
        using ECDiffieHellman own = ECDiffieHellman.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, D = privateKey });
        using ECDiffieHellman peer = ECDiffieHellman.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, Q = q });
        own.DeriveRawSecretAgreement(peer.PublicKey).CopyTo(secret, 0);
        return true;
    }

    // ---- X25519 (RFC 7748, section 5)

    private static readonly BigInteger s_p25519 = BigInteger.Pow(2, 255) - 19;

    public void X25519KeyPair(byte[] publicKey, byte[] privateKey)
    {
        RandomNumberGenerator.Fill(privateKey.AsSpan(0, 32));
        X25519Public(publicKey, privateKey);
    }

    public void X25519Public(byte[] publicKey, byte[] privateKey)
    {
        byte[] nine = new byte[32];
        nine[0] = 9;
        X25519(publicKey, privateKey, nine);
    }

    public bool X25519Shared(byte[] secret, byte[] privateKey, byte[] peerPublicKey)
    {
        X25519(secret, privateKey, peerPublicKey);
        return secret.AsSpan().ContainsAnyExcept((byte)0);
    }

    private static void X25519(byte[] output, byte[] scalar, byte[] point)
    {
        Require(output, 32);
        Require(scalar, 32);
        Require(point, 32);
        byte[] clamped = (byte[])scalar.Clone();
        clamped[0] &= 248;
        clamped[31] &= 127;
        clamped[31] |= 64;
        BigInteger k = new(clamped, isUnsigned: true);
        BigInteger p = s_p25519;
        BigInteger x1 = (new BigInteger(point, isUnsigned: true) & (BigInteger.Pow(2, 255) - 1)) % p;
        (BigInteger x2, BigInteger z2, BigInteger x3, BigInteger z3) = (1, 0, x1, 1);
        for (int t = 254; t >= 0; t--)
        {
            bool bit = !(k >> t).IsEven;
            if (bit)
            {
                (x2, z2, x3, z3) = (x3, z3, x2, z2);
            }

            BigInteger a = x2 + z2;
            BigInteger b = p + x2 - z2;
            BigInteger aa = a * a % p;
            BigInteger bb = b * b % p;
            BigInteger e = (p + aa - bb) % p;
            BigInteger da = (p + x3 - z3) * a % p;
            BigInteger cb = (x3 + z3) * b % p;
            (x3, z3) = ((da + cb) * (da + cb) % p, x1 * ((p + da - cb) * (p + da - cb) % p) % p);
            (x2, z2) = (aa * bb % p, e * (aa + 121665 * e) % p);
            if (bit)
            {
                (x2, z2, x3, z3) = (x3, z3, x2, z2);
            }
        }

        BigInteger u = x2 * BigInteger.ModPow(z2, p - 2, p) % p;
        Array.Clear(output);
        u.TryWriteBytes(output, out _, isUnsigned: true);
    }

    // ---- packets (PROTOCOL.md 3.1 and 3.2)

    public void SealPacket(byte[] packet, int offset, int size, int protection, byte[] cipherKey, byte[] tagKey, ulong number)
    {
        RequireSize(packet, offset, size);
        Span<byte> whole = packet.AsSpan(offset, size);
        Span<byte> header = whole[..HeaderSize];
        Span<byte> payload = whole[HeaderSize..^TagSize];
        Span<byte> tag = whole[^TagSize..];
        switch (protection)
        {
            case PacketProtection.Clear:
                HMACSHA256.HashData(tagKey, whole[..^TagSize])[..TagSize].CopyTo(tag);
                break;
            case PacketProtection.ChaCha20Hmac:
                ChaCha20(packet, offset + HeaderSize, payload.Length, cipherKey, Nonce(number), 1);
                HMACSHA256.HashData(tagKey, whole[..^TagSize])[..TagSize].CopyTo(tag);
                break;
            case PacketProtection.ChaCha20Poly1305:
                using (ChaCha20Poly1305 aead = new(cipherKey))
                {
                    aead.Encrypt(Nonce(number), payload.ToArray(), payload, tag, header);
                }

                break;
            default:
                throw new ArgumentException("unknown protection", nameof(protection));
        }
    }

    public bool OpenPacket(byte[] packet, int offset, int size, int protection, byte[] cipherKey, byte[] tagKey, ulong number)
    {
        RequireSize(packet, offset, size);
        Span<byte> whole = packet.AsSpan(offset, size);
        if (protection == PacketProtection.ChaCha20Poly1305)
        {
            byte[] plaintext = new byte[size - HeaderSize - TagSize];
            try
            {
                using ChaCha20Poly1305 aead = new(cipherKey);
                aead.Decrypt(Nonce(number), whole[HeaderSize..^TagSize], whole[^TagSize..], plaintext, whole[..HeaderSize]);
            }
            catch (AuthenticationTagMismatchException)
            {
                return false;
            }

            plaintext.CopyTo(whole[HeaderSize..]);
            return true;
        }

        byte[] tag = HMACSHA256.HashData(tagKey, whole[..^TagSize])[..TagSize];
        if (!CryptographicOperations.FixedTimeEquals(tag, whole[^TagSize..]))
        {
            return false;
        }

        if (protection == PacketProtection.ChaCha20Hmac)
        {
            ChaCha20(packet, offset + HeaderSize, size - HeaderSize - TagSize, cipherKey, Nonce(number), 1);
        }

        return true;
    }

    public void MaskPacket(byte[] packet, int offset, int size, byte[] maskKey)
    {
        RequireSize(packet, offset, size);
        byte[] nonce = packet.AsSpan(offset + size - TagSize, 12).ToArray();
        bool clear = IsClear(packet[offset + 1], packet[offset + 2]);
        ChaCha20(packet, offset, clear ? size - TagSize : HeaderSize, maskKey, nonce, 0);
    }

    public bool UnmaskPacket(byte[] packet, int offset, int size, byte[] maskKey)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset + size, packet.Length);
        if (size < HeaderSize + TagSize)
        {
            return false;
        }

        byte[] nonce = packet.AsSpan(offset + size - TagSize, 12).ToArray();
        byte[] copy = packet.AsSpan(offset, size).ToArray();
        ChaCha20(copy, 0, size - TagSize, maskKey, nonce, 0);
        bool fits = copy[0] >> 4 == 2
            && BinaryPrimitives.ReadUInt16BigEndian(copy.AsSpan(24)) == size - HeaderSize - TagSize
            && BinaryPrimitives.ReadUInt64BigEndian(copy.AsSpan(4)) != 0;
        if (fits)
        {
            int unmasked = IsClear(copy[1], copy[2]) ? size - TagSize : HeaderSize;
            copy.AsSpan(0, unmasked).CopyTo(packet.AsSpan(offset));
        }

        return fits;
    }

    private static bool IsClear(byte type, byte subtype)
    {
        return (type, subtype) is (0x01, _) or (0x02, _) or (0x0C, 3) or (0x0C, 4) or (0x0D, 8) or (0x0E, _);
    }

    private static byte[] Nonce(ulong number)
    {
        byte[] nonce = new byte[12];
        BinaryPrimitives.WriteUInt64BigEndian(nonce.AsSpan(4), number);
        return nonce;
    }

    public void Random(byte[] output, int offset, int count)
    {
        RandomNumberGenerator.Fill(output.AsSpan(offset, count));
    }

    public void Aes256GcmSeal(byte[] data, int offset, int size, byte[] key, byte[] iv, byte[] additionalData)
    {
        Aes256GcmSeal(key, iv, data[offset..(offset + size - TagSize)], additionalData).CopyTo(data, offset);
    }

    public bool Aes256GcmOpen(byte[] data, int offset, int size, byte[] key, byte[] iv, byte[] additionalData)
    {
        // In counter mode sealing the ciphertext gives the plaintext, whose seal is then compared.
        byte[] text = Aes256GcmSeal(key, iv, data[offset..(offset + size - TagSize)], additionalData)[..(size - TagSize)];
        bool good = CryptographicOperations.FixedTimeEquals(Aes256GcmSeal(key, iv, text, additionalData).AsSpan(size - TagSize), data.AsSpan(offset + size - TagSize, TagSize));
        data.AsSpan(offset, size - TagSize).Clear();
        if (good)
        {
            text.CopyTo(data, offset);
        }

        return good;
    }

    // ---- AES-256-GCM with an IV of any length (NIST SP 800-38D); the BCL's takes 12 bytes only

    public byte[] Aes256GcmSeal(byte[] key, byte[] iv, byte[] plaintext, byte[] additionalData)
    {
        using Aes aes = Aes.Create();
        aes.Key = key;
        UInt128 h = BinaryPrimitives.ReadUInt128BigEndian(aes.EncryptEcb(new byte[16], PaddingMode.None));
        byte[] counter = new byte[16];
        if (iv.Length == 12)
        {
            iv.CopyTo(counter, 0);
            counter[15] = 1;
        }
        else
        {
            BinaryPrimitives.WriteUInt128BigEndian(counter, Ghash(h, [], iv));
        }

        byte[] first = aes.EncryptEcb(counter, PaddingMode.None);
        byte[] output = new byte[plaintext.Length + TagSize];
        for (int i = 0; i < plaintext.Length; i += 16)
        {
            uint low = BinaryPrimitives.ReadUInt32BigEndian(counter.AsSpan(12));
            BinaryPrimitives.WriteUInt32BigEndian(counter.AsSpan(12), low + 1);
            byte[] stream = aes.EncryptEcb(counter, PaddingMode.None);
            for (int j = i; j < plaintext.Length && j < i + 16; j++)
            {
                output[j] = (byte)(plaintext[j] ^ stream[j - i]);
            }
        }

        UInt128 tag = Ghash(h, additionalData, output[..plaintext.Length]) ^ BinaryPrimitives.ReadUInt128BigEndian(first);
        BinaryPrimitives.WriteUInt128BigEndian(output.AsSpan(plaintext.Length), tag);
        return output;
    }

    /// <summary>GHASH over A and C, each padded to blocks, and their lengths. J0 of an IV is GHASH over nothing and the IV.</summary>
    private static UInt128 Ghash(UInt128 h, byte[] a, byte[] c)
    {
        UInt128 y = 0;
        foreach (byte[] part in new[] { a, c })
        {
            byte[] block = new byte[16];
            for (int i = 0; i < part.Length; i += 16)
            {
                Array.Clear(block);
                part.AsSpan(i, Math.Min(16, part.Length - i)).CopyTo(block);
                y = GcmMultiply(y ^ BinaryPrimitives.ReadUInt128BigEndian(block), h);
            }
        }

        return GcmMultiply(y ^ new UInt128((ulong)a.Length * 8, (ulong)c.Length * 8), h);
    }

    private static UInt128 GcmMultiply(UInt128 x, UInt128 y)
    {
        UInt128 product = 0;
        for (int i = 127; i >= 0; i--)
        {
            if ((x >> i & 1) != 0)
            {
                product ^= y;
            }

            y = (y & 1) != 0 ? y >> 1 ^ (UInt128)0xE1 << 120 : y >> 1;
        }

        return product;
    }

    // ---- SPAKE2 over P-256 (RFC 9382)

    public void Spake2Scalar(byte[] w, byte[] input)
    {
        Require(w, 32);
        Require(input, 40);
        byte[] digits = (ToInteger(input) % Curve.Order).ToByteArray(isUnsigned: true, isBigEndian: true);
        Array.Clear(w);
        digits.CopyTo(w, w.Length - digits.Length);
    }

    public bool Spake2Share(byte[] share, byte[] w, byte[] privateKey, int side)
    {
        Require(share, 64);
        Array.Clear(share);
        BigInteger x = ToInteger(privateKey);
        if (!Curve.IsScalar(x) || !Curve.IsScalar(ToInteger(w)))
        {
            return false;
        }

        Point blind = Curve.Multiply(ToInteger(w), side == Spake2Side.Server ? Curve.N : Curve.M)!;
        Curve.Write(Curve.Add(Curve.Multiply(x, Curve.G), blind)!).CopyTo(share, 0);
        return true;
    }

    public bool Spake2Key(byte[] key, byte[] w, byte[] privateKey, byte[] share, byte[] peerShare, int side, byte[] clientIdentity, byte[] serverIdentity)
    {
        Require(key, 32);
        Array.Clear(key);
        Point? peer = Curve.Read(peerShare);
        if (peer == null || !Curve.IsScalar(ToInteger(privateKey)) || !Curve.IsScalar(ToInteger(w)))
        {
            return false;
        }

        bool server = side == Spake2Side.Server;
        Point blind = Curve.Multiply(ToInteger(w), server ? Curve.M : Curve.N)!;
        Point? k = Curve.Multiply(ToInteger(privateKey), Curve.Add(peer, new Point(blind.X, Curve.P - blind.Y)));
        if (k == null)
        {
            return false;
        }

        using IncrementalHash tt = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        AppendWithLength(tt, clientIdentity);
        AppendWithLength(tt, serverIdentity);
        AppendWithLength(tt, [4, .. server ? peerShare : share]);
        AppendWithLength(tt, [4, .. server ? share : peerShare]);
        AppendWithLength(tt, [4, .. Curve.Write(k)]);
        AppendWithLength(tt, w);
        tt.GetHashAndReset().CopyTo(key, 0);
        return true;
    }

    private static void AppendWithLength(IncrementalHash hash, byte[] part)
    {
        byte[] length = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)part.Length);
        hash.AppendData(length);
        hash.AppendData(part);
    }

    /// <summary>A point of P-256 other than infinity, for which null stands.</summary>
    private sealed record Point(BigInteger X, BigInteger Y);

    /// <summary>The group of P-256 in affine coordinates.</summary>
    private static class Curve
    {
        public static readonly BigInteger P = Hex("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff");
        public static readonly BigInteger Order = Hex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
        public static readonly BigInteger B = Hex("5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b");
        public static readonly Point G = Decompress("036b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296");
        public static readonly Point M = Decompress("02886e2f97ace46e55ba9dd7242579f2993b64e16ef3dcab95afd497333d8fa12f");
        public static readonly Point N = Decompress("03d8bbd6c639c62937b04d997f38c3770719c629d7014d49a24b4f98baa1292b49");

        public static bool IsScalar(BigInteger k) => k > 0 && k < Order;

        /// <summary>X || Y; null when that is no point.</summary>
        public static Point? Read(byte[] bytes)
        {
            Point point = new(ToInteger(bytes[..32]), ToInteger(bytes[32..]));
            return point.X < P && point.Y < P && point.Y * point.Y % P == Cubic(point.X) ? point : null;
        }

        public static byte[] Write(Point point)
        {
            byte[] bytes = new byte[64];
            byte[] x = point.X.ToByteArray(isUnsigned: true, isBigEndian: true);
            byte[] y = point.Y.ToByteArray(isUnsigned: true, isBigEndian: true);
            x.CopyTo(bytes, 32 - x.Length);
            y.CopyTo(bytes, 64 - y.Length);
            return bytes;
        }

        public static Point? Add(Point? a, Point? b)
        {
            if (a == null || b == null)
            {
                return a ?? b;
            }

            BigInteger slope;
            if (a.X != b.X)
            {
                slope = (b.Y + P - a.Y) * Inverse((b.X + P - a.X) % P);
            }
            else if (a.Y == b.Y)
            {
                slope = (3 * a.X * a.X + P - 3) * Inverse(2 * a.Y % P);
            }
            else
            {
                return null;
            }

            slope %= P;
            BigInteger x = (slope * slope + 2 * P - a.X - b.X) % P;
            return new Point(x, (slope * (a.X + P - x) + P - a.Y) % P);
        }

        public static Point? Multiply(BigInteger k, Point? point)
        {
            Point? sum = null;
            for (; k > 0; k >>= 1)
            {
                if (!k.IsEven)
                {
                    sum = Add(sum, point);
                }

                point = Add(point, point);
            }

            return sum;
        }

        private static BigInteger Cubic(BigInteger x) => (x * x * x + (P - 3) * x + B) % P;

        private static BigInteger Inverse(BigInteger value) => BigInteger.ModPow(value, P - 2, P);

        private static BigInteger Hex(string digits) => BigInteger.Parse("0" + digits, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

        private static Point Decompress(string hex)
        {
            BigInteger x = Hex(hex[2..]);
            BigInteger y = BigInteger.ModPow(Cubic(x), (P + 1) / 4, P);
            return new Point(x, y.IsEven == (hex[1] == '2') ? y : P - y);
        }
    }

    private static BigInteger ToInteger(byte[] bytes) => new(bytes, isUnsigned: true, isBigEndian: true);

    private static void Require(byte[] buffer, int size)
    {
        if (buffer.Length != size)
        {
            throw new ArgumentException($"{size} bytes are expected, not {buffer.Length}.");
        }
    }

    private static void RequireSize(byte[] packet, int offset, int size)
    {
        if (size < HeaderSize + TagSize || size > 1200 || offset < 0 || offset > packet.Length - size)
        {
            throw new ArgumentException("The packet does not lie in the buffer.");
        }
    }
}
