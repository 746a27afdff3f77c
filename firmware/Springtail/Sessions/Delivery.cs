using Springtail.Delivery;
using Springtail.Packets;

namespace Springtail.Sessions;

/// <summary>Messages, acknowledgments and losses of one session (PROTOCOL.md 9).</summary>
internal sealed class Delivery
{
    private const long AckDelay = 25;
    private const int AckEvery = 2;
    private const int TimeoutsBeforeRecovery = 8;
    private const long ExpiryInterval = 500;

    // Once the peer is heard again, what it has not acknowledged does not wait for longer than this, however often its timer has doubled.
    private const long TimerAfterSilence = 10000;

    private readonly Session _session;
    private readonly SendQueue _queue;

    /// <summary>What the application has not taken yet.</summary>
    public readonly Inbox Inbox;

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
    private long _timerAt = long.MaxValue;
    private long _probeAt;
    private long _expireAt = long.MaxValue;

    private int _acksDue;
    private long _ackAt = long.MaxValue;
    private bool _onlyHighestDue;
    private ulong _lastAsking;

    public Delivery(Session session, ChannelOptions options, int peerWindow)
    {
        _session = session;
        _queue = new SendQueue(options.SendBuffers);
        Inbox = new Inbox(options.MaxFragments, options.ReceiveAhead);
        _peerWindow = peerWindow;
        _advertisedWindow = Inbox.Window;
    }

    public int RoundTripTime => _roundTrip.Smoothed;

    /// <summary>The length of a retransmission timer in ms.</summary>
    public int Timeout => _roundTrip.Timeout;

    /// <summary>How many fragments can be taken in now.</summary>
    public int SendRoom => _queue.Room;

    /// <summary>True while the message begun is not wholly taken in.</summary>
    public bool InMessage => _queue.InMessage;

    /// <summary>True when nothing waits to be sent or acknowledged.</summary>
    public bool AllAcknowledged => _queue.IsEmpty;

    /// <summary>Reliable messages begun so far.</summary>
    public uint ReliableMessages => _queue.ReliableMessages;

    /// <summary>Reliable messages that the peer may not have.</summary>
    public int UnacknowledgedMessages => _queue.UnacknowledgedMessages;

    /// <summary>Nothing is under way that a snapshot could not hold.</summary>
    public bool IsQuiet => _queue.IsEmpty && Inbox.IsEmpty && _ackAt == long.MaxValue;

    /// <summary>When an ACK is to go out.</summary>
    public long AckAt => _ackAt;

    /// <summary>When what is unacknowledged counts as lost.</summary>
    public long TimerAt => _timerAt;

    /// <summary>When incomplete fire-and-forget messages are looked through.</summary>
    public long ExpireAt => _expireAt;

    public void Begin(int size, bool reliable) => _queue.Begin(size, reliable);

    public int Append(byte[] message, int offset) => _queue.Append(message, offset);

    /// <summary>Copies the next complete message and forgets it; gives its size, or -1 when there is none.</summary>
    public int Take(byte[] buffer, int offset, long now)
    {
        int size = Inbox.Take(buffer, offset);

        // A peer that was told of a closed or nearly closed window waits for this.
        if (size >= 0 && _advertisedWindow <= Inbox.Window / 2)
        {
            AcknowledgeNow(now);
        }

        return size;
    }

    /// <summary>What the inbox would do with a DATA packet, before its number is noted: sets <see cref="Arrival.Content"/>.</summary>
    public void Check(Arrival arrival)
    {
        int length = arrival.Length - DataPayload.HeaderSize;
        arrival.Content = length < 0
            ? Springtail.Delivery.Inbox.Malformed
            : Inbox.Check(
                arrival.U8(DataPayload.Delivery),
                arrival.U32(DataPayload.MessageId),
                arrival.U16(DataPayload.FragmentIndex),
                arrival.U16(DataPayload.FragmentCount),
                length);
    }

    /// <summary>A DATA packet came in, for which there is room; false when it is malformed.</summary>
    public bool Receive(Arrival arrival)
    {
        AskForAck(arrival);
        if (arrival.Content == Springtail.Delivery.Inbox.Malformed)
        {
            return false;
        }

        Inbox.Accept(
            arrival.Content,
            arrival.U8(DataPayload.Delivery),
            arrival.U32(DataPayload.MessageId),
            arrival.U16(DataPayload.FragmentIndex),
            arrival.U16(DataPayload.FragmentCount),
            arrival.Bytes,
            Packet.HeaderSize + DataPayload.HeaderSize,
            arrival.Length - DataPayload.HeaderSize,
            arrival.Now);
        if (arrival.U8(DataPayload.Delivery) == DataPayload.FireAndForget && _expireAt == long.MaxValue && Inbox.HoldsFireAndForget)
        {
            _expireAt = arrival.Now + ExpiryInterval;
        }

        return true;
    }

    /// <summary>An ACK came in.</summary>
    public void ReceiveAck(Arrival arrival)
    {
        uint acknowledgment = arrival.Acknowledgment;
        uint bitmap = arrival.U32(AckPayload.SackBitmap);
        _timeouts = 0;
        for (int i = 0; bitmap != 0; i++, bitmap >>= 1)
        {
            if ((bitmap & 1u) != 0)
            {
                NoteAcknowledgment(arrival, acknowledgment - 1u - (uint)i, false);
            }
        }

        if (arrival.IsHighest)
        {
            int window = arrival.U16(AckPayload.ReceiveWindow);
            if (window == 0 && _peerWindow != 0)
            {
                _probeAt = arrival.Now + _roundTrip.Timeout;
            }

            _peerWindow = window;
        }
    }

    /// <summary>A verified packet came in: takes what its header acknowledges.</summary>
    public void Hear(Arrival arrival)
    {
        long now = arrival.Now;
        int type = arrival.Type;
        arrival.WindowWasFull = _queue.Unacknowledged >= _congestion.Window;
        NoteAcknowledgment(arrival, arrival.Acknowledgment, type == PacketType.Ack || type == PacketType.Data);
        if (_timerAt != long.MaxValue && _timerAt > now + TimerAfterSilence)
        {
            _timerAt = now + TimerAfterSilence;
        }

        _probeAt = Session.Earlier(_probeAt, now + TimerAfterSilence);
    }

    /// <summary>The packet is to be acknowledged with the next one that asks, or after 25 ms.</summary>
    public void AskForAck(Arrival arrival)
    {
        long now = arrival.Now;
        _onlyHighestDue = _acksDue == 0;
        _lastAsking = arrival.Number;
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

    public void AcknowledgeNow(long now)
    {
        _onlyHighestDue = false;
        _ackAt = now;
    }

    /// <summary>A packet went out whose header acknowledges the highest number: that may be all that an ACK would say.</summary>
    public void NoteAcknowledged()
    {
        if (_onlyHighestDue && _lastAsking == _session.Space.Highest && Inbox.Window >= _advertisedWindow)
        {
            _acksDue = 0;
            _onlyHighestDue = false;
            _ackAt = long.MaxValue;
        }
    }

    /// <summary>A packet that asks for an acknowledgment went out, and is not the queue's.</summary>
    public void NoteAsked() => _asked++;

    /// <summary>A packet that has to be acknowledged was not: the next timer is twice as long.</summary>
    public void BackOff() => _roundTrip.BackOff();

    /// <summary>What waited in the socket while the program stood still says nothing about the round trip.</summary>
    public void ForgetTimes() => _queue.ForgetTimes();

    /// <summary>The peer is there again after silence: timers have their plain length.</summary>
    public void Restart(long now)
    {
        _timeouts = 0;
        _roundTrip.Reset();
        if (_timerAt != long.MaxValue)
        {
            _timerAt = now + _roundTrip.Timeout;
        }
    }

    /// <summary>The peer has slept: what was on its way to it counts as lost.</summary>
    public void LoseAll()
    {
        _queue.LoseAll();
        _timerAt = long.MaxValue;
    }

    /// <summary>Sends an ACK.</summary>
    public void SendAck(Datagram datagram, long now)
    {
        uint bitmap = _session.Space.SackBitmap;
        _acksDue = 0;
        _onlyHighestDue = false;
        _ackAt = long.MaxValue;
        WriteAck(datagram.Buffer, bitmap);
        _session.Send(datagram, PacketType.Ack, 0, bitmap != 0 ? PacketFlags.Sack : 0, AckPayload.Size, now);
    }

    /// <summary>Writes what an ACK says: how much this side can hold, and which packets below the highest it has.</summary>
    public void WriteAck(byte[] buffer, uint bitmap)
    {
        _advertisedWindow = Inbox.Window;
        Wire.WriteU16(buffer, Packet.HeaderSize + AckPayload.ReceiveWindow, (ushort)_advertisedWindow);
        Wire.WriteU32(buffer, Packet.HeaderSize + AckPayload.SackBitmap, bitmap);
    }

    /// <summary>When a DATA packet may go out.</summary>
    public long DataAt(long now)
    {
        if (!_queue.HasMore)
        {
            return long.MaxValue;
        }

        int inFlight = _queue.Unacknowledged;
        bool may = _peerWindow == 0 ? inFlight == 0 : inFlight < _congestion.Window && inFlight < _peerWindow;
        if (!may || !_session.Path.Allows(_queue.NextPayloadLength + Packet.Overhead))
        {
            return long.MaxValue;
        }

        // A closed window is probed.
        return _peerWindow == 0 ? _probeAt : now;
    }

    /// <summary>Sends a DATA packet; call when <see cref="DataAt"/> has come.</summary>
    public void SendData(Datagram datagram, long now)
    {
        int slot = _queue.NextSlot();
        int length = _queue.WritePayload(slot, datagram.Buffer, Packet.HeaderSize);
        if (_queue.IsRepeated(slot))
        {
            _session.Counters.Retransmissions++;
        }

        _session.Send(datagram, PacketType.Data, 0, _queue.PacketFlagsOf(slot), length, now);
        _asked++;
        _queue.Sent(slot, _session.Space.LastNumber, _asked, now);
        if (_timerAt == long.MaxValue)
        {
            _timerAt = now + _roundTrip.Timeout;
        }

        if (_peerWindow == 0)
        {
            _probeAt = now + _roundTrip.Timeout;
        }
    }

    /// <summary>The timer has ended.</summary>
    public void RunTimer(long now)
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
                _session.Recovery.Begin(_session.Space.LastNumber, now);
            }
        }
    }

    /// <summary>Drops fire-and-forget messages that stayed incomplete.</summary>
    public void Expire(long now)
    {
        Inbox.Expire(now);
        _expireAt = Inbox.HoldsFireAndForget ? now + ExpiryInterval : long.MaxValue;
    }

    /// <summary>The session has ended: lets go of all but what the application can still take.</summary>
    public void Finish()
    {
        _queue.Wipe();
        Inbox.Finish();
    }

    /// <summary>Writes what goes on after a sleep into a snapshot.</summary>
    public void Save(byte[] snapshot)
    {
        Wire.WriteU32(snapshot, Snapshot.NextReliable, _queue.ReliableMessages);
        Wire.WriteU32(snapshot, Snapshot.NextFireAndForget, _queue.FireAndForgetMessages);
        Wire.WriteU32(snapshot, Snapshot.NextToDeliver, Inbox.NextMessage);
        Wire.WriteU16(snapshot, Snapshot.PeerWindow, (ushort)_peerWindow);
    }

    /// <summary>Goes on with the message_ids of a snapshot.</summary>
    public void Continue(byte[] snapshot)
    {
        _queue.Continue(Wire.ReadU32(snapshot, Snapshot.NextReliable), Wire.ReadU32(snapshot, Snapshot.NextFireAndForget));
        Inbox.Continue(Wire.ReadU32(snapshot, Snapshot.NextToDeliver));
    }

    // One of this side's packets was acknowledged, given by the low half of its number. Only a prompt acknowledgment is a measure of
    // the round trip: when an ACK is lost, a heartbeat or the bitmap may say the same much later.
    private void NoteAcknowledgment(Arrival arrival, uint sequence, bool prompt)
    {
        ulong number = _session.Space.Own(sequence);
        if (number == 0)
        {
            return;
        }

        _session.NoteFinAcknowledged(number);
        if (!_queue.Acknowledge(number, arrival.Now, out uint ordinal, out int rtt))
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

        if (arrival.WindowWasFull)
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

        _timerAt = _queue.Unacknowledged == 0 ? long.MaxValue : arrival.Now + _roundTrip.Timeout;
    }
}
