using Springtail.Packets;

namespace Springtail.Transport;

/// <summary>
/// UDP ports that open and close. Used by one thread at a time, but for <see cref="Wake"/>.
/// </summary>
public interface IDatagramTransport
{
    /// <summary>Opens a local port; <see cref="Sessions.Datagram.OwnSocket"/> for one of the system's choice. False when it is taken.</summary>
    bool Open(int port);

    /// <summary>Closes a port that <see cref="Open"/> opened.</summary>
    void Close(int port);

    /// <summary>Sends a datagram from an open port. Errors are the network's, and ignored.</summary>
    void Send(int localPort, Endpoint to, byte[] buffer, int size);

    /// <summary>
    /// Waits at most <paramref name="timeout"/> ms for a datagram at any open port, without taking it: a caller that shares a buffer needs it only for
    /// <see cref="Receive"/>. May return early.
    /// </summary>
    void Wait(int timeout);

    /// <summary>
    /// Waits at most <paramref name="timeout"/> ms for a datagram at any open port. Returns its size, 0 when none came (or <see cref="Wake"/> was called).
    /// One larger than the buffer is cut or dropped. Errors that the network reports (ICMP) are ignored.
    /// </summary>
    int Receive(byte[] buffer, Endpoint from, out int localPort, int timeout);

    /// <summary>Makes a waiting <see cref="Receive"/> return. May be called from any thread.</summary>
    void Wake();

    /// <summary>The address of a host name or numeric address.</summary>
    /// <exception cref="SpringtailException">The name is not known.</exception>
    Endpoint Resolve(string host);

    /// <summary>Closes all ports.</summary>
    void Dispose();
}
