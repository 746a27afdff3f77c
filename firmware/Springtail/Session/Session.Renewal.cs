namespace Springtail.Sessions;

// One session follows another in the same channel: after a new handshake in recovery, or an emergency (PROTOCOL.md 14).
internal sealed partial class Session
{
    // What the application has not taken of the session before; then it is told, and then comes what this one received.
    private Inbox _earlier;
    private bool _renewalToTell;
    private int _lostBefore;

    /// <summary>The session that has taken this one's place; null while there is none.</summary>
    public Session Successor { get; private set; }

    /// <summary>
    /// True once for each session that took the place of another, when the messages that came before are all taken. Until then there are
    /// no further ones. Reliable messages sent before may not have arrived (<see cref="LostMessages"/>), and some of the peer's may be missing.
    /// </summary>
    public bool TakeRenewal()
    {
        if (!_renewalToTell || EarlierSize >= 0)
        {
            return false;
        }

        _renewalToTell = false;
        _earlier = null;
        return true;
    }

    // Size of the next message of the session before; -1 when there is none.
    private int EarlierSize => _earlier == null ? -1 : _earlier.NextSize;

    /// <summary>Takes the place of a session, which ends here without a packet.</summary>
    internal void Follow(Session previous, long now)
    {
        previous.End(Packets.ErrorCode.Terminated);
        previous.Successor = this;
        KeyIndex = previous.KeyIndex;
        Counters.Add(previous.Counters);
        LostMessages = previous.LostMessages;
        _lostBefore = previous.LostMessages;
        _renewalToTell = true;

        if (previous._ending != null)
        {
            Close(now);
        }

        _earlier = previous._inbox;
        if (previous._renewalToTell)
        {
            // The application has not heard of the change before this one. It is told once for both, and what came between them is missing.
            _earlier = previous._earlier;
            previous._inbox.Wipe();
        }
    }

    /// <summary>Wipes what the application has not taken: it is gone.</summary>
    internal void DropMessages()
    {
        _inbox.Wipe();
        _earlier?.Wipe();
    }
}
