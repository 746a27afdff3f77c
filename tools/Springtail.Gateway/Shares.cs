using System;
using System.Collections.Generic;
using System.Threading;

namespace Springtail.Gateway;

/// <summary>
/// How much of the store each device's messages take, those from it under its name and those for it under their topic. Who has more than three times what is
/// left has to wait: one flood alone has three quarters of the store at most, two have six sevenths, and there is always room for another (dynamic thresholds,
/// Choudhury and Hahne 1998).
/// </summary>
internal sealed class Shares
{
    private const int Most = 3;

    // What a message takes beside its payload, roughly, in bytes.
    private const int Overhead = 128;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, long> _bytes = new(StringComparer.Ordinal);
    private long _room = long.MaxValue;

    /// <summary>What is left, in bytes: what else the disk's file may take, without what waits in memory.</summary>
    public void SetRoom(long bytes)
    {
        lock (_gate)
        {
            _room = bytes;
        }
    }

    /// <summary>Messages of a device are there, of so many bytes together.</summary>
    public void Add(string device, long size, long count = 1)
    {
        lock (_gate)
        {
            long bytes = size + (count * Overhead);
            _bytes[device] = _bytes.GetValueOrDefault(device) + bytes;
            _room -= bytes;
        }
    }

    /// <summary>A message of a device has gone; what room that makes is known with the next <see cref="SetRoom"/>.</summary>
    public void Remove(string device, long size)
    {
        lock (_gate)
        {
            long left = _bytes.GetValueOrDefault(device) - size - Overhead;
            if (left > 0)
            {
                _bytes[device] = left;
            }
            else
            {
                _bytes.Remove(device);
            }
        }
    }

    /// <summary>A device has so much that its next message has to wait.</summary>
    public bool IsUsedUp(string device)
    {
        lock (_gate)
        {
            return _bytes.GetValueOrDefault(device) / Most > _room;
        }
    }
}
