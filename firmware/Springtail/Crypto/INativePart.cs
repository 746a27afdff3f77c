namespace Springtail.Crypto;

/// <summary>The way to the native core: an assembly that may be there or not.</summary>
internal interface INativePart
{
    /// <summary>The native core; null where this firmware has none.</summary>
    ICryptoCore Open();
}
