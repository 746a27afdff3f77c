using System;
using System.Collections.Generic;
using System.Linq;
using System.Security.Cryptography;
using Springtail.Listening;
using Springtail.Packets;
using Springtail.Sessions;
using Springtail.Tests.Simulation;
using Springtail.Transport;
using Xunit;

namespace Springtail.Tests.Listener;

/// <summary>What a key holder, and a stranger, can do to the others of a listener.</summary>
public sealed class AdmissionTests
{
    private const int RendezvousPort = 4000;

    /// <summary>23 exchanges of suite 1 at once and 12 a second, of 500 that are asked for; where it remembers few SYNs, the holder's own places are all that is filled.</summary>
    [Theory]
    [InlineData(8192, 84)]
    [InlineData(64, 32)]
    public void A_key_holder_who_sends_SYNs_without_end_gets_a_tenth_of_a_core_and_keeps_nobody_out(int memory, int most)
    {
        byte[][] psks = [World.Psk, RandomNumberGenerator.GetBytes(32)];
        int exchanges = 0;
        HookedCore core = new(new SteeredCore(70)) { Shared = (_, good) => { exchanges++; return good; } };
        World world = new(70) { Core = core };
        ChannelOptions options = Options(psks);
        options.SynMemory = memory;
        world.StartServer(options);
        const int Seconds = 5;
        for (int i = 0; i < 100 * Seconds; i++)
        {
            Call(world, psks[1], 3);
            world.Run(10);
        }

        Assert.InRange(exchanges, 10, most);
        Assert.NotEqual(0u, world.Server.Counters.Drops(DropCause.Limit));
        Client other = world.StartClient(Connecting(psks[0]));
        world.RunUntil(() => other.State == ClientState.Connected, 2000, "the other key's handshake");
    }

    [Fact]
    public void SYNs_with_bad_keys_take_no_good_ones_place()
    {
        SteeredCore core = new(71);
        World world = new(71) { Core = core };
        ChannelOptions options = Options([World.Psk]);
        options.SynMemory = 4;
        world.StartServer(options);
        for (int i = 0; i < 10; i++)
        {
            core.BadPoint = 0;
            Call(world, World.Psk, 3);
            world.Run(100);
        }

        Assert.Equal(10u, world.Server.Counters.Drops(DropCause.KeyExchange));
        core.BadPoint = -1;
        Client good = world.StartClient(Connecting(World.Psk));
        world.RunUntil(() => good.State == ClientState.Connected, 1000, "the handshake of a good key");
    }

    [Fact]
    public void A_strangers_packets_cost_a_few_unmaskings_where_ten_thousand_keys_share_a_port()
    {
        const int Keys = 10_000;

        // The two addresses have budgets of their own by this chance; by another, one of 32 times, they share one.
        HookedCore core = new(new SteeredCore(72));
        byte[][] psks = Enumerable.Range(0, Keys).Select(_ => RandomNumberGenerator.GetBytes(32)).ToArray();
        World world = new(72) { Core = core };
        world.StartServer(Options(psks));
        Endpoint stranger = new();
        stranger.SetAddress([203, 0, 113, 7]);
        int before = core.Unmaskings;
        byte[] packet = new byte[165];
        const int Packets = 2000;
        for (int i = 0; i < Packets; i++)
        {
            RandomNumberGenerator.Fill(packet);
            world.Server.Receive(packet, packet.Length, stranger, RendezvousPort, world.Now, world.ServerHost.UtcNow);
        }

        // Seven packets may be tried under all keys before the budget of the address is spent.
        Assert.InRange(core.Unmaskings - before, Keys, 8 * Keys + 4 * Packets);

        // One of another address that holds a key gets in all the same.
        Client client = world.StartClient(Connecting(psks[^1]));
        world.RunUntil(() => client.State == ClientState.Connected, 1000, "the handshake");
    }

    [Fact]
    public void Where_the_key_is_public_one_address_displaces_its_own_half_open_sessions_alone()
    {
        const string Token = "amber-raven";
        World world = new(73);
        ChannelOptions options = World.ServerOptions();
        options.Psk = null;
        options.Token = Token;
        options.Suite = 4;
        world.StartServer(options);
        ChannelOptions calling = World.ClientOptions(0, 4);
        calling.Psk = null;
        calling.Token = Token;

        // The honest one's confirmation takes its time; meanwhile somebody else calls and calls.
        Client honest = new(world.Core, calling, world.ServerHost.Address, world.Now, world.ServerHost.UtcNow);
        MemoryTransport host = world.Net.Host(2);
        Driver driver = world.Add(host, honest);
        world.RunUntil(() => world.Server.AllSessions().Length == 1, 1000, "the honest one's session");
        for (int i = 0; i < 20; i++)
        {
            Client stranger = new(world.Core, calling, world.ServerHost.Address, world.Now, world.ServerHost.UtcNow);
            Driver other = world.Add(world.Net.Host(66), stranger);
            world.Net.Tap = new Tap(d => !d.FromServer || d.To.SameAddress(host.Address));
            world.Flush();
            world.Remove(other);
        }

        world.RunUntil(() => honest.State == ClientState.Connected, 5000, "the honest one's handshake");
        Assert.InRange(world.Server.AllSessions().Length, 1, 3);
        Assert.NotNull(driver);
    }

    [Fact]
    public void A_set_of_ports_has_what_was_put_in_and_not_taken_out()
    {
        Random random = new(5);
        PortSet set = new();
        Dictionary<int, bool> expected = [];
        for (int i = 0; i < 20_000; i++)
        {
            int port = random.Next(200) * 64;
            int slot = set.Find(port);
            Assert.Equal(expected.ContainsKey(port), slot >= 0);
            if (slot < 0)
            {
                slot = set.Add(port);
                set.SetOpen(slot, i % 2 == 0);
                expected[port] = i % 2 == 0;
            }
            else
            {
                Assert.Equal(expected[port], set.IsOpen(slot));
                set.Remove(slot);
                expected.Remove(port);
            }

            Assert.Equal(expected.Count, set.Count);
        }
    }

    [Fact]
    public void Ports_of_a_busy_range_stay_open_until_it_is_quiet()
    {
        PortTable table = new(1000, 100);
        HashSet<int> open = [];
        for (int i = 0; i < 60; i++)
        {
            table.Add(1000 + i);
            table.Add(1000 + i);
        }

        Follow();
        Assert.Equal(60, open.Count);
        for (int i = 0; i < 30; i++)
        {
            table.Remove(1000 + i);
            table.Remove(1000 + i);
        }

        Follow();
        Assert.Equal(60, open.Count);
        for (int i = 30; i < 50; i++)
        {
            table.Remove(1000 + i);
            table.Remove(1000 + i);
        }

        Follow();
        Assert.Equal(Enumerable.Range(1050, 10), open.Order());

        void Follow()
        {
            while (table.TakeChange(out int port, out bool opens))
            {
                Assert.True(opens ? open.Add(port) : open.Remove(port));
            }
        }
    }

    [Fact]
    public void Newcomers_are_refused_before_a_session_could_be_short_of_a_descriptor()
    {
        using SocketTransport sockets = new();
        int others = System.IO.Directory.Exists("/proc/self/fd") ? System.IO.Directory.GetFiles("/proc/self/fd").Length : 0;
        ChannelOptions wide = Options([World.Psk]);
        ChannelOptions narrow = Options([World.Psk]);
        narrow.PortCount = 100;
        Descriptors few = new(sockets, wide, others + 256);
        Assert.True(few.Suffice(20, 0));
        Assert.False(few.Suffice(200, 0));
        Assert.True(new Descriptors(sockets, narrow, others + 256).Suffice(10_000, 0));
        Assert.True(new Descriptors(sockets, wide, int.MaxValue).Suffice(10_000, 0));
    }

    private static void Call(World world, byte[] psk, int host)
    {
        Client caller = new(world.Core, Connecting(psk), world.ServerHost.Address, world.Now, world.ServerHost.UtcNow);
        Datagram datagram = new();
        Assert.True(caller.Poll(datagram, world.Now, world.ServerHost.UtcNow));
        Endpoint from = new();
        from.SetAddress([10, 0, 0, (byte)host]);
        from.Port = 50_000;
        world.Server.Receive(datagram.Buffer, datagram.Size, from, RendezvousPort, world.Now, world.ServerHost.UtcNow);
        caller.Abandon();
    }

    private static ChannelOptions Options(byte[][] psks)
    {
        ChannelOptions options = World.ServerOptions();
        options.Psk = null;
        options.Psks = psks;
        options.RendezvousPort = RendezvousPort;
        options.DiscoveryPort = 0;
        return options;
    }

    private static ChannelOptions Connecting(byte[] psk)
    {
        ChannelOptions options = World.ClientOptions();
        options.Psk = psk;
        options.RendezvousPort = RendezvousPort;
        return options;
    }
}
