using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Linq;
using System.Security.Cryptography;
using Springtail.Crypto;
using Springtail.Discovery;
using Springtail.Listening;
using Springtail.Sessions;
using Springtail.Transport;

namespace Springtail.Peer.Commands;

/// <summary><c>springtail listen</c></summary>
internal static class ListenCommand
{
    // How long sessions are given to close in order when the command is to end, in ms.
    private const long ClosingTime = 8000;

    // How long copies of the peers' last packets are still answered, in ms.
    private const long LingerTime = 500;

    private const int LongestStep = 250;

    public static Command Create()
    {
        ChannelSettings settings = new(listens: true);
        VerbCommand command = new(
            "listen",
            "Waits for peers that hold one of the PSKs.",
            """
            When its ports are open it writes the line "ready", to stderr and as the first line of stdout. After it, stdout holds the messages that come
            in, each followed by a newline (--raw: without); everything else goes to stderr. Lines of stdin are sent to all sessions. Ctrl+C or SIGTERM
            closes the sessions in order and ends with 0.

            Two peers without a common key pair by a spoken token: "springtail listen --pair" here shows one, "springtail connect HOST --token WORD-WORD" there uses
            it; with --save-psk FILE on both sides they make and store a key for later, and end.
            """);
        settings.AddTo(command);
        command.Run((arguments, output) => Run(arguments, settings, output), settings.Raw);
        return command;
    }

    private static int Run(ParseResult arguments, ChannelSettings settings, Output output)
    {
        ChannelOptions options = settings.Build(arguments);
        using SocketTransport transport = Network.Open(arguments.GetValue(settings.Bind));
        PreciseClock clock = new();
        Server server = new(CryptoCore.Default, options, clock.Now, clock.UtcNow);
        using PeerLoop loop = new(server, transport, clock);
        CheckPorts(server, options, loop, output);
        using Interruption interruption = new(transport.Wake);
        StandardInput input = new(transport.Wake);
        bool echo = arguments.GetValue(settings.Echo);
        if (options.Token != null)
        {
            output.Report(
                Verbosity.Quiet, "token", $"The token is {options.Token}. On the other side: springtail connect HOST --token {options.Token}", ("token", options.Token));
        }

        if (arguments.GetValue(settings.SavePsk) is { } file)
        {
            Ready(options, output);
            int paired = AwaitPairing(server, loop, file, interruption, output);
            server.Abandon();
            return paired;
        }

        int code = LiveView.Run(output, view =>
        {
            Ready(options, output);
            input.Start(view.TakesKeys);
            return Serve(server, loop, new ListenerWatch(server, loop, options), Discoveries(options, settings), input, echo, interruption, output, view);
        });
        server.Abandon();
        Array.ForEach(options.Psks ?? [], psk => CryptographicOperations.ZeroMemory(psk));
        return code;
    }

    private static void Ready(ChannelOptions options, Output output)
    {
        output.Ready(("ports", $"{options.PortMin}-{options.PortMin + options.PortCount - 1}"), ("rendezvous", options.RendezvousPort));
    }

    // Waits for one peer and pairs with it.
    private static int AwaitPairing(Server server, PeerLoop loop, string file, Interruption interruption, Output output)
    {
        while (!interruption.Asked)
        {
            loop.Step(LongestStep);
            if (server.Accept() is { } session)
            {
                return new PairingRun(loop, session, file, interruption, output).Execute();
            }

            if (server.TokenIsDead)
            {
                return TokenIsDead(output);
            }
        }

        return ExitCode.Interrupted;
    }

    private static int TokenIsDead(Output output)
    {
        output.Error("Three attempts with this token have failed: it is dead. Draw a new one; if nobody mistyped it, somebody is guessing.");
        return ExitCode.NoHandshake;
    }

    private static DiscoveryWatch? Discoveries(ChannelOptions options, ChannelSettings settings)
    {
        return options.Discovery is PskDiscovery discovery ? new DiscoveryWatch(discovery.Responder, settings.PskNames) : null;
    }

    private static int Serve(
        Server server, PeerLoop loop, ListenerWatch watch, DiscoveryWatch? discoveries, StandardInput input, bool echo, Interruption interruption, Output output, LiveView view)
    {
        List<Conversation> conversations = [];
        long closingSince = -1;
        long quietSince = -1;
        while (true)
        {
            loop.Step(LongestStep);
            long now = loop.Clock.Now;
            while (server.Accept() is { } session)
            {
                conversations.Add(new Conversation(session, loop.Transport, output, echo, now));
            }

            while (conversations.TrueForAll(c => c.HasRoom) && input.TryTake(out byte[] line))
            {
                conversations.ForEach(c => c.Send(line));
            }

            conversations.ForEach(c => c.Pump(now));
            watch.Look(output, now);
            discoveries?.Look(output, now);
            view.Update(conversations, "Waiting for peers. Ctrl+C ends.", input.Typed, now);
            conversations.RemoveAll(c => c.Session.State == SessionState.Ended);

            if (interruption.Asked && closingSince < 0)
            {
                closingSince = now;
                int open = conversations.Count(c => c.Session.State != SessionState.Closed);
                output.Report(open == 0 ? Verbosity.Detailed : Verbosity.Normal, "ending", $"Closing {Output.Count(open, "session")}.", ("sessions", open));
                server.Close(now);
            }

            loop.Flush();
            if (closingSince < 0)
            {
                if (conversations.Count == 0 && server.TokenIsDead)
                {
                    return TokenIsDead(output);
                }

                continue;
            }

            bool allClosed = conversations.TrueForAll(c => c.Session.IsOver);
            quietSince = !allClosed ? -1 : quietSince < 0 ? now : quietSince;
            if (conversations.Count == 0 || (allClosed && now - quietSince >= LingerTime))
            {
                return ExitCode.Success;
            }

            if (now - closingSince >= ClosingTime)
            {
                output.Warn($"No answer from {Output.Count(conversations.Count(c => c.Session.State != SessionState.Closed), "peer")}; their sessions end without them.");
                return ExitCode.Success;
            }
        }
    }

    // Tells which of the listener's own ports are taken, and ends the command when none is left that a handshake could use.
    private static void CheckPorts(Server server, ChannelOptions options, PeerLoop loop, Output output)
    {
        loop.Flush();
        int[] ports = new int[server.GetPorts([])];
        server.GetPorts(ports);
        bool hasDiscovery = options.DiscoveryPort != 0;
        int[] rendezvous = [.. (hasDiscovery ? ports[..^1] : ports).Distinct()];
        int[] taken = [.. rendezvous.Where(p => loop.Transport.NumberOf(p) == 0)];
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

        if (hasDiscovery && loop.Transport.NumberOf(options.DiscoveryPort) == 0)
        {
            output.Warn($"Another program has port {options.DiscoveryPort}: devices without a clock get no time here, and nobody discovers a key. Another port: --discovery-port, alike on the devices.");
        }
    }
}
