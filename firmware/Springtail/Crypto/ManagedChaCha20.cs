using System;

namespace Springtail.Crypto;

/// <summary>The ChaCha20 key stream (RFC 8439) in C#. For one thread at a time.</summary>
internal sealed class ManagedChaCha20
{
    public const int BlockSize = 64;

    // Constants, key, counter, nonce.
    private readonly uint[] _input = CryptoCore.NewSecretWords(16);

    // The key stream of the present block.
    private readonly uint[] _stream;

    /// <param name="words">Sixteen words to work in during a call; between calls others may.</param>
    public ManagedChaCha20(uint[] words)
    {
        _stream = words;
    }

    /// <summary>Sets key, nonce (12 bytes from <paramref name="nonceOffset"/>) and the counter of the next block.</summary>
    public void Begin(byte[] key, byte[] nonce, int nonceOffset, uint counter)
    {
        uint[] input = _input;
        input[0] = 0x61707865;
        input[1] = 0x3320646E;
        input[2] = 0x79622D32;
        input[3] = 0x6B206574;
        for (int i = 0; i < 8; i++)
        {
            input[4 + i] = ReadWord(key, 4 * i);
        }

        input[12] = counter;
        for (int i = 0; i < 3; i++)
        {
            input[13 + i] = ReadWord(nonce, nonceOffset + 4 * i);
        }
    }

    /// <summary>XORs a range with the key stream from the next block on.</summary>
    public void Xor(byte[] data, int offset, int count)
    {
        uint[] stream = _stream;
        while (count > 0)
        {
            NextBlock();
            int whole = count < BlockSize ? count >> 2 : BlockSize / 4;
            for (int i = 0; i < whole; i++)
            {
                uint word = stream[i];
                data[offset] = (byte)(data[offset] ^ word);
                data[offset + 1] = (byte)(data[offset + 1] ^ (word >> 8));
                data[offset + 2] = (byte)(data[offset + 2] ^ (word >> 16));
                data[offset + 3] = (byte)(data[offset + 3] ^ (word >> 24));
                offset += 4;
            }

            count -= whole * 4;
            if (count > 0 && whole < BlockSize / 4)
            {
                for (uint word = stream[whole]; count > 0; count--)
                {
                    data[offset] = (byte)(data[offset] ^ word);
                    word >>= 8;
                    offset++;
                }
            }
        }
    }

    /// <summary>Writes the first bytes of the next block's key stream, a multiple of four up to 64.</summary>
    public void Read(byte[] output, int count)
    {
        Array.Clear(output, 0, count);
        Xor(output, 0, count);
    }

    /// <summary>Forgets the key and the key stream.</summary>
    public void Wipe()
    {
        Array.Clear(_input, 0, _input.Length);
        Array.Clear(_stream, 0, _stream.Length);
    }

    private static uint ReadWord(byte[] bytes, int offset)
    {
        return bytes[offset] | ((uint)bytes[offset + 1] << 8) | ((uint)bytes[offset + 2] << 16) | ((uint)bytes[offset + 3] << 24);
    }

    private void NextBlock()
    {
        uint[] input = _input;
        uint[] stream = _stream;
        uint x0 = input[0];
        uint x1 = input[1];
        uint x2 = input[2];
        uint x3 = input[3];
        uint x4 = input[4];
        uint x5 = input[5];
        uint x6 = input[6];
        uint x7 = input[7];
        uint x8 = input[8];
        uint x9 = input[9];
        uint x10 = input[10];
        uint x11 = input[11];
        uint x12 = input[12];
        uint x13 = input[13];
        uint x14 = input[14];
        uint x15 = input[15];
        for (int i = 0; i < 10; i++)
        {
            x0 += x4;
            x12 ^= x0;
            x12 = (x12 << 16) | (x12 >> 16);
            x8 += x12;
            x4 ^= x8;
            x4 = (x4 << 12) | (x4 >> 20);
            x0 += x4;
            x12 ^= x0;
            x12 = (x12 << 8) | (x12 >> 24);
            x8 += x12;
            x4 ^= x8;
            x4 = (x4 << 7) | (x4 >> 25);

            x1 += x5;
            x13 ^= x1;
            x13 = (x13 << 16) | (x13 >> 16);
            x9 += x13;
            x5 ^= x9;
            x5 = (x5 << 12) | (x5 >> 20);
            x1 += x5;
            x13 ^= x1;
            x13 = (x13 << 8) | (x13 >> 24);
            x9 += x13;
            x5 ^= x9;
            x5 = (x5 << 7) | (x5 >> 25);

            x2 += x6;
            x14 ^= x2;
            x14 = (x14 << 16) | (x14 >> 16);
            x10 += x14;
            x6 ^= x10;
            x6 = (x6 << 12) | (x6 >> 20);
            x2 += x6;
            x14 ^= x2;
            x14 = (x14 << 8) | (x14 >> 24);
            x10 += x14;
            x6 ^= x10;
            x6 = (x6 << 7) | (x6 >> 25);

            x3 += x7;
            x15 ^= x3;
            x15 = (x15 << 16) | (x15 >> 16);
            x11 += x15;
            x7 ^= x11;
            x7 = (x7 << 12) | (x7 >> 20);
            x3 += x7;
            x15 ^= x3;
            x15 = (x15 << 8) | (x15 >> 24);
            x11 += x15;
            x7 ^= x11;
            x7 = (x7 << 7) | (x7 >> 25);

            x0 += x5;
            x15 ^= x0;
            x15 = (x15 << 16) | (x15 >> 16);
            x10 += x15;
            x5 ^= x10;
            x5 = (x5 << 12) | (x5 >> 20);
            x0 += x5;
            x15 ^= x0;
            x15 = (x15 << 8) | (x15 >> 24);
            x10 += x15;
            x5 ^= x10;
            x5 = (x5 << 7) | (x5 >> 25);

            x1 += x6;
            x12 ^= x1;
            x12 = (x12 << 16) | (x12 >> 16);
            x11 += x12;
            x6 ^= x11;
            x6 = (x6 << 12) | (x6 >> 20);
            x1 += x6;
            x12 ^= x1;
            x12 = (x12 << 8) | (x12 >> 24);
            x11 += x12;
            x6 ^= x11;
            x6 = (x6 << 7) | (x6 >> 25);

            x2 += x7;
            x13 ^= x2;
            x13 = (x13 << 16) | (x13 >> 16);
            x8 += x13;
            x7 ^= x8;
            x7 = (x7 << 12) | (x7 >> 20);
            x2 += x7;
            x13 ^= x2;
            x13 = (x13 << 8) | (x13 >> 24);
            x8 += x13;
            x7 ^= x8;
            x7 = (x7 << 7) | (x7 >> 25);

            x3 += x4;
            x14 ^= x3;
            x14 = (x14 << 16) | (x14 >> 16);
            x9 += x14;
            x4 ^= x9;
            x4 = (x4 << 12) | (x4 >> 20);
            x3 += x4;
            x14 ^= x3;
            x14 = (x14 << 8) | (x14 >> 24);
            x9 += x14;
            x4 ^= x9;
            x4 = (x4 << 7) | (x4 >> 25);
        }

        stream[0] = x0 + input[0];
        stream[1] = x1 + input[1];
        stream[2] = x2 + input[2];
        stream[3] = x3 + input[3];
        stream[4] = x4 + input[4];
        stream[5] = x5 + input[5];
        stream[6] = x6 + input[6];
        stream[7] = x7 + input[7];
        stream[8] = x8 + input[8];
        stream[9] = x9 + input[9];
        stream[10] = x10 + input[10];
        stream[11] = x11 + input[11];
        stream[12] = x12 + input[12];
        stream[13] = x13 + input[13];
        stream[14] = x14 + input[14];
        stream[15] = x15 + input[15];
        input[12]++;
    }
}
