using Springtail.Crypto;
using Springtail.Keys;
using Springtail.Packets;

namespace Springtail.Sessions;

/// <summary>Where a client stands.</summary>
public enum ClientState
{
    /// <summary>A saved session goes on: the server's first packet under its new keys is awaited.</summary>
    Resuming,

    /// <summary>SYN copies go out.</summary>
    Calling,

    /// <summary>The keys are derived; the ACK with the confirmation goes out until the server is heard.</summary>
    Confirming,

    /// <summary>There is, or was, a session: see <see cref="Client.Session"/>.</summary>
    Connected,

    /// <summary>No handshake came about.</summary>
    Failed,
}

/// <summary>The side that connects: attempts at a handshake (PROTOCOL.md 5), then its session.</summary>
public sealed partial class Client : IProtocolPeer
{
    private const int ConnectTime = 30000;

    private readonly ICryptoCore _core;
    private readonly ChannelOptions _options;
    private readonly Endpoint _server = new Endpoint();
    private readonly PskKeys _psk;
    private long _startedAt;
    private readonly int _suite;

    // Null once it has led to a session, or none is made any more.
    private Attempt _attempt;

    // PortsVersion grows over sessions and the times between them.
    private int _portsBase;

    /// <param name="core">The primitives.</param>
    /// <param name="options">The PSK, the suite and the rest.</param>
    /// <param name="server">The server's address; its port does not matter.</param>
    /// <param name="now">Monotonic time in ms.</param>
    /// <param name="utcNow">The system's UTC in ms since 1970.</param>
    public Client(ICryptoCore core, ChannelOptions options, Endpoint server, long now, long utcNow)
        : this(core, options, server, now)
    {
        BeginAttempt(now, utcNow);
    }

    private Client(ICryptoCore core, ChannelOptions options, Endpoint server, long now)
    {
        options.Validate();
        _core = core;
        _options = options;
        _suite = options.SuiteFor(core);
        _suite = _suite == 0 ? KeySchedule.SuiteP256 : _suite;
        _psk = new PskKeys(core, options.Secret, options.Token != null);
        _server.CopyFrom(server);
        _startedAt = now;
    }

    public ClientState State { get; private set; }

    /// <summary>The session; null before its keys are derived.</summary>
    public Session Session { get; private set; }

    /// <summary>Handshakes begun so far.</summary>
    public int Attempts { get; private set; }

    /// <summary>What was dropped before there was a session.</summary>
    public Counters Counters { get; } = new Counters();

    public long Deadline
    {
        get
        {
            if (_clock != null)
            {
                return ClockDeadline;
            }

            if (_attempt != null)
            {
                return _attempt.Deadline;
            }

            if (State == ClientState.Failed)
            {
                return long.MaxValue;
            }

            return IsBeginning && Session.State == SessionState.Ended ? long.MinValue : Session.Deadline;
        }
    }

    public int PortsVersion { get; private set; }

    public int GetPorts(int[] ports)
    {
        if (Session != null && _clock == null)
        {
            return Session.GetPorts(ports);
        }

        ports[0] = Datagram.OwnSocket;
        return 1;
    }

    public void Receive(byte[] packet, int size, Endpoint from, int localPort, long now, long utcNow)
    {
        if (!from.SameAddress(Session != null ? Session.Peer : _server))
        {
            Counters.Drop(DropCause.Address);
            return;
        }

        if (State == ClientState.Failed || size < Packet.Overhead || size > Packet.MaxSize)
        {
            Counters.Drop(DropCause.Unreadable);
        }
        else if (_clock != null)
        {
            _clock.Receive(packet, size, from, localPort, now, utcNow);
        }
        else if (_attempt != null)
        {
            Session session = _attempt.Receive(packet, size, Counters, now);
            if (session != null)
            {
                EndAttempt();
                _portsBase = PortsVersion + 1;
                Session = session;
                State = ClientState.Confirming;
                UpdateState();
            }
        }
        else if (!_core.UnmaskPacket(packet, 0, size, Session.MaskKey) || Packet.SessionId(packet) != Session.Id)
        {
            Counters.Drop(DropCause.Unreadable);
        }
        else
        {
            Session.Receive(packet, size, from, localPort, now);
            UpdateState();
        }
    }

    public bool Poll(Datagram datagram, long now, long utcNow)
    {
        if (AskTime(datagram, now, utcNow, out bool asked))
        {
            return asked;
        }

        if (Session != null)
        {
            bool sent = Session.Poll(datagram, now);
            UpdateState();
            if (!IsBeginning || Session.State != SessionState.Ended)
            {
                return sent;
            }

            EndResume(now);
            Retry(now, utcNow);
        }

        if (_attempt != null && _attempt.IsOver(now))
        {
            Retry(now, utcNow);
        }

        return _attempt != null && _attempt.Poll(datagram, Counters, now);
    }

    /// <summary>Gives up, and wipes what there is, without a packet.</summary>
    public void Abandon()
    {
        Session?.End(ErrorCode.Terminated);
        EndAttempt();
        _psk.Wipe();
        State = State == ClientState.Connected ? ClientState.Connected : ClientState.Failed;
    }

    /// <summary>What can be told of a handshake that did not come about, and what to look at.</summary>
    public string Explain()
    {
        if (Counters.Drops(DropCause.KeyExchange) != 0)
        {
            return "The peer answered with a public key or a proof that is wrong: something on the way alters packets, or the peer is faulty.";
        }

        if (Counters.Drops(DropCause.Timestamp) != 0)
        {
            return "The peer answered, but its clock is more than 30 s from this one: set both clocks.";
        }

        return "No answer. Check that the peer listens and can be reached by UDP, that both have the same PSK, port range and rendezvous port, "
            + "that both clocks are right to 30 s, and that the peer allows this suite.";
    }

    // There is a session, which the peer has not answered yet.
    private bool IsBeginning => State == ClientState.Confirming || State == ClientState.Resuming;

    private void UpdateState()
    {
        if (IsBeginning && Session.State != SessionState.HalfOpen && Session.State != SessionState.Resuming && Session.State != SessionState.Ended)
        {
            State = ClientState.Connected;
            _psk.Wipe();
        }

        PortsVersion = _portsBase + Session.PortsVersion;
    }

    private void Retry(long now, long utcNow)
    {
        _portsBase = PortsVersion + 1;
        PortsVersion = _portsBase;
        Session = null;
        EndAttempt();
        if (now >= _startedAt + ConnectTime)
        {
            State = ClientState.Failed;
            _psk.Wipe();
            return;
        }

        BeginAttempt(now, utcNow);
    }

    private void BeginAttempt(long now, long utcNow)
    {
        Attempts++;
        State = ClientState.Calling;
        _attempt = new Attempt(_core, _options, _suite, _psk, _server, now, utcNow);
    }

    private void EndAttempt()
    {
        _attempt?.Wipe();
        _attempt = null;
    }
}
