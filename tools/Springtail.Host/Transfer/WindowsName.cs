using System;
using System.Linq;

namespace Springtail.Transfer;

/// <summary>Names that Windows has no files of, among those that pass <see cref="TransferName.Check"/> (PROTOCOL.md 23).</summary>
internal static class WindowsName
{
    private static readonly char[] s_refused = { '\\', ':', '*', '?', '"', '<', '>', '|' };
    private static readonly string[] s_devices = { "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$" };

    /// <summary>Whether all parts between <c>/</c> can be names.</summary>
    public static bool Check(string name) => name.Split('/').All(IsPlain);

    private static bool IsPlain(string part)
    {
        string stem = part.Split('.')[0].TrimEnd(' ');
        return part.IndexOfAny(s_refused) < 0 && part[^1] is not ('.' or ' ') && !s_devices.Contains(stem, StringComparer.OrdinalIgnoreCase) && !IsPort(stem);
    }

    // COM0 to COM9 and LPT0 to LPT9; the digit may be a raised one.
    private static bool IsPort(string stem)
    {
        return stem.Length == 4 && (char.IsAsciiDigit(stem[3]) || stem[3] is '¹' or '²' or '³')
            && (stem.StartsWith("COM", StringComparison.OrdinalIgnoreCase) || stem.StartsWith("LPT", StringComparison.OrdinalIgnoreCase));
    }
}
