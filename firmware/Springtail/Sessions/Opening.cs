using Springtail.Keys;
using Springtail.Packets;

namespace Springtail.Sessions;

/// <summary>What a session needs until it is established, and has taken up what it continues (PROTOCOL.md 5, 14.2); it lets go of it then.</summary>
internal sealed class Opening
{
    /// <summary>How long a client repeats the confirming ACK at the most, and in suites 4 and 5, where another handshake would be another guess; in ms.</summary>
    public const long ConfirmLifetime = 20000;

    // Four copies and their answers find a server that is there.
    private const long LeastConfirmTime = 4000;

    /// <summary>When it was made, in ms of the monotonic clock.</summary>
    public readonly long MadeAt;

    /// <summary>What the handshake took, in ms, or less where that is known; 0 where it is not.</summary>
    public int Took;

    /// <summary>Client: the proof that the session named is its own; null where none is.</summary>
    public byte[] Continuation;

    /// <summary>Client: when the next copy of the confirming ACK goes out, in ms of the monotonic clock, and how many went.</summary>
    public long ConfirmAt;
    public int Copies;

    /// <summary>Client: for how long copies go out, in ms, and until when, in ms of the monotonic clock; it begins with the first.</summary>
    public int ConfirmTime;
    public long ConfirmUntil = long.MaxValue;

    /// <summary>Server: what a proof covers, the client's proof, and what the client has received.</summary>
    public byte[] Transcript;
    public byte[] Claim;
    public uint PeerDone;

    public Opening(long now)
    {
        MadeAt = now;
        ConfirmAt = now;
    }

    /// <summary>How long the ACK is repeated in suites 1 to 3, in ms.</summary>
    /// <param name="rtt">The handshake's round trip, in ms.</param>
    /// <param name="held">What the server took for its SYN_ACK, in ms: it may take as long for its keys again.</param>
    /// <param name="shape">The next packet does not come after a fixed time.</param>
    public static int ConfirmTimeAfter(int rtt, uint held, TrafficShape shape)
    {
        long time = shape.Shorten(LeastConfirmTime) + rtt + 4L * held;
        return (int)(time < ConfirmLifetime ? time : ConfirmLifetime);
    }

    public void Wipe()
    {
        Secret.Wipe(Continuation);
        Secret.Wipe(Claim);
    }
}
