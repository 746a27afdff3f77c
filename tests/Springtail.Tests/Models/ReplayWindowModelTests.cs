using System.Collections.Generic;
using CsCheck;
using Springtail.Delivery;
using Xunit;

namespace Springtail.Tests.Models;

/// <summary>PROTOCOL.md 3.1 and 3.3: what was seen is seen, what is 1 024 below the highest counts as seen, and a low half stands for the nearest number.</summary>
public sealed class ReplayWindowModelTests
{
    private static readonly Gen<long> s_step = Gen.Frequency(
        (6, Gen.Long[-3, 3]),
        (6, Gen.Long[-40, 40]),
        (4, Gen.Long[-1100, 1100]),
        (2, Gen.Long[1000, 1050]),
        (1, Gen.Long[-1050, -1000]),
        (1, Gen.Long[(1L << 31) - 2, (1L << 31) + 2]),
        (1, Gen.Long[0, uint.MaxValue]));

    private static readonly Gen<ulong> s_initial = Gen.OneOf(Gen.ULong[0, 2000], Gen.ULong[(1UL << 32) - 2000, (1UL << 32) + 10], Gen.ULong[0, uint.MaxValue]);

    [Fact]
    public void The_replay_window_does_what_a_set_of_numbers_does()
    {
        Model.Hold(Gen.Select(s_initial, s_step.Array[0, 120]), c => Check(c.Item1, c.Item2), c => $"{c.Item1}: {string.Join(' ', c.Item2)}", 1500);
    }

    private static void Check(ulong initial, long[] steps)
    {
        ReplayWindow window = new(initial);
        HashSet<ulong> seen = [initial];
        ulong highest = initial;
        foreach (long step in steps)
        {
            uint sequence = unchecked((uint)highest + (uint)step);
            bool exists = Nearest(sequence, highest, initial, out ulong number);
            Model.Same((exists, number), (window.Extend(sequence, out ulong extended), extended));
            if (!exists)
            {
                continue;
            }

            bool old = IsOld(number, highest, seen);
            Model.Same(old, window.Contains(number));
            if (!old)
            {
                window.Add(number);
                seen.Add(number);
                highest = ulong.Max(highest, number);
            }

            Model.Same(highest, window.Highest);
            Model.Same(Sack(highest, initial, seen), window.SackBitmap());
        }

        for (ulong back = 0; back <= 1100 && back <= highest; back++)
        {
            Model.Same(IsOld(highest - back, highest, seen), window.Contains(highest - back));
        }
    }

    private static bool IsOld(ulong number, ulong highest, HashSet<ulong> seen) => number + 1024 <= highest || seen.Contains(number);

    // Of the three numbers around the highest that have this low half the nearest; of two at one distance the larger.
    private static bool Nearest(uint sequence, ulong highest, ulong initial, out ulong number)
    {
        System.Int128 nearest = -1;
        System.Int128 distance = System.Int128.MaxValue;
        for (int turn = 1; turn >= -1; turn--)
        {
            System.Int128 candidate = (((System.Int128)(highest >> 32) + turn) << 32) + sequence;
            System.Int128 away = System.Int128.Abs(candidate - highest);
            if (away < distance)
            {
                (nearest, distance) = (candidate, away);
            }
        }

        number = nearest < initial ? 0 : (ulong)nearest;
        return nearest >= initial;
    }

    private static uint Sack(ulong highest, ulong initial, HashSet<ulong> seen)
    {
        uint bitmap = 0;
        for (int i = 0; i < 32 && highest > initial + 1 + (ulong)i; i++)
        {
            bitmap |= seen.Contains(highest - 1 - (ulong)i) ? 1u << i : 0;
        }

        return bitmap;
    }
}
