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
/// native-interop/nanoframework must say the same as the compiled Springtail.Native, all of it.
/// </summary>
public class NativeTableTests
{
    private static readonly string s_glue = Path.Combine(Value("RepositoryRoot"), "native-interop", "nanoframework");

    [Fact]
    public void The_method_table_is_that_of_the_assembly()
    {
        using DeviceAssembly assembly = Open();
        string[] methods = Methods(assembly);
        Assert.True(methods.Length >= 18);
        Assert.Equal(methods, Matches("Springtail_Native.cpp", @"^    NativeCrypto::(\w+),\r?$"));
        Assert.Equal(methods, Matches("Springtail_Native.h", @"^    NANOCLR_NATIVE_DECLARE\((\w+)\);\r?$"));
        Assert.Equal(methods.Order(), Matches("Springtail_Native_NativeCrypto.cpp", @"^HRESULT NativeCrypto::(\w+)\(").Order());
    }

    [Fact]
    public void The_checksum_is_that_of_the_methods()
    {
        using DeviceAssembly assembly = Open();
        Assert.Equal($"{Checksum(Methods(assembly)):X8}", Assert.Single(Matches("Springtail_Native.cpp", @"^    0x([0-9A-F]{8}),\r?$")));
    }

    [Fact]
    public void The_native_version_is_that_of_the_assembly()
    {
        using DeviceAssembly assembly = Open();
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
        Assert.Equal(version.Replace(".", ", "), Assert.Single(Matches("Springtail_Native.cpp", @"^    \{ (\d+, \d+, \d+, \d+) \}\r?$")));
    }

    /// <summary>The checksum sees order, names and types.</summary>
    [Fact]
    public void The_checksum_changes_with_any_method()
    {
        using DeviceAssembly assembly = Open();
        string[] methods = Methods(assembly);
        string[] swapped = [methods[1], methods[0], .. methods.Skip(2)];
        string[] other = [methods[0].Replace("I4", "U4"), .. methods.Skip(1)];
        var checksums = new HashSet<uint> { Checksum(methods), Checksum(swapped), Checksum(other), Checksum(methods.Skip(1)) };
        Assert.Equal(4, checksums.Count);
    }

    /// <summary>Names of all methods as the metadata processor writes them, in the order of the metadata.</summary>
    private static string[] Methods(DeviceAssembly assembly)
    {
        MetadataReader metadata = assembly.Metadata;
        TypeDefinition[] types = metadata.TypeDefinitions.Select(metadata.GetTypeDefinition).Where(t => metadata.GetString(t.Name) != "<Module>").ToArray();
        TypeDefinition type = Assert.Single(types); // the table's order is one thing less to get wrong
        Assert.Equal("Springtail.Native.NativeCrypto", $"{metadata.GetString(type.Namespace)}.{metadata.GetString(type.Name)}");

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
    private static uint Checksum(IEnumerable<string> methods)
    {
        uint crc = 0;
        bool first = true;
        foreach (string method in methods)
        {
            string[] names = first ? [method] : ["Springtail.Native", "Springtail_Native_NativeCrypto", method];
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

    private static string[] Matches(string file, string pattern)
        => [.. Regex.Matches(File.ReadAllText(Path.Combine(s_glue, file)), pattern, RegexOptions.Multiline).Select(m => m.Groups[1].Value)];

    private static DeviceAssembly Open() => new(Values("DeviceAssembly").Single(p => Path.GetFileName(p) == "Springtail.Native.dll"));

    private static string Value(string key) => Values(key).Single();

    private static IEnumerable<string> Values(string key)
        => typeof(NativeTableTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Where(a => a.Key == key).Select(a => a.Value!);

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
