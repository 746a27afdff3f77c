using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using Springtail.Delivery;
using Springtail.Packets;
using Springtail.Sessions;
using Xunit;

namespace Springtail.Tests.Simulation;

/// <summary>The client's way back to a peer that it does not hear (PROTOCOL.md 13, 14).</summary>
public sealed class RecoveryTests
{
    private const int TimeSyncSize = 42 + 12;
    private const int RepairRequestSize = 42 + 44;
    private const int RekeyRequestSize = 42 + 104;

    [Fact]
    public void The_client_climbs_from_time_sync_to_repair_to_rekey_with_three_tries_on_each()
    {
        World world = new(70);
        world.StartServer();
        Link link = world.Connect();
        List<(long At, int Size, int Port)> sent = new();
        world.Net.Tap = new Tap(d =>
        {
            if (link.Near.State == SessionState.Recovering && !d.FromServer)
            {
                sent.Add((world.Now, d.Bytes.Length, d.To.Port));
            }

            return false;
        });
        world.RunUntil(() => link.Near.State == SessionState.Recovering, 100000, "recovery");
        long start = world.Now;
        world.Run(21500);
        List<long> Times(int size) => sent.Where(s => s.Size == size).Select(s => s.At - start).Distinct().ToList();
        Assert.Equal(new long[] { 4500, 7000, 9500 }, Times(RepairRequestSize));
        Assert.Equal(new long[] { 12000, 15000, 18000 }, Times(RekeyRequestSize).Where(t => (t - 12000) % 3000 == 0));

        // The first try goes to one window, the second and third to three each.
        Assert.Equal(new[] { 1, 3, 3 }, new long[] { 0, 1500, 3000 }.Select(t => sent.Count(s => s.Size == TimeSyncSize && s.At - start == t)));
        Assert.Equal(0, link.Near.Rekeys);
    }

    [Fact]
    public void A_gap_larger_than_the_window_is_repaired_and_no_message_is_lost()
    {
        World world = new(71);
        world.StartServer();
        Link link = world.Connect();
        link.Exchange(5, 1000, 5000);

        // The server believes to have seen numbers that the client has not come to.
        ReplayWindow window = (ReplayWindow)typeof(PacketSpace).GetField("_received", BindingFlags.NonPublic | BindingFlags.Instance)!.GetValue(link.Server.Space)!;
        window.Add(window.Highest + 5000);
        Assert.True(link.TrySend(link.Near, new byte[] { 7 }));
        world.Flush();
        byte[]? message = null;
        world.RunUntil(() => (message = Link.Take(link.Server, world.Now)) != null, 700000, () => $"the message\n  {Link.Describe(link.Near)} repairs {link.Near.Repairs}\n  {Link.Describe(link.Server)}");
        Assert.Equal(new byte[] { 7 }, message);
        world.Run(1000);
        Assert.Equal(1, link.Near.Repairs);
        Assert.Equal(1, link.Server.Repairs);
        link.Exchange(20, 1000, 20000);
    }

    [Fact]
    public void Forged_packets_move_nothing()
    {
        World world = new(72);
        world.StartServer();
        Link link = world.Connect();
        world.Run(500);
        System.Random random = new(72);
        byte[] forged = new byte[Packet.MaxSize];
        int[] ports = new int[8];
        for (int second = 0; second < 5; second++)
        {
            for (int i = 0; i < 10000; i++)
            {
                random.NextBytes(forged);
                int count = link.Server.GetPorts(ports);
                world.Server.Receive(forged, 42 + (i % 200), link.Server.Peer, ports[i % count], world.Now, world.ServerHost.UtcNow);
                random.NextBytes(forged);
                link.Client.Receive(forged, 42 + (i % 200), link.Near.Peer, Datagram.OwnSocket, world.Now, world.ServerHost.UtcNow);
            }

            link.Exchange(10, 1000, 900);
            world.Run(100);
        }

        Assert.Equal(SessionState.Established, link.Server.State);
        Assert.Equal(0, link.Server.Epoch + link.Server.Repairs);
        Assert.Equal(0u, link.Near.Counters.Retransmissions);
        Assert.Equal(SessionState.Established, link.Near.State);
        Assert.Equal(1, link.Client.Attempts);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Forged_packets_neither_hasten_recovery_nor_are_signs_of_life(bool flood)
    {
        World world = new(76);
        world.StartServer();
        Link link = world.Connect();
        world.Run(500);
        world.Net.Tap = new Tap(d => !d.FromServer);
        System.Random random = new(76);
        byte[] forged = new byte[Packet.MaxSize];
        long begun = world.Now;
        while (link.Near.State == SessionState.Established)
        {
            for (int i = 0; flood && i < 200; i++)
            {
                random.NextBytes(forged);
                link.Client.Receive(forged, 42 + i, link.Near.Peer, Datagram.OwnSocket, world.Now, world.ServerHost.UtcNow);
            }

            world.Run(100);
        }

        Assert.Equal(SessionState.Recovering, link.Near.State);
        Assert.InRange(world.Now - begun, 89000, 90100);

        // Another began after two keepalive spans unheard.
        Assert.Equal(2, link.Client.Attempts);
    }

    [Fact]
    public void Packets_that_find_no_room_are_signs_of_life_and_copies_of_them_are_not()
    {
        World world = new(74);
        ChannelOptions small = World.ServerOptions();
        small.MaxMessageSize = DataPayload.FragmentSize;
        small.ReceiveAhead = 1;
        world.StartServer(small);
        Link link = world.Connect();
        Captured? last = null;
        bool cut = false;
        world.Net.Tap = new Tap(d =>
        {
            bool data = !d.FromServer && d.Bytes.Length == Packet.MaxSize;
            last = data && !cut ? d : last;
            return !cut && (d.FromServer || data);
        });
        while (link.TrySend(link.Near, new byte[DataPayload.FragmentSize]))
        {
        }

        for (int i = 0; i < 30; i++)
        {
            world.Run(10000);
            Assert.Equal(SessionState.Established, link.Server.State);
        }

        Assert.True(link.Server.Counters.Drops(DropCause.NoRoom) > 5);
        cut = true;
        for (int i = 0; i < 12; i++)
        {
            world.Run(10000);
            int[] ports = new int[8];
            link.Server.GetPorts(ports);
            last!.To.Port = ports[0];
            world.Net.Inject(last.From, last.To, last.Bytes, last.Bytes.Length);
        }

        Assert.NotEqual(SessionState.Established, link.Server.State);
    }
}
