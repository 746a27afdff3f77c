using System;
using Springtail.Crypto;
using Springtail.Packets;

namespace Springtail.Keys;

/// <summary>
/// The <c>a || b || c</c> of a formula (PROTOCOL.md 1). The parts are appended in order; the last call takes the whole
/// and wipes it here, so an instance serves once and ends with that call.
/// </summary>
internal sealed class Concatenation
{
    private const int UsualSize = 128;

    private byte[] _bytes;
    private int _count;

    public Concatenation()
        : this(UsualSize)
    {
    }

    /// <param name="size">Bytes that there is room for at first; it grows.</param>
    public Concatenation(int size)
    {
        _bytes = Secret.Borrow(size);
    }

    /// <summary>The ASCII bytes of a label.</summary>
    public Concatenation Text(string text)
    {
        return Bytes(Wire.Ascii(text));
    }

    public Concatenation Bytes(byte[] bytes)
    {
        return Bytes(bytes, 0, bytes.Length);
    }

    public Concatenation Bytes(byte[] bytes, int offset, int count)
    {
        int at = Reserve(count);
        Array.Copy(bytes, offset, _bytes, at, count);
        return this;
    }

    /// <summary>text8: a length of one byte, then the bytes.</summary>
    public Concatenation Text8(byte[] text)
    {
        return U8((byte)text.Length).Bytes(text);
    }

    public Concatenation U8(byte value)
    {
        int at = Reserve(1);
        _bytes[at] = value;
        return this;
    }

    public Concatenation U16(ushort value)
    {
        int at = Reserve(2);
        Wire.WriteU16(_bytes, at, value);
        return this;
    }

    public Concatenation U32(uint value)
    {
        int at = Reserve(4);
        Wire.WriteU32(_bytes, at, value);
        return this;
    }

    public Concatenation U64(ulong value)
    {
        int at = Reserve(8);
        Wire.WriteU64(_bytes, at, value);
        return this;
    }

    /// <summary>The bytes themselves, in an array of their length; they are no secret.</summary>
    public byte[] ToArray()
    {
        byte[] result = Wire.Slice(_bytes, 0, _count);
        End();
        return result;
    }

    /// <summary>The bytes themselves, in an array of their length, for a secret.</summary>
    public byte[] ToSecret()
    {
        byte[] result = Secret.Slice(_bytes, 0, _count);
        End();
        return result;
    }

    /// <summary>SHA256, 32 bytes.</summary>
    public byte[] Sha256(ICryptoCore core)
    {
        byte[] hash = Secret.New(32);
        core.Sha256(hash, 0, _bytes, 0, _count);
        End();
        return hash;
    }

    /// <summary>HMAC under <paramref name="key"/>, 32 bytes.</summary>
    public byte[] Hmac(ICryptoCore core, byte[] key)
    {
        byte[] mac = Secret.New(32);
        core.HmacSha256(mac, 0, key, 0, key.Length, _bytes, 0, _count);
        End();
        return mac;
    }

    /// <summary>The first <paramref name="count"/> bytes of the HMAC: 16 is the HMAC128 of PROTOCOL.md.</summary>
    public byte[] Hmac(ICryptoCore core, byte[] key, int count)
    {
        byte[] mac = Secret.Borrow(32);
        core.HmacSha256(mac, 0, key, 0, key.Length, _bytes, 0, _count);
        byte[] part = Secret.Slice(mac, 0, count);
        Secret.GiveBack(mac);
        End();
        return part;
    }

    private void End()
    {
        Secret.GiveBack(_bytes);
        _bytes = null;
    }

    /// <summary>Makes room for that many bytes more and returns their offset.</summary>
    private int Reserve(int count)
    {
        int offset = _count;
        if (count > _bytes.Length - offset)
        {
            int size = _bytes.Length;
            while (count > size - offset)
            {
                size *= 2;
            }

            byte[] larger = Secret.Borrow(size);
            Array.Copy(_bytes, 0, larger, 0, offset);
            Secret.GiveBack(_bytes);
            _bytes = larger;
        }

        _count = offset + count;
        return offset;
    }
}
