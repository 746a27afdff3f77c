using System;
using Springtail.Crypto;

namespace Springtail.Keys;

/// <summary>
/// HKDF with SHA-256 (RFC 5869). The truncated form puts HMAC128 in both halves, so that the pseudorandom key and the
/// blocks have 16 bytes; it is there for peers that know no other (PROTOCOL.md 21) and nothing in a session uses it.
/// </summary>
internal static class Hkdf
{
    private const int HashSize = 32;
    private const int TruncatedSize = 16;
    private const int MaxBlocks = 255;

    /// <summary>HKDF-Extract: the pseudorandom key, 32 bytes. A salt of null or no bytes stands for 32 zeros.</summary>
    public static byte[] Extract(ICryptoCore core, byte[] salt, byte[] ikm)
    {
        byte[] prk = Secret.New(HashSize);
        Extract(core, prk, salt, ikm);
        return prk;
    }

    /// <summary>HKDF-Expand: <paramref name="n"/> bytes, 0 to 8 160.</summary>
    public static byte[] Expand(ICryptoCore core, byte[] prk, byte[] info, int n)
    {
        return Expand(core, prk, prk.Length, info, n, HashSize);
    }

    /// <summary>HKDF: <paramref name="n"/> bytes, 0 to 8 160.</summary>
    public static byte[] Derive(ICryptoCore core, byte[] salt, byte[] ikm, byte[] info, int n)
    {
        return Derive(core, salt, ikm, info, n, HashSize);
    }

    /// <summary>The truncated form of HKDF: <paramref name="n"/> bytes, 0 to 4 080.</summary>
    public static byte[] DeriveTruncated(ICryptoCore core, byte[] salt, byte[] ikm, byte[] info, int n)
    {
        return Derive(core, salt, ikm, info, n, TruncatedSize);
    }

    private static byte[] Derive(ICryptoCore core, byte[] salt, byte[] ikm, byte[] info, int n, int blockSize)
    {
        byte[] prk = Secret.Borrow(HashSize);
        Extract(core, prk, salt, ikm);
        byte[] output = Expand(core, prk, blockSize, info, n, blockSize);
        Secret.GiveBack(prk);
        return output;
    }

    private static void Extract(ICryptoCore core, byte[] prk, byte[] salt, byte[] ikm)
    {
        if (salt == null || salt.Length == 0)
        {
            salt = new byte[HashSize];
        }

        core.HmacSha256(prk, 0, salt, 0, salt.Length, ikm, 0, ikm.Length);
    }

    private static byte[] Expand(ICryptoCore core, byte[] prk, int prkSize, byte[] info, int n, int blockSize)
    {
        if (n < 0 || n > MaxBlocks * blockSize)
        {
            throw new ArgumentException("HKDF returns at most 255 blocks.");
        }

        byte[] output = Secret.New(n);
        byte[] block = Secret.Borrow(HashSize);

        // T(i) = HMAC(prk, T(i-1) || info || i); the first block leaves T(0) out.
        int size = blockSize + info.Length + 1;
        byte[] message = Secret.Borrow(size);
        Array.Copy(info, 0, message, blockSize, info.Length);
        int start = blockSize;
        for (int done = 0; done < n; done += blockSize)
        {
            message[size - 1]++;
            core.HmacSha256(block, 0, prk, 0, prkSize, message, start, size - start);
            Array.Copy(block, 0, message, 0, blockSize);
            start = 0;
            Array.Copy(block, 0, output, done, n - done < blockSize ? n - done : blockSize);
        }

        Secret.GiveBack(block);
        Secret.GiveBack(message);
        return output;
    }
}
