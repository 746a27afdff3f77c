using System;
using System.Collections.Generic;
using System.IO;
using System.Text;
using Spectre.Console;

namespace Springtail.Peer;

/// <summary>
/// The lower end of a terminal, which shows some lines that change, below a log whose lines stay. Lines that change are never longer than the terminal is
/// wide; those of the log are as long as they are, and nothing is written over them. Safe for any thread.
/// </summary>
/// <param name="writer">Takes text and control sequences.</param>
/// <param name="columns">How wide the terminal is now.</param>
internal sealed class LiveScreen(TextWriter writer, Func<int> columns)
{
    private readonly object _lock = new();
    private string[] _lines = [];

    /// <summary>How wide the terminal is now; 80 where it does not say.</summary>
    public int Width => columns() is > 0 and int width ? width : 80;

    /// <summary>Adds a line to the log.</summary>
    /// <param name="text">The line, or several.</param>
    /// <param name="colour">An SGR code; 0 for none.</param>
    public void Log(string text, int colour)
    {
        lock (_lock)
        {
            StringBuilder update = Erased();
            update.Append(colour == 0 ? text : $"\u001b[{colour}m{text}\u001b[0m").Append("\r\n");
            Draw(update);
        }
    }

    /// <summary>Shows other lines at the end.</summary>
    public void Show(IReadOnlyList<string> lines)
    {
        lock (_lock)
        {
            StringBuilder update = Erased();
            int width = Width;
            _lines = new string[lines.Count];
            for (int i = 0; i < _lines.Length; i++)
            {
                _lines[i] = Fit(lines[i], width - 1);
            }

            Draw(update);
        }
    }

    /// <summary>Leaves what is shown where it is: the log goes on below it.</summary>
    public void End()
    {
        lock (_lock)
        {
            if (_lines.Length > 0)
            {
                writer.Write("\r\n");
                writer.Flush();
            }

            _lines = [];
        }
    }

    /// <summary>A text of at most so many columns; what is cut off shows as an ellipsis.</summary>
    public static string Fit(string text, int width)
    {
        if (text.GetCellWidth() <= width)
        {
            return text;
        }

        StringBuilder fitting = new();
        int used = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            used += rune.ToString().GetCellWidth();
            if (used > width - 1)
            {
                break;
            }

            fitting.Append(rune.ToString());
        }

        return fitting.Append('…').ToString();
    }

    /// <summary>As <see cref="Fit"/>, of a text whose end matters, as of what is typed.</summary>
    public static string FitEnd(string text, int width)
    {
        if (text.GetCellWidth() <= width)
        {
            return text;
        }

        int start = text.Length;
        for (int size, used = 1; start > 0; start -= size)
        {
            size = start > 1 && char.IsSurrogatePair(text, start - 2) ? 2 : 1;
            used += text[(start - size)..start].GetCellWidth();
            if (used > width)
            {
                break;
            }
        }

        return "…" + text[start..];
    }

    // What takes the lines off again. A terminal that has become narrower has wrapped them.
    private StringBuilder Erased()
    {
        StringBuilder update = new();
        if (_lines.Length > 0)
        {
            int rows = 0;
            int width = Width;
            foreach (string line in _lines)
            {
                rows += Math.Max(1, (line.GetCellWidth() + width - 1) / width);
            }

            update.Append('\r');
            if (rows > 1)
            {
                update.Append($"\u001b[{rows - 1}A");
            }

            update.Append("\u001b[J");
        }

        return update;
    }

    private void Draw(StringBuilder update)
    {
        update.AppendJoin("\r\n", _lines);
        try
        {
            writer.Write(update.ToString());
            writer.Flush();
        }
        catch (IOException)
        {
            // The terminal has gone.
        }
    }
}
