namespace Springtail.Vectors;

/// <summary>
/// What vector files need beyond <see cref="Crypto.ICryptoCore"/>. A core that has all of it implements this interface
/// too (of the native core <see cref="VectorCheck"/> knows the AES-256-GCM); with any other, what needs it waits.
/// </summary>
public interface IVectorPrimitives
{
    /// <summary>AES-256-GCM (NIST SP 800-38D) with an IV of any length; gives ciphertext || 16-byte tag.</summary>
    byte[] Aes256GcmSeal(byte[] key, byte[] iv, byte[] plaintext, byte[] additionalData);
}
