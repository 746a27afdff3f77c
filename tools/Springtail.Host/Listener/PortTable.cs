using System.Collections.Generic;

namespace Springtail.Listening;

/// <summary>
/// Which ports a listener wants, each counted as often as it is wanted, and what has changed since it was last asked. While it is busy, wanting half of its range,
/// the ports of the range stay open once they are, until it wants less than a quarter: at each hop one would be closed that the next session opens again.
/// </summary>
internal sealed class PortTable
{
    private const int Ports = 65536;
    private const int BusyShare = 2;
    private const int QuietShare = 4;

    private readonly int[] _uses = new int[Ports];
    private readonly bool[] _open = new bool[Ports];
    private readonly bool[] _isChanged = new bool[Ports];
    private readonly Queue<int> _changed = new Queue<int>();
    private readonly int _portMin;
    private readonly int _portCount;
    private bool _isBusy;

    public PortTable(int portMin, int portCount)
    {
        _portMin = portMin;
        _portCount = portCount;
    }

    /// <summary>Grows whenever there is a change to take.</summary>
    public int Version { get; private set; }

    /// <summary>How many ports are wanted.</summary>
    public int Wanted { get; private set; }

    public void Add(int port)
    {
        if (_uses[port]++ == 0)
        {
            Wanted++;
            _isBusy |= Wanted >= _portCount / BusyShare && _portCount > BusyShare;
            Note(port);
        }
    }

    public void Remove(int port)
    {
        if (--_uses[port] != 0)
        {
            return;
        }

        Wanted--;
        if (!_isBusy)
        {
            Note(port);
        }
        else if (Wanted < _portCount / QuietShare)
        {
            _isBusy = false;
            for (int i = _portMin; i < _portMin + _portCount; i++)
            {
                Note(i);
            }
        }
    }

    /// <summary>The next port that is to be opened, or closed; false when there is none.</summary>
    public bool TakeChange(out int port, out bool opens)
    {
        while (_changed.TryDequeue(out port))
        {
            _isChanged[port] = false;
            opens = _uses[port] > 0 || (_isBusy && _open[port] && port >= _portMin && port - _portMin < _portCount);
            if (opens != _open[port])
            {
                _open[port] = opens;
                return true;
            }
        }

        opens = false;
        return false;
    }

    /// <summary>Adds the ports that are wanted to the first <paramref name="count"/> of <paramref name="ports"/>; returns the count of all, also of those that find no room.</summary>
    public int AddPorts(int[] ports, int count)
    {
        for (int port = 0; port < Ports; port++)
        {
            if (_uses[port] > 0)
            {
                if (count < ports.Length)
                {
                    ports[count] = port;
                }

                count++;
            }
        }

        return count;
    }

    private void Note(int port)
    {
        Version++;
        if (!_isChanged[port])
        {
            _isChanged[port] = true;
            _changed.Enqueue(port);
        }
    }
}
