using System;
using System.Buffers.Binary;
using System.IO;
using Springtail.Packets;

namespace Springtail.Tests.Sight;

/// <summary>How a capture is written.</summary>
/// <param name="Link">The link layer: 1 Ethernet, 113 and 276 Linux cooked, 0 and 108 loopback, 101 raw IP.</param>
/// <param name="Pcapng">pcapng, otherwise pcap.</param>
/// <param name="BigEndian">The byte order of whoever wrote it.</param>
/// <param name="Nanoseconds">The resolution of times; otherwise microseconds.</param>
/// <param name="Ipv6">IPv6 with a hop-by-hop header, otherwise IPv4; and on Ethernet a VLAN's tag.</param>
internal sealed record CaptureForm(int Link = 1, bool Pcapng = false, bool BigEndian = false, bool Nanoseconds = false, bool Ipv6 = false);

/// <summary>Writes datagrams as a capture of UDP.</summary>
internal sealed class CaptureWriter
{
    private readonly Stream _stream;
    private readonly CaptureForm _form;

    public CaptureWriter(Stream stream, CaptureForm form)
    {
        _stream = stream;
        _form = form;
        if (form.Pcapng)
        {
            Block(0x0A0D0D0A, [.. U32(0x1A2B3C4D), .. U16(1), .. U16(0), .. U32(uint.MaxValue), .. U32(uint.MaxValue)]);
            Block(1, [.. U16(form.Link), .. U16(0), .. U32(0), .. U16(9), .. U16(1), (byte)(form.Nanoseconds ? 9 : 6), 0, 0, 0, .. U16(0), .. U16(0)]);
        }
        else
        {
            _stream.Write([.. U32(form.Nanoseconds ? 0xA1B23C4Du : 0xA1B2C3D4u), .. U16(2), .. U16(4), .. U32(0), .. U32(0), .. U32(65535), .. U32((uint)form.Link)]);
        }
    }

    /// <summary>Frames so far.</summary>
    public int Frames { get; private set; }

    /// <summary>Adds a datagram.</summary>
    public void Write(long utcMs, Endpoint from, Endpoint to, ReadOnlySpan<byte> payload)
    {
        Frames++;
        byte[] frame = [.. Link(), .. _form.Ipv6 ? Ipv6(from, to, payload.Length + 8) : Ipv4(from, to, payload.Length + 8),
            .. Big(from.Port), .. Big(to.Port), .. Big(payload.Length + 8), 0, 0, .. payload];
        ulong units = (ulong)utcMs * (_form.Nanoseconds ? 1_000_000ul : 1_000ul);
        if (_form.Pcapng)
        {
            Block(6, [.. U32(0), .. U32((uint)(units >> 32)), .. U32((uint)units), .. U32((uint)frame.Length), .. U32((uint)frame.Length), .. frame, .. new byte[-frame.Length & 3]]);
        }
        else
        {
            _stream.Write([.. U32((uint)(utcMs / 1000)), .. U32((uint)(utcMs % 1000 * (_form.Nanoseconds ? 1_000_000 : 1_000))), .. U32((uint)frame.Length), .. U32((uint)frame.Length), .. frame]);
        }
    }

    private byte[] Link()
    {
        int type = _form.Ipv6 ? 0x86DD : 0x0800;
        return _form.Link switch
        {
            0 => U32(_form.Ipv6 ? 10u : 2u),
            108 => [0, 0, 0, (byte)(_form.Ipv6 ? 10 : 2)],
            1 => [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, .. _form.Ipv6 ? new byte[] { 0x81, 0, 0, 7 } : [], .. Big(type)],
            113 => [0, 0, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0, .. Big(type)],
            276 => [.. Big(type), 0, 0, 0, 0, 0, 1, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0],
            _ => [],
        };
    }

    private static byte[] Ipv4(Endpoint from, Endpoint to, int size)
    {
        byte[] header = [0x45, 0, .. Big(size + 20), 0, 1, 0x40, 0, 64, 17, 0, 0, .. from.Address[..4], .. to.Address[..4]];
        uint sum = 0;
        for (int i = 0; i < header.Length; i += 2)
        {
            sum += BinaryPrimitives.ReadUInt16BigEndian(header.AsSpan(i));
        }

        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(10), (ushort)~((sum & 0xFFFF) + (sum >> 16)));
        return header;
    }

    private static byte[] Ipv6(Endpoint from, Endpoint to, int size)
    {
        return [0x60, 0, 0, 0, .. Big(size + 8), 0, 64, .. Address(from), .. Address(to), 17, 0, 1, 4, 0, 0, 0, 0];
    }

    private static byte[] Address(Endpoint endpoint) => [0xFD, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, .. endpoint.Address[..4]];

    private void Block(uint type, byte[] body)
    {
        uint size = (uint)(body.Length + 12);
        _stream.Write([.. U32(type), .. U32(size), .. body, .. U32(size)]);
    }

    private byte[] U32(uint value) => _form.BigEndian ? [.. Big((int)(value >> 16)), .. Big((int)value)] : BitConverter.GetBytes(value);

    private byte[] U16(int value) => _form.BigEndian ? Big(value) : BitConverter.GetBytes((ushort)value);

    private static byte[] Big(int value) => [(byte)(value >> 8), (byte)value];
}
