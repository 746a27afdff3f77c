using System;
using System.Globalization;
using System.Threading;
using System.Threading.Tasks;
using Springtail.Packets;
using Springtail.Pairing;
using Springtail.Sessions;

namespace Springtail.Peer;

/// <summary>A channel as the command line uses it: what comes is written or sent back, and what changes is told.</summary>
internal sealed class PeerChannel
{
    // No more lines are taken while this much waits to be sent, in bytes.
    private const int MaxWaiting = 1 << 18;

    private readonly Output _output;
    private readonly bool _echo;
    private readonly Action _wake;
    private readonly Task _receiving;
    private long _waiting;
    private int _unsent;
    private int _sent;
    private int _received;
    private long _lastMessageAt;
    private ulong _window;
    private SessionState _state;
    private int _epoch;

    /// <param name="channel">Just connected.</param>
    /// <param name="output">Takes messages and events.</param>
    /// <param name="echo">Send each message back.</param>
    /// <param name="wake">Called, from any thread, when there is something to look at.</param>
    public PeerChannel(Channel channel, Output output, bool echo, Action wake)
    {
        Channel = channel;
        _output = output;
        _echo = echo;
        _wake = wake;
        Status = channel.Status;
        Name = Status.SessionId.ToString("x16", CultureInfo.InvariantCulture);
        PeerAddress = Addresses.Text(Status.Peer);
        _window = Status.Window;
        _lastMessageAt = Environment.TickCount64;
        ReportArrival();

        _receiving = Task.Run(ReceiveAsync);
        _ = _receiving.ContinueWith(_ => wake(), TaskScheduler.Default);
    }

    public Channel Channel { get; }

    /// <summary>How the channel stood at the last <see cref="Look"/>.</summary>
    public ChannelStatus Status { get; private set; }

    public string Name { get; private set; }

    public string PeerAddress { get; private set; }

    /// <summary>The peer wants something that this side does not do, and was left.</summary>
    public bool IsRefused { get; private set; }

    public bool IsOver => Status.State is SessionState.Closed or SessionState.Ended;

    /// <summary>All that came was written, no more will come, and <see cref="Look"/> has told so.</summary>
    public bool IsDone { get; private set; }

    /// <summary>How long no message has come, in ms.</summary>
    public long QuietFor => Environment.TickCount64 - Interlocked.Read(ref _lastMessageAt);

    /// <summary>True while more can be given to <see cref="Send"/> without heaping up.</summary>
    public bool HasRoom => Interlocked.Read(ref _waiting) < MaxWaiting;

    /// <summary>Everything was given to the session and acknowledged by the peer.</summary>
    public bool IsIdle => Volatile.Read(ref _unsent) == 0 && Status.AllAcknowledged;

    /// <summary>How many messages the session never took in.</summary>
    public int Unsent => Volatile.Read(ref _unsent);

    /// <summary>Sends a message once those before it are on their way.</summary>
    public void Send(byte[] message) => _ = SendAsync(message, true);

    /// <summary>Tells of what has changed.</summary>
    public void Look()
    {
        Status = Channel.Status;
        Name = Status.SessionId.ToString("x16", CultureInfo.InvariantCulture);
        IsDone = IsOver && _receiving.IsCompleted;
        ReportChanges();
    }

    private async Task SendAsync(ReadOnlyMemory<byte> message, bool reliable)
    {
        Interlocked.Increment(ref _unsent);
        Interlocked.Add(ref _waiting, message.Length);
        try
        {
            await Channel.SendAsync(message, reliable);
            Interlocked.Decrement(ref _unsent);
            Interlocked.Increment(ref _sent);
        }
        catch (SpringtailException)
        {
            // The channel has ended or is closing: this one is among those not sent.
        }

        Interlocked.Add(ref _waiting, -message.Length);
        _wake();
    }

    private async Task ReceiveAsync()
    {
        while (true)
        {
            ReceiveResult result = await Channel.ReceiveAsync();
            switch (result.Outcome)
            {
                case ReceiveOutcome.Ended:
                    return;
                case ReceiveOutcome.Renewed:
                    ReportRenewal(Channel.Status);
                    break;
                default:
                    Take(result.Message);
                    if (_echo)
                    {
                        await SendAsync(result.Message.Data, result.Message.IsReliable);
                    }

                    break;
            }
        }
    }

    private void Take(ChannelMessage message)
    {
        if (Interlocked.Increment(ref _received) == 1 && !_echo && Status.Suite > 3 && PairingExchange.IsShare(message.Data.ToArray(), message.Data.Length))
        {
            // Not for the user's eyes, who should rather take part.
            _output.Error($"{PeerAddress} makes a key for later with whoever has the token: use --save-psk FILE here too.", ("session", Name));
            IsRefused = true;
            Channel.Dispose();
            return;
        }

        Interlocked.Exchange(ref _lastMessageAt, Environment.TickCount64);
        _output.Report(Verbosity.Detailed, "received", $"{Name}  message of {message.Data.Length} bytes", ("session", Name), ("bytes", message.Data.Length));
        _output.Message(Name, message.Data.Span);
    }

    // Either it has just connected, or a listener before this one has kept it.
    private void ReportArrival()
    {
        string features = Status.Features switch { 0 => "", 1 => ", DIVERSIFIED", 2 => ", CLIENT_HOPS", _ => ", DIVERSIFIED and CLIENT_HOPS" };
        _state = Status.WasKept ? Status.State : SessionState.Established;
        _output.Report(
            Verbosity.Normal, Status.WasKept ? "kept" : "established",
            Status.WasKept ? $"{Name}  was kept over the restart, and waits for {PeerAddress}" : $"{Name}  established with {PeerAddress}, suite {Status.Suite}{features}",
            ("session", Name), ("peer", PeerAddress), ("suite", Status.Suite), ("features", Status.Features), ("keepalive", Status.Keepalive));
    }

    private void ReportRenewal(ChannelStatus status)
    {
        string name = status.SessionId.ToString("x16", CultureInfo.InvariantCulture);
        _output.Report(
            Verbosity.Normal, "renewed",
            $"{name}  goes on with {PeerAddress} under new keys" + (status.LostMessages == 0 ? "" : $"; {status.LostMessages} messages so far may not have arrived"),
            ("session", name), ("peer", PeerAddress), ("unacknowledged", status.LostMessages));
    }

    private void ReportChanges()
    {
        // The end is told when all that came was written.
        if (Status.State != _state && (!IsOver || IsDone))
        {
            ReportState();
            _state = Status.State;
        }

        if (Status.Epoch != _epoch)
        {
            _epoch = Status.Epoch;
            _output.Report(Verbosity.Normal, "epoch", $"{Name}  new keys, epoch {_epoch}", ("session", Name), ("epoch", _epoch));
        }

        if (Status.Window != _window && Status.State is not SessionState.Ended)
        {
            _window = Status.Window;
            PeerAddress = Addresses.Text(Status.Peer);
            _output.Report(
                Verbosity.Detailed, "hop",
                $"{Name}  window {_window}  epoch {_epoch}  ports {Status.LocalPort} here, {Status.PeerPort} there  packets {Status.PacketsReceived} in, {Status.PacketsSent} out  rtt {Status.RoundTripTime} ms",
                ("session", Name), ("window", _window), ("epoch", _epoch), ("local_port", Status.LocalPort), ("peer_port", Status.PeerPort),
                ("packets_in", Status.PacketsReceived), ("packets_out", Status.PacketsSent), ("retransmissions", Status.Retransmissions),
                ("drops", Status.PacketsDropped), ("rtt_ms", Status.RoundTripTime), ("clock_offset_ms", Status.ClockOffset),
                ("messages_in", _received), ("messages_out", _sent));
        }
    }

    private void ReportState()
    {
        switch (Status.State)
        {
            case SessionState.Asleep:
                long kept = Status.AsleepFor / 1000;
                _output.Report(Verbosity.Normal, "asleep", $"{Name}  {PeerAddress} sleeps; its session is kept for {kept} s", ("session", Name), ("kept_s", kept));
                break;
            case SessionState.Established when _state == SessionState.Asleep:
                _output.Report(Verbosity.Normal, "awake", $"{Name}  {PeerAddress} is awake", ("session", Name), ("resumes", Status.Resumes), ("epoch", Status.Epoch));
                break;
            case SessionState.Recovering:
                _output.Warn($"{Name}  {PeerAddress} is not heard any more; the session waits for it", ("session", Name));
                break;
            case SessionState.Established when _state == SessionState.Recovering:
                _output.Report(Verbosity.Normal, "recovered", $"{Name}  {PeerAddress} is heard again", ("session", Name));
                break;
            case SessionState.Closing when Status.PeerClosed:
                _output.Report(Verbosity.Detailed, "closing", $"{Name}  the peer closes", ("session", Name));
                break;
            case SessionState.Closed:
                ReportEnd("closed", "closed in order");
                break;
            case SessionState.Ended when _state != SessionState.Closed:
                bool closed = Status.EndReason == EndReason.Closed;
                ReportEnd(closed ? "closed" : "lost", Status.IsKept ? "kept for the next listener" : closed ? "closed" : Reasons.OfEnd(Status));
                break;
        }
    }

    private void ReportEnd(string name, string what)
    {
        _output.Report(
            name == "lost" ? Verbosity.Minimal : Verbosity.Normal, name,
            $"{Name}  {what}: {_received} messages in, {_sent} out, {Status.PacketsReceived} packets in, {Status.PacketsSent} out, "
                + $"{Status.Retransmissions} sent again, {Status.PacketsDropped} dropped" + (Status.LostMessages == 0 ? "" : $", {Status.LostMessages} messages not acknowledged"),
            ("session", Name), ("reason", Status.EndCode), ("messages_in", _received), ("messages_out", _sent),
            ("packets_in", Status.PacketsReceived), ("packets_out", Status.PacketsSent), ("retransmissions", Status.Retransmissions),
            ("drops", Status.PacketsDropped), ("unacknowledged", Status.LostMessages));
    }
}
