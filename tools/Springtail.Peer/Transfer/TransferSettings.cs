using System.CommandLine;
using System.Net;
using Springtail.Packets;

namespace Springtail.Peer.Transfer;

/// <summary>The options that <c>send</c> and <c>receive</c> share, and what they make of a <see cref="ChannelOptions"/>.</summary>
internal sealed class TransferSettings
{
    /// <summary>A message of a file's bytes: large enough that the threads seldom meet, and a whole number of fragments.</summary>
    public const int MessageSize = 64 * DataPayload.FragmentSize;

    // A peer that is gone is to be noticed soon.
    private const int Keepalive = 3;

    // A receiver that takes the place of another, and some that learn that they do not.
    private const int Sessions = 4;

    /// <summary>Whoever was not heard for so long is gone: longer than his keepalive, in ms.</summary>
    public const int LongSilence = 1000 * (Keepalive + 1);

    private const int DefaultRendezvous = 1026;

    public Option<PortRange> Ports { get; } = PortRange.NewOption();

    public Option<int> RendezvousPort { get; } = Verb.Within(
        new Option<int>("--rendezvous") { Description = "The port for the first packet, alike on both sides.", HelpName = "PORT", DefaultValueFactory = _ => DefaultRendezvous }, 1, 65535);

    public Option<IPAddress?> Bind { get; } = ChannelSettings.NewBind();

    public Option<int> Padding { get; } = ChannelSettings.NewPadding();

    public Option<bool> NoPreserve { get; } = new("--no-preserve") { Description = "Do without permission bits and times: files are as new ones are here." };

    public Option<string?> KeyLog { get; } = KeyLogOption.New();

    public TokenInput Token { get; } = new();

    public Option<string?> State { get; } = ChannelSettings.NewState();

    public void AddTo(Command command)
    {
        command.Add(Ports);
        command.Add(RendezvousPort);
        command.Add(Bind);
        command.Add(Padding);
        command.Add(NoPreserve);
        command.Add(KeyLog);
        command.Add(State);
    }

    public ChannelOptions Build(ParseResult arguments, string token)
    {
        PortRange ports = arguments.GetValue(Ports);
        ChannelOptions options = ChannelOptions.ForServer();
        options.Token = token;
        options.State = arguments.GetValue(State) is { } state ? new StateFolder(state) : null;
        options.PortMin = ports.First;
        options.PortCount = ports.Count;
        options.RendezvousPort = arguments.GetValue(RendezvousPort);
        options.Features = 0;
        options.DiscoveryPort = 0;
        options.Keepalive = Keepalive;
        options.Padding = arguments.GetValue(Padding);
        options.MaxMessageSize = MessageSize;
        options.MaxSessions = Sessions;
        options.SessionsPerPsk = Sessions;
        options.Transport = Network.Open(arguments.GetValue(Bind));
        return options;
    }

    /// <summary>What the other side has to be told besides the token: the options that differ from the defaults.</summary>
    /// <param name="arguments">Those of this side.</param>
    /// <param name="isFound">The other side learns the first port when it finds this one.</param>
    public string ForOtherSide(ParseResult arguments, bool isFound = false)
    {
        PortRange ports = arguments.GetValue(Ports);
        int rendezvous = arguments.GetValue(RendezvousPort);
        return (isFound || rendezvous == DefaultRendezvous ? "" : $" --rendezvous {rendezvous}") + (ports == PortRange.Default ? "" : $" --ports {ports}")
            + (arguments.GetValue(Token.Exact) ? " --exact-token" : "");
    }
}
