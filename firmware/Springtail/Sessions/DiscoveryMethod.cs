using Springtail.Crypto;
using Springtail.Packets;

namespace Springtail.Sessions;

/// <summary>
/// PSK discovery (PROTOCOL.md 15), both roles, as the channel asks for it. What implements it stands apart, so that a device that does not discover does not
/// carry it.
/// </summary>
public abstract class DiscoveryMethod
{
    internal DiscoveryMethod()
    {
    }

    /// <summary>Begins to ask a responder which of the PSKs it holds too.</summary>
    /// <param name="core">The primitives.</param>
    /// <param name="psks">The PSKs, the preferred ones first.</param>
    /// <param name="responder">The responder's address and discovery port.</param>
    /// <param name="own">Takes the discovery_ids used; null when this program answers no requests.</param>
    /// <param name="now">Monotonic time in ms.</param>
    internal abstract IDiscoveryQuery Ask(ICryptoCore core, byte[][] psks, Endpoint responder, Installation own, long now);

    /// <summary>Makes the answering side of a listener.</summary>
    /// <param name="core">The primitives.</param>
    /// <param name="psks">The listener's PSKs.</param>
    /// <param name="own">The discovery_ids that this program uses itself; or null.</param>
    internal abstract IDiscoveryAnswers Answer(ICryptoCore core, byte[][] psks, Installation own);
}

/// <summary>A discovery from its first packet to its result.</summary>
internal interface IDiscoveryQuery : IProtocolPeer
{
    /// <summary>True once there is a result, good or bad.</summary>
    bool Done { get; }

    /// <summary>Which of the PSKs the responder holds too; -1 when there is none, or no result.</summary>
    int Found { get; }

    /// <summary>When done and nothing is found, why: PSK_NOT_FOUND or DISCOVERY_FAILED (PROTOCOL.md 19); otherwise 0.</summary>
    int Error { get; }

    /// <summary>What can be told of a discovery that found nothing, and what to look at.</summary>
    string Explain();

    /// <summary>Gives up and wipes what is secret.</summary>
    void Abandon();
}

/// <summary>The answering side of discovery, inside a <c>Server</c>.</summary>
internal interface IDiscoveryAnswers
{
    /// <summary>When <see cref="Poll"/> wants to be called next at the latest, in ms of the monotonic clock.</summary>
    long Deadline { get; }

    /// <summary>Takes a packet of the discovery port; false when it is none of discovery, and then it is as it was.</summary>
    bool Receive(byte[] packet, int size, Endpoint from, long now);

    /// <summary>Returns the next answer that is due; false when there is none.</summary>
    bool Poll(Datagram datagram, int localPort, long now);

    /// <summary>Forgets all exchanges and wipes what was made of the PSKs.</summary>
    void Wipe();
}
