using System;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Xunit;

namespace Springtail.Tests.Peer;

/// <summary>What a release is made of: workflows whose actions cannot change underneath, packages that say what they are, and one version.</summary>
public sealed partial class ReleaseTests
{
    private static readonly string s_root = typeof(ReleaseTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "RepositoryRoot").Value!;

    [Fact]
    public void Actions_are_named_by_the_hash_of_their_commit()
    {
        string[] workflows = Directory.GetFiles(Path.Combine(s_root, ".github", "workflows"), "*.yml");
        Assert.True(workflows.Length >= 3);
        string[] uses = [.. workflows.SelectMany(w => Uses().Matches(File.ReadAllText(w)).Select(m => m.Groups[1].Value.TrimEnd()))];
        Assert.True(uses.Length >= 10);
        Assert.All(uses.Where(u => !u.StartsWith("./", StringComparison.Ordinal)), u => Assert.Matches(Pinned(), u));
        Assert.All(uses.Where(u => u.StartsWith("./", StringComparison.Ordinal)), u => Assert.True(File.Exists(Path.Combine(s_root, u)), u));

        // One version of each.
        string[] actions = [.. uses.Where(u => u.Contains('@')).Distinct()];
        Assert.Equal(actions.Length, actions.Select(u => u.Split('@')[0]).Distinct().Count());
    }

    [Fact]
    public void What_workflows_run_is_there()
    {
        string[] programs = [.. Directory.GetFiles(Path.Combine(s_root, ".github", "workflows"), "*.yml").SelectMany(w => Program().Matches(File.ReadAllText(w)).Select(m => m.Groups[1].Value)).Distinct()];
        Assert.Contains("tools/test", programs);
        Assert.All(programs, p => Assert.True(Path.Exists(Path.Combine(s_root, p)), p));
    }

    [Fact]
    public void The_sample_for_a_board_takes_this_version_s_package()
    {
        string version = XDocument.Load(Path.Combine(s_root, "Directory.Build.props")).Descendants("Version").Single().Value;
        string sample = Path.Combine(s_root, "firmware", "samples", "SendReading");
        string[] named = [.. SamplePackage().Matches(File.ReadAllText(Path.Combine(sample, "packages.config")) + File.ReadAllText(Path.Combine(sample, "SendReading.nfproj"))).Select(m => m.Groups[1].Value)];
        Assert.Equal(3, named.Length);
        Assert.All(named, n => Assert.Equal(version, n));
    }

    [Fact]
    public void Every_project_that_is_packed_has_what_packages_have_in_common()
    {
        string[] projects = [.. new[] { "firmware", "tools" }.SelectMany(f => Directory.GetFiles(Path.Combine(s_root, f), "*.csproj", SearchOption.AllDirectories)).Where(p => File.ReadAllText(p).Contains("<PackageId>", StringComparison.Ordinal))];
        Assert.Equal(6, projects.Length);
        Assert.All(projects, p =>
        {
            XDocument project = XDocument.Load(p);
            Assert.NotEmpty(project.Descendants("Description"));
            Assert.Contains(project.Descendants("Import").Select(i => Path.GetFileName((string)i.Attribute("Project")!)), i => i == "package.targets");
        });
        Assert.Contains("package.targets", File.ReadAllText(Path.Combine(s_root, "firmware", "Springtail.Package", "package.targets")), StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(s_root, "tools", "pictures", "icon.png")));

        // The workflow that publishes them packs each.
        string pack = File.ReadAllText(Path.Combine(s_root, "tools", "nano", "pack"));
        Assert.All(projects, p => Assert.Contains(Path.GetFileNameWithoutExtension(p), pack, StringComparison.Ordinal));
    }

    [GeneratedRegex(@"^ *(?:- )?uses: (.+)$", RegexOptions.Multiline)]
    private static partial Regex Uses();

    [GeneratedRegex(@"^[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$")]
    private static partial Regex Pinned();

    [GeneratedRegex(@"(?<![\w./-])((?:tools|tests)/[\w./-]*[\w-])")]
    private static partial Regex Program();

    [GeneratedRegex(@"Springtail\.nanoFramework(?:\.|"" version="")(\d+\.\d+\.\d+)")]
    private static partial Regex SamplePackage();
}
