using System;
using System.Collections.Generic;
using System.Linq;
using Springtail.Packets;
using Springtail.Sessions;
using Springtail.Transport;

namespace Springtail.Soak;

/// <summary>One seed: its scenario, played in virtual time, with the invariants checked at every step.</summary>
internal sealed class Run
{
    private const long RecoveryTime = 30000;
    private const long CloseTime = 75000;

    // What waits moves again within that, and three round trips.
    private const long HurryTime = 5000;

    // A call of the insider's may leave the listener a session, which hops until another one of his takes its place.
    private const int InsidersWakes = 40;
    private const long SilenceTime = 60000;

    private readonly Scenario _scenario;
    private readonly Wire _wire;
    private readonly ServerNode _server;
    private readonly List<ClientNode> _clients = new();
    private readonly InsiderNode? _insider;
    private readonly List<Node> _nodes = new();
    private readonly Dictionary<ulong, Conversation> _conversations = new();
    private readonly List<Talk> _talks = new();
    private readonly List<(long At, Action What)> _plan = new();
    private readonly Action<string>? _log;
    private long _inspectAt;
    private long _idleSteps;

    private Run(uint seed, Action<string>? log, bool packets)
    {
        _log = log;
        PacketLog = packets ? log : null;
        _scenario = new Scenario(seed);
        Random = new Random((int)(seed ^ 0x5EED));
        Net = new MemoryNetwork(seed);
        _wire = new Wire(Random, Net, Figures, _scenario.Delay) { Translates = (_scenario.Features & Features.ClientHops) == 0, Narrows = _scenario.NarrowsPath };
        _server = new ServerNode(this, _scenario);
        _nodes.Add(_server);
        for (int i = 0; i < _scenario.Clients; i++)
        {
            ClientNode client = new(this, _scenario, i + 2);
            _clients.Add(client);
            _nodes.Add(client);
        }

        if (_scenario.HasInsider)
        {
            _nodes.Add(_insider = new InsiderNode(this, _scenario, _nodes.Count + 1));
        }

        _wire.PortsOf = host => host >= 1 && host <= _nodes.Count ? _nodes[host - 1].Host.WirePorts() : Array.Empty<int>();
        log?.Invoke(_scenario.ToString());
    }

    public Random Random { get; }

    public MemoryNetwork Net { get; }

    public Nonces Nonces { get; } = new();

    /// <summary>How long a key is used, in ms; time in sleeps, and in which a program stands still, besides.</summary>
    public long KeyLife => _scenario.KeyLife + _scenario.Rounds.SelectMany(round => round).Where(t => t.Fault is Fault.Sleep or Fault.Freeze).Sum(t => t.Until - t.From);

    public Figures Figures { get; } = new();

    /// <summary>What is told of each packet; null for nothing.</summary>
    public Action<string>? PacketLog { get; }

    /// <summary>Where the server's name leads to now.</summary>
    public Endpoint ServerAddress => _wire.AddressOf(_server.Host);

    /// <summary>Plays a seed; gives its figures, and what did not hold, or null.</summary>
    public static (Figures Figures, Violation? Violation) Play(uint seed, Action<string>? log = null, bool packets = false)
    {
        Run run = new(seed, log, packets);
        Violation? found = null;
        try
        {
            run.Play();
        }
        catch (Violation violation)
        {
            found = violation;
        }
        catch (Exception exception)
        {
            found = new Violation(Invariant.Sound, $"{exception.GetType().Name}: {exception.Message}", exception);
        }

        run._server.Dispose();
        run.Figures.Seeds = 1;
        run.Figures.Time = run.Net.Now;
        run.Figures.Sessions = run._conversations.Count;
        run.Figures.Rekeys = run._talks.Sum(t => t.Session.Rekeys);
        run.Figures.Violations = found == null ? 0 : 1;
        run.Figures.SlowestSeed = seed;
        run.Figures.MostPackets = run.Figures.Packets;
        run.Figures.MostPacketsSeed = seed;
        return (run.Figures, found);
    }

    /// <summary>The application has a session, or has moved on to it from that of <paramref name="before"/>.</summary>
    public Talk NewTalk(Session session, MemoryTransport host, Talk? before = null)
    {
        if (!_conversations.TryGetValue(session.Id, out Conversation? conversation))
        {
            conversation = session.IsContinued ? _conversations[session.Continues] : new Conversation(session.Id);
            _conversations[session.Id] = conversation;
        }

        if (before != null && session.IsContinued != (conversation == before.Conversation))
        {
            throw new Violation(Invariant.Delivery, $"one side of session {session.Id:x4} continues another with it, and one does not");
        }

        // One that was saved, and had no answer when it came back, is not named.
        if (before is { Session.EndCode: ErrorCode.Replaced } && !session.IsContinued && _server.Has(before.Session.Id))
        {
            throw new Violation(Invariant.Delivery, $"the server has session {before.Session.Id:x4}, and {session.Id:x4} does not continue it");
        }

        Talk talk = new(this, _scenario, host, session, conversation);
        if (before != null)
        {
            talk.Follows(before);
        }

        _talks.Add(talk);
        return talk;
    }

    private void Play()
    {
        foreach (Node node in _nodes)
        {
            node.Start();
        }

        foreach (List<Trouble> round in _scenario.Rounds)
        {
            long start = Net.Now + Random.Next(3000);
            foreach (Trouble trouble in round)
            {
                Plan(trouble with { From = start + trouble.From, Until = start + trouble.Until });
            }

            RunUntil(_plan.Max(p => p.At) + 1, () => false);
            RequireRecovery();
            RunUntil(Net.Now + Random.Next(5000), () => false);
        }

        if (_scenario.Closes)
        {
            Close();
        }

        foreach (Node node in _nodes)
        {
            node.Inspect();
        }
    }

    // Within 30 s each client has a session in which messages sent from now on arrive both ways.
    private void RequireRecovery()
    {
        long begun = Net.Now;
        _log?.Invoke($"{begun} ms: calm");
        foreach (Talk talk in Talks())
        {
            talk.Mark();
        }

        Hurry(begun);
        bool works = RunUntil(begun + RecoveryTime, () => _clients.All(c => c.Talk?.Works == true));
        Figures.SlowestRecovery = Math.Max(Figures.SlowestRecovery, Net.Now - begun);
        if (!works)
        {
            string states = string.Join("; ", _clients.Select(c => $"client {c.Number} {c.Describe()}"));
            throw new Violation(Invariant.Recovery, $"{RecoveryTime} ms after the trouble: {states}; server: {string.Join(", ", _server.Talks.Select(t => t.Describe()))}");
        }

        RequirePaths();
    }

    // Messages reach the clients, so no session's path is that of the one who stands beside it and cannot decrypt.
    private void RequirePaths()
    {
        foreach (Talk talk in _server.Talks)
        {
            if (talk.Works && Wire.IsBeside(talk.Session.Peer))
            {
                throw new Violation(Invariant.Path, $"the path of {talk.Describe()}");
            }
        }
    }

    // What waits in a session of suites 1 to 3 goes both ways again within 5 s and three round trips. Sessions with a token are not replaced, a first call has
    // its own times, and so has a session whose round trip one of its sides has measured above a second.
    private void Hurry(long begun)
    {
        List<ClientNode> waiting = _clients.FindAll(client => client.Talk is { Session: { Suite: <= 3, RoundTripTime: <= 1000 } session }
            && _server.Talks.All(talk => talk.Session.Id != session.Id || talk.Session.RoundTripTime <= 1000));
        if (waiting.Count == 0)
        {
            return;
        }

        long roundTrips = 6L * _scenario.Delay;
        bool moves = RunUntil(begun + HurryTime + roundTrips, () => waiting.TrueForAll(client => client.Talk?.Moves == true));
        long took = Net.Now - begun - roundTrips;
        _log?.Invoke($"{Net.Now} ms: {(moves ? "moves" : "does not move")} again");
        Figures.Calms++;
        if (took > Figures.SlowestMove)
        {
            Figures.SlowestMove = took;
            Figures.SlowestMoveSeed = _scenario.Seed;
        }

        if (!moves)
        {
            string states = string.Join("; ", waiting.Select(c => $"client {c.Number} {c.Describe()}"));
            throw new Violation(Invariant.Recovery, $"nothing moves {HurryTime} ms and three round trips after the trouble: {states}");
        }
    }

    // Nothing is lost when sessions are closed in calm, and nothing is left of their keys.
    private void Close()
    {
        List<Talk> talks = Talks().ToList();
        talks.RemoveAll(t => talks.Count(other => other.Session.Id == t.Session.Id) == 1);
        foreach (Talk talk in talks)
        {
            talk.Silent = true;
        }

        if (!RunUntil(Net.Now + SilenceTime, () => talks.All(t => t.Session.State == SessionState.Ended || t.Session.AllAcknowledged)))
        {
            throw new Violation(Invariant.Recovery, $"messages are not acknowledged after {SilenceTime} ms of calm: {string.Join(", ", talks.Select(t => t.Describe()))}");
        }

        foreach (ClientNode client in _clients)
        {
            client.Close();
        }

        if (!RunUntil(Net.Now + CloseTime, () => _clients.All(c => c.Down)))
        {
            throw new Violation(Invariant.Recovery, $"sessions have not closed after {CloseTime} ms of calm");
        }
    }

    private IEnumerable<Talk> Talks() => _clients.Select(c => c.Talk).OfType<Talk>().Concat(_server.Talks);

    private void Plan(Trouble trouble)
    {
        Node? node = trouble.Host == 0 ? null : _nodes[trouble.Host - 1];
        switch (trouble.Fault)
        {
            case Fault.Path:
                for (long at = trouble.From; at < trouble.Until; at += 1 + Random.Next(2 * trouble.Degree))
                {
                    At(at, trouble, () => _wire.ChangePath(trouble.Host));
                }

                break;
            case Fault.Insider:
                At(trouble.From, trouble, () => _insider!.BeginCalling(trouble.Degree));
                break;
            case Fault.ServerPath:
                At(trouble.From, trouble, () => _wire.ChangePath(1));
                break;
            case Fault.ClockStep:
                At(trouble.From, trouble, () => node!.Host.UtcBase += trouble.Degree * 1000L);
                At(trouble.Until, null, () => node!.Host.UtcBase -= trouble.Degree * 1000L);
                break;
            case Fault.Freeze:
                At(trouble.From, trouble, () => node!.Frozen = true);
                At(trouble.Until, null, () => node!.Thaw());
                break;
            case Fault.Restart:
                At(trouble.From, trouble, () =>
                {
                    if (!node!.Down && node == _server && trouble.From % 4 != 0)
                    {
                        _server.End();
                    }
                    else if (!node.Down)
                    {
                        node.Kill();
                    }
                });
                At(trouble.Until, null, () =>
                {
                    if (node!.Down)
                    {
                        node.Start();
                    }
                });
                break;
            case Fault.Sleep:
                ClientNode sleeper = (ClientNode)node!;
                At(trouble.From, trouble, () => sleeper.Sleep(trouble.Degree));
                At(trouble.Until, null, () =>
                {
                    // Its NAT has forgotten it, as often as not.
                    if (Random.Next(2) == 0)
                    {
                        _wire.ChangePath(trouble.Host);
                    }

                    sleeper.Wake();
                });
                if (Random.Next(4) == 0)
                {
                    At(trouble.Until + Random.Next(5000), null, sleeper.RestoreAgain);
                }

                break;
            case Fault.Rekey:
                for (long at = trouble.From; at < trouble.Until; at += 1 + Random.Next(2 * trouble.Degree))
                {
                    At(at, trouble, () =>
                    {
                        foreach (Talk talk in trouble.Host == 0 ? Talks() : trouble.Host == 1 ? _server.Talks : Talks().Where(t => !t.Session.IsServer))
                        {
                            talk.Session.Rekey(_nodes[talk.Session.IsServer ? 0 : 1].Host.Now);
                        }
                    });
                }

                break;
            case Fault.SlowReader:
                At(trouble.From, trouble, () => SetAway(node!, true));
                At(trouble.Until, null, () => SetAway(node!, false));
                break;
            default:
                At(trouble.From, null, () =>
                {
                    _wire.Troubles.Add(trouble);
                    _wire.Schedule();
                });
                At(trouble.Until, null, () =>
                {
                    _wire.Troubles.Remove(trouble);
                    _wire.Schedule();
                });
                break;
        }
    }

    private void At(long at, Trouble? counted, Action what)
    {
        _plan.Add((at, () =>
        {
            if (counted != null)
            {
                Figures.Count(counted.Fault);
            }

            what();
        }
        ));
    }

    // Goes on until something holds, or to a moment; gives whether it held.
    private bool RunUntil(long end, Func<bool> holds)
    {
        while (!holds())
        {
            if (Net.Now >= end)
            {
                return false;
            }

            Step(end);
        }

        return true;
    }

    private void Step(long end)
    {
        long wake = long.MaxValue;
        foreach (Node node in _nodes)
        {
            wake = Math.Min(wake, node.WakeAt);
        }

        long next = Math.Min(Math.Min(end, wake), _wire.NextAt);
        foreach ((long at, _) in _plan)
        {
            next = Math.Min(next, at);
        }

        long before = Figures.Packets + Figures.Said;
        Net.Advance(Math.Max(next, Net.Now + 1));
        bool idle = wake <= Net.Now;
        for (int i = 0; i < _plan.Count; i++)
        {
            if (_plan[i].At <= Net.Now)
            {
                Action what = _plan[i].What;
                _plan.RemoveAt(i--);
                what();
                idle = false;
            }
        }

        while (_wire.Take(out int host) is { } parcel)
        {
            idle = false;
            if (host >= 1 && host <= _nodes.Count)
            {
                _nodes[host - 1].Receive(parcel);
            }
        }

        foreach (Node node in _nodes)
        {
            node.Work();
        }

        if (Net.Now >= _inspectAt)
        {
            _inspectAt = Net.Now + 5000 + Random.Next(30000);
            foreach (Node node in _nodes)
            {
                node.Inspect();
            }
        }

        // Hops and timers wake a session a few times a second, not more.
        _idleSteps += idle && Figures.Packets + Figures.Said == before ? 1 : 0;
        if (_idleSteps > 200 + Net.Now / 1000 * 8 * (_conversations.Count + 1) + InsidersWakes * (_insider?.Calls ?? 0))
        {
            throw new Violation(Invariant.Bounded, $"{_idleSteps} times in {Net.Now} ms somebody woke up for nothing");
        }
    }

    private static void SetAway(Node node, bool away)
    {
        if (node is ServerNode server)
        {
            server.Away = away;
        }
        else
        {
            ((ClientNode)node).Away = away;
        }
    }
}
