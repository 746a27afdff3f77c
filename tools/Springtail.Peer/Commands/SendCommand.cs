using System;
using System.CommandLine;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Springtail.Crypto;
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
        Argument<string[]> files = new("FILE") { Description = "Files, and folders with all that is in them.", Arity = ArgumentArity.OneOrMore };
        Option<string?> token = new("--token") { Description = "Use this token in place of a fresh one, as after a transfer that broke off.", HelpName = "WORD-WORD" };
        VerbCommand command = new(
            "send",
            "Sends files and folders to whoever types the line that it prints.",
            """
            It draws a token of two words, prints to stdout the line to type on the other side (springtail receive HOST WORD-WORD) and waits. Contents and
            names are sent; links, pipes and devices are left out. It ends with 0 once every file is there with its hash, with 9 when some are not.
            When the transfer breaks off, whatever the cause, what has arrived is gone on with: while this command runs the same line on the other side
            does it; after that, sending the same files again, with the same or another token. Ctrl+C ends it and tells the other side.
            Three wrong guesses at the token, by whomever, and it is dead: the command ends with 4.
            """)
        {
            files,
            token,
        };
        settings.AddTo(command);
        command.Run((arguments, output) =>
        {
            using SystemFiles source = Open(arguments.GetRequiredValue(files), output);
            string words = arguments.GetValue(token) ?? WordList.DrawToken(CryptoCore.Default);
            ChannelSettings.CheckToken(words);
            ChannelOptions options = settings.Build(arguments, words);
            string line = $"springtail receive {HostName(arguments.GetValue(settings.Bind))} {words}{settings.ForOtherSide(arguments)}";
            return LiveView.Run(output, view => new Run(options, source, line, output, view).Execute());
        });
        return command;
    }

    private static SystemFiles Open(string[] paths, Output output)
    {
        try
        {
            SystemFiles source = new(paths);
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

    // What others may reach this machine by: the address to which it is bound, or one of its own, or its name.
    private static string HostName(IPAddress? bound)
    {
        if (bound != null)
        {
            return bound.ToString();
        }

        IPAddress? address = NetworkInterface.GetAllNetworkInterfaces()
            .Where(i => i.OperationalStatus == OperationalStatus.Up && i.NetworkInterfaceType != NetworkInterfaceType.Loopback)
            .OrderByDescending(i => i.GetIPProperties().GatewayAddresses.Count)
            .SelectMany(i => i.GetIPProperties().UnicastAddresses)
            .Select(a => a.Address)
            .FirstOrDefault(a => a.AddressFamily == AddressFamily.InterNetwork);
        return address?.ToString() ?? Dns.GetHostName();
    }

    /// <summary>Waits for a receiver, and for another one as long as the transfer is not complete.</summary>
    private sealed class Run(ChannelOptions options, SystemFiles source, string line, Output output, LiveView view)
    {
        private const int PollTime = 50;

        private readonly TransferReport _report = new(output, view);
        private readonly byte[] _buffer = new byte[TransferSettings.MessageSize];
        private readonly Stopwatch _time = Stopwatch.StartNew();
        private readonly TransferInterruption _interruption = new();

        public int Execute()
        {
            using TransferInterruption interruption = _interruption;
            using SystemSha256 hash = new();
            using ChannelListener listener = Listen();
            output.Result("line", line, ("line", line));
            output.Report(Verbosity.Normal, "waiting", $"Type this line on the other side. {TransferReport.Count(source.Count)}, {TransferReport.Size(source.TotalBytes)}.", ("files", source.Count), ("bytes", source.TotalBytes));
            FileSender sender = new(source, hash, _report);
            Channel? channel = Accept(listener, sender);
            while (channel != null)
            {
                long begun = _time.ElapsedMilliseconds;
                output.Report(Verbosity.Normal, "peer", $"{Addresses.Text(channel.Session.Peer)} is here.", ("peer", Addresses.Text(channel.Session.Peer)));
                interruption.Channel = channel;
                Channel? next = Send(listener, channel, sender);
                if (next == null && (sender.IsDone || !MayGoOn(sender)))
                {
                    return Conclude(listener, sender, begun);
                }

                if (next == null)
                {
                    output.Warn($"The transfer {TransferResult.Text(sender.Result)}. It goes on when the line is typed again: {line}");
                }

                channel.Dispose();
                sender = new FileSender(source, hash, _report);
                channel = next ?? Accept(listener, sender);
            }

            return ExitCode.Interrupted;
        }

        // Sends until the end, or until the receiver is there anew, which is then given.
        private Channel? Send(ChannelListener listener, Channel channel, FileSender sender)
        {
            while (!sender.IsOver)
            {
                if (_interruption.Asked)
                {
                    sender.Cancel(TransferResult.Interrupted);
                }

                FileTransfer.Step(channel, sender, _buffer);
                _report.Progress(sender, channel.Session.State == Sessions.SessionState.Recovering ? "Nothing comes from the other side; waiting." : null, _time.ElapsedMilliseconds);
                if (Next(listener, 0) is { } next)
                {
                    return next;
                }
            }

            FileTransfer.Close(channel, _buffer);
            return null;
        }

        private bool MayGoOn(FileSender sender) => !_interruption.Asked
            && (sender.Result == TransferResult.ChannelEnded || (sender.BrokenByPeer && sender.Result == TransferResult.Interrupted));

        private int Conclude(ChannelListener listener, FileSender sender, long begun)
        {
            listener.Close();
            if (sender.IsDone)
            {
                _report.Summary(sender, "sent", _time.ElapsedMilliseconds - begun);
                return sender.Failed == 0 ? ExitCode.Success : ExitCode.FilesMissing;
            }

            // The channel may have been ended before the other side could be told.
            int result = _interruption.Asked && sender.Result == TransferResult.ChannelEnded ? TransferResult.Interrupted : sender.Result;
            output.Error(
                $"The transfer {TransferResult.Text(result)}{(sender.BrokenByPeer ? " on the other side" : "")}. What has arrived is kept there: send the same files again, and it goes on.",
                ("result", result));
            return result == TransferResult.Interrupted ? ExitCode.Interrupted : ExitCode.FilesMissing;
        }

        // Null when interrupted. Meanwhile the files are hashed.
        private Channel? Accept(ChannelListener listener, FileSender sender)
        {
            while (!_interruption.Asked)
            {
                bool hashing = sender.Poll(_buffer) != TransferSide.Waits;
                if (Next(listener, hashing ? 0 : PollTime) is { } channel)
                {
                    return channel;
                }

                view.Show(() => new Spectre.Console.Text(line), _time.ElapsedMilliseconds);
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
