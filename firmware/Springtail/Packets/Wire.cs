using System;

namespace Springtail.Packets;

/// <summary>Unsigned big-endian integers in byte arrays (PROTOCOL.md 1).</summary>
internal static class Wire
{
    public static ushort ReadU16(byte[] buffer, int offset)
    {
        return (ushort)(((uint)buffer[offset] << 8) | buffer[offset + 1]);
    }

    public static uint ReadU32(byte[] buffer, int offset)
    {
        return ((uint)buffer[offset] << 24) | ((uint)buffer[offset + 1] << 16) | ((uint)buffer[offset + 2] << 8) | buffer[offset + 3];
    }

    public static ulong ReadU64(byte[] buffer, int offset)
    {
        return ((ulong)ReadU32(buffer, offset) << 32) | ReadU32(buffer, offset + 4);
    }

    public static void WriteU16(byte[] buffer, int offset, ushort value)
    {
        buffer[offset] = (byte)((uint)value >> 8);
        buffer[offset + 1] = (byte)value;
    }

    public static void WriteU32(byte[] buffer, int offset, uint value)
    {
        buffer[offset] = (byte)(value >> 24);
        buffer[offset + 1] = (byte)(value >> 16);
        buffer[offset + 2] = (byte)(value >> 8);
        buffer[offset + 3] = (byte)value;
    }

    public static void WriteU64(byte[] buffer, int offset, ulong value)
    {
        WriteU32(buffer, offset, (uint)(value >> 32));
        WriteU32(buffer, offset + 4, (uint)value);
    }

    /// <summary>A u64 of milliseconds; one that no clock can show (2^62 or more) is read as 2^62.</summary>
    public static long ReadMs(byte[] buffer, int offset)
    {
        ulong value = ReadU64(buffer, offset);
        return value >> 62 != 0 ? 1L << 62 : (long)value;
    }

    public static void WriteMs(byte[] buffer, int offset, long ms)
    {
        WriteU64(buffer, offset, (ulong)ms);
    }

    /// <summary>A copy of a part of what is no secret; a part of a secret is <c>Secret.Slice</c>'s.</summary>
    public static byte[] Slice(byte[] buffer, int offset, int count)
    {
        byte[] part = new byte[count];
        Array.Copy(buffer, offset, part, 0, count);
        return part;
    }

    /// <summary>The bytes of an ASCII text, without a terminator.</summary>
    public static byte[] Ascii(string text)
    {
        byte[] bytes = new byte[text.Length];
        for (int i = 0; i < bytes.Length; i++)
        {
            bytes[i] = (byte)text[i];
        }

        return bytes;
    }
}
