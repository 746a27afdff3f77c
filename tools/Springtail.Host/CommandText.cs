#nullable enable
using System;
using System.Linq;

namespace Springtail;

/// <summary>Command lines that are shown to be typed.</summary>
internal static class CommandText
{
    /// <summary>An argument as this system's shell wants it.</summary>
    public static string Quote(string text) => Quote(text, OperatingSystem.IsWindows());

    /// <summary>
    /// An argument as the shell wants it: PowerShell's on Windows, where double quotes do for cmd too, elsewhere that of sh. What either would expand, or take for a
    /// quote, goes into single quotes.
    /// </summary>
    internal static string Quote(string text, bool isWindows)
    {
        if (text.Length > 0 && text.All(c => char.IsAsciiLetterOrDigit(c) || "/:._-".Contains(c, StringComparison.Ordinal) || (c == '\\' && isWindows)))
        {
            return text;
        }

        if (!text.Any(c => (isWindows ? "$`\"%\u201c\u201d\u201e" : "$`\"!\\").Contains(c, StringComparison.Ordinal)))
        {
            return "\"" + text + "\"";
        }

        return isWindows
            ? "'" + string.Concat(text.Select(c => "'\u2018\u2019\u201a\u201b".Contains(c, StringComparison.Ordinal) ? $"{c}{c}" : $"{c}")) + "'"
            : "'" + text.Replace("'", "'\\''", StringComparison.Ordinal) + "'";
    }
}
