using System;
using System.Security.Cryptography;
using Springtail.Crypto;

namespace Springtail.Transfer;

/// <summary>SHA-256 of what comes in parts, by the BCL.</summary>
public sealed class SystemSha256 : ISha256, IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <inheritdoc/>
    public void Begin()
    {
        Span<byte> forgotten = stackalloc byte[TransferMessage.HashSize];
        _hash.GetHashAndReset(forgotten);
    }

    /// <inheritdoc/>
    public void Update(byte[] input, int offset, int count) => _hash.AppendData(input, offset, count);

    /// <inheritdoc/>
    public void Current(byte[] output, int outputOffset) => _hash.GetCurrentHash(output.AsSpan(outputOffset, TransferMessage.HashSize));

    /// <inheritdoc/>
    public void Dispose() => _hash.Dispose();
}
