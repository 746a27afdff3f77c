using System;
using Springtail.Packets;

namespace Springtail.Discovery;

/// <summary>
/// The last requests that were let in: who asked when, and under which discovery_id. It has room for all that a minute can bring, and never grows.
/// </summary>
internal sealed class RequestMemory
{
    private const int PerAddress = 5;
    private const long Span = 60000;

    // Family and address.
    private const int AddressSize = 17;

    private readonly ulong[] _ids;
    private readonly long[] _times;
    private readonly byte[] _addresses;
    private int _count;
    private int _next;

    /// <param name="perSpan">How many requests there can be in a minute.</param>
    public RequestMemory(int perSpan)
    {
        _ids = new ulong[perSpan];
        _times = new long[perSpan];
        _addresses = new byte[perSpan * AddressSize];
    }

    public bool Knows(ulong id)
    {
        for (int i = 0; i < _count; i++)
        {
            if (_ids[i] == id)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>True when an address has asked as often within the last minute as it may.</summary>
    public bool IsSpent(Endpoint address, long now)
    {
        int asked = 0;
        for (int i = 0; i < _count; i++)
        {
            if (now - _times[i] < Span && IsOf(i, address))
            {
                asked++;
            }
        }

        return asked >= PerAddress;
    }

    public void Add(ulong id, Endpoint address, long now)
    {
        _ids[_next] = id;
        _times[_next] = now;
        _addresses[_next * AddressSize] = (byte)address.Family;
        Array.Copy(address.Address, 0, _addresses, _next * AddressSize + 1, AddressSize - 1);
        _next = _next + 1 == _ids.Length ? 0 : _next + 1;
        _count = _count < _ids.Length ? _count + 1 : _count;
    }

    private bool IsOf(int index, Endpoint address)
    {
        int at = index * AddressSize;
        bool same = _addresses[at] == address.Family;
        for (int i = 1; same && i < AddressSize; i++)
        {
            same = _addresses[at + i] == address.Address[i - 1];
        }

        return same;
    }
}
