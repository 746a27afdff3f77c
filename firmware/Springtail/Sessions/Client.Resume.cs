using Springtail.Crypto;
using Springtail.Packets;

namespace Springtail.Sessions;

// A client that begins with a saved session (PROTOCOL.md 16): asks for the time first if need be, resumes, and otherwise begins a new session.
internal sealed partial class Client
{
    // One CLOCK_REQUEST; without an answer it resumes by its own clock, in ms.
    private const long ClockTime = 1500;

    private ClockQuery _clock;
    private long _clockUntil;

    /// <summary>Goes on with a saved session; begins a new one when the snapshot is not taken or the server does not answer in time (PROTOCOL.md 16).</summary>
    /// <param name="core">The primitives.</param>
    /// <param name="options">As at the handshake.</param>
    /// <param name="server">Where a new handshake goes; the saved session has its address with it.</param>
    /// <param name="snapshot">From <see cref="Session.Save"/>; wiped. May be null or anything at all.</param>
    /// <param name="now">Monotonic time in ms.</param>
    /// <param name="utcNow">The system's UTC in ms since 1970, by the clock that the snapshot was made with.</param>
    public Client(ICryptoCore core, ChannelOptions options, Endpoint server, byte[] snapshot, long now, long utcNow)
        : this(core, options, server, now)
    {
        _next = Session.Restore(core, options, snapshot, now, utcNow, out int fault);
        ResumeCode = fault;
        if (_next == null)
        {
            BeginAttempt(now, utcNow);
            return;
        }

        Resumed = true;
        if (_next.DoubtsClock && options.DiscoveryPort != 0 && options.Token == null)
        {
            Endpoint discovery = new Endpoint();
            discovery.CopyFrom(_next.Peer);
            discovery.Port = options.DiscoveryPort;
            _clock = new ClockQuery(core, options, discovery, now);
            _clockUntil = now + _next.Shape.Shorten(ClockTime);
        }
        else
        {
            _next.BeginResume(now);
        }
    }

    /// <summary>True while <see cref="Session"/> is the saved one; false when it is lost and a new one has taken its place.</summary>
    public bool Resumed { get; private set; }

    /// <summary>
    /// Why the saved session did not go on: AUTHENTICATION_FAILED for a damaged snapshot or another PSK, UNSUPPORTED_VERSION, TIMESTAMP_INVALID
    /// for one that is too old, STATE_INVALID for other ports, SESSION_NOT_FOUND when there is none, TIMEOUT when the server did not answer.
    /// </summary>
    public int ResumeCode { get; private set; }

    private long ClockDeadline => _clock.Done ? long.MinValue : _clock.Deadline < _clockUntil ? _clock.Deadline : _clockUntil;

    // True while the time is asked for, which goes before all else.
    private bool AskTime(Datagram datagram, long now, long utcNow, out bool sent)
    {
        sent = false;
        if (_clock == null)
        {
            return false;
        }

        if (!_clock.Done && now < _clockUntil)
        {
            sent = _clock.Poll(datagram, now, utcNow);
            return true;
        }

        if (_clock.Done)
        {
            _next.TakeClock(_clock.UtcBase, now);
        }

        _clock = null;
        _next.BeginResume(now);
        _portsBase++;
        return false;
    }

    // The saved session did not come back: the 25 s of a handshake begin now. True where the application has ended it, and wants none.
    private bool EndResume(long now)
    {
        if (!Resumed || _session != null)
        {
            return false;
        }

        if (!_next.IsKept)
        {
            _session = _next;
            _next = null;
            ForgetKeys();
            return true;
        }

        ResumeCode = _next.EndCode;
        _lost = _next;
        Resumed = false;
        _startedAt = now;
        return false;
    }

    // No session follows the saved one: its application learns what may not have arrived.
    private void LoseSaved()
    {
        if (_lost != null)
        {
            _lost.CountLost();
            _lost.LetGo();
            _lost = null;
        }
    }
}
