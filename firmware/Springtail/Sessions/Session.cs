using System;
using Springtail.Crypto;
using Springtail.Delivery;
using Springtail.Hopping;
using Springtail.Keys;
using Springtail.Packets;

namespace Springtail.Sessions;

/// <summary>
/// A session from its derived keys on, for either side (PROTOCOL.md 3, 5, 8 to 16). No sockets, no threads, no clock: <see cref="Client"/> or
/// <c>Server</c> hands it the packets that carry its session_id, unmasked. It keeps the state, the walk of a packet and the agenda; each part keeps the rest.
/// </summary>
internal sealed partial class Session : IKeyring
{
    private const long HalfOpenLifetime = 60000;

    // Called later than this after its deadline, the program has stood still.
    internal const long Standstill = 1000;

    // A server takes its handshake for a measure of the round trip up to this, in ms.
    private const long LongestHandshake = 10000;

    // What a clock may be off by is an interval less this, the time that a packet may take on its way, in ms.
    private const int PathAllowance = 100;

    // Items of the agenda that are done in one call at most: one that stays due without sending does not spin.
    private const int MostAtOnce = 24;

    internal readonly ICryptoCore Core;
    internal readonly ChannelOptions Options;

    // Facts of the handshake, for rekeys, emergencies and snapshots.
    private byte[] _confirm;
    internal readonly byte[] Psk;
    internal readonly byte[] EmergencySecret;
    internal readonly byte[] Endpoints = new byte[2 * Endpoint.Size];
    internal readonly long StartUtcMs;
    internal readonly int FirstPeerWindow;
    internal readonly uint PeerLargestMessage;
    internal readonly ushort HopSequenceSeed;

    internal readonly PacketSpace Space;
    internal readonly Epochs Epochs;
    internal readonly Path Path;
    internal Delivery Delivery { get; private set; }
    internal readonly Recovery Recovery;
    internal readonly TimeSync Time;

    // Null while not needed.
    private Closing _closing;
    private Sleep _sleep;
    private Repair _repair;
    private Renewal _renewal;

    private SessionState _state;
    internal readonly TrafficShape Shape;

    // Null once it is established.
    private Opening _opening;

    // The session whose messages are to go on in this one; null for none.
    private Continuation _continuation;

    // Its own messages went on in another one.
    private bool _handedOver;

    // Client: made of a snapshot, the server has not answered yet; and it has ended before it did, so that its messages go on in the session that follows.
    private bool _isReturning;
    private bool _isKept;

    private bool _heartbeatDue;

    // Server: a HEARTBEAT is on its way for a confirming ACK; a further one says that it did not arrive.
    private bool _isAnswered;
    private long _heartbeatAt;
    private int _toldPorts;

    /// <param name="core">The primitives.</param>
    /// <param name="options">Buffer sizes and the port range.</param>
    /// <param name="handshake">What the handshake agreed on.</param>
    /// <param name="continued">The session that this one is to continue, whose messages go on in it (PROTOCOL.md 14.2); null for none.</param>
    /// <param name="now">Monotonic time in ms.</param>
    internal Session(ICryptoCore core, ChannelOptions options, HandshakeResult handshake, Session continued, long now)
    {
        SessionParameters parameters = handshake.Parameters;
        Core = core;
        Options = options;
        KeyIndex = options.KeyIndex;
        IsServer = handshake.IsServer;
        Id = handshake.SessionId;
        Suite = handshake.Suite;
        Features = handshake.Features;
        Keepalive = handshake.Keepalive;
        byte[] psk = handshake.Psk ?? parameters.SessionKey;
        Psk = Secret.Slice(psk, 0, psk.Length);
        _confirm = handshake.Confirm;
        EmergencySecret = handshake.EmergencySecret ?? EmergencyKeys.EmergencySecret(core, parameters.SessionKey);
        Snapshot.Put(Endpoints, 0, handshake.ClientEndpoint);
        Snapshot.Put(Endpoints, Endpoint.Size, handshake.ServerEndpoint);
        StartUtcMs = handshake.StartUtcMs;
        FirstPeerWindow = handshake.PeerWindow;
        PeerLargestMessage = handshake.PeerLargestMessage;
        HopSequenceSeed = parameters.HopSequenceSeed;
        byte[] seed = new byte[sizeof(ulong)];
        core.Random(seed, 0, seed.Length);
        Shape = new TrafficShape(Wire.ReadU64(seed, 0), options.IsPlain);
        _opening = new Opening(now) { Took = handshake.RoundTrip, Transcript = handshake.Transcript, ConfirmTime = handshake.ConfirmTime };
        _heartbeatAt = now + HeartbeatSpan();

        Space = new PacketSpace(
            core, IsServer, Id, KeyExchange.Protection(Suite), parameters.MaskKey,
            IsServer ? parameters.ServerSequence : parameters.ClientSequence, IsServer ? parameters.ClientSequence : parameters.ServerSequence);
        EpochKeys keys = new EpochKeys(handshake.Epoch, parameters.SessionKey, parameters.ClientKey, parameters.ServerKey, parameters.AuthenticationKey);
        Epochs = new Epochs(this, keys, now);
        if (handshake.Transcript != null || continued != null)
        {
            LogSpace(parameters.ClientSequence, parameters.ServerSequence);
        }

        if (continued == null)
        {
            Delivery = new Delivery(this, options, handshake.PeerWindow);
            Made(Delivery.Inbox);
            Delivery.BeginRoundTrip(handshake.RoundTrip);
        }
        else
        {
            Delivery = continued.Delivery;
            if (handshake.Transcript != null)
            {
                _continuation = new Continuation(continued.Id);
                _opening.Continuation = HandshakeProofs.Continuation(core, continued.EmergencySecret, handshake.Transcript);
            }
        }

        Recovery = new Recovery(this, now);
        Time = new TimeSync(this, handshake.UtcBase, IsServer ? null : handshake.Time);
        Path = new Path(new HopSchedule(core, parameters, options.PortMin, options.PortCount), IsServer, ClientHops, handshake.Peer, options.HopWindows, UtcNow(now));
        UpdatePath(now);
    }

    // Goes on where a snapshot left off: with keys that are derived from a fresh nonce.
    private Session(ICryptoCore core, ChannelOptions options, HandshakeResult handshake, byte[] snapshot, long slept, long now)
        : this(core, options, handshake, null, now)
    {
        Space.Continue(snapshot);
        LogSpace(Wire.ReadU32(snapshot, Snapshot.InitialNumber), Wire.ReadU64(snapshot, Snapshot.HighestReceived));
        Delivery.Continue(snapshot);
        Epochs.Continue(snapshot, now);
        long error = slept < 0 ? long.MaxValue : slept * options.ClockDrift / 1000000;
        DoubtsClock = error > Path.Interval - PathAllowance;
        byte[] nonce = new byte[ResumeKeys.NonceSize];
        core.Random(nonce, 0, nonce.Length);
        Renew(Epochs.Current, nonce);
        State = SessionState.Resuming;
        _isReturning = true;
        LookAgain(now);
    }

    public ulong Id { get; }

    public int Suite { get; }

    /// <summary>The features agreed on.</summary>
    public int Features { get; }

    /// <summary>Seconds between heartbeats; 0 for none.</summary>
    public int Keepalive { get; }

    public bool IsServer { get; }

    public SessionState State
    {
        get => _state;
        internal set
        {
            Changing(_state, value);
            _state = value;
        }
    }

    /// <summary>True once it has closed in order, or ended otherwise: no message goes either way any more.</summary>
    public bool IsOver => State == SessionState.Closed || State == SessionState.Ended;

    /// <summary>Why the session ended: an <see cref="ErrorCode"/>; <see cref="ErrorCode.None"/> after an orderly close.</summary>
    public int EndCode { get; private set; }

    /// <summary>Key epoch, 0 after the handshake.</summary>
    public int Epoch => Epochs.Current.Epoch;

    public Counters Counters { get; } = new Counters();

    /// <summary>The smoothed round trip in ms; 0 before one was measured.</summary>
    public int RoundTripTime => Delivery.RoundTripTime;

    /// <summary>When <see cref="Poll"/> wants to be called next at the latest, in ms of the monotonic clock.</summary>
    public long Deadline { get; private set; }

    /// <summary>The session's clock: the server's UTC, in ms since 1970. It does not step with the system clock.</summary>
    public long UtcNow(long now) => Time.UtcNow(now);

    /// <summary>The client's clock correction in ms; 0 on the server.</summary>
    public long ClockOffset(long now) => Time.Offset(now);

    /// <summary>The hop window (PROTOCOL.md 8).</summary>
    public ulong Window => Path.Window;

    /// <summary>The port of the present window on which this side receives; <see cref="Datagram.OwnSocket"/> for a client that does not hop.</summary>
    public int LocalPort => Path.LocalPort;

    /// <summary>Where packets go now.</summary>
    public int PeerPort => Path.PeerPort;

    /// <summary>The peer's address.</summary>
    public Endpoint Peer => Path.Peer;

    /// <summary>Grows whenever the answer of <see cref="GetPorts"/> changes.</summary>
    public int PortsVersion => Path.PortsVersion;

    /// <summary>Rekeys that both sides have taken up.</summary>
    public int Rekeys => Epochs.Rekeys;

    /// <summary>Sequence repairs that this side has taken part in and verified.</summary>
    public int Repairs => _repair == null ? 0 : _repair.Repairs;

    /// <summary>Times that the session was saved and went on.</summary>
    public int Resumes { get; private set; }

    /// <summary>True when the application may begin a message.</summary>
    public bool CanSend => TakesMessages && !Delivery.InMessage;

    /// <summary>How many fragments can be taken in now.</summary>
    public int SendRoom => Delivery.SendRoom;

    /// <summary>True when everything given to it was sent and acknowledged.</summary>
    public bool AllAcknowledged => Delivery.AllAcknowledged;

    /// <summary>True while the message begun is not wholly taken in.</summary>
    public bool InMessage => Delivery.InMessage;

    /// <summary>
    /// Reliable messages that may not have arrived: those that were not acknowledged, and those after them, when the session ended, and the
    /// same of the sessions whose place it took.
    /// </summary>
    public int LostMessages { get; private set; }

    /// <summary>Size of the next complete message in bytes; -1 when there is none.</summary>
    public int NextMessageSize => IsRenewed ? _renewal.NextSize : Delivery.Inbox.NextSize;

    /// <summary>Whether the next complete message is a reliable one; false when there is none.</summary>
    public bool NextMessageIsReliable => IsRenewed ? _renewal.NextSize >= 0 && _renewal.Earlier.NextIsReliable : Delivery.Inbox.NextIsReliable;

    /// <summary>The code of the last ERROR that the peer sent, or <see cref="ErrorCode.None"/>.</summary>
    public int PeerErrorCode => _closing == null ? ErrorCode.None : _closing.PeerErrorCode;

    /// <summary>message_id of the last reliable message that the peer refused as too large, when <see cref="PeerErrorCode"/> is MESSAGE_TOO_LARGE.</summary>
    public uint PeerErrorMessageId => _closing == null ? 0 : _closing.PeerErrorMessageId;

    /// <summary>The peer has sent FIN: it takes no new messages.</summary>
    public bool PeerClosed => _closing != null && _closing.PeerClosed;

    /// <summary>Server: when a sleeping client is given up, in ms of the monotonic clock.</summary>
    public long AsleepUntil => State == SessionState.Asleep ? _sleep.AsleepUntil : 0;

    /// <summary>
    /// True when the session may be saved: none of this side's messages is unacknowledged, none received is incomplete or waits for the
    /// application, no <see cref="TakeRenewal"/> is due, no rekey is under way, and the server has answered the sleep that was announced, if one was.
    /// </summary>
    public bool CanSave => IsQuiet && (_sleep == null || _sleep.IsReady);

    /// <summary>
    /// The session that has taken this one's place; null while there is none. Whoever has moved on to it calls <see cref="MoveOn"/>, so that what holds
    /// an old session holds no later one.
    /// </summary>
    public Session Successor { get; private set; }

    /// <summary>Told of changes; null for a client.</summary>
    internal ISessionOwner Owner { get; set; }

    /// <summary>A copy of the address that the client knew itself by in the handshake, as it stands on the wire.</summary>
    internal byte[] ClientEndpoint => Wire.Slice(Endpoints, 0, Endpoint.Size);

    /// <summary>The same of the server's.</summary>
    internal byte[] ServerEndpoint => Wire.Slice(Endpoints, Endpoint.Size, Endpoint.Size);

    internal bool ClientHops => (Features & Packets.Features.ClientHops) != 0;

    internal bool IsOpen => State == SessionState.Established || State == SessionState.Recovering;

    /// <summary>True until either side closes or the session is lost.</summary>
    internal bool TakesMessages => IsOpen || State == SessionState.Asleep || State == SessionState.Resuming;

    /// <summary>Client: seconds of sleep that its HEARTBEATs announce; 0 for none.</summary>
    internal uint AnnouncedSleep => _sleep == null ? 0 : _sleep.Seconds;

    /// <summary>Client: what it sends is repeated until the server answers, so that nothing else need show that it is there.</summary>
    internal bool InsistsOnAnAnswer => !Delivery.AllAcknowledged || AnnouncedSleep != 0;

    /// <summary>Nothing is under way that a snapshot could not hold.</summary>
    internal bool IsQuiet =>
        State == SessionState.Established && !IsServer && Delivery.IsQuiet && Epochs.IsQuiet && (_closing == null || !_closing.ErrorDue)
        && (_repair == null || !_repair.IsDue) && !Path.IsAiming && !IsRenewed;

    /// <summary>
    /// Client: the clock may be off by more than a hop window allows, so the server is to be asked for the time, and
    /// <see cref="TakeClock"/> called, before <see cref="BeginResume"/>.
    /// </summary>
    internal bool DoubtsClock { get; private set; }

    /// <summary>The key that unmasks this session's packets.</summary>
    internal byte[] MaskKey => Space.MaskKey;

    // The application has not heard that this session took another's place.
    private bool IsRenewed => _renewal != null && _renewal.IsToTell;

    // After an emergency there is nothing to confirm but the keys, which any packet does: they are kept as a rekey's are.
    private long HalfOpenUntil =>
        _confirm.Length == 0 ? _opening.MadeAt + Epochs.PendingLifetime : IsServer ? _opening.MadeAt + HalfOpenLifetime : _opening.ConfirmUntil;

    // How long a packet is on its way. Of a session that continues another: what its own handshake took and what is known from that one, by turns, since
    // a server that stood still, or a path that is another one, makes the two differ.
    private int OneWay => !Delivery.IsOf(this) && (IsServer || _opening.Copies % 2 != 0) ? _opening.Took / 2 : Delivery.OneWay;

    /// <summary>Writes the local ports that should be open now, at most four; returns their count.</summary>
    public int GetPorts(int[] ports) => Path.AddPorts(ports, 0);

    /// <summary>Adds them to the first <paramref name="count"/> of <paramref name="ports"/>; returns the count of all, also of those that find no room.</summary>
    internal int AddPorts(int[] ports, int count) => Path.AddPorts(ports, count);

    internal bool HasPort(int port) => Path.HasPort(port);

    /// <summary>Begins a message; its bytes are then given to <see cref="AppendMessage"/>.</summary>
    /// <exception cref="SpringtailException">STATE_INVALID when the session takes no messages; MESSAGE_TOO_LARGE.</exception>
    public void BeginMessage(int size, bool reliable)
    {
        if (!TakesMessages)
        {
            throw new SpringtailException(ErrorCode.StateInvalid, "The session takes no messages: it is not established or is closing.");
        }

        if ((uint)size > PeerLargestMessage)
        {
            throw new SpringtailException(ErrorCode.MessageTooLarge, "The peer takes messages of at most " + PeerLargestMessage.ToString() + " bytes.");
        }

        Delivery.Begin(size, reliable);
    }

    /// <summary>Takes in as much of the message as there is room for; returns the number of bytes. A message is complete when all of it was taken.</summary>
    public int AppendMessage(byte[] message, int offset, long now)
    {
        if (State == SessionState.Ended)
        {
            return 0;
        }

        int taken = Delivery.Append(message, offset);
        LookAgain(now);
        return taken;
    }

    /// <summary>Copies the next complete message and forgets it; returns its size, or -1 when there is none.</summary>
    public int TakeMessage(byte[] buffer, int offset, long now)
    {
        if (IsRenewed)
        {
            return _renewal.Take(buffer, offset);
        }

        if (State == SessionState.Ended)
        {
            return Delivery.Inbox.TakeLast(buffer, offset);
        }

        int size = Delivery.Take(buffer, offset, now);
        if (size >= 0)
        {
            LookAgain(now);
        }

        return size;
    }

    /// <summary>Asks the peer for new keys, unless that is under way already.</summary>
    public void Rekey(long now)
    {
        if (IsOpen && Epochs.Ask(now))
        {
            LookAgain(now);
        }
    }

    /// <summary>Begins an orderly end: no new messages; what is on its way is still delivered.</summary>
    public void Close(long now)
    {
        _isReturning = false;
        if (State == SessionState.HalfOpen || State == SessionState.Asleep || State == SessionState.Resuming)
        {
            End(ErrorCode.Terminated);
        }
        else if (IsOpen)
        {
            NeedClosing().Begin(now);
            State = SessionState.Closing;
            LookAgain(now);
        }
    }

    /// <summary>Ends the session at once and tells the peer why with one RST.</summary>
    public void Abort(int reason, long now)
    {
        _isReturning = false;
        if (State == SessionState.HalfOpen || State == SessionState.Asleep || State == SessionState.Resuming)
        {
            End(reason);
        }
        else if (State != SessionState.Ended)
        {
            NeedClosing().Abort(reason);
            LookAgain(now);
        }
    }

    /// <summary>
    /// Client: tells the server of a sleep as soon as nothing else is under way, each second until it is answered; 0 takes that back.
    /// The server then keeps the session for that time, a tenth of it and a minute more, and sends nothing.
    /// </summary>
    public void AnnounceSleep(uint seconds, long now)
    {
        if (!IsServer && State != SessionState.Ended)
        {
            NeedSleep().Announce(seconds, now);
            DropSleep();
            LookAgain(now);
        }
    }

    /// <summary>
    /// Saves the session and ends it here without a packet, its keys wiped. The snapshot holds the session's keys.
    /// </summary>
    /// <param name="now">Monotonic time in ms.</param>
    /// <param name="utcNow">The system's UTC in ms since 1970, of a clock that goes on while the device sleeps.</param>
    /// <returns>The snapshot (PROTOCOL.md 16.1); null when <see cref="CanSave"/> is false.</returns>
    public byte[] Save(long now, long utcNow)
    {
        if (!CanSave)
        {
            return null;
        }

        byte[] snapshot = Sleep.Save(this, AnnouncedSleep, now, utcNow);
        End(ErrorCode.None);
        return snapshot;
    }

    /// <summary>
    /// Makes a session of a snapshot, whose bytes are wiped whatever comes of it. It goes on once <see cref="BeginResume"/> was called.
    /// </summary>
    /// <param name="core">The primitives.</param>
    /// <param name="options">The PSK or token that the snapshot was made with; buffer sizes.</param>
    /// <param name="snapshot">From <see cref="Save"/>.</param>
    /// <param name="now">Monotonic time in ms.</param>
    /// <param name="utcNow">The system's UTC in ms since 1970, by the clock that <see cref="Save"/> went by.</param>
    /// <param name="fault">An <see cref="ErrorCode"/> when the snapshot is not taken: damaged, of another version or other settings, or too old.</param>
    /// <returns>The session; null when the snapshot is not taken.</returns>
    internal static Session Restore(ICryptoCore core, ChannelOptions options, byte[] snapshot, long now, long utcNow, out int fault)
    {
        Session session = null;
        fault = Snapshot.Check(core, options, snapshot);
        if (fault == ErrorCode.None)
        {
            long slept = utcNow - Wire.ReadMs(snapshot, Snapshot.OwnUtcMs);
            if (slept > Wire.ReadMs(snapshot, Snapshot.LifetimeMs))
            {
                fault = ErrorCode.TimestampInvalid;
            }
            else if (snapshot[Snapshot.Resumes] >= Epochs.MaxResumes)
            {
                fault = ErrorCode.RekeyFailed;
            }
            else
            {
                HandshakeResult handshake = Snapshot.Read(options, snapshot, now, utcNow);
                session = new Session(core, options, handshake, snapshot, slept, now);
                if (handshake.Psk != options.Secret)
                {
                    Secret.Wipe(handshake.Psk);
                }
            }
        }

        Secret.Wipe(snapshot);
        return session;
    }

    /// <summary>Sets the clock of a session that is to be resumed, from the answer to CLOCK_REQUEST.</summary>
    /// <param name="utcBase">The server's UTC at monotonic time 0, in ms since 1970.</param>
    /// <param name="now">Monotonic time in ms.</param>
    internal void TakeClock(long utcBase, long now) => Time.Set(new TimeFilter(utcBase - Time.UtcBase, 0, now), now);

    /// <summary>Lets the copies of RESUME go out, and messages after the first.</summary>
    internal void BeginResume(long now)
    {
        _sleep.BeginResume(now);
        LookAgain(now);
    }

    /// <summary>
    /// True once for each session that took the place of another, when the messages that came before are all taken. Until then there are
    /// no further ones. Reliable messages sent before may not have arrived (<see cref="LostMessages"/>), and some of the peer's may be missing.
    /// </summary>
    public bool TakeRenewal() => _renewal != null && _renewal.Tell();

    /// <summary>Gives <see cref="Successor"/> and forgets it; null while there is none.</summary>
    public Session MoveOn()
    {
        Session successor = Successor;
        Successor = null;
        if (successor != null)
        {
            Delivery = null;
        }

        return successor;
    }

    /// <summary>The session that this one is to continue; 0 for none. On a server it is for the client to prove that it is its own.</summary>
    internal ulong Continues => _continuation == null ? 0 : _continuation.Id;

    /// <summary>Server: whether the client has proved that a session is its own.</summary>
    internal bool ProvesContinuationOf(Session previous)
    {
        byte[] secret = previous.SecretOf(Continues);
        return _opening != null && _opening.Claim != null && _opening.Transcript != null && secret != null
            && (previous.IsOpen || previous.State == SessionState.Asleep)
            && ConstantTime.Equal(_opening.Claim, 0, HandshakeProofs.Continuation(Core, secret, _opening.Transcript), 0, HandshakeProofs.ContinuationSize);
    }

    // It is established, and what it continues is taken up.
    private void EndOpening()
    {
        _opening?.Wipe();
        _opening = null;
    }

    /// <summary>A session after an emergency begins: the client's first packets say that the keys are new.</summary>
    internal void Begin(long now)
    {
        if (!IsServer)
        {
            Epochs.Announce(now);
        }

        LookAgain(now);
    }

    /// <summary>
    /// Takes the place of a session, which ends here without a packet. Its messages go on in this one; where the peer knows nothing of them, those that it
    /// may not have received are sent again from the first on, and the application is told.
    /// </summary>
    /// <param name="previous">The session.</param>
    /// <param name="continued">The peer has it too.</param>
    /// <param name="now">Monotonic time in ms.</param>
    internal void Follow(Session previous, bool continued, long now)
    {
        bool isOwn = Delivery.IsOf(this);
        int window = isOwn ? Delivery.PeerWindow : FirstPeerWindow;
        Delivery handed = previous.Delivery;
        bool closing = previous._closing != null && previous._closing.HasBegun;
        if (continued)
        {
            _continuation = _continuation ?? Continuation.OfTheSame();
            _continuation.IsTaken = true;
            if (_opening.Claim != null)
            {
                _continuation.Keep(previous.SecretOf(Continues));
            }
        }

        previous._handedOver = true;
        previous.End(ErrorCode.Replaced);
        previous.LetGo();
        previous.Successor = this;
        KeyIndex = previous.KeyIndex;
        Counters.Add(previous.Counters);
        LostMessages = previous.LostMessages;
        if (continued)
        {
            Delivery = handed;
            _renewal = previous._renewal;
            handed.MoveTo(this, window, _opening.Took, now);
            handed.NoteReceived(_opening.PeerDone, now);
        }
        else
        {
            Delivery = isOwn ? Delivery : handed;
            int lost = isOwn ? Delivery.TakeOver(handed, out Inbox earlier) : handed.BeginAnew(this, window, _opening.Took, out earlier);
            if (previous.IsRenewed)
            {
                // The application has not heard of the change before this one. It is told once for both, and what came between them is missing.
                earlier?.Wipe();
                earlier = previous._renewal.Earlier;
            }

            // A client that woke with a saved session and got no answer learns from it that this is another session.
            _renewal = previous._isKept ? null : new Renewal(earlier, previous.LostMessages + lost);
            LostMessages += lost;
        }

        EndOpening();
        UpdatePath(now);
        if (closing)
        {
            Close(now);
        }

        LookAgain(now);
    }

    /// <summary>Wipes what the application has not taken: it is gone.</summary>
    internal void DropMessages()
    {
        Delivery.Inbox.Wipe();
        _renewal?.Earlier?.Wipe();
    }

    /// <summary>The peer, too, has the session that this one continues.</summary>
    internal bool IsContinued => _continuation != null && _continuation.IsTaken;

    /// <summary>The session is not served any more: its timers do not run, so what they would wipe goes now.</summary>
    internal void GiveUp()
    {
        Epochs.DropAllButCurrent();
        ForgetResume();
        Space.LetGo();
    }

    /// <summary>Wipes the keys and is gone, without a packet.</summary>
    internal void End(int code)
    {
        if (State == SessionState.Ended)
        {
            return;
        }

        if (State != SessionState.Closed)
        {
            EndCode = code;
        }

        // A saved session that did not come back is followed by a new handshake, whatever it was that ended it, but for this side's own wish.
        _isKept = _isReturning && (_endedByPeer || code != ErrorCode.Terminated);
        State = SessionState.Ended;
        if (!_handedOver && !_isKept)
        {
            CountLost();
        }

        Epochs.Wipe();
        ForgetResume();
        Secret.Wipe(Psk);
        Secret.Wipe(_confirm);
        _opening?.Wipe();
        _continuation?.Forget();
        Space.Wipe();
        Path.Wipe();
        if (!_isKept)
        {
            LetGo();
        }

        LookAgain(0);
    }

    /// <summary>Client: a saved session ended before the application had it again, and the next one continues its messages.</summary>
    internal bool IsKept => _isKept;

    /// <summary>Client: the saved session is the application's again.</summary>
    internal void Return()
    {
        _isReturning = false;
        EndOpening();
    }

    /// <summary>Lets go of what a session that continues this one would need.</summary>
    internal void LetGo()
    {
        Secret.Wipe(EmergencySecret);
        if (!_handedOver && Delivery.IsOf(this))
        {
            Delivery.Finish();
        }
    }

    /// <summary>Server: no session is continued in this one.</summary>
    internal void StandAlone()
    {
        _continuation = null;
        EndOpening();
    }

    /// <summary>
    /// Takes a packet of this session, unmasked, with the length that its header says. What does not belong is dropped and
    /// counted; nothing else changes before the tag is verified.
    /// </summary>
    internal void Receive(Arrival arrival)
    {
        long now = arrival.Now;
        NoteStandstill(now);
        EndWithKeys(now);
        if (State == SessionState.Ended)
        {
            return;
        }

        int cause = Space.Open(arrival, this);
        if (cause == PacketSpace.Good && !IsInPlace(arrival))
        {
            cause = DropCause.Unexpected;
        }

        if (cause != PacketSpace.Good)
        {
            Counters.Drop(cause);
            if (arrival.RepeatsHighest && State != SessionState.HalfOpen)
            {
                Path.Follow(this, arrival);
                AnswerConfirmation(arrival);
                LookAgain(now);
            }

            return;
        }

        bool isData = arrival.Type == PacketType.Data;
        if (isData && !Delivery.IsOf(this))
        {
            // As if there were no room, until it is known which messages these are (PROTOCOL.md 14.2).
            Counters.Drop(DropCause.NoRoom);
            return;
        }

        if (isData)
        {
            Delivery.Check(arrival);
        }

        if (isData && arrival.Content == Inbox.NoRoom)
        {
            ReceiveWithoutRoom(arrival);
        }
        else
        {
            Space.Accept(arrival);
            Counters.PacketsReceived++;
            Recovery.Hear(arrival);
            if (IsResume(arrival))
            {
                ReceiveResume(arrival);
            }
            else
            {
                Hear(arrival);
                Dispatch(arrival);
            }
        }

        Delivery.AcknowledgeBatch(arrival);
        LookAgain(now);
    }

    /// <summary>Returns the next datagram to send; false when there is none now.</summary>
    public bool Poll(Datagram datagram, long now)
    {
        if (State == SessionState.Ended)
        {
            return false;
        }

        NoteStandstill(now);
        datagram.Size = 0;
        for (int i = 0; i < MostAtOnce; i++)
        {
            int item = ItemDue(now, out long next);
            if (item == Nothing)
            {
                SetDeadline(next);
                return false;
            }

            if (Do(item, datagram, now) && datagram.Size != 0)
            {
                break;
            }
        }

        // There may be more; whether there is, the next call finds out.
        LookAgain(now);
        return datagram.Size != 0;
    }

    int IKeyring.FindKeys(Arrival arrival)
    {
        int type = arrival.Type;
        bool resume = IsResume(arrival);
        if (resume ? !IsServer || State == SessionState.HalfOpen || State == SessionState.Closed : Packet.IsClear(type, arrival.Subtype))
        {
            return DropCause.Unexpected;
        }

        if (resume && arrival.Length < ResumePayload.Size)
        {
            return DropCause.Malformed;
        }

        int epoch = Packet.Epoch(arrival.Bytes);
        arrival.Keys = Epochs.KeysOf(epoch);
        EpochKeys before = _sleep == null ? null : _sleep.ResumedFrom;
        if (resume && arrival.Keys == null && before != null && epoch == (before.Epoch & 0x0F))
        {
            arrival.Keys = before;
            arrival.IsCopy = true;
        }

        return arrival.Keys == null ? DropCause.Epoch : PacketSpace.Good;
    }

    /// <summary>Seals and addresses a packet whose payload stands in the datagram's buffer. When numbers have run out the session ends, and with it this packet.</summary>
    internal void Send(Datagram datagram, int type, int subtype, int flags, int payloadLength, long now)
    {
        if (type != PacketType.Data && (type != PacketType.Ack || Options.Padding != 0))
        {
            payloadLength = Shape.Pad(datagram.Buffer, payloadLength);
        }

        SendAsItIs(datagram, type, subtype, flags, payloadLength, now);
    }

    /// <summary>The same for a payload that is padded already, or is not to be.</summary>
    internal void SendAsItIs(Datagram datagram, int type, int subtype, int flags, int payloadLength, long now)
    {
        EpochKeys keys = Packet.IsClear(type, subtype) ? _sleep.ResumedFrom : Epochs.Current;
        if (!Space.Seal(datagram, keys, type, subtype, flags, payloadLength, UtcNow(now)))
        {
            End(ErrorCode.LimitExceeded);
            return;
        }

        Epochs.CountPacket();
        Path.Address(datagram);
        Counters.PacketsSent++;
        _heartbeatAt = now + HeartbeatSpan();
        _sleep?.NoteSent(type, now);
        if (Delivery.IsOf(this))
        {
            Delivery.NoteSent(now);
        }
    }

    internal void SendHeartbeat(Datagram datagram, long now)
    {
        Wire.WriteMs(datagram.Buffer, Packet.HeaderSize + HeartbeatPayload.UtcMs, UtcNow(now));
        Wire.WriteU32(datagram.Buffer, Packet.HeaderSize + HeartbeatPayload.SleepSeconds, AnnouncedSleep);
        Wire.WriteU64(datagram.Buffer, Packet.HeaderSize + HeartbeatPayload.Continues, IsServer && IsContinued ? Continues : 0);
        int length = HeartbeatPayload.Size;
        ProbePathMtu(datagram.Buffer, ref length, now);
        Send(datagram, PacketType.Heartbeat, 0, 0, length, now);
    }

    /// <summary>A HEARTBEAT goes out next: the peer waits for a packet.</summary>
    internal void HeartbeatSoon() => _heartbeatDue = true;

    internal void NoteFinAcknowledged(ulong number) => _closing?.NoteAcknowledged(number);

    /// <summary>A FIN may have gone out, whose acknowledgment counts.</summary>
    internal bool IsClosing => _closing != null;

    /// <summary>A REPAIR_REQUEST goes out next, the first of a new repair or one more.</summary>
    internal void AskForRepair(bool anew) => NeedRepair().Ask(anew);

    /// <summary>Whether the done of an ACK counts this session's messages: that of the confirming one and its copies counts those of the session it names.</summary>
    internal bool IsDoneOfThis(Arrival ack) => IsContinued || !IsConfirmation(ack);

    /// <summary>Counts the reliable messages that may be lost, now that the session is over.</summary>
    internal void CountLost()
    {
        LostMessages = Delivery.UnreceivedMessages + (_renewal == null ? 0 : _renewal.LostMessages);
    }

    /// <summary>The path's windows follow the clock and the round trip.</summary>
    internal void UpdatePath(long now) => Path.Update(UtcNow(now), OneWay, Delivery.IsOf(this) ? Delivery.Variation : 0);

    /// <summary>Eight random bytes.</summary>
    internal ulong RandomToken() => ((ulong)Random() << 32) | Random();

    /// <summary>Four random bytes.</summary>
    internal uint Random()
    {
        byte[] scratch = Path.Scratch;
        Core.Random(scratch, 0, sizeof(uint));
        return Wire.ReadU32(scratch, 0);
    }

    /// <summary>Writes the handshake's facts into a snapshot.</summary>
    internal void SaveFacts(byte[] snapshot)
    {
        snapshot[Snapshot.Suite] = (byte)Suite;
        snapshot[Snapshot.Features] = (byte)Features;
        Wire.WriteU64(snapshot, Snapshot.SessionId, Id);
        Wire.WriteU16(snapshot, Snapshot.Keepalive, (ushort)Keepalive);
        Wire.WriteU16(snapshot, Snapshot.PortMin, (ushort)Options.PortMin);
        Wire.WriteU16(snapshot, Snapshot.PortCount, (ushort)Options.PortCount);
        Wire.WriteMs(snapshot, Snapshot.StartUtcMs, StartUtcMs);
        Wire.WriteU16(snapshot, Snapshot.HopSequenceSeed, HopSequenceSeed);
        Wire.WriteU32(snapshot, Snapshot.LargestMessage, PeerLargestMessage);
        Snapshot.Put(snapshot, Snapshot.ClientEndpoint, Endpoints);
        Snapshot.Put(snapshot, Snapshot.EmergencySecret, EmergencySecret);
        Snapshot.Put(snapshot, Snapshot.TokenKey, Suite >= KeySchedule.SuiteToken ? Psk : null);
    }

    internal static long Earlier(long a, long b) => a < b ? a : b;

    /// <summary>Call before a session is made or takes another's place, before an attempt at one, and after it: a device puts its memory in order, since each is many objects.</summary>
    internal static void MakeRoom() => Compact();

    // On a device.
    static partial void Compact();

    // Where the tests run, each change of state is checked against the table.
    partial void Changing(SessionState from, SessionState to);

    // On the desktop: all fragments of a packet but the last, which it holds alone then.
    partial void TakeFragments(Arrival arrival);

    // On the desktop: makes a HEARTBEAT as large as a path may take.
    partial void ProbePathMtu(byte[] packet, ref int length, long now);

    // The mask from here on, and numbers of the client's packets and the server's that none is below, on the desktop.
    partial void LogSpace(ulong clientNumber, ulong serverNumber);

    // Does what is due; true when that has given a datagram.
    private bool Do(int item, Datagram datagram, long now)
    {
        switch (item)
        {
            case HopItem:
                UpdatePath(now);
                return false;
            case LifeItem:
                EndWithKeys(now);
                End(ErrorCode.Timeout);
                return false;
            case ClosingItem:
                _closing.Run(now);
                return false;
            case KeysItem:
                Epochs.Expire(now);
                return false;
            case RekeyItem:
                Epochs.Turn(now);
                return false;
            case TimerItem:
                Delivery.RunTimer(now);
                return false;
            case ExpiryItem:
                Delivery.Expire(now);
                return false;
            case SilenceItem:
                Recovery.Run(now);
                return false;
            case RstItem:
                _closing.SendRst(datagram, now);
                return true;
            case ProbeItem:
                if (Path.Decide(now))
                {
                    Delivery.BeginPath(now);
                }

                return false;
            case ChallengeItem:
                Path.SendChallenge(this, datagram, now);
                return true;
            case ConfirmItem:
                SendConfirm(datagram, now);
                return true;
            case ResumeItem:
                _sleep.SendResume(datagram, now);
                return true;
            case AnswerItem:
                _heartbeatDue = false;
                SendHeartbeat(datagram, now);
                Path.Answer(this, datagram);
                return true;
            case RepairItem:
                return _repair.Send(datagram, now);
            case ExchangeItem:
                return Epochs.Send(datagram, now);
            case TimeAnswerItem:
                Time.SendAnswer(datagram, now);
                return true;
            case TimeRequestItem:
                Time.SendRequest(datagram, now);
                return true;
            case ErrorItem:
                _closing.SendError(datagram, now);
                return true;
            case AckItem:
                Delivery.SendAck(datagram, now);
                return true;
            case DataItem:
                Delivery.SendData(datagram, now);
                return true;
            case FinItem:
                _closing.SendFin(datagram, now);
                return true;
            default:
                SendHeartbeat(datagram, now);
                return true;
        }
    }

    // Something may be due now that was not: the next call of Poll finds out, and when to call it again. What was overdue is due now, so that time
    // in which the program stood still is noted once.
    private void LookAgain(long now) => SetDeadline(State == SessionState.Ended ? long.MaxValue : now);

    private void SetDeadline(long at)
    {
        Touched();
        bool told = Deadline == at && _toldPorts == Path.PortsVersion;
        Deadline = at;
        _toldPorts = Path.PortsVersion;
        if (!told)
        {
            Owner?.Touch(this);
        }
    }

    // What waited in the socket while the program stood still says nothing about the round trip. A client looks for its peer before it counts that time
    // as silence, or against its keys (PROTOCOL.md 10).
    private void NoteStandstill(long now)
    {
        if (State != SessionState.Ended && now - Deadline > Standstill)
        {
            Delivery.ForgetTimes();
            Time.Forget();
            if (!IsServer && IsOpen && now - Deadline > Recovery.DoubtfulStandstill)
            {
                Recovery.StoodStill(now);
                Epochs.Awake(Deadline, now);
                Time.AskNow(now);
                LookAgain(now);
            }
        }
    }

    private static bool IsResume(Arrival arrival) => arrival.Type == PacketType.Management && arrival.Subtype == ManagementSubtype.Resume;

    // Whether a packet that was opened may come now.
    private bool IsInPlace(Arrival arrival)
    {
        if (IsResume(arrival))
        {
            return Sleep.Fits(arrival, _sleep) && (arrival.IsCopy || Epochs.MayResume);
        }

        return State != SessionState.HalfOpen || !IsServer || _confirm.Length == 0 || IsConfirmation(arrival);
    }

    // A client keeps nothing to compare with, and no ACK confirms anything to it, however long its padding makes it.
    private bool IsConfirmation(Arrival arrival)
    {
        return IsServer && arrival.Type == PacketType.Ack && arrival.Length >= AckPayload.SizeWithConfirm && _confirm.Length != 0
            && ConstantTime.Equal(arrival.Bytes, Packet.HeaderSize + AckPayload.Confirm, _confirm, 0, AckPayload.ConfirmSize);
    }

    // Server: a HEARTBEAT goes to where the confirming ACK came from, or a copy of it: the first may have come from elsewhere.
    private void AnswerConfirmation(Arrival arrival)
    {
        if (IsConfirmation(arrival))
        {
            if (_isAnswered && Delivery.IsOf(this))
            {
                Delivery.Doubt(arrival.Now);
            }

            Path.AnswerTo(arrival, Delivery.OneWay == 0);
            _heartbeatDue = true;

            _isAnswered = true;
        }
    }

    // What proves the session of that id, of which this one knows: itself, or the one that it continues.
    private byte[] SecretOf(ulong id) => id == Id ? EmergencySecret : _continuation?.SecretOf(id);

    // Only a server hears it again.
    private void ForgetConfirmation()
    {
        if (!IsServer)
        {
            Secret.Wipe(_confirm);
            _confirm = null;
        }
    }

    // A verified packet of a new number came in.
    private void Hear(Arrival arrival)
    {
        if (_continuation != null && !IsConfirmation(arrival))
        {
            _continuation.Forget();
        }

        if (State == SessionState.HalfOpen && IsServer)
        {
            Path.Begin(this, arrival);
            _opening.Took = (int)Earlier(LongestHandshake, Earlier(arrival.Now - _opening.MadeAt, TwiceOnItsWay(arrival)));
            if (Delivery.IsOf(this))
            {
                Delivery.BeginRoundTrip(_opening.Took);
            }

            if (_confirm.Length != 0)
            {
                _opening.PeerDone = arrival.U32(AckPayload.Done);
                ulong continues = arrival.U64(AckPayload.Continues);
                if (continues != 0)
                {
                    _continuation = new Continuation(continues);
                    _opening.Claim = Wire.Slice(arrival.Bytes, Packet.HeaderSize + AckPayload.Continuation, AckPayload.ContinuationSize);
                }
            }
        }

        if (Delivery.IsOf(this))
        {
            Delivery.Hear(arrival);
        }

        ulong acknowledged = Space.Own(arrival.Acknowledgment);
        Path.Follow(this, arrival);
        if (State == SessionState.Resuming)
        {
            _sleep.Finish(arrival);
        }

        Time.Hear(acknowledged, arrival.Now);
        LeaveSilence(arrival, acknowledged);
        NoteKeys(arrival, arrival.IsHighest);
    }

    // What a packet means for the state, whatever it holds.
    private void LeaveSilence(Arrival arrival, ulong acknowledged)
    {
        long now = arrival.Now;
        if (State == SessionState.HalfOpen)
        {
            if (!IsServer && _continuation != null)
            {
                // Only a HEARTBEAT tells whether the server has the session that this one continues.
                if (arrival.Type != PacketType.Heartbeat || arrival.Length < HeartbeatPayload.Size)
                {
                    return;
                }

                _continuation.IsTaken = arrival.U64(HeartbeatPayload.Continues) == Continues;
            }

            State = SessionState.Established;
            Path.StopAiming();
            _heartbeatDue = IsServer && _confirm.Length == 0;
            ForgetConfirmation();
            Time.Start(_opening.Copies, now);
            NoteAnswered(now);
        }
        else if (State == SessionState.Asleep && _sleep.IsAwakeBy(arrival.Number))
        {
            Wake(now);
        }
        else if (State == SessionState.Recovering && Recovery.EndsWith(acknowledged))
        {
            State = SessionState.Established;
            EndRecovery(now);
        }
    }

    // Client: the first copy of the confirming ACK went out at the beginning, so a round trip takes no longer than what answered it. The handshake may have
    // taken longer, where the server stood still or was slow to derive.
    private void NoteAnswered(long now)
    {
        if (!IsServer && now - _opening.MadeAt < _opening.Took)
        {
            _opening.Took = (int)(now - _opening.MadeAt);
            if (Delivery.IsOf(this))
            {
                Delivery.BeginRoundTrip(_opening.Took);
            }
        }
    }

    // Twice how long a packet of the client's was on its way, by its clock, which goes by this one's since the SYN_ACK: what a derivation took, or copies that
    // were lost, are no part of it.
    private long TwiceOnItsWay(Arrival arrival)
    {
        long utc = UtcNow(arrival.Now);
        long onItsWay = utc - Timestamps.Nearest(Packet.Timestamp(arrival.Bytes), utc);
        return onItsWay < 0 ? 0 : 2 * onItsWay;
    }

    private void NoteKeys(Arrival arrival, bool highest)
    {
        if (arrival.Keys == Epochs.Current)
        {
            ForgetResume();
        }

        Epochs.Hear(arrival.Keys, highest, arrival.Now);
    }

    // DATA for which there is no room: the peer sends it again.
    private void ReceiveWithoutRoom(Arrival arrival)
    {
        Counters.Drop(DropCause.NoRoom);
        if (Recovery.HearWithoutRoom(arrival))
        {
            LeaveSilence(arrival, Space.Own(arrival.Acknowledgment));
        }

        NoteKeys(arrival, false);
        Delivery.AcknowledgeNow(arrival.Now);
    }

    // Server: the client goes on under new keys.
    private void ReceiveResume(Arrival arrival)
    {
        if (!arrival.IsCopy)
        {
            Renew(arrival.Keys, Secret.Slice(arrival.Bytes, Packet.HeaderSize, ResumeKeys.NonceSize));
            Space.PassReceived(arrival.U32(ResumePayload.LastReceived));
            Path.Begin(this, arrival);
            Wake(arrival.Now);
        }

        Path.Follow(this, arrival);
        Path.AnswerTo(arrival, Delivery.OneWay == 0);
        _heartbeatDue = true;
    }

    private void Renew(EpochKeys from, byte[] nonce)
    {
        NeedSleep().Renew(from, nonce);
        Resumes++;
    }

    // Server: the client is there again. What was on its way to it counts as lost.
    private void Wake(long now)
    {
        if (State == SessionState.Asleep)
        {
            _sleep.Wake(now);
        }

        if (State == SessionState.Asleep || State == SessionState.Recovering)
        {
            State = SessionState.Established;
        }

        Delivery.LoseAll();
        _heartbeatAt = now + HeartbeatSpan();
        EndRecovery(now);
        DropSleep();
    }

    private void EndRecovery(long now)
    {
        Delivery.Restart(now);
        Path.StopAiming();
        _repair?.StopAsking();
        Recovery.End();
        Time.Resume(now);
    }

    private void Dispatch(Arrival arrival)
    {
        switch (arrival.Type)
        {
            case PacketType.Ack:
                if (Fits(arrival, AckPayload.Size) && Delivery.IsOf(this))
                {
                    Delivery.ReceiveAck(arrival);
                    AnswerConfirmation(arrival);
                }

                break;
            case PacketType.Data:
                Delivery.AskForAck(arrival);
                TakeFragments(arrival);
                if (!Delivery.Receive(arrival))
                {
                    Counters.Drop(DropCause.Malformed);
                }
                else if (arrival.Content == Inbox.TooLarge)
                {
                    NeedClosing().Refuse(Delivery.Inbox.LastTooLarge);
                }

                break;
            case PacketType.Heartbeat:
                if (Fits(arrival, HeartbeatPayload.Size))
                {
                    ReceiveHeartbeat(arrival);
                }

                break;
            case PacketType.Fin:
                Delivery.AskForAck(arrival);
                Delivery.AcknowledgeNow(arrival.Now);
                if (Fits(arrival, FinPayload.Size))
                {
                    NeedClosing().ReceiveFin(arrival);
                }

                break;
            case PacketType.Error:
                Delivery.AskForAck(arrival);
                if (Fits(arrival, ErrorPayload.Text))
                {
                    NeedClosing().ReceiveError(arrival);
                }

                break;
            case PacketType.Rst:
                if (Fits(arrival, 1))
                {
                    _endedByPeer = true;
                    End(arrival.U8(0));
                }

                break;
            case PacketType.Control:
                DispatchControl(arrival);
                break;
            case PacketType.Management:
                DispatchManagement(arrival);
                break;
            default:
                Counters.Drop(DropCause.Unexpected);
                break;
        }
    }

    private void DispatchControl(Arrival arrival)
    {
        if (arrival.Subtype == ControlSubtype.TimeSyncRequest && IsServer)
        {
            Time.ReceiveRequest(arrival);
        }
        else if (arrival.Subtype == ControlSubtype.TimeSyncResponse && !IsServer)
        {
            Time.ReceiveResponse(arrival);
        }
        else if (arrival.Subtype == ControlSubtype.PathChallenge && !IsServer)
        {
            if (Fits(arrival, PathPayload.Size))
            {
                Path.ReceiveChallenge(arrival.U64(PathPayload.Token));
            }
        }
        else if (arrival.Subtype == ControlSubtype.PathResponse && IsServer)
        {
            if (Fits(arrival, PathPayload.Size))
            {
                Path.ReceiveResponse(arrival.U64(PathPayload.Token), arrival.Now);
            }
        }
        else
        {
            Counters.Drop(DropCause.Unexpected);
        }
    }

    private void DispatchManagement(Arrival arrival)
    {
        switch (arrival.Subtype)
        {
            case ManagementSubtype.RekeyRequest:
                Epochs.ReceiveRequest(arrival);
                break;
            case ManagementSubtype.RekeyResponse:
                Epochs.ReceiveResponse(arrival);
                break;
            case ManagementSubtype.RepairRequest:
                NeedRepair().ReceiveRequest(arrival);
                break;
            case ManagementSubtype.RepairResponse:
                NeedRepair().ReceiveResponse(arrival);
                break;
            case ManagementSubtype.RepairConfirm:
                NeedRepair().ReceiveConfirm(arrival);
                break;
            default:
                Counters.Drop(DropCause.Unexpected);
                break;
        }
    }

    // False, and counted, when a payload is shorter than its fields.
    private bool Fits(Arrival arrival, int size)
    {
        if (arrival.Length < size)
        {
            Counters.Drop(DropCause.Malformed);
            return false;
        }

        return true;
    }

    private void ReceiveHeartbeat(Arrival arrival)
    {
        if (!IsServer)
        {
            _sleep?.ReceiveAnswer(arrival);
            return;
        }

        // After an emergency the client repeats its first packet until it hears the answer.
        _heartbeatDue |= _confirm.Length == 0 && Space.IsInitial(arrival.Acknowledgment);
        uint seconds = arrival.U32(HeartbeatPayload.SleepSeconds);
        if (seconds != 0)
        {
            _heartbeatDue = true;
            if (arrival.IsHighest && IsOpen)
            {
                NeedSleep().FallAsleep(arrival, seconds);
            }
        }
    }

    // The client's ACK with the confirmation: gaps of 0.5 and 1 s, then every 2 s; from the third copy on also to neighbouring windows.
    private void SendConfirm(Datagram datagram, long now)
    {
        if (!Path.IsAiming)
        {
            int gap = _opening.Copies >= 2 ? 2000 : 500 << _opening.Copies;
            _opening.ConfirmAt = now + Shape.Shorten(gap);
            if (_opening.Copies++ == 0)
            {
                _opening.ConfirmUntil = now + _opening.ConfirmTime;
            }

            UpdatePath(now);
            Path.AimFor(_opening.Copies - 2, Time.Lagging(now));
        }

        Delivery.WriteAck(datagram.Buffer, 0);
        Array.Copy(_confirm, 0, datagram.Buffer, Packet.HeaderSize + AckPayload.Confirm, AckPayload.ConfirmSize);
        Wire.WriteU64(datagram.Buffer, Packet.HeaderSize + AckPayload.Continues, Continues);
        Array.Clear(datagram.Buffer, Packet.HeaderSize + AckPayload.Continuation, AckPayload.ContinuationSize);
        Snapshot.Put(datagram.Buffer, Packet.HeaderSize + AckPayload.Continuation, _opening.Continuation);
        SendAsItIs(datagram, PacketType.Ack, 0, 0, Shape.Pad(datagram.Buffer, AckPayload.SizeWithConfirm), now);
        Path.Aim(datagram, Time.Lagging(now));
    }

    // Nothing is sent or taken under keys whose time is over (PROTOCOL.md 12.1).
    private void EndWithKeys(long now)
    {
        if (State != SessionState.HalfOpen && State != SessionState.Asleep && Epochs.EndsAt(now) <= now)
        {
            End(ErrorCode.RekeyFailed);
        }
    }

    // The keepalive time less up to a fifth, in ms.
    private long HeartbeatSpan() => Shape.Shorten(Keepalive * 1000);

    private void ForgetResume()
    {
        _sleep?.ForgetResume();
        DropSleep();
    }

    private void DropSleep()
    {
        if (_sleep != null && _sleep.IsOver)
        {
            _sleep = null;
        }
    }

    private Closing NeedClosing()
    {
        _closing = _closing ?? new Closing(this);
        return _closing;
    }

    private Sleep NeedSleep()
    {
        _sleep = _sleep ?? new Sleep(this);
        return _sleep;
    }

    private Repair NeedRepair()
    {
        _repair = _repair ?? new Repair(this);
        return _repair;
    }
}
