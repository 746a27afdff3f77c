using System;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Springtail.Packets;

namespace Springtail.Transport;

/// <summary>
/// Sends over the sockets of a <see cref="SocketTransport"/>, on one thread at a time. Between <see cref="Hold"/> and <see cref="Release"/> datagrams of one size that go
/// the same way wait for each other and leave together, where the system can do it. Each comes from the one of this machine's addresses that its session's last packet was sent to.
/// </summary>
internal sealed class DatagramSender
{
    private readonly SocketTransport _transport;
    private readonly bool _isIPv6;

    // A socket address that is written over for each datagram sent.
    private readonly SocketAddress _to;

    // Datagrams of one size from one socket to one address. Null where each goes by itself.
    private readonly JoinedDatagrams _held;
    private readonly Endpoint _heldTo = new Endpoint();
    private Socket _heldBy;
    private int _heldSize;
    private int _heldEach;
    private bool _holding;

    public DatagramSender(SocketTransport transport, bool isIPv6, bool join)
    {
        _transport = transport;
        _isIPv6 = isIPv6;
        _held = join ? new JoinedDatagrams() : null;
        _to = new IPEndPoint(isIPv6 ? IPAddress.IPv6Any : IPAddress.Any, 0).Serialize();
    }

    /// <summary>What is sent from now on waits for <see cref="Release"/>, or for so much that it need not.</summary>
    public void Hold() => _holding = _held != null;

    /// <summary>Sends what has waited since <see cref="Hold"/>.</summary>
    public void Release()
    {
        _holding = false;
        SendHeld();
    }

    public void Send(Socket socket, Endpoint to, byte[] buffer, int size)
    {
        if (!_isIPv6 && to.Family != Endpoint.FamilyIPv4)
        {
            return;
        }

        if (_held == null)
        {
            if (size > Packet.MaxSize)
            {
                // The system might cut it into fragments of IP.
                return;
            }

            WriteAddress(to);
            SendOne(socket, new ReadOnlySpan<byte>(buffer, 0, size));
            return;
        }

        bool isOneOfThem = _heldSize > 0 && socket == _heldBy && to.SameAs(_heldTo) && to.OwnAddress == _heldTo.OwnAddress && size <= _heldEach && _heldSize % _heldEach == 0
            && (size > Packet.MaxSize) == (_heldEach > Packet.MaxSize)
            && _heldSize + size <= JoinedDatagrams.MaxSize && _heldSize < _heldEach * JoinedDatagrams.MaxCount;
        if (!isOneOfThem)
        {
            SendHeld();
            _heldBy = socket;
            _heldTo.CopyFrom(to);
            _heldEach = size;
        }

        Array.Copy(buffer, 0, _held.Bytes, _heldSize, size);
        _heldSize += size;
        if (!_holding)
        {
            SendHeld();
        }
    }

    /// <summary>Sends what waits.</summary>
    public void SendHeld()
    {
        if (_heldSize == 0)
        {
            return;
        }

        WriteAddress(_heldTo);
        _to.Buffer.Span[.._to.Size].CopyTo(_held.Address);
        _held.SetOwnAddress(_transport.OwnAddress(_heldTo.OwnAddress));
        if (_heldEach > Packet.MaxSize)
        {
            // Too large for its way, it is to be lost: in fragments of IP it would arrive, and seem to fit. No smaller one is lost with it.
            _held.SendWhole(_heldBy, _to.Size, _heldSize, _heldEach);
        }
        else if ((_heldSize == _heldEach && _held.OwnAddress.Length == 0) || !_held.Send(_heldBy, _to.Size, _heldSize, _heldEach))
        {
            for (int at = 0; at < _heldSize; at += _heldEach)
            {
                SendOne(_heldBy, new ReadOnlySpan<byte>(_held.Bytes, at, Math.Min(_heldEach, _heldSize - at)));
            }
        }

        _heldSize = 0;
    }

    // To the address in _to.
    private void SendOne(Socket socket, ReadOnlySpan<byte> datagram)
    {
        try
        {
            socket.SendTo(datagram, SocketFlags.None, _to);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The network's trouble, or ICMP's word of an earlier datagram, or the port is closed: what is lost is sent again.
        }
    }

    // sockaddr_in: family (2 bytes), port (2, big-endian), address (4). sockaddr_in6: family, port, flow (4), address (16), scope (4, the machine's order).
    private void WriteAddress(Endpoint to)
    {
        Span<byte> bytes = _to.Buffer.Span;
        bytes[2] = (byte)(to.Port >> 8);
        bytes[3] = (byte)to.Port;
        if (!_isIPv6)
        {
            new ReadOnlySpan<byte>(to.Address, 0, 4).CopyTo(bytes.Slice(4));
        }
        else if (to.Family == Endpoint.FamilyIPv4)
        {
            bytes.Slice(8, 10).Clear();
            bytes.Slice(18, 2).Fill(0xFF);
            new ReadOnlySpan<byte>(to.Address, 0, 4).CopyTo(bytes.Slice(20));
            MemoryMarshal.Write(bytes.Slice(24), 0u);
        }
        else
        {
            new ReadOnlySpan<byte>(to.Address, 0, 16).CopyTo(bytes.Slice(8));
            MemoryMarshal.Write(bytes.Slice(24), to.Scope);
        }
    }
}
