using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Text.RegularExpressions;
using Springtail.Packets;
using Springtail.Sessions;
using Springtail.Transfer;
using Xunit;

namespace Springtail.Tests.Peer;

/// <summary>What the project's documents say of each other, of the command and of the code.</summary>
public sealed partial class DocumentTests
{
    private static readonly string s_root = typeof(DocumentTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "RepositoryRoot").Value!;

    private static readonly string s_readme = Read("README.md");

    [Fact]
    public void Every_link_leads_somewhere()
    {
        string[] documents = ["README.md", .. new[] { "firmware", "native-interop", "tests", "tools" }.SelectMany(f => Documents(Path.Combine(s_root, f)))];
        Assert.True(documents.Length >= 6);
        int links = 0;
        foreach (string document in documents)
        {
            foreach (string link in Link().Matches(Read(document)).Select(m => m.Groups[1].Value).Where(l => !l.StartsWith("https://", StringComparison.Ordinal)))
            {
                string[] parts = link.Split('#');
                string target = Path.Combine(s_root, Path.GetDirectoryName(document)!, parts[0]);
                Assert.True(File.Exists(target), $"{document}: {link}");
                Assert.True(parts.Length == 1 || Heading().Matches(File.ReadAllText(target)).Any(m => Anchor(m.Groups[1].Value) == parts[1]), $"{document}: {link}");
                links++;
            }
        }

        Assert.True(links >= 3);
    }

    [Fact]
    public void The_README_shows_every_verb()
    {
        string[] verbs = [.. Command.Run("--help").Out.SkipWhile(l => l != "Commands:").Skip(1).TakeWhile(l => l.Length > 0).Select(l => l.Trim().Split(' ')[0])];
        Assert.True(verbs.Length >= 11);
        string shown = s_readme + Read("firmware/Springtail.Device/README.md");
        Assert.All(verbs, v => Assert.Contains($"    tools/springtail {v} ", shown));
    }

    [Fact]
    public void Figures_are_those_of_the_code()
    {
        Assert.Contains($"saves the session in {Snapshot.Size} bytes", Plain(s_readme));
        Assert.Contains($"up to {Number(ChannelOptions.ForServer().MaxMessageSize)} bytes ({Number(new ChannelOptions().MaxMessageSize)} on a device", Plain(s_readme));
        Assert.Contains($"{Number(TransferMessage.MinMessageSize)} bytes of buffer at the least", Plain(s_readme));
        Assert.Contains($"(SPAKE2, port {new ChannelOptions { Token = "a-b" }.FixedRendezvous})", s_readme);

        string protocol = Plain(Read("firmware/PROTOCOL.md"));
        Assert.Contains($"(default {Number(new ChannelOptions().PortMin)} and {Number(new ChannelOptions().PortCount)};", protocol);
        Assert.Contains($"port {Number(new ChannelOptions().DiscoveryPort)} unless configured", protocol);
        Assert.Contains($"messages of {Number(new ChannelOptions().MaxMessageSize)} bytes (three packets) unless configured", protocol);
        Assert.Contains($"largest_message, which is at least {Number(TransferMessage.MinMessageSize)}.", protocol);
        Assert.Contains($"Every fragment but the last carries {Number(DataPayload.FragmentSize)} bytes; fragment_count is 1 to {DataPayload.MaxFragments}", protocol);
    }

    // Section 16.1: each value stands where the one before ends, and where the code has it.
    [Fact]
    public void The_snapshot_is_laid_out_as_PROTOCOL_says()
    {
        Dictionary<string, int> sizes = new() { ["u8"] = 1, ["u16"] = 2, ["u32"] = 4, ["u64"] = 8, ["endpoint"] = Endpoint.Size, ["32"] = 32, ["16"] = 16 };
        string section = Read("firmware/PROTOCOL.md").Split("### 16.1 ")[1].Split("## 17.")[0];
        Assert.Contains($"of version {Snapshot.Version}, {Snapshot.Size} bytes:", section);
        int[] places = [.. SnapshotRow().Matches(section).Select(m => int.Parse(m.Groups[1].Value, CultureInfo.InvariantCulture))];
        int end = 0;
        foreach (Match row in SnapshotRow().Matches(section))
        {
            Assert.Equal(end, int.Parse(row.Groups[1].Value, CultureInfo.InvariantCulture));
            end += sizes[row.Groups[2].Value];
        }

        Assert.Equal(Snapshot.Size, end);
        string[] others = [nameof(Snapshot.Version), nameof(Snapshot.Size), "KeySize", "TagSize"];
        Assert.Equal(
            typeof(Snapshot).GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic).Where(f => f.IsLiteral && !others.Contains(f.Name)).Select(f => (int)f.GetRawConstantValue()!).Order(),
            places);
    }

    // The firmware that fits stands in the README; the command says it too.
    private static string Read(string path) => File.ReadAllText(Path.Combine(s_root, path));

    private static IEnumerable<string> Documents(string folder) => Directory.EnumerateFiles(folder, "*.md", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(s_root, f))
        .Where(f => !f.Split('/', '\\').Any(p => p is "bin" or "obj" || p.StartsWith("build", StringComparison.Ordinal)));

    private static string Plain(string text) => Space().Replace(text, " ");

    private static string Number(int number) => number < 1000 ? number.ToString(CultureInfo.InvariantCulture) : number.ToString("#,0", CultureInfo.InvariantCulture).Replace(',', ' ');

    // As GitHub makes it of a heading.
    private static string Anchor(string heading) => NoAnchor().Replace(heading.ToLowerInvariant(), "").Replace(' ', '-');

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"^#+ (.+?)\r?$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\p{L}\p{N} _-]")]
    private static partial Regex NoAnchor();

    [GeneratedRegex(@"^    (\d+) +(u8|u16|u32|u64|endpoint|32|16)  ", RegexOptions.Multiline)]
    private static partial Regex SnapshotRow();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Space();
}
