using System;
using System.Linq;
using System.Reflection;
using Springtail.Crypto;
using Springtail.Keys;
using Springtail.Packets;
using Springtail.Sessions;
using Springtail.Transport;
using Xunit;

namespace Springtail.Tests.Simulation;

/// <summary>What a peer that holds the PSK may not do either, and what somebody may not who stands between (PROTOCOL.md 3, 5, 9 to 11).</summary>
public sealed class FaultyPeerTests
{
    [Theory]
    [InlineData(SynAck.KeyExchangeId, 1)]
    [InlineData(SynAck.Suite, 2)]
    [InlineData(SynAck.Features, Features.ClientHops)]
    [InlineData(SynAck.Features, Features.Diversified)]
    [InlineData(SynAck.Features, 0x80)]
    public void A_SYN_ACK_that_echoes_something_else_is_dropped_and_the_client_waits_on(int field, int bits)
    {
        World world = WorldWith(60, (packet, size, protection, number) =>
        {
            if (Packet.Type(packet) == PacketType.SynAck)
            {
                packet[Packet.HeaderSize + field] ^= (byte)bits;
            }
        });
        world.StartServer();
        Client client = world.StartClient();
        world.Run(9900);
        Assert.Equal(ClientState.Calling, client.State);
        Assert.Equal(11u, client.Counters.Drops(DropCause.Malformed));
    }

    [Fact]
    public void A_SYN_ACK_with_the_hash_of_another_secret_is_dropped()
    {
        World world = WorldWith(61, (packet, size, protection, number) =>
        {
            if (Packet.Type(packet) == PacketType.SynAck)
            {
                packet[Packet.HeaderSize + SynAck.SharedSecretHash + 31] ^= 1;
            }
        });
        world.StartServer();
        Client client = world.StartClient();
        world.Run(9900);
        Assert.Equal(ClientState.Calling, client.State);
        Assert.Equal(11u, client.Counters.Drops(DropCause.KeyExchange));
    }

    [Fact]
    public void A_point_off_the_curve_in_a_SYN_ACK_is_refused_although_the_hash_fits()
    {
        // The server's secret is made to be what is left of a refused key: zeros.
        int calls = 0;
        HookedCore core = new(new SteeredCore(62) { BadPoint = 1 })
        {
            Shared = (secret, good) =>
            {
                if (calls++ > 0)
                {
                    return good;
                }

                Array.Clear(secret);
                return true;
            },
        };
        World world = new(62) { Core = core };
        world.StartServer();
        Client client = world.StartClient();
        world.Run(9900);
        Assert.Equal(ClientState.Calling, client.State);
        Assert.Equal(11u, client.Counters.Drops(DropCause.KeyExchange));
    }

    [Theory]
    [InlineData(12, 500u)] // held longer than the whole round trip took
    [InlineData(12, 0x80000000u)]
    [InlineData(16, 1u)] // names no copy of the SYN
    [InlineData(20, 32000u)] // an offset beyond 31 s
    [InlineData(20, unchecked(0u - 32000u))]
    public void A_SYN_ACK_whose_times_cannot_be_right_is_dropped(int field, uint more)
    {
        World world = WorldWith(63, (packet, size, protection, number) =>
        {
            if (Packet.Type(packet) == PacketType.SynAck)
            {
                Wire.WriteU32(packet, field, Wire.ReadU32(packet, field) + more);
            }
        });
        world.StartServer();
        Client client = world.StartClient();
        world.Run(9900);
        Assert.Equal(ClientState.Calling, client.State);
        Assert.Equal(11u, client.Counters.Drops(DropCause.Timestamp));
    }

    [Fact]
    public void Nobody_is_believed_to_sleep_for_longer_than_30_days()
    {
        World world = WorldWith(114, (packet, size, protection, number) =>
        {
            if (Packet.Type(packet) == PacketType.Heartbeat && !Packet.FromServer(packet))
            {
                Wire.WriteU32(packet, Packet.HeaderSize + HeartbeatPayload.SleepSeconds, uint.MaxValue);
            }
        });
        world.StartServer();
        Link link = world.Connect();
        link.Near.AnnounceSleep(60, world.Now);
        world.Flush();
        world.RunUntil(() => link.Server.State == SessionState.Asleep, 5000, "the sleep");
        const long month = 30L * 24 * 3600 * 1000;
        Assert.InRange(link.Server.AsleepUntil - world.Now, month, month + month / 10 + 60000);
    }

    [Theory]
    [InlineData(PacketType.Ack)]
    [InlineData(PacketType.Heartbeat)]
    [InlineData(PacketType.Data)]
    [InlineData(PacketType.Fin)]
    [InlineData(PacketType.Rst)]
    public void Without_the_confirmation_the_server_takes_nothing(int type)
    {
        World world = WorldWith(92, (packet, size, protection, number) =>
        {
            if (!Packet.FromServer(packet) && Packet.Type(packet) == PacketType.Ack)
            {
                packet[1] = (byte)type;
                packet[Packet.HeaderSize + AckPayload.Confirm + (type == PacketType.Ack ? 15 : 0)] ^= 1;
            }
        });
        world.StartServer();
        Client client = world.StartClient();
        world.Run(3500);
        Assert.Equal(ClientState.Confirming, client.State);
        Session session = Assert.Single(world.Server.AllSessions());
        Assert.Equal(SessionState.HalfOpen, session.State);
        Assert.Equal(0u, session.Counters.PacketsReceived);
        Assert.NotEqual(0u, session.Counters.Drops(DropCause.Unexpected));
        Assert.Null(world.Server.Accept());
    }

    [Fact]
    public void What_comes_from_another_address_than_the_servers_is_dropped()
    {
        World world = new(65);
        world.StartServer();
        Endpoint elsewhere = new();
        elsewhere.SetAddress(new byte[] { 10, 0, 0, 99 });
        bool moved = true;
        world.Net.Tap = new Tap(d =>
        {
            if (moved && d.FromServer)
            {
                elsewhere.Port = d.From.Port;
                world.Net.Inject(elsewhere, d.To, d.Bytes, d.Bytes.Length);
                return false;
            }

            return true;
        });
        Client client = world.StartClient();
        world.Run(7000);
        Assert.Equal(ClientState.Calling, client.State);
        Assert.Equal(8u, client.Counters.Drops(DropCause.Address));
        moved = false;
        Session? session = null;
        world.RunUntil(() => (session ??= world.Server.Accept()) != null && client.State == ClientState.Connected, 5000, "the handshake");
        Link link = new(world, client, session!);
        moved = true;
        uint received = link.Near.Counters.PacketsReceived;
        Assert.True(link.TrySend(link.Server, new byte[10]));
        world.Flush();
        world.Run(2000);
        Assert.Equal(received, link.Near.Counters.PacketsReceived);
        Assert.True(client.Counters.Drops(DropCause.Address) > 5);
    }

    [Fact]
    public void A_damaged_copy_is_a_bad_tag_since_the_window_is_asked_after_it()
    {
        World world = new(66);
        world.StartServer();
        Recorder wire = new();
        Link link = world.Connect();
        world.Net.Tap = wire;
        link.Exchange(3, 100, 5000);
        Captured packet = wire.Datagrams.First(d => !d.FromServer);
        packet.Bytes[Packet.HeaderSize] ^= 1;
        byte[] buffer = new byte[Packet.MaxSize];
        packet.Bytes.CopyTo(buffer, 0);
        world.Server.Receive(buffer, packet.Bytes.Length, packet.From, packet.To.Port, world.Now, world.ServerHost.UtcNow);
        Assert.Equal(1u, link.Server.Counters.Drops(DropCause.BadTag));
        Assert.Equal(0u, link.Server.Counters.Drops(DropCause.Replay));
    }

    [Fact]
    public void A_packet_of_an_epoch_that_never_was_is_dropped_for_that()
    {
        bool alter = false;
        World world = WorldWith(67, (packet, size, protection, number) => packet[0] += (byte)(alter ? 3 : 0));
        world.StartServer();
        Link link = world.Connect();
        alter = true;
        Assert.True(link.TrySend(link.Near, new byte[10]));
        world.Flush();
        world.Run(1000);
        Assert.NotEqual(0u, link.Server.Counters.Drops(DropCause.Epoch));
        Assert.Equal(0u, link.Server.Counters.Drops(DropCause.BadTag));
        Assert.Null(Link.Take(link.Server, world.Now));
    }

    [Fact]
    public void No_number_is_used_twice_under_one_key_also_beyond_2_to_the_32()
    {
        ulong[] last = new ulong[2];
        HookedCore core = new(new SteeredCore(68) { InitialSequence = 0xFFFFFF80 })
        {
            Sealing = (packet, size, protection, number) =>
            {
                if (protection != PacketProtection.Clear)
                {
                    int side = Packet.FromServer(packet) ? 1 : 0;
                    Assert.Equal(last[side] == 0 ? 0xFFFFFF81ul : last[side] + 1, number);
                    Assert.Equal((uint)number, Packet.Sequence(packet));
                    last[side] = number;
                }
            },
        };
        World world = new(68) { Core = core };
        world.StartServer();
        Link link = world.Connect();
        world.Net.LossPercent = 20;
        link.Exchange(200, 1000, 600000);
        Assert.NotEqual(0u, link.Near.Counters.Retransmissions);
        Assert.True(last[0] > 1ul << 32 && last[1] > 1ul << 32);
    }

    [Fact]
    public void A_session_ends_before_its_numbers_run_out()
    {
        ulong highest = 0;
        World world = WorldWith(69, (packet, size, protection, number) =>
        {
            if (protection != PacketProtection.Clear && !Packet.FromServer(packet))
            {
                highest = Math.Max(highest, number);
            }
        });
        world.StartServer();
        Link link = world.Connect();
        ulong initial = (ulong)Field("_initialNumber").GetValue(link.Near.Space)!;
        Field("_lastNumber").SetValue(link.Near.Space, initial + 0x80000000ul - 4);
        for (int i = 0; i < 10 && link.Near.State != SessionState.Ended; i++)
        {
            link.TrySend(link.Near, new byte[10], reliable: false);
            world.Flush();
        }

        Assert.Equal(SessionState.Ended, link.Near.State);
        Assert.Equal(ErrorCode.LimitExceeded, link.Near.EndCode);
        Assert.Equal(initial + 0x80000000ul - 1, highest);
    }

    [Fact]
    public void Every_byte_of_a_clock_request_and_its_answer_flipped_once_is_dropped()
    {
        World world = new(70);
        world.StartServer();
        MemoryTransport device = world.Net.Host(2);
        Endpoint discovery = new();
        discovery.CopyFrom(world.ServerHost.Address);
        discovery.Port = 1025;
        ClockQuery? query = null;
        int seen = 0;
        world.Net.Tap = new Tap(d =>
        {
            seen++;
            for (int i = 0; i < d.Bytes.Length * 8; i++)
            {
                byte[] damaged = new byte[Packet.MaxSize];
                d.Bytes.CopyTo(damaged, 0);
                damaged[i / 8] ^= (byte)(1 << (i % 8));
                IProtocolPeer receiver = d.FromServer ? query! : world.Server;
                receiver.Receive(damaged, d.Bytes.Length, d.From, d.FromServer ? Datagram.OwnSocket : 1025, world.Now, world.ServerHost.UtcNow);
                Assert.True(receiver.Deadline > world.Now, $"bit {i} of a datagram of {d.Bytes.Length} bytes");
                Assert.False(query?.Done);
            }

            return true;
        });
        query = new ClockQuery(TestCore.Instance, World.ClientOptions(), discovery, device.Now);
        world.Add(device, query);
        world.RunUntil(() => query.Done, 1000, "the time");
        Assert.Equal(2, seen);
        Assert.Equal(world.ServerHost.UtcBase, query.UtcBase);
    }

    [Theory]
    [InlineData(2000, true)]
    [InlineData(2001, false)]
    public void A_clock_answer_that_took_more_than_2_s_is_refused(int time, bool taken)
    {
        World world = new(71);
        world.StartServer();
        Endpoint discovery = new();
        discovery.CopyFrom(world.ServerHost.Address);
        discovery.Port = 1025;
        ClockQuery query = new(TestCore.Instance, World.ClientOptions(), discovery, world.Now);
        Datagram datagram = new();
        Assert.True(query.Poll(datagram, world.Now, 0));
        world.Server.Receive(datagram.Buffer, datagram.Size, discovery, 1025, world.Now, world.ServerHost.UtcNow);
        Assert.True(world.Server.Poll(datagram, world.Now, world.ServerHost.UtcNow));
        query.Receive(datagram.Buffer, datagram.Size, discovery, Datagram.OwnSocket, world.Now + time, 0);
        Assert.Equal(taken, query.Done);
    }

    [Fact]
    public void A_rekey_whose_responder_committed_to_another_key_comes_to_nothing()
    {
        // Commitments are made by the requester, by the responder of the requester's key, then by the responder of its own: that one is altered.
        int commitments = 0;
        HookedCore core = new(new SteeredCore(73))
        {
            Hashed = (output, offset, input) =>
            {
                if (input.AsSpan().EndsWith("key_commitment"u8) && ++commitments == 3)
                {
                    output[offset] ^= 1;
                }
            },
        };
        World world = new(73) { Core = core };
        world.StartServer();
        Link link = world.Connect();
        link.Near.Rekey(world.Now);
        world.Flush();
        world.Run(9000);
        Assert.Equal(5u, link.Near.Counters.Drops(DropCause.KeyExchange));
        Assert.Equal(0, link.Near.Epoch + link.Server.Epoch);
    }

    [Theory]
    [InlineData(ManagementSubtype.RekeyRequest, RekeyPayload.Day + 3, DropCause.Malformed)]
    [InlineData(ManagementSubtype.RekeyRequest, RekeyPayload.RequestPublicKey + 64, DropCause.Malformed)]
    [InlineData(ManagementSubtype.RekeyResponse, RekeyPayload.ResponsePublicKey + 64, DropCause.KeyExchange)]
    [InlineData(ManagementSubtype.RekeyResponse, RekeyPayload.ResponsePublicKey + 64 + 32, DropCause.KeyExchange)]
    public void A_rekey_with_a_field_that_is_wrong_comes_to_nothing(int subtype, int field, int cause)
    {
        World world = WorldWith(72, (packet, size, protection, number) =>
        {
            if (Packet.Type(packet) == PacketType.Management && Packet.Subtype(packet) == subtype)
            {
                packet[Packet.HeaderSize + field] ^= 8;
            }
        });
        world.StartServer();
        Link link = world.Connect();
        link.Near.Rekey(world.Now);
        world.Flush();
        world.Run(9000);
        Session receiver = subtype == ManagementSubtype.RekeyRequest ? link.Server : link.Near;
        Assert.Equal(5u, receiver.Counters.Drops(cause));
        Assert.Equal(0, link.Near.Epoch + link.Server.Epoch);
        link.Exchange(5, 1000, 5000);
    }

    private static World WorldWith(uint seed, Action<byte[], int, int, ulong> sealing)
    {
        return new World(seed) { Core = new HookedCore(new SteeredCore(seed)) { Sealing = sealing } };
    }

    private static FieldInfo Field(string name) => typeof(PacketSpace).GetField(name, BindingFlags.Instance | BindingFlags.NonPublic)!;
}
