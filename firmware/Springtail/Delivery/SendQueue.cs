using System;
using Springtail.Packets;

namespace Springtail.Delivery;

/// <summary>
/// The fragments that wait to be sent or acknowledged, in order (PROTOCOL.md 9). A reliable message stays until the peer says that it has received it,
/// so that a session that follows can send it again; of one that has more fragments than there is room for, each until it is acknowledged. A
/// fire-and-forget fragment stays until it is acknowledged or lost. Buffers are made, or made larger, when first needed and kept.
/// </summary>
internal sealed partial class SendQueue
{
    private const byte Free = 0;
    private const byte Queued = 1;
    private const byte InFlight = 2;
    private const byte Lost = 3;
    private const byte Done = 4;

    // In place of a time.
    private const long NoMeasure = -1;

    // A packet sent three numbers after this one was acknowledged: this one is lost.
    private const uint ReorderingLimit = 3;

    // Slots at first; they double when they are all taken, up to the capacity: a session that sends little takes little.
    private const int FirstSlots = 4;

    private readonly int _capacity;

    // In a slot's length: its content went out more than once.
    private const ushort Twice = 0x8000;

    // A slot for each fragment: its DATA payload, and what became of it.
    private byte[][] _payload;
    private ushort[] _length;
    private byte[] _state;
    private ulong[] _number;
    private uint[] _ordinal;
    private long[] _sentAt;

    // Slot + 1 by the low bits of the packet number; an entry may be overwritten by a later number. Null while the slots are few: then they are looked through.
    private ushort[] _slotByNumber;

    private int _head;
    private int _used;
    private int _queued;
    private int _lost;

    // Slots held whose content went out more than once.
    private int _repeats;

    // Reliable messages below it are received: the peer's done.
    private uint _received;

    private uint _nextReliable;
    private uint _nextFireAndForget;

    // The message of which fragments are being added.
    private int _remaining;
    private uint _currentId;
    private int _currentIndex;
    private int _currentCount;
    private int _currentDelivery;

    /// <param name="capacity">How many fragments it holds, 1 to 4 096.</param>
    public SendQueue(int capacity)
    {
        _capacity = capacity;
        MakeSlots(capacity < FirstSlots ? capacity : FirstSlots);
    }

    /// <summary>DATA packets sent and neither acknowledged nor lost.</summary>
    public int Unacknowledged { get; private set; }

    /// <summary>How many fragments can be added now.</summary>
    public int Room => _capacity - _used;

    /// <summary>True while a message is only partly added.</summary>
    public bool InMessage => _currentCount != 0;

    /// <summary>True when nothing waits to be sent, acknowledged or received.</summary>
    public bool IsEmpty => _used == 0 && _currentCount == 0 && _received == _nextReliable;

    /// <summary>True when all is acknowledged but not yet received by the peer's application.</summary>
    public bool AwaitsDone => Unacknowledged == 0 && !HasMore && _used != 0;

    /// <summary>True when something waits to be sent, for the first time or again.</summary>
    public bool HasMore => _queued + _lost != 0;

    /// <summary>Packets were sent that may yet be acknowledged, those among them that count as lost.</summary>
    public bool AwaitsAcknowledgment => Unacknowledged + _lost != 0;

    /// <summary>Reliable messages begun so far, which is also the next message_id.</summary>
    public uint ReliableMessages => _nextReliable;

    /// <summary>The next message_id of a fire-and-forget message.</summary>
    public uint FireAndForgetMessages => _nextFireAndForget;

    /// <summary>When the oldest packet still unacknowledged went out; meaningless when there is none.</summary>
    public long OldestSentAt
    {
        get
        {
            long oldest = long.MaxValue;
            for (int i = 0, slot = _head; i < _used; i++, slot = Next(slot))
            {
                if (_state[slot] == InFlight && _sentAt[slot] < oldest)
                {
                    oldest = _sentAt[slot];
                }
            }

            return oldest;
        }
    }

    /// <summary>Reliable messages that the peer has not received, as far as it is known.</summary>
    public int UnreceivedMessages => (int)(_nextReliable - _received);

    /// <summary>Goes on with the message_ids of a resumed session.</summary>
    public void Continue(uint nextReliable, uint nextFireAndForget)
    {
        _nextReliable = nextReliable;
        _received = nextReliable;
        _nextFireAndForget = nextFireAndForget;
    }

    /// <summary>Begins a message of <paramref name="size"/> bytes; its bytes are then given to <see cref="Append"/>.</summary>
    /// <exception cref="SpringtailException">MESSAGE_TOO_LARGE, or STATE_INVALID when the last one is only partly added.</exception>
    public void Begin(int size, bool reliable)
    {
        if (InMessage)
        {
            throw new SpringtailException(ErrorCode.StateInvalid, "The message before this one is not complete.");
        }

        int count = size == 0 ? 1 : (size + DataPayload.FragmentSize - 1) / DataPayload.FragmentSize;
        if (count > DataPayload.MaxFragments)
        {
            throw new SpringtailException(ErrorCode.MessageTooLarge, "A message has at most 291 975 bytes.");
        }

        _remaining = size;
        _currentIndex = 0;
        _currentCount = count;
        _currentDelivery = reliable ? DataPayload.Reliable : DataPayload.FireAndForget;
        _currentId = reliable ? _nextReliable++ : _nextFireAndForget++;
    }

    /// <summary>Adds as many whole fragments of the message begun as there is room for; returns the number of bytes added.</summary>
    /// <param name="message">The message.</param>
    /// <param name="offset">Where its bytes not yet taken begin; they reach to its end.</param>
    public int Append(byte[] message, int offset)
    {
        int taken = 0;
        while (_currentCount != 0 && _used < _capacity)
        {
            if (_used == _payload.Length)
            {
                Grow();
            }

            int length = _remaining < DataPayload.FragmentSize ? _remaining : DataPayload.FragmentSize;
            int slot = _head + _used;
            if (slot >= _payload.Length)
            {
                slot -= _payload.Length;
            }

            byte[] payload = _payload[slot];
            if (payload == null || payload.Length < DataPayload.HeaderSize + length)
            {
                Wipe(payload);
                payload = new byte[DataPayload.HeaderSize + (length <= DataPayload.SmallFragment ? DataPayload.SmallFragment : DataPayload.FragmentSize)];
                _payload[slot] = payload;
            }

            Wire.WriteU32(payload, DataPayload.MessageId, _currentId);
            Wire.WriteU16(payload, DataPayload.FragmentIndex, (ushort)_currentIndex);
            Wire.WriteU16(payload, DataPayload.FragmentCount, (ushort)_currentCount);
            payload[DataPayload.Delivery] = (byte)_currentDelivery;
            Array.Copy(message, offset + taken, payload, DataPayload.HeaderSize, length);
            _length[slot] = (ushort)(DataPayload.HeaderSize + length);
            _state[slot] = Queued;
            _used++;
            _queued++;
            taken += length;
            _remaining -= length;
            _currentIndex++;
            if (_currentIndex == _currentCount)
            {
                _currentCount = 0;
            }
        }

        return taken;
    }

    /// <summary>The slot to send next: what was lost before what is new. -1 when there is none.</summary>
    public int NextSlot()
    {
        if (_lost + _queued == 0)
        {
            return -1;
        }

        // What was not sent yet stands together at the end.
        if (_lost == 0)
        {
            int first = _head + _used - _queued;
            return first >= _payload.Length ? first - _payload.Length : first;
        }

        int lost = _head;
        while (_state[lost] != Lost)
        {
            lost = Next(lost);
        }

        return lost;
    }

    /// <summary>Length of the DATA payload that is to be sent next; call when <see cref="HasMore"/>.</summary>
    public int NextPayloadLength => LengthOf(NextSlot());

    /// <summary>True when the slot's content went out before.</summary>
    public bool IsRepeated(int slot) => _state[slot] == Lost;

    /// <summary>Flags for a DATA packet with the slot's fragment.</summary>
    public int PacketFlagsOf(int slot)
    {
        int count = Wire.ReadU16(_payload[slot], DataPayload.FragmentCount);
        int flags = Wire.ReadU16(_payload[slot], DataPayload.FragmentIndex) + 1 == count ? PacketFlags.Psh : 0;
        return count > 1 ? flags | PacketFlags.Fragment : flags;
    }

    /// <summary>Writes the DATA payload of a slot, with what this side has received; returns its length.</summary>
    public int WritePayload(int slot, byte[] buffer, int offset, uint done)
    {
        int length = LengthOf(slot);
        Array.Copy(_payload[slot], 0, buffer, offset, length);
        Wire.WriteU32(buffer, offset + DataPayload.Done, done);
        return length;
    }

    /// <summary>Notes that the slot's fragment went out in packet <paramref name="number"/>.</summary>
    /// <param name="slot">The slot.</param>
    /// <param name="number">The packet's number.</param>
    /// <param name="ordinal">Its place among the packets that ask for an acknowledgment.</param>
    /// <param name="now">Monotonic time in ms.</param>
    public void Sent(int slot, ulong number, uint ordinal, long now)
    {
        if (_state[slot] == Lost)
        {
            _lost--;
            _repeats += WentTwice(slot) ? 0 : 1;
            _length[slot] |= Twice;
        }
        else
        {
            _queued--;
        }

        _state[slot] = InFlight;
        Unacknowledged++;
        _number[slot] = number;
        _ordinal[slot] = ordinal;
        _sentAt[slot] = now;
        NoteNumber(slot);
    }

    /// <summary>
    /// Takes an acknowledgment of one packet. True when it is news; then <paramref name="ordinal"/> is the packet's place among those that
    /// ask, <paramref name="rtt"/> its round trip in ms, -1 when its time is no measure, and <paramref name="wasLost"/> says whether it counted as lost.
    /// </summary>
    public bool Acknowledge(ulong number, long now, out uint ordinal, out int rtt, out bool wasLost)
    {
        ordinal = 0;
        rtt = -1;
        wasLost = false;
        int slot = SlotOf(number);
        if (slot < 0 || (_state[slot] != InFlight && _state[slot] != Lost))
        {
            return false;
        }

        wasLost = _state[slot] == Lost;
        ordinal = _ordinal[slot];
        if (_sentAt[slot] != NoMeasure)
        {
            rtt = (int)(now - _sentAt[slot]);
        }

        Finish(slot);
        FinishOthers(slot);
        DropDone();
        return true;
    }

    /// <summary>
    /// The peer has packet <paramref name="number"/>: marks as lost what was sent before it, three or more asking packets before it or no later than
    /// <paramref name="sentBefore"/>; returns the newest ordinal lost, or 0.
    /// </summary>
    /// <param name="number">The packet's number.</param>
    /// <param name="ordinal">Its place among the packets that ask for an acknowledgment; 0 when it is none of them.</param>
    /// <param name="sentBefore">Monotonic time in ms.</param>
    public uint DetectLosses(ulong number, uint ordinal, long sentBefore)
    {
        uint newest = 0;
        if (Unacknowledged == 0)
        {
            return 0;
        }

        for (int i = 0, slot = _head, used = _used; i < used; i++, slot = Next(slot))
        {
            if (_state[slot] != InFlight)
            {
                continue;
            }

            // As long as nothing was sent twice, the oldest stands first.
            if (_number[slot] >= number)
            {
                if (_repeats == 0)
                {
                    break;
                }
            }
            else if (ordinal >= _ordinal[slot] + ReorderingLimit || (_sentAt[slot] != NoMeasure && _sentAt[slot] <= sentBefore))
            {
                if (_ordinal[slot] > newest)
                {
                    newest = _ordinal[slot];
                }

                Lose(slot);
            }
        }

        DropDone();
        return newest;
    }

    /// <summary>The timer ended: everything unacknowledged counts as lost.</summary>
    public void LoseAll()
    {
        for (int i = 0, slot = _head, used = _used; i < used; i++, slot = Next(slot))
        {
            if (_state[slot] == InFlight)
            {
                Lose(slot);
            }
        }

        DropDone();
    }

    /// <summary>Packets under way are no longer used to measure the round trip.</summary>
    public void ForgetTimes()
    {
        for (int i = 0, slot = _head; i < _used; i++, slot = Next(slot))
        {
            _sentAt[slot] = NoMeasure;
        }
    }

    /// <summary>The peer has received all reliable messages below this one; true when that is news.</summary>
    public bool NoteReceived(uint done)
    {
        // Below what is known, or above what was ever begun.
        if (done - _received - 1u >= _nextReliable - _received)
        {
            return false;
        }

        _received = done;
        for (int i = 0, slot = _head, used = _used; i < used; i++, slot = Next(slot))
        {
            if (!IsReliable(slot))
            {
                continue;
            }

            // They stand in their order.
            if (MessageId(slot) - done < 0x80000000u)
            {
                break;
            }

            if (_state[slot] == InFlight)
            {
                Unacknowledged--;
            }

            _lost -= _state[slot] == Lost ? 1 : 0;
            _state[slot] = _state[slot] == Queued ? Queued : Done;
        }

        DropDone();
        return true;
    }

    /// <summary>Sends the last packet of the first message that is not received once more, since its acknowledgment tells what the peer has received. Call when <see cref="AwaitsDone"/>.</summary>
    public void RepeatLast()
    {
        int last = _head;
        for (int i = 0, slot = _head; i < _used && IsReliable(slot) && MessageId(slot) == MessageId(_head); i++, slot = Next(slot))
        {
            last = slot;
        }

        _state[last] = Lost;
        _lost++;
    }

    /// <summary>
    /// Goes on in another session. What is not received is sent again there; a fire-and-forget fragment that was sent is not.
    /// </summary>
    /// <param name="anew">The peer knows nothing of this one: message_ids begin at 0, and a message of which a part was let go is lost.</param>
    /// <returns>How many messages are lost.</returns>
    public int Restart(bool anew)
    {
        int lost = 0;
        if (_slotByNumber != null)
        {
            Array.Clear(_slotByNumber, 0, _slotByNumber.Length);
        }

        for (int i = 0, slot = _head, used = _used; i < used; i++, slot = Next(slot))
        {
            _number[slot] = 0;
            if (_state[slot] == Queued)
            {
                continue;
            }

            if (_state[slot] == InFlight)
            {
                Unacknowledged--;
            }

            _lost -= _state[slot] == Lost ? 1 : 0;
            _state[slot] = IsReliable(slot) && (anew || _state[slot] != Done) ? Lost : Done;
            _lost += _state[slot] == Lost ? 1 : 0;
        }

        if (anew)
        {
            lost = Renumber();
        }

        DropDone();
        return lost;
    }

    // message_ids from 0 on. A message whose first fragments are gone cannot be sent again.
    private int Renumber()
    {
        int lost = 0;
        DropDone();
        while (_used > 0 && IsReliable(_head) && Wire.ReadU16(_payload[_head], DataPayload.FragmentIndex) != 0)
        {
            uint broken = MessageId(_head);
            lost++;
            while (_used > 0 && IsReliable(_head) && MessageId(_head) == broken)
            {
                _lost -= _state[_head] == Lost ? 1 : 0;
                _queued -= _state[_head] == Queued ? 1 : 0;
                _state[_head] = Free;
                _head = Next(_head);
                _used--;
            }

            _received = broken + 1;
            if (_currentCount != 0 && _currentDelivery == DataPayload.Reliable && _currentId == broken)
            {
                _currentCount = 0;
                _remaining = 0;
            }
        }

        for (int i = 0, slot = _head; i < _used; i++, slot = Next(slot))
        {
            if (IsReliable(slot))
            {
                Wire.WriteU32(_payload[slot], DataPayload.MessageId, MessageId(slot) - _received);
            }
        }

        _currentId -= _currentDelivery == DataPayload.Reliable ? _received : 0;
        _nextReliable -= _received;
        _received = 0;
        return lost;
    }

    /// <summary>Wipes and releases what it holds: nothing is sent any more.</summary>
    public void Wipe()
    {
        for (int i = 0; i < _payload.Length; i++)
        {
            Wipe(_payload[i]);
            _payload[i] = null;
        }
    }

    private static void Wipe(byte[] payload)
    {
        if (payload != null)
        {
            Array.Clear(payload, 0, payload.Length);
        }
    }

    private void MakeSlots(int count)
    {
        _payload = new byte[count][];
        _length = new ushort[count];
        _state = new byte[count];
        _number = new ulong[count];
        _ordinal = new uint[count];
        _sentAt = new long[count];
        if (count > FirstSlots)
        {
            int map = FirstSlots;
            while (map < count * 4)
            {
                map *= 2;
            }

            _slotByNumber = new ushort[map];
        }
    }

    // To twice as many slots, all of which are taken: they stand in their order, from the first on.
    private void Grow()
    {
        byte[][] payload = _payload;
        ushort[] length = _length;
        byte[] state = _state;
        ulong[] number = _number;
        uint[] ordinal = _ordinal;
        long[] sentAt = _sentAt;
        MakeSlots(payload.Length * 2 < _capacity ? payload.Length * 2 : _capacity);
        for (int i = 0, from = _head; i < payload.Length; i++, from = from + 1 == payload.Length ? 0 : from + 1)
        {
            _payload[i] = payload[from];
            _length[i] = length[from];
            _state[i] = state[from];
            _number[i] = number[from];
            _ordinal[i] = ordinal[from];
            _sentAt[i] = sentAt[from];
            if (_state[i] == InFlight || (_state[i] == Lost && (_slotByNumber[Place(_number[i])] == 0 || SlotOf(_number[i]) >= 0)))
            {
                NoteNumber(i);
            }
        }

        _head = 0;
    }

    private int LengthOf(int slot) => _length[slot] & ~Twice;

    private bool WentTwice(int slot) => (_length[slot] & Twice) != 0;

    private uint MessageId(int slot) => Wire.ReadU32(_payload[slot], DataPayload.MessageId);

    private bool IsReliable(int slot) => _payload[slot][DataPayload.Delivery] == DataPayload.Reliable;

    private void Lose(int slot)
    {
        Unacknowledged--;
        if (IsReliable(slot))
        {
            _state[slot] = Lost;
            _lost++;
        }
        else
        {
            _state[slot] = Done;
        }
    }

    private void Finish(int slot)
    {
        if (_state[slot] == Lost)
        {
            _lost--;
        }
        else
        {
            Unacknowledged--;
        }

        _state[slot] = Done;
    }

    // On a desktop: the other fragments that went out in the packet that was acknowledged.
    partial void FinishOthers(int slot);

    private void DropDone()
    {
        while (_used > 0 && _state[_head] == Done && MayGo(_head))
        {
            _repeats -= WentTwice(_head) ? 1 : 0;
            _state[_head] = Free;
            _head = Next(_head);
            _used--;
        }
    }

    // Received, or of no use to a session that follows: a part, but not the end, of a message that is not held whole in any case.
    private bool MayGo(int slot)
    {
        int count = Wire.ReadU16(_payload[slot], DataPayload.FragmentCount);
        return !IsReliable(slot) || MessageId(slot) - _received >= 0x80000000u
            || (count > _capacity && Wire.ReadU16(_payload[slot], DataPayload.FragmentIndex) + 1 < count);
    }

    private int Next(int slot) => slot + 1 == _payload.Length ? 0 : slot + 1;

    private void NoteNumber(int slot)
    {
        if (_slotByNumber != null)
        {
            _slotByNumber[Place(_number[slot])] = (ushort)(slot + 1);
        }
    }

    // The slot whose fragment went out last in that packet; -1 when there is none.
    private int SlotOf(ulong number)
    {
        if (_slotByNumber != null)
        {
            int noted = _slotByNumber[Place(number)] - 1;
            return noted >= 0 && _number[noted] == number ? noted : -1;
        }

        int slot = _number.Length - 1;
        while (slot >= 0 && _number[slot] != number)
        {
            slot--;
        }

        return slot;
    }

    private int Place(ulong number) => (int)((uint)number & (uint)(_slotByNumber.Length - 1));
}
