using System;
using System.CommandLine;
using System.CommandLine.Parsing;
using System.IO;
using System.Linq;
using System.Net;
using System.Text;
using Springtail.Crypto;
using Springtail.Discovery;
using Springtail.Packets;
using Springtail.Words;

namespace Springtail.Peer;

/// <summary>The options that <c>listen</c> and <c>connect</c> share, and what they make of a <see cref="ChannelOptions"/>.</summary>
internal sealed class ChannelSettings
{
    private const int DefaultPairPort = 1026;

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
                + " With a token 5 (SPAKE2), or 4 for peers that know no other: whoever answers a handshake of suite 4 can try all tokens offline.",
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

    /// <summary>Whose the PSKs are, in the order of the options' PSKs: a file's path, or the peer's name in the folder.</summary>
    public string[] PskNames { get; private set; } = [];

    /// <summary>The files that <see cref="Build"/> took them from, in the same order: paths, or names within the folder.</summary>
    public string[] PskFiles { get; private set; } = [];

    public Option<bool> Discovery { get; } = new("--discovery")
    {
        Description = "Answer peers that ask at the discovery port which PSK they share with this listener. A peer that shares none learns nothing.",
    };

    public TokenInput Token { get; } = new();

    public Option<bool> Pair { get; } = new("--pair")
    {
        Description = "Draw a token, show it, and wait for the peer that is told it; or take the one of --token. With --psk-dir and --name: pair with one new peer while the others are served.",
    };

    public Option<string?> NewName { get; } = new("--name") { Description = "With --psk-dir and --pair: the file in the folder that gets the new peer's key.", HelpName = "NAME" };

    public Option<int> PairPort { get; } = Verb.Within(
        new Option<int>("--pair-port") { Description = "With --psk-dir and --pair: where the new peer's first packet goes.", HelpName = "PORT", DefaultValueFactory = _ => DefaultPairPort }, 1, 65535);

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

    public Option<string?> State { get; } = NewState();

    public Option<RekeyLimit> RekeyAfter { get; } = RekeyLimit.NewOption();

    public Option<string?> ListenerName { get; } = new("--listener-name")
    {
        Description = "The listener's name, alike on both sides, where several listeners share a PSK: at most 64 bytes of UTF-8.",
        HelpName = "NAME",
    };

    public Option<int> Padding { get; } = NewPadding();

    public Option<string?> KeyLog { get; } = KeyLogOption.New();

    public Option<bool> Echo { get; } = new("--echo") { Description = "Send each message back." };

    public Option<bool> Raw { get; } = new("--raw") { Description = "Take stdin as bytes and not as lines, and write messages to stdout without a newline after each." };

    public static Option<string> NewPskDir(string description) => new("--psk-dir") { Description = description, HelpName = "DIR" };

    public static Option<int> NewPadding() => Verb.Within(
        new Option<int>("--padding")
        {
            Description = "Fill each packet of messages sent up to a multiple of that many bytes, and by up to 63 more at random; acknowledgments by these alone. 1 hides exact sizes only, 256 how long short "
                + "messages are, 1145 makes all as long as they can be; 0, the default, leaves them as they are. It costs the bytes. The other side takes it without being told.",
            HelpName = "BYTES",
        }, 0, DataPayload.FragmentSize);

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

    public static Option<string?> NewState() => new("--state")
    {
        Description = "Keep in this folder what must outlive this process: an id by which the installation refuses its own first packets, what a listener has answered, failures with tokens, and the sessions of a listener that ends in order, for the next one. Made when it is not there.",
        HelpName = "DIR",
    };

    public void AddTo(VerbCommand command)
    {
        foreach (Option option in new Option[] { PskFile, PskDir, Token.Token, Token.File, Token.Exact, SavePsk, State, ListenerName, Ports, RendezvousPort, Suite, Features, RekeyAfter, Padding, Echo, Raw, Bind, DiscoveryPort, KeyLog })
        {
            command.Add(option);
        }

        if (_listens)
        {
            command.Add(Discovery);
            command.Add(Pair);
            command.Add(NewName);
            command.Add(PairPort);
        }

        command.Check(Mistake);
        command.Check(arguments => arguments.GetValue(Raw) && arguments.GetValue(Verb.JsonOption) ? "--raw writes bytes and --json objects: they exclude each other." : null);
    }

    public ChannelOptions Build(ParseResult arguments)
    {
        PortRange ports = arguments.GetValue(Ports);
        string[] files = arguments.GetValue(PskFile) ?? [];
        PskFolder? folder = arguments.GetValue(PskDir) is { } path ? PskFolder.Read(path, mayBeEmpty: TakesNewcomer(arguments)) : null;
        byte[][] psks = [.. files.Select(Springtail.PskFile.Read), .. folder?.Psks ?? []];
        PskNames = [.. files, .. folder?.Names ?? []];
        PskFiles = [.. files, .. folder?.Files ?? []];
        PskFolder.RequireDistinct(PskFiles, psks);
        ChannelOptions options = ChannelOptions.ForServer();
        options.PortMin = ports.First;
        options.PortCount = ports.Count;
        options.RendezvousPort = arguments.GetValue(RendezvousPort);
        options.Suite = arguments.GetValue(Suite);
        options.Features = arguments.GetValue(Features);
        options.DiscoveryPort = arguments.GetValue(DiscoveryPort);
        options.LocalAddress = arguments.GetValue(Bind);
        options.ListenerName = arguments.GetValue(ListenerName) ?? "";
        options.State = arguments.GetValue(State) is { } state ? new StateFolder(state) : null;
        arguments.GetValue(RekeyAfter).ApplyTo(options);
        options.Padding = arguments.GetValue(Padding);
        if (arguments.GetValue(SavePsk) is { } file)
        {
            Springtail.PskFile.CheckNew(file);
        }

        if (psks.Length == 0 && folder == null)
        {
            options.Token = ReadOrDrawToken(arguments);
        }

        options.KeepsGuesses = !_listens;
        if (options.Token != null)
        {
            // A listener with a token answers no questions, so the option would mislead.
            options.DiscoveryPort = 0;
        }
        else if (_listens)
        {
            options.Psks = psks;
            options.PskNames = PskNames;
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

    /// <summary>Whether a listener takes a new peer in beside those whose keys it has.</summary>
    public bool TakesNewcomer(ParseResult arguments) => _listens && arguments.GetValue(PskDir) != null && arguments.GetValue(Pair);

    /// <summary>What a listener beside the one of <see cref="Build"/> needs, which pairs with a new peer.</summary>
    public ChannelOptions BuildPairing(ParseResult arguments)
    {
        PortRange ports = arguments.GetValue(Ports);
        ChannelOptions options = ChannelOptions.ForServer();
        options.PortMin = ports.First;
        options.PortCount = ports.Count;
        options.RendezvousPort = arguments.GetValue(PairPort);
        options.Token = ReadOrDrawToken(arguments);
        options.DiscoveryPort = 0;
        return options;
    }

    /// <summary>The line to type on the other side of a pairing.</summary>
    public string PairingLine(ParseResult arguments, ChannelOptions options, string? saveAs)
    {
        PortRange ports = arguments.GetValue(Ports);
        return $"springtail connect {CommandText.Quote(Network.OwnName(arguments.GetValue(Bind)))} --token {options.Token}"
            + (arguments.GetValue(Token.Exact) ? " --exact-token" : "")
            + (saveAs == null ? "" : $" --save-psk {CommandText.Quote(saveAs)}")
            + (options.Suite == 0 ? "" : $" --suite {options.Suite}")
            + (options.RendezvousPort is 0 or DefaultPairPort ? "" : $" --rendezvous {options.RendezvousPort}")
            + (ports == PortRange.Default ? "" : $" --ports {ports}");
    }

    private string ReadOrDrawToken(ParseResult arguments)
    {
        return Token.IsGiven(arguments) || !arguments.GetValue(Pair) ? Token.Read(arguments) : WordList.DrawToken(CryptoCore.Default);
    }

    private string? Mistake(ParseResult arguments)
    {
        bool file = arguments.GetValue(PskFile) is { Length: > 0 };
        bool folder = arguments.GetValue(PskDir) != null;
        bool psk = file || folder;
        bool discovery = _listens && arguments.GetValue(Discovery);
        bool token = Token.IsGiven(arguments) || (_listens && arguments.GetValue(Pair));
        int suite = arguments.GetValue(Suite);
        if (Token.Mistake(arguments) is { } mistake)
        {
            return mistake;
        }

        if (TakesNewcomer(arguments))
        {
            return arguments.GetValue(NewName) is not { } newName ? "--psk-dir with --pair takes a new peer in: --name NAME says which file gets its key."
                : newName[0] == '.' || newName != Path.GetFileName(newName) ? "--name: a file in the folder, without a path, that does not begin with a dot."
                : arguments.GetValue(SavePsk) != null ? "--save-psk goes with a token alone: with --psk-dir it is --name NAME."
                : suite > 3 ? "With a PSK --suite is 1, 2 or 3." : null;
        }

        if (_listens && arguments.GetValue(NewName) != null)
        {
            return "--name goes with --psk-dir and --pair.";
        }

        if (psk && token)
        {
            return "A PSK and a token exclude each other.";
        }

        if (!psk && !token)
        {
            if (_listens || !TokenInput.IsToBeHad)
            {
                return "--psk-file FILE or --psk-dir DIR is needed (springtail keygen makes a key), or a token.";
            }

            token = true;
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
}
