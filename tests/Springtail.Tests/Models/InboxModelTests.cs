using System;
using System.Collections.Generic;
using System.Linq;
using CsCheck;
using Springtail.Delivery;
using Springtail.Packets;
using Xunit;

namespace Springtail.Tests.Models;

/// <summary>PROTOCOL.md 9: reliable messages once and in order, fire-and-forget ones once, what is too large skipped, and the room that the window states.</summary>
public sealed class InboxModelTests
{
    public enum Kind
    {
        Fragment,
        Take,
        Wait,
        Confirm,
    }

    // Id is relative: to the message whose turn it is, or to the ids of fire-and-forget messages. Odd: which field is not as it must be, 0 for none.
    public sealed record Step(Kind Kind, bool Reliable, int Id, int Index, int Odd);

    public sealed record Case(int MaxFragments, int Ahead, bool ByHand, uint First, uint FirstFireAndForget, Step[] Steps);

    private static readonly Gen<Step> s_step = Gen.Select(
        Gen.Frequency((20, Kind.Fragment), (4, Kind.Take), (1, Kind.Wait), (1, Kind.Confirm)),
        Gen.Frequency((3, true), (1, false)),
        Gen.Frequency((8, Gen.Int[0, 3]), (2, Gen.Int[-2, 14])),
        Gen.Int[0, 5],
        Gen.Frequency((30, 0), (1, 1), (1, 2), (1, 3), (1, 4)),
        (kind, reliable, id, index, odd) => new Step(kind, reliable, id, index, odd));

    private static readonly Gen<Case> s_case = Gen.Select(
        Gen.Int[1, 4],
        Gen.Int[1, 6],
        Gen.Bool,
        Gen.OneOf(0u, 1000u),
        Gen.OneOf(0u, 0xFFFFFFF0u),
        s_step.Array[0, 150],
        (max, ahead, byHand, first, firstFireAndForget, steps) => new Case(max, ahead, byHand, first, firstFireAndForget, steps));

    [Fact]
    public void An_inbox_does_what_a_dictionary_of_messages_does()
    {
        Model.Hold(s_case, Check, c => $"{c with { Steps = [] }}: {string.Join(' ', c.Steps.AsEnumerable())}", 1000);
    }

    private static void Check(Case c)
    {
        Inbox inbox = new(c.MaxFragments, c.Ahead) { ByHand = c.ByHand };
        inbox.Continue(c.First);
        Messages model = new(c.MaxFragments, c.Ahead, c.First);
        uint confirmed = c.First;
        long now = 0;
        byte[] buffer = new byte[(c.MaxFragments + c.Ahead) * DataPayload.FragmentSize];
        byte[] fragment = new byte[DataPayload.FragmentSize + 1];
        foreach (Step step in c.Steps)
        {
            now++;
            switch (step.Kind)
            {
                case Kind.Fragment:
                    Fragment f = Make(step, c, model.Next);
                    Fill(f, fragment);
                    int expected = model.Check(f);
                    Model.Same(expected, inbox.Check(f.Delivery, f.Id, f.Index, f.Count, f.Length));
                    model.Accept(expected, f, fragment.AsSpan(0, Math.Min(f.Length, DataPayload.FragmentSize)).ToArray(), now);
                    inbox.Accept(expected, f.Delivery, f.Id, f.Index, f.Count, fragment, 0, f.Length, now);
                    break;
                case Kind.Take:
                    AssertTaken(model.Take(), inbox.Take(buffer, 0), buffer);
                    break;
                case Kind.Wait:
                    now += 1500;
                    model.Expire(now);
                    inbox.Expire(now);
                    break;
                default:
                    uint to = model.Next - 1 - (uint)step.Index + 2;
                    bool news = to >= confirmed && to < model.Next;
                    Model.Same(news, inbox.Confirm(to));
                    confirmed = news ? to + 1 : confirmed;
                    break;
            }

            Model.Same(model.Next, inbox.NextMessage);
            Model.Same(model.Window, inbox.Window);
            Model.Same(c.ByHand ? confirmed : model.Complete, inbox.Done);
            Assert.True(inbox.HasAll(model.Complete));
            Assert.False(inbox.HasAll(model.Complete + 1));
            Model.Same(model.NextSize, inbox.NextSize);
            Model.Same(model.IsEmpty && (!c.ByHand || confirmed == model.Next), inbox.IsEmpty);
            Model.Same(model.HoldsFireAndForget, inbox.HoldsFireAndForget);
        }

        // The session ends: what is here as a whole and has nothing missing before it is taken all the same.
        inbox.Finish();
        byte[]? taken;
        do
        {
            taken = model.Take();
            AssertTaken(taken, inbox.TakeLast(buffer, 0), buffer);
        }
        while (taken != null);
    }

    private static void AssertTaken(byte[]? expected, int size, byte[] buffer)
    {
        Model.Same(expected == null ? -1 : expected.Length, size);
        Assert.True(expected == null || expected.AsSpan().SequenceEqual(buffer.AsSpan(0, size)));
    }

    // A message has as many fragments as its id says, of which some have more than is taken.
    private static Fragment Make(Step step, Case c, uint next)
    {
        uint id = step.Reliable ? next + (uint)step.Id : c.FirstFireAndForget + (uint)step.Id * 5;
        int count = 1 + (int)(id * 2654435761u >> 16) % (c.MaxFragments + 1);
        int index = step.Index % count;
        int length = index + 1 < count ? DataPayload.FragmentSize : (int)(id * 40503u % (DataPayload.FragmentSize + 1));
        int delivery = step.Reliable ? DataPayload.Reliable : DataPayload.FireAndForget;
        return step.Odd switch
        {
            1 => new Fragment(delivery, id, index, count + 1, DataPayload.FragmentSize),
            2 => new Fragment(delivery, id, count, count, length),
            3 => new Fragment(delivery, id, index, count, length + 1),
            4 => new Fragment(2, id, index, count, length),
            _ => new Fragment(delivery, id, index, count, length),
        };
    }

    private static void Fill(Fragment f, byte[] bytes)
    {
        for (int i = 0; i < f.Length; i++)
        {
            bytes[i] = (byte)(f.Id * 31 + (uint)(f.Index * 7 + i + f.Delivery));
        }
    }

    private readonly record struct Fragment(int Delivery, uint Id, int Index, int Count, int Length);

    private sealed class Message(int count)
    {
        public int Count { get; } = count;

        public SortedDictionary<int, (byte[] Bytes, long Expires)> Parts { get; } = [];

        public bool IsComplete => Parts.Count == Count;

        public long Oldest => Parts.Values.Min(part => part.Expires);

        public byte[] Bytes => Parts.Values.SelectMany(part => part.Bytes).ToArray();
    }

    private sealed class Messages(int maxFragments, int ahead, uint first)
    {
        private const int MostSkipped = 8;
        private const int Remembered = 64;

        private readonly SortedDictionary<uint, Message> _reliable = [];
        private readonly SortedDictionary<uint, Message> _fireAndForget = [];
        private readonly HashSet<uint> _skipped = [];
        private readonly HashSet<uint> _done = [];
        private uint? _newestDone;

        public uint Next { get; private set; } = first;

        public uint Complete
        {
            get
            {
                uint complete = Next;
                while (_skipped.Contains(complete) || (_reliable.TryGetValue(complete, out Message? message) && message.IsComplete))
                {
                    complete++;
                }

                return complete;
            }
        }

        public int Window => (_reliable.TryGetValue(Next, out Message? next) ? next.Count - next.Parts.Count : 1) + ahead - HeldAhead;

        public bool IsEmpty => _reliable.Count == 0 && _fireAndForget.Count == 0 && _skipped.Count == 0;

        public bool HoldsFireAndForget => _fireAndForget.Count != 0;

        public int NextSize => (NextWhole() ?? _fireAndForget.Values.FirstOrDefault(message => message.IsComplete))?.Bytes.Length ?? -1;

        private int HeldAhead => _reliable.Where(pair => pair.Key != Next).Concat(_fireAndForget).Sum(pair => pair.Value.Parts.Count);

        public int Check(Fragment f)
        {
            if (f.Delivery > DataPayload.Reliable || f.Index >= f.Count || f.Length > DataPayload.FragmentSize || (f.Index + 1 < f.Count && f.Length < DataPayload.FragmentSize))
            {
                return Inbox.Malformed;
            }

            bool reliable = f.Delivery == DataPayload.Reliable;
            if (reliable ? f.Id < Next || _skipped.Contains(f.Id) : IsDone(f.Id))
            {
                return Inbox.Duplicate;
            }

            if (!reliable && f.Count > ahead)
            {
                return Inbox.Forgotten;
            }

            if ((reliable ? _reliable : _fireAndForget).TryGetValue(f.Id, out Message? message))
            {
                if (message.Count != f.Count)
                {
                    return Inbox.Malformed;
                }

                if (message.Parts.ContainsKey(f.Index))
                {
                    return Inbox.Duplicate;
                }
            }

            if (reliable && f.Count > maxFragments)
            {
                return f.Id == Next || _skipped.Count < MostSkipped ? Inbox.TooLarge : Inbox.NoRoom;
            }

            return reliable && f.Id != Next && HeldAhead >= ahead ? Inbox.NoRoom : Inbox.Stored;
        }

        public void Accept(int result, Fragment f, byte[] bytes, long now)
        {
            if (result == Inbox.TooLarge)
            {
                _skipped.Add(f.Id);
                SkipOn();
            }
            else if (result == Inbox.Stored && (f.Delivery == DataPayload.Reliable || MakeRoom(f)))
            {
                SortedDictionary<uint, Message> messages = f.Delivery == DataPayload.Reliable ? _reliable : _fireAndForget;
                messages.TryAdd(f.Id, new Message(f.Count));
                messages[f.Id].Parts.Add(f.Index, (bytes, now + 5000));
            }
        }

        public byte[]? Take()
        {
            if (NextWhole() is { } next)
            {
                _reliable.Remove(Next);
                Next++;
                SkipOn();
                return next.Bytes;
            }

            foreach ((uint id, Message message) in _fireAndForget)
            {
                if (message.IsComplete)
                {
                    Forget(id);
                    return message.Bytes;
                }
            }

            return null;
        }

        public void Expire(long now)
        {
            foreach (uint id in _fireAndForget.Where(pair => !pair.Value.IsComplete && pair.Value.Oldest <= now).Select(pair => pair.Key).ToList())
            {
                Forget(id);
            }
        }

        private Message? NextWhole() => _reliable.TryGetValue(Next, out Message? next) && next.IsComplete ? next : null;

        private void SkipOn()
        {
            while (_skipped.Remove(Next))
            {
                Next++;
            }
        }

        // For a fire-and-forget fragment the oldest message that is not complete goes; its own may be that one.
        private bool MakeRoom(Fragment f)
        {
            if (HeldAhead >= ahead && _fireAndForget.Any(pair => !pair.Value.IsComplete))
            {
                Forget(_fireAndForget.Where(pair => !pair.Value.IsComplete).MinBy(pair => pair.Value.Oldest).Key);
            }

            return HeldAhead < ahead && !IsDone(f.Id);
        }

        private void Forget(uint id)
        {
            _fireAndForget.Remove(id);
            _done.Add(id);
            _newestDone = _newestDone == null || (int)(id - _newestDone.Value) > 0 ? id : _newestDone;
        }

        private bool IsDone(uint id) => _newestDone is { } newest && (int)(newest - id) >= 0 && (newest - id >= Remembered || _done.Contains(id));
    }
}
