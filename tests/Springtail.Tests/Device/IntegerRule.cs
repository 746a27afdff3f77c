using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;

namespace Springtail.Tests.Device;

/// <summary>
/// The integer rule, over a whole program: no signed operation on a value that the CLR may hold as unsigned with its top bit set.
/// <para>
/// nanoFramework's CLR keeps with each value on its stack whether it is signed, and lets that decide what shr, rem, conv.i8,
/// conv.r4 and conv.r8 do; the compiler emits nothing for <c>(int)someUint</c>, nor for <c>(long)someUlong</c>. The value stays
/// unsigned, and so does what is computed from it.
/// </para>
/// <para>
/// What is known of that CLR, each from a run: an operation's result has the signedness of its left operand; loads of types
/// under 32 bits, conv.i4 and narrower ones, constants and comparisons give signed values; a store to a local, an argument, a
/// field, an array element or a box takes the signedness of the place; an argument of a call, a returned value and a store
/// through a reference keep that of the value. Division and comparison go by the opcode alone; division is refused all the same.
/// </para>
/// <para>
/// Each method is interpreted with bounds in place of values (<see cref="IntegerFlow"/>); what it gives to and gets from the
/// program's other methods is joined until nothing changes. A value that is bounded below its top bit (a mask, a shift to the
/// right, a remainder, a smaller type) may be used as signed; a difference of such is unbounded again.
/// </para>
/// </summary>
internal sealed class IntegerRule
{
    // Bounds that still grow after so many rounds are taken to have no end.
    private const int RoundsBeforeWidening = 6;

    private readonly List<Method> _methods = new();
    private readonly Dictionary<string, Method> _byKey = new();
    private readonly ILookup<string, Method> _virtualByShape;
    private readonly HashSet<string> _delegates = new();
    private readonly ILookup<string, Method> _delegateTargets;
    private bool _changed;
    private int _round;

    private IntegerRule(IEnumerable<DeviceAssembly> program)
    {
        foreach (DeviceAssembly assembly in program)
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
                var method = new Method(assembly, types, handle);
                _methods.Add(method);
                _byKey.TryAdd(method.Key, method);
            }
        }

        _virtualByShape = _methods.Where(m => m.IsVirtual).ToLookup(m => m.Shape);
        IEnumerable<Method> taken =
            from method in _methods
            from instruction in method.Il
            where instruction.Code.Name is "ldftn" or "ldvirtftn"
            let target = _byKey.GetValueOrDefault(method.Assembly.KeyOf(MetadataTokens.EntityHandle((int)instruction.Operand), out _, out _))
            where target != null
            select target;
        _delegateTargets = taken.Distinct().ToLookup(m => m.Parameters);
    }

    public static List<Finding> Check(IEnumerable<DeviceAssembly> program)
    {
        var rule = new IntegerRule(program);
        List<Finding> findings;
        do
        {
            rule._changed = false;
            rule._round++;
            findings = new List<Finding>();
            foreach (Method method in rule._methods.Where(m => m.Body != null))
            {
                findings.AddRange(new IntegerFlow(rule, method).Run());
            }
        }
        while (rule._changed);

        return findings;
    }

    /// <summary>
    /// The methods of the program that a call may reach; null when it leaves the program.
    /// </summary>
    public IReadOnlyCollection<Method>? Targets(Method caller, EntityHandle token, bool isVirtualCall)
    {
        string key = caller.Assembly.KeyOf(token, out string type, out string shape);
        if (_delegates.Contains(type) && shape.StartsWith("Invoke(", StringComparison.Ordinal))
        {
            return [.. _delegateTargets[shape["Invoke".Length..]]];
        }

        if (!_byKey.TryGetValue(key, out Method? method))
        {
            return null;
        }

        return isVirtualCall && method.IsVirtual ? [.. _virtualByShape[shape]] : [method];
    }

    public void Give(Method callee, int argument, Value value, string caller)
    {
        // An argument of an unsigned type is unsigned in any case.
        if (value.IsUnsigned && (callee.ArgumentTypes[argument].Kind is TypeKind.I4 or TypeKind.I8))
        {
            Value known = callee.Arguments[argument];
            Value joined = known.Join(value with { Max = known.Max, From = "given by " + caller }, _round > RoundsBeforeWidening);
            _changed |= !joined.Equals(known);
            callee.Arguments[argument] = joined;
        }
    }

    public void Return(Method method, Value value)
    {
        if (value.IsUnsigned && (method.Signature.ReturnType.Kind is TypeKind.I4 or TypeKind.I8))
        {
            Value joined = method.Returned.Join(value with { Max = method.Returned.Max, From = "returned by " + method.Name }, _round > RoundsBeforeWidening);
            _changed |= !joined.Equals(method.Returned);
            method.Returned = joined;
        }
    }

    /// <summary>A method of the program, and what its callers give it and it gives them.</summary>
    internal sealed class Method
    {
        public Method(DeviceAssembly assembly, TypeProvider types, MethodDefinitionHandle handle)
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

        public bool IsVirtual { get; }

        /// <summary>Types of the arguments, <c>this</c> among them.</summary>
        public ImmutableArray<TypeSig> ArgumentTypes { get; }

        public ImmutableArray<TypeSig> Locals { get; } = [];

        public MethodBodyBlock? Body { get; }

        public List<Instruction> Il { get; } = new();

        public Value[] Arguments { get; }

        public Value Returned { get; set; }
    }
}
