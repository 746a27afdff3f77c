using System;
using System.Collections.Generic;
using System.Linq;

namespace Springtail.Peer;

/// <summary>What a command's loop tells its live view, some times a second; does nothing where there is no terminal.</summary>
internal sealed class LiveView
{
    private const long Interval = 250;

    private readonly LiveScreen? _screen;
    private long _nextAt;
    private string? _typed;

    private LiveView(LiveScreen? screen)
    {
        _screen = screen;
    }

    /// <summary>True when this view has the screen to which typed keys would go.</summary>
    public bool TakesKeys => _screen != null && !Console.IsInputRedirected;

    /// <summary>Runs a loop, with a live view where stderr is a terminal.</summary>
    public static int Run(Output output, Func<LiveView, int> loop)
    {
        output.UseTerminal();
        try
        {
            return loop(new LiveView(output.Screen));
        }
        finally
        {
            output.Screen?.End();
        }
    }

    /// <param name="channels">The channels to show.</param>
    /// <param name="idleText">What is shown while there is none.</param>
    /// <param name="typed">The line that is being typed; null for none.</param>
    /// <param name="now">Monotonic time in ms.</param>
    /// <param name="atOnce">Do not wait for the next turn.</param>
    public void Update(IReadOnlyCollection<PeerChannel> channels, string idleText, string? typed, long now, bool atOnce = false)
    {
        if (_screen != null && (atOnce || now >= _nextAt || typed != _typed))
        {
            _nextAt = now + Interval;
            _typed = typed;
            ChannelRow[] rows = [.. channels.Select(c => new ChannelRow(c.Name, c.PeerAddress, c.Status))];
            IReadOnlyList<string> table = ChannelTable.Lines(rows, idleText, _screen.Width - 1);
            _screen.Show(typed == null ? table : [.. table, LiveScreen.FitEnd("> " + typed + "▏", _screen.Width - 1)]);
        }
    }

    /// <summary>Shows something else than a table of sessions, which is made only when its turn has come.</summary>
    public void Show(Func<string> content, long now)
    {
        if (_screen != null && now >= _nextAt)
        {
            _nextAt = now + Interval;
            _screen.Show([content()]);
        }
    }
}
