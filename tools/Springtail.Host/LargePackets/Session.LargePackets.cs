using Springtail.Delivery;
using Springtail.Packets;

namespace Springtail.Sessions;

internal sealed partial class Session
{
    /// <summary>Server: whether an ACK is the confirming one, or a copy of it.</summary>
    internal bool Confirms(Arrival ack) => IsConfirmation(ack);

    partial void TakeFragments(Arrival arrival)
    {
        if (!arrival.HasSeveral || arrival.Content == Inbox.Malformed)
        {
            return;
        }

        int at = 0;
        for (; arrival.Length - at > Packet.MaxPayload; at += Packet.MaxPayload)
        {
            Arrival part = arrival.PartAt(at);
            Delivery.Check(part);
            if (!Delivery.Receive(part))
            {
                // It contradicts one before it.
                Counters.Drop(DropCause.Malformed);
            }
            else if (part.Content == Inbox.TooLarge)
            {
                NeedClosing().Refuse(Delivery.Inbox.LastTooLarge);
            }
        }

        arrival.KeepFrom(at);
        Delivery.Check(arrival);
    }

    partial void ProbePathMtu(byte[] packet, ref int length, long now)
    {
        if (Delivery.BeginProbe(Space.LastNumber + 1, now))
        {
            int size = Packet.LargeSize - Packet.Overhead;
            System.Array.Clear(packet, Packet.HeaderSize + length, size - length);
            length = size;
        }
    }
}
