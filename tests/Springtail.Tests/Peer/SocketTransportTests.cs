using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Reflection;
using System.Threading;
using Springtail.Packets;
using Springtail.Sessions;
using Springtail.Transport;
using Xunit;
using Xunit.Abstractions;

namespace Springtail.Tests.Peer;

/// <summary>The desktop's sockets, each datagram in a system call of its own.</summary>
public sealed class PlainSocketTransportTests(ITestOutputHelper output) : SocketTransportTests(false, output);

/// <summary>The desktop's sockets, several datagrams in a system call where the system can do it.</summary>
public sealed class JoiningSocketTransportTests(ITestOutputHelper output) : SocketTransportTests(JoinedDatagrams.AreSupported, output);

/// <summary>A test that needs a network interface with a link-local IPv6 address.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class LinkLocalFactAttribute : FactAttribute
{
    public LinkLocalFactAttribute()
    {
        if (Addresses.Length == 0)
        {
            Skip = "needs a network interface with a link-local IPv6 address";
        }
    }

    internal static IPAddress[] Addresses { get; } = [.. NetworkInterface.GetAllNetworkInterfaces().Where(n => n.OperationalStatus == OperationalStatus.Up)
        .SelectMany(n => n.GetIPProperties().UnicastAddresses).Select(a => a.Address).Where(a => a.IsIPv6LinkLocal && a.ScopeId != 0)];
}

/// <summary>The desktop's sockets, over loopback.</summary>
public abstract class SocketTransportTests(bool join, ITestOutputHelper output)
{
    private const int Patience = 10_000;

    private readonly IPAddress _address = Loopback.Next();

    [Fact]
    public void A_datagram_arrives_with_its_sender_and_its_port()
    {
        using SocketTransport a = new(null, join);
        using SocketTransport b = new(_address, join);
        int port = OpenSome(a);
        Assert.True(b.Open(Datagram.OwnSocket));
        b.Send(Datagram.OwnSocket, To(port), [1, 2, 3, 4], 3);

        byte[] buffer = new byte[Packet.MaxSize];
        Endpoint from = new();
        Assert.Equal(3, a.Receive(buffer, from, out int localPort, Patience));
        Assert.Equal(port, localPort);
        Assert.Equal([1, 2, 3], buffer[..3]);
        Assert.Equal(Endpoint.FamilyIPv4, from.Family);
        Assert.Equal(_address.GetAddressBytes(), from.Address[..4]);
        Assert.Equal(b.NumberOf(Datagram.OwnSocket), from.Port);

        // And back, from a socket that may be an IPv6 one.
        a.Send(port, from, [9], 1);
        Assert.Equal(1, b.Receive(buffer, from, out localPort, Patience));
        Assert.Equal(Datagram.OwnSocket, localPort);
        Assert.Equal(port, from.Port);
    }

    /// <summary>The same link-local address may be at each of several interfaces: the way out belongs to it.</summary>
    [LinkLocalFact]
    public void An_answer_to_a_link_local_address_leaves_by_the_interface_that_the_question_came_by()
    {
        foreach (IPAddress address in LinkLocalFactAttribute.Addresses)
        {
            using SocketTransport a = new(null, join), b = new(address, join);
            int port = OpenSome(a);
            Assert.True(b.Open(Datagram.OwnSocket));
            Endpoint to = Endpoint.Of(address);
            to.Port = port;
            b.Send(Datagram.OwnSocket, to, [1], 1);
            byte[] buffer = new byte[Packet.MaxSize];
            Endpoint from = new();
            Assert.Equal(1, a.Receive(buffer, from, out _, Patience));
            Assert.Equal((uint)address.ScopeId, from.Scope);
            Endpoint kept = new();
            kept.CopyFrom(from);
            a.Send(port, kept, [2, 2], 2);
            Assert.Equal(2, b.Receive(buffer, from, out _, Patience));

            // One to an IPv4 address by the same sender has no interface.
            using SocketTransport plain = new(_address, join);
            int other = OpenSome(plain);
            a.Send(port, To(other), [3, 3, 3], 3);
            Assert.Equal(3, plain.Receive(buffer, from, out _, Patience));
            Assert.Equal(0u, from.Scope);
        }
    }

    [Fact]
    public void A_port_belongs_to_one()
    {
        using SocketTransport a = new(null, join);
        using SocketTransport b = new(null, join);
        int port = OpenSome(a);
        Assert.False(b.Open(port));
        Assert.False(a.Open(port));
        using Socket other = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        Assert.Throws<SocketException>(() => other.Bind(new IPEndPoint(IPAddress.Any, port)));
        a.Close(port);
        Assert.True(b.Open(port));
    }

    /// <summary>Tests that run beside each other do not get in each other's way: each side has an address of its own.</summary>
    [Fact]
    public void A_port_belongs_to_one_on_each_address()
    {
        IPAddress[] addresses = [Loopback.Next(), Loopback.Next(), Loopback.Next()];
        using SocketTransport a = new(addresses[0], join), b = new(addresses[1], join), late = new(addresses[0], join);
        UdpTransport device = new() { LocalAddress = addresses[2] };
        int port = OpenSome(a);
        Assert.False(late.Open(port));
        if (addresses.Distinct().Count() > 1)
        {
            Assert.True(b.Open(port));
            Assert.True(device.Open(port));
        }

        device.Dispose();
    }

    [Fact]
    public void What_is_larger_than_a_packet_is_dropped()
    {
        using SocketTransport a = new(_address, join);
        int port = OpenSome(a);
        using Socket sender = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        IPEndPoint to = new(_address, port);
        sender.SendTo(new byte[Packet.MaxSize + 1], to);
        sender.SendTo(new byte[9000], to);
        sender.SendTo([], to);
        sender.SendTo(new byte[Packet.MaxSize], to);
        byte[] buffer = new byte[Packet.MaxSize + 1];
        Assert.Equal(Packet.MaxSize, a.Receive(buffer, new Endpoint(), out _, Patience));
        Assert.Equal(0, a.Receive(buffer, new Endpoint(), out _, 50));
    }

    /// <summary>Loopback takes it. Where the system may cut it into fragments of IP, it does not leave.</summary>
    [Fact]
    public void A_large_packet_passes_whole_or_not_at_all()
    {
        using SocketTransport a = new(_address, join);
        using SocketTransport b = new(null, false);
        int from = OpenSome(a), to = OpenSome(b);
        Random random = new(2);
        int[] sizes = [.. Enumerable.Repeat(Packet.LargeSize, 10), Packet.MaxSize, Packet.MaxSize + 1, 50];
        List<byte[]> sent = [.. sizes.Select(size => RandomBytes(random, size))];
        a.Hold();
        sent.ForEach(datagram => a.Send(from, To(to), datagram, datagram.Length));
        a.Release();
        byte[] buffer = new byte[Packet.LargestTaken + 1];
        List<byte[]> received = [];
        while (b.Receive(buffer, new Endpoint(), out _, received.Count == 0 || received[^1].Length != 50 ? Patience : 0) is > 0 and int size)
        {
            received.Add(buffer[..size]);
        }

        Assert.Equal(join ? sent : sent.Where(datagram => datagram.Length <= Packet.MaxSize), received);
    }

    [Fact]
    public void A_small_datagram_does_not_leave_with_a_large_one_since_a_link_may_refuse_both()
    {
        if (!join)
        {
            return;
        }

        using SocketTransport a = new(_address, join);
        using Socket receiver = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        receiver.Bind(new IPEndPoint(_address, 0));
        JoinedDatagrams.Enable(receiver);
        int from = OpenSome(a), to = ((IPEndPoint)receiver.LocalEndPoint!).Port;
        byte[] bytes = new byte[Packet.LargeSize];
        a.Hold();
        foreach (int size in new[] { Packet.LargeSize, Packet.LargeSize, Packet.MaxSize, Packet.MaxSize })
        {
            a.Send(from, To(to), bytes, size);
        }

        a.Release();
        JoinedDatagrams received = new();
        Assert.True(receiver.Poll(Patience * 1000, SelectMode.SelectRead));
        Assert.Equal((2 * Packet.LargeSize, Packet.LargeSize), (received.Receive(receiver, out int each), each));
        Assert.True(receiver.Poll(Patience * 1000, SelectMode.SelectRead));
        Assert.Equal((2 * Packet.MaxSize, Packet.MaxSize), (received.Receive(receiver, out each), each));
    }

    [Fact]
    public void Empty_datagrams_are_passed_over()
    {
        using SocketTransport a = new(_address, join);
        using Socket sender = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        int port = OpenSome(a);
        IPEndPoint to = new(_address, port);
        byte[] buffer = new byte[Packet.MaxSize];
        foreach (int size in new[] { 0, 0, 1, 0, 2, 0 })
        {
            sender.SendTo(new byte[size], to);
        }

        Assert.Equal(1, a.Receive(buffer, new Endpoint(), out _, Patience));
        Assert.Equal(2, a.Receive(buffer, new Endpoint(), out _, Patience));
        Assert.Equal(0, a.Receive(buffer, new Endpoint(), out _, 100));
        sender.SendTo([3, 3, 3], to);
        Assert.Equal(3, a.Receive(buffer, new Endpoint(), out _, Patience));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Datagrams_held_leave_as_they_are_and_in_order(bool receiverJoins)
    {
        using SocketTransport a = new(_address, join);
        using SocketTransport b = new(null, receiverJoins && join);
        int from = OpenSome(a);
        int first = OpenSome(b), second = OpenSome(b);

        // More than are joined at most; smaller and larger ones after each other; another receiver in between.
        int[] sizes = [.. Enumerable.Repeat(Packet.MaxSize, 60), 700, 700, 1, .. Enumerable.Repeat(48, 70), 49, 48, 50, Packet.MaxSize];
        Random random = new(1);
        List<byte[]> sent = [.. sizes.Select(size => RandomBytes(random, size))];
        byte[] other = RandomBytes(random, 48);
        a.Hold();
        for (int i = 0; i < sent.Count; i++)
        {
            a.Send(from, To(first), sent[i], sent[i].Length);
            if (i == 70)
            {
                a.Send(from, To(second), other, other.Length);
            }
        }

        a.Release();
        byte[] buffer = new byte[Packet.MaxSize];
        Endpoint sender = new();
        List<byte[]> received = [];
        while (received.Count < sent.Count && b.Receive(buffer, sender, out int port, Patience) is > 0 and int size)
        {
            Assert.Equal(from, sender.Port);
            Assert.Equal(_address.GetAddressBytes(), sender.Address[..4]);
            if (port == second)
            {
                Assert.Equal(other, buffer[..size]);
                continue;
            }

            received.Add(buffer[..size]);
        }

        Assert.Equal(sent, received);
    }

    [Fact]
    public void What_is_held_waits_for_the_release_or_the_close_of_its_port()
    {
        using SocketTransport a = new(_address, join);
        using SocketTransport b = new(_address, join);
        int port = OpenSome(a);
        int to = OpenSome(b);
        byte[] buffer = new byte[8];
        a.Hold();
        a.Send(port, To(to), [1], 1);
        Assert.Equal(join ? 0 : 1, b.Receive(buffer, new Endpoint(), out _, join ? 50 : Patience));
        a.Release();
        Assert.Equal(join ? 1 : 0, b.Receive(buffer, new Endpoint(), out _, join ? Patience : 50));

        // Not held any more.
        a.Send(port, To(to), [1, 2], 2);
        Assert.Equal(2, b.Receive(buffer, new Endpoint(), out _, Patience));

        a.Hold();
        a.Send(port, To(to), [1, 2, 3], 3);
        a.Close(port);
        Assert.Equal(3, b.Receive(buffer, new Endpoint(), out _, Patience));
    }

    [Fact]
    public void What_is_held_for_a_socket_that_closes_meanwhile_is_lost_and_nothing_else()
    {
        using SocketTransport a = new(_address, join);
        using SocketTransport b = new(_address, join);
        int port = OpenSome(a), closes = OpenSome(a);
        int to = OpenSome(b);
        a.Hold();
        a.Send(closes, To(to), [1], 1);
        a.Send(closes, To(to), [2], 1);
        SocketOf(a, closes).Dispose();
        a.Send(port, To(to), [3], 1);
        a.Release();
        byte[] buffer = new byte[8];
        while (b.Receive(buffer, new Endpoint(), out _, Patience) == 1 && buffer[0] != 3)
        {
        }

        Assert.Equal(3, buffer[0]);
    }

    [Fact]
    public void What_the_system_does_not_send_together_leaves_one_by_one()
    {
        using SocketTransport a = new(_address, join);
        using SocketTransport b = new(_address, join);
        int port = OpenSome(a);
        int to = OpenSome(b);

        // Linux splits no datagrams of a socket that leaves out the checksum (SO_NO_CHECK).
        if (OperatingSystem.IsLinux())
        {
            SocketOf(a, port).SetRawSocketOption(1, 11, BitConverter.GetBytes(1));
        }

        a.Hold();
        for (byte i = 1; i <= 10; i++)
        {
            a.Send(port, To(to), [i, i, i], i < 10 ? 3 : 2);
        }

        a.Release();
        byte[] buffer = new byte[8];
        for (byte i = 1; i <= 10; i++)
        {
            Assert.Equal(i < 10 ? 3 : 2, b.Receive(buffer, new Endpoint(), out _, Patience));
            Assert.Equal(i, buffer[1]);
        }
    }

    [Fact]
    public void What_has_come_to_a_port_that_closes_is_forgotten()
    {
        using SocketTransport a = new(_address, join);
        using SocketTransport b = new(_address, join);
        int port = OpenSome(a);
        int to = OpenSome(b);
        a.Hold();
        for (int i = 0; i < 10; i++)
        {
            a.Send(port, To(to), [1, 2], 2);
        }

        a.Release();
        Assert.Equal(2, b.Receive(new byte[8], new Endpoint(), out _, Patience));
        b.Close(to);
        Assert.Equal(0, b.Receive(new byte[8], new Endpoint(), out _, 50));
    }

    [Fact]
    public void An_answer_that_nobody_listens_for_breaks_nothing()
    {
        using SocketTransport a = new(_address, join);
        int port = OpenSome(a);
        int closed = OpenSome(a);
        a.Close(closed);
        for (int i = 0; i < 5; i++)
        {
            a.Send(port, To(closed), [1], 1);
        }

        Assert.Equal(0, a.Receive(new byte[8], new Endpoint(), out _, 50));
        a.Send(port, To(port), [7], 1);
        Assert.Equal(1, a.Receive(new byte[8], new Endpoint(), out _, Patience));
    }

    [Fact]
    public void A_wait_ends_when_it_is_told_to()
    {
        using SocketTransport a = new(_address, join);
        OpenSome(a);
        using Timer timer = new(_ => a.Wake(), null, 100, Timeout.Infinite);
        Stopwatch time = Stopwatch.StartNew();
        Assert.Equal(0, a.Receive(new byte[8], new Endpoint(), out _, 60_000));
        Assert.True(time.ElapsedMilliseconds < 30_000);

        // One that came before the wait counts.
        a.Wake();
        Assert.Equal(0, a.Receive(new byte[8], new Endpoint(), out _, 60_000));
        Assert.True(time.ElapsedMilliseconds < 30_000);
    }

    [Fact]
    public void Ports_open_and_close_while_datagrams_come_in()
    {
        using SocketTransport a = new(_address, join);
        using SocketTransport sender = new(_address, join);
        sender.Open(Datagram.OwnSocket);
        int fixedPort = OpenSome(a);
        int received = 0;
        bool stop = false;
        Thread receiver = new(() =>
        {
            byte[] buffer = new byte[Packet.MaxSize];
            Endpoint from = new();
            while (!Volatile.Read(ref stop))
            {
                received += a.Receive(buffer, from, out int port, 20) > 0 && port == fixedPort ? 1 : 0;
            }
        });
        receiver.Start();

        const int rounds = 2000;
        Stopwatch time = Stopwatch.StartNew();
        Queue<int> open = new();
        int sent = 0;
        for (int i = 0; i < rounds; i++)
        {
            int port = OpenSome(a);
            open.Enqueue(port);
            sender.Send(Datagram.OwnSocket, To(port), [1], 1);
            if (i % 4 == 0)
            {
                sender.Send(Datagram.OwnSocket, To(fixedPort), [2], 1);
                sent++;
            }

            if (open.Count > 50)
            {
                a.Close(open.Dequeue());
            }
        }

        output.WriteLine($"{rounds} opened and closed in {time.ElapsedMilliseconds} ms");
        SpinWait.SpinUntil(() => Volatile.Read(ref received) == sent, Patience);
        Volatile.Write(ref stop, true);
        a.Wake();
        receiver.Join();
        Assert.Equal(sent, received);
        Assert.Equal(open.Count + 1, a.OpenPorts);
    }

    [Fact]
    public void A_thousand_ports_are_received_from_at_once()
    {
        using SocketTransport a = new(_address, join);
        using SocketTransport sender = new(_address, join);
        sender.Open(Datagram.OwnSocket);
        int[] ports = [.. Enumerable.Range(0, 1000).Select(_ => OpenSome(a))];
        foreach (int port in ports)
        {
            sender.Send(Datagram.OwnSocket, To(port), [1], 1);
        }

        HashSet<int> heard = [];
        byte[] buffer = new byte[Packet.MaxSize];
        while (heard.Count < ports.Length && a.Receive(buffer, new Endpoint(), out int port, Patience) > 0)
        {
            heard.Add(port);
        }

        Assert.Equal(ports.Order(), heard.Order());
    }

    [Fact]
    public void Names_and_addresses_are_resolved()
    {
        using SocketTransport both = new(null, join);
        byte[] localhost = [127, 0, 0, 1];
        Assert.Equal(localhost, both.Resolve("127.0.0.1").Address[..4]);
        Assert.Equal(localhost, both.Resolve("::ffff:127.0.0.1").Address[..4]);
        Assert.Equal(localhost, both.Resolve("localhost").Address[..4]);
        using SocketTransport four = new(_address, join);
        Assert.Throws<SpringtailException>(() => four.Resolve("2001:db8::1"));
        SpringtailException unknown = Assert.Throws<SpringtailException>(() => both.Resolve("no-such-host.invalid"));
        Assert.Contains("no-such-host.invalid", unknown.Message);
    }

    [Fact]
    public void IPv6_is_served_where_there_is_one()
    {
        if (!Socket.OSSupportsIPv6)
        {
            return;
        }

        using SocketTransport a = new(null, join);
        int port = OpenSome(a);
        using Socket sender = new(AddressFamily.InterNetworkV6, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            sender.SendTo([1], new IPEndPoint(IPAddress.IPv6Loopback, port));
        }
        catch (SocketException)
        {
            // Compiled in, switched off.
            return;
        }

        Endpoint from = new();
        Assert.Equal(1, a.Receive(new byte[8], from, out _, Patience));
        Assert.Equal(Endpoint.FamilyIPv6, from.Family);
        a.Send(port, from, [2, 3], 2);
        sender.ReceiveTimeout = Patience;
        Assert.Equal(2, sender.Receive(new byte[8]));
        Assert.Equal(6, a.Resolve("fe80::1%1").Family);
    }

    [Fact]
    public void An_address_of_another_machine_is_refused()
    {
        Assert.Contains("203.0.113.1", Assert.Throws<SpringtailException>(() => new SocketTransport(IPAddress.Parse("203.0.113.1"))).Message);
    }

    private Endpoint To(int port)
    {
        Endpoint endpoint = new() { Port = port };
        endpoint.SetAddress(_address.GetAddressBytes());
        return endpoint;
    }

    private static byte[] RandomBytes(Random random, int size)
    {
        byte[] bytes = new byte[size];
        random.NextBytes(bytes);
        return bytes;
    }

    private static Socket SocketOf(SocketTransport transport, int port)
    {
        FieldInfo ports = typeof(SocketTransport).GetField("_ports", BindingFlags.Instance | BindingFlags.NonPublic)!;
        return ((Dictionary<int, Socket>)ports.GetValue(transport)!)[port];
    }

    // A port that no other test has: some of these transports are bound to all addresses, which is theirs to do.
    private static int OpenSome(SocketTransport transport)
    {
        while (true)
        {
            int port = Random.Shared.Next(10_000, 18_000);
            if (transport.Open(port))
            {
                return port;
            }
        }
    }
}
