using System;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace Springtail.Peer.Nearby;

/// <summary>A network that this machine is on, as one family of addresses sees it.</summary>
/// <param name="Index">The interface's number in this family.</param>
/// <param name="Family">IPv4 or IPv6.</param>
/// <param name="IsLoopback">No other machine is on it.</param>
/// <param name="Addresses">This machine's addresses there, of both families, without those that hold on one link alone (fe80::).</param>
internal sealed record LocalLink(int Index, AddressFamily Family, bool IsLoopback, IReadOnlyList<IPAddress> Addresses)
{
    /// <summary>All of them; or those of one address of this machine.</summary>
    public static IReadOnlyList<LocalLink> All(IPAddress? bound)
    {
        List<LocalLink> links = [];
        foreach (NetworkInterface network in NetworkInterface.GetAllNetworkInterfaces())
        {
            // Linux says of the loopback that it knows nothing of its status, and that it has no multicast, which it has.
            bool isLoopback = network.NetworkInterfaceType == NetworkInterfaceType.Loopback;
            if (!isLoopback && !(network.OperationalStatus == OperationalStatus.Up && network.SupportsMulticast))
            {
                continue;
            }

            IPInterfaceProperties properties = network.GetIPProperties();
            IPAddress[] addresses = [.. properties.UnicastAddresses.Select(a => a.Address).Where(a => !a.IsIPv6LinkLocal && Serves(bound, a))];
            if (addresses.Length == 0 && isLoopback && bound != null && IPAddress.IsLoopback(bound))
            {
                // Every address of 127.0.0.0/8 is there without being listed.
                addresses = [bound];
            }

            foreach (AddressFamily family in addresses.Select(a => a.AddressFamily).Distinct())
            {
                int index = family == AddressFamily.InterNetwork ? properties.GetIPv4Properties().Index : properties.GetIPv6Properties().Index;
                links.Add(new LocalLink(index, family, isLoopback, addresses));
            }
        }

        return links;
    }

    private static bool Serves(IPAddress? bound, IPAddress address)
    {
        return bound == null || bound.Equals(IPAddress.IPv6Any) || bound.Equals(address) || (bound.Equals(IPAddress.Any) && address.AddressFamily == AddressFamily.InterNetwork);
    }
}
