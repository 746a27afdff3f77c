using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace Springtail.Tests.Device;

/// <summary>What a rule found, and where: <c>Namespace.Type.Method</c> and the offset in its IL, or -1 outside of a body.</summary>
internal sealed record Finding(string Rule, string Member, int Offset, string Detail)
{
    public override string ToString() => Offset < 0 ? $"{Member}: {Rule}: {Detail}" : $"{Member} IL_{Offset:x4}: {Rule}: {Detail}";
}

/// <summary>A compiled assembly, open for reading, and the folders where those that it references are.</summary>
internal sealed class DeviceAssembly : IDisposable
{
    private readonly PEReader _pe;
    private readonly string[] _referenceFolders;
    private readonly Dictionary<string, DeviceAssembly?> _references = new();

    public DeviceAssembly(string path, params string[] referenceFolders)
    {
        Path = path;
        _pe = new PEReader(new MemoryStream(File.ReadAllBytes(path)));
        _referenceFolders = referenceFolders;
        Metadata = _pe.GetMetadataReader();
    }

    public string Path { get; }

    public MetadataReader Metadata { get; }

    public MethodBodyBlock Body(MethodDefinition method) => _pe.GetMethodBody(method.RelativeVirtualAddress);

    public void Dispose()
    {
        foreach (DeviceAssembly? reference in _references.Values)
        {
            reference?.Dispose();
        }

        _pe.Dispose();
    }

    /// <summary>Name of a type with its namespace, nested ones after their outer type and a dot.</summary>
    public string NameOf(EntityHandle type)
    {
        switch (type.Kind)
        {
            case HandleKind.TypeDefinition:
            {
                TypeDefinition definition = Metadata.GetTypeDefinition((TypeDefinitionHandle)type);
                string name = Metadata.GetString(definition.Name);
                return definition.IsNested ? NameOf(definition.GetDeclaringType()) + "." + name : Qualified(definition.Namespace, name);
            }

            case HandleKind.TypeReference:
            {
                TypeReference reference = Metadata.GetTypeReference((TypeReferenceHandle)type);
                string name = Metadata.GetString(reference.Name);
                return reference.ResolutionScope.Kind == HandleKind.TypeReference
                    ? NameOf(reference.ResolutionScope) + "." + name
                    : Qualified(reference.Namespace, name);
            }

            case HandleKind.TypeSpecification:
                return Metadata.GetTypeSpecification((TypeSpecificationHandle)type).DecodeSignature(new TypeProvider(this), null).Name;

            default:
                return "?";
        }
    }

    public string NameOf(MethodDefinitionHandle method)
    {
        MethodDefinition definition = Metadata.GetMethodDefinition(method);
        return NameOf(definition.GetDeclaringType()) + "." + Metadata.GetString(definition.Name);
    }

    /// <summary>The type that an attribute is of.</summary>
    public string NameOf(CustomAttribute attribute) => attribute.Constructor.Kind == HandleKind.MethodDefinition
        ? NameOf(Metadata.GetMethodDefinition((MethodDefinitionHandle)attribute.Constructor).GetDeclaringType())
        : NameOf(Metadata.GetMemberReference((MemberReferenceHandle)attribute.Constructor).Parent);

    /// <summary>What tells methods apart over all assemblies: type, name, parameter types. The shape is the latter two.</summary>
    public string KeyOf(EntityHandle method, out string type, out string shape)
    {
        string name;
        MethodSignature<TypeSig> signature;
        switch (method.Kind)
        {
            case HandleKind.MethodDefinition:
                MethodDefinition definition = Metadata.GetMethodDefinition((MethodDefinitionHandle)method);
                type = NameOf(definition.GetDeclaringType());
                name = Metadata.GetString(definition.Name);
                signature = definition.DecodeSignature(new TypeProvider(this), null);
                break;

            case HandleKind.MemberReference:
                MemberReference reference = Metadata.GetMemberReference((MemberReferenceHandle)method);
                type = NameOf(reference.Parent);
                name = Metadata.GetString(reference.Name);
                signature = reference.DecodeMethodSignature(new TypeProvider(this), null);
                break;

            default:
                return KeyOf(Metadata.GetMethodSpecification((MethodSpecificationHandle)method).Method, out type, out shape);
        }

        // An explicit implementation has the interface's name before its own.
        name = name.StartsWith('.') ? name : name[(name.LastIndexOf('.') + 1)..];
        shape = name + "(" + string.Join(",", signature.ParameterTypes.Select(p => p.Name)) + ")";
        return type + "." + shape;
    }

    public string NameOfAny(EntityHandle handle) => handle.Kind switch
    {
        HandleKind.MethodDefinition => NameOf((MethodDefinitionHandle)handle),
        HandleKind.FieldDefinition => NameOf(Metadata.GetFieldDefinition((FieldDefinitionHandle)handle).GetDeclaringType())
            + "." + Metadata.GetString(Metadata.GetFieldDefinition((FieldDefinitionHandle)handle).Name),
        HandleKind.TypeDefinition => NameOf(handle),
        HandleKind.PropertyDefinition => Metadata.GetString(Metadata.GetPropertyDefinition((PropertyDefinitionHandle)handle).Name),
        _ => Metadata.GetString(Metadata.GetAssemblyDefinition().Name),
    };

    /// <summary>
    /// The element type of an enum's values; null when the type is none, or its assembly cannot be found.
    /// </summary>
    public PrimitiveTypeCode? EnumType(EntityHandle type)
    {
        if (type.Kind == HandleKind.TypeReference)
        {
            TypeReference reference = Metadata.GetTypeReference((TypeReferenceHandle)type);
            EntityHandle scope = reference.ResolutionScope;
            while (scope.Kind == HandleKind.TypeReference)
            {
                scope = Metadata.GetTypeReference((TypeReferenceHandle)scope).ResolutionScope;
            }

            if (scope.Kind != HandleKind.AssemblyReference)
            {
                return null;
            }

            string assembly = Metadata.GetString(Metadata.GetAssemblyReference((AssemblyReferenceHandle)scope).Name);
            return Reference(assembly)?.EnumType(NameOf(type), assembly);
        }

        if (type.Kind != HandleKind.TypeDefinition)
        {
            return null;
        }

        TypeDefinition definition = Metadata.GetTypeDefinition((TypeDefinitionHandle)type);
        if (definition.BaseType.IsNil || NameOf(definition.BaseType) != "System.Enum")
        {
            return null;
        }

        foreach (FieldDefinitionHandle handle in definition.GetFields())
        {
            FieldDefinition field = Metadata.GetFieldDefinition(handle);
            if ((field.Attributes & System.Reflection.FieldAttributes.Static) == 0)
            {
                BlobReader signature = Metadata.GetBlobReader(field.Signature);
                signature.ReadSignatureHeader();
                return (PrimitiveTypeCode)signature.ReadCompressedInteger();
            }
        }

        return null;
    }

    private PrimitiveTypeCode? EnumType(string name, string assembly)
    {
        foreach (TypeDefinitionHandle handle in Metadata.TypeDefinitions)
        {
            if (NameOf(handle) == name)
            {
                return EnumType(handle);
            }
        }

        // Facades forward to where the type is.
        foreach (ExportedTypeHandle handle in Metadata.ExportedTypes)
        {
            ExportedType exported = Metadata.GetExportedType(handle);
            if (exported.Implementation.Kind == HandleKind.AssemblyReference && Qualified(exported.Namespace, Metadata.GetString(exported.Name)) == name)
            {
                string target = Metadata.GetString(Metadata.GetAssemblyReference((AssemblyReferenceHandle)exported.Implementation).Name);
                return target == assembly ? null : Reference(target)?.EnumType(name, target);
            }
        }

        return null;
    }

    private DeviceAssembly? Reference(string name)
    {
        if (!_references.TryGetValue(name, out DeviceAssembly? reference))
        {
            string? path = _referenceFolders.Select(folder => System.IO.Path.Combine(folder, name + ".dll")).FirstOrDefault(File.Exists);
            reference = path == null ? null : new DeviceAssembly(path, _referenceFolders);
            _references.Add(name, reference);
        }

        return reference;
    }

    private string Qualified(StringHandle space, string name) => space.IsNil ? name : Metadata.GetString(space) + "." + name;
}
