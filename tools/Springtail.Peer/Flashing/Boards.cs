using System.CommandLine;
using System.Linq;

namespace Springtail.Peer.Flashing;

/// <summary>A kind of board: its name for the user, nanoff's target, and when another target is the right one.</summary>
internal sealed record Board(string Name, string Target, string Note);

/// <summary>The boards that firmware is known for, and which firmware fits.</summary>
internal static class Boards
{
    /// <summary>
    /// A release of nanoFramework's firmware whose native parts should be those of tools/nano/versions.props; nanoff takes the newest unless it is told. The last number is counted by
    /// nanoFramework's build machines, so that their sources do not say for certain which release has what: the board does (<see cref="Nanoff.Details"/>).
    /// </summary>
    public const string FirmwareVersion = "1.17.0.30";

    /// <summary>What tells firmware that fits: the native part that is newer in later firmware.</summary>
    public const string NativePart = "System.Net 100.2.0.12, checksum 0x6DFA71D6";

    private static readonly Board[] s_all =
    [
        new("esp32", "ESP32_REV0", "ESP32_REV0 runs on each ESP32. One with PSRAM takes --target ESP32_PSRAM_REV0; one of revision 3 ESP32_REV3 or ESP32_PSRAM_REV3; a PICO ESP32_PICO."),
        new("esp32s3", "ESP32_S3_OCTAL", "ESP32_S3_OCTAL is for boards with octal PSRAM, or none; one with quad PSRAM (most of 2 MB) takes --target ESP32_S3_QUAD."),
        new("esp32c3", "ESP32_C3", "A chip of revision 0.2 takes --target ESP32_C3_BETA."),
    ];

    public static Option<string> NewOption()
    {
        Option<string> board = new("--board") { Description = "The board: " + string.Join(", ", s_all.Select(b => b.Name)) + ".", HelpName = "BOARD", Required = true };
        board.AcceptOnlyFromAmong([.. s_all.Select(b => b.Name)]);
        return board;
    }

    public static Option<string> NewVersionOption() => new("--firmware-version") { Description = "The release of nanoFramework's firmware to take.", HelpName = "VERSION", DefaultValueFactory = _ => FirmwareVersion };

    public static Board Named(string name) => s_all.Single(b => b.Name == name);
}
