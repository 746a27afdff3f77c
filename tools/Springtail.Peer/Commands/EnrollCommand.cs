using System.CommandLine;
using System.IO;
using System.Linq;
using Springtail.Peer.Flashing;

namespace Springtail.Peer.Commands;

/// <summary><c>springtail enroll NAME</c>: a device's key in the gateway's folder, and the commands that bring it to a board.</summary>
internal static class EnrollCommand
{
    private const int LongestName = 64;

    // Where the gateway has its keys unless it is told otherwise.
    private static readonly string s_keys = Path.Combine("springtail-gateway", "keys");

    public static Command Create()
    {
        Argument<string> name = new("NAME") { Description = "The device's name, in topics too: 1 to 64 letters, digits, dots, hyphens and underscores of ASCII, no dot first." };
        Option<string> keys = new("--keys") { Description = "The gateway's folder of keys.", HelpName = "FOLDER", DefaultValueFactory = _ => s_keys };
        Option<string> board = Boards.NewOption();
        board.Required = false;
        board.DefaultValueFactory = _ => "esp32c3";
        VerbCommand command = new(
            "enroll",
            "Makes a device's key in the gateway's folder, which takes it up at once, and shows the commands that bring it to a board.",
            examples: ["springtail enroll boiler"]) { name, keys, board };
        command.Check(arguments => IsName(arguments.GetValue(name)!) ? null : $"NAME: \"{arguments.GetValue(name)}\" must be 1 to 64 letters, digits, dots, hyphens and underscores of ASCII, no dot first.");
        command.Run((arguments, output) =>
        {
            string folder = arguments.GetRequiredValue(keys);
            string device = arguments.GetRequiredValue(name);
            PrivateFiles.MakeFolder(folder);
            string file = Path.Combine(folder, device);
            PskFile.Create(file);
            output.Report(Verbosity.Normal, "enrolled", $"{file} holds {device}'s key. A gateway that runs has taken it up.", ("device", device), ("file", file));
            string line = $"springtail provision {CommandText.Quote(device + "-files")} --board {arguments.GetRequiredValue(board)} --psk-file {CommandText.Quote(file)}"
                + (device.Length <= 32 ? " --name " + device : "") + " --format json --wifi NETWORK --wifi-password-file FILE --serial-port PORT";
            output.Result("command", "# The board's files, and the commands that bring firmware, application and files to it.\n" + line, ("step", "provision"), ("command", line));
            return ExitCode.Success;
        });
        return command;
    }

    private static bool IsName(string name) =>
        name.Length is >= 1 and <= LongestName && name[0] != '.' && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_');
}
