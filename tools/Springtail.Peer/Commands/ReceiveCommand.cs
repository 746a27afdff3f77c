using System;
using System.Buffers;
using System.CommandLine;
using System.Diagnostics;
using System.IO;
using System.Linq;
using Springtail.Peer.Nearby;
using Springtail.Peer.Transfer;
using Springtail.Transfer;
using Springtail.Words;

namespace Springtail.Peer.Commands;

/// <summary><c>springtail receive HOST WORD-WORD</c></summary>
internal static class ReceiveCommand
{
    // More files than this are refused, so that no sender can fill the memory with names.
    private const int MostEntries = 1_000_000;

    public static Command Create()
    {
        TransferSettings settings = new();
        Argument<string?> host = new("HOST")
        {
            Description = "Name or address of the sender's host; HOST:PORT is short for --rendezvous PORT. Without a HOST, the sender is looked for on the networks of this machine.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        Argument<string[]> token = new("WORD-WORD")
        {
            Description = "The token that springtail send has drawn; in any case, with a hyphen or a blank between. Without it, it is read from --token-file or the environment, or asked for.",
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
            the transfer continues from there. Ctrl+C ends it and tells the sender. It ends with 0 once every file is there, with 9 when some are not,
            or when there was none. receive HOST WORD-WORD --into - | tar x   takes what   tar c FOLDER | springtail send -   sends.
            Two words without a HOST are a token: receive ocean-tiger, receive ocean tiger. The sender is then looked for on this network by multicast DNS,
            for ten seconds. One argument with a hyphen is a token when at least one of its words is on the list of tokens; otherwise it names a host,
            like receive my-laptop. So do receive ocean-tiger. (with a dot), receive ocean.local, receive ocean-tiger:1026, and any single argument with
            --token-file. With a HOST nothing is sent to anybody else.
            """,
            examples: ["springtail receive ocean-tiger", "springtail receive 192.168.1.7 ocean-tiger --into folder", "springtail receive 192.168.1.7 ocean-tiger --into - | tar x"])
        {
            host,
            token,
            into,
            force,
        };
        command.Add(settings.Token.File);
        command.Add(settings.Token.Exact);
        settings.AddTo(command);
        command.Check(arguments =>
        {
            Typed typed = Read(arguments);
            return typed.Words.Length > 0 && settings.Token.IsGiven(arguments) ? "The token is given twice."
                : typed.Host != null && HostName.Read(typed.Host) == null ? HostName.Mistake(typed.Host)
                : null;
        });
        command.Run((arguments, output) =>
        {
            Typed typed = Read(arguments);
            using Target target = Target.Open(arguments.GetRequiredValue(into), !arguments.GetValue(settings.NoPreserve));
            KeyLog? keyLog = KeyLogOption.Open(settings.KeyLog, arguments, output);
            string words = typed.Words.Length > 0 ? settings.Token.Check(arguments, typed.Words) : settings.Token.Read(arguments);
            HostName? sender = typed.Host == null ? null : HostName.Read(typed.Host);
            int? port = sender?.PortOr(arguments, settings.RendezvousPort)
                ?? (arguments.GetResult(settings.RendezvousPort) is { Implicit: false } ? arguments.GetValue(settings.RendezvousPort) : null);
            ChannelOptions Build(int rendezvous)
            {
                ChannelOptions options = settings.Build(arguments, words);
                options.KeepsGuesses = true;
                options.RendezvousPort = rendezvous;
                options.KeyLog = keyLog;
                return options;
            }

            return LiveView.Run(output, view =>
            {
                SenderDial dial = new(Build, words, arguments.GetValue(settings.Bind), output, view);
                return new Run(dial, sender?.Name, port, target, arguments.GetValue(force), output, view).Execute();
            });
        });

        Typed Read(ParseResult arguments)
        {
            return Typed.Read(arguments.GetValue(host), arguments.GetValue(token) ?? [], settings.Token.IsGiven(arguments), arguments.GetValue(settings.Token.Exact));
        }

        return command;
    }

    /// <summary>What stands on the command line: a host, a token, or both. The help says how they are told apart.</summary>
    /// <param name="Host">Null when there is none.</param>
    /// <param name="Words">Empty when there are none.</param>
    internal readonly record struct Typed(string? Host, string[] Words)
    {
        // Nobody writes a token with them in it, but some names of hosts have two words beside them.
        private static readonly SearchValues<char> s_inNames = SearchValues.Create(".:");

        /// <param name="first">The first argument.</param>
        /// <param name="others">Those after it.</param>
        /// <param name="hasToken">An option says the token.</param>
        /// <param name="exact">Words need not be on the list.</param>
        public static Typed Read(string? first, string[] others, bool hasToken, bool exact)
        {
            if (first == null)
            {
                return new Typed(null, []);
            }

            string[] all = [first, .. others];
            SpokenToken token = SpokenToken.Read(all);
            bool isName = others.Length == 0 ? first.AsSpan().IndexOfAny(s_inNames) >= 0 && !first.Contains(' ') : first.EndsWith('.');
            bool isToken = token.IsToken && !isName && (others.Length > 0 || (!hasToken && (exact || token.Words.Any(WordList.Contains))));
            return isToken ? new Typed(null, all) : new Typed(first, others);
        }
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

        /// <summary>What has arrived stays there, so that the transfer can continue.</summary>
        public bool Keeps => Store is SystemFolder;

        public int MostEntries { get; }

        public static Target Open(string path, bool keepsMetadata)
        {
            if (path == StandardOutput)
            {
                if (!StandardStreams.HasOutput)
                {
                    throw new CommandException(ExitCode.File, "There is no standard output: it is closed.");
                }

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

    private sealed class Run(SenderDial dial, string? host, int? port, Target target, bool force, Output output, LiveView view)
    {
        private readonly TransferReport _report = new(output, view);
        private readonly byte[] _buffer = new byte[TransferSettings.MessageSize];
        private readonly Stopwatch _time = Stopwatch.StartNew();
        private bool _isPipe;

        public int Execute()
        {
            using Interruption interruption = new(() => { });
            using Channel? channel = host == null ? dial.Find(port, interruption) : dial.Call(host, port!.Value, interruption);
            if (channel == null)
            {
                return ExitCode.Interrupted;
            }

            interruption.Channel = channel;

            output.Report(Verbosity.Normal, "peer", $"{host ?? Addresses.Text(channel.Session.Peer)} is there. Receiving into {target.Name}.", ("into", target.Name));
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

                _isPipe = receiver.Current is { Size: FileEntry.UnknownSize, IsFolder: false };
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
                $"The transfer {TransferResult.Text(receiver.Result)}{(receiver.BrokenByPeer ? " on the other side" : "")}{space}. {(_isPipe ? "What came from a pipe has to be sent anew." : target.Keeps ? "What has arrived is kept: when the files are sent again, with the same or another token, it goes on." : "What has come is not all.")}",
                ("result", receiver.Result));
            return receiver.Result switch
            {
                TransferResult.Interrupted => ExitCode.Interrupted,
                TransferResult.ChannelEnded => ExitCode.SessionLost,
                _ => ExitCode.FilesMissing,
            };
        }
    }
}
