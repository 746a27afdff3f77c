using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Text.RegularExpressions;
using Springtail.Keys;
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

    private static readonly string[] s_documents = ["README.md", .. new[] { ".github", "firmware", "native-interop", "tests", "tools" }.SelectMany(f => Documents(Path.Combine(s_root, f)))];

    private static readonly Dictionary<string, string[]> s_verbs = Verbs();

    // Options of other programs that the documents name.
    private static readonly string[] s_others =
    [
        "--fwversion", "--listtargets", "--listports", "--full", "--deploy", "--nanodevice", "--filedeployment", "--networkdeployment", "--masserase", "--configfile", "--Springtail:KeyFolder",
    ];

    [Fact]
    public void Every_link_leads_somewhere()
    {
        Assert.True(s_documents.Length >= 15);
        int links = 0;
        foreach (string document in s_documents)
        {
            foreach (string link in Link().Matches(Read(document)).Select(m => m.Groups[1].Value).Where(l => !l.StartsWith("https://", StringComparison.Ordinal)))
            {
                string[] parts = link.Split('#');
                string target = parts[0].Length == 0 ? Path.Combine(s_root, document) : Path.Combine(s_root, Path.GetDirectoryName(document)!, parts[0]);
                Assert.True(File.Exists(target), $"{document}: {link}");
                Assert.True(parts.Length == 1 || Heading().Matches(File.ReadAllText(target)).Any(m => Anchor(m.Groups[1].Value) == parts[1]), $"{document}: {link}");
                links++;
            }
        }

        Assert.True(links >= 40);
    }

    [Fact]
    public void The_README_is_read_in_one_go()
    {
        Assert.True(s_readme.Split('\n').Length <= 151);
        Assert.True(s_readme.IndexOf("springtail connect HOST --token", StringComparison.Ordinal) < s_readme.IndexOf("\n## ", StringComparison.Ordinal));
    }

    [Fact]
    public void The_command_s_README_shows_every_verb()
    {
        string[] verbs = [.. Command.Run("--help").Out.SkipWhile(l => l != "Commands:").Skip(1).TakeWhile(l => l.Length > 0).Select(l => l.Trim().Split(' ')[0])];
        Assert.Equal(s_verbs.Keys.Order(), verbs.Order());
        string shown = Read("tools/Springtail.Peer/README.md");
        Assert.All(verbs, v => Assert.Contains($"    springtail {v}", shown));
    }

    [Fact]
    public void Verbs_take_the_options_that_are_shown()
    {
        int options = 0;
        foreach (string document in s_documents)
        {
            foreach (Match line in CommandLine().Matches(Read(document)))
            {
                string verb = line.Groups[1].Value;
                if (verb.StartsWith('-') || verb == "VERB")
                {
                    continue;
                }

                Assert.True(s_verbs.ContainsKey(verb), $"{document}: {line.Value}");

                foreach (string option in Option().Matches(line.Groups[2].Value).Select(m => m.Value))
                {
                    Assert.True(s_verbs[verb].Contains(option), $"{document}: springtail {verb} {option}");
                    options++;
                }
            }

            foreach (string option in QuotedOption().Matches(Read(document)).Select(m => m.Groups[1].Value))
            {
                Assert.True(s_others.Contains(option) || s_verbs.Values.Any(o => o.Contains(option)), $"{document}: {option}");
                options++;
            }
        }

        Assert.True(options >= 40);
    }

    [Fact]
    public void The_gateway_s_table_has_every_setting()
    {
        string[] rows = [.. Read("tools/Springtail.Gateway/README.md").Split("| setting |")[1].Split("\n\n")[0].Split('\n').Where(l => l.StartsWith("| `", StringComparison.Ordinal))
            .SelectMany(l => Setting().Matches(l.Split('|')[1]).Select(m => m.Groups[1].Value))];
        Assert.Equal(s_verbs["gateway"].Where(o => o.StartsWith("--", StringComparison.Ordinal)).Select(o => o[2..]).Order(), rows.Append("settings").Order());
    }

    [Fact]
    public void The_gateway_s_topics_are_those_that_it_uses()
    {
        string[] topics = [.. Read("tools/Springtail.Gateway/README.md").Split("## Topics")[1].Split("\n## ")[0].Split('\n').Where(l => l.StartsWith("| `", StringComparison.Ordinal)).Select(l => l.Split('`')[1])];
        Assert.Equal(6, topics.Length);
        string source = Read("tools/Springtail.Gateway/Topics.cs") + Read("tools/Springtail.Gateway/HomeAssistant.cs");
        foreach (string topic in topics)
        {
            string last = topic[topic.LastIndexOf('/')..];
            Assert.Contains(last + "\"", source, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void The_library_s_calls_and_metrics_are_there()
    {
        string table = Read("tools/Springtail.Host/README.md").Split("## Calls")[1].Split("\n\nAll of them")[0];
        string[] calls = [.. table.Split('\n').Where(l => l.StartsWith("| `", StringComparison.Ordinal)).SelectMany(l => Setting().Matches(l.Split('|')[1].Replace('.', '-')).Select(m => m.Groups[1].Value))];
        Assert.True(calls.Length >= 12);
        Type type = typeof(Channel);
        foreach (string[] call in calls.Select(c => c.Split('-')))
        {
            type = call.Length == 2 ? call[0] == nameof(ChannelListener) ? typeof(ChannelListener) : typeof(Channel) : type;
            Assert.Contains(type.GetMethods(), m => m.Name == call[^1]);
        }

        string source = Read("tools/Springtail.Host/Channels/SpringtailDiagnostics.cs") + string.Concat(new[] { "tools/Springtail.Hosting", "tools/Springtail.Host/Channels" }.SelectMany(f => Directory.GetFiles(Path.Combine(s_root, f), "*.cs")).Select(File.ReadAllText));
        string[] metrics = [.. Metric().Matches(Read("tools/Springtail.Hosting/README.md")).Select(m => m.Groups[1].Value)];
        Assert.True(metrics.Length >= 9);
        Assert.All(metrics, m => Assert.Contains($"\"{m}\"", source));
    }

    // The sentences of its log, without what a name or a number stands for.
    [Fact]
    public void The_device_s_log_says_what_its_README_says()
    {
        string source = string.Concat(new[] { "firmware/Springtail.Device", "firmware/Springtail" }.SelectMany(f => Directory.EnumerateFiles(Path.Combine(s_root, f), "*.cs", SearchOption.AllDirectories))
            .Where(f => !f.Split('/', '\\').Contains("obj")).Select(File.ReadAllText));
        IEnumerable<string> rows = Read("firmware/Springtail.Device/README.md").Split("## What it does when something fails")[1].Split("\n## ")[0].Split('\n').Where(l => l.StartsWith("| ", StringComparison.Ordinal));
        string[] parts = [.. rows.SelectMany(r => Quoted().Matches(r.Split('|')[2]).Select(m => m.Groups[1].Value)).Where(q => !q.Contains("I:\\", StringComparison.Ordinal))
            .SelectMany(q => Variable().Split(q)).Select(t => t.Trim(' ', ':', ';')).Where(t => t.Length >= 10)];
        Assert.True(parts.Length >= 14);
        Assert.All(parts, t => Assert.Contains(t, source));
    }

    [Fact]
    public void Figures_are_those_of_the_code()
    {
        string library = Plain(Read("tools/Springtail.Host/README.md"));
        string command = Plain(Read("tools/Springtail.Peer/README.md"));
        string sizes = $"up to {Number(ChannelOptions.ForServer().MaxMessageSize)} bytes";
        Assert.Contains($"saves the session in {Snapshot.Size} bytes", library);
        Assert.Contains($"{sizes} ({Number(new ChannelOptions().MaxMessageSize)} on a device", library);
        Assert.Contains($"{sizes} each ({Number(new ChannelOptions().MaxMessageSize)} on a device", Plain(s_readme));
        Assert.Contains($"{Number(TransferMessage.MinMessageSize)} bytes of buffer at the least", command);
        Assert.Contains($"(SPAKE2, port {new ChannelOptions { Token = "a-b" }.FixedRendezvous})", command);
        Assert.Contains($"fragments carry {Number(DataPayload.FragmentSize)} bytes, before 1 149; a saved session takes {Snapshot.Size} bytes", Plain(Read(".github/CHANGELOG.md")), StringComparison.OrdinalIgnoreCase);
        Assert.Contains($"The wire is version {Packet.Version}.", Read(".github/CHANGELOG.md"));

        string protocol = Plain(Read("firmware/PROTOCOL.md"));
        Assert.Contains($"(default {Number(new ChannelOptions().PortMin)} and {Number(new ChannelOptions().PortCount)};", protocol);
        Assert.Contains($"port {Number(new ChannelOptions().DiscoveryPort)} unless configured", protocol);
        Assert.Contains($"messages of {Number(new ChannelOptions().MaxMessageSize)} bytes (three packets) unless configured", protocol);
        Assert.Contains($"largest_message, which is at least {Number(TransferMessage.MinMessageSize)}.", protocol);
        Assert.Contains($"Every fragment but the last carries {Number(DataPayload.FragmentSize)} bytes; fragment_count is 1 to {DataPayload.MaxFragments}", protocol);
    }

    [Fact]
    public void The_ports_to_open_are_the_default_ones()
    {
        ChannelOptions options = new();
        int last = options.PortMin + options.PortCount - 1;
        int pairing = new ChannelOptions { Token = "a-b" }.FixedRendezvous;
        string section = Plain(s_readme.Split("## NAT and firewalls")[1].Split("\n## ")[0]);
        Assert.Contains($"ports, {options.PortMin} to {last}, on {options.DiscoveryPort} (devices ask for the time there, and discovery is there) and, to pair by words, on {pairing}.", section);
        Assert.Contains($"sudo ufw allow {options.PortMin}:{last}/udp", section);
        Assert.Contains($"sudo ufw allow {options.DiscoveryPort}:{pairing}/udp", section);
        Assert.Contains($"udp dport '{{ {options.DiscoveryPort}, {pairing}, {options.PortMin}-{last} }}' accept", section);
        Assert.Contains($"-LocalPort {options.DiscoveryPort},{pairing},{options.PortMin}-{last} -Action Allow", section);
        Assert.Contains($"ports {options.PortMin} to {last}, and {options.DiscoveryPort} for the time", Plain(Read("firmware/Springtail.Device/README.md")));
        Assert.Contains($"| {Number(options.PortCount)}, two a second |", s_readme);
        Assert.Equal(2, 1000 / HopPorts.BaseInterval);
    }

    // What tools/pictures/session has drawn: no line of a terminal reaches beyond its 80 columns, and the listener's port changes.
    [Fact]
    public void The_picture_is_right_at_80_columns()
    {
        string picture = Read("tools/pictures/session.svg");
        (double X, double Length, string Text)[] lines = [.. PictureLine().Matches(picture).Select(m => (double.Parse(m.Groups[1].Value, CultureInfo.InvariantCulture), double.Parse(m.Groups[2].Value, CultureInfo.InvariantCulture), m.Groups[3].Value))];
        double width = double.Parse(PictureWidth().Match(picture).Groups[1].Value, CultureInfo.InvariantCulture);
        Assert.True(lines.Length >= 20);
        Assert.All(lines, l => Assert.InRange(l.X + l.Length, 0, width));
        Assert.All(lines, l => Assert.InRange(l.Text.Length, 1, 80));
        Assert.Contains(lines, l => l.Text.StartsWith("session ", StringComparison.Ordinal) && l.Text.EndsWith("rtt", StringComparison.Ordinal));
        Assert.True(lines.Where(l => l.Text.Contains("  established  ", StringComparison.Ordinal)).Select(l => l.Text).Distinct().Count() >= 6);
    }

    // What tools/compare measured is a number of packets that PROTOCOL.md has, with what they may be padded by; IPv4 and UDP take 28 bytes of each.
    [Fact]
    public void The_measured_handshake_is_the_protocol_s()
    {
        int[] payloads = [Syn.PublicKey + 32, SynAck.PublicKey + 32, AckPayload.SizeWithConfirm, HeartbeatPayload.Size];
        int least = payloads.Sum(p => 28 + Packet.Overhead + p);
        Assert.Contains($"| handshake, packets | {payloads.Length} |", s_readme);
        Match measured = HandshakeBytes().Match(s_readme);
        Assert.InRange(int.Parse(measured.Groups[1].Value, CultureInfo.InvariantCulture), least, least + payloads.Length * TrafficShape.MaxPadding);
        Assert.InRange(int.Parse(measured.Groups[2].Value, CultureInfo.InvariantCulture), int.Parse(measured.Groups[1].Value, CultureInfo.InvariantCulture), least + payloads.Length * TrafficShape.MaxPadding);

        const int Size = 20;
        int data = 28 + Packet.Overhead + DataPayload.HeaderSize + Size;
        int acknowledgment = 28 + Packet.Overhead + AckPayload.Size;
        Assert.Contains($"| {Size} bytes and their echo, packets | 3 to 4 |", s_readme);
        Assert.Contains($"| {Size} bytes and their echo, bytes | {2 * data + acknowledgment} to {2 * data + 2 * acknowledgment} |", s_readme);
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

    // Each verb with its options, and those that all have.
    private static Dictionary<string, string[]> Verbs()
    {
        IEnumerable<System.CommandLine.Command> commands = typeof(Springtail.Peer.ExitCode).Assembly.GetTypes().Where(t => t.Namespace == "Springtail.Peer.Commands")
            .Select(t => t.GetMethod("Create", BindingFlags.Static | BindingFlags.Public, [])).OfType<MethodInfo>()
            .SelectMany(m => m.Invoke(null, null) is System.CommandLine.Command[] several ? several : [(System.CommandLine.Command)m.Invoke(null, null)!]);
        string[] all = ["--help", "--version", "--verbosity", "-v", "--json"];
        Dictionary<string, string[]> verbs = commands.ToDictionary(c => c.Name, c => c.Options.SelectMany(o => o.Aliases.Append(o.Name)).Concat(all).ToArray());

        // Those of the gateway's own program, as its sources name them.
        verbs["gateway"] = ["--settings", .. GatewaySetting().Matches(Read("tools/Springtail.Gateway/GatewaySettings.cs")).Select(m => "--" + m.Groups[1].Value)];
        verbs["load"] = [.. LoadOption().Matches(Read("tools/Springtail.Gateway/Load.cs")).Select(m => "--" + m.Groups[1].Value)];
        return verbs;
    }

    private static string Read(string path) => File.ReadAllText(Path.Combine(s_root, path));

    private static IEnumerable<string> Documents(string folder) => Directory.EnumerateFiles(folder, "*.md", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(s_root, f))
        .Where(f => !f.Split('/', '\\').Any(p => p is "bin" or "obj" || p.StartsWith("build", StringComparison.Ordinal)));

    private static string Plain(string text) => Space().Replace(text, " ");

    private static string Number(int number) => number < 1000 ? number.ToString(CultureInfo.InvariantCulture) : number.ToString("#,0", CultureInfo.InvariantCulture).Replace(',', ' ');

    // As GitHub makes it of a heading.
    private static string Anchor(string heading) => NoAnchor().Replace(heading.ToLowerInvariant(), "").Replace(' ', '-');

    [GeneratedRegex(@"(?:^ {4,}.*?|`)(?:tools/)?(?<![\w.-])springtail ([a-zV-][\w-]*)([^#`\n]*)", RegexOptions.Multiline)]
    private static partial Regex CommandLine();

    [GeneratedRegex("`([\\w-]+)`")]
    private static partial Regex Setting();

    [GeneratedRegex("`(springtail\\.[a-z_.]+)`")]
    private static partial Regex Metric();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Quoted();

    [GeneratedRegex(@"\.\.\.|\b(?:NAME|HOST|TYPE|N)\b|^(?:error|fault|ended|state): ")]
    private static partial Regex Variable();

    [GeneratedRegex(@"^ +new\(""([\w-]+)"", """, RegexOptions.Multiline)]
    private static partial Regex GatewaySetting();

    [GeneratedRegex(@"""(?:--)?([a-z][\w-]*)""")]
    private static partial Regex LoadOption();

    [GeneratedRegex(@"(?<= )--[\w:-]+")]
    private static partial Regex Option();

    [GeneratedRegex(@"`(--[\w:-]+)[^`]*`")]
    private static partial Regex QuotedOption();

    [GeneratedRegex(@"<text x=""([\d.]+)"" y=""\d+""[^>]* textLength=""([\d.]+)"">([^<]*)</text>")]
    private static partial Regex PictureLine();

    [GeneratedRegex(@"viewBox=""0 0 (\d+) \d+""")]
    private static partial Regex PictureWidth();

    [GeneratedRegex(@"\| handshake, bytes \| (\d+) to (\d+) \|")]
    private static partial Regex HandshakeBytes();

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
