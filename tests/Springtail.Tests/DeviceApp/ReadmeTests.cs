using System;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Text;
using Springtail.Device;
using Xunit;

namespace Springtail.Tests.DeviceApp;

/// <summary>The application's README against the application.</summary>
public sealed class ReadmeTests
{
    private static readonly string s_readme = File.ReadAllText(Path.Combine(
        typeof(ReadmeTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "RepositoryRoot").Value!, "firmware/Springtail.Device/README.md"));

    [Fact]
    public void Its_table_has_every_setting()
    {
        VirtualBoard board = new();
        board.Files[SettingsReader.SettingsPath] = Encoding.ASCII.GetBytes("host = h\nno-such-name = 1\n");
        Problems problems = new();
        _ = SettingsReader.Read(board, problems);
        string list = problems[0].Split("one of ")[1].TrimEnd('.');
        string[] names = list.Split([", ", " and "], StringSplitOptions.None);
        string[] rows = [.. s_readme.Split("## The two files")[1].Split("## ")[0].Split('\n').Where(l => l.StartsWith("| `", StringComparison.Ordinal)).Select(l => l.Split('`')[1])];
        Assert.Equal(names, rows);
        Assert.Equal(13, rows.Length);

        // Each of them is one that the reader takes: a wrong value is found wrong, not unknown.
        foreach (string name in names)
        {
            board.Files[SettingsReader.SettingsPath] = Encoding.ASCII.GetBytes(name + " =\n");
            problems = new();
            _ = SettingsReader.Read(board, problems);
            Assert.Contains(name + " = \"\" is wrong", problems[0], StringComparison.Ordinal);
        }
    }

    [Fact]
    public void It_speaks_of_the_states_by_their_names()
    {
        foreach (DeviceState state in new[] { DeviceState.SettingsWrong, DeviceState.Joining, DeviceState.GettingTime, DeviceState.Connecting, DeviceState.Connected, DeviceState.Offline, DeviceState.Asleep })
        {
            Assert.Contains(DeviceStates.Name(state), s_readme, StringComparison.Ordinal);
        }
    }
}
