using System;
using System.Buffers;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using System.Threading;
using Spectre.Console;
using Springtail.Transfer;

namespace Springtail.Peer;

internal enum Verbosity
{
    Quiet,
    Minimal,
    Normal,
    Detailed,
    Diagnostic,
}

/// <summary>
/// Where everything is written. Messages of sessions and the results of a command go to stdout, all else to stderr: as
/// lines, as JSON objects, or, on a terminal, above the live lines. A terminal gets no control characters of a peer's. Safe for any thread.
/// </summary>
internal sealed class Output : IDisposable
{
    // SGR codes.
    private const int Red = 31;
    private const int Green = 32;
    private const int Yellow = 33;
    private const int Cyan = 36;

    private readonly Lock _lock = new();
    private readonly Stream _standardOutput = StandardStreams.OpenOutput();
    private readonly Stream _standardError = StandardStreams.OpenError();
    private readonly ArrayBufferWriter<byte> _line = new();
    private readonly bool _raw;

    public Output(Verbosity verbosity, bool json, bool raw = false)
    {
        Verbosity = verbosity;
        Json = json;
        _raw = raw;
        HasTimes = verbosity >= Verbosity.Detailed;
    }

    public Verbosity Verbosity { get; }

    public bool Json { get; }

    /// <summary>The terminal that stderr is, when it is one that can show a live table; otherwise null.</summary>
    public LiveScreen? Screen { get; private set; }

    /// <summary>Each line on stderr begins with the time, in a log that somebody reads later.</summary>
    public bool HasTimes { get; set; }

    /// <summary>True once something could not be written to stdout, on a full disk, say; that a pipe's reader has gone does not count.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>Looks whether stderr is a terminal fit for a live view.</summary>
    public void UseTerminal()
    {
        if (Json || Verbosity < Verbosity.Normal || Console.IsErrorRedirected)
        {
            return;
        }

        IAnsiConsole terminal = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        Screen = terminal.Profile.Capabilities is { Ansi: true, Interactive: true } ? new LiveScreen(Console.Error, () => Console.WindowWidth) : null;
    }

    public void Error(string text, params ReadOnlySpan<(string Name, object? Value)> facts) => Report(Verbosity.Quiet, "error", text, facts);

    public void Warn(string text, params ReadOnlySpan<(string Name, object? Value)> facts) => Report(Verbosity.Minimal, "warning", text, facts);

    /// <summary>Tells of an event, from a verbosity on.</summary>
    /// <param name="from">The least verbosity that shows it.</param>
    /// <param name="name">The event's name in JSON.</param>
    /// <param name="text">What a person reads.</param>
    /// <param name="facts">What a script reads.</param>
    public void Report(Verbosity from, string name, string text, params ReadOnlySpan<(string Name, object? Value)> facts)
    {
        if (Verbosity < from)
        {
            return;
        }

        lock (_lock)
        {
            if (Json)
            {
                WriteJson(_standardError, name, text, facts);
            }
            else if (Screen != null)
            {
                Screen.Log(text, name switch { "error" => Red, "warning" => Yellow, _ => 0 });
            }
            else
            {
                string time = HasTimes && name != "token" ? Time(DateTime.UtcNow) + "  " : "";
                string prefix = time + (name is "error" or "warning" ? name + ": " : "");
                Write(_standardError, Encoding.UTF8.GetBytes(prefix + text + "\n"));
            }
        }
    }

    /// <summary>
    /// Says that a listener's ports are open: the line <c>ready</c> on stderr, and also as the first line of stdout, before
    /// any message, for whoever reads that one; once where both are the same.
    /// </summary>
    public void Ready(params ReadOnlySpan<(string Name, object? Value)> facts)
    {
        lock (_lock)
        {
            if (Json)
            {
                WriteJson(_standardError, "ready", "ready", facts);
            }
            else if (Screen != null)
            {
                Screen.Log("ready", Green);
            }
            else
            {
                Write(_standardError, "ready\n"u8);
            }

            if (AreSame(1, 2))
            {
                return;
            }

            if (Json)
            {
                WriteJson(_standardOutput, "ready", null, facts);
            }
            else
            {
                Write(_standardOutput, "ready\n"u8);
            }
        }
    }

    /// <summary>
    /// A message from a peer: its bytes, and a newline unless raw ones were asked for; in JSON an object with its session and its text, or in base64 where it is
    /// none, so that no message looks like an event.
    /// </summary>
    public void Message(string session, ReadOnlySpan<byte> message)
    {
        lock (_lock)
        {
            if (Json)
            {
                bool isText = Utf8.IsValid(message);
                WriteJson(_standardOutput, "message", null, [("session", session), isText ? ("data", Encoding.UTF8.GetString(message)) : ("base64", Convert.ToBase64String(message))]);
                return;
            }

            if (!Console.IsOutputRedirected)
            {
                WriteToTerminal(Printable(Encoding.UTF8.GetString(message)));
                return;
            }

            _line.ResetWrittenCount();
            _line.Write(message);
            if (!_raw)
            {
                _line.Write("\n"u8);
            }

            Write(_standardOutput, _line.WrittenSpan);
        }
    }

    /// <summary>A line of a command's result: on stdout, as text or as JSON.</summary>
    public void Result(string name, string text, params ReadOnlySpan<(string Name, object? Value)> facts)
    {
        lock (_lock)
        {
            if (Json)
            {
                WriteJson(_standardOutput, name, null, facts);
            }
            else
            {
                Write(_standardOutput, Encoding.UTF8.GetBytes(text + "\n"));
            }
        }
    }

    public void Dispose()
    {
        _standardOutput.Dispose();
        _standardError.Dispose();
    }

    /// <summary>So many things: "1 packet", "2 packets".</summary>
    public static string Count(long count, string thing) => string.Create(CultureInfo.InvariantCulture, $"{count} {thing}{(count == 1 ? "" : "s")}");

    /// <summary>Text for a terminal: what could move its cursor or reorder its text is shown as a dot.</summary>
    public static string Printable(string text)
    {
        StringBuilder printable = new(text.Length);
        foreach (char c in text)
        {
            printable.Append(TransferName.IsUnsafe(c) && c != '\t' ? '·' : c);
        }

        return printable.ToString();
    }

    private void WriteToTerminal(string message)
    {
        if (Screen != null)
        {
            Screen.Log(message, Cyan);
        }
        else
        {
            Write(_standardOutput, Encoding.UTF8.GetBytes(message + "\n"));
        }
    }

    private void WriteJson(Stream stream, string name, string? text, ReadOnlySpan<(string Name, object? Value)> facts)
    {
        _line.ResetWrittenCount();
        using (Utf8JsonWriter json = new(_line))
        {
            json.WriteStartObject();
            json.WriteString("event", name);
            json.WriteString("time", Time(DateTime.UtcNow));
            if (text != null)
            {
                json.WriteString("text", text);
            }

            foreach ((string fact, object? value) in facts)
            {
                json.WritePropertyName(fact);
                JsonSerializer.Serialize(json, value, value?.GetType() ?? typeof(object));
            }

            json.WriteEndObject();
        }

        _line.Write("\n"u8);
        Write(stream, _line.WrittenSpan);
    }

    private static string Time(DateTime time) => time.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    // That a pipe's reader has gone is passed over by the stream itself. Sessions go on, whatever fails here.
    private void Write(Stream stream, ReadOnlySpan<byte> bytes)
    {
        try
        {
            stream.Write(bytes);
            stream.Flush();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (stream == _standardOutput && !HasFailed)
            {
                HasFailed = true;
                Error($"Something could not be written to stdout and is lost: {e.Message}");
            }
        }
    }

    // Whether two of the process's streams are one file, pipe or terminal.
    private static bool AreSame(int a, int b)
    {
        try
        {
            string? first = new FileInfo($"/proc/self/fd/{a}").LinkTarget;
            return first != null && first != "/dev/null" && first == new FileInfo($"/proc/self/fd/{b}").LinkTarget;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
