#nullable enable
using System;
using System.Collections.Generic;
using System.Runtime.CompilerServices;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Springtail.Delivery;
using Springtail.Packets;
using Springtail.Sessions;

namespace Springtail;

// The desktop's calls: none of them blocks a thread.
public sealed partial class Channel : IAsyncDisposable
{
    // A thread that waits for room is woken once this part of the buffers is free, and not for each fragment.
    private const int PartsOfRoom = 8;

    // How often its session may have changed when this thread last looked at the channel that it waits for, and what it has not found there.
    [ThreadStatic]
    private static long t_seen;
    [ThreadStatic]
    private static Wanted t_wanted;

    private readonly LinkedList<Waiter<ReceiveResult>> _receivers = new();
    private readonly LinkedList<Waiter<bool>> _senders = new();
    private readonly LinkedList<Waiter<bool>> _acknowledged = new();
    private readonly LinkedList<Waiter<int>> _closers = new();
    private readonly LinkedList<Waiter<byte[]?>> _savers = new();
    private readonly object _signal = new();
    private long _changes;

    // How many threads wait, for each Wanted.
    private readonly int[] _blocked = new int[3];

    // When the first of them has waited long enough, by the engine's clock, which need not be this machine's.
    private long _blockedUntil = long.MaxValue;
    private bool _isTouched;

    // The state that was told last; half open as long as none was.
    private SessionState _noted;
    private string[]? _keyNames;
    private ILogger _logger = NullLogger.Instance;

    /// <summary>
    /// Sends a reliable message. Completes once all of it waits to be sent, which takes a while when the buffers are full; calls go in their order.
    /// </summary>
    /// <param name="message">The message, 0 to 291 975 bytes, not to be changed until the call has completed.</param>
    /// <param name="cancellationToken">Cancels the call before anything of the message was taken: then none of it is sent. Later it has no effect.</param>
    /// <exception cref="SpringtailException">TERMINATED when the channel has ended, STATE_INVALID when it is closing, MESSAGE_TOO_LARGE.</exception>
    public ValueTask SendAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken = default) => SendAsync(message, true, cancellationToken);

    /// <summary>Sends a message. Completes once all of it waits to be sent, which takes a while when the buffers are full; calls go in their order.</summary>
    /// <param name="message">The message, 0 to 291 975 bytes, not to be changed until the call has completed.</param>
    /// <param name="reliable">Repeat it until it is acknowledged, and deliver it in order; otherwise it is sent once.</param>
    /// <param name="cancellationToken">Cancels the call before anything of the message was taken: then none of it is sent. Later it has no effect.</param>
    /// <exception cref="SpringtailException">TERMINATED when the channel has ended, STATE_INVALID when it is closing, MESSAGE_TOO_LARGE.</exception>
    public ValueTask SendAsync(ReadOnlyMemory<byte> message, bool reliable, CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled(cancellationToken);
        }

        lock (_engine.Gate)
        {
            SendWaiter waiter = new(_engine.Gate, message, reliable);
            if (_senders.Count == 0 && Advance(waiter))
            {
                _engine.Flush();
                return new ValueTask(waiter.Task);
            }

            Enter(waiter, _senders, cancellationToken);
            _engine.Flush();
            return new ValueTask(waiter.Task);
        }
    }

    /// <summary>Receives a message, or learns that the channel was renewed or has ended. Several calls at once get theirs in their order.</summary>
    /// <param name="cancellationToken">Cancels the call; the next call returns what comes then.</param>
    /// <exception cref="SpringtailException">TERMINATED when what runs the channel has failed.</exception>
    public ValueTask<ReceiveResult> ReceiveAsync(CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<ReceiveResult>(cancellationToken);
        }

        lock (_engine.Gate)
        {
            if (_receivers.Count == 0 && Take(out ReceiveResult result))
            {
                _engine.Flush();
                return new ValueTask<ReceiveResult>(result);
            }

            Waiter<ReceiveResult> waiter = new(_engine.Gate);
            Enter(waiter, _receivers, cancellationToken);
            return new ValueTask<ReceiveResult>(waiter.Task);
        }
    }

    /// <summary>The messages that come, one after the other, until the channel has ended; <see cref="Status"/> says why it did.</summary>
    /// <param name="cancellationToken">Ends the enumeration with an <see cref="OperationCanceledException"/>; what comes then is the next call's.</param>
    public async IAsyncEnumerable<ChannelMessage> ReceiveAllAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        bool renewed = false;
        while (true)
        {
            ReceiveResult result = await ReceiveAsync(cancellationToken).ConfigureAwait(false);
            if (result.Outcome == ReceiveOutcome.Ended)
            {
                yield break;
            }

            renewed |= result.Outcome == ReceiveOutcome.Renewed;
            if (result.HasMessage)
            {
                result.Message.IsFirstOfRenewed = renewed;
                renewed = false;
                yield return result.Message;
            }
        }
    }

    /// <summary>Waits until the peer has acknowledged every reliable message so far; false when the channel ended first.</summary>
    public ValueTask<bool> WaitForAcknowledgmentsAsync(CancellationToken cancellationToken = default)
    {
        lock (_engine.Gate)
        {
            if (Session.AllAcknowledged && _senders.Count == 0)
            {
                return new ValueTask<bool>(true);
            }

            Waiter<bool> waiter = new(_engine.Gate);
            Enter(waiter, _acknowledged, cancellationToken);
            _engine.Touch(this);
            _engine.Flush();
            return new ValueTask<bool>(waiter.Task);
        }
    }

    /// <summary>
    /// Closes in order: what was sent is delivered first. Completes when the peer has closed too, at most about 40 s later.
    /// </summary>
    /// <param name="cancellationToken">Ends the wait; the close goes on.</param>
    /// <returns>How many reliable messages were not acknowledged; 0 when all went well.</returns>
    public ValueTask<int> CloseAsync(CancellationToken cancellationToken = default)
    {
        lock (_engine.Gate)
        {
            Session.Close(_engine.Clock.Now);
            Waiter<int> waiter = new(_engine.Gate);
            Enter(waiter, _closers, cancellationToken);
            _engine.Touch(this);
            _engine.Flush();
            return new ValueTask<int>(waiter.Task);
        }
    }

    /// <summary>
    /// Saves the session, for <see cref="ResumeAsync"/> after a sleep, and ends the channel without a packet. Completes once what was sent is acknowledged
    /// and no rekey is under way, and tells the listener of the sleep, which then keeps the session for that time, a tenth and a minute more.
    /// </summary>
    /// <param name="sleepSeconds">How long this side will sleep; 0 tells the listener nothing: it keeps the session as long as one that is silent.</param>
    /// <param name="cancellationToken">Gives up; the channel stays open.</param>
    /// <returns>
    /// The snapshot, which holds the session's keys: keep it where only this program reads it, and once. Null when a message came in that is to be received
    /// first, or the channel has ended; otherwise it stays open.
    /// </returns>
    /// <exception cref="SpringtailException">STATE_INVALID on a listener's channel.</exception>
    /// <exception cref="ArgumentException">A sleep of less than 0 seconds.</exception>
    public async ValueTask<byte[]?> SnapshotAsync(int sleepSeconds, CancellationToken cancellationToken = default)
    {
        Waiter<byte[]?> waiter = new(_engine.Gate);
        lock (_engine.Gate)
        {
            BeginSave(sleepSeconds);
            Enter(waiter, _savers, cancellationToken);
            waiter.Cancelled = StaysAwake;
            _engine.Touch(this);
            _engine.Flush();
        }

        byte[]? snapshot = await waiter.Task.ConfigureAwait(false);
        if (snapshot != null)
        {
            _engine.Stop();
            _client.Abandon();
        }

        return snapshot;
    }

    /// <summary>
    /// Closes in order when that has not been done, and frees what the channel holds. To end it at once, call <see cref="Dispose"/>.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        await CloseAsync().ConfigureAwait(false);

        // A peer repeats its FIN when the acknowledgment was lost, and once the socket is closed it would get no answer.
        uint heard = 0;
        for (ChannelStatus status = Status; _client != null && !_engine.IsOver && status.State == SessionState.Closed && status.PacketsReceived != heard; status = Status)
        {
            heard = status.PacketsReceived;
            await Task.Delay(Math.Max(ChannelEngine.LingerTime, 2 * status.RoundTripTime)).ConfigureAwait(false);
        }

        Finish(false);
    }

    /// <summary>The session may have changed. Called with the gate held, in the middle of anything.</summary>
    internal void Touched()
    {
        Note(Session);
        Interlocked.Increment(ref _changes);
        if (IsWanted(Session))
        {
            lock (_signal)
            {
                _blockedUntil = long.MaxValue;
                Monitor.PulseAll(_signal);
            }
        }

        if (_engine.IsOver)
        {
            Look();
        }
        else if (!_isTouched && HasWaiters)
        {
            _isTouched = true;
            _engine.Touch(this);
        }
    }

    /// <summary>Serves those who wait as far as it goes; true when the session was given or has lost something, and may have a packet to send.</summary>
    internal bool Look()
    {
        // What it does itself is no reason to look again.
        _isTouched = true;
        bool acted = false;
        while (_senders.First is { } first)
        {
            SendWaiter sender = (SendWaiter)first.Value;
            int taken = sender.Taken;
            bool isComplete = Advance(sender);
            acted |= isComplete || sender.Taken != taken;
            if (!isComplete)
            {
                break;
            }

            sender.Leave();
        }

        while (_receivers.First is { } first && Take(out ReceiveResult result))
        {
            first.Value.Leave();
            first.Value.TrySetResult(result);
            acted = true;
        }

        while (_receivers.First is { } first && _engine.IsOver && Failure() is { } failure)
        {
            first.Value.Leave();
            first.Value.TrySetException(failure);
        }

        Session session = Session;
        bool isOver = session.IsOver || _engine.IsOver;
        while (_acknowledged.First is { } first && ((session.AllAcknowledged && _senders.Count == 0) || isOver))
        {
            first.Value.Leave();
            first.Value.TrySetResult(session.AllAcknowledged);
        }

        while (_closers.First is { } first && isOver)
        {
            first.Value.Leave();
            first.Value.TrySetResult(session.LostMessages);
        }

        while (_savers.First is { } first)
        {
            byte[]? snapshot = isOver ? null : session.Save(_engine.Clock.Now, _engine.Clock.UtcNow);
            if (snapshot == null && !isOver && session.NextMessageSize < 0 && session.TakesMessages)
            {
                break;
            }

            first.Value.Leave();
            if (!first.Value.TrySetResult(snapshot) || snapshot == null)
            {
                StaysAwake();
            }
        }

        NoteWaiters();
        _isTouched = false;
        return acted;
    }

    /// <summary>The application has received a message of an inbox and those before it.</summary>
    internal void Acknowledge(Inbox inbox, uint messageId)
    {
        lock (_engine.Gate)
        {
            Session.Confirm(inbox, messageId, _engine.Clock.Now);
            _engine.Flush();
        }
    }

    /// <summary>When the channel was made, by the system's clock.</summary>
    public DateTimeOffset OpenedAt { get; } = DateTimeOffset.UtcNow;

    // By what it is known in the log: the name of its key, or the session's id.
    private string Label => Status.KeyName ?? Session.Id.ToString("x16", System.Globalization.CultureInfo.InvariantCulture);

    partial void Attach() => _session.Channel = this;

    partial void Looked() => Saw(Wanted.Anything);

    partial void LookedForRoom() => Saw(Wanted.Room);

    partial void LookedForMessage() => Saw(Wanted.Message);

    private void Saw(Wanted wanted)
    {
        t_seen = _changes;
        t_wanted = wanted;
    }

    /// <summary>The application is about to have it: from now on it is told what happens to its session, and that is logged and counted.</summary>
    internal void Begin(ChannelOptions options)
    {
        lock (_engine.Gate)
        {
            _keyNames = options.PskNames;
            _logger = options.LoggerFactory?.CreateLogger("Springtail") ?? NullLogger.Instance;
            Session session = Session;
            session.Channel = this;
            SpringtailDiagnostics.Channels.Add(1);
            if (session.WasKept)
            {
                SpringtailLog.Kept(_logger, Label);
                _noted = session.State;
            }
            else
            {
                SpringtailLog.Established(_logger, Label, session.Suite);
            }

            Note(session);
        }
    }

    // The session has changed its state: that is logged and counted.
    private void Note(Session session)
    {
        // The one that takes its place is the channel's in a moment.
        if (session.State == _noted || session.EndCode == ErrorCode.Replaced)
        {
            return;
        }

        SessionState before = _noted;
        _noted = session.State;
        bool wasOver = before is SessionState.Closed or SessionState.Ended;
        if (session.IsOver && !wasOver)
        {
            ChannelStatus status = Status;
            SpringtailDiagnostics.Ended(status);
            SpringtailLog.Ended(_logger, Label, status.EndReason, status.EndCode, status.LostMessages, status.PacketsReceived, status.PacketsSent, status.Retransmissions);
        }
        else if (_noted == SessionState.Recovering)
        {
            SpringtailLog.Recovering(_logger, Label);
        }
        else if (_noted == SessionState.Asleep)
        {
            SpringtailLog.Asleep(_logger, Label, Status.AsleepFor / 1000);
        }
        else if (_noted == SessionState.Established && before is SessionState.Recovering or SessionState.Asleep)
        {
            SpringtailLog.Heard(_logger, Label);
        }
    }

    private bool HasWaiters => _receivers.Count + _senders.Count + _acknowledged.Count + _closers.Count + _savers.Count > 0;

    private void NoteWaiters() => _engine.SetWaiting(this, HasWaiters);

    private void StaysAwake()
    {
        Session.AnnounceSleep(0, _engine.Clock.Now);
        NoteWaiters();
    }

    private void Enter<T>(Waiter<T> waiter, LinkedList<Waiter<T>> list, CancellationToken cancellationToken)
    {
        waiter.Cancelled = NoteWaiters;
        waiter.WaitIn(list, cancellationToken);
        NoteWaiters();
        if (_engine.IsOver)
        {
            Look();
        }
    }

    // Blocks a thread until the session may have changed; for the calls that a device has too.
    private void Wait(long timeout)
    {
        _engine.ThrowIfFailed();
        ref int blocked = ref _blocked[(int)t_wanted];
        lock (_signal)
        {
            Interlocked.Increment(ref blocked);
            if (Volatile.Read(ref _changes) == t_seen)
            {
                Volatile.Write(ref _blockedUntil, Math.Min(_blockedUntil, _engine.EndOf(timeout > int.MaxValue ? -1 : (int)timeout)));
                Monitor.Wait(_signal, (int)Math.Min(timeout, ChannelEngine.LongestWait));
            }

            Interlocked.Decrement(ref blocked);
        }
    }

    // Whether a thread that waits finds what it waits for, or has waited long enough; every packet touches the session.
    private bool IsWanted(Session session)
    {
        return Waits(Wanted.Anything)
            || HasWaitedEnough()
            || (Waits(Wanted.Room) && !(session.State == SessionState.Established && session.InMessage && session.SendRoom < session.SendBuffers / PartsOfRoom))
            || (Waits(Wanted.Message) && !session.HasNothingToTell);

        bool Waits(Wanted wanted) => Volatile.Read(ref _blocked[(int)wanted]) > 0;

        bool HasWaitedEnough()
        {
            // Few channels have a thread that waits, and reading the clock for each packet of the others would be in vain.
            long until = Volatile.Read(ref _blockedUntil);
            return until != long.MaxValue && _engine.Clock.Now >= until;
        }
    }

    // The next message, or what else there is to tell; false when there is nothing yet.
    private bool Take(out ReceiveResult result)
    {
        Session session = Session;
        int size = session.HoldsEnough ? -1 : session.NextMessageSize;
        if (size >= 0)
        {
            bool isReliable = session.NextMessageIsReliable;
            Inbox? inbox = session.ToConfirm;
            uint id = session.Delivery.Inbox.NextMessage;
            byte[] message = GC.AllocateUninitializedArray<byte>(size);
            session.TakeMessage(message, 0, _engine.Clock.Now);
            SpringtailDiagnostics.MessagesReceived.Add(1);
            result = new ReceiveResult(inbox != null ? new ChannelMessage(this, inbox, id, message) : new ChannelMessage(message, isReliable, false));
            return true;
        }

        if (session.TakeRenewal())
        {
            SpringtailLog.Renewed(_logger, Label, session.LostMessages);
            result = new ReceiveResult(ReceiveOutcome.Renewed);
            return true;
        }

        result = new ReceiveResult(ReceiveOutcome.Ended);
        return session.IsOver || (_engine.IsOver && Failure() == null);
    }

    // Gives the session more of a message; true when the call is complete, one way or another.
    private bool Advance(SendWaiter waiter)
    {
        try
        {
            _engine.ThrowIfFailed();
            Session session = Session;
            if (session.IsOver || _engine.IsOver)
            {
                throw new SpringtailException(ErrorCode.Terminated, "The channel ended before the message was sent.");
            }

            if (waiter.Begun == null)
            {
                if (session.InMessage || !HasRoomToBegin(session, waiter.Message.Length))
                {
                    return false;
                }

                session.BeginMessage(waiter.Message.Length, waiter.IsReliable);
                waiter.Begun = session;
                waiter.IsBound = true;
            }

            if (waiter.Begun == session)
            {
                waiter.Taken += session.AppendMessage(waiter.Array, waiter.Offset + waiter.Taken, _engine.Clock.Now);
                if (session.InMessage)
                {
                    return false;
                }
            }

            // Otherwise the message was begun in a session that another has replaced: it is one of those that are lost.
            SpringtailDiagnostics.MessagesSent.Add(1);
            waiter.TrySetResult(true);
        }
        catch (SpringtailException e)
        {
            waiter.TrySetException(e);
        }

        return true;
    }

    // A message that fits into the buffers is begun when all of it does, so that it can be cancelled as long as it waits.
    private bool HasRoomToBegin(Session session, int size)
    {
        int packets = Math.Max(1, (size + DataPayload.FragmentSize - 1) / DataPayload.FragmentSize);
        return !session.TakesMessages || packets > DataPayload.MaxFragments || session.SendRoom >= Math.Min(packets, session.SendBuffers);
    }

    private SpringtailException? Failure()
    {
        try
        {
            _engine.ThrowIfFailed();
            return null;
        }
        catch (SpringtailException e)
        {
            return e;
        }
    }

    private enum Wanted
    {
        Anything,
        Room,
        Message,
    }

    // A message that is being sent.
    private sealed class SendWaiter : Waiter<bool>
    {
        public SendWaiter(object gate, ReadOnlyMemory<byte> message, bool isReliable)
            : base(gate)
        {
            Message = message;
            IsReliable = isReliable;
            if (System.Runtime.InteropServices.MemoryMarshal.TryGetArray(message, out ArraySegment<byte> segment) && segment.Array != null)
            {
                Array = segment.Array;
                Offset = segment.Offset;
            }
            else
            {
                Array = message.ToArray();
            }
        }

        public ReadOnlyMemory<byte> Message { get; }

        public bool IsReliable { get; }

        public byte[] Array { get; }

        public int Offset { get; }

        public int Taken { get; set; }

        public Session? Begun { get; set; }
    }
}
