using System.Collections.Generic;

namespace Springtail.Shape;

/// <summary>What is being played when packets are seen.</summary>
internal enum Scene
{
    Handshake,
    Talk,
    Rekey,
    Clock,
    Discovery,
    SynUnanswered,
    AckUnanswered,
    RekeyUnanswered,
    ClockUnanswered,
    DiscoveryUnanswered,
    DataUnanswered,
    PeerGone,
}

/// <summary>A packet as whoever watches the wire sees it, beside its sender.</summary>
/// <param name="FromServer">The direction.</param>
/// <param name="At">When it was sent, in ms.</param>
/// <param name="HeardAt">When the other side got it, in ms; long.MaxValue for not at all.</param>
/// <param name="Waited">How long its sender was silent before it, in ms, from the last packet that it sent or got; 0 for an answer at once.</param>
/// <param name="Bytes">The datagram.</param>
internal sealed record Sighting(bool FromServer, long At, long HeardAt, long Waited, byte[] Bytes)
{
    public int Length => Bytes.Length;
}

/// <summary>The packets of one scene, from its beginning.</summary>
internal sealed record Flow(Scene Scene, int Suite, List<Sighting> Packets);
