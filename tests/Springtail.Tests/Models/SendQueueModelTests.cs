using System;
using System.Collections.Generic;
using System.Linq;
using CsCheck;
using Springtail.Delivery;
using Springtail.Packets;
using Xunit;

namespace Springtail.Tests.Models;

/// <summary>PROTOCOL.md 9, the sender: what is sent next, what an acknowledgment says, what three later packets say, and what is kept until the peer's done.</summary>
public sealed class SendQueueModelTests
{
    public enum Kind
    {
        Begin,
        Send,
        Acknowledge,
        Lose,
        LoseAll,
        Received,
        Repeat,
        ForgetTimes,
        Resume,
        Anew,
    }

    public sealed record Step(Kind Kind, int A, bool Reliable);

    private static readonly Gen<Step> s_step = Gen.Select(
        Gen.Frequency((8, Kind.Begin), (20, Kind.Send), (10, Kind.Acknowledge), (4, Kind.Lose), (1, Kind.LoseAll), (4, Kind.Received), (2, Kind.Repeat), (1, Kind.ForgetTimes), (1, Kind.Resume), (1, Kind.Anew)),
        Gen.Int[0, 20],
        Gen.Frequency((3, true), (1, false)),
        (kind, a, reliable) => new Step(kind, a, reliable));

    [Fact]
    public void A_send_queue_does_what_a_list_of_fragments_does()
    {
        Model.Hold(Gen.Select(Gen.Int[1, 12], s_step.Array[0, 150]), c => new Run(c.Item1).Check(c.Item2), c => $"{c.Item1}: {string.Join(' ', c.Item2.AsEnumerable())}", 1500);
    }

    [Fact]
    public void A_fire_and_forget_message_is_taken_in_to_its_end_where_a_reliable_one_of_its_number_is_lost()
    {
        SendQueue queue = new(1);
        byte[] message = new byte[2 * DataPayload.FragmentSize];
        queue.Begin(message.Length, true);
        queue.Append(message, 0);
        queue.Sent(queue.NextSlot(), 1, 1, 0);
        queue.Acknowledge(1, 0, out _, out _, out _);
        queue.Append(message, DataPayload.FragmentSize);
        queue.Begin(message.Length, false);
        Assert.Equal(1, queue.Restart(true));
        Assert.True(queue.InMessage);
        Assert.Equal(DataPayload.FragmentSize, queue.Append(message, 0));
    }

    private enum State
    {
        Queued,
        InFlight,
        Lost,
        Done,
    }

    private sealed class Fragment
    {
        public required uint Id { get; set; }

        public required bool Reliable { get; init; }

        public required int Index { get; init; }

        public required int Count { get; init; }

        public required byte[] Bytes { get; init; }

        public State State { get; set; }

        public ulong? Number { get; set; }

        public uint Ordinal { get; set; }

        public long SentAt { get; set; }

        public bool IsLast => Index + 1 == Count;
    }

    private sealed class Run(int capacity)
    {
        // What the queue promises to find by its number; of an older one it may have forgotten it.
        private const ulong Found = 16;

        private readonly SendQueue _queue = new(capacity);
        private readonly List<Fragment> _held = [];
        private readonly byte[] _buffer = new byte[Packet.MaxPayload];

        private uint _next;
        private uint _nextFireAndForget;
        private uint _received;
        private ulong _number = 1000;
        private uint _ordinal;
        private long _now = 100;

        // The message that is being taken in, and how much of it was.
        private byte[]? _message;
        private int _taken;
        private int _index;
        private bool _reliable;
        private uint _id;

        public void Check(Step[] steps)
        {
            foreach (Step step in steps)
            {
                _now += step.A;
                Do(step);
                int unacknowledged = _held.Count(f => f.State == State.InFlight);
                bool more = _held.Any(f => f.State is State.Queued or State.Lost);
                Model.Same(unacknowledged, _queue.Unacknowledged);
                Model.Same(capacity - _held.Count, _queue.Room);
                Model.Same(_message != null, _queue.InMessage);
                Model.Same(more, _queue.HasMore);
                Model.Same(unacknowledged == 0 && !more && _held.Count != 0, _queue.AwaitsDone);
                Model.Same(_held.Count == 0 && _message == null && _received == _next, _queue.IsEmpty);
                Model.Same((int)(_next - _received), _queue.UnreceivedMessages);
                Model.Same((_next, _nextFireAndForget), (_queue.ReliableMessages, _queue.FireAndForgetMessages));
                if (unacknowledged != 0)
                {
                    Model.Same(_held.Where(f => f.State == State.InFlight).Min(f => f.SentAt), _queue.OldestSentAt);
                }
            }
        }

        private void Do(Step step)
        {
            switch (step.Kind)
            {
                case Kind.Begin:
                    Begin(step.A * 397, step.Reliable);
                    break;
                case Kind.Send:
                    Send();
                    break;
                case Kind.Acknowledge:
                    Acknowledge(_number - (ulong)step.A);
                    break;
                case Kind.Lose:
                    Lose(Math.Min((uint)step.A, _ordinal), step.A % 3 != 0, _now - (step.A * 7 % 40));
                    break;
                case Kind.LoseAll:
                    _queue.LoseAll();
                    _held.Where(f => f.State == State.InFlight).ToList().ForEach(MarkLost);
                    DropDone();
                    break;
                case Kind.Received:
                    Receive(step.A);
                    break;
                case Kind.Repeat when _queue.AwaitsDone:
                    _queue.RepeatLast();
                    _held.Last(f => f.Reliable && f.Id == _held[0].Id).State = State.Lost;
                    break;
                case Kind.ForgetTimes:
                    _queue.ForgetTimes();
                    _held.ForEach(f => f.SentAt = -1);
                    break;
                case Kind.Resume:
                    Model.Same(0, _queue.Restart(false));
                    Restart(f => f.Reliable && f.State != State.Done);
                    break;
                case Kind.Anew:
                    int lost = _queue.Restart(true);
                    Restart(f => f.Reliable);
                    Model.Same(BeginAnew(), lost);
                    break;
            }
        }

        private void Begin(int size, bool reliable)
        {
            if (_message == null)
            {
                _message = new byte[size];
                new Random((int)_number).NextBytes(_message);
                (_taken, _index, _reliable, _id) = (0, 0, reliable, reliable ? _next++ : _nextFireAndForget++);
                _queue.Begin(size, reliable);
            }
            else
            {
                Assert.Throws<SpringtailException>(() => _queue.Begin(size, reliable));
            }

            int before = _taken;
            int appended = _queue.Append(_message, before);
            int count = Math.Max(1, (_message.Length + DataPayload.FragmentSize - 1) / DataPayload.FragmentSize);
            while (_message != null && _held.Count < capacity)
            {
                int length = Math.Min(DataPayload.FragmentSize, _message.Length - _taken);
                _held.Add(new Fragment { Id = _id, Reliable = _reliable, Index = _index, Count = count, Bytes = _message.AsSpan(_taken, length).ToArray() });
                _taken += length;
                _message = ++_index == count ? null : _message;
            }

            Model.Same(_taken - before, appended);
        }

        private void Send()
        {
            Fragment? next = _held.Find(f => f.State == State.Lost) ?? _held.Find(f => f.State == State.Queued);
            int slot = _queue.NextSlot();
            Model.Same(next == null, slot < 0);
            if (next == null)
            {
                return;
            }

            Model.Same(next.State == State.Lost, _queue.IsRepeated(slot));
            Model.Same((next.IsLast ? PacketFlags.Psh : 0) | (next.Count > 1 ? PacketFlags.Fragment : 0), _queue.PacketFlagsOf(slot));
            Model.Same(DataPayload.HeaderSize + next.Bytes.Length, _queue.NextPayloadLength);
            Model.Same(DataPayload.HeaderSize + next.Bytes.Length, _queue.WritePayload(slot, _buffer, 0, 77));
            Model.Same((next.Id, 77u), (Wire.ReadU32(_buffer, DataPayload.MessageId), Wire.ReadU32(_buffer, DataPayload.Done)));
            Model.Same((next.Index, next.Count), (Wire.ReadU16(_buffer, DataPayload.FragmentIndex), Wire.ReadU16(_buffer, DataPayload.FragmentCount)));
            Model.Same(next.Reliable ? DataPayload.Reliable : DataPayload.FireAndForget, _buffer[DataPayload.Delivery]);
            Assert.True(next.Bytes.AsSpan().SequenceEqual(_buffer.AsSpan(DataPayload.HeaderSize, next.Bytes.Length)));
            _queue.Sent(slot, ++_number, ++_ordinal, _now);
            (next.State, next.Number, next.Ordinal, next.SentAt) = (State.InFlight, _number, _ordinal, _now);
        }

        private void Acknowledge(ulong number)
        {
            Fragment? sent = _held.Find(f => f.Number == number && f.State is State.InFlight or State.Lost);
            bool news = _queue.Acknowledge(number, _now, out uint ordinal, out int rtt, out bool wasLost);
            if (news || _number - number < Found)
            {
                Model.Same(sent != null, news);
            }

            if (news)
            {
                Model.Same((sent!.Ordinal, sent.SentAt < 0 ? -1 : (int)(_now - sent.SentAt), sent.State == State.Lost), (ordinal, rtt, wasLost));
                sent.State = State.Done;
                DropDone();
            }
        }

        private void Lose(uint back, bool asks, long sentBefore)
        {
            ulong number = _number - back;
            uint ordinal = asks ? _ordinal - back : 0;
            List<Fragment> lost = _held.FindAll(f =>
                f.State == State.InFlight && f.Number < number && ((asks && f.Ordinal + 3 <= ordinal) || (f.SentAt >= 0 && f.SentAt <= sentBefore)));
            Model.Same(lost.Count == 0 ? 0 : lost.Max(f => f.Ordinal), _queue.DetectLosses(number, ordinal, sentBefore));
            lost.ForEach(MarkLost);
            DropDone();
        }

        private static void MarkLost(Fragment f) => f.State = f.Reliable ? State.Lost : State.Done;

        // A peer can have received what went out as a whole; it may repeat itself, and what it says beyond all that was begun counts for nothing.
        private void Receive(int a)
        {
            uint whole = _held.Where(f => f.Reliable && f.State == State.Queued).Select(f => f.Id).Append(_message != null && _reliable ? _id : _next).Min();
            uint done = a == 0 ? _next + 1 : whole - Math.Min((uint)a / 4, whole);
            bool news = done > _received && done <= _next;
            Model.Same(news, _queue.NoteReceived(done));
            if (news)
            {
                _received = done;
                _held.FindAll(f => f.Reliable && f.Id < done).ForEach(f => f.State = State.Done);
                DropDone();
            }
        }

        private void Restart(Predicate<Fragment> again)
        {
            foreach (Fragment f in _held)
            {
                f.Number = null;
                if (f.State != State.Queued)
                {
                    f.State = again(f) ? State.Lost : State.Done;
                }
            }

            DropDone();
        }

        // A message whose beginning was let go of is lost; the others are numbered from 0.
        private int BeginAnew()
        {
            int lost = 0;
            if (_held.Count != 0 && _held[0].Reliable && _held[0].Index != 0)
            {
                uint broken = _held[0].Id;
                _held.RemoveAll(f => f.Reliable && f.Id == broken);
                _message = _reliable && _id == broken ? null : _message;
                _received = broken + 1;
                lost = 1;
            }

            _held.FindAll(f => f.Reliable).ForEach(f => f.Id -= _received);
            _id -= _reliable ? _received : 0;
            _next -= _received;
            _received = 0;
            DropDone();
            return lost;
        }

        private void DropDone()
        {
            while (_held.Count != 0 && _held[0].State == State.Done
                && (!_held[0].Reliable || _held[0].Id < _received || (_held[0].Count > capacity && !_held[0].IsLast)))
            {
                _held.RemoveAt(0);
            }
        }
    }
}
