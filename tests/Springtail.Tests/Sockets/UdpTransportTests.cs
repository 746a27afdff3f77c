using System;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Reflection;
using System.Threading;
using Springtail.Packets;
using Springtail.Transport;
using Xunit;

namespace Springtail.Tests.Sockets;

/// <summary>What the device's transport does when its network does not do as it should.</summary>
public sealed class UdpTransportTests : IDisposable
{
    private readonly UdpTransport _transport = new() { LocalAddress = Loopback.Next() };

    public void Dispose() => _transport.Dispose();

    /// <summary>A look at a socket that fails does so at once; who then looks again at once has the processor to itself.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void A_socket_that_only_fails_is_looked_at_as_rarely_as_one_that_is_silent(int sockets)
    {
        for (int i = 0; i < sockets; i++)
        {
            Assert.True(_transport.Open(0));
        }

        Sockets.ForEach(s => s.Close());
        int thread = Environment.CurrentManagedThreadId;
        int failures = 0;
        EventHandler<System.Runtime.ExceptionServices.FirstChanceExceptionEventArgs> count = (_, _) => failures += Environment.CurrentManagedThreadId == thread ? 1 : 0;
        long begun = Environment.TickCount64;
        AppDomain.CurrentDomain.FirstChanceException += count;
        try
        {
            _transport.Wait(400);
        }
        finally
        {
            AppDomain.CurrentDomain.FirstChanceException -= count;
        }

        Assert.InRange(Environment.TickCount64 - begun, 390, 5000);
        Assert.InRange(failures, 1, 400 / (sockets == 1 ? 20 : 2) + 1);
    }

    /// <summary>A failure counts for one wait: the next one sees what has come.</summary>
    [Fact]
    public void After_a_failure_it_receives_again()
    {
        int port = PortOf(3);
        using Socket sender = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        byte[] buffer = new byte[16];
        Endpoint from = new();
        Sockets[0].Close();
        Assert.Equal(0, _transport.Receive(buffer, from, out _, 20));
        sender.SendTo(new byte[5], new IPEndPoint(_transport.LocalAddress, port));
        int size = 0;
        for (int i = 0; i < 100 && size == 0; i++)
        {
            size = _transport.Receive(buffer, from, out _, 50);
        }

        Assert.Equal(5, size);
    }

    /// <summary>The firmware can begin a native call anew after it took the datagram; one without a time-out would not end.</summary>
    [Fact]
    public void No_call_on_a_socket_waits_for_ever()
    {
        Assert.True(_transport.Open(0));
        Assert.InRange(Sockets[0].ReceiveTimeout, 1, 1000);
        Assert.InRange(Sockets[0].SendTimeout, 1, 1000);
    }

    public static TheoryData<string, string?> Hosts => new()
    {
        { "192.168.1.20", "192.168.1.20" },
        { "0.0.0.0", "0.0.0.0" },
        { "255.255.255.255", "255.255.255.255" },
        { "10.0.0.1", "10.0.0.1" },
        { "300.2.3.4", null },
        { "1.2.3.256", null },
        { "256.0.0.1", null },
        { "1.2.3", null },
        { "1.2.3.4.5", null },
        { "1.2.3.", null },
        { "1.2.3.4.", null },
        { ".1.2.3", null },
        { "1..2.3", null },
        { "1", null },
        { "3232235796", null },
        { "0x7f.0.0.1", null },
        { "0x7f000001", null },
        { "127.0.0.0x1", null },
        { "010.0.0.1", null },
        { "1.2.3.00", null },
        { "1.2.3.4 ", null },
        { " 1.2.3.4", null },
        { "1.2.3.-4", null },
        { "1.2.3.4:1000", null },
        { "::1", null },
        { "", null },
        { ".", null },
        { "..", null },
        { "-a", null },
        { "a b", null },
        { "a/b", null },
        { "a..b", null },
        { "host.99999999999999999999", null },
        { new string('a', 64), null },
        { new string('9', 300), null },
        { "localhost", "127.0.0.1" },
    };

    /// <summary>What is no address and no name is refused before any resolver guesses at it; whatever the text, nothing else is thrown.</summary>
    [Theory]
    [MemberData(nameof(Hosts))]
    public void A_host_is_an_address_of_four_numbers_or_a_name(string host, string? address)
    {
        if (address != null)
        {
            Endpoint endpoint = _transport.Resolve(host);
            Assert.Equal(Endpoint.FamilyIPv4, endpoint.Family);
            Assert.Equal(IPAddress.Parse(address).GetAddressBytes(), endpoint.Address[..4]);
            return;
        }

        SpringtailException refused = Assert.Throws<SpringtailException>(() => _transport.Resolve(host));
        Assert.StartsWith(host + " is no IPv4 address, as 192.168.1.20 is, and no host's name.", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("3com")]
    [InlineData("my_laptop")]
    [InlineData("laptop.local.")]
    [InlineData("10.in-addr")]
    [InlineData("1.2.3.4a")]
    [InlineData("bücher")]
    public void A_name_may_be(string name) => Assert.True(HostText.IsName(name));

    private List<Socket> Sockets
    {
        get
        {
            var sockets = (Socket?[])typeof(UdpTransport).GetField("_sockets", BindingFlags.Instance | BindingFlags.NonPublic)!.GetValue(_transport)!;
            return [.. sockets.OfType<Socket>()];
        }
    }

    // Opens that many sockets, the last of them at the port that it returns.
    private int PortOf(int sockets)
    {
        for (int i = 1; i < sockets; i++)
        {
            Assert.True(_transport.Open(0));
        }

        while (true)
        {
            int port = Random.Shared.Next(20000, 60000);
            if (_transport.Open(port))
            {
                return port;
            }
        }
    }
}
