namespace Springtail.Keys;

/// <summary>What a handshake derives for a session (PROTOCOL.md 6 to 8). Keys have 32 bytes.</summary>
internal sealed class SessionParameters
{
    /// <summary>Initial sequence of the client's packets.</summary>
    public uint ClientSequence;

    /// <summary>Initial sequence of the server's packets.</summary>
    public uint ServerSequence;

    public ushort ClientPortOffset;

    public ushort ServerPortOffset;

    public byte[] SessionKey;

    public uint PortHopSeed;

    /// <summary>ms that shift the hop windows.</summary>
    public ushort TimeSyncOffset;

    /// <summary>Derived but not used: it has 16 bits, and both sides know it (PROTOCOL.md 6).</summary>
    public ushort CongestionSeed;

    /// <summary>64 bytes; wiped and null once the traffic keys are made.</summary>
    public byte[] TrafficSecret;

    /// <summary>Encrypts what the client sends.</summary>
    public byte[] ClientKey;

    /// <summary>Encrypts what the server sends.</summary>
    public byte[] ServerKey;

    /// <summary>0 to 999 ms with DIVERSIFIED, otherwise 0.</summary>
    public ushort HopIntervalVariance;

    /// <summary>With DIVERSIFIED, otherwise 0.</summary>
    public ushort HopSequenceSeed;

    /// <summary>Tags CONTROL and MANAGEMENT packets with DIVERSIFIED; otherwise null.</summary>
    public byte[] AuthenticationKey;

    /// <summary>Masks every packet after the handshake, for the life of the session.</summary>
    public byte[] MaskKey;

    public byte[] HopKey;

    /// <summary>ms that a hop window lasts.</summary>
    public int HopInterval;

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
