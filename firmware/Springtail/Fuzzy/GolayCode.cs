using System;

namespace Springtail.Fuzzy;

/// <summary>
/// The extended Golay code (24,12): the cyclic code of x^11 + x^10 + x^6 + x^5 + x^4 + x^2 + 1, then a parity bit. Any two words differ in 8 bits or more.
/// The 12 information bits are the highest of the word.
/// </summary>
internal sealed class GolayCode
{
    public const int Bits = 24;
    public const int InformationBits = 12;

    private const int Words = 1 << InformationBits;
    private const int Generator = 0xC75;

    // The words of one information bit each: a base.
    private readonly int[] _base = new int[InformationBits];

    // Sums of votes: of the lowest byte of a word at 0, of the next at 256, of the highest at 512.
    private readonly int[] _sums = new int[3 * 256];

    public GolayCode()
    {
        for (int i = 0; i < InformationBits; i++)
        {
            _base[i] = Encode(1 << i);
        }
    }

    /// <summary>The word of 12 bits.</summary>
    public static int Encode(int information)
    {
        int word = information << 11;
        int rest = word;
        for (int i = InformationBits - 1; i >= 0; i--)
        {
            rest ^= (Generator << i) & (0 - ((rest >> (i + 11)) & 1));
        }

        word |= rest;
        int parity = word ^ (word >> 16);
        parity ^= parity >> 8;
        parity ^= parity >> 4;
        parity ^= parity >> 2;
        parity ^= parity >> 1;
        return (word << 1) | (parity & 1);
    }

    /// <summary>
    /// The most likely words for what was received, by comparing all 4 096 (maximum likelihood, when errors come with the same chance everywhere).
    /// </summary>
    /// <param name="votes">For each bit of the word, the lowest first, how many of its copies say 1 less how many say 0.</param>
    /// <param name="information">Takes the information bits, the most likely first.</param>
    /// <param name="scores">Takes their scores: between two, half of their difference is how many copies more the better one explains.</param>
    /// <param name="offset">Where in both arrays.</param>
    /// <param name="count">How many to give.</param>
    public void Decode(int[] votes, int[] information, int[] scores, int offset, int count)
    {
        for (int part = 0; part < 3; part++)
        {
            for (int b = 1; b < 256; b++)
            {
                int lowest = 0;
                while (((b >> lowest) & 1) == 0)
                {
                    lowest++;
                }

                _sums[part * 256 + b] = _sums[part * 256 + (b & (b - 1))] + votes[part * 8 + lowest];
            }
        }

        int last = offset + count - 1;
        for (int i = offset; i <= last; i++)
        {
            scores[i] = int.MinValue;
        }

        // In the order of a Gray code, so that each word is the one before with one of the base added.
        int word = 0;
        int bits = 0;
        for (int i = 0; i < Words; i++)
        {
            if (i != 0)
            {
                int changed = 0;
                while (((i >> changed) & 1) == 0)
                {
                    changed++;
                }

                word ^= _base[changed];
                bits ^= 1 << changed;
            }

            int score = _sums[word & 0xFF] + _sums[256 + ((word >> 8) & 0xFF)] + _sums[512 + (word >> 16)];
            if (score > scores[last])
            {
                int at = last;
                while (at > offset && score > scores[at - 1])
                {
                    scores[at] = scores[at - 1];
                    information[at] = information[at - 1];
                    at--;
                }

                scores[at] = score;
                information[at] = bits;
            }
        }
    }

    public void Wipe()
    {
        Array.Clear(_sums, 0, _sums.Length);
    }
}
