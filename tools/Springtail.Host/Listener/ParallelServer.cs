using System;
using System.Collections.Concurrent;
using System.Threading;
using Springtail.Crypto;
using Springtail.Packets;
using Springtail.Sessions;
using Springtail.Transport;

namespace Springtail.Listening;

/// <summary>
/// A server whose sessions are run by shards, each on a thread of its own, and whose key exchanges on another. What is its own (rendezvous, first packets,
/// admission, the directory) is guarded by its engine's gate, which is the reader's: it finds the session that a packet is for, and its shard does the rest.
/// </summary>
internal sealed class ParallelServer : IndexedServer
{
    // A thread for each core helps no more where there are many.
    private const int MaxShards = 16;

    private readonly ICryptoCore _core;
    private readonly Shard[] _shards;
    private readonly IClock _clock;
    private readonly SocketTransport _sockets;
    private readonly Descriptors _descriptors;
    private readonly BlockingCollection<Handshake> _handshakes = new BlockingCollection<Handshake>();
    private readonly Thread _deriving;
    private ChannelEngine _engine;
    private volatile bool _stopped;

    public ParallelServer(ICryptoCore core, ChannelOptions options, SocketTransport sockets, IClock clock)
        : base(core, options, new IndexedDirectory(options, keepsDeadlines: false), clock.Now, clock.UtcNow)
    {
        _core = core;
        _clock = clock;
        _sockets = sockets;
        _descriptors = new Descriptors(sockets, options);
        _shards = new Shard[Math.Clamp(Environment.ProcessorCount, 1, MaxShards)];
        for (int i = 0; i < _shards.Length; i++)
        {
            _shards[i] = new Shard(this, sockets, clock);
        }

        _deriving = new Thread(RunDerivations) { IsBackground = true, Name = "Springtail handshakes", Priority = ThreadPriority.BelowNormal };
    }

    /// <summary>True when what a packet did to a seat concerns more than its session.</summary>
    public static bool NeedsSettling(Seat seat)
    {
        SessionState state = seat.Session.State;
        return (state == SessionState.Ended && !seat.Ended) || (state == SessionState.Established && !seat.Established) || (seat.CanGo && !seat.Gone)
            || seat.Emergency != null || IndexedDirectory.NeedsLook(seat);
    }

    /// <summary>Starts the threads of the sessions and the key exchanges, before the engine's own.</summary>
    /// <param name="engine">The engine of this server.</param>
    public void Start(ChannelEngine engine)
    {
        _engine = engine;
        foreach (Shard shard in _shards)
        {
            shard.Engine.Start();
        }

        _deriving.Start();
    }

    /// <summary>Ends those threads, after the engine's own.</summary>
    public void Stop()
    {
        _stopped = true;
        _handshakes.CompleteAdding();
        _deriving.Join();
        foreach (Shard shard in _shards)
        {
            shard.Engine.Stop();
        }
    }

    /// <summary>The engine that runs a session: its gate guards it.</summary>
    public ChannelEngine EngineOf(Session session) => ((Seat)session.Owner).Place is Place { Shard: { } shard } ? shard.Engine : _engine;

    /// <summary>Called by a shard, under its gate: counts what has become of a seat, and opens and closes ports.</summary>
    public void SettleFor(Seat seat, long now)
    {
        lock (_engine.Gate)
        {
            Settle(seat, now);
            _engine.Flush();
        }

        _engine.Changed.Set();
    }

    /// <inheritdoc/>
    public override void Receive(byte[] packet, int size, Endpoint from, int localPort, long now, long utcNow)
    {
        IsClosed = !_descriptors.Suffice(Directory.Count + 1, now);
        base.Receive(packet, size, from, localPort, now, utcNow);
    }

    /// <inheritdoc/>
    public override void Abandon()
    {
        AbandonUnder(0);
    }

    /// <inheritdoc/>
    public override void Close(long now)
    {
        foreach (Shard shard in _shards)
        {
            shard.Post(null, Parcel.CloseAll, null, 0, null, 0);
        }
    }

    /// <inheritdoc/>
    public override void PrepareToKeep()
    {
        foreach (Shard shard in _shards)
        {
            shard.Post(null, Parcel.PrepareAll, null, 0, null, 0);
        }
    }

    /// <summary>The same, without any gate held.</summary>
    public override bool IsReadyToKeep => Array.TrueForAll(_shards, s => s.IsReadyToKeep);

    /// <inheritdoc/>
    internal override void Deliver(Seat seat, int kind, byte[] packet, int size, Endpoint from, int localPort, long now)
    {
        Shard shard = IndexedDirectory.PlaceOf(seat).Shard;

        // Where nothing else is to be read, the reader does it itself, which spares the way to another thread.
        if (_sockets.HasMore || !shard.TryHandle(seat, kind, packet, size, from, localPort, now))
        {
            shard.Post(seat, kind, packet, size, from, localPort);
        }
    }

    /// <inheritdoc/>
    internal override void Begin(Handshake handshake, long now)
    {
        if (!_stopped)
        {
            _handshakes.Add(handshake);
        }
    }

    /// <inheritdoc/>
    internal override void Displace(Seat seat, long now) => Post(seat, Parcel.Displace);

    /// <inheritdoc/>
    internal override void Welcome(Seat seat)
    {
        // Those of one key are run by one thread, so that a session can hand its messages over to another that continues it.
        IndexedDirectory.PlaceOf(seat).Shard = _shards[seat.Psk % _shards.Length];
        Post(seat, Parcel.Welcome);
    }

    /// <inheritdoc/>
    internal override void Poke(Seat seat) => Post(seat, Parcel.Poke);

    private static void Post(Seat seat, int kind) => IndexedDirectory.PlaceOf(seat).Shard.Post(seat, kind, null, 0, null, 0);

    // With the gates of all shards, whose threads have ended: applications may still hold one.
    private void AbandonUnder(int shard)
    {
        if (shard == _shards.Length)
        {
            base.Abandon();
            return;
        }

        lock (_shards[shard].Engine.Gate)
        {
            AbandonUnder(shard + 1);
        }
    }

    private void RunDerivations()
    {
        try
        {
            DeriveAll();
        }
        catch (Exception e)
        {
            _engine.Fail(e);
        }
    }

    private void DeriveAll()
    {
        foreach (Handshake handshake in _handshakes.GetConsumingEnumerable())
        {
            if (_stopped)
            {
                return;
            }

            handshake.Derive(_core);
            lock (_engine.Gate)
            {
                Complete(handshake, _clock.Now);
                _engine.Flush();
            }

            _engine.Changed.Set();
        }
    }
}
