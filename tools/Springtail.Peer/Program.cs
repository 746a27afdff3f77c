using System;
using System.CommandLine;
using System.CommandLine.Help;
using System.ComponentModel;
using System.IO;
using System.Linq;
using Springtail.Peer.Commands;

namespace Springtail.Peer;

internal static class Program
{
    private static readonly string[] s_examples =
    [
        "springtail keygen psk",
        "springtail listen --psk-file psk --echo",
        "springtail connect HOST --psk-file psk",
        "springtail send photos notes.txt",
    ];

    public static int Main(string[] arguments)
    {
        StandardStreams.Guard();
        try
        {
            return Run(arguments);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or Win32Exception)
        {
            StandardStreams.WriteLast($"error: {e.Message}");
            return ExitCode.File;
        }
    }

    private static int Run(string[] arguments)
    {
        if (GatewayCommand.Takes(arguments))
        {
            return GatewayCommand.Run(arguments);
        }

        RootCommand root = new("Springtail: a secure UDP channel between a small device and a peer that hold the same key. Its ports hop.")
        {
            KeygenCommand.Create(),
            ListenCommand.Create(),
            ConnectCommand.Create(),
            DiscoverCommand.Create(),
            SendCommand.Create(),
            ReceiveCommand.Create(),
            PortsCommand.Create(),
            FuzzyCommand.Create(),
            ProvisionCommand.Create(),
            FlashCommand.Create(),
            EnrollCommand.Create(),
            ExplainCommand.Create(),
            VectorsCommand.Create(),
            BenchCommand.Create(),
            CompletionCommand.Create(),
            Verb.VerbosityOption,
            Verb.JsonOption,
        };

        Array.ForEach(GatewayCommand.Create(), root.Add);

        // A name that begins with @ is a file like any other, not one with more arguments.
        ParseResult result = root.Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (result.Action is HelpAction)
        {
            VerbCommand? verb = result.CommandResult.Command as VerbCommand;
            verb?.Expand();
            using StringWriter help = new() { NewLine = "\n" };
            int code = result.Invoke(new InvocationConfiguration { Output = help });
            Console.Out.Write(HelpText.Arrange(help.ToString(), verb?.Examples ?? s_examples));
            return code;
        }

        if (arguments.Length > 0 && arguments[0].StartsWith("[suggest", StringComparison.Ordinal))
        {
            return result.Invoke();
        }

        if (Mistakes(result) is { Length: > 0 } mistakes)
        {
            using Output output = new(Verbosity.Normal, result.Tokens.Any(t => t.Value == Verb.JsonOption.Name));
            Array.ForEach(mistakes, m => output.Error(m));
            string verb = result.CommandResult.Command is VerbCommand command ? command.Name + " " : "";
            output.Report(Verbosity.Quiet, "hint", $"\"springtail {verb}--help\" says what there is.");
            return ExitCode.Usage;
        }

        return result.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
    }

    // What is wrong with the command line, a sentence each.
    private static string[] Mistakes(ParseResult result)
    {
        if (result.CommandResult.Command is RootCommand && result.UnmatchedTokens.Count > 0)
        {
            return [$"There is no verb \"{result.UnmatchedTokens[0]}\"."];
        }

        if (result.Errors.Count > 0)
        {
            return [.. result.Errors.Select(e => e.Message)];
        }

        if (result.Tokens.Any(t => t.Value.Length == 0))
        {
            return ["An argument, or the value of an option, is empty."];
        }

        return result.CommandResult.Command is VerbCommand verb ? [.. verb.Mistakes(result)] : [];
    }
}
