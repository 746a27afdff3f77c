using System;
using System.Collections.Generic;
using System.Globalization;
using Springtail.Transfer;

namespace Springtail.Peer.Transfer;

/// <summary>Tells the user how a transfer goes: what became of each file, and how far it is, how fast and for how long yet.</summary>
internal sealed class TransferReport(Output output, LiveView view) : ITransferWatch
{
    // The rate is that of the last seconds, so that it follows the network and does not jump.
    private const long RateSpan = 4000;
    private const long LineInterval = 5000;
    private const long JsonInterval = 1000;
    private const int BarWidth = 24;

    private readonly Queue<(long At, long Bytes)> _past = new();
    private long _lineAt;

    public void Concluded(FileEntry entry)
    {
        string name = Output.Printable(entry.Name);
        bool good = entry.Result is TransferResult.Ok or TransferResult.AlreadyThere;
        string text = $"{name} {TransferResult.Text(entry.Result)}.";
        if (good)
        {
            output.Report(output.Json ? Verbosity.Normal : Verbosity.Detailed, "file", text, ("name", name), ("bytes", Math.Max(0, entry.Size)), ("result", entry.Result));
        }
        else
        {
            output.Warn(text, ("name", name), ("bytes", Math.Max(0, entry.Size)), ("result", entry.Result));
        }
    }

    /// <summary>Shows how far a side is: on a terminal some times a second, otherwise a line now and then.</summary>
    /// <param name="side">The side.</param>
    /// <param name="state">What to say while nothing moves; null for nothing.</param>
    /// <param name="now">Monotonic time in ms.</param>
    public void Progress(TransferSide side, string? state, long now)
    {
        // What was there before did not come over the network. Another side begins anew.
        long moved = side.Bytes - side.BytesBefore;
        while (_past.Count > 0 && ((_past.Count > 1 && now - _past.Peek().At > RateSpan) || _past.Peek().Bytes > moved))
        {
            _past.Dequeue();
        }

        if (_past.Count == 0 || now - _past.Peek().At >= RateSpan / 40)
        {
            _past.Enqueue((now, moved));
        }

        (long since, long before) = _past.Peek();
        double rate = now > since ? (moved - before) * 1000.0 / (now - since) : 0;
        string text = state ?? Text(side, rate);
        view.Show(() => text, now);
        if (now >= _lineAt)
        {
            _lineAt = now + (output.Json ? JsonInterval : LineInterval);
            if (output.Screen == null && (side.Current != null || side.Bytes < side.TotalBytes - side.BytesLeftOut))
            {
                output.Report(
                    Verbosity.Normal, "progress", text, ("bytes", side.Bytes), ("total_bytes", side.TotalBytes), ("files", side.Complete), ("total_files", side.TotalEntries),
                    ("bytes_per_second", (long)rate), ("file", side.Current == null ? null : Output.Printable(side.Current.Name)),
                    ("file_bytes", side.Current == null ? null : side.CurrentBytes), ("file_size", side.Current is { Size: >= 0 } sized ? sized.Size : null));
            }
        }
    }

    /// <summary>Says what was moved in all.</summary>
    public void Summary(TransferSide side, string verb, long milliseconds)
    {
        long moved = side.Bytes - side.BytesBefore;
        string before = side.BytesBefore > 0 ? $"; {Size(side.BytesBefore)} were there before" : "";
        output.Report(
            Verbosity.Minimal, "done", $"{(side.Complete < side.TotalEntries ? side.Complete + " of " : "")}{Count(side.TotalEntries)} {verb}, {Size(moved)} in {Duration(milliseconds / 1000.0)} ({Size((long)(moved * 1000.0 / Math.Max(1, milliseconds)))}/s){before}.",
            ("files", side.Complete), ("failed", side.Failed), ("bytes", moved), ("bytes_before", side.BytesBefore), ("milliseconds", milliseconds));
    }

    /// <summary>So many files and folders.</summary>
    public static string Count(long files) => Output.Count(files, "item");

    public static string Size(long bytes)
    {
        double size = bytes;
        int unit = 0;
        string[] units = ["bytes", "kB", "MB", "GB", "TB"];
        while (size >= 1000 && unit < units.Length - 1)
        {
            size /= 1000;
            unit++;
        }

        return unit == 0 ? string.Create(CultureInfo.InvariantCulture, $"{bytes} bytes") : string.Create(CultureInfo.InvariantCulture, $"{size:0.0} {units[unit]}");
    }

    private static string Text(TransferSide side, double rate)
    {
        long total = side.TotalBytes - side.BytesLeftOut;
        string file = side.Current == null ? "" : "  " + Output.Printable(side.Current.Name);
        if (side.Current is { Size: FileEntry.UnknownSize })
        {
            return $"{Size(side.Bytes)}, {Size((long)rate)}/s, {side.Complete} of {Count(side.TotalEntries)}{file}";
        }

        if (total == 0)
        {
            return Count(side.Complete);
        }

        // Part of a file that is left out may have come.
        double part = Math.Min(1, (double)side.Bytes / total);
        int filled = (int)(part * BarWidth);
        string left = rate > 0 && side.Bytes < total ? ", " + Duration((total - side.Bytes) / rate) + " left" : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{new string('█', filled)}{new string('░', BarWidth - filled)} {part * 100:0} %  {Size(side.Bytes)} of {Size(total)}, {Size((long)rate)}/s{left}, {side.Complete} of {Count(side.TotalEntries)}{file}");
    }

    private static string Duration(double seconds)
    {
        if (seconds < 10)
        {
            return string.Create(CultureInfo.InvariantCulture, $"{seconds:0.0} s");
        }

        TimeSpan time = TimeSpan.FromSeconds(Math.Min(seconds, 1e8));
        return time.TotalHours >= 1
            ? string.Create(CultureInfo.InvariantCulture, $"{(long)time.TotalHours}:{time.Minutes:00}:{time.Seconds:00} h")
            : string.Create(CultureInfo.InvariantCulture, $"{time.Minutes}:{time.Seconds:00} min");
    }
}
