using System;

namespace Springtail.Peer.Fuzzy;

/// <summary>How the bits of a start-up differ from those that were enrolled.</summary>
internal enum Noise
{
    /// <summary>Each with the same chance.</summary>
    Independent,

    /// <summary>In runs of 8 to 64 neighbours, until so many have changed.</summary>
    Clusters,

    /// <summary>Most cells hardly ever, some almost always at random: the chance is half of the k-th power of a uniform number, k such that the mean fits.</summary>
    Unequal,

    /// <summary>Whole columns of a memory that is 32 bits wide.</summary>
    Columns,
}

/// <summary>An SRAM whose start-up bits a key is made from. The cells' values as enrolled are those that each prefers.</summary>
internal sealed class SimulatedMemory
{
    private const int Width = 32;

    private readonly Random _random;
    private readonly int _size;
    private readonly bool[] _cells;
    private readonly double[] _unequal;

    /// <param name="random">Its chance.</param>
    /// <param name="size">Bytes.</param>
    /// <param name="bias">The share of cells that prefer 1.</param>
    public SimulatedMemory(Random random, int size, double bias)
    {
        _random = random;
        _size = size;
        _cells = new bool[size * 8];
        _unequal = new double[size * 8];
        for (int i = 0; i < _cells.Length; i++)
        {
            _cells[i] = random.NextDouble() < bias;
            _unequal[i] = random.NextDouble();
        }
    }

    /// <summary>What is enrolled.</summary>
    public byte[] Enrolled => Bytes(_cells);

    /// <summary>A start-up.</summary>
    /// <param name="noise">How errors come.</param>
    /// <param name="rate">The share of bits in error, 0 to 0.5.</param>
    public byte[] Start(Noise noise, double rate)
    {
        bool[] bits = [.. _cells];
        switch (noise)
        {
            case Noise.Clusters:
                FlipRuns(bits, (int)Math.Round(rate * bits.Length));
                break;
            case Noise.Columns:
                FlipColumns(bits, (int)Math.Round(rate * Width));
                break;
            default:
                double power = rate == 0 ? 0 : 0.5 / rate - 1;
                for (int i = 0; i < bits.Length; i++)
                {
                    double chance = noise == Noise.Independent || rate == 0 ? rate : 0.5 * Math.Pow(_unequal[i], power);
                    bits[i] ^= _random.NextDouble() < chance;
                }

                break;
        }

        return Bytes(bits);
    }

    private void FlipRuns(bool[] bits, int left)
    {
        bool[] flipped = new bool[bits.Length];
        while (left > 0)
        {
            int at = _random.Next(bits.Length);
            for (int length = _random.Next(8, 65); length > 0 && left > 0; length--, at = (at + 1) % bits.Length)
            {
                left -= flipped[at] ? 0 : 1;
                bits[at] ^= !flipped[at];
                flipped[at] = true;
            }
        }
    }

    private void FlipColumns(bool[] bits, int columns)
    {
        int[] order = new int[Width];
        for (int i = 0; i < Width; i++)
        {
            order[i] = i;
        }

        _random.Shuffle(order);
        for (int i = 0; i < bits.Length; i++)
        {
            bits[i] ^= Array.IndexOf(order, i % Width) < columns;
        }
    }

    private byte[] Bytes(bool[] bits)
    {
        byte[] bytes = new byte[_size];
        for (int i = 0; i < bits.Length; i++)
        {
            bytes[i / 8] |= (byte)(bits[i] ? 0x80 >> (i % 8) : 0);
        }

        return bytes;
    }
}
