namespace Springtail.Delivery;

/// <summary>The sliding window of received packet numbers, one per direction and for all epochs (PROTOCOL.md 3.1, 3.3).</summary>
internal sealed class ReplayWindow
{
    /// <summary>How many numbers, from the highest down, are told apart; what is older counts as seen.</summary>
    public const int Size = 1024;

    // Null once no packet is taken any more.
    private uint[] _seen = new uint[Size / 32];
    private readonly ulong _initial;

    // The SACK bitmap of the highest; the initial one is in none.
    private uint _below;

    /// <summary>Begins below the peer's first packet: its initial sequence is the highest number so far, or in a resumed session the highest seen.</summary>
    public ReplayWindow(ulong initialSequence)
    {
        _initial = initialSequence;
        Highest = initialSequence;
        Mark(initialSequence);
    }

    /// <summary>The highest number that was verified; at first the peer's initial sequence.</summary>
    public ulong Highest { get; private set; }

    /// <summary>
    /// The 64-bit number nearest to the highest with the given low half (at a distance of 2^31 the larger).
    /// False when that is below the peer's initial sequence.
    /// </summary>
    public bool Extend(uint sequence, out ulong number)
    {
        uint ahead = sequence - (uint)Highest;
        if (ahead <= 0x80000000u)
        {
            number = Highest + ahead;
            return true;
        }

        uint behind = 0u - ahead;
        if (Highest < _initial + behind)
        {
            number = 0;
            return false;
        }

        number = Highest - behind;
        return true;
    }

    /// <summary>True when the number was seen or is older than the window.</summary>
    public bool Contains(ulong number)
    {
        if (number > Highest)
        {
            return false;
        }

        if (Highest - number >= Size)
        {
            return true;
        }

        return (_seen[Index(number)] & Bit(number)) != 0;
    }

    /// <summary>Notes a verified number; call only when <see cref="Contains"/> is false.</summary>
    public void Add(ulong number)
    {
        if (number > Highest)
        {
            Forget(number);
            ulong ahead = number - Highest;
            _below = ahead < 32 ? _below << (int)ahead : 0;
            if (ahead <= 32 && Highest != _initial)
            {
                _below |= 1u << (int)(ahead - 1);
            }

            Highest = number;
        }
        else if (Highest - number <= 32)
        {
            _below |= 1u << (int)(Highest - number - 1);
        }

        Mark(number);
    }

    /// <summary>No number is asked for or noted any more: lets go of what was seen, which is room that a board needs for its next session.</summary>
    public void LetGo() => _seen = null;

    /// <summary>Bit i is set when <see cref="Highest"/> - 1 - i was received (the SACK bitmap of PROTOCOL.md 9).</summary>
    public uint SackBitmap() => _below;

    // Clears the places of the numbers between the highest and the new one, which stood for older numbers until now.
    private void Forget(ulong number)
    {
        if (number - Highest >= Size)
        {
            System.Array.Clear(_seen, 0, _seen.Length);
            return;
        }

        for (ulong n = Highest + 1; n < number; n++)
        {
            _seen[Index(n)] &= ~Bit(n);
        }

        _seen[Index(number)] &= ~Bit(number);
    }

    private void Mark(ulong number) => _seen[Index(number)] |= Bit(number);

    private static int Index(ulong number) => (int)((uint)number >> 5) & (Size / 32 - 1);

    private static uint Bit(ulong number) => 1u << (int)((uint)number & 31u);
}
