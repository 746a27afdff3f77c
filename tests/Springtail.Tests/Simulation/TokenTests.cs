using System;
using System.Collections.Generic;
using System.Linq;
using Springtail.Crypto;
using Springtail.Keys;
using Springtail.Packets;
using Springtail.Sessions;
using Springtail.Transport;
using Xunit;

namespace Springtail.Tests.Simulation;

/// <summary>Two peers with a spoken token (PROTOCOL.md 17), and those who do not know it: three guesses and no more, and nothing to test offline.</summary>
public sealed class TokenTests
{
    private const string Right = "ocean-tiger";

    private static readonly byte[] s_offCurve = Enumerable.Repeat((byte)5, 64).ToArray();

    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(5, 2, 0)]
    [InlineData(0, 0, 20)]
    public void Suite_5_is_what_a_token_means(int suite, int features, int lossPercent)
    {
        World world = new(900 + (uint)lossPercent) { Core = new SteeredCore(9) };
        world.Net.LossPercent = lossPercent;
        world.StartServer(Listening());
        ChannelOptions options = Connecting(Right, suite);
        options.Features = features;
        Link link = world.Connect(options);
        Assert.Equal(5, link.Near.Suite);
        Assert.Equal(5, link.Server.Suite);
        link.Exchange(20, 3000, 200000);
        Assert.Equal(0, options.TokenGuard.Failures);

        link.Near.Rekey(world.Now);
        world.RunUntil(() => link.Near.Rekeys == 1 && link.Server.Rekeys == 1, 60000, "the rekey, over P-256");
        link.Exchange(20, 3000, 200000);
        link.Server.Rekey(world.Now);
        world.RunUntil(() => link.Near.Rekeys == 2 && link.Server.Rekeys == 2, 60000, "the server's rekey");
        link.Exchange(5, 3000, 200000);
    }

    [Fact]
    public void The_time_is_asked_for_at_once()
    {
        // Nobody vouches for the offset of a handshake whose key is public.
        World world = new(901);
        MemoryTransport device = world.Net.Host(2);
        device.UtcBase += 700;
        world.StartServer(Listening());
        Link link = world.Connect(Connecting(Right), device);
        uint sent = link.Server.Counters.PacketsSent;
        world.Run(300);
        Assert.True(link.Server.Counters.PacketsSent > sent);
        Assert.InRange(link.Near.ClockOffset(world.Now), -705, -695);
    }

    [Fact]
    public void Whoever_begins_to_listen_is_found_within_a_second()
    {
        for (int late = 0; late < 25_000; late += 1_370)
        {
            World world = new(904) { Core = new SteeredCore(9) };
            Client client = world.StartClient(Connecting(Right));
            world.Run(late);
            world.StartServer(Listening());
            world.RunUntil(() => client.State == ClientState.Connected, 1000, $"the session, {late} ms late");
        }
    }

    [Fact]
    public void Without_an_answer_the_same_SYN_goes_out_for_30_s()
    {
        World world = new(902);
        TokenAttacker eavesdropper = new(TestCore.Instance, 5);
        List<(long At, ulong Session, int Port)> sent = new();
        long begun = world.Now;
        world.Net.Tap = new Tap(d =>
        {
            sent.Add((world.Now - begun, eavesdropper.SessionOf(d), d.To.Port));
            return true;
        });
        ChannelOptions options = Connecting(Right);
        Client client = world.StartClient(options);
        world.RunUntil(() => client.State == ClientState.Failed, 40000, "the end");
        Assert.Equal(0, sent[0].At);
        Assert.All(sent.Zip(sent.Skip(1)), pair => Assert.InRange(pair.Second.At - pair.First.At, 360, 450));
        Assert.InRange(sent[^1].At, 29_500, 30_000);
        Assert.Single(sent.Select(s => s.Session).Distinct());
        Assert.All(sent, s => Assert.Equal(1026, s.Port));
        Assert.Equal(30000, world.Now - begun);
        Assert.Equal(ErrorCode.Timeout, client.FailureCode);
        Assert.Equal(0, options.TokenGuard.Failures);
    }

    [Theory]
    [InlineData(9000)]
    [InlineData(26000)]
    public void A_listener_that_opens_late_is_met_by_a_later_copy(int late)
    {
        World world = new(903);
        Client client = world.StartClient(Connecting(Right));
        world.Run(late);
        world.StartServer(Listening());
        world.Run(5000);
        Assert.Equal(ClientState.Connected, client.State);
        Assert.Equal(1, client.Attempts);
    }

    [Fact]
    public void A_wrong_token_fails_once_and_both_sides_count_it()
    {
        World world = new(904);
        ChannelOptions listening = Listening();
        world.StartServer(listening);
        ChannelOptions wrong = Connecting("ocean-tigers");
        Client client = world.StartClient(wrong);
        world.RunUntil(() => client.State == ClientState.Failed, 40000, "the end");
        Assert.Equal(ErrorCode.AuthenticationFailed, client.FailureCode);
        Assert.Contains("does not hold this token", client.Explain());
        Assert.Equal(1, client.Attempts);
        Assert.Equal(1, wrong.TokenGuard.Failures);
        Assert.Equal(1, listening.TokenGuard.Failures);
        Assert.False(world.Server.TokenIsDead);

        // A second one; then somebody types it right: that was no failure, and those before stay.
        client = world.StartClient(wrong, world.Net.Host(3));
        world.RunUntil(() => client.State == ClientState.Failed, 40000, "the end");
        Assert.Equal(2, wrong.TokenGuard.Failures);
        Link link = world.Connect(Connecting(Right), world.Net.Host(4));
        Assert.Equal(2, listening.TokenGuard.Failures);
        link.Exchange(3, 100, 10000);
    }

    /// <summary>The third exchange may be the right one: as long as it may, the token is not dead.</summary>
    [Fact]
    public void The_third_attempt_may_come_right()
    {
        World world = new(905);
        ChannelOptions listening = Listening();
        world.StartServer(listening);
        for (int i = 0; i < 2; i++)
        {
            world.StartClient(Connecting("ocean-tigers"), world.Net.Host(3 + i));
            world.Run(70000);
        }

        world.Net.Delay = 400;
        Client third = world.StartClient(Connecting(Right), world.Net.Host(5));
        world.RunUntil(() => listening.TokenGuard.IsSpent, 5000, "the third exchange");
        Assert.False(world.Server.TokenIsDead);
        world.RunUntil(() => third.State == ClientState.Connected, 10000, "the handshake");
        Assert.Equal(2, listening.TokenGuard.Failures);
    }

    /// <summary>
    /// Each SYN of the client is answered a thousand times in the server's name, first with a wrong guess, then with others and the right one: the
    /// client follows the first and no other, three times in all.
    /// </summary>
    [Theory]
    [InlineData(1)]
    [InlineData(0)]
    public void A_client_that_gets_thousands_of_forged_SYN_ACKs_gives_three_guesses(int placeOfTheRightGuess)
    {
        World world = new(906) { Core = new SteeredCore(906) { QuickPbkdf2 = true } };
        TokenAttacker attacker = new(world.Core, 5);
        List<TokenAttacker.Exchange> exchanges = new();
        HashSet<ulong> sessions = new();
        List<Captured> acks = new();
        world.Net.Tap = new Tap(d =>
        {
            ulong session = attacker.SessionOf(d);
            if (session == 0)
            {
                acks.Add(d);
            }
            else if (sessions.Add(session))
            {
                for (int i = 0; i < 1000; i++)
                {
                    TokenAttacker.Exchange exchange = attacker.Answer(d, world.ServerHost.UtcNow, i == placeOfTheRightGuess ? Right : $"guess-{Word(i + 1000 * sessions.Count)}");
                    exchanges.Add(exchange);
                    world.Net.Inject(d.To, d.From, exchange.SynAck, exchange.SynAck.Length);
                }
            }

            return true;
        });
        ChannelOptions options = Connecting(Right);
        for (int i = 0; i < 20; i++)
        {
            Client client = world.StartClient(options, world.Net.Host(2 + i));
            world.RunUntil(() => client.State == ClientState.Failed, 40000, "the end");
            Assert.Equal(ErrorCode.AuthenticationFailed, client.FailureCode);
            Assert.Equal(i < 3 ? 1 : 0, client.Attempts);
            Assert.Equal(i >= 2, client.Explain().Contains("Draw a new one"));
        }

        // What the attacker learned: of the exchanges that the client took, whether the one guess in it was right.
        Assert.Equal(3, sessions.Count);
        Assert.Equal(3000, exchanges.Count);
        Captured[] first = acks.GroupBy(d => d.From.Port * 256 + d.Sender).Select(g => g.First()).ToArray();
        Assert.Equal(3, first.Length);
        bool found = first.Select((ack, i) => exchanges.Skip(1000 * i).Take(1000).Any(e => e.Fits(Right, ack))).Any(fits => fits);
        Assert.Equal(placeOfTheRightGuess == 0, found);
    }

    /// <summary>Options may be shared by connections of several threads: they count together, also when all have begun before the first failed.</summary>
    [Fact]
    public void Ten_connections_at_once_give_three_guesses_too()
    {
        World world = new(913) { Core = new SteeredCore(913) { QuickPbkdf2 = true } };
        TokenAttacker attacker = new(world.Core, 5);
        HashSet<string> acknowledged = new();
        world.Net.Tap = new Tap(d =>
        {
            if (attacker.SessionOf(d) == 0)
            {
                acknowledged.Add($"{d.Sender} {d.From.Port}");
                return true;
            }

            TokenAttacker.Exchange exchange = attacker.Answer(d, world.ServerHost.UtcNow, "guess-" + Word(d.Sender));
            world.Net.Inject(d.To, d.From, exchange.SynAck, exchange.SynAck.Length);
            return true;
        });
        ChannelOptions options = Connecting(Right);
        Client[] clients = Enumerable.Range(2, 10).Select(host => world.StartClient(options, world.Net.Host(host))).ToArray();
        world.RunUntil(() => clients.All(c => c.State == ClientState.Failed), 60000, "the end");
        Assert.Equal(3, acknowledged.Count);
        Assert.All(clients, c => Assert.Equal(ErrorCode.AuthenticationFailed, c.FailureCode));
    }

    /// <summary>
    /// A server is asked a thousand times, each time with another guess. It answers three, says that the token is dead, and answers nobody any more,
    /// not even the right token. With the right guess among the first three the attacker is in: the test would see it.
    /// </summary>
    [Theory]
    [InlineData(3)]
    [InlineData(2)]
    public void A_server_that_is_asked_without_end_gives_three_guesses(int placeOfTheRightGuess)
    {
        SteeredCore core = new(907) { QuickPbkdf2 = true };
        World world = new(907) { Core = core };
        ChannelOptions listening = Listening();
        world.StartServer(listening);
        int answers = 0;
        HashSet<string> answered = new();
        world.Net.Tap = new Tap(d =>
        {
            if (d.FromServer)
            {
                answers++;
                answered.Add($"{d.To.Address[3]} {d.To.Port}");
            }

            return true;
        });
        bool inside = false;
        for (int i = 0; i < 1000; i++)
        {
            MemoryTransport host = world.Net.Host(2 + i % 200);
            Client client = world.StartClient(Connecting(i == placeOfTheRightGuess ? Right : "guess-" + Word(i)), host);
            world.Run(100);
            inside |= client.State == ClientState.Connected;
            client.Abandon();
        }

        Assert.Equal(placeOfTheRightGuess < 3, inside);
        if (inside)
        {
            return;
        }

        Assert.Equal(3, answered.Count);
        Assert.True(listening.TokenGuard.IsSpent);
        world.Run(61000);
        Assert.True(world.Server.TokenIsDead);

        // Nothing is answered, nor is anything reckoned but the client's own share.
        int before = answers;
        int shares = core.Shares;
        Client late = world.StartClient(Connecting(Right), world.Net.Host(240));
        world.Run(35000);
        Assert.Equal(ErrorCode.Timeout, late.FailureCode);
        Assert.Equal(before, answers);
        Assert.Equal(shares + 1, core.Shares);
    }

    /// <summary>One forged answer, then 500 tokens tried at home: suite 4 falls, suite 5 does not.</summary>
    [Theory]
    [InlineData(4, true)]
    [InlineData(5, false)]
    public void Who_answers_a_handshake_finds_the_token_offline_in_suite_4_only(int suite, bool falls)
    {
        World world = new(908) { Core = new SteeredCore(908) { QuickPbkdf2 = true } };
        TokenAttacker attacker = new(world.Core, suite);
        TokenAttacker.Exchange? exchange = null;
        List<Captured> acks = new();
        world.Net.Tap = new Tap(d =>
        {
            if (attacker.SessionOf(d) == 0)
            {
                acks.Add(d);
            }
            else if (exchange == null)
            {
                exchange = attacker.Answer(d, world.ServerHost.UtcNow, "guess-first");
                world.Net.Inject(d.To, d.From, exchange.SynAck, exchange.SynAck.Length);
            }

            return true;
        });
        Client client = world.StartClient(Connecting(Right, suite));
        world.RunUntil(() => acks.Count > 0, 5000, "the client's ACK");
        string[] tokens = Enumerable.Range(0, 500).Select(i => i == 377 ? Right : "word-" + Word(i)).ToArray();
        Assert.Equal(falls ? new[] { Right } : Array.Empty<string>(), tokens.Where(token => exchange!.Fits(token, acks[0])));

        // The one guess that was spent on suite 5 can be tested, and no other.
        Assert.Equal(ClientState.Confirming, client.State);
    }

    [Fact]
    public void A_share_that_is_no_point_costs_the_client_its_attempt_and_the_server_nothing()
    {
        World world = new(909) { Core = new SteeredCore(909) { QuickPbkdf2 = true } };
        TokenAttacker attacker = new(world.Core, 5);
        world.Net.Tap = new Tap(d =>
        {
            if (attacker.SessionOf(d) != 0)
            {
                TokenAttacker.Exchange exchange = attacker.Answer(d, world.ServerHost.UtcNow, "guess-first", s_offCurve);
                world.Net.Inject(d.To, d.From, exchange.SynAck, exchange.SynAck.Length);
            }

            return true;
        });
        ChannelOptions options = Connecting(Right);
        Client client = world.StartClient(options);
        world.RunUntil(() => client.State == ClientState.Failed, 2000, "the end");
        Assert.Equal(ErrorCode.AuthenticationFailed, client.FailureCode);
        Assert.Equal(1, options.TokenGuard.Failures);
        Assert.Equal(1u, client.Counters.Drops(DropCause.KeyExchange));

        // The other way round: the client's share is off the curve. Nobody is answered, so nobody has guessed.
        World other = new(910) { Core = new SteeredCore(910) { BadShare = 0 } };
        ChannelOptions listening = Listening();
        other.StartServer(listening);
        client = other.StartClient(Connecting(Right));
        other.RunUntil(() => client.State == ClientState.Failed, 40000, "the end");
        Assert.Equal(ErrorCode.Timeout, client.FailureCode);
        Assert.Equal(0, listening.TokenGuard.Failures);
        Assert.Equal(1u, other.Server.Counters.Drops(DropCause.KeyExchange));
    }

    /// <summary>An answer under a clock key of the token would tell who asks which token is right, as often as he asks.</summary>
    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    public void A_listener_with_a_token_tells_nobody_the_time(int suite)
    {
        World world = new(911);
        const string LongToken = "oceanliner-tigerlily"; // as many bytes as a PSK has
        ChannelOptions listening = Listening(suite);
        listening.Token = LongToken;
        world.StartServer(listening);
        int[] ports = new int[16];
        Assert.Equal(1, world.Server.GetPorts(ports));
        Assert.Equal(1026, ports[0]);
        Endpoint server = new();
        server.CopyFrom(world.ServerHost.Address);
        server.Port = listening.DiscoveryPort;
        ClockQuery query = new(world.Core, new ChannelOptions { Psk = System.Text.Encoding.ASCII.GetBytes(LongToken) }, server, world.Now);
        world.Add(world.Net.Host(2), query);
        world.Run(10000);
        Assert.False(query.Done);
    }

    [Fact]
    public void A_listener_for_PSKs_refuses_suites_4_and_5()
    {
        World world = new(912);
        ChannelOptions listening = World.ServerOptions();
        listening.RendezvousPort = 1026;
        world.StartServer(listening);
        foreach (int suite in new[] { 4, 5 })
        {
            world.StartClient(Connecting(Right, suite), world.Net.Host(suite));
        }

        Recorder recorder = new();
        world.Net.Tap = recorder;
        world.Run(30000);
        Assert.Empty(recorder.FromServer);
    }

    private static ChannelOptions Listening(int suite = 0)
    {
        ChannelOptions options = ChannelOptions.ForServer();
        options.Token = Right;
        options.Suite = suite;
        return options;
    }

    private static ChannelOptions Connecting(string token, int suite = 0) => new() { Token = token, Suite = suite, MaxMessageSize = 8192, ReceiveAhead = 4, SendBuffers = 4 };

    // A word for a number.
    private static string Word(int number) => string.Concat(Enumerable.Range(0, 4).Select(i => (char)('a' + number / (int)Math.Pow(26, i) % 26)));
}
