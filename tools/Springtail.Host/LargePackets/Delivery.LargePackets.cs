using System;
using Springtail.Delivery;
using Springtail.Packets;

namespace Springtail.Sessions;

// Several fragments in one packet, where path and peer take it (PROTOCOL.md 9.1).
internal sealed partial class Delivery
{
    // It is worth a probe when so many fragments wait.
    private const int WorthProbe = 2 * Packet.MostFragments;

    // Null before there was so much to send.
    private PathMtu _pathMtu;

    // Fragments in the packet that goes out now.
    private int _fragments = 1;

    // The peer has sent a large packet: it is told that they are taken.
    private bool _tellsLargest;

    // Set by NoteFragments; the next HEARTBEAT is a probe.
    private bool _probeDue;

    private bool SendsLarge => _pathMtu != null && _pathMtu.IsLarge;

    // Fragments in one packet, at most: two packets at least share the congestion window, so that they share an ACK.
    private int MostFragments => Math.Min(Packet.MostFragments, _congestion.Window / 2);

    /// <summary>True when the HEARTBEAT with this number is to be a probe. One that answers elsewhere is as small as what it answers.</summary>
    public bool BeginProbe(ulong number, long now)
    {
        bool begins = _probeDue && !_session.Path.AnswersElsewhere && MayProbe(now);
        _probeDue = false;
        if (begins)
        {
            _pathMtu.Probe(number, now, FirstTimeout);
        }

        return begins;
    }

    partial void CheckFragments(Arrival arrival)
    {
        if (!arrival.HasSeveral)
        {
            return;
        }

        // All or nothing: what is not taken comes again in any packet.
        int ahead = 0;
        bool isReliable = false;
        int content = Inbox.Stored;
        for (int at = 0; at < arrival.Length && content != Inbox.Malformed && content != Inbox.NoRoom; at += Packet.MaxPayload)
        {
            Arrival part = arrival.PartAt(at);
            Check(part);
            content = part.Content;
            bool reliable = DeliveryOf(part) == DataPayload.Reliable;
            if (content == Inbox.Stored && !(reliable && part.U32(DataPayload.MessageId) == _inbox.NextMessage))
            {
                ahead++;
                isReliable |= reliable;
            }
        }

        arrival.Content = content is Inbox.Malformed or Inbox.NoRoom ? content
            : isReliable && ahead > _inbox.RoomAhead ? Inbox.NoRoom : Inbox.Stored;
    }

    // A few fragments are not sent as soon as there is room for them where a packet could hold more of those that wait: what is under way makes more room.
    partial void AwaitRoom(int inFlight, ref bool may)
    {
        if (may && inFlight > 0 && SendsLarge && _queue.Waiting >= Packet.MostFragments)
        {
            may = _congestion.Window - inFlight >= MostFragments || _queue.IsRepeated(_queue.NextSlot());
        }
    }

    // The congestion window is in use, too, where what is left of it waits to hold a packet.
    partial void NoteHeldBack(ref bool isFull) => isFull |= SendsLarge && _queue.Waiting > 0 && _queue.Unacknowledged + Packet.MostFragments > _congestion.Window;

    partial void AddFragments(byte[] packet, int slot, ref int length)
    {
        _fragments = 1;
        if (!SendsLarge || _peerWindow == 0 || !_session.Path.Allows(Packet.LargeSize))
        {
            return;
        }

        int room = Math.Min(_congestion.Window, _peerWindow) - _queue.Unacknowledged;
        _fragments = _queue.Several(slot, Math.Min(room, MostFragments));
        for (int i = 1; i < _fragments; i++)
        {
            slot = _queue.After(slot);
            length += _queue.WritePayload(slot, packet, Packet.HeaderSize + length, _toldDone);
        }
    }

    partial void NoteFragments(int slot, long now)
    {
        for (int i = 1; i < _fragments; i++)
        {
            slot = _queue.After(slot);
            _queue.Sent(slot, _session.Space.LastNumber, _asked, now);
        }

        if (!_probeDue && MayProbe(now))
        {
            _probeDue = true;
            _session.HeartbeatSoon();
        }
    }

    private bool MayProbe(long now)
    {
        return _queue.Waiting >= WorthProbe && _session.State == SessionState.Established && _session.Options.SendsLargePackets && _session.Options.Padding == 0
            && _session.Path.Allows(Packet.LargeSize) && (_pathMtu ??= new PathMtu()).MayProbe(now);
    }

    partial void NoteOthers(bool isFull)
    {
        if (_queue.OthersAcknowledged > 0)
        {
            _pathMtu?.Pass();
        }

        for (int i = 0; isFull && i < _queue.OthersAcknowledged; i++)
        {
            _congestion.Acknowledged();
        }
    }

    partial void NoteReduction(bool timedOut) => _pathMtu?.Lose(timedOut);

    partial void NoteProbeAcknowledged(ulong number) => _pathMtu?.Acknowledge(number);

    partial void NoteSize(Arrival arrival)
    {
        _tellsLargest |= arrival.Size > Packet.MaxSize;
        if (_pathMtu != null && arrival.Type == PacketType.Ack && arrival.Length >= AckPayload.SizeWithLargest && !_session.Confirms(arrival)
            && arrival.U16(AckPayload.LargestPacket) >= Packet.LargeSize)
        {
            _pathMtu.NotePeer();
        }
    }

    partial void TellLargest(byte[] packet, ref int length)
    {
        if (_tellsLargest)
        {
            Wire.WriteU16(packet, Packet.HeaderSize + AckPayload.LargestPacket, Packet.LargestTaken);
            length = AckPayload.SizeWithLargest;
        }
    }

    partial void ForgetPathMtu()
    {
        _pathMtu = null;
        _probeDue = false;
    }
}
