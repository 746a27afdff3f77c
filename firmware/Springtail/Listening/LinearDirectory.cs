using System;
using Springtail.Packets;
using Springtail.Sessions;

namespace Springtail.Listening;

/// <summary>A directory that looks through all its sessions: for a device, which has a few.</summary>
internal sealed class LinearDirectory : ISessionDirectory
{
    private Seat[] _seats = new Seat[4];

    // PortsVersion of each seat when it was last looked at.
    private int[] _versions = new int[4];
    private int _turn;

    public int Count { get; private set; }

    public int PortsVersion { get; private set; }

    public long Deadline
    {
        get
        {
            long at = long.MaxValue;
            for (int i = 0; i < Count; i++)
            {
                long deadline = _seats[i].Deadline;
                at = deadline < at ? deadline : at;
            }

            return at;
        }
    }

    public void Add(Seat seat)
    {
        if (Count == _seats.Length)
        {
            Seat[] seats = new Seat[Count * 2];
            Array.Copy(_seats, 0, seats, 0, Count);
            _seats = seats;
            int[] versions = new int[Count * 2];
            Array.Copy(_versions, 0, versions, 0, Count);
            _versions = versions;
        }

        seat.Keeper = this;
        _versions[Count] = seat.PortsVersion;
        _seats[Count++] = seat;
        PortsVersion++;
    }

    public void Remove(Seat seat)
    {
        seat.Keeper = null;
        int at = IndexOf(seat);
        Count--;
        for (int i = at; i < Count; i++)
        {
            _seats[i] = _seats[i + 1];
            _versions[i] = _versions[i + 1];
        }

        _seats[Count] = null;
        PortsVersion++;
    }

    public void Touch(Seat seat)
    {
        int at = IndexOf(seat);
        if (seat.PortsChanged || _versions[at] != seat.PortsVersion)
        {
            seat.PortsChanged = false;
            _versions[at] = seat.PortsVersion;
            PortsVersion++;
        }
    }

    public Seat NextDue(long now)
    {
        for (int i = 0; i < Count; i++)
        {
            _turn = _turn + 1 >= Count ? 0 : _turn + 1;
            if (_seats[_turn].Deadline <= now)
            {
                return _seats[_turn];
            }
        }

        return null;
    }

    public Seat Candidate(int port, Endpoint from, Seat after)
    {
        int next = after == null ? 0 : IndexOf(after) + 1;
        return next < Count ? _seats[next] : null;
    }

    public void Heard(Seat seat, Endpoint from)
    {
    }

    public bool HasSession(ulong sessionId)
    {
        for (int i = 0; i < Count; i++)
        {
            if (_seats[i].Session.Id == sessionId && _seats[i].Session.State != SessionState.Ended)
            {
                return true;
            }
        }

        return false;
    }

    public Seat At(int index) => _seats[index];

    public int AddPorts(int[] ports, int count)
    {
        for (int i = 0; i < Count; i++)
        {
            count = _seats[i].AddPorts(ports, count);
        }

        return count;
    }

    private int IndexOf(Seat seat)
    {
        int i = 0;
        while (_seats[i] != seat)
        {
            i++;
        }

        return i;
    }
}
