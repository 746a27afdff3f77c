using System;
using NFUnitTest;
using Springtail.Packets;
using Springtail.Sessions;
using Springtail.Tests.Simulation;
using Springtail.Transfer;
using Xunit;

namespace Springtail.Tests.Transfer;

/// <summary>File transfer over sessions on a network in memory, in virtual time.</summary>
public sealed class TransferOverNetworkTests
{
    private const int MessageSize = 8 * DataPayload.FragmentSize;

    [Fact]
    public void A_tenth_of_all_packets_lost_some_doubled_damaged_and_out_of_order()
    {
        (World world, Link link) = Connect(91);
        world.Net.LossPercent = 10;
        world.Net.DuplicatePercent = 5;
        world.Net.DamagePercent = 2;
        world.Net.Jitter = 20;
        MemoryFolder from = Files();
        MemoryFolder to = new();
        Run(world, Send(link.Server, from), Receive(link.Near, to, out FileReceiver receiver), 600_000);
        Assert.True(receiver.IsDone && receiver.Failed == 0);
        Assert.True(link.Server.Counters.Retransmissions > 0);
        Pipe.AssertSame(from, to);
    }

    [Fact]
    public void Either_side_gone_at_any_time_the_next_session_goes_on_from_there()
    {
        MemoryFolder from = Files();
        Random random = new(92);
        int resumed = 0;
        for (uint kill = 0; kill < 20; kill++)
        {
            MemoryFolder to = new();
            long before = 0;
            FileReceiver receiver;
            int life = random.Next(1, 150_000);
            do
            {
                // Few buffers, or a sender has read the files long before they have arrived.
                (World world, Link link) = Connect(1000 + kill, 8);
                world.Net.LossPercent = 3;
                from.Life = kill % 2 == 0 ? int.MaxValue : life;
                to.Life = kill % 2 == 0 ? life : int.MaxValue;
                Run(world, Send(link.Server, from), Receive(link.Near, to, out receiver), 600_000, () => from.Killed || to.Killed);
                before = receiver.BytesBefore;
                life = int.MaxValue / 2;
            }
            while (!receiver.IsDone);
            from.Life = int.MaxValue;
            Assert.True(receiver.Failed == 0, $"kill {kill}");
            Assert.True(to.Written == from.TotalBytes, $"kill {kill}: {to.Written} bytes written, {from.TotalBytes} there are");
            Pipe.AssertSame(from, to);
            resumed += before > 0 ? 1 : 0;
        }

        Assert.InRange(resumed, 12, 20);
    }

    [Fact]
    public void Two_transfers_side_by_side_share_a_bottleneck()
    {
        World world = new(93);
        world.StartServer(Options(new ChannelOptions { MaxSessions = 4, SessionsPerPsk = 4, MaxHalfOpen = 4, SynMemory = 16 }));
        Bottleneck bottleneck = new(world.Net, 1);
        world.Net.Delay = 25;
        (FileReceiver Receiver, SessionTransfer[] Sides) a = Begin(world, 2);
        (FileReceiver Receiver, SessionTransfer[] Sides) b = Begin(world, 3);
        bottleneck.Begin();
        while (a.Receiver.Bytes + b.Receiver.Bytes < 8_000_000)
        {
            foreach (SessionTransfer side in (SessionTransfer[])[.. a.Sides, .. b.Sides])
            {
                side.Work(world.Now);
            }

            world.Flush();
            world.Run(1);
        }

        double share = (double)a.Receiver.Bytes / (a.Receiver.Bytes + b.Receiver.Bytes);
        Assert.True(bottleneck.Dropped > 10, $"{bottleneck.Dropped} dropped");
        Assert.InRange(share, 0.4, 0.6);
    }

    /// <summary>Under random loss RFC 5681's window allows about 1.22 fragments for each round trip and root of the loss (Mathis and others).</summary>
    [Theory]
    [InlineData(94)]
    [InlineData(95)]
    public void At_50_ms_and_one_packet_in_a_hundred_lost_it_takes_what_the_window_allows(uint seed)
    {
        const double Least = 0.8;
        const int RoundTrip = 50;
        const int Loss = 1;
        const int Settling = 5_000;
        const int Measured = 60_000;
        World world = new(seed);
        world.StartServer(Options(ChannelOptions.ForServer()));
        (FileReceiver receiver, SessionTransfer[] sides) = Begin(world, 2, 30_000_000);
        world.Net.Delay = RoundTrip / 2;
        world.Net.LossPercent = Loss;
        long begun = world.Now + Settling;
        long before = 0;
        while (world.Now < begun + Measured)
        {
            before = world.Now < begun ? receiver.Bytes : before;
            Array.ForEach(sides, side => side.Work(world.Now));
            world.Flush();
            world.Run(1);
        }

        double allowed = 1.22 * DataPayload.FragmentSize / (RoundTrip * Math.Sqrt(Loss / 100.0)) * Measured;
        double ratio = (receiver.Bytes - before) / allowed;
        Assert.True(!receiver.IsOver && ratio >= Least, $"seed {seed}: {ratio:0.00} of what is allowed");
    }

    private static (FileReceiver Receiver, SessionTransfer[] Sides) Begin(World world, int host, int size = 8_000_000)
    {
        Link link = world.Connect(Options(World.ClientOptions()), world.Net.Host(host));
        MemoryFolder from = new();
        from.Add("x", Pipe.Random(host, size));
        SessionTransfer[] sides = [Send(link.Server, from), Receive(link.Near, new MemoryFolder(), out FileReceiver receiver)];
        return (receiver, sides);
    }

    private static (World World, Link Link) Connect(uint seed, int sendBuffers = 128)
    {
        World world = new(seed);
        ChannelOptions options = Options(ChannelOptions.ForServer());
        options.SendBuffers = sendBuffers;
        world.StartServer(options);
        return (world, world.Connect(Options(World.ClientOptions())));
    }

    private static ChannelOptions Options(ChannelOptions options)
    {
        options.Psk = World.Psk;
        options.MaxMessageSize = MessageSize;
        options.ReceiveAhead = 128;
        options.SendBuffers = 128;
        return options;
    }

    private static SessionTransfer Send(Session session, MemoryFolder from) => new(session, new FileSender(from, new SystemSha256(), null), new byte[MessageSize]);

    private static SessionTransfer Receive(Session session, MemoryFolder to, out FileReceiver receiver)
    {
        receiver = new FileReceiver(to, new SystemSha256(), new SystemSha256(), 100, false, null);
        return new SessionTransfer(session, receiver, new byte[MessageSize]);
    }

    private static void Run(World world, SessionTransfer sender, SessionTransfer receiver, long limit, Func<bool>? killed = null)
    {
        world.RunUntil(
            () =>
            {
                sender.Work(world.Now);
                receiver.Work(world.Now);
                world.Flush();
                return (killed?.Invoke() ?? false) || (sender.IsOver && receiver.IsOver);
            },
            limit, "the transfer");
    }

    private static MemoryFolder Files()
    {
        MemoryFolder folder = new();
        folder.Add("empty", []);
        folder.Add("a/b", Pipe.Random(1, 100_000));
        folder.AddFolder("none");
        folder.Add("c", Pipe.Random(2, 80_000));
        return folder;
    }

    /// <summary>A link that passes some packets in a millisecond and holds a short queue; what finds it full is dropped.</summary>
    private sealed class Bottleneck(Springtail.Transport.MemoryNetwork network, int packetsPerMillisecond) : Springtail.Transport.IMemoryTap
    {
        private const int Queue = 60;

        private double _level;
        private long _at;

        public int Dropped { get; private set; }

        public void Begin()
        {
            _at = network.Now;
            network.Tap = this;
        }

        public bool Pass(Endpoint from, Endpoint to, byte[] bytes, int size)
        {
            if (size < Packet.MaxSize)
            {
                return true;
            }

            _level = Math.Max(0, _level - (network.Now - _at) * packetsPerMillisecond);
            _at = network.Now;
            if (_level >= Queue)
            {
                Dropped++;
                return false;
            }

            _level++;
            return true;
        }
    }
}
