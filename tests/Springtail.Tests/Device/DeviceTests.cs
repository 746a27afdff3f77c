using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Reflection.Metadata;
using Xunit;

namespace Springtail.Tests.Device;

/// <summary>The IL test: nothing in a device assembly that nanoFramework cannot do, or does differently.</summary>
public class DeviceTests
{
    private static readonly string[] s_applications = ["Springtail.Device", "NFUnitTest", "Springtail.Board", "SendReading"];

    /// <summary>The device's assemblies with the application, with its tests, with the application for the emulator's network, and with the sample: four programs.</summary>
    [Theory]
    [InlineData("Springtail.Device")]
    [InlineData("NFUnitTest")]
    [InlineData("Springtail.Board")]
    [InlineData("SendReading")]
    public void The_device_assemblies_keep_to_what_nanoFramework_has(string application)
    {
        string[] others = [.. s_applications.Where(a => a != application)];
        DeviceAssembly[] program = [.. Paths("DeviceAssembly").Where(p => !others.Contains(Path.GetFileNameWithoutExtension(p))).Select(Open)];
        List<Finding> findings = Rules.Check(program);
        Assert.True(findings.Count == 0, string.Join(Environment.NewLine, findings.Prepend((object)$"{findings.Count} findings")));
    }

    [Fact]
    public void The_device_assemblies_are_there()
    {
        string[] names = ["NFUnitTest", "SendReading", "Springtail", "Springtail.Board", "Springtail.Core", "Springtail.Device", "Springtail.Native", "Springtail.NativeCore", "Springtail.Pairing", "Springtail.Server", "Springtail.Transfer", "Springtail.Udp"];
        Assert.Equal(names, Paths("DeviceAssembly").Select(p => Path.GetFileNameWithoutExtension(p)).Order(StringComparer.Ordinal));
    }

    /// <summary>What such a type would take of a device's heap it would take for nothing: the build leaves it out of the .pe (tools/nano/nano.targets) if it is a static class.</summary>
    [Theory]
    [InlineData("Springtail", 0)]
    [InlineData("Springtail.Core", 30)]
    public void Types_of_constants_alone_are_static_classes(string name, int least)
    {
        using DeviceAssembly assembly = Open(Paths("DeviceAssembly").Single(p => Path.GetFileNameWithoutExtension(p) == name));
        TypeDefinition[] constants = [.. assembly.Metadata.TypeDefinitions.Select(assembly.Metadata.GetTypeDefinition).Where(IsOfConstantsAlone)];
        Assert.True(constants.Length >= least);
        Assert.All(constants, type => Assert.Equal(TypeAttributes.Abstract | TypeAttributes.Sealed, type.Attributes & (TypeAttributes.Abstract | TypeAttributes.Sealed)));
        Assert.All(constants, type => Assert.True(type.GetDeclaringType().IsNil && type.GetNestedTypes().IsEmpty));

        bool IsOfConstantsAlone(TypeDefinition type)
        {
            return type.GetFields().Count != 0 && type.GetMethods().Count == 0
                && type.GetFields().All(f => assembly.Metadata.GetFieldDefinition(f).Attributes.HasFlag(FieldAttributes.Literal));
        }
    }

    /// <summary>On the device a local keeps its object until its method returns: one that holds a session over a renewal keeps the old one alive, 8 KB of it.</summary>
    [Fact]
    public void No_method_of_the_application_that_receives_holds_a_session()
    {
        using DeviceAssembly application = Open(Paths("DeviceAssembly").Single(p => Path.GetFileNameWithoutExtension(p) == "Springtail.Device"));
        DeviceMethod[] receivers = [.. new DeviceProgram([application]).Methods.Where(m => m.Il.Exists(i =>
            i.Code.Name is "callvirt" && application.KeyOf(i.Token, out _, out _).StartsWith("Springtail.Channel.Receive(", StringComparison.Ordinal)))];
        Assert.Equal(2, receivers.Length);
        Assert.All(receivers, m => Assert.DoesNotContain(m.Locals, l => l.Name == "Springtail.Sessions.Session"));
    }

    /// <summary>Every sample is found under the rule that it breaks, and nothing beside the samples is found.</summary>
    [Fact]
    public void Each_violation_is_found_by_name_and_nothing_else()
    {
        using DeviceAssembly assembly = Open(Sample("DeviceViolations"));
        List<Finding> findings = Rules.Check(assembly);
        List<(string Member, string Rule)> samples = Samples(assembly);
        Assert.True(samples.Count > 60, $"{samples.Count} samples");

        foreach ((string member, string rule) in samples)
        {
            Assert.True(findings.Exists(f => f.Rule == rule && Belongs(f, member)), $"{member}: {rule} was not found");
        }

        // What is said of the module as a whole comes with net10.0.
        foreach (Finding finding in findings.Where(f => f.Member != "DeviceViolations"))
        {
            Assert.True(samples.Exists(s => Belongs(finding, s.Member)), $"found beside the samples: {finding}");
        }

        // What a compiler makes of a member, or of a type's members, carries its name.
        static bool Belongs(Finding finding, string member) => finding.Member == member
            || finding.Member.StartsWith(member + ".", StringComparison.Ordinal)
            || finding.Member.Contains("." + "<" + member[(member.LastIndexOf('.') + 1)..] + ">", StringComparison.Ordinal);
    }

    /// <summary>Every rule that there is has a sample.</summary>
    [Fact]
    public void Each_rule_has_a_sample()
    {
        using DeviceAssembly assembly = Open(Sample("DeviceViolations"));
        IEnumerable<string> rules = typeof(Rules).GetFields(BindingFlags.Public | BindingFlags.Static).Select(f => (string)f.GetRawConstantValue()!);
        HashSet<string> sampled = [.. Samples(assembly).Select(s => s.Rule)];
        Assert.DoesNotContain(rules, r => !sampled.Contains(r));
    }

    [Fact]
    public void Types_that_the_compiler_embeds_are_found()
    {
        using DeviceAssembly assembly = Open(Sample("DeviceViolations.Embedded"));
        List<Finding> findings = Rules.Check(assembly);
        foreach (string name in new[] { "Microsoft.CodeAnalysis.EmbeddedAttribute", "System.Runtime.CompilerServices.NullableAttribute", "System.Runtime.CompilerServices.IsReadOnlyAttribute" })
        {
            Assert.Contains(findings, f => f.Rule == Rules.EmbeddedType && f.Member == name);
        }
    }

    // A device assembly's references are not copied beside it.
    private static DeviceAssembly Open(string path)
        => new(path, [Path.GetDirectoryName(path)!, Path.GetDirectoryName(typeof(object).Assembly.Location)!, .. Paths("SurfaceAssembly").Select(p => Path.GetDirectoryName(p)!)]);

    private static string Sample(string name) => Paths("SampleAssembly").Single(p => Path.GetFileNameWithoutExtension(p) == name);

    private static IEnumerable<string> Paths(string key) => typeof(DeviceTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Where(a => a.Key == key).Select(a => a.Value!);

    private static List<(string Member, string Rule)> Samples(DeviceAssembly assembly)
    {
        var samples = new List<(string, string)>();
        foreach (CustomAttributeHandle handle in assembly.Metadata.CustomAttributes)
        {
            CustomAttribute attribute = assembly.Metadata.GetCustomAttribute(handle);
            if (assembly.NameOf(attribute) == "DeviceViolations.ViolatesAttribute")
            {
                BlobReader value = assembly.Metadata.GetBlobReader(attribute.Value);
                value.ReadUInt16(); // prolog
                samples.Add((assembly.NameOfAny(attribute.Parent), value.ReadSerializedString()!));
            }
        }

        return samples;
    }
}
