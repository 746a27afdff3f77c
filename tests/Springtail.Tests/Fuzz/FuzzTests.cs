using System;
using Springtail.Fuzz;
using Xunit;

namespace Springtail.Tests.Fuzz;

/// <summary>The targets of Springtail.Fuzz, called with valid inputs and mutations of them, the same every time; with SPRINGTAIL_FULL set, fifty times as many.</summary>
public sealed class FuzzTests
{
    private static readonly int s_times = string.IsNullOrEmpty(Environment.GetEnvironmentVariable("SPRINGTAIL_FULL")) ? 1 : 50;

    [Theory]
    [InlineData("client", 600)]
    [InlineData("listener", 600)]
    [InlineData("snapshot", 2000)]
    [InlineData("settings", 8000)]
    [InlineData("json", 8000)]
    [InlineData("transfer", 8000)]
    public void No_input_brings_a_target_down(string name, int count)
    {
        Target target = Array.Find(Target.All, t => t.Name == name)!;
        Random random = new(15);
        byte[][] seeds = target.Seeds();
        foreach (byte[] seed in seeds)
        {
            Run(target, seed);
        }

        for (int i = 0; i < count * s_times; i++)
        {
            byte[] input = seeds[random.Next(seeds.Length)];
            for (int k = random.Next(1, 5); k > 0; k--)
            {
                input = Mutate(random, input, seeds[random.Next(seeds.Length)]);
            }

            Run(target, input);
        }
    }

    private static void Run(Target target, byte[] input)
    {
        try
        {
            target.Run(input);
        }
        catch (Exception e)
        {
            throw new Xunit.Sdk.XunitException($"{target.Name} with {Convert.ToHexString(input)}: {e}");
        }
    }

    private static byte[] Mutate(Random random, byte[] input, byte[] other)
    {
        byte[] bytes = (byte[])input.Clone();
        int at = bytes.Length == 0 ? 0 : random.Next(bytes.Length);
        int length = random.Next(Math.Min(16, bytes.Length - at) + 1);
        switch (bytes.Length == 0 ? 3 : random.Next(8))
        {
            case 0:
                bytes[at] ^= (byte)(1 << random.Next(8));
                return bytes;
            case 1:
                bytes[at] = (byte)random.Next(256);
                return bytes;
            case 2:
                bytes[at] = (byte)(random.Next(3) - 1);
                return bytes;
            case 3:
                byte[] inserted = new byte[random.Next(1, 9)];
                random.NextBytes(inserted);
                return [.. bytes.AsSpan(0, at), .. inserted, .. bytes.AsSpan(at)];
            case 4:
                return [.. bytes.AsSpan(0, at), .. bytes.AsSpan(at + length)];
            case 5:
                return [.. bytes.AsSpan(0, at + length), .. bytes.AsSpan(at)];
            case 6:
                return bytes[..at];
            default:
                return [.. bytes.AsSpan(0, at), .. other.AsSpan(random.Next(other.Length + 1))];
        }
    }
}
