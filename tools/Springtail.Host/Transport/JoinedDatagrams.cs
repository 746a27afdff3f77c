using System;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Springtail.Transport;

/// <summary>
/// Datagrams of one size (the last may be smaller) that go the same way, sent or received in one system call: the system splits and joins them (Linux,
/// udp(7): UDP_SEGMENT, UDP_GRO). On the network each is a datagram like any other.
/// </summary>
internal sealed class JoinedDatagrams
{
    /// <summary>The most bytes of all together: an IPv4 datagram's, which the system takes them for at first.</summary>
    public const int MaxSize = 65507;

    /// <summary>The most that the system splits into.</summary>
    public const int MaxCount = 64;

    private const int LevelUdp = 17;
    private const int UdpSegment = 103;
    private const int UdpGro = 104;
    private const int DontWait = 0x40;

    // sockaddr_in6, the larger of the two.
    private const int AddressSize = 28;

    private const int LevelIP = 0;
    private const int IPPacketInfo = 8;
    private const int LevelIPv6 = 41;
    private const int IPv6ReceivePacketInfo = 49;
    private const int IPv6PacketInfo = 50;

    private const int IPMtuDiscover = 10;
    private const int IPv6MtuDiscover = 23;

    // in_pktinfo: i32 interface, own address, destination; in6_pktinfo: own address, i32 interface.
    private const int IPPacketInfoSize = 12;
    private const int IPv6PacketInfoSize = 20;

    // cmsghdr of a 64-bit system: u64 length with itself, i32 level, i32 type; then the value, filled up to 8 bytes. There is room for what any of the above has.
    private const int ControlHeader = 16;
    private const int ControlSpace = 128;

    // IP_PMTUDISC_WANT, which is a socket's at first, and IP_PMTUDISC_PROBE.
    private static readonly byte[] s_discoverAsUsual = BitConverter.GetBytes(1);
    private static readonly byte[] s_discoverByProbe = BitConverter.GetBytes(3);

    private static readonly Lazy<bool> s_areSupported = new Lazy<bool>(Try);

    private readonly byte[] _address = GC.AllocateArray<byte>(AddressSize, pinned: true);
    private readonly byte[] _control = GC.AllocateArray<byte>(ControlSpace, pinned: true);
    private readonly byte[] _own = new byte[16];
    private int _ownSize;
    private readonly nint[] _vector = GC.AllocateArray<nint>(2, pinned: true);

    /// <summary>False where the system knows nothing of it, or a sandbox forbids it.</summary>
    public static bool AreSupported => s_areSupported.Value;

    /// <summary>The datagrams, one after the other.</summary>
    public byte[] Bytes { get; } = GC.AllocateArray<byte>(ushort.MaxValue + 1, pinned: true);

    /// <summary>The other side: a sockaddr of the socket's family.</summary>
    public Span<byte> Address => _address;

    /// <summary>
    /// The own address that the last ones received were sent to, or from which those to be sent are to come: 16 bytes for a socket of IPv6 (an IPv4 address mapped), 4
    /// for one of IPv4; empty when it is not known, or the system may choose.
    /// </summary>
    public ReadOnlySpan<byte> OwnAddress => _own.AsSpan(0, _ownSize);

    /// <summary>Sets <see cref="OwnAddress"/>.</summary>
    public void SetOwnAddress(ReadOnlySpan<byte> address)
    {
        address.CopyTo(_own);
        _ownSize = address.Length;
    }

    /// <summary>Lets a socket receive them. Without it, it receives each datagram by itself.</summary>
    /// <exception cref="SocketException">The system knows nothing of it.</exception>
    public static void Enable(Socket socket)
    {
        socket.SetRawSocketOption(LevelUdp, UdpGro, BitConverter.GetBytes(1));
    }

    /// <summary>Lets a socket that is bound to all addresses tell which of them a datagram was sent to.</summary>
    public static void EnableOwnAddress(Socket socket)
    {
        bool isIPv6 = socket.AddressFamily == AddressFamily.InterNetworkV6;
        socket.SetRawSocketOption(isIPv6 ? LevelIPv6 : LevelIP, isIPv6 ? IPv6ReceivePacketInfo : IPPacketInfo, BitConverter.GetBytes(1));
    }

    /// <summary>Sends the first bytes to the address. False when the system does not want to, for whatever reason: then none has gone out.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="addressSize">Bytes of the address.</param>
    /// <param name="size">Bytes of all datagrams, up to <see cref="MaxSize"/>.</param>
    /// <param name="each">Bytes of each but the last; at most <see cref="MaxCount"/> of them.</param>
    /// <param name="from">Where the first begins.</param>
    public bool Send(Socket socket, int addressSize, int size, int each, int from = 0)
    {
        MessageHeader message = NewMessage(addressSize, size, from);
        int at = 0;
        if (size > each)
        {
            BitConverter.TryWriteBytes(Control(ref at, LevelUdp, UdpSegment, sizeof(ushort)), (ushort)each);
        }

        if (_ownSize == 4)
        {
            Span<byte> info = Control(ref at, LevelIP, IPPacketInfo, IPPacketInfoSize);
            info.Clear();
            OwnAddress.CopyTo(info.Slice(4));
        }
        else if (_ownSize == 16)
        {
            Span<byte> info = Control(ref at, LevelIPv6, IPv6PacketInfo, IPv6PacketInfoSize);
            info.Clear();
            OwnAddress.CopyTo(info);
        }

        message.ControlSize = at;
        try
        {
            return sendmsg(socket.SafeHandle, ref message, 0) >= 0;
        }
        catch (ObjectDisposedException)
        {
            // Another thread has closed the port meanwhile.
            return false;
        }
    }

    /// <summary>The same without fragments of IP: what is larger than a link that it comes to is dropped there (RFC 8899 4.2).</summary>
    public void SendWhole(Socket socket, int addressSize, int size, int each)
    {
        // Others may send from the socket at the same time.
        lock (socket)
        {
            if (!SetDiscovery(socket, s_discoverByProbe))
            {
                return;
            }

            // There are links that take each by itself, but not together.
            if (!Send(socket, addressSize, size, each) && size > each)
            {
                for (int at = 0; at < size; at += each)
                {
                    Send(socket, addressSize, Math.Min(each, size - at), each, at);
                }
            }

            SetDiscovery(socket, s_discoverAsUsual);
        }
    }

    /// <summary>Receives what is there, without waiting; returns the bytes of all datagrams, or -1 when there is none.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="each">Bytes of each but the last.</param>
    /// <exception cref="ObjectDisposedException">The socket is closed.</exception>
    public int Receive(Socket socket, out int each)
    {
        MessageHeader message = NewMessage(AddressSize, Bytes.Length, 0);
        int size = (int)recvmsg(socket.SafeHandle, ref message, DontWait);
        each = size;
        _ownSize = 0;
        for (int at = 0; size > 0 && at + ControlHeader <= message.ControlSize;)
        {
            int length = (int)BitConverter.ToUInt64(_control, at);
            if (length < ControlHeader || length > message.ControlSize - at)
            {
                break;
            }

            ReadControl(BitConverter.ToInt32(_control, at + 8), BitConverter.ToInt32(_control, at + 12), _control.AsSpan(at + ControlHeader, length - ControlHeader), ref each);
            at += (length + 7) / 8 * 8;
        }

        return size;
    }

    // ip(7), ipv6(7): IP_MTU_DISCOVER, IPV6_MTU_DISCOVER. A socket for both families has both.
    private static bool SetDiscovery(Socket socket, byte[] how)
    {
        try
        {
            socket.SetRawSocketOption(LevelIP, IPMtuDiscover, how);
            if (socket.AddressFamily == AddressFamily.InterNetworkV6)
            {
                socket.SetRawSocketOption(LevelIPv6, IPv6MtuDiscover, how);
            }

            return true;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The system has no such option, or another thread has closed the port meanwhile.
            return false;
        }
    }

    // The value of a control message to be written, behind its header.
    private Span<byte> Control(ref int at, int level, int type, int size)
    {
        BitConverter.TryWriteBytes(_control.AsSpan(at), (ulong)(ControlHeader + size));
        BitConverter.TryWriteBytes(_control.AsSpan(at + 8), level);
        BitConverter.TryWriteBytes(_control.AsSpan(at + 12), type);
        Span<byte> value = _control.AsSpan(at + ControlHeader, size);
        at += ControlHeader + (size + 7) / 8 * 8;
        return value;
    }

    private void ReadControl(int level, int type, ReadOnlySpan<byte> value, ref int each)
    {
        if (level == LevelUdp && type == UdpGro && value.Length >= sizeof(int))
        {
            each = BitConverter.ToInt32(value);
        }
        else if (level == LevelIP && type == IPPacketInfo && value.Length >= IPPacketInfoSize)
        {
            SetOwnAddress(value.Slice(4, 4));
        }
        else if (level == LevelIPv6 && type == IPv6PacketInfo && value.Length >= IPv6PacketInfoSize)
        {
            SetOwnAddress(value.Slice(0, 16));
        }
    }

    private static bool Try()
    {
        if (!OperatingSystem.IsLinux() || !Environment.Is64BitProcess)
        {
            return false;
        }

        try
        {
            using Socket socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            socket.SetRawSocketOption(LevelUdp, UdpSegment, BitConverter.GetBytes(0));
            Enable(socket);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private MessageHeader NewMessage(int addressSize, int size, int from)
    {
        _vector[0] = Marshal.UnsafeAddrOfPinnedArrayElement(Bytes, from);
        _vector[1] = size;
        return new MessageHeader
        {
            Address = Marshal.UnsafeAddrOfPinnedArrayElement(_address, 0),
            AddressSize = addressSize,
            Vector = Marshal.UnsafeAddrOfPinnedArrayElement(_vector, 0),
            VectorCount = 1,
            Control = Marshal.UnsafeAddrOfPinnedArrayElement(_control, 0),
            ControlSize = ControlSpace,
        };
    }

#pragma warning disable IDE1006, SA1300 // the C names
    [DllImport("libc")]
    private static extern nint sendmsg(SafeHandle socket, ref MessageHeader message, int flags);

    [DllImport("libc")]
    private static extern nint recvmsg(SafeHandle socket, ref MessageHeader message, int flags);
#pragma warning restore IDE1006, SA1300

    // msghdr.
    private struct MessageHeader
    {
        public nint Address;
        public int AddressSize;
        public nint Vector;
        public nint VectorCount;
        public nint Control;
        public nint ControlSize;
        public int Flags;
    }
}
