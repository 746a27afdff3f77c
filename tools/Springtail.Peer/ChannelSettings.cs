using System;
using System.CommandLine;
using System.CommandLine.Parsing;
using System.Linq;
using System.Net;
using System.Text;
using Springtail.Crypto;
using Springtail.Discovery;
using Springtail.Words;

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
        PskDir = NewPskDir(
            listens ? "A folder of such files, one for each peer: all are served." : "A folder of such files: the one that the listener holds too is discovered first, which it must allow (--discovery).");
        Suite = new("--suite")
        {
            Description = (listens ? "Allow this suite only: 1 (P-256), 2 (X25519), 3 (P-256, fuzzy); without it these three." : "The suite to ask for: 1 (P-256), 2 (X25519), 3 (P-256, fuzzy); without it 2.")
                + " With a token 5 (SPAKE2), or 4 for peers that know no other: who answers a handshake of suite 4 can try all tokens offline.",
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

        Verb.Within(Suite, 1, 5);
        Verb.Within(Features, 0, 3);
    }

    public Option<string[]> PskFile { get; }

    public Option<string> PskDir { get; }

    /// <summary>The files that <see cref="Build"/> took the PSKs from, in the order of the options' PSKs: paths, or names within the folder.</summary>
    public string[] PskNames { get; private set; } = [];

    public Option<bool> Discovery { get; } = new("--discovery")
    {
        Description = "Answer peers that ask at the discovery port which PSK they share with this listener. Nobody without one learns anything by it.",
    };

    public Option<string?> Token { get; } = new("--token")
    {
        Description = "Two spoken words in place of a PSK. Whoever does not know them has three guesses; then they are dead, and both sides say so.",
        HelpName = "WORD-WORD",
    };

    public Option<bool> Pair { get; } = new("--pair") { Description = "Draw a token, show it, and wait for the peer that is told it; or take the one of --token." };

    public Option<string?> SavePsk { get; } = new("--save-psk")
    {
        Description = "With a token, on both sides: make a fresh PSK together, store it in this file for later, and end. A file that exists is not overwritten.",
        HelpName = "FILE",
    };

    public Option<int> Suite { get; }

    public Option<int> Features { get; }

    public Option<PortRange> Ports { get; } = PortRange.NewOption();

    public Option<int> RendezvousPort { get; } = Verb.Within(
        new Option<int>("--rendezvous") { Description = "One fixed port for the first packet, alike on both sides. Without it that port follows clock and PSK.", HelpName = "PORT" }, 1, 65535);

    public Option<int> DiscoveryPort { get; } = Verb.Within(
        new Option<int>("--discovery-port") { Description = "The port where devices without a clock ask for the time, and where discovery is; 0 for none.", HelpName = "PORT", DefaultValueFactory = _ => 1025 }, 0, 65535);

    public Option<IPAddress?> Bind { get; } = NewBind();

    public Option<RekeyLimit> RekeyAfter { get; } = RekeyLimit.NewOption();

    public Option<string?> ListenerName { get; } = new("--listener-name")
    {
        Description = "The listener's name, alike on both sides, where several listeners share a PSK: at most 64 bytes of UTF-8.",
        HelpName = "NAME",
    };

    public Option<bool> Pad { get; } = new("--pad") { Description = "Pad messages and their acknowledgments too, so that their sizes tell less." };

    public Option<bool> Echo { get; } = new("--echo") { Description = "Send each message back." };

    public Option<bool> Raw { get; } = new("--raw") { Description = "Write messages to stdout without a newline after each." };

    public static Option<string> NewPskDir(string description) => new("--psk-dir") { Description = description, HelpName = "DIR" };

    public static Option<IPAddress?> NewBind() => new("--bind")
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

    public void AddTo(VerbCommand command)
    {
        foreach (Option option in new Option[] { PskFile, PskDir, Token, SavePsk, Ports, RendezvousPort, Suite, Features, RekeyAfter, ListenerName, Pad, Echo, Raw, Bind, DiscoveryPort })
        {
            command.Add(option);
        }

        if (_listens)
        {
            command.Add(Discovery);
            command.Add(Pair);
        }

        command.Check(Mistake);
    }

    public ChannelOptions Build(ParseResult arguments)
    {
        PortRange ports = arguments.GetValue(Ports);
        string[] files = arguments.GetValue(PskFile) ?? [];
        PskFolder? folder = arguments.GetValue(PskDir) is { } path ? PskFolder.Read(path) : null;
        byte[][] psks = [.. files.Select(Springtail.PskFile.Read), .. folder?.Psks ?? []];
        PskNames = [.. files, .. folder?.Names ?? []];
        PskFolder.RequireDistinct(PskNames, psks);
        ChannelOptions options = ChannelOptions.ForServer();
        options.PortMin = ports.First;
        options.PortCount = ports.Count;
        options.RendezvousPort = arguments.GetValue(RendezvousPort);
        options.Suite = arguments.GetValue(Suite);
        options.Features = arguments.GetValue(Features);
        options.DiscoveryPort = arguments.GetValue(DiscoveryPort);
        options.LocalAddress = arguments.GetValue(Bind);
        arguments.GetValue(RekeyAfter).ApplyTo(options);
        options.ListenerName = arguments.GetValue(ListenerName) ?? "";
        options.PadMessages = arguments.GetValue(Pad);
        options.Token = arguments.GetValue(Token);
        if (_listens && options.Token == null && arguments.GetValue(Pair))
        {
            options.Token = WordList.DrawToken(CryptoCore.Default);
        }

        if (arguments.GetValue(SavePsk) is { } file)
        {
            Springtail.PskFile.CheckNew(file);
        }

        if (options.Token != null)
        {
            CheckToken(options.Token);

            // A listener with a token answers no questions; nobody is to expect it.
            options.DiscoveryPort = 0;
        }
        else if (_listens)
        {
            options.Psks = psks;
            options.Discovery = arguments.GetValue(Discovery) ? NewDiscovery(psks) : null;
        }
        else if (files.Length == 0)
        {
            options.Psks = psks;
            options.Discovery = NewDiscovery(psks);
        }
        else
        {
            options.Psk = psks[0];
        }

        return options;
    }

    private string? Mistake(ParseResult arguments)
    {
        bool file = arguments.GetValue(PskFile) is { Length: > 0 };
        bool folder = arguments.GetValue(PskDir) != null;
        bool psk = file || folder;
        bool discovery = _listens && arguments.GetValue(Discovery);
        bool token = arguments.GetValue(Token) != null || (_listens && arguments.GetValue(Pair));
        int suite = arguments.GetValue(Suite);
        if (psk == token)
        {
            return psk ? "A PSK and a token exclude each other." : "--psk-file FILE or --psk-dir DIR is needed (springtail keygen makes a key), or a token.";
        }

        if (psk && arguments.GetValue(SavePsk) != null)
        {
            return "--save-psk stores what a pairing by token makes: it goes with --token.";
        }

        if (!_listens && file && folder)
        {
            return "--psk-file and --psk-dir exclude each other.";
        }

        if (arguments.GetValue(DiscoveryPort) == 0 && (_listens ? discovery : folder))
        {
            return "Discovery needs a --discovery-port.";
        }

        if (token && discovery)
        {
            return "--discovery finds a PSK: it goes with --psk-file or --psk-dir.";
        }

        if (arguments.GetValue(ListenerName) is { } name && (token || Encoding.UTF8.GetByteCount(name) > Keys.LongTermKeys.MaxNameSize))
        {
            return token ? "--listener-name goes with a PSK: a token has one listener." : "--listener-name has at most 64 bytes of UTF-8.";
        }

        if (suite != 0 && token != suite > 3)
        {
            return token ? "With a token --suite is 5 or 4." : "With a PSK --suite is 1, 2 or 3.";
        }

        return null;
    }

    private static PskDiscovery NewDiscovery(byte[][] psks)
    {
        return psks.Length <= Packets.DiscoveryRequest.MaxPsks
            ? new PskDiscovery { MaxExchanges = 16 }
            : throw new CommandException(ExitCode.File, $"Discovery takes at most {Packets.DiscoveryRequest.MaxPsks} PSKs; these are {psks.Length}.");
    }

    public static void CheckToken(string token)
    {
        string[] words = token.Split('-');
        if (words.Length != 2 || !words.All(w => w.Length > 0 && w.All(char.IsAsciiLetterLower)))
        {
            throw new CommandException(ExitCode.Usage, $"A token is two words of lower-case letters with a hyphen between them, like ocean-tiger; \"{token}\" is none.");
        }
    }
}
