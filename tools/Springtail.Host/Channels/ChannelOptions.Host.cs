#nullable enable
using System;
using System.Net;
using Microsoft.Extensions.Logging;

namespace Springtail;

// What a desktop may set besides.
public sealed partial class ChannelOptions
{
    private StateFolder? _state;

    /// <summary>The one local address to bind to where <see cref="Transport"/> is null; by default all of the machine's, IPv4 and IPv6.</summary>
    public IPAddress? LocalAddress { get; set; }

    /// <summary>
    /// A reliable message counts as received when the application says so (<see cref="ChannelMessage.Acknowledge"/>), not when it has come: so the peer keeps it until then.
    /// It is for messages that are given out by <see cref="Channel.ReceiveAsync"/> and <see cref="Channel.ReceiveAllAsync"/>. As many as
    /// <see cref="ReceiveAhead"/> says may be held so; then there are no further ones, and the peer's window closes.
    /// </summary>
    /// <remarks>
    /// The peer's timers measure the time that it takes, at least 200 ms: within that nothing is sent twice. Held for longer, a message is repeated ever more
    /// rarely, and the session goes on.
    /// </remarks>
    public bool ManualAcknowledgment { get; set; }

    /// <summary>
    /// Where the installation keeps what must outlive this process, and where other processes of it do; null for nowhere. Setting it sets
    /// <see cref="Installation"/>: who connects and who listens with one folder refuse each other.
    /// </summary>
    public StateFolder? State
    {
        get => _state;
        set
        {
            _state = value;
            Installation = value?.Installation;
        }
    }

    /// <summary>
    /// A listener with a <see cref="State"/> that is closed in order keeps its channels for the listener that opens the same folder next, in place of closing them: with
    /// what they have not delivered, and no keys (PROTOCOL.md 14.2). That one gets them from its accept calls at once, not heard until their peers come.
    /// </summary>
    public bool KeepSessions { get; set; } = true;

    /// <summary>The same, where there is a folder; a token's sessions are not kept.</summary>
    internal bool KeepsSessions => KeepSessions && State != null && Token == null;

    /// <summary>Without <see cref="State"/> the failures with <see cref="Token"/> are kept in the user's own folder.</summary>
    internal bool KeepsGuesses { get; set; }

    partial void KeepGuesses()
    {
        if (Token != null && (State ?? (KeepsGuesses ? new StateFolder(StateFolder.DefaultPath) : null)) is { } state)
        {
            TokenGuard.KeepIn(state.Tokens, Token);
        }
    }

    /// <summary>Where channels and listeners log, under the name Springtail; null for nowhere.</summary>
    public ILoggerFactory? LoggerFactory { get; set; }

    /// <summary>
    /// Where the keys of sessions go, for whoever is to read captured packets (tools/wireshark); null for nowhere. It gives away all that the sessions carry.
    /// Shared by channels and listeners, and disposed by nobody but its owner.
    /// </summary>
    public KeyLog? KeyLog { get; set; }

    /// <summary>The same for a session that has no keys.</summary>
    internal ChannelOptions WithoutKeyLog()
    {
        if (KeyLog == null)
        {
            return this;
        }

        ChannelOptions silent = (ChannelOptions)MemberwiseClone();
        silent.KeyLog = null;
        return silent;
    }

    /// <summary>Told of each attempt at a handshake, from 1 on.</summary>
    internal Action<int>? Attempted { get; set; }

    /// <summary>Finds the addresses of a name in place of the system; null for the system.</summary>
    internal Func<string, IPAddress[]>? NameLookup { get; set; }

    /// <summary>Names of <see cref="Psks"/>, in their order, for <see cref="ChannelStatus.KeyName"/>; null for none.</summary>
    public string[]? PskNames { get; set; }
}
