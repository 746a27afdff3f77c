using System;
using System.Collections.Generic;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Xunit;

namespace Springtail.Tests.Device;

/// <summary>The table of firmware/README.md of what fits together, against the project files, the native glue and, where they are, the packages.</summary>
public class VersionTests
{
    // Where a .pe file has the checksum of its native part.
    private const int ChecksumAt = 20;

    private static readonly string s_root = typeof(VersionTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "RepositoryRoot").Value!;

    private static readonly (string Package, string Version, string Native)[] s_table =
    [
        .. Regex.Matches(Read("firmware/README.md"), @"^\| ((?:nanoFramework|Springtail)\.[\w.]+) \| ([^|]+) \| ([^|]+) \|\r?$", RegexOptions.Multiline)
            .Select(m => (m.Groups[1].Value, m.Groups[2].Value, m.Groups[3].Value)),
    ];

    [Fact]
    public void The_packages_are_those_of_the_projects()
    {
        Dictionary<string, string> properties = XDocument.Parse(Read("tools/nano/versions.props")).Descendants("PropertyGroup").Elements().ToDictionary(e => $"$({e.Name})", e => e.Value);
        XDocument targets = XDocument.Parse(Read("tools/nano/nano.targets"));
        IEnumerable<(string, string)> references = targets.Descendants("NanoReference").Select(e => ((string)e.Attribute("Package")!, properties[(string)e.Attribute("Version")!]));
        IEnumerable<(string, string)> tools = targets.Descendants("PackageReference").Where(e => !((string)e.Attribute("Include")!).StartsWith('@'))
            .Select(e => ((string)e.Attribute("Include")!, properties[(string)e.Attribute("Version")!]));
        Assert.Equal(references.Concat(tools).Order(), s_table.Where(r => r.Package != "Springtail.Native").Select(r => (r.Package, r.Version)).Order());
        Assert.Equal(properties.Count, s_table.Length - 1);
    }

    [Fact]
    public void The_native_module_is_that_of_the_glue()
    {
        string glue = Read("native-interop/nanoframework/Springtail_Native.cpp");
        string checksum = Regex.Match(glue, @"^    (0x[0-9A-F]{8}),", RegexOptions.Multiline).Groups[1].Value;
        string version = Regex.Match(glue, @"^    \{ ([\d, ]+) \}", RegexOptions.Multiline).Groups[1].Value.Replace(", ", ".", StringComparison.Ordinal);
        Assert.Equal($"{version}, {checksum}", s_table.Single(r => r.Package == "Springtail.Native").Native);
    }

    public static TheoryData<string> Packages() => [.. s_table.Where(r => r.Package.StartsWith("nanoFramework.", StringComparison.Ordinal) && !r.Package.Contains("Tools", StringComparison.Ordinal)).Select(r => r.Package)];

    [FeedTheory]
    [MemberData(nameof(Packages))]
    public void The_checksum_is_that_of_the_package(string package)
    {
        (_, string version, string native) = s_table.Single(r => r.Package == package);
        using ZipArchive archive = ZipFile.OpenRead(FeedTheoryAttribute.Package(package, version));
        ZipArchiveEntry entry = archive.Entries.Single(e => e.FullName.EndsWith(".pe", StringComparison.Ordinal) && !e.Name.Contains("UnitTestLauncher", StringComparison.Ordinal));
        using Stream stream = entry.Open();
        byte[] header = new byte[ChecksumAt + 4];
        stream.ReadExactly(header);
        uint checksum = BitConverter.ToUInt32(header, ChecksumAt);
        Assert.Equal(checksum == 0 ? "none" : $"0x{checksum:X8}", native[(native.LastIndexOf(' ') + 1)..]);
    }

    private static string Read(string path) => File.ReadAllText(Path.Combine(s_root, path));
}
