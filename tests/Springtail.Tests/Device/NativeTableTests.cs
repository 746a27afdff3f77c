using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Reflection.Metadata;
using System.Text;
using System.Text.RegularExpressions;
using Xunit;

namespace Springtail.Tests.Device;

/// <summary>
/// The CLR calls native methods by their position, and takes an assembly only when checksum and native version fit: the glue in
/// native-interop/nanoframework must say the same as the compiled Springtail.Native, all of it; so must that of tests/nano/udp as Springtail.Udp.
/// </summary>
public class NativeTableTests
{
    private static readonly Glue[] s_glue =
    [
        new("Springtail.Native", "NativeCrypto", Path.Combine("native-interop", "nanoframework"), "Springtail_Native_NativeCrypto.cpp", 18),
        new("Springtail.Udp", "UdpSockets", Path.Combine("tests", "nano", "udp"), "Springtail_Udp.cpp", 7),
    ];

    public static TheoryData<string> Names => [.. s_glue.Select(g => g.Assembly)];

    [Theory]
    [MemberData(nameof(Names))]
    public void The_method_table_is_that_of_the_assembly(string name)
    {
        Glue glue = Named(name);
        using DeviceAssembly assembly = Open(glue);
        string[] methods = Methods(assembly, glue);
        Assert.True(methods.Length >= glue.Least);
        Assert.Equal(methods, Matches(glue, glue.Table, $@"^    {glue.Type}::(\w+),\r?$"));
        Assert.Equal(methods, Matches(glue, glue.Header, @"^    NANOCLR_NATIVE_DECLARE\((\w+)\);\r?$"));
        Assert.Equal(methods.Order(), Matches(glue, glue.Bodies, $@"^HRESULT {glue.Type}::(\w+)\(").Order());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_checksum_is_that_of_the_methods(string name)
    {
        Glue glue = Named(name);
        using DeviceAssembly assembly = Open(glue);
        Assert.Equal($"{Checksum(glue, Methods(assembly, glue)):X8}", Assert.Single(Matches(glue, glue.Table, @"^    0x([0-9A-F]{8}),\r?$")));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_native_version_is_that_of_the_assembly(string name)
    {
        Glue glue = Named(name);
        using DeviceAssembly assembly = Open(glue);
        string version = assembly.Metadata.GetAssemblyDefinition().GetCustomAttributes()
            .Select(handle => assembly.Metadata.GetCustomAttribute(handle))
            .Where(attribute => assembly.NameOf(attribute) == "System.Reflection.AssemblyNativeVersionAttribute")
            .Select(attribute =>
            {
                BlobReader value = assembly.Metadata.GetBlobReader(attribute.Value);
                value.ReadUInt16(); // prolog
                return value.ReadSerializedString()!;
            })
            .Single();
        Assert.Equal(version.Replace(".", ", "), Assert.Single(Matches(glue, glue.Table, @"^    \{ (\d+, \d+, \d+, \d+) \}\r?$")));
    }

    /// <summary>The checksum sees order, names and types.</summary>
    [Fact]
    public void The_checksum_changes_with_any_method()
    {
        Glue glue = s_glue[0];
        using DeviceAssembly assembly = Open(glue);
        string[] methods = Methods(assembly, glue);
        string[] swapped = [methods[1], methods[0], .. methods.Skip(2)];
        string[] other = [methods[0].Replace("I4", "U4"), .. methods.Skip(1)];
        var checksums = new HashSet<uint> { Checksum(glue, methods), Checksum(glue, swapped), Checksum(glue, other), Checksum(glue, methods.Skip(1)) };
        Assert.Equal(4, checksums.Count);
    }

    /// <summary>Names of all methods as the metadata processor writes them, in the order of the metadata.</summary>
    private static string[] Methods(DeviceAssembly assembly, Glue glue)
    {
        MetadataReader metadata = assembly.Metadata;
        TypeDefinition[] types = metadata.TypeDefinitions.Select(metadata.GetTypeDefinition).Where(t => metadata.GetString(t.Name) != "<Module>").ToArray();
        TypeDefinition type = Assert.Single(types); // the table's order is one thing less to get wrong
        Assert.Equal($"{glue.Assembly}.{glue.Type}", $"{metadata.GetString(type.Namespace)}.{metadata.GetString(type.Name)}");

        var names = new List<string>();
        foreach (MethodDefinition method in type.GetMethods().Select(metadata.GetMethodDefinition))
        {
            string name = metadata.GetString(method.Name);
            Assert.True(method.RelativeVirtualAddress == 0 && method.Attributes.HasFlag(MethodAttributes.Static), $"{name} is not a static native method");
            MethodSignature<string> signature = method.DecodeSignature(new ClrNames(), null);
            names.Add($"{name}___STATIC__{string.Join("__", signature.ParameterTypes.Prepend(signature.ReturnType))}");
        }

        return [.. names];
    }

    /// <summary>
    /// CRC-32 (0x04C11DB7, most significant bit first, from 0) over the names of assembly, class and method of each method in turn; of the
    /// first method the metadata processor keeps the last name only.
    /// </summary>
    private static uint Checksum(Glue glue, IEnumerable<string> methods)
    {
        uint crc = 0;
        bool first = true;
        foreach (string method in methods)
        {
            string[] names = first ? [method] : [glue.Assembly, $"{glue.Assembly.Replace('.', '_')}_{glue.Type}", method];
            foreach (byte b in names.SelectMany(Encoding.ASCII.GetBytes))
            {
                crc ^= (uint)b << 24;
                for (int i = 0; i < 8; i++)
                {
                    crc = (crc & 0x80000000) != 0 ? (crc << 1) ^ 0x04C11DB7 : crc << 1;
                }
            }

            first = false;
        }

        return crc;
    }

    private static string[] Matches(Glue glue, string file, string pattern)
        => [.. Regex.Matches(File.ReadAllText(Path.Combine(Values("RepositoryRoot").Single(), glue.Folder, file)), pattern, RegexOptions.Multiline).Select(m => m.Groups[1].Value)];

    private static Glue Named(string assembly) => s_glue.Single(g => g.Assembly == assembly);

    private static DeviceAssembly Open(Glue glue) => new(Values("DeviceAssembly").Single(p => Path.GetFileNameWithoutExtension(p) == glue.Assembly));

    private static IEnumerable<string> Values(string key)
        => typeof(NativeTableTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Where(a => a.Key == key).Select(a => a.Value!);

    /// <summary>An interop assembly, its one type, the folder of its native side, the file with the bodies, and how many methods there are at least.</summary>
    private sealed record Glue(string Assembly, string Type, string Folder, string Bodies, int Least)
    {
        public string Table => Assembly.Replace('.', '_') + ".cpp";

        public string Header => Assembly.Replace('.', '_') + ".h";
    }

    /// <summary>Types as the CLR names them; those that no native method here takes are not known.</summary>
    private sealed class ClrNames : ISignatureTypeProvider<string, object?>
    {
        public string GetPrimitiveType(PrimitiveTypeCode type) => type switch
        {
            PrimitiveTypeCode.Void => "VOID",
            PrimitiveTypeCode.Boolean => "BOOLEAN",
            PrimitiveTypeCode.Byte => "U1",
            PrimitiveTypeCode.Int32 => "I4",
            PrimitiveTypeCode.UInt32 => "U4",
            PrimitiveTypeCode.Int64 => "I8",
            PrimitiveTypeCode.UInt64 => "U8",
            _ => throw new NotSupportedException(type.ToString()),
        };

        public string GetSZArrayType(string element) => "SZARRAY_" + element;

        public string GetByReferenceType(string element) => throw new NotSupportedException();

        public string GetArrayType(string element, ArrayShape shape) => throw new NotSupportedException();

        public string GetFunctionPointerType(MethodSignature<string> signature) => throw new NotSupportedException();

        public string GetGenericInstantiation(string type, ImmutableArray<string> arguments) => throw new NotSupportedException();

        public string GetGenericMethodParameter(object? context, int index) => throw new NotSupportedException();

        public string GetGenericTypeParameter(object? context, int index) => throw new NotSupportedException();

        public string GetModifiedType(string modifier, string type, bool isRequired) => throw new NotSupportedException();

        public string GetPinnedType(string element) => throw new NotSupportedException();

        public string GetPointerType(string element) => throw new NotSupportedException();

        public string GetTypeFromDefinition(MetadataReader reader, TypeDefinitionHandle handle, byte kind) => throw new NotSupportedException();

        public string GetTypeFromReference(MetadataReader reader, TypeReferenceHandle handle, byte kind) => throw new NotSupportedException();

        public string GetTypeFromSpecification(MetadataReader reader, object? context, TypeSpecificationHandle handle, byte kind) => throw new NotSupportedException();
    }
}
