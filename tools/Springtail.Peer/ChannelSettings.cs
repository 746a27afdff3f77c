using System;
using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Linq;
using System.Net;
using Springtail.Packets;

namespace Springtail.Peer;

/// <summary>The options that <c>listen</c> and <c>connect</c> share, and what they make of a <see cref="ChannelOptions"/>.</summary>
internal sealed class ChannelSettings
{
    private readonly bool _listens;

    public ChannelSettings(bool listens)
    {
        _listens = listens;
        PskFile = new("--psk-file")
        {
            Description = "The file with the pre-shared key: 16 to 64 raw bytes, or one line of hex. Only its owner (and group) may be able to read it."
                + (listens ? " May be given several times, for several peers." : ""),
            HelpName = "FILE",
        };
        Suite = new("--suite")
        {
            Description = listens ? "Allow this suite only: 1 (P-256), 2 (X25519), 3 (P-256, fuzzy) or, with --token, 4. Without it 1 to 3." : "The suite to ask for: 1 (P-256), 2 (X25519), 3 (P-256, fuzzy) or, with --token, 4. Without it 1.",
            HelpName = "N",
        };
        Features = new("--features")
        {
            Description = (listens ? "Features to grant" : "Features to ask for") + ": 1 DIVERSIFIED, 2 CLIENT_HOPS (the client hops too; not behind NAT), 3 both, 0 none.",
            HelpName = "N",
            DefaultValueFactory = _ => listens ? Packets.Features.All : 0,
        };
        if (!listens)
        {
            PskFile.Validators.Add(result =>
            {
                if (result.Tokens.Count > 1)
                {
                    result.AddError("--psk-file: a connection has one PSK.");
                }
            });
        }

        Verb.Within(Suite, 1, 4);
        Verb.Within(Features, 0, 3);
    }

    public Option<string[]> PskFile { get; }

    public Option<string?> Token { get; } = new("--token")
    {
        Description = "Two spoken words in place of a PSK; needs --suite 4, which is weak: whoever answers the handshake can try all tokens offline.",
        HelpName = "WORD-WORD",
    };

    public Option<int> Suite { get; }

    public Option<int> Features { get; }

    public Option<PortRange> Ports { get; } = PortRange.NewOption();

    public Option<int> RendezvousPort { get; } = Verb.Within(
        new Option<int>("--rendezvous") { Description = "One fixed port for the first packet, alike on both sides. Without it that port follows clock and PSK.", HelpName = "PORT" }, 1, 65535);

    public Option<int> DiscoveryPort { get; } = Verb.Within(
        new Option<int>("--discovery-port") { Description = "The port where devices without a clock ask for the time; 0 for none.", HelpName = "PORT", DefaultValueFactory = _ => 1025 }, 0, 65535);

    public Option<IPAddress?> Bind { get; } = new("--bind")
    {
        Description = "Use this local address only. Without it all of the machine's, IPv6 and IPv4. A listener with several addresses in one network needs the one that its peers dial.",
        HelpName = "ADDRESS",
        CustomParser = result =>
        {
            if (IPAddress.TryParse(result.Tokens[0].Value, out IPAddress? address))
            {
                return address;
            }

            result.AddError($"--bind: {result.Tokens[0].Value} is not an address.");
            return null;
        },
    };

    public Option<bool> Echo { get; } = new("--echo") { Description = "Send each message back." };

    public Option<bool> Raw { get; } = new("--raw") { Description = "Write messages to stdout without a newline after each." };

    public void AddTo(Command command)
    {
        foreach (Option option in new Option[] { PskFile, Token, Ports, RendezvousPort, Suite, Features, Echo, Raw, Bind, DiscoveryPort })
        {
            command.Add(option);
        }

        command.Validators.Add(result =>
        {
            bool psk = result.GetResult(PskFile) is { Implicit: false };
            bool token = result.GetResult(Token) is { Implicit: false };
            if (psk == token)
            {
                result.AddError(psk ? "--psk-file and --token exclude each other." : "--psk-file FILE is needed (springtail keygen makes one).");
            }
            else if (token != (result.GetValue(Suite) == 4))
            {
                result.AddError("--token and --suite 4 go together.");
            }
        });
    }

    public ChannelOptions Build(ParseResult arguments)
    {
        PortRange ports = arguments.GetValue(Ports);
        byte[][] psks = [.. (arguments.GetValue(PskFile) ?? []).Select(Peer.PskFile.Read)];
        ChannelOptions options = ChannelOptions.ForServer();
        options.PortMin = ports.First;
        options.PortCount = ports.Count;
        options.RendezvousPort = arguments.GetValue(RendezvousPort);
        options.Suite = arguments.GetValue(Suite);
        options.Features = arguments.GetValue(Features);
        options.DiscoveryPort = arguments.GetValue(DiscoveryPort);
        options.Token = arguments.GetValue(Token);
        if (options.Token != null)
        {
            CheckToken(options.Token);
        }
        else if (_listens)
        {
            options.Psks = psks;
        }
        else
        {
            options.Psk = psks[0];
        }

        return options;
    }

    private static void CheckToken(string token)
    {
        string[] words = token.Split('-');
        if (words.Length != 2 || !words.All(w => w.Length > 0 && w.All(char.IsAsciiLetterLower)))
        {
            throw new CommandException(ExitCode.Usage, "--token is two words of lower-case letters with a hyphen between them.");
        }
    }
}

/// <summary>Ports A to B, both included.</summary>
internal readonly record struct PortRange(int First, int Last)
{
    public int Count => Last - First + 1;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{First}-{Last}");

    public static Option<PortRange> NewOption() => new("--ports")
    {
        Description = "The ports to hop to, alike on both sides.",
        HelpName = "A-B",
        DefaultValueFactory = _ => new PortRange(1024, 65535),
        CustomParser = Parse,
    };

    private static PortRange Parse(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        string[] ends = text.Split('-');
        if (ends.Length == 2
            && int.TryParse(ends[0], NumberStyles.None, CultureInfo.InvariantCulture, out int first)
            && int.TryParse(ends[1], NumberStyles.None, CultureInfo.InvariantCulture, out int last)
            && first >= 1 && first <= last && last <= 65535)
        {
            return new PortRange(first, last);
        }

        result.AddError($"--ports: \"{text}\" is not a range A-B with 1 <= A <= B <= 65535, like 40000-40999.");
        return default;
    }
}

/// <summary>A verb of the command line.</summary>
/// <param name="name">The verb.</param>
/// <param name="summary">What it does, for the list of verbs.</param>
/// <param name="details">What its own help says besides; or null.</param>
internal sealed class VerbCommand(string name, string summary, string? details = null) : Command(name, summary)
{
    /// <summary>Puts the whole text in place of the summary, for the verb's own help.</summary>
    public void Expand() => Description = Description + "\n\n" + (details == null ? "" : details + "\n\n") + ExitCode.Help;
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
                return action(arguments, output);
            }
            catch (CommandException e)
            {
                output.Error(e.Message);
                output.Report(Verbosity.Diagnostic, "diagnostic", e.ToString());
                return e.ExitCode;
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

    public static Option<int> Within(Option<int> option, int least, int most)
    {
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && int.TryParse(result.Tokens[0].Value, out int value) && (value < least || value > most))
            {
                result.AddError($"{option.Name} must be {least} to {most}.");
            }
        });
        return option;
    }

    private static Verbosity Unknown(ArgumentResult result, string text)
    {
        result.AddError($"--verbosity: \"{text}\" is none of quiet, minimal, normal, detailed, diagnostic.");
        return default;
    }
}
