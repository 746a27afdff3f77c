using System;
using System.Collections.Generic;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Springtail.Peer;

/// <summary>What a command's loop tells its live view, some times a second; does nothing where there is no terminal.</summary>
internal sealed class LiveView
{
    private const long Interval = 250;

    private readonly LiveDisplayContext? _context;
    private long _nextAt;
    private string? _typed;

    private LiveView(LiveDisplayContext? context)
    {
        _context = context;
    }

    /// <summary>True when this view has the screen to which typed keys would go.</summary>
    public bool TakesKeys => _context != null && !Console.IsInputRedirected;

    /// <summary>Runs a loop, with a live view where stderr is a terminal.</summary>
    public static int Run(Output output, Func<LiveView, int> loop)
    {
        output.UseTerminal();
        if (output.Terminal is not { } terminal)
        {
            return loop(new LiveView(null));
        }

        int code = 0;
        terminal.Live(Text.Empty).AutoClear(false).Start(context => code = loop(new LiveView(context)));
        return code;
    }

    /// <param name="channels">The channels to show.</param>
    /// <param name="idleText">What is shown while there is none.</param>
    /// <param name="typed">The line that is being typed; null for none.</param>
    /// <param name="now">Monotonic time in ms.</param>
    /// <param name="atOnce">Do not wait for the next turn.</param>
    public void Update(IReadOnlyCollection<PeerChannel> channels, string idleText, string? typed, long now, bool atOnce = false)
    {
        if (_context != null && (atOnce || now >= _nextAt || typed != _typed))
        {
            _nextAt = now + Interval;
            _typed = typed;
            IRenderable table = ChannelTable.Render(channels, idleText);
            _context.UpdateTarget(typed == null ? table : new Rows(table, new Text("> " + typed + "▏")));
        }
    }

    /// <summary>Shows something else than a table of sessions, which is made only when its turn has come.</summary>
    public void Show(Func<IRenderable> content, long now)
    {
        if (_context != null && now >= _nextAt)
        {
            _nextAt = now + Interval;
            _context.UpdateTarget(content());
        }
    }
}
