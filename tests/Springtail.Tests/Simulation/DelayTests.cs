using Springtail.Packets;
using Springtail.Sessions;
using Springtail.Transport;
using Xunit;

namespace Springtail.Tests.Simulation;

/// <summary>Delays that end, or were never there: what goes to the window of its arrival arrives all the same (PROTOCOL.md 5, 8, 9).</summary>
public sealed class DelayTests
{
    private const int Long = 2000;
    private const int Short = 10;

    [Theory]
    [InlineData(0, 0)]
    [InlineData(Features.ClientHops, 0)]
    [InlineData(0, Long)]
    [InlineData(Features.ClientHops, Long)]
    public void A_message_arrives_when_delays_have_ended(int features, int jitter)
    {
        World world = Delayed(115, features, jitter, out Link link);
        link.Exchange(12, 100, 200000);
        world.Net.Delay = Short;
        world.Net.Jitter = 0;
        world.Run(10000);
        long begun = world.Now;
        long longest = 5000 + 3 * link.Near.RoundTripTime;
        int attempts = link.Client.Attempts;
        Assert.True(link.TrySend(link.Near, new byte[] { 1 }));
        Assert.True(link.TrySend(link.Server, new byte[] { 2 }));
        world.Flush();
        world.RunUntil(() => link.Server.NextMessageSize >= 0 && link.Near.NextMessageSize >= 0 && link.Server.AllAcknowledged && link.Near.AllAcknowledged, longest, "two messages");

        // From then on the windows fit.
        begun = world.Now;
        Assert.True(link.TrySend(link.Near, new byte[] { 3 }));
        world.Flush();
        world.RunUntil(() => link.Near.AllAcknowledged, 1000, "the next message");
        Assert.Equal(attempts, link.Client.Attempts);
    }

    [Fact]
    public void Who_sends_nothing_has_its_acknowledgments_arrive_when_delays_have_ended()
    {
        World world = Delayed(111, 0, 0, out Link link);
        link.Exchange(12, 100, 200000);
        world.Net.Delay = Short;
        world.Run(10000);
        Assert.True(link.TrySend(link.Server, new byte[] { 2 }));
        world.Flush();
        world.RunUntil(() => link.Server.AllAcknowledged, 5000 + 3 * link.Server.RoundTripTime, "the acknowledgment");
        Assert.Equal(SessionState.Established, link.Near.State);
    }

    [Fact]
    public void A_session_that_continues_another_goes_by_its_own_handshake()
    {
        World world = Delayed(112, 0, 0, out Link link);
        link.Exchange(12, 100, 200000);
        Session old = link.Near;
        long answered = 0;
        world.Net.Delay = Short;
        world.Net.Tap = new Tap(d =>
        {
            // Only the handshake's packets get through, until the server has answered one of them.
            bool answer = d.FromServer && d.Bytes.Length == Packet.Overhead + SynAck.PublicKey + 64;
            answered = answer && answered == 0 ? world.Now : answered;
            return answered != 0 || d.Bytes.Length == Packet.Overhead + Syn.PublicKey + 64;
        });
        world.RunUntil(() => old.Successor != null, 150000, "the new session");
        Assert.True(old.Successor!.IsContinued);
        Assert.InRange(world.Now - answered, 0, 10 * Short);
    }

    /// <summary>What was sent to the windows of a slow path comes before they are open: it goes again with the sample that shows it, and not when its timer ends.</summary>
    [Fact]
    public void What_came_before_its_windows_is_sent_again_at_once()
    {
        World world = new(116);
        world.StartServer();
        world.Net.Delay = Short;
        Link link = world.Connect();
        link.Exchange(5, 100, 5000);
        for (int i = 0; i < 20; i++)
        {
            link.Near.Delivery.Measure(6000, world.Now);
        }

        link.Near.UpdatePath(world.Now);
        Assert.True(link.TrySend(link.Near, new byte[] { 1 }));
        world.Flush();
        world.Run(500);
        Assert.Null(Link.Take(link.Server, world.Now));
        link.Near.Delivery.Measure(2 * Short, world.Now);
        world.Flush();
        world.Run(Short);
        Assert.Equal(new byte[] { 1 }, Link.Take(link.Server, world.Now));
    }

    /// <summary>A side that only answers has no samples; that its last packet is acknowledged in milliseconds is one, where all of late were of seconds.</summary>
    [Fact]
    public void Who_only_acknowledges_learns_that_delays_have_ended()
    {
        World world = new(117);
        world.StartServer();
        world.Net.Delay = Short;
        Link link = world.Connect();
        link.Exchange(5, 100, 5000);
        for (int i = 0; i < 20; i++)
        {
            link.Near.Delivery.Measure(900, world.Now);
        }

        world.Run(100);
        for (int i = 0; i < 4; i++)
        {
            Assert.True(link.TrySend(link.Server, new byte[1]));
            world.Flush();
            world.Run(50);
            Assert.NotNull(Link.Take(link.Near, world.Now));
        }

        // The server's next DATA, after 10 ms, acknowledges the client's last ACK.
        Assert.InRange(link.Near.Delivery.OneWay, 0, 25);
        Assert.Equal(SessionState.Established, link.Near.State);
    }

    /// <summary>A clock that is found to be wrong by intervals has led packets to ports that were not open.</summary>
    [Fact]
    public void What_went_to_the_windows_of_a_wrong_clock_is_sent_again_at_once()
    {
        World world = new(118);
        world.StartServer();
        world.Net.Delay = Short;
        Link link = world.Connect();
        link.Exchange(5, 100, 5000);
        link.Near.Time.Set(new TimeFilter(link.Near.Time.Offset(world.Now) + 1500, 3000, world.Now), world.Now);
        Assert.True(link.TrySend(link.Near, new byte[] { 1 }));
        world.Flush();
        world.Run(50);
        Assert.Null(Link.Take(link.Server, world.Now));
        link.Near.Time.Doubt(world.Now);
        world.Flush();
        world.Run(3 * Short);
        Assert.Equal(new byte[] { 1 }, Link.Take(link.Server, world.Now));
        Assert.InRange(link.Near.ClockOffset(world.Now), -50, 50);
    }

    [Fact]
    public void A_SYN_ACK_that_waited_while_the_program_stood_still_measures_nothing()
    {
        World world = new(113);
        world.StartServer();
        MemoryTransport host = world.Net.Host(2);
        Client client = new(world.Core, World.ClientOptions(), world.ServerHost.Address, host.Now, host.UtcNow);
        Driver driver = new(client, host, host);
        byte[] buffer = new byte[Packet.MaxSize];
        Endpoint from = new();
        driver.Flush();
        world.Run(8000);
        for (int i = 0; i < 30; i++)
        {
            for (int size; (size = host.Receive(buffer, from, out int port, 0)) > 0;)
            {
                driver.Take(buffer, size, from, port);
            }

            driver.Flush();
            world.Run(10);
        }

        Assert.Equal(ClientState.Connected, client.State);
        Assert.InRange(client.Session.RoundTripTime, 1, 100);
        Assert.InRange(client.Session.ClockOffset(host.Now), -50, 50);
    }

    private static World Delayed(uint seed, int features, int jitter, out Link link)
    {
        World world = new(seed);
        ChannelOptions options = World.ServerOptions();
        options.HopWindows = 8;
        world.StartServer(options);
        world.Net.Delay = jitter == 0 ? Long : Short;
        world.Net.Jitter = jitter;
        link = world.Connect(World.ClientOptions(features));
        return world;
    }
}
