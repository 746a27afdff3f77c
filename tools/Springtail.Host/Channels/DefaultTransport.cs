namespace Springtail.Transport;

/// <summary>The transport of a channel that was given none.</summary>
internal static class DefaultTransport
{
    public static IDatagramTransport Create(ChannelOptions options) => new SocketTransport(options.LocalAddress);
}
