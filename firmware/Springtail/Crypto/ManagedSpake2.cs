using System;

namespace Springtail.Crypto;

/// <summary>What SPAKE2 over P-256 (RFC 9382) needs besides points: w, the constants M and N, the hash of TT.</summary>
internal static class ManagedSpake2
{
    public const int ScalarInputSize = 40;

    private const int Words = 8;

    /// <summary>input mod n, in constant time: bit by bit, r = 2 r + bit, and n off when it is n or more.</summary>
    public static void Scalar(byte[] w, byte[] input)
    {
        byte[] n = ManagedP256.Order();
        uint[] order = new uint[Words];
        for (int k = 0; k < 4 * Words; k++)
        {
            order[k >> 2] |= (uint)n[4 * Words - 1 - k] << (8 * (k & 3));
        }

        uint[] r = CryptoCore.NewSecretWords(Words);
        uint[] less = CryptoCore.NewSecretWords(Words);
        for (int i = 0; i < 8 * ScalarInputSize; i++)
        {
            uint carry = ((uint)input[i >> 3] >> (7 - (i & 7))) & 1;
            ulong c = 1;
            for (int k = 0; k < Words; k++)
            {
                uint top = r[k] >> 31;
                r[k] = (r[k] << 1) | carry;
                carry = top;
                c += (ulong)r[k] + ~order[k];
                less[k] = (uint)c;
                c >>= 32;
            }

            // It is n or more when a bit went beyond the words, or when the difference needed no borrow.
            uint mask = 0u - (carry | (uint)c);
            for (int k = 0; k < Words; k++)
            {
                r[k] ^= mask & (r[k] ^ less[k]);
            }
        }

        for (int k = 0; k < 4 * Words; k++)
        {
            w[4 * Words - 1 - k] = (byte)(r[k >> 2] >> (8 * (k & 3)));
        }

        Array.Clear(r, 0, Words);
        Array.Clear(less, 0, Words);
    }

    /// <summary>M, which blinds the client's share, or N, which blinds the server's.</summary>
    public static byte[] Blind(int side)
    {
        return Constant(side == Spake2Side.Client ? 0 : 1);
    }

    /// <summary>SHA-256 of TT.</summary>
    public static void Hash(
        ManagedSha256 hash, byte[] key, byte[] clientIdentity, byte[] serverIdentity, byte[] clientShare, byte[] serverShare, byte[] point, byte[] w)
    {
        hash.Begin();
        AddLength(hash, clientIdentity.Length);
        hash.Update(clientIdentity, 0, clientIdentity.Length);
        AddLength(hash, serverIdentity.Length);
        hash.Update(serverIdentity, 0, serverIdentity.Length);
        AddPoint(hash, clientShare);
        AddPoint(hash, serverShare);
        AddPoint(hash, point);
        AddLength(hash, w.Length);
        hash.Update(w, 0, w.Length);
        hash.Finish(key, 0, ManagedSha256.HashSize);
    }

    // 64 bits, the lowest byte first.
    private static void AddLength(ManagedSha256 hash, int length)
    {
        byte[] bytes = new byte[8];
        bytes[0] = (byte)length;
        bytes[1] = (byte)(length >> 8);
        bytes[2] = (byte)(length >> 16);
        bytes[3] = (byte)(length >> 24);
        hash.Update(bytes, 0, bytes.Length);
    }

    private static void AddPoint(ManagedSha256 hash, byte[] point)
    {
        byte[] uncompressed = { 4 };
        AddLength(hash, point.Length + 1);
        hash.Update(uncompressed, 0, 1);
        hash.Update(point, 0, point.Length);
    }

    // M and N, in one table: on a device each takes a static field.
    private static byte[] Constant(int place)
    {
        byte[] both =
        {
            0x88, 0x6E, 0x2F, 0x97, 0xAC, 0xE4, 0x6E, 0x55, 0xBA, 0x9D, 0xD7, 0x24, 0x25, 0x79, 0xF2, 0x99,
            0x3B, 0x64, 0xE1, 0x6E, 0xF3, 0xDC, 0xAB, 0x95, 0xAF, 0xD4, 0x97, 0x33, 0x3D, 0x8F, 0xA1, 0x2F,
            0x5F, 0xF3, 0x55, 0x16, 0x3E, 0x43, 0xCE, 0x22, 0x4E, 0x0B, 0x0E, 0x65, 0xFF, 0x02, 0xAC, 0x8E,
            0x5C, 0x7B, 0xE0, 0x94, 0x19, 0xC7, 0x85, 0xE0, 0xCA, 0x54, 0x7D, 0x55, 0xA1, 0x2E, 0x2D, 0x20,
            0xD8, 0xBB, 0xD6, 0xC6, 0x39, 0xC6, 0x29, 0x37, 0xB0, 0x4D, 0x99, 0x7F, 0x38, 0xC3, 0x77, 0x07,
            0x19, 0xC6, 0x29, 0xD7, 0x01, 0x4D, 0x49, 0xA2, 0x4B, 0x4F, 0x98, 0xBA, 0xA1, 0x29, 0x2B, 0x49,
            0x07, 0xD6, 0x0A, 0xA6, 0xBF, 0xAD, 0xE4, 0x50, 0x08, 0xA6, 0x36, 0x33, 0x7F, 0x51, 0x68, 0xC6,
            0x4D, 0x9B, 0xD3, 0x60, 0x34, 0x80, 0x8C, 0xD5, 0x64, 0x49, 0x0B, 0x1E, 0x65, 0x6E, 0xDB, 0xE7,
        };
        byte[] point = new byte[ManagedP256.PublicKeySize];
        Array.Copy(both, place * point.Length, point, 0, point.Length);
        return point;
    }
}
