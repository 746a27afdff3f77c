using Springtail.Crypto;
using Springtail.Keys;
using Springtail.Packets;

namespace Springtail.Sessions;

// Announced sleep, the saved session and RESUME (PROTOCOL.md 10, 16).
internal sealed partial class Session
{
    private const uint ResumeStep = 65536;
    private const long ResumeTime = 6000;

    // The first gap between copies of RESUME; then it doubles.
    private const int ResumeGap = 1000;
    private const int ResumeCopies = 3;
    private const int ResumesBeforeRekey = 24;
    private const int SleepRepeat = 1000;

    // What a clock may be off by is an interval less this, the time that a packet may take on its way, in ms.
    private const int PathAllowance = 100;

    // The last resume, until a packet is verified under the new keys; else null.
    private Resumption _resume;
    private int _resumesSinceRekey;

    // Client: seconds announced, 0 for none; when to announce them again; the first HEARTBEAT that says so and after which nothing else
    // was sent, 0 when there is none; and whether it was answered.
    private uint _sleepSeconds;
    private long _sleepAt;
    private ulong _sleepNumber;
    private bool _sleepAnswered;

    // Server: until when the client sleeps, the HEARTBEAT that said so, and how long it may be awake before the next rekey.
    private long _asleepUntil;
    private ulong _asleepNumber;
    private long _rekeyLeft;

    private readonly byte[] _emergencySecret;
    private readonly byte[] _clientEndpoint;
    private readonly byte[] _serverEndpoint;
    private readonly long _startUtcMs;

    /// <summary>Times that the session was saved and went on.</summary>
    public int Resumes { get; private set; }

    /// <summary>Server: when a sleeping client is given up, in ms of the monotonic clock.</summary>
    public long AsleepUntil => State == SessionState.Asleep ? _asleepUntil : 0;

    /// <summary>
    /// Client: the clock may be off by more than a hop window allows, so the server is to be asked for the time, and
    /// <see cref="TakeClock"/> called, before <see cref="BeginResume"/>.
    /// </summary>
    internal bool DoubtsClock { get; private set; }

    // Nothing is under way that a snapshot could not hold.
    private bool IsQuiet =>
        State == SessionState.Established && !_isServer && _queue.IsEmpty && _inbox.IsEmpty && !RekeyIsOut && _pending == null && _newEpochHeartbeat < 0
        && _ackAt == long.MaxValue && _errorCode == 0 && !RepairToSend && _shifts == 0 && !_renewalToTell;

    /// <summary>
    /// True when the session may be saved: none of this side's messages is unacknowledged, none received is incomplete or waits for the
    /// application, no <see cref="TakeRenewal"/> is due, no rekey is under way, and the server has answered the sleep that was announced, if one was.
    /// </summary>
    public bool CanSave => IsQuiet && (_sleepSeconds == 0 || _sleepAnswered);

    /// <summary>
    /// Client: tells the server of a sleep as soon as nothing else is under way, each second until it is answered; 0 takes that back.
    /// The server then keeps the session for that time and a tenth more, and sends nothing.
    /// </summary>
    public void AnnounceSleep(uint seconds, long now)
    {
        if (!_isServer && State != SessionState.Ended)
        {
            _sleepSeconds = seconds;
            _sleepNumber = 0;
            _sleepAnswered = false;
            _sleepAt = now;
            UpdateDeadline(now);
        }
    }

    /// <summary>
    /// Saves the session and ends it here without a packet, its keys wiped. Who keeps the snapshot keeps the session's keys.
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

        byte[] snapshot = new byte[Snapshot.Size];
        snapshot[Snapshot.VersionAt] = Snapshot.Version;
        snapshot[Snapshot.Suite] = (byte)Suite;
        snapshot[Snapshot.Features] = (byte)Features;
        snapshot[Snapshot.Resumes] = (byte)_resumesSinceRekey;
        Wire.WriteU32(snapshot, Snapshot.Epoch, (uint)Epoch);
        Wire.WriteU64(snapshot, Snapshot.SessionId, Id);
        Wire.WriteU64(snapshot, Snapshot.LastNumber, _lastNumber);
        Wire.WriteU64(snapshot, Snapshot.HighestReceived, _received.Highest);
        Wire.WriteU32(snapshot, Snapshot.InitialNumber, (uint)_initialNumber);
        Wire.WriteU32(snapshot, Snapshot.NextReliable, _queue.ReliableMessages);
        Wire.WriteU32(snapshot, Snapshot.NextFireAndForget, _queue.FireAndForgetMessages);
        Wire.WriteU32(snapshot, Snapshot.NextToDeliver, _inbox.NextMessage);
        Wire.WriteU16(snapshot, Snapshot.Keepalive, (ushort)Keepalive);
        Wire.WriteU16(snapshot, Snapshot.PeerWindow, (ushort)_peerWindow);
        Wire.WriteU16(snapshot, Snapshot.PortMin, (ushort)_options.PortMin);
        Wire.WriteU16(snapshot, Snapshot.PortCount, (ushort)_options.PortCount);
        Wire.WriteU16(snapshot, Snapshot.ClientPortOffset, (ushort)_hops.ClientOffset);
        Wire.WriteU16(snapshot, Snapshot.ServerPortOffset, (ushort)_hops.ServerOffset);
        Wire.WriteU16(snapshot, Snapshot.TimeSyncOffset, _hops.TimeSyncOffset);
        Wire.WriteU16(snapshot, Snapshot.HopInterval, (ushort)_hops.Interval);
        long awake = RekeyAfter - (_rekeyDueAt - now);
        Wire.WriteU32(snapshot, Snapshot.AwakeMs, awake <= 0 ? 0u : awake >= int.MaxValue ? int.MaxValue : (uint)awake);
        long seconds = _sleepSeconds == 0 ? SilenceKept / 1000 : _sleepSeconds + (long)_sleepSeconds / 10;
        Wire.WriteMs(snapshot, Snapshot.LifetimeMs, seconds * 1000);
        Wire.WriteMs(snapshot, Snapshot.OwnUtcMs, utcNow);
        Wire.WriteMs(snapshot, Snapshot.SessionUtcMs, UtcNow(now));
        Wire.WriteMs(snapshot, Snapshot.StartUtcMs, _startUtcMs);
        _peer.Write(snapshot, Snapshot.Peer);
        Put(snapshot, Snapshot.ClientEndpoint, _clientEndpoint);
        Put(snapshot, Snapshot.ServerEndpoint, _serverEndpoint);
        Put(snapshot, Snapshot.SessionKey, _keys.SessionKey);
        Put(snapshot, Snapshot.ClientKey, _keys.ClientKey);
        Put(snapshot, Snapshot.ServerKey, _keys.ServerKey);
        Put(snapshot, Snapshot.AuthenticationKey, _keys.AuthenticationKey);
        Put(snapshot, Snapshot.MaskKey, _maskKey);
        Put(snapshot, Snapshot.HopKey, _hops.Key);
        Put(snapshot, Snapshot.EmergencySecret, _emergencySecret);
        Wire.WriteU16(snapshot, Snapshot.HopSequenceSeed, _hopSequenceSeed);
        Put(snapshot, Snapshot.TokenKey, Suite >= KeySchedule.SuiteToken ? _psk : null);
        Snapshot.Seal(_core, _options, snapshot);
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
            else
            {
                HandshakeResult handshake = Snapshot.Read(core, options, snapshot, now, utcNow);
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

    // Goes on where a snapshot left off: with the keys that a fresh nonce gives.
    private Session(ICryptoCore core, ChannelOptions options, HandshakeResult handshake, byte[] snapshot, long slept, long now)
        : this(core, options, handshake, now)
    {
        _initialNumber = Wire.ReadU32(snapshot, Snapshot.InitialNumber);
        _lastNumber = Wire.ReadU64(snapshot, Snapshot.LastNumber) + ResumeStep;
        _received = new ReplayWindow(Wire.ReadU64(snapshot, Snapshot.HighestReceived));
        _queue.Continue(Wire.ReadU32(snapshot, Snapshot.NextReliable), Wire.ReadU32(snapshot, Snapshot.NextFireAndForget));
        _inbox.Continue(Wire.ReadU32(snapshot, Snapshot.NextToDeliver));
        _rekeyDueAt = now + RekeyAfter - Wire.ReadU32(snapshot, Snapshot.AwakeMs);
        _resumesSinceRekey = snapshot[Snapshot.Resumes];

        long error = slept < 0 ? long.MaxValue : slept * options.ClockDrift / 1000000;
        DoubtsClock = error > _hops.Interval - PathAllowance;
        byte[] nonce = new byte[ResumeKeys.NonceSize];
        core.Random(nonce, 0, nonce.Length);
        Renew(_keys, nonce);
        State = SessionState.Resuming;
        UpdateDeadline(now);
    }

    /// <summary>Sets the clock of a session that is to be resumed, from the answer to CLOCK_REQUEST.</summary>
    /// <param name="utcBase">The server's UTC at monotonic time 0, in ms since 1970.</param>
    /// <param name="now">Monotonic time in ms.</param>
    internal void TakeClock(long utcBase, long now)
    {
        _time = new TimeFilter(utcBase - _utcBase, 0, now);
        UpdateHops(now);
    }

    /// <summary>Lets the copies of RESUME go out, and messages after the first.</summary>
    internal void BeginResume(long now)
    {
        _resume.BegunAt = now;
        UpdateDeadline(now);
    }

    // The keys that follow from a RESUME under these; all others are wiped, but for the session_key that it was tagged with.
    private void Renew(EpochKeys from, byte[] nonce)
    {
        byte[] keys = ResumeKeys.Derive(_core, nonce, from.SessionKey, from.ClientKey, from.ServerKey, Id);
        EpochKeys next = MakeEpoch(from.Epoch + 1, Secret.Slice(keys, 0, 32), keys, 32);
        ForgetResume();
        _resume = new Resumption(from, nonce);
        ForgetRequest();
        DiscardPending();
        _previous?.Wipe();
        _previous = null;
        _keys.Wipe();
        _keys = next;
        _packetsOfEpoch = 0;
        _newEpochHeartbeat = -1;
        _resumesSinceRekey++;
        Resumes++;
    }

    private void ForgetResume()
    {
        Secret.Wipe(_resume?.Key);
        _resume = null;
    }

    private bool SendResume(Datagram datagram, long now)
    {
        if (now < ResumeAt())
        {
            return false;
        }

        byte[] buffer = datagram.Buffer;
        System.Array.Copy(_resume.Nonce, 0, buffer, Packet.HeaderSize, ResumeKeys.NonceSize);
        Wire.WriteU32(buffer, Packet.HeaderSize + ResumePayload.NextSend, NextSend);
        Wire.WriteU32(buffer, Packet.HeaderSize + ResumePayload.LastReceived, (uint)_received.Highest);
        Seal(datagram, PacketType.Management, ManagementSubtype.Resume, 0, ResumePayload.Size, 0, now);
        _resume.Number[_resume.Copies] = _lastNumber;
        _resume.SentAt[_resume.Copies++] = now;
        return true;
    }

    // When the next copy goes out.
    private long ResumeAt()
    {
        return _resume.BegunAt < 0 || _resume.Copies == ResumeCopies ? long.MaxValue : _resume.BegunAt + (ResumeGap << _resume.Copies) - ResumeGap;
    }

    // The first packet under the new keys: its timestamp, of half a round trip ago, sets the clock.
    private void FinishResume(byte[] packet, long now)
    {
        State = SessionState.Established;
        int last = _resume.Copies - 1;
        while (last > 0 && !Acknowledges(packet, _resume.Number[last]))
        {
            last--;
        }

        long delay = now - _resume.SentAt[last];
        delay = delay < _hops.Interval ? delay : _hops.Interval;
        long before = UtcNow(now);
        long correction = Timestamps.Nearest(Packet.Timestamp(packet), before) + delay / 2 - before;
        _time = new TimeFilter(before + correction - _utcBase - now, (int)delay, now);
        UpdateHops(now);
        bool large = correction > LargeCorrection || correction < 0 - LargeCorrection;
        _timeSyncAt = now + (large ? TimeSyncAfterCorrection : TimeSyncInterval);
        if (_resumesSinceRekey >= ResumesBeforeRekey)
        {
            _rekeyDueAt = now;
        }
    }

    // True when the header acknowledges that number of this side's or a later one.
    private bool Acknowledges(byte[] packet, ulong number)
    {
        uint behind = (uint)_lastNumber - Packet.Acknowledgment(packet);
        return behind < 0x80000000u && _lastNumber - behind >= number;
    }

    // Server.
    private void ReceiveResume(byte[] packet, int size, Endpoint from, int localPort, long now)
    {
        if (!_isServer || State == SessionState.HalfOpen || State == SessionState.Closed)
        {
            Counters.Drop(DropCause.Unexpected);
            return;
        }

        if (size < Packet.Overhead + ResumePayload.Size)
        {
            Counters.Drop(DropCause.Malformed);
            return;
        }

        int epoch = Packet.Epoch(packet);
        EpochKeys keys = KeysOf(epoch);
        bool copy = keys == null && _resume != null && epoch == (_resume.Epoch & 0x0F);
        if (keys == null && !copy)
        {
            Counters.Drop(DropCause.Epoch);
            return;
        }

        if (!_received.Extend(Packet.Sequence(packet), out ulong number))
        {
            Counters.Drop(DropCause.Replay);
            return;
        }

        if (!_core.OpenPacket(packet, 0, size, PacketProtection.Clear, null, copy ? _resume.Key : keys.SessionKey, 0))
        {
            Counters.Drop(DropCause.BadTag);
            return;
        }

        bool highest = number > _received.Highest;
        if (copy ? _received.Contains(number) : !highest)
        {
            Counters.Drop(DropCause.Replay);
            return;
        }

        // Another nonce under the same keys: a snapshot that was restored a second time.
        if (Wire.ReadU32(packet, Packet.HeaderSize + ResumePayload.NextSend) != (uint)number + 1u
            || (copy && !ConstantTime.Equal(packet, Packet.HeaderSize, _resume.Nonce, 0, ResumeKeys.NonceSize)))
        {
            Counters.Drop(DropCause.Unexpected);
            return;
        }

        if (!copy)
        {
            Renew(keys, Secret.Slice(packet, Packet.HeaderSize, ResumeKeys.NonceSize));
            PassReceived(Wire.ReadU32(packet, Packet.HeaderSize + ResumePayload.LastReceived));
            Wake(now);
        }

        _received.Add(number);
        Counters.PacketsReceived++;
        _lastHeardAt = now;
        FollowPath(from, localPort, size, highest, Packet.Acknowledgment(packet), now);
        _heartbeatPending = true;
        UpdateDeadline(now);
    }

    // Server: the client is there again. What was on its way to it counts as lost.
    private void Wake(long now)
    {
        if (State == SessionState.Asleep)
        {
            _rekeyDueAt = now + _rekeyLeft;
        }

        if (State == SessionState.Asleep || State == SessionState.Recovering)
        {
            State = SessionState.Established;
        }

        _queue.LoseAll();
        _timerAt = long.MaxValue;
        _heartbeatAt = now + HeartbeatSpan();
        EndRecovery(now);
    }

    // Server: a HEARTBEAT came in; seconds above 0 announce a sleep.
    private void ReceiveSleep(uint seconds, bool highest, long now)
    {
        if (seconds == 0)
        {
            return;
        }

        _heartbeatPending = true;
        if (highest && IsOpen)
        {
            State = SessionState.Asleep;
            _asleepNumber = _number;
            _asleepUntil = now + (long)seconds * 1100;
            _rekeyLeft = _rekeyDueAt - now;
        }
    }

    // Client: a HEARTBEAT came in.
    private void ReceiveSleepAnswer(byte[] packet)
    {
        _sleepAnswered = _sleepAnswered || (_sleepNumber != 0 && Acknowledges(packet, _sleepNumber));
    }

    // Client: a HEARTBEAT went out.
    private void NoteAnnounced(long now)
    {
        if (_sleepSeconds != 0)
        {
            _sleepNumber = _sleepNumber == 0 ? _lastNumber : _sleepNumber;
            _sleepAt = now + SleepRepeat;
        }
    }

    private long SleepAnnouncementAt(long now) => _sleepSeconds != 0 && !_sleepAnswered && IsQuiet ? _sleepAt : long.MaxValue;

    // While a session is resumed or asleep: its end, losses (client), and keys whose time is over (server).
    private void RunSleep(long now)
    {
        if (now >= SleepEndsAt())
        {
            End(ErrorCode.Timeout);
        }
        else if (State == SessionState.Resuming)
        {
            RunRetransmission(now);
        }
        else
        {
            RunRekey(now);
        }
    }

    private long SleepEndsAt()
    {
        return State == SessionState.Asleep ? _asleepUntil : _resume.BegunAt < 0 ? long.MaxValue : _resume.BegunAt + ResumeTime;
    }

    private long SleepTimerDeadline()
    {
        return Earlier(SleepEndsAt(), State == SessionState.Resuming ? RetransmissionDeadline() : RekeyTimerDeadline());
    }

    private long SleepSendDeadline(long now)
    {
        return State == SessionState.Asleep ? long.MaxValue : Earlier(ResumeAt(), _resume.Copies > 0 ? DataDeadline(now) : long.MaxValue);
    }

    private static void Put(byte[] snapshot, int offset, byte[] value)
    {
        if (value != null)
        {
            System.Array.Copy(value, 0, snapshot, offset, value.Length);
        }
    }

    private sealed class Resumption
    {
        // Of the keys before it the session_key alone, for copies of RESUME.
        public readonly byte[] Key;
        public readonly int Epoch;
        public readonly byte[] Nonce;

        // Client: the copies of RESUME, and when the first may go out; before that it is negative.
        public readonly ulong[] Number = new ulong[ResumeCopies];
        public readonly long[] SentAt = new long[ResumeCopies];
        public int Copies;
        public long BegunAt = -1;

        public Resumption(EpochKeys from, byte[] nonce)
        {
            Key = Secret.Slice(from.SessionKey, 0, 32);
            Epoch = from.Epoch;
            Nonce = nonce;
        }
    }
}
