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
        if (salt == null || salt.Length == 0)
        {
            salt = new byte[HashSize];
        }

        byte[] prk = new byte[HashSize];
        core.HmacSha256(prk, 0, salt, 0, salt.Length, ikm, 0, ikm.Length);
        return prk;
    }

    /// <summary>HKDF-Expand: <paramref name="n"/> bytes, 0 to 8 160.</summary>
    public static byte[] Expand(ICryptoCore core, byte[] prk, byte[] info, int n)
    {
        return Expand(core, prk, info, n, HashSize);
    }

    /// <summary>HKDF: <paramref name="n"/> bytes, 0 to 8 160.</summary>
    public static byte[] Derive(ICryptoCore core, byte[] salt, byte[] ikm, byte[] info, int n)
    {
        byte[] prk = Extract(core, salt, ikm);
        byte[] output = Expand(core, prk, info, n, HashSize);
        Secret.Wipe(prk);
        return output;
    }

    /// <summary>The truncated form of <see cref="Derive"/>: <paramref name="n"/> bytes, 0 to 4 080.</summary>
    public static byte[] DeriveTruncated(ICryptoCore core, byte[] salt, byte[] ikm, byte[] info, int n)
    {
        byte[] prk = Secret.Truncate(Extract(core, salt, ikm), TruncatedSize);
        byte[] output = Expand(core, prk, info, n, TruncatedSize);
        Secret.Wipe(prk);
        return output;
    }

    private static byte[] Expand(ICryptoCore core, byte[] prk, byte[] info, int n, int blockSize)
    {
        if (n < 0 || n > MaxBlocks * blockSize)
        {
            throw new ArgumentException("HKDF gives at most 255 blocks.");
        }

        byte[] output = new byte[n];
        byte[] block = new byte[HashSize];

        // T(i) = HMAC(prk, T(i-1) || info || i); the first block leaves T(0) out.
        byte[] message = new byte[blockSize + info.Length + 1];
        Array.Copy(info, 0, message, blockSize, info.Length);
        int start = blockSize;
        for (int done = 0; done < n; done += blockSize)
        {
            message[message.Length - 1]++;
            core.HmacSha256(block, 0, prk, 0, prk.Length, message, start, message.Length - start);
            Array.Copy(block, 0, message, 0, blockSize);
            start = 0;
            Array.Copy(block, 0, output, done, n - done < blockSize ? n - done : blockSize);
        }

        Secret.Wipe(block);
        Secret.Wipe(message);
        return output;
    }
}
