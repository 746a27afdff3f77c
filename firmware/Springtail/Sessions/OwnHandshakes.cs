using Springtail.Packets;

namespace Springtail.Sessions;

/// <summary>
/// The last handshakes and discoveries that this program began. A program that listens and connects with the same PSK gives one of
/// these to both, so that a first packet of its own that somebody mirrors is not answered (PROTOCOL.md 5, 15). Safe for the threads of both.
/// </summary>
public sealed class OwnHandshakes
{
    private const int Count = 8;

    private readonly ulong[] _sessionIds = new ulong[Count];
    private readonly ulong[] _publicKeys = new ulong[Count];
    private readonly ulong[] _discoveryIds = new ulong[Count];
    private int _next;
    private int _nextDiscovery;

    internal void Add(ulong sessionId, byte[] publicKey)
    {
        lock (_sessionIds)
        {
            _sessionIds[_next] = sessionId;
            _publicKeys[_next] = Wire.ReadU64(publicKey, 0);
            _next = _next + 1 == Count ? 0 : _next + 1;
        }
    }

    internal void AddDiscovery(ulong discoveryId)
    {
        lock (_sessionIds)
        {
            _discoveryIds[_nextDiscovery] = discoveryId;
            _nextDiscovery = _nextDiscovery + 1 == Count ? 0 : _nextDiscovery + 1;
        }
    }

    internal bool ContainsDiscovery(ulong discoveryId)
    {
        lock (_sessionIds)
        {
            for (int i = 0; i < Count; i++)
            {
                if (_discoveryIds[i] == discoveryId)
                {
                    return true;
                }
            }
        }

        return false;
    }

    internal bool Contains(ulong sessionId, byte[] publicKey)
    {
        ulong key = Wire.ReadU64(publicKey, 0);
        lock (_sessionIds)
        {
            for (int i = 0; i < Count; i++)
            {
                if (_sessionIds[i] == sessionId || (_publicKeys[i] == key && key != 0))
                {
                    return true;
                }
            }
        }

        return false;
    }
}
