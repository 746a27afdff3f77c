using System;
using Springtail.Native;

namespace Springtail.Crypto;

public static partial class CryptoCore
{
    /// <summary>An array of zeros for a secret.</summary>
    /// <param name="size">Bytes.</param>
    public static byte[] NewSecret(int size)
    {
        return new byte[size];
    }

    // The same for what is computed of one.
    internal static uint[] NewSecretWords(int count)
    {
        return new uint[count];
    }

    internal static long[] NewSecretLimbs(int count)
    {
        return new long[count];
    }

    internal static ulong[] NewSecretLongs(int count)
    {
        return new ulong[count];
    }

    // A missing native part shows at its first call and not before.
    private static ICryptoCore Create()
    {
        try
        {
            NativeCrypto.Probe();
        }
        catch (NotSupportedException)
        {
            return new ManagedCore();
        }

        return new NativeCore();
    }
}
