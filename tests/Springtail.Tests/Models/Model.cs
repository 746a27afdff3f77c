using System;
using System.Collections.Generic;
using CsCheck;
using Xunit;

namespace Springtail.Tests.Models;

/// <summary>Runs a class beside a model of it over random operations. The short form draws the same cases every time; with SPRINGTAIL_FULL set, others follow.</summary>
internal static class Model
{
    private const long FullCases = 100_000;
    private const long Shrinks = 20_000;

    private static readonly bool s_full = !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("SPRINGTAIL_FULL"));

    /// <summary>As Assert.Equal, which takes microseconds, for what is asked millions of times.</summary>
    public static void Same<T>(T expected, T actual)
    {
        if (!EqualityComparer<T>.Default.Equals(expected, actual))
        {
            Assert.Equal(expected, actual);
        }
    }

    /// <summary>Fails with the smallest case that it finds, printed, and the seed that repeats it (CsCheck_Seed, in the full form).</summary>
    public static void Hold<T>(Gen<T> cases, Action<T> check, Func<T, string> print, int count)
    {
        PCG random = new(1, 20261129);
        for (int i = 0; i < count; i++)
        {
            string seed = random.ToString();
            T drawn = cases.Generate(random, null, out _);
            try
            {
                check(drawn);
            }
            catch (Exception)
            {
                cases.Sample(check, seed: seed, iter: Shrinks, threads: 1, print: print);
                throw;
            }
        }

        if (s_full)
        {
            cases.Sample(check, iter: FullCases, print: print);
        }
    }
}
