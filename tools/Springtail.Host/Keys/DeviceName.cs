#nullable enable
using System;
using System.Linq;
using Springtail.Transfer;

namespace Springtail;

/// <summary>Names of devices and gateways are levels of topics and names of files: what MQTT, or any system's files, would read as more or less is refused.</summary>
internal static class DeviceName
{
    /// <summary>What a name may be.</summary>
    public const string Rule = "1 to 64 letters, digits, dots, hyphens and underscores of ASCII, no dot first or last, and is none that Windows has for devices (CON, PRN, AUX, NUL, COM1, LPT1 ...); it does not end in " + NextKey;

    /// <summary>Follows the name in that of a file which holds the key that a peer is about to have: until it has it, both are served.</summary>
    public const string NextKey = ".next";

    public static bool IsValid(string name) =>
        name.Length is >= 1 and <= 64 && name[0] != '.' && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_') && WindowsName.Check(name)
        && !name.EndsWith(NextKey, StringComparison.Ordinal);

    /// <summary>Whose key a key file holds, by the file's name.</summary>
    public static string OfFile(string file) => file.Length > NextKey.Length && file.EndsWith(NextKey, StringComparison.Ordinal) ? file[..^NextKey.Length] : file;
}
