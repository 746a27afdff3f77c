using System;

namespace Springtail.Crypto;

/// <summary>
/// ECDH over P-256 (SP 800-56A), and the point operations of SPAKE2 (RFC 9382), in C#, in constant time: complete formulas of Renes, Costello and Batina (2015/1060, algorithms 4
/// and 6), which hold for every point, a window of four bits, and a table that is read whole.
/// <para>
/// A number modulo p is ten signed limbs of 27 bits in Montgomery form, R = 2^270. A product has limbs 0 to 8 in [0, 2^27) and a
/// value in (-p/50, 1.02 p). Sums and differences are not carried: where a factor may reach u products, and the other v, u * v is
/// at most 51, so that a column of ten stays within 63 bits.
/// </para>
/// </summary>
internal static class ManagedP256
{
    public const int KeySize = 32;
    public const int PublicKeySize = 64;

    private const int Limbs = 10;
    private const int LimbBits = 27;
    private const long Mask = 0x7FFFFFF;
    private const int TableSize = 16;

    // A point is three numbers, X, Y and Z, one after the other: x = X/Z, y = Y/Z; Z = 0 at infinity.
    private const int PointLimbs = 3 * Limbs;

    /// <summary>The public key X || Y of a private key; false when that is not in [1, n-1].</summary>
    public static bool Public(byte[] publicKey, byte[] privateKey)
    {
        return Multiply(publicKey, PublicKeySize, privateKey, null);
    }

    /// <summary>The X coordinate of the shared point; false for a bad private key, or for a public key that is not a point of the curve.</summary>
    public static bool Shared(byte[] secret, byte[] privateKey, byte[] peerPublicKey)
    {
        return Multiply(secret, KeySize, privateKey, peerPublicKey);
    }

    /// <summary>privateKey G + w blind, X || Y; false when a number is not in [1, n-1] or the sum is infinity.</summary>
    public static bool Share(byte[] share, byte[] w, byte[] privateKey, byte[] blind)
    {
        long[] table = CryptoCore.NewSecretLimbs(TableSize * PointLimbs);
        long[] point = CryptoCore.NewSecretLimbs(PointLimbs);
        Work work = new Work();
        bool good = IsPrivateKey(w) & IsPrivateKey(privateKey) & work.SetPoint(blind);
        if (good)
        {
            work.MultiplyPoint(table, w);
            work.Save(point);
            work.SetPoint(null);
            work.MultiplyPoint(table, privateKey);
            work.Load(point);
            work.AddPoint();
            good = !work.IsInfinity();
            work.Write(share, PublicKeySize);
        }

        Array.Clear(table, 0, table.Length);
        Array.Clear(point, 0, point.Length);
        work.Wipe();
        return good;
    }

    /// <summary>
    /// privateKey (share - w blind), X || Y; false when a number is not in [1, n-1], the share not a point of the curve, or the difference
    /// infinity.
    /// </summary>
    public static bool Unblind(byte[] output, byte[] w, byte[] privateKey, byte[] share, byte[] blind)
    {
        long[] table = CryptoCore.NewSecretLimbs(TableSize * PointLimbs);
        long[] point = CryptoCore.NewSecretLimbs(PointLimbs);
        Work work = new Work();
        bool good = IsPrivateKey(w) & IsPrivateKey(privateKey) & work.SetPoint(blind);
        if (good)
        {
            work.MultiplyPoint(table, w);
            work.Negate();
            good = work.SetPoint(share);
            work.AddPoint();
            good &= !work.IsInfinity();
        }

        if (good)
        {
            work.Save(point);
            work.Load(point);
            work.MultiplyPoint(table, privateKey);
            work.Write(output, PublicKeySize);
        }

        Array.Clear(table, 0, table.Length);
        Array.Clear(point, 0, point.Length);
        work.Wipe();
        return good;
    }

    /// <summary>n, 32 bytes, big-endian. Not a static field: the firmware would make it at every start, needed or not.</summary>
    public static byte[] Order()
    {
        return new byte[]
        {
            0xFF, 0xFF, 0xFF, 0xFF, 0x00, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
            0xBC, 0xE6, 0xFA, 0xAD, 0xA7, 0x17, 0x9E, 0x84, 0xF3, 0xB9, 0xCA, 0xC2, 0xFC, 0x63, 0x25, 0x51,
        };
    }

    /// <summary>True when a private key is in [1, n-1].</summary>
    public static bool IsPrivateKey(byte[] key)
    {
        byte[] order = Order();
        uint any = 0;
        uint borrow = 0;
        for (int i = KeySize - 1; i >= 0; i--)
        {
            any |= key[i];
            borrow = ((uint)key[i] - order[i] - borrow) >> 31;
        }

        return (((0u - any) >> 31) & borrow) != 0;
    }

    // Writes the first bytes of X || Y of a multiple of a point, the generator when it is null.
    private static bool Multiply(byte[] output, int count, byte[] scalar, byte[] point)
    {
        long[] table = CryptoCore.NewSecretLimbs(TableSize * PointLimbs);
        Work work = new Work();
        bool good = IsPrivateKey(scalar) & work.SetPoint(point);
        if (good)
        {
            work.MultiplyPoint(table, scalar);
            work.Write(output, count);
        }

        Array.Clear(table, 0, table.Length);
        work.Wipe();
        return good;
    }

    private static long[] Prime() => Constant(0);

    // 2^540 mod p: a product with it is in Montgomery form.
    private static long[] RSquared() => Constant(1);

    // 1, b and the generator in Montgomery form.
    private static long[] One() => Constant(2);

    private static long[] CurveB() => Constant(3);

    private static long[] GeneratorX() => Constant(4);

    private static long[] GeneratorY() => Constant(5);

    // In one table: on a device each takes a static field.
    private static long[] Constant(int place)
    {
        long[] all =
        {
            0x7FFFFFF, 0x7FFFFFF, 0x7FFFFFF, 0x7FFF, 0x0, 0x0, 0x0, 0x8, 0x7FFFF00, 0x1FFF,
            0x0, 0x6, 0x0, 0x7FFF800, 0x7FBFFFF, 0x7DFFFFF, 0x7FFFFFF, 0x7FFFFFF, 0x7FFFFDF, 0x9FF,
            0x4000, 0x0, 0x0, 0x0, 0x7FFFFFC, 0x7FFFFFF, 0x7FFFFFF, 0x7FDFFFF, 0x3FFFFF, 0x0,
            0x777F70C, 0x3114E25, 0xD89CDF, 0x38A8612, 0x3C01732, 0x976B56, 0x20ABF72, 0x6812E4, 0x7782DD2, 0x30,
            0x50F0624, 0x6A0C548, 0x179E730, 0xEBB6C0, 0x6EA57F1, 0x112883A, 0x732B776, 0x38CC2D6, 0x5AF71D5, 0x2FB,
            0x582A15C, 0x2BE74AA, 0x4DDF253, 0x6953C8B, 0x52AE390, 0xF992C5, 0x688DD2, 0x30A9AF1, 0x62ABE17, 0xFF8,
        };
        long[] constant = new long[Limbs];
        Array.Copy(all, place * Limbs, constant, 0, Limbs);
        return constant;
    }

    // Big-endian bytes as limbs, plain.
    private static void Read(long[] r, byte[] bytes, int offset)
    {
        ulong bits = 0;
        int held = 0;
        int limb = 0;
        for (int i = KeySize - 1; i >= 0; i--)
        {
            bits |= (ulong)bytes[offset + i] << held;
            held += 8;
            if (held >= LimbBits)
            {
                r[limb++] = (long)(bits & 0x7FFFFFF);
                bits >>= LimbBits;
                held -= LimbBits;
            }
        }

        r[limb] = (long)bits;
    }

    // Carries all limbs but the last into [0, 2^27); the last holds the sign.
    private static void Carry(long[] r)
    {
        long c = 0;
        for (int i = 0; i < Limbs - 1; i++)
        {
            c += r[i];
            r[i] = c & Mask;
            c >>= LimbBits;
        }

        r[Limbs - 1] += c;
    }

    // in: (-p, 2p), plain or not. out: [0, p), carried.
    private static void Normalise(long[] r, long[] prime)
    {
        // Twice: add p when negative. Once more p is taken off before, so that what was p or more has it off.
        Subtract(r, r, prime);
        AddIfNegative(r, prime);
        AddIfNegative(r, prime);
    }

    private static void AddIfNegative(long[] r, long[] prime)
    {
        Carry(r);
        long negative = r[Limbs - 1] >> 63;
        for (int i = 0; i < Limbs; i++)
        {
            r[i] += prime[i] & negative;
        }

        Carry(r);
    }

    private static bool IsZero(long[] normalised)
    {
        long any = 0;
        for (int i = 0; i < Limbs; i++)
        {
            any |= normalised[i];
        }

        return any == 0;
    }

    private static void Add(long[] r, long[] a, long[] b)
    {
        r[0] = a[0] + b[0];
        r[1] = a[1] + b[1];
        r[2] = a[2] + b[2];
        r[3] = a[3] + b[3];
        r[4] = a[4] + b[4];
        r[5] = a[5] + b[5];
        r[6] = a[6] + b[6];
        r[7] = a[7] + b[7];
        r[8] = a[8] + b[8];
        r[9] = a[9] + b[9];
    }

    private static void Subtract(long[] r, long[] a, long[] b)
    {
        r[0] = a[0] - b[0];
        r[1] = a[1] - b[1];
        r[2] = a[2] - b[2];
        r[3] = a[3] - b[3];
        r[4] = a[4] - b[4];
        r[5] = a[5] - b[5];
        r[6] = a[6] - b[6];
        r[7] = a[7] - b[7];
        r[8] = a[8] - b[8];
        r[9] = a[9] - b[9];
    }

    // r = a b / R. Column k is cleared by adding m times p = 2^256 - 2^224 + 2^192 + 2^96 - 1: -m takes the column's low bits away,
    // the other powers fall into columns k + 9, k + 8, k + 7 and k + 3. r may be a or b.
    private static void Multiply(long[] r, long[] a, long[] b)
    {
        long mask = Mask;
        long a0 = a[0];
        long a1 = a[1];
        long a2 = a[2];
        long a3 = a[3];
        long a4 = a[4];
        long a5 = a[5];
        long a6 = a[6];
        long a7 = a[7];
        long a8 = a[8];
        long a9 = a[9];
        long b0 = b[0];
        long b1 = b[1];
        long b2 = b[2];
        long b3 = b[3];
        long b4 = b[4];
        long b5 = b[5];
        long b6 = b[6];
        long b7 = b[7];
        long b8 = b[8];
        long b9 = b[9];

        long c = a0 * b0;
        long m0 = c & mask;
        c = (c >> 27) + a0 * b1 + a1 * b0;
        long m1 = c & mask;
        c = (c >> 27) + a0 * b2 + a1 * b1 + a2 * b0;
        long m2 = c & mask;
        c = (c >> 27) + a0 * b3 + a1 * b2 + a2 * b1 + a3 * b0 + (m0 << 15);
        long m3 = c & mask;
        c = (c >> 27) + a0 * b4 + a1 * b3 + a2 * b2 + a3 * b1 + a4 * b0 + (m1 << 15);
        long m4 = c & mask;
        c = (c >> 27) + a0 * b5 + a1 * b4 + a2 * b3 + a3 * b2 + a4 * b1 + a5 * b0 + (m2 << 15);
        long m5 = c & mask;
        c = (c >> 27) + a0 * b6 + a1 * b5 + a2 * b4 + a3 * b3 + a4 * b2 + a5 * b1 + a6 * b0 + (m3 << 15);
        long m6 = c & mask;
        c = (c >> 27) + a0 * b7 + a1 * b6 + a2 * b5 + a3 * b4 + a4 * b3 + a5 * b2 + a6 * b1 + a7 * b0 + (m4 << 15) + (m0 << 3);
        long m7 = c & mask;
        c = (c >> 27) + a0 * b8 + a1 * b7 + a2 * b6 + a3 * b5 + a4 * b4 + a5 * b3 + a6 * b2 + a7 * b1 + a8 * b0 + (m5 << 15) + (m1 << 3) - (m0 << 8);
        long m8 = c & mask;
        c = (c >> 27) + a0 * b9 + a1 * b8 + a2 * b7 + a3 * b6 + a4 * b5 + a5 * b4 + a6 * b3 + a7 * b2 + a8 * b1 + a9 * b0 + (m6 << 15) + (m2 << 3) - (m1 << 8) + (m0 << 13);
        long m9 = c & mask;
        c = (c >> 27) + a1 * b9 + a2 * b8 + a3 * b7 + a4 * b6 + a5 * b5 + a6 * b4 + a7 * b3 + a8 * b2 + a9 * b1 + (m7 << 15) + (m3 << 3) - (m2 << 8) + (m1 << 13);
        r[0] = c & mask;
        c = (c >> 27) + a2 * b9 + a3 * b8 + a4 * b7 + a5 * b6 + a6 * b5 + a7 * b4 + a8 * b3 + a9 * b2 + (m8 << 15) + (m4 << 3) - (m3 << 8) + (m2 << 13);
        r[1] = c & mask;
        c = (c >> 27) + a3 * b9 + a4 * b8 + a5 * b7 + a6 * b6 + a7 * b5 + a8 * b4 + a9 * b3 + (m9 << 15) + (m5 << 3) - (m4 << 8) + (m3 << 13);
        r[2] = c & mask;
        c = (c >> 27) + a4 * b9 + a5 * b8 + a6 * b7 + a7 * b6 + a8 * b5 + a9 * b4 + (m6 << 3) - (m5 << 8) + (m4 << 13);
        r[3] = c & mask;
        c = (c >> 27) + a5 * b9 + a6 * b8 + a7 * b7 + a8 * b6 + a9 * b5 + (m7 << 3) - (m6 << 8) + (m5 << 13);
        r[4] = c & mask;
        c = (c >> 27) + a6 * b9 + a7 * b8 + a8 * b7 + a9 * b6 + (m8 << 3) - (m7 << 8) + (m6 << 13);
        r[5] = c & mask;
        c = (c >> 27) + a7 * b9 + a8 * b8 + a9 * b7 + (m9 << 3) - (m8 << 8) + (m7 << 13);
        r[6] = c & mask;
        c = (c >> 27) + a8 * b9 + a9 * b8 - (m9 << 8) + (m8 << 13);
        r[7] = c & mask;
        c = (c >> 27) + a9 * b9 + (m9 << 13);
        r[8] = c & mask;
        r[9] = c >> 27;
    }

    // The numbers of one multiplication. Comments give how many products a factor may reach, below and above 0.
    private sealed class Work
    {
        private readonly long[] _x = CryptoCore.NewSecretLimbs(Limbs);
        private readonly long[] _y = CryptoCore.NewSecretLimbs(Limbs);
        private readonly long[] _z = CryptoCore.NewSecretLimbs(Limbs);
        private readonly long[] _x2 = CryptoCore.NewSecretLimbs(Limbs);
        private readonly long[] _y2 = CryptoCore.NewSecretLimbs(Limbs);
        private readonly long[] _z2 = CryptoCore.NewSecretLimbs(Limbs);
        private readonly long[] _t0 = CryptoCore.NewSecretLimbs(Limbs);
        private readonly long[] _t1 = CryptoCore.NewSecretLimbs(Limbs);
        private readonly long[] _t2 = CryptoCore.NewSecretLimbs(Limbs);
        private readonly long[] _t3 = CryptoCore.NewSecretLimbs(Limbs);
        private readonly long[] _t4 = CryptoCore.NewSecretLimbs(Limbs);
        private readonly long[] _u = CryptoCore.NewSecretLimbs(Limbs);
        private readonly long[] _v = CryptoCore.NewSecretLimbs(Limbs);
        private readonly long[] _w = CryptoCore.NewSecretLimbs(Limbs);
        private readonly long[] _b = CurveB();

        // Takes X || Y, which must be below p and on the curve, or null for the generator. The point is no secret.
        public bool SetPoint(byte[] point)
        {
            Array.Copy(One(), 0, _z2, 0, Limbs);
            if (point == null)
            {
                Array.Copy(GeneratorX(), 0, _x2, 0, Limbs);
                Array.Copy(GeneratorY(), 0, _y2, 0, Limbs);
                return true;
            }

            long[] prime = Prime();
            long[] toMontgomery = RSquared();
            Read(_x2, point, 0);
            Read(_y2, point, KeySize);
            bool below = IsBelow(_x2, prime) & IsBelow(_y2, prime);
            Multiply(_x2, _x2, toMontgomery);
            Multiply(_y2, _y2, toMontgomery);

            // y^2 - (x^2 - 3) x - b
            Multiply(_t0, _x2, _x2);
            Subtract(_t0, _t0, _z2);
            Subtract(_t0, _t0, _z2);
            Subtract(_t0, _t0, _z2);
            Multiply(_t0, _t0, _x2);
            Multiply(_t1, _y2, _y2);
            Subtract(_t1, _t1, _t0);
            Subtract(_t1, _t1, _b);

            // A product with 1 brings it near p.
            Multiply(_t1, _t1, _z2);
            Normalise(_t1, prime);
            return below & IsZero(_t1);
        }

        // Takes a point that was saved.
        public void Load(long[] point)
        {
            Array.Copy(point, 0, _x2, 0, Limbs);
            Array.Copy(point, Limbs, _y2, 0, Limbs);
            Array.Copy(point, 2 * Limbs, _z2, 0, Limbs);
        }

        // The sum, which AddPoint left.
        public void Save(long[] point)
        {
            Array.Copy(_x, 0, point, 0, Limbs);
            Array.Copy(_y, 0, point, Limbs, Limbs);
            Array.Copy(_z, 0, point, 2 * Limbs, Limbs);
        }

        // The sum becomes a multiple of the point.
        public void MultiplyPoint(long[] table, byte[] scalar)
        {
            MakeTable(table);
            for (int i = 0; i < 2 * KeySize; i++)
            {
                if (i != 0)
                {
                    DoublePoint();
                    DoublePoint();
                    DoublePoint();
                    DoublePoint();
                }

                uint window = ((uint)scalar[i >> 1] >> ((i & 1) == 0 ? 4 : 0)) & 0x0F;
                Select(table, window);
                AddPoint();
            }
        }

        // y of the sum: (-2, 0)
        public void Negate()
        {
            for (int i = 0; i < Limbs; i++)
            {
                _y[i] = 0 - _y[i];
            }
        }

        public bool IsInfinity()
        {
            Multiply(_t1, _z, One());
            Normalise(_t1, Prime());
            return IsZero(_t1);
        }

        // The multiples 0 to 15 of the point; then the sum is 0.
        private void MakeTable(long[] table)
        {
            SetInfinity();
            for (int i = 0; i < TableSize; i++)
            {
                Array.Copy(_x, 0, table, i * PointLimbs, Limbs);
                Array.Copy(_y, 0, table, i * PointLimbs + Limbs, Limbs);
                Array.Copy(_z, 0, table, i * PointLimbs + 2 * Limbs, Limbs);
                AddPoint();
            }

            SetInfinity();
        }

        // The point to add is entry `window` of the table. All of it is read.
        private void Select(long[] table, uint window)
        {
            Array.Clear(_x2, 0, Limbs);
            Array.Clear(_y2, 0, Limbs);
            Array.Clear(_z2, 0, Limbs);
            int at = 0;
            for (uint i = 0; i < TableSize; i++)
            {
                // 1 when i is the window, and from it a mask.
                uint same = ((i ^ window) - 1) >> 31;
                long mask = 0L - same;
                at = SelectNumber(_x2, table, at, mask);
                at = SelectNumber(_y2, table, at, mask);
                at = SelectNumber(_z2, table, at, mask);
            }
        }

        // Algorithm 4: (x, y, z) += (x2, y2, z2). in: each at most 2, z 4. out: x (-1, 1), y (0, 2), z (0, 2).
        public void AddPoint()
        {
            long[] x = _x;
            long[] y = _y;
            long[] z = _z;
            long[] t0 = _t0;
            long[] t1 = _t1;
            long[] t2 = _t2;
            long[] u = _u;
            long[] v = _v;
            long[] w = _w;
            Multiply(t0, x, _x2);
            Multiply(t1, y, _y2);
            Multiply(t2, z, _z2);

            // t3 = x1 y2 + x2 y1, t4 = y1 z2 + y2 z1, u = x1 z2 + x2 z1: (-2, 1)
            CrossProduct(_t3, x, y, _x2, _y2, t0, t1);
            CrossProduct(_t4, y, z, _y2, _z2, t1, t2);
            CrossProduct(u, x, z, _x2, _z2, t0, t2);

            // v = 3 (u - b t2): (-9, 3)
            Multiply(v, _b, t2);
            Subtract(v, u, v);
            Triple(v, v);

            // w = 3 (b u - 3 t2 - t0): (-12, 3); t0 = 3 (t0 - t2): (-3, 3)
            Triple(t2, t2);
            Multiply(w, _b, u);
            Subtract(w, w, t2);
            Subtract(w, w, t0);
            Triple(w, w);
            Triple(t0, t0);
            Subtract(t0, t0, t2);

            // u = t1 + v and v = t1 - v, both carried to 1: else their product were too large.
            Add(u, t1, v);
            Subtract(v, t1, v);
            Carry(u);
            Carry(v);

            Multiply(y, u, v);
            Multiply(t1, t0, w);
            Add(y, y, t1);
            Multiply(x, _t3, u);
            Multiply(t1, _t4, w);
            Subtract(x, x, t1);
            Multiply(z, _t4, v);
            Multiply(t1, _t3, t0);
            Add(z, z, t1);
        }

        // Algorithm 6: (x, y, z) doubled. in: as AddPoint takes and gives them. out: x (-1, 1), y (0, 2), z (0, 4).
        private void DoublePoint()
        {
            long[] x = _x;
            long[] y = _y;
            long[] z = _z;
            long[] t0 = _t0;
            long[] t1 = _t1;
            long[] t2 = _t2;
            long[] t3 = _t3;
            long[] u = _u;
            long[] v = _v;
            long[] w = _w;
            Multiply(t0, x, x);
            Multiply(t1, y, y);
            Multiply(t2, z, z);

            // t3 = 2 x y, u = 2 x z: 2
            Multiply(t3, x, y);
            Add(t3, t3, t3);
            Multiply(u, x, z);
            Add(u, u, u);

            // v = 3 (b t2 - u): (-6, 3); w = 3 (b u - 3 t2 - t0): (-12, 3); t0 = 3 (t0 - t2): (-3, 3)
            Multiply(v, _b, t2);
            Subtract(v, v, u);
            Triple(v, v);
            Triple(t2, t2);
            Multiply(w, _b, u);
            Subtract(w, w, t2);
            Subtract(w, w, t0);
            Triple(w, w);
            Triple(t0, t0);
            Subtract(t0, t0, t2);

            // u = 2 y z: 2, while y and z are still the old ones
            Multiply(u, y, z);
            Add(u, u, u);

            // x = (t1 - v) t3 - u w, y = (t1 + v) (t1 - v) + t0 w, with (-6, 4) times (-3, 7); z = 4 u t1
            Subtract(x, t1, v);
            Add(v, t1, v);
            Multiply(y, v, x);
            Multiply(t0, t0, w);
            Add(y, y, t0);
            Multiply(x, x, t3);
            Multiply(w, u, w);
            Subtract(x, x, w);
            Multiply(z, u, t1);
            Add(z, z, z);
            Add(z, z, z);
        }

        // The first bytes of x || y, affine.
        public void Write(byte[] output, int count)
        {
            Invert();
            Multiply(_x, _x, _z);
            Multiply(_y, _y, _z);
            WriteNumber(output, 0, _x);
            if (count > KeySize)
            {
                WriteNumber(output, KeySize, _y);
            }
        }

        public void Wipe()
        {
            Array.Clear(_x, 0, Limbs);
            Array.Clear(_y, 0, Limbs);
            Array.Clear(_z, 0, Limbs);
            Array.Clear(_x2, 0, Limbs);
            Array.Clear(_y2, 0, Limbs);
            Array.Clear(_z2, 0, Limbs);
            Array.Clear(_t0, 0, Limbs);
            Array.Clear(_t1, 0, Limbs);
            Array.Clear(_t2, 0, Limbs);
            Array.Clear(_t3, 0, Limbs);
            Array.Clear(_t4, 0, Limbs);
            Array.Clear(_u, 0, Limbs);
            Array.Clear(_v, 0, Limbs);
            Array.Clear(_w, 0, Limbs);
        }

        private void SetInfinity()
        {
            Array.Clear(_x, 0, Limbs);
            Array.Copy(One(), 0, _y, 0, Limbs);
            Array.Clear(_z, 0, Limbs);
        }

        // r = a1 b2 + a2 b1, from (a1 + b1) (a2 + b2) and the products of the a and of the b. out: (-2, 1)
        private void CrossProduct(long[] r, long[] a1, long[] b1, long[] a2, long[] b2, long[] a, long[] b)
        {
            Add(r, a1, b1);
            Add(_w, a2, b2);
            Multiply(r, r, _w);
            Subtract(r, r, a);
            Subtract(r, r, b);
        }

        // z = 1 / z, and 0 for 0, as z^(p - 2).
        private void Invert()
        {
            // The exponent in binary: 32 ones, 31 zeros, a one, 96 zeros, 94 ones, a zero, a one. It is no secret.
            long[] z = _z;
            long[] r = _t0;
            Array.Copy(z, 0, r, 0, Limbs);
            for (int bit = 254; bit >= 0; bit--)
            {
                Multiply(r, r, r);
                if (bit >= 224 || bit == 192 || (bit < 96 && bit != 1))
                {
                    Multiply(r, r, z);
                }
            }

            Array.Copy(r, 0, z, 0, Limbs);
        }

        private void WriteNumber(byte[] output, int offset, long[] number)
        {
            // A product with plain 1 leaves the Montgomery form.
            Array.Clear(_t1, 0, Limbs);
            _t1[0] = 1;
            Multiply(_t1, number, _t1);
            Normalise(_t1, Prime());
            ulong bits = 0;
            int held = 0;
            int limb = 0;
            for (int i = KeySize - 1; i >= 0; i--)
            {
                if (held < 8)
                {
                    bits |= (ulong)_t1[limb++] << held;
                    held += LimbBits;
                }

                output[offset + i] = (byte)bits;
                bits >>= 8;
                held -= 8;
            }
        }

        private static void Triple(long[] r, long[] a)
        {
            for (int i = 0; i < Limbs; i++)
            {
                r[i] = 3 * a[i];
            }
        }

        private static int SelectNumber(long[] r, long[] table, int at, long mask)
        {
            for (int i = 0; i < Limbs; i++)
            {
                r[i] |= table[at++] & mask;
            }

            return at;
        }

        private static bool IsBelow(long[] a, long[] b)
        {
            long c = 0;
            for (int i = 0; i < Limbs; i++)
            {
                c = (c + a[i] - b[i]) >> LimbBits;
            }

            return c != 0;
        }
    }
}
