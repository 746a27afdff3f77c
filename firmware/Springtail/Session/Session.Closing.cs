using Springtail.Packets;

namespace Springtail.Sessions;

// HEARTBEAT, FIN, RST and ERROR (PROTOCOL.md 10).
public sealed partial class Session
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

    private bool _closeAsked;
    private long _closeAskedAt;
    private bool _finReceived;
    private uint _peerMessages;
    private ulong[] _finNumbers;
    private int _finCopies;
    private long _finFirstAt;
    private long _finAt;
    private bool _finAcknowledged;
    private long _closedAt;

    /// <summary>The code of the last ERROR that the peer sent, or <see cref="ErrorCode.None"/>.</summary>
    public int PeerErrorCode { get; private set; }

    /// <summary>message_id of the last reliable message that the peer refused as too large, when <see cref="PeerErrorCode"/> is MESSAGE_TOO_LARGE.</summary>
    public uint PeerErrorMessageId { get; private set; }

    /// <summary>The peer has sent FIN: it takes no new messages.</summary>
    public bool PeerClosed => _finReceived;

    /// <summary>Begins an orderly end: no new messages; what is on its way is still delivered.</summary>
    public void Close(long now)
    {
        if (State == SessionState.HalfOpen || State == SessionState.Asleep || State == SessionState.Resuming)
        {
            End(ErrorCode.Terminated);
        }
        else if (IsOpen)
        {
            _closeAsked = true;
            _closeAskedAt = now;
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

        if (_finReceived)
        {
            return;
        }

        _finReceived = true;
        _peerMessages = Wire.ReadU32(packet, Packet.HeaderSize + FinPayload.Messages);
        if (!_closeAsked)
        {
            _closeAsked = true;
            _closeAskedAt = now;
        }

        State = SessionState.Closing;
        CheckClosed(now);
    }

    private void NoteFinAcknowledged(ulong number)
    {
        for (int i = 0; i < _finCopies; i++)
        {
            if (_finNumbers[i] == number)
            {
                _finAcknowledged = true;
            }
        }
    }

    // FIN goes once what this side sent is acknowledged and what the peer sent is here, or 10 s later.
    private bool FinReady(long now)
    {
        if (State != SessionState.Closing || _finAcknowledged || _finCopies > FinRepeats)
        {
            return false;
        }

        if (_finCopies > 0)
        {
            return now >= _finAt;
        }

        return now >= _closeAskedAt + MissingLimit
            || (_queue.IsEmpty && (!_finReceived || _inbox.HasAll(_peerMessages)));
    }

    private long FinDeadline(long now)
    {
        if (State != SessionState.Closing || _finAcknowledged || _finCopies > FinRepeats)
        {
            return long.MaxValue;
        }

        if (_finCopies > 0)
        {
            return _finAt;
        }

        return FinReady(now) ? now : _closeAskedAt + MissingLimit;
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
        if (_finCopies == 0)
        {
            _finFirstAt = now;
        }
        else
        {
            _roundTrip.BackOff();
        }

        _finNumbers = _finNumbers ?? new ulong[FinRepeats + 1];
        _finNumbers[_finCopies] = _lastNumber;
        _finCopies++;
        _finAt = now + _roundTrip.Timeout;
        return true;
    }

    private void CheckClosed(long now)
    {
        if (State == SessionState.Closing && _finReceived && _finAcknowledged)
        {
            State = SessionState.Closed;
            LostMessages = _lostBefore + _queue.UnacknowledgedMessages;
            _closedAt = now;
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
        long limit = _finCopies > 0 ? _finFirstAt + ClosingLimit : _closeAsked ? _closeAskedAt + MissingLimit + ClosingLimit : long.MaxValue;
        return State == SessionState.Closed ? Earlier(limit, _closedAt + LingerTime) : limit;
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
}
