namespace Springtail.Transport;

/// <summary>Ports, found by number: those that a driver has opened, and those that it could not open.</summary>
internal sealed class PortSet
{
    // At most half of the slots are in use; a port looks for its slot from the one that its number names. A slot holds the port and one more; 0 is none.
    private int[] _slots = new int[8];
    private bool[] _open = new bool[8];
    private int[] _rounds = new int[8];

    public int Count { get; private set; }

    /// <summary>How many slots there are: 0 to this - 1.</summary>
    public int Slots => _slots.Length;

    /// <summary>The port in a slot, or -1.</summary>
    public int PortAt(int slot) => _slots[slot] - 1;

    public bool IsOpen(int slot) => _open[slot];

    public void SetOpen(int slot, bool open) => _open[slot] = open;

    /// <summary>The round in which it was last wanted.</summary>
    public int RoundOf(int slot) => _rounds[slot];

    public void SetRound(int slot, int round) => _rounds[slot] = round;

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
        _open[slot] = false;
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
            int port = _slots[i] - 1;
            _slots[i] = 0;
            Put(port, _open[i], _rounds[i]);
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
        while (_slots[slot] != 0 && _slots[slot] != port + 1)
        {
            slot = Next(slot);
        }

        return slot;
    }

    private void Put(int port, bool open, int round)
    {
        int slot = SlotFor(port);
        _slots[slot] = port + 1;
        _open[slot] = open;
        _rounds[slot] = round;
    }

    private void Grow()
    {
        int[] slots = _slots;
        bool[] open = _open;
        int[] rounds = _rounds;
        _slots = new int[slots.Length * 2];
        _open = new bool[slots.Length * 2];
        _rounds = new int[slots.Length * 2];
        for (int i = 0; i < slots.Length; i++)
        {
            if (slots[i] != 0)
            {
                Put(slots[i] - 1, open[i], rounds[i]);
            }
        }
    }
}
