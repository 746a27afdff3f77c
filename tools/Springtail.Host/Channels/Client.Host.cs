using System;
using Springtail.Keys;
using Springtail.Packets;

namespace Springtail.Sessions;

// On the desktop each attempt may go to another address (RFC 8305).
internal sealed partial class Client
{
    /// <summary>Where the next attempt goes; null for where the last one went.</summary>
    internal Endpoint NextServer { get; set; }

    /// <summary>Says whether the packet after the one that is handed over has come too; null where nobody knows.</summary>
    internal Func<bool> MoreComes { get; set; }

    /// <summary>The attempt under way does not last long: there is another address to try.</summary>
    internal void Hurry() => _attempt?.Hurry();

    /// <summary>Whether packets go to this address, of whatever port.</summary>
    internal bool GoesTo(Endpoint address) => _server.SameAddress(address);

    /// <summary>
    /// The address that the attempt under way goes to is no longer the server's: the next attempt begins now. In suites 4 and 5 it does not, since each could be a
    /// guess (PROTOCOL.md 17).
    /// </summary>
    internal void Leave()
    {
        if (_suite <= KeySchedule.SuiteFuzzy)
        {
            _attempt?.Leave();
        }
    }

    partial void LookAhead() => _arrival.MoreComes = MoreComes != null && MoreComes();

    partial void ChooseServer()
    {
        if (NextServer != null)
        {
            _server.CopyFrom(NextServer);
        }
    }
}

internal sealed partial class Attempt
{
    // How long an address is tried while there are others, in ms: three copies; where each attempt may be a guess at a token, all five.
    private const int HurriedLifetime = 2500;
    private const int HurriedLifetimeSuite5 = 8500;

    /// <summary>Is over.</summary>
    public void Leave() => _lifetime = 0;

    /// <summary>Lasts less long from now on.</summary>
    public void Hurry() => _lifetime = _suite == KeySchedule.SuiteSpake2 ? HurriedLifetimeSuite5 : HurriedLifetime;
}
