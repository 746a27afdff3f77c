using System;
using System.CommandLine;
using System.IO;
using Springtail.Peer.Flashing;

namespace Springtail.Peer.Commands;

/// <summary><c>springtail enroll NAME</c>: a device's key in the gateway's folder, and the commands that bring it to a board.</summary>
internal static class EnrollCommand
{
    // Where the gateway has its keys unless it is told otherwise.
    private static readonly string s_keys = Path.Combine("springtail-gateway", "keys");

    public static Command Create()
    {
        Argument<string> name = new("NAME") { Description = $"The device's name, in topics too: it has {DeviceName.Rule}." };
        Option<string> keys = new("--keys") { Description = "The gateway's folder of keys.", HelpName = "FOLDER", DefaultValueFactory = _ => s_keys };
        Option<bool> next = new("--next") { Description = $"Makes the key that the device is about to have, in NAME{DeviceName.NextKey}: the gateway serves both until that file is renamed to NAME." };
        Option<string> board = Boards.NewOption();
        board.Required = false;
        board.DefaultValueFactory = _ => "esp32c3";
        VerbCommand command = new(
            "enroll",
            "Makes a device's key in the gateway's folder, which takes it up at once, and shows the commands that bring it to a board.",
            examples: ["springtail enroll boiler", "springtail enroll boiler --next"]) { name, keys, next, board };
        command.Check(arguments => DeviceName.IsValid(arguments.GetValue(name)!) ? null : $"NAME cannot be \"{arguments.GetValue(name)}\": a device's name has {DeviceName.Rule}.");
        command.Run((arguments, output) =>
        {
            string folder = arguments.GetRequiredValue(keys);
            string device = arguments.GetRequiredValue(name);
            try
            {
                PrivateFiles.MakeFolder(folder);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new CommandException(ExitCode.File, $"The folder of keys {folder} cannot be made: {e.Message}", e);
            }

            string file = Path.Combine(folder, device);
            string has = file;
            if (arguments.GetValue(next))
            {
                file += DeviceName.NextKey;
                if (!File.Exists(has))
                {
                    throw new CommandException(ExitCode.File, $"{has} is missing: {device} has no key yet. Leave --next out.");
                }
            }

            PskFile.Create(file);
            output.Report(
                Verbosity.Normal,
                "enrolled",
                file == has ? $"{file} holds {device}'s key. A gateway that runs has taken it up."
                : $"{file} holds {device}'s next key. A gateway that runs serves both. Once the board has connected with it, rename the file to {device}: the key before ends then.",
                ("device", device),
                ("file", file));
            string line = $"springtail provision {CommandText.Quote(device + "-files")} --board {arguments.GetRequiredValue(board)} --psk-file {CommandText.Quote(file)}"
                + (device.Length <= 32 ? " --name " + device : "") + " --format json --wifi NETWORK --wifi-password-file FILE --serial-port PORT";
            output.Result("command", "# The board's files, and the commands that bring firmware, application and files to it.\n" + line, ("step", "provision"), ("command", line));
            return ExitCode.Success;
        });
        return command;
    }
}
