using System;
using System.Collections.Generic;
using System.Globalization;
using Springtail.Packets;
using Springtail.Sessions;
using Springtail.Transport;

namespace Springtail.Peer;

/// <summary>A session as the command line uses it: messages to be sent wait here until the session has room for them, and what comes is written or sent back.</summary>
internal sealed class Conversation
{
    // No more messages are taken from the session while this much waits to be sent, in bytes: then the peer's window closes.
    private const int MaxWaiting = 1 << 20;

    private readonly SocketTransport _transport;
    private readonly Output _output;
    private readonly bool _echo;
    private readonly Queue<(byte[] Bytes, bool Reliable)> _outgoing = new();
    private long _waiting;
    private int _taken;
    private Session? _begun;
    private Session _session;
    private byte[] _buffer = new byte[4096];
    private ulong _window;
    private SessionState _state;
    private int _epoch;

    public Conversation(Session session, SocketTransport transport, Output output, bool echo, long now)
    {
        _session = session;
        _transport = transport;
        _output = output;
        _echo = echo;
        _window = session.Window;
        _state = SessionState.Established;
        LastMessageAt = now;
        PeerAddress = Addresses.Text(session.Peer);
        ReportEstablished();
    }

    /// <summary>The session; after an emergency or a new handshake in recovery the one that has taken its place.</summary>
    public Session Session
    {
        get
        {
            while (_session.Successor != null)
            {
                _session = _session.Successor;
            }

            return _session;
        }
    }

    public int MessagesSent { get; private set; }

    public int MessagesReceived { get; private set; }

    /// <summary>When the last message came, or the session began, in ms of the monotonic clock.</summary>
    public long LastMessageAt { get; private set; }

    /// <summary>True while more can be given to <see cref="Send"/> without heaping up.</summary>
    public bool HasRoom => _waiting < MaxWaiting / 4;

    /// <summary>Everything was given to the session and acknowledged by the peer.</summary>
    public bool IsIdle => _outgoing.Count == 0 && Session.AllAcknowledged;

    /// <summary>How many messages the session never took in.</summary>
    public int Unsent => _outgoing.Count;

    public string Name => Session.Id.ToString("x16", CultureInfo.InvariantCulture);

    public string PeerAddress { get; private set; } = "";

    /// <summary>The port on which this side receives now; a client that does not hop has one for the whole session.</summary>
    public int LocalPort => Session.LocalPort == Datagram.OwnSocket ? _transport.NumberOf(Datagram.OwnSocket) : Session.LocalPort;

    /// <summary>The port to which packets go now: the peer's of the window, or the one it keeps.</summary>
    public int PeerPort => Session.IsServer && (Session.Features & Features.ClientHops) == 0 ? Session.Peer.Port : Session.PeerPort;

    public void Send(byte[] message, bool reliable = true)
    {
        _outgoing.Enqueue((message, reliable));
        _waiting += message.Length;
    }

    /// <summary>Moves messages both ways as far as they go, and tells of what has changed.</summary>
    public void Pump(long now)
    {
        PumpOut(now);
        TakeMessages(now);
        if (Session.TakeRenewal())
        {
            ReportRenewal();
            TakeMessages(now);
        }

        PumpOut(now);
        ReportChanges(now);
    }

    private void TakeMessages(long now)
    {
        while (_waiting < MaxWaiting && Session.NextMessageSize is >= 0 and int size)
        {
            if (size > _buffer.Length)
            {
                _buffer = new byte[Math.Max(size, _buffer.Length * 2)];
            }

            bool reliable = Session.NextMessageIsReliable;
            Session.TakeMessage(_buffer, 0, now);
            MessagesReceived++;
            LastMessageAt = now;
            ReadOnlySpan<byte> message = _buffer.AsSpan(0, size);
            _output.Report(Verbosity.Detailed, "message", $"{Name}  message of {size} bytes", ("session", Name), ("bytes", size));
            _output.Message(message);
            if (_echo)
            {
                Send(message.ToArray(), reliable);
            }
        }
    }

    private void PumpOut(long now)
    {
        while (_outgoing.TryPeek(out (byte[] Bytes, bool Reliable) message))
        {
            if (_begun == null)
            {
                if (!Session.CanSend)
                {
                    return;
                }

                Session.BeginMessage(message.Bytes.Length, message.Reliable);
                _begun = Session;
                _taken = 0;
            }

            if (Session.IsOver)
            {
                return;
            }

            // What was begun in a session whose place another has taken is among its lost messages.
            if (_begun == Session)
            {
                _taken += Session.AppendMessage(message.Bytes, _taken, now);
                if (Session.InMessage)
                {
                    return;
                }
            }

            _outgoing.Dequeue();
            _waiting -= message.Bytes.Length;
            _begun = null;
            MessagesSent++;
        }
    }

    private void ReportEstablished()
    {
        string features = Session.Features switch { 0 => "", 1 => ", DIVERSIFIED", 2 => ", CLIENT_HOPS", _ => ", DIVERSIFIED and CLIENT_HOPS" };
        _output.Report(
            Verbosity.Normal, "established", $"{Name}  established with {PeerAddress}, suite {Session.Suite}{features}",
            ("session", Name), ("peer", PeerAddress), ("suite", Session.Suite), ("features", Session.Features), ("keepalive", Session.Keepalive));
    }

    private void ReportRenewal()
    {
        _output.Report(
            Verbosity.Normal, "renewed",
            $"{Name}  goes on with {PeerAddress} under new keys" + (Session.LostMessages == 0 ? "" : $"; {Session.LostMessages} messages so far may not have arrived"),
            ("session", Name), ("peer", PeerAddress), ("unacknowledged", Session.LostMessages));
    }

    private void ReportChanges(long now)
    {
        if (Session.State != _state)
        {
            ReportState(now);
            _state = Session.State;
        }

        if (Session.Epoch != _epoch)
        {
            _epoch = Session.Epoch;
            _output.Report(Verbosity.Normal, "epoch", $"{Name}  new keys, epoch {_epoch}", ("session", Name), ("epoch", _epoch));
        }

        if (Session.Window != _window && Session.State is not SessionState.Ended)
        {
            _window = Session.Window;
            PeerAddress = Addresses.Text(Session.Peer);
            Counters counters = Session.Counters;
            _output.Report(
                Verbosity.Detailed, "hop",
                $"{Name}  window {_window}  epoch {_epoch}  ports {LocalPort} here, {PeerPort} there  packets {counters.PacketsReceived} in, {counters.PacketsSent} out  rtt {Session.RoundTripTime} ms",
                ("session", Name), ("window", _window), ("epoch", _epoch), ("local_port", LocalPort), ("peer_port", PeerPort),
                ("packets_in", counters.PacketsReceived), ("packets_out", counters.PacketsSent), ("retransmissions", counters.Retransmissions),
                ("drops", counters.DropsInAll), ("rtt_ms", Session.RoundTripTime), ("clock_offset_ms", Session.ClockOffset(now)),
                ("messages_in", MessagesReceived), ("messages_out", MessagesSent));
        }
    }

    private void ReportState(long now)
    {
        switch (Session.State)
        {
            case SessionState.Asleep:
                long kept = (Session.AsleepUntil - now) / 1000;
                _output.Report(Verbosity.Normal, "asleep", $"{Name}  {PeerAddress} sleeps; its session is kept for {kept} s", ("session", Name), ("kept_s", kept));
                break;
            case SessionState.Established when _state == SessionState.Asleep:
                _output.Report(Verbosity.Normal, "awake", $"{Name}  {PeerAddress} is awake", ("session", Name), ("resumes", Session.Resumes), ("epoch", Session.Epoch));
                break;
            case SessionState.Recovering:
                _output.Warn($"{Name}  {PeerAddress} is not heard any more; the session waits for it", ("session", Name));
                break;
            case SessionState.Established when _state == SessionState.Recovering:
                _output.Report(Verbosity.Normal, "recovered", $"{Name}  {PeerAddress} is heard again", ("session", Name));
                break;
            case SessionState.Closing when Session.PeerClosed:
                _output.Report(Verbosity.Detailed, "closing", $"{Name}  the peer closes", ("session", Name));
                break;
            case SessionState.Closed:
                ReportEnd("closed", "closed in order");
                break;
            case SessionState.Ended when _state != SessionState.Closed:
                ReportEnd(Session.EndCode == ErrorCode.None ? "closed" : "lost", Session.EndCode == ErrorCode.None ? "closed" : Reasons.OfEnd(Session.EndCode));
                break;
        }
    }

    private void ReportEnd(string name, string what)
    {
        Counters counters = Session.Counters;
        _output.Report(
            name == "lost" ? Verbosity.Minimal : Verbosity.Normal, name,
            $"{Name}  {what}: {MessagesReceived} messages in, {MessagesSent} out, {counters.PacketsReceived} packets in, {counters.PacketsSent} out, "
                + $"{counters.Retransmissions} sent again, {counters.DropsInAll} dropped" + (Session.LostMessages == 0 ? "" : $", {Session.LostMessages} messages not acknowledged"),
            ("session", Name), ("reason", Session.EndCode), ("messages_in", MessagesReceived), ("messages_out", MessagesSent),
            ("packets_in", counters.PacketsReceived), ("packets_out", counters.PacketsSent), ("retransmissions", counters.Retransmissions),
            ("drops", counters.DropsInAll), ("unacknowledged", Session.LostMessages));
    }
}
