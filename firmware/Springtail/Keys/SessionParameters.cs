namespace Springtail.Keys;

/// <summary>What a handshake derives for a session (PROTOCOL.md 6 to 8). Keys have 32 bytes.</summary>
internal sealed class SessionParameters
{
    /// <summary>Initial sequence of the client's packets.</summary>
    public uint ClientSequence { get; internal set; }

    /// <summary>Initial sequence of the server's packets.</summary>
    public uint ServerSequence { get; internal set; }

    public ushort ClientPortOffset { get; internal set; }

    public ushort ServerPortOffset { get; internal set; }

    public byte[] SessionKey { get; internal set; }

    public uint PortHopSeed { get; internal set; }

    /// <summary>ms that shift the hop windows.</summary>
    public ushort TimeSyncOffset { get; internal set; }

    /// <summary>Seeds timer jitter and heartbeats; local.</summary>
    public ushort CongestionSeed { get; internal set; }

    /// <summary>64 bytes; wiped and null once the traffic keys are made.</summary>
    public byte[] TrafficSecret { get; internal set; }

    /// <summary>Encrypts what the client sends.</summary>
    public byte[] ClientKey { get; internal set; }

    /// <summary>Encrypts what the server sends.</summary>
    public byte[] ServerKey { get; internal set; }

    /// <summary>0 to 999 ms with DIVERSIFIED, otherwise 0.</summary>
    public ushort HopIntervalVariance { get; internal set; }

    /// <summary>With DIVERSIFIED, otherwise 0.</summary>
    public ushort HopSequenceSeed { get; internal set; }

    /// <summary>Tags CONTROL and MANAGEMENT packets with DIVERSIFIED; otherwise null.</summary>
    public byte[] AuthenticationKey { get; internal set; }

    /// <summary>Masks every packet after the handshake, for the life of the session.</summary>
    public byte[] MaskKey { get; internal set; }

    public byte[] HopKey { get; internal set; }

    /// <summary>ms that a hop window lasts.</summary>
    public int HopInterval { get; internal set; }

    /// <summary>Zeroes all keys.</summary>
    public void Wipe()
    {
        Secret.Wipe(SessionKey);
        Secret.Wipe(TrafficSecret);
        Secret.Wipe(ClientKey);
        Secret.Wipe(ServerKey);
        Secret.Wipe(AuthenticationKey);
        Secret.Wipe(MaskKey);
        Secret.Wipe(HopKey);
        PortHopSeed = 0;
        HopSequenceSeed = 0;
    }
}
