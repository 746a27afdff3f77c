using System;
using System.Collections.Generic;
using System.Linq;

namespace Springtail.Peer.Flashing;

/// <summary>Command lines of nanoff, nanoFramework's flasher, with the options that its sources have (2.5 and 3.0 preview).</summary>
internal static class Nanoff
{
    /// <summary>A release of the firmware; erases the board.</summary>
    public static string[] Firmware(string target, string port, string version) => ["nanoff", "--target", target, "--serialport", port, "--update", "--fwversion", version, "--masserase"];

    /// <summary>Lists what the firmware has: its native parts with their checksums.</summary>
    public static string[] Details(string port) => ["nanoff", "--nanodevice", "--serialport", port, "--devicedetails"];

    /// <summary>The same with a CLR of one's own in place of the release's.</summary>
    public static string[] FirmwareWithClr(string target, string port, string version, string clr) => [.. Firmware(target, port, version), "--clrfile", clr];

    /// <summary>An application's image.</summary>
    public static string[] Application(string target, string port, string image) => ["nanoff", "--target", target, "--serialport", port, "--deploy", "--image", image];

    /// <summary>
    /// Key, settings and network, to firmware that runs. The port stands in the JSON where it is known: with --serialport some releases take this for a flashing of the chip.
    /// </summary>
    public static string[] Files(string? port, string files, string? network)
        => ["nanoff", .. port == null ? ["--serialport", "PORT"] : Array.Empty<string>(), "--filedeployment", files, .. network == null ? [] : new[] { "--networkdeployment", network }];

    /// <summary>A command line as a person types it.</summary>
    public static string Line(IEnumerable<string> arguments) => string.Join(' ', arguments.Select(a => CommandText.Quote(a)));
}
