using System;
using Springtail.Native;

namespace Springtail.Crypto;

/// <summary>
/// The C core: linked into the firmware on the device, a shared library on the desktop. Both check every argument
/// before C sees it, so there is nothing here but the loop that keeps each native call short.
/// </summary>
internal sealed class NativeCore : ICryptoCore
{
    /// <inheritdoc/>
    public void Sha256(byte[] output, int outputOffset, byte[] input, int offset, int count)
        => NativeCrypto.Sha256(output, outputOffset, input, offset, count);

    /// <inheritdoc/>
    public void HmacSha256(byte[] output, int outputOffset, byte[] key, int keyOffset, int keyCount, byte[] message, int offset, int count)
        => NativeCrypto.HmacSha256(output, outputOffset, key, keyOffset, keyCount, message, offset, count);

    /// <inheritdoc/>
    public void Pbkdf2(byte[] output, byte[] password, byte[] salt, int iterations)
    {
        if (iterations < 1)
        {
            throw new ArgumentOutOfRangeException();
        }

        byte[] context = new byte[NativeCrypto.Pbkdf2ContextSize];
        try
        {
            NativeCrypto.Pbkdf2Start(context, password, salt, (uint)iterations);
            while (!NativeCrypto.Pbkdf2Step(context, output, NativeCrypto.Pbkdf2MaxStep))
            {
                // A native call holds up every managed thread; between two of them the others run.
            }
        }
        finally
        {
            Array.Clear(context, 0, context.Length);
        }
    }

    /// <inheritdoc/>
    public void ChaCha20(byte[] data, int offset, int count, byte[] key, byte[] nonce, uint counter)
        => NativeCrypto.ChaCha20(data, offset, count, key, nonce, counter);

    /// <inheritdoc/>
    public void P256KeyPair(byte[] publicKey, byte[] privateKey) => NativeCrypto.P256KeyPair(publicKey, privateKey);

    /// <inheritdoc/>
    public bool P256Public(byte[] publicKey, byte[] privateKey) => NativeCrypto.P256Public(publicKey, privateKey);

    /// <inheritdoc/>
    public bool P256Shared(byte[] secret, byte[] privateKey, byte[] peerPublicKey)
        => NativeCrypto.P256Shared(secret, privateKey, peerPublicKey);

    /// <inheritdoc/>
    public void Spake2Scalar(byte[] w, byte[] input) => NativeCrypto.Spake2Scalar(w, input);

    /// <inheritdoc/>
    public bool Spake2Share(byte[] share, byte[] w, byte[] privateKey, int side) => NativeCrypto.Spake2Share(share, w, privateKey, side);

    /// <inheritdoc/>
    public bool Spake2Key(byte[] key, byte[] w, byte[] privateKey, byte[] share, byte[] peerShare, int side, byte[] clientIdentity, byte[] serverIdentity)
        => NativeCrypto.Spake2Key(key, w, privateKey, share, peerShare, side, clientIdentity, serverIdentity);

    /// <inheritdoc/>
    public void X25519KeyPair(byte[] publicKey, byte[] privateKey) => NativeCrypto.X25519KeyPair(publicKey, privateKey);

    /// <inheritdoc/>
    public void X25519Public(byte[] publicKey, byte[] privateKey) => NativeCrypto.X25519Public(publicKey, privateKey);

    /// <inheritdoc/>
    public bool X25519Shared(byte[] secret, byte[] privateKey, byte[] peerPublicKey)
        => NativeCrypto.X25519Shared(secret, privateKey, peerPublicKey);

    /// <inheritdoc/>
    public void Aes256GcmSeal(byte[] data, int offset, int size, byte[] key, byte[] iv, byte[] additionalData)
        => NativeCrypto.Aes256GcmSeal(data, offset, size, key, iv, additionalData);

    /// <inheritdoc/>
    public bool Aes256GcmOpen(byte[] data, int offset, int size, byte[] key, byte[] iv, byte[] additionalData)
        => NativeCrypto.Aes256GcmOpen(data, offset, size, key, iv, additionalData);

    /// <inheritdoc/>
    public void SealPacket(byte[] packet, int offset, int size, int protection, byte[] cipherKey, byte[] tagKey, ulong number)
        => NativeCrypto.SealPacket(packet, offset, size, protection, cipherKey, tagKey, number);

    /// <inheritdoc/>
    public bool OpenPacket(byte[] packet, int offset, int size, int protection, byte[] cipherKey, byte[] tagKey, ulong number)
        => NativeCrypto.OpenPacket(packet, offset, size, protection, cipherKey, tagKey, number);

    /// <inheritdoc/>
    public void MaskPacket(byte[] packet, int offset, int size, byte[] maskKey)
        => NativeCrypto.MaskPacket(packet, offset, size, maskKey);

    /// <inheritdoc/>
    public bool UnmaskPacket(byte[] packet, int offset, int size, byte[] maskKey)
        => NativeCrypto.UnmaskPacket(packet, offset, size, maskKey);

    /// <inheritdoc/>
    public void Random(byte[] output, int offset, int count) => NativeCrypto.Random(output, offset, count);
}
