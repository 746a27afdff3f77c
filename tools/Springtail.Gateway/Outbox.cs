using System.Collections.Generic;
using System.Threading;

namespace Springtail.Gateway;

/// <summary>The messages up in the order in which they go to the broker: from memory as long as it keeps up, from the disk otherwise.</summary>
internal sealed class Outbox
{
    private const int MemoryMessages = 20_000;
    private const int ReadAtOnce = 2000;

    private readonly Store _store;
    private readonly Queue<StoredMessage> _next = new();
    private readonly object _gate = new();

    // The last message that was given out or waits in memory, and the last on disk.
    private long _last;
    private long _stored;

    public Outbox(Store store)
    {
        _store = store;
        _stored = store.LastUp;
        store.Committed = Add;
    }

    /// <summary>Released when there is something to send, at least once.</summary>
    public SemaphoreSlim Signal { get; } = new(1);

    /// <summary>The next message; null when there is none.</summary>
    public StoredMessage? Take()
    {
        lock (_gate)
        {
            if (_next.Count == 0 && _last < _stored)
            {
                // What is not there any more was sent.
                List<StoredMessage> read = _store.ReadUp(_last, ReadAtOnce);
                read.ForEach(_next.Enqueue);
                _last = read.Count == 0 ? _stored : read[^1].Id;
            }

            return _next.TryDequeue(out StoredMessage? message) ? message : null;
        }
    }

    /// <summary>Begins anew with what is on disk: what became of messages that were handed out is not known.</summary>
    public void Rewind()
    {
        lock (_gate)
        {
            _next.Clear();
            _last = 0;
        }
    }

    private void Add(IReadOnlyList<StoredMessage> committed)
    {
        if (committed.Count == 0)
        {
            return;
        }

        lock (_gate)
        {
            bool keepsUp = _last == _stored && _next.Count < MemoryMessages;
            _stored = committed[^1].Id;
            if (keepsUp)
            {
                foreach (StoredMessage message in committed)
                {
                    _next.Enqueue(message);
                }

                _last = _stored;
            }
        }

        if (Signal.CurrentCount == 0)
        {
            Signal.Release();
        }
    }
}
