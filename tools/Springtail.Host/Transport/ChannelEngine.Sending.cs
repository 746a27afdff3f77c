using Springtail.Transport;

namespace Springtail;

internal partial class ChannelEngine
{
    partial void BeginSending() => (_transport as SocketTransport)?.Hold();

    partial void EndSending() => (_transport as SocketTransport)?.Release();
}
