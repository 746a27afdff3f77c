using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace Springtail.Shape;

/// <summary>Something that was asked of a survey.</summary>
/// <param name="Name">What has to hold.</param>
/// <param name="Holds">Whether it does.</param>
/// <param name="Figure">What was measured.</param>
internal sealed record Finding(string Name, bool Holds, string Figure);

/// <summary>What has to hold of sizes, times and bytes on the wire (PROTOCOL.md 1, 3.2, 3.4).</summary>
internal static class Judge
{
    public const int FirstPackets = 4;

    // From that many values on, the largest share is chance no longer: below it twice as much is allowed.
    private const int Many = 1000;
    private const double LargestShare = 0.05;

    // What a sender waited for at least that long was a timer's time, in ms; what is shorter, the delay of an acknowledgment.
    private const long Timer = 100;
    private const int FewestWaits = 50;

    // 255 degrees of freedom: the mean of chi-square and its deviation, and how many of these no offset of random bytes is off by.
    private const double Freedom = 255;
    private const double Deviations = 8;
    private const int LastBytes = 16;

    // Chance repeats none of so many bytes.
    private const int Window = 8;

    // Chance puts packets as far apart in about as many flows as it does a few ms more or less; what a timer fixes is in all.
    private const double LargestRhythm = 0.4;
    private const int Neighbours = 10;

    private static readonly Scene[] s_short = [Scene.Clock, Scene.Discovery];

    public static IEnumerable<Finding> Examine(Survey survey)
    {
        foreach (Finding finding in Lengths(survey, Scene.Handshake, FirstPackets).Append(Differences(survey)).Concat(Lengths(survey, Scene.Rekey, 2)))
        {
            yield return finding;
        }

        foreach (Scene scene in s_short)
        {
            foreach (Finding finding in Lengths(survey, scene, 2))
            {
                yield return finding;
            }
        }

        foreach (Scene scene in Enum.GetValues<Scene>())
        {
            foreach (Finding finding in Waits(survey, scene))
            {
                yield return finding;
            }

            if (scene >= Scene.SynUnanswered)
            {
                yield return Rhythm(survey, scene);
            }
        }

        yield return Repeats(survey);
        foreach ((Scene scene, int packets) in new[] { (Scene.Handshake, FirstPackets), (Scene.Rekey, 2), (Scene.Clock, 2), (Scene.Discovery, 2) })
        {
            yield return Offsets(survey, scene, packets);
        }
    }

    private static IEnumerable<Finding> Lengths(Survey survey, Scene scene, int packets)
    {
        List<Flow> flows = survey.Of(scene);
        for (int i = 0; i < packets; i++)
        {
            int[] lengths = [.. flows.Select(f => f.Packets[i].Length)];
            yield return Spread($"{scene}: no length of packet {i + 1} is common", lengths, n => n >= Many ? LargestShare : 2 * LargestShare, "bytes");
        }
    }

    // Lengths that depend on each other tell as much as one that is fixed.
    private static Finding Differences(Survey survey)
    {
        Finding? worst = null;
        List<Flow> flows = survey.Of(Scene.Handshake);
        for (int i = 0; i < FirstPackets; i++)
        {
            for (int k = 0; k < i; k++)
            {
                int[] differences = [.. flows.Select(f => f.Packets[i].Length - f.Packets[k].Length)];
                Finding found = Spread("Handshake: no difference of two lengths is common", differences, n => n >= Many ? LargestShare : 2 * LargestShare, "bytes");
                worst = worst == null || !found.Holds ? found : worst;
            }
        }

        return worst!;
    }

    // The first waits of each side by their place; what is sent at once waits for nothing.
    private static IEnumerable<Finding> Waits(Survey survey, Scene scene)
    {
        List<long[]> waits = [.. survey.Of(scene).Select(f => f.Packets.Skip(1).Where(p => p.Waited > 0).Select(p => p.Waited).ToArray())];
        for (int place = 0; place < FirstPackets; place++)
        {
            foreach (bool timers in new[] { true, false })
            {
                int[] values = [.. waits.Where(w => w.Length > place && w[place] >= Timer == timers).Select(w => (int)w[place])];
                if (values.Length >= FewestWaits)
                {
                    yield return Spread($"{scene}: no wait {place + 1}{(timers ? "" : " of an acknowledgment")} is fixed", values, _ => timers ? 3 * LargestShare : 0.5, "ms");
                }
            }
        }
    }

    // Also what is not one wait, but several together, such as an attempt's time; from what a side has sent or heard.
    private static Finding Rhythm(Survey survey, Scene scene)
    {
        List<Flow> flows = survey.Of(scene);
        Dictionary<long, int> apart = [];
        foreach (Flow flow in flows)
        {
            HashSet<long> times = [];
            foreach (Sighting later in flow.Packets)
            {
                times.UnionWith(flow.Packets.Select(p => later.At - (p.FromServer == later.FromServer ? p.At : p.HeardAt)).Where(t => t >= Timer));
            }

            foreach (long time in times)
            {
                apart[time] = apart.GetValueOrDefault(time) + 1;
            }
        }

        (long most, int count) = apart.MaxBy(a => Above(apart, a.Key));
        double share = Above(apart, most) / flows.Count;
        return new Finding(
            $"{scene}: no two packets are a fixed time apart", share <= LargestRhythm,
            string.Create(CultureInfo.InvariantCulture, $"{most} ms in {(double)count / flows.Count:0.0 %} of {flows.Count}, {share:0.0 %} above the times beside it"));
    }

    private static double Above(Dictionary<long, int> apart, long time)
    {
        int beside = 0;
        for (int i = 1; i <= Neighbours; i++)
        {
            beside += apart.GetValueOrDefault(time - i) + apart.GetValueOrDefault(time + i);
        }

        return apart[time] - beside / (2.0 * Neighbours);
    }

    private static Finding Repeats(Survey survey)
    {
        List<ulong> windows = [];
        HashSet<string> packets = [];
        int copies = 0;
        foreach (Sighting packet in survey.All.SelectMany(f => f.Packets))
        {
            copies += packets.Add(Convert.ToBase64String(packet.Bytes)) ? 0 : 1;
            for (int i = 0; i + Window <= packet.Length; i++)
            {
                windows.Add(BinaryPrimitives.ReadUInt64LittleEndian(packet.Bytes.AsSpan(i)));
            }
        }

        windows.Sort();
        int repeated = 0;
        for (int i = 1; i < windows.Count; i++)
        {
            repeated += windows[i] == windows[i - 1] ? 1 : 0;
        }

        return new Finding("no packet repeats another's bytes", copies + repeated == 0, $"{packets.Count} packets, {copies} copies; {windows.Count} times {Window} bytes, {repeated} seen before");
    }

    // No value of a byte, at no place from a packet's beginning or end, is more common than in random bytes.
    private static Finding Offsets(Survey survey, Scene scene, int packets)
    {
        List<Flow> flows = survey.Of(scene);
        double most = 0, least = 8;
        string where = "";
        int places = 0;
        for (int i = 0; i < packets; i++)
        {
            int shortest = flows.Min(f => f.Packets[i].Length);
            for (int offset = -LastBytes; offset < shortest; offset++, places++)
            {
                int[] counts = new int[256];
                foreach (Flow flow in flows)
                {
                    byte[] bytes = flow.Packets[i].Bytes;
                    counts[bytes[offset < 0 ? bytes.Length + offset : offset]]++;
                }

                double mean = flows.Count / 256.0;
                double off = (counts.Sum(c => (c - mean) * (c - mean) / mean) - Freedom) / Math.Sqrt(2 * Freedom);
                least = Math.Min(least, -counts.Where(c => c != 0).Sum(c => (double)c / flows.Count * Math.Log2((double)c / flows.Count)));
                if (off > most)
                {
                    most = off;
                    where = $"packet {i + 1}, byte {offset}";
                }
            }
        }

        return new Finding(
            $"{scene}: no byte at any offset tells it", most < Deviations,
            string.Create(CultureInfo.InvariantCulture, $"{places} offsets, {most:0.0} deviations at the most ({where}); entropy of {flows.Count} bytes at the least {least:0.00} bits, of random ones {RandomEntropy(flows.Count, places):0.00}"));
    }

    // What random bytes come to: so few cannot show eight bits.
    private static double RandomEntropy(int samples, int places)
    {
        Random random = new(samples);
        double least = 8;
        for (int place = 0; place < places; place++)
        {
            int[] counts = new int[256];
            for (int i = 0; i < samples; i++)
            {
                counts[random.Next(256)]++;
            }

            least = Math.Min(least, -counts.Where(c => c != 0).Sum(c => (double)c / samples * Math.Log2((double)c / samples)));
        }

        return least;
    }

    private static Finding Spread(string name, int[] values, Func<int, double> limit, string unit)
    {
        (int value, int count) = values.GroupBy(v => v).Select(g => (g.Key, g.Count())).MaxBy(g => g.Item2);
        double share = (double)count / values.Length;
        return new Finding(
            name, share <= limit(values.Length),
            string.Create(CultureInfo.InvariantCulture, $"{values.Length} from {values.Min()} to {values.Max()} {unit}, {values.Distinct().Count()} different; {share:0.0 %} are {value}"));
    }
}
