using System.Net;
using Springtail.Packets;
using Springtail.Transport;

namespace Springtail.Peer;

internal static class Network
{
    public static SocketTransport Open(IPAddress? address)
    {
        try
        {
            return new SocketTransport(address);
        }
        catch (SpringtailException e)
        {
            throw new CommandException(ExitCode.Network, e.Message, e);
        }
    }

    public static Endpoint Resolve(SocketTransport transport, string host)
    {
        try
        {
            return transport.Resolve(host);
        }
        catch (SpringtailException e)
        {
            throw new CommandException(ExitCode.Network, e.Message, e);
        }
    }
}
