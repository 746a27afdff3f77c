namespace Springtail.Sessions;

/// <summary>
/// Counts what might have been guesses at a token, so that there are three at most (PROTOCOL.md 17). It belongs to the token: all who use the
/// same <see cref="ChannelOptions"/> count here.
/// </summary>
internal sealed partial class TokenGuard
{
    private const int MaxFailures = 3;

    private readonly object _lock = new object();

    /// <summary>Exchanges that allowed the other side a guess and have not led to a session: a success does not undo the failure of another exchange.</summary>
    public int Failures { get; private set; }

    /// <summary>No further exchange may be begun under this token.</summary>
    public bool IsSpent => Failures >= MaxFailures;

    /// <summary>Called before an exchange is answered: it counts as a failure until it succeeds. Returns false when there were too many failures; then it must not be answered.</summary>
    public bool TryBegin()
    {
        // Several connections may use the token at once.
        lock (_lock)
        {
            Recall();
            bool may = !IsSpent;
            if (may)
            {
                Failures++;
            }

            Keep();
            return may;
        }
    }

    /// <summary>The other side has shown that it holds the token: the exchange that was begun for it is no failure.</summary>
    public void Succeed()
    {
        lock (_lock)
        {
            Recall();
            Failures--;
            Keep();
        }
    }

    // On the desktop, where the count outlives the process; from the first of these to the second no other process changes it.
    partial void Recall();

    partial void Keep();
}
