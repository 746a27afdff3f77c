using System;
using System.Collections.Generic;
using System.Linq;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Extensions.Hosting;

namespace Springtail.Gateway;

/// <summary>
/// What a page is told, as server-sent events. Each viewer is told what is new since he took the last event, as far as it is kept: one who is slow misses
/// some, and nothing waits for him in memory.
/// </summary>
internal sealed class Feed(GatewaySettings settings, KeyFolder keys, Devices devices, History history, LogHistory log, BrokerLink link, Store store, IHostApplicationLifetime lifetime)
{
    /// <summary>Viewers at once.</summary>
    public const int MostViewers = 16;

    /// <summary>Devices in one event's list; a filter finds the others.</summary>
    public const int MostRows = 200;

    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(500);
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web);

    private int _viewers;

    /// <summary>A viewer comes; false when there are too many.</summary>
    public bool Enter()
    {
        if (Interlocked.Increment(ref _viewers) <= MostViewers)
        {
            return true;
        }

        Leave();
        return false;
    }

    /// <summary>A viewer goes.</summary>
    public void Leave() => Interlocked.Decrement(ref _viewers);

    /// <summary>The events of a viewer, each an object in JSON with what has changed.</summary>
    /// <param name="device">The device that he looks at; null for none.</param>
    /// <param name="filter">A part of the names that his list shows.</param>
    /// <param name="cancellationToken">He goes.</param>
    public async IAsyncEnumerable<SseItem<string>> ReadAsync(string? device, string filter, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using CancellationTokenSource end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, lifetime.ApplicationStopping);
        Places places = new();
        string last = "";
        while (!end.IsCancellationRequested)
        {
            Dictionary<string, object> news = [];
            object fleet = Fleet(filter);
            string text = JsonSerializer.Serialize(fleet, s_json);
            if (text != last)
            {
                news["fleet"] = fleet;
                last = text;
            }

            LogLine[] lines = log.Lines.After(ref places.Log);
            if (lines.Length > 0)
            {
                news["log"] = lines.Select(l => new { l.Time, level = l.Level.ToString(), l.Text });
            }

            if (device != null)
            {
                news["device"] = News(device, places);
            }

            yield return new SseItem<string>(JsonSerializer.Serialize(news, s_json));
            await Task.Delay(s_pause, end.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private object Fleet(string filter)
    {
        string[] names = keys.Names;
        Dictionary<string, int> states = names.GroupBy(devices.StateOf).ToDictionary(g => g.Key, g => g.Count());
        string[] matching = [.. names.Where(n => n.Contains(filter, StringComparison.OrdinalIgnoreCase))];
        return new
        {
            gateway = settings.Name,
            broker = link.IsConnected,
            full = store.IsFull,
            states,
            matching = matching.Length,
            rows = matching.Take(MostRows).Select(Row),
        };
    }

    private object Row(string name)
    {
        (string state, DateTimeOffset since, long messages, ChannelStatus? status) = devices.Look(name);
        return status == null
            ? new { name, state, messages }
            : new
            {
                name,
                state,
                messages,
                since = since.ToUnixTimeMilliseconds(),
                address = status.PeerEndPoint.ToString(),
                suite = status.Suite,
                epoch = status.Epoch,
                roundTrip = status.RoundTripTime,
                loss = Devices.Loss(status),
            };
    }

    private object News(string name, Places places)
    {
        if (history.Of(name, isWatched: true) is { } device && device != places.Device)
        {
            places.Device = device;
            (places.Readings, places.Path, places.Windows) = (0, 0, 0);
        }

        return new
        {
            row = Row(name),
            readings = places.Device!.Readings.After(ref places.Readings).Select(r => new object[] { r.Time, TextOf(r.Start), r.Size }),
            path = places.Device.Path.After(ref places.Path).Select(p => new object[] { p.Time, p.RoundTrip, p.Loss }),
            windows = places.Device.Windows.After(ref places.Windows).Select(w => new object[] { w.Time, w.Window, w.Local, w.Peer }),
        };
    }

    // As text, where it is text, also when a cut went through a character; as hex digits otherwise.
    private static string TextOf(byte[] bytes)
    {
        int least = bytes.Length < DeviceHistory.KeptBytes ? bytes.Length : bytes.Length - 3;
        for (int length = bytes.Length; length >= least; length--)
        {
            if (Utf8.IsValid(bytes.AsSpan(0, length)))
            {
                return Encoding.UTF8.GetString(bytes, 0, length);
            }
        }

        return "0x" + Convert.ToHexStringLower(bytes);
    }

    // How far a viewer has read.
    private sealed class Places
    {
        public long Log;
        public long Readings;
        public long Path;
        public long Windows;

        public DeviceHistory? Device { get; set; }
    }
}
