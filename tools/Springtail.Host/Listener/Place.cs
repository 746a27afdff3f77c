using Springtail.Sessions;

namespace Springtail.Listening;

/// <summary>What an index keeps of a seat.</summary>
internal sealed class Place
{
    public Place(Seat seat)
    {
        Seat = seat;
    }

    public Seat Seat { get; }

    // Of DeadlineHeap.
    public int Index { get; set; } = -1;

    /// <summary>The shard that runs it; null where the server does.</summary>
    public Shard Shard { get; set; }

    // Of IndexedDirectory: where it stands in the list of all, its session as it was when last looked at, its ports, and where it was heard from.
    public int Number { get; set; }

    public Session Session { get; set; }

    public int PortsVersion { get; set; }

    public PortUse Ports { get; set; }

    public ulong Source { get; set; }

    public bool HasSource { get; set; }
}

/// <summary>A port of a seat: in the seat's list, and in the chain of all that have this port.</summary>
internal sealed class PortUse
{
    public PortUse(Seat seat, int port)
    {
        Seat = seat;
        Port = port;
    }

    public Seat Seat { get; set; }

    public int Port { get; set; }

    public bool IsWanted { get; set; }

    public PortUse NextOfSeat { get; set; }

    public PortUse Next { get; set; }

    public PortUse Previous { get; set; }
}
