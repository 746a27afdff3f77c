using System.Collections.Generic;
using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;
using Springtail.Packets;
using Springtail.Sessions;

namespace Springtail.Peer;

/// <summary>The live table of sessions that a terminal shows.</summary>
internal static class SessionTable
{
    private const int MaxRows = 20;

    public static IRenderable Render(IReadOnlyCollection<Conversation> conversations, string idleText, long now)
    {
        if (conversations.Count == 0)
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
        foreach (Conversation conversation in conversations)
        {
            if (rows++ == MaxRows)
            {
                table.Caption($"and {conversations.Count - MaxRows} more");
                break;
            }

            Session session = conversation.Session;
            Counters counters = session.Counters;
            table.AddRow(
                conversation.Name[..8],
                Markup.Escape(conversation.PeerAddress),
                State(session.State),
                Number((long)session.Window),
                Number(session.Epoch),
                $"[green]{conversation.LocalPort}[/] → [green]{conversation.PeerPort}[/]",
                Number(counters.PacketsReceived),
                Number(counters.PacketsSent),
                Number(counters.Retransmissions),
                Number(counters.DropsInAll),
                session.RoundTripTime == 0 ? "" : Number(session.RoundTripTime) + " ms",
                session.IsServer ? "" : session.ClockOffset(now).ToString("+0;-0;0", CultureInfo.InvariantCulture) + " ms");
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
