using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Springtail.Keys;
using Springtail.Listening;
using Springtail.Packets;
using Springtail.Sessions;
using Springtail.Transport;

namespace Springtail.Soak;

/// <summary>A host with a process on it that speaks the protocol, and an application.</summary>
internal abstract class Node
{
    // What comes while a process stands still, or is busy elsewhere, waits in the socket up to here.
    private const int SocketBuffer = 64;

    private readonly byte[] _buffer = new byte[Packet.LargestTaken + 1];
    private readonly Endpoint _from = new();
    private readonly Queue<Parcel> _backlog = new();
    private readonly HashSet<(UInt128 Key, ulong Number)> _accepted = new();
    private readonly Dictionary<Session, uint> _counts = new(ReferenceEqualityComparer.Instance);
    private Driver? _driver;

    protected Node(Run run, int number, long utc, int drift)
    {
        Run = run;
        Number = number;
        Host = run.Net.Host(number);
        Host.UtcBase = utc;
        Host.DriftPartsPerMillion = drift;
        Keys = new KeyWatch(() => Host.Now, run.Nonces, run.KeyLife);
        Core = new SoakCore(run.Random, Keys, run.PacketLog == null ? null : line => run.PacketLog($"{run.Net.Now} ms: host {number} {line}"));
    }

    public int Number { get; }

    public MemoryTransport Host { get; }

    public bool Frozen { get; set; }

    /// <summary>The process is not there.</summary>
    public bool Down => _driver == null;

    /// <summary>When the node wants to be called, in network time.</summary>
    public long WakeAt
    {
        get
        {
            if (Frozen)
            {
                return long.MaxValue;
            }

            long at = ApplicationAt;
            if (_driver != null)
            {
                int idle = _driver.IdleTime;
                at = idle == int.MaxValue ? at : Math.Min(at, Run.Net.Now + Math.Max(1, idle));
            }

            return at;
        }
    }

    protected Run Run { get; }

    protected SoakCore Core { get; }

    protected KeyWatch Keys { get; }

    protected abstract long ApplicationAt { get; }

    /// <summary>What stands in memory.</summary>
    protected abstract object[] Roots { get; }

    /// <summary>How much that may be, in bytes.</summary>
    protected abstract long Bound { get; }

    public abstract void Start();

    /// <summary>The process is gone from one moment to the next.</summary>
    public abstract void Kill();

    protected abstract Session? Find(ulong sessionId);

    protected abstract void Application();

    public void Receive(Parcel parcel)
    {
        if (Frozen)
        {
            if (_backlog.Count < SocketBuffer)
            {
                _backlog.Enqueue(parcel);
            }

            return;
        }

        Run.Net.Inject(parcel.From, parcel.To, parcel.Bytes, parcel.Bytes.Length);
        int size = Host.Receive(_buffer, _from, out int port, 0);
        if (size <= 0 || _driver == null)
        {
            return;
        }

        Core.LastOpened = null;
        _driver.Take(_buffer, size, _from, port);
        if (Core.LastOpened is { } opened && Find(opened.SessionId) is { } session)
        {
            uint count = session.Counters.PacketsReceived;
            bool accepted = count != _counts.GetValueOrDefault(session);
            _counts[session] = count;
            if (accepted)
            {
                Run.Figures.Accepted++;
                if (opened.Key != 0 && !_accepted.Add((opened.Key, opened.Number)))
                {
                    throw new Violation(Invariant.Once, $"packet {opened.Number} of session {opened.SessionId:x16} was accepted twice by host {Number}");
                }
            }
        }

        Work();
    }

    public void Thaw()
    {
        Frozen = false;
        while (_backlog.TryDequeue(out Parcel? parcel))
        {
            Receive(parcel);
        }

        Work();
    }

    public void Work()
    {
        if (!Frozen)
        {
            Application();
            _driver?.Flush();
            Application();
            _driver?.Flush();
        }
    }

    /// <summary>Searches the memory for keys that are spent, and measures it.</summary>
    public void Inspect()
    {
        if (Frozen || _driver == null)
        {
            return;
        }

        Run.Figures.Searches++;
        long size = Keys.Check(new ObjectGraph(Roots));
        Run.Figures.LargestGraph = Math.Max(Run.Figures.LargestGraph, size);
        if (size > Bound)
        {
            throw new Violation(Invariant.Bounded, $"host {Number} holds {size} bytes, and may hold {Bound}");
        }
    }

    protected void Begin(IProtocolPeer peer)
    {
        _driver = new Driver(peer, Host, Host);
        _driver.Flush();
    }

    protected void Stop()
    {
        _driver?.ClosePorts();
        _driver = null;
        _counts.Clear();
    }

    // Three failures end a token: the users agree on one anew, and it may be the same word.
    protected static void RenewToken(ChannelOptions options)
    {
        if (options.TokenGuard?.IsSpent == true)
        {
            options.Token = options.Token;
        }
    }

    // The fixed part is what the emptiest session takes, with room to spare; the rest are the buffers.
    protected static long SessionBound(ChannelOptions options)
    {
        int fragments = options.SendBuffers + options.ReceiveAhead + (options.MaxMessageSize + DataPayload.FragmentSize - 1) / DataPayload.FragmentSize;
        return 8192 + fragments * (DataPayload.FragmentSize + 120L);
    }
}

/// <summary>The host that listens.</summary>
internal sealed class ServerNode : Node
{
    private readonly ChannelOptions _options;
    private readonly DirectoryInfo? _folder;
    private readonly Dictionary<ulong, Talk> _talks = new();
    private Server? _server;

    public ServerNode(Run run, Scenario scenario)
        : base(run, 1, scenario.ServerUtc, scenario.Drift[0])
    {
        _options = scenario.ServerOptions();
        if (scenario.HasState)
        {
            _folder = Directory.CreateTempSubdirectory("springtail-soak-");
            byte[] installation = new byte[LongTermKeys.InstallationIdSize];
            run.Random.NextBytes(installation);
            using (FileStream file = PrivateFiles.Open(System.IO.Path.Combine(_folder.FullName, StateFolder.InstallationFile), FileMode.Create, FileAccess.Write, FileShare.None))
            {
                file.Write(installation);
            }

            _options.State = new StateFolder(_folder.FullName);
        }
    }

    public bool Away { get; set; }

    public IEnumerable<Talk> Talks => _talks.Values;

    /// <summary>It has a session that a client could go on with.</summary>
    public bool Has(ulong sessionId) => _talks.TryGetValue(sessionId, out Talk? talk) && talk.Session.TakesMessages;

    protected override object[] Roots => new object[] { _server! };

    // A seat for each session, and for those that ended unseen; a remembered SYN has its answer and two keys.
    protected override long Bound => 16384 + _server!.AllSessions().Length * SessionBound(_options) + _options.SynMemory * 1024;

    protected override long ApplicationAt
    {
        get
        {
            long at = long.MaxValue;
            foreach (Talk talk in _talks.Values)
            {
                at = talk.Session.CanSend && !talk.Silent ? Math.Min(at, Math.Max(talk.NextAt, Run.Net.Now + 1)) : at;
            }

            return at;
        }
    }

    public override void Start()
    {
        _server = new Server(Core, _options, Host.Now, Host.UtcNow);
        _server.TakeUpKept(Host.Now, Host.UtcNow);
        Begin(_server);
    }

    /// <summary>Ends in order, as far as it can be done at once: the next start goes on with the sessions.</summary>
    public void End()
    {
        if (_options.KeepsSessions)
        {
            Run.Figures.Kept += _server!.AllSessions().Count(s => s.MayBeKept && s.IsReadyToKeep);
            _server.KeepAtEnd(Host.Now, Host.UtcNow);
            _server.Abandon();
        }

        Kill();
    }

    public void Dispose() => _folder?.Delete(recursive: true);

    public override void Kill()
    {
        // What was kept is not the application's to read.
        foreach (Talk talk in _talks.Values.Where(t => !t.Session.IsKeptForNext))
        {
            talk.Read();
        }

        _talks.Clear();
        _server = null;
        Stop();
        Keys.Forget();
    }

    protected override Session? Find(ulong sessionId) => Array.Find(_server!.AllSessions(), s => s.Id == sessionId && s.State != SessionState.Ended);

    protected override void Application()
    {
        if (_server == null)
        {
            return;
        }

        RenewToken(_options);
        while (_server.Accept() is { } session)
        {
            if (session.KeyIndex != 0)
            {
                // The insider's, to whom nobody speaks.
                continue;
            }

            _talks.Add(session.Id, Run.NewTalk(session, Host));
            if (session.Suite >= 4)
            {
                Keys.KeepsFirst(session.Id);
            }
        }

        foreach (Talk known in _talks.Values.ToArray())
        {
            Talk talk = known;
            while (talk.Session.MoveOn() is { } next)
            {
                _talks.Remove(talk.Session.Id);
                if (next.Id != talk.Session.Id)
                {
                    Keys.SessionEnded(talk.Session.Id);
                }

                _talks.Add(next.Id, talk = Run.NewTalk(next, Host, talk));
            }

            talk.Away = Away;
            talk.Work();
            if (talk.Session.State != SessionState.Ended)
            {
                continue;
            }

            talk.Read();
            talk.Ended();
            Keys.SessionEnded(talk.Session.Id);
            _talks.Remove(talk.Session.Id);
        }

        int limit = _options.MaxSessions * 2 + _options.MaxHalfOpen;
        if (_server.AllSessions().Length > limit)
        {
            throw new Violation(Invariant.Bounded, $"the server holds {_server.AllSessions().Length} sessions, and may hold {limit}");
        }
    }
}

/// <summary>A host that connects, and connects anew when its session has ended.</summary>
internal sealed class ClientNode : Node
{
    // A session with a token makes no handshake beside itself: its application gives it up after that time without its peer, in ms.
    private const long Patience = 8000;

    private static readonly string[] s_rungs = { "time sync", "repair", "rekey", "emergency" };

    private readonly ChannelOptions _options;
    private Client? _client;
    private Talk? _talk;
    private byte[]? _snapshot;
    private Direction? _saved;
    private int _savedBegun;
    private long _startAt;
    private long _lookedUpAt;
    private bool _sleepy;
    private SessionState _seen;
    private int _rung;
    private long _recoveringSince;

    public ClientNode(Run run, Scenario scenario, int number)
        : base(run, number, scenario.ClientUtc[number - 2], scenario.Drift[number - 1])
    {
        _options = scenario.ClientOptions();
    }

    public bool Away { get; set; }

    /// <summary>It does not connect any more.</summary>
    public bool Finished { get; set; }

    public Talk? Talk => _talk;

    protected override object[] Roots => new object[] { _client! };

    // A session, and one that a handshake beside it has led to.
    protected override long Bound => 16384 + 2 * SessionBound(_options);

    protected override long ApplicationAt
    {
        get
        {
            if (_client == null)
            {
                return Finished ? long.MaxValue : _startAt;
            }

            return _talk != null && _talk.Session.CanSend && !_talk.Silent ? Math.Max(_talk.NextAt, Run.Net.Now + 1) : long.MaxValue;
        }
    }

    public string Describe() => _client == null ? "not there" : _talk == null ? $"{_client.State}" : _talk.Describe();

    public override void Start() => Connect();

    public override void Kill()
    {
        _talk?.Read();
        _talk = null;
        _client = null;
        _startAt = long.MaxValue;
        Stop();
        Keys.Forget();
    }

    /// <summary>The session is to be saved as soon as it can be, and the host sleeps.</summary>
    public void Sleep(int announcedSeconds)
    {
        if (_talk != null)
        {
            _sleepy = true;
            _talk.Silent = true;
            if (announcedSeconds != 0)
            {
                _talk.Session.AnnounceSleep((uint)announcedSeconds, Host.Now);
            }
        }
    }

    /// <summary>The host wakes up with what it saved.</summary>
    public void Wake()
    {
        _sleepy = false;
        if (_talk != null)
        {
            _talk.Silent = false;
            _talk.Session.AnnounceSleep(0, Host.Now);
        }
        else if (_snapshot != null && _client == null)
        {
            Run.Figures.Resumes++;
            _client = new Client(Core, _options, Run.ServerAddress, _snapshot[..], Host.Now, Host.UtcNow);
            Begin(_client);
        }
        else if (_client == null)
        {
            Connect();
        }
    }

    /// <summary>The host ends without a word and is restored once more from the same snapshot.</summary>
    public void RestoreAgain()
    {
        if (_snapshot != null)
        {
            Kill();
            _saved!.GoBack(_savedBegun);
            Wake();
            _snapshot = null;
        }
    }

    public void Close()
    {
        Finished = true;
        _talk?.Session.Close(Host.Now);
    }

    protected override Session? Find(ulong sessionId) => _client?.Session?.Id == sessionId ? _client.Session : null;

    protected override void Application()
    {
        if (_client == null)
        {
            if (!Finished && Run.Net.Now >= _startAt)
            {
                Connect();
            }

            return;
        }

        LookUp(_client);
        while (_talk?.Session.MoveOn() is { } next)
        {
            Talk before = _talk;
            Run.Figures.Recovered(before.Session.Id == next.Id ? s_rungs[3] : "a handshake beside it");

            // After an emergency the same session goes on, with keys that were in use before it was over.
            if (before.Session.Id != next.Id)
            {
                Keys.SessionEnded(before.Session.Id);
            }

            TakeUp(next, before);
        }

        if (_talk == null && _client.State is ClientState.Connected or ClientState.Resuming)
        {
            TakeUp(_client.Session, null);
        }

        if (_talk != null)
        {
            _talk.Away = Away;
            _talk.Work();
            Note(_talk.Session.State);
            if (_sleepy && _talk.Session.CanSave)
            {
                Save();
                return;
            }
        }

        // A saved session that the server does not answer has ended, and the handshake that follows it goes on.
        if (_client.State == ClientState.Failed || (_talk?.Session.State == SessionState.Ended && _client.State is not (ClientState.Calling or ClientState.Confirming)))
        {
            Leave();
        }
    }

    private void TakeUp(Session session, Talk? before)
    {
        _talk = Run.NewTalk(session, Host, before);
        _seen = _talk.Session.State;
        if (_talk.Session.Suite >= 4)
        {
            Keys.KeepsFirst(_talk.Session.Id);
        }
    }

    private void Save()
    {
        _saved = _talk!.Out;
        _savedBegun = _saved.Begun;
        _snapshot = _talk.Session.Save(Host.Now, Host.UtcNow);
        Keys.SessionEnded(_talk.Session.Id);
        Inspect();
        Kill();
    }

    private void Note(SessionState state)
    {
        if (_seen == SessionState.Recovering && state == SessionState.Established)
        {
            Run.Figures.Recovered(s_rungs[_rung]);
        }

        if (state == SessionState.Recovering)
        {
            _recoveringSince = _seen == state ? _recoveringSince : Run.Net.Now;
            _rung = _talk!.Session.Recovery.Rung;
            if (_talk.Session.Suite >= 4 && Run.Net.Now - _recoveringSince > Patience)
            {
                _client!.Abandon();
            }
        }

        _seen = state;
    }

    // With each attempt and while one lasts, as ServerAddresses does it.
    private void LookUp(Client client)
    {
        client.NextServer = Run.ServerAddress;
        if (Run.Net.Now - _lookedUpAt >= ServerAddresses.LookUpInterval)
        {
            _lookedUpAt = Run.Net.Now;
            if (!client.GoesTo(Run.ServerAddress))
            {
                client.Leave();
            }
        }
    }

    private void Connect()
    {
        RenewToken(_options);
        _client = new Client(Core, _options, Run.ServerAddress, Host.Now, Host.UtcNow);
        Begin(_client);
    }

    private void Leave()
    {
        if (_talk != null)
        {
            _talk.Read();
            _talk.Ended();
            Keys.SessionEnded(_talk.Session.Id);
            _talk = null;
            Inspect();
        }

        if (!Finished)
        {
            Run.Figures.Recovered("a new session");
        }

        Stop();
        _client = null;
        _startAt = Run.Net.Now + 50 + Run.Random.Next(500);
    }
}

/// <summary>A host that has another key of the listener, and calls it again and again: it lets go of each call before anything can come of it, or soon after.</summary>
internal sealed class InsiderNode : Node
{
    private readonly ChannelOptions _options;
    private Client? _client;
    private long _nextAt = long.MaxValue;
    private int _pause;

    public InsiderNode(Run run, Scenario scenario, int number)
        : base(run, number, scenario.ServerUtc, 0)
    {
        _options = scenario.InsiderOptions();
    }

    public int Calls { get; private set; }

    protected override object[] Roots => new object[] { _client! };

    protected override long Bound => 16384 + SessionBound(_options);

    protected override long ApplicationAt => _nextAt;

    public override void Start()
    {
    }

    public override void Kill()
    {
        Stop();
        Keys.Forget();
    }

    /// <summary>From now on, a call each so many ms.</summary>
    public void BeginCalling(int pause)
    {
        _pause = pause;
        _nextAt = Run.Net.Now;
    }

    protected override Session? Find(ulong sessionId) => _client?.Session?.Id == sessionId ? _client.Session : null;

    protected override void Application()
    {
        if (Run.Net.Now < _nextAt)
        {
            return;
        }

        Kill();
        Calls++;
        _nextAt = Run.Net.Now + _pause;
        _client = new Client(Core, _options, Run.ServerAddress, Host.Now, Host.UtcNow);
        Begin(_client);
    }
}
