using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace Springtail.Shape;

/// <summary>
/// One who learns from half of the handshakes, and as many flows of random UDP, and then says of the others which is which: naive Bayes over one kind of
/// feature. Half of his answers are right when there is nothing to learn.
/// </summary>
internal sealed class Observer
{
    // Four deviations of a guess's mean over the flows that are asked about: more than that is no chance.
    private const double Deviations = 4;

    private readonly Dictionary<(int Feature, int Value), (int Own, int Other)> _counts = [];
    private int _learnt;

    /// <summary>Tries each kind of feature; random UDP has the same sizes, by place or altogether, and bytes, directions and times of its own.</summary>
    public static IEnumerable<Finding> Try(Survey survey, int seed)
    {
        Random random = new(seed);
        List<Sighting[]> own = [.. survey.Of(Scene.Handshake).Where(f => f.Suite == 2).Select(f => f.Packets.Take(Judge.FirstPackets).ToArray())];
        List<Sighting[]> sized = [.. own.Select(_ => Random(random, own, place => place))];
        List<Sighting[]> mixed = [.. own.Select(_ => Random(random, own, _ => random.Next(Judge.FirstPackets)))];
        yield return Compare("bytes at their offsets", own, sized, Bytes, true);
        yield return Compare("bits set", own, sized, f => f.Select(p => p.Bytes.Sum(b => System.Numerics.BitOperations.PopCount(b)) * 16 / p.Length), true);
        yield return Compare("bytes that two packets have at one offset", own, sized, Pairs((a, b) => a.Bytes.Zip(b.Bytes).Count(z => z.First == z.Second)), true);
        yield return Compare("lengths together", own, sized, Pairs((a, b) => a.Length - b.Length), true);
        yield return Compare("lengths, each at its place", own, sized, f => f.Select(p => p.Length), true);
        yield return Compare("lengths, whatever their place", own, mixed, f => f.Select(p => p.Length / 8), false);
        yield return Compare("directions", own, mixed, f => f.Select(p => p.FromServer ? 1 : 0), false);
        List<Sighting[]> silent = [.. survey.Of(Scene.SynUnanswered).Select(f => f.Packets.Take(Judge.FirstPackets).ToArray())];
        List<Sighting[]> timed = [.. silent.Select(_ => Random(random, silent, place => place))];
        yield return Compare("times of a SYN without an answer", silent, timed, f => f.Skip(1).Select(p => (int)p.Waited / 50), false);
    }

    private static Finding Compare(string name, List<Sighting[]> own, List<Sighting[]> other, Func<Sighting[], IEnumerable<int>> features, bool hidden)
    {
        Observer observer = new();
        int half = own.Count / 2;
        for (int i = 0; i < half; i++)
        {
            observer.Learn(features(own[i]), true);
            observer.Learn(features(other[i]), false);
        }

        double right = 0;
        for (int i = half; i < own.Count; i++)
        {
            right += observer.Guess(features(own[i])) + (1 - observer.Guess(features(other[i])));
        }

        int asked = 2 * (own.Count - half);
        double share = right / asked;
        return new Finding(
            $"told from random UDP by {name}: {(hidden ? "no better than by guessing" : "what cannot be hidden")}",
            !hidden || share < 0.5 + (Deviations * Math.Sqrt(0.25 / asked)), string.Create(CultureInfo.InvariantCulture, $"{share:0.0 %} of {asked} right"));
    }

    // Directions by chance, times as of a sender without rhythm: waits of the same mean, each length of time as likely as it is then.
    private static Sighting[] Random(Random random, List<Sighting[]> like, Func<int, int> place)
    {
        Sighting[] flow = new Sighting[Judge.FirstPackets];
        long at = 0;
        for (int i = 0; i < flow.Length; i++)
        {
            byte[] bytes = new byte[like[random.Next(like.Count)][place(i)].Length];
            random.NextBytes(bytes);
            double mean = like.Average(f => f[i].Waited);
            long waited = (long)(-mean * Math.Log(1 - random.NextDouble()));
            at += waited;
            flow[i] = new Sighting(random.Next(2) == 0, at, at, waited, bytes);
        }

        return flow;
    }

    private static IEnumerable<int> Bytes(Sighting[] flow)
    {
        foreach (Sighting packet in flow)
        {
            for (int i = 0; i < 48; i++)
            {
                yield return packet.Bytes[i];
            }

            for (int i = 1; i <= 16; i++)
            {
                yield return packet.Bytes[^i];
            }
        }
    }

    private static Func<Sighting[], IEnumerable<int>> Pairs(Func<Sighting, Sighting, int> feature) =>
        flow => flow.SelectMany((a, i) => flow.Take(i).Select(b => feature(a, b)));

    private void Learn(IEnumerable<int> features, bool own)
    {
        _learnt++;
        int feature = 0;
        foreach (int value in features)
        {
            (int ours, int others) = _counts.GetValueOrDefault((feature, value));
            _counts[(feature++, value)] = own ? (ours + 1, others) : (ours, others + 1);
        }
    }

    // 1 for a handshake, 0 for random UDP, half of it when both are as likely.
    private double Guess(IEnumerable<int> features)
    {
        double likelihood = 0;
        int feature = 0;
        foreach (int value in features)
        {
            (int ours, int others) = _counts.GetValueOrDefault((feature++, value));
            likelihood += Math.Log((ours + 0.5) / (others + 0.5));
        }

        return likelihood > 0 ? 1 : likelihood < 0 ? 0 : 0.5;
    }
}
