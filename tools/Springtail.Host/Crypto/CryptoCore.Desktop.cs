using System;

namespace Springtail.Crypto;

public static partial class CryptoCore
{
    /// <summary>
    /// An array of zeros for a secret. It stays where it is as long as it lives: the collector, which moves other arrays and leaves what they held
    /// behind, makes no copies of it. So wiping it leaves nothing.
    /// </summary>
    /// <param name="size">Bytes.</param>
    public static byte[] NewSecret(int size)
    {
        return GC.AllocateArray<byte>(size, pinned: true);
    }

    // The same for what is computed of one.
    internal static uint[] NewSecretWords(int count)
    {
        return GC.AllocateArray<uint>(count, pinned: true);
    }

    internal static long[] NewSecretLimbs(int count)
    {
        return GC.AllocateArray<long>(count, pinned: true);
    }

    internal static ulong[] NewSecretLongs(int count)
    {
        return GC.AllocateArray<ulong>(count, pinned: true);
    }

    private static ICryptoCore Create()
    {
        return new DesktopCore();
    }
}
