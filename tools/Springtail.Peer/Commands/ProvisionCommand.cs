using System;
using System.Collections.Generic;
using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Springtail.Peer.Flashing;
using Springtail.Transport;

namespace Springtail.Peer.Commands;

/// <summary>
/// <c>springtail provision FOLDER --board BOARD</c>: what a board with Springtail.Device needs beside its firmware, in the form that
/// nanoff (nanoFramework's flasher) takes, and the commands for it.
/// </summary>
internal static class ProvisionCommand
{
    private const string DeviceFolder = @"I:\springtail\";
    private const string Build = "dotnet build firmware/Springtail.Device -c Release -p:NanoPackages=true";
    private const string Image = "firmware/Springtail.Device/bin/packages/Release/netnano1.0/Springtail.Device.bin";

    private static readonly JsonSerializerOptions s_json = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Command Create()
    {
        Argument<string> folder = new("FOLDER") { Description = "Where to write. Files of an earlier run are replaced, others stay." };
        Option<string> board = Boards.NewOption();
        Option<string> pskFile = new("--psk-file") { Description = "The file with the pre-shared key, the one that the listener gets too.", HelpName = "FILE", Required = true };
        Option<string?> host = new("--host") { Description = "Name or IPv4 address of the computer that listens, as the board reaches it. Without it this machine's address.", HelpName = "HOST" };
        Option<string?> port = new("--serial-port") { Description = "The board's serial port, like COM5 or /dev/ttyUSB0 (nanoff --listports shows them).", HelpName = "PORT" };
        Option<string?> wifi = new("--wifi") { Description = "The Wi-Fi network to join. Without it the one that the board has stored.", HelpName = "NAME" };
        Option<string?> wifiPassword = new("--wifi-password-file") { Description = "A file with the network's password in its first line. Without it the network is an open one.", HelpName = "FILE" };
        Option<PortRange> ports = PortRange.NewOption();
        Option<int> rendezvous = Verb.Within(new("--rendezvous") { Description = "One fixed port for the first packet, alike on both sides.", HelpName = "PORT" }, 1, 65535);
        Option<int> discovery = Verb.Within(new("--discovery-port") { Description = "Where the listener tells the time; 0 for none.", HelpName = "PORT", DefaultValueFactory = _ => 1025 }, 0, 65535);
        Option<int> suite = Verb.Within(new("--suite") { Description = "The suite to ask for. Without it 2.", HelpName = "N" }, 1, 3);
        Option<int> features = Verb.Within(new("--features") { Description = "1 DIVERSIFIED, 2 CLIENT_HOPS, 3 both, 0 none.", HelpName = "N" }, 0, 3);
        Option<int> interval = Verb.Within(new("--interval") { Description = "Seconds between readings.", HelpName = "SECONDS", DefaultValueFactory = _ => 5 }, 1, 3600);
        Option<int> sleep = Verb.Within(new("--sleep") { Description = "Seconds of deep sleep after each reading; 0 stays awake.", HelpName = "SECONDS" }, 0, 86400);
        Option<string?> timeServer = new("--time-server") { Description = "The SNTP server to ask, or off. Without it pool.ntp.org.", HelpName = "HOST" };
        Option<string> version = Boards.NewVersionOption();
        Option<string?> name = new("--name") { Description = "What the board calls itself in its readings, at most 32 characters.", HelpName = "NAME" };
        Option<string?> format = new("--format") { Description = "Readings as text, or as JSON objects, whose numbers a gateway can plot. Without it text.", HelpName = "text|json" };
        format.AcceptOnlyFromAmong("text", "json");
        VerbCommand command = new(
            "provision",
            "Writes the files that a board with Springtail.Device needs, and shows the nanoff commands that bring them there.",
            "FOLDER gets psk and settings, files.json for \"nanoff --filedeployment\" and, with --wifi, network.json for \"nanoff --networkdeployment\".\n"
            + "They hold the key and the password: only you can read them, and they can go once the board has them.\n"
            + "The commands fit nanoff as its sources are of July 2026; no board was at hand to try them.",
            examples: ["springtail provision board1 --board esp32c3 --psk-file psk --wifi home --wifi-password-file password"])
        {
            folder, board, pskFile, host, port, wifi, wifiPassword, ports, rendezvous, discovery, suite, features, interval, sleep, timeServer, name, format, version,
        };
        command.Check(arguments => arguments.GetValue(wifiPassword) != null && arguments.GetValue(wifi) == null ? "--wifi-password-file needs --wifi NAME." : null);
        command.Check(arguments => arguments.GetValue(wifi) is { } ssid && Encoding.UTF8.GetByteCount(ssid) > 32 ? "--wifi: a network's name has 1 to 32 bytes." : null);
        command.Run((arguments, output) =>
        {
            string place = Path.GetFullPath(arguments.GetRequiredValue(folder));
            Board kind = Boards.Named(arguments.GetRequiredValue(board));
            string serial = arguments.GetValue(port) ?? "PORT";
            List<string> lines =
            [
                "host = " + CheckText(arguments.GetValue(host) ?? Network.OwnAddress()?.ToString() ?? throw new CommandException(ExitCode.Network, "This machine has no IPv4 address that a board could reach: give the listener's with --host."), "--host", 253, IsHost),
            ];
            PortRange range = arguments.GetValue(ports);
            AddWhen(lines, arguments, ports, "ports", range.ToString());
            AddWhen(lines, arguments, rendezvous, "rendezvous", Number(arguments.GetValue(rendezvous)));
            AddWhen(lines, arguments, discovery, "discovery-port", Number(arguments.GetValue(discovery)));
            AddWhen(lines, arguments, suite, "suite", Number(arguments.GetValue(suite)));
            AddWhen(lines, arguments, features, "features", Number(arguments.GetValue(features)));
            AddWhen(lines, arguments, interval, "interval", Number(arguments.GetValue(interval)));
            AddWhen(lines, arguments, sleep, "sleep", Number(arguments.GetValue(sleep)));
            AddWhen(lines, arguments, timeServer, "time-server", CheckText(arguments.GetValue(timeServer) ?? "off", "--time-server", 253, IsHost));
            AddWhen(lines, arguments, name, "name", CheckText(arguments.GetValue(name) ?? "device", "--name", 32, _ => true));
            AddWhen(lines, arguments, format, "format", arguments.GetValue(format) ?? "text");

            byte[] psk = PskFile.Read(arguments.GetRequiredValue(pskFile));
            string password = arguments.GetValue(wifiPassword) is { } passwordFile ? ReadPassword(passwordFile) : "";
            try
            {
                PrivateFiles.MakeFolder(place);
                Write(Path.Combine(place, "psk"), Encoding.ASCII.GetBytes(Convert.ToHexStringLower(psk) + "\n"));
                Write(Path.Combine(place, "settings"), Encoding.ASCII.GetBytes(string.Join('\n', lines) + "\n"));
                Write(Path.Combine(place, "files.json"), FilesJson(place, arguments.GetValue(port)));
                if (arguments.GetValue(wifi) is { } ssid)
                {
                    Write(Path.Combine(place, "network.json"), NetworkJson(ssid, password, arguments.GetValue(port)));
                }
                else
                {
                    // One of an earlier run would hold a password that nobody asked to keep.
                    File.Delete(Path.Combine(place, "network.json"));
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new CommandException(ExitCode.File, $"{place} cannot be written: {e.Message}", e);
            }
            finally
            {
                CryptographicOperations.ZeroMemory(psk);
            }

            string listen = "springtail listen --psk-file " + CommandText.Quote(arguments.GetRequiredValue(pskFile)) + " --echo"
                + (arguments.GetResult(ports) is { Implicit: false } ? " --ports " + range : "")
                + (arguments.GetValue(rendezvous) != 0 ? " --rendezvous " + Number(arguments.GetValue(rendezvous)) : "")
                + (arguments.GetResult(discovery) is { Implicit: false } ? " --discovery-port " + Number(arguments.GetValue(discovery)) : "");
            string? network = arguments.GetValue(wifi) != null ? Path.Combine(place, "network.json") : null;
            string files = Nanoff.Line(Nanoff.Files(arguments.GetValue(port), Path.Combine(place, "files.json"), network));

            output.Report(Verbosity.Normal, "provisioned", $"{place} holds the board's files: {string.Join("; ", lines)}", ("folder", place), ("target", kind.Target));
            Say("firmware", "# 1. The firmware (erases the board). " + kind.Note, Nanoff.Line(Nanoff.Firmware(kind.Target, serial, arguments.GetRequiredValue(version))));
            Say("details", $"# 2. It fits when this lists {Boards.NativePart}.", Nanoff.Line(Nanoff.Details(serial)));
            Say("build", "# 3. The application, in the checkout; with nanoFramework's packages, which NuGet restores.", Build);
            Say("application", "# 4. To the board.", Nanoff.Line(Nanoff.Application(kind.Target, serial, Image)));
            Say("files", network == null ? "# 5. Key and settings. The Wi-Fi network is the one that the board has; --wifi NAME sets another."
                : "# 5. Key, settings and Wi-Fi network, while the board runs. Then press its reset button.", files);
            Say("listener", "# 6. Here.", listen);
            if (arguments.GetValue(port) == null)
            {
                output.Report(Verbosity.Minimal, "note", "PORT is the board's serial port: nanoff --listports shows them. --serial-port PORT puts it in.");
            }

            return ExitCode.Success;

            void Say(string what, string comment, string line) => output.Result("command", comment + "\n" + line, ("step", what), ("comment", comment[2..]), ("command", line));
        });
        return command;
    }

    // nanoff wants full paths for the sources: it looks for others from where it runs.
    private static byte[] FilesJson(string place, string? port)
    {
        Dictionary<string, object> json = [];
        if (port != null)
        {
            json["SerialPort"] = port;
        }

        json["Files"] = new[] { "psk", "settings" }
            .Select(f => new Dictionary<string, string> { ["DestinationFilePath"] = DeviceFolder + f, ["SourceFilePath"] = Path.Combine(place, f) }).ToArray();
        return JsonSerializer.SerializeToUtf8Bytes(json, s_json);
    }

    private static byte[] NetworkJson(string ssid, string password, string? port)
    {
        Dictionary<string, object> json = [];
        if (port != null)
        {
            json["SerialPort"] = port;
        }

        // AutoConnect: the firmware joins at start, and again after a loss.
        json["WirelessClient"] = new Dictionary<string, string> { ["Ssid"] = ssid, ["Password"] = password, ["ConfigurationOption"] = "AutoConnect" };
        return JsonSerializer.SerializeToUtf8Bytes(json, s_json);
    }

    private static void AddWhen(List<string> lines, ParseResult arguments, Option option, string name, string value)
    {
        if (arguments.GetResult(option) is { Implicit: false })
        {
            lines.Add(name + " = " + value);
        }
    }

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string CheckText(string text, string option, int most, Func<string, bool> fits)
    {
        if (text.Length == 0 || text.Length > most || text != text.Trim() || !text.All(c => c is >= ' ' and <= '~') || !fits(text))
        {
            throw new CommandException(ExitCode.Usage, most == 32
                ? $"{option}: \"{text}\" must be 1 to 32 characters of ASCII."
                : $"{option}: \"{text}\" is neither a host name of letters, digits, hyphens and dots nor an IPv4 address that a board can reach.");
        }

        return text;
    }

    // The device speaks IPv4 alone.
    private static bool IsHost(string text) => (HostText.Address(text) != null && !IsOwn(text)) || (HostText.Address(text) == null && HostText.IsName(text) && text != "localhost");

    // What means the board itself, or no machine, to a board.
    private static bool IsOwn(string text) => IPAddress.TryParse(text, out IPAddress? address) && (IPAddress.IsLoopback(address) || address.Equals(IPAddress.Any));

    private static string ReadPassword(string path)
    {
        string text;
        try
        {
            text = File.ReadLines(path, Encoding.UTF8).FirstOrDefault("");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException(ExitCode.File, $"{path} cannot be read: {e.Message}", e);
        }

        return Encoding.UTF8.GetByteCount(text) is >= 8 and <= 64
            ? text
            : throw new CommandException(ExitCode.File, $"The first line of {path} is no Wi-Fi password: those have 8 to 64 bytes.");
    }

    // Made anew, so that one that others could read, or a link to elsewhere, is not written to.
    private static void Write(string path, byte[] bytes)
    {
        File.Delete(path);
        using FileStream file = PrivateFiles.Open(path, FileMode.CreateNew, FileAccess.Write);
        file.Write(bytes);
        CryptographicOperations.ZeroMemory(bytes);
    }
}
