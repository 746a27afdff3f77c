namespace Springtail.Crypto;

/// <summary>The packet (PROTOCOL.md 3), of which a core knows no more than what it masks and tags.</summary>
internal static class PacketFrame
{
    public const int HeaderSize = 26;
    public const int TagSize = 16;
    public const int MinSize = HeaderSize + TagSize;

    /// <summary>The largest packet that any peer takes (PROTOCOL.md 9.1), in bytes.</summary>
    public const int MaxSize = 8148;

    private const int VersionAt = 0;
    private const int TypeAt = 1;
    private const int SubtypeAt = 2;
    private const int SessionIdAt = 4;
    private const int PayloadLengthAt = 24;
    private const int Version = 2;

    /// <summary>How many bytes from the start of a packet with this header are masked (PROTOCOL.md 3.2): in a clear packet all before the tag.</summary>
    public static int MaskedSize(byte[] header, int offset, int size)
    {
        return IsClear(header[offset + TypeAt], header[offset + SubtypeAt]) ? size - TagSize : HeaderSize;
    }

    /// <summary>True when the 26 bytes at the start can be the header of a packet of that size.</summary>
    public static bool Fits(byte[] header, int size)
    {
        uint sessionId = 0;
        for (int i = 0; i < 8; i++)
        {
            sessionId |= header[SessionIdAt + i];
        }

        return header[VersionAt] >> 4 == Version && sessionId != 0
            && (header[PayloadLengthAt] << 8 | header[PayloadLengthAt + 1]) == size - MinSize;
    }

    // SYN, SYN_ACK, EMERGENCY_*, RESUME, DISCOVERY (PROTOCOL.md 3.1).
    private static bool IsClear(int type, int subtype)
    {
        return type == 0x01 || type == 0x02 || type == 0x0E || (type == 0x0C && (subtype == 3 || subtype == 4)) || (type == 0x0D && subtype == 8);
    }
}
