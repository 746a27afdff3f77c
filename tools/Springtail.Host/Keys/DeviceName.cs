#nullable enable
using System.Linq;
using Springtail.Transfer;

namespace Springtail;

/// <summary>Names of devices and gateways are levels of topics and names of files: what MQTT, or any system's files, would read as more or less is refused.</summary>
internal static class DeviceName
{
    /// <summary>What a name may be.</summary>
    public const string Rule = "1 to 64 letters, digits, dots, hyphens and underscores of ASCII, no dot first or last, and is none that Windows has for devices (CON, PRN, AUX, NUL, COM1, LPT1 ...)";

    public static bool IsValid(string name) =>
        name.Length is >= 1 and <= 64 && name[0] != '.' && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_') && WindowsName.Check(name);
}
