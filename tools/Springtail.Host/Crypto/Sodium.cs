using System;
using System.Runtime.InteropServices;

namespace Springtail.Crypto;

/// <summary>
/// What is used of libsodium, under its own names: the package of that name carries it for Windows, macOS and Linux on x64 and arm64, and others.
/// Called directly and not over one of the .NET bindings, because these throw for a bad tag or a bad point, which a stranger can cause at will,
/// or keep each key in an object of their own.
/// </summary>
internal static unsafe partial class Sodium
{
    private const string Library = "libsodium";

    /// <summary>Chooses what suits the processor; to be called before anything else.</summary>
    /// <exception cref="NotSupportedException">There is no libsodium for this platform, or it has no random source.</exception>
    public static void Require()
    {
        try
        {
            if (sodium_init() < 0)
            {
                throw new NotSupportedException("libsodium found no random source.");
            }
        }
        catch (DllNotFoundException e)
        {
            throw new NotSupportedException(
                $"There is no libsodium for {RuntimeInformation.RuntimeIdentifier} beside the application. Publish it with its native files, or set "
                + "ChannelOptions.Crypto to a ManagedCore, which needs none and is slower.", e);
        }
    }

#pragma warning disable IDE1006, SA1300 // the C names
    [LibraryImport(Library)]
    public static partial int crypto_scalarmult_curve25519(byte* q, byte* n, byte* p);

    [LibraryImport(Library)]
    public static partial int crypto_scalarmult_curve25519_base(byte* q, byte* n);

    [LibraryImport(Library)]
    public static partial int crypto_stream_chacha20_ietf_xor_ic(byte* c, byte* m, ulong size, byte* nonce, uint counter, byte* key);

    [LibraryImport(Library)]
    public static partial int crypto_aead_chacha20poly1305_ietf_encrypt_detached(
        byte* c, byte* tag, ulong* tagSize, byte* m, ulong size, byte* additionalData, ulong additionalSize, byte* unused, byte* nonce, byte* key);

    /// <summary>With <paramref name="m"/> null it verifies and does no more.</summary>
    [LibraryImport(Library)]
    public static partial int crypto_aead_chacha20poly1305_ietf_decrypt_detached(
        byte* m, byte* unused, byte* c, ulong size, byte* tag, byte* additionalData, ulong additionalSize, byte* nonce, byte* key);

    [LibraryImport(Library)]
    private static partial int sodium_init();
#pragma warning restore IDE1006, SA1300
}
