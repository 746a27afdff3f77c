using System;
using System.Collections.Generic;
using System.Linq;

namespace Springtail.Gateway;

/// <summary>
/// What devices sent and how their sessions went, the last of it, for the page. It has places for so many devices: the first that come take them, and one
/// that somebody looks at takes the place of the one that was heard from longest ago.
/// </summary>
internal sealed class History
{
    /// <summary>Devices whose history is kept.</summary>
    public const int Places = 256;

    private readonly Dictionary<string, DeviceHistory> _devices = new(StringComparer.Ordinal);

    /// <summary>A device's history; null when it has none and there is no place left.</summary>
    /// <param name="device">Its name.</param>
    /// <param name="isWatched">Somebody looks at it.</param>
    public DeviceHistory? Of(string device, bool isWatched)
    {
        long now = Environment.TickCount64;
        lock (_devices)
        {
            if (!_devices.TryGetValue(device, out DeviceHistory? history))
            {
                if (_devices.Count >= Places && !isWatched)
                {
                    return null;
                }

                if (_devices.Count >= Places)
                {
                    _devices.Remove(_devices.MinBy(d => d.Value.UsedAt).Key);
                }

                _devices[device] = history = new DeviceHistory();
            }

            history.UsedAt = now;
            return history;
        }
    }
}
