using Springtail.Crypto;
using Springtail.Packets;

namespace Springtail.Keys;

/// <summary>Which port a side has in a hop window (PROTOCOL.md 8).</summary>
internal static class HopPorts
{
    /// <summary>The side of the client and of the server in the formula.</summary>
    public const int ClientSide = 0;
    public const int ServerSide = 1;

    /// <summary>ms that a window lasts, without the variance of DIVERSIFIED.</summary>
    public const int BaseInterval = 500;

    /// <summary>Bytes of scratch that <see cref="Port"/> works in.</summary>
    public const int ScratchSize = MessageSize + 32;

    // "port_v1" in ASCII, with room for the side.
    private const ulong Label = 0x706F72745F763100;
    private const int MessageSize = 16;

    /// <summary>w, the number of the window that a session clock's time (ms) lies in.</summary>
    public static ulong Window(ulong utcMs, ushort timeSyncOffset, int interval)
    {
        return (utcMs + timeSyncOffset) / (uint)interval;
    }

    /// <summary>port(side, w), from <paramref name="portMin"/> to portMin + portCount - 1. Allocates nothing.</summary>
    /// <param name="core">The primitives.</param>
    /// <param name="hopKey">32 bytes.</param>
    /// <param name="side">0 for the client, 1 for the server.</param>
    /// <param name="window">w.</param>
    /// <param name="offset">The side's port offset, 0 to 65 535.</param>
    /// <param name="portMin">First port of the range.</param>
    /// <param name="portCount">Size of the range, 1 to 65 536.</param>
    /// <param name="scratch">At least <see cref="ScratchSize"/> bytes to work in.</param>
    public static int Port(ICryptoCore core, byte[] hopKey, int side, ulong window, int offset, int portMin, int portCount, byte[] scratch)
    {
        Wire.WriteU64(scratch, 0, Label | (uint)side);
        Wire.WriteU64(scratch, 8, window);
        core.HmacSha256(scratch, MessageSize, hopKey, 0, hopKey.Length, scratch, 0, MessageSize);
        ulong place = ((ulong)Wire.ReadU32(scratch, MessageSize) + (uint)offset) % (uint)portCount;
        return portMin + (int)place;
    }
}
