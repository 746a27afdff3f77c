using System;
using System.Net;
using System.Net.Sockets;
using System.Threading;

namespace Springtail.Tests;

/// <summary>
/// Addresses of loopback for tests with sockets, each for one side of one test. Sides that hop over the same ports want one port at a time now and then: on one
/// address, or where one of them is bound to all, the second cannot open it, and what is sent there is lost.
/// </summary>
internal static class Loopback
{
    // 127.128.0.0/9, away from 127.0.0.1 and from the addresses that the gateway's bench gives to its devices: a block of 4096 for each process that runs tests
    // beside another, and in none of them the last, a broadcast address.
    private const int BlockBits = 12;
    private const int Blocks = 2047;

    private static readonly bool s_hasMany = Binds(Address(0));
    private static int s_count;

    /// <summary>An address that nobody else in this process had among the last 4096; always 127.0.0.1 where the system has no other (macOS).</summary>
    public static IPAddress Next()
    {
        int place = Interlocked.Increment(ref s_count) & ((1 << BlockBits) - 1);
        return s_hasMany ? Address((Environment.ProcessId % Blocks << BlockBits) + place) : IPAddress.Loopback;
    }

    private static IPAddress Address(int place) => new([127, (byte)(128 + (place >> 16)), (byte)(place >> 8), (byte)place]);

    private static bool Binds(IPAddress address)
    {
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            socket.Bind(new IPEndPoint(address, 0));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
