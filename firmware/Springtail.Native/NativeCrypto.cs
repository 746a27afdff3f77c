using System.Runtime.CompilerServices;

namespace Springtail.Native;

/// <summary>
/// The native core (native-interop), as the firmware links it in. Declarations and nothing else: the order of the
/// members is the order of the native method table.
/// A null array throws ArgumentNullException, a range outside an array ArgumentOutOfRangeException, a key or output of
/// another size than stated ArgumentException; nothing has been written then. For a bad tag, point or key the result is false.
/// Firmware without the module throws NotSupportedException, a random source that is not ready InvalidOperationException.
/// So that no call holds up the other threads for long, a device takes at most 65 536 bytes in one of SHA-256 and ChaCha20, 32 768
/// bytes each as key, salt and message of HMAC and PBKDF2, and 12 288 in all for AES-GCM; more is ArgumentOutOfRangeException.
/// </summary>
public static class NativeCrypto
{
    /// <summary>Bytes of the context that the PBKDF2 steps work in.</summary>
    public const int Pbkdf2ContextSize = 320;

    /// <summary>Most iterations in one step: 4 M instructions of a small board.</summary>
    public const uint Pbkdf2MaxStep = 400;

    /// <summary>Bytes that can be kept over a deep sleep.</summary>
    public const int RetainedSize = 512;

    /// <summary>Writes 32 bytes.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void Sha256(byte[] output, int outputOffset, byte[] input, int offset, int count);

    /// <summary>Writes 32 bytes.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void HmacSha256(byte[] output, int outputOffset, byte[] key, int keyOffset, int keyCount, byte[] message, int offset, int count);

    /// <summary>Begins PBKDF2 of at least one iteration; wipe the context when it is no longer needed.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void Pbkdf2Start(byte[] context, byte[] password, byte[] salt, uint iterations);

    /// <summary>
    /// Does that many iterations (1 to <see cref="Pbkdf2MaxStep"/>, two compressions each) or what is left of them;
    /// true once <paramref name="output"/> is full.
    /// </summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern bool Pbkdf2Step(byte[] context, byte[] output, uint iterations);

    /// <summary>In place; 32-byte key, 12-byte nonce.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void ChaCha20(byte[] data, int offset, int count, byte[] key, byte[] nonce, uint counter);

    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void P256KeyPair(byte[] publicKey, byte[] privateKey);

    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern bool P256Public(byte[] publicKey, byte[] privateKey);

    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern bool P256Shared(byte[] secret, byte[] privateKey, byte[] peerPublicKey);

    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void X25519KeyPair(byte[] publicKey, byte[] privateKey);

    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void X25519Public(byte[] publicKey, byte[] privateKey);

    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern bool X25519Shared(byte[] secret, byte[] privateKey, byte[] peerPublicKey);

    /// <summary>
    /// AES-256-GCM in place: <paramref name="size"/> bytes are the text and room for the 16-byte tag after it.
    /// The IV has one byte or more.
    /// </summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void Aes256GcmSeal(byte[] data, int offset, int size, byte[] key, byte[] iv, byte[] additionalData);

    /// <summary>Its inverse; false, and the text wiped, when the tag does not fit.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern bool Aes256GcmOpen(byte[] data, int offset, int size, byte[] key, byte[] iv, byte[] additionalData);

    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void SealPacket(byte[] packet, int offset, int size, int protection, byte[] cipherKey, byte[] tagKey, ulong number);

    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern bool OpenPacket(byte[] packet, int offset, int size, int protection, byte[] cipherKey, byte[] tagKey, ulong number);

    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void MaskPacket(byte[] packet, int offset, int size, byte[] maskKey);

    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern bool UnmaskPacket(byte[] packet, int offset, int size, byte[] maskKey);

    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void Random(byte[] output, int offset, int count);

    /// <summary>
    /// Does nothing: called to find out whether the module is there. It has no arguments on purpose: when a native method is missing, the CLR
    /// (1.17) keeps the frame of the call, and on its next compaction of the heap follows the arguments that the frame never got. So no other
    /// method may be called without the module.
    /// </summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void Probe();

    /// <summary>
    /// Keeps a copy of at most <see cref="RetainedSize"/> bytes, in place of what was kept, where it outlives deep sleep and a restart: in RTC memory.
    /// An empty array keeps nothing.
    /// </summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void Retain(byte[] data);

    /// <summary>
    /// Copies what is kept to the start of an array of <see cref="RetainedSize"/> bytes, forgets it, and returns its length; 0 when there is nothing whole,
    /// as after a loss of power.
    /// </summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern int TakeRetained(byte[] output);

    /// <summary>Strength of the signal of the network that the board is in, in dBm; the least integer when it is in none.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern int Signal();

    /// <summary>The chip's temperature, in tenths of a degree Celsius; the least integer on a chip that has no sensor (the first ESP32), or when it cannot be read.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern int Temperature();

    /// <summary>w, 32 bytes, from 40.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void Spake2Scalar(byte[] w, byte[] input);

    /// <summary>The client's share with a side of 0, the server's with 1.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern bool Spake2Share(byte[] share, byte[] w, byte[] privateKey, int side);

    /// <summary>Of the key exchange with the peer's share; an identity has at most 256 bytes.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern bool Spake2Key(byte[] key, byte[] w, byte[] privateKey, byte[] share, byte[] peerShare, int side, byte[] clientIdentity, byte[] serverIdentity);
}
