using System.Runtime.CompilerServices;

namespace Springtail.Udp;

/// <summary>
/// UDP sockets of a desktop for a nanoCLR that has no System.Net. Declarations and nothing else: the order of the members is the order of the native
/// method table. All are on 127.0.0.1, and none waits.
/// </summary>
public static class UdpSockets
{
    /// <summary>Opens a socket at a port, or with 0 at one of the system's choice. Returns its handle, or -1 when there is none to be had.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern int Open(int port);

    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void Close(int handle);

    /// <summary>How many are open.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern int Count();

    /// <summary>Sends to a port of 127.0.0.1.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void Send(int handle, int port, byte[] buffer, int size);

    /// <summary>Takes a datagram that is there. Returns its size, or -1 when there is none; the first two bytes of <paramref name="from"/> are the port that it came from.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern int Receive(int handle, byte[] buffer, byte[] from);

    /// <summary>
    /// Reads the file of that name (letters alone) in the folder that the environment's NANO_BOARD names. Returns its size, or -1 when there is none;
    /// of one larger than the buffer what fits is read.
    /// </summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern int ReadFile(byte[] name, byte[] buffer);

    /// <summary>Fills an array from the system's random source.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void Random(byte[] output);
}
