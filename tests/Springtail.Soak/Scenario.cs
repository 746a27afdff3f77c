using System;
using System.Collections.Generic;
using System.Linq;
using Springtail.Packets;

namespace Springtail.Soak;

/// <summary>What a seed stands for: who takes part with what options, and what befalls them. The same seed draws the same.</summary>
internal sealed class Scenario
{
    private const long Day = 86400000;

    private static readonly byte[] s_psk = Convert.FromHexString("157df04f16c4f4939f74eadd7428a543e1a6d4de385dc1a0b16399cf9495656c");
    private static readonly byte[] s_insidersPsk = Convert.FromHexString("8c1f52e6f0a94b7e6d3e15c9b82a7740513fd6a2ce98046b7f20d1e36b5a9c11");

    private readonly Random _random;

    public Scenario(uint seed)
    {
        Seed = seed;
        _random = new Random((int)seed);
        Clients = Chance(70) ? 1 : Between(2, 4);
        Token = Chance(12);
        Suite = Token ? 4 : Between(1, 3);
        Features = Token || Suite == 2 ? Pick(0, 2) : Between(0, 3);
        Keepalive = Pick(3, 5, 6);
        RekeyAfterSeconds = Chance(30) ? Between(2, 40) : 900;
        RekeyAfterPackets = Chance(30) ? Between(5, 200) : 1 << 20;
        SendBuffers = Pick(1, 4, 4, 16, 64);
        Ahead = Pick(1, 4, 4, 16, 64);
        MaxMessageSize = Pick(1145, 8192, 8192, 30000);
        (PortMin, PortCount) = Chance(15) ? (20000, Between(8, 64)) : (1024, 64512);
        Rendezvous = Chance(15) ? 4000 : 0;
        Delay = Pick(1, 5, 20, 80, 200);
        MessagePause = Pick(100, 500, 1000, 3000) * Clients;
        MessageSize = Math.Min(MaxMessageSize, Pick(8, 200, 1500, 5000));
        ServerUtc = Chance(20) ? 1792671081941 / Day * Day + Day - Between(1000, 60000) : 1792671081941 + Between(0, (int)Day);
        ClientUtc = Enumerable.Range(0, Clients).Select(_ => ServerUtc + Between(-8000, 8000)).ToArray();
        Drift = Enumerable.Range(0, Clients + 1).Select(_ => Pick(0, 0, -100, 100)).ToArray();
        int rounds = Chance(60) ? 1 : 2;
        for (int i = 0; i < rounds; i++)
        {
            Rounds.Add(DrawRound());
        }

        Closes = Chance(50);

        // Last, so that the other seeds stay what they were.
        Suite = Token ? Pick(4, 5) : Suite;
        if (Chance(40))
        {
            Rounds[^1].Add(DrawField(Between(0, 15000)));
        }

        if (LargePackets)
        {
            (SendBuffers, Ahead, MaxMessageSize, MessageSize) = (32, 32, 18000, 18000);

            // So many packets have to move again within a few round trips.
            Delay = Math.Min(Delay, 80);
        }
    }

    public uint Seed { get; }

    public int Clients { get; }

    public bool Token { get; }

    public int Suite { get; }

    public int Features { get; }

    public int Keepalive { get; }

    public int RekeyAfterSeconds { get; }

    public int RekeyAfterPackets { get; }

    public int SendBuffers { get; }

    public int Ahead { get; }

    public int MaxMessageSize { get; }

    public int PortMin { get; }

    public int PortCount { get; }

    /// <summary>A fixed rendezvous port, or 0.</summary>
    public int Rendezvous { get; }

    /// <summary>ms on the way at the least.</summary>
    public int Delay { get; }

    /// <summary>ms between two messages of one side, on average, and their size at the most.</summary>
    public int MessagePause { get; }

    public int MessageSize { get; }

    public long ServerUtc { get; }

    public long[] ClientUtc { get; }

    /// <summary>Parts per million, of the server and of each client.</summary>
    public int[] Drift { get; }

    /// <summary>The troubles of each round, with times from its beginning. After each round there is calm.</summary>
    public List<List<Trouble>> Rounds { get; } = new();

    /// <summary>All send large packets where the path takes them, and messages that are worth it.</summary>
    public bool LargePackets => Seed > 250 && Seed % 5 == 0;

    /// <summary>Whether the path takes them only now and then.</summary>
    public bool NarrowsPath => LargePackets && Seed % 2 == 0;

    /// <summary>Whether the clients close their sessions at the end.</summary>
    public bool Closes { get; }

    public ChannelOptions ServerOptions()
    {
        ChannelOptions options = ChannelOptions.ForServer();
        options.MaxSessions = 64;
        options.MaxHalfOpen = 16;

        // The clients share a PSK, as peers do not: with two for each they would push each other's handshakes out.
        options.HalfOpenPerPsk = 16;
        options.SynMemory = 64;
        options.SendBuffers = Math.Max(SendBuffers, 16);
        options.ReceiveAhead = Math.Max(Ahead, 16);
        Configure(options);
        if (HasInsider)
        {
            options.Psk = null;
            options.Psks = new[] { s_psk, s_insidersPsk };

            // Each key has places of its own.
            options.HalfOpenPerPsk = options.MaxHalfOpen / 2;
        }

        return options;
    }

    /// <summary>How long a key is used by the side that asks for rekeys, awake, in ms (PROTOCOL.md 12.1).</summary>
    public long KeyLife => Math.Max(2 * RekeyAfterSeconds, RekeyAfterSeconds + 60) * 1000L;

    /// <summary>The server has a state folder: where it ends in order, it keeps its sessions.</summary>
    public bool HasState => !Token && Seed % 2 == 0;

    /// <summary>Who takes part besides, with a key of his own.</summary>
    public bool HasInsider => Rounds[^1].Exists(trouble => trouble.Fault == Fault.Insider);

    public ChannelOptions InsiderOptions()
    {
        ChannelOptions options = ClientOptions();
        options.Psk = s_insidersPsk;
        return options;
    }

    public ChannelOptions ClientOptions()
    {
        ChannelOptions options = new() { SendBuffers = SendBuffers, ReceiveAhead = Ahead };
        options.Suite = Suite;
        options.Features = Features;
        return Configure(options);
    }

    public override string ToString()
    {
        List<string> lines = new()
        {
            $"{Clients} clients, suite {Suite}, features {Features}, keepalive {Keepalive} s, rekey after {RekeyAfterSeconds} s or {RekeyAfterPackets} packets",
            $"send buffers {SendBuffers}, ahead {Ahead}, messages to {MessageSize} of {MaxMessageSize} bytes each {MessagePause} ms, delay {Delay} ms{(LargePackets ? ", in large packets" : "")}",
            $"ports {PortMin}+{PortCount}, rendezvous {Rendezvous}, clocks {string.Join(" ", ClientUtc.Select(u => u - ServerUtc))}, drift {string.Join(" ", Drift)}",
        };
        for (int i = 0; i < Rounds.Count; i++)
        {
            lines.AddRange(Rounds[i].Select(trouble => $"round {i + 1}: {trouble}"));
        }

        return string.Join(Environment.NewLine, lines);
    }

    private List<Trouble> DrawRound()
    {
        List<Trouble> round = new();
        int count = Between(1, 4);
        for (int i = 0; i < count; i++)
        {
            round.Add(Draw(Between(0, 15000)));
        }

        return round;
    }

    private Trouble Draw(long from)
    {
        int anyone = Between(0, Clients + 1);
        int someone = Between(1, Clients + 1);
        int client = Between(2, Clients + 1);
        int time = Between(2000, 40000);
        Fault fault = (Fault)Between(0, (int)Fault.Forgery);
        return fault switch
        {
            Fault.Loss => new(fault, from, from + time, Between(5, 60), anyone),
            Fault.Burst => new(fault, from, from + (Chance(80) ? Between(1000, 20000) : Between(20000, 90000)), 100, anyone),
            Fault.Reordering => new(fault, from, from + time, Between(20, 2000), 0),
            Fault.Duplication => new(fault, from, from + time, Between(5, 100), 0),
            Fault.Corruption => new(fault, from, from + time, Between(1, 40), anyone),
            Fault.Mtu => new(fault, from, from + time, Between(400, 1100), 0),
            Fault.Path => new(fault, from, from + time, Between(1000, 15000), client),
            Fault.ClockStep => new(fault, from, from + time, Pick(-3600, 3600, -86400, Between(-5, 5)), someone),
            Fault.Freeze => new(fault, from, from + (Chance(60) ? Between(200, 20000) : Between(20000, 240000)), 0, someone),
            Fault.Restart => new(fault, from, from + Between(0, 20000), 0, someone),
            Fault.Sleep => new(fault, from, from + Between(500, 60000), Pick(0, 60, 3600), client),
            Fault.Rekey => new(fault, from, from + time, Between(10, 5000), anyone),
            Fault.SlowReader => new(fault, from, from + time, 0, someone),
            Fault.Replay => new(fault, from, from + time, Between(5, 500), 0),
            _ => new(fault, from, from + time, Between(5, 500), 0),
        };
    }

    // What is met in the field.
    private Trouble DrawField(long from)
    {
        int time = Between(5000, 40000);
        return (Fault)Between((int)Fault.Side, (int)(Token ? Fault.ServerPath : Fault.Insider)) switch
        {
            Fault.Side => new(Fault.Side, from, from + time, Between(20, 100), 0),
            Fault.Dropper => new(Fault.Dropper, from, from + (RekeyAfterSeconds < 60 ? Between(5000, 150000) : time), Between(60, 180), 0),
            Fault.Delay => new(Fault.Delay, from, from + time, Between(500, 4000), 0),
            Fault.ServerPath => new(Fault.ServerPath, from, from, 0, 1),
            _ => new(Fault.Insider, from, from, Between(5, 500), Clients + 2),
        };
    }

    private ChannelOptions Configure(ChannelOptions options)
    {
        options.MaxMessageSize = MaxMessageSize;
        options.SendsLargePackets = LargePackets;
        options.Keepalive = Keepalive;
        options.PortMin = PortMin;
        options.PortCount = PortCount;
        options.RendezvousPort = Rendezvous;
        options.DiscoveryPort = Seed % 8 == 0 ? 0 : options.DiscoveryPort;
        options.RekeyAfterSeconds = RekeyAfterSeconds;
        options.RekeyAfterPackets = RekeyAfterPackets;
        if (Token)
        {
            options.Token = "amber-raven";
            options.Suite = Suite;
        }
        else
        {
            options.Psk = s_psk;
        }

        return options;
    }

    private bool Chance(int percent) => _random.Next(100) < percent;

    // Both included.
    private int Between(int least, int most) => _random.Next(least, most + 1);

    private int Pick(params int[] values) => values[_random.Next(values.Length)];
}
