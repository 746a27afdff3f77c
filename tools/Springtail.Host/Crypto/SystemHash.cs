using System;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace Springtail.Crypto;

/// <summary>
/// SHA-256 and HMAC over the system's hash object, one kept for each thread: setting up one anew for each call costs more than hashing the
/// few hundred bytes that are hashed here. It holds no secret between two calls.
/// </summary>
internal static class SystemHash
{
    private const int BlockSize = 64;
    private const int HashSize = 32;

    [ThreadStatic]
    private static IncrementalHash s_hash;

    private static IncrementalHash Hash => s_hash ??= IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    public static void Sha256(Span<byte> output, ReadOnlySpan<byte> input)
    {
        IncrementalHash hash = Hash;
        hash.AppendData(input);
        hash.GetHashAndReset(output);
    }

    /// <summary>RFC 2104; <paramref name="output"/>, 32 bytes, may overlap the inputs.</summary>
    [SkipLocalsInit]
    public static void HmacSha256(Span<byte> output, ReadOnlySpan<byte> key, ReadOnlySpan<byte> message)
    {
        IncrementalHash hash = Hash;
        Span<byte> block = stackalloc byte[BlockSize];
        Span<byte> inner = stackalloc byte[HashSize];
        block.Clear();
        if (key.Length > BlockSize)
        {
            hash.AppendData(key);
            hash.GetHashAndReset(block);
        }
        else
        {
            key.CopyTo(block);
        }

        Xor(block, 0x36);
        hash.AppendData(block);
        hash.AppendData(message);
        hash.GetHashAndReset(inner);
        Xor(block, 0x36 ^ 0x5C);
        hash.AppendData(block);
        hash.AppendData(inner);
        hash.GetHashAndReset(output);
        CryptographicOperations.ZeroMemory(block);
        CryptographicOperations.ZeroMemory(inner);
    }

    private static void Xor(Span<byte> block, byte value)
    {
        for (int i = 0; i < block.Length; i++)
        {
            block[i] ^= value;
        }
    }
}
