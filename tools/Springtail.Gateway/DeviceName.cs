using System.Linq;

namespace Springtail.Gateway;

/// <summary>Names of devices and gateways are levels of topics: what MQTT or a file system would read as more is refused.</summary>
internal static class DeviceName
{
    /// <summary>What a name may be.</summary>
    public const string Rule = "1 to 64 letters, digits, dots, hyphens and underscores of ASCII, and no dot first";

    public static bool IsValid(string name) => name.Length is >= 1 and <= 64 && name[0] != '.' && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_');
}
