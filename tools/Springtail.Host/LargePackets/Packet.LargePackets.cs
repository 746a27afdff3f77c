namespace Springtail.Packets;

// What a desktop knows of large packets (PROTOCOL.md 9.1).
internal static partial class Packet
{
    /// <summary>Fragments in one packet, at most: so many fit into an Ethernet frame of 9 000 bytes.</summary>
    public const int MostFragments = 7;

    /// <summary>A packet with so many whole fragments, in bytes.</summary>
    public const int LargeSize = Overhead + (MostFragments * MaxPayload);

    /// <summary>Largest packet in bytes that a desktop takes.</summary>
    public const int LargestTaken = LargeSize;
}

internal static partial class AckPayload
{
    /// <summary>u16: the largest packet that its sender takes, in bytes. Not where the confirmation stands.</summary>
    public const int LargestPacket = 10;
    public const int SizeWithLargest = 12;
}
