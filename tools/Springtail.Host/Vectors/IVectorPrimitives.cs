namespace Springtail.Vectors;

/// <summary>
/// What vector files need beyond <see cref="Crypto.ICryptoCore"/>. A core that has all of it implements this interface
/// too (of the native core <see cref="VectorCheck"/> knows the AES-256-GCM); with any other, what needs it waits.
/// </summary>
public interface IVectorPrimitives
{
    /// <summary>AES-256-GCM (NIST SP 800-38D) with an IV of any length; gives ciphertext || 16-byte tag.</summary>
    byte[] Aes256GcmSeal(byte[] key, byte[] iv, byte[] plaintext, byte[] additionalData);

    /// <summary>
    /// The share pA or pB of suite 5 (PROTOCOL.md 17), 64 bytes; null when the private key is not in [1, n-1].
    /// </summary>
    /// <param name="w">32 bytes.</param>
    /// <param name="privateKey">32 bytes.</param>
    /// <param name="server">True for pB.</param>
    byte[] Spake2Share(byte[] w, byte[] privateKey, bool server);

    /// <summary>K = SHA256(TT) of suite 5, 32 bytes; null when the peer's share is refused.</summary>
    byte[] Spake2Secret(byte[] w, byte[] privateKey, byte[] share, byte[] peerShare, bool server);
}
