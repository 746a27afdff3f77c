using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.IO;
using System.Net;

namespace Springtail.Peer.Explain;

/// <summary>
/// Reads the UDP datagrams of a capture: pcap and pcapng, of Ethernet, Linux cooked (both versions), loopback and raw IP. What is no whole datagram of UDP over
/// IPv4 or IPv6 is passed over; a packet of Springtail fits in one.
/// </summary>
internal sealed class CaptureFile
{
    private const uint PcapMicroseconds = 0xA1B2C3D4;
    private const uint PcapNanoseconds = 0xA1B23C4D;
    private const uint PcapngSection = 0x0A0D0D0A;
    private const uint PcapngByteOrder = 0x1A2B3C4D;
    private const int InterfaceBlock = 1;
    private const int SimpleBlock = 3;
    private const int EnhancedBlock = 6;
    private const int ResolutionOption = 9;
    private const long TicksPerSecond = TimeSpan.TicksPerSecond;

    // A frame is at most so long, or the file is none.
    private const int LongestBlock = 1 << 24;

    private const int Udp = 17;

    private readonly BinaryReader _reader;
    private readonly List<(int Link, long UnitsPerSecond)> _interfaces = [];
    private bool _bigEndian;

    private CaptureFile(Stream stream) => _reader = new BinaryReader(stream);

    /// <summary>Frames read so far, UDP or not.</summary>
    public int Frames { get; private set; }

    public static CaptureFile Open(Stream stream) => new(stream);

    /// <summary>The datagrams, in the order of the file.</summary>
    /// <exception cref="InvalidDataException">It is no capture. One that breaks off in a frame ends before it.</exception>
    public IEnumerable<CapturedDatagram> Read()
    {
        byte[] start = _reader.ReadBytes(4);
        uint magic = start.Length == 4 ? BinaryPrimitives.ReadUInt32LittleEndian(start) : 0;
        uint swapped = BinaryPrimitives.ReverseEndianness(magic);
        _bigEndian = swapped is PcapMicroseconds or PcapNanoseconds;
        return magic == PcapngSection ? ReadPcapng()
            : magic is PcapMicroseconds or PcapNanoseconds || _bigEndian ? ReadPcap((_bigEndian ? swapped : magic) == PcapNanoseconds)
            : throw new InvalidDataException("it is neither pcap nor pcapng");
    }

    private IEnumerable<CapturedDatagram> ReadPcap(bool nanoseconds)
    {
        byte[] header = Bytes(20);
        int link = header.Length == 20 ? (int)(U32(header, 16) & 0x0FFFFFFF) : 0;
        while (Bytes(16) is { Length: 16 } record)
        {
            int size = Checked(U32(record, 8));
            byte[] frame = Bytes(size);
            if (frame.Length < size)
            {
                yield break;
            }

            DateTime time = DateTime.UnixEpoch.AddTicks((U32(record, 0) * TicksPerSecond) + (nanoseconds ? U32(record, 4) / 100 : U32(record, 4) * 10L));
            if (Datagram(frame, link, time) is { } datagram)
            {
                yield return datagram;
            }
        }
    }

    private IEnumerable<CapturedDatagram> ReadPcapng()
    {
        uint type = PcapngSection;
        while (true)
        {
            byte[] length = Bytes(4);
            if (type == PcapngSection)
            {
                byte[] order = Bytes(4);
                if (order.Length < 4)
                {
                    yield break;
                }

                _bigEndian = BinaryPrimitives.ReadUInt32BigEndian(order) == PcapngByteOrder;
                _interfaces.Clear();
                Bytes(Checked(U32(length, 0)) - 12);
            }
            else
            {
                int size = length.Length < 4 ? 0 : Checked(U32(length, 0)) - 8;
                byte[] block = Bytes(size);
                if (size < 4 || block.Length < size)
                {
                    yield break;
                }

                if (Block(type, block) is { } datagram)
                {
                    yield return datagram;
                }
            }

            byte[] next = Bytes(4);
            if (next.Length < 4)
            {
                yield break;
            }

            type = U32(next, 0);
        }
    }

    private CapturedDatagram? Block(uint type, byte[] block)
    {
        switch (type)
        {
            case InterfaceBlock when block.Length >= 12:
                _interfaces.Add((U16(block, 0), Resolution(block)));
                return null;
            case SimpleBlock when _interfaces.Count > 0:
                return Datagram(block[4..Math.Min(block.Length - 4, 4 + Checked(U32(block, 0)))], _interfaces[0].Link, DateTime.UnixEpoch);
            case EnhancedBlock when block.Length >= 24 && U32(block, 0) < _interfaces.Count:
                (int link, long units) = _interfaces[(int)U32(block, 0)];
                ulong stamp = ((ulong)U32(block, 4) << 32) | U32(block, 8);
                UInt128 ticks = (UInt128)stamp * TicksPerSecond / (ulong)units;
                DateTime time = ticks < (UInt128)(DateTime.MaxValue - DateTime.UnixEpoch).Ticks ? DateTime.UnixEpoch.AddTicks((long)ticks) : DateTime.UnixEpoch;
                return Datagram(block[20..Math.Min(block.Length, 20 + Checked(U32(block, 12)))], link, time);
            default:
                return null;
        }
    }

    // Units of time in a second, of the interface's options.
    private long Resolution(byte[] block)
    {
        int at = 8;
        while (at + 4 <= block.Length - 4 && U16(block, at) != 0)
        {
            int size = U16(block, at + 2);
            if (U16(block, at) == ResolutionOption && size == 1)
            {
                int power = block[at + 4];
                return (power & 0x80) != 0 ? 1L << Math.Min(power & 0x7F, 40) : (long)Math.Pow(10, Math.Min(power, 12));
            }

            at += 4 + ((size + 3) & ~3);
        }

        return 1_000_000;
    }

    private CapturedDatagram? Datagram(byte[] frame, int link, DateTime time)
    {
        Frames++;
        int at = link switch
        {
            0 or 108 => 4,
            1 => EthernetSize(frame),
            12 or 14 or 101 or 228 or 229 => 0,
            113 => 16,
            276 => 20,
            _ => -1,
        };
        return at < 0 || at >= frame.Length ? null : (frame[at] >> 4) switch
        {
            4 => OfIPv4(frame, at, time),
            6 => OfIPv6(frame, at, time),
            _ => null,
        };
    }

    private CapturedDatagram? OfIPv4(byte[] frame, int at, DateTime time)
    {
        int header = (frame[at] & 0x0F) * 4;
        bool fits = header >= 20 && at + header + 8 <= frame.Length && frame[at + 9] == Udp && (BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(at + 6)) & 0x3FFF) == 0;
        return fits ? OfUdp(frame, at + header, new IPAddress(frame.AsSpan(at + 12, 4)), new IPAddress(frame.AsSpan(at + 16, 4)), time) : null;
    }

    private CapturedDatagram? OfIPv6(byte[] frame, int at, DateTime time)
    {
        if (at + 48 > frame.Length)
        {
            return null;
        }

        int next = frame[at + 6];
        int payload = at + 40;

        // Hop-by-hop options, routing, destination options.
        while (next is 0 or 43 or 60 && payload + 8 <= frame.Length)
        {
            next = frame[payload];
            payload += (frame[payload + 1] + 1) * 8;
        }

        return next == Udp ? OfUdp(frame, payload, new IPAddress(frame.AsSpan(at + 8, 16)), new IPAddress(frame.AsSpan(at + 24, 16)), time) : null;
    }

    private CapturedDatagram? OfUdp(byte[] frame, int at, IPAddress from, IPAddress to, DateTime time)
    {
        if (at + 8 > frame.Length)
        {
            return null;
        }

        int size = BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(at + 4));
        return size < 8 || at + size > frame.Length ? null : new CapturedDatagram(
            Frames, time, new IPEndPoint(from, BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(at))), new IPEndPoint(to, BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(at + 2))),
            frame[(at + 8)..(at + size)]);
    }

    // With any tags of VLANs; -1 when it carries no IP.
    private static int EthernetSize(byte[] frame)
    {
        int at = 12;
        while (at + 2 <= frame.Length)
        {
            int type = BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(at));
            if (type is not (0x8100 or 0x88A8))
            {
                return type is 0x0800 or 0x86DD ? at + 2 : -1;
            }

            at += 4;
        }

        return -1;
    }

    private byte[] Bytes(int count) => _reader.ReadBytes(Math.Max(count, 0));

    private static int Checked(uint size) => size <= LongestBlock ? (int)size : throw new InvalidDataException($"a frame of {size} bytes in it is none");

    private uint U32(byte[] bytes, int at) => _bigEndian ? BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(at)) : BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at));

    private int U16(byte[] bytes, int at) => _bigEndian ? BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(at)) : BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(at));
}
