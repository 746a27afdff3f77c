namespace Springtail.Soak;

/// <summary>What goes wrong on the way, or at a host.</summary>
internal enum Fault
{
    Loss,
    Burst,
    Reordering,
    Duplication,
    Corruption,
    Mtu,
    Path,
    ClockStep,
    Freeze,
    Restart,
    Sleep,
    Rekey,
    SlowReader,
    Replay,
    Forgery,
}

/// <summary>A fault for some time.</summary>
/// <param name="Fault">Which.</param>
/// <param name="From">When it begins, in ms of network time.</param>
/// <param name="Until">When it is over.</param>
/// <param name="Degree">How much of it: percent, ms, bytes; see <see cref="Scenario"/>.</param>
/// <param name="Host">At whom: 1 is the server, clients follow; 0 for all.</param>
internal sealed record Trouble(Fault Fault, long From, long Until, int Degree, int Host)
{
    public override string ToString() => $"{Fault} {Degree} at {(Host == 0 ? "all" : Host == 1 ? "the server" : $"client {Host}")}, {From} to {Until} ms";
}
