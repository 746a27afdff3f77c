using System;
using System.CommandLine;
using System.Globalization;
using System.IO;
using System.Linq;
using Springtail.Crypto;
using Springtail.Peer.Explain;

namespace Springtail.Peer.Commands;

/// <summary><c>springtail explain CAPTURE --key-log FILE</c></summary>
internal static class ExplainCommand
{
    public static Command Create()
    {
        Argument<string> capture = new("CAPTURE") { Description = "A capture in pcap or pcapng, of Ethernet, Linux cooked, loopback or raw IP, made with tcpdump, dumpcap or Wireshark." };
        Option<string?> keyLog = new("--key-log")
        {
            Description = $"The key log that one of the sides wrote (--key-log of its command, or {KeyLog.EnvironmentVariable}). Without one only pairing and discovery are found, whose masks are public.",
            HelpName = "FILE",
        };
        VerbCommand command = new(
            "explain",
            "Says in plain words what happened in a capture: who began, where it stalled, what was lost, why it ended.",
            """
            It finds Springtail's packets among any UDP by the keys of the key log, checks their tags and reads them. Numbers after # are those of frames, as
            in Wireshark. "Never seen here" counts packets that were lost on their way to the place of the capture, or not captured; what is here and was
            sent again was lost after it, or its acknowledgment was. It ends with 0 also when a session ended badly, with 3 when there is nothing of
            Springtail in the capture that these keys open.
            """,
            examples: ["springtail explain trouble.pcapng --key-log keys.log"])
        {
            capture, keyLog,
        };
        command.Run((arguments, output) =>
        {
            string? file = arguments.GetValue(keyLog) ?? Environment.GetEnvironmentVariable(KeyLog.EnvironmentVariable);
            LoggedKeys keys = ReadKeys(file);
            CaptureStory story = ReadCapture(arguments.GetRequiredValue(capture), new Unsealer(CryptoCore.Default, keys));
            Tell(story, output);
            if (story.Found > 0)
            {
                return ExitCode.Success;
            }

            string why = story.Datagrams == 0 ? "the capture has no UDP"
                : keys.Lines == 0 ? "there is no key log with keys: give --key-log FILE"
                : "the key log is of other sessions, or the capture has none";
            output.Error($"Nothing of Springtail was found: {why}.");
            return ExitCode.File;
        });
        return command;
    }

    private static LoggedKeys ReadKeys(string? file)
    {
        if (string.IsNullOrEmpty(file))
        {
            return new LoggedKeys();
        }

        try
        {
            using StreamReader text = new(new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
            return LoggedKeys.Read(text);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException(ExitCode.File, $"The key log {file} cannot be read: {e.Message}", e);
        }
    }

    private static CaptureStory ReadCapture(string file, Unsealer unsealer)
    {
        try
        {
            using FileStream stream = new(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 1 << 16);
            return CaptureStory.Of(CaptureFile.Open(stream).Read(), unsealer);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException(ExitCode.File, $"The capture {file} cannot be read: {e.Message}", e);
        }
        catch (InvalidDataException e)
        {
            throw new CommandException(ExitCode.File, $"{file} is no capture: {e.Message}.", e);
        }
    }

    private static void Tell(CaptureStory story, Output output)
    {
        TimeSpan time = story.Datagrams == 0 ? TimeSpan.Zero : story.Last - story.First;
        string clock = story.ClockRequests == 0 ? "" : $"\n{Output.Count(story.ClockRequests, "question")} for the time, {Output.Count(story.ClockResponses, "answer")}";
        string discoveries = story.Discoveries == 0 ? "" : $"\n{story.Discoveries} looked for a shared key, {story.DiscoveriesDone} found one";
        output.Result(
            "capture", string.Create(CultureInfo.InvariantCulture, $"{story.Datagrams} datagrams of UDP in {time.TotalSeconds:0.0} s, {story.Found} of them Springtail's, {Output.Count(story.Sessions.Count(), "session")}{clock}{discoveries}"),
            ("datagrams", story.Datagrams), ("springtail", story.Found), ("seconds", time.TotalSeconds), ("sessions", story.Sessions.Count()),
            ("clock_requests", story.ClockRequests), ("clock_responses", story.ClockResponses), ("discoveries", story.Discoveries), ("keys_found", story.DiscoveriesDone));
        foreach (SessionStory session in story.Sessions)
        {
            Tell(story, session, output);
        }
    }

    private static void Tell(CaptureStory story, SessionStory session, Output output)
    {
        output.Result("session", $"\nSession {session.Name}", ("session", session.Name), ("suite", session.Suite), ("features", session.Features));
        foreach (StoryEvent e in session.Events.OrderBy(e => e.Time))
        {
            double at = (e.Time - story.First).TotalSeconds;
            output.Result(
                e.Name, string.Create(CultureInfo.InvariantCulture, $"  {at,9:0.000}  #{e.Frame,-6} {e.Text}"),
                ("session", session.Name), ("at", at), ("frame", e.Frame), ("what", e.Text));
        }

        TellDirection("client", session.Name, session.FromClient, output);
        TellDirection("server", session.Name, session.FromServer, output);
        if (session.Transfer.Bytes > 0)
        {
            output.Result(
                "transferred", $"  files: {session.Transfer.Bytes} bytes, {Output.Count(session.Transfer.Verified, "file")} arrived with the right hash",
                ("session", session.Name), ("bytes", session.Transfer.Bytes), ("files", session.Transfer.Verified));
        }

        output.Result(
            "end", $"  end: {session.EndText}",
            ("session", session.Name), ("end", session.End), ("what", session.EndText), ("epoch", session.Epoch), ("ports", session.PortsOfServer), ("syns", session.Syns), ("syn_acks", session.SynAcks));
    }

    private static void TellDirection(string side, string session, Direction direction, Output output)
    {
        if (direction.Packets + direction.Damaged == 0)
        {
            return;
        }

        string text = $"  from the {side}: {Output.Count(direction.Packets, "packet")}, {direction.Bytes} bytes, {Output.Count(direction.Messages, "message")}";
        text += direction.Missing == 0 ? "" : $"; {direction.Missing} never seen here";
        text += direction.SentAgain == 0 ? "" : $"; {Output.Count(direction.SentAgain, "fragment")} sent again";
        text += direction.Copies == 0 ? "" : $"; {Output.Count(direction.Copies, "packet")} here twice";
        text += direction.Damaged == 0 ? "" : $"; {direction.Damaged} with a wrong tag";
        output.Result(
            "direction", text,
            ("session", session), ("from", side), ("packets", direction.Packets), ("bytes", direction.Bytes), ("messages", direction.Messages), ("missing", direction.Missing),
            ("sent_again", direction.SentAgain), ("copies", direction.Copies), ("damaged", direction.Damaged));
    }
}
