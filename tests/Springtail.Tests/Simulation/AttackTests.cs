using System;
using System.Collections.Generic;
using System.Linq;
using Springtail.Packets;
using Springtail.Sessions;
using Springtail.Transport;
using Xunit;

namespace Springtail.Tests.Simulation;

/// <summary>What somebody on the wire can do without the keys: nothing but be counted.</summary>
public sealed class AttackTests
{
    [Theory]
    [InlineData(1, 0)]
    [InlineData(1, 1)]
    [InlineData(1, 3)]
    public void Every_byte_of_every_packet_flipped_once_is_dropped_and_changes_nothing(int suite, int features)
    {
        World world = new(50) { Core = new SteeredCore(50) { QuickPbkdf2 = true } };
        world.StartServer();
        Client? client = null;
        int tried = 0;
        world.Net.Tap = new Tap(d =>
        {
            for (int i = 0; i < d.Bytes.Length; i++)
            {
                byte[] damaged = new byte[Packet.MaxSize];
                d.Bytes.CopyTo(damaged, 0);
                damaged[i] ^= (byte)(1 << (tried % 8));
                tried++;
                IProtocolPeer receiver = d.FromServer ? client! : world.Server;
                string before = Describe(receiver, world);
                uint drops = Drops(receiver, world);
                int port = d.FromServer && (client!.Session == null || (client.Session.Features & Features.ClientHops) == 0) ? Datagram.OwnSocket : d.To.Port;
                receiver.Receive(damaged, d.Bytes.Length, d.From, port, world.Now, world.ServerHost.UtcNow);
                Assert.True(before == Describe(receiver, world), $"byte {i} of {d.Bytes.Length} changed {before} to {Describe(receiver, world)}");
                Assert.True(drops + 1 == Drops(receiver, world), $"byte {i} of {d.Bytes.Length}: dropped {Drops(receiver, world) - drops}");
            }

            return true;
        });
        client = world.StartClient(World.ClientOptions(features, suite));
        Session? server = null;
        world.RunUntil(() => (server ??= world.Server.Accept()) != null && client.State == ClientState.Connected, 60000, "the handshake");
        Link link = new(world, client, server!);
        link.Exchange(6, 3000, 60000);
        world.Run(61000);
        link.Near.Close(world.Now);
        world.Flush();
        world.RunUntil(() => link.Near.State == SessionState.Closed && link.Server.State == SessionState.Closed, 5000, "the close");
        Assert.True(tried > 15000, $"{tried} flips");
        Assert.Equal(0u, link.Near.Counters.Retransmissions);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    public void Replayed_reflected_and_truncated_packets_change_nothing(int features)
    {
        World world = new(51);
        world.StartServer();
        Recorder wire = new();
        world.Net.Tap = wire;
        Link link = world.Connect(World.ClientOptions(features));
        link.Exchange(30, 3000, 60000);
        world.Run(300);
        List<Captured> recorded = wire.Datagrams.ToList();
        uint received = link.Near.Counters.PacketsReceived + link.Server.Counters.PacketsReceived;
        int copiesOfSyn = recorded.Count(d => !d.FromServer && d.Bytes.Length == 157);
        wire.Datagrams.Clear();
        foreach (Captured d in recorded)
        {
            IProtocolPeer receiver = d.FromServer ? link.Client : world.Server;
            IProtocolPeer sender = d.FromServer ? world.Server : link.Client;
            int port = d.FromServer && features < 2 ? Datagram.OwnSocket : d.To.Port;
            Give(receiver, d.Bytes, d.From, port, world);
            foreach (int size in new[] { d.Bytes.Length - 1, d.Bytes.Length - 16, 42, 41, 26, 1, 0 })
            {
                Give(receiver, d.Bytes[..Math.Max(0, size)], d.From, port, world);
            }

            byte[] longer = new byte[d.Bytes.Length + 1];
            d.Bytes.CopyTo(longer, 0);
            Give(receiver, longer, d.From, port, world);

            // Back to where it came from, as if from where it went.
            int back = !d.FromServer && features < 2 ? Datagram.OwnSocket : d.From.Port;
            Give(sender, d.Bytes, d.To, back, world);
        }

        // The SYNs of a session that lives are copies and get their answer; nothing else gets any.
        world.Run(20);
        Assert.Equal(received, link.Near.Counters.PacketsReceived + link.Server.Counters.PacketsReceived);
        Assert.InRange(wire.Datagrams.Count, 0, copiesOfSyn);
        Assert.NotEqual(0u, link.Near.Counters.Drops(DropCause.Replay) + link.Server.Counters.Drops(DropCause.Replay));
        Assert.NotEqual(0u, link.Near.Counters.Drops(DropCause.Reflected) + link.Server.Counters.Drops(DropCause.Reflected));
        link.Exchange(10, 3000, 60000);
    }

    [Fact]
    public void Nothing_on_the_wire_repeats_or_tells()
    {
        World world = new(53);
        world.StartServer();
        Recorder wire = new();
        world.Net.Tap = wire;
        Link link = world.Connect();
        for (int i = 0; i < 400; i++)
        {
            link.Exchange(1, 1, 5000);
        }

        // Each bit of the first 26 bytes is as often 0 as 1, to five standard deviations.
        List<byte[]> packets = wire.Datagrams.Select(d => d.Bytes).ToList();
        double limit = 5 * Math.Sqrt(packets.Count) / 2;
        for (int bit = 0; bit < 26 * 8; bit++)
        {
            int ones = packets.Count(p => (p[bit / 8] & (1 << (bit % 8))) != 0);
            Assert.True(Math.Abs(ones - packets.Count / 2.0) < limit, $"bit {bit}: {ones} of {packets.Count}");
        }

        Assert.Equal(packets.Count, packets.Select(p => Convert.ToHexString(p, 0, 12)).Distinct().Count());
    }

    private static void Give(IProtocolPeer receiver, byte[] bytes, Endpoint from, int port, World world)
    {
        byte[] buffer = new byte[Packet.MaxSize + 1];
        bytes.CopyTo(buffer, 0);
        receiver.Receive(buffer, bytes.Length, from, port, world.Now, world.ServerHost.UtcNow);
    }

    private static uint Drops(IProtocolPeer peer, World world)
    {
        if (peer is Client client)
        {
            return client.Counters.DropsInAll + (client.Session?.Counters.DropsInAll ?? 0);
        }

        uint sum = world.Server.Counters.DropsInAll;
        foreach (Session session in world.Server.AllSessions())
        {
            sum += session.Counters.DropsInAll;
        }

        return sum;
    }

    // All that a packet could change.
    private static string Describe(IProtocolPeer peer, World world)
    {
        int[] ports = new int[64];
        int count = peer.GetPorts(ports);
        string state = string.Join(",", ports.Take(count)) + $" v{peer.PortsVersion} {world.Net.Sent}";
        IEnumerable<Session> sessions = peer is Client c ? (c.Session == null ? Array.Empty<Session>() : new[] { c.Session }) : world.Server.AllSessions();
        foreach (Session s in sessions)
        {
            state += $" | {s.State} {s.Epoch} {s.Counters.PacketsSent} {s.Counters.PacketsReceived} {s.Space.Highest} {s.Peer.Port} {s.PeerPort} {s.Deadline} {s.NextMessageSize} {s.RoundTripTime}";
        }

        return peer is Client client ? state + $" {client.State} {client.Attempts} {client.Deadline}" : state;
    }
}
