using System.Net;
using System.Security.Cryptography;
using System.Threading;
using Springtail.Transport;
using Xunit;

namespace Springtail.Tests.Sockets;

/// <summary>A channel that outlives its session (PROTOCOL.md 14), over real UDP sockets on loopback.</summary>
public sealed class RenewedChannelTests
{
    private readonly byte[] _psk = RandomNumberGenerator.GetBytes(32);
    private readonly IPAddress _address = Loopback.Next();

    [Fact]
    public void A_channel_whose_listener_was_started_anew_goes_on_and_tells_so_once()
    {
        byte[] buffer = new byte[100];
        ChannelListener forgetful = Listen();
        using Channel near = Channel.Connect(_address.ToString(), new ChannelOptions { Psk = _psk, DiscoveryPort = 0, Keepalive = 1, LocalAddress = Loopback.Next() });
        near.Send([1]);
        Assert.Equal(1, forgetful.Accept(5000).Receive(buffer, 5000));
        Assert.True(SpinWait.SpinUntil(() => near.Session.AllAcknowledged, 5000));
        forgetful.Dispose();
        ulong before = near.Session.Id;
        near.Send([2]);

        using ChannelListener listener = Listen();
        Assert.Equal(Channel.Renewed, near.Receive(buffer, 120_000));
        Assert.NotEqual(before, near.Session.Id);
        Assert.True(near.IsOpen);
        Assert.Equal(0, near.LostMessages);
        using Channel far = listener.Accept(5000);

        // The new listener knows nothing of it, so what was not received is sent again.
        Assert.Equal(1, far.Receive(buffer, 5000));
        Assert.Equal(2, buffer[0]);
        near.Send([3]);
        Assert.Equal(1, far.Receive(buffer, 5000));
        Assert.Equal(3, buffer[0]);
        far.Send([4]);
        Assert.Equal(1, near.Receive(buffer, 5000));
        Assert.Equal(4, buffer[0]);
        Assert.Equal(Channel.Nothing, near.Receive(buffer, 0));
    }

    private ChannelListener Listen()
    {
        ChannelOptions options = ChannelOptions.ForServer();
        options.Psk = _psk;
        options.DiscoveryPort = 0;
        options.Transport = new SocketTransport(_address);
        return Channel.Listen(options);
    }
}
