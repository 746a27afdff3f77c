using System;
using System.IO;
using Springtail.Transport;

namespace Springtail.Listening;

/// <summary>
/// Whether the process may have the descriptors that one more session needs. A port is a descriptor, and a session has four at a time, wherever it hops; sessions that
/// share a range need no more than it has. Newcomers are refused before a session that is there could be short of one.
/// </summary>
internal sealed class Descriptors
{
    private const int PortsPerSession = 4;

    // What the runtime may come to need.
    private const int Reserve = 32;
    private const long LookAgain = 10000;

    private readonly SocketTransport _sockets;
    private readonly int _range;
    private readonly int _own;
    private readonly int _limit;
    private long _lookAt = long.MinValue;
    private int _others;

    /// <param name="sockets">Whose descriptors these are.</param>
    /// <param name="options">The range of ports and the PSKs.</param>
    public Descriptors(SocketTransport sockets, ChannelOptions options)
        : this(sockets, options, SystemLimit())
    {
    }

    /// <param name="sockets">Whose descriptors these are.</param>
    /// <param name="options">The range of ports and the PSKs.</param>
    /// <param name="limit">How many the process may have.</param>
    public Descriptors(SocketTransport sockets, ChannelOptions options, int limit)
    {
        _sockets = sockets;
        _limit = limit;
        _range = options.PortCount + 2;
        int psks = options.Psks == null || options.Token != null ? 1 : options.Psks.Length;
        long own = options.FixedRendezvous != 0 ? 2 : psks * (2L * options.RendezvousSpread + 1) + 1;
        _own = (int)Math.Min(own, _range);
    }

    /// <summary>True when so many sessions can have all the ports that they may want.</summary>
    public bool Suffice(int sessions, long now)
    {
        if (_limit == int.MaxValue)
        {
            return true;
        }

        int wanted = (int)Math.Min(_own + (long)sessions * PortsPerSession, _range);
        if (now >= _lookAt)
        {
            _lookAt = now + LookAgain;
            _others = Others();
        }

        return wanted + _others + Reserve <= _limit;
    }

    // Descriptors of the process that are not ports.
    private int Others()
    {
        try
        {
            return Math.Max(0, Directory.GetFiles("/proc/self/fd").Length - _sockets.OpenPorts);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }

    // Where the system has no such limit, or does not tell, there is none.
    private static int SystemLimit()
    {
        try
        {
            foreach (string line in File.ReadLines("/proc/self/limits"))
            {
                string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                if (line.StartsWith("Max open files", StringComparison.Ordinal) && int.TryParse(words[3], out int limit))
                {
                    return limit;
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
        }

        return int.MaxValue;
    }
}
