using System.Net;
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
}
