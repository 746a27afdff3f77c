using System;

namespace Springtail.Crypto;

/// <summary>
/// Poly1305 as ChaCha20-Poly1305 uses it (RFC 8439, 2.8): over ranges that are each filled up to 16 bytes with zeros.
/// For one thread at a time.
/// </summary>
internal sealed class ManagedPoly1305
{
    public const int BlockSize = 16;

    /// <summary>Words that it works in.</summary>
    public const int Words = 14;

    private const ulong Mask26 = 0x3FFFFFF;

    // Where in _state they begin: the accumulator h and the multiplier r, five limbs of 26 bits each; and s, which is added at the end, as four words.
    private const int H = 0;
    private const int R = 5;
    private const int S = 10;

    private readonly uint[] _state;
    private readonly byte[] _block;

    /// <param name="words"><see cref="Words"/> words to work in from <see cref="Begin"/> to <see cref="Finish"/>; at other times others may.</param>
    /// <param name="block">A block or more of bytes, for the same.</param>
    public ManagedPoly1305(uint[] words, byte[] block)
    {
        _state = words;
        _block = block;
    }

    /// <summary>Begins with a one-time key: r and s, 16 bytes each.</summary>
    public void Begin(byte[] key)
    {
        ulong low = ReadU64(key, 0) & 0x0FFFFFFC0FFFFFFF;
        ulong high = ReadU64(key, 8) & 0x0FFFFFFC0FFFFFFC;
        uint[] state = _state;
        state[R] = (uint)(low & Mask26);
        state[R + 1] = (uint)((low >> 26) & Mask26);
        state[R + 2] = (uint)(((low >> 52) | (high << 12)) & Mask26);
        state[R + 3] = (uint)((high >> 14) & Mask26);
        state[R + 4] = (uint)(high >> 40);
        for (int i = 0; i < 4; i++)
        {
            state[S + i] = ReadU32(key, 16 + 4 * i);
        }

        Array.Clear(state, H, 5);
    }

    /// <summary>Takes in a range, filled up with zeros.</summary>
    public void Update(byte[] data, int offset, int count)
    {
        int whole = count & ~(BlockSize - 1);
        Blocks(data, offset, whole);
        if (count != whole)
        {
            Array.Clear(_block, 0, BlockSize);
            Array.Copy(data, offset + whole, _block, 0, count - whole);
            Blocks(_block, 0, BlockSize);
        }
    }

    /// <summary>Takes in the two lengths at the end, and writes the 16-byte tag; then forgets all.</summary>
    public void Finish(byte[] tag, int tagOffset, int additionalSize, int textSize)
    {
        Array.Clear(_block, 0, BlockSize);
        WriteU64(_block, 0, (ulong)(uint)additionalSize);
        WriteU64(_block, 8, (ulong)(uint)textSize);
        Blocks(_block, 0, BlockSize);

        // Carries run through once more, so that h < 2^130 with limbs of 26 bits.
        uint[] state = _state;
        ulong h0 = state[H];
        ulong h1 = state[H + 1];
        ulong h2 = state[H + 2] + (h1 >> 26);
        ulong h3 = state[H + 3] + (h2 >> 26);
        ulong h4 = state[H + 4] + (h3 >> 26);
        h0 += (h4 >> 26) * 5;
        h1 = (h1 & Mask26) + (h0 >> 26);
        h2 = (h2 & Mask26) + (h1 >> 26);
        h0 &= Mask26;
        h1 &= Mask26;
        h3 = (h3 & Mask26) + (h2 >> 26);
        h2 &= Mask26;
        h4 = (h4 & Mask26) + (h3 >> 26);
        h3 &= Mask26;

        // g = h + 5 - 2^130 is h - p; it is taken when it is not negative.
        ulong g0 = h0 + 5;
        ulong g1 = h1 + (g0 >> 26);
        ulong g2 = h2 + (g1 >> 26);
        ulong g3 = h3 + (g2 >> 26);
        ulong g4 = h4 + (g3 >> 26);
        ulong take = 0ul - (g4 >> 26);
        h0 ^= (h0 ^ (g0 & Mask26)) & take;
        h1 ^= (h1 ^ (g1 & Mask26)) & take;
        h2 ^= (h2 ^ (g2 & Mask26)) & take;
        h3 ^= (h3 ^ (g3 & Mask26)) & take;
        h4 ^= (h4 ^ (g4 & Mask26)) & take;

        ulong low = h0 | (h1 << 26) | (h2 << 52);
        ulong high = (h2 >> 12) | (h3 << 14) | (h4 << 40);
        ulong s = state[S] | ((ulong)state[S + 1] << 32);
        ulong sum = low + s;

        // The carry out of 64 bits, without a branch.
        high += (state[S + 2] | ((ulong)state[S + 3] << 32)) + (((low & s) | ((low | s) & ~sum)) >> 63);
        WriteU64(tag, tagOffset, sum);
        WriteU64(tag, tagOffset + 8, high);
        Wipe();
    }

    private void Wipe()
    {
        Array.Clear(_state, 0, _state.Length);
        Array.Clear(_block, 0, BlockSize);
    }

    // in and out: h limbs < 2^26 but for limb 1, which is < 2^26 + 2^14. Sums stay below 2^60.
    private void Blocks(byte[] data, int offset, int count)
    {
        uint[] state = _state;
        ulong mask = Mask26;
        ulong h0 = state[H];
        ulong h1 = state[H + 1];
        ulong h2 = state[H + 2];
        ulong h3 = state[H + 3];
        ulong h4 = state[H + 4];
        ulong r0 = state[R];
        ulong r1 = state[R + 1];
        ulong r2 = state[R + 2];
        ulong r3 = state[R + 3];
        ulong r4 = state[R + 4];
        for (int end = offset + count; offset < end; offset += BlockSize)
        {
            ulong low = ReadU64(data, offset);
            ulong high = ReadU64(data, offset + 8);
            h0 += low & mask;
            h1 += (low >> 26) & mask;
            h2 += ((low >> 52) | (high << 12)) & mask;
            h3 += (high >> 14) & mask;
            h4 += (high >> 40) | (1ul << 24);

            ulong d0 = h0 * r0 + (h1 * r4 + h2 * r3 + h3 * r2 + h4 * r1) * 5;
            ulong d1 = (d0 >> 26) + h0 * r1 + h1 * r0 + (h2 * r4 + h3 * r3 + h4 * r2) * 5;
            ulong d2 = (d1 >> 26) + h0 * r2 + h1 * r1 + h2 * r0 + (h3 * r4 + h4 * r3) * 5;
            ulong d3 = (d2 >> 26) + h0 * r3 + h1 * r2 + h2 * r1 + h3 * r0 + h4 * r4 * 5;
            ulong d4 = (d3 >> 26) + h0 * r4 + h1 * r3 + h2 * r2 + h3 * r1 + h4 * r0;
            d0 = (d0 & mask) + (d4 >> 26) * 5;
            h0 = d0 & mask;
            h1 = (d1 & mask) + (d0 >> 26);
            h2 = d2 & mask;
            h3 = d3 & mask;
            h4 = d4 & mask;
        }

        state[H] = (uint)h0;
        state[H + 1] = (uint)h1;
        state[H + 2] = (uint)h2;
        state[H + 3] = (uint)h3;
        state[H + 4] = (uint)h4;
    }

    private static ulong ReadU64(byte[] bytes, int offset)
    {
        return ReadU32(bytes, offset) | ((ulong)ReadU32(bytes, offset + 4) << 32);
    }

    private static uint ReadU32(byte[] bytes, int offset)
    {
        return bytes[offset] | ((uint)bytes[offset + 1] << 8) | ((uint)bytes[offset + 2] << 16) | ((uint)bytes[offset + 3] << 24);
    }

    private static void WriteU64(byte[] bytes, int offset, ulong value)
    {
        for (int i = 0; i < 8; i++)
        {
            bytes[offset + i] = (byte)value;
            value >>= 8;
        }
    }
}
