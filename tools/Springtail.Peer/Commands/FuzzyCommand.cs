using System;
using System.CommandLine;
using System.Globalization;
using System.Linq;
using Springtail.Crypto;
using Springtail.Fuzzy;
using Springtail.Peer.Fuzzy;

namespace Springtail.Peer.Commands;

/// <summary><c>springtail fuzzy</c>: the fuzzy extractor on simulated memories (PROTOCOL.md 18).</summary>
internal static class FuzzyCommand
{
    public static Command Create()
    {
        Option<double> noise = Verb.Within(new("--noise") { Description = "Bits in error between the start-up that was enrolled and a later one, in percent, 0 to 50.", HelpName = "PERCENT", DefaultValueFactory = _ => 15 }, 0.0, 50.0);
        Option<Noise> errors = new("--errors")
        {
            Description = "How they come: independent, clusters (runs of 8 to 64 bits), unequal (few cells make most errors) or columns (of 32).",
            HelpName = "KIND",
            DefaultValueFactory = _ => Noise.Independent,
            CustomParser = result =>
            {
                if (Enum.TryParse(result.Tokens[0].Value, ignoreCase: true, out Noise kind) && Enum.IsDefined(kind))
                {
                    return kind;
                }

                result.AddError($"--errors: {result.Tokens[0].Value} is none of independent, clusters, unequal, columns.");
                return default;
            },
        };
        Option<double> bias = Verb.Within(new("--bias") { Description = "Cells that prefer to start as 1, in percent, 40 to 60.", HelpName = "PERCENT", DefaultValueFactory = _ => 50 }, 40.0, 60.0);
        Option<int> blocks = Verb.Within(new("--blocks") { Description = "Blocks of 120 bits, an odd number from 11 to 63: more for cells that lean to one side.", HelpName = "N", DefaultValueFactory = _ => FuzzyExtractor.DefaultBlocks }, 11, 63);
        Option<int> runs = Verb.Within(new("--runs") { Description = "Memories to try, each enrolled and started again once.", HelpName = "N", DefaultValueFactory = _ => 1000 }, 1, 1_000_000);
        Option<int> seed = Verb.Within(new("--seed") { Description = "A number that makes the same memories and errors again.", HelpName = "N" }, 0, int.MaxValue);
        VerbCommand command = new(
            "fuzzy",
            "Shows the fuzzy extractor: keys from simulated start-up bits of SRAM that are never quite the same.",
            "Each memory is enrolled, which makes a key and a helper, and started again with errors. From start-up and helper the key is made again, or the extractor says that it cannot.",
            examples: ["springtail fuzzy --noise 15"])
        {
            noise, errors, bias, blocks, runs, seed,
        };
        command.Check(arguments => arguments.GetValue(blocks) % 2 == 0 ? "--blocks must be odd." : null);
        command.Run((arguments, output) =>
        {
            double rate = arguments.GetValue(noise) / 100;
            Noise kind = arguments.GetValue(errors);
            double share = arguments.GetValue(bias) / 100;
            int count = arguments.GetValue(runs);
            FuzzyExtractor extractor = new(CryptoCore.Default, arguments.GetValue(blocks));
            Random random = arguments.GetResult(seed) is { Implicit: false } ? new Random(arguments.GetValue(seed)) : new Random();
            int right = 0;
            int refused = 0;
            for (int i = 0; i < count; i++)
            {
                SimulatedMemory memory = new(random, extractor.ResponseSize, share);
                byte[] key = extractor.Enrol(memory.Enrolled, out byte[] helper);
                byte[]? again = extractor.Reproduce(memory.Start(kind, rate), helper);
                refused += again == null ? 1 : 0;
                right += again != null && again.SequenceEqual(key) ? 1 : 0;
            }

            int bits = arguments.GetValue(blocks) * FuzzyExtractor.ResponseBitsPerBlock;
            int secret = arguments.GetValue(blocks) * FuzzyExtractor.SecretBitsPerBlock;
            double left = FuzzyFigures.BitsLeft(share, arguments.GetValue(blocks));
            double first = FuzzyFigures.FirstChoiceFails(rate, arguments.GetValue(blocks));
            output.Result(
                "fuzzy",
                string.Create(CultureInfo.InvariantCulture, $"""
                    memory      {bits} start-up bits ({extractor.ResponseSize} bytes), {share:P0} prefer 1; helper {extractor.HelperSize} bytes
                    secret      {secret} bits, of which the helper leaves {left:F0}
                    errors      {rate:P0} of the bits, {kind.ToString().ToLowerInvariant()}
                    keys        {right} right, {refused} refused, {count - right - refused} wrong, of {count}
                    calculated  at most {first:P3} need more than the likeliest words, if errors are independent
                    """),
                ("response_bits", bits), ("helper_bytes", extractor.HelperSize), ("secret_bits", secret), ("secret_bits_left", Math.Round(left)),
                ("noise", rate), ("errors", kind.ToString().ToLowerInvariant()), ("runs", count), ("right", right), ("refused", refused), ("wrong", count - right - refused), ("first_choice_fails", first));
            return right + refused == count ? ExitCode.Success : ExitCode.Fault;
        });
        return command;
    }
}
