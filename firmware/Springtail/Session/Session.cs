using System;
using Springtail.Crypto;
using Springtail.Hopping;
using Springtail.Keys;
using Springtail.Packets;

namespace Springtail.Sessions;

/// <summary>
/// A session from its derived keys on, for either side (PROTOCOL.md 3, 5, 8 to 11). No sockets, no threads, no clock:
/// <see cref="Client"/> or <c>Server</c> hands it the packets that carry its session_id, unmasked.
/// </summary>
internal sealed partial class Session
{
    private const long HalfOpenLifetime = 60000;
    private const long ConfirmLifetime = 20000;
    private const ulong NumberSpan = 0x80000000ul;

    private readonly ICryptoCore _core;
    private readonly bool _isServer;
    private readonly byte[] _maskKey;
    private readonly byte[] _confirm;
    private readonly ulong _initialNumber;
    private readonly ChannelOptions _options;
    private readonly long _utcBase;
    private readonly ReplayWindow _received;
    private readonly byte[] _random = new byte[4];

    private TimeFilter _time;
    private SessionState _state;
    private EpochKeys _keys;
    private ulong _lastNumber;

    // The number of the packet being received.
    private ulong _number;
    private uint _jitter;
    private readonly long _createdAt;
    private long _lastHeardAt;
    private ulong _heardWithoutRoom;

    // Client: copies of the confirming ACK.
    private long _confirmAt;
    private int _confirmCopies;

    /// <param name="core">The primitives.</param>
    /// <param name="options">Buffer sizes and the port range.</param>
    /// <param name="handshake">What the handshake agreed on.</param>
    /// <param name="now">Monotonic time in ms.</param>
    internal Session(ICryptoCore core, ChannelOptions options, HandshakeResult handshake, long now)
    {
        SessionParameters parameters = handshake.Parameters;
        _core = core;
        _options = options;
        KeyIndex = options.KeyIndex;
        _isServer = handshake.IsServer;
        Id = handshake.SessionId;
        Suite = handshake.Suite;
        Features = handshake.Features;
        Keepalive = handshake.Keepalive;
        _keys = new EpochKeys(handshake.Epoch, parameters.SessionKey, parameters.ClientKey, parameters.ServerKey, parameters.AuthenticationKey);
        byte[] psk = handshake.Psk ?? parameters.SessionKey;
        _psk = Secret.Slice(psk, 0, psk.Length);
        ScheduleRekey(now);
        _maskKey = parameters.MaskKey;
        _confirm = handshake.Confirm;
        _emergencySecret = handshake.EmergencySecret ?? EmergencyKeys.EmergencySecret(core, parameters.SessionKey);
        _clientEndpoint = handshake.ClientEndpoint;
        _serverEndpoint = handshake.ServerEndpoint;
        _startUtcMs = handshake.StartUtcMs;
        _utcBase = handshake.UtcBase;
        _time = handshake.Time;
        _initialNumber = _isServer ? parameters.ServerSequence : parameters.ClientSequence;
        _lastNumber = _initialNumber;
        _received = new ReplayWindow(_isServer ? parameters.ClientSequence : parameters.ServerSequence);
        _jitter = ((uint)parameters.CongestionSeed << 16) | 1u;
        _createdAt = now;
        _heartbeatAt = now + HeartbeatSpan();
        _lastHeardAt = now;
        _confirmAt = now;

        _queue = new SendQueue(options.SendBuffers);
        _inbox = new Inbox(options.MaxFragments, options.ReceiveAhead);
        _peerWindow = handshake.PeerWindow;
        _firstPeerWindow = handshake.PeerWindow;
        _hopSequenceSeed = parameters.HopSequenceSeed;
        _advertisedWindow = _inbox.Window;

        _hops = new HopSchedule(core, parameters, options.PortMin, options.PortCount);
        _peer.CopyFrom(handshake.Peer);
        _replyPort = Datagram.OwnSocket;
        _pathValidated = true;
        UpdateHops(now);
    }

    public ulong Id { get; }

    public int Suite { get; }

    /// <summary>The features agreed on.</summary>
    public int Features { get; }

    /// <summary>Seconds between heartbeats; 0 for none.</summary>
    public int Keepalive { get; }

    public bool IsServer => _isServer;

    public SessionState State
    {
        get => _state;
        private set
        {
#if DEBUG && !NANOFRAMEWORK_1_0
            SessionTable.Require(_state, value);
#endif
            _state = value;
        }
    }

    /// <summary>True once it has closed in order, or ended otherwise: no message goes either way any more.</summary>
    public bool IsOver => State == SessionState.Closed || State == SessionState.Ended;

    /// <summary>Why the session ended: an <see cref="ErrorCode"/>; <see cref="ErrorCode.None"/> after an orderly close.</summary>
    public int EndCode { get; private set; }

    /// <summary>Key epoch, 0 after the handshake.</summary>
    public int Epoch => _keys.Epoch;

    public Counters Counters { get; } = new Counters();

    /// <summary>The smoothed round trip in ms; 0 before one was measured.</summary>
    public int RoundTripTime => _roundTrip.Smoothed;

    /// <summary>When <see cref="Poll"/> wants to be called next at the latest, in ms of the monotonic clock.</summary>
    public long Deadline { get; private set; }

    /// <summary>The session's clock: the server's UTC, in ms since 1970. It does not step with the system clock.</summary>
    public long UtcNow(long now)
    {
        return _utcBase + now + (_isServer ? 0 : _time.Offset(now));
    }

    /// <summary>The highest number that was verified.</summary>
    internal ulong HighestReceived => _received.Highest;

    /// <summary>The key that unmasks this session's packets.</summary>
    internal byte[] MaskKey => _maskKey;

    /// <summary>
    /// Takes a packet of this session, unmasked, with the length that its header says. What does not belong is dropped and
    /// counted; nothing else changes before the tag is verified.
    /// </summary>
    internal void Receive(byte[] packet, int size, Endpoint from, int localPort, long now)
    {
        if (State == SessionState.Ended)
        {
            return;
        }

        int type = Packet.Type(packet);
        int subtype = Packet.Subtype(packet);
        if (Packet.FromServer(packet) == _isServer)
        {
            Counters.Drop(DropCause.Reflected);
            return;
        }

        if (type == PacketType.Management && subtype == ManagementSubtype.Resume)
        {
            ReceiveResume(packet, size, from, localPort, now);
            return;
        }

        if (Packet.IsClear(type, subtype))
        {
            Counters.Drop(DropCause.Unexpected);
            return;
        }

        EpochKeys keys = KeysOf(Packet.Epoch(packet));
        if (keys == null)
        {
            Counters.Drop(DropCause.Epoch);
            return;
        }

        if (!_received.Extend(Packet.Sequence(packet), out ulong number))
        {
            Counters.Drop(DropCause.Replay);
            return;
        }

        byte[] key = _isServer ? keys.ClientKey : keys.ServerKey;
        if (!_core.OpenPacket(packet, 0, size, Protection, key, keys.TagKey(type, subtype), number))
        {
            Counters.Drop(DropCause.BadTag);
            return;
        }

        if (_received.Contains(number))
        {
            Counters.Drop(DropCause.Replay);
            return;
        }

        int length = size - Packet.Overhead;
        if (State == SessionState.HalfOpen && _isServer && _confirm.Length != 0 && !IsConfirmation(packet, type, length))
        {
            Counters.Drop(DropCause.Unexpected);
            return;
        }

        int content = Inbox.Stored;
        if (type == PacketType.Data)
        {
            content = CheckData(packet, length, now);
            if (content == Inbox.NoRoom)
            {
                Counters.Drop(DropCause.NoRoom);
                HearWithoutRoom(packet, number, now);
                NoteEpoch(keys, false, now);
                AcknowledgeNow(now);
                UpdateDeadline(now);
                return;
            }
        }

        NoteStandstill(now);
        bool highest = number > _received.Highest;
        _received.Add(number);
        _number = number;
        Counters.PacketsReceived++;
        _lastHeardAt = now;
        _windowWasFull = _queue.Unacknowledged >= _congestion.Window;
        NoteAcknowledgment(Packet.Acknowledgment(packet), type == PacketType.Ack || type == PacketType.Data, now);
        ShortenTimers(now);
        FollowPath(from, localPort, size, highest, Packet.Acknowledgment(packet), now);
        if (State == SessionState.Resuming)
        {
            FinishResume(packet, now);
        }

        Heard(Packet.Acknowledgment(packet), now);
        NoteEpoch(keys, highest, now);
        Dispatch(packet, type, subtype, length, content, highest, keys, from.Port, now);
        UpdateDeadline(now);
    }

    /// <summary>Gives the next datagram to send; false when there is none now.</summary>
    public bool Poll(Datagram datagram, long now)
    {
        if (State == SessionState.Ended)
        {
            return false;
        }

        NoteStandstill(now);
        UpdateHops(now);
        RunTimers(now);
        datagram.Size = 0;
        if (_rstPending && !PathAllows(SmallPacket))
        {
            End(_rstReason);
        }

        bool sent = State != SessionState.Ended && PathAllows(SmallPacket) && SendNext(datagram, now);
        UpdateDeadline(now);
        return sent && datagram.Size != 0;
    }

    /// <summary>Ends the session at once and tells the peer why with one RST.</summary>
    public void Abort(int reason, long now)
    {
        if (State == SessionState.HalfOpen || State == SessionState.Asleep || State == SessionState.Resuming)
        {
            End(reason);
        }
        else if (State != SessionState.Ended && !_rstPending)
        {
            _rstPending = true;
            _rstReason = reason;
            UpdateDeadline(now);
        }
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

        State = SessionState.Ended;
        LostMessages = _lostBefore + _queue.UnacknowledgedMessages;
        _keys.Wipe();
        WipeRekey();
        Array.Clear(_maskKey, 0, _maskKey.Length);
        Array.Clear(_confirm, 0, _confirm.Length);
        Secret.Wipe(_emergencySecret);
        _hops.Wipe();
        _queue.Wipe();
        _inbox.Finish();
        _openPortCount = 0;
        PortsVersion++;
        Deadline = long.MaxValue;
        Touched();
    }

    // After an emergency there is nothing to confirm but the keys, which any packet does: they are kept as a rekey's are.
    private long HalfOpenUntil => _createdAt + (_confirm.Length == 0 ? PendingLifetime : _isServer ? HalfOpenLifetime : ConfirmLifetime);

    private bool IsConfirmation(byte[] packet, int type, int length)
    {
        return type == PacketType.Ack && length >= AckPayload.SizeWithConfirm && _confirm.Length != 0
            && ConstantTime.Equal(packet, Packet.HeaderSize + AckPayload.Confirm, _confirm, 0, AckPayload.ConfirmSize);
    }

    // A verified packet of a new number came in.
    private void Heard(uint acknowledgment, long now)
    {
        if (State == SessionState.HalfOpen)
        {
            State = SessionState.Established;
            _shifts = 0;
            _heartbeatPending = _isServer && _confirm.Length == 0;
            StartTimeSync(now);
        }
        else if (State == SessionState.Asleep && _number > _asleepNumber)
        {
            Wake(now);
        }
        else if (State == SessionState.Recovering && EndsRecovery(acknowledgment))
        {
            State = SessionState.Established;
            EndRecovery(now);
        }
    }

    // A packet whose content finds no room is a sign of life too. Its number is not noted, so that a copy of it could be one again and again.
    private void HearWithoutRoom(byte[] packet, ulong number, long now)
    {
        if (number > _heardWithoutRoom)
        {
            _heardWithoutRoom = number;
            _lastHeardAt = now;
            Heard(Packet.Acknowledgment(packet), now);
        }
    }

    private void Dispatch(byte[] packet, int type, int subtype, int length, int content, bool highest, EpochKeys keys, int fromPort, long now)
    {
        switch (type)
        {
            case PacketType.Ack:
                if (length < AckPayload.Size)
                {
                    Counters.Drop(DropCause.Malformed);
                }
                else
                {
                    ReceiveAck(packet, highest, now);
                    if (_isServer && IsConfirmation(packet, type, length))
                    {
                        _heartbeatPending = true;
                    }
                }

                break;
            case PacketType.Data:
                ReceiveData(packet, length, content, now);
                break;
            case PacketType.Heartbeat:
                ReceiveHeartbeat(packet, length, highest, now);
                break;
            case PacketType.Fin:
                ReceiveFin(packet, length, now);
                break;
            case PacketType.Error:
                ReceiveError(packet, length, now);
                break;
            case PacketType.Rst:
                ReceiveRst(packet, length);
                break;
            case PacketType.Control:
                if (subtype == ControlSubtype.TimeSyncRequest && _isServer)
                {
                    ReceiveTimeSyncRequest(packet, length, fromPort, now);
                }
                else if (subtype == ControlSubtype.TimeSyncResponse && !_isServer)
                {
                    ReceiveTimeSyncResponse(packet, length, now);
                }
                else
                {
                    Counters.Drop(DropCause.Unexpected);
                }

                break;
            case PacketType.Management:
                if (subtype == ManagementSubtype.RekeyRequest)
                {
                    ReceiveRekeyRequest(packet, length, keys, now);
                }
                else if (subtype == ManagementSubtype.RekeyResponse)
                {
                    ReceiveRekeyResponse(packet, length, keys, now);
                }
                else if (subtype == ManagementSubtype.RepairRequest)
                {
                    ReceiveRepairRequest(packet, length);
                }
                else if (subtype == ManagementSubtype.RepairResponse)
                {
                    ReceiveRepairResponse(packet, length, keys);
                }
                else if (subtype == ManagementSubtype.RepairConfirm)
                {
                    ReceiveRepairConfirm(packet, length, keys);
                }
                else
                {
                    Counters.Drop(DropCause.Unexpected);
                }

                break;
            default:
                Counters.Drop(DropCause.Unexpected);
                break;
        }
    }

    private void RunTimers(long now)
    {
        if (State == SessionState.HalfOpen)
        {
            if (now >= HalfOpenUntil)
            {
                End(ErrorCode.Timeout);
            }

            return;
        }

        if (State == SessionState.Resuming || State == SessionState.Asleep)
        {
            RunSleep(now);
            return;
        }

        RunClosing(now);
        if (State == SessionState.Ended)
        {
            return;
        }

        RunRekey(now);
        if (State != SessionState.Closed)
        {
            RunRetransmission(now);
            RunRecovery(now);
        }
    }

    // What goes out next, the most urgent first.
    private bool SendNext(Datagram datagram, long now)
    {
        if (_rstPending)
        {
            SendRst(datagram, now);
            return true;
        }

        if (State == SessionState.HalfOpen)
        {
            return !_isServer && (_confirm.Length == 0 ? SendRekey(datagram, now) : SendConfirm(datagram, now));
        }

        if (State == SessionState.Resuming)
        {
            return SendResume(datagram, now) || (_resume.Copies > 0 && SendData(datagram, now));
        }

        if (_heartbeatPending)
        {
            _heartbeatPending = false;
            SendHeartbeat(datagram, now);
            return true;
        }

        if (State == SessionState.Asleep)
        {
            return false;
        }

        if (SendRepair(datagram, now) || SendRekey(datagram, now) || SendTimeSync(datagram, now) || SendError(datagram, now) || SendAck(datagram, now))
        {
            return true;
        }

        if (State == SessionState.Closed)
        {
            return false;
        }

        if (SendData(datagram, now) || SendFin(datagram, now))
        {
            return true;
        }

        if (HeartbeatDue(now) || now >= SleepAnnouncementAt(now))
        {
            SendHeartbeat(datagram, now);
            return true;
        }

        return false;
    }

    // The client's ACK with the confirmation: gaps of 0.5, 1, 2 and 4 s, then every 4 s; from the third copy on also to neighbouring windows.
    private bool SendConfirm(Datagram datagram, long now)
    {
        if (_shifts == 0)
        {
            if (now < _confirmAt)
            {
                return false;
            }

            int gap = _confirmCopies >= 3 ? 4000 : 500 << _confirmCopies;
            _confirmAt = now + gap;
            _confirmCopies++;
            _shifts = ShiftsOfTry(_confirmCopies - 2);
        }

        byte[] buffer = datagram.Buffer;
        int payload = Packet.HeaderSize;
        Wire.WriteU16(buffer, payload + AckPayload.ReceiveWindow, (ushort)_advertisedWindow);
        Wire.WriteU32(buffer, payload + AckPayload.SackBitmap, 0);
        Array.Copy(_confirm, 0, buffer, payload + AckPayload.Confirm, AckPayload.ConfirmSize);
        Seal(datagram, PacketType.Ack, 0, 0, AckPayload.SizeWithConfirm, NextShift(), now);
        return true;
    }

    // Numbers, tags, masks and addresses a packet whose payload stands in the datagram's buffer.
    private void Seal(Datagram datagram, int type, int subtype, int flags, int payloadLength, int shift, long now)
    {
        if (_lastNumber + 1 >= _initialNumber + NumberSpan)
        {
            // A number is never used twice: the session ends here, and with it this packet.
            datagram.Size = 0;
            End(ErrorCode.LimitExceeded);
            return;
        }

        _lastNumber++;
        _packetsOfEpoch++;
        byte[] buffer = datagram.Buffer;
        int size = payloadLength + Packet.Overhead;
        flags |= PacketFlags.Ack | (_isServer ? PacketFlags.FromServer : 0);
        uint timestamp = Timestamps.Of(UtcNow(now));
        bool resume = State == SessionState.Resuming && type == PacketType.Management;
        Packet.WriteHeader(buffer, resume ? _resume.Epoch : _keys.Epoch, type, subtype, flags, Id, (uint)_lastNumber, (uint)_received.Highest, timestamp, payloadLength);
        _core.SealPacket(
            buffer, 0, size, resume ? PacketProtection.Clear : Protection, _isServer ? _keys.ServerKey : _keys.ClientKey, resume ? _resume.Key : _keys.TagKey(type, subtype), _lastNumber);
        _core.MaskPacket(buffer, 0, size, _maskKey);
        datagram.Size = size;
        Address(datagram, shift);
        Counters.PacketsSent++;
        _heartbeatAt = now + HeartbeatSpan();
        _sentOnPath += size;
        if (type != PacketType.Heartbeat)
        {
            _sleepNumber = 0;
        }

        NoteAcknowledged();
    }

    private void UpdateDeadline(long now)
    {
        Touched();
        if (State == SessionState.Ended)
        {
            Deadline = long.MaxValue;
            return;
        }

        long at = NextHopAt(now);
        if (State == SessionState.HalfOpen)
        {
            at = Earlier(at, HalfOpenUntil);
            if (!_isServer)
            {
                at = Earlier(at, _confirm.Length == 0 ? RekeyDeadline(now) : _shifts != 0 ? now : _confirmAt);
            }
        }
        else
        {
            at = Earlier(at, _rstPending ? now : TimerDeadline());
            if (PathAllows(SmallPacket))
            {
                at = Earlier(at, SendDeadline(now));
            }
        }

        Deadline = at;
    }

    // When a timer of RunTimers ends.
    private long TimerDeadline()
    {
        if (State == SessionState.Resuming || State == SessionState.Asleep)
        {
            return SleepTimerDeadline();
        }

        long at = Earlier(ClosingDeadline(), RekeyTimerDeadline());
        if (State != SessionState.Closed)
        {
            at = Earlier(at, RetransmissionDeadline());
            at = Earlier(at, RecoveryDeadline());
        }

        return at;
    }

    // When SendNext has something.
    private long SendDeadline(long now)
    {
        if (_rstPending || _heartbeatPending)
        {
            return now;
        }

        if (State == SessionState.Resuming || State == SessionState.Asleep)
        {
            return SleepSendDeadline(now);
        }

        if (_timeSyncAnswer || _errorCode != 0 || RepairToSend)
        {
            return now;
        }

        long at = Earlier(AckDeadline(), RekeyDeadline(now));
        if (State != SessionState.Closed)
        {
            at = Earlier(at, DataDeadline(now));
            at = Earlier(at, FinDeadline(now));
            at = Earlier(at, TimeSyncDeadline(now));
            at = Earlier(at, HeartbeatDeadline());
            at = Earlier(at, SleepAnnouncementAt(now));
        }

        return at;
    }

    private static long Earlier(long a, long b) => a < b ? a : b;

    // A number below limit, for timers only (any generator; seeded by congestion_seed).
    private int Jitter(int limit)
    {
        _jitter ^= _jitter << 13;
        _jitter ^= _jitter >> 17;
        _jitter ^= _jitter << 5;
        return (int)((_jitter >> 1) % (uint)limit);
    }
}
