using System;
using System.Collections.Concurrent;
using System.Linq;
using System.Threading.Tasks;
using Springtail.Soak;
using Xunit;
using Xunit.Abstractions;

namespace Springtail.Tests.Simulation;

/// <summary>The soak in its short form (tools/soak goes on as long as it is told): each seed mixes troubles, and no invariant breaks.</summary>
public sealed class SoakTests
{
    private const int FewSeeds = 250;
    private const int Seeds = 2000;

    private static readonly bool s_full = !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("SPRINGTAIL_FULL"));

    private readonly ITestOutputHelper _output;

    public SoakTests(ITestOutputHelper output)
    {
        _output = output;
    }

    /// <summary>What the mutants are put to.</summary>
    [Fact]
    public void The_invariants_hold_over_a_few_seeds() => Play(1, FewSeeds);

    [Fact]
    public void The_invariants_hold_over_thousands_of_seeds() => Play(FewSeeds + 1, s_full ? 10 * Seeds : Seeds);

    [Fact]
    public void A_seed_plays_the_same_each_time()
    {
        // The last one's server has a state folder.
        foreach (uint seed in (uint[])[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 7300])
        {
            Assert.Equal(Run.Play(seed).Figures.ToString(), Run.Play(seed).Figures.ToString());
        }
    }

    private void Play(int first, int count)
    {
        Figures all = new();
        ConcurrentBag<string> failures = new();
        ParallelOptions two = new() { MaxDegreeOfParallelism = 2 };
        Parallel.For(first, first + count, two, (seed, loop) =>
        {
            (Figures figures, Violation? violation) = Run.Play((uint)seed);
            lock (all)
            {
                all.Add(figures);
            }

            if (violation != null)
            {
                failures.Add($"seed {seed}: {violation.Message}");
                loop.Stop();
            }
        });
        _output.WriteLine(all.ToString());
        Assert.True(failures.IsEmpty, string.Join(Environment.NewLine, failures) + $"{Environment.NewLine}tools/soak --from SEED --seeds 1 --trace repeats a seed");
        Assert.Equal(count, all.Seeds);
        Assert.NotEqual(0, all.Calms);
        Assert.True(all.LargePackets > 0 || first == 1);
    }
}
