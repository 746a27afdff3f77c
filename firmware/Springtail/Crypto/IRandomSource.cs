namespace Springtail.Crypto;

/// <summary>Where <see cref="ManagedCore"/> takes its random bytes from.</summary>
internal interface IRandomSource
{
    /// <summary>Fills a range with bytes fit for keys.</summary>
    void Fill(byte[] output, int offset, int count);
}
