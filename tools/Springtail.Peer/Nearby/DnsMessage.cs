using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.IO;
using System.Net;
using System.Text;

namespace Springtail.Peer.Nearby;

/// <summary>
/// A message of multicast DNS (RFC 6762) as far as a sender is found by it. Names are lower-case, with a dot between labels and \ before a dot or \ in one. What
/// comes from the network is whatever somebody likes: a message that is not well-formed in all its parts is none, and reading one takes no more than a bounded
/// time and memory.
/// </summary>
/// <param name="Id">0, but in what comes and goes by unicast to a port that is not 5353.</param>
/// <param name="IsResponse">An answer, not a question.</param>
/// <param name="Questions">What is asked; in an answer by unicast, what was.</param>
/// <param name="Records">Answers, and what is told beside them. Records of other types are not here.</param>
internal sealed record DnsMessage(ushort Id, bool IsResponse, IReadOnlyList<DnsQuestion> Questions, IReadOnlyList<DnsRecord> Records)
{
    /// <summary>The largest message that is read or written, in bytes: what fits into a packet of an Ethernet.</summary>
    public const int MaxSize = 1472;

    private const int HeaderSize = 12;
    private const int MostQuestions = 32;
    private const int MostRecords = 64;
    private const int MostLabelBytes = 63;
    private const int MostNameBytes = 255;
    private const int MostPointers = 16;

    private const ushort Response = 0x8000;
    private const ushort Authoritative = 0x0400;
    private const ushort OpcodeAndCode = 0x780F;
    private const ushort Internet = 1;

    // The highest bit of a class: "answer by unicast" in a question, "this is all there is of it" in a record.
    private const ushort ClassFlag = 0x8000;

    // Short, so that nobody remembers a sender that has gone; also the most that RFC 6762, 6.7, allows.
    private const int TimeToLive = 10;

    /// <summary>Reads a message; null when it is none.</summary>
    public static DnsMessage? Read(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length is < HeaderSize or > MaxSize)
        {
            return null;
        }

        ushort flags = U16(bytes, 2);
        int questions = U16(bytes, 4);
        int records = U16(bytes, 6) + U16(bytes, 8) + U16(bytes, 10);
        if ((flags & OpcodeAndCode) != 0 || questions > MostQuestions || records > MostRecords)
        {
            return null;
        }

        List<DnsQuestion> asked = [];
        List<DnsRecord> told = [];
        int at = HeaderSize;
        for (; questions > 0; questions--)
        {
            if (Name(bytes, ref at) is not { } name || at + 4 > bytes.Length)
            {
                return null;
            }

            asked.Add(new DnsQuestion(name, U16(bytes, at)));
            at += 4;
        }

        for (; records > 0; records--)
        {
            if (Name(bytes, ref at) is not { } name || at + 10 > bytes.Length)
            {
                return null;
            }

            ushort type = U16(bytes, at);
            int end = at + 10 + U16(bytes, at + 8);
            at += 10;
            if (end > bytes.Length || !Data(bytes[..end], at, name, type, told))
            {
                return null;
            }

            at = end;
        }

        return at == bytes.Length ? new DnsMessage(U16(bytes, 0), (flags & Response) != 0, asked, told) : null;
    }

    /// <summary>The bytes of the message.</summary>
    /// <param name="answers">How many of the records are answers; the others are told beside them.</param>
    /// <param name="byUnicast">It goes to a port that is not 5353, whose program may know nothing of multicast DNS.</param>
    public byte[] Write(int answers, bool byUnicast)
    {
        using MemoryStream stream = new();
        Put(stream, Id, IsResponse ? (ushort)(Response | Authoritative) : (ushort)0, (ushort)Questions.Count, (ushort)answers, 0, (ushort)(Records.Count - answers));
        foreach (DnsQuestion question in Questions)
        {
            Put(stream, question.Name);
            Put(stream, question.Type, Internet);
        }

        foreach (DnsRecord record in Records)
        {
            // Several senders may have a pointer of the same name.
            bool isAlone = !byUnicast && record.Type != DnsType.Ptr;
            byte[] data = Data(record);
            Put(stream, record.Name);
            Put(stream, record.Type, isAlone ? (ushort)(Internet | ClassFlag) : Internet, 0, TimeToLive, (ushort)data.Length);
            stream.Write(data);
        }

        return stream.ToArray();
    }

    // Adds a record, of which the bytes begin at `at` and end with `bytes`; false when they are not what the type has.
    private static bool Data(ReadOnlySpan<byte> bytes, int at, string name, ushort type, List<DnsRecord> told)
    {
        int size = bytes.Length - at;
        switch (type)
        {
            case DnsType.A or DnsType.Aaaa:
                if (size != (type == DnsType.A ? 4 : 16))
                {
                    return false;
                }

                told.Add(new DnsRecord(name, type) { Address = new IPAddress(bytes[at..]) });
                return true;
            case DnsType.Ptr or DnsType.Srv:
                int port = 0;
                if (type == DnsType.Srv)
                {
                    if (size < 6)
                    {
                        return false;
                    }

                    port = U16(bytes, at + 4);
                    at += 6;
                }

                if (Name(bytes, ref at) is not { } target || at != bytes.Length)
                {
                    return false;
                }

                told.Add(new DnsRecord(name, type) { Target = target, Port = port });
                return true;
            default:
                return true;
        }
    }

    private static byte[] Data(DnsRecord record)
    {
        using MemoryStream stream = new();
        switch (record.Type)
        {
            case DnsType.A or DnsType.Aaaa:
                return record.Address.GetAddressBytes();
            case DnsType.Srv:
                Put(stream, 0, 0, (ushort)record.Port);
                Put(stream, record.Target);
                return stream.ToArray();
            case DnsType.Ptr:
                Put(stream, record.Target);
                return stream.ToArray();
            case DnsType.Txt:
                // RFC 6763, 6.1: one empty string.
                return [0];
            default:
                throw new ArgumentException($"There are no records of type {record.Type}.");
        }
    }

    // Reads a name and goes behind it; null when it is none. A pointer leads back, so that none leads around (RFC 1035, 4.1.4).
    private static string? Name(ReadOnlySpan<byte> bytes, ref int at)
    {
        StringBuilder name = new();
        int position = at;
        int start = at;
        int size = 0;
        int pointers = 0;
        while (position < bytes.Length)
        {
            int length = bytes[position];
            if (length > MostLabelBytes)
            {
                int target = position + 1 < bytes.Length ? U16(bytes, position) & 0x3FFF : 0;
                if (length < 0xC0 || target < HeaderSize || target >= start || ++pointers > MostPointers)
                {
                    return null;
                }

                at = pointers == 1 ? position + 2 : at;
                position = start = target;
                continue;
            }

            size += length + 1;
            position += length + 1;
            if (size > MostNameBytes || position > bytes.Length)
            {
                return null;
            }

            if (length == 0)
            {
                at = pointers == 0 ? position : at;
                return name.ToString();
            }

            Append(name, bytes[(position - length)..position]);
        }

        return null;
    }

    private static void Append(StringBuilder name, ReadOnlySpan<byte> label)
    {
        if (name.Length > 0)
        {
            name.Append('.');
        }

        foreach (char c in Encoding.Latin1.GetString(label))
        {
            name.Append(c is '.' or '\\' ? "\\" : "").Append(char.IsAsciiLetterUpper(c) ? char.ToLowerInvariant(c) : c);
        }
    }

    // Names that are written are one's own, or were read: none is too long.
    private static void Put(Stream stream, string name)
    {
        List<byte> label = [];
        for (int i = 0; i <= name.Length; i++)
        {
            if (i < name.Length && name[i] != '.')
            {
                label.Add((byte)name[name[i] == '\\' ? ++i : i]);
                continue;
            }

            if (label.Count > 0)
            {
                stream.WriteByte((byte)label.Count);
                stream.Write([.. label]);
                label.Clear();
            }
        }

        stream.WriteByte(0);
    }

    private static void Put(Stream stream, params ReadOnlySpan<ushort> values)
    {
        foreach (ushort value in values)
        {
            stream.WriteByte((byte)(value >> 8));
            stream.WriteByte((byte)value);
        }
    }

    private static ushort U16(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16BigEndian(bytes[at..]);
}
