using System.Collections.Generic;
using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;
using Springtail.Sessions;

namespace Springtail.Peer;

/// <summary>The live table of sessions that a terminal shows.</summary>
internal static class ChannelTable
{
    private const int MaxRows = 20;

    public static IRenderable Render(IReadOnlyCollection<PeerChannel> channels, string idleText)
    {
        if (channels.Count == 0)
        {
            return new Text(idleText, new Style(Color.Grey));
        }

        Table table = new Table().Border(TableBorder.Rounded).BorderColor(Color.Grey);
        table.AddColumn("session");
        table.AddColumn("peer");
        table.AddColumn("state");
        table.AddColumn(new TableColumn("window").RightAligned());
        table.AddColumn(new TableColumn("epoch").RightAligned());
        table.AddColumn(new TableColumn("ports").Centered());
        table.AddColumn(new TableColumn("in").RightAligned());
        table.AddColumn(new TableColumn("out").RightAligned());
        table.AddColumn(new TableColumn("again").RightAligned());
        table.AddColumn(new TableColumn("dropped").RightAligned());
        table.AddColumn(new TableColumn("rtt").RightAligned());
        table.AddColumn(new TableColumn("clock").RightAligned());
        int rows = 0;
        foreach (PeerChannel channel in channels)
        {
            if (rows++ == MaxRows)
            {
                table.Caption($"and {channels.Count - MaxRows} more");
                break;
            }

            ChannelStatus status = channel.Status;
            table.AddRow(
                channel.Name[..8],
                Markup.Escape(channel.PeerAddress),
                State(status.State),
                Number((long)status.Window),
                Number(status.Epoch),
                $"[green]{status.LocalPort}[/] → [green]{status.PeerPort}[/]",
                Number(status.PacketsReceived),
                Number(status.PacketsSent),
                Number(status.Retransmissions),
                Number(status.PacketsDropped),
                status.RoundTripTime == 0 ? "" : Number(status.RoundTripTime) + " ms",
                status.ClockOffset == 0 ? "" : status.ClockOffset.ToString("+0;-0;0", CultureInfo.InvariantCulture) + " ms");
        }

        return table;
    }

    private static string State(SessionState state) => state switch
    {
        SessionState.HalfOpen => "[grey]half open[/]",
        SessionState.Established => "[green]established[/]",
        SessionState.Asleep => "[blue]asleep[/]",
        SessionState.Recovering => "[red]not heard[/]",
        SessionState.Closing => "[yellow]closing[/]",
        SessionState.Closed => "[grey]closed[/]",
        _ => "[grey]ended[/]",
    };

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
