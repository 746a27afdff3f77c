namespace Springtail.Transport;

/// <summary>Ports, found by number: those that a driver has opened, and those that it could not open.</summary>
internal sealed class PortSet
{
    private const int FirstSlots = 2;

    // A slot's bits: the port and one more, 0 for none; whether it is open; whether it is wanted.
    private const int PortBits = 0x1FFFF;
    private const int Open = 0x20000;
    private const int Wanted = 0x40000;

    // At most half of the slots are in use; a port looks for its slot from the one that its number names.
    private int[] _slots = new int[FirstSlots];

    public int Count { get; private set; }

    /// <summary>How many slots there are: 0 to this - 1.</summary>
    public int Slots => _slots.Length;

    /// <summary>The port in a slot, or -1.</summary>
    public int PortAt(int slot) => (_slots[slot] & PortBits) - 1;

    public bool IsOpen(int slot) => (_slots[slot] & Open) != 0;

    public void SetOpen(int slot, bool open) => Set(slot, Open, open);

    public bool IsWanted(int slot) => (_slots[slot] & Wanted) != 0;

    public void SetWanted(int slot, bool wanted) => Set(slot, Wanted, wanted);

    /// <summary>The slot of a port, or -1.</summary>
    public int Find(int port)
    {
        int slot = SlotFor(port);
        return _slots[slot] == 0 ? -1 : slot;
    }

    /// <summary>The slot of a port that was not in it: not open.</summary>
    public int Add(int port)
    {
        if (2 * (Count + 1) > _slots.Length)
        {
            Grow();
        }

        int slot = SlotFor(port);
        _slots[slot] = port + 1;
        Count++;
        return slot;
    }

    /// <summary>Takes a slot's port out. Others may have other slots after that.</summary>
    public void Remove(int slot)
    {
        Count--;
        _slots[slot] = 0;

        // Those that follow look for their slots anew, since one of them may have stood here.
        for (int i = Next(slot); _slots[i] != 0; i = Next(i))
        {
            int moved = _slots[i];
            _slots[i] = 0;
            Put(moved);
        }
    }

    public void Clear()
    {
        for (int i = 0; i < _slots.Length; i++)
        {
            _slots[i] = 0;
        }

        Count = 0;
    }

    private int Next(int slot) => slot + 1 == _slots.Length ? 0 : slot + 1;

    private int SlotFor(int port)
    {
        int slot = port & (_slots.Length - 1);
        while (_slots[slot] != 0 && PortAt(slot) != port)
        {
            slot = Next(slot);
        }

        return slot;
    }

    private void Set(int slot, int bit, bool value) => _slots[slot] = value ? _slots[slot] | bit : _slots[slot] & ~bit;

    private void Put(int content) => _slots[SlotFor((content & PortBits) - 1)] = content;

    private void Grow()
    {
        int[] slots = _slots;
        _slots = new int[slots.Length * 2];
        for (int i = 0; i < slots.Length; i++)
        {
            if (slots[i] != 0)
            {
                Put(slots[i]);
            }
        }
    }
}
