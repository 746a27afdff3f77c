using System;
using System.Security.Cryptography;

namespace Springtail.Crypto;

public static partial class CryptoCore
{
    private const int BorrowedSize = 256;
    private const int MaxFree = 4;

    // Arrays for this thread to borrow, all zeros. A pinned array costs the collector more than any other, and a handshake needs a hundred.
    [ThreadStatic]
    private static byte[][] s_free;

    [ThreadStatic]
    private static int s_freeCount;

    /// <summary>
    /// An array of zeros for a secret. It stays where it is as long as it lives: the collector, which moves other arrays and leaves what they held
    /// behind, makes no copies of it. So wiping it leaves nothing.
    /// </summary>
    /// <param name="size">Bytes.</param>
    public static byte[] NewSecret(int size)
    {
        return GC.AllocateArray<byte>(size, pinned: true);
    }

    /// <summary>An array of at least <paramref name="size"/> bytes for a secret that is gone when the caller returns; to be given back.</summary>
    internal static byte[] BorrowSecret(int size)
    {
        return size > BorrowedSize ? NewSecret(size) : s_freeCount > 0 ? s_free[--s_freeCount] : NewSecret(BorrowedSize);
    }

    /// <summary>Wipes what was borrowed, which nobody may hold any more.</summary>
    internal static void GiveBack(byte[] borrowed)
    {
        CryptographicOperations.ZeroMemory(borrowed);
        s_free ??= new byte[MaxFree][];
        if (borrowed.Length == BorrowedSize && s_freeCount < MaxFree)
        {
            s_free[s_freeCount++] = borrowed;
        }
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
