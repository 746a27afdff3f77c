using System.Collections.Generic;
using System.Security.Cryptography;
using Springtail.Listening;
using Springtail.Packets;
using Springtail.Sessions;
using Springtail.Tests.Simulation;
using Xunit;

namespace Springtail.Tests.Listener;

/// <summary>What happens at a listener while a key exchange is made on another thread.</summary>
public sealed class SlowDerivationTests
{
    private static readonly byte[] s_other = RandomNumberGenerator.GetBytes(32);

    /// <summary>The first session's SYN is forgotten by then, and what was remembered of it is in nobody's place.</summary>
    [Fact]
    public void A_session_that_ends_takes_nothing_from_a_handshake_that_is_being_derived()
    {
        World world = new(90);
        SlowServer server = Start(world, Options(), 1);
        Client first = world.StartClient(Connecting(World.Psk));
        world.RunUntil(() => first.State == ClientState.Connected, 5000, "the first handshake");
        world.Run(80_000);
        server.Patience = 1000;
        Client second = world.StartClient(Connecting(s_other), world.Net.Host(3));
        world.RunUntil(() => server.Deriving == 1, 5000, "the second SYN");
        first.Session.Abort(ErrorCode.Terminated, world.Now);
        world.Run(200);
        Assert.Equal(SessionState.Ended, first.Session.State);
        Assert.Equal(0, server.Sessions);
        world.RunUntil(() => second.State == ClientState.Connected, 5000, "the second handshake");
    }

    [Fact]
    public void A_handshake_that_takes_longer_than_SYNs_are_remembered_ends_well()
    {
        World world = new(91);
        SlowServer server = Start(world, Options(), 80_000);
        Client first = world.StartClient(Connecting(World.Psk));
        world.RunUntil(() => server.Deriving == 1, 5000, "the first SYN");
        first.Abandon();
        world.Run(79_000);
        server.Patience = 3000;
        Client second = world.StartClient(Connecting(s_other), world.Net.Host(3));
        world.RunUntil(() => second.State == ClientState.Connected, 8000, "the second handshake");
        Assert.Equal(0, server.Deriving);
    }

    /// <summary>The listener remembers a single SYN.</summary>
    [Fact]
    public void SYNs_under_a_public_key_take_the_place_of_none_that_is_being_derived()
    {
        World world = new(92);
        ChannelOptions listening = Options();
        listening.SynMemory = 1;
        (listening.Psk, listening.Psks, listening.Token, listening.Suite) = (null, null, "red-fox", 4);
        SlowServer server = Start(world, listening, 300);
        Client first = world.StartClient(Calling());
        world.RunUntil(() => server.Deriving == 1, 5000, "the first SYN");
        Client second = world.StartClient(Calling(), world.Net.Host(3));
        world.RunUntil(() => first.State == ClientState.Connected, 5000, "the first handshake");
        world.RunUntil(() => second.State == ClientState.Connected, 10_000, "the second handshake");

        static ChannelOptions Calling()
        {
            ChannelOptions options = World.ClientOptions();
            (options.Psk, options.Token, options.Suite, options.RendezvousPort) = (null, "red-fox", 4, 4000);
            return options;
        }
    }

    private static SlowServer Start(World world, ChannelOptions options, int patience)
    {
        SlowServer server = new(world, options) { Patience = patience };
        world.StartServer(server);
        return server;
    }

    private static ChannelOptions Options()
    {
        ChannelOptions options = World.ServerOptions();
        options.Psks = [World.Psk, s_other];
        options.RendezvousPort = 4000;
        return options;
    }

    private static ChannelOptions Connecting(byte[] psk)
    {
        ChannelOptions options = World.ClientOptions(suite: 2);
        options.Psk = psk;
        options.RendezvousPort = 4000;
        return options;
    }

    // A server whose key exchanges take a time, as if another thread made them.
    private sealed class SlowServer(World world, ChannelOptions options) : IndexedServer(world.Core, options, world.ServerHost.Now, world.ServerHost.UtcNow), IProtocolPeer
    {
        private readonly Queue<(Handshake Handshake, long At)> _deriving = new();

        // In ms.
        public int Patience { get; set; }

        public int Deriving => _deriving.Count;

        long IProtocolPeer.Deadline => _deriving.TryPeek(out (Handshake Handshake, long At) next) && next.At < Deadline ? next.At : Deadline;

        bool IProtocolPeer.Poll(Datagram datagram, long now, long utcNow)
        {
            while (_deriving.TryPeek(out (Handshake Handshake, long At) next) && next.At <= now)
            {
                _deriving.Dequeue();
                next.Handshake.Derive(world.Core);
                Complete(next.Handshake, now);
            }

            return Poll(datagram, now, utcNow);
        }

        internal override void Begin(Handshake handshake, long now) => _deriving.Enqueue((handshake, now + Patience));
    }
}
