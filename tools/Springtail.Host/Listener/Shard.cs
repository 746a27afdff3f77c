using System;
using System.Collections.Generic;
using System.Threading;
using Springtail.Packets;
using Springtail.Sessions;
using Springtail.Transport;

namespace Springtail.Listening;

/// <summary>
/// A part of a listener's sessions, which one thread runs: the peer of its engine, and its transport, which takes packets from where the listener's reader puts them
/// and sends over the listener's sockets.
/// </summary>
internal sealed class Shard : IProtocolPeer, IDatagramTransport, IHoldingTransport, ISeatKeeper
{
    // Packets that wait until the thread takes them; further ones are dropped, as a full socket's are.
    private const int MaxWaiting = 4096;
    private const int MaxWaitingBytes = MaxWaiting * Packet.MaxSize;

    private readonly ParallelServer _server;
    private readonly SocketTransport _sockets;
    private readonly DatagramSender _sender;

    private readonly Arrival _arrival = new Arrival();
    private readonly DeadlineHeap _heap = new DeadlineHeap();

    // What the reader has put here, guarded by _lock, as are the parcels to be used again.
    private readonly object _lock = new object();
    private readonly Stack<Parcel> _spare = new Stack<Parcel>();
    private Queue<Parcel> _waiting = new Queue<Parcel>();
    private int _waitingBytes;
    private bool _isWaiting;
    private bool _isWoken;
    private volatile int _count;

    // What of it the thread has taken, all at once, and what it is done with, guarded by the engine's gate.
    private readonly Stack<Parcel> _done = new Stack<Parcel>();
    private Queue<Parcel> _taken = new Queue<Parcel>();

    // The packet that the engine was given last.
    private Parcel _current;

    // The one that is being worked on: its touches are noted at the end.
    private Seat _busy;

    // The one whose session ended with the datagram that Poll has returned: its ports close once that has left.
    private Seat _leaving;

    public Shard(ParallelServer server, SocketTransport sockets, IClock clock)
    {
        _server = server;
        _sockets = sockets;
        _sender = sockets.NewSender();
        Engine = new ChannelEngine(this, this, clock);
    }

    /// <summary>Runs it. Its gate guards the sessions of this shard; the listener's may be taken under it, never the other way round.</summary>
    public ChannelEngine Engine { get; }

    /// <inheritdoc/>
    public long Deadline => _heap.Deadline;

    /// <summary>The listener opens the ports.</summary>
    public int PortsVersion => -1;

    /// <summary>Puts a packet, or something else to do, where the shard's thread takes it. Called by the listener, under its gate.</summary>
    public void Post(Seat seat, int kind, byte[] packet, int size, Endpoint from, int localPort)
    {
        lock (_lock)
        {
            if (kind >= 0 && (_waiting.Count >= MaxWaiting || _waitingBytes >= MaxWaitingBytes))
            {
                return;
            }

            Parcel parcel = _spare.Count > 0 ? _spare.Pop() : new Parcel();
            _waitingBytes += size;
            parcel.Seat = seat;
            parcel.Kind = kind;
            parcel.Size = size;
            parcel.LocalPort = localPort;
            if (packet != null)
            {
                parcel.Put(packet, size, from);
            }

            _waiting.Enqueue(parcel);
            _count = _waiting.Count;
            if (_isWaiting)
            {
                Monitor.Pulse(_lock);
            }
        }
    }

    /// <summary>
    /// Does what a packet asks at once, on the caller's thread, if nothing else waits and the shard's thread is idle; false when it is not. What follows from
    /// it, an answer for one, leaves at once too.
    /// </summary>
    public bool TryHandle(Seat seat, int kind, byte[] packet, int size, Endpoint from, int localPort, long now)
    {
        if (_count > 0 || IndexedDirectory.PlaceOf(seat).Index < 0 || !Monitor.TryEnter(Engine.Gate))
        {
            return false;
        }

        try
        {
            if (_count > 0 || _taken.Count > 0)
            {
                return false;
            }

            Handle(seat, kind, packet, size, from, localPort, now);
            Engine.Flush();
        }
        finally
        {
            Monitor.Exit(Engine.Gate);
        }

        Engine.Changed.Set();
        return true;
    }

    /// <summary>True when all of its sessions that may be kept can be, and nothing waits.</summary>
    public bool IsReadyToKeep
    {
        get
        {
            lock (Engine.Gate)
            {
                bool isReady = _count == 0 && _taken.Count == 0;
                _heap.ForEach(seat => isReady &= !seat.Session.MayBeKept || seat.Session.IsReadyToKeep);
                return isReady;
            }
        }
    }

    /// <inheritdoc/>
    public void Touch(Seat seat)
    {
        if (seat != _busy && IndexedDirectory.PlaceOf(seat).Index >= 0)
        {
            _heap.Update(IndexedDirectory.PlaceOf(seat));
        }
    }

    /// <inheritdoc/>
    public void Receive(byte[] packet, int size, Endpoint from, int localPort, long now, long utcNow)
    {
        Handle(_current.Seat, _current.Kind, packet, size, from, localPort, now);
        GiveBack(_current);
    }

    /// <inheritdoc/>
    public bool Poll(Datagram datagram, long now, long utcNow)
    {
        if (_leaving != null)
        {
            Seat left = _leaving;
            _leaving = null;
            Finish(left, now);
        }

        // As often as there are sessions: one that stays due without sending does not spin.
        for (int i = _heap.Count; i > 0 && _heap.Deadline <= now; i--)
        {
            Seat seat = _heap.First;
            _busy = seat;
            bool sent = _server.PollSeat(seat, datagram, now);
            if (sent && seat.Session.State == SessionState.Ended)
            {
                _leaving = seat;
            }
            else
            {
                Finish(seat, now);
            }

            if (sent)
            {
                return true;
            }
        }

        return false;
    }

    public int GetPorts(int[] ports) => 0;

    public bool Open(int port) => true;

    public void Close(int port)
    {
    }

    /// <inheritdoc/>
    public void Send(int localPort, Endpoint to, byte[] buffer, int size)
    {
        if (_sockets.SocketOf(localPort) is { } socket)
        {
            _sender.Send(socket, to, buffer, size);
        }
    }

    public void Hold() => _sender.Hold();

    public void Release() => _sender.Release();

    /// <inheritdoc/>
    public void Wait(int timeout)
    {
        lock (_lock)
        {
            if (_taken.Count == 0 && _waiting.Count == 0 && !_isWoken && timeout > 0)
            {
                _isWaiting = true;
                Monitor.Wait(_lock, timeout);
                _isWaiting = false;
            }

            _isWoken = false;
        }
    }

    /// <inheritdoc/>
    public int Receive(byte[] buffer, Endpoint from, out int localPort, int timeout)
    {
        while (_taken.TryDequeue(out Parcel parcel) || TakeAll(out parcel))
        {
            if (parcel.Kind >= 0)
            {
                _current = parcel;
                localPort = parcel.LocalPort;
                from.CopyFrom(parcel.From);
                Array.Copy(parcel.Bytes, buffer, parcel.Size);
                return parcel.Size;
            }

            Do(parcel, Engine.Clock.Now);
            GiveBack(parcel);
        }

        localPort = 0;
        return 0;
    }

    /// <inheritdoc/>
    public void Wake()
    {
        lock (_lock)
        {
            _isWoken = true;
            Monitor.Pulse(_lock);
        }
    }

    public Endpoint Resolve(string host) => _sockets.Resolve(host);

    public void Dispose()
    {
    }

    private void Do(Parcel parcel, long now)
    {
        if (parcel.Kind == Parcel.CloseAll)
        {
            _heap.ForEach(seat => seat.Session.Close(now));
            return;
        }

        if (parcel.Kind == Parcel.PrepareAll)
        {
            _heap.ForEach(seat => seat.Session.PrepareToKeep());
            return;
        }

        Seat seat = parcel.Seat;
        if (parcel.Kind == Parcel.Welcome)
        {
            _heap.Add(IndexedDirectory.PlaceOf(seat));
            seat.Keeper = this;
        }
        else if (parcel.Kind == Parcel.Displace)
        {
            _server.EndDisplaced(seat, now);
        }

        if (IndexedDirectory.PlaceOf(seat).Index >= 0)
        {
            Finish(seat, now);
        }
    }

    private void Handle(Seat seat, int kind, byte[] packet, int size, Endpoint from, int localPort, long now)
    {
        if (IndexedDirectory.PlaceOf(seat).Index >= 0)
        {
            _busy = seat;
            _arrival.MoreComes = PeekNext(out Parcel next) && next.Seat == seat && next.Kind == kind;
            _server.Handle(seat, kind, _arrival.Of(packet, size, from, localPort, now));
            Finish(seat, now);
        }
    }

    // What has become of a seat: the listener is told of what it keeps itself, and of nothing else.
    private void Finish(Seat seat, long now)
    {
        _busy = null;
        if (ParallelServer.NeedsSettling(seat))
        {
            // Before a port closes, what waits to be sent from it leaves.
            _sender.SendHeld();
            _server.SettleFor(seat, now);
        }

        Place place = IndexedDirectory.PlaceOf(seat);
        if (seat.Gone)
        {
            seat.Keeper = null;
            _heap.Remove(place);
        }
        else
        {
            _heap.Update(place);
        }
    }

    // Takes what the reader has put here by now, and the first of it; false when there is nothing.
    private bool TakeAll(out Parcel parcel)
    {
        lock (_lock)
        {
            (_taken, _waiting) = (_waiting, _taken);
            _count = 0;
            _waitingBytes = 0;
            while (_done.TryPop(out Parcel done))
            {
                _spare.Push(done);
            }
        }

        return _taken.TryDequeue(out parcel);
    }

    // What comes after the packet that is being worked on; false when nothing has come.
    private bool PeekNext(out Parcel parcel)
    {
        if (_taken.TryPeek(out parcel))
        {
            return true;
        }

        if (_count == 0)
        {
            return false;
        }

        lock (_lock)
        {
            return _waiting.TryPeek(out parcel);
        }
    }

    private void GiveBack(Parcel parcel)
    {
        parcel.Seat = null;
        _done.Push(parcel);
    }
}
