using Springtail.Delivery;
using Springtail.Packets;

namespace Springtail.Sessions;

/// <summary>Messages, acknowledgments and losses of one session (PROTOCOL.md 9).</summary>
internal sealed partial class Delivery
{
    private const long AckDelay = 25;
    private const int AckEvery = 2;

    // As long as more comes at once, so that an ACK still names all in its bitmap.
    private const int MostUnacknowledged = 16;
    private const int TimeoutsBeforeRecovery = 8;
    private const long ExpiryInterval = 500;

    // How long a peer that has acknowledged everything is waited for until it is asked once more what it has received, in ms.
    private const long LongestAsk = 10000;
    private const int MostDoublings = 6;

    // The session whose messages these are: this one, or for a moment still the one that it continues.
    private Session _session;
    private SendQueue _queue;
    private Inbox _inbox;
    private RoundTrip _roundTrip = new RoundTrip();
    private Congestion _congestion = new Congestion();

    // What the peer can hold, from its ACK with the highest number.
    private int _peerWindow;

    // What this side last told the peer that it can hold.
    private int _advertisedWindow;

    // What it last said of messages received, and how often it was asked for what the peer has since that grew.
    private uint _toldDone;
    private int _doneAsked;

    // Packets that ask for an acknowledgment, counted from 1.
    private uint _asked;

    // Losses of packets up to this one belong to a reduction of the window that was already made.
    private uint _lossesUntil;
    private int _timeouts;

    // When the last packet of any type went out.
    private long _sentAt;

    // Packets may have gone to windows in which they do not arrive: every other time they go to the present one.
    private bool _doubted;
    private long _unansweredSince = long.MaxValue;
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
        _inbox = new Inbox(options.MaxFragments, options.ReceiveAhead);
        _peerWindow = peerWindow;
        _advertisedWindow = _inbox.Window;
    }

    /// <summary>What the application has not taken yet.</summary>
    public Inbox Inbox => _inbox;

    public int RoundTripTime => _roundTrip.Smoothed;

    /// <summary>How long a packet is on its way at the least, in ms; 0 as well where that may be less by now than it was: see <see cref="Doubt"/>.</summary>
    public int OneWay => _doubted ? 0 : _roundTrip.Least / 2;

    /// <summary>Four times the smoothed variation of the round trip, in ms.</summary>
    public int Variation => _roundTrip.Variation;

    /// <summary>The length of a retransmission timer in ms.</summary>
    public int Timeout => _roundTrip.Timeout;

    /// <summary>The same before it has doubled.</summary>
    public int FirstTimeout => _roundTrip.FirstTimeout;

    /// <summary>How many fragments can be added now.</summary>
    public int SendRoom => _queue.Room;

    /// <summary>True while the message begun is only partly added.</summary>
    public bool InMessage => _queue.InMessage;

    /// <summary>True when nothing waits to be sent or acknowledged.</summary>
    public bool AllAcknowledged => _queue.IsEmpty;

    /// <summary>Reliable messages begun so far.</summary>
    public uint ReliableMessages => _queue.ReliableMessages;

    /// <summary>Reliable messages that the peer may not have.</summary>
    public int UnreceivedMessages => _queue.UnreceivedMessages;

    /// <summary>What the peer can hold.</summary>
    public int PeerWindow => _peerWindow;

    /// <summary>When the oldest unacknowledged packet was sent; long.MaxValue when there is none.</summary>
    public long UnansweredSince => _queue.Unacknowledged == 0 && _timeouts == 0 ? long.MaxValue : _unansweredSince;

    /// <summary>Retransmission timers that ended in a row without an acknowledgment.</summary>
    public int Timeouts => _timeouts;

    /// <summary>Nothing is under way that a snapshot could not hold.</summary>
    public bool IsQuiet => _queue.IsEmpty && _inbox.IsEmpty && _ackAt == long.MaxValue;

    /// <summary>When an ACK is to go out.</summary>
    public long AckAt => _ackAt;

    /// <summary>When what is unacknowledged counts as lost.</summary>
    public long TimerAt => _timerAt;

    /// <summary>When incomplete fire-and-forget messages are looked through.</summary>
    public long ExpireAt => _expireAt;

    /// <summary>Whether it is this session's: one that continues another has it from the moment on when the peer has answered.</summary>
    public bool IsOf(Session session) => _session == session;

    /// <summary>Goes on in another session, with what is under way.</summary>
    /// <param name="session">The session.</param>
    /// <param name="peerWindow">What its peer can hold.</param>
    /// <param name="roundTrip">What its handshake took, in ms; 0 when that is not known.</param>
    /// <param name="now">Monotonic time in ms.</param>
    public void MoveTo(Session session, int peerWindow, int roundTrip, long now)
    {
        Restart(session, peerWindow, roundTrip);
        _queue.Restart(false);
        SetTimer(now);
    }

    /// <summary>The same in a session whose peer knows nothing of the one before: message_ids begin at 0.</summary>
    /// <param name="session">The session.</param>
    /// <param name="peerWindow">What its peer can hold.</param>
    /// <param name="roundTrip">What its handshake took, in ms; 0 when that is not known.</param>
    /// <param name="earlier">What the application has not taken of the peer's messages; null for nothing.</param>
    /// <returns>How many of this side's messages are lost.</returns>
    public int BeginAnew(Session session, int peerWindow, int roundTrip, out Inbox earlier)
    {
        Restart(session, peerWindow, roundTrip);
        earlier = null;
        if (_inbox.NextSize < 0)
        {
            _inbox.BeginAnew();
        }
        else
        {
            earlier = _inbox;
            earlier.Finish();
            _inbox = new Inbox(session.Options.MaxFragments, session.Options.ReceiveAhead) { ByHand = earlier.ByHand };
        }

        _advertisedWindow = _inbox.Window;
        _toldDone = 0;
        return _queue.Restart(true);
    }

    /// <summary>The same where this session has been answered already, so that what it has received and measured is its own: only what is to be sent is taken over.</summary>
    /// <param name="previous">The session's before.</param>
    /// <param name="earlier">What the application has not taken of the peer's messages.</param>
    /// <returns>How many of this side's messages are lost.</returns>
    public int TakeOver(Delivery previous, out Inbox earlier)
    {
        earlier = previous._inbox;
        earlier.Finish();
        _inbox.ByHand = earlier.ByHand;
        _queue = previous._queue;
        return _queue.Restart(true);
    }

    /// <summary>The peer has received all reliable messages below this one.</summary>
    public void NoteReceived(uint done, long now)
    {
        if (_queue.NoteReceived(done))
        {
            _doneAsked = 0;
            SetTimer(now);
        }
    }

    /// <summary>The application has received this message, which it acknowledges by hand, and those before it.</summary>
    public void Confirm(uint messageId, long now)
    {
        if (_inbox.Confirm(messageId) && _ackAt > now + AckDelay)
        {
            _onlyHighestDue = false;
            _ackAt = now + _session.Shape.Shorten(AckDelay);
        }
    }

    public void Begin(int size, bool reliable) => _queue.Begin(size, reliable);

    public int Append(byte[] message, int offset) => _queue.Append(message, offset);

    /// <summary>Copies the next complete message and forgets it; returns its size, or -1 when there is none.</summary>
    public int Take(byte[] buffer, int offset, long now)
    {
        int size = _inbox.Take(buffer, offset);

        // A peer that was told of a closed or nearly closed window waits for this.
        if (size >= 0 && _advertisedWindow <= _inbox.Window / 2)
        {
            AcknowledgeNow(now);
        }

        return size;
    }

    /// <summary>What the inbox would do with a DATA packet, before its number is noted: sets <see cref="Arrival.Content"/>.</summary>
    public void Check(Arrival arrival)
    {
        int length = FragmentLength(arrival);
        arrival.Content = length < 0
            ? Inbox.Malformed
            : _inbox.Check(
                DeliveryOf(arrival),
                arrival.U32(DataPayload.MessageId),
                arrival.U16(DataPayload.FragmentIndex),
                arrival.U16(DataPayload.FragmentCount),
                length);
        CheckFragments(arrival);
    }

    /// <summary>A fragment came in, for which there is room; false when it is malformed.</summary>
    public bool Receive(Arrival arrival)
    {
        if (arrival.Content == Inbox.Malformed)
        {
            return false;
        }

        if (arrival.Content == Inbox.Duplicate)
        {
            Doubt(arrival.Now);
        }

        _inbox.Accept(
            arrival.Content,
            DeliveryOf(arrival),
            arrival.U32(DataPayload.MessageId),
            arrival.U16(DataPayload.FragmentIndex),
            arrival.U16(DataPayload.FragmentCount),
            arrival.Bytes,
            Packet.HeaderSize + DataPayload.HeaderSize,
            FragmentLength(arrival),
            arrival.Now);
        if (DeliveryOf(arrival) == DataPayload.FireAndForget && _expireAt == long.MaxValue && _inbox.HoldsFireAndForget)
        {
            _expireAt = arrival.Now + ExpiryInterval;
        }

        return true;
    }

    /// <summary>An ACK came in.</summary>
    public void ReceiveAck(Arrival arrival)
    {
        _timeouts = 0;
        if (arrival.IsHighest)
        {
            int window = arrival.U16(AckPayload.ReceiveWindow);
            if (window == 0)
            {
                // An ACK without room answers what is under way: nothing more is expected before the next probe.
                _unansweredSince = long.MaxValue;
                _probeAt = _peerWindow != 0 ? arrival.Now + TimerTime() : _probeAt;
            }

            _peerWindow = window;
        }
    }

    /// <summary>A verified packet came in: takes all that it acknowledges, and then looks for what is lost.</summary>
    public void Hear(Arrival arrival)
    {
        long now = arrival.Now;
        int type = arrival.Type;
        int inFlight = _queue.Unacknowledged;
        bool isAck = type == PacketType.Ack && arrival.Length >= AckPayload.Size;
        NoteSize(arrival);
        ulong highest = _session.Space.Own(arrival.Acknowledgment);
        arrival.RoundTrip = arrival.IsHighest && highest == _session.Space.LastNumber ? (int)(now - _sentAt) : int.MaxValue;
        uint ordinal = TakeAcknowledgments(arrival, isAck ? arrival.U32(AckPayload.SackBitmap) : 0, ref highest);
        if (arrival.RoundTrip < _roundTrip.Least)
        {
            Measure(arrival.RoundTrip, now);
        }

        if (isAck && _session.IsDoneOfThis(arrival))
        {
            NoteReceived(arrival.U32(AckPayload.Done), now);
        }
        else if (type == PacketType.Data && arrival.Length >= DataPayload.HeaderSize)
        {
            NoteReceived(arrival.U32(DataPayload.Done), now);
        }

        if (ordinal != 0)
        {
            NoteLosses(_queue.DetectLosses(highest, ordinal, now - _roundTrip.ReorderingTime), inFlight);
            SetTimer(now);
        }

        if (arrival.IsHighest && (isAck || ordinal == 0))
        {
            DetectOverdue(arrival);
        }
    }

    /// <summary>The packet is to be acknowledged with the next one that asks, or after 25 ms.</summary>
    public void AskForAck(Arrival arrival)
    {
        _onlyHighestDue = _acksDue == 0;
        _lastAsking = arrival.Number;
        _acksDue++;
        if (_acksDue == 1)
        {
            _ackAt = Session.Earlier(_ackAt, arrival.Now + _session.Shape.Shorten(AckDelay));
        }
    }

    /// <summary>A packet is dealt with: what came with it is acknowledged unless more comes at once.</summary>
    public void AcknowledgeBatch(Arrival arrival)
    {
        if (_acksDue >= (arrival.MoreComes ? MostUnacknowledged : AckEvery))
        {
            _ackAt = Session.Earlier(_ackAt, arrival.Now);
        }
    }

    public void AcknowledgeNow(long now)
    {
        _onlyHighestDue = false;
        _ackAt = now;
    }

    /// <summary>A packet went out. Its header acknowledges the highest number: that may be all that an ACK would say.</summary>
    public void NoteSent(long now)
    {
        _sentAt = now;
        if (_onlyHighestDue && _lastAsking == _session.Space.Highest && _inbox.Window >= _advertisedWindow && _inbox.Done == _toldDone)
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

    /// <summary>The handshake took that long, in ms.</summary>
    public void BeginRoundTrip(int rtt) => _roundTrip.Begin(rtt, !_session.IsServer);

    /// <summary>
    /// A round trip was measured, in ms. A timer that was set for a longer one waits no longer than one that is set now; where it was longer by intervals, what is
    /// under way came before its windows.
    /// </summary>
    public void Measure(int rtt, long now)
    {
        int aimed = OneWay;
        _roundTrip.Sample(rtt);
        _doubted = false;
        if (aimed - OneWay > _session.Path.Interval)
        {
            LoseAll();
            _session.UpdatePath(now);
        }
        else if (_timerAt != long.MaxValue)
        {
            _timerAt = Session.Earlier(_timerAt, now + TimerTime());
        }
    }

    /// <summary>The peer sends again what this side has acknowledged: its packets may not have arrived where they went.</summary>
    public void Doubt(long now) => SetDoubt(!_doubted, now);

    /// <summary>The path is another one: what is under way on the old one counts as lost, and what was measured there says nothing (RFC 9000 9.4).</summary>
    public void BeginPath(long now)
    {
        LoseAll();
        _queue.ForgetTimes();
        _congestion = new Congestion();
        _roundTrip = new RoundTrip();
        _lossesUntil = _asked;
        _probeAt = now;
    }

    /// <summary>The peer is heard again after silence: timers have their undoubled length.</summary>
    public void Restart(long now)
    {
        _timeouts = 0;
        _roundTrip.Reset();
        if (_timerAt != long.MaxValue)
        {
            _timerAt = now + TimerTime();
        }
    }

    /// <summary>The peer has slept, or the clock was wrong: what was on its way to it counts as lost.</summary>
    public void LoseAll()
    {
        _queue.LoseAll();
        ForgetPathMtu();
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
        int length = AckPayload.Size;
        TellLargest(datagram.Buffer, ref length);
        _session.Send(datagram, PacketType.Ack, 0, bitmap != 0 ? PacketFlags.Sack : 0, length, now);
    }

    /// <summary>Writes what an ACK says: how much this side can hold, and which packets below the highest it has.</summary>
    public void WriteAck(byte[] buffer, uint bitmap)
    {
        _advertisedWindow = _inbox.Window;
        Wire.WriteU16(buffer, Packet.HeaderSize + AckPayload.ReceiveWindow, (ushort)_advertisedWindow);
        Wire.WriteU32(buffer, Packet.HeaderSize + AckPayload.SackBitmap, bitmap);
        _toldDone = _inbox.Done;
        Wire.WriteU32(buffer, Packet.HeaderSize + AckPayload.Done, _toldDone);
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
        AwaitRoom(inFlight, ref may);
        if (!may || !_session.Path.Allows(_session.Options.Padding == 0 ? _queue.NextPayloadLength + Packet.Overhead : Packet.MaxSize))
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
        _toldDone = _inbox.Done;
        int length = _queue.WritePayload(slot, datagram.Buffer, Packet.HeaderSize, _toldDone);
        length = _session.Shape.PadData(datagram.Buffer, length, _session.Options.Padding);
        if (_queue.IsRepeated(slot))
        {
            _session.Counters.Retransmissions++;
        }

        AddFragments(datagram.Buffer, slot, ref length);

        _session.Send(datagram, PacketType.Data, 0, _queue.PacketFlagsOf(slot), length, now);
        _asked++;
        _queue.Sent(slot, _session.Space.LastNumber, _asked, now);
        NoteFragments(slot, now);
        if (_timerAt == long.MaxValue)
        {
            _timerAt = now + TimerTime();
            _unansweredSince = _timeouts == 0 || _unansweredSince == long.MaxValue ? now : _unansweredSince;
        }

        if (_peerWindow == 0)
        {
            _probeAt = now + TimerTime();
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
            NoteReduction(true);
            _lossesUntil = _asked;
            _roundTrip.BackOff();
            _timeouts++;

            // In turns from timer to timer, whatever came in between, so that retransmissions go both ways.
            SetDoubt(_timeouts % 2 != 0, now);
            if (_timeouts >= TimeoutsBeforeRecovery)
            {
                _session.Recovery.Begin(_session.Space.LastNumber, now);
            }
        }
        else if (_queue.AwaitsDone)
        {
            _queue.RepeatLast();
            _doneAsked++;
        }
    }

    /// <summary>Drops fire-and-forget messages that stayed incomplete.</summary>
    public void Expire(long now)
    {
        _inbox.Expire(now);
        _expireAt = _inbox.HoldsFireAndForget ? now + ExpiryInterval : long.MaxValue;
    }

    /// <summary>The session has ended: lets go of all but what the application can still take.</summary>
    public void Finish()
    {
        _queue.Wipe();
        _inbox.Finish();
    }

    /// <summary>Writes what goes on after a sleep into a snapshot.</summary>
    public void Save(byte[] snapshot)
    {
        Wire.WriteU32(snapshot, Snapshot.NextReliable, _queue.ReliableMessages);
        Wire.WriteU32(snapshot, Snapshot.NextFireAndForget, _queue.FireAndForgetMessages);
        Wire.WriteU32(snapshot, Snapshot.NextToDeliver, _inbox.NextMessage);
        Wire.WriteU16(snapshot, Snapshot.PeerWindow, (ushort)_peerWindow);
        Wire.WriteU16(snapshot, Snapshot.RoundTrip, (ushort)(RoundTripTime < ushort.MaxValue ? RoundTripTime : ushort.MaxValue));
    }

    /// <summary>Goes on with the message_ids of a snapshot.</summary>
    public void Continue(byte[] snapshot)
    {
        _queue.Continue(Wire.ReadU32(snapshot, Snapshot.NextReliable), Wire.ReadU32(snapshot, Snapshot.NextFireAndForget));
        _inbox.Continue(Wire.ReadU32(snapshot, Snapshot.NextToDeliver));
    }

    private static int DeliveryOf(Arrival arrival) => arrival.U8(DataPayload.Delivery) & ~DataPayload.Padded;

    // Of a DATA packet's fragment, without padding; negative when the packet is too short for it.
    private static int FragmentLength(Arrival arrival)
    {
        int length = arrival.Length - DataPayload.HeaderSize;
        if (length < 0 || (arrival.U8(DataPayload.Delivery) & DataPayload.Padded) == 0)
        {
            return length;
        }

        int padding = length < DataPayload.LeastPadding ? 0 : arrival.U16(arrival.Length - DataPayload.LeastPadding);
        return padding < DataPayload.LeastPadding ? -1 : length - padding;
    }

    // Takes the number that the header acknowledges, and those below it of the bitmap. Sets the highest that is news of what the queue sent, and returns its place
    // among the packets that ask; 0 when none is.
    private uint TakeAcknowledgments(Arrival arrival, uint bitmap, ref ulong highest)
    {
        bool isFull = _queue.Unacknowledged >= _congestion.Window;
        NoteHeldBack(ref isFull);
        bool prompt = arrival.Type == PacketType.Ack || (arrival.Type == PacketType.Data && arrival.Ahead == 1);
        uint ordinal = NoteAcknowledgment(arrival, highest, prompt, isFull);
        for (uint number = arrival.Acknowledgment - 1u; bitmap != 0 && (_queue.AwaitsAcknowledgment || _session.IsClosing); number--, bitmap >>= 1)
        {
            if ((bitmap & 1u) != 0)
            {
                ulong own = _session.Space.Own(number);
                uint place = NoteAcknowledgment(arrival, own, false, isFull);
                if (ordinal == 0)
                {
                    ordinal = place;
                    highest = own;
                }
            }
        }

        return ordinal;
    }

    // One of this side's packets was acknowledged, or 0 for none: returns its place among those that ask where that is news of what the queue sent, otherwise 0. Only a
    // prompt acknowledgment is a measure of the round trip: when an ACK is lost, a heartbeat or the bitmap may say the same much later, and so may DATA, where a packet
    // is missing before it or of what counts as lost by then. A packet that others have overtaken measures how late it is.
    private uint NoteAcknowledgment(Arrival arrival, ulong number, bool prompt, bool isFull)
    {
        if (number == 0)
        {
            return 0;
        }

        _session.NoteFinAcknowledged(number);
        NoteProbeAcknowledged(number);
        if (!_queue.Acknowledge(number, arrival.Now, out uint ordinal, out int rtt, out bool wasLost))
        {
            return 0;
        }

        _timeouts = 0;

        // There was room for it, and the ACK that said so may be lost: two packets are answered by one that says how much there is.
        _peerWindow = _peerWindow == 0 ? AckEvery : _peerWindow;
        if (prompt && arrival.IsHighest && rtt >= 0 && (!wasLost || arrival.Type == PacketType.Ack))
        {
            Measure(rtt, arrival.Now);
        }
        else
        {
            _roundTrip.Reset();
        }

        if (isFull)
        {
            _congestion.Acknowledged();
        }

        NoteOthers(isFull);

        return ordinal;
    }

    // The peer has a packet of any type, and has said by now which others: what was sent before it and long ago is lost, although its timer, which may be that of a
    // slower path, still runs. That is no answer, so each such loss in a row takes twice as long as the one before.
    private void DetectOverdue(Arrival arrival)
    {
        int inFlight = _queue.Unacknowledged;
        uint lost = _queue.DetectLosses(_session.Space.Own(arrival.Acknowledgment), 0, arrival.Now - _roundTrip.OverdueTime(arrival.RoundTrip));
        if (lost != 0)
        {
            NoteLosses(lost, inFlight);
            Doubt(arrival.Now);
            _roundTrip.BackOff();
            _timerAt = _queue.IsEmpty ? long.MaxValue : arrival.Now + TimerTime();
        }
    }

    // What follows is the desktop's, which sends several fragments in one packet where the path takes it (PROTOCOL.md 9.1).
    partial void CheckFragments(Arrival arrival);

    partial void AwaitRoom(int inFlight, ref bool may);

    partial void NoteHeldBack(ref bool isFull);

    partial void AddFragments(byte[] packet, int slot, ref int length);

    partial void NoteFragments(int slot, long now);

    partial void NoteOthers(bool isFull);

    partial void NoteReduction(bool timedOut);

    partial void NoteProbeAcknowledged(ulong number);

    partial void NoteSize(Arrival arrival);

    partial void TellLargest(byte[] packet, ref int length);

    partial void ForgetPathMtu();

    // Packets up to that one are lost, of so many under way: the window is reduced once for those of a round trip.
    private void NoteLosses(uint newest, int inFlight)
    {
        if (newest > _lossesUntil)
        {
            _congestion.Lost(inFlight);
            NoteReduction(false);
            _lossesUntil = _asked;
        }
    }

    private void SetDoubt(bool doubted, long now)
    {
        _doubted = doubted;
        _session.UpdatePath(now);
        _session.Time.Doubt(now);
    }

    private long TimerTime() => _session.Shape.Lengthen(_roundTrip.Timeout);

    // Something was acknowledged or received. Where that is all, but the peer has not said that it has the messages, it is asked again, the less
    // often the longer it takes.
    private void SetTimer(long now)
    {
        _unansweredSince = now;
        if (_queue.Unacknowledged != 0)
        {
            _timerAt = now + TimerTime();
        }
        else if (_queue.AwaitsDone)
        {
            long ask = (long)_roundTrip.Timeout << (_doneAsked < MostDoublings ? _doneAsked : MostDoublings);
            _timerAt = now + _session.Shape.Lengthen(ask < LongestAsk ? ask : LongestAsk);
        }
        else
        {
            _timerAt = long.MaxValue;
        }
    }

    // Everything but the messages begins as in a new session.
    private void Restart(Session session, int peerWindow, int roundTrip)
    {
        _session = session;
        _peerWindow = peerWindow;
        ForgetPathMtu();
        _congestion = new Congestion();
        _roundTrip = new RoundTrip();
        _roundTrip.Begin(roundTrip, !session.IsServer);
        _doubted = false;
        _asked = 0;
        _lossesUntil = 0;
        _timeouts = 0;
        _doneAsked = 0;
        _unansweredSince = long.MaxValue;
        _timerAt = long.MaxValue;
        _probeAt = 0;
        _acksDue = 0;
        _onlyHighestDue = false;
        _ackAt = long.MaxValue;
        _advertisedWindow = _inbox.Window;
    }
}
