namespace Springtail.Packets;

/// <summary>Why a packet was dropped. Every drop is counted by cause and answered by nothing (PROTOCOL.md 3).</summary>
public static class DropCause
{
    /// <summary>Too short, too long, or no key of the port makes a header of it.</summary>
    public const int Unreadable = 0;

    /// <summary>The receiver's own direction flag, or a mirrored handshake.</summary>
    public const int Reflected = 1;

    /// <summary>The tag is wrong.</summary>
    public const int BadTag = 2;

    /// <summary>An epoch whose keys are not accepted.</summary>
    public const int Epoch = 3;

    /// <summary>Seen before, or older than the window.</summary>
    public const int Replay = 4;

    /// <summary>The payload is shorter than its fields, or a field is out of range.</summary>
    public const int Malformed = 5;

    /// <summary>A type or subtype that does not belong in this state, or an unknown one.</summary>
    public const int Unexpected = 6;

    /// <summary>The timestamp is too far off.</summary>
    public const int Timestamp = 7;

    /// <summary>A limit is reached (sessions, handshakes, requests).</summary>
    public const int Limit = 8;

    /// <summary>A suite or feature that is not allowed here.</summary>
    public const int Suite = 9;

    /// <summary>The peer's public key or the hash of the secret is wrong.</summary>
    public const int KeyExchange = 10;

    /// <summary>From an address that is not the peer's.</summary>
    public const int Address = 11;

    /// <summary>No buffer for it; the peer sends it again.</summary>
    public const int NoRoom = 12;

    /// <summary>A handshake or clock request that was answered before.</summary>
    public const int Copy = 13;

    /// <summary>A handshake with a peer whose port range differs from this side's.</summary>
    public const int PortRange = 14;

    /// <summary>How many causes there are.</summary>
    public const int Count = 15;
}

/// <summary>What was sent, received and dropped.</summary>
internal sealed class Counters
{
    // Null before something was dropped.
    private uint[] _drops;

    public uint PacketsSent { get; internal set; }

    /// <summary>Packets whose tag was verified and whose number was new.</summary>
    public uint PacketsReceived { get; internal set; }

    public uint Retransmissions { get; internal set; }

    /// <summary>Packets dropped for one cause.</summary>
    public uint Drops(int cause) => _drops == null ? 0 : _drops[cause];

    public uint DropsInAll
    {
        get
        {
            uint sum = 0;
            for (int i = 0; i < DropCause.Count; i++)
            {
                sum += Drops(i);
            }

            return sum;
        }
    }

    internal void Drop(int cause)
    {
        _drops = _drops ?? new uint[DropCause.Count];
        _drops[cause]++;
    }

    /// <summary>Goes on from the counts of a session whose place this one's takes.</summary>
    internal void Add(Counters previous)
    {
        PacketsSent += previous.PacketsSent;
        PacketsReceived += previous.PacketsReceived;
        Retransmissions += previous.Retransmissions;
        if (previous._drops != null)
        {
            _drops = _drops ?? new uint[DropCause.Count];
            for (int i = 0; i < DropCause.Count; i++)
            {
                _drops[i] += previous._drops[i];
            }
        }
    }
}
