using System;
using System.CommandLine;
using System.Linq;
using System.Net;

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

    public Option<RekeyLimit> RekeyAfter { get; } = RekeyLimit.NewOption();

    public Option<bool> Echo { get; } = new("--echo") { Description = "Send each message back." };

    public Option<bool> Raw { get; } = new("--raw") { Description = "Write messages to stdout without a newline after each." };

    public void AddTo(Command command)
    {
        foreach (Option option in new Option[] { PskFile, Token, Ports, RendezvousPort, Suite, Features, RekeyAfter, Echo, Raw, Bind, DiscoveryPort })
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
        arguments.GetValue(RekeyAfter).ApplyTo(options);
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
