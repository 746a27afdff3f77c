using System;
using System.Collections.Immutable;
using System.Linq;
using System.Reflection.Metadata;

namespace Springtail.Tests.Device;

internal enum TypeKind
{
    Void, Bool, Char, I1, U1, I2, U2, I4, U4, I8, U8, R4, R8, NativeInt, Object, Struct, Array, ByRef,
}

/// <summary>A type as a signature states it, with the names of the rules that the signature breaks.</summary>
internal sealed record TypeSig(TypeKind Kind, string Name, TypeSig? Element, ImmutableHashSet<string> Broken, bool IsEnum = false)
{
    public static TypeSig Of(TypeKind kind, string name, params string[] broken) => new(kind, name, null, [.. broken]);

    public TypeSig Breaking(string rule) => this with { Broken = Broken.Add(rule) };

    public bool Equals(TypeSig? other) => other != null && Kind == other.Kind && Name == other.Name && Equals(Element, other.Element);

    public override int GetHashCode() => Name.GetHashCode();
}

/// <summary>Reads types from signatures.</summary>
internal sealed class TypeProvider(DeviceAssembly assembly) : ISignatureTypeProvider<TypeSig, object?>
{
    public TypeSig GetPrimitiveType(PrimitiveTypeCode typeCode) => typeCode switch
    {
        PrimitiveTypeCode.Void => TypeSig.Of(TypeKind.Void, "void"),
        PrimitiveTypeCode.Boolean => TypeSig.Of(TypeKind.Bool, "bool"),
        PrimitiveTypeCode.Char => TypeSig.Of(TypeKind.Char, "char"),
        PrimitiveTypeCode.SByte => TypeSig.Of(TypeKind.I1, "sbyte"),
        PrimitiveTypeCode.Byte => TypeSig.Of(TypeKind.U1, "byte"),
        PrimitiveTypeCode.Int16 => TypeSig.Of(TypeKind.I2, "short"),
        PrimitiveTypeCode.UInt16 => TypeSig.Of(TypeKind.U2, "ushort"),
        PrimitiveTypeCode.Int32 => TypeSig.Of(TypeKind.I4, "int"),
        PrimitiveTypeCode.UInt32 => TypeSig.Of(TypeKind.U4, "uint"),
        PrimitiveTypeCode.Int64 => TypeSig.Of(TypeKind.I8, "long"),
        PrimitiveTypeCode.UInt64 => TypeSig.Of(TypeKind.U8, "ulong"),
        PrimitiveTypeCode.Single => TypeSig.Of(TypeKind.R4, "float"),
        PrimitiveTypeCode.Double => TypeSig.Of(TypeKind.R8, "double"),
        PrimitiveTypeCode.IntPtr or PrimitiveTypeCode.UIntPtr => TypeSig.Of(TypeKind.NativeInt, "native int"),
        _ => TypeSig.Of(TypeKind.Object, typeCode.ToString().ToLowerInvariant()),
    };

    public TypeSig GetTypeFromDefinition(MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind) => Named(handle, rawTypeKind);

    public TypeSig GetTypeFromReference(MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind) => Named(handle, rawTypeKind);

    public TypeSig GetTypeFromSpecification(MetadataReader reader, object? context, TypeSpecificationHandle handle, byte rawTypeKind)
        => reader.GetTypeSpecification(handle).DecodeSignature(this, context);

    public TypeSig GetSZArrayType(TypeSig elementType) => new(TypeKind.Array, elementType.Name + "[]", elementType, elementType.Broken);

    public TypeSig GetArrayType(TypeSig elementType, ArrayShape shape)
        => new(TypeKind.Object, elementType.Name + "[" + new string(',', shape.Rank - 1) + "]", elementType, elementType.Broken.Add(Rules.MultiDimensionalArray));

    public TypeSig GetByReferenceType(TypeSig elementType) => new(TypeKind.ByRef, "ref " + elementType.Name, elementType, elementType.Broken);

    public TypeSig GetPointerType(TypeSig elementType) => new(TypeKind.NativeInt, elementType.Name + "*", elementType, elementType.Broken.Add(Rules.Pointer));

    public TypeSig GetFunctionPointerType(MethodSignature<TypeSig> signature) => TypeSig.Of(TypeKind.NativeInt, "delegate*", Rules.Pointer);

    public TypeSig GetPinnedType(TypeSig elementType) => elementType.Breaking(Rules.Pointer);

    public TypeSig GetGenericMethodParameter(object? genericContext, int index) => TypeSig.Of(TypeKind.Object, "!!" + index, Rules.GenericDefinition);

    public TypeSig GetGenericTypeParameter(object? genericContext, int index) => TypeSig.Of(TypeKind.Object, "!" + index, Rules.GenericDefinition);

    public TypeSig GetGenericInstantiation(TypeSig genericType, ImmutableArray<TypeSig> typeArguments)
    {
        string rule = genericType.Name switch
        {
            "System.Nullable`1" => Rules.NullableValue,
            string name when name.StartsWith("System.ValueTuple`", StringComparison.Ordinal) => Rules.Tuple,
            string name when name.StartsWith("System.Func`", StringComparison.Ordinal) => Rules.Func,
            "System.Span`1" or "System.ReadOnlySpan`1" => Rules.Span,
            _ => Rules.GenericInstance,
        };
        ImmutableHashSet<string> broken = genericType.Broken.Add(rule);
        foreach (TypeSig argument in typeArguments)
        {
            broken = broken.Union(argument.Broken);
        }

        return genericType with { Name = genericType.Name + "<" + string.Join(",", typeArguments.Select(a => a.Name)) + ">", Broken = broken };
    }

    public TypeSig GetModifiedType(TypeSig modifier, TypeSig unmodifiedType, bool isRequired)
        => unmodifiedType.Breaking(modifier.Name == "System.Runtime.CompilerServices.IsVolatile" ? Rules.Volatile : Rules.Modifier);

    private TypeSig Named(EntityHandle handle, byte rawTypeKind)
    {
        string name = assembly.NameOf(handle);
        string[] broken = name switch
        {
            "System.Index" or "System.Range" => [Rules.Range],
            "System.SpanByte" => [Rules.Span],
            "System.ValueTuple" => [Rules.Tuple],
            _ => name.StartsWith("System.Linq.", StringComparison.Ordinal) ? [Rules.Linq] : [],
        };
        if (assembly.EnumType(handle) is PrimitiveTypeCode code)
        {
            return GetPrimitiveType(code) with { Name = name, IsEnum = true };
        }

        return TypeSig.Of(rawTypeKind == (byte)SignatureTypeKind.ValueType ? TypeKind.Struct : TypeKind.Object, name, broken);
    }
}
