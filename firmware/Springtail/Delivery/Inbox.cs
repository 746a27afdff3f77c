using System;
using Springtail.Packets;

namespace Springtail.Delivery;

/// <summary>
/// Puts messages together from fragments (PROTOCOL.md 9): reliable ones once and in the order of message_id,
/// fire-and-forget ones as they become complete.
/// <para>
/// Room is counted in fragments. The next reliable message has as many as a message may have; whatever comes before its turn
/// has <c>ahead</c> in all. So nothing that is held can keep the next message from becoming complete. Buffers are made, or made larger, when first needed and kept.
/// </para>
/// </summary>
internal sealed partial class Inbox
{
    /// <summary>What became of a fragment.</summary>
    public const int Stored = 0;

    /// <summary>A copy of what was stored or delivered.</summary>
    public const int Duplicate = 1;

    /// <summary>It is valid, but there is no room; the peer has to send it again.</summary>
    public const int NoRoom = 2;

    /// <summary>A fragment of a message larger than this side takes: acknowledged and skipped.</summary>
    public const int TooLarge = 3;

    /// <summary>Its fields contradict each other or an earlier fragment.</summary>
    public const int Malformed = 4;

    /// <summary>A fragment of a fire-and-forget message larger than this side takes: forgotten.</summary>
    public const int Forgotten = 5;

    private const long FireAndForgetLifetime = 5000;
    private const int SkippedLimit = 8;

    // Slots at first; they double when they are all taken, up to what the largest message and those ahead need: a session that receives little takes little.
    private const int FirstSlots = 4;

    private readonly int _maxFragments;
    private readonly int _ahead;

    // One entry for each fragment held. fragment_count 0: free. None from _top on is held, and none below _free is free.
    private int _top;
    private int _free;
    private byte[][] _bytes;
    private uint[] _messageId;

    // fragment_index and fragment_count, a byte each from the lowest on, delivery in four bits, and the length.
    private const int LengthShift = 20;
    private const uint PlaceMask = 0xFFFFF;
    private uint[] _place;

    // When a fire-and-forget fragment is given up; null before there were any.
    private long[] _expires;

    // Reliable messages that are too large and whose turn has not come; null before there were any.
    private uint[] _skipped;
    private int _skippedCount;

    private uint _next;

    // The last reliable fragment that was stored, in the order of message_id and fragment_index: what comes after it is no copy.
    private uint _lastMessage;
    private uint _lastPlace;

    // The first that is not complete, and how many of its fragments are held when it comes after the next; what the application has acknowledged by hand,
    // where it does so.
    private uint _complete;
    private int _heldForComplete;
    private uint _confirmed;
    private int _heldForNext;
    private int _countOfNext;
    private int _heldAhead;

    // Fire-and-forget messages delivered or given up; null before there were any.
    private DoneMessages _done;

    /// <param name="maxFragments">The largest message in fragments, 1 to 255.</param>
    /// <param name="ahead">How many fragments of other messages are held before their turn, at least 1.</param>
    public Inbox(int maxFragments, int ahead)
    {
        _maxFragments = maxFragments;
        _ahead = ahead;
        int capacity = maxFragments + ahead;
        int first = capacity < FirstSlots ? capacity : FirstSlots;
        _bytes = new byte[first][];
        _messageId = new uint[first];
        _place = new uint[first];
    }

    /// <summary>The <see cref="Window"/> of an empty one.</summary>
    public static int EmptyWindow(int ahead) => 1 + ahead;

    /// <summary>Fragments that the peer may have on their way (the receive_window of PROTOCOL.md 9).</summary>
    public int Window
    {
        get
        {
            int missing = _countOfNext == 0 ? 1 : _countOfNext - _heldForNext;
            return missing + _ahead - _heldAhead;
        }
    }

    /// <summary>message_id of the reliable message whose turn it is.</summary>
    public uint NextMessage => _next;

    /// <summary>The first reliable message that is not here as a whole: the done of PROTOCOL.md 9.</summary>
    public uint Done => ByHand ? _confirmed : _complete;

    /// <summary>The application acknowledges messages by hand, with <see cref="Confirm"/>.</summary>
    public bool ByHand { get; set; }

    /// <summary>The application has received the reliable messages up to this one, which it has taken; true when that is news.</summary>
    public bool Confirm(uint messageId)
    {
        if (messageId - _confirmed >= _next - _confirmed)
        {
            return false;
        }

        _confirmed = messageId + 1;
        return true;
    }

    /// <summary>True when nothing is held, skipped out of turn, or taken without being acknowledged by hand.</summary>
    public bool IsEmpty => _heldForNext == 0 && _heldAhead == 0 && _skippedCount == 0 && (!ByHand || _confirmed == _next);

    /// <summary>message_id of the last message that was too large.</summary>
    public uint LastTooLarge { get; private set; }

    /// <summary>Fire-and-forget messages dropped because they stayed incomplete or there was no room.</summary>
    public uint FireAndForgetDropped { get; private set; }

    /// <summary>True when a fire-and-forget fragment is held, which <see cref="Expire"/> may drop.</summary>
    public bool HoldsFireAndForget
    {
        get
        {
            for (int slot = 0; slot < _top; slot++)
            {
                if (CountOf(slot) != 0 && DeliveryOf(slot) == DataPayload.FireAndForget)
                {
                    return true;
                }
            }

            return false;
        }
    }

    /// <summary>Size in bytes of the message that <see cref="Take"/> would return; -1 when none is complete.</summary>
    public int NextSize
    {
        get
        {
            if (NextIsReliable)
            {
                return SizeOf(DataPayload.Reliable, _next);
            }

            int slot = FindFireAndForget();
            return slot < 0 ? -1 : SizeOf(DataPayload.FireAndForget, _messageId[slot]);
        }
    }

    /// <summary>Whether the message that <see cref="Take"/> would return is a reliable one.</summary>
    public bool NextIsReliable => _countOfNext != 0 && _heldForNext == _countOfNext;

    /// <summary>Goes on with the message_ids of a resumed session.</summary>
    public void Continue(uint next)
    {
        _next = next;
        _complete = next;
        _confirmed = next;
    }

    /// <summary>
    /// What <see cref="Accept"/> would return, without storing anything. Called before a packet's number is noted, since a packet for which there is
    /// no room counts as never received.
    /// </summary>
    public int Check(int delivery, uint messageId, int index, int count, int length)
    {
        if ((delivery != DataPayload.Reliable && delivery != DataPayload.FireAndForget)
            || count < 1 || count > DataPayload.MaxFragments || index >= count || length > DataPayload.FragmentSize
            || (index + 1 < count && length != DataPayload.FragmentSize))
        {
            return Malformed;
        }

        if (delivery == DataPayload.FireAndForget)
        {
            return CheckFireAndForget(messageId, index, count);
        }

        if (messageId < _next || IsSkipped(messageId))
        {
            return Duplicate;
        }

        int known = IsAfterLast(messageId, index, count) ? Stored : Find(delivery, messageId, index, count);
        if (known != Stored)
        {
            return known;
        }

        // None of its fragments is held; otherwise a different count would have been noticed above.
        if (count > _maxFragments)
        {
            return messageId == _next || _skippedCount < SkippedLimit ? TooLarge : NoRoom;
        }

        return messageId != _next && _heldAhead >= _ahead ? NoRoom : Stored;
    }

    /// <summary>Takes a fragment that <see cref="Check"/> called Stored or TooLarge.</summary>
    public void Accept(int result, int delivery, uint messageId, int index, int count, byte[] buffer, int offset, int length, long now)
    {
        if (result == TooLarge)
        {
            LastTooLarge = messageId;
            Skip(messageId);
            NoteComplete();
            return;
        }

        if (result != Stored)
        {
            return;
        }

        bool ahead = delivery != DataPayload.Reliable || messageId != _next;
        if (ahead && _heldAhead >= _ahead && !(DropIncomplete() && CheckFireAndForget(messageId, index, count) == Stored))
        {
            FireAndForgetDropped++;
            return;
        }

        int slot = _free;
        while (slot < _place.Length && CountOf(slot) != 0)
        {
            slot++;
        }

        _free = slot + 1;
        if (slot == _place.Length)
        {
            Grow();
        }

        if (slot >= _top)
        {
            _top = slot + 1;
        }

        if (_bytes[slot] == null || _bytes[slot].Length < length)
        {
            _bytes[slot] = new byte[length <= DataPayload.SmallFragment ? DataPayload.SmallFragment : DataPayload.FragmentSize];
        }

        Array.Copy(buffer, offset, _bytes[slot], 0, length);
        _messageId[slot] = messageId;
        _place[slot] = (uint)index | ((uint)count << 8) | ((uint)delivery << 16) | ((uint)length << LengthShift);
        SetLifetime(slot, now);
        if (ahead)
        {
            _heldAhead++;
        }
        else
        {
            _countOfNext = count;
            _heldForNext++;
        }

        if (delivery == DataPayload.Reliable)
        {
            NoteLast(slot);
            if (messageId == _complete && (messageId == _next ? NextIsReliable : ++_heldForComplete == count))
            {
                NoteComplete();
            }
        }
    }

    /// <summary>
    /// Copies the next complete message to <paramref name="buffer"/>, forgets it and returns its size; -1 when none is complete.
    /// The buffer must have room for <see cref="NextSize"/> bytes.
    /// </summary>
    public int Take(byte[] buffer, int offset)
    {
        if (NextIsReliable)
        {
            int size = TakeMessage(DataPayload.Reliable, _next, buffer, offset);
            _heldForNext = 0;
            Advance();
            return size;
        }

        int slot = FindFireAndForget();
        if (slot < 0)
        {
            return -1;
        }

        uint messageId = _messageId[slot];
        _heldAhead -= CountOf(slot);
        NoteDone(messageId);
        return TakeMessage(DataPayload.FireAndForget, messageId, buffer, offset);
    }

    /// <summary>True when every reliable message below <paramref name="messages"/> is here or was delivered or skipped.</summary>
    public bool HasAll(uint messages)
    {
        return _complete >= messages;
    }

    /// <summary>Drops fire-and-forget messages that stayed incomplete for 5 s.</summary>
    public void Expire(long now)
    {
        for (int slot = 0; slot < _top; slot++)
        {
            if (CountOf(slot) != 0 && DeliveryOf(slot) == DataPayload.FireAndForget && now >= _expires[slot]
                && !IsComplete(DataPayload.FireAndForget, _messageId[slot]))
            {
                DropFireAndForget(_messageId[slot]);
            }
        }
    }

    /// <summary>No more fragments will come: wipes those of messages that can no longer become complete, or come after one that cannot.</summary>
    public void Finish()
    {
        uint end = _complete;
        for (int slot = 0; slot < _top; slot++)
        {
            if (CountOf(slot) != 0
                && (DeliveryOf(slot) == DataPayload.Reliable ? _messageId[slot] >= end : !IsComplete(DataPayload.FireAndForget, _messageId[slot])))
            {
                Free(slot);
            }
        }

        LetGo();
    }

    /// <summary>Takes the next complete message of a session that has ended, and lets go of its room; returns its size, or -1 when there is none.</summary>
    public int TakeLast(byte[] buffer, int offset)
    {
        int size = Take(buffer, offset);
        LetGo();
        return size;
    }

    /// <summary>Wipes what it holds.</summary>
    public void Wipe()
    {
        for (int slot = 0; slot < _top; slot++)
        {
            Free(slot);
        }

        _heldAhead = 0;
        _heldForNext = 0;
        _countOfNext = 0;
        LetGo();
    }

    /// <summary>Begins anew with message_id 0, in the buffers that it has. Call when there is no message to take: what is held is wiped.</summary>
    public void BeginAnew()
    {
        while (_top > 0)
        {
            Free(_top - 1);
        }

        _heldAhead = 0;
        _heldForNext = 0;
        _countOfNext = 0;
        _heldForComplete = 0;
        _skippedCount = 0;
        _lastMessage = 0;
        _lastPlace = 0;
        _done = null;
        LastTooLarge = 0;
        FireAndForgetDropped = 0;
        Continue(0);
    }

    private void SetLifetime(int slot, long now)
    {
        if (DeliveryOf(slot) == DataPayload.FireAndForget)
        {
            _expires = _expires ?? new long[_place.Length];
            _expires[slot] = now + FireAndForgetLifetime;
        }
    }

    private int IndexOf(int slot) => (byte)_place[slot];

    private int CountOf(int slot) => (byte)(_place[slot] >> 8);

    private int DeliveryOf(int slot) => (int)(_place[slot] >> 16) & 0x0F;

    private int LengthOf(int slot) => (int)(_place[slot] >> LengthShift);

    private void Grow()
    {
        int held = _place.Length;
        int slots = held * 2 < _maxFragments + _ahead ? held * 2 : _maxFragments + _ahead;
        byte[][] bytes = new byte[slots][];
        uint[] messageId = new uint[slots];
        uint[] place = new uint[slots];
        System.Array.Copy(_bytes, 0, bytes, 0, held);
        System.Array.Copy(_messageId, 0, messageId, 0, held);
        System.Array.Copy(_place, 0, place, 0, held);
        _bytes = bytes;
        _messageId = messageId;
        _place = place;
        if (_expires != null)
        {
            long[] expires = new long[slots];
            System.Array.Copy(_expires, 0, expires, 0, held);
            _expires = expires;
        }
    }

    // Nothing comes into the buffers that hold nothing.
    private void LetGo()
    {
        for (int slot = 0; slot < _bytes.Length; slot++)
        {
            if (CountOf(slot) == 0)
            {
                _bytes[slot] = null;
            }
        }
    }

    private void NoteComplete()
    {
        while (IsSkipped(_complete) || (_complete < _next) || (_complete == _next ? NextIsReliable : IsComplete(DataPayload.Reliable, _complete)))
        {
            _complete++;
        }

        _heldForComplete = Held(DataPayload.Reliable, _complete, out _);
    }

    // What was taken or given up is wiped at once.
    private void Free(int slot)
    {
        if (_bytes[slot] != null)
        {
            Array.Clear(_bytes[slot], 0, LengthOf(slot));
        }

        _place[slot] = 0;
        _free = slot < _free ? slot : _free;

        while (_top > 0 && CountOf(_top - 1) == 0)
        {
            _top--;
        }
    }

    private int CheckFireAndForget(uint messageId, int index, int count)
    {
        if (_done != null && _done.Contains(messageId))
        {
            return Duplicate;
        }

        return count > _ahead ? Forgotten : Find(DataPayload.FireAndForget, messageId, index, count);
    }

    private void NoteLast(int slot)
    {
        if (IsAfterLast(_messageId[slot], IndexOf(slot), CountOf(slot)))
        {
            _lastMessage = _messageId[slot];
            _lastPlace = _place[slot];
        }
    }

    // Of a reliable one. Most come in their order, and need not be looked for among those that are held.
    private bool IsAfterLast(uint messageId, int index, int count)
    {
        return messageId > _lastMessage || (messageId == _lastMessage && count == (byte)(_lastPlace >> 8) && index > (byte)_lastPlace);
    }

    // Stored when the fragment is new, otherwise Duplicate, or Malformed when another fragment of the message states another count.
    private int Find(int delivery, uint messageId, int index, int count)
    {
        for (int slot = 0; slot < _top; slot++)
        {
            if (CountOf(slot) != 0 && _messageId[slot] == messageId && DeliveryOf(slot) == delivery)
            {
                if (CountOf(slot) != count)
                {
                    return Malformed;
                }

                if (IndexOf(slot) == index)
                {
                    return Duplicate;
                }
            }
        }

        return Stored;
    }

    private int Held(int delivery, uint messageId, out int count)
    {
        int held = 0;
        count = 0;
        for (int slot = 0; slot < _top; slot++)
        {
            if (CountOf(slot) != 0 && _messageId[slot] == messageId && DeliveryOf(slot) == delivery)
            {
                held++;
                count = CountOf(slot);
            }
        }

        return held;
    }

    private bool IsComplete(int delivery, uint messageId)
    {
        int held = Held(delivery, messageId, out int count);
        return held != 0 && held == count;
    }

    private int SizeOf(int delivery, uint messageId)
    {
        int size = 0;
        for (int slot = 0; slot < _top; slot++)
        {
            if (CountOf(slot) != 0 && _messageId[slot] == messageId && DeliveryOf(slot) == delivery)
            {
                size += LengthOf(slot);
            }
        }

        return size;
    }

    private int TakeMessage(int delivery, uint messageId, byte[] buffer, int offset)
    {
        int size = 0;
        for (int slot = 0; slot < _top; slot++)
        {
            if (CountOf(slot) != 0 && _messageId[slot] == messageId && DeliveryOf(slot) == delivery)
            {
                int length = LengthOf(slot);
                Array.Copy(_bytes[slot], 0, buffer, offset + IndexOf(slot) * DataPayload.FragmentSize, length);
                size += length;
                Free(slot);
            }
        }

        return size;
    }

    // The message whose turn it was is delivered or skipped: the next one's fragments move from "ahead" to their own room.
    private void Advance()
    {
        do
        {
            _next++;
        }
        while (Unskip(_next));

        _heldForNext = Held(DataPayload.Reliable, _next, out _countOfNext);
        _heldAhead -= _heldForNext;
    }

    private void Skip(uint messageId)
    {
        if (messageId == _next)
        {
            Advance();
        }
        else
        {
            _skipped = _skipped ?? new uint[SkippedLimit];
            _skipped[_skippedCount++] = messageId;
        }
    }

    private bool IsSkipped(uint messageId)
    {
        for (int i = 0; i < _skippedCount; i++)
        {
            if (_skipped[i] == messageId)
            {
                return true;
            }
        }

        return false;
    }

    private bool Unskip(uint messageId)
    {
        for (int i = 0; i < _skippedCount; i++)
        {
            if (_skipped[i] == messageId)
            {
                _skipped[i] = _skipped[--_skippedCount];
                return true;
            }
        }

        return false;
    }

    // A slot of the complete fire-and-forget message with the lowest id, or -1.
    private int FindFireAndForget()
    {
        int found = -1;
        for (int slot = 0; slot < _top; slot++)
        {
            if (CountOf(slot) != 0 && DeliveryOf(slot) == DataPayload.FireAndForget
                && (found < 0 || _messageId[slot] < _messageId[found])
                && IsComplete(DataPayload.FireAndForget, _messageId[slot]))
            {
                found = slot;
            }
        }

        return found;
    }

    // Makes room by giving up the oldest fire-and-forget message that is not complete.
    private bool DropIncomplete()
    {
        int found = -1;
        for (int slot = 0; slot < _top; slot++)
        {
            if (CountOf(slot) != 0 && DeliveryOf(slot) == DataPayload.FireAndForget
                && (found < 0 || _expires[slot] < _expires[found])
                && !IsComplete(DataPayload.FireAndForget, _messageId[slot]))
            {
                found = slot;
            }
        }

        if (found < 0)
        {
            return false;
        }

        DropFireAndForget(_messageId[found]);
        return true;
    }

    private void DropFireAndForget(uint messageId)
    {
        for (int slot = 0; slot < _top; slot++)
        {
            if (CountOf(slot) != 0 && _messageId[slot] == messageId && DeliveryOf(slot) == DataPayload.FireAndForget)
            {
                Free(slot);
                _heldAhead--;
            }
        }

        FireAndForgetDropped++;
        NoteDone(messageId);
    }

    private void NoteDone(uint messageId)
    {
        _done = _done ?? new DoneMessages(messageId);
        _done.Add(messageId);
    }

    // The newest id, and bit i for the id i below it.
    private sealed class DoneMessages
    {
        public uint Newest;
        public ulong Bits = 1ul;

        public DoneMessages(uint messageId)
        {
            Newest = messageId;
        }

        public bool Contains(uint messageId)
        {
            uint behind = Newest - messageId;
            return behind < 0x80000000u && (behind >= 64u || ((Bits >> (int)behind) & 1ul) != 0);
        }

        public void Add(uint messageId)
        {
            uint ahead = messageId - Newest;
            if (ahead < 0x80000000u)
            {
                Bits = ahead >= 64u ? 1ul : (Bits << (int)ahead) | 1ul;
                Newest = messageId;
            }
            else
            {
                uint behind = 0u - ahead;
                if (behind < 64u)
                {
                    Bits |= 1ul << (int)behind;
                }
            }
        }
    }
}
