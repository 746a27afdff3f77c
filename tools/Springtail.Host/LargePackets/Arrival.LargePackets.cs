using System;
using Springtail.Packets;

namespace Springtail.Sessions;

internal sealed partial class Arrival
{
    private Arrival _part;

    /// <summary>The packet holds more than one fragment.</summary>
    public bool HasSeveral => Type == PacketType.Data && Length > Packet.MaxPayload;

    /// <summary>A packet with one of its fragments alone, which stands there in its payload. It is the same object each time.</summary>
    public Arrival PartAt(int at)
    {
        _part ??= new Arrival { Bytes = new byte[Packet.MaxSize] };
        int length = Math.Min(Packet.MaxPayload, Length - at);
        Array.Copy(Bytes, _part.Bytes, Packet.HeaderSize);
        Array.Copy(Bytes, Packet.HeaderSize + at, _part.Bytes, Packet.HeaderSize, length);
        _part.Size = Packet.Overhead + length;
        _part.Now = Now;
        return _part;
    }

    /// <summary>Of its payload, only what stands there is left.</summary>
    public void KeepFrom(int at)
    {
        Array.Copy(Bytes, Packet.HeaderSize + at, Bytes, Packet.HeaderSize, Length - at);
        Size -= at;
    }
}
