using Springtail.Packets;

namespace Springtail.Sessions;

/// <summary>FIN, RST and ERROR, from the first of them on (PROTOCOL.md 10).</summary>
internal sealed class Closing
{
    private const long MissingLimit = 10000;
    private const long LingerTime = 10000;
    private const long ClosingLimit = 30000;
    private const int FinRepeats = 8;

    private readonly Session _session;

    // An orderly end: when it was asked for, negative before that. FIN, each copy of which has a number.
    private long _askedAt = -1;
    private ulong[] _finNumbers;
    private int _finCopies;
    private long _firstFinAt;
    private long _finAt;
    private bool _finAcknowledged;
    private long _closedAt;

    // The peer's FIN, and the reliable messages that it counts.
    private bool _finReceived;
    private uint _peerMessages;

    private bool _rstDue;
    private int _rstReason;

    private int _errorCode;
    private uint _errorMessageId;

    public Closing(Session session)
    {
        _session = session;
    }

    /// <summary>Either side has asked to close.</summary>
    public bool HasBegun => _askedAt >= 0;

    /// <summary>The peer has sent FIN.</summary>
    public bool PeerClosed => _finReceived;

    public int PeerErrorCode { get; private set; }

    public uint PeerErrorMessageId { get; private set; }

    /// <summary>An RST waits to go out.</summary>
    public bool RstDue => _rstDue;

    /// <summary>An ERROR waits to go out.</summary>
    public bool ErrorDue => _errorCode != 0;

    public void Begin(long now)
    {
        if (!HasBegun)
        {
            _askedAt = now;
            _finNumbers = new ulong[FinRepeats + 1];
        }
    }

    /// <summary>The session ends with one RST.</summary>
    public void Abort(int reason)
    {
        if (!_rstDue)
        {
            _rstDue = true;
            _rstReason = reason;
        }
    }

    /// <summary>A message was refused as too large.</summary>
    public void Refuse(uint messageId)
    {
        _errorCode = ErrorCode.MessageTooLarge;
        _errorMessageId = messageId;
    }

    /// <summary>When the session is closed, or ends.</summary>
    public long At(long now)
    {
        if (!HasBegun)
        {
            return long.MaxValue;
        }

        if (IsComplete)
        {
            return now;
        }

        long limit = ClosingLimit + (_finCopies > 0 ? _firstFinAt : _askedAt + MissingLimit);
        return _session.State == SessionState.Closed ? Session.Earlier(limit, _closedAt + LingerTime) : limit;
    }

    /// <summary>Call when <see cref="At"/> has come.</summary>
    public void Run(long now)
    {
        CheckClosed(now);
        if (now >= At(now))
        {
            _session.End(ErrorCode.Timeout);
        }
    }

    /// <summary>When a FIN goes out: once what this side sent is acknowledged and what the peer sent is here, or 10 s later.</summary>
    public long FinAt(long now)
    {
        if (_session.State != SessionState.Closing || _finAcknowledged || _finCopies > FinRepeats)
        {
            return long.MaxValue;
        }

        if (_finCopies > 0)
        {
            return _finAt;
        }

        Delivery delivery = _session.Delivery;
        return delivery.AllAcknowledged && (!_finReceived || delivery.Inbox.HasAll(_peerMessages)) ? now : _askedAt + MissingLimit;
    }

    public void SendFin(Datagram datagram, long now)
    {
        Delivery delivery = _session.Delivery;
        Wire.WriteU32(datagram.Buffer, Packet.HeaderSize + FinPayload.Messages, delivery.ReliableMessages);
        _session.Send(datagram, PacketType.Fin, 0, PacketFlags.Fin, FinPayload.Size, now);
        delivery.NoteAsked();
        if (_finCopies == 0)
        {
            _firstFinAt = now;
        }
        else
        {
            delivery.BackOff();
        }

        _finNumbers[_finCopies++] = _session.Space.LastNumber;
        _finAt = now + _session.Shape.Lengthen(delivery.Timeout);
    }

    public void ReceiveFin(Arrival arrival)
    {
        if (_finReceived)
        {
            return;
        }

        Begin(arrival.Now);
        _finReceived = true;
        _peerMessages = arrival.U32(FinPayload.Messages);
        _session.State = SessionState.Closing;
        CheckClosed(arrival.Now);
    }

    /// <summary>One of this side's packets was acknowledged.</summary>
    public void NoteAcknowledged(ulong number)
    {
        for (int i = 0; i < _finCopies; i++)
        {
            if (_finNumbers[i] == number)
            {
                _finAcknowledged = true;
            }
        }
    }

    public void SendRst(Datagram datagram, long now)
    {
        if (_session.Path.Allows(Path.SmallPacket))
        {
            datagram.Buffer[Packet.HeaderSize] = (byte)_rstReason;
            _session.Send(datagram, PacketType.Rst, 0, PacketFlags.Rst, 1, now);
        }

        _session.End(_rstReason);
    }

    public void SendError(Datagram datagram, long now)
    {
        byte[] buffer = datagram.Buffer;
        Wire.WriteU32(buffer, Packet.HeaderSize, (uint)_errorCode << 24);
        Wire.WriteU32(buffer, Packet.HeaderSize + ErrorPayload.Text, _errorMessageId);
        _errorCode = 0;
        _session.Send(datagram, PacketType.Error, 0, 0, ErrorPayload.Text + 4, now);
        _session.Delivery.NoteAsked();
    }

    public void ReceiveError(Arrival arrival)
    {
        PeerErrorCode = arrival.U8(ErrorPayload.Code);
        if (PeerErrorCode == ErrorCode.MessageTooLarge && arrival.Length >= ErrorPayload.Text + 4)
        {
            PeerErrorMessageId = arrival.U32(ErrorPayload.Text);
        }
    }

    private bool IsComplete => _session.State == SessionState.Closing && _finReceived && _finAcknowledged;

    private void CheckClosed(long now)
    {
        if (IsComplete)
        {
            _session.State = SessionState.Closed;
            _session.CountLost();
            _closedAt = now;
        }
    }
}
