using System.Net;

namespace Springtail.Demo;

/// <summary>
/// Who is where. All is one machine, so each has a loopback address of its own; the relay has one for each side to talk to,
/// and every port of the range on both.
/// </summary>
internal static class Places
{
    public static readonly IPAddress Peer = new([127, 0, 0, 1]);

    /// <summary>Where the device believes the peer to be.</summary>
    public static readonly IPAddress RelayForDevice = new([127, 0, 0, 2]);

    /// <summary>Where the peer sees the device.</summary>
    public static readonly IPAddress RelayForPeer = new([127, 0, 0, 3]);

    public static readonly IPAddress Device = new([127, 0, 0, 4]);

    /// <summary>Few enough that the relay can hold them all, and below those that systems give to programs by chance.</summary>
    public const int PortMin = 20_000;
    public const int PortCount = 300;
}
