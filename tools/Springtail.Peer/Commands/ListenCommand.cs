using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.CommandLine;
using System.IO;
using System.Linq;
using System.Security.Cryptography;
using System.Threading;
using System.Threading.Tasks;
using Springtail.Crypto;
using Springtail.Discovery;
using Springtail.Listening;
using Springtail.Sessions;
using Path = System.IO.Path;

namespace Springtail.Peer.Commands;

/// <summary><c>springtail listen</c></summary>
internal static class ListenCommand
{
    // How long it is waited at most before what can be seen is looked at again, in ms.
    private const int LongestStep = 100;

    // How long channels are given to close in order when the command is to end.
    private static readonly TimeSpan s_closingTime = TimeSpan.FromSeconds(8);

    public static Command Create()
    {
        ChannelSettings settings = new(listens: true);
        VerbCommand command = new(
            "listen",
            "Waits for peers that hold one of the PSKs.",
            """
            When its ports are open it writes the line "ready", to stderr and as the first line of stdout. After it, stdout holds the messages that come
            in, each followed by a newline (--raw: without); everything else goes to stderr. Lines of stdin are sent to all sessions. Ctrl+C or SIGTERM
            closes the sessions in order and ends with 0; with --state it keeps them there, and the next listener with that folder goes on with them.

            A key that is added to the folder of --psk-dir is served from then on; the sessions of one that is removed end. On SIGHUP all keys are read again.

            Two peers without a common key pair by a spoken token: --pair shows one, and the line to type on the other side; with --save-psk FILE both make
            and store a key for later, and end. --psk-dir DIR --pair --name NAME serves the peers of the folder and pairs with one new peer.
            """,
            examples: ["springtail listen --psk-file psk --echo", "springtail listen --psk-dir keys --discovery", "springtail listen --pair --save-psk psk", "springtail listen --psk-dir keys --pair --name boiler"]);
        settings.AddTo(command);
        command.Run((arguments, output) => Run(arguments, settings, output), settings.Raw);
        return command;
    }

    private static int Run(ParseResult arguments, ChannelSettings settings, Output output)
    {
        WaitingThreads.SleepAtOnce();
        output.HasTimes = true;
        KeyLog? keyLog = KeyLogOption.Open(settings.KeyLog, arguments, output);
        ChannelOptions options = settings.Build(arguments);
        byte[]? placeholder = null;
        if (options.Token == null && options.Psks.Length == 0)
        {
            // A folder may be empty before its first peer: a random key stands in, which no peer has.
            placeholder = CryptoCore.NewSecret(32);
            RandomNumberGenerator.Fill(placeholder);
            options.Psks = [placeholder];
        }

        string? saveAs = arguments.GetValue(settings.SavePsk);
        options.KeyLog = keyLog;
        options.Transport = Network.Open(arguments.GetValue(settings.Bind));
        using AutoResetEvent wake = new(false);
        using ChannelListener listener = ChannelListener.Listen(options);
        CheckPorts(listener, options, output);
        using KeyWatch? keys = options.Token != null ? null
            : new(arguments.GetValue(settings.PskFile) ?? [], arguments.GetValue(settings.PskDir), settings.PskFiles, placeholder == null ? options.Psks : [], listener, output, () => wake.Set());
        if (placeholder != null)
        {
            listener.RemoveKey(placeholder);
        }

        void Reload()
        {
            keys?.Ask();
            wake.Set();
        }

        using Interruption interruption = new(() => wake.Set(), saveAs == null ? Reload : null);
        using Newcomer? newcomer = settings.TakesNewcomer(arguments) ? NewNewcomer(arguments, settings, options.KeyLog, output, Reload) : null;
        if (options.Token != null)
        {
            Tell(settings.PairingLine(arguments, options, saveAs == null ? null : Path.GetFileName(saveAs)), options.Token, output);
        }

        if (saveAs != null)
        {
            Ready(options, output);
            return PairAsync(listener, saveAs, interruption, output).GetAwaiter().GetResult();
        }

        return LiveView.Run(output, view =>
        {
            Ready(options, output);
            _ = newcomer?.RunAsync(interruption.Token);
            Service service = new(listener, options, keys, arguments.GetValue(settings.Echo), arguments.GetValue(settings.Raw), wake, output, view);
            return service.Serve(interruption);
        });
    }

    private static Newcomer NewNewcomer(ParseResult arguments, ChannelSettings settings, KeyLog? keyLog, Output output, Action paired)
    {
        string name = arguments.GetRequiredValue(settings.NewName)!;
        string path = Path.Combine(arguments.GetRequiredValue(settings.PskDir), name);
        PskFile.CheckNew(path);
        ChannelOptions options = settings.BuildPairing(arguments);
        options.KeyLog = keyLog;
        options.Transport = Network.Open(arguments.GetValue(settings.Bind));
        Newcomer newcomer = new(options, path, output, paired);
        Tell(settings.PairingLine(arguments, options, name), options.Token, output);
        return newcomer;
    }

    private static void Tell(string line, string token, Output output)
    {
        output.Report(Verbosity.Quiet, "token", $"The token is {token}. On the other side: {line}", ("token", token), ("line", line));
    }

    private static void Ready(ChannelOptions options, Output output)
    {
        output.Ready(("ports", $"{options.PortMin}-{options.PortMin + options.PortCount - 1}"), ("rendezvous", options.RendezvousPort));
    }

    // Waits for one peer and pairs with it.
    private static async Task<int> PairAsync(ChannelListener listener, string file, Interruption interruption, Output output)
    {
        try
        {
            using Channel? channel = await listener.AcceptAsync(interruption.Token);
            return channel == null ? ExitCode.Interrupted : await new PairingRun(channel, true, file, interruption.Token, output).ExecuteAsync();
        }
        catch (OperationCanceledException)
        {
            return ExitCode.Interrupted;
        }
        catch (SpringtailException)
        {
            return TokenIsDead(output);
        }
    }

    private static int TokenIsDead(Output output)
    {
        output.Error("Three attempts with this token have failed: it is dead. Draw a new one; if nobody mistyped it, somebody is guessing.");
        return ExitCode.NoHandshake;
    }

    // Tells which of the listener's own ports are taken, and ends the command when none is left that a handshake could use.
    private static void CheckPorts(ChannelListener listener, ChannelOptions options, Output output)
    {
        (int Port, bool IsOpen)[] ports = listener.OwnPorts();
        bool hasDiscovery = options.DiscoveryPort != 0;
        (int Port, bool IsOpen)[] rendezvous = [.. (hasDiscovery ? ports[..^1] : ports).Distinct()];
        int[] taken = [.. rendezvous.Where(p => !p.IsOpen).Select(p => p.Port)];
        if (taken.Length == rendezvous.Length)
        {
            throw new CommandException(
                ExitCode.Network,
                $"Another program has port{(taken.Length == 1 ? "" : "s")} {string.Join(", ", taken)}, where peers would begin: end it, or give both sides another "
                    + (options.RendezvousPort != 0 ? "--rendezvous port." : "--ports range."));
        }

        if (taken.Length > 0)
        {
            output.Warn($"Another program has rendezvous port{(taken.Length == 1 ? "" : "s")} {string.Join(", ", taken)}: peers find this listener a few seconds later.");
        }

        if (hasDiscovery && !ports[^1].IsOpen)
        {
            output.Warn($"Another program has port {options.DiscoveryPort}: devices without a clock get no time here, and nobody discovers a key. Another port: --discovery-port, alike on the devices.");
        }
    }

    /// <summary>The listener's channels, from the first peer until all are closed.</summary>
    private sealed class Service(
        ChannelListener listener, ChannelOptions options, KeyWatch? keys, bool echo, bool raw, AutoResetEvent wake, Output output, LiveView view)
    {
        private readonly StandardInput _input = new(() => wake.Set(), raw);
        private readonly ListenerWatch _watch = new(listener, options);
        private readonly DiscoveryWatch? _discoveries = options.Discovery is PskDiscovery discovery ? new(discovery.Responder, listener) : null;
        private readonly ConcurrentQueue<PeerChannel> _arrived = new();
        private List<PeerChannel> _peers = [];

        public int Serve(Interruption interruption)
        {
            _input.Start(view.TakesKeys);
            Task accepting = AcceptAsync(interruption.Token);
            while (!interruption.Asked)
            {
                Look();
                if (_peers.Count == 0 && accepting.IsFaulted)
                {
                    return TokenIsDead(output);
                }

                wake.WaitOne(LongestStep);
            }

            Look();
            int open = _peers.Count(p => !p.IsOver);
            bool keeps = options.KeepsSessions;
            output.Report(
                open == 0 ? Verbosity.Detailed : Verbosity.Normal, "ending",
                keeps ? $"Keeping {Output.Count(open, "session")} in {options.State!.Path}, for the next listener with --state." : $"Closing {Output.Count(open, "session")}.",
                ("sessions", open), ("keeps", keeps));
            Close();
            return ExitCode.Success;
        }

        private void Close()
        {
            using CancellationTokenSource enough = new();
            Task closing = listener.CloseAsync(enough.Token);
            long end = Environment.TickCount64 + (long)s_closingTime.TotalMilliseconds;
            while (!closing.IsCompleted && Environment.TickCount64 < end)
            {
                Look();
                wake.WaitOne(LongestStep);
            }

            Look();
            int left = _peers.Count(p => !p.IsOver);
            if (left > 0)
            {
                output.Warn($"No answer from {Output.Count(left, "peer")}; their sessions end without them.");
            }

            enough.Cancel();
            closing.GetAwaiter().GetResult();
        }

        // Takes in those that have come, gives lines to all, and tells of what has changed.
        private void Look()
        {
            while (_arrived.TryDequeue(out PeerChannel? peer))
            {
                _peers.Add(peer);
            }

            while (_peers.TrueForAll(p => p.HasRoom) && _input.TryTake(out byte[] line))
            {
                _peers.ForEach(p => p.Send(line));
            }

            long now = Environment.TickCount64;
            keys?.Look(now);
            _peers.ForEach(p => p.Look());
            _watch.Look(output, now);
            _discoveries?.Look(output, now);
            view.Update(_peers, "Waiting for peers. Ctrl+C ends.", _input.Typed, now);
            _peers = _peers.FindAll(p => !(p.IsDone && p.Status.State == SessionState.Ended));
        }

        private async Task AcceptAsync(CancellationToken interrupted)
        {
            try
            {
                await foreach (Channel channel in listener.AcceptAllAsync(interrupted))
                {
                    _arrived.Enqueue(new PeerChannel(channel, output, echo, () => wake.Set()));
                    wake.Set();
                }
            }
            catch (OperationCanceledException)
            {
            }
        }
    }
}
