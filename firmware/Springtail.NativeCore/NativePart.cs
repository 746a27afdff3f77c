using System;
using Springtail.Native;

namespace Springtail.Crypto;

/// <summary>What <see cref="CryptoCore"/> looks for by its name: makes the native core where the firmware has it.</summary>
internal sealed class NativePart : INativePart
{
    /// <inheritdoc/>
    public ICryptoCore Open()
    {
        // A missing native part shows at its first call and not before.
        try
        {
            NativeCrypto.Probe();
        }
        catch (NotSupportedException)
        {
            return null;
        }

        return new NativeCore();
    }
}
