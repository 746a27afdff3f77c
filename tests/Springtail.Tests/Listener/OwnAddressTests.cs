using System;
using System.Net;
using System.Net.Sockets;
using Springtail.Packets;
using Springtail.Transport;
using Xunit;

namespace Springtail.Tests.Listener;

/// <summary>A listener with several addresses, bound to all of them, answers from the one that was dialled.</summary>
public sealed class OwnAddressTests
{
    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("127.0.0.2")]
    [InlineData("::1")]
    public void An_answer_comes_from_the_address_that_was_dialled(string dialled)
    {
        if (!JoinedDatagrams.AreSupported)
        {
            return;
        }

        using SocketTransport transport = new();
        int port = OpenSome(transport);
        IPAddress address = IPAddress.Parse(dialled);
        using Socket peer = new(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        peer.Bind(new IPEndPoint(address.AddressFamily == AddressFamily.InterNetworkV6 ? IPAddress.IPv6Any : IPAddress.Any, 0));
        peer.ReceiveTimeout = 5000;
        for (int i = 0; i < 2; i++)
        {
            peer.SendTo(new byte[100], new IPEndPoint(address, port));
            byte[] buffer = new byte[1500];
            Endpoint from = new();
            Assert.Equal(100, transport.Receive(buffer, from, out int localPort, 5000));
            Endpoint kept = new();
            kept.CopyFrom(from);

            // One by itself, and several together.
            transport.Hold();
            for (int k = 0; k <= 2 * i; k++)
            {
                transport.Send(localPort, kept, buffer, 100);
            }

            transport.Release();
            for (int k = 0; k <= 2 * i; k++)
            {
                EndPoint answerer = new IPEndPoint(address, 0);
                Assert.Equal(100, peer.ReceiveFrom(buffer, ref answerer));
                Assert.Equal(new IPEndPoint(address, port), answerer);
            }
        }
    }

    private static int OpenSome(SocketTransport transport)
    {
        for (int tries = 0; tries < 100; tries++)
        {
            // Ports that no other test has.
            int port = Random.Shared.Next(18_000, 19_000);
            if (transport.Open(port))
            {
                return port;
            }
        }

        throw new InvalidOperationException("no port is free");
    }
}
