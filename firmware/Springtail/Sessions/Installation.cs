using Springtail.Crypto;
using Springtail.Keys;
using Springtail.Packets;

namespace Springtail.Sessions;

/// <summary>
/// Tells a program its own first packets, so that one that somebody leads back to it is not answered (PROTOCOL.md 2, 5, 15). A program that listens
/// and connects with the same PSK passes one of these to both. Safe for the threads of both.
/// </summary>
public sealed class Installation
{
    private const int Count = 8;

    private readonly ulong[] _discoveryIds = new ulong[Count];
    private byte[] _id;
    private int _next;

    /// <summary>An installation that draws its id when it first needs it and keeps nothing: another one after each start.</summary>
    public Installation()
    {
    }

    /// <param name="id">installation_id, 16 random bytes that were kept from an earlier run.</param>
    /// <exception cref="System.ArgumentException">The id has not 16 bytes.</exception>
    public Installation(byte[] id)
    {
        if (id == null || id.Length != LongTermKeys.InstallationIdSize)
        {
            throw new System.ArgumentException("An installation_id has 16 bytes.");
        }

        _id = Secret.Slice(id, 0, id.Length);
    }

    /// <summary>mark(session_id): what SYN and SYN_ACK carry.</summary>
    internal ulong Mark(ICryptoCore core, ulong sessionId)
    {
        lock (_discoveryIds)
        {
            if (_id == null)
            {
                _id = new byte[LongTermKeys.InstallationIdSize];
                core.Random(_id, 0, _id.Length);
            }
        }

        return LongTermKeys.Mark(core, _id, sessionId);
    }

    /// <summary>A discovery that this program begins.</summary>
    internal void AddDiscovery(ulong discoveryId)
    {
        lock (_discoveryIds)
        {
            _discoveryIds[_next] = discoveryId;
            _next = _next + 1 == Count ? 0 : _next + 1;
        }
    }

    /// <summary>True for one of the last eight discoveries that this program began.</summary>
    internal bool ContainsDiscovery(ulong discoveryId)
    {
        lock (_discoveryIds)
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
}
