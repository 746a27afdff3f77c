using System;
using System.Collections.Generic;
using Springtail.Packets;
using Springtail.Sessions;

namespace Springtail.Listening;

/// <summary>
/// A directory with an index for each question, for a desktop with many sessions: what a datagram or a hop costs does not depend on how many there are. A
/// datagram is first taken for one of the session that was last heard from its source.
/// </summary>
internal sealed class IndexedDirectory : ISessionDirectory, IPortChanges
{
    // A session has four ports, and an emergency two more and its next session's.
    private const int MaxPorts = 16;

    private readonly PortTable _table;
    private readonly DeadlineHeap _heap;
    private readonly PortUse[] _byPort = new PortUse[65536];
    private readonly Dictionary<ulong, Seat> _byId = new Dictionary<ulong, Seat>();
    private readonly Dictionary<ulong, Seat> _bySource = new Dictionary<ulong, Seat>();
    private readonly List<Seat> _seats = new List<Seat>();
    private readonly int[] _scratch = new int[MaxPorts];
    private PortUse _free;

    /// <param name="options">The range of ports.</param>
    /// <param name="keepsDeadlines">False where somebody else runs the sessions, and looks after their deadlines.</param>
    public IndexedDirectory(ChannelOptions options, bool keepsDeadlines = true)
    {
        _table = new PortTable(options.PortMin, options.PortCount);
        _heap = keepsDeadlines ? new DeadlineHeap() : null;
    }

    public int Count => _seats.Count;

    public long Deadline => _heap == null ? long.MaxValue : _heap.Deadline;

    public int PortsVersion => _table.Version;

    /// <summary>The ports that its sessions want.</summary>
    public PortTable Ports => _table;

    public static Place PlaceOf(Seat seat) => (Place)seat.Place;

    public void Add(Seat seat)
    {
        Place place = new Place(seat) { Number = _seats.Count };
        seat.Place = place;
        _seats.Add(seat);
        if (_heap != null)
        {
            seat.Keeper = this;
            _heap.Add(place);
        }

        Look(place);
    }

    public void Remove(Seat seat)
    {
        Place place = PlaceOf(seat);
        Seat last = _seats[^1];
        _seats[place.Number] = last;
        PlaceOf(last).Number = place.Number;
        _seats.RemoveAt(_seats.Count - 1);
        seat.Keeper = null;
        _heap?.Remove(place);
        SetPorts(place, 0);
        ForgetId(place);
        if (place.HasSource && _bySource.TryGetValue(place.Source, out Seat heard) && heard == seat)
        {
            _bySource.Remove(place.Source);
        }
    }

    public void Touch(Seat seat)
    {
        Place place = PlaceOf(seat);
        _heap?.Update(place);
        if (NeedsLook(seat))
        {
            Look(place);
        }
    }

    /// <summary>True when its ports or its session are other ones than when it was last touched.</summary>
    public static bool NeedsLook(Seat seat)
    {
        Place place = PlaceOf(seat);
        return seat.PortsChanged || place.Session != seat.Session || place.PortsVersion != seat.PortsVersion;
    }

    public void Heard(Seat seat, Endpoint from)
    {
        Place place = PlaceOf(seat);
        ulong source = SourceOf(from);
        if (!place.HasSource || place.Source != source)
        {
            if (place.HasSource && _bySource.TryGetValue(place.Source, out Seat heard) && heard == seat)
            {
                _bySource.Remove(place.Source);
            }

            place.HasSource = true;
            place.Source = source;
            _bySource[source] = seat;
        }
    }

    public Seat NextDue(long now) => Deadline <= now ? _heap.First : null;

    public Seat Candidate(int port, Endpoint from, Seat after)
    {
        // The likely one first; the others as they stand in the port's chain, without it.
        Seat likely = _bySource.TryGetValue(SourceOf(from), out Seat heard) && Find(PlaceOf(heard), port) != null ? heard : null;
        if (after == null && likely != null)
        {
            return likely;
        }

        PortUse next = after == null || after == likely ? _byPort[port] : Find(PlaceOf(after), port)?.Next;
        if (next != null && next.Seat == likely)
        {
            next = next.Next;
        }

        return next?.Seat;
    }

    public bool HasSession(ulong sessionId) => _byId.TryGetValue(sessionId, out Seat seat) && seat.Session.State != SessionState.Ended;

    public Seat At(int index) => _seats[index];

    public int AddPorts(int[] ports, int count) => _table.AddPorts(ports, count);

    public bool TakePortChange(out int port, out bool opens) => _table.TakeChange(out port, out opens);

    private static PortUse Find(Place place, int port)
    {
        PortUse use = place.Ports;
        while (use != null && use.Port != port)
        {
            use = use.NextOfSeat;
        }

        return use;
    }

    // Address and port; two sources that fall together cost one unmasking in vain.
    private static ulong SourceOf(Endpoint from)
    {
        ReadOnlySpan<byte> address = from.Address;
        ulong high = BitConverter.ToUInt64(address);
        ulong low = BitConverter.ToUInt64(address.Slice(8));
        return (high * 0x9E3779B97F4A7C15UL) ^ (low * 0xC2B2AE3D27D4EB4FUL) ^ ((ulong)from.Port * 0x165667B19E3779F9UL);
    }

    private void Look(Place place)
    {
        Seat seat = place.Seat;
        seat.PortsChanged = false;
        place.PortsVersion = seat.PortsVersion;
        SetPorts(place, seat.Session.IsDormant ? 0 : Math.Min(seat.AddPorts(_scratch, 0), MaxPorts));
        if (place.Session != seat.Session)
        {
            ForgetId(place);
            place.Session = seat.Session;
            _byId[seat.Session.Id] = seat;
        }
    }

    private void ForgetId(Place place)
    {
        if (place.Session != null && _byId.TryGetValue(place.Session.Id, out Seat known) && known == place.Seat)
        {
            _byId.Remove(place.Session.Id);
        }
    }

    // To those in the scratch array. New ones come before old ones go, so that a port that stays in use is not closed between.
    private void SetPorts(Place place, int count)
    {
        for (PortUse use = place.Ports; use != null; use = use.NextOfSeat)
        {
            use.IsWanted = false;
        }

        for (int i = 0; i < count; i++)
        {
            PortUse use = Find(place, _scratch[i]) ?? Use(place, _scratch[i]);
            use.IsWanted = true;
        }

        PortUse before = null;
        for (PortUse use = place.Ports; use != null;)
        {
            PortUse next = use.NextOfSeat;
            if (use.IsWanted)
            {
                before = use;
            }
            else
            {
                if (before == null)
                {
                    place.Ports = next;
                }
                else
                {
                    before.NextOfSeat = next;
                }

                Release(use);
            }

            use = next;
        }
    }

    private PortUse Use(Place place, int port)
    {
        PortUse use = _free ?? new PortUse(null, 0);
        _free = use.NextOfSeat;
        use.Seat = place.Seat;
        use.Port = port;
        use.NextOfSeat = place.Ports;
        place.Ports = use;
        use.Previous = null;
        use.Next = _byPort[port];
        if (use.Next != null)
        {
            use.Next.Previous = use;
        }

        _byPort[port] = use;
        _table.Add(port);
        return use;
    }

    private void Release(PortUse use)
    {
        if (use.Previous == null)
        {
            _byPort[use.Port] = use.Next;
        }
        else
        {
            use.Previous.Next = use.Next;
        }

        if (use.Next != null)
        {
            use.Next.Previous = use.Previous;
        }

        _table.Remove(use.Port);
        use.Seat = null;
        use.NextOfSeat = _free;
        _free = use;
    }
}
