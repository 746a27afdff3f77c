using Springtail.Keys;

namespace Springtail.Sessions;

/// <summary>What a session needs until it is established, and has taken up what it continues (PROTOCOL.md 5, 14.2); it lets go of it then.</summary>
internal sealed class Opening
{
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

    public void Wipe()
    {
        Secret.Wipe(Continuation);
        Secret.Wipe(Claim);
    }
}
