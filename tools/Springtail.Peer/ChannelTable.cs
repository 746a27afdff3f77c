using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Spectre.Console;
using Springtail.Sessions;

namespace Springtail.Peer;

/// <summary>A session as the table shows it.</summary>
internal readonly record struct ChannelRow(string Session, string Peer, ChannelStatus Status);

/// <summary>The table of sessions that a terminal shows: as many columns as it has room for, the more useful first to come and last to go.</summary>
internal static class ChannelTable
{
    private const int MaxRows = 20;
    private const string Gap = "  ";

    // In the order in which they stand, with the order in which they come in.
    private static readonly Column[] s_columns =
    [
        new("session", 0, false, r => r.Session[..8]),
        new("peer", 1, false, r => r.Peer),
        new("state", 2, false, r => State(r.Status.State)),
        new("window", 9, true, r => Number((long)r.Status.Window)),
        new("epoch", 10, true, r => Number(r.Status.Epoch)),
        new("ports here, there", 6, false, r => $"{r.Status.LocalPort}, {r.Status.PeerPort}"),
        new("in", 4, true, r => Number(r.Status.PacketsReceived)),
        new("out", 5, true, r => Number(r.Status.PacketsSent)),
        new("again", 7, true, r => Number(r.Status.Retransmissions)),
        new("dropped", 8, true, r => Number(r.Status.PacketsDropped)),
        new("rtt", 3, true, r => r.Status.RoundTripTime == 0 ? "" : Number(r.Status.RoundTripTime) + " ms"),
        new("clock", 11, true, r => r.Status.ClockOffset == 0 ? "" : r.Status.ClockOffset.ToString("+0;-0;0", CultureInfo.InvariantCulture) + " ms"),
    ];

    /// <summary>The table's lines, none longer than a number of columns.</summary>
    public static IReadOnlyList<string> Lines(IReadOnlyList<ChannelRow> rows, string idleText, int width)
    {
        if (rows.Count == 0)
        {
            return [LiveScreen.Fit(idleText, width)];
        }

        ChannelRow[] shown = [.. rows.Take(MaxRows)];
        int[] widths = [.. s_columns.Select(c => Math.Max(c.Name.Length, shown.Max(r => c.Text(r).GetCellWidth())))];
        bool[] isShown = new bool[s_columns.Length];
        int left = width;
        foreach (int i in Enumerable.Range(0, s_columns.Length).OrderBy(i => s_columns[i].Turn))
        {
            int needed = widths[i] + (left == width ? 0 : Gap.Length);

            // An address of IPv6 may be long: what it is has its place, cut, and so has the state.
            if (s_columns[i].Turn == 1 && needed > left - 14)
            {
                widths[i] = Math.Max(4, left - 14 - Gap.Length);
                needed = widths[i] + Gap.Length;
            }

            isShown[i] = needed <= left;
            if (!isShown[i])
            {
                break;
            }

            left -= needed;
        }

        List<string> lines = [Line(i => s_columns[i].Name)];
        lines.AddRange(shown.Select(r => Line(i => s_columns[i].Text(r))));
        if (rows.Count > MaxRows)
        {
            lines.Add(LiveScreen.Fit($"and {rows.Count - MaxRows} more", width));
        }

        return lines;

        string Line(Func<int, string> text) => LiveScreen.Fit(
            string.Join(Gap, Enumerable.Range(0, s_columns.Length).Where(i => isShown[i]).Select(i => Padded(LiveScreen.Fit(text(i), widths[i]), widths[i], s_columns[i].IsNumber))).TrimEnd(), width);
    }

    private static string Padded(string text, int width, bool toTheRight)
    {
        string blanks = new(' ', width - text.GetCellWidth());
        return toTheRight ? blanks + text : text + blanks;
    }

    private static string State(SessionState state) => state switch
    {
        SessionState.HalfOpen => "half open",
        SessionState.Established => "established",
        SessionState.Asleep => "asleep",
        SessionState.Recovering => "not heard",
        SessionState.Closing => "closing",
        SessionState.Closed => "closed",
        _ => "ended",
    };

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    private sealed record Column(string Name, int Turn, bool IsNumber, Func<ChannelRow, string> Text);
}
