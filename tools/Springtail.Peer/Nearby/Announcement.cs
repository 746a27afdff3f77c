using System;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Threading;
using System.Threading.Tasks;

namespace Springtail.Peer.Nearby;

/// <summary>
/// A sender that is found on its own networks (PROTOCOL.md 17): it answers who asks for the tag of its token, and says nothing by itself. It tells its addresses
/// and its port under a name of random digits, which is new each time.
/// </summary>
internal sealed class Announcement : IDisposable
{
    // Several senders may answer one question; they do not all at once (RFC 6762, 6).
    private const int LeastDelay = 20;
    private const int MostDelay = 120;

    // To all no more than once a second (RFC 6762, 6); to one no more than so many in a second, whatever address an asker pretends to have.
    private const long Second = 1000;
    private const int MostToOne = 20;

    private readonly CancellationTokenSource _end = new();
    private readonly List<MulticastSocket> _sockets = [];
    private readonly string _name;
    private readonly string _instance = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));
    private readonly int _port;

    private Announcement(string token, int port, IPAddress? bound)
    {
        _name = TokenTag.Name(token);
        _port = port;
        foreach (LocalLink link in LocalLink.All(bound))
        {
            if (MulticastSocket.Open(link, isShared: true) is { } socket)
            {
                _sockets.Add(socket);
                _ = AnswerAsync(socket);
            }
        }
    }

    /// <summary>Answers until it is disposed; null when the system does not allow it on any network.</summary>
    /// <param name="token">The sender's.</param>
    /// <param name="port">Where its first packets go.</param>
    /// <param name="bound">The one address that it has; null for all.</param>
    public static Announcement? Begin(string token, int port, IPAddress? bound)
    {
        Announcement announcement = new(token, port, bound);
        if (announcement._sockets.Count > 0)
        {
            return announcement;
        }

        announcement.Dispose();
        return null;
    }

    public void Dispose()
    {
        _end.Cancel();
        _sockets.ForEach(s => s.Dispose());
    }

    /// <summary>The records of a sender, the pointer first.</summary>
    /// <param name="name">What it is found by.</param>
    /// <param name="instance">Its own name, one label.</param>
    /// <param name="port">Where its first packets go.</param>
    /// <param name="addresses">Its addresses.</param>
    public static DnsRecord[] Records(string name, string instance, int port, IEnumerable<IPAddress> addresses)
    {
        string service = $"{instance}.{TokenTag.Service}";
        string host = $"{instance}.local";
        return
        [
            new DnsRecord(name, DnsType.Ptr) { Target = service },
            new DnsRecord(service, DnsType.Srv) { Target = host, Port = port },
            new DnsRecord(service, DnsType.Txt),
            .. addresses.Select(a => new DnsRecord(host, a.AddressFamily == AddressFamily.InterNetwork ? DnsType.A : DnsType.Aaaa) { Address = a }),
        ];
    }

    private async Task AnswerAsync(MulticastSocket socket)
    {
        DnsRecord[] records = Records(_name, _instance, _port, socket.Link.Addresses);
        long toAllAt = -Second;
        long since = 0;
        int toOne = 0;
        try
        {
            while (true)
            {
                (DnsMessage message, IPEndPoint from) = await socket.ReceiveAsync(_end.Token);
                DnsRecord[] asked = [.. records.Where(r => message.Questions.Any(q => q.AsksFor(r)))];
                if (message.IsResponse || asked.Length == 0)
                {
                    continue;
                }

                DnsRecord[] all = [.. asked, .. records.Except(asked)];
                long now = Environment.TickCount64;
                if (from.Port != MulticastSocket.WellKnownPort)
                {
                    (since, toOne) = now - since >= Second ? (now, 0) : (since, toOne);
                    if (toOne++ < MostToOne)
                    {
                        socket.Send(new DnsMessage(message.Id, true, message.Questions, all).Write(asked.Length, byUnicast: true), from);
                    }
                }
                else if (now - toAllAt >= Second)
                {
                    await Task.Delay(RandomNumberGenerator.GetInt32(LeastDelay, MostDelay), _end.Token);
                    socket.Send(new DnsMessage(0, true, [], all).Write(asked.Length, byUnicast: false));
                    toAllAt = Environment.TickCount64;
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
        {
        }
    }
}
