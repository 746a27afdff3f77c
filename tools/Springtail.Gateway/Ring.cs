using System.Collections.Generic;
using System.Linq;

namespace Springtail.Gateway;

/// <summary>The last so many of what came. Who reads has a place in it; what he missed is gone.</summary>
/// <param name="capacity">How many are kept.</param>
internal sealed class Ring<T>(int capacity)
{
    private readonly Queue<T> _items = new();
    private long _added;

    public void Add(T item)
    {
        lock (_items)
        {
            if (_items.Count == capacity)
            {
                _items.Dequeue();
            }

            _items.Enqueue(item);
            _added++;
        }
    }

    /// <summary>What came after a place, as far as it is kept.</summary>
    /// <param name="place">0 to begin with; then where this left it.</param>
    public T[] After(ref long place)
    {
        lock (_items)
        {
            long missing = _added - place;
            place = _added;
            return missing >= _items.Count ? [.. _items] : [.. _items.Skip(_items.Count - (int)missing)];
        }
    }
}
