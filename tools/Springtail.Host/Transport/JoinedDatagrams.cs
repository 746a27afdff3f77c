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

    // cmsghdr of a 64-bit system: u64 length with itself, i32 level, i32 type; then the value, filled up to 8 bytes.
    private const int ControlHeader = 16;
    private const int ControlSpace = ControlHeader + 8;

    private static readonly Lazy<bool> s_areSupported = new Lazy<bool>(Try);

    private readonly byte[] _address = GC.AllocateArray<byte>(AddressSize, pinned: true);
    private readonly byte[] _control = GC.AllocateArray<byte>(ControlSpace, pinned: true);
    private readonly nint[] _vector = GC.AllocateArray<nint>(2, pinned: true);

    /// <summary>False where the system knows nothing of it, or a sandbox forbids it.</summary>
    public static bool AreSupported => s_areSupported.Value;

    /// <summary>The datagrams, one after the other.</summary>
    public byte[] Bytes { get; } = GC.AllocateArray<byte>(ushort.MaxValue + 1, pinned: true);

    /// <summary>The other side: a sockaddr of the socket's family.</summary>
    public Span<byte> Address => _address;

    /// <summary>Lets a socket receive them. Without it, it receives each datagram by itself.</summary>
    /// <exception cref="SocketException">The system knows nothing of it.</exception>
    public static void Enable(Socket socket)
    {
        socket.SetRawSocketOption(LevelUdp, UdpGro, BitConverter.GetBytes(1));
    }

    /// <summary>Sends the first bytes to the address. False when the system does not want to, for whatever reason: then none has gone out.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="addressSize">Bytes of the address.</param>
    /// <param name="size">Bytes of all datagrams, up to <see cref="MaxSize"/>.</param>
    /// <param name="each">Bytes of each but the last; at most <see cref="MaxCount"/> of them.</param>
    public bool Send(Socket socket, int addressSize, int size, int each)
    {
        MessageHeader message = NewMessage(addressSize, size);
        BitConverter.TryWriteBytes(_control, (ulong)(ControlHeader + sizeof(ushort)));
        BitConverter.TryWriteBytes(_control.AsSpan(8), LevelUdp);
        BitConverter.TryWriteBytes(_control.AsSpan(12), UdpSegment);
        BitConverter.TryWriteBytes(_control.AsSpan(16), (ushort)each);
        return sendmsg(socket.SafeHandle, ref message, 0) >= 0;
    }

    /// <summary>Receives what is there, without waiting; gives the bytes of all datagrams, or -1 when there is none.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="each">Bytes of each but the last.</param>
    /// <exception cref="ObjectDisposedException">The socket is closed.</exception>
    public int Receive(Socket socket, out int each)
    {
        MessageHeader message = NewMessage(AddressSize, Bytes.Length);
        int size = (int)recvmsg(socket.SafeHandle, ref message, DontWait);
        bool joined = message.ControlSize > ControlHeader && BitConverter.ToInt32(_control, 8) == LevelUdp && BitConverter.ToInt32(_control, 12) == UdpGro;
        each = size > 0 && joined ? BitConverter.ToInt32(_control, ControlHeader) : size;
        return size;
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

    private MessageHeader NewMessage(int addressSize, int size)
    {
        _vector[0] = Marshal.UnsafeAddrOfPinnedArrayElement(Bytes, 0);
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
