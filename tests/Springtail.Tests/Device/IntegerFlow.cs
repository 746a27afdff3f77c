using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Numerics;
using System.Reflection.Metadata;

namespace Springtail.Tests.Device;

/// <summary>
/// One method under <see cref="IntegerRule"/>: an abstract interpretation with bounds in place of values.
/// </summary>
internal sealed class IntegerFlow
{
    // A bound that still grows after so many visits of one place is taken to have no end.
    private const int VisitsBeforeWidening = 6;

    private readonly IntegerRule _rule;
    private readonly DeviceMethod _method;
    private readonly DeviceAssembly _assembly;
    private readonly TypeProvider _types;
    private readonly MethodBodyBlock _body;
    private readonly List<Instruction> _il;
    private readonly Dictionary<int, int> _indexOf = new();
    private readonly Dictionary<int, State> _states = new();
    private readonly Dictionary<int, int> _visits = new();
    private readonly Queue<int> _pending = new();
    private readonly SortedDictionary<int, Finding> _found = new();

    // Variables that are written elsewhere than by a store that is followed: by reference, or in a finally clause.
    private readonly HashSet<int> _exposedLocals = new();
    private readonly HashSet<int> _exposedArguments = new();
    private readonly HashSet<int> _storedArguments = new();

    public IntegerFlow(IntegerRule rule, DeviceMethod method)
    {
        _rule = rule;
        _method = method;
        _assembly = method.Assembly;
        _types = method.Types;
        _body = method.Body!;
        _il = method.Il;
        for (int i = 0; i < _il.Count; i++)
        {
            Instruction instruction = _il[i];
            _indexOf.Add(instruction.Offset, i);
            bool inFinally = _body.ExceptionRegions.Any(r => r.Kind is ExceptionRegionKind.Finally or ExceptionRegionKind.Fault
                && instruction.Offset >= r.HandlerOffset && instruction.Offset < r.HandlerOffset + r.HandlerLength);
            if (instruction.Code.Name is "ldloca" or "ldloca.s")
            {
                _exposedLocals.Add((int)instruction.Operand);
            }
            else if (instruction.Code.Name is "ldarga" or "ldarga.s")
            {
                _exposedArguments.Add((int)instruction.Operand);
            }
            else if (inFinally && Variable(instruction, "stloc") is int local)
            {
                _exposedLocals.Add(local);
            }
            else if (Variable(instruction, "starg") is int argument)
            {
                _storedArguments.Add(argument);
                if (inFinally)
                {
                    _exposedArguments.Add(argument);
                }
            }
        }
    }

    public IEnumerable<Finding> Run()
    {
        // Locals begin as zero; a handler may find anything in them.
        ImmutableArray<Value> arguments = [.. _method.Arguments];
        ImmutableArray<Value> locals = [.. _method.Locals.Select(Value.Of)];
        Reach(0, new State([], [.. locals.Select(l => l.IsInteger ? l with { Max = 0, UnsignedMax = 0 } : l)], arguments));
        foreach (ExceptionRegion region in _body.ExceptionRegions)
        {
            var entry = new State([], locals, [.. Enumerable.Range(0, arguments.Length).Select(AnyArgument)]);
            State withException = entry with { Stack = [Value.Other] };
            Reach(region.HandlerOffset, region.Kind is ExceptionRegionKind.Catch or ExceptionRegionKind.Filter ? withException : entry);
            if (region.Kind == ExceptionRegionKind.Filter)
            {
                Reach(region.FilterOffset, withException);
            }
        }

        while (_pending.TryDequeue(out int offset))
        {
            Walk(offset);
        }

        return _found.Values;
    }

    // An argument whatever was stored in it: its place has the signedness of what the caller gave.
    private Value AnyArgument(int argument)
    {
        Value given = _method.Arguments[argument];
        return given.IsUnsigned && _storedArguments.Contains(argument) ? given with { Max = given.Limit, UnsignedMax = given.Limit } : given;
    }

    private void Reach(int offset, State state)
    {
        if (!_states.TryGetValue(offset, out State? known))
        {
            _states.Add(offset, state);
            _pending.Enqueue(offset);
            return;
        }

        int visits = _visits[offset] = _visits.GetValueOrDefault(offset) + 1;
        State joined = known.Join(state, widen: visits > VisitsBeforeWidening);
        if (!joined.Equals(known))
        {
            _states[offset] = joined;
            _pending.Enqueue(offset);
        }
    }

    // From a place where paths meet, or begin, to the next one.
    private void Walk(int offset)
    {
        State state = _states[offset];
        for (int i = _indexOf[offset]; i < _il.Count; i++)
        {
            Instruction instruction = _il[i];
            State? after = Step(instruction, state);
            foreach (int target in instruction.Targets)
            {
                bool leaves = instruction.Code.Name!.StartsWith("leave", StringComparison.Ordinal);
                Reach(target, leaves ? state with { Stack = [] } : after!);
            }

            if (after == null || instruction.Code.FlowControl == System.Reflection.Emit.FlowControl.Branch)
            {
                return;
            }

            if (instruction.Targets.Length > 0 || _states.ContainsKey(instruction.Next))
            {
                Reach(instruction.Next, after);
                return;
            }

            state = after;
        }
    }

    /// <summary>The state after an instruction; null where the method does not go on.</summary>
    private State? Step(Instruction instruction, State state)
    {
        string code = instruction.Code.Name!;
        int at = instruction.Offset;
        ImmutableArray<Value> stack = state.Stack;
        Value top = stack.Length > 0 ? stack[^1] : Value.Other;
        Value below = stack.Length > 1 ? stack[^2] : Value.Other;
        State Push(int pops, Value value) => state with { Stack = stack.RemoveRange(stack.Length - pops, pops).Add(value) };
        State Pop(int pops) => state with { Stack = stack.RemoveRange(stack.Length - pops, pops) };

        if (Variable(instruction, "ldloc") is int local)
        {
            return Push(0, _exposedLocals.Contains(local) ? Value.Of(_method.Locals[local]) : state.Locals[local]);
        }

        if (Variable(instruction, "stloc") is int stored)
        {
            return Pop(1) with { Locals = state.Locals.SetItem(stored, top.StoredAs(_method.Locals[stored])) };
        }

        if (Variable(instruction, "ldarg") is int argument)
        {
            return Push(0, _exposedArguments.Contains(argument) ? AnyArgument(argument) : state.Arguments[argument]);
        }

        if (Variable(instruction, "starg") is int assigned)
        {
            // The place of an argument has the signedness of what the caller gave.
            Value place = _method.Arguments[assigned];
            Value value = top.StoredAs(_method.ArgumentTypes[assigned]);
            value = place.IsUnsigned && value.IsInteger ? value with { IsUnsigned = true, UnsignedMax = value.Max, From = place.From } : value;
            return Pop(1) with { Arguments = state.Arguments.SetItem(assigned, value) };
        }

        switch (code)
        {
            case "nop" or "break" or "volatile." or "unaligned." or "tail." or "readonly." or "constrained.":
                return state;

            case "ldloca" or "ldloca.s":
                return Push(0, Value.Reference(_method.Locals[(int)instruction.Operand]));
            case "ldarga" or "ldarga.s":
                return Push(0, Value.Reference(_method.ArgumentTypes[(int)instruction.Operand]));

            case "ldc.i4.m1":
                return Push(0, Value.Constant32(-1));
            case "ldc.i4" or "ldc.i4.s":
                return Push(0, Value.Constant32((int)instruction.Operand));
            case "ldc.i8":
                return Push(0, Value.Constant64(instruction.Operand));
            case "ldc.r4" or "ldc.r8" or "ldnull" or "ldstr" or "ldtoken" or "ldftn" or "arglist":
                return Push(0, Value.Other);
            case "sizeof":
                return Push(0, Value.Signed32);

            case "dup":
                return Push(0, top);
            case "pop":
                return Pop(1);

            case "add" or "sub" or "mul" or "div" or "div.un" or "rem" or "rem.un" or "and" or "or" or "xor" or "shl" or "shr" or "shr.un"
                or "add.ovf" or "add.ovf.un" or "sub.ovf" or "sub.ovf.un" or "mul.ovf" or "mul.ovf.un":
                // With rem, an unsigned left operand also makes the CLR take a negative divisor for a large number.
                if (below.IsInteger && (code is "shr" or "div" or "rem")
                    && (below.IsWrongAsSigned || (below.IsUnsigned && code == "rem" && top.Max > top.SignedMax)))
                {
                    Find(at, below, $"{code} of an unsigned value that is meant as signed");
                }

                return Push(2, below.IsInteger ? below.Combine(code, top) : Value.Other);

            case "neg" or "not":
                return Push(1, top.IsInteger ? top.Inverted() : Value.Other);

            case "ceq" or "cgt" or "cgt.un" or "clt" or "clt.un":
                return Push(2, Value.Signed(32, 1));

            case "conv.i8" or "conv.ovf.i8":
                if (top is { Bits: 32, IsWrongAsSigned: true })
                {
                    Find(at, top, "an unsigned value is widened as signed");
                }

                return Push(1, top.ConvertTo(64, isUnsigned: false));
            case "conv.u8" or "conv.ovf.u8" or "conv.ovf.i8.un" or "conv.ovf.u8.un":
                return Push(1, top.ConvertTo(64, isUnsigned: code[^1] == '8' || code == "conv.ovf.u8.un"));
            case "conv.r4" or "conv.r8":
                if (top.IsWrongAsSigned)
                {
                    Find(at, top, "an unsigned value is made a floating-point number as signed");
                }

                return Push(1, Value.Other);
            case "conv.r.un":
                return Push(1, Value.Other);
            case "conv.u1" or "conv.ovf.u1" or "conv.ovf.u1.un":
                return Push(1, Value.Signed(32, top.IsInteger && top.Max <= 0xFF ? top.Max : 0xFF));
            case "conv.u2" or "conv.ovf.u2" or "conv.ovf.u2.un":
                return Push(1, Value.Signed(32, top.IsInteger && top.Max <= 0xFFFF ? top.Max : 0xFFFF));
            case "conv.i1" or "conv.ovf.i1" or "conv.ovf.i1.un":
                return Push(1, Value.Signed(32, top.IsInteger && top.Max <= 0x7F ? top.Max : uint.MaxValue));
            case "conv.i2" or "conv.ovf.i2" or "conv.ovf.i2.un":
                return Push(1, Value.Signed(32, top.IsInteger && top.Max <= 0x7FFF ? top.Max : uint.MaxValue));
            case "conv.u4" or "conv.ovf.u4" or "conv.ovf.u4.un" or "conv.u" or "conv.ovf.u" or "conv.ovf.u.un":
                return Push(1, top.ConvertTo(32, isUnsigned: true));
            case "conv.i4" or "conv.ovf.i4" or "conv.ovf.i4.un" or "conv.i" or "conv.ovf.i" or "conv.ovf.i.un":
                return Push(1, top.ConvertTo(32, isUnsigned: false));

            case "ldlen":
                return Push(1, Value.Unsigned(32, int.MaxValue));
            case "newarr":
                return Push(1, Value.ArrayOf(Type(instruction)));

            case "ldelem.i1" or "ldelem.i2" or "ldelem.i4" or "ldelem.u1" or "ldelem.u2" or "ldelem.u4" or "ldelem.i8" or "ldelem.i" or "ldelem.r4" or "ldelem.r8" or "ldelem.ref":
                return Push(2, Loaded(code[7..], below.Type?.Element));
            case "ldelem":
                return Push(2, Value.Of(Type(instruction)));
            case "ldelema":
                return Push(2, Value.Reference(Type(instruction)));
            case "stelem" or "stelem.i" or "stelem.i1" or "stelem.i2" or "stelem.i4" or "stelem.i8" or "stelem.r4" or "stelem.r8" or "stelem.ref":
                return Pop(3);

            case "ldind.i1" or "ldind.i2" or "ldind.i4" or "ldind.u1" or "ldind.u2" or "ldind.u4" or "ldind.i8" or "ldind.i" or "ldind.r4" or "ldind.r8" or "ldind.ref":
                return Push(1, Loaded(code[6..], top.Type?.Element));
            case "stind.i1" or "stind.i2" or "stind.i4" or "stind.i8" or "stind.i" or "stind.r4" or "stind.r8" or "stind.ref":
                if (top.IsUnsigned && below.Type?.Element?.Kind is not (TypeKind.U4 or TypeKind.U8))
                {
                    // Whoever loads it through the reference, or from what it refers to, finds it unsigned.
                    Find(at, top, "an unsigned value is stored through a reference to a signed one");
                }

                return Pop(2);

            case "ldobj" or "unbox.any":
                return Push(1, Value.Of(Type(instruction)));
            case "stobj" or "cpobj":
                return Pop(2);
            case "initobj":
                return Pop(1);
            case "box" or "isinst" or "castclass" or "ldvirtftn" or "mkrefany" or "refanytype" or "refanyval" or "localloc" or "ckfinite":
                return Push(1, code is "castclass" ? Value.Of(Type(instruction)) : Value.Other);
            case "unbox":
                return Push(1, Value.Reference(Type(instruction)));

            case "ldfld":
                return Push(1, Value.Of(Field(instruction)));
            case "ldflda":
                return Push(1, Value.Reference(Field(instruction)));
            case "ldsfld":
                return Push(0, Value.Of(Field(instruction)));
            case "ldsflda":
                return Push(0, Value.Reference(Field(instruction)));
            case "stfld":
                return Pop(2);
            case "stsfld":
                return Pop(1);

            case "call" or "callvirt" or "newobj":
            {
                EntityHandle token = instruction.Token;
                MethodSignature<TypeSig> callee = Signature(token);
                int count = callee.ParameterTypes.Length;
                IReadOnlyCollection<DeviceMethod>? targets = _rule.Program.Targets(_method, token, code == "callvirt");
                for (int p = 0; p < count; p++)
                {
                    Value given = stack[stack.Length - count + p];
                    foreach (DeviceMethod target in targets ?? [])
                    {
                        _rule.Give(target, target.Arguments.Length - count + p, given, _method.Name);
                    }

                    // Asserts compare and print, which go by the type in the program.
                    if (targets == null && given.IsWrongAsSigned && (callee.ParameterTypes[p].Kind is TypeKind.I4 or TypeKind.I8)
                        && !Rules.CalleeOf(_assembly, token).StartsWith("nanoFramework.TestFramework.Assert.", StringComparison.Ordinal))
                    {
                        Find(at, given, $"an unsigned value is given as {callee.ParameterTypes[p].Name} to {Rules.CalleeOf(_assembly, token)}");
                    }
                }

                int pops = count + (callee.Header.IsInstance && code != "newobj" ? 1 : 0);
                if (code == "newobj")
                {
                    return Push(pops, Value.Other);
                }

                Value result = Value.Of(callee.ReturnType);
                foreach (DeviceMethod target in targets ?? [])
                {
                    result = result.Join(target.Returned);
                }

                return callee.ReturnType.Kind == TypeKind.Void ? Pop(pops) : Push(pops, result);
            }

            case "calli":
                return null;

            case "ret":
                if (_method.Signature.ReturnType.Kind != TypeKind.Void)
                {
                    _rule.Return(_method, top);
                }

                return null;

            case "throw" or "rethrow" or "endfinally" or "endfilter" or "jmp" or "leave" or "leave.s":
                return null;

            case "br" or "br.s":
                return state;
            case "brtrue" or "brtrue.s" or "brfalse" or "brfalse.s" or "switch":
                return Pop(1);
            default:
                if (instruction.Code.FlowControl == System.Reflection.Emit.FlowControl.Cond_Branch)
                {
                    return Pop(2);
                }

                if (code.StartsWith("ldc.i4.", StringComparison.Ordinal))
                {
                    return Push(0, Value.Constant32(code[^1] - '0'));
                }

                throw new BadImageFormatException($"{_method.Name} IL_{at:x4}: {code} is not known");
        }
    }

    private void Find(int offset, Value value, string detail)
        => _found[offset] = new Finding(Rules.UnsignedAsSigned, _method.Name, offset, value.From == null ? detail : detail + ", " + value.From);

    // The number in ldloc.2, ldloc.s 5, ldloc 300 and the like; null for another opcode.
    private static int? Variable(Instruction instruction, string prefix)
    {
        string code = instruction.Code.Name!;
        if (!code.StartsWith(prefix, StringComparison.Ordinal) || code.StartsWith(prefix + "a", StringComparison.Ordinal))
        {
            return null;
        }

        return code.Length == prefix.Length || code.EndsWith(".s", StringComparison.Ordinal) ? (int)instruction.Operand : code[^1] - '0';
    }

    // ldelem and ldind have one form for long and ulong: the type of the place decides.
    private static Value Loaded(string form, TypeSig? place) => form switch
    {
        "i1" => Value.Signed32,
        "u1" => Value.Signed(32, 0xFF),
        "i2" => Value.Signed32,
        "u2" => Value.Signed(32, 0xFFFF),
        "i4" or "i" => Value.Signed32,
        "u4" => Value.Unsigned32,
        "i8" => place?.Kind == TypeKind.I8 ? Value.Signed64 : Value.Unsigned64,
        "ref" when place != null => Value.Of(place),
        _ => Value.Other,
    };

    private TypeSig Type(Instruction instruction)
    {
        EntityHandle token = instruction.Token;
        MetadataReader metadata = _assembly.Metadata;
        TypeSig type = token.Kind switch
        {
            HandleKind.TypeDefinition => _types.GetTypeFromDefinition(metadata, (TypeDefinitionHandle)token, 0),
            HandleKind.TypeReference => _types.GetTypeFromReference(metadata, (TypeReferenceHandle)token, 0),
            _ => _types.GetTypeFromSpecification(metadata, null, (TypeSpecificationHandle)token, 0),
        };

        // Tokens name the primitive types in full.
        return type.Name switch
        {
            "System.Boolean" => _types.GetPrimitiveType(PrimitiveTypeCode.Boolean),
            "System.Char" => _types.GetPrimitiveType(PrimitiveTypeCode.Char),
            "System.SByte" => _types.GetPrimitiveType(PrimitiveTypeCode.SByte),
            "System.Byte" => _types.GetPrimitiveType(PrimitiveTypeCode.Byte),
            "System.Int16" => _types.GetPrimitiveType(PrimitiveTypeCode.Int16),
            "System.UInt16" => _types.GetPrimitiveType(PrimitiveTypeCode.UInt16),
            "System.Int32" => _types.GetPrimitiveType(PrimitiveTypeCode.Int32),
            "System.UInt32" => _types.GetPrimitiveType(PrimitiveTypeCode.UInt32),
            "System.Int64" => _types.GetPrimitiveType(PrimitiveTypeCode.Int64),
            "System.UInt64" => _types.GetPrimitiveType(PrimitiveTypeCode.UInt64),
            _ => type,
        };
    }

    private TypeSig Field(Instruction instruction)
    {
        EntityHandle token = instruction.Token;
        return token.Kind == HandleKind.FieldDefinition
            ? _assembly.Metadata.GetFieldDefinition((FieldDefinitionHandle)token).DecodeSignature(_types, null)
            : _assembly.Metadata.GetMemberReference((MemberReferenceHandle)token).DecodeFieldSignature(_types, null);
    }

    private MethodSignature<TypeSig> Signature(EntityHandle token) => token.Kind switch
    {
        HandleKind.MethodDefinition => _assembly.Metadata.GetMethodDefinition((MethodDefinitionHandle)token).DecodeSignature(_types, null),
        HandleKind.MethodSpecification => Signature(_assembly.Metadata.GetMethodSpecification((MethodSpecificationHandle)token).Method),
        _ => _assembly.Metadata.GetMemberReference((MemberReferenceHandle)token).DecodeMethodSignature(_types, null),
    };

    /// <summary>What is on the stack and in the variables at one place of the method.</summary>
    private sealed record State(ImmutableArray<Value> Stack, ImmutableArray<Value> Locals, ImmutableArray<Value> Arguments)
    {
        public bool Equals(State? other) => other != null && Stack.SequenceEqual(other.Stack) && Locals.SequenceEqual(other.Locals) && Arguments.SequenceEqual(other.Arguments);

        public override int GetHashCode() => Stack.Length;

        public State Join(State other, bool widen) => new(Join(Stack, other.Stack, widen), Join(Locals, other.Locals, widen), Join(Arguments, other.Arguments, widen));

        private static ImmutableArray<Value> Join(ImmutableArray<Value> a, ImmutableArray<Value> b, bool widen) => [.. a.Zip(b, (x, y) => x.Join(y, widen))];
    }
}
