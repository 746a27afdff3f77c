using System;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Security.Cryptography;
using System.Threading;
using System.Threading.Channels;
using System.Threading.Tasks;

namespace Springtail.Peer.Nearby;

/// <summary>A sender that was found.</summary>
/// <param name="Address">An address of its machine.</param>
/// <param name="Port">Where its first packets go.</param>
internal sealed record FoundSender(IPAddress Address, int Port);

/// <summary>
/// Looks for senders of a token on the networks of this machine (PROTOCOL.md 17): it asks all, every second, and returns each sender once. One in sixteen of
/// those with other tokens is among them, and whoever pretends to be one.
/// </summary>
internal sealed class SenderSearch : IDisposable
{
    // More than anybody tries.
    private const int MostSenders = 16;

    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _end = new();
    private readonly List<MulticastSocket> _sockets = [];
    private readonly HashSet<string> _known = [];
    private readonly Channel<FoundSender> _found = System.Threading.Channels.Channel.CreateUnbounded<FoundSender>();
    private readonly string _name;
    private readonly ushort _id = (ushort)RandomNumberGenerator.GetInt32(1, 1 << 16);

    /// <param name="token">Theirs.</param>
    /// <param name="bound">The one address of this machine to ask from; null for all.</param>
    public SenderSearch(string token, IPAddress? bound)
    {
        _name = TokenTag.Name(token);

        // A firewall may let the answers to all through, or those to this program, or both.
        foreach (LocalLink link in LocalLink.All(bound))
        {
            foreach (bool isShared in new[] { true, false })
            {
                if (MulticastSocket.Open(link, isShared) is { } socket)
                {
                    _sockets.Add(socket);
                    _ = ListenAsync(socket);
                }
            }
        }

        _ = AskAsync();
    }

    /// <summary>The next sender.</summary>
    /// <exception cref="OperationCanceledException">The wait was ended.</exception>
    public ValueTask<FoundSender> NextAsync(CancellationToken cancellationToken) => _found.Reader.ReadAsync(cancellationToken);

    public void Dispose()
    {
        _end.Cancel();
        _sockets.ForEach(s => s.Dispose());
    }

    /// <summary>The sender that an answer tells of, and its own name; null when it tells of none that can be reached on that link.</summary>
    public static (string Instance, FoundSender Sender)? Find(string name, DnsMessage answer, LocalLink link)
    {
        foreach (DnsRecord pointer in answer.Records.Where(r => r.Type == DnsType.Ptr && r.Name == name && r.Target.EndsWith("." + TokenTag.Service, StringComparison.Ordinal)))
        {
            if (answer.Records.FirstOrDefault(r => r.Type == DnsType.Srv && r.Name == pointer.Target) is not { Port: > 0 } service)
            {
                continue;
            }

            // Its answer came by this family, so its packets will.
            IPAddress? address = answer.Records.Where(r => r.Type is DnsType.A or DnsType.Aaaa && r.Name == service.Target).Select(r => r.Address)
                .FirstOrDefault(a => a.AddressFamily == link.Family && IsOfOne(a) && IPAddress.IsLoopback(a) == link.IsLoopback);
            if (address != null)
            {
                return (pointer.Target, new FoundSender(address, service.Port));
            }
        }

        return null;
    }

    private static bool IsOfOne(IPAddress address)
    {
        byte[] bytes = address.GetAddressBytes();
        bool isOfMany = bytes.Length == 4 ? bytes[0] >= 224 : address.IsIPv6Multicast;
        return !isOfMany && !address.IsIPv4MappedToIPv6 && !address.IsIPv6LinkLocal && !address.Equals(IPAddress.Any) && !address.Equals(IPAddress.IPv6Any);
    }

    private async Task AskAsync()
    {
        DnsQuestion[] questions = [new DnsQuestion(_name, DnsType.Ptr)];
        byte[] toAll = new DnsMessage(0, false, questions, []).Write(0, byUnicast: false);
        byte[] toOne = new DnsMessage(_id, false, questions, []).Write(0, byUnicast: true);
        try
        {
            while (true)
            {
                _sockets.ForEach(s => s.Send(s.IsShared ? toAll : toOne));
                await Task.Delay(s_interval, _end.Token);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
        {
        }
    }

    private async Task ListenAsync(MulticastSocket socket)
    {
        try
        {
            while (true)
            {
                (DnsMessage message, IPEndPoint from) = await socket.ReceiveAsync(_end.Token);
                if (message.IsResponse && from.Port == MulticastSocket.WellKnownPort && (socket.IsShared || message.Id == _id) && Find(_name, message, socket.Link) is { } found)
                {
                    Add(found.Instance, found.Sender);
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
        {
        }
    }

    private void Add(string instance, FoundSender sender)
    {
        lock (_known)
        {
            if (_known.Count < MostSenders && _known.Add(instance))
            {
                _found.Writer.TryWrite(sender);
            }
        }
    }
}
