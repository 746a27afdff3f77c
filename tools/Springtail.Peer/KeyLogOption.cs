using System.CommandLine;

namespace Springtail.Peer;

/// <summary>The option --key-log of every verb that makes sessions.</summary>
internal static class KeyLogOption
{
    private static KeyLog? s_log;

    public static Option<string?> New() => new("--key-log")
    {
        Description = $"Append the keys of all sessions to this file, to read captured packets with (springtail explain, Wireshark). Whoever has the file can read what they carry. {KeyLog.EnvironmentVariable} does the same.",
        HelpName = "FILE",
    };

    /// <summary>The key log that is asked for, with a warning; null for none.</summary>
    public static KeyLog? Open(Option<string?> option, ParseResult arguments, Output output)
    {
        KeyLog? log = arguments.GetValue(option) is { } file ? new KeyLog(file) : KeyLog.FromEnvironment();
        if (log != null)
        {
            output.Warn(log.Warning, ("file", log.File));
        }

        s_log = log;
        return log;
    }

    /// <summary>Says so when not all keys could be written.</summary>
    public static void Report(Output output)
    {
        if (s_log?.Failure is { } failure)
        {
            output.Warn($"Not all keys could be written to {s_log.File}: {failure.Message}", ("file", s_log.File));
        }
    }
}
