using System;
using System.Collections.Generic;
using System.Linq;
using Springtail.Packets;

namespace Springtail.Peer.Explain;

/// <summary>
/// What one side of a session sent: its packets, what of them was acknowledged, and what was sent again. A capture is made at one place: a number that is not in
/// it was lost before that place, a packet that is in it and was sent again was lost after it, or its acknowledgment was.
/// </summary>
internal sealed class Direction
{
    // Above this single numbers are not counted: a repair or a resume has skipped them.
    private const ulong LargestGap = 4096;

    private readonly HashSet<ulong> _seen = [];
    private readonly Dictionary<ulong, Content> _outstanding = [];
    private readonly HashSet<Content> _fragments = [];
    private ulong _highest;
    private DateTime _progress;
    private int _framesAtProgress;
    private int _heardAtProgress;

    /// <summary>Packets, those seen twice counted once.</summary>
    public int Packets { get; private set; }

    /// <summary>Bytes of UDP.</summary>
    public long Bytes { get; private set; }

    /// <summary>Packets of which the capture has a further copy.</summary>
    public int Copies { get; private set; }

    /// <summary>Numbers between others that are not in the capture.</summary>
    public int Missing { get; private set; }

    /// <summary>Fragments of messages that were sent once more.</summary>
    public int SentAgain { get; private set; }

    /// <summary>Reliable messages of which all fragments are in the capture.</summary>
    public int Messages { get; set; }

    /// <summary>Packets with a wrong tag.</summary>
    public int Damaged { get; set; }

    /// <summary>When the first packet came that waits for an acknowledgment; null while none waits.</summary>
    public DateTime? WaitsSince => _outstanding.Count == 0 ? null : _progress;

    /// <summary>Packets that it sent, and packets that came from the other side, since something was acknowledged last.</summary>
    public (int Sent, int Heard) SinceProgress(int heard) => (Packets - _framesAtProgress, heard - _heardAtProgress);

    /// <summary>Takes a packet; false for a copy of one that was seen.</summary>
    public bool Send(OpenedPacket packet, int heard)
    {
        if (!_seen.Add(packet.Number))
        {
            Copies++;
            return false;
        }

        if (_highest != 0 && packet.Number > _highest + 1 && packet.Number - _highest <= LargestGap)
        {
            Missing += (int)(packet.Number - _highest - 1);
        }
        else if (packet.Number < _highest && _highest - packet.Number <= LargestGap && Missing > 0)
        {
            Missing--;
        }

        _highest = Math.Max(_highest, packet.Number);
        Packets++;
        Bytes += packet.Bytes.Length;
        if (packet.Type is PacketType.Data or PacketType.Fin or PacketType.Error)
        {
            if (_outstanding.Count == 0)
            {
                Progress(packet.Datagram.Time, heard);
            }

            Content content = ContentOf(packet);
            _outstanding[packet.Number] = content;
            SentAgain += content.IsData && !_fragments.Add(content) ? 1 : 0;
        }

        return true;
    }

    /// <summary>Whether a packet of the other side says that it has something that waits for an acknowledgment.</summary>
    public bool Acknowledges(OpenedPacket packet) => Received(packet).Length > 0;

    /// <summary>Takes what it acknowledges as received, under whatever number it was sent.</summary>
    public void Acknowledge(OpenedPacket packet, int heard)
    {
        HashSet<Content> received = [.. Received(packet).Select(n => _outstanding[n])];
        foreach (ulong number in _outstanding.Where(o => received.Contains(o.Value)).Select(o => o.Key).ToArray())
        {
            _outstanding.Remove(number);
        }

        Progress(packet.Datagram.Time, heard);
    }

    /// <summary>Its numbers begin anew, or nothing of what is under way is waited for any more.</summary>
    public void Restart()
    {
        _outstanding.Clear();
        _seen.Clear();
        _highest = 0;
    }

    private ulong[] Received(OpenedPacket packet)
    {
        if (_outstanding.Count == 0)
        {
            return [];
        }

        // Reliable messages below done are received, whatever was said of their packets.
        int at = packet.Is(PacketType.Ack) && packet.Length >= AckPayload.Size ? AckPayload.Done
            : packet.Is(PacketType.Data) && packet.Length >= DataPayload.HeaderSize ? DataPayload.Done
            : -1;
        uint done = at < 0 ? 0 : packet.U32(at);
        HashSet<ulong> named = [.. Acknowledged(packet)];
        return [.. _outstanding.Where(o => named.Contains(o.Key) || (o.Value.IsReliable && o.Value.Message < done)).Select(o => o.Key)];
    }

    private static Content ContentOf(OpenedPacket packet)
    {
        return packet.Is(PacketType.Data) && packet.Tag == TagState.Good && packet.Length >= DataPayload.HeaderSize
            ? new Content(packet.Type, packet.U32(DataPayload.MessageId), packet.U16(DataPayload.FragmentIndex), (packet.U8(DataPayload.Delivery) & DataPayload.Reliable) != 0)
            : new Content(packet.Type, 0, 0, false);
    }

    // By header and, in an ACK, by bitmap.
    private IEnumerable<ulong> Acknowledged(OpenedPacket packet)
    {
        ulong number = (_highest & ~0xFFFFFFFFul) | packet.Acknowledgment;
        number -= number > _highest && number >> 32 != 0 ? 1ul << 32 : 0;
        yield return number;
        if (packet.Is(PacketType.Ack) && packet.Length >= AckPayload.Size)
        {
            uint bitmap = packet.U32(AckPayload.SackBitmap);
            for (int i = 0; i < AckPayload.SackBits; i++)
            {
                if (((bitmap >> i) & 1) != 0)
                {
                    yield return number - 1 - (ulong)i;
                }
            }
        }
    }

    private void Progress(DateTime time, int heard)
    {
        _progress = time;
        _framesAtProgress = Packets;
        _heardAtProgress = heard;
    }

    /// <summary>What a packet brings, whatever its number.</summary>
    private readonly record struct Content(int Type, uint Message, int Fragment, bool IsReliable)
    {
        public bool IsData => Type == PacketType.Data;
    }
}
