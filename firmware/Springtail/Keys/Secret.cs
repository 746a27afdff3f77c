using System;
using Springtail.Crypto;

namespace Springtail.Keys;

/// <summary>Arrays that hold secrets: made, cut to size and wiped.</summary>
internal static class Secret
{
    /// <summary>Returns an array of zeros for a secret. Every secret is kept in such an array, so that wiping it leaves no copy (<see cref="CryptoCore.NewSecret"/>).</summary>
    public static byte[] New(int size)
    {
        return CryptoCore.NewSecret(size);
    }

    /// <summary>Returns an array of at least that many bytes, for a secret that lasts no longer than the caller's method. The caller must pass it to <see cref="GiveBack"/>.</summary>
    public static byte[] Borrow(int size)
    {
        return CryptoCore.BorrowSecret(size);
    }

    /// <summary>Zeroes an array that was made or borrowed here and is not used any more: another secret may get it.</summary>
    public static void GiveBack(byte[] secret)
    {
        CryptoCore.GiveBack(secret);
    }

    /// <summary>Zeroes an array; does nothing for null.</summary>
    public static void Wipe(byte[] secret)
    {
        if (secret != null)
        {
            Array.Clear(secret, 0, secret.Length);
        }
    }

    /// <summary>A copy of a part.</summary>
    public static byte[] Slice(byte[] secret, int offset, int count)
    {
        byte[] part = New(count);
        Array.Copy(secret, offset, part, 0, count);
        return part;
    }

    /// <summary>The first bytes; the whole is wiped.</summary>
    public static byte[] Truncate(byte[] secret, int count)
    {
        byte[] part = Slice(secret, 0, count);
        Wipe(secret);
        return part;
    }
}
