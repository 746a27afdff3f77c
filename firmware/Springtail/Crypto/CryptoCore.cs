using System;
using Springtail.Native;

namespace Springtail.Crypto;

/// <summary>Chooses the implementation of the primitives.</summary>
public static class CryptoCore
{
    private static ICryptoCore s_default;

    /// <summary>The native core.</summary>
    /// <exception cref="NotSupportedException">It is not there: the message says what to install.</exception>
    public static ICryptoCore Default
    {
        get
        {
            if (s_default == null)
            {
                // A missing native part shows at its first call and not before.
                byte[] hash = new byte[32];
                NativeCrypto.Sha256(hash, 0, hash, 0, 0);
                s_default = new NativeCore();
            }

            return s_default;
        }
    }
}
