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

    private readonly Lock _gate = new();
    private int _viewers;
    private (string[] Names, Dictionary<string, int> States) _looked;
    private long _lookedAt;

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
        while (!end.IsCancellationRequested)
        {
            Dictionary<string, object> news = [];
            if (Fleet(filter, places) is { } fleet)
            {
                news["fleet"] = fleet;
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

    // What has changed of the list and its rows since this viewer was last told, null when nothing has.
    private Dictionary<string, object>? Fleet(string filter, Places places)
    {
        Dictionary<string, object> fleet = [];
        (string[] names, Dictionary<string, int> states) = Look();
        if (names != places.Names)
        {
            string[] matching = [.. names.Where(n => n.Contains(filter, StringComparison.OrdinalIgnoreCase))];
            places.Names = names;
            places.Listed = [.. matching.Take(MostRows)];
            places.Rows.Clear();
            fleet["names"] = places.Listed;
            fleet["matching"] = matching.Length;
        }

        List<object> rows = [];
        foreach (string name in places.Listed)
        {
            (string state, _, _, ChannelStatus? status) = devices.Look(name);
            ShownRow row = status == null ? new(state, -1, 0) : new(state, status.RoundTripTime, Devices.Loss(status));
            if (!places.Rows.TryGetValue(name, out ShownRow shown) || row != shown)
            {
                places.Rows[name] = row;
                rows.Add(status == null ? new object[] { name, state } : [name, state, row.RoundTrip, row.Loss]);
            }
        }

        if (rows.Count > 0)
        {
            fleet["rows"] = rows;
        }

        string summary = JsonSerializer.Serialize(new { link.IsConnected, store.IsFull, states });
        if (summary != places.Summary)
        {
            places.Summary = summary;
            fleet["gateway"] = settings.Name;
            fleet["broker"] = link.IsConnected;
            fleet["full"] = store.IsFull;
            fleet["states"] = states;
        }

        return fleet.Count > 0 ? fleet : null;
    }

    // All devices are gone through once for all viewers, however many there are of either.
    private (string[] Names, Dictionary<string, int> States) Look()
    {
        lock (_gate)
        {
            long now = Environment.TickCount64;
            if (_looked.Names == null || now - _lookedAt >= s_pause.TotalMilliseconds)
            {
                _lookedAt = now;
                string[] names = keys.Names;
                _looked = (names, names.GroupBy(devices.StateOf).ToDictionary(g => g.Key, g => g.Count()));
            }

            return _looked;
        }
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

    // What a viewer's list says of a device; the round trip is -1 when there was no session yet.
    private readonly record struct ShownRow(string State, int RoundTrip, double Loss);

    // How far a viewer has read, and what his list shows: at most so many rows.
    private sealed class Places
    {
        public long Log;
        public long Readings;
        public long Path;
        public long Windows;

        public DeviceHistory? Device { get; set; }

        public string[]? Names { get; set; }

        public string[] Listed { get; set; } = [];

        public Dictionary<string, ShownRow> Rows { get; } = new(StringComparer.Ordinal);

        public string Summary { get; set; } = "";
    }
}
