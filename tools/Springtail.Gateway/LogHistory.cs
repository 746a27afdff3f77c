using System;
using Microsoft.Extensions.Logging;

namespace Springtail.Gateway;

/// <summary>A line of the log.</summary>
/// <param name="Time">When, in ms since 1970.</param>
/// <param name="Level">How grave.</param>
/// <param name="Text">What was said.</param>
internal readonly record struct LogLine(long Time, LogLevel Level, string Text);

/// <summary>The last lines of the log, for the page.</summary>
internal sealed class LogHistory : ILoggerProvider
{
    private const int Kept = 500;
    private const int LongestLine = 1000;

    public Ring<LogLine> Lines { get; } = new(Kept);

    public ILogger CreateLogger(string categoryName) => new Logger(Lines);

    public void Dispose()
    {
    }

    private sealed class Logger(Ring<LogLine> lines) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            string text = formatter(state, exception) + (exception == null ? "" : ": " + exception.Message);
            lines.Add(new LogLine(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(), logLevel, text.Length <= LongestLine ? text : text[..LongestLine] + "…"));
        }
    }
}
