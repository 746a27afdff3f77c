#nullable enable
using System;
using System.Net;
using Microsoft.Extensions.Logging;
using Springtail.Transport;

namespace Springtail;

// What a desktop may set besides.
public sealed partial class ChannelOptions
{
    private StateFolder? _state;

    /// <summary>The one local address to bind to where <see cref="Transport"/> is null; by default all of the machine's, IPv4 and IPv6.</summary>
    public IPAddress? LocalAddress { get; set; }

    /// <summary>
    /// A reliable message counts as received when the application says so (<see cref="ChannelMessage.Acknowledge"/>), not when it has come: the peer keeps it until then.
    /// This applies to messages that <see cref="Channel.ReceiveAsync"/> and <see cref="Channel.ReceiveAllAsync"/> return. The application may hold as many of them as
    /// <see cref="ReceiveAhead"/> says; then it gets no further ones, and the peer's window closes.
    /// </summary>
    /// <remarks>
    /// The peer's timers adapt to the time that the application takes, and last at least 200 ms: within that nothing is sent twice. A message that is held for
    /// longer is repeated at growing intervals, and the session goes on.
    /// </remarks>
    public bool ManualAcknowledgment { get; set; }

    /// <summary>
    /// Where the installation, all of its processes included, keeps what must outlive a process; null for nowhere. Setting it sets
    /// <see cref="Installation"/>: a connecting and a listening side with the same folder refuse each other.
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
    /// When a listener with a <see cref="State"/> is closed in order, it does not close its channels but keeps them for the listener that opens the same folder next,
    /// with what they have not delivered, and with keys only for peers that sleep (PROTOCOL.md 14.2). The next listener's accept calls return them at once, in the
    /// state Recovering until their peers come.
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
    /// Where the keys of sessions are written, to read captured packets with (tools/wireshark); null for nowhere. It reveals all that the sessions carry.
    /// Channels and listeners share it; only its owner disposes of it.
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

    /// <summary>The transport sends large packets whole or not at all (PROTOCOL.md 9.1).</summary>
    internal bool SendsLargePackets { get; set; }

    partial void ChoosePackets() => SendsLargePackets = JoinedDatagrams.AreSupported && (Transport is null or SocketTransport { Joins: true });

    /// <summary>Told of each attempt at a handshake, from 1 on.</summary>
    internal Action<int>? Attempted { get; set; }

    /// <summary>Finds the addresses of a name in place of the system; null for the system.</summary>
    internal Func<string, IPAddress[]>? NameLookup { get; set; }

    /// <summary>Names of <see cref="Psks"/>, in their order, for <see cref="ChannelStatus.KeyName"/>; null for none.</summary>
    public string[]? PskNames { get; set; }
}
