using System;
using System.Collections.Generic;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Reflection;
using System.Reflection.Metadata;
using System.Xml.Linq;
using Xunit;

namespace Springtail.Tests.Device;

/// <summary>tools/nano/Surface against the packages that it stands for, where those are there (NANO_FEED names their folder).</summary>
public class SurfaceTests
{
    private static readonly string[] s_surface =
        [.. typeof(SurfaceTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Where(a => a.Key == "SurfaceAssembly").Select(a => a.Value!)];

    public static TheoryData<string> Names => [.. s_surface.Select(p => Path.GetFileNameWithoutExtension(p)!)];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_surface_assembly_has_the_name_of_its_package(string name)
    {
        AssemblyName surface = AssemblyName.GetAssemblyName(SurfacePath(name));
        Assert.Equal("c07d481e9758c731", Convert.ToHexStringLower(surface.GetPublicKeyToken()!));

        using var assembly = new DeviceAssembly(SurfacePath(name));
        IEnumerable<string> references = assembly.Metadata.AssemblyReferences.Select(r => assembly.Metadata.GetString(assembly.Metadata.GetAssemblyReference(r).Name));
        Assert.Contains("mscorlib", references);
        Assert.DoesNotContain("System.Runtime", references);
    }

    [FeedTheory]
    [MemberData(nameof(Names))]
    public void Every_member_is_in_the_package(string name)
    {
        string real = RealAssembly(name);
        Assert.Equal(AssemblyName.GetAssemblyName(real).FullName, AssemblyName.GetAssemblyName(SurfacePath(name)).FullName);

        using var surface = new DeviceAssembly(SurfacePath(name), [.. s_surface.Select(p => Path.GetDirectoryName(p)!)]);
        using var package = new DeviceAssembly(real, Path.GetDirectoryName(real)!);
        HashSet<string> there = Members(package);
        string[] missing = [.. Members(surface).Where(m => !there.Contains(m))];
        Assert.True(missing.Length == 0, $"not in {real}:{Environment.NewLine}{string.Join(Environment.NewLine, missing)}");
    }

    private static string SurfacePath(string name) => s_surface.Single(p => Path.GetFileNameWithoutExtension(p) == name);

    // A feed holds packages, or assemblies as they are.
    private static string RealAssembly(string name)
    {
        string feed = FeedTheoryAttribute.Feed!;
        string plain = Path.Combine(feed, name + ".dll");
        if (File.Exists(plain))
        {
            return plain;
        }

        string folder = Directory.CreateTempSubdirectory("springtail-feed-").FullName;
        string version = AssemblyName.GetAssemblyName(SurfacePath(name)).Version!.ToString(3);
        foreach (string package in Directory.EnumerateFiles(feed, $"*.{version}.nupkg"))
        {
            using ZipArchive archive = ZipFile.OpenRead(package);
            archive.GetEntry($"lib/{name}.dll")?.ExtractToFile(Path.Combine(folder, name + ".dll"), overwrite: true);
        }

        return Path.Combine(folder, name + ".dll");
    }

    // Everything that other assemblies can see, one line each.
    private static HashSet<string> Members(DeviceAssembly assembly)
    {
        MetadataReader metadata = assembly.Metadata;
        var types = new TypeProvider(assembly);
        var members = new HashSet<string>();
        foreach (TypeDefinitionHandle handle in metadata.TypeDefinitions)
        {
            TypeDefinition type = metadata.GetTypeDefinition(handle);
            string name = assembly.NameOf(handle);
            TypeAttributes visibility = type.Attributes & TypeAttributes.VisibilityMask;
            if (visibility is not (TypeAttributes.Public or TypeAttributes.NestedPublic))
            {
                continue;
            }

            TypeAttributes kept = type.Attributes & (TypeAttributes.Abstract | TypeAttributes.Sealed | TypeAttributes.Interface);
            members.Add($"{kept} type {name} : {(type.BaseType.IsNil ? "" : assembly.NameOf(type.BaseType))}");
            foreach (InterfaceImplementationHandle implementation in type.GetInterfaceImplementations())
            {
                members.Add($"{name} implements {assembly.NameOf(metadata.GetInterfaceImplementation(implementation).Interface)}");
            }

            foreach (FieldDefinitionHandle fieldHandle in type.GetFields())
            {
                FieldDefinition field = metadata.GetFieldDefinition(fieldHandle);
                FieldAttributes access = field.Attributes & FieldAttributes.FieldAccessMask;
                if (access is FieldAttributes.Public or FieldAttributes.Family or FieldAttributes.FamORAssem)
                {
                    string constant = "";
                    if (!field.GetDefaultValue().IsNil)
                    {
                        Constant value = metadata.GetConstant(field.GetDefaultValue());
                        constant = " = " + metadata.GetBlobReader(value.Value).ReadConstant(value.TypeCode);
                    }

                    members.Add($"{access} {(field.Attributes & FieldAttributes.Static) != 0} {Of(field.DecodeSignature(types, null))} {name}.{metadata.GetString(field.Name)}{constant}");
                }
            }

            foreach (MethodDefinitionHandle methodHandle in type.GetMethods())
            {
                MethodDefinition method = metadata.GetMethodDefinition(methodHandle);
                MethodAttributes access = method.Attributes & MethodAttributes.MemberAccessMask;
                if (access is MethodAttributes.Public or MethodAttributes.Family or MethodAttributes.FamORAssem)
                {
                    MethodSignature<TypeSig> signature = method.DecodeSignature(types, null);
                    MethodAttributes overriding = method.Attributes & (MethodAttributes.Static | MethodAttributes.Virtual | MethodAttributes.Abstract);
                    members.Add($"{access} {overriding} {Of(signature.ReturnType)} {assembly.NameOf(methodHandle)}({string.Join(", ", Parameters(method, signature))})");
                }
            }

            IEnumerable<string> Parameters(MethodDefinition method, MethodSignature<TypeSig> signature)
            {
                var names = method.GetParameters().Select(p => metadata.GetParameter(p)).Where(p => p.SequenceNumber > 0).ToDictionary(p => p.SequenceNumber);
                for (int i = 0; i < signature.ParameterTypes.Length; i++)
                {
                    Parameter? parameter = names.TryGetValue(i + 1, out Parameter found) ? found : null;
                    string optional = "";
                    if (parameter is { } p && !p.GetDefaultValue().IsNil)
                    {
                        Constant value = metadata.GetConstant(p.GetDefaultValue());
                        optional = " = " + metadata.GetBlobReader(value.Value).ReadConstant(value.TypeCode);
                    }

                    bool isOut = parameter is { } q && (q.Attributes & ParameterAttributes.Out) != 0;
                    yield return $"{(isOut ? "out " : "")}{Of(signature.ParameterTypes[i])} {(parameter is { } r ? metadata.GetString(r.Name) : "")}{optional}";
                }
            }
        }

        return members;

        // The compiler writes string and object by code or by name.
        static string Of(TypeSig type) => type.Name.Replace("System.String", "string", StringComparison.Ordinal).Replace("System.Object", "object", StringComparison.Ordinal);
    }
}

/// <summary>A theory that needs the real packages.</summary>
internal sealed class FeedTheoryAttribute : TheoryAttribute
{
    public FeedTheoryAttribute()
    {
        if (Feed == null)
        {
            Skip = "NANO_FEED names no folder with the nanoFramework packages";
        }
    }

    /// <summary>A package's file: in the feed, or among those that NuGet has restored.</summary>
    public static string Package(string id, string version)
    {
        string file = Path.Combine(Feed!, $"{id}.{version}.nupkg");
        string restored = Environment.GetEnvironmentVariable("NUGET_PACKAGES") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        return File.Exists(file) ? file : Path.Combine(restored, id.ToLowerInvariant(), version, $"{id}.{version}.nupkg".ToLowerInvariant());
    }

    public static string? Feed => Environment.GetEnvironmentVariable("NANO_FEED") is { Length: > 0 } feed && Directory.Exists(feed) ? feed : null;
}
