using Springtail.Packets;

namespace Springtail.Sessions;

/// <summary>
/// One side of the protocol without sockets, threads or a clock: what came in is handed to it, what is to go out is asked
/// of it. <c>Client</c> and <c>Server</c> are the two. Not thread-safe: one caller at a time.
/// </summary>
internal interface IProtocolPeer
{
    /// <summary>When <see cref="Poll"/> wants to be called next at the latest, in ms of the monotonic clock.</summary>
    long Deadline { get; }

    /// <summary>Grows whenever the answer of <see cref="GetPorts"/> changes. Less than 0 says that somebody else opens its ports.</summary>
    int PortsVersion { get; }

    /// <summary>Takes a datagram that arrived. The buffer is worked on in place.</summary>
    /// <param name="packet">The datagram, from index 0 on.</param>
    /// <param name="size">Its length in bytes.</param>
    /// <param name="from">Where it came from.</param>
    /// <param name="localPort">The port at which it arrived; <see cref="Datagram.OwnSocket"/> for the client's own socket.</param>
    /// <param name="now">Monotonic time in ms.</param>
    /// <param name="utcNow">The system's UTC in ms since 1970.</param>
    void Receive(byte[] packet, int size, Endpoint from, int localPort, long now, long utcNow);

    /// <summary>Returns the next datagram to send; false when there is none now.</summary>
    bool Poll(Datagram datagram, long now, long utcNow);

    /// <summary>Writes the local ports that should be open now and returns their count; at most ports.Length.</summary>
    int GetPorts(int[] ports);
}

/// <summary>A datagram on its way out. One that came in may be worked on in its buffer meanwhile.</summary>
internal sealed class Datagram
{
    /// <summary>Stands for the one socket, on a port of the system's choice, from which a client sends.</summary>
    public const int OwnSocket = 0;

    /// <summary>Holds the largest packet that is taken, and one byte more, which shows that what came in is none.</summary>
    public byte[] Buffer { get; } = new byte[Packet.LargestTaken + 1];

    public int Size { get; internal set; }

    /// <summary>The port to send from; another of the peer's open ports serves when that one could not be opened.</summary>
    public int LocalPort { get; internal set; }

    public Endpoint To { get; } = new Endpoint();
}
