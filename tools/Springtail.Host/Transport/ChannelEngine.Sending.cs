using Springtail.Sessions;
using Springtail.Transport;

namespace Springtail;

internal partial class ChannelEngine
{
    /// <summary>The sockets that the datagrams go through; null where they go another way.</summary>
    public SocketTransport Sockets => Transport as SocketTransport ?? (Transport as PooledTransport)?.Sockets;

    // A pooled transport's sockets, or whatever else holds datagrams back.
    private IHoldingTransport Holding => Transport as IHoldingTransport ?? Sockets;

    partial void LookAhead(IProtocolPeer peer)
    {
        if (peer is Client client && Sockets is { } sockets)
        {
            client.MoreComes = () => sockets.HasJoined;
        }
    }

    partial void BeginSending() => Holding?.Hold();

    partial void EndSending() => Holding?.Release();
}
