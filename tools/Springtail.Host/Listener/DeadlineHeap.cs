using System;

namespace Springtail.Listening;

/// <summary>Seats by their deadlines, the earliest at hand; of those with the same one, the one that was moved longest ago.</summary>
internal sealed class DeadlineHeap
{
    private Place[] _places = new Place[16];
    private long _moves;

    public int Count { get; private set; }

    /// <summary>The earliest deadline; long.MaxValue when there is none.</summary>
    public long Deadline => Count == 0 ? long.MaxValue : _places[0].Deadline;

    /// <summary>The seat with the earliest deadline; null when there is none.</summary>
    public Seat First => Count == 0 ? null : _places[0].Seat;

    public void Add(Place place)
    {
        if (Count == _places.Length)
        {
            Array.Resize(ref _places, Count * 2);
        }

        place.Deadline = place.Seat.Deadline;
        place.Move = _moves++;
        Put(Count++, place);
        Raise(place.Index);
    }

    public void Remove(Place place)
    {
        int index = place.Index;
        Place last = _places[--Count];
        _places[Count] = null;
        place.Index = -1;
        if (last != place)
        {
            Put(index, last);
            Raise(index);
            Sink(last.Index);
        }
    }

    /// <summary>Does something with each seat, after which the deadlines are looked at anew.</summary>
    public void ForEach(Action<Seat> action)
    {
        Place[] places = _places.AsSpan(0, Count).ToArray();
        foreach (Place place in places)
        {
            action(place.Seat);
            Update(place);
        }
    }

    /// <summary>Its deadline may have changed.</summary>
    public void Update(Place place)
    {
        place.Deadline = place.Seat.Deadline;
        place.Move = _moves++;
        Raise(place.Index);
        Sink(place.Index);
    }

    private static bool IsBefore(Place a, Place b) => a.Deadline != b.Deadline ? a.Deadline < b.Deadline : a.Move < b.Move;

    private void Put(int index, Place place)
    {
        _places[index] = place;
        place.Index = index;
    }

    private void Raise(int index)
    {
        Place place = _places[index];
        while (index > 0 && IsBefore(place, _places[(index - 1) / 2]))
        {
            Put(index, _places[(index - 1) / 2]);
            index = (index - 1) / 2;
        }

        Put(index, place);
    }

    private void Sink(int index)
    {
        Place place = _places[index];
        while (true)
        {
            int child = 2 * index + 1;
            if (child + 1 < Count && IsBefore(_places[child + 1], _places[child]))
            {
                child++;
            }

            if (child >= Count || !IsBefore(_places[child], place))
            {
                break;
            }

            Put(index, _places[child]);
            index = child;
        }

        Put(index, place);
    }
}
