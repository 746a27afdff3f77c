using Springtail.Packets;

namespace Springtail.Listening;

/// <summary>
/// Where a listener finds its sessions: by port, by session_id, by deadline. A device with a few looks through them; a desktop has an index for each.
/// </summary>
internal interface ISessionDirectory : ISeatKeeper
{
    /// <summary>How many there are, those included that have ended and wait for the application.</summary>
    int Count { get; }

    /// <summary>The earliest deadline of all, in ms of the monotonic clock; long.MaxValue when there is none.</summary>
    long Deadline { get; }

    /// <summary>Grows whenever the answer of <see cref="AddPorts"/> changes.</summary>
    int PortsVersion { get; }

    void Add(Seat seat);

    void Remove(Seat seat);

    /// <summary>A seat whose deadline has come; those that are due take turns. Null when there is none.</summary>
    Seat NextDue(long now);

    /// <summary>Enumerates the seats that may have sent a packet from an address to a port, the likeliest first: returns the one after the given (the first after null), and null after the last.</summary>
    Seat Candidate(int port, Endpoint from, Seat after);

    /// <summary>A packet of the seat's session came from this address.</summary>
    void Heard(Seat seat, Endpoint from);

    /// <summary>True when a session that has not ended has that session_id.</summary>
    bool HasSession(ulong sessionId);

    /// <summary>The seats in any order: index 0 to <see cref="Count"/> - 1.</summary>
    Seat At(int index);

    /// <summary>Adds the ports of all to the first <paramref name="count"/> of <paramref name="ports"/>; returns the count of all, including those for which there is no room.</summary>
    int AddPorts(int[] ports, int count);
}

/// <summary>Is told when a seat's deadline, ports or session change.</summary>
internal interface ISeatKeeper
{
    /// <summary>A seat's deadline, ports or session may have changed.</summary>
    void Touch(Seat seat);
}
