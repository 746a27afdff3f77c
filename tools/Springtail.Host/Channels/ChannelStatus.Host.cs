#nullable enable
using System.Net;
using Springtail.Packets;

namespace Springtail;

// What a desktop can tell besides.
public sealed partial class ChannelStatus
{
    /// <summary>The name of the session's key, of <see cref="ChannelOptions.PskNames"/>; null where it has none.</summary>
    public string? KeyName { get; internal set; }

    /// <summary>The listener has ended in order and kept the session: the channel goes on in the listener that opens the same <see cref="ChannelOptions.State"/> next.</summary>
    public bool IsKept { get; internal set; }

    /// <summary>A listener before this one has kept the session, and its peer is not back yet with another.</summary>
    internal bool WasKept { get; set; }

    /// <summary>The peer's address and the port to which packets go now.</summary>
    public IPEndPoint PeerEndPoint => new(new IPAddress(Peer.Family == Endpoint.FamilyIPv4 ? Peer.Address[..4] : Peer.Address), PeerPort);
}
