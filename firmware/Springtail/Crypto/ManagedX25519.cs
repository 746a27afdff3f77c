using System;

namespace Springtail.Crypto;

/// <summary>
/// X25519 (RFC 7748) in C# for an interpreter, in constant time. A number modulo 2^255 - 19 is ten limbs in radix 2^25.5: 26 bits
/// where the index is even, 25 where it is odd, so that a column of products fits 64 bits. Multiplication is unrolled.
/// <para>
/// "Reduced" is a limb below 2^26 or 2^25, limb 1 below 2^25 + 2^17: what products give. A sum or difference of two reduced numbers is
/// below 2^27.6 or 2^26.6: what products take. Their columns stay below 2^63.
/// </para>
/// </summary>
internal static class ManagedX25519
{
    public const int KeySize = 32;

    private const int Limbs = 10;
    private const ulong Even = 0x3FFFFFF;
    private const ulong Odd = 0x1FFFFFF;

    /// <summary>Writes scalar times point, 32 bytes each. The scalar is clamped here. False when the result is all zero.</summary>
    public static bool Multiply(byte[] output, byte[] scalar, byte[] point)
    {
        ulong[] x1 = CryptoCore.NewSecretLongs(Limbs);
        ulong[] x2 = CryptoCore.NewSecretLongs(Limbs);
        ulong[] z2 = CryptoCore.NewSecretLongs(Limbs);
        ulong[] x3 = CryptoCore.NewSecretLongs(Limbs);
        ulong[] z3 = CryptoCore.NewSecretLongs(Limbs);
        ulong[] a = CryptoCore.NewSecretLongs(Limbs);
        ulong[] b = CryptoCore.NewSecretLongs(Limbs);
        ulong[] c = CryptoCore.NewSecretLongs(Limbs);
        ulong[] d = CryptoCore.NewSecretLongs(Limbs);
        ulong[] e = CryptoCore.NewSecretLongs(Limbs);
        ulong[] f = CryptoCore.NewSecretLongs(Limbs);
        byte[] k = CryptoCore.NewSecret(KeySize);
        Array.Copy(scalar, 0, k, 0, KeySize);
        k[0] = (byte)(k[0] & 0xF8);
        k[31] = (byte)((k[31] & 0x7F) | 0x40);

        Read(x1, point);
        Array.Copy(x1, 0, x3, 0, Limbs);
        x2[0] = 1;
        z3[0] = 1;
        uint last = 0;
        for (int i = 254; i >= 0; i--)
        {
            uint bit = ((uint)k[i >> 3] >> (i & 7)) & 1u;
            ulong swap = 0ul - (bit ^ last);
            last = bit;

            // A step of the ladder doubles one of two points and adds them. The sum is the same whichever is which,
            // so instead of swapping the points the one to be doubled is selected.
            SumAndDifference(a, b, x2, z2);
            SumAndDifference(c, d, x3, z3);
            Multiply(e, d, a);
            Multiply(f, c, b);
            Select(a, c, swap);
            Select(b, d, swap);
            SumAndDifference(c, d, e, f);
            Square(x3, c);
            Square(d, d);
            Multiply(z3, d, x1);
            Square(a, a);
            Square(b, b);
            Multiply(x2, a, b);
            SumAndDifference(c, e, a, b);
            AddSmallProduct(a, e);
            Multiply(z2, e, a);
        }

        Select(x2, x3, 0ul - last);
        Select(z2, z3, 0ul - last);
        Invert(z2, z2, a, b, c);
        Multiply(x2, x2, z2);
        uint any = Write(output, x2);

        Array.Clear(k, 0, KeySize);
        Array.Clear(x1, 0, Limbs);
        Array.Clear(x2, 0, Limbs);
        Array.Clear(z2, 0, Limbs);
        Array.Clear(x3, 0, Limbs);
        Array.Clear(z3, 0, Limbs);
        Array.Clear(a, 0, Limbs);
        Array.Clear(b, 0, Limbs);
        Array.Clear(c, 0, Limbs);
        Array.Clear(d, 0, Limbs);
        Array.Clear(e, 0, Limbs);
        Array.Clear(f, 0, Limbs);
        return any != 0;
    }

    // Little-endian; the top bit is ignored (RFC 7748, 5). out: reduced.
    private static void Read(ulong[] r, byte[] bytes)
    {
        ulong q0 = ReadU64(bytes, 0);
        ulong q1 = ReadU64(bytes, 8);
        ulong q2 = ReadU64(bytes, 16);
        ulong q3 = ReadU64(bytes, 24);
        r[0] = q0 & Even;
        r[1] = (q0 >> 26) & Odd;
        r[2] = ((q0 >> 51) | (q1 << 13)) & Even;
        r[3] = (q1 >> 13) & Odd;
        r[4] = q1 >> 38;
        r[5] = q2 & Odd;
        r[6] = (q2 >> 25) & Even;
        r[7] = ((q2 >> 51) | (q3 << 13)) & Odd;
        r[8] = (q3 >> 12) & Even;
        r[9] = (q3 >> 38) & Odd;
    }

    // in: reduced. Writes the number below the prime; returns 0 when it is 0.
    private static uint Write(byte[] output, ulong[] r)
    {
        // The number is below 2p: q is 1 when it is p or more, which is when adding 19 carries out of bit 255.
        ulong q = 19;
        for (int i = 0; i < Limbs; i++)
        {
            q = (r[i] + q) >> (26 - (i & 1));
        }

        ulong carry = 19 * q;
        for (int i = 0; i < Limbs; i++)
        {
            carry += r[i];
            r[i] = carry & ((i & 1) == 0 ? Even : Odd);
            carry >>= 26 - (i & 1);
        }

        WriteU64(output, 0, r[0] | (r[1] << 26) | (r[2] << 51));
        WriteU64(output, 8, (r[2] >> 13) | (r[3] << 13) | (r[4] << 38));
        WriteU64(output, 16, r[5] | (r[6] << 25) | (r[7] << 51));
        WriteU64(output, 24, (r[7] >> 13) | (r[8] << 12) | (r[9] << 38));
        uint any = 0;
        for (int i = 0; i < KeySize; i++)
        {
            any |= output[i];
        }

        return any;
    }

    private static ulong ReadU64(byte[] bytes, int offset)
    {
        ulong value = 0;
        for (int i = 7; i >= 0; i--)
        {
            value = (value << 8) | bytes[offset + i];
        }

        return value;
    }

    private static void WriteU64(byte[] bytes, int offset, ulong value)
    {
        for (int i = 0; i < 8; i++)
        {
            bytes[offset + i] = (byte)value;
            value >>= 8;
        }
    }

    // r = f when the mask is all ones.
    private static void Select(ulong[] r, ulong[] f, ulong mask)
    {
        for (int i = 0; i < Limbs; i++)
        {
            ulong x = r[i];
            r[i] = x ^ ((x ^ f[i]) & mask);
        }
    }

    // r = 1 / z, and 0 for 0, as z^(p - 2), p - 2 = 2^255 - 21. t0 to t2 are working space; r may be z.
    private static void Invert(ulong[] r, ulong[] z, ulong[] t0, ulong[] t1, ulong[] t2)
    {
        ulong[] z11 = CryptoCore.NewSecretLongs(Limbs);
        Squares(t0, z, 1);
        Squares(t1, t0, 2);
        Multiply(t1, t1, z);
        Multiply(z11, t1, t0);
        Squares(t0, z11, 1);

        // t1 = z^(2^n - 1) for n = 5, 10, 20, 40, 50, 100, 200, 250.
        Multiply(t1, t1, t0);
        Squares(t0, t1, 5);
        Multiply(t1, t1, t0);
        Array.Copy(t1, 0, t2, 0, Limbs);
        Squares(t0, t1, 10);
        Multiply(t1, t1, t0);
        Squares(t0, t1, 20);
        Multiply(t1, t1, t0);
        Squares(t0, t1, 10);
        Multiply(t1, t2, t0);
        Array.Copy(t1, 0, t2, 0, Limbs);
        Squares(t0, t1, 50);
        Multiply(t1, t1, t0);
        Squares(t0, t1, 100);
        Multiply(t1, t1, t0);
        Squares(t0, t1, 50);
        Multiply(t1, t2, t0);
        Squares(t0, t1, 5);
        Multiply(r, t0, z11);
        Array.Clear(z11, 0, Limbs);
    }

    private static void Squares(ulong[] r, ulong[] f, int count)
    {
        Square(r, f);
        for (int i = 1; i < count; i++)
        {
            Square(r, r);
        }
    }

    // r += 121665 f. in: r reduced, f a difference of reduced numbers. out: reduced, limb 0 below 2^26 + 2^25.
    private static void AddSmallProduct(ulong[] r, ulong[] f)
    {
        ulong c = 0;
        for (int i = 0; i < Limbs; i += 2)
        {
            c += r[i] + 121665 * f[i];
            r[i] = c & Even;
            c = (c >> 26) + r[i + 1] + 121665 * f[i + 1];
            r[i + 1] = c & Odd;
            c >>= 25;
        }

        r[0] += 19 * c;
    }

    // in: f, g reduced. out: sum and difference; 2p is added to the difference, so that no limb falls below 0.
    private static void SumAndDifference(ulong[] sum, ulong[] difference, ulong[] f, ulong[] g)
    {
        ulong x;
        ulong y;
        x = f[0];
        y = g[0];
        sum[0] = x + y;
        difference[0] = x + 0x7FFFFDA - y;
        x = f[1];
        y = g[1];
        sum[1] = x + y;
        difference[1] = x + 0x3FFFFFE - y;
        x = f[2];
        y = g[2];
        sum[2] = x + y;
        difference[2] = x + 0x7FFFFFE - y;
        x = f[3];
        y = g[3];
        sum[3] = x + y;
        difference[3] = x + 0x3FFFFFE - y;
        x = f[4];
        y = g[4];
        sum[4] = x + y;
        difference[4] = x + 0x7FFFFFE - y;
        x = f[5];
        y = g[5];
        sum[5] = x + y;
        difference[5] = x + 0x3FFFFFE - y;
        x = f[6];
        y = g[6];
        sum[6] = x + y;
        difference[6] = x + 0x7FFFFFE - y;
        x = f[7];
        y = g[7];
        sum[7] = x + y;
        difference[7] = x + 0x3FFFFFE - y;
        x = f[8];
        y = g[8];
        sum[8] = x + y;
        difference[8] = x + 0x7FFFFFE - y;
        x = f[9];
        y = g[9];
        sum[9] = x + y;
        difference[9] = x + 0x3FFFFFE - y;
    }

    // in: sums or differences of reduced numbers. out: reduced. r may be f or g.
    private static void Multiply(ulong[] r, ulong[] f, ulong[] g)
    {
        ulong even = Even;
        ulong odd = Odd;
        ulong f0 = f[0];
        ulong f1 = f[1];
        ulong f2 = f[2];
        ulong f3 = f[3];
        ulong f4 = f[4];
        ulong f5 = f[5];
        ulong f6 = f[6];
        ulong f7 = f[7];
        ulong f8 = f[8];
        ulong f9 = f[9];
        ulong g0 = g[0];
        ulong g1 = g[1];
        ulong g2 = g[2];
        ulong g3 = g[3];
        ulong g4 = g[4];
        ulong g5 = g[5];
        ulong g6 = g[6];
        ulong g7 = g[7];
        ulong g8 = g[8];
        ulong g9 = g[9];

        // Odd limbs stand half a bit too high: the product of two of them counts twice.
        ulong d1 = f1 << 1;
        ulong d3 = f3 << 1;
        ulong d5 = f5 << 1;
        ulong d7 = f7 << 1;
        ulong d9 = f9 << 1;

        // Column k, with that of 2^255 and above, which counts 19 times.
        ulong c = f0 * g0 + 19 * (d1 * g9 + f2 * g8 + d3 * g7 + f4 * g6 + d5 * g5 + f6 * g4 + d7 * g3 + f8 * g2 + d9 * g1);
        ulong r0 = c & even;
        c = (c >> 26) + f0 * g1 + f1 * g0 + 19 * (f2 * g9 + f3 * g8 + f4 * g7 + f5 * g6 + f6 * g5 + f7 * g4 + f8 * g3 + f9 * g2);
        ulong r1 = c & odd;
        c = (c >> 25) + f0 * g2 + d1 * g1 + f2 * g0 + 19 * (d3 * g9 + f4 * g8 + d5 * g7 + f6 * g6 + d7 * g5 + f8 * g4 + d9 * g3);
        r[2] = c & even;
        c = (c >> 26) + f0 * g3 + f1 * g2 + f2 * g1 + f3 * g0 + 19 * (f4 * g9 + f5 * g8 + f6 * g7 + f7 * g6 + f8 * g5 + f9 * g4);
        r[3] = c & odd;
        c = (c >> 25) + f0 * g4 + d1 * g3 + f2 * g2 + d3 * g1 + f4 * g0 + 19 * (d5 * g9 + f6 * g8 + d7 * g7 + f8 * g6 + d9 * g5);
        r[4] = c & even;
        c = (c >> 26) + f0 * g5 + f1 * g4 + f2 * g3 + f3 * g2 + f4 * g1 + f5 * g0 + 19 * (f6 * g9 + f7 * g8 + f8 * g7 + f9 * g6);
        r[5] = c & odd;
        c = (c >> 25) + f0 * g6 + d1 * g5 + f2 * g4 + d3 * g3 + f4 * g2 + d5 * g1 + f6 * g0 + 19 * (d7 * g9 + f8 * g8 + d9 * g7);
        r[6] = c & even;
        c = (c >> 26) + f0 * g7 + f1 * g6 + f2 * g5 + f3 * g4 + f4 * g3 + f5 * g2 + f6 * g1 + f7 * g0 + 19 * (f8 * g9 + f9 * g8);
        r[7] = c & odd;
        c = (c >> 25) + f0 * g8 + d1 * g7 + f2 * g6 + d3 * g5 + f4 * g4 + d5 * g3 + f6 * g2 + d7 * g1 + f8 * g0 + 19 * (d9 * g9);
        r[8] = c & even;
        c = (c >> 26) + f0 * g9 + f1 * g8 + f2 * g7 + f3 * g6 + f4 * g5 + f5 * g4 + f6 * g3 + f7 * g2 + f8 * g1 + f9 * g0;
        r[9] = c & odd;
        c = r0 + 19 * (c >> 25);
        r[0] = c & even;
        r[1] = r1 + (c >> 26);
    }

    // in: a sum or difference of reduced numbers. out: reduced. r may be f.
    private static void Square(ulong[] r, ulong[] f)
    {
        ulong even = Even;
        ulong odd = Odd;
        ulong f0 = f[0];
        ulong f1 = f[1];
        ulong f2 = f[2];
        ulong f3 = f[3];
        ulong f4 = f[4];
        ulong f5 = f[5];
        ulong f6 = f[6];
        ulong f7 = f[7];
        ulong f8 = f[8];
        ulong f9 = f[9];
        ulong d0 = f0 << 1;
        ulong d1 = f1 << 1;
        ulong d2 = f2 << 1;
        ulong d3 = f3 << 1;
        ulong d4 = f4 << 1;
        ulong d5 = f5 << 1;
        ulong d6 = f6 << 1;
        ulong d7 = f7 << 1;
        ulong d8 = f8 << 1;
        ulong d9 = f9 << 1;

        ulong c = f0 * f0 + 19 * (d1 * d9 + d2 * f8 + d3 * d7 + d4 * f6 + d5 * f5);
        ulong r0 = c & even;
        c = (c >> 26) + d0 * f1 + 19 * (d2 * f9 + d3 * f8 + d4 * f7 + d5 * f6);
        ulong r1 = c & odd;
        c = (c >> 25) + d0 * f2 + d1 * f1 + 19 * (d3 * d9 + d4 * f8 + d5 * d7 + f6 * f6);
        r[2] = c & even;
        c = (c >> 26) + d0 * f3 + d1 * f2 + 19 * (d4 * f9 + d5 * f8 + d6 * f7);
        r[3] = c & odd;
        c = (c >> 25) + d0 * f4 + d1 * d3 + f2 * f2 + 19 * (d5 * d9 + d6 * f8 + d7 * f7);
        r[4] = c & even;
        c = (c >> 26) + d0 * f5 + d1 * f4 + d2 * f3 + 19 * (d6 * f9 + d7 * f8);
        r[5] = c & odd;
        c = (c >> 25) + d0 * f6 + d1 * d5 + d2 * f4 + d3 * f3 + 19 * (d7 * d9 + f8 * f8);
        r[6] = c & even;
        c = (c >> 26) + d0 * f7 + d1 * f6 + d2 * f5 + d3 * f4 + 19 * (d8 * f9);
        r[7] = c & odd;
        c = (c >> 25) + d0 * f8 + d1 * d7 + d2 * f6 + d3 * d5 + f4 * f4 + 19 * (d9 * f9);
        r[8] = c & even;
        c = (c >> 26) + d0 * f9 + d1 * f8 + d2 * f7 + d3 * f6 + d4 * f5;
        r[9] = c & odd;
        c = r0 + 19 * (c >> 25);
        r[0] = c & even;
        r[1] = r1 + (c >> 26);
    }
}
