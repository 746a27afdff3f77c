#nullable disable
using Springtail.Packets;
using Springtail.Transport;

namespace NFUnitTest;

/// <summary>In place of what one host sends, there comes anything: random bytes, or what it sent with some of its bits turned over.</summary>
internal sealed class Babble : IMemoryTap
{
    private readonly Endpoint _host;
    private readonly TestRandom _random;

    public Babble(Endpoint host, uint seed)
    {
        _host = host;
        _random = new TestRandom(seed);
    }

    /// <summary>Datagrams that were changed.</summary>
    public int Count { get; private set; }

    public bool Pass(Endpoint from, Endpoint to, byte[] bytes, int size)
    {
        if (from.SameAddress(_host))
        {
            Count++;
            if (_random.Below(2) == 0)
            {
                _random.Fill(bytes, 0, size);
            }
            else
            {
                int at = (int)_random.Below((uint)size);
                bytes[at] = (byte)(bytes[at] ^ (1u + _random.Below(255)));
            }
        }

        return true;
    }
}
