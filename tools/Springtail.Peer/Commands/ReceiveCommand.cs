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
        Argument<HostName> host = HostName.NewArgument("Name or address of the sender's host; HOST:PORT does for --rendezvous PORT.");
        Argument<string[]> token = new("WORD-WORD")
        {
            Description = "The token that springtail send has drawn; in any case, and with a blank for the hyphen. Without it, it comes from --token-file or the environment, or is asked for.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        Option<string> into = new("--into")
        {
            Description = "The folder to receive into; made when it is not there. - is the standard output, for one file or pipe.",
            HelpName = "DIR",
            DefaultValueFactory = _ => ".",
        };
        Option<bool> force = new("--force") { Description = "Overwrite existing files." };
        VerbCommand command = new(
            "receive",
            "Receives what springtail send offers on another machine.",
            """
            Nothing is written outside the folder, and no link in it is followed. A file has its name only once all of it is there and its hash is right;
            until then it is a hidden file (.springtail-...) that only its owner can read. It gets the sender's permission bits and time, never
            set-user-ID, set-group-ID or sticky bits. Names that lead elsewhere or hold control characters are refused, and those that this system
            does not take; existing files and folders are kept as they are, unless --force is given, and so are files of a name in another spelling.
            When the transfer breaks off, whatever the cause, type the same line again: what is there is compared with the sender's file by its hash, and
            gone on with. Ctrl+C ends it and tells the sender. It ends with 0 once every file is there, with 9 when some are not, or when there was
            none. receive HOST WORD-WORD --into - | tar x   takes what   tar c FOLDER | springtail send -   sends.
            """,
            examples: ["springtail receive 192.168.1.7 ocean-tiger --into folder", "springtail receive 192.168.1.7 ocean-tiger --into - | tar x"])
        {
            host,
            token,
            into,
            force,
        };
        command.Add(settings.Token.File);
        command.Add(settings.Token.Exact);
        settings.AddTo(command);
        command.Check(arguments => arguments.GetValue(token) is { Length: > 0 } && settings.Token.IsGiven(arguments) ? "The token is given twice." : null);
        command.Run((arguments, output) =>
        {
            string words = arguments.GetValue(token) is { Length: > 0 } typed ? settings.Token.Check(arguments, typed) : settings.Token.Read(arguments);
            using Target target = Target.Open(arguments.GetRequiredValue(into), !arguments.GetValue(settings.NoPreserve));
            HostName sender = arguments.GetValue(host);
            ChannelOptions options = settings.Build(arguments, words);
            options.KeepsGuesses = true;
            options.RendezvousPort = sender.PortOr(arguments, settings.RendezvousPort);
            options.KeyLog = KeyLogOption.Open(settings.KeyLog, arguments, output);
            return LiveView.Run(output, view => new Run(options, sender.Name, target, arguments.GetValue(force), output, view).Execute());
        });
        return command;
    }

    /// <summary>Where files go: a folder or the standard output.</summary>
    private sealed class Target : IDisposable
    {
        private const string StandardOutput = "-";

        private Target(IFileStore store, string name, int mostEntries)
        {
            Store = store;
            Name = name;
            MostEntries = mostEntries;
        }

        public IFileStore Store { get; }

        public string Name { get; }

        /// <summary>What has arrived stays there, to be gone on with.</summary>
        public bool Keeps => Store is SystemFolder;

        public int MostEntries { get; }

        public static Target Open(string path, bool keepsMetadata)
        {
            if (path == StandardOutput)
            {
                return Console.IsOutputRedirected
                    ? new Target(new StandardOutputStore(), "the standard output", 1)
                    : throw new CommandException(ExitCode.Usage, "--into - writes a file's bytes to the standard output, which is a terminal here.");
            }

            try
            {
                SystemFolder folder = new(path, keepsMetadata);
                return new Target(folder, folder.FullName, ReceiveCommand.MostEntries);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new CommandException(ExitCode.File, $"Cannot receive into {path}: {e.Message}", e);
            }
        }

        public void Dispose() => ((IDisposable)Store).Dispose();
    }

    private sealed class Run(ChannelOptions options, string host, Target target, bool force, Output output, LiveView view)
    {
        private readonly TransferReport _report = new(output, view);
        private readonly byte[] _buffer = new byte[TransferSettings.MessageSize];
        private readonly Stopwatch _time = Stopwatch.StartNew();

        public int Execute()
        {
            using Interruption interruption = new(() => { });
            using Channel? channel = Connect(interruption);
            if (channel == null)
            {
                return ExitCode.Interrupted;
            }

            interruption.Channel = channel;

            output.Report(Verbosity.Normal, "peer", $"{host} is there. Receiving into {target.Name}.", ("into", target.Name));
            using SystemSha256 hash = new();
            using SystemSha256 resumed = new();
            FileReceiver receiver = new(target.Store, hash, resumed, target.MostEntries, force, _report);
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

            // Said before the end in order, which may be cut short.
            int code = Conclude(receiver, _time.ElapsedMilliseconds - begun);
            FileTransfer.Close(channel, _buffer);
            return code;
        }

        private int Conclude(FileReceiver receiver, long milliseconds)
        {
            if (receiver.IsDone)
            {
                if (receiver.TotalEntries == 0)
                {
                    output.Error("The sender has sent nothing.");
                    return ExitCode.FilesMissing;
                }

                _report.Summary(receiver, "received", milliseconds);
                long leftOut = receiver.TotalEntries - receiver.Complete - receiver.Failed;
                if (leftOut > 0)
                {
                    output.Warn($"{leftOut} of {TransferReport.Count(receiver.TotalEntries)} the sender left out, and says why.", ("left_out", leftOut));
                }

                return receiver.Failed == 0 && receiver.Complete == receiver.TotalEntries ? ExitCode.Success : ExitCode.FilesMissing;
            }

            string space = receiver.Result == TransferResult.NoSpace && !receiver.BrokenByPeer
                ? $": {TransferReport.Size(receiver.BytesNeeded)} are needed in {target.Name}, and {TransferReport.Size(target.Store.FreeSpace)} are free" : "";
            if (receiver.Result == TransferResult.Busy)
            {
                output.Error("Somebody else is receiving with this token. When that is over, or broken off, type the same line again.", ("result", receiver.Result));
                return ExitCode.FilesMissing;
            }

            output.Error(
                $"The transfer {TransferResult.Text(receiver.Result)}{(receiver.BrokenByPeer ? " on the other side" : "")}{space}. {(target.Keeps ? "What has arrived is kept: when the files are sent again, with the same or another token, it goes on." : "What has come is not all.")}",
                ("result", receiver.Result));
            return receiver.Result switch
            {
                TransferResult.Interrupted => ExitCode.Interrupted,
                TransferResult.ChannelEnded => ExitCode.SessionLost,
                _ => ExitCode.FilesMissing,
            };
        }

        // Null when interrupted.
        private Channel? Connect(Interruption interruption)
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

                    view.Show(() => $"Connecting to {host}.", _time.ElapsedMilliseconds);
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
