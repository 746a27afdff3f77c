namespace Springtail.Crypto;

/// <summary>
/// The door to what the platform has for cryptography: the primitives, and arrays to hold secrets in. The device's half is CryptoCore.Device.cs,
/// the desktop's is in tools/Springtail.Host.
/// </summary>
public static partial class CryptoCore
{
    private static ICryptoCore s_default;

    /// <summary>
    /// The core that <see cref="Use"/> set; without one the primitives of this platform. On a device the native core, when its firmware has the module and the assembly
    /// Springtail.NativeCore (package Springtail.nanoFramework.Native) is deployed; otherwise <see cref="ManagedCore"/>. On the desktop those of .NET and libsodium.
    /// </summary>
    /// <exception cref="System.NotSupportedException">On the desktop: there is no libsodium for this platform.</exception>
    public static ICryptoCore Default => s_default ?? (s_default = Create());

    /// <summary>Sets the core that is taken where an application names none, before the first use: for a platform whose random source is not known here.</summary>
    internal static void Use(ICryptoCore core)
    {
        s_default = core;
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
}
