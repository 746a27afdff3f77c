namespace Springtail.Packets;

internal static partial class Packet
{
    /// <summary>Largest packet in bytes that a device takes.</summary>
    public const int LargestTaken = MaxSize;
}
