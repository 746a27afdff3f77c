using System.Linq;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
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

    /// <summary>The IPv4 address of the interface that has a gateway, the one through which others find this machine; null when there is none.</summary>
    public static IPAddress? OwnAddress() => NetworkInterface.GetAllNetworkInterfaces()
        .Where(i => i.OperationalStatus == OperationalStatus.Up && i.NetworkInterfaceType != NetworkInterfaceType.Loopback)
        .Select(i => i.GetIPProperties())
        .OrderByDescending(p => p.GatewayAddresses.Count)
        .SelectMany(p => p.UnicastAddresses)
        .Select(a => a.Address)
        .FirstOrDefault(a => a.AddressFamily == AddressFamily.InterNetwork);

    /// <summary>What others may reach this machine by: the address to which it is bound, or one of its own, or its name.</summary>
    public static string OwnName(IPAddress? bound) => (bound ?? OwnAddress())?.ToString() ?? Dns.GetHostName();
}
