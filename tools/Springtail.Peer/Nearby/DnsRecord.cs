using System.Net;

namespace Springtail.Peer.Nearby;

/// <summary>The types of records that are read and written.</summary>
internal static class DnsType
{
    public const ushort A = 1;
    public const ushort Ptr = 12;
    public const ushort Txt = 16;
    public const ushort Aaaa = 28;
    public const ushort Srv = 33;
    public const ushort Any = 255;
}

/// <summary>What is asked for. Names are as <see cref="DnsMessage"/> says.</summary>
internal readonly record struct DnsQuestion(string Name, ushort Type)
{
    public bool AsksFor(DnsRecord record) => Name == record.Name && (Type == record.Type || Type == DnsType.Any);
}

/// <summary>A record of one of the types in <see cref="DnsType"/>.</summary>
/// <param name="Name">Whose it is.</param>
/// <param name="Type">Its type.</param>
internal sealed record DnsRecord(string Name, ushort Type)
{
    /// <summary>Of PTR and SRV: the name that it leads to.</summary>
    public string Target { get; init; } = "";

    /// <summary>Of SRV: the port.</summary>
    public int Port { get; init; }

    /// <summary>Of A and AAAA: the address.</summary>
    public IPAddress Address { get; init; } = IPAddress.None;
}
