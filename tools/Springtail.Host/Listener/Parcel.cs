using System;
using Springtail.Packets;

namespace Springtail.Listening;

/// <summary>What a shard is given to do: a packet of one of its seats, or something else about it.</summary>
internal sealed class Parcel
{
    /// <summary>A new seat. The other kinds are those of a server's packets.</summary>
    public const int Welcome = -1;

    /// <summary>The seat may be let go.</summary>
    public const int Poke = -2;

    /// <summary>Another takes its place.</summary>
    public const int Displace = -3;

    /// <summary>All sessions close in order.</summary>
    public const int CloseAll = -4;

    /// <summary>All sessions come to a point where they can be kept.</summary>
    public const int PrepareAll = -5;

    /// <summary>The packet.</summary>
    public byte[] Bytes { get; private set; } = new byte[Packet.MaxSize + 1];

    public Endpoint From { get; } = new Endpoint();

    public Seat Seat { get; set; }

    public int Kind { get; set; }

    public int Size { get; set; }

    public int LocalPort { get; set; }

    /// <summary>Puts a packet in. The room for a large one is made when one comes.</summary>
    public void Put(byte[] packet, int size, Endpoint from)
    {
        if (Bytes.Length < size)
        {
            Bytes = new byte[Packet.LargestTaken + 1];
        }

        Array.Copy(packet, Bytes, size);
        From.CopyFrom(from);
    }
}
