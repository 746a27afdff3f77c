using System;
using System.Collections.Generic;
using System.Linq;
using Springtail.Discovery;
using Springtail.Keys;
using Springtail.Packets;
using Springtail.Sessions;
using Springtail.Tests.Simulation;
using Springtail.Transport;
using Xunit;
using Xunit.Abstractions;

namespace Springtail.Tests.Discovery;

/// <summary>Who asks without a PSK, stands between two who ask, or asks without end (PROTOCOL.md 15).</summary>
[Collection(Alone.Name)]
public sealed class DiscoveryAttackTests
{
    private readonly ITestOutputHelper _output;

    public DiscoveryAttackTests(ITestOutputHelper output)
    {
        _output = output;
    }

    [Theory]
    [InlineData(0, 256, 1)]
    [InlineData(1, 256, 4)]
    [InlineData(2, 256, 7)]
    [InlineData(2, 256, 2048)]
    [InlineData(128, 256, 385)]
    [InlineData(256, 512, 769)]
    [InlineData(257, 512, 10)]
    [InlineData(65535, 512, 4096)]
    [InlineData(65535, 0, 0)]
    public void A_full_filter_and_a_lying_count_are_refused(int count, int size, int bits)
    {
        LoneResponder responder = new(DiscoveryWire.Psks(20, 1));
        byte[] answer = responder.Ask(DiscoveryWire.Request(5, 6, count, Filter(size, bits)))!;
        Assert.Equal(DiscoverySubtype.Response, DiscoveryWire.Subtype(answer));
        Assert.Equal([.. DiscoveryWire.U64(5), 0, 0, 0, 2, 0, 0, 0, 0, .. new byte[32]], DiscoveryWire.Payload(answer));
        Assert.Equal((0, 1), (responder.Responder.Requests, responder.Responder.Refusals));

        // What was refused has nothing to confirm.
        Assert.Null(responder.Ask(DiscoveryWire.Confirm(DiscoveryWire.Psks(20, 1)[0], 5, 6, new byte[32])));
        Assert.Equal(1u, responder.Drops(DropCause.Unexpected));
    }

    [Theory]
    [InlineData(1, 256, 3)]
    [InlineData(128, 256, 384)]
    [InlineData(129, 512, 387)]
    [InlineData(256, 512, 768)]
    public void Three_bits_for_each_PSK_are_not_too_many(int count, int size, int bits)
    {
        Assert.NotEmpty(DiscoveryWire.Candidates(new LoneResponder(DiscoveryWire.Psks(20, 1)).Ask(DiscoveryWire.Request(5, 6, count, Filter(size, bits)))!));
    }

    [Theory]
    [InlineData(1, 1, -1)]
    [InlineData(3, 2, -1)]
    [InlineData(128, 512, -1)]
    [InlineData(129, 256, -1)]
    [InlineData(256, 1024, -1)]
    [InlineData(2, 256, 257)]
    [InlineData(2, 255, 256)]
    [InlineData(300, 512, 513)]
    public void A_filter_of_another_size_than_the_count_asks_for_gets_no_answer(int count, int size, int stated)
    {
        LoneResponder responder = new(DiscoveryWire.Psks(20, 1));
        Assert.Null(responder.Ask(DiscoveryWire.Request(5, 6, count, Filter(size, 0), stated)));
        Assert.Equal(1u, responder.Drops(DropCause.Malformed));
    }

    [Fact]
    public void Payloads_shorter_than_their_fields_get_no_answer_and_longer_ones_do()
    {
        byte[][] psks = DiscoveryWire.Psks(3, 1);
        byte[] nonce = new byte[32];
        byte[] request = DiscoveryWire.RequestOf(5, 6, psks);
        LoneResponder responder = new(psks);
        byte[] response = responder.Ask(request)!;
        byte[][] packets = [DiscoveryWire.RequestOf(7, 6, psks), DiscoveryWire.Confirm(psks[0], 5, 6, DiscoveryWire.Nonce(response)), DiscoveryWire.Offers(8, nonce, psks)];
        foreach (byte[] packet in packets)
        {
            byte[] plain = DiscoveryWire.Unmasked(packet);
            byte[] payload = DiscoveryWire.Payload(packet);
            for (int size = 8; size < payload.Length; size++)
            {
                Assert.Null(responder.Ask(DiscoveryWire.Sealed(Packet.Subtype(plain), 0, Packet.SessionId(plain), payload[..size])));
            }

            Assert.NotNull(responder.Ask(DiscoveryWire.Sealed(Packet.Subtype(plain), 0, Packet.SessionId(plain), [.. payload, .. new byte[9]])));
        }

        Assert.Equal(responder.Counters.DropsInAll, responder.Drops(DropCause.Malformed));
        byte[] nine = DiscoveryWire.Offers(9, nonce, DiscoveryWire.Psks(9, 1));
        Assert.Null(responder.Ask(nine));
    }

    [Fact]
    public void Every_byte_of_every_packet_flipped_once_is_dropped()
    {
        byte[][] psks = DiscoveryWire.Psks(3, 1);
        foreach (bool proofs in new[] { false, true })
        {
            DiscoveryWorld world = new(30, psks);
            Initiator? initiator = null;
            int tried = 0;
            world.World.Net.Tap = new Tap(d =>
            {
                for (int i = 0; i < d.Bytes.Length; i++)
                {
                    byte[] damaged = [.. d.Bytes, 0];
                    damaged[i] ^= (byte)(1 << (tried++ % 8));
                    if (d.FromServer)
                    {
                        initiator!.Receive(damaged, d.Bytes.Length, d.From, Datagram.OwnSocket, world.World.Now, 0);
                        Assert.False(initiator.Done);
                    }
                    else
                    {
                        uint drops = world.World.Server.Counters.DropsInAll;
                        world.World.Server.Receive(damaged, d.Bytes.Length, d.From, d.To.Port, world.World.Now, world.World.ServerHost.UtcNow);
                        Assert.Equal(drops + 1, world.World.Server.Counters.DropsInAll);
                    }
                }

                return true;
            });
            initiator = world.Ask(psks, proofs);
            world.World.RunUntil(() => initiator.Done, 900, "the result, without a copy");
            Assert.Equal(0, initiator.Found);
            Assert.InRange(tried, 150, 2000);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_answer_has_the_same_size_and_look_and_takes_the_same_work_with_and_without_a_match(bool proofs)
    {
        // Of all answers every second goes to somebody who shares a PSK. Of the first half a distinguisher learns the mean of every byte, with and without
        // a match, and of where the largest candidate stands; of the second half it has to say which is which.
        int runs = DiscoveryWire.IsFull ? 6000 : 600;
        byte[][] psks = DiscoveryWire.Psks(256, 1);
        List<double[]> looks = new();
        HashSet<int> sizes = new();
        HashSet<int> work = new();
        for (int run = 0; run < runs; run++)
        {
            byte[][] own = DiscoveryWire.Psks(proofs ? 8 : 256, run + 10);
            own = run % 2 == 0 ? own : DiscoveryWire.With(own, run % own.Length, psks[run % 256]);
            HookedCore core = new(TestCore.Instance);
            LoneResponder responder = new(psks, core: core);
            int before = core.Hashes;
            byte[] answer = responder.Ask(proofs ? DiscoveryWire.Offers((ulong)run + 1, new byte[32], own) : DiscoveryWire.RequestOf((ulong)run + 1, 1, own))!;
            work.Add(core.Hashes - before);
            sizes.Add(DiscoveryWire.Payload(answer).Length);
            Assert.Equal(run % 2, proofs ? responder.Responder.Matches : run % 2);
            byte[] payload = DiscoveryWire.Payload(answer)[8..];
            double[] look = [.. payload.Select(b => (double)b)];
            looks.Add(proofs ? look : [.. look, 20.0 * Array.IndexOf(DiscoveryWire.Candidates(answer).Select(c => c[0]).ToArray(), DiscoveryWire.Candidates(answer).Max(c => c[0]))]);
        }

        Assert.Single(sizes);
        Assert.Single(work);
        double[] without = Mean(looks.Take(runs / 2).Where((_, i) => i % 2 == 0));
        double[] with = Mean(looks.Take(runs / 2).Where((_, i) => i % 2 == 1));
        int right = looks.Skip(runs / 2).Where((look, i) => Distance(look, with) < Distance(look, without) == (i % 2 == 1)).Count();
        _output.WriteLine($"{right} of {runs / 2} right, {sizes.Single()} bytes, {work.Single()} hashes");

        // Five standard deviations of guessing.
        Assert.InRange(right, runs / 4 - 2.5 * Math.Sqrt(runs / 2.0), runs / 4 + 2.5 * Math.Sqrt(runs / 2.0));
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void No_answer_shares_bytes_with_another_whoever_holds_the_same_keys(bool proofs, bool shares)
    {
        byte[][] psks = DiscoveryWire.Psks(20, 1);
        byte[][] own = shares ? [psks[4]] : DiscoveryWire.Psks(1, 2);
        byte[] request = proofs ? DiscoveryWire.Offers(3, new byte[32], own) : DiscoveryWire.RequestOf(3, 4, own);
        LoneResponder one = new(psks);
        List<byte[]> answers =
        [
            one.Ask(request)!,

            // A copy from there, from another port and from another address.
            one.Ask(request)!,
            one.Ask(request, DiscoveryWire.Address(2, 4001))!,
            one.Ask(request, DiscoveryWire.Address(9, 1))!,

            // Others with the same keys, in another order too; and two with other keys.
            new LoneResponder(psks).Ask(request)!,
            new LoneResponder([.. psks.Reverse()]).Ask(request)!,
            new LoneResponder(DiscoveryWire.Psks(20, 3)).Ask(request)!,
            new LoneResponder(DiscoveryWire.Psks(20, 3)).Ask(request)!,
        ];
        one.Now += 50000;
        answers.Add(one.Ask(request)!);
        int known = proofs ? DiscoveryMatch.Nonce : DiscoveryResponse.Nonce;
        for (int i = 0; i < answers.Count; i++)
        {
            byte[] payload = DiscoveryWire.Payload(answers[i]);
            Assert.Equal(DiscoveryWire.Payload(answers[0])[..known], payload[..known]);
            for (int k = 0; k < i; k++)
            {
                // Of all pairs of places in all pairs of answers, five bytes are the same by chance once in 100 000 runs of this test.
                Assert.InRange(LongestRunInCommon(payload[known..], DiscoveryWire.Payload(answers[k])[known..]), 0, 4);
                Assert.InRange(LongestRunInCommon(answers[i], answers[k]), 0, 4);
            }
        }
    }

    [Fact]
    public void A_copy_from_elsewhere_and_other_fields_under_the_same_discovery_id_take_nothing_from_the_sender()
    {
        byte[][] psks = DiscoveryWire.Psks(20, 1);
        LoneResponder responder = new(psks);
        byte[] request = DiscoveryWire.RequestOf(3, 4, [psks[4]]);
        Endpoint elsewhere = DiscoveryWire.Address(9, 1);

        // All that somebody else can send first: the copy, six times; and, in the sender's name, requests that are its own but for the fields.
        byte[] there = responder.Ask(request, elsewhere)!;
        Assert.All(Enumerable.Range(0, 5), _ => Assert.NotNull(responder.Ask(request, elsewhere)));
        byte[] empty = responder.Ask(DiscoveryWire.Request(3, 4, 1, new byte[256]))!;
        Assert.NotNull(responder.Ask(DiscoveryWire.Request(3, 5, 1, new byte[256])));
        Assert.NotNull(responder.Ask(DiscoveryWire.Offers(3, new byte[32], DiscoveryWire.Psks(1, 2))));

        byte[] response = responder.Ask(request)!;
        Assert.Contains(DiscoveryWire.Candidate(psks[4], 3, 4, DiscoveryWire.Nonce(response)), DiscoveryWire.Candidates(response));
        Assert.Equal(2, Status(responder.Ask(DiscoveryWire.Confirm(psks[4], 3, 4, DiscoveryWire.Nonce(there)))));
        Assert.Equal(2, Status(responder.Ask(DiscoveryWire.Confirm(psks[4], 3, 4, DiscoveryWire.Nonce(empty)))));
        Assert.Equal(0, responder.Responder.Matches);
        Assert.Equal(0, Status(responder.Ask(DiscoveryWire.Confirm(psks[4], 3, 4, DiscoveryWire.Nonce(response)))));
        Assert.Equal(0, Status(responder.Ask(DiscoveryWire.Confirm(psks[4], 3, 4, DiscoveryWire.Nonce(there)), elsewhere)));
        Assert.Equal((2, 0u), (responder.Responder.Matches, responder.Counters.DropsInAll));
    }

    [Fact]
    public void Five_requests_a_minute_from_one_address_and_as_many_a_second_as_are_kept()
    {
        byte[][] psks = DiscoveryWire.Psks(2, 1);
        LoneResponder responder = new(psks);
        ulong id = 1;
        bool Asks(Endpoint from) => responder.Ask(id % 2 == 0 ? DiscoveryWire.RequestOf(id++, 1, psks) : DiscoveryWire.Offers(id++, new byte[32], psks), from) != null;
        bool AsksFrom(int host) => Asks(DiscoveryWire.Address(host, (int)id));
        bool AsksFromNetwork(byte network)
        {
            Endpoint from = new();
            from.SetAddress([0x20, 1, 0xD, 0xB8, 0, 0, 0, network, (byte)id, 1, 1, 1, 1, 1, 1, (byte)id]);
            return Asks(from);
        }

        Assert.True(Enumerable.Range(0, 5).All(_ => AsksFrom(2)));
        Assert.False(AsksFrom(2));
        Assert.True(AsksFrom(3));
        responder.Now += 30000;
        Assert.False(AsksFrom(2));
        responder.Now += 29999;
        Assert.False(AsksFrom(2));
        responder.Now += 1;
        Assert.True(Enumerable.Range(0, 5).All(_ => AsksFrom(2)));
        Assert.False(AsksFrom(2));
        Assert.Equal(4u, responder.Drops(DropCause.Limit));

        responder.Now += 100000;
        Assert.True(Enumerable.Range(0, 5).All(_ => AsksFromNetwork(1)));
        Assert.False(AsksFromNetwork(1));
        Assert.True(Enumerable.Range(0, 11).All(i => AsksFromNetwork((byte)(2 + i))));
        Assert.False(AsksFrom(200));
        responder.Now += 999;
        Assert.False(AsksFrom(201));
        responder.Now += 1;
        Assert.True(AsksFrom(202));
    }

    [Theory]
    [InlineData(16, 16)]
    [InlineData(4, 4)]
    [InlineData(1, 1)]
    public void Who_floods_it_from_ever_new_addresses_leaves_each_exchange_a_second(int exchanges, int perSecond)
    {
        byte[][] psks = DiscoveryWire.Psks(4, 1);
        LoneResponder responder = new(psks, exchanges);
        Queue<(long At, ulong Id, byte[] Nonce)> asked = new();
        for (int i = 0; i < 40 * perSecond; i++)
        {
            // Each is confirmed after 999 ms, from its own address.
            responder.Now = 1000 + (i * 1000L / perSecond);
            while (asked.Count > 0 && asked.Peek().At + 999 <= responder.Now)
            {
                long now = responder.Now;
                (responder.Now, ulong id, byte[] nonce) = asked.Dequeue();
                responder.Now += 999;
                Assert.Equal(0, Status(responder.Ask(DiscoveryWire.Confirm(psks[1], id, 4, nonce), DiscoveryWire.Address((int)id, 1))));
                responder.Now = now;
            }

            ulong next = (ulong)i + 1;
            byte[] request = DiscoveryWire.RequestOf(next, 4, [psks[1]]);
            asked.Enqueue((responder.Now, next, DiscoveryWire.Nonce(responder.Ask(request, DiscoveryWire.Address((int)next, 1))!)));
        }

        Assert.Equal(39 * perSecond, responder.Responder.Matches);
    }

    [Theory]
    [InlineData(16, 4)]
    [InlineData(4, 2)]
    [InlineData(3, 1)]
    [InlineData(1, 1)]
    public void One_address_has_few_of_the_exchanges_and_displaces_its_own(int exchanges, int most)
    {
        byte[][] psks = DiscoveryWire.Psks(2, 1);
        LoneResponder responder = new(psks, exchanges);
        Endpoint other = DiscoveryWire.Address(3, 1);
        byte[] before = exchanges == 1 ? [] : DiscoveryWire.Nonce(responder.Ask(DiscoveryWire.RequestOf(100, 4, psks), other)!);
        byte[][] nonces = new byte[5][];
        for (int i = 0; i < 5; i++)
        {
            responder.Now += 1000;
            nonces[i] = DiscoveryWire.Nonce(responder.Ask(DiscoveryWire.RequestOf((ulong)i + 1, 4, psks))!);
        }

        for (int i = 0; i < 5; i++)
        {
            byte[]? accept = responder.Ask(DiscoveryWire.Confirm(psks[0], (ulong)i + 1, 4, nonces[i]));
            Assert.Equal(i >= 5 - most, accept != null);
        }

        Assert.Equal(exchanges > 1, responder.Ask(DiscoveryWire.Confirm(psks[0], 100, 4, before), other) != null);
    }

    [Fact]
    public void An_exchange_is_kept_for_10_s()
    {
        byte[][] psks = DiscoveryWire.Psks(2, 1);
        LoneResponder responder = new(psks);
        byte[] confirm = DiscoveryWire.Confirm(psks[1], 3, 4, DiscoveryWire.Nonce(responder.Ask(DiscoveryWire.RequestOf(3, 4, psks))!));
        responder.Now += 9999;
        Assert.Equal(0, Status(responder.Ask(confirm)));
        responder.Now += 1;
        Assert.Null(responder.Ask(confirm));
    }

    [Fact]
    public void Copies_are_answered_anew_and_not_without_end()
    {
        byte[][] psks = DiscoveryWire.Psks(2, 1);
        LoneResponder responder = new(psks);
        byte[] request = DiscoveryWire.RequestOf(3, 4, psks);
        List<byte[]> nonces = [];
        for (int i = 0; i < 6; i++)
        {
            byte[] response = responder.Ask(request)!;
            nonces.Add(DiscoveryWire.Nonce(response));
            Assert.All(psks, p => Assert.Contains(DiscoveryWire.Candidate(p, 3, 4, nonces[i]), DiscoveryWire.Candidates(response)));
        }

        // Each answer can be confirmed, and each copy of a CONFIRM is answered.
        foreach (byte[] nonce in nonces)
        {
            byte[] accept = responder.Ask(DiscoveryWire.Confirm(psks[1], 3, 4, nonce))!;
            Assert.Equal([.. DiscoveryWire.U64(3), 0, 0, .. DiscoveryWire.Proof(psks[1], nonce, DiscoveryProofs.Responder, 3)], DiscoveryWire.Payload(accept));
        }

        Assert.Null(responder.Ask(request));
        Assert.Null(responder.Ask(DiscoveryWire.Confirm(psks[1], 3, 4, nonces[0])));
        Assert.Equal(2u, responder.Drops(DropCause.Limit));
        Assert.Equal((1, 1, 1), (responder.Responder.Requests, responder.Responder.Matches, responder.Responder.LastMatch));

        byte[] offers = DiscoveryWire.Offers(4, new byte[32], [psks[1]]);
        for (int i = 0; i < 6; i++)
        {
            byte[] match = DiscoveryWire.Payload(responder.Ask(offers)!);
            Assert.Equal(DiscoveryWire.MatchProof(psks[1], new byte[32], match[DiscoveryMatch.Nonce..DiscoveryMatch.Proof], 4), match[DiscoveryMatch.Proof..]);
        }

        Assert.Null(responder.Ask(offers));
        Assert.Equal(2, responder.Responder.Matches);
    }

    [Fact]
    public void A_confirm_takes_the_same_work_whatever_it_names_and_whatever_was_offered()
    {
        byte[][] psks = DiscoveryWire.Psks(20, 1);
        HashSet<int> work = [];
        for (int kind = 0; kind < 4; kind++)
        {
            HookedCore core = new(TestCore.Instance);
            LoneResponder responder = new(psks, core: core);
            byte[] nonce = DiscoveryWire.Nonce(responder.Ask(DiscoveryWire.RequestOf(3, 4, kind < 2 ? DiscoveryWire.Psks(2, 2) : psks[..2]))!);
            byte[] confirm = DiscoveryWire.Confirm(kind % 2 == 0 ? DiscoveryWire.Psks(1, 9)[0] : psks[1], 3, 4, kind == 3 ? new byte[32] : nonce);
            int before = core.Hashes;
            Assert.Equal(2, Status(responder.Ask(confirm)));
            work.Add(core.Hashes - before);
        }

        Assert.Single(work);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(256)]
    public void An_answer_is_little_longer_than_what_it_answers(int count)
    {
        // Requests without padding, which is what a forger sends in another's name.
        byte[][] psks = DiscoveryWire.Psks(count, 1);
        for (ulong id = 1; id <= 40; id++)
        {
            byte[] request = DiscoveryWire.RequestOf(id, 4, psks[..1]);
            Assert.InRange(new LoneResponder(psks).Ask(request)!.Length, 1, request.Length * 21 / 10);
            byte[] offers = DiscoveryWire.Offers(id, new byte[32], psks[..1]);
            Assert.InRange(new LoneResponder(psks).Ask(offers)!.Length, 1, offers.Length * 21 / 10);
        }
    }

    [Fact]
    public void Memory_does_not_grow_with_requests()
    {
        byte[][] psks = DiscoveryWire.Psks(4, 1);
        LoneResponder responder = new(psks);
        byte[] filter = new byte[256];
        void Flood(int first)
        {
            for (int i = first; i < first + 6000; i++)
            {
                responder.Ask(DiscoveryWire.Request((ulong)i, 1, 2, filter), DiscoveryWire.Address(i % 60000, i % 65536));
                responder.Now += 10;
            }
        }

        // What others do at the same time comes and goes; what is kept of each request would be there after each flood.
        Flood(1);
        long grown = long.MaxValue;
        for (int flood = 1; flood <= 3; flood++)
        {
            long before = GC.GetTotalMemory(true);
            Flood(flood * 100000);
            grown = Math.Min(grown, GC.GetTotalMemory(true) - before);
        }

        Assert.InRange(grown, long.MinValue, 20000);
        Assert.InRange(responder.Responder.Requests, 3800, 3880);
        Assert.Equal(24000, responder.Responder.Requests + (int)responder.Drops(DropCause.Limit));
    }

    [Fact]
    public void What_fits_nothing_is_rejected_and_the_right_confirm_still_counts()
    {
        byte[][] psks = DiscoveryWire.Psks(3, 1);
        byte[] stranger = DiscoveryWire.Psks(1, 2)[0];
        LoneResponder responder = new(psks);
        byte[] other = responder.Ask(DiscoveryWire.RequestOf(2, 4, psks), DiscoveryWire.Address(5, 1))!;
        byte[] nonce = DiscoveryWire.Nonce(responder.Ask(DiscoveryWire.RequestOf(3, 4, psks[..2]))!);
        byte[][] wrong =
        [
            DiscoveryWire.Confirm(stranger, 3, 4, nonce),
            DiscoveryWire.Confirm(psks[0], 3, 4, DiscoveryWire.Nonce(other)),
            DiscoveryWire.Confirm(psks[0], 3, 4, nonce, DiscoveryProofs.Responder),
            DiscoveryWire.Altered(DiscoveryWire.Confirm(psks[1], 3, 4, nonce), p => p[DiscoveryConfirm.Confirmation + 31] ^= 1),
            DiscoveryWire.Altered(DiscoveryWire.Confirm(psks[0], 3, 4, nonce), p => p[DiscoveryConfirm.Proof] ^= 0x80),
        ];
        foreach (byte[] confirm in wrong)
        {
            byte[] answer = responder.Ask(confirm)!;
            Assert.Equal([.. DiscoveryWire.U64(3), 0, 2, .. new byte[16]], DiscoveryWire.Payload(answer));
        }

        Assert.Equal(0, responder.Responder.Matches);
        byte[] accept = responder.Ask(DiscoveryWire.Confirm(psks[1], 3, 4, nonce))!;
        Assert.Equal([.. DiscoveryWire.U64(3), 0, 0, .. DiscoveryWire.Proof(psks[1], nonce, DiscoveryProofs.Responder, 3)], DiscoveryWire.Payload(accept));

        // From another address or port, of another exchange, or before there is one: nothing.
        Assert.Null(responder.Ask(DiscoveryWire.Confirm(psks[1], 3, 4, nonce), DiscoveryWire.Address(2, 4001)));
        Assert.Null(responder.Ask(DiscoveryWire.Confirm(psks[1], 9, 4, nonce)));
        Assert.NotNull(responder.Ask(DiscoveryWire.Offers(10, nonce, psks)));
        Assert.Null(responder.Ask(DiscoveryWire.Confirm(psks[1], 10, 4, nonce)));
        Assert.Equal(3u, responder.Drops(DropCause.Unexpected));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void A_PSK_that_was_not_offered_cannot_be_confirmed(int place)
    {
        byte[][] psks = DiscoveryWire.Psks(3, 1);
        LoneResponder responder = new(psks);
        byte[] nonce = DiscoveryWire.Nonce(responder.Ask(DiscoveryWire.RequestOf(3, 4, [psks[1]]))!);
        Assert.Equal(2, Status(responder.Ask(DiscoveryWire.Confirm(psks[place], 3, 4, nonce))));
    }

    [Fact]
    public void Answers_of_all_kinds_are_no_requests_and_requests_no_answers()
    {
        byte[][] psks = DiscoveryWire.Psks(3, 1);
        LoneResponder responder = new(psks);
        byte[] request = DiscoveryWire.RequestOf(3, 4, psks);
        foreach (int subtype in new[] { DiscoverySubtype.Response, DiscoverySubtype.Accept, DiscoverySubtype.ProofsMatch })
        {
            Assert.Null(responder.Ask(DiscoveryWire.Sealed(subtype, 0, 3, DiscoveryWire.Payload(request))));
        }

        Assert.Equal(3u, responder.Drops(DropCause.Unexpected));
        Assert.Null(responder.Ask(DiscoveryWire.Sealed(DiscoverySubtype.Request, PacketFlags.FromServer, 3, DiscoveryWire.Payload(request))));
        Assert.Equal(1u, responder.Drops(DropCause.Reflected));

        // The discovery_id stands in the header and in the payload.
        Assert.Null(responder.Ask(DiscoveryWire.Sealed(DiscoverySubtype.Request, 0, 4, DiscoveryWire.Payload(request))));
        Assert.Equal(1, responder.NotDiscovery);
        Installation own = new();
        own.AddDiscovery(3);
        LoneResponder itself = new(psks, own: own);
        Assert.Null(itself.Ask(request));
        Assert.Equal(1u, itself.Drops(DropCause.Reflected));
        Assert.NotNull(itself.Ask(DiscoveryWire.RequestOf(4, 4, psks)));
    }

    [Fact]
    public void Who_only_adds_packets_does_not_keep_the_initiator_from_its_result()
    {
        byte[][] own = DiscoveryWire.Psks(4, 1);
        DiscoveryWorld world = new(40, [.. DiscoveryWire.Psks(5, 2), own[1]]);
        Initiator? initiator = null;
        uint salt = 0;
        void Forge(byte[] packet) => initiator!.Receive([.. packet, 0], packet.Length, DiscoveryWire.Address(1, 1025), Datagram.OwnSocket, world.World.Now, 0);
        world.World.Net.Tap = new Tap(d =>
        {
            if (d.FromServer && DiscoveryWire.Subtype(d.Bytes) == DiscoverySubtype.Response)
            {
                // Ahead of the answer: a refusal, one without a match, one whose nonce is the forger's, one that fits and that the responder did not make.
                ulong id = Packet.SessionId(DiscoveryWire.Unmasked(d.Bytes));
                Forge(DiscoveryWire.Sealed(DiscoverySubtype.Response, PacketFlags.FromServer, id, [.. DiscoveryWire.U64(id), 0, 0, 0, 2, 0, 0, 0, 0, .. new byte[32]]));
                Forge(DiscoveryWire.Altered(d.Bytes, p => Random.Shared.NextBytes(p.AsSpan(DiscoveryResponse.Nonce))));
                Forge(DiscoveryWire.Altered(d.Bytes, p => p[DiscoveryResponse.Nonce] ^= 1));
                Forge(DiscoveryWire.Altered(d.Bytes, p =>
                {
                    p[DiscoveryResponse.Nonce] ^= 2;
                    DiscoveryWire.Candidate(own[1], id, salt, p[DiscoveryResponse.Nonce..DiscoveryResponse.Candidates]).CopyTo(p, DiscoveryResponse.Candidates);
                }));
            }
            else if (!d.FromServer)
            {
                salt = DiscoveryWire.Subtype(d.Bytes) == DiscoverySubtype.Request ? Wire.ReadU32(DiscoveryWire.Payload(d.Bytes), DiscoveryRequest.Salt) : salt;
            }
            else
            {
                Forge(DiscoveryWire.Altered(d.Bytes, p => p[DiscoveryAccept.Status + 1] = 2));
                Forge(DiscoveryWire.Altered(d.Bytes, p => p[DiscoveryAccept.Proof] ^= 1));
            }

            return true;
        });
        initiator = world.Ask(own);
        world.World.RunUntil(() => initiator.Done, 5000, "the result");
        Assert.Equal(1, initiator.Found);
    }

    [Fact]
    public void Replayed_reflected_relayed_and_mixed_up_messages_lead_nowhere()
    {
        byte[][] own = DiscoveryWire.Psks(4, 1);
        DiscoveryWorld world = new(41, own);
        Assert.Equal(0, world.Discover(own).Found);
        Assert.Equal(0, world.Discover(own, proofs: true).Found);
        Captured[] recorded = [.. world.Wire.Datagrams];
        Assert.Equal(6, recorded.Length);

        foreach (bool proofs in new[] { false, true })
        {
            // No answer comes from the responder: all that comes is what was recorded, and the initiator's own packets.
            Initiator initiator = new(world.World.Core, own, DiscoveryWire.Address(1, 1025), proofs, null, 0);
            Datagram datagram = new();
            void Give(byte[] packet) => initiator.Receive([.. packet, 0], packet.Length, DiscoveryWire.Address(1, 1025), Datagram.OwnSocket, 10, 0);
            Assert.True(initiator.Poll(datagram, 0, 0));
            byte[] request = datagram.Buffer[..datagram.Size];
            ulong id = Packet.SessionId(DiscoveryWire.Unmasked(request));
            Give(request);
            foreach (Captured d in recorded)
            {
                Give(d.Bytes);

                // Under the new id, well tagged: the payload is that of another exchange.
                byte[] plain = DiscoveryWire.Unmasked(d.Bytes);
                if (Packet.Subtype(plain) is not DiscoverySubtype.Response)
                {
                    Give(DiscoveryWire.Sealed(Packet.Subtype(plain), PacketFlags.FromServer, id, [.. DiscoveryWire.U64(id), .. DiscoveryWire.Payload(d.Bytes)[8..]]));
                }
            }

            if (!proofs)
            {
                // An answer that offers the right candidate with a nonce of the forger's: its proof comes back to it as an answer, and does not fit.
                byte[] candidate = DiscoveryWire.Candidate(own[2], id, Wire.ReadU32(DiscoveryWire.Payload(request), DiscoveryRequest.Salt), new byte[32]);
                Give(DiscoveryWire.Sealed(DiscoverySubtype.Response, PacketFlags.FromServer, id, [.. DiscoveryWire.U64(id), 0, 4, 0, 0, 0, 0, 0, 0, .. new byte[32], .. candidate, .. new byte[96]]));
                Assert.True(initiator.Poll(datagram, 10, 0));
                byte[] confirm = DiscoveryWire.Payload(datagram.Buffer[..datagram.Size]);
                Give(DiscoveryWire.Sealed(DiscoverySubtype.Accept, PacketFlags.FromServer, id, [.. DiscoveryWire.U64(id), 0, 0, .. confirm[DiscoveryConfirm.Proof..]]));
            }

            Assert.False(initiator.Done);
            Assert.True(initiator.Counters.Drops(DropCause.Reflected) >= 1);
            Assert.True(initiator.Counters.Drops(DropCause.Unexpected) >= 6);
            byte[] stranger = [.. recorded[1].Bytes, 0];
            initiator.Receive(stranger, recorded[1].Bytes.Length, DiscoveryWire.Address(3, 1025), Datagram.OwnSocket, 10, 0);
            Assert.Equal(1u, initiator.Counters.Drops(DropCause.Address));
        }

        // At the responder: all of it again, later, from there and from elsewhere. What is answered is random to who has only that: nothing is accepted.
        world.World.Run(11000);
        Captured[] first = [.. world.Wire.FromServer];
        foreach (Captured d in recorded)
        {
            world.World.Net.Inject(d.From, DiscoveryWire.Address(1, 1025), d.Bytes, d.Bytes.Length);
            world.World.Net.Inject(DiscoveryWire.Address(7, 7), DiscoveryWire.Address(1, 1025), d.Bytes, d.Bytes.Length);
            world.World.Run(100);
        }

        byte[][] later = [.. world.Wire.FromServer.Skip(first.Length).Select(d => d.Bytes)];
        int[] kinds = [DiscoverySubtype.Response, DiscoverySubtype.Accept, DiscoverySubtype.ProofsMatch];
        Assert.Equal(kinds.SelectMany(kind => new[] { kind, kind }), later.Select(DiscoveryWire.Subtype));
        Assert.All(later[2..4], accept => Assert.Equal(2, Status(accept)));
        Assert.All(later, packet => Assert.All(first, d => Assert.InRange(LongestRunInCommon(packet, d.Bytes), 0, 4)));
    }

    [Fact]
    public void Random_and_mutated_packets_do_no_harm()
    {
        byte[][] psks = DiscoveryWire.Psks(4, 1);
        Random random = new(42);
        LoneResponder responder = new(psks);
        Initiator initiator = new(TestCore.Instance, psks, DiscoveryWire.Address(1, 1025), false, null, 0);
        Datagram datagram = new();
        initiator.Poll(datagram, 0, 0);
        ulong id = Packet.SessionId(DiscoveryWire.Unmasked(datagram.Buffer[..datagram.Size]));
        for (int i = 0; i < 20000; i++)
        {
            byte[] payload = new byte[8 + random.Next(0, i % 3 == 0 ? 1150 : 80)];
            random.NextBytes(payload);
            ulong to = i % 2 == 0 ? id : (ulong)i;
            DiscoveryWire.U64(to).CopyTo(payload, 0);
            if (payload.Length > 20 && i % 5 != 0)
            {
                // Small numbers where counts and sizes stand.
                payload.AsSpan(8, 12).Clear();
                payload[9] = (byte)random.Next(0, 20);
                payload[13] = (byte)random.Next(0, 20);
                payload[14] = (byte)random.Next(0, 3);
                if (payload.Length > DiscoveryOffers.Count)
                {
                    payload[DiscoveryOffers.Count] = (byte)random.Next(0, 10);
                }
            }

            byte[] packet = DiscoveryWire.Sealed(random.Next(0, 9), random.Next(0, 2) * PacketFlags.FromServer, to, payload);
            responder.Ask(packet, DiscoveryWire.Address(i, 9));
            initiator.Receive([.. packet, 0], packet.Length, DiscoveryWire.Address(1, 1025), Datagram.OwnSocket, 10, 0);
            responder.Now += 500;
        }

        Assert.Equal((false, 0), (initiator.Done, responder.Responder.Matches));
        Assert.True(responder.Responder.Requests > 100, $"{responder.Responder.Requests} requests");
        Assert.True(responder.Responder.Refusals > 10, $"{responder.Responder.Refusals} refusals");
    }

    [Fact]
    public void Where_discovery_is_off_nothing_answers()
    {
        World world = new(43);
        world.StartServer();
        Recorder wire = new();
        world.Net.Tap = wire;
        Endpoint responder = new();
        responder.CopyFrom(world.ServerHost.Address);
        responder.Port = 1025;
        Initiator initiator = new(world.Core, [World.Psk], responder, false, null, world.Now);
        world.Add(world.Net.Host(2), initiator);
        world.RunUntil(() => initiator.Done, 20000, "the end");
        Assert.Equal(ErrorCode.DiscoveryFailed, initiator.Error);
        Assert.Empty(wire.FromServer);
    }

    private static byte[] Filter(int size, int bits)
    {
        byte[] filter = new byte[size];
        for (int i = 0; i < bits; i++)
        {
            filter[i / 8] |= (byte)(1 << (i % 8));
        }

        return filter;
    }

    private static int Status(byte[]? accept)
    {
        Assert.NotNull(accept);
        Assert.Equal(DiscoverySubtype.Accept, DiscoveryWire.Subtype(accept));
        return Wire.ReadU16(DiscoveryWire.Payload(accept), DiscoveryAccept.Status);
    }

    private static int LongestRunInCommon(byte[] a, byte[] b)
    {
        int longest = 0;
        for (int shift = 1 - b.Length; shift < a.Length; shift++)
        {
            int run = 0;
            for (int i = Math.Max(0, shift); i < a.Length && i - shift < b.Length; i++)
            {
                run = a[i] == b[i - shift] ? run + 1 : 0;
                longest = Math.Max(longest, run);
            }
        }

        return longest;
    }

    private static double[] Mean(IEnumerable<double[]> looks)
    {
        double[][] all = [.. looks];
        return [.. Enumerable.Range(0, all[0].Length).Select(i => all.Average(l => l[i]))];
    }

    private static double Distance(double[] a, double[] b) => a.Zip(b, (x, y) => (x - y) * (x - y)).Sum();
}
