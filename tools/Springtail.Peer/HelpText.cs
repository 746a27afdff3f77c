using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace Springtail.Peer;

/// <summary>The help of a verb, or of all: usage and examples first, then what it does and takes, and the exit codes at the end.</summary>
internal static class HelpText
{
    private const string Description = "Description:";
    private const string Usage = "Usage:";

    /// <summary>Puts the parts of the parser's help in order.</summary>
    /// <param name="help">The parser's help: parts with a title at the margin, and blank lines between.</param>
    /// <param name="examples">Command lines that stand behind the usage.</param>
    public static string Arrange(string help, IReadOnlyList<string> examples)
    {
        List<(string Title, string Body)> parts = [];
        using StringReader lines = new(help);
        while (lines.ReadLine() is { } line)
        {
            if (line.Length > 0 && line[0] != ' ' && line[^1] == ':')
            {
                parts.Add((line, ""));
            }
            else if (parts.Count > 0)
            {
                parts[^1] = (parts[^1].Title, parts[^1].Body + line.TrimEnd() + "\n");
            }
        }

        IEnumerable<(string Title, string Body)> ordered = parts.OrderBy(p => p.Title switch { Usage => 0, Description => 2, _ => 3 });
        if (examples.Count > 0)
        {
            ordered = ordered.Take(1).Append(("Examples:", string.Join('\n', examples.Select(e => "  " + e)))).Concat(ordered.Skip(1));
        }

        return string.Join("\n\n", ordered.Select(p => p.Title + "\n" + p.Body.Trim('\n'))) + "\n\n" + ExitCode.Help + "\n";
    }
}
