using System;
using System.Diagnostics;
using System.Linq;
using System.Net;
using System.Reflection;
using System.Security.Cryptography;
using System.Threading;
using System.Threading.Tasks;
using Springtail.Sessions;
using Xunit;
using Xunit.Abstractions;

namespace Springtail.Tests.Sockets;

/// <summary>A name's addresses are tried in turn, those of both families, and the name is looked up anew with each attempt (RFC 8305).</summary>
public sealed class AddressTests(ITestOutputHelper output)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly byte[] _psk = RandomNumberGenerator.GetBytes(32);

    [Theory]
    [InlineData("::1 127.0.0.1 127.0.0.2", "::1 127.0.0.1 127.0.0.2")]
    [InlineData("127.0.0.1 127.0.0.2 ::1 ::2", "127.0.0.1 ::1 127.0.0.2 ::2")]
    [InlineData("::1 ::2 ::3 127.0.0.1", "::1 127.0.0.1 ::2 ::3")]
    [InlineData("127.0.0.1 127.0.0.1", "127.0.0.1")]
    [InlineData("", "")]
    public void The_families_take_turns(string addresses, string inTurn)
    {
        Assert.Equal(inTurn, string.Join(' ', HostAddresses.InTurn(addresses.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(IPAddress.Parse))));
    }

    [Fact]
    public async Task A_name_of_which_one_address_works_is_reached()
    {
        IPAddress works = Loopback.Next();
        using ChannelListener listener = Listen(works);
        Stopwatch time = Stopwatch.StartNew();
        using Channel near = await Channel.ConnectAsync("somewhere", Options(_ => [Loopback.Next(), works])).WaitAsync(s_patience);
        output.WriteLine($"the second address after {time.ElapsedMilliseconds} ms");
        Assert.Equal(works, near.Status.PeerEndPoint.Address);
        using Channel blocking = await Task.Run(() => Channel.Connect(works.ToString(), Options(_ => [])));
        Assert.Equal(works, blocking.Status.PeerEndPoint.Address);
    }

    [Fact]
    public async Task A_listener_that_has_moved_is_found_again()
    {
        IPAddress at = Loopback.Next();
        ChannelListener before = Listen(at);
        ChannelOptions options = Options(_ => [at]);
        options.Keepalive = 1;
        using Channel near = await Channel.ConnectAsync("somewhere", options).WaitAsync(s_patience);
        before.Dispose();
        at = Loopback.Next();
        using ChannelListener after = Listen(at);
        await near.SendAsync(new byte[] { 1 });
        Assert.Equal(ReceiveOutcome.Renewed, (await near.ReceiveAsync().AsTask().WaitAsync(s_patience)).Outcome);
        Assert.Equal(at, near.Status.PeerEndPoint.Address);
    }

    [Fact]
    public async Task A_listener_that_moves_during_an_attempt_is_found_by_the_next()
    {
        IPAddress at = Loopback.Next();
        IPAddress before = Loopback.Next();
        using ChannelListener listener = Listen(at);
        int lookUps = 0;
        using Channel near = await Channel.ConnectAsync("somewhere", Options(_ => [++lookUps == 1 ? before : at])).WaitAsync(s_patience);
        Assert.Equal(at, near.Status.PeerEndPoint.Address);
        object client = typeof(Channel).GetField("_client", BindingFlags.Instance | BindingFlags.NonPublic)!.GetValue(near)!;
        Assert.Equal(2, ((Client)client).Attempts);
    }

    private ChannelListener Listen(IPAddress address)
    {
        ChannelOptions options = ChannelOptions.ForServer();
        options.Psk = _psk;
        options.DiscoveryPort = 0;
        options.LocalAddress = address;
        return ChannelListener.Listen(options);
    }

    private ChannelOptions Options(Func<string, IPAddress[]> lookup) => new() { Psk = _psk, Suite = 2, DiscoveryPort = 0, NameLookup = lookup, LocalAddress = Loopback.Next() };
}
