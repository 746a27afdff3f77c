using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using Springtail.Keys;
using Springtail.Packets;
using Springtail.Sessions;
using Springtail.Transport;
using Xunit;

namespace Springtail.Tests.Simulation;

/// <summary>Emergency (PROTOCOL.md 14): keys that no longer agree, and what an attacker can make of it.</summary>
public sealed class EmergencyTests
{
    // Sizes on the wire; a new handshake's SYN is lost in these worlds, since it would come first.
    private const int Request = 42 + 101;
    private const int Response = 42 + 80;
    private const int KeyCheck = 42 + 54;
    private const int KeyCheckReply = 42 + 24;
    private const int RekeyRequest = 42 + 104;
    private const int RekeyResponse = 42 + 116;
    private const int Heartbeat = 42 + 20;

    // Silence until recovery, and the ladder to its end; the server gives up after 150 s of silence.
    private const int WithinMs = 145000;

    [Theory]
    [InlineData(1, 0)]
    [InlineData(1, Features.Diversified)]
    [InlineData(2, Features.ClientHops)]
    [InlineData(3, Features.All)]
    public void Keys_that_no_longer_agree_are_replaced_and_no_message_is_lost(int suite, int features)
    {
        World world = new(90);
        world.StartServer();
        Link link = world.Connect(World.ClientOptions(features, suite));
        link.Exchange(3, 1000, 5000);
        Assert.True(link.TrySend(link.Server, new byte[] { 1 }));
        world.Flush();
        world.Run(200);
        (Session near, Session far) = (link.Near, link.Server);
        Damage(far);
        DropSyns(world);
        Assert.True(link.TrySend(near, new byte[] { 2 }));
        Assert.True(link.TrySend(near, new byte[] { 3 }));
        Assert.True(link.TrySend(far, new byte[] { 4 }));
        world.RunUntil(() => near.Successor != null && far.Successor != null, WithinMs, () => $"the emergency\n  {Link.Describe(near)}\n  {Link.Describe(far)}");

        Assert.Same(near.Successor, link.Near);
        Assert.Equal((near.Id, 3), (link.Near.Id, link.Near.Epoch));
        Assert.Equal(3, far.Successor!.Epoch);

        // Both sides have the old session, so all its messages go on (14.2).
        Link renewed = new(world, link.Client, far.Successor);
        world.Run(3000);
        Assert.Equal(new byte[] { 1 }, Link.Take(link.Near, world.Now));
        Assert.Equal(new byte[] { 4 }, Link.Take(link.Near, world.Now));
        Assert.Equal(new byte[] { 2 }, Link.Take(far.Successor, world.Now));
        Assert.Equal(new byte[] { 3 }, Link.Take(far.Successor, world.Now));
        foreach (Session session in new[] { link.Near, far.Successor })
        {
            Assert.Null(Link.Take(session, world.Now));
            Assert.False(session.TakeRenewal());
            Assert.Equal(0, session.LostMessages);
        }

        renewed.Exchange(20, 3000, 30000);

        // Another rekey, and another emergency, find the session as they would any other.
        link.Near.Rekey(world.Now);
        renewed.Exchange(5, 1000, 5000);
        Assert.Equal(4, link.Near.Epoch);
        Damage(far.Successor);
        world.RunUntil(() => link.Near.Epoch == 7, WithinMs, () => $"the second emergency\n  {Link.Describe(link.Near)}");
        Assert.Null(world.Server.Accept());
    }

    [Fact]
    public void Where_only_one_direction_fails_the_emergency_comes_about_beside_the_peers_packets()
    {
        World world = new(91);
        world.StartServer();
        Link link = world.Connect(World.ClientOptions(0, 2));
        (Session near, Session far) = (link.Near, link.Server);
        link.Exchange(5, 1000, 5000);
        Keys(far).ClientKey[0] ^= 1;
        Assert.True(link.TrySend(near, new byte[] { 2 }));
        world.RunUntil(() => near.Successor != null && far.Successor != null, 160000, () => $"the emergency\n  {Link.Describe(near)}\n  {Link.Describe(far)}");
        Assert.Equal(1, link.Client.Attempts);
        Assert.Equal(0, link.Near.LostMessages);
        Assert.False(link.Near.TakeRenewal() || far.Successor!.TakeRenewal());
        world.Run(3000);
        Assert.Equal(new byte[] { 2 }, Link.Take(far.Successor!, world.Now));
        new Link(world, link.Client, far.Successor!).Exchange(5, 1000, 5000);
    }

    public static TheoryData<int, bool> Steps => new()
    {
        { Request, false }, { Response, true }, { KeyCheck, false }, { KeyCheckReply, true }, { RekeyRequest, false }, { RekeyResponse, true },
        { Heartbeat, false }, { Heartbeat, true },
    };

    [Theory]
    [MemberData(nameof(Steps))]
    public void Each_packet_may_be_lost_doubled_or_late(int size, bool fromServer)
    {
        foreach (int fault in new[] { 0, 1, 2 })
        {
            World world = new(92);
            world.StartServer();
            Link link = world.Connect();
            (Session near, Session far) = (link.Near, link.Server);
            Damage(far);
            bool begun = false;
            int met = 0;
            Captured? held = null;
            world.Net.Tap = new Tap(d =>
            {
                begun |= d.Bytes.Length == Request;
                if (IsSyn(d))
                {
                    return false;
                }

                if (held != null && d.Bytes.Length != size)
                {
                    // After the next one of another size.
                    world.Net.Inject(held.From, held.To, held.Bytes, held.Bytes.Length);
                    held = null;
                }

                if (!begun || d.Bytes.Length != size || d.FromServer != fromServer || near.Successor != null || ++met > 2)
                {
                    return true;
                }

                if (fault == 1)
                {
                    world.Net.Inject(d.From, d.To, d.Bytes, d.Bytes.Length);
                }
                else if (fault == 2)
                {
                    held = d;
                }

                return fault == 1;
            });
            world.RunUntil(
                () => near.Successor != null && far.Successor != null, WithinMs + 15000, () => $"the emergency, fault {fault}\n  {Link.Describe(near)}\n  {Link.Describe(far)}");
            Assert.True(met > 0);
            Assert.False(link.Near.TakeRenewal() || far.Successor!.TakeRenewal());
            new Link(world, link.Client, far.Successor!).Exchange(5, 1000, 10000);
        }
    }

    [Fact]
    public void An_altered_delayed_reflected_or_replayed_request_or_response_changes_nothing()
    {
        World world = new(93);
        world.StartServer();
        Link link = world.Connect();
        (Session near, Session far) = (link.Near, link.Server);
        Damage(far);
        Captured? request = null;
        world.Net.Tap = new Tap(d =>
        {
            request = d.Bytes.Length == Request ? d : request;
            return !IsSyn(d) && d.Bytes.Length != Request;
        });
        world.RunUntil(() => request != null, WithinMs, "the request");
        world.Run(100);

        void ToServer(Captured d, byte[] bytes) => world.Server.Receive((byte[])bytes.Clone(), bytes.Length, d.From, d.To.Port, world.Now, world.ServerHost.UtcNow);
        for (int i = 0; i < request!.Bytes.Length; i++)
        {
            ToServer(request, Flipped(request.Bytes, i));
            Assert.Null(EmergencyOf(world));
        }

        // To the client it is none of its packets.
        link.Client.Receive((byte[])request.Bytes.Clone(), Request, far.Peer, Datagram.OwnSocket, world.Now, world.ServerHost.UtcNow);
        Assert.Null(near.Successor);

        // As it is it is taken; its copies are answered alike, and with other bytes for the mask alone.
        List<Captured> responses = new();
        world.Net.Tap = new Tap(d =>
        {
            if (d.Bytes.Length == Response)
            {
                responses.Add(d);
            }

            return !IsSyn(d) && d.Bytes.Length != Response && d.Bytes.Length != Request;
        });
        ToServer(request, request.Bytes);
        object? begun = EmergencyOf(world);
        Assert.NotNull(begun);
        world.Run(100);
        ToServer(request, request.Bytes);
        Assert.Same(begun, EmergencyOf(world));
        world.Run(100);
        Assert.Equal(2, responses.Count);
        Assert.True(far.Recovery.IsHeld);

        // The response: altered, and to the server itself.
        void ToClient(byte[] bytes)
        {
            Endpoint from = new();
            from.CopyFrom(responses[0].From);
            link.Client.Receive((byte[])bytes.Clone(), bytes.Length, from, Datagram.OwnSocket, world.Now, world.ServerHost.UtcNow);
        }

        for (int i = 0; i < Response; i++)
        {
            ToClient(Flipped(responses[1].Bytes, i));
        }

        Assert.Null(typeof(Emergency).GetField("Keys", Private)!.GetValue(RequestOf(link.Client)));
        ToServer(request, responses[1].Bytes);
        Assert.Same(begun, EmergencyOf(world));
        ToClient(responses[1].Bytes);
        Assert.NotNull(typeof(Emergency).GetField("Keys", Private)!.GetValue(RequestOf(link.Client)));
        world.RunUntil(() => near.Successor != null && far.Successor != null, 10000, "the emergency");

        // It is over, and the request is of no more use, nor 30 s later.
        for (int i = 0; i < 8; i++)
        {
            ToServer(request, request.Bytes);
            Assert.Null(EmergencyOf(world));
            world.Run(5000);
        }

        Assert.Null(far.Successor!.Successor);
        Assert.False(link.Near.TakeRenewal() || far.Successor.TakeRenewal());
        new Link(world, link.Client, far.Successor).Exchange(5, 1000, 10000);
    }

    [Fact]
    public void A_request_that_is_31_s_old_is_refused()
    {
        World world = new(94);
        world.StartServer();
        Link link = world.Connect();
        Damage(link.Server);
        Captured? request = null;
        world.Net.Tap = new Tap(d =>
        {
            request ??= d.Bytes.Length == Request ? d : null;
            return false;
        });
        world.RunUntil(() => request != null, WithinMs, "the request");
        world.Run(31000);
        uint before = world.Server.Counters.Drops(DropCause.Timestamp);
        int[] ports = new int[16];
        world.Server.GetPorts(ports);
        foreach (int port in ports.Where(p => p != 0))
        {
            world.Server.Receive((byte[])request!.Bytes.Clone(), Request, request.From, port, world.Now, world.ServerHost.UtcNow);
        }

        Assert.Null(EmergencyOf(world));
        Assert.True(world.Server.Counters.Drops(DropCause.Timestamp) > before);
    }

    [Fact]
    public void A_session_that_hears_its_client_accepts_no_emergency()
    {
        // The server's packets are lost, the client's are not: to the server nothing is wrong.
        World world = new(95);
        world.StartServer();
        Link link = world.Connect();
        int requests = 0;
        world.Net.Tap = new Tap(d =>
        {
            requests += d.Bytes.Length == Request ? 1 : 0;
            return !d.FromServer && !IsSyn(d);
        });
        world.RunUntil(() => requests == 3, WithinMs, "the requests");
        world.Run(100);
        Assert.Null(EmergencyOf(world));
        Assert.Equal(SessionState.Established, link.Server.State);
        Assert.True(world.Server.Counters.Drops(DropCause.Unexpected) > 0);
    }

    [Fact]
    public void An_earlier_emergencys_request_and_response_disturb_no_later_one()
    {
        // The client's clock is ahead, so that its request stays young enough until the ladder has come round.
        World world = new(100);
        ChannelOptions options = World.ServerOptions();
        options.RendezvousPort = 7000;
        world.StartServer(options);
        options = World.ClientOptions();
        options.RendezvousPort = 7000;
        options.Keepalive = 40;
        Link link = world.Connect(options);
        (Session near, Session far) = (link.Near, link.Server);
        Damage(far);
        near.Time.Set(new TimeFilter(25000, 0, world.Now), world.Now);
        List<Captured> requests = new();
        List<Captured> responses = new();
        world.Net.Tap = new Tap(d =>
        {
            if (d.Bytes.Length is Request or Response)
            {
                (d.FromServer ? responses : requests).Add(d);
            }

            // Of the first emergency one request gets through, of the second none by itself.
            return !IsSyn(d) && !d.FromServer && (d.Bytes.Length != Request || requests.Count == 1);
        });
        world.RunUntil(() => requests.Count == 4, 190000, "the second emergency");
        Assert.Single(responses);
        world.Run(100);
        Assert.False(near.Recovery.IsHeld);

        byte[] response = (byte[])responses[0].Bytes.Clone();
        link.Client.Receive(response, Response, responses[0].From, Datagram.OwnSocket, world.Now, world.ServerHost.UtcNow);
        Assert.False(near.Recovery.IsHeld);
        world.Server.Receive((byte[])requests[3].Bytes.Clone(), Request, requests[3].From, 7000, world.Now, world.ServerHost.UtcNow);
        object? second = EmergencyOf(world);
        Assert.NotNull(second);
        world.Run(100);
        world.Server.Receive((byte[])requests[0].Bytes.Clone(), Request, requests[0].From, 7000, world.Now, world.ServerHost.UtcNow);
        Assert.Same(second, EmergencyOf(world));
        world.Run(100);
        Assert.Equal(2, responses.Count);
        link.Client.Receive((byte[])responses[1].Bytes.Clone(), Response, responses[1].From, Datagram.OwnSocket, world.Now, world.ServerHost.UtcNow);
        Assert.True(near.Recovery.IsHeld);
    }

    [Theory]
    [InlineData(ManagementSubtype.KeyCheck, 0)]
    [InlineData(ManagementSubtype.KeyCheck, 35)]
    [InlineData(ManagementSubtype.KeyCheckReply, 0)]
    [InlineData(ManagementSubtype.KeyCheckReply, 10)]
    [InlineData(ManagementSubtype.RekeyRequest, 10)]
    [InlineData(ManagementSubtype.RekeyResponse, 10)]
    [InlineData(ManagementSubtype.RekeyResponse, 110)]
    public void A_peer_that_shows_no_knowledge_of_the_interim_key_or_of_its_own_gets_no_session(int subtype, int at)
    {
        HookedCore core = new(TestCore.Instance);
        World world = new(101) { Core = core };
        world.StartServer();
        Link link = world.Connect();
        (Session near, Session far) = (link.Near, link.Server);
        Damage(far);
        DropSyns(world);
        int altered = 0;
        core.Sealing = (packet, size, protection, number) =>
        {
            if (Packet.Type(packet) == PacketType.Management && Packet.Subtype(packet) == subtype && number < 1000)
            {
                packet[Packet.HeaderSize + at] ^= 1;
                altered++;
            }
        };
        world.Run(WithinMs);
        Assert.True(altered > 0);
        Assert.Null(near.Successor ?? far.Successor);
    }

    [Theory]
    [InlineData(nameof(Session.EmergencySecret))]
    [InlineData(nameof(Session.Endpoints))]
    [InlineData(nameof(Session.Psk))]
    public void Who_lacks_a_fact_of_the_session_achieves_nothing(string fact)
    {
        World world = new(96);
        world.StartServer();
        Link link = world.Connect();
        (Session near, Session far) = (link.Near, link.Server);
        Damage(far);
        byte[] bytes = (byte[])typeof(Session).GetField(fact, Private)!.GetValue(near)!;
        bytes[^1] ^= 1;
        int requests = 0;
        world.Net.Tap = new Tap(d =>
        {
            requests += d.Bytes.Length == Request ? 1 : 0;
            return !IsSyn(d);
        });
        world.Run(WithinMs);
        Assert.Equal(3, requests);
        Assert.Null(near.Successor);
        Assert.Null(far.Successor);
        Assert.False(far.Recovery.IsHeld);
    }

    [Fact]
    public void A_packet_under_the_old_keys_cancels_it_on_either_side_and_nothing_is_lost()
    {
        foreach (bool atServer in new[] { true, false })
        {
            World world = new(97);
            world.StartServer();
            Link link = world.Connect();
            (Session near, Session far) = (link.Near, link.Server);
            Assert.True(link.TrySend(near, new byte[] { 5 }));
            Assert.True(link.TrySend(far, new byte[] { 6 }));
            List<Captured> late = new();
            bool checkedKeys = false;
            world.Net.Tap = new Tap(d =>
            {
                bool ofEmergency = d.Bytes.Length is Request or Response or KeyCheck;
                checkedKeys |= d.Bytes.Length == KeyCheck;
                if (!ofEmergency && !checkedKeys && d.FromServer != atServer && late.Count < 40)
                {
                    late.Add(d);
                }

                return ofEmergency;
            });
            world.Flush();
            world.RunUntil(() => checkedKeys, WithinMs, "the key check");
            world.Run(50);
            Assert.True(far.Recovery.IsHeld);
            foreach (Captured d in late)
            {
                int port = atServer ? far.Path.PortOfWindow(far.Window) : 0;
                if (atServer)
                {
                    world.Server.Receive(d.Bytes, d.Bytes.Length, d.From, port, world.Now, world.ServerHost.UtcNow);
                }
                else
                {
                    link.Client.Receive(d.Bytes, d.Bytes.Length, d.From, Datagram.OwnSocket, world.Now, world.ServerHost.UtcNow);
                }
            }

            world.Net.Tap = new Tap(d => d.Bytes.Length is not (Request or Response or KeyCheck or KeyCheckReply or RekeyRequest or RekeyResponse) && !IsSyn(d));
            world.Run(20000);
            Assert.Null(EmergencyOf(world));
            Assert.Null(RequestOf(link.Client));
            Assert.Null(near.Successor ?? far.Successor);
            Assert.Equal(new byte[] { 5 }, Link.Take(far, world.Now));
            Assert.Equal(new byte[] { 6 }, Link.Take(near, world.Now));
            link.Exchange(5, 1000, 10000);
        }
    }

    [Fact]
    public void The_server_does_not_give_up_a_silent_session_while_an_emergency_is_in_progress()
    {
        World world = new(98);
        world.StartServer();
        ChannelOptions options = World.ClientOptions();
        options.Keepalive = 24;
        Link link = world.Connect(options);
        (Session near, Session far) = (link.Near, link.Server);
        Damage(far);
        long silentSince = far.Recovery.HeardAt;

        // The request's third try, and the last of the key check's and the rekey's repeats, get through.
        int requests = 0;
        int checks = 0;
        int rekeys = 0;
        world.Net.Tap = new Tap(d => d.Bytes.Length switch
        {
            Request => ++requests == 3,
            KeyCheck => ++checks >= 10,
            RekeyRequest => checks < 10 || ++rekeys >= 10,
            _ => !IsSyn(d),
        });
        world.RunUntil(() => far.Successor != null, 130000, () => $"the emergency\n  {Link.Describe(near)}\n  {Link.Describe(far)}");
        Assert.True(world.Now - silentSince > 120000);
    }

    [Fact]
    public void Its_keys_and_those_before_it_are_gone_when_it_is_over()
    {
        World world = new(99);
        world.StartServer();
        Link link = world.Connect(World.ClientOptions(Features.Diversified));
        (Session near, Session far) = (link.Near, link.Server);
        List<byte[]> secrets = new();
        foreach (Session session in new[] { near, far })
        {
            secrets.AddRange(new[] { Keys(session).SessionKey, Keys(session).ClientKey, Keys(session).AuthenticationKey });
        }

        Damage(far);
        secrets.Add(Keys(far).SessionKey);
        secrets = secrets.ConvertAll(s => (byte[])s.Clone());
        List<byte[]> interim = new();
        bool seen = false;
        world.Net.Tap = new Tap(d =>
        {
            if (d.Bytes.Length == KeyCheckReply && !seen && RequestOf(link.Client) is { } request)
            {
                seen = true;
                EpochKeys keys = (EpochKeys)typeof(Emergency).GetField("Keys", Private)!.GetValue(request)!;
                foreach (byte[] secret in new[]
                {
                    keys.SessionKey, keys.ClientKey, keys.ServerKey, keys.AuthenticationKey,
                    (byte[])typeof(Emergency).GetField("Key", Private)!.GetValue(request)!,
                    (byte[])typeof(EmergencyRequest).GetField("_token", Private)!.GetValue(request)!,
                })
                {
                    Assert.NotEmpty(MemoryWalk.Find(link.Client, secret));
                    secrets.Add((byte[])secret.Clone());
                    interim.Add(secret);
                }
            }

            return !IsSyn(d);
        });
        world.RunUntil(() => near.Successor != null && far.Successor != null, WithinMs, "the emergency");
        Assert.True(seen);
        Assert.All(interim, secret => Assert.Equal(new byte[secret.Length], secret));
        foreach (byte[] secret in secrets)
        {
            Assert.Empty(MemoryWalk.Find(link.Client, secret));
            Assert.Empty(MemoryWalk.Find(world.Server, secret));
            Assert.Empty(MemoryWalk.Find(near, secret));
            Assert.Empty(MemoryWalk.Find(far, secret));
        }
    }

    [Fact]
    public void No_key_and_nonce_come_twice_and_a_bad_network_only_takes_longer()
    {
        for (uint seed = 300; seed < 306; seed++)
        {
            World world = new(seed) { Core = new LedgerCore(seed) };
            world.StartServer();
            Link link = world.Connect();
            (Session near, Session far) = (link.Near, link.Server);
            Damage(far);
            DropSyns(world);
            world.Net.LossPercent = 10;
            world.Net.DuplicatePercent = 20;
            world.Net.Jitter = 200;
            world.RunUntil(() => near.Successor != null && far.Successor != null, 160000, () => $"the emergency\n  {Link.Describe(near)}\n  {Link.Describe(far)}");
            Assert.False(link.Near.TakeRenewal() || far.Successor!.TakeRenewal());
            new Link(world, link.Client, far.Successor!).Exchange(10, 1000, 120000);
        }
    }

    private const BindingFlags Private = BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public;

    private static EpochKeys Keys(Session session) => session.Epochs.Current;

    private static void Damage(Session session)
    {
        EpochKeys keys = Keys(session);
        foreach (byte[] key in new[] { keys.SessionKey, keys.ClientKey, keys.ServerKey, keys.AuthenticationKey }.Where(k => k != null))
        {
            key[7] ^= 0x20;
        }
    }

    private static byte[] Flipped(byte[] bytes, int at)
    {
        byte[] flipped = (byte[])bytes.Clone();
        flipped[at] ^= (byte)(1 << at % 8);
        return flipped;
    }

    private static void DropSyns(World world) => world.Net.Tap = new Tap(d => !IsSyn(d));

    private static bool IsSyn(Captured d) => !d.FromServer && d.Bytes.Length is 42 + Syn.PublicKey + 64 or 42 + Syn.PublicKey + 32;

    // What is in progress at the server's only seat.
    private static EmergencyResponse? EmergencyOf(World world) => world.Server.Directory.At(0).Emergency;

    private static object? RequestOf(Client client) => typeof(Client).GetField("_emergency", Private)!.GetValue(client);
}
