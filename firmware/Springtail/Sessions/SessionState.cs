namespace Springtail.Sessions;

/// <summary>Where a session stands.</summary>
public enum SessionState
{
    /// <summary>The keys are derived; the client's confirmation (server) or the first packet (client) is awaited.</summary>
    HalfOpen,

    /// <summary>Messages go both ways.</summary>
    Established,

    /// <summary>The peer was not heard for too long; the session goes on as soon as it is.</summary>
    Recovering,

    /// <summary>A client's session, saved before, that waits for the server's first packet under its new keys; it takes messages already.</summary>
    Resuming,

    /// <summary>A server's session whose client sleeps as it announced; messages wait for it.</summary>
    Asleep,

    /// <summary>One side has asked to close; what is on its way is still delivered.</summary>
    Closing,

    /// <summary>Both sides have closed; copies are still answered for a while.</summary>
    Closed,

    /// <summary>The keys are wiped.</summary>
    Ended,
}
