using Springtail.Delivery;

namespace Springtail.Sessions;

/// <summary>What a session knows of the one whose place it took in the same channel, where the peer knows nothing of that one (PROTOCOL.md 14.2).</summary>
internal sealed partial class Renewal
{
    // What the application has not taken of it; then it is told, and then comes what this session received.
    private Inbox _earlier;

    public Renewal(Inbox earlier, int lostMessages)
    {
        _earlier = earlier;
        LostMessages = lostMessages;
        IsToTell = true;
    }

    /// <summary>Reliable messages that may not have arrived before.</summary>
    public int LostMessages { get; }

    /// <summary>The application has not heard of it.</summary>
    public bool IsToTell { get; private set; }

    /// <summary>What the application has not taken of the session before; null for nothing, and once it was told.</summary>
    public Inbox Earlier => _earlier;

    /// <summary>Size of the next message of the session before; -1 when there is none.</summary>
    public int NextSize => _earlier == null ? -1 : _earlier.NextSize;

    /// <summary>Copies the next message of the session before and forgets it; returns its size, or -1 when there is none.</summary>
    public int Take(byte[] buffer, int offset) => _earlier == null ? -1 : _earlier.Take(buffer, offset);

    /// <summary>The application is told, if it has taken all that came before.</summary>
    public bool Tell()
    {
        if (!IsToTell || NextSize >= 0)
        {
            return false;
        }

        IsToTell = false;
        _earlier = null;
        return true;
    }
}
