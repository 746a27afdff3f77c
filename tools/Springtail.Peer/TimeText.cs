using System;
using System.Globalization;

namespace Springtail.Peer;

/// <summary>Spans of time in words.</summary>
internal static class TimeText
{
    /// <summary>A span in the unit in which a person thinks of it.</summary>
    /// <param name="milliseconds">In ms; its sign is left out.</param>
    public static string Span(long milliseconds)
    {
        double seconds = Math.Abs(milliseconds / 1000.0);
        return seconds < 1 ? $"{Math.Abs(milliseconds)} ms"
            : seconds < 90 ? string.Create(CultureInfo.InvariantCulture, $"{Math.Round(seconds, 1)} s")
            : seconds < 5400 ? Some(seconds / 60, "minute")
            : seconds < 129600 ? Some(seconds / 3600, "hour")
            : Some(seconds / 86400, "day");
    }

    /// <summary>How a clock stands to another: "2 minutes ahead of", "a day behind".</summary>
    public static string Against(long milliseconds) => $"{Span(milliseconds)} {(milliseconds > 0 ? "ahead of" : "behind")}";

    private static string Some(double count, string unit)
    {
        double rounded = Math.Round(count);
        return rounded == 24 && unit == "hour" ? "a day" : rounded == 1 ? $"{(unit == "hour" ? "an" : "a")} {unit}" : string.Create(CultureInfo.InvariantCulture, $"{rounded} {unit}s");
    }
}
