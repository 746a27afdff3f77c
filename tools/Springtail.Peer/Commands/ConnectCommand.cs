using System;
using System.CommandLine;
using System.Security.Cryptography;
using Springtail.Crypto;
using Springtail.Packets;
using Springtail.Sessions;
using Springtail.Transport;

namespace Springtail.Peer.Commands;

/// <summary><c>springtail connect HOST</c></summary>
internal static class ConnectCommand
{
    // After the end of stdin: how long no message may come before the session is closed, in ms; several round trips if they are long.
    private const long QuietTime = 1500;
    private const int QuietRoundTrips = 6;

    // How long copies of the peer's last packets are still answered, in ms.
    private const long LingerTime = 1000;

    private const int LongestStep = 250;

    public static Command Create()
    {
        ChannelSettings settings = new(listens: false);
        Argument<string> host = new("HOST") { Description = "Name or address of the listener." };
        Option<bool> askClock = new("--ask-clock") { Description = "Ask the listener's discovery port for the time first, as a device without a clock does." };
        Option<int> keepalive = Verb.Within(new("--keepalive") { Description = "Seconds between heartbeats; 0 for none.", HelpName = "SECONDS", DefaultValueFactory = _ => 20 }, 0, 65535);
        VerbCommand command = new(
            "connect",
            "Connects to a listener that holds the same PSK: lines of stdin out, messages in.",
            """
            Each line of stdin is sent as a reliable message, without its newline. Messages that come in are written to stdout, each followed by a newline
            (--raw: without). After the end of stdin it waits until all is acknowledged and nothing has come for a second and a half, closes the session
            in order and ends with 0. Ctrl+C or SIGTERM closes it at once, in order too. With --save-psk the session makes a key and ends; nothing else
            is sent.
            """)
        {
            host,
        };
        settings.AddTo(command);
        command.Add(keepalive);
        command.Add(askClock);
        command.Check(arguments => arguments.GetValue(askClock) && arguments.GetValue(settings.Token) != null ? "--ask-clock needs a PSK: a listener with a token tells nobody the time." : null);
        command.Check(arguments => arguments.GetValue(askClock) && arguments.GetValue(settings.DiscoveryPort) == 0 ? "--ask-clock needs a --discovery-port." : null);
        command.Run(
            (arguments, output) =>
            {
                ChannelOptions options = settings.Build(arguments);
                options.Keepalive = arguments.GetValue(keepalive);
                using SocketTransport transport = Network.Open(arguments.GetValue(settings.Bind));
                string name = arguments.GetRequiredValue(host);
                Endpoint server = Network.Resolve(transport, name);
                return new Run(options, settings.PskNames, transport, server, name, arguments.GetValue(settings.Echo), arguments.GetValue(settings.SavePsk), output).Execute(arguments.GetValue(askClock));
            },
            settings.Raw);
        return command;
    }

    /// <summary>One connection from its first packet to its end.</summary>
    private sealed class Run(ChannelOptions options, string[] pskNames, SocketTransport transport, Endpoint server, string host, bool echo, string? savePsk, Output output)
    {
        private readonly StandardInput _input = new(transport.Wake);
        private IClock _clock = new PreciseClock();

        public int Execute(bool askClock)
        {
            using Interruption interruption = new(transport.Wake);
            return LiveView.Run(output, view =>
            {
                if ((options.Discovery != null && !Discover(interruption)) || (askClock && !AskClock(interruption)))
                {
                    return ExitCode.Interrupted;
                }

                return Connect(interruption, view);
            });
        }

        private int Connect(Interruption interruption, LiveView view)
        {
            Client client = new(CryptoCore.Default, options, server, _clock.Now, _clock.UtcNow);
            using PeerLoop loop = new(client, transport, _clock);
            try
            {
                loop.Flush();
                int attempts = 0;
                while (client.State != ClientState.Connected)
                {
                    if (interruption.Asked)
                    {
                        return ExitCode.Interrupted;
                    }

                    if (client.State == ClientState.Failed)
                    {
                        throw new CommandException(ExitCode.NoHandshake, $"No session with {host}. {client.Explain()}");
                    }

                    if (client.Attempts != attempts)
                    {
                        attempts = client.Attempts;
                        output.Report(
                            attempts == 1 ? Verbosity.Detailed : Verbosity.Normal, "connecting", attempts == 1 ? $"Connecting to {host}." : $"No answer from {host} yet; attempt {attempts}.",
                            ("host", host), ("attempt", attempts));
                    }

                    view.Update([], $"Connecting to {host}.", null, _clock.Now);
                    loop.Step(LongestStep);
                }

                if (savePsk != null)
                {
                    return new PairingRun(loop, client.Session, savePsk, interruption, output).Execute();
                }

                _input.Start(view.TakesKeys);
                return Talk(loop, new Conversation(client.Session, transport, output, echo, _clock.Now), interruption, view);
            }
            finally
            {
                client.Abandon();
                CryptographicOperations.ZeroMemory(options.Psk);
                Array.ForEach(options.Psks ?? [], psk => CryptographicOperations.ZeroMemory(psk));
            }
        }

        private int Talk(PeerLoop loop, Conversation conversation, Interruption interruption, LiveView view)
        {
            long quietSince = _clock.Now;
            bool closing = false;
            while (conversation.Session.State is not (SessionState.Closed or SessionState.Ended))
            {
                long now = _clock.Now;
                while (!closing && conversation.HasRoom && _input.TryTake(out byte[] line))
                {
                    conversation.Send(line);
                }

                conversation.Pump(now);
                loop.Flush();
                if (!_input.Ended || !conversation.IsIdle)
                {
                    quietSince = now;
                }

                long quiet = now - Math.Max(quietSince, conversation.LastMessageAt);
                if (!closing && (interruption.Asked || quiet >= Math.Max(QuietTime, QuietRoundTrips * conversation.Session.RoundTripTime)))
                {
                    closing = true;
                    conversation.Session.Close(now);
                    loop.Flush();
                }

                view.Update([conversation], "", _input.Typed, now);
                loop.Step(LongestStep);
            }

            conversation.Pump(_clock.Now);
            Linger(loop, conversation.Session);
            view.Update([conversation], "", null, _clock.Now, atOnce: true);
            return Conclude(conversation);
        }

        // A peer whose last acknowledgment was lost repeats its FIN: it is answered for as long as it does.
        private void Linger(PeerLoop loop, Session session)
        {
            long until = _clock.Now + LingerTime;
            uint heard = session.Counters.PacketsReceived;
            while (session.State == SessionState.Closed && _clock.Now < until)
            {
                loop.Step((int)Math.Max(1, until - _clock.Now));
                if (session.Counters.PacketsReceived != heard)
                {
                    heard = session.Counters.PacketsReceived;
                    until = _clock.Now + LingerTime;
                }
            }
        }

        private int Conclude(Conversation conversation)
        {
            Session session = conversation.Session;
            int code = ExitCode.Success;
            if (_input.TooLong > 0)
            {
                output.Warn($"{Output.Count(_input.TooLong, "line")} not sent: longer than a message may be ({StandardInput.MaxLineSize} bytes).");
                code = ExitCode.SessionLost;
            }

            int lost = session.LostMessages + conversation.Unsent;
            if (lost > 0)
            {
                output.Error($"{Output.Count(lost, "message")} not acknowledged, so perhaps not at the peer.");
                code = ExitCode.SessionLost;
            }

            if (session.State == SessionState.Ended && session.EndCode != ErrorCode.None)
            {
                output.Error($"The session with {host} was {Reasons.OfEnd(session.EndCode)}.");
                code = ExitCode.SessionLost;
            }

            return code;
        }

        // False when interrupted.
        private bool Discover(Interruption interruption)
        {
            int found = DiscoveryRun.Find(options, transport, _clock, server, host, interruption);
            if (found < 0)
            {
                return false;
            }

            options.Psk = options.Psks[found];
            output.Report(Verbosity.Normal, "discovered", $"{host} holds {pskNames[found]} too.", ("key", pskNames[found]));
            return true;
        }

        // False when interrupted.
        private bool AskClock(Interruption interruption)
        {
            const long patience = 10_000;
            Endpoint discovery = new();
            discovery.CopyFrom(server);
            discovery.Port = options.DiscoveryPort;
            ClockQuery query = new(CryptoCore.Default, options.Psk, System.Text.Encoding.UTF8.GetBytes(options.ListenerName), discovery, _clock.Now);
            PeerLoop loop = new(query, transport, _clock);
            long end = _clock.Now + patience;
            loop.Flush();
            while (!query.Done)
            {
                if (interruption.Asked)
                {
                    return false;
                }

                if (_clock.Now >= end)
                {
                    throw new CommandException(
                        ExitCode.NoHandshake, $"{host} did not tell the time at port {options.DiscoveryPort}: check that it listens with this PSK and that its --discovery-port is this one and reachable by UDP.");
                }

                loop.Step(LongestStep);
            }

            transport.Close(Datagram.OwnSocket);
            SettableClock clock = new(_clock, query.UtcBase);
            long difference = clock.UtcNow - _clock.UtcNow;
            _clock = clock;
            output.Report(Verbosity.Normal, "clock", $"{host} told the time; this machine's clock is {-difference} ms off it.", ("clock_error_ms", -difference));
            return true;
        }
    }

    /// <summary>A clock whose UTC was learned from a peer.</summary>
    private sealed class SettableClock(IClock clock, long utcBase) : IClock
    {
        public long Now => clock.Now;

        public long UtcNow => utcBase + clock.Now;
    }
}
