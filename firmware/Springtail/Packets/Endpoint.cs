using System;

namespace Springtail.Packets;

/// <summary>
/// An address and port as the protocol writes them (PROTOCOL.md 1): family, 16 address bytes, port; 19 bytes on the wire.
/// Mutable, so that a receive loop needs only one.
/// </summary>
public sealed partial class Endpoint
{
    /// <summary>Bytes of an endpoint on the wire.</summary>
    public const int Size = 19;

    /// <summary><see cref="Family"/> of an IPv4 address.</summary>
    public const int FamilyIPv4 = 4;

    /// <summary><see cref="Family"/> of an IPv6 address.</summary>
    public const int FamilyIPv6 = 6;

    private readonly byte[] _address = new byte[16];

    /// <summary>4 or 6.</summary>
    public int Family { get; private set; } = FamilyIPv4;

    /// <summary>The UDP port, 0 to 65535.</summary>
    public int Port { get; set; }

    /// <summary>The 16 address bytes: an IPv4 address stands in the first four, the rest is zero.</summary>
    public byte[] Address => _address;

    /// <summary>What counts as one address within a family: of IPv4 the whole address, of IPv6 the first 64 bits.</summary>
    internal ulong Network => Wire.ReadU64(_address, 0);

    /// <summary>Sets the address from 4 (IPv4) or 16 (IPv6) bytes; an IPv4-mapped IPv6 address becomes IPv4.</summary>
    public void SetAddress(byte[] address)
    {
        if (address.Length == 4)
        {
            SetIPv4(address, 0);
        }
        else if (address.Length == 16)
        {
            if (IsMapped(address))
            {
                SetIPv4(address, 12);
            }
            else
            {
                Family = FamilyIPv6;
                Array.Copy(address, 0, _address, 0, 16);
            }
        }
        else
        {
            throw new ArgumentException("An address has 4 or 16 bytes.");
        }
    }

    /// <summary>Sets an IPv4 address from four bytes of an array.</summary>
    public void SetIPv4(byte[] bytes, int offset)
    {
        Family = FamilyIPv4;
        byte a = bytes[offset];
        byte b = bytes[offset + 1];
        byte c = bytes[offset + 2];
        byte d = bytes[offset + 3];
        Array.Clear(_address, 0, 16);
        _address[0] = a;
        _address[1] = b;
        _address[2] = c;
        _address[3] = d;
    }

    /// <summary>Sets an IPv4 address from its number, the first byte the highest.</summary>
    internal void SetIPv4(uint address)
    {
        Family = FamilyIPv4;
        Array.Clear(_address, 0, 16);
        Wire.WriteU32(_address, 0, address);
    }

    /// <summary>Takes address, port and way of another endpoint.</summary>
    public void CopyFrom(Endpoint other)
    {
        Family = other.Family;
        Port = other.Port;
        CopyWay(other);
        Array.Copy(other._address, 0, _address, 0, 16);
    }

    /// <summary>True when the addresses are equal, whatever the ports.</summary>
    public bool SameAddress(Endpoint other)
    {
        return Family == other.Family && BitConverter.ToInt64(_address, 0) == BitConverter.ToInt64(other._address, 0)
            && BitConverter.ToInt64(_address, 8) == BitConverter.ToInt64(other._address, 8);
    }

    /// <summary>True for addresses that count as one.</summary>
    internal bool SameNetwork(Endpoint other)
    {
        return Family == other.Family && Network == other.Network;
    }

    /// <summary>True when addresses and ports are equal.</summary>
    public bool SameAs(Endpoint other)
    {
        return Port == other.Port && SameAddress(other);
    }

    /// <summary>Writes the <see cref="Size"/> bytes that stand on the wire.</summary>
    public void Write(byte[] buffer, int offset)
    {
        buffer[offset] = (byte)Family;
        Array.Copy(_address, 0, buffer, offset + 1, 16);
        Wire.WriteU16(buffer, offset + 17, (ushort)Port);
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    public void Read(byte[] buffer, int offset)
    {
        Family = buffer[offset] == FamilyIPv6 ? FamilyIPv6 : FamilyIPv4;
        Array.Copy(buffer, offset + 1, _address, 0, 16);
        Port = Wire.ReadU16(buffer, offset + 17);
    }

    // A desktop has several addresses and interfaces of its own; it answers over those that were written to.
    partial void CopyWay(Endpoint other);

    private static bool IsMapped(byte[] address)
    {
        for (int i = 0; i < 10; i++)
        {
            if (address[i] != 0)
            {
                return false;
            }
        }

        return address[10] == 0xFF && address[11] == 0xFF;
    }
}
