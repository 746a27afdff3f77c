using System.Net;
using Springtail.Packets;

namespace Springtail.Peer;

/// <summary>Addresses as text.</summary>
internal static class Addresses
{
    public static string Text(Endpoint endpoint)
    {
        return new IPAddress(endpoint.Family == Endpoint.FamilyIPv4 ? endpoint.Address[..4] : endpoint.Address).ToString();
    }
}
