namespace Springtail.Crypto;

/// <summary>SHA-256 (FIPS 180-4) of what comes in parts. For one thread at a time.</summary>
public interface ISha256
{
    /// <summary>Begins a hash; what was taken in before is forgotten.</summary>
    void Begin();

    /// <summary>Takes in a range.</summary>
    void Update(byte[] input, int offset, int count);

    /// <summary>Writes the 32 bytes of the hash of all that was taken in so far; more may follow.</summary>
    void Current(byte[] output, int outputOffset);
}
