using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Threading;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Springtail.Demo;

/// <summary>A window of the session, as the device saw it.</summary>
internal readonly record struct Hop(double Seconds, ulong Window, int DevicePort, int PeerPort, int In, int Out, int Again, int Rtt, int Lost);

/// <summary>What the demo shows: on a terminal one picture that changes, in a pipe a line for each thing that happens.</summary>
internal sealed class Show
{
    private const int HopsShown = 10;
    private const int MessagesShown = 5;

    private readonly Lock _lock = new();
    private readonly bool _live;
    private readonly Queue<Hop> _hops = new();
    private readonly Queue<string> _messages = new();
    private string _phase = "";
    private bool _changed = true;

    public Show()
    {
        _live = !Console.IsOutputRedirected && AnsiConsole.Profile.Capabilities is { Ansi: true, Interactive: true };
    }

    /// <summary>Runs the demo; on a terminal, with its picture kept up to date.</summary>
    public void Run(Action demo)
    {
        if (!_live)
        {
            demo();
            return;
        }

        AnsiConsole.Live(Text.Empty).Start(context =>
        {
            using Timer timer = new(_ => Redraw(context), null, 0, 100);
            demo();
            timer.Change(Timeout.Infinite, Timeout.Infinite);
            Redraw(context);
        });
    }

    public void Phase(string text)
    {
        lock (_lock)
        {
            _phase = text;
            _changed = true;
            Line("== " + text);
        }
    }

    public void Add(Hop hop)
    {
        lock (_lock)
        {
            Keep(_hops, hop, HopsShown);
            Line(string.Create(
                CultureInfo.InvariantCulture,
                $"{hop.Seconds,5:F1} s  window {hop.Window}  device port {hop.DevicePort}, peer port {hop.PeerPort}  packets {hop.Out} out, {hop.In} in  sent again {hop.Again}  lost on the way {hop.Lost}  rtt {hop.Rtt} ms"));
        }
    }

    public void Message(string text)
    {
        lock (_lock)
        {
            Keep(_messages, text, MessagesShown);
            Line("         " + text);
        }
    }

    public void Finish(IReadOnlyList<(string What, string Seen, bool Good)> results)
    {
        if (_live)
        {
            Table table = new Table().Border(TableBorder.Rounded).BorderColor(Color.Grey).AddColumn("expected").AddColumn("observed").AddColumn("");
            foreach ((string what, string seen, bool good) in results)
            {
                table.AddRow(Markup.Escape(what), Markup.Escape(seen), good ? "[green]yes[/]" : "[red]NO[/]");
            }

            AnsiConsole.Write(table);
        }
        else
        {
            Console.WriteLine("== Summary");
            foreach ((string what, string seen, bool good) in results)
            {
                Console.WriteLine($"  {(good ? "yes" : "NO "),-4}{what}: {seen}");
            }
        }

        Console.WriteLine(results.All(r => r.Good) ? "All was as it should be." : "Something was not as it should be.");
    }

    private void Line(string text)
    {
        if (!_live)
        {
            Console.WriteLine(text);
        }
    }

    private void Keep<T>(Queue<T> queue, T item, int most)
    {
        queue.Enqueue(item);
        if (queue.Count > most)
        {
            queue.Dequeue();
        }

        _changed = true;
    }

    private void Redraw(LiveDisplayContext context)
    {
        IRenderable picture;
        lock (_lock)
        {
            if (!_changed)
            {
                return;
            }

            _changed = false;
            picture = Picture();
        }

        context.UpdateTarget(picture);
    }

    private IRenderable Picture()
    {
        Table hops = new Table().Border(TableBorder.Rounded).BorderColor(Color.Grey).Title("the last hops");
        foreach (string column in new[] { "time", "window", "device port", "peer port", "out", "in", "sent again", "lost on the way", "rtt" })
        {
            hops.AddColumn(new TableColumn(column).RightAligned());
        }

        int newest = _hops.Count - 1;
        int index = 0;
        foreach (Hop hop in _hops)
        {
            string color = index++ == newest ? "bold green" : "green";
            hops.AddRow(
                string.Create(CultureInfo.InvariantCulture, $"{hop.Seconds:F1} s"), $"{hop.Window}", $"[{color}]{hop.DevicePort}[/]", $"[{color}]{hop.PeerPort}[/]", $"{hop.Out}",
                $"{hop.In}", $"{hop.Again}", hop.Lost > 0 ? $"[red]{hop.Lost}[/]" : "0", $"{hop.Rtt} ms");
        }

        return new Rows(
            new Markup($"[bold]device[/] {Places.Device}  ⇄  relay  ⇄  [bold]peer[/] {Places.Peer}     [yellow]{Markup.Escape(_phase)}[/]"),
            hops,
            new Panel(new Rows(_messages.Select(m => new Text(m)))).Header("messages").BorderColor(Color.Grey).Expand());
    }
}
