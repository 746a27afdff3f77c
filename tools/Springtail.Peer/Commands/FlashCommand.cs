using System;
using System.Collections.Generic;
using System.CommandLine;
using System.ComponentModel;
using System.Diagnostics;
using System.IO;
using Springtail.Peer.Flashing;

namespace Springtail.Peer.Commands;

/// <summary><c>springtail flash --board BOARD</c>: the nanoff commands that bring firmware and an application to a board, printed or run. It downloads nothing itself.</summary>
internal static class FlashCommand
{
    public static Command Create()
    {
        Option<string> board = Boards.NewOption();
        Option<string?> target = new("--target") { Description = "nanoff's target, where the board's usual one is not the right one.", HelpName = "TARGET" };
        Option<string?> port = new("--serial-port") { Description = "The board's serial port, like COM5 or /dev/ttyUSB0 (nanoff --listports shows them).", HelpName = "PORT" };
        Option<bool> firmware = new("--firmware") { Description = "The release of nanoFramework's firmware that fits. Erases the board." };
        Option<string?> clr = new("--clr") { Description = "A CLR built with the native module (nanoCLR.bin), over that release. Erases the board.", HelpName = "FILE" };
        Option<string?> image = new("--image") { Description = "The application: an image (.bin), or a folder of .pe files, of which one is made beside them.", HelpName = "PATH" };
        Option<string> version = Boards.NewVersionOption();
        Option<bool> run = new("--run") { Description = "Run the commands. Without it they are printed." };
        VerbCommand command = new(
            "flash",
            "Shows, or runs, the nanoff commands that bring firmware and an application to a board.",
            "At least one of --firmware, --clr and --image says what is brought. nanoff is nanoFramework's flasher: dotnet tool install -g nanoff.",
            examples: ["springtail flash --board esp32c3 --firmware"])
        {
            board, target, port, firmware, clr, version, image, run,
        };
        command.Check(arguments => arguments.GetValue(firmware) || arguments.GetValue(clr) != null || arguments.GetValue(image) != null ? null : "There is nothing to flash: give --firmware, --clr or --image.");
        command.Check(arguments => arguments.GetValue(run) && arguments.GetValue(port) == null ? "--run needs --serial-port." : null);
        command.Check(arguments => arguments.GetValue(clr) is { } file && !file.EndsWith(".bin", StringComparison.Ordinal) ? "--clr: nanoff takes a file that ends in .bin." : null);
        command.Run((arguments, output) =>
        {
            Board kind = Boards.Named(arguments.GetRequiredValue(board));
            string name = arguments.GetValue(target) ?? kind.Target;
            string serial = arguments.GetValue(port) ?? "PORT";
            string release = arguments.GetRequiredValue(version);
            List<string[]> commands = [];
            if (arguments.GetValue(clr) is { } file)
            {
                commands.Add(Nanoff.FirmwareWithClr(name, serial, release, Existing(file)));
            }
            else if (arguments.GetValue(firmware))
            {
                commands.Add(Nanoff.Firmware(name, serial, release));
            }

            if (arguments.GetValue(image) is { } application)
            {
                commands.Add(Nanoff.Application(name, serial, Image(application)));
            }

            foreach (string[] line in commands)
            {
                output.Result("command", Nanoff.Line(line), ("command", Nanoff.Line(line)));
                if (arguments.GetValue(run))
                {
                    Start(line);
                }
            }

            return ExitCode.Success;
        });
        return command;
    }

    private static string Existing(string path) => File.Exists(path) ? Path.GetFullPath(path) : throw new CommandException(ExitCode.File, $"There is no file {path}.");

    private static string Image(string path)
    {
        if (!Directory.Exists(path))
        {
            return Existing(path);
        }

        string image = Path.Combine(Path.GetFullPath(path), "deploy.bin");
        DeviceImage.Make(path, image);
        return image;
    }

    private static void Start(string[] line)
    {
        try
        {
            using Process nanoff = Process.Start(new ProcessStartInfo(line[0], line[1..]) { UseShellExecute = false })!;
            nanoff.WaitForExit();
            if (nanoff.ExitCode != 0)
            {
                throw new CommandException(ExitCode.Fault, $"nanoff ended with {nanoff.ExitCode}: what it wrote says why.");
            }
        }
        catch (Win32Exception e)
        {
            throw new CommandException(ExitCode.File, "nanoff is not there: \"dotnet tool install -g nanoff\" installs it.", e);
        }
    }
}
