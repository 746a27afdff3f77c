using Springtail.Packets;

namespace Springtail.Delivery;

// Several fragments in one packet: they stand one after the other, and have its number.
internal sealed partial class SendQueue
{
    /// <summary>Fragments that were not sent yet.</summary>
    public int Waiting => _queued;

    /// <summary>How many fragments from a slot on one packet takes, of so many at most: those not sent yet, all of which but the last are whole.</summary>
    public int Several(int slot, int most)
    {
        int count = 1;
        while (count < most && count < _queued && _lost == 0 && LengthOf(slot) == Packet.MaxPayload)
        {
            slot = Next(slot);
            count++;
        }

        return count;
    }

    /// <summary>The slot after this one.</summary>
    public int After(int slot) => Next(slot);

    /// <summary>How many fragments besides the first that the last acknowledgment was news of.</summary>
    public int OthersAcknowledged { get; private set; }

    partial void FinishOthers(int slot)
    {
        OthersAcknowledged = 0;

        // The number names the slot of the packet's last fragment.
        ulong number = _number[slot];
        for (int i = 1; i < Packet.MostFragments; i++)
        {
            slot = slot == 0 ? _payload.Length - 1 : slot - 1;
            if (_number[slot] == number && (_state[slot] == InFlight || _state[slot] == Lost))
            {
                Finish(slot);
                OthersAcknowledged++;
            }
        }
    }
}

internal sealed partial class Inbox
{
    /// <summary>How many fragments before their turn it has room for.</summary>
    public int RoomAhead => _ahead - _heldAhead;
}
