using Springtail.Transport;

namespace Springtail;

internal partial class ChannelEngine
{
    /// <summary>The sockets that the datagrams go through; null where they go another way.</summary>
    public SocketTransport Sockets => _transport as SocketTransport ?? (_transport as PooledTransport)?.Sockets;

    partial void BeginSending() => Sockets?.Hold();

    partial void EndSending() => Sockets?.Release();
}
