using System;
using System.CommandLine;
using System.ComponentModel;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;

namespace Springtail.Peer.Commands;

/// <summary>
/// <c>springtail gateway</c> and <c>springtail load</c>: a program of its own, so that this one carries none of its libraries. It takes this process's place.
/// </summary>
internal static class GatewayCommand
{
    private const string Name = "springtail-gateway";

    private static readonly string[] s_verbs = ["gateway", "load"];

    public static Command[] Create() =>
    [
        Of("gateway", "Listens for a fleet of devices and speaks MQTT 5 on the other side: their readings go to a broker, and messages come back."),
        Of("load", "Plays many devices over real sockets, to try a gateway and to size a machine."),
    ];

    /// <summary>True when it is the gateway's program that takes these arguments.</summary>
    public static bool Takes(string[] arguments) => arguments.Length > 0 && s_verbs.Contains(arguments[0]);

    /// <summary>Runs it in this process's place, or on Windows beside it; returns its exit code.</summary>
    public static int Run(string[] arguments)
    {
        string[] line = [.. Program(), .. arguments];
        try
        {
            if (!OperatingSystem.IsWindows())
            {
                StandardStreams.Complete();

                // Comes back only when it failed.
                execvp(line[0], [.. line, null]);
                throw new Win32Exception(Marshal.GetLastPInvokeError());
            }

            using Process process = Process.Start(new ProcessStartInfo(line[0], line[1..]) { UseShellExecute = false })!;
            process.WaitForExit();
            return process.ExitCode;
        }
        catch (Win32Exception)
        {
            using Output output = new(Verbosity.Normal, false);
            output.Error($"The gateway is not there: \"dotnet tool install -g Springtail.Gateway\" installs it, and \"dotnet build tools/Springtail.Gateway\" makes it in the checkout.");
            return ExitCode.File;
        }
    }

    // In the checkout it is beside this one's project; installed, it is on the path.
    private static string[] Program()
    {
        DirectoryInfo output = new(AppContext.BaseDirectory);
        string? tools = output.Parent?.Parent?.Parent?.Parent?.FullName;
        string built = Path.Combine(tools ?? "", "Springtail.Gateway", "bin", output.Parent?.Name ?? "", output.Name, Name + ".dll");
        return File.Exists(built) ? ["dotnet", built] : [Name];
    }

    private static VerbCommand Of(string name, string summary)
    {
        VerbCommand command = new(name, summary) { TreatUnmatchedTokensAsErrors = false };
        command.Run((_, _) => Run([name]));
        return command;
    }

    [DllImport("libc", SetLastError = true)]
    private static extern int execvp([MarshalAs(UnmanagedType.LPUTF8Str)] string file, [MarshalAs(UnmanagedType.LPArray, ArraySubType = UnmanagedType.LPStr)] string?[] arguments);
}
