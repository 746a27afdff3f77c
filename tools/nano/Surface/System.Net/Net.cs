using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace System.Net
{
    public static class Dns
    {
        public static IPHostEntry GetHostEntry(string hostNameOrAddress) => throw null;
    }

    public class IPHostEntry
    {
        public IPHostEntry() => throw null;
        public string HostName => throw null;
        public IPAddress[] AddressList => throw null;
    }

    [Serializable]
    public abstract class EndPoint
    {
        protected EndPoint() => throw null;
        public abstract SocketAddress Serialize();
        public abstract EndPoint Create(SocketAddress socketAddress);
    }

    [Serializable]
    public class IPAddress
    {
        public static readonly IPAddress Any;
        public static readonly IPAddress Loopback;
        public static readonly IPAddress Broadcast;
        public static readonly IPAddress None;
        public IPAddress(long newAddress) => throw null;
        public IPAddress(byte[] address) => throw null;
        public AddressFamily AddressFamily => throw null;
        public static bool operator ==(IPAddress a, IPAddress b) => throw null;
        public static bool operator !=(IPAddress a, IPAddress b) => throw null;
        public override bool Equals(object other) => throw null;
        public bool Equals(IPAddress other) => throw null;
        public byte[] GetAddressBytes() => throw null;
        public static IPAddress Parse(string ipString) => throw null;
        public override string ToString() => throw null;
        public static IPAddress GetDefaultLocalAddress() => throw null;
        public override int GetHashCode() => throw null;
    }

    [Serializable]
    public class IPEndPoint : EndPoint
    {
        public const int MinPort = 0x00000000;
        public const int MaxPort = 0x0000FFFF;
        public IPEndPoint(long address, int port) => throw null;
        public IPEndPoint(IPAddress address, int port) => throw null;
        public IPAddress Address => throw null;
        public AddressFamily AddressFamily => throw null;
        public int Port => throw null;
        public override SocketAddress Serialize() => throw null;
        public override EndPoint Create(SocketAddress socketAddress) => throw null;
        public override string ToString() => throw null;
        public override bool Equals(object obj) => throw null;
        public override int GetHashCode() => throw null;
    }

    public class SocketAddress
    {
        public SocketAddress(AddressFamily family, int size) => throw null;
        public AddressFamily Family => throw null;
        public int Size => throw null;
        [IndexerName("Item")]
        public byte this[int offset] { get => throw null; set => throw null; }
        public override bool Equals(object obj) => throw null;
        public override int GetHashCode() => throw null;
    }
}
