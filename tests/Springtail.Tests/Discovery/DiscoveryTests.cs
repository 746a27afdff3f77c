using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using Springtail.Crypto;
using Springtail.Discovery;
using Springtail.Keys;
using Springtail.Packets;
using Springtail.Sessions;
using Springtail.Tests.Simulation;
using Springtail.Tests.Support;
using Springtail.Transport;
using Xunit;

namespace Springtail.Tests.Discovery;

/// <summary>PSK discovery between two who keep to it (PROTOCOL.md 15).</summary>
public sealed class DiscoveryTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 128)]
    [InlineData(129, 5)]
    [InlineData(256, 256)]
    public void The_one_shared_PSK_is_found(int here, int there)
    {
        byte[][] own = DiscoveryWire.Psks(here, 1);
        for (int place = 0; place < here; place += Math.Max(1, here / 3))
        {
            byte[][] others = DiscoveryWire.With(DiscoveryWire.Psks(there, 2), there - 1, own[place]);
            DiscoveryWorld world = new(1, others);
            Initiator initiator = world.Discover(own);
            Assert.Equal((place, ErrorCode.None), (initiator.Found, initiator.Error));
            Assert.Equal(
                new[] { DiscoverySubtype.Request, DiscoverySubtype.Response, DiscoverySubtype.Confirm, DiscoverySubtype.Accept }, world.Subtypes);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    public void Proofs_find_it_too(int count)
    {
        byte[][] own = DiscoveryWire.Psks(count, 1);
        for (int place = 0; place < count; place++)
        {
            DiscoveryWorld world = new(2, DiscoveryWire.With(DiscoveryWire.Psks(256, 2), 77, own[place]));
            Assert.Equal(place, world.Discover(own, proofs: true).Found);
            Assert.Equal(new[] { DiscoverySubtype.Proofs, DiscoverySubtype.ProofsMatch }, world.Subtypes);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Of_several_the_first_of_the_initiators_list_is_taken(bool proofs)
    {
        byte[][] own = DiscoveryWire.Psks(6, 1);
        Assert.Equal(2, new DiscoveryWorld(3, [own[5], own[4], .. DiscoveryWire.Psks(20, 2), own[2]]).Discover(own, proofs).Found);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Where_none_is_shared_the_initiator_is_silent_and_says_so(bool proofs)
    {
        DiscoveryWorld world = new(4, DiscoveryWire.Psks(8, 2));
        Initiator initiator = world.Discover(DiscoveryWire.Psks(8, 1), proofs);
        Assert.Equal((-1, ErrorCode.PskNotFound), (initiator.Found, initiator.Error));
        Assert.Equal("The peer holds none of these PSKs.", initiator.Explain());
        Assert.Equal(2, world.Wire.Datagrams.Count);
    }

    [Fact]
    public void More_than_16_that_fit_the_filter_are_offered_16_at_a_time()
    {
        byte[][] psks = DiscoveryWire.Psks(100, 1);
        HashSet<string> offered = new();
        for (ulong id = 1; id <= 60; id++)
        {
            byte[] response = new LoneResponder(psks).Ask(DiscoveryWire.RequestOf(id, 1, psks))!;
            byte[][] candidates = DiscoveryWire.Candidates(response);
            byte[] nonce = DiscoveryWire.Nonce(response);
            int[] places = [.. candidates.Select(c => Array.FindIndex(psks, p => DiscoveryWire.Candidate(p, id, 1, nonce).AsSpan().SequenceEqual(c)))];
            Assert.Equal(16, places.Distinct().Count(p => p >= 0));
            offered.UnionWith(places.Select(p => p.ToString()));
        }

        Assert.Equal(100, offered.Count);
    }

    [Theory]
    [InlineData(1, 4)]
    [InlineData(4, 4)]
    [InlineData(5, 16)]
    [InlineData(16, 16)]
    [InlineData(256, 16)]
    public void All_that_fit_the_filter_are_offered_and_the_rest_is_filled_up_to_the_same_number(int count, int expected)
    {
        byte[][] psks = DiscoveryWire.Psks(count, 1);
        for (int shared = 0; shared <= Math.Min(count, 16); shared++)
        {
            byte[][] own = [.. psks[..shared], .. DiscoveryWire.Psks(1, 2)];
            byte[] response = new LoneResponder(psks).Ask(DiscoveryWire.RequestOf(7, 1, own))!;
            byte[][] candidates = DiscoveryWire.Candidates(response);
            Assert.Equal(expected, candidates.Length);
            Assert.Equal(expected, candidates.Select(Convert.ToHexString).Distinct().Count());
            Assert.All(psks[..shared], p => Assert.Contains(DiscoveryWire.Candidate(p, 7, 1, DiscoveryWire.Nonce(response)), candidates));
        }
    }

    [Fact]
    public void Where_a_candidate_stands_is_chance()
    {
        byte[][] psks = DiscoveryWire.Psks(4, 1);
        int[] places = new int[4];
        for (ulong id = 1; id <= 400; id++)
        {
            byte[] response = new LoneResponder(psks).Ask(DiscoveryWire.RequestOf(id, 1, [psks[2]]))!;
            byte[] candidate = DiscoveryWire.Candidate(psks[2], id, 1, DiscoveryWire.Nonce(response));
            places[Array.FindIndex(DiscoveryWire.Candidates(response), c => c.AsSpan().SequenceEqual(candidate))]++;
        }

        // Five standard deviations around 100.
        Assert.All(places, count => Assert.InRange(count, 57, 143));
    }

    [Fact]
    public void The_packets_are_those_of_the_vectors()
    {
        byte[][] psks = [VectorsFile.Bytes("discovery.psks.0"), VectorsFile.Bytes("discovery.psks.1")];
        ulong id = VectorsFile.Number("discovery.discovery_id");
        byte[] nonce = VectorsFile.Bytes("discovery.challenge_nonce");
        string next = "";
        HookedCore core = new(TestCore.Instance)
        {
            Drawn = (bytes, at, count) =>
            {
                // id, salt and nonce of an initiator; the nonce of a responder; padding and sequence of a packet. The rest fills up and orders.
                byte[] drawn = count switch
                {
                    8 => PaddingAndSequence(next),
                    32 => next == "proofs_match" ? VectorsFile.Bytes("discovery.responder_nonce") : nonce,
                    44 => [.. DiscoveryWire.U64(id), .. DiscoveryWire.U64(VectorsFile.Number("discovery.salt"))[4..], .. nonce],
                    _ => [],
                };
                drawn.CopyTo(bytes, at);
            },
        };
        foreach (bool proofs in new[] { false, true })
        {
            Initiator initiator = new(core, psks, DiscoveryWire.Address(1, DiscoveryWire.Port), proofs, null, 0);
            next = proofs ? "proofs" : "request";
            byte[] first = Sent(initiator);
            Assert.Equal(OnTheWire(next), first);
            LoneResponder responder = new(psks, core: core);
            next = proofs ? "proofs_match" : "response";
            byte[] answer = responder.Ask(first)!;
            if (proofs)
            {
                Assert.Equal(OnTheWire(next), answer);
                Give(initiator, answer);
            }
            else
            {
                // In which order the candidates stand is the responder's.
                byte[] expected = OnTheWire(next);
                Assert.Equal(expected.Length, answer.Length);
                Assert.Equal(DiscoveryWire.Payload(expected)[..DiscoveryResponse.Candidates], DiscoveryWire.Payload(answer)[..DiscoveryResponse.Candidates]);
                Assert.All(new[] { 0, 1 }, i => Assert.Contains(VectorsFile.Bytes($"discovery.candidates.{i}"), DiscoveryWire.Candidates(answer)));
                Give(initiator, expected);
                next = "confirm";
                byte[] confirm = Sent(initiator);
                Assert.Equal(OnTheWire(next), confirm);
                next = "accept";
                Assert.Equal(OnTheWire(next), responder.Ask(confirm));
                Give(initiator, OnTheWire(next));
            }

            Assert.Equal(0, initiator.Found);
        }

        byte[] full = new byte[256];
        Array.Fill(full, (byte)0xFF);
        next = "refused";
        Assert.Equal(OnTheWire(next), new LoneResponder(psks, core: core).Ask(DiscoveryWire.Request(id, 1, 2, full)));
    }

    [Theory]
    [InlineData(128)]
    [InlineData(256)]
    public void False_positives_are_as_rare_as_theory_has_it(int count)
    {
        // A bit of m is set by one of 3n draws with 1 - (1 - 1/m)^3n; a stranger's three bits are all set with the third power of that.
        double bits = DiscoveryRequest.FilterSize(count) * 8;
        double chance = Math.Pow(1 - Math.Pow(1 - 1 / bits, 3.0 * count), 3);
        byte[][] strangers = DiscoveryWire.Psks(256, 9);
        int asked = 0;
        int fits = 0;
        for (ulong id = 1; id <= (DiscoveryWire.IsFull ? 600u : 80u); id++)
        {
            byte[] filter = DiscoveryWire.Payload(DiscoveryWire.RequestOf(id, 5, DiscoveryWire.Psks(count, (int)id + 100)))[DiscoveryRequest.Filter..];
            fits += strangers.Count(s => DiscoveryProofs.MayContain(TestCore.Instance, filter, DiscoveryWire.Blinded(s, id, 5)));
            asked += strangers.Length;
        }

        double deviation = Math.Sqrt(asked * chance * (1 - chance));
        Assert.True(Math.Abs(fits - asked * chance) < 5 * deviation, $"{fits} of {asked}, expected {asked * chance:F0} +- {deviation:F0}");
    }

    [Fact]
    public void Several_ask_at_a_time()
    {
        byte[][] all = DiscoveryWire.Psks(256, 1);
        DiscoveryWorld world = new(5, all);
        Initiator[] initiators = [.. Enumerable.Range(0, 16).Select(i => world.Ask([.. DiscoveryWire.Psks(5, i + 50), all[i * 16]], host: i + 2))];
        world.World.RunUntil(() => initiators.All(i => i.Done), 2000, "all of them");
        Assert.All(initiators, i => Assert.Equal(5, i.Found));
    }

    [Theory]
    [InlineData(0, 0, 0, 0)]
    [InlineData(25, 0, 0, 0)]
    [InlineData(0, 60, 0, 900)]
    [InlineData(0, 0, 20, 0)]
    [InlineData(15, 30, 15, 1500)]
    public void Through_loss_copies_disorder_and_damage_the_result_is_right_or_there_is_none(int loss, int copies, int damage, int jitter)
    {
        int found = 0;
        const int Runs = 30;
        for (uint seed = 1; seed <= Runs; seed++)
        {
            bool proofs = seed % 2 == 0;
            bool shares = seed % 3 != 0;
            byte[][] own = DiscoveryWire.Psks(8, (int)seed);
            byte[][] others = DiscoveryWire.Psks(40, (int)seed + 1000);
            DiscoveryWorld world = new(seed, shares ? DiscoveryWire.With(others, 11, own[3]) : others);
            world.World.Net.LossPercent = loss;
            world.World.Net.DuplicatePercent = copies;
            world.World.Net.DamagePercent = damage;
            world.World.Net.Jitter = jitter;
            Initiator initiator = world.Discover(own, proofs);
            bool right = shares ? initiator.Found == 3 : initiator.Error == ErrorCode.PskNotFound;
            Assert.True(right || initiator.Error == ErrorCode.DiscoveryFailed, $"seed {seed}: found {initiator.Found}, error {initiator.Error}");
            found += right ? 1 : 0;
        }

        Assert.True(found >= Runs - 3, $"{found} of {Runs}");
    }

    [Fact]
    public void Without_an_answer_it_asks_three_times_under_new_ids_and_gives_up()
    {
        DiscoveryWorld world = new(6, DiscoveryWire.Psks(1, 1));
        world.World.Net.LossPercent = 100;
        long began = world.World.Now;
        Initiator initiator = world.Discover(DiscoveryWire.Psks(3, 2));
        Assert.Equal((-1, ErrorCode.DiscoveryFailed), (initiator.Found, initiator.Error));
        Assert.StartsWith("No answer.", initiator.Explain());
        Assert.InRange(world.World.Now - began, 12000, 15100);
        Assert.Equal(9, world.Wire.Datagrams.Count);
        ulong[] ids = [.. world.Wire.Datagrams.Select(d => Packet.SessionId(DiscoveryWire.Unmasked(d.Bytes)))];
        Assert.Equal(new[] { 3, 3, 3 }, ids.GroupBy(i => i).Select(g => g.Count()));
    }

    [Fact]
    public void What_was_made_of_the_PSKs_is_wiped_at_the_end()
    {
        byte[][] psks = DiscoveryWire.Psks(3, 1);
        DiscoveryWorld world = new(7, psks);
        Initiator initiator = world.Discover(psks);
        Assert.Equal(0, initiator.Found);
        Assert.All(Field<byte[][]>(initiator, "_fingerprints"), f => Assert.Equal(new byte[16], f));
        Assert.All(Field<byte[]>(initiator, "_request"), b => Assert.Equal(0, b));

        LoneResponder responder = new(psks);
        responder.Ask(DiscoveryWire.RequestOf(1, 1, psks));
        object exchange = Field<Array>(responder.Responder, "_exchanges").Cast<object>().Single(e => (bool)e.GetType().GetField("IsLive")!.GetValue(e)!);
        byte[] nonces = (byte[])exchange.GetType().GetField("Nonces")!.GetValue(exchange)!;
        Assert.Contains(nonces, b => b != 0);
        Assert.Equal(responder.Now + 10000, responder.Responder.Deadline);
        responder.Now += 10000;
        Assert.False(responder.Responder.Poll(new Datagram(), 1, responder.Now));
        Assert.All(nonces, b => Assert.Equal(0, b));
        responder.Responder.Wipe();
        Assert.All(Field<byte[][]>(responder.Responder, "_fingerprints"), f => Assert.Equal(new byte[16], f));
        Assert.Equal(DiscoveryWire.Psks(3, 1), psks);
    }

    [Fact]
    public void What_cannot_be_asked_or_answered_is_an_error_of_the_caller()
    {
        Endpoint responder = DiscoveryWire.Address(1, 1025);
        ICryptoCore core = TestCore.Instance;
        Assert.Throws<ArgumentException>(() => new Initiator(core, DiscoveryWire.Psks(257, 1), responder, false, null, 0));
        Assert.Throws<ArgumentException>(() => new Initiator(core, DiscoveryWire.Psks(9, 1), responder, true, null, 0));
        Assert.Throws<ArgumentException>(() => new Initiator(core, [], responder, false, null, 0));
        Assert.Throws<ArgumentException>(() => new Initiator(core, [new byte[15]], responder, false, null, 0));
        Assert.Throws<ArgumentException>(() => new Responder(core, DiscoveryWire.Psks(257, 1), 4, null));
        Assert.Throws<ArgumentException>(() => new Responder(core, DiscoveryWire.Psks(1, 1), 17, null));
        Assert.Throws<ArgumentException>(() => new Responder(core, DiscoveryWire.Psks(1, 1), 0, null));
        Assert.Throws<ArgumentException>(() => new ChannelOptions { Psk = World.Psk, DiscoveryPort = 0, Discovery = new PskDiscovery() }.Validate());
        Assert.Throws<ArgumentException>(() => Channel.Discover("1", new ChannelOptions { Psks = [World.Psk], Transport = new MemoryNetwork(1).Host(1) }, 1000));
    }

    [Fact]
    public void A_client_discovers_its_PSK_and_connects_with_it_in_one_world()
    {
        byte[][] own = DiscoveryWire.Psks(8, 1);
        DiscoveryWorld world = new(8, DiscoveryWire.With(DiscoveryWire.Psks(40, 2), 30, own[6]));
        Initiator initiator = world.Discover(own);
        ChannelOptions options = World.ClientOptions();
        options.Psk = own[initiator.Found];
        options.RendezvousPort = 1024;
        world.World.Connect(options).Exchange(3, 500, 10000);
    }

    private static byte[] OnTheWire(string packet) => VectorsFile.Bytes("discovery.on_the_wire." + packet);

    // A seed that pads as the packet of that name is padded (PROTOCOL.md 3.4), and its sequence number.
    private static byte[] PaddingAndSequence(string packet)
    {
        int padding = (int)VectorsFile.Number("discovery.padding." + packet);
        uint seed = 0;
        while (new TrafficShape(seed, false).Pad(new byte[Packet.MaxSize], 0) != padding)
        {
            seed++;
        }

        byte[] drawn = new byte[8];
        Wire.WriteU32(drawn, 0, seed);
        Wire.WriteU32(drawn, 4, Packet.Sequence(DiscoveryWire.Unmasked(OnTheWire(packet))));
        return drawn;
    }

    private static T Field<T>(object of, string name) => (T)of.GetType().GetField(name, BindingFlags.NonPublic | BindingFlags.Instance)!.GetValue(of)!;

    private static byte[] Sent(Initiator initiator)
    {
        Datagram datagram = new();
        Assert.True(initiator.Poll(datagram, 0, 0));
        return datagram.Buffer[..datagram.Size];
    }

    private static void Give(Initiator initiator, byte[] packet) =>
        initiator.Receive([.. packet, 0], packet.Length, DiscoveryWire.Address(1, DiscoveryWire.Port), Datagram.OwnSocket, 0, 0);
}
