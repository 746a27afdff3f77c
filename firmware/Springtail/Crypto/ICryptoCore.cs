namespace Springtail.Crypto;

/// <summary>
/// The primitives that the channel is built on. Every implementation returns the same bytes.
/// Buffers are given as array, offset and count; an output may not overlap an input unless a member says so.
/// A caller's mistake (null, a range outside the array, a wrong key size) is an <see cref="System.ArgumentException"/>;
/// what a peer can cause (a bad tag, a bad point) is a return value of false and leaves no secret behind.
/// </summary>
public interface ICryptoCore
{
    /// <summary>SHA-256 (FIPS 180-4) of a range; writes 32 bytes.</summary>
    void Sha256(byte[] output, int outputOffset, byte[] input, int offset, int count);

    /// <summary>HMAC-SHA256 (RFC 2104) of a range; writes 32 bytes.</summary>
    void HmacSha256(byte[] output, int outputOffset, byte[] key, int keyOffset, int keyCount, byte[] message, int offset, int count);

    /// <summary>PBKDF2-HMAC-SHA256 (RFC 8018); fills <paramref name="output"/>. Takes its time: other threads run meanwhile.</summary>
    void Pbkdf2(byte[] output, byte[] password, byte[] salt, int iterations);

    /// <summary>XORs a range in place with the ChaCha20 key stream (RFC 8439): 32-byte key, 12-byte nonce, block counter to start at.</summary>
    void ChaCha20(byte[] data, int offset, int count, byte[] key, byte[] nonce, uint counter);

    /// <summary>A fresh P-256 key pair: private key 32 bytes in [1, n-1], public key 64 bytes X || Y.</summary>
    void P256KeyPair(byte[] publicKey, byte[] privateKey);

    /// <summary>The public key of a private key; false when the private key is not in [1, n-1].</summary>
    bool P256Public(byte[] publicKey, byte[] privateKey);

    /// <summary>ECDH: the X coordinate, 32 bytes; false when the peer's key is not a point of the curve or the private key is out of range.</summary>
    bool P256Shared(byte[] secret, byte[] privateKey, byte[] peerPublicKey);

    /// <summary>The w of SPAKE2, 32 bytes: 40 bytes, big-endian, modulo the order of P-256.</summary>
    void Spake2Scalar(byte[] w, byte[] input);

    /// <summary>
    /// A share of SPAKE2 over P-256 (RFC 9382), 64 bytes X || Y; false when w or the private key is not in [1, n-1]. A private key serves one
    /// exchange, and its public key is as secret as itself: with the share it reveals w.
    /// </summary>
    /// <param name="share">Takes the share.</param>
    /// <param name="w">32 bytes.</param>
    /// <param name="privateKey">32 bytes.</param>
    /// <param name="side">One of <see cref="Spake2Side"/>.</param>
    bool Spake2Share(byte[] share, byte[] w, byte[] privateKey, int side);

    /// <summary>
    /// The key of SPAKE2, 32 bytes: SHA-256 of the RFC's TT. False when the peer's share is not a point of the curve or leads to infinity, or
    /// when w or the private key is not in [1, n-1]. With another w than the peer's it is just another key.
    /// </summary>
    /// <param name="key">Takes the key.</param>
    /// <param name="w">32 bytes.</param>
    /// <param name="privateKey">The private key of this side's share.</param>
    /// <param name="share">The own share, 64 bytes; not checked.</param>
    /// <param name="peerShare">The peer's, 64 bytes.</param>
    /// <param name="side">The own side, one of <see cref="Spake2Side"/>.</param>
    /// <param name="clientIdentity">A of the RFC.</param>
    /// <param name="serverIdentity">B of the RFC.</param>
    bool Spake2Key(byte[] key, byte[] w, byte[] privateKey, byte[] share, byte[] peerShare, int side, byte[] clientIdentity, byte[] serverIdentity);

    /// <summary>A fresh X25519 key pair (RFC 7748), 32 bytes each.</summary>
    void X25519KeyPair(byte[] publicKey, byte[] privateKey);

    /// <summary>The X25519 public key of a private key.</summary>
    void X25519Public(byte[] publicKey, byte[] privateKey);

    /// <summary>X25519 shared secret, 32 bytes; false when it is all zero.</summary>
    bool X25519Shared(byte[] secret, byte[] privateKey, byte[] peerPublicKey);

    /// <summary>
    /// AES-256-GCM (NIST SP 800-38D) in place: <paramref name="size"/> bytes are the text and room for the 16-byte tag.
    /// 32-byte key, IV of one byte or more. For emergencies (PROTOCOL.md 14), so it may be slow.
    /// </summary>
    void Aes256GcmSeal(byte[] data, int offset, int size, byte[] key, byte[] iv, byte[] additionalData);

    /// <summary>Verifies the tag at the end and decrypts in place; otherwise returns false and wipes the text.</summary>
    bool Aes256GcmOpen(byte[] data, int offset, int size, byte[] key, byte[] iv, byte[] additionalData);

    /// <summary>
    /// Encrypts and tags a packet in place (PROTOCOL.md 3.1). The packet takes <paramref name="size"/> bytes from
    /// <paramref name="offset"/>: 26 of header, the payload, room for the 16-byte tag.
    /// </summary>
    /// <param name="packet">The buffer.</param>
    /// <param name="offset">Where the packet begins.</param>
    /// <param name="size">Its whole length, 42 to 1 200.</param>
    /// <param name="protection">One of <see cref="PacketProtection"/>.</param>
    /// <param name="cipherKey">32 bytes, the sender's traffic key; not used (may be null) when clear.</param>
    /// <param name="tagKey">32 bytes; not used (may be null) with ChaCha20-Poly1305.</param>
    /// <param name="number">The packet's number as 64 bits; not used when clear.</param>
    void SealPacket(byte[] packet, int offset, int size, int protection, byte[] cipherKey, byte[] tagKey, ulong number);

    /// <summary>Verifies a packet's tag and, if it is right, decrypts the payload in place; otherwise returns false and changes nothing.</summary>
    bool OpenPacket(byte[] packet, int offset, int size, int protection, byte[] cipherKey, byte[] tagKey, ulong number);

    /// <summary>Masks a sealed packet in place (PROTOCOL.md 3.2): its header, in clear packets the payload too.</summary>
    void MaskPacket(byte[] packet, int offset, int size, byte[] maskKey);

    /// <summary>
    /// Unmasks a packet in place when the header that comes out has version 1, a payload length that fits
    /// <paramref name="size"/> and a session_id other than 0; otherwise returns false and changes nothing.
    /// <see cref="MaskPacket"/> with the same key undoes it.
    /// </summary>
    bool UnmaskPacket(byte[] packet, int offset, int size, byte[] maskKey);

    /// <summary>Fills a range with random bytes fit for keys.</summary>
    void Random(byte[] output, int offset, int count);
}

/// <summary>Whose part of SPAKE2 it is (PROTOCOL.md 17).</summary>
internal static class Spake2Side
{
    /// <summary>A of RFC 9382, which blinds with M.</summary>
    public const int Client = 0;

    /// <summary>B of RFC 9382, which blinds with N.</summary>
    public const int Server = 1;
}

/// <summary>How a packet is protected (PROTOCOL.md 3.1).</summary>
internal static class PacketProtection
{
    /// <summary>Payload not encrypted; tag = HMAC128(tag key, header || payload).</summary>
    public const int Clear = 0;

    /// <summary>Suites 1 and 3: ChaCha20, block counter from 1, then HMAC-SHA256-128 over header and ciphertext.</summary>
    public const int ChaCha20Hmac = 1;

    /// <summary>Suites 2, 4 and 5: ChaCha20-Poly1305, the header as additional data.</summary>
    public const int ChaCha20Poly1305 = 2;
}
