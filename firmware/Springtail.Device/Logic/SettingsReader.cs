#nullable disable
using Springtail.Transport;

namespace Springtail.Device;

/// <summary>
/// Reads the two files: the PSK, and lines of <c>name = value</c>. Whatever they hold, each wrong value becomes a sentence that says
/// which file, which line, which name and what it may be; nothing of a PSK is ever in one.
/// </summary>
public static class SettingsReader
{
    public const string PskPath = "I:\\springtail\\psk";
    public const string SettingsPath = "I:\\springtail\\settings";

    private const int MinPsk = 16;
    private const int MaxPsk = 64;
    private const int PskFileLimit = 1024;
    private const int SettingsFileLimit = 4096;
    private const int ShownValue = 40;

    private const string Missing = " is missing: \"springtail provision\" writes it, and the nanoff command that it prints brings it here.";
    private const string Names = "host, ports, rendezvous, discovery-port, suite, allow-slow-suites, features, keepalive, interval, sleep, time-server, name and format";
    private const string PskForm = "it may be 16 to 64 bytes, raw or as one line of hex.";

    // Their places are the cases of Apply.
    private static readonly string[] s_names =
    {
        "host", "ports", "rendezvous", "discovery-port", "suite", "allow-slow-suites", "features", "keepalive", "interval", "sleep", "time-server", "name", "format",
    };

    /// <summary>Reads both files; the result is good when there are no problems.</summary>
    public static Settings Read(IBoard board, Problems problems)
    {
        Settings settings = new Settings();
        ReadPsk(board.ReadFile(PskPath, PskFileLimit), settings, problems);
        byte[] text = board.ReadFile(SettingsPath, SettingsFileLimit);
        if (text == null)
        {
            problems.Add(SettingsPath + Missing);
        }
        else if (text.Length > SettingsFileLimit)
        {
            problems.Add(SettingsPath + " has more than " + SettingsFileLimit.ToString() + " bytes: it may be lines of \"name = value\".");
        }
        else
        {
            ReadLines(text, settings, problems);
        }

        return settings;
    }

    // Text is hex, anything else is the key itself, as with the springtail command.
    private static void ReadPsk(byte[] file, Settings settings, Problems problems)
    {
        if (file == null)
        {
            problems.Add(PskPath + Missing);
            return;
        }

        if (file.Length > PskFileLimit)
        {
            problems.Add(PskPath + " is too large for a PSK: " + PskForm);
            return;
        }

        bool isText = true;
        for (int i = 0; i < file.Length && isText; i++)
        {
            isText = IsText(file[i]);
        }

        if (isText)
        {
            ReadHex(file, settings, problems);
            System.Array.Clear(file, 0, file.Length);
        }
        else if (file.Length < MinPsk || file.Length > MaxPsk)
        {
            problems.Add(PskPath + " holds " + file.Length.ToString() + " raw bytes: " + PskForm);
            System.Array.Clear(file, 0, file.Length);
        }
        else
        {
            settings.Psk = file;
        }
    }

    private static void ReadHex(byte[] file, Settings settings, Problems problems)
    {
        int first = 0;
        int end = file.Length;
        while (first < end && IsSpace(file[first]))
        {
            first++;
        }

        while (end > first && IsSpace(file[end - 1]))
        {
            end--;
        }

        for (int i = first; i < end; i++)
        {
            if (HexDigit(file[i]) < 0)
            {
                problems.Add(PskPath + ": byte " + (i + 1).ToString() + " is not a hex digit: " + PskForm);
                return;
            }
        }

        int digits = end - first;
        if ((digits & 1) != 0 || digits < 2 * MinPsk || digits > 2 * MaxPsk)
        {
            problems.Add(PskPath + " holds " + digits.ToString() + " hex digits, not 32 to 128 and an even number: " + PskForm);
            return;
        }

        byte[] psk = new byte[digits / 2];
        for (int i = 0; i < psk.Length; i++)
        {
            psk[i] = (byte)(HexDigit(file[first + 2 * i]) * 16 + HexDigit(file[first + 2 * i + 1]));
        }

        settings.Psk = psk;
    }

    private static void ReadLines(byte[] file, Settings settings, Problems problems)
    {
        bool[] seen = new bool[s_names.Length];
        int line = 0;
        int at = file.Length >= 3 && file[0] == 0xEF && file[1] == 0xBB && file[2] == 0xBF ? 3 : 0;
        while (at < file.Length)
        {
            int end = at;
            while (end < file.Length && file[end] != (byte)'\n')
            {
                end++;
            }

            line++;
            ReadLine(file, at, end, SettingsPath + ", line " + line.ToString(), settings, seen, problems);
            at = end + 1;
        }

        if (!seen[0])
        {
            problems.Add(SettingsPath + ": \"host\" is missing: it may be the name or IPv4 address of the computer that listens.");
        }
    }

    private static void ReadLine(byte[] file, int first, int end, string place, Settings settings, bool[] seen, Problems problems)
    {
        Trim(file, ref first, ref end);
        if (first == end || file[first] == (byte)'#')
        {
            return;
        }

        int equals = -1;
        for (int i = first; i < end; i++)
        {
            if (!IsText(file[i]))
            {
                problems.Add(place + ": byte " + file[i].ToString() + " is no text; a line may be \"name = value\" in ASCII, or a comment after #.");
                return;
            }

            if (equals < 0 && file[i] == (byte)'=')
            {
                equals = i;
            }
        }

        if (equals < 0)
        {
            problems.Add(place + ": there is no \"=\"; a line may be \"name = value\", or a comment after #.");
            return;
        }

        int nameEnd = equals;
        int valueFirst = equals + 1;
        Trim(file, ref first, ref nameEnd);
        Trim(file, ref valueFirst, ref end);
        string name = Text(file, first, nameEnd);
        string value = Text(file, valueFirst, end);
        int index = IndexOf(name);
        if (index < 0)
        {
            problems.Add(place + ": \"" + Shown(name) + "\" is no setting; it may be one of " + Names + ".");
        }
        else if (seen[index])
        {
            problems.Add(place + ": \"" + name + "\" stands there twice; it may stand there once.");
        }
        else
        {
            seen[index] = true;
            string form = Apply(index, value, settings);
            if (form != null)
            {
                problems.Add(place + ": " + name + " = \"" + Shown(value) + "\" is wrong; it may be " + form + ".");
            }
        }
    }

    private static int IndexOf(string name)
    {
        for (int i = 0; i < s_names.Length; i++)
        {
            if (s_names[i] == name)
            {
                return i;
            }
        }

        return -1;
    }

    // Null when the value was taken; otherwise what it may be.
    private static string Apply(int index, string value, Settings settings)
    {
        int number;
        switch (index)
        {
            case 0:
                settings.Host = value;
                return IsHost(value) ? null : "a host name or an IPv4 address, like 192.168.1.20";
            case 1:
                return ApplyPorts(value, settings) ? null : "a range A-B with 1 <= A <= B <= 65535, like 40000-40999, and the same for the listener";
            case 2:
                settings.RendezvousPort = number = Number(value, 0, 65535);
                return number >= 0 ? null : "a port from 1 to 65535, the same for the listener, or 0 to let it follow the clock";
            case 3:
                settings.DiscoveryPort = number = Number(value, 0, 65535);
                return number >= 0 ? null : "a port from 1 to 65535, the same for the listener, or 0 for none";
            case 4:
                settings.Suite = number = Number(value, 0, 3);
                return number >= 0 ? null : "1, 2 or 3, or 0 for what suits the firmware";
            case 5:
                settings.AllowSlowSuites = value == "yes";
                return value == "yes" || value == "no" ? null : "yes or no";
            case 6:
                settings.Features = number = Number(value, 0, 3);
                return number >= 0 ? null : "0 to 3: 1 DIVERSIFIED, 2 CLIENT_HOPS, 3 both, 0 none";
            case 7:
                settings.Keepalive = number = Number(value, 5, 3600);
                return number >= 0 ? null : "5 to 3600 seconds";
            case 8:
                settings.Interval = number = Number(value, 1, 3600);
                return number >= 0 ? null : "1 to 3600 seconds";
            case 9:
                settings.Sleep = number = Number(value, 0, 86400);
                return number >= 0 ? null : "1 to 86400 seconds of deep sleep after each reading, or 0 to stay awake";
            case 10:
                settings.TimeServer = value == "off" ? null : value;
                return IsHost(value) ? null : "a host name or an IPv4 address, or off";
            case 11:
                settings.Name = value;
                return value.Length > 0 && value.Length <= 32 ? null : "1 to 32 characters";
            default:
                settings.IsJson = value == "json";
                return value == "json" || value == "text" ? null : "text or json";
        }
    }

    private static bool ApplyPorts(string value, Settings settings)
    {
        int hyphen = value.IndexOf('-');
        if (hyphen < 0)
        {
            return false;
        }

        int first = Number(value.Substring(0, hyphen), 1, 65535);
        int last = Number(value.Substring(hyphen + 1), 1, 65535);
        if (first < 0 || last < first)
        {
            return false;
        }

        settings.PortMin = first;
        settings.PortCount = last - first + 1;
        return true;
    }

    // A number in digits alone, or -1 when it is none or out of range.
    private static int Number(string value, int least, int most)
    {
        if (value.Length == 0 || value.Length > 6)
        {
            return -1;
        }

        int number = 0;
        for (int i = 0; i < value.Length; i++)
        {
            if (value[i] < '0' || value[i] > '9')
            {
                return -1;
            }

            number = number * 10 + (value[i] - '0');
        }

        return number < least || number > most ? -1 : number;
    }

    private static bool IsHost(string value)
    {
        return HostText.Address(value) != null || HostText.IsName(value);
    }

    private static void Trim(byte[] bytes, ref int first, ref int end)
    {
        while (first < end && IsSpace(bytes[first]))
        {
            first++;
        }

        while (end > first && IsSpace(bytes[end - 1]))
        {
            end--;
        }
    }

    private static string Text(byte[] bytes, int first, int end)
    {
        char[] characters = new char[end - first];
        for (int i = 0; i < characters.Length; i++)
        {
            byte b = bytes[first + i];
            characters[i] = b < 0x20 ? ' ' : (char)b;
        }

        return new string(characters);
    }

    private static string Shown(string text)
    {
        return text.Length <= ShownValue ? text : text.Substring(0, ShownValue) + "...";
    }

    private static bool IsSpace(byte b)
    {
        return b == (byte)' ' || b == (byte)'\t' || b == (byte)'\r' || b == (byte)'\n';
    }

    private static bool IsText(byte b)
    {
        return (b >= 0x20 && b <= 0x7E) || IsSpace(b);
    }

    private static int HexDigit(byte b)
    {
        if (b >= (byte)'0' && b <= (byte)'9')
        {
            return b - (byte)'0';
        }

        int letter = b | 0x20;
        return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
    }
}
