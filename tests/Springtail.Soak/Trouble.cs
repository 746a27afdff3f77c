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

    /// <summary>Somebody beside the path, who cannot decrypt, sends each packet of a client from an address of his own, and is first.</summary>
    Side,

    /// <summary>Packets of certain lengths do not arrive.</summary>
    Dropper,

    /// <summary>Packets take so much longer, up to 4 s.</summary>
    Delay,

    /// <summary>The server has another address, which its name leads to.</summary>
    ServerPath,

    /// <summary>The holder of another key of the listener calls it again and again, and goes on when the other troubles are over.</summary>
    Insider,
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
