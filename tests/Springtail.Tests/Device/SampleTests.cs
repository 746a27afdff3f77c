using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Xml.Linq;
using Xunit;

namespace Springtail.Tests.Device;

/// <summary>The samples' classic projects, which Visual Studio's extension builds and nothing here does, against what is here.</summary>
public class SampleTests
{
    private static readonly string s_root = typeof(SampleTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "RepositoryRoot").Value!;
    private static readonly string s_folder = Path.Combine(s_root, "firmware", "samples", "SendReading");
    private static readonly XNamespace s_msbuild = "http://schemas.microsoft.com/developer/msbuild/2003";

    [Fact]
    public void Its_packages_are_those_that_the_firmware_is_built_with()
    {
        Dictionary<string, string> versions = XDocument.Load(Path.Combine(s_root, "tools", "nano", "versions.props")).Descendants("PropertyGroup").Elements().ToDictionary(e => $"$({e.Name})", e => e.Value);
        Dictionary<string, string> known = XDocument.Load(Path.Combine(s_root, "tools", "nano", "nano.targets")).Descendants("NanoReference").Where(e => e.Attribute("Package") != null)
            .ToDictionary(e => (string)e.Attribute("Package")!, e => versions[(string)e.Attribute("Version")!]);
        known["Springtail.nanoFramework"] = XDocument.Load(Path.Combine(s_root, "Directory.Build.props")).Descendants("Version").Single().Value;
        (string, string)[] packages = [.. Packages()];
        Assert.Contains(packages, p => p.Item1 == "Springtail.nanoFramework");
        Assert.All(packages, p => Assert.Equal(known[p.Item1], p.Item2));
    }

    [Fact]
    public void Its_project_has_the_files_and_the_packages()
    {
        XDocument project = XDocument.Load(Path.Combine(s_folder, "SendReading.nfproj"));
        Assert.Contains("{11A8DD76-328B-46DF-9F39-F559912D0360}", project.Descendants(s_msbuild + "ProjectTypeGuids").Single().Value, StringComparison.Ordinal);
        foreach (string file in project.Descendants(s_msbuild + "Compile").Select(e => (string)e.Attribute("Include")!))
        {
            Assert.True(File.Exists(Path.Combine(s_folder, file.Replace('\\', Path.DirectorySeparatorChar))), file);
        }

        string[] folders = [.. Packages().Select(p => $@"packages\{p.Id}.{p.Version}\lib\")];
        XElement[] references = [.. project.Descendants(s_msbuild + "Reference")];
        Assert.All(references, r => Assert.Contains(folders, f => r.Element(s_msbuild + "HintPath")!.Value == f + (string)r.Attribute("Include")! + ".dll"));
        Assert.All(folders, f => Assert.Contains(references, r => r.Element(s_msbuild + "HintPath")!.Value.StartsWith(f, StringComparison.Ordinal)));

        // What it refers to, and what that refers to, as the compiler saw it here.
        string here = typeof(SampleTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "DeviceAssembly" && Path.GetFileNameWithoutExtension(a.Value!) == "SendReading").Value!;
        using var sample = new DeviceAssembly(here);
        string[] named = [.. references.Select(r => (string)r.Attribute("Include")!)];
        Assert.All(sample.Metadata.AssemblyReferences.Select(r => sample.Metadata.GetString(sample.Metadata.GetAssemblyReference(r).Name)), n => Assert.Contains(n, named));
    }

    /// <summary>Visual Studio's extension refuses an assembly with a native part that the board has not: the package for any firmware has none, and refers to none of its own.</summary>
    [Fact]
    public void The_package_for_any_firmware_is_managed_alone()
    {
        XDocument package = XDocument.Load(Path.Combine(s_root, "firmware", "Springtail.Package", "Springtail.Package.csproj"));
        string[] parts = [.. package.Descendants("DevicePart").SelectMany(e => ((string)e.Attribute("Include")!).Split(';'))];
        Assert.Contains("Springtail", parts);
        foreach (string part in parts)
        {
            string path = typeof(SampleTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "DeviceAssembly" && Path.GetFileNameWithoutExtension(a.Value!) == part).Value!;
            using var assembly = new DeviceAssembly(path);
            Assert.DoesNotContain(assembly.Metadata.MethodDefinitions, m => assembly.Metadata.GetMethodDefinition(m).ImplAttributes.HasFlag(MethodImplAttributes.InternalCall));
            string[] references = [.. assembly.Metadata.AssemblyReferences.Select(r => assembly.Metadata.GetString(assembly.Metadata.GetAssemblyReference(r).Name)).Where(n => n.StartsWith("Springtail", StringComparison.Ordinal))];
            Assert.All(references, r => Assert.Contains(r, parts));
        }
    }

    private static IEnumerable<(string Id, string Version)> Packages()
        => XDocument.Load(Path.Combine(s_folder, "packages.config")).Descendants("package").Select(e => ((string)e.Attribute("id")!, (string)e.Attribute("version")!));
}
