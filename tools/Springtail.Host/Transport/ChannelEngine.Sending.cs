using Springtail.Transport;

namespace Springtail;

internal partial class ChannelEngine
{
    partial void BeginSending() => (_transport as IHoldingTransport)?.Hold();

    partial void EndSending() => (_transport as IHoldingTransport)?.Release();
}
