using System;
using System.CommandLine;
using System.Diagnostics;
using System.IO;
using System.Threading.Tasks;
using Springtail.Peer.Transfer;
using Springtail.Transfer;

namespace Springtail.Peer.Commands;

/// <summary><c>springtail receive HOST WORD-WORD</c></summary>
internal static class ReceiveCommand
{
    // More files than this are refused, so that no sender can fill the memory with names.
    private const int MostEntries = 1_000_000;

    public static Command Create()
    {
        TransferSettings settings = new();
        Argument<string> host = new("HOST") { Description = "Name or address of the sender's host." };
        Argument<string> token = new("WORD-WORD") { Description = "The token that springtail send has drawn." };
        Option<string> into = new("--into") { Description = "The folder to receive into; made when it is not there.", HelpName = "DIR", DefaultValueFactory = _ => "." };
        Option<bool> force = new("--force") { Description = "Overwrite existing files." };
        VerbCommand command = new(
            "receive",
            "Receives what springtail send offers on another machine.",
            """
            Nothing is written outside the folder, and no link in it is followed. A file has its name only once all of it is there and its hash is right;
            until then it is a hidden file (.springtail-...). Names that lead elsewhere, hold control characters or are devices on some system are refused;
            existing files are kept, unless --force is given, and so are files of a name in another spelling.
            When the transfer breaks off, whatever the cause, type the same line again: what is there is compared with the sender's file by its hash, and
            gone on with. Ctrl+C ends it and tells the sender. It ends with 0 once every file is there, with 9 when some are not.
            """)
        {
            host,
            token,
            into,
            force,
        };
        settings.AddTo(command);
        command.Run((arguments, output) =>
        {
            string words = arguments.GetRequiredValue(token);
            ChannelSettings.CheckToken(words);
            using SystemFolder folder = Open(arguments.GetRequiredValue(into));
            ChannelOptions options = settings.Build(arguments, words);
            return LiveView.Run(output, view => new Run(options, arguments.GetRequiredValue(host), folder, arguments.GetValue(force), output, view).Execute());
        });
        return command;
    }

    private static SystemFolder Open(string path)
    {
        try
        {
            return new SystemFolder(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException(ExitCode.File, $"Cannot receive into {path}: {e.Message}", e);
        }
    }

    private sealed class Run(ChannelOptions options, string host, SystemFolder folder, bool force, Output output, LiveView view)
    {
        private readonly TransferReport _report = new(output, view);
        private readonly byte[] _buffer = new byte[TransferSettings.MessageSize];
        private readonly Stopwatch _time = Stopwatch.StartNew();

        public int Execute()
        {
            using TransferInterruption interruption = new();
            using Channel? channel = Connect(interruption);
            if (channel == null)
            {
                return ExitCode.Interrupted;
            }

            interruption.Channel = channel;

            output.Report(Verbosity.Normal, "peer", $"{host} is there. Receiving into {folder.FullName}.", ("into", folder.FullName));
            using SystemSha256 hash = new();
            using SystemSha256 resumed = new();
            FileReceiver receiver = new(folder, hash, resumed, MostEntries, force, _report);
            long begun = _time.ElapsedMilliseconds;
            while (!receiver.IsOver)
            {
                if (interruption.Asked)
                {
                    receiver.Cancel(TransferResult.Interrupted);
                }

                FileTransfer.Step(channel, receiver, _buffer);
                _report.Progress(receiver, channel.Session.State == Sessions.SessionState.Recovering ? "Nothing comes from the other side; waiting." : null, _time.ElapsedMilliseconds);
            }

            long milliseconds = _time.ElapsedMilliseconds - begun;
            FileTransfer.Close(channel, _buffer);
            return Conclude(receiver, milliseconds);
        }

        private int Conclude(FileReceiver receiver, long milliseconds)
        {
            if (receiver.IsDone)
            {
                _report.Summary(receiver, "received", milliseconds);
                long leftOut = receiver.TotalEntries - receiver.Complete - receiver.Failed;
                if (leftOut > 0)
                {
                    output.Warn($"{leftOut} of {TransferReport.Count(receiver.TotalEntries)} the sender left out, and says why.", ("left_out", leftOut));
                }

                return receiver.Failed == 0 && receiver.Complete == receiver.TotalEntries ? ExitCode.Success : ExitCode.FilesMissing;
            }

            string space = receiver.Result == TransferResult.NoSpace && !receiver.BrokenByPeer
                ? $": {TransferReport.Size(receiver.BytesNeeded)} are needed in {folder.FullName}, and {TransferReport.Size(folder.FreeSpace)} are free" : "";
            output.Error(
                $"The transfer {TransferResult.Text(receiver.Result)}{(receiver.BrokenByPeer ? " on the other side" : "")}{space}. What has arrived is kept: when the files are sent again, with the same or another token, it goes on.",
                ("result", receiver.Result));
            return receiver.Result switch
            {
                TransferResult.Interrupted => ExitCode.Interrupted,
                TransferResult.ChannelEnded => ExitCode.SessionLost,
                _ => ExitCode.FilesMissing,
            };
        }

        // Null when interrupted.
        private Channel? Connect(TransferInterruption interruption)
        {
            Task<Channel> connecting = Task.Run(() => Channel.Connect(host, options));
            try
            {
                while (!connecting.Wait(50))
                {
                    if (interruption.Asked)
                    {
                        return null;
                    }

                    view.Show(() => new Spectre.Console.Text($"Connecting to {host}."), _time.ElapsedMilliseconds);
                }

                return connecting.Result;
            }
            catch (AggregateException e) when (e.InnerException is SpringtailException cause)
            {
                throw new CommandException(
                    cause.Code == Packets.ErrorCode.SessionNotFound ? ExitCode.Network : ExitCode.NoHandshake, $"No session with {host}. {cause.Message}", cause);
            }
        }
    }
}
