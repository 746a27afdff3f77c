using System;

namespace Springtail.Crypto;

/// <summary>
/// SHA-256 (FIPS 180-4) and HMAC (RFC 2104) in C# for an interpreter, where an instruction costs much the same whatever it does:
/// rounds are unrolled, and the rotations of a word are shifts of one 64-bit number that holds it twice.
/// For one thread at a time. After a result nothing of the input is left in the instance.
/// </summary>
internal sealed class ManagedSha256 : ISha256
{
    public const int BlockSize = 64;
    public const int HashSize = 32;

    // x * Twice is x || x: the rotations of x are its shifts.
    private const ulong Twice = 0x0000000100000001;

    private const byte InnerPad = 0x36;
    private const byte OuterPad = 0x5C;

    private readonly uint[] _k;

    // The sixteen words of the schedule that are next.
    private readonly uint[] _w;
    private readonly uint[] _h = CryptoCore.NewSecretWords(8);
    private readonly byte[] _block;

    // The state after the block that begins the outer hash of an HMAC.
    private readonly uint[] _outer;
    private int _used;
    private ulong _length;

    /// <param name="constants">The round constants of <see cref="Constants"/>, shared by all instances.</param>
    public ManagedSha256(uint[] constants)
        : this(constants, CryptoCore.NewSecretWords(BlockSize / 4), CryptoCore.NewSecretWords(HashSize / 4), CryptoCore.NewSecret(BlockSize))
    {
    }

    /// <param name="constants">The round constants of <see cref="Constants"/>, shared by all instances.</param>
    /// <param name="words">Sixteen words to work in during a call; between calls others may.</param>
    /// <param name="outer">Eight words or more that hold the outer hash of an HMAC from its beginning to its end; at other times others may.</param>
    /// <param name="block">A block of bytes that holds input from the beginning of a hash to its end; at other times others may.</param>
    public ManagedSha256(uint[] constants, uint[] words, uint[] outer, byte[] block)
    {
        _block = block;
        _outer = outer;
        _k = constants;
        _w = words;
    }

    /// <summary>The round constants. Not a static field: the firmware would make it at every start, needed or not.</summary>
    public static uint[] Constants()
    {
        return new uint[]
        {
            0x428A2F98, 0x71374491, 0xB5C0FBCF, 0xE9B5DBA5, 0x3956C25B, 0x59F111F1, 0x923F82A4, 0xAB1C5ED5,
            0xD807AA98, 0x12835B01, 0x243185BE, 0x550C7DC3, 0x72BE5D74, 0x80DEB1FE, 0x9BDC06A7, 0xC19BF174,
            0xE49B69C1, 0xEFBE4786, 0x0FC19DC6, 0x240CA1CC, 0x2DE92C6F, 0x4A7484AA, 0x5CB0A9DC, 0x76F988DA,
            0x983E5152, 0xA831C66D, 0xB00327C8, 0xBF597FC7, 0xC6E00BF3, 0xD5A79147, 0x06CA6351, 0x14292967,
            0x27B70A85, 0x2E1B2138, 0x4D2C6DFC, 0x53380D13, 0x650A7354, 0x766A0ABB, 0x81C2C92E, 0x92722C85,
            0xA2BFE8A1, 0xA81A664B, 0xC24B8B70, 0xC76C51A3, 0xD192E819, 0xD6990624, 0xF40E3585, 0x106AA070,
            0x19A4C116, 0x1E376C08, 0x2748774C, 0x34B0BCB5, 0x391C0CB3, 0x4ED8AA4A, 0x5B9CCA4F, 0x682E6FF3,
            0x748F82EE, 0x78A5636F, 0x84C87814, 0x8CC70208, 0x90BEFFFA, 0xA4506CEB, 0xBEF9A3F7, 0xC67178F2,
        };
    }

    /// <summary>Begins a hash.</summary>
    public void Begin()
    {
        uint[] h = _h;
        h[0] = 0x6A09E667;
        h[1] = 0xBB67AE85;
        h[2] = 0x3C6EF372;
        h[3] = 0xA54FF53A;
        h[4] = 0x510E527F;
        h[5] = 0x9B05688C;
        h[6] = 0x1F83D9AB;
        h[7] = 0x5BE0CD19;
        _used = 0;
        _length = 0;
    }

    /// <summary>Takes in a range.</summary>
    public void Update(byte[] input, int offset, int count)
    {
        _length += (uint)count;
        if (_used != 0)
        {
            int taken = BlockSize - _used < count ? BlockSize - _used : count;
            Array.Copy(input, offset, _block, _used, taken);
            _used += taken;
            offset += taken;
            count -= taken;
            if (_used < BlockSize)
            {
                return;
            }

            Compress(_block, 0);
            _used = 0;
        }

        while (count >= BlockSize)
        {
            Compress(input, offset);
            offset += BlockSize;
            count -= BlockSize;
        }

        Array.Copy(input, offset, _block, 0, count);
        _used = count;
    }

    /// <summary>Writes the first <paramref name="count"/> bytes of the hash, a multiple of four up to 32, and forgets all.</summary>
    public void Finish(byte[] output, int outputOffset, int count)
    {
        Pad();
        WriteState(output, outputOffset, count);
        Wipe();
    }

    /// <inheritdoc/>
    public void Current(byte[] output, int outputOffset)
    {
        uint[] state = CryptoCore.NewSecretWords(8);
        byte[] block = CryptoCore.NewSecret(BlockSize);
        Array.Copy(_h, 0, state, 0, 8);
        Array.Copy(_block, 0, block, 0, BlockSize);
        Pad();
        WriteState(output, outputOffset, HashSize);
        Array.Copy(state, 0, _h, 0, 8);
        Array.Copy(block, 0, _block, 0, BlockSize);
    }

    /// <summary>Begins an HMAC.</summary>
    public void BeginHmac(byte[] key, int keyOffset, int keyCount)
    {
        byte[] block = _block;
        if (keyCount > BlockSize)
        {
            Begin();
            Update(key, keyOffset, keyCount);
            Pad();
            WriteState(block, 0, HashSize);
            keyCount = HashSize;
        }
        else
        {
            Array.Copy(key, keyOffset, block, 0, keyCount);
        }

        Array.Clear(block, keyCount, BlockSize - keyCount);
        BeginWithPad(OuterPad);
        Array.Copy(_h, 0, _outer, 0, _h.Length);
        BeginWithPad(OuterPad ^ InnerPad);
    }

    /// <summary>Writes the first <paramref name="count"/> bytes of the HMAC, a multiple of four up to 32, and forgets all, the key too.</summary>
    public void FinishHmac(byte[] output, int outputOffset, int count)
    {
        Pad();
        WriteState(_block, 0, HashSize);
        Array.Copy(_outer, 0, _h, 0, _h.Length);
        _used = HashSize;
        _length = BlockSize + HashSize;
        Finish(output, outputOffset, count);
    }

    /// <summary>
    /// A block of PBKDF2-HMAC-SHA256 (RFC 8018), 32 bytes: the password is compressed once for all iterations.
    /// </summary>
    public void Pbkdf2(byte[] output, byte[] password, byte[] salt, byte[] index, int iterations)
    {
        uint[] inner = CryptoCore.NewSecretWords(8);
        byte[] block = _block;
        BeginHmac(password, 0, password.Length);
        Array.Copy(_h, 0, inner, 0, 8);
        Update(salt, 0, salt.Length);
        Update(index, 0, index.Length);
        Pad();
        for (int i = 1; ; i++)
        {
            // Each half of an iteration is one block: 32 bytes of hash, the padding, the length of 96 bytes in bits.
            WriteState(block, 0, HashSize);
            Array.Clear(block, HashSize, BlockSize - HashSize);
            block[HashSize] = 0x80;
            block[BlockSize - 2] = (BlockSize + HashSize) * 8 >> 8;
            Array.Copy(_outer, 0, _h, 0, 8);
            Compress(block, 0);
            WriteState(block, 0, HashSize);
            for (int k = 0; k < HashSize; k++)
            {
                output[k] = (byte)(output[k] ^ block[k]);
            }

            if (i == iterations)
            {
                break;
            }

            Array.Copy(inner, 0, _h, 0, 8);
            Compress(block, 0);
        }

        Array.Clear(inner, 0, 8);
        Wipe();
    }

    private void Wipe()
    {
        Array.Clear(_w, 0, _w.Length);
        Array.Clear(_h, 0, _h.Length);
        Array.Clear(_block, 0, BlockSize);
        Array.Clear(_outer, 0, _outer.Length);
    }

    // Begins with the block of an HMAC's key, whose bytes are changed by a pad.
    private void BeginWithPad(int pad)
    {
        byte[] block = _block;
        for (int i = 0; i < BlockSize; i++)
        {
            block[i] = (byte)(block[i] ^ pad);
        }

        Begin();
        Compress(block, 0);
        _length = BlockSize;
    }

    // The padding: one bit, zeros, the length in bits.
    private void Pad()
    {
        byte[] block = _block;
        int used = _used;
        block[used++] = 0x80;
        if (used > BlockSize - 8)
        {
            Array.Clear(block, used, BlockSize - used);
            Compress(block, 0);
            used = 0;
        }

        Array.Clear(block, used, BlockSize - used);
        ulong bits = _length << 3;
        for (int i = BlockSize - 1; bits != 0; i--)
        {
            block[i] = (byte)bits;
            bits >>= 8;
        }

        Compress(block, 0);
    }

    private void WriteState(byte[] output, int offset, int count)
    {
        uint[] h = _h;
        for (int i = 0; i < count; i += 4)
        {
            uint word = h[i >> 2];
            output[offset + i] = (byte)(word >> 24);
            output[offset + i + 1] = (byte)(word >> 16);
            output[offset + i + 2] = (byte)(word >> 8);
            output[offset + i + 3] = (byte)word;
        }
    }

    private void Compress(byte[] input, int offset)
    {
        uint[] w = _w;
        uint[] k = _k;
        uint[] state = _h;
        ulong twice = Twice;
        ulong x;
        for (int i = 0; i < 16; i++)
        {
            w[i] = ((uint)input[offset] << 24) | ((uint)input[offset + 1] << 16) | ((uint)input[offset + 2] << 8) | input[offset + 3];
            offset += 4;
        }

        uint a = state[0];
        uint b = state[1];
        uint c = state[2];
        uint d = state[3];
        uint e = state[4];
        uint f = state[5];
        uint g = state[6];
        uint h = state[7];
        for (int i = 0; i < 64; i += 8)
        {
            int n = i & 8;
            if (i >= 16)
            {
                Extend(w, n);
            }

            x = e * twice;
            h += (uint)((x >> 6) ^ (x >> 11) ^ (x >> 25)) + (g ^ (e & (f ^ g))) + k[i] + w[n];
            d += h;
            x = a * twice;
            h += (uint)((x >> 2) ^ (x >> 13) ^ (x >> 22)) + ((a & b) | (c & (a | b)));

            x = d * twice;
            g += (uint)((x >> 6) ^ (x >> 11) ^ (x >> 25)) + (f ^ (d & (e ^ f))) + k[i + 1] + w[n + 1];
            c += g;
            x = h * twice;
            g += (uint)((x >> 2) ^ (x >> 13) ^ (x >> 22)) + ((h & a) | (b & (h | a)));

            x = c * twice;
            f += (uint)((x >> 6) ^ (x >> 11) ^ (x >> 25)) + (e ^ (c & (d ^ e))) + k[i + 2] + w[n + 2];
            b += f;
            x = g * twice;
            f += (uint)((x >> 2) ^ (x >> 13) ^ (x >> 22)) + ((g & h) | (a & (g | h)));

            x = b * twice;
            e += (uint)((x >> 6) ^ (x >> 11) ^ (x >> 25)) + (d ^ (b & (c ^ d))) + k[i + 3] + w[n + 3];
            a += e;
            x = f * twice;
            e += (uint)((x >> 2) ^ (x >> 13) ^ (x >> 22)) + ((f & g) | (h & (f | g)));

            x = a * twice;
            d += (uint)((x >> 6) ^ (x >> 11) ^ (x >> 25)) + (c ^ (a & (b ^ c))) + k[i + 4] + w[n + 4];
            h += d;
            x = e * twice;
            d += (uint)((x >> 2) ^ (x >> 13) ^ (x >> 22)) + ((e & f) | (g & (e | f)));

            x = h * twice;
            c += (uint)((x >> 6) ^ (x >> 11) ^ (x >> 25)) + (b ^ (h & (a ^ b))) + k[i + 5] + w[n + 5];
            g += c;
            x = d * twice;
            c += (uint)((x >> 2) ^ (x >> 13) ^ (x >> 22)) + ((d & e) | (f & (d | e)));

            x = g * twice;
            b += (uint)((x >> 6) ^ (x >> 11) ^ (x >> 25)) + (a ^ (g & (h ^ a))) + k[i + 6] + w[n + 6];
            f += b;
            x = c * twice;
            b += (uint)((x >> 2) ^ (x >> 13) ^ (x >> 22)) + ((c & d) | (e & (c | d)));

            x = f * twice;
            a += (uint)((x >> 6) ^ (x >> 11) ^ (x >> 25)) + (h ^ (f & (g ^ h))) + k[i + 7] + w[n + 7];
            e += a;
            x = b * twice;
            a += (uint)((x >> 2) ^ (x >> 13) ^ (x >> 22)) + ((b & c) | (d & (b | c)));
        }

        state[0] += a;
        state[1] += b;
        state[2] += c;
        state[3] += d;
        state[4] += e;
        state[5] += f;
        state[6] += g;
        state[7] += h;
    }

    // Eight words of the schedule take the place of those sixteen before them.
    private static void Extend(uint[] w, int from)
    {
        ulong twice = Twice;
        for (int i = from; i < from + 8; i++)
        {
            uint far = w[(i + 1) & 15];
            uint near = w[(i + 14) & 15];
            ulong x = far * twice;
            ulong y = near * twice;
            w[i] += w[(i + 9) & 15] + ((uint)((x >> 7) ^ (x >> 18)) ^ (far >> 3)) + ((uint)((y >> 17) ^ (y >> 19)) ^ (near >> 10));
        }
    }
}
