using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Threading.Tasks;
using Xunit;

namespace Springtail.Tests.Sight;

/// <summary>A test that needs tshark.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class TsharkFactAttribute : FactAttribute
{
    public TsharkFactAttribute()
    {
        if (Tshark.Path == null)
        {
            Skip = "needs tshark, from 4.0 on (apt install tshark)";
        }
    }
}

/// <summary>Wireshark's command, with the dissector.</summary>
internal static class Tshark
{
    /// <summary>Null where there is none.</summary>
    public static readonly string? Path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(System.IO.Path.PathSeparator).Select(p => System.IO.Path.Combine(p, "tshark")).FirstOrDefault(File.Exists);

    public static readonly string Script = System.IO.Path.Combine(
        typeof(Tshark).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "RepositoryRoot").Value!, "tools", "wireshark", "springtail.lua");

    /// <summary>Runs it with the dissector and a key log; gives the lines of its output. What it says of an error fails the test.</summary>
    public static string[] Run(string capture, string keys, params string[] arguments) =>
        Run(["-X", "lua_script:" + Script, "-o", "springtail.key_log:" + keys, "-o", "udp.try_heuristic_first:TRUE", "-r", capture, .. arguments]);

    /// <summary>Runs it with another script.</summary>
    public static string[] RunScript(string script, string capture, string filter) => Run(["-X", "lua_script:" + script, "-r", capture, "-Y", filter]);

    private static string[] Run(string[] arguments)
    {
        ProcessStartInfo start = new(Path!, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["TZ"] = "UTC", ["SPRINGTAILKEYLOG"] = "" },
        };
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string[] lines = process.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        process.WaitForExit();
        string said = string.Join('\n', error.Result.Split('\n').Where(l => l.Length > 0 && !l.StartsWith("Running as user", StringComparison.Ordinal)));
        Assert.True(process.ExitCode == 0 && said.Length == 0, $"exit code {process.ExitCode}: {said}");
        return lines;
    }
}
