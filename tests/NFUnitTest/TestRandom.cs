#nullable disable
using Springtail.Crypto;

namespace NFUnitTest;

/// <summary>Numbers that are the same in every run. The emulator has no random source fit for keys; this is none either.</summary>
internal sealed class TestRandom : IRandomSource
{
    private uint _state;

    public TestRandom(uint seed)
    {
        _state = seed * 2654435761u | 1u;
    }

    public void Fill(byte[] output, int offset, int count)
    {
        for (int i = 0; i < count; i++)
        {
            output[offset + i] = (byte)(Next() >> 11);
        }
    }

    /// <summary>A number below limit.</summary>
    public uint Below(uint limit)
    {
        return (Next() >> 4) % limit;
    }

    private uint Next()
    {
        _state ^= _state << 13;
        _state ^= _state >> 17;
        _state ^= _state << 5;
        return _state;
    }
}
