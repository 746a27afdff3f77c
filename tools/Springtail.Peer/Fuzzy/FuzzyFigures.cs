using System;

namespace Springtail.Peer.Fuzzy;

/// <summary>What can be calculated of a fuzzy extractor, beside what is measured.</summary>
internal static class FuzzyFigures
{
    // Words of the extended Golay code by weight, and the copies of each bit.
    private static readonly (int Weight, int Words)[] s_weights = [(8, 759), (12, 2576), (16, 759), (24, 1)];
    private const int Copies = 5;

    // Bits of a block's secret that the helper leaves, by the bias of the cells: found by experiment (FuzzyTests measures them again).
    private static readonly (double Bias, double Bits)[] s_left = [(0.50, 12.0), (0.52, 10.06), (0.54, 8.31), (0.56, 6.72), (0.58, 5.33), (0.60, 4.15)];

    /// <summary>
    /// The chance that, at that rate of independent errors, some block's likeliest word is not the right one: at most the sum over all other words of the chance that
    /// the errors explain that one better, or as well, and the choice falls on it. The extractor then still has its second choices.
    /// </summary>
    public static double FirstChoiceFails(double rate, int blocks)
    {
        double block = 0;
        foreach ((int weight, int words) in s_weights)
        {
            int bits = weight * Copies;
            double worse = 0;
            for (int errors = bits / 2; errors <= bits; errors++)
            {
                worse += Binomial(bits, errors, rate) * (errors * 2 == bits ? 0.5 : 1);
            }

            block += words * worse;
        }

        return 1 - Math.Pow(1 - Math.Min(1, block), blocks);
    }

    /// <summary>Bits of secret that are left to guess for somebody who has the helper and knows the bias, 0.4 to 0.6.</summary>
    public static double BitsLeft(double bias, int blocks)
    {
        double likelier = Math.Max(bias, 1 - bias);
        for (int i = 1; i < s_left.Length; i++)
        {
            if (likelier <= s_left[i].Bias + 1e-9)
            {
                double share = (likelier - s_left[i - 1].Bias) / (s_left[i].Bias - s_left[i - 1].Bias);
                return blocks * (s_left[i - 1].Bits + share * (s_left[i].Bits - s_left[i - 1].Bits));
            }
        }

        throw new ArgumentOutOfRangeException(nameof(bias));
    }

    private static double Binomial(int n, int k, double p)
    {
        double value = 1;
        for (int i = 1; i <= k; i++)
        {
            value *= p * (n - k + i) / i;
        }

        return value * Math.Pow(1 - p, n - k);
    }
}
