using System.Collections.Generic;
using Springtail.Delivery;
using Springtail.Packets;

namespace Springtail.Sessions;

/// <summary>
/// Acknowledges packets of one session, save the one that makes a reliable message whole, and copies of it, which wait until the application has received the message.
/// What comes after such a packet waits with it, for a while: an ACK tells of 33 numbers alone, and a gap would count as a loss.
/// </summary>
internal sealed class Receipts
{
    // An ACK tells of the highest number and of the 32 below it.
    private const int AckReach = 32;

    // After this time a packet that holds up others does so no more, in ms.
    private const long LongestHeld = 100;

    private readonly Inbox _inbox;
    private readonly PacketSpace _space;
    private readonly List<(uint Message, ulong Number)> _held = new();

    private uint _newest;
    private long _heldSince;

    /// <summary>Begins with the session's first packet, before it is noted.</summary>
    public Receipts(PacketSpace space, Inbox inbox)
    {
        _space = space;
        _inbox = inbox;
        Confirmed = inbox.NextMessage;
        space.Told = new ReplayWindow(space.Highest);
    }

    /// <summary>The first message that the application has not received.</summary>
    public uint Confirmed { get; private set; }

    /// <summary>A packet was opened, whose number was not seen before; it has not come to the inbox yet.</summary>
    public void Receive(Arrival arrival)
    {
        bool completes = Completes(arrival);
        if (_held.Count == 0)
        {
            _heldSince = arrival.Now;
        }

        if (!completes && (_held.Count == 0 || arrival.Now - _heldSince > LongestHeld))
        {
            Tell(arrival.Number);
            return;
        }

        // What the window of numbers has left behind is acknowledged no more.
        if (_held.Count == ReplayWindow.Size)
        {
            _held.RemoveAt(0);
        }

        uint message = completes ? arrival.U32(DataPayload.MessageId) : _newest;
        _newest = _held.Count == 0 || message > _newest ? message : _newest;
        _held.Add((message, arrival.Number));
    }

    /// <summary>The application has received this message and those before it.</summary>
    public void Confirm(uint message)
    {
        if (message >= Confirmed && message < _inbox.NextMessage)
        {
            Confirmed = message + 1;
        }
    }

    /// <summary>Acknowledges as many packets of confirmed messages as one ACK can tell of; false when there are none.</summary>
    public bool TellNext()
    {
        int at = 0;
        while (at < _held.Count && _held[at].Message >= Confirmed)
        {
            at++;
        }

        if (at == _held.Count)
        {
            return false;
        }

        ulong first = _held[at].Number;
        int kept = 0;
        for (int i = 0; i < _held.Count; i++)
        {
            if (i >= at && _held[i].Message < Confirmed && _held[i].Number < first + AckReach)
            {
                Tell(_held[i].Number);
            }
            else
            {
                _held[kept++] = _held[i];
            }
        }

        _held.RemoveRange(kept, _held.Count - kept);
        return true;
    }

    private void Tell(ulong number)
    {
        if (!_space.Told.Contains(number))
        {
            _space.Told.Add(number);
        }
    }

    // With it all of a reliable message is here that the application has not received.
    private bool Completes(Arrival arrival)
    {
        bool isStored = arrival.Content == Inbox.Stored;
        if (arrival.Type != PacketType.Data || (!isStored && arrival.Content != Inbox.Duplicate) || arrival.U8(DataPayload.Delivery) != DataPayload.Reliable)
        {
            return false;
        }

        uint message = arrival.U32(DataPayload.MessageId);
        if (message < _inbox.NextMessage)
        {
            return message >= Confirmed;
        }

        int held = _inbox.Held(DataPayload.Reliable, message, out int _);
        return (isStored ? held + 1 : held) == arrival.U16(DataPayload.FragmentCount);
    }
}
