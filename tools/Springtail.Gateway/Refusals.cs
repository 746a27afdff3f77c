using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Microsoft.Extensions.Logging;

namespace Springtail.Gateway;

/// <summary>
/// Whose messages the broker refuses: they stay on disk, in their order, while those of others go on, and the first of them is tried again from time to time.
/// Each is known by a key: the device's name, or the topic of a state.
/// </summary>
internal sealed partial class Refusals(ILogger<Refusals> logger)
{
    /// <summary>The broker is asked again after this time, in ms.</summary>
    public const int RetryTime = 10_000;

    /// <summary>The same where it has said that it cannot now, in ms.</summary>
    public const int LaterTime = 5_000;

    // What was refused for so long at most before the connection ended is what it ended for, in ms.
    private const int LastTime = 1000;

    // Nothing is due before it is looked at again, in ms.
    private const int LookTime = 200;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Refusal> _refused = new(StringComparer.Ordinal);

    // What was on its way when the broker ended a connection: each goes alone, so that it shows which of them ends it.
    private readonly HashSet<string> _suspects = new(StringComparer.Ordinal);
    private long _lookAt;
    private long _enderDueAt;

    // As long as there is none, nothing of this costs anything.
    private volatile int _count;
    private volatile int _suspected;

    /// <summary>What ends the connection is tried again after this time, in ms, one of them at a time.</summary>
    public int EnderTime { get; set; } = 60_000;

    /// <summary>How many there are.</summary>
    public int Count => _count;

    /// <summary>Some of them, for people.</summary>
    public string Names
    {
        get
        {
            lock (_gate)
            {
                return string.Join(", ", _refused.Keys.Order(StringComparer.Ordinal).Take(3)) + (_refused.Count > 3 ? " ..." : "");
            }
        }
    }

    /// <summary>Some are taken again: what waits on disk is to be gone through anew.</summary>
    public bool HasReleased { get; private set; }

    /// <summary>True when something of this key was refused, and nothing of it was taken since.</summary>
    public bool Has(string key)
    {
        if (_count == 0)
        {
            return false;
        }

        lock (_gate)
        {
            return _refused.ContainsKey(key);
        }
    }

    /// <summary>True when what has this key is not to be sent now: a message stays on disk.</summary>
    public bool Holds(string key)
    {
        if (_count == 0)
        {
            return false;
        }

        lock (_gate)
        {
            return _refused.TryGetValue(key, out Refusal? refusal) && refusal.IsHeld;
        }
    }

    /// <summary>True when what has this key is to go alone, nothing before and nothing after it unanswered.</summary>
    public bool GoesAlone(string key)
    {
        if (_suspected == 0)
        {
            return false;
        }

        lock (_gate)
        {
            return _suspects.Contains(key);
        }
    }

    /// <summary>The broker has refused a message, or state.</summary>
    /// <param name="key">Whose.</param>
    /// <param name="id">The message's; 0 for a state.</param>
    /// <param name="reason">What the broker says.</param>
    /// <param name="isLater">It cannot now; otherwise it will not, as it is set up.</param>
    /// <param name="isEnder">It ends the connection.</param>
    public void Refuse(string key, long id, string reason, bool isLater = false, bool isEnder = false)
    {
        lock (_gate)
        {
            Clear(key);
            if (!_refused.TryGetValue(key, out Refusal? refusal))
            {
                _refused[key] = refusal = new Refusal();
                _count = _refused.Count;
            }

            // Others of the device were on their way.
            if (refusal.IsHeld && id > refusal.Id)
            {
                return;
            }

            if (refusal.Reason != reason)
            {
                LogRefused(What(key), reason);
            }

            refusal.IsHeld = true;
            refusal.IsEnder = isEnder;
            refusal.Id = id;
            refusal.Reason = reason;
            refusal.RefusedAt = Environment.TickCount64;
            refusal.DueAt = refusal.RefusedAt + (isEnder ? EnderTime : isLater ? LaterTime : RetryTime);
        }
    }

    /// <summary>The broker has taken a message, or state.</summary>
    /// <param name="key">Whose.</param>
    /// <param name="id">The message's; 0 for a state.</param>
    public void Accept(string key, long id)
    {
        if (_count + _suspected == 0)
        {
            return;
        }

        lock (_gate)
        {
            Clear(key);
            if (!_refused.TryGetValue(key, out Refusal? refusal) || (refusal.IsHeld && refusal.Id != id))
            {
                return;
            }

            LogTaken(What(key));
            if (refusal.IsHeld && id != 0)
            {
                // Held on until the others of the device come in their order.
                refusal.IsReleased = true;
                HasReleased = true;
            }
            else
            {
                _refused.Remove(key);
                _count = _refused.Count;
            }

            // Who set the broker right has hardly done it for this one alone.
            if (refusal.IsEnder)
            {
                _enderDueAt = 0;
                foreach (Refusal other in _refused.Values)
                {
                    other.DueAt = 0;
                }
            }
        }
    }

    /// <summary>What is to be tried now: keys, and the ids of the messages. Of those that end the connection one at a time.</summary>
    public IReadOnlyList<(string Key, long Id)> TakeDue()
    {
        if (_count == 0 || Environment.TickCount64 < _lookAt)
        {
            return [];
        }

        List<(string Key, long Id)> due = [];
        lock (_gate)
        {
            long now = Environment.TickCount64;
            _lookAt = now + LookTime;
            foreach ((string key, Refusal refusal) in _refused.OrderBy(r => r.Value.DueAt))
            {
                if (refusal is not { IsHeld: true, IsReleased: false } || refusal.DueAt > now || (refusal.IsEnder && _enderDueAt > now))
                {
                    continue;
                }

                if (refusal.IsEnder)
                {
                    _enderDueAt = now + EnderTime;
                }

                refusal.DueAt = now + RetryTime;
                due.Add((key, refusal.Id));
            }
        }

        return due;
    }

    /// <summary>What waits on disk is gone through anew over the same connection.</summary>
    public void Rewind()
    {
        lock (_gate)
        {
            foreach (string key in _refused.Where(r => r.Value.IsReleased).Select(r => r.Key).ToArray())
            {
                _refused.Remove(key);
            }

            _count = _refused.Count;
            HasReleased = false;
        }
    }

    /// <summary>The same over a new connection: all are tried, but for those that end it, which are not before it has been of use to others.</summary>
    public void Reconnect()
    {
        Rewind();
        lock (_gate)
        {
            _enderDueAt = Environment.TickCount64 + EnderTime;
            foreach (Refusal refusal in _refused.Values)
            {
                refusal.IsHeld = refusal.IsEnder;
            }
        }
    }

    /// <summary>The broker has ended a connection.</summary>
    /// <param name="unanswered">What was on its way: keys, and the ids of messages.</param>
    /// <param name="reason">Why it says that it has.</param>
    public void End(IReadOnlyCollection<(string Key, long Id)> unanswered, string reason)
    {
        bool hasSaidWhy = false;
        lock (_gate)
        {
            // Mosquitto does so over a message that is too large: it refuses it, and ends the connection.
            long now = Environment.TickCount64;
            foreach (Refusal refusal in _refused.Values.Where(r => r is { IsHeld: true, IsReleased: false } && now - r.RefusedAt < LastTime))
            {
                refusal.IsEnder = true;
                refusal.DueAt = now + EnderTime;
                hasSaidWhy = true;
            }
        }

        if (hasSaidWhy)
        {
            return;
        }

        if (unanswered.Count == 1 && unanswered.First() is var (key, id) && GoesAlone(key))
        {
            Refuse(key, id, "it ends the connection: " + reason, isEnder: true);
        }
        else if (!unanswered.Any(u => Holds(u.Key)))
        {
            lock (_gate)
            {
                _suspects.UnionWith(unanswered.Select(u => u.Key));
                _suspected = _suspects.Count;
            }
        }

        // Otherwise it was one that ended a connection before, and was tried again.
    }

    // The broker has answered.
    private void Clear(string key)
    {
        _suspects.Remove(key);
        _suspected = _suspects.Count;
    }

    private static string What(string key) => key.Contains('/') ? key : "messages of " + key;

    [LoggerMessage(Level = LogLevel.Error, Message = "The broker refuses {What} ({Reason}): messages wait on disk, in their order, and it is tried again")]
    private partial void LogRefused(string what, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "The broker takes {What} again")]
    private partial void LogTaken(string what);

    private sealed class Refusal
    {
        // Otherwise it is tried with the others of its connection.
        public bool IsHeld { get; set; }

        // Taken, and those after it have still to come.
        public bool IsReleased { get; set; }

        public bool IsEnder { get; set; }

        // The first message that was refused.
        public long Id { get; set; }

        public string Reason { get; set; } = "";

        public long RefusedAt { get; set; }

        public long DueAt { get; set; }
    }
}
