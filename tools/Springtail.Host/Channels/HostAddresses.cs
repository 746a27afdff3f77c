#nullable enable
using System;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;
using Springtail.Packets;
using Springtail.Transport;

namespace Springtail;

/// <summary>The addresses of a listener's host, in the order in which they are to be tried (RFC 8305, 4).</summary>
internal static class HostAddresses
{
    /// <summary>Looks a name up.</summary>
    /// <param name="host">A name, or a numeric address.</param>
    /// <param name="options">Their resolver is asked, where one is set; otherwise the system.</param>
    /// <param name="sockets">What is to reach them.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>At least one address.</returns>
    /// <exception cref="SpringtailException">SESSION_NOT_FOUND: the name is not known, or none of its addresses can be reached.</exception>
    public static async Task<Endpoint[]> LookUpAsync(string host, ChannelOptions options, SocketTransport sockets, CancellationToken cancellationToken)
    {
        IPAddress[] addresses;
        if (IPAddress.TryParse(host, out IPAddress? numeric))
        {
            CheckInterface(host, numeric);
        }

        try
        {
            addresses = numeric != null ? new[] { numeric }
                : options.NameLookup != null ? options.NameLookup(host)
                : await Dns.GetHostAddressesAsync(host, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            throw new SpringtailException(ErrorCode.SessionNotFound, "The host " + host + " is not known (" + e.Message + "): check the name and that the network is up.");
        }

        Endpoint[] endpoints = InTurn(addresses.Where(sockets.Reaches)).Select(Endpoint.Of).ToArray();
        return endpoints.Length > 0 ? endpoints : throw new SpringtailException(ErrorCode.SessionNotFound, "The host " + host + " has no address that can be reached from here.");
    }

    /// <summary>Refuses an address that names a network interface which is not there: the name is read as none, and packets to such an address go nowhere.</summary>
    /// <exception cref="SpringtailException">SESSION_NOT_FOUND: there is none of that name.</exception>
    public static void CheckInterface(string host, IPAddress address)
    {
        if (address.AddressFamily == AddressFamily.InterNetworkV6 && address.ScopeId == 0 && host.IndexOf('%') is >= 0 and int at && host[(at + 1)..] is not "0")
        {
            throw new SpringtailException(ErrorCode.SessionNotFound, "The host " + host + " names a network interface that this machine has not: " + host[(at + 1)..] + ".");
        }
    }

    /// <summary>The families in turn, each in the system's order, that of the first address first.</summary>
    public static IEnumerable<IPAddress> InTurn(IEnumerable<IPAddress> addresses)
    {
        IPAddress[] all = addresses.Distinct().ToArray();
        IPAddress[] first = all.Where(a => a.AddressFamily == all[0].AddressFamily).ToArray();
        IPAddress[] second = all.Where(a => a.AddressFamily != all[0].AddressFamily).ToArray();
        for (int i = 0; i < Math.Max(first.Length, second.Length); i++)
        {
            if (i < first.Length)
            {
                yield return first[i];
            }

            if (i < second.Length)
            {
                yield return second[i];
            }
        }
    }
}
