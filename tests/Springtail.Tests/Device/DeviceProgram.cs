using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Reflection;
using System.Reflection.Metadata;

namespace Springtail.Tests.Device;

/// <summary>The assemblies that run together, and which of their methods a call may reach.</summary>
internal sealed class DeviceProgram
{
    private readonly Dictionary<string, DeviceMethod> _byKey = new();
    private readonly ILookup<string, DeviceMethod> _virtualByShape;
    private readonly ILookup<string, DeviceMethod> _delegateTargets;
    private readonly HashSet<string> _delegates = new();

    public DeviceProgram(IEnumerable<DeviceAssembly> assemblies)
    {
        var methods = new List<DeviceMethod>();
        foreach (DeviceAssembly assembly in assemblies)
        {
            var types = new TypeProvider(assembly);
            foreach (TypeDefinitionHandle handle in assembly.Metadata.TypeDefinitions)
            {
                TypeDefinition type = assembly.Metadata.GetTypeDefinition(handle);
                if (!type.BaseType.IsNil && assembly.NameOf(type.BaseType) == "System.MulticastDelegate")
                {
                    _delegates.Add(assembly.NameOf(handle));
                }
            }

            foreach (MethodDefinitionHandle handle in assembly.Metadata.MethodDefinitions)
            {
                var method = new DeviceMethod(assembly, types, handle);
                methods.Add(method);
                _byKey.TryAdd(method.Key, method);
            }
        }

        Methods = methods;
        _virtualByShape = methods.Where(m => m.IsVirtual).ToLookup(m => m.Shape);
        IEnumerable<DeviceMethod> taken =
            from method in methods
            from instruction in method.Il
            where instruction.Code.Name is "ldftn" or "ldvirtftn"
            let target = _byKey.GetValueOrDefault(method.Assembly.KeyOf(instruction.Token, out _, out _))
            where target != null
            select target;
        _delegateTargets = taken.Distinct().ToLookup(m => m.Parameters);
    }

    public IReadOnlyList<DeviceMethod> Methods { get; }

    /// <summary>The methods of the program that a call may reach; null when it leaves the program.</summary>
    public IReadOnlyCollection<DeviceMethod>? Targets(DeviceMethod caller, EntityHandle token, bool isVirtualCall)
    {
        string key = caller.Assembly.KeyOf(token, out string type, out string shape);
        if (_delegates.Contains(type) && shape.StartsWith("Invoke(", StringComparison.Ordinal))
        {
            return [.. _delegateTargets[shape["Invoke".Length..]]];
        }

        if (!_byKey.TryGetValue(key, out DeviceMethod? method))
        {
            return null;
        }

        return isVirtualCall && method.IsVirtual ? [.. _virtualByShape[shape]] : [method];
    }
}

/// <summary>A method of a device program.</summary>
internal sealed class DeviceMethod
{
    public DeviceMethod(DeviceAssembly assembly, TypeProvider types, MethodDefinitionHandle handle)
    {
        MetadataReader metadata = assembly.Metadata;
        MethodDefinition definition = metadata.GetMethodDefinition(handle);
        Assembly = assembly;
        Types = types;
        Name = assembly.NameOf(handle);
        Key = assembly.KeyOf(handle, out _, out string shape);
        Shape = shape;
        Parameters = shape[shape.IndexOf('(')..];
        Signature = definition.DecodeSignature(types, null);
        Type = assembly.NameOf(definition.GetDeclaringType());
        IsStaticConstructor = metadata.GetString(definition.Name) == ".cctor";
        IsVirtual = (definition.Attributes & MethodAttributes.Virtual) != 0;
        ArgumentTypes = Signature.Header.IsInstance ? Signature.ParameterTypes.Insert(0, TypeSig.Of(TypeKind.Object, "this")) : Signature.ParameterTypes;
        Arguments = [.. ArgumentTypes.Select(Value.Of)];
        Returned = Value.Of(Signature.ReturnType);
        if (definition.RelativeVirtualAddress != 0)
        {
            Body = assembly.Body(definition);
            Il = Instruction.Read(Body.GetILReader());
            Locals = Body.LocalSignature.IsNil ? [] : metadata.GetStandaloneSignature(Body.LocalSignature).DecodeLocalSignature(types, null);
        }
    }

    public DeviceAssembly Assembly { get; }

    public TypeProvider Types { get; }

    public string Name { get; }

    /// <summary>Type, name and parameter types.</summary>
    public string Key { get; }

    /// <summary>Name and parameter types: what an override shares with what it overrides.</summary>
    public string Shape { get; }

    public string Parameters { get; }

    public MethodSignature<TypeSig> Signature { get; }

    public string Type { get; }

    public bool IsVirtual { get; }

    public bool IsStaticConstructor { get; }

    /// <summary>Types of the arguments, <c>this</c> among them.</summary>
    public ImmutableArray<TypeSig> ArgumentTypes { get; }

    public ImmutableArray<TypeSig> Locals { get; } = [];

    public MethodBodyBlock? Body { get; }

    public List<Instruction> Il { get; } = new();

    /// <summary>What the program's calls give, as far as <see cref="IntegerRule"/> has found.</summary>
    public Value[] Arguments { get; }

    /// <summary>What the method returns, as far as <see cref="IntegerRule"/> has found.</summary>
    public Value Returned { get; set; }
}
