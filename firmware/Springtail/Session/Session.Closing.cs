using Springtail.Packets;

namespace Springtail.Sessions;

// HEARTBEAT, FIN, RST and ERROR (PROTOCOL.md 10).
internal sealed partial class Session
{
    private const long MissingLimit = 10000;
    private const long LingerTime = 10000;
    private const long ClosingLimit = 30000;
    private const int FinRepeats = 8;

    private bool _heartbeatPending;
    private long _heartbeatAt;

    private bool _rstPending;
    private int _rstReason;

    private int _errorCode;
    private uint _errorMessageId;

    // Null before either side has asked to close.
    private Ending _ending;

    /// <summary>The code of the last ERROR that the peer sent, or <see cref="ErrorCode.None"/>.</summary>
    public int PeerErrorCode { get; private set; }

    /// <summary>message_id of the last reliable message that the peer refused as too large, when <see cref="PeerErrorCode"/> is MESSAGE_TOO_LARGE.</summary>
    public uint PeerErrorMessageId { get; private set; }

    /// <summary>The peer has sent FIN: it takes no new messages.</summary>
    public bool PeerClosed => _ending != null && _ending.FinReceived;

    /// <summary>Begins an orderly end: no new messages; what is on its way is still delivered.</summary>
    public void Close(long now)
    {
        if (State == SessionState.HalfOpen || State == SessionState.Asleep || State == SessionState.Resuming)
        {
            End(ErrorCode.Terminated);
        }
        else if (IsOpen)
        {
            _ending = _ending ?? new Ending(now);
            State = SessionState.Closing;
            UpdateDeadline(now);
        }
    }

    private long HeartbeatDeadline() => Keepalive == 0 ? long.MaxValue : _heartbeatAt;

    // The keepalive time less up to a fifth, in ms.
    private int HeartbeatSpan() => Keepalive * 1000 - (Keepalive == 0 ? 0 : Jitter(Keepalive * 200));

    private bool HeartbeatDue(long now) => Keepalive != 0 && now >= _heartbeatAt;

    private void SendHeartbeat(Datagram datagram, long now)
    {
        Wire.WriteMs(datagram.Buffer, Packet.HeaderSize + HeartbeatPayload.UtcMs, UtcNow(now));
        Wire.WriteU32(datagram.Buffer, Packet.HeaderSize + HeartbeatPayload.SleepSeconds, _sleepSeconds);
        Seal(datagram, PacketType.Heartbeat, 0, 0, HeartbeatPayload.Size, 0, now);
        NoteAnnounced(now);
    }

    private void ReceiveHeartbeat(byte[] packet, int length, bool highest, long now)
    {
        if (length < HeartbeatPayload.Size)
        {
            Counters.Drop(DropCause.Malformed);
        }
        else if (_isServer)
        {
            // After an emergency the client repeats its first packet until it hears the answer.
            _heartbeatPending |= _confirm.Length == 0 && Packet.Acknowledgment(packet) == (uint)_initialNumber;
            ReceiveSleep(Wire.ReadU32(packet, Packet.HeaderSize + HeartbeatPayload.SleepSeconds), highest, now);
        }
        else
        {
            ReceiveSleepAnswer(packet);
        }
    }

    private void ReceiveFin(byte[] packet, int length, long now)
    {
        AskForAck(now);
        AcknowledgeNow(now);
        if (length < FinPayload.Size)
        {
            Counters.Drop(DropCause.Malformed);
            return;
        }

        if (PeerClosed)
        {
            return;
        }

        _ending = _ending ?? new Ending(now);
        _ending.FinReceived = true;
        _ending.PeerMessages = Wire.ReadU32(packet, Packet.HeaderSize + FinPayload.Messages);
        State = SessionState.Closing;
        CheckClosed(now);
    }

    private void NoteFinAcknowledged(ulong number)
    {
        for (int i = 0; _ending != null && i < _ending.FinCopies; i++)
        {
            if (_ending.FinNumbers[i] == number)
            {
                _ending.FinAcknowledged = true;
            }
        }
    }

    // FIN goes once what this side sent is acknowledged and what the peer sent is here, or 10 s later.
    private bool FinReady(long now)
    {
        if (!FinWaits)
        {
            return false;
        }

        if (_ending.FinCopies > 0)
        {
            return now >= _ending.FinAt;
        }

        return now >= _ending.AskedAt + MissingLimit
            || (_queue.IsEmpty && (!_ending.FinReceived || _inbox.HasAll(_ending.PeerMessages)));
    }

    // FIN is to go out, for the first time or again.
    private bool FinWaits => State == SessionState.Closing && !_ending.FinAcknowledged && _ending.FinCopies <= FinRepeats;

    private long FinDeadline(long now)
    {
        if (!FinWaits)
        {
            return long.MaxValue;
        }

        if (_ending.FinCopies > 0)
        {
            return _ending.FinAt;
        }

        return FinReady(now) ? now : _ending.AskedAt + MissingLimit;
    }

    private bool SendFin(Datagram datagram, long now)
    {
        if (!FinReady(now))
        {
            return false;
        }

        Wire.WriteU32(datagram.Buffer, Packet.HeaderSize + FinPayload.Messages, _queue.ReliableMessages);
        Seal(datagram, PacketType.Fin, 0, PacketFlags.Fin, FinPayload.Size, 0, now);
        _asked++;
        if (_ending.FinCopies == 0)
        {
            _ending.FirstFinAt = now;
        }
        else
        {
            _roundTrip.BackOff();
        }

        _ending.FinNumbers[_ending.FinCopies++] = _lastNumber;
        _ending.FinAt = now + _roundTrip.Timeout;
        return true;
    }

    private void CheckClosed(long now)
    {
        if (State == SessionState.Closing && _ending.FinReceived && _ending.FinAcknowledged)
        {
            State = SessionState.Closed;
            LostMessages = _lostBefore + _queue.UnacknowledgedMessages;
            _ending.ClosedAt = now;
        }
    }

    private void RunClosing(long now)
    {
        CheckClosed(now);
        if (now >= ClosingDeadline())
        {
            End(ErrorCode.Timeout);
        }
    }

    private long ClosingDeadline()
    {
        if (_ending == null)
        {
            return long.MaxValue;
        }

        long limit = ClosingLimit + (_ending.FinCopies > 0 ? _ending.FirstFinAt : _ending.AskedAt + MissingLimit);
        return State == SessionState.Closed ? Earlier(limit, _ending.ClosedAt + LingerTime) : limit;
    }

    private void SendRst(Datagram datagram, long now)
    {
        datagram.Buffer[Packet.HeaderSize] = (byte)_rstReason;
        Seal(datagram, PacketType.Rst, 0, PacketFlags.Rst, 1, 0, now);
        End(_rstReason);
    }

    private void ReceiveRst(byte[] packet, int length)
    {
        if (length < 1)
        {
            Counters.Drop(DropCause.Malformed);
            return;
        }

        _endedByPeer = true;
        End(packet[Packet.HeaderSize]);
    }

    private bool SendError(Datagram datagram, long now)
    {
        if (_errorCode == 0)
        {
            return false;
        }

        byte[] buffer = datagram.Buffer;
        int payload = Packet.HeaderSize;
        Wire.WriteU32(buffer, payload, (uint)_errorCode << 24);
        Wire.WriteU32(buffer, payload + ErrorPayload.Text, _errorMessageId);
        _errorCode = 0;
        Seal(datagram, PacketType.Error, 0, 0, ErrorPayload.Text + 4, 0, now);
        _asked++;
        return true;
    }

    private void ReceiveError(byte[] packet, int length, long now)
    {
        AskForAck(now);
        if (length < ErrorPayload.Text)
        {
            Counters.Drop(DropCause.Malformed);
            return;
        }

        PeerErrorCode = packet[Packet.HeaderSize + ErrorPayload.Code];
        if (PeerErrorCode == ErrorCode.MessageTooLarge && length >= ErrorPayload.Text + 4)
        {
            PeerErrorMessageId = Wire.ReadU32(packet, Packet.HeaderSize + ErrorPayload.Text);
        }
    }

    // How far an orderly end has come.
    private sealed class Ending
    {
        // FIN, each copy of which has a number.
        public readonly ulong[] FinNumbers = new ulong[FinRepeats + 1];
        public readonly long AskedAt;
        public int FinCopies;
        public long FirstFinAt;
        public long FinAt;
        public bool FinAcknowledged;
        public long ClosedAt;

        // The peer's FIN, and the reliable messages that it counts.
        public bool FinReceived;
        public uint PeerMessages;

        public Ending(long askedAt)
        {
            AskedAt = askedAt;
        }
    }
}
