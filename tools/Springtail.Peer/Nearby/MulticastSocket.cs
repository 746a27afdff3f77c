using System;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;

namespace Springtail.Peer.Nearby;

/// <summary>
/// Multicast DNS on one link (RFC 6762): from and to port 5353, which it shares with the system's own resolver, or from a port of its own, to which answers come
/// by unicast (6.7). Routers pass nothing of it on.
/// </summary>
internal sealed class MulticastSocket : IDisposable
{
    public const int WellKnownPort = 5353;

    // RFC 6762, 11.
    private const int TimeToLive = 255;

    // A port that reports errors at once, again and again, is not asked in a loop without rest.
    private static readonly TimeSpan s_rest = TimeSpan.FromMilliseconds(100);

    private static readonly IPAddress s_groupOfIPv4 = new([224, 0, 0, 251]);
    private static readonly IPAddress s_groupOfIPv6 = IPAddress.Parse("ff02::fb");

    private readonly Socket _socket;
    private readonly IPEndPoint _group;
    private readonly byte[] _buffer = new byte[DnsMessage.MaxSize];

    private MulticastSocket(LocalLink link, bool isShared)
    {
        Link = link;
        IsShared = isShared;
        bool isIPv4 = link.Family == AddressFamily.InterNetwork;
        _group = new IPEndPoint(isIPv4 ? s_groupOfIPv4 : s_groupOfIPv6, WellKnownPort);
        _socket = new Socket(link.Family, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            SocketOptionLevel level = isIPv4 ? SocketOptionLevel.IP : SocketOptionLevel.IPv6;
            if (isShared)
            {
                _socket.ExclusiveAddressUse = false;
                _socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
            }

            _socket.Bind(new IPEndPoint(isIPv4 ? IPAddress.Any : IPAddress.IPv6Any, isShared ? WellKnownPort : 0));
            _socket.SetSocketOption(level, SocketOptionName.PacketInformation, true);
            _socket.SetSocketOption(level, SocketOptionName.MulticastInterface, isIPv4 ? IPAddress.HostToNetworkOrder(link.Index) : link.Index);
            _socket.SetSocketOption(level, SocketOptionName.MulticastTimeToLive, TimeToLive);
            if (isShared)
            {
                _socket.SetSocketOption(level, SocketOptionName.AddMembership, isIPv4 ? new MulticastOption(_group.Address, link.Index) : (object)new IPv6MulticastOption(_group.Address, link.Index));
            }
        }
        catch
        {
            _socket.Dispose();
            throw;
        }
    }

    public LocalLink Link { get; }

    /// <summary>It has port 5353, and gets what is sent to all.</summary>
    public bool IsShared { get; }

    /// <summary>Null when the system does not allow it.</summary>
    /// <param name="link">The link.</param>
    /// <param name="isShared">From and to port 5353.</param>
    public static MulticastSocket? Open(LocalLink link, bool isShared)
    {
        try
        {
            return new MulticastSocket(link, isShared);
        }
        catch (SocketException)
        {
            return null;
        }
    }

    public void Dispose() => _socket.Dispose();

    /// <summary>Sends to all on the link, or to one. What cannot be sent is lost, like a datagram on its way.</summary>
    public void Send(byte[] message, IPEndPoint? to = null)
    {
        try
        {
            _socket.SendTo(message, to ?? _group);
        }
        catch (SocketException)
        {
        }
    }

    /// <summary>
    /// The next well-formed message that came on this link: what was sent to all, on port 5353, which cannot come from beyond the link; on another port, what
    /// comes from port 5353.
    /// </summary>
    /// <exception cref="OperationCanceledException">It was ended.</exception>
    /// <exception cref="ObjectDisposedException">It is closed.</exception>
    public async Task<(DnsMessage Message, IPEndPoint From)> ReceiveAsync(CancellationToken cancellationToken)
    {
        EndPoint anybody = new IPEndPoint(Link.Family == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any, 0);
        while (true)
        {
            try
            {
                SocketReceiveMessageFromResult received = await _socket.ReceiveMessageFromAsync(_buffer, SocketFlags.None, anybody, cancellationToken);
                IPPacketInformation packet = received.PacketInformation;
                IPEndPoint from = (IPEndPoint)received.RemoteEndPoint;
                bool isMeant = IsShared ? packet.Interface == Link.Index && packet.Address.Equals(_group.Address) : from.Port == WellKnownPort;
                if (isMeant && !received.SocketFlags.HasFlag(SocketFlags.Truncated) && DnsMessage.Read(_buffer.AsSpan(0, received.ReceivedBytes)) is { } message)
                {
                    return (message, from);
                }
            }
            catch (SocketException)
            {
                await Task.Delay(s_rest, cancellationToken);
            }
        }
    }
}
