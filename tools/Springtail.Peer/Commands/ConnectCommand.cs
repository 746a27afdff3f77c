using System;
using System.CommandLine;
using System.Security.Cryptography;
using System.Threading;
using System.Threading.Tasks;
using Springtail.Packets;
using Springtail.Transport;

namespace Springtail.Peer.Commands;

/// <summary><c>springtail connect HOST</c></summary>
internal static class ConnectCommand
{
    // After the end of stdin: how long no message may come before the session is closed, in ms; several round trips if they are long.
    private const long QuietTime = 1500;
    private const int QuietRoundTrips = 6;

    // How long it is waited at most before what can be seen is looked at again, in ms.
    private const int LongestStep = 100;

    private static readonly TimeSpan s_clockPatience = TimeSpan.FromSeconds(10);

    public static Command Create()
    {
        ChannelSettings settings = new(listens: false);
        Argument<HostName> host = HostName.NewArgument("Name or address of the listener; HOST:PORT is short for --rendezvous PORT.");
        Option<bool> askClock = new("--ask-clock") { Description = "Ask the listener's discovery port for the time first, as a device without a clock does." };
        Option<int> keepalive = Verb.Within(new("--keepalive") { Description = "Seconds between heartbeats; 0 for none.", HelpName = "SECONDS", DefaultValueFactory = _ => 20 }, 0, 65535);
        VerbCommand command = new(
            "connect",
            "Connects to a listener that holds the same PSK: lines of stdin out, messages in.",
            """
            Each line of stdin is sent as a reliable message, without its newline (--raw: all bytes of stdin are sent as they come, newlines included).
            Messages that come in are written to stdout, each followed by a newline (--raw: without). After the end of stdin it waits until everything
            is acknowledged and nothing has come for a second and a half, closes the session in order and ends with 0. Ctrl+C or SIGTERM closes it at
            once, in order too. With --save-psk the session makes a key and ends; nothing else is sent.
            """,
            examples: ["springtail connect gateway.local --psk-file psk", "springtail connect [fe80::1]:4000 --psk-file psk", "springtail connect 192.168.1.7 --token ocean-tiger --save-psk psk"])
        {
            host,
        };
        settings.AddTo(command);
        command.Add(keepalive);
        command.Add(askClock);
        command.Check(arguments => arguments.GetValue(askClock) && settings.Token.IsGiven(arguments) ? "--ask-clock needs a PSK: a listener with a token tells nobody the time." : null);
        command.Check(arguments => arguments.GetValue(askClock) && arguments.GetValue(settings.DiscoveryPort) == 0 ? "--ask-clock needs a --discovery-port." : null);
        command.Run(
            (arguments, output) =>
            {
                KeyLog? keyLog = KeyLogOption.Open(settings.KeyLog, arguments, output);
                ChannelOptions options = settings.Build(arguments);
                options.Keepalive = arguments.GetValue(keepalive);
                options.KeyLog = keyLog;
                HostName listener = arguments.GetValue(host);
                options.RendezvousPort = listener.PortOr(arguments, settings.RendezvousPort);
                using Run run = new(options, settings.PskNames, listener.Name, arguments.GetValue(settings.Echo), arguments.GetValue(settings.SavePsk), arguments.GetValue(settings.Raw), output);
                return run.Execute(arguments.GetValue(askClock));
            },
            settings.Raw);
        return command;
    }

    /// <summary>One connection from its first packet to its end.</summary>
    private sealed class Run : IDisposable
    {
        private readonly ChannelOptions _options;
        private readonly string[] _pskNames;
        private readonly string _host;
        private readonly bool _echo;
        private readonly string? _savePsk;
        private readonly Output _output;
        private readonly AutoResetEvent _wake = new(false);
        private readonly StandardInput _input;
        private readonly Interruption _interruption;

        public Run(ChannelOptions options, string[] pskNames, string host, bool echo, string? savePsk, bool raw, Output output)
        {
            _options = options;
            _pskNames = pskNames;
            _host = host;
            _echo = echo;
            _savePsk = savePsk;
            _output = output;
            _input = new StandardInput(Wake, raw);
            _interruption = new Interruption(Wake);
            options.Clock = new SystemClock();
        }

        public int Execute(bool askClock)
        {
            using Interruption interruption = _interruption;
            try
            {
                return LiveView.Run(_output, view =>
                {
                    if ((_options.Discovery != null && !Discover(interruption)) || (askClock && !AskClock(interruption)))
                    {
                        return ExitCode.Interrupted;
                    }

                    using Channel? channel = Connect(interruption, view);
                    interruption.Channel = channel;
                    return channel == null ? ExitCode.Interrupted
                        : _savePsk != null ? new PairingRun(channel, false, _savePsk, interruption.Token, _output).ExecuteAsync().GetAwaiter().GetResult()
                        : Talk(channel, interruption, view);
                });
            }
            finally
            {
                CryptographicOperations.ZeroMemory(_options.Psk);
                Array.ForEach(_options.Psks ?? [], psk => CryptographicOperations.ZeroMemory(psk));
            }
        }

        public void Dispose() => _wake.Dispose();

        private void Wake() => _wake.Set();

        // Null when interrupted.
        private Channel? Connect(Interruption interruption, LiveView view)
        {
            Task<Finding?>? inquiry = null;
            _options.Attempted = attempt =>
            {
                if (attempt == 3)
                {
                    inquiry = Task.Run(() => Inquiry.AskAsync(_host, _options.Freeze(), interruption.Token));
                    inquiry.ContinueWith(found => Tell(found.Result), TaskContinuationOptions.OnlyOnRanToCompletion);
                }

                _output.Report(
                    attempt == 1 ? Verbosity.Detailed : Verbosity.Normal, "connecting", attempt == 1 ? $"Connecting to {_host}." : $"No answer from {_host} yet; attempt {attempt}.",
                    ("host", _host), ("attempt", attempt));
            };
            Task<Channel> connecting = Channel.ConnectAsync(_host, _options, interruption.Token);
            while (!connecting.IsCompleted)
            {
                view.Update([], $"Connecting to {_host}.", null, Environment.TickCount64);
                Task.WhenAny(connecting, Task.Delay(LongestStep)).Wait();
            }

            try
            {
                return connecting.GetAwaiter().GetResult();
            }
            catch (OperationCanceledException)
            {
                return null;
            }
            catch (SpringtailException e) when (e.Code is ErrorCode.SessionNotFound or ErrorCode.StateInvalid)
            {
                throw new CommandException(ExitCode.Network, e.Message, e);
            }
            catch (SpringtailException e)
            {
                Finding? found = inquiry?.GetAwaiter().GetResult();
                throw new CommandException(ExitCode.NoHandshake, $"No session with {_host}. {(e.Code == ErrorCode.Timeout && found != null ? found.Text : e.Message)}", e);
            }
        }

        private int Talk(Channel channel, Interruption interruption, LiveView view)
        {
            PeerChannel peer = new(channel, _output, _echo, Wake);
            _input.Start(view.TakesKeys);
            long quietSince = Environment.TickCount64;
            Task? closing = null;
            while (!peer.IsDone)
            {
                while (closing == null && peer.HasRoom && _input.TryTake(out byte[] line))
                {
                    peer.Send(line);
                }

                peer.Look();
                long now = Environment.TickCount64;
                if (!_input.Ended || !peer.IsIdle)
                {
                    quietSince = now;
                }

                long quiet = Math.Min(now - quietSince, peer.QuietFor);
                if (closing == null && (interruption.Asked || quiet >= Math.Max(QuietTime, QuietRoundTrips * peer.Status.RoundTripTime)))
                {
                    closing = channel.CloseAsync().AsTask();
                }

                view.Update([peer], "", _input.Typed, now);
                _wake.WaitOne(LongestStep);
            }

            peer.Look();
            channel.DisposeAsync().AsTask().Wait();
            view.Update([peer], "", null, Environment.TickCount64, atOnce: true);
            return Conclude(peer);
        }

        private int Conclude(PeerChannel peer)
        {
            int code = ExitCode.Success;
            if (_input.TooLong > 0)
            {
                _output.Warn($"{Output.Count(_input.TooLong, "line")} not sent: longer than a message may be ({StandardInput.MaxLineSize} bytes).");
                code = ExitCode.SessionLost;
            }

            int lost = peer.Status.LostMessages + peer.Unsent;
            if (lost > 0)
            {
                _output.Error($"{Output.Count(lost, "message")} not acknowledged, so perhaps not at the peer.");
                code = ExitCode.SessionLost;
            }

            if (_interruption.Asked && peer.Status.EndReason == EndReason.EndedHere)
            {
                _output.Error($"{_host} did not answer at once: the session was not closed in order.");
                return ExitCode.Interrupted;
            }

            if (peer.IsRefused)
            {
                return ExitCode.SessionLost;
            }

            if (peer.Status.EndReason != EndReason.Closed)
            {
                _output.Error($"The session with {_host} was {Reasons.OfEnd(peer.Status)}.");
                code = ExitCode.SessionLost;
            }

            return code;
        }

        private void Tell(Finding? found)
        {
            if (found != null)
            {
                _output.Warn(found.Text, ("cause", found.Cause));
            }
        }

        // False when interrupted.
        private bool Discover(Interruption interruption)
        {
            int found = DiscoveryRun.Find(_options, _host, interruption.Token);
            if (found < 0)
            {
                return false;
            }

            _options.Psk = _options.Psks[found];
            _options.Psks = null;
            _output.Report(Verbosity.Normal, "discovered", $"{_host} holds {_pskNames[found]} too.", ("key", _pskNames[found]));
            return true;
        }

        // False when interrupted.
        private bool AskClock(Interruption interruption)
        {
            using CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(interruption.Token);
            patience.CancelAfter(s_clockPatience);
            try
            {
                IClock own = _options.Clock;
                SettableClock clock = new(own, Channel.AskClockAsync(_host, _options, patience.Token).GetAwaiter().GetResult());
                long difference = clock.UtcNow - own.UtcNow;
                _options.Clock = clock;
                _output.Report(Verbosity.Normal, "clock", $"{_host} told the time; this machine's clock is {(difference == 0 ? "right" : TimeText.Against(-difference) + " it")}.", ("clock_error_ms", -difference));
                return true;
            }
            catch (OperationCanceledException) when (interruption.Asked)
            {
                return false;
            }
            catch (OperationCanceledException)
            {
                throw new CommandException(
                    ExitCode.NoHandshake,
                    $"{_host} did not tell the time at port {_options.DiscoveryPort}: check that it listens with this PSK and that its --discovery-port is this one and reachable by UDP.");
            }
        }
    }

    /// <summary>A clock whose UTC was learned from a peer.</summary>
    private sealed class SettableClock(IClock clock, long utcBase) : IClock
    {
        public long Now => clock.Now;

        public long UtcNow => utcBase + clock.Now;
    }
}
