using System;

namespace Springtail.Crypto;

/// <summary>
/// AES-256-GCM (FIPS 197, NIST SP 800-38D) in C#, for the few packets of an emergency: small before fast. The S-box is computed, four bytes of a
/// word at a time, and GHASH goes bit by bit under masks, so no secret is an index or decides a branch.
/// </summary>
internal sealed class ManagedGcm
{
    public const int TagSize = 16;

    private const int Rounds = 14;
    private const int KeyWords = 8;
    private const int BlockSize = 16;

    private readonly uint[] _keys = CryptoCore.NewSecretWords(4 * (Rounds + 1));
    private readonly uint[] _h = CryptoCore.NewSecretWords(4);
    private readonly uint[] _first = CryptoCore.NewSecretWords(4);
    private readonly uint[] _counter = CryptoCore.NewSecretWords(4);
    private readonly uint[] _state = CryptoCore.NewSecretWords(4);
    private readonly uint[] _work = CryptoCore.NewSecretWords(4);

    private ManagedGcm(byte[] key, byte[] iv)
    {
        ExpandKey(key);
        Encrypt(_h, _h);
        if (iv.Length == 12)
        {
            Load(_first, iv, 0, 12);
            _first[3] = 1;
        }
        else
        {
            Array.Clear(_state, 0, 4);
            Hash(iv, 0, iv.Length);
            HashLengths(0, iv.Length);
            Array.Copy(_state, 0, _first, 0, 4);
        }
    }

    /// <summary>Encrypts in place: <paramref name="size"/> bytes are the text and room for the tag.</summary>
    public static void Seal(byte[] data, int offset, int size, byte[] key, byte[] iv, byte[] additionalData)
    {
        ManagedGcm gcm = new ManagedGcm(key, iv);
        gcm.Xor(data, offset, size - TagSize);
        gcm.MakeTag(data, offset + size - TagSize, data, offset, size - TagSize, additionalData);
        gcm.Wipe();
    }

    /// <summary>Its inverse; false, and the text wiped, when the tag does not fit.</summary>
    public static bool Open(byte[] data, int offset, int size, byte[] key, byte[] iv, byte[] additionalData)
    {
        ManagedGcm gcm = new ManagedGcm(key, iv);
        byte[] tag = new byte[TagSize];
        gcm.MakeTag(tag, 0, data, offset, size - TagSize, additionalData);
        bool good = ConstantTime.Equal(tag, 0, data, offset + size - TagSize, TagSize);
        if (good)
        {
            gcm.Xor(data, offset, size - TagSize);
        }
        else
        {
            Array.Clear(data, offset, size - TagSize);
        }

        Array.Clear(tag, 0, TagSize);
        gcm.Wipe();
        return good;
    }

    private void Wipe()
    {
        Array.Clear(_keys, 0, _keys.Length);
        Array.Clear(_h, 0, 4);
        Array.Clear(_first, 0, 4);
        Array.Clear(_counter, 0, 4);
        Array.Clear(_state, 0, 4);
        Array.Clear(_work, 0, 4);
    }

    // The text's blocks are counted from the one after the first, which masks the tag.
    private void Xor(byte[] data, int offset, int count)
    {
        Array.Copy(_first, 0, _counter, 0, 4);
        for (; count > 0; offset += BlockSize, count -= BlockSize)
        {
            _counter[3]++;
            Encrypt(_state, _counter);
            for (int i = 0; i < BlockSize && i < count; i++)
            {
                data[offset + i] = (byte)(data[offset + i] ^ (_state[i >> 2] >> (24 - 8 * (i & 3))));
            }
        }
    }

    private void MakeTag(byte[] tag, int tagOffset, byte[] data, int offset, int count, byte[] additionalData)
    {
        Array.Clear(_state, 0, 4);
        Hash(additionalData, 0, additionalData.Length);
        Hash(data, offset, count);
        HashLengths(additionalData.Length, count);
        Encrypt(_counter, _first);
        for (int i = 0; i < TagSize; i++)
        {
            tag[tagOffset + i] = (byte)((_state[i >> 2] ^ _counter[i >> 2]) >> (24 - 8 * (i & 3)));
        }
    }

    // GHASH of a range, filled up with zeros to whole blocks.
    private void Hash(byte[] data, int offset, int count)
    {
        for (; count > 0; offset += BlockSize, count -= BlockSize)
        {
            Load(_work, data, offset, count < BlockSize ? count : BlockSize);
            for (int i = 0; i < 4; i++)
            {
                _state[i] ^= _work[i];
            }

            MultiplyByH();
        }
    }

    private void HashLengths(int first, int second)
    {
        _state[1] ^= (uint)first * 8u;
        _state[3] ^= (uint)second * 8u;
        MultiplyByH();
    }

    private static void Load(uint[] words, byte[] data, int offset, int count)
    {
        Array.Clear(words, 0, 4);
        for (int i = 0; i < count; i++)
        {
            words[i >> 2] |= (uint)data[offset + i] << (24 - 8 * (i & 3));
        }
    }

    // _state = _state * H in GF(2^128), where the first bit of a block is the coefficient of x^0.
    private void MultiplyByH()
    {
        uint v0 = _h[0];
        uint v1 = _h[1];
        uint v2 = _h[2];
        uint v3 = _h[3];
        uint z0 = 0;
        uint z1 = 0;
        uint z2 = 0;
        uint z3 = 0;
        for (int i = 0; i < 128; i++)
        {
            uint taken = 0u - ((_state[i >> 5] >> (31 - (i & 31))) & 1u);
            z0 ^= v0 & taken;
            z1 ^= v1 & taken;
            z2 ^= v2 & taken;
            z3 ^= v3 & taken;
            uint reduced = 0xE1000000u & (0u - (v3 & 1u));
            v3 = (v3 >> 1) | (v2 << 31);
            v2 = (v2 >> 1) | (v1 << 31);
            v1 = (v1 >> 1) | (v0 << 31);
            v0 = (v0 >> 1) ^ reduced;
        }

        _state[0] = z0;
        _state[1] = z1;
        _state[2] = z2;
        _state[3] = z3;
    }

    private void ExpandKey(byte[] key)
    {
        for (int i = 0; i < 32; i++)
        {
            _keys[i >> 2] |= (uint)key[i] << (24 - 8 * (i & 3));
        }

        uint round = 0x01000000u;
        for (int i = KeyWords; i < _keys.Length; i++)
        {
            uint word = _keys[i - 1];
            if (i % KeyWords == 0)
            {
                word = Substitute((word << 8) | (word >> 24)) ^ round;
                round <<= 1;
            }
            else if (i % KeyWords == 4)
            {
                word = Substitute(word);
            }

            _keys[i] = _keys[i - KeyWords] ^ word;
        }
    }

    // The four words are the columns; the first row is in their highest bytes.
    private void Encrypt(uint[] output, uint[] input)
    {
        uint a = input[0] ^ _keys[0];
        uint b = input[1] ^ _keys[1];
        uint c = input[2] ^ _keys[2];
        uint d = input[3] ^ _keys[3];
        for (int round = 1; round <= Rounds; round++)
        {
            a = Substitute(a);
            b = Substitute(b);
            c = Substitute(c);
            d = Substitute(d);
            uint e = ShiftRows(a, b, c, d);
            uint f = ShiftRows(b, c, d, a);
            uint g = ShiftRows(c, d, a, b);
            uint h = ShiftRows(d, a, b, c);
            bool mixed = round < Rounds;
            a = (mixed ? MixColumn(e) : e) ^ _keys[4 * round];
            b = (mixed ? MixColumn(f) : f) ^ _keys[4 * round + 1];
            c = (mixed ? MixColumn(g) : g) ^ _keys[4 * round + 2];
            d = (mixed ? MixColumn(h) : h) ^ _keys[4 * round + 3];
        }

        output[0] = a;
        output[1] = b;
        output[2] = c;
        output[3] = d;
    }

    private static uint ShiftRows(uint a, uint b, uint c, uint d)
    {
        return (a & 0xFF000000u) | (b & 0x00FF0000u) | (c & 0x0000FF00u) | (d & 0x000000FFu);
    }

    private static uint MixColumn(uint w)
    {
        uint twice = Double(w);
        uint thrice = twice ^ w;
        return twice ^ ((thrice << 8) | (thrice >> 24)) ^ ((w << 16) | (w >> 16)) ^ ((w << 24) | (w >> 8));
    }

    // The S-box over the four bytes of a word: the inverse in GF(2^8), which is the 254th power, then the affine map.
    private static uint Substitute(uint x)
    {
        uint x2 = Multiply(x, x);
        uint x3 = Multiply(x2, x);
        uint x6 = Multiply(x3, x3);
        uint x12 = Multiply(x6, x6);
        uint power = Multiply(x12, x3);
        for (int i = 0; i < 4; i++)
        {
            power = Multiply(power, power);
        }

        x = Multiply(Multiply(power, x12), x2);
        return x ^ Rotate(x, 1) ^ Rotate(x, 2) ^ Rotate(x, 3) ^ Rotate(x, 4) ^ 0x63636363u;
    }

    // Each byte turned left by n bits.
    private static uint Rotate(uint x, int n)
    {
        uint low = 0x01010101u * (0xFFu >> (8 - n));
        return ((x << n) & ~low) | ((x >> (8 - n)) & low);
    }

    // Byte by byte in GF(2^8).
    private static uint Multiply(uint a, uint b)
    {
        uint product = 0;
        for (int i = 0; i < 8; i++)
        {
            product ^= a & ((b & 0x01010101u) * 0xFFu);
            a = Double(a);
            b >>= 1;
        }

        return product;
    }

    private static uint Double(uint x) => ((x & 0x7F7F7F7Fu) << 1) ^ (((x >> 7) & 0x01010101u) * 0x1Bu);
}
