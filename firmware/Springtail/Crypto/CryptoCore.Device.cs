using System;

namespace Springtail.Crypto;

public static partial class CryptoCore
{
    private const string NativePartName = "Springtail.Crypto.NativePart, Springtail.NativeCore";

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

    /// <summary>Wipes what was borrowed, which must not be used any more.</summary>
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

    // The native core's assembly may be deployed or not; nothing here refers to it.
    private static ICryptoCore Create()
    {
        Type part = Type.GetType(NativePartName);
        return (part == null ? null : ((INativePart)part.GetConstructor(new Type[0]).Invoke(new object[0])).Open()) ?? new ManagedCore();
    }
}
