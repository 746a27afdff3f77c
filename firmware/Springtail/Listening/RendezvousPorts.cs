using Springtail.Crypto;
using Springtail.Keys;
using Springtail.Sessions;

namespace Springtail.Listening;

/// <summary>Where the first packets of all PSKs are awaited now (PROTOCOL.md 4): places of one port and one PSK each, found by the port.</summary>
internal sealed partial class RendezvousPorts
{
    /// <summary>No place.</summary>
    public const int None = -1;

    private readonly ICryptoCore _core;
    private PskKeys[] _psks;
    private readonly ChannelOptions _options;

    // Places of each PSK, one after the other: the intervals around the present one, or the one fixed port.
    private readonly int _span;
    private int[] _ports;

    // The system's clock may be set at any time, and the ports go by it: it is read this often, in ms.
    private const int LongestWait = 2000;

    // Places of ports alike in their low bits hang in one chain.
    private int[] _first;
    private int[] _next;
    private long _interval = -1;

    public RendezvousPorts(ICryptoCore core, PskKeys[] psks, ChannelOptions options)
    {
        _core = core;
        _psks = psks;
        _options = options;
        _span = options.FixedRendezvous != 0 ? 1 : 2 * options.RendezvousSpread + 1;
        _ports = new int[psks.Length * _span];
        MakeChains();
    }

    /// <summary>When <see cref="Update"/> must be called next, in ms of the monotonic clock.</summary>
    public long Until { get; private set; }

    /// <summary>Grows whenever the ports change.</summary>
    public int Version { get; private set; }

    /// <summary>How many places there are.</summary>
    public int Count => _ports.Length;

    public int Port(int place) => _ports[place];

    /// <summary>Which PSK's it is.</summary>
    public int Psk(int place) => place / _span;

    /// <summary>The first place of a port, in the PSKs' order; or <see cref="None"/>.</summary>
    public int First(int port) => Find(port, _first[port & (_first.Length - 1)]);

    /// <summary>The next place of the same port, or <see cref="None"/>.</summary>
    public int Next(int place) => Find(_ports[place], _next[place]);

    /// <summary>Moves on to the ports of a moment.</summary>
    /// <param name="now">Monotonic time in ms.</param>
    /// <param name="utcNow">The system's UTC in ms since 1970.</param>
    public void Update(long now, long utcNow)
    {
        long interval = utcNow / Rendezvous.IntervalMs;
        long left = Rendezvous.IntervalMs - utcNow % Rendezvous.IntervalMs;
        Until = now + (left < LongestWait ? left : LongestWait);
        if (interval == _interval || (_options.FixedRendezvous != 0 && _interval >= 0))
        {
            return;
        }

        // Of the ports from before, those that are still within the span stay.
        int known = _interval >= 0 && interval == _interval + 1 ? _span - 1 : 0;
        _interval = interval;
        for (int psk = 0; psk < _psks.Length; psk++)
        {
            int place = psk * _span;
            for (int k = 0; k < _span; k++)
            {
                _ports[place + k] = k < known ? _ports[place + k + 1] : PortOf(psk, interval + k - _options.RendezvousSpread);
            }
        }

        Link();
        Version++;
    }

    private void MakeChains()
    {
        _next = new int[_ports.Length];
        int chains = 1;
        while (chains < _ports.Length)
        {
            chains *= 2;
        }

        _first = new int[chains];
    }

    private int PortOf(int psk, long interval)
    {
        if (_options.FixedRendezvous != 0)
        {
            return _options.FixedRendezvous;
        }

        long start = interval * Rendezvous.IntervalMs;
        return Rendezvous.Port(_core, _psks[psk].Daily(start).Key, Rendezvous.Index((ulong)start), _options.PortMin, _options.PortCount);
    }

    private void Link()
    {
        for (int i = 0; i < _first.Length; i++)
        {
            _first[i] = None;
        }

        for (int i = _ports.Length - 1; i >= 0; i--)
        {
            int chain = _ports[i] & (_first.Length - 1);
            _next[i] = _first[chain];
            _first[chain] = i;
        }
    }

    private int Find(int port, int place)
    {
        while (place != None && _ports[place] != port)
        {
            place = _next[place];
        }

        return place;
    }
}
