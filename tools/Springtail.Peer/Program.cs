using System;
using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using Springtail.Peer.Commands;

namespace Springtail.Peer;

internal static class Program
{
    public static int Main(string[] arguments)
    {
        RootCommand root = new("Springtail: a secure UDP channel between a small device and a peer that hold the same key. Its ports hop.\n\n" + ExitCode.Help)
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
            VectorsCommand.Create(),
            BenchCommand.Create(),
            Verb.VerbosityOption,
            Verb.JsonOption,
        };

        ParseResult result = root.Parse(arguments);
        if (result.Action is HelpAction)
        {
            (result.CommandResult.Command as VerbCommand)?.Expand();
        }
        else if (result.Errors.Count > 0)
        {
            foreach (ParseError error in result.Errors)
            {
                Console.Error.WriteLine("error: " + error.Message);
            }

            string verb = result.CommandResult.Command is VerbCommand command ? command.Name + " " : "";
            Console.Error.WriteLine($"\"springtail {verb}--help\" says what there is.");
            return ExitCode.Usage;
        }

        return result.Invoke();
    }
}
