using System;
using System.CommandLine;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Net;
using System.Threading;
using System.Threading.Tasks;
using Springtail.Crypto;
using Springtail.Peer.Nearby;
using Springtail.Peer.Transfer;
using Springtail.Transfer;
using Springtail.Words;

namespace Springtail.Peer.Commands;

/// <summary><c>springtail send FILE...</c></summary>
internal static class SendCommand
{
    public static Command Create()
    {
        TransferSettings settings = new();
        Argument<string[]> files = new("FILE") { Description = "Files, and folders with all that is in them; - is the standard input.", Arity = ArgumentArity.OneOrMore };
        VerbCommand command = new(
            "send",
            "Sends files and folders to whoever types the line that it prints.",
            """
            It draws a token of two words, prints to stdout the line to type on the other side (springtail receive HOST WORD-WORD) and waits. Contents,
            names, permission bits and times (of 1970 to 2116) are sent, as they are when a receiver comes. A link, pipe or device that is named here is
            read to its end; links, pipes and devices in folders are left out. It ends with 0 once every file is there with its hash, with 9 when some are not.
            A transfer that broke off, whatever the cause, continues where it stopped: while this command runs, when the same line is typed again on the
            other side; after that, when the same files are sent again, with the same or another token. A pipe cannot be continued. Ctrl+C ends the
            command and tells the other side. A receiver that comes while another one is being served is told so.
            After three wrong guesses, whoever makes them, the token is dead: the command ends with 4.
            On the same network, springtail receive WORD-WORD finds this command without the HOST: it answers questions for senders with this token by
            multicast DNS. Everybody on that network can then learn four of the token's twenty-two bits; with --no-announce they learn nothing.
            """,
            examples: ["springtail send photos notes.txt", "tar c photos | springtail send -"])
        {
            files,
        };
        settings.Token.Token.Description = "Use this token in place of a fresh one, as after a transfer that broke off.";
        Option<bool> noAnnounce = new("--no-announce") { Description = "Do not let this command be found on the network: the other side has to name the HOST." };
        settings.Token.AddTo(command);
        settings.AddTo(command);
        command.Add(noAnnounce);
        command.Check(settings.Token.Mistake);
        command.Run((arguments, output) =>
        {
            string[] paths = arguments.GetRequiredValue(files);
            if (paths.Contains(SystemFiles.StandardInput) && !StandardStreams.HasInput)
            {
                throw new CommandException(ExitCode.File, "There is no standard input: it is closed.");
            }

            string words = settings.Token.IsGiven(arguments) ? settings.Token.Read(arguments) : WordList.DrawToken(CryptoCore.Default);
            using SystemFiles source = Open(paths, !arguments.GetValue(settings.NoPreserve), output);
            ChannelOptions options = settings.Build(arguments, words);
            options.KeyLog = KeyLogOption.Open(settings.KeyLog, arguments, output);
            IPAddress? bound = arguments.GetValue(settings.Bind);
            string line = $"springtail receive {CommandText.Quote(Network.OwnName(bound))} {words}{settings.ForOtherSide(arguments)}";
            string nearLine = $"springtail receive {words}{settings.ForOtherSide(arguments, isFound: true)}";
            Announcement? Announce() => arguments.GetValue(noAnnounce) ? null : Announcement.Begin(words, options.RendezvousPort, bound);
            return LiveView.Run(output, view => new Run(options, source, line, Announce, nearLine, output, view).Execute());
        });
        return command;
    }

    private static SystemFiles Open(string[] paths, bool keepsMetadata, Output output)
    {
        try
        {
            SystemFiles source = new(paths, keepsMetadata);
            if (source.Count == 0)
            {
                throw new CommandException(ExitCode.File, "There is nothing to send.");
            }

            foreach (string path in source.LeftOut)
            {
                output.Warn($"{Output.Printable(path)} is a link, a pipe or a device, and is not sent.", ("name", path));
            }

            return source;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException(ExitCode.File, Output.Printable(e.Message), e);
        }
    }

    /// <summary>Waits for a receiver, and for another one as long as the transfer is not complete.</summary>
    private sealed class Run(ChannelOptions options, SystemFiles source, string line, Func<Announcement?> announce, string nearLine, Output output, LiveView view)
    {
        private const int PollTime = 50;

        private readonly TransferReport _report = new(output, view);
        private readonly byte[] _buffer = new byte[TransferSettings.MessageSize];
        private readonly Stopwatch _time = Stopwatch.StartNew();
        private readonly Interruption _interruption = new(() => { });

        public int Execute()
        {
            using Interruption interruption = _interruption;
            using SystemSha256 hash = new();
            using ChannelListener listener = Listen();
            output.Result("line", line, ("line", line));
            using Announcement? announcement = announce();
            output.Report(
                Verbosity.Normal, "waiting",
                $"Type this line on the other side. {TransferReport.Count(source.Count)}, {TransferReport.Size(source.TotalBytes)}.{(announcement == null ? "" : " On the same network this one does: " + nearLine)}",
                ("files", source.Count), ("bytes", source.TotalBytes), ("near_line", announcement == null ? null : nearLine));
            Channel? channel = Accept(listener);
            while (channel != null)
            {
                source.LookAgain();
                FileSender sender = new(source, hash, _report);
                long begun = _time.ElapsedMilliseconds;
                output.Report(Verbosity.Normal, "peer", $"{Addresses.Text(channel.Session.Peer)} is here.", ("peer", Addresses.Text(channel.Session.Peer)));
                interruption.Channel = channel;
                Channel? next = Send(listener, channel, sender);
                if (next == null && (sender.IsDone || _interruption.Asked || source.PipeIsUsed))
                {
                    int code = Conclude(sender, _time.ElapsedMilliseconds - begun);
                    FileTransfer.Close(channel, _buffer);
                    listener.Close();
                    return code;
                }

                if (next == null)
                {
                    output.Warn($"The transfer {Ending(sender, sender.Result)}. It goes on when the line is typed again: {line}");
                    FileTransfer.Close(channel, _buffer);
                }

                channel.Dispose();
                channel = next ?? Accept(listener);
            }

            return ExitCode.Interrupted;
        }

        // Sends until the end, or until another receiver takes the place of one that is not heard any more, which is then returned.
        private Channel? Send(ChannelListener listener, Channel channel, FileSender sender)
        {
            using CancellationTokenSource over = new();
            Task<Channel?> successor = Task.Factory.StartNew(() => AwaitSuccessor(listener, channel, over.Token), TaskCreationOptions.LongRunning);
            while (!sender.IsOver)
            {
                if (_interruption.Asked)
                {
                    sender.Cancel(TransferResult.Interrupted);
                }

                FileTransfer.Step(channel, sender, _buffer);
                _report.Progress(sender, channel.Session.State == Sessions.SessionState.Recovering ? "Nothing comes from the other side; waiting." : null, _time.ElapsedMilliseconds);
            }

            over.Cancel();
            Channel? other = null;
            try
            {
                other = successor.GetAwaiter().GetResult();
            }
            catch (CommandException) when (sender.IsDone)
            {
                // Guesses at the token have come too late.
            }

            if (other != null && sender.IsDone)
            {
                Refuse(other);
                other = null;
            }

            return other;
        }

        // Whoever comes while the receiver is heard is told so. Once it is not, its channel ends, and with it what waits there for room.
        private Channel? AwaitSuccessor(ChannelListener listener, Channel channel, CancellationToken over)
        {
            Channel? other = null;
            long otherSince = 0;
            uint heard = 0;
            long heardAt = _time.ElapsedMilliseconds;
            while (!over.IsCancellationRequested)
            {
                if (other != null)
                {
                    over.WaitHandle.WaitOne(PollTime);
                }
                else
                {
                    other = Next(listener, PollTime);
                    otherSince = _time.ElapsedMilliseconds;
                }

                long now = _time.ElapsedMilliseconds;
                if (channel.Session.Counters.PacketsReceived != heard)
                {
                    heard = channel.Session.Counters.PacketsReceived;
                    heardAt = now;
                }

                if (other != null && heardAt > otherSince)
                {
                    Refuse(other);
                    other = null;
                }
                else if (other != null && now - heardAt > TransferSettings.LongSilence)
                {
                    channel.Dispose();
                    break;
                }
            }

            return other;
        }

        private void Refuse(Channel other)
        {
            output.Report(Verbosity.Normal, "busy", $"{Addresses.Text(other.Session.Peer)} was told that somebody else is receiving.", ("peer", Addresses.Text(other.Session.Peer)));
            Task.Run(() => FileTransfer.Refuse(other, TransferResult.Busy, new byte[TransferSettings.MessageSize]));
        }

        private static string Ending(FileSender sender, int result) => TransferResult.Text(result) + (sender.BrokenByPeer ? " on the other side" : "");

        private int Conclude(FileSender sender, long milliseconds)
        {
            if (sender.IsDone)
            {
                _report.Summary(sender, "sent", milliseconds);
                return sender.Failed == 0 ? ExitCode.Success : ExitCode.FilesMissing;
            }

            // The channel may have been ended before the other side could be told.
            int result = _interruption.Asked && sender.Result == TransferResult.ChannelEnded ? TransferResult.Interrupted : sender.Result;
            string next = source.PipeIsUsed ? "What came from a pipe has to be sent anew." : "What has arrived is kept there: send the same files again, and it goes on.";
            output.Error($"The transfer {Ending(sender, result)}. {next}", ("result", result));
            return _interruption.Asked ? ExitCode.Interrupted : ExitCode.FilesMissing;
        }

        // Null when interrupted.
        private Channel? Accept(ChannelListener listener)
        {
            while (!_interruption.Asked)
            {
                if (Next(listener, PollTime) is { } channel)
                {
                    return channel;
                }

                view.Show(() => line, _time.ElapsedMilliseconds);
            }

            return null;
        }

        private static Channel? Next(ChannelListener listener, int timeout)
        {
            try
            {
                return listener.Accept(timeout);
            }
            catch (SpringtailException e)
            {
                throw new CommandException(ExitCode.NoHandshake, e.Message, e);
            }
        }

        private ChannelListener Listen()
        {
            ChannelListener listener = Channel.Listen(options);
            if (listener.PortsTaken > 0)
            {
                listener.Dispose();
                throw new CommandException(ExitCode.Network, $"Port {options.RendezvousPort} (UDP) is taken: end the program that has it, or give both sides another with --rendezvous.");
            }

            return listener;
        }
    }
}
