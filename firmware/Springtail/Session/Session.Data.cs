using System;
using Springtail.Packets;

namespace Springtail.Sessions;

// Messages, acknowledgments and losses (PROTOCOL.md 9).
internal sealed partial class Session
{
    private const int AckDelay = 25;
    private const int AckEvery = 2;
    private const int TimeoutsBeforeRecovery = 8;
    private const long ExpiryInterval = 500;

    // Once the peer is heard again, what it has not acknowledged does not wait for longer than this, however often its timer has doubled.
    private const long TimerAfterSilence = 10000;

    // Called later than this after its deadline, the program has stood still.
    private const long Standstill = 1000;

    private readonly SendQueue _queue;
    private readonly Inbox _inbox;
    private readonly RoundTrip _roundTrip = new RoundTrip();
    private readonly Congestion _congestion = new Congestion();

    // What the peer can hold, from its ACK with the highest number.
    private int _peerWindow;

    // What this side last told the peer that it can hold.
    private int _advertisedWindow;

    // Packets that ask for an acknowledgment, counted from 1.
    private uint _asked;

    // Losses of packets up to this one belong to a reduction of the window that was already made.
    private uint _lossesUntil;
    private int _timeouts;

    // The congestion window was in use when the packet being received came: all that it acknowledges lets the window grow.
    private bool _windowWasFull;
    private long _timerAt = long.MaxValue;
    private long _probeAt;
    private long _expireAt;

    private int _acksDue;
    private long _ackAt = long.MaxValue;
    private bool _onlyHighestDue;
    private ulong _lastAsking;

    /// <summary>True when the application may begin a message.</summary>
    public bool CanSend => TakesMessages && !_queue.InMessage;

    /// <summary>True until either side closes or the session is lost.</summary>
    internal bool TakesMessages => IsOpen || State == SessionState.Asleep || State == SessionState.Resuming;

    /// <summary>How many fragments can be taken in now.</summary>
    public int SendRoom => _queue.Room;

    /// <summary>True when everything given to it was sent and acknowledged.</summary>
    public bool AllAcknowledged => _queue.IsEmpty;

    /// <summary>
    /// Reliable messages that may not have arrived: those that were not acknowledged, and those after them, when the session ended, and the
    /// same of the sessions whose place it took.
    /// </summary>
    public int LostMessages { get; private set; }

    /// <summary>Size of the next complete message in bytes; -1 when there is none.</summary>
    public int NextMessageSize => _renewalToTell ? EarlierSize : _inbox.NextSize;

    /// <summary>Whether the next complete message is a reliable one; false when there is none.</summary>
    public bool NextMessageIsReliable => _renewalToTell ? EarlierSize >= 0 && _earlier.NextIsReliable : _inbox.NextIsReliable;

    /// <summary>Begins a message; its bytes are then given to <see cref="AppendMessage"/>.</summary>
    /// <exception cref="SpringtailException">STATE_INVALID when the session takes no messages; MESSAGE_TOO_LARGE.</exception>
    public void BeginMessage(int size, bool reliable)
    {
        if (!TakesMessages)
        {
            throw new SpringtailException(ErrorCode.StateInvalid, "The session takes no messages: it is not established or is closing.");
        }

        _queue.Begin(size, reliable);
    }

    /// <summary>Takes in as much of the message as there is room for; gives the number of bytes. A message is complete when all of it was taken.</summary>
    public int AppendMessage(byte[] message, int offset, long now)
    {
        int taken = _queue.Append(message, offset);
        UpdateDeadline(now);
        return taken;
    }

    /// <summary>True while the message begun is not wholly taken in.</summary>
    public bool InMessage => _queue.InMessage;

    /// <summary>Copies the next complete message and forgets it; gives its size, or -1 when there is none.</summary>
    public int TakeMessage(byte[] buffer, int offset, long now)
    {
        if (_renewalToTell)
        {
            return _earlier == null ? -1 : _earlier.Take(buffer, offset);
        }

        int size = _inbox.Take(buffer, offset);

        // A peer that was told of a closed or nearly closed window waits for this.
        if (size >= 0 && State != SessionState.Ended && _advertisedWindow <= _inbox.Window / 2)
        {
            AcknowledgeNow(now);
            UpdateDeadline(now);
        }

        return size;
    }

    private int CheckData(byte[] packet, int length, long now)
    {
        if (length < DataPayload.HeaderSize)
        {
            return Inbox.Malformed;
        }

        int payload = Packet.HeaderSize;
        return _inbox.Check(
            packet[payload + DataPayload.Delivery],
            Wire.ReadU32(packet, payload + DataPayload.MessageId),
            Wire.ReadU16(packet, payload + DataPayload.FragmentIndex),
            Wire.ReadU16(packet, payload + DataPayload.FragmentCount),
            length - DataPayload.HeaderSize);
    }

    private void ReceiveData(byte[] packet, int length, int content, long now)
    {
        AskForAck(now);
        if (content == Inbox.Malformed)
        {
            Counters.Drop(DropCause.Malformed);
            return;
        }

        int payload = Packet.HeaderSize;
        _inbox.Accept(
            content,
            packet[payload + DataPayload.Delivery],
            Wire.ReadU32(packet, payload + DataPayload.MessageId),
            Wire.ReadU16(packet, payload + DataPayload.FragmentIndex),
            Wire.ReadU16(packet, payload + DataPayload.FragmentCount),
            packet,
            payload + DataPayload.HeaderSize,
            length - DataPayload.HeaderSize,
            now);
        if (content == Inbox.TooLarge)
        {
            _errorCode = ErrorCode.MessageTooLarge;
            _errorMessageId = _inbox.LastTooLarge;
        }
    }

    private void ReceiveAck(byte[] packet, bool highest, long now)
    {
        int payload = Packet.HeaderSize;
        uint acknowledgment = Packet.Acknowledgment(packet);
        uint bitmap = Wire.ReadU32(packet, payload + AckPayload.SackBitmap);
        _timeouts = 0;
        for (int i = 0; bitmap != 0; i++, bitmap >>= 1)
        {
            if ((bitmap & 1u) != 0)
            {
                NoteAcknowledgment(acknowledgment - 1u - (uint)i, false, now);
            }
        }

        if (highest)
        {
            int window = Wire.ReadU16(packet, payload + AckPayload.ReceiveWindow);
            if (window == 0 && _peerWindow != 0)
            {
                _probeAt = now + _roundTrip.Timeout;
            }

            _peerWindow = window;
        }
    }

    // One of this side's packets was acknowledged, given by the low half of its number. Only a prompt acknowledgment is a measure of
    // the round trip: when an ACK is lost, a heartbeat or the bitmap may say the same much later.
    private void NoteAcknowledgment(uint sequence, bool prompt, long now)
    {
        uint behind = (uint)_lastNumber - sequence;
        if (behind >= 0x80000000u || _lastNumber - behind <= _initialNumber)
        {
            return;
        }

        ulong number = _lastNumber - behind;
        NoteFinAcknowledged(number);
        if (!_queue.Acknowledge(number, now, out uint ordinal, out int rtt))
        {
            return;
        }

        _timeouts = 0;
        if (prompt && rtt >= 0)
        {
            _roundTrip.Sample(rtt);
        }
        else if (rtt >= 0)
        {
            _roundTrip.Reset();
        }

        if (_windowWasFull)
        {
            _congestion.Acknowledged();
        }

        int inFlight = _queue.Unacknowledged;
        uint lost = _queue.DetectLosses(ordinal);
        if (lost > _lossesUntil)
        {
            _congestion.Lost(inFlight);
            _lossesUntil = _asked;
        }

        _timerAt = _queue.Unacknowledged == 0 ? long.MaxValue : now + _roundTrip.Timeout;
    }

    // What waited in the socket while the program stood still says nothing about the round trip.
    private void NoteStandstill(long now)
    {
        if (now - Deadline > Standstill)
        {
            _queue.ForgetTimes();
        }
    }

    // The packet just received is to be acknowledged with the next one that asks, or after 25 ms.
    private void AskForAck(long now)
    {
        _onlyHighestDue = _acksDue == 0;
        _lastAsking = _number;
        _acksDue++;
        if (_acksDue >= AckEvery)
        {
            _ackAt = now;
        }
        else if (_ackAt > now + AckDelay)
        {
            _ackAt = now + AckDelay;
        }
    }

    private void AcknowledgeNow(long now)
    {
        _onlyHighestDue = false;
        _ackAt = now;
    }

    // A packet went out whose header acknowledges the highest number: that may be all that an ACK would say.
    private void NoteAcknowledged()
    {
        if (_onlyHighestDue && _lastAsking == _received.Highest && _inbox.Window >= _advertisedWindow)
        {
            _acksDue = 0;
            _onlyHighestDue = false;
            _ackAt = long.MaxValue;
        }
    }

    private long AckDeadline() => _ackAt;

    private bool SendAck(Datagram datagram, long now)
    {
        if (now < _ackAt)
        {
            return false;
        }

        uint bitmap = _received.SackBitmap();
        _advertisedWindow = _inbox.Window;
        _acksDue = 0;
        _onlyHighestDue = false;
        _ackAt = long.MaxValue;
        Wire.WriteU16(datagram.Buffer, Packet.HeaderSize + AckPayload.ReceiveWindow, (ushort)_advertisedWindow);
        Wire.WriteU32(datagram.Buffer, Packet.HeaderSize + AckPayload.SackBitmap, bitmap);
        Seal(datagram, PacketType.Ack, 0, bitmap != 0 ? PacketFlags.Sack : 0, AckPayload.Size, 0, now);
        return true;
    }

    private bool MaySendData(long now)
    {
        if (!_queue.HasMore)
        {
            return false;
        }

        int inFlight = _queue.Unacknowledged;
        if (_peerWindow == 0)
        {
            return inFlight == 0 && now >= _probeAt;
        }

        return inFlight < _congestion.Window && inFlight < _peerWindow;
    }

    private long DataDeadline(long now)
    {
        if (!_queue.HasMore)
        {
            return long.MaxValue;
        }

        if (_peerWindow == 0)
        {
            return _queue.Unacknowledged == 0 && PathAllows(_queue.NextPayloadLength + Packet.Overhead) ? _probeAt : long.MaxValue;
        }

        return MaySendData(now) && PathAllows(_queue.NextPayloadLength + Packet.Overhead) ? now : long.MaxValue;
    }

    private bool SendData(Datagram datagram, long now)
    {
        if (!MaySendData(now))
        {
            return false;
        }

        int slot = _queue.NextSlot();
        int length = _queue.WritePayload(slot, datagram.Buffer, Packet.HeaderSize);
        if (!PathAllows(length + Packet.Overhead))
        {
            return false;
        }

        if (_queue.IsRepeated(slot))
        {
            Counters.Retransmissions++;
        }

        Seal(datagram, PacketType.Data, 0, _queue.PacketFlagsOf(slot), length, 0, now);
        _asked++;
        _queue.Sent(slot, _lastNumber, _asked, now);
        if (_timerAt == long.MaxValue)
        {
            _timerAt = now + _roundTrip.Timeout;
        }

        if (_peerWindow == 0)
        {
            _probeAt = now + _roundTrip.Timeout;
        }

        return true;
    }

    private void ShortenTimers(long now)
    {
        if (_timerAt != long.MaxValue && _timerAt > now + TimerAfterSilence)
        {
            _timerAt = now + TimerAfterSilence;
        }

        _probeAt = Earlier(_probeAt, now + TimerAfterSilence);
    }

    private long RetransmissionDeadline() => Earlier(_timerAt, _expireAt == 0 ? long.MaxValue : _expireAt);

    private void RunRetransmission(long now)
    {
        if (now >= _timerAt)
        {
            _timerAt = long.MaxValue;
            int inFlight = _queue.Unacknowledged;
            if (inFlight > 0)
            {
                _queue.LoseAll();
                _congestion.TimedOut(inFlight);
                _lossesUntil = _asked;
                _roundTrip.BackOff();
                _timeouts++;
                if (_timeouts >= TimeoutsBeforeRecovery)
                {
                    BeginRecovery(_lastNumber, now);
                }
            }
        }

        if (_expireAt != 0 && now >= _expireAt)
        {
            _inbox.Expire(now);
            _expireAt = _inbox.HoldsFireAndForget ? now + ExpiryInterval : 0;
        }
        else if (_expireAt == 0 && _inbox.HoldsFireAndForget)
        {
            _expireAt = now + ExpiryInterval;
        }
    }
}
