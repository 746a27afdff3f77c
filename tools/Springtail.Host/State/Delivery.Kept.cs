#nullable enable
using System;
using System.IO;
using Springtail.Packets;

namespace Springtail.Delivery;

// What waits to be sent or received, and the counts of messages, as a listener keeps them over a restart (PROTOCOL.md 14.2).
internal sealed partial class SendQueue
{
    /// <summary>Writes what a session that continues this one would send. Not within a message.</summary>
    public void Keep(BinaryWriter writer)
    {
        writer.Write(_received);
        writer.Write(_nextReliable);
        writer.Write(_nextFireAndForget);
        int kept = 0;
        for (int i = 0, slot = _head; i < _used; i++, slot = Next(slot))
        {
            kept += IsKept(slot) ? 1 : 0;
        }

        writer.Write(kept);
        for (int i = 0, slot = _head; i < _used; i++, slot = Next(slot))
        {
            if (IsKept(slot))
            {
                writer.Write(_state[slot] == InFlight ? Lost : _state[slot]);
                writer.Write((ushort)LengthOf(slot));
                writer.Write(_payload[slot], 0, LengthOf(slot));
            }
        }
    }

    /// <summary>Goes on where another one was kept. It is empty.</summary>
    /// <exception cref="InvalidDataException">It holds less than that one.</exception>
    public void TakeUp(BinaryReader reader)
    {
        _received = reader.ReadUInt32();
        _nextReliable = reader.ReadUInt32();
        _nextFireAndForget = reader.ReadUInt32();
        int kept = reader.ReadInt32();
        if (kept > _capacity)
        {
            throw new InvalidDataException();
        }

        while (_payload.Length < kept)
        {
            MakeSlots(Math.Min(_payload.Length * 2, _capacity));
        }

        for (_used = 0; _used < kept; _used++)
        {
            _state[_used] = reader.ReadByte();
            _length[_used] = reader.ReadUInt16();
            _payload[_used] = new byte[DataPayload.HeaderSize + DataPayload.FragmentSize];
            reader.BaseStream.ReadExactly(_payload[_used], 0, _length[_used]);
            _queued += _state[_used] == Queued ? 1 : 0;
            _lost += _state[_used] == Lost ? 1 : 0;
        }
    }

    // What was sent of a fire-and-forget message is not sent again.
    private bool IsKept(int slot) => IsReliable(slot) || _state[slot] == Queued;
}

internal sealed partial class Inbox
{
    /// <summary>Writes what has come and was not taken, and which messages were.</summary>
    public void Keep(BinaryWriter writer)
    {
        writer.Write(_next);
        writer.Write(_complete);
        writer.Write(_confirmed);
        writer.Write(LastTooLarge);
        writer.Write(_done != null);
        if (_done != null)
        {
            writer.Write(_done.Newest);
            writer.Write(_done.Bits);
        }

        writer.Write(_skippedCount);
        for (int i = 0; i < _skippedCount; i++)
        {
            writer.Write(_skipped[i]);
        }

        int held = 0;
        for (int slot = 0; slot < _top; slot++)
        {
            held += CountOf(slot) != 0 ? 1 : 0;
        }

        writer.Write(held);
        for (int slot = 0; slot < _top; slot++)
        {
            if (CountOf(slot) != 0)
            {
                writer.Write(_messageId[slot]);
                writer.Write(_place[slot] & PlaceMask);
                writer.Write((ushort)LengthOf(slot));
                writer.Write(_bytes[slot], 0, LengthOf(slot));
            }
        }
    }

    /// <summary>Goes on where another one was kept. It is empty.</summary>
    /// <exception cref="InvalidDataException">It holds less than that one.</exception>
    public void TakeUp(BinaryReader reader, long now)
    {
        _next = reader.ReadUInt32();
        _complete = reader.ReadUInt32();
        _confirmed = reader.ReadUInt32();
        LastTooLarge = reader.ReadUInt32();
        _done = reader.ReadBoolean() ? new DoneMessages(reader.ReadUInt32()) { Bits = reader.ReadUInt64() } : null;
        _skippedCount = reader.ReadInt32();
        _skipped = _skippedCount == 0 ? null : new uint[SkippedLimit];
        for (int i = 0; i < _skippedCount; i++)
        {
            _skipped![i] = reader.ReadUInt32();
        }

        int held = reader.ReadInt32();
        if (held > _maxFragments + _ahead)
        {
            throw new InvalidDataException();
        }

        while (_place.Length < held)
        {
            Grow();
        }

        for (_top = 0; _top < held; _top++)
        {
            _messageId[_top] = reader.ReadUInt32();
            uint place = reader.ReadUInt32();
            _place[_top] = (place & PlaceMask) | (uint)reader.ReadUInt16() << LengthShift;
            _bytes[_top] = new byte[DataPayload.FragmentSize];
            reader.BaseStream.ReadExactly(_bytes[_top], 0, LengthOf(_top));
            SetLifetime(_top, now);
            if (DeliveryOf(_top) == DataPayload.Reliable)
            {
                NoteLast(_top);
            }
        }

        _heldForNext = Held(DataPayload.Reliable, _next, out _countOfNext);
        _heldForComplete = Held(DataPayload.Reliable, _complete, out _);
        _heldAhead = held - _heldForNext;
        if (_heldAhead > _ahead || _countOfNext > _maxFragments)
        {
            throw new InvalidDataException();
        }
    }
}
