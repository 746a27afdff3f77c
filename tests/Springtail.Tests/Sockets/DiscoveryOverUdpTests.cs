using System;
using System.Net;
using System.Threading.Tasks;
using Springtail.Discovery;
using Springtail.Packets;
using Springtail.Tests.Discovery;
using Springtail.Transport;
using Xunit;

namespace Springtail.Tests.Sockets;

/// <summary>Channels that discover their PSK, over real UDP sockets on loopback.</summary>
public sealed class DiscoveryOverUdpTests
{
    private const int FirstPort = 52_000;

    private readonly IPAddress _here = Loopback.Next();
    private readonly IPAddress _there = Loopback.Next();

    [Theory]
    [InlineData(256, false)]
    [InlineData(8, true)]
    public async Task A_channel_discovers_first_and_connects_then(int count, bool proofs)
    {
        byte[][] own = DiscoveryWire.Psks(count, 1);
        byte[][] others = DiscoveryWire.With(DiscoveryWire.Psks(256, 2), 200, own[count - 3]);
        ChannelOptions listens = Options(_there, ChannelOptions.ForServer(), others);
        PskDiscovery discovery = new();
        listens.Discovery = discovery;
        using ChannelListener listener = Channel.Listen(listens);

        ChannelOptions asks = Options(_here, new ChannelOptions(), own);
        asks.Discovery = new PskDiscovery { UseProofs = proofs };
        Assert.Equal(count - 3, Channel.Discover(_there.ToString(), asks, 10000));
        Assert.Equal((1, 200), (discovery.Responder.Matches, discovery.Responder.LastMatch));

        asks.Transport = new SocketTransport(_here);
        using Channel channel = Channel.Connect(_there.ToString(), asks);
        Assert.Equal(count - 3, channel.Status.KeyIndex);
        Assert.Null(asks.Psk);
        channel.Send([1, 2, 3]);
        byte[] buffer = new byte[10];
        using Channel accepted = listener.Accept(10000);
        Assert.Equal(3, await Task.Run(() => accepted.Receive(buffer, 10000)));

        // Those of another listener: the error has the protocol's code.
        asks.Psks = DiscoveryWire.Psks(5, 3);
        asks.Transport = new SocketTransport(_here);
        Assert.Equal(ErrorCode.PskNotFound, Assert.Throws<SpringtailException>(() => Channel.Connect(_there.ToString(), asks)).Code);
        asks.DiscoveryPort = 9;
        asks.Transport = new SocketTransport(_here);
        Assert.Equal(ErrorCode.DiscoveryFailed, Assert.Throws<SpringtailException>(() => Channel.Discover(_there.ToString(), asks, 300)).Code);
    }

    private static ChannelOptions Options(IPAddress address, ChannelOptions options, byte[][] psks)
    {
        options.Psks = psks;
        options.PortMin = FirstPort;
        options.PortCount = 400;
        options.DiscoveryPort = FirstPort + 400;
        options.Transport = new SocketTransport(address);
        return options;
    }
}
