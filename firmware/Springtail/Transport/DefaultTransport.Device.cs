namespace Springtail.Transport;

/// <summary>The transport of a channel that was given none. A desktop leaves this file out and has its own.</summary>
internal static class DefaultTransport
{
    public static IDatagramTransport Create(ChannelOptions options) => new UdpTransport();
}
