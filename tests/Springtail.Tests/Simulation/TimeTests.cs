using System;
using Springtail.Packets;
using Springtail.Sessions;
using Springtail.Transport;
using Xunit;

namespace Springtail.Tests.Simulation;

/// <summary>Sessions run on monotonic time; their clocks follow each other (PROTOCOL.md 8, 11).</summary>
public sealed class TimeTests
{
    private const long Hour = 3600000;

    private static readonly bool s_full = !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("SPRINGTAIL_FULL"));

    /// <summary>A week in the long form, a day in the short one.</summary>
    [Theory]
    [InlineData(100, 0)]
    [InlineData(-100, 100)]
    public void Clocks_that_drift_are_followed_without_a_lost_hop(int device, int server)
    {
        World world = new(73) { Core = new SteeredCore(73) { QuickPbkdf2 = true } };
        MemoryTransport host = world.Net.Host(2);
        host.DriftPartsPerMillion = device;
        world.ServerHost.DriftPartsPerMillion = server;
        world.StartServer();
        Link link = world.Connect(host: host);
        uint hops = 0;
        ulong window = link.Near.Window;
        for (int minute = 0; minute < (s_full ? 7 : 1) * 24 * 60; minute++)
        {
            world.Run(60000 - 100);
            Assert.True(link.TrySend(link.Near, new byte[] { 1 }));
            world.Flush();
            world.Run(100);
            Assert.NotNull(Link.Take(link.Server, world.Now));
            Assert.InRange((long)link.Near.Window - (long)link.Server.Window, -1, 1);
            hops += (uint)(link.Near.Window - window);
            window = link.Near.Window;
        }

        Assert.True(hops > (s_full ? 7u : 1u) * 172700u, $"{hops} hops");
        Assert.Equal(0u, link.Near.Counters.Retransmissions);
        Assert.Equal(SessionState.Established, link.Near.State);
    }

    [Theory]
    [InlineData(Hour, 0)]
    [InlineData(-Hour, 0)]
    [InlineData(0, Hour)]
    [InlineData(0, -Hour)]
    [InlineData(-25 * Hour, 25 * Hour)]
    public void A_system_clock_that_jumps_changes_nothing_for_a_session(long device, long server)
    {
        World world = new(74);
        MemoryTransport host = world.Net.Host(2);
        world.StartServer();
        Link link = world.Connect(host: host);
        link.Exchange(5, 1000, 5000);
        host.UtcBase += device;
        world.ServerHost.UtcBase += server;
        for (int i = 0; i < 20; i++)
        {
            world.Run(10000);
            link.Exchange(2, 1000, 1000);
        }

        link.Near.Rekey(world.Now);
        world.Flush();
        world.Run(1000);
        Assert.Equal(1, link.Near.Epoch);
        Assert.Equal(0u, link.Near.Counters.Retransmissions + link.Server.Counters.Retransmissions);
        Assert.Equal(0, link.Near.ClockOffset(world.Now));
    }

    [Theory]
    [InlineData(Hour)]
    [InlineData(-Hour)]
    public void A_server_whose_clock_was_set_after_its_start_takes_new_clients_by_the_new_time(long jump)
    {
        World world = new(75);
        MemoryTransport host = world.Net.Host(2);
        world.StartServer();
        world.Run(1000);
        host.UtcBase += jump;
        world.ServerHost.UtcBase += jump;

        // Its rendezvous ports follow with the next span of 10 s.
        world.Run(10000);
        long begun = world.Now;
        Link link = world.Connect(host: host);
        Assert.True(world.Now - begun < 1000, $"{world.Now - begun} ms");
        link.Exchange(5, 1000, 5000);
    }

    /// <summary>Where nothing can be told of half a round trip, half of it is what the clock may be off by.</summary>
    [Theory]
    [InlineData(1, 0)]
    [InlineData(1, Features.ClientHops)]
    [InlineData(4, 0)]
    public void A_handshake_that_was_slow_to_measure_is_followed_by_a_better_measurement_at_once(int suite, int features)
    {
        World world = new(62);
        ChannelOptions server = World.ServerOptions();
        ChannelOptions client = World.ClientOptions(features, suite);
        if (suite == 4)
        {
            server.Token = "amber-raven";
            server.Suite = 4;
            client.Token = "amber-raven";
        }

        world.StartServer(server);

        // The first copies of the SYN wait 1.4 s on their way, and the rest is lost; the answer is quick.
        Captured? held = null;
        world.Net.Tap = new Tap(d =>
        {
            if (d.FromServer || held?.Bytes.Length == 0)
            {
                return true;
            }

            held ??= d;
            return false;
        });
        Client connecting = world.StartClient(client);
        world.Run(1400);
        world.Net.Inject(held!.From, held.To, held.Bytes, held.Bytes.Length);
        world.RunUntil(() => connecting.State != ClientState.Calling, 1000, "the session's keys");
        held = new Captured(held.From, held.To, held.Bytes, 0);
        Session? session = null;
        world.RunUntil(() => (session ??= world.Server.Accept()) != null && connecting.State == ClientState.Connected, 10000, "the handshake");
        Link link = new(world, connecting, session!);
        world.Run(4000);
        long apart = link.Near.UtcNow(world.Now) - link.Server.UtcNow(world.Now);
        Assert.InRange(apart, -60, 60);
        link.Exchange(5, 1000, 5000);
    }

    [Theory]
    [InlineData(TimeSyncPayload.T1, 0)]
    [InlineData(TimeSyncPayload.T2, 0)]
    [InlineData(TimeSyncPayload.T3, 0)]
    [InlineData(TimeSyncPayload.T2, 4)]
    [InlineData(TimeSyncPayload.T3, 4)]
    public void A_time_that_no_clock_can_show_is_refused(int field, int at)
    {
        HookedCore core = new(new SteeredCore(76))
        {
            Sealing = (packet, size, protection, number) =>
            {
                if (Packet.Type(packet) == PacketType.Control && Packet.Subtype(packet) == ControlSubtype.TimeSyncResponse)
                {
                    packet[Packet.HeaderSize + field + at] ^= 0x7F;
                    if (field != TimeSyncPayload.T1)
                    {
                        // Both of the server's times, so that the delay stays what it is.
                        packet[Packet.HeaderSize + TimeSyncPayload.T2 + TimeSyncPayload.T3 - field + at] ^= 0x7F;
                    }
                }
            },
        };
        World world = new(76) { Core = core };
        world.StartServer();
        Link link = world.Connect();
        world.Run(61000);

        // Once soon after the handshake, since it has said nothing else, and once after a minute.
        Assert.Equal(2u, link.Near.Counters.Drops(DropCause.Malformed));
        Assert.Equal(0, link.Near.ClockOffset(world.Now));
        link.Exchange(5, 1000, 5000);
    }
}
