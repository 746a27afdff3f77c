#nullable enable
using Springtail.Listening;
using Springtail.Packets;

namespace Springtail;

/// <summary>The state of a listener at one moment, and what it knows of handshakes that failed (PROTOCOL.md 5).</summary>
public sealed class ListenerStatus
{
    private readonly uint[] _drops = new uint[DropCause.Count];

    internal ListenerStatus(Server server, int portsTaken)
    {
        for (int i = 0; i < _drops.Length; i++)
        {
            _drops[i] = server.Counters.Drops(i);
        }

        Sessions = server.Sessions;
        PortsTaken = portsTaken;
        IsShortOfFiles = server.IsClosed;
        LastClockError = server.LastClockError;
        LastRefusedSuite = server.LastRefusedSuite;
        OtherPortMin = server.OtherPortMin;
        OtherPortCount = server.OtherPortCount;
    }

    /// <summary>Sessions that are established and not ended.</summary>
    public int Sessions { get; }

    /// <summary>How many ports could not be opened so far, because something else has them.</summary>
    public int PortsTaken { get; }

    /// <summary>Newcomers are refused, since the process may open no more files (ulimit -n) and the sessions that there are may want them.</summary>
    public bool IsShortOfFiles { get; }

    /// <summary>How far the clock was off of the last peer whose first packet was refused for its clock, in ms; 0 when there was none.</summary>
    public long LastClockError { get; }

    /// <summary>The suite of the last first packet that was refused because the suite is not allowed here; 0 when there was none.</summary>
    public int LastRefusedSuite { get; }

    /// <summary>The lowest port of the last peer that hops over other ports than this listener, so that no session came of it; 0 when there was none.</summary>
    public int OtherPortMin { get; }

    /// <summary>The count of ports of that range.</summary>
    public int OtherPortCount { get; }

    /// <summary>Packets dropped outside of sessions for one cause.</summary>
    /// <param name="cause">One of <see cref="DropCause"/>.</param>
    public uint Drops(int cause) => _drops[cause];
}
