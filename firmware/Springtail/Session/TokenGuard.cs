namespace Springtail.Sessions;

/// <summary>
/// Counts what might have been guesses at a token, so that there are three at most (PROTOCOL.md 17). It belongs to the token: all who use the
/// same <see cref="ChannelOptions"/> count here.
/// </summary>
internal sealed class TokenGuard
{
    private const int MaxFailures = 3;

    /// <summary>Exchanges that gave the other side a guess and have not led to a session.</summary>
    public int Failures { get; private set; }

    /// <summary>No further exchange may be begun under this token.</summary>
    public bool IsSpent => Failures >= MaxFailures;

    /// <summary>An exchange is answered: a failure until it succeeds.</summary>
    public void Begin()
    {
        Failures++;
    }

    /// <summary>The other side has shown that it holds the token.</summary>
    public void Succeed()
    {
        Failures = 0;
    }
}
