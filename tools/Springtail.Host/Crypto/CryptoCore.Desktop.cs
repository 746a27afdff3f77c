using System;
using System.Security.Cryptography;

namespace Springtail.Crypto;

public static partial class CryptoCore
{
    private const int BorrowedSize = 256;

    // Arrays for this thread to use again, all zeros. A pinned array costs the collector more than any other, the more the longer it searches for a place
    // among those of many sessions; and a handshake needs dozens.
    [ThreadStatic]
    private static Spares s_64;

    [ThreadStatic]
    private static Spares s_128;

    [ThreadStatic]
    private static Spares s_256;

    /// <summary>
    /// An array of zeros for a secret. It stays where it is as long as it lives: the collector, which moves other arrays and leaves what they held
    /// behind, makes no copies of it. So wiping it leaves nothing.
    /// </summary>
    /// <param name="size">Bytes.</param>
    public static byte[] NewSecret(int size)
    {
        return SparesOf(size)?.Take() ?? GC.AllocateArray<byte>(size, pinned: true);
    }

    /// <summary>An array of at least <paramref name="size"/> bytes for a secret that is gone when the caller returns; to be given back.</summary>
    internal static byte[] BorrowSecret(int size)
    {
        return NewSecret(Math.Max(size, BorrowedSize));
    }

    /// <summary>Wipes what was made or borrowed here, which must not be used any more.</summary>
    internal static void GiveBack(byte[] secret)
    {
        CryptographicOperations.ZeroMemory(secret);
        SparesOf(secret.Length)?.Add(secret);
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

    private static Spares SparesOf(int size)
    {
        return size switch
        {
            64 => s_64 ??= new Spares(),
            128 => s_128 ??= new Spares(),
            BorrowedSize => s_256 ??= new Spares(),
            _ => null,
        };
    }

    private static ICryptoCore Create()
    {
        return new DesktopCore();
    }

    private sealed class Spares
    {
        private readonly byte[][] _arrays = new byte[4][];
        private int _count;

        public byte[] Take() => _count > 0 ? _arrays[--_count] : null;

        public void Add(byte[] array)
        {
            if (_count < _arrays.Length)
            {
                _arrays[_count++] = array;
            }
        }
    }
}
