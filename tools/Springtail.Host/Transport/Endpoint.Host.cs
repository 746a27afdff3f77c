#nullable disable
using System.Net;
using System.Net.Sockets;

namespace Springtail.Packets;

public sealed partial class Endpoint
{
    /// <summary>
    /// Which of this machine's addresses this one's datagrams were sent to, and answers come from, by the number that the transport has for it; 0 when that does not matter.
    /// No part of the endpoint as the protocol writes it.
    /// </summary>
    public int OwnAddress { get; set; }

    /// <summary>
    /// The number of this machine's network interface by which a link-local IPv6 address is reached (RFC 4007 6); 0 for all other addresses. No part of the endpoint as the
    /// protocol writes it.
    /// </summary>
    internal uint Scope { get; set; }

    /// <summary>An endpoint without a port.</summary>
    internal static Endpoint Of(IPAddress address)
    {
        Endpoint endpoint = new Endpoint();
        endpoint.SetAddress(address.GetAddressBytes());
        endpoint.Scope = address.AddressFamily == AddressFamily.InterNetworkV6 ? (uint)address.ScopeId : 0;
        return endpoint;
    }

    partial void CopyWay(Endpoint other)
    {
        OwnAddress = other.OwnAddress;
        Scope = other.Scope;
    }
}
