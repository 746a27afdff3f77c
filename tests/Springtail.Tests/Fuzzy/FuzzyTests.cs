using System;
using System.Collections.Generic;
using System.Linq;
using System.Numerics;
using Springtail.Crypto;
using Springtail.Fuzzy;
using Springtail.Keys;
using Springtail.Packets;
using Springtail.Peer.Fuzzy;
using Springtail.Tests.Simulation;
using Springtail.Tests.Support;
using Xunit;
using Xunit.Abstractions;

namespace Springtail.Tests.Fuzzy;

/// <summary>Keys from noisy sources (PROTOCOL.md 18). Seeds are in every failure's message.</summary>
public sealed class FuzzyTests
{
    private static readonly bool s_full = !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("SPRINGTAIL_FULL"));

    private readonly ITestOutputHelper _output;

    public FuzzyTests(ITestOutputHelper output)
    {
        _output = output;
    }

    [Fact]
    public void The_code_is_the_extended_Golay_code()
    {
        // It is linear, and its weights are those of the one code that there is of this size with distance 8.
        Dictionary<int, int> weights = new();
        for (int i = 0; i < 4096; i++)
        {
            int word = GolayCode.Encode(i);
            Assert.Equal(i, word >> 12);
            Assert.Equal(word, Enumerable.Range(0, 12).Where(b => ((i >> b) & 1) != 0).Aggregate(0, (w, b) => w ^ GolayCode.Encode(1 << b)));
            int weight = BitOperations.PopCount((uint)word);
            weights[weight] = weights.GetValueOrDefault(weight) + 1;
        }

        Assert.Equal([(0, 1), (8, 759), (12, 2576), (16, 759), (24, 1)], weights.OrderBy(w => w.Key).Select(w => (w.Key, w.Value)));
    }

    [Fact]
    public void Three_wrong_bits_of_24_are_corrected_whichever_they_are()
    {
        GolayCode code = new();
        int[] votes = new int[24];
        int[] information = new int[1];
        int[] scores = new int[1];
        int word = GolayCode.Encode(0xA5C);
        for (int a = 0; a < 24; a++)
        {
            for (int b = a; b < 24; b++)
            {
                for (int c = b; c < 24; c++)
                {
                    int received = word ^ ((1 << a) | (1 << b) | (1 << c));
                    for (int i = 0; i < 24; i++)
                    {
                        votes[i] = ((received >> i) & 1) * 10 - 5;
                    }

                    code.Decode(votes, information, scores, 0, 1);
                    Assert.Equal(0xA5C, information[0]);
                }
            }
        }
    }

    [Fact]
    public void The_decoder_finds_the_words_that_explain_most_copies()
    {
        Random random = new(3);
        GolayCode code = new();
        int[] votes = new int[24];
        int[] information = new int[6];
        int[] scores = new int[6];
        for (int run = 0; run < 50; run++)
        {
            for (int i = 0; i < 24; i++)
            {
                votes[i] = 2 * random.Next(0, 6) - 5;
            }

            code.Decode(votes, information, scores, 1, 4);
            int Explained(int info) => Enumerable.Range(0, 24).Sum(i => ((GolayCode.Encode(info) >> i) & 1) * votes[i]);
            Assert.Equal(Enumerable.Range(0, 4096).Select(Explained).OrderDescending().Take(4), scores[1..5]);
            Assert.Equal(scores[1..5], information[1..5].Select(Explained));
            Assert.Equal(4, information[1..5].Distinct().Count());
        }
    }

    [Theory]
    [InlineData("Independent")]
    [InlineData("Clusters")]
    [InlineData("Unequal")]
    [InlineData("Columns")]
    public void At_15_percent_of_errors_999_of_1000_keys_are_right_and_at_50_percent_none(string errors)
    {
        // The memory has 1 320 bits, the key 128 bits of strength and more.
        Noise noise = Enum.Parse<Noise>(errors);
        int runs = s_full ? 100_000 : 1000;
        (int right, int refused) = Try(noise, 0.15, runs, 1);
        _output.WriteLine($"{noise} 15 %: {right} right, {refused} refused of {runs}; calculated: {FuzzyFigures.FirstChoiceFails(0.15, 11):P3} need more than first choices");
        Assert.Equal(runs, right + refused);
        Assert.InRange(right, runs * 0.999, runs);

        (right, refused) = Try(noise, 0.50, runs / 20, 2);
        Assert.Equal((0, runs / 20), (right, refused));
    }

    [Fact]
    public void Beyond_what_can_be_corrected_it_fails_and_is_never_wrong()
    {
        foreach (double rate in new[] { 0.20, 0.25, 0.30, 0.35, 0.40 })
        {
            (int right, int refused) = Try(Noise.Independent, rate, 100, 3);
            _output.WriteLine($"{rate:P0}: {right} right, {refused} refused of 100");
            Assert.Equal(100, right + refused);
            Assert.True(rate > 0.2 || right > 95, $"{right} of 100 at {rate}");
            Assert.True(rate < 0.4 || right == 0, $"{right} of 100 at {rate}");
        }
    }

    [Fact]
    public void First_choices_fail_as_often_as_calculated()
    {
        // At a rate where it can be counted: the share by experiment, and the bound, which counts twice where several words are better than the right one.
        const double Rate = 0.20;
        int blocks = s_full ? 1_000_000 : 10_000;
        int wrong = blocks - (int)Math.Round(Decoded(Rate, blocks, 4) * blocks);
        double bound = FuzzyFigures.FirstChoiceFails(Rate, 1);
        _output.WriteLine($"{wrong} of {blocks}, bound {bound * blocks:F0}");
        Assert.InRange(wrong, bound * blocks * 0.4, bound * blocks * 1.05 + 5 * Math.Sqrt(bound * blocks));
        Assert.InRange(FuzzyFigures.FirstChoiceFails(0.15, 11), 0.0009, 0.0012);
    }

    [Theory]
    [InlineData(0.50)]
    [InlineData(0.52)]
    [InlineData(0.54)]
    [InlineData(0.56)]
    [InlineData(0.58)]
    [InlineData(0.60)]
    public void The_helper_leaves_as_much_of_the_secret_as_is_said(double bias)
    {
        // The best guess of a block's secret: the response is taken for all ones, which it is but for 1 - bias of its bits.
        int blocks = s_full ? 1_000_000 : 10_000;
        double share = Decoded(1 - bias, blocks, 5);
        double said = Math.Pow(2, -FuzzyFigures.BitsLeft(bias, 1));
        _output.WriteLine($"bias {bias}: {share:G4} of {blocks} guessed, {-Math.Log2(share):F2} bits left, said {-Math.Log2(said):F2}");
        Assert.InRange(share * blocks, said * blocks * 0.95 - 5 * Math.Sqrt(said * blocks), said * blocks * 1.05 + 5 * Math.Sqrt(said * blocks));
    }

    [Theory]
    [MemberData(nameof(TestCores.Names), MemberType = typeof(TestCores))]
    public void The_helper_is_of_the_form_that_is_described(string name)
    {
        ICryptoCore core = TestCores.Get(name);
        FuzzyExtractor extractor = new(core);
        Assert.Equal((165, 183), (extractor.ResponseSize, extractor.HelperSize));
        byte[] response = new byte[165];
        new Random(6).NextBytes(response);
        byte[] key = extractor.Enrol(response, out byte[] helper);
        Assert.Equal(183, helper.Length);
        Assert.Equal((1, 11), (helper[0], helper[1]));

        // Read back by the description alone.
        int Bit(byte[] bytes, int k) => (bytes[k / 8] >> (7 - k % 8)) & 1;
        byte[] secret = new byte[17];
        for (int b = 0; b < 11; b++)
        {
            int[][] copies = [.. Enumerable.Range(0, 5).Select(r => Enumerable.Range(0, 24).Select(s => (24 * r + (s + 5 * r) % 24) * 11 + b).Select(k => Bit(response, k) ^ Bit(helper, 16 + k)).ToArray())];
            Assert.All(copies, c => Assert.Equal(copies[0], c));
            int word = copies[0].Aggregate(0, (w, bit) => (w << 1) | bit);
            Assert.Equal(GolayCode.Encode(word >> 12), word);
            for (int i = 0; i < 12; i++)
            {
                int at = b * 12 + i;
                secret[at / 8] |= (byte)(copies[0][i] << (7 - at % 8));
            }
        }

        Assert.Equal(Hkdf.Derive(core, null, secret, Wire.Ascii("fuzzy-extraction"), 32), key);
        byte[] tagged = [.. Wire.Ascii("fuzzy_helper_v1"), .. helper[..167]];
        byte[] tag = new byte[32];
        core.HmacSha256(tag, 0, key, 0, 32, tagged, 0, tagged.Length);
        Assert.Equal(tag[..16], helper[167..]);
        Assert.Equal(key, extractor.Reproduce(response, helper));
    }

    [Fact]
    public void An_altered_helper_is_noticed_also_where_the_code_would_correct_it()
    {
        FuzzyExtractor extractor = new(TestCore.Instance);
        byte[] response = new byte[165];
        byte[] key = extractor.Enrol(response, out byte[] helper);
        for (int i = 2; i < helper.Length; i++)
        {
            helper[i] ^= 0x10;
            Assert.Null(extractor.Reproduce(response, helper));
            helper[i] ^= 0x10;
        }

        Assert.Equal(key, extractor.Reproduce(response, helper));
    }

    [Fact]
    public void Each_enrolment_gives_another_key_and_another_memory_none()
    {
        FuzzyExtractor extractor = new(TestCore.Instance);
        SimulatedMemory one = new(new Random(7), 165, 0.5);
        SimulatedMemory other = new(new Random(8), 165, 0.5);
        byte[] first = extractor.Enrol(one.Enrolled, out byte[] helper);
        Assert.NotEqual(first, extractor.Enrol(one.Enrolled, out byte[] second));
        Assert.NotEqual(helper[2..], second[2..]);
        Assert.Null(extractor.Reproduce(other.Enrolled, helper));
    }

    [Fact]
    public void More_blocks_for_cells_that_lean()
    {
        FuzzyExtractor extractor = new(TestCore.Instance, 31);
        SimulatedMemory memory = new(new Random(9), extractor.ResponseSize, 0.6);
        byte[] key = extractor.Enrol(memory.Enrolled, out byte[] helper);
        Assert.Equal(2 + 465 + 16, helper.Length);
        Assert.Equal(key, extractor.Reproduce(memory.Start(Noise.Independent, 0.15), helper));
        Assert.InRange(FuzzyFigures.BitsLeft(0.6, 31), 128, 132);
        Assert.Equal(132, FuzzyFigures.BitsLeft(0.5, 11));
    }

    [Fact]
    public void What_is_of_another_size_or_form_is_an_error_of_the_caller()
    {
        FuzzyExtractor extractor = new(TestCore.Instance);
        byte[] response = new byte[165];
        extractor.Enrol(response, out byte[] helper);
        Assert.Throws<ArgumentException>(() => new FuzzyExtractor(TestCore.Instance, 9));
        Assert.Throws<ArgumentException>(() => new FuzzyExtractor(TestCore.Instance, 12));
        Assert.Throws<ArgumentException>(() => new FuzzyExtractor(TestCore.Instance, 65));
        Assert.Throws<ArgumentException>(() => extractor.Enrol(new byte[164], out _));
        Assert.Throws<ArgumentException>(() => extractor.Enrol(null!, out _));
        Assert.Throws<ArgumentException>(() => extractor.Reproduce(new byte[166], helper));
        Assert.Throws<ArgumentException>(() => extractor.Reproduce(response, helper[1..]));
        Assert.Throws<ArgumentException>(() => extractor.Reproduce(response, [2, .. helper[1..]]));
        Assert.Throws<ArgumentException>(() => extractor.Reproduce(response, [1, 13, .. helper[2..]]));
    }

    [Fact]
    public void The_noise_of_the_simulation_is_what_it_is_said_to_be()
    {
        foreach (Noise noise in Enum.GetValues<Noise>())
        {
            double sum = 0;
            for (int i = 0; i < 200; i++)
            {
                SimulatedMemory memory = new(new Random(i), 165, 0.5);
                sum += memory.Enrolled.Zip(memory.Start(noise, 0.15), (a, b) => BitOperations.PopCount((uint)(a ^ b))).Sum();
            }

            Assert.InRange(sum / 200 / 1320, noise == Noise.Columns ? 0.150 : 0.147, noise == Noise.Columns ? 0.160 : 0.153);
        }
    }

    private static (int Right, int Refused) Try(Noise noise, double rate, int runs, int seed)
    {
        Random random = new(seed);
        FuzzyExtractor extractor = new(new SteeredCore((uint)seed));
        int right = 0;
        int refused = 0;
        for (int i = 0; i < runs; i++)
        {
            SimulatedMemory memory = new(random, extractor.ResponseSize, 0.5);
            byte[] key = extractor.Enrol(memory.Enrolled, out byte[] helper);
            byte[]? again = extractor.Reproduce(memory.Start(noise, rate), helper);
            refused += again == null ? 1 : 0;
            right += again != null && again.SequenceEqual(key) ? 1 : 0;
        }

        return (right, refused);
    }

    // The share of random words of which the decoder's first choice is right, at an error rate of their copies.
    private static double Decoded(double rate, int blocks, int seed)
    {
        Random random = new(seed);
        GolayCode code = new();
        int[] votes = new int[24];
        int[] information = new int[1];
        int[] scores = new int[1];
        int right = 0;
        for (int i = 0; i < blocks; i++)
        {
            int sent = random.Next(4096);
            for (int bit = 0; bit < 24; bit++)
            {
                int ones = Enumerable.Range(0, 5).Sum(_ => random.NextDouble() < rate ? 1 : 0);
                votes[bit] = ((GolayCode.Encode(sent) >> bit) & 1) == 0 ? 2 * ones - 5 : 5 - 2 * ones;
            }

            code.Decode(votes, information, scores, 0, 1);
            right += information[0] == sent ? 1 : 0;
        }

        return (double)right / blocks;
    }
}
