using System;

namespace Springtail.Listening;

/// <summary>Seats by their deadlines, the earliest at hand; of those with the same one, the one that was moved longest ago.</summary>
internal sealed class DeadlineHeap
{
    private Entry[] _entries = new Entry[16];
    private long _moves;

    public int Count { get; private set; }

    /// <summary>The earliest deadline; long.MaxValue when there is none.</summary>
    public long Deadline => Count == 0 ? long.MaxValue : _entries[0].Deadline;

    /// <summary>The seat with the earliest deadline; null when there is none.</summary>
    public Seat First => Count == 0 ? null : _entries[0].Place.Seat;

    public void Add(Place place)
    {
        if (Count == _entries.Length)
        {
            Array.Resize(ref _entries, Count * 2);
        }

        Raise(Count++, NewEntry(place));
    }

    public void Remove(Place place)
    {
        Entry last = _entries[--Count];
        _entries[Count] = default;
        if (last.Place != place)
        {
            Settle(place.Index, last);
        }

        place.Index = -1;
    }

    /// <summary>Does something with each seat, after which the deadlines are looked at anew.</summary>
    public void ForEach(Action<Seat> action)
    {
        Entry[] entries = _entries.AsSpan(0, Count).ToArray();
        foreach (Entry entry in entries)
        {
            action(entry.Place.Seat);
            Update(entry.Place);
        }
    }

    /// <summary>Its deadline may have changed.</summary>
    public void Update(Place place) => Settle(place.Index, NewEntry(place));

    private Entry NewEntry(Place place) => new Entry(place, place.Seat.Deadline, _moves++);

    private void Put(int index, Entry entry)
    {
        _entries[index] = entry;
        entry.Place.Index = index;
    }

    // Where it belongs, from here upwards or downwards.
    private void Settle(int index, Entry entry)
    {
        if (index > 0 && entry.IsBefore(_entries[(index - 1) / 2]))
        {
            Raise(index, entry);
        }
        else
        {
            Sink(index, entry);
        }
    }

    private void Raise(int index, Entry entry)
    {
        while (index > 0 && entry.IsBefore(_entries[(index - 1) / 2]))
        {
            Put(index, _entries[(index - 1) / 2]);
            index = (index - 1) / 2;
        }

        Put(index, entry);
    }

    private void Sink(int index, Entry entry)
    {
        while (true)
        {
            int child = 2 * index + 1;
            if (child + 1 < Count && _entries[child + 1].IsBefore(_entries[child]))
            {
                child++;
            }

            if (child >= Count || !_entries[child].IsBefore(entry))
            {
                break;
            }

            Put(index, _entries[child]);
            index = child;
        }

        Put(index, entry);
    }

    // What is compared stands beside its neighbours, so that a move among ten thousand seats touches few lines of the cache.
    private readonly record struct Entry(Place Place, long Deadline, long Move)
    {
        public bool IsBefore(in Entry other) => Deadline != other.Deadline ? Deadline < other.Deadline : Move < other.Move;
    }
}
