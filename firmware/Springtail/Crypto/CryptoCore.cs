using System;
using Springtail.Native;

namespace Springtail.Crypto;

/// <summary>Chooses the implementation of the primitives.</summary>
public static class CryptoCore
{
    private static ICryptoCore s_default;

    /// <summary>
    /// The native core; on a device whose firmware has not got it, <see cref="ManagedCore"/>. On the desktop the native core is part
    /// of the build, and its absence is an error.
    /// </summary>
    /// <exception cref="NotSupportedException">On the desktop: the library is not there; the message says what to install.</exception>
    public static ICryptoCore Default
    {
        get
        {
            if (s_default == null)
            {
                s_default = IsNativeThere() ? new NativeCore() : (ICryptoCore)new ManagedCore();
            }

            return s_default;
        }
    }

    /// <summary>SHA-256 of what comes in parts, in C#.</summary>
    public static ISha256 NewSha256()
    {
        return new ManagedSha256(ManagedSha256.Constants());
    }

    /// <summary>True when suites 1 and 3 take a device minutes with this core: then suite 2 is the default, and they are for those who ask twice.</summary>
    public static bool IsSlow(ICryptoCore core)
    {
        return core is ManagedCore;
    }

    // A missing native part shows at its first call and not before.
    private static bool IsNativeThere()
    {
#if NANOFRAMEWORK_1_0
        try
        {
            NativeCrypto.Probe();
        }
        catch (NotSupportedException)
        {
            return false;
        }
#else
        NativeCrypto.Probe();
#endif
        return true;
    }
}
