using System;
using Springtail.Packets;
using Springtail.Sessions;
using Springtail.Transport;

namespace Springtail.Peer;

/// <summary>
/// Runs one side of the protocol over sockets, on the caller's thread: all that touches it happens between two steps, so
/// nothing needs a lock.
/// </summary>
internal sealed class PeerLoop : IDisposable
{
    // Datagrams that are taken in before the rest of the work goes on.
    private const int Batch = 64;

    private readonly Driver _driver;
    private readonly byte[] _buffer = new byte[Packet.MaxSize + 1];
    private readonly Endpoint _from = new();

    public PeerLoop(IProtocolPeer peer, SocketTransport transport, IClock clock)
    {
        _driver = new Driver(peer, transport, clock);
        Transport = transport;
        Clock = clock;
    }

    public SocketTransport Transport { get; }

    public IClock Clock { get; }

    /// <summary>Ports that could not be opened so far.</summary>
    public int PortsTaken => _driver.PortsTaken;

    /// <summary>Opens and closes ports and sends what there is to send.</summary>
    public void Flush() => _driver.Flush();

    /// <summary>Waits for datagrams or the peer's next deadline, at most that many ms, and does what is due.</summary>
    public void Step(int longest)
    {
        int size = Transport.Receive(_buffer, _from, out int port, Math.Min(_driver.IdleTime, longest));
        for (int i = 1; size > 0; i++)
        {
            _driver.Take(_buffer, size, _from, port);
            _driver.Flush();
            size = i < Batch ? Transport.Receive(_buffer, _from, out port, 0) : 0;
        }

        _driver.Flush();
    }

    public void Dispose()
    {
        _driver.ClosePorts();
        Transport.Dispose();
    }
}
