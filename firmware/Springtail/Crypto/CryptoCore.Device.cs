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

    /// <summary>An array of at least <paramref name="size"/> bytes for a secret that is gone when the caller returns; to be given back.</summary>
    internal static byte[] BorrowSecret(int size)
    {
        return new byte[size];
    }

    /// <summary>Wipes what was borrowed, which nobody may hold any more.</summary>
    internal static void GiveBack(byte[] borrowed)
    {
        Array.Clear(borrowed, 0, borrowed.Length);
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
