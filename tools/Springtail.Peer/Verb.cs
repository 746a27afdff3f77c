using System;
using System.Collections.Generic;
using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Numerics;

namespace Springtail.Peer;

/// <summary>A verb of the command line.</summary>
/// <param name="name">The verb.</param>
/// <param name="summary">What it does, for the list of verbs.</param>
/// <param name="details">What its own help says besides; or null.</param>
/// <param name="examples">Command lines that its help shows first.</param>
internal sealed class VerbCommand(string name, string summary, string? details = null, string[]? examples = null) : Command(name, summary)
{
    private readonly List<Func<ParseResult, string?>> _checks = [];

    /// <summary>Command lines that its help shows first.</summary>
    public IReadOnlyList<string> Examples { get; } = examples ?? [];

    /// <summary>Adds a check of what options say together, made once each is right by itself: it returns a sentence, or null when all is well.</summary>
    public void Check(Func<ParseResult, string?> check) => _checks.Add(check);

    /// <summary>What the checks find.</summary>
    public IEnumerable<string> Mistakes(ParseResult arguments) => _checks.Select(check => check(arguments)).OfType<string>();

    /// <summary>Puts the whole text in place of the summary, for the verb's own help.</summary>
    public void Expand() => Description = Description + (details == null ? "" : "\n\n" + details);
}

/// <summary>What every verb has.</summary>
internal static class Verb
{
    public static readonly Option<Verbosity> VerbosityOption = new("--verbosity", "-v")
    {
        Description = "How much is told: quiet, minimal, normal, detailed (each hop) or diagnostic.",
        HelpName = "LEVEL",
        Recursive = true,
        DefaultValueFactory = _ => Verbosity.Normal,
        CustomParser = result => result.Tokens[0].Value.ToLowerInvariant() switch
        {
            "q" or "quiet" => Verbosity.Quiet,
            "m" or "minimal" => Verbosity.Minimal,
            "n" or "normal" => Verbosity.Normal,
            "d" or "detailed" => Verbosity.Detailed,
            "diag" or "diagnostic" => Verbosity.Diagnostic,
            string other => Unknown(result, other),
        },
    };

    public static readonly Option<bool> JsonOption = new("--json")
    {
        Description = "Events as JSON objects, one on a line: on stderr beside messages, results on stdout.",
        Recursive = true,
    };

    /// <summary>Sets the action of a command: its output is made, exceptions become sentences and exit codes.</summary>
    public static void Run(this VerbCommand command, Func<ParseResult, Output, int> action, Option<bool>? raw = null)
    {
        command.SetAction(arguments =>
        {
            using Output output = new(arguments.GetValue(VerbosityOption), arguments.GetValue(JsonOption), raw != null && arguments.GetValue(raw));
            try
            {
                int code = action(arguments, output);
                KeyLogOption.Report(output);
                return code == ExitCode.Success && output.HasFailed ? ExitCode.File : code;
            }
            catch (CommandException e)
            {
                output.Error(e.Message);
                return e.ExitCode;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                output.Error(e.Message);
                output.Report(Verbosity.Diagnostic, "diagnostic", e.ToString());
                return ExitCode.File;
            }
            catch (NotSupportedException e)
            {
                output.Error(e.Message);
                output.Report(Verbosity.Diagnostic, "diagnostic", e.ToString());
                return ExitCode.Fault;
            }
            catch (Exception e)
            {
                output.Error($"springtail failed: {e.Message} (-v diagnostic shows where)");
                output.Report(Verbosity.Diagnostic, "diagnostic", e.ToString());
                return ExitCode.Fault;
            }
        });
    }

    /// <summary>Gives an option its range.</summary>
    public static Option<T> Within<T>(Option<T> option, T least, T most)
        where T : struct, INumber<T>
    {
        option.CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            if (T.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out T value) && value >= least && value <= most)
            {
                return value;
            }

            result.AddError(string.Create(CultureInfo.InvariantCulture, $"{option.Name} must be {least} to {most}, not \"{text}\"."));
            return default;
        };
        return option;
    }

    private static Verbosity Unknown(ArgumentResult result, string text)
    {
        result.AddError($"--verbosity: \"{text}\" is none of quiet, minimal, normal, detailed, diagnostic.");
        return default;
    }
}
