using Springtail.Packets;

namespace Springtail.Discovery;

/// <summary>
/// The last requests that were admitted, with their senders and times. It never grows: when it is full, it forgets the oldest.
/// </summary>
internal sealed class RequestMemory
{
    private const int PerAddress = 5;
    private const long Span = 60000;
    private const long Second = 1000;

    // So many times as many as may be let in within a second.
    private const int Seconds = 8;

    private readonly int _perSecond;
    private readonly long[] _times;
    private readonly ulong[] _networks;
    private readonly byte[] _families;
    private int _count;
    private int _next;

    /// <param name="perSecond">How many requests are admitted within a second, from all addresses together.</param>
    public RequestMemory(int perSecond)
    {
        _perSecond = perSecond;
        _times = new long[perSecond * Seconds];
        _networks = new ulong[perSecond * Seconds];
        _families = new byte[perSecond * Seconds];
    }

    /// <summary>True when the address has asked as often within the last minute as one may, or all have within the last second.</summary>
    public bool IsSpent(Endpoint from, long now)
    {
        ulong network = from.Network;
        int asked = 0;
        int lately = 0;
        for (int i = 0; i < _count; i++)
        {
            lately += now - _times[i] < Second ? 1 : 0;
            asked += now - _times[i] < Span && _networks[i] == network && _families[i] == from.Family ? 1 : 0;
        }

        return asked >= PerAddress || lately >= _perSecond;
    }

    public void Add(Endpoint from, long now)
    {
        _times[_next] = now;
        _networks[_next] = from.Network;
        _families[_next] = (byte)from.Family;
        _next = _next + 1 == _times.Length ? 0 : _next + 1;
        _count = _count < _times.Length ? _count + 1 : _count;
    }
}
