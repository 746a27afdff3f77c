using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Reflection;
using System.Reflection.Metadata;

namespace Springtail.Tests.Device;

/// <summary>
/// What a device assembly must not contain because nanoFramework cannot do it, or does it differently.
/// The compiler lets all of it pass; on the device it crashes, ends the CLR or gives another result.
/// </summary>
internal static class Rules
{
    public const string GenericDefinition = "generic-definition";
    public const string GenericInstance = "generic-instance";
    public const string Func = "func";
    public const string NullableValue = "nullable-value";
    public const string Tuple = "tuple";
    public const string Span = "span";
    public const string Range = "range";
    public const string Linq = "linq";
    public const string Record = "record";
    public const string Iterator = "iterator";
    public const string Async = "async";
    public const string MultiDimensionalArray = "multi-dimensional-array";
    public const string Pointer = "pointer";
    public const string StackAlloc = "stackalloc";
    public const string Volatile = "volatile";
    public const string Modifier = "modifier";
    public const string EmbeddedType = "embedded-type";
    public const string DefaultInterfaceMethod = "default-interface-method";
    public const string ExplicitLayout = "explicit-layout";
    public const string NativeImport = "native-import";
    public const string OverflowCheck = "overflow-check";
    public const string EnumText = "enum-text";
    public const string Token = "token";
    public const string SizeOf = "sizeof";
    public const string UnknownOpcode = "opcode";
    public const string TooLong = "too-long";
    public const string StaticOrder = "static-order";
    public const string UnsignedAsSigned = "unsigned-as-signed";
    public const string Floor = "floor";

    // Attributes that a compiler writes for newer C# or for nullable, and embeds into the assembly where mscorlib has none.
    private static readonly ImmutableHashSet<string> s_compilerAttributes =
    [
        "Microsoft.CodeAnalysis.EmbeddedAttribute",
        "System.Runtime.CompilerServices.IsByRefLikeAttribute",
        "System.Runtime.CompilerServices.IsReadOnlyAttribute",
        "System.Runtime.CompilerServices.IsUnmanagedAttribute",
        "System.Runtime.CompilerServices.NativeIntegerAttribute",
        "System.Runtime.CompilerServices.NullableAttribute",
        "System.Runtime.CompilerServices.NullableContextAttribute",
        "System.Runtime.CompilerServices.NullablePublicOnlyAttribute",
        "System.Runtime.CompilerServices.ParamCollectionAttribute",
        "System.Runtime.CompilerServices.RefSafetyRulesAttribute",
        "System.Runtime.CompilerServices.RequiresLocationAttribute",
        "System.Runtime.CompilerServices.ScopedRefAttribute",
    ];

    /// <summary>All findings in the assemblies of one program.</summary>
    public static List<Finding> Check(params DeviceAssembly[] program)
    {
        var findings = new List<Finding>();
        foreach (DeviceAssembly assembly in program)
        {
            Check(assembly, findings);
            findings.AddRange(FloorRule.Check(assembly));
        }

        var whole = new DeviceProgram(program);
        findings.AddRange(IntegerRule.Check(whole));
        findings.AddRange(StaticOrderRule.Check(whole));
        return findings;
    }

    private static void Check(DeviceAssembly assembly, List<Finding> findings)
    {
        MetadataReader metadata = assembly.Metadata;
        var types = new TypeProvider(assembly);

        foreach (CustomAttributeHandle handle in metadata.CustomAttributes)
        {
            CustomAttribute attribute = metadata.GetCustomAttribute(handle);
            string name = assembly.NameOf(attribute);
            string? rule = name switch
            {
                "System.Runtime.CompilerServices.IteratorStateMachineAttribute" => Iterator,
                "System.Runtime.CompilerServices.AsyncStateMachineAttribute" => Async,
                "System.Runtime.CompilerServices.AsyncIteratorStateMachineAttribute" => Async,
                _ => s_compilerAttributes.Contains(name) ? EmbeddedType : null,
            };
            if (rule != null)
            {
                findings.Add(new Finding(rule, assembly.NameOfAny(Owner(metadata, attribute.Parent)), -1, name));
            }
        }

        foreach (TypeDefinitionHandle handle in metadata.TypeDefinitions)
        {
            CheckType(assembly, types, handle, findings);
        }
    }

    private static void CheckType(DeviceAssembly assembly, TypeProvider types, TypeDefinitionHandle handle, List<Finding> findings)
    {
        MetadataReader metadata = assembly.Metadata;
        TypeDefinition type = metadata.GetTypeDefinition(handle);
        string name = assembly.NameOf(handle);
        void Add(string rule, string detail) => findings.Add(new Finding(rule, name, -1, detail));

        if (type.GetGenericParameters().Count > 0)
        {
            Add(GenericDefinition, "a generic type");
        }

        if (s_compilerAttributes.Contains(name))
        {
            Add(EmbeddedType, "a type that the compiler embeds");
        }

        // <>c and <>c__DisplayClass hold lambdas, which work; <Method>d__N is a state machine.
        string simple = metadata.GetString(type.Name);
        bool isStateMachine = simple.StartsWith('<') && simple.Contains(">d__", StringComparison.Ordinal);
        foreach (InterfaceImplementationHandle implementation in type.GetInterfaceImplementations())
        {
            EntityHandle contract = metadata.GetInterfaceImplementation(implementation).Interface;
            string contractName = assembly.NameOf(contract);
            if (contractName == "System.Runtime.CompilerServices.IAsyncStateMachine")
            {
                Add(Async, "a state machine");
            }
            else if (isStateMachine && contractName == "System.Collections.IEnumerator")
            {
                Add(Iterator, "a state machine");
            }

            CheckHandle(assembly, types, contract, name, -1, findings);
        }

        if (!type.BaseType.IsNil)
        {
            CheckHandle(assembly, types, type.BaseType, name, -1, findings);
        }

        if ((type.Attributes & TypeAttributes.LayoutMask) == TypeAttributes.ExplicitLayout && !name.StartsWith("<PrivateImplementationDetails>", StringComparison.Ordinal))
        {
            Add(ExplicitLayout, "fields are laid out by the CLR alone");
        }

        foreach (FieldDefinitionHandle fieldHandle in type.GetFields())
        {
            FieldDefinition field = metadata.GetFieldDefinition(fieldHandle);
            CheckSig(field.DecodeSignature(types, null), name + "." + metadata.GetString(field.Name), -1, findings);
        }

        // A type's record has 8 bits for the number of its virtual, its instance and its static methods.
        MethodAttributes[] kinds = [.. type.GetMethods().Select(m => metadata.GetMethodDefinition(m).Attributes & (MethodAttributes.Virtual | MethodAttributes.Static))];
        foreach (IGrouping<MethodAttributes, MethodAttributes> kind in kinds.GroupBy(k => k).Where(g => g.Count() > byte.MaxValue))
        {
            Add(TooLong, $"{kind.Count()} methods of one kind, 255 at most");
        }

        bool isInterface = (type.Attributes & TypeAttributes.Interface) != 0;
        foreach (MethodDefinitionHandle methodHandle in type.GetMethods())
        {
            MethodDefinition method = metadata.GetMethodDefinition(methodHandle);
            string member = assembly.NameOf(methodHandle);
            if (metadata.GetString(method.Name) == "<Clone>$" || metadata.GetString(method.Name) == "PrintMembers")
            {
                Add(Record, "a record");
            }

            if (method.GetGenericParameters().Count > 0)
            {
                findings.Add(new Finding(GenericDefinition, member, -1, "a generic method"));
            }

            if (isInterface && (method.Attributes & MethodAttributes.Abstract) == 0)
            {
                findings.Add(new Finding(DefaultInterfaceMethod, member, -1, "a method of an interface with a body"));
            }

            if ((method.Attributes & MethodAttributes.PinvokeImpl) != 0)
            {
                findings.Add(new Finding(NativeImport, member, -1, "native code is reached by InternalCall"));
            }

            MethodSignature<TypeSig> signature = method.DecodeSignature(types, null);
            CheckSig(signature, member, -1, findings);
            if (method.RelativeVirtualAddress != 0)
            {
                CheckBody(assembly, types, methodHandle, findings);
            }
        }
    }

    private static void CheckBody(DeviceAssembly assembly, TypeProvider types, MethodDefinitionHandle handle, List<Finding> findings)
    {
        MetadataReader metadata = assembly.Metadata;
        MethodDefinition method = metadata.GetMethodDefinition(handle);
        MethodBodyBlock body = assembly.Body(method);
        string member = assembly.NameOf(handle);
        void Add(string rule, int offset, string detail) => findings.Add(new Finding(rule, member, offset, detail));

        ImmutableArray<TypeSig> locals = body.LocalSignature.IsNil ? [] : metadata.GetStandaloneSignature(body.LocalSignature).DecodeLocalSignature(types, null);
        foreach (TypeSig local in locals)
        {
            CheckSig(local, member, -1, findings);
        }

        // A method's record has 8 bits for each number.
        if (locals.Length > byte.MaxValue || method.GetParameters().Count > byte.MaxValue - 1)
        {
            Add(TooLong, -1, $"{locals.Length} locals, 255 at most");
        }

        // Branches have 16 bits in nanoFramework's IL.
        List<Instruction> il = Instruction.Read(body.GetILReader());
        if (body.Size > short.MaxValue)
        {
            Add(TooLong, -1, $"{body.Size} bytes of IL, 32 767 at most");
        }

        for (int i = 0; i < il.Count; i++)
        {
            Instruction instruction = il[i];
            string code = instruction.Code.Name!;
            Instruction? following = i + 1 < il.Count ? il[i + 1] : null;
            switch (code)
            {
                case "localloc":
                    Add(StackAlloc, instruction.Offset, code);
                    break;
                case "volatile.":
                    Add(Volatile, instruction.Offset, code);
                    break;
                case "sizeof":
                    Add(SizeOf, instruction.Offset, "gives the size of the CLR's own blocks");
                    break;
                case "arglist" or "cpblk" or "initblk" or "jmp" or "calli" or "ckfinite" or "mkrefany" or "refanytype" or "refanyval" or "readonly." or "tail." or "unaligned.":
                    Add(UnknownOpcode, instruction.Offset, code);
                    break;
                case "switch" when instruction.Targets.Length > byte.MaxValue:
                    Add(TooLong, instruction.Offset, $"{instruction.Targets.Length} cases, 255 at most");
                    break;
                default:
                    if (code.Contains(".ovf", StringComparison.Ordinal))
                    {
                        Add(OverflowCheck, instruction.Offset, code + " does not throw");
                    }

                    break;
            }

            if (instruction.Code.OperandType is not (System.Reflection.Emit.OperandType.InlineField or System.Reflection.Emit.OperandType.InlineMethod
                or System.Reflection.Emit.OperandType.InlineTok or System.Reflection.Emit.OperandType.InlineType))
            {
                continue;
            }

            EntityHandle token = instruction.Token;
            CheckHandle(assembly, types, token, member, instruction.Offset, findings);
            switch (code)
            {
                case "call" or "callvirt":
                {
                    string callee = CalleeOf(assembly, token);
                    if (callee.StartsWith("System.Runtime.CompilerServices.RuntimeHelpers.", StringComparison.Ordinal) && !callee.EndsWith(".InitializeArray", StringComparison.Ordinal))
                    {
                        Add(Token, instruction.Offset, callee);
                    }

                    break;
                }

                case "constrained." or "box" when token.Kind != HandleKind.TypeSpecification && assembly.EnumType(token) != null:
                    Add(EnumText, instruction.Offset, $"{assembly.NameOf(token)} as an object: its text is a number");
                    break;

                case "ldtoken":
                {
                    // typeof and array literals; nothing else is known to work.
                    string callee = following?.Code.Name == "call" ? CalleeOf(assembly, following.Token) : "";
                    if (callee is not ("System.Type.GetTypeFromHandle" or "System.Runtime.CompilerServices.RuntimeHelpers.InitializeArray"))
                    {
                        Add(Token, instruction.Offset, "a token that is neither typeof nor an array literal");
                    }

                    break;
                }

                default:
                    break;
            }
        }
    }

    /// <summary>Checks what a token names: the type, and the signature and the owner of a member.</summary>
    private static void CheckHandle(DeviceAssembly assembly, TypeProvider types, EntityHandle token, string member, int offset, List<Finding> findings)
    {
        MetadataReader metadata = assembly.Metadata;
        switch (token.Kind)
        {
            case HandleKind.TypeSpecification:
                CheckSig(types.GetTypeFromSpecification(metadata, null, (TypeSpecificationHandle)token, 0), member, offset, findings);
                break;

            case HandleKind.TypeReference:
                CheckSig(types.GetTypeFromReference(metadata, (TypeReferenceHandle)token, 0), member, offset, findings);
                break;

            case HandleKind.MethodSpecification:
            {
                EntityHandle method = metadata.GetMethodSpecification((MethodSpecificationHandle)token).Method;
                findings.Add(new Finding(GenericInstance, member, offset, CalleeOf(assembly, method)));
                CheckHandle(assembly, types, method, member, offset, findings);
                break;
            }

            case HandleKind.MemberReference:
            {
                MemberReference reference = metadata.GetMemberReference((MemberReferenceHandle)token);
                CheckHandle(assembly, types, reference.Parent, member, offset, findings);
                if (reference.GetKind() == MemberReferenceKind.Method)
                {
                    CheckSig(reference.DecodeMethodSignature(types, null), member, offset, findings);
                }
                else
                {
                    CheckSig(reference.DecodeFieldSignature(types, null), member, offset, findings);
                }

                break;
            }

            default:
                break;
        }
    }

    private static void CheckSig(MethodSignature<TypeSig> signature, string member, int offset, List<Finding> findings)
    {
        CheckSig(signature.ReturnType, member, offset, findings);
        foreach (TypeSig parameter in signature.ParameterTypes)
        {
            CheckSig(parameter, member, offset, findings);
        }
    }

    private static void CheckSig(TypeSig type, string member, int offset, List<Finding> findings)
    {
        foreach (string rule in type.Broken)
        {
            findings.Add(new Finding(rule, member, offset, type.Name));
        }
    }

    /// <summary>Type and name of the method that a token calls.</summary>
    internal static string CalleeOf(DeviceAssembly assembly, EntityHandle token)
    {
        switch (token.Kind)
        {
            case HandleKind.MethodDefinition:
                return assembly.NameOf((MethodDefinitionHandle)token);
            case HandleKind.MemberReference:
                MemberReference reference = assembly.Metadata.GetMemberReference((MemberReferenceHandle)token);
                return assembly.NameOf(reference.Parent) + "." + assembly.Metadata.GetString(reference.Name);
            case HandleKind.MethodSpecification:
                return CalleeOf(assembly, assembly.Metadata.GetMethodSpecification((MethodSpecificationHandle)token).Method);
            default:
                return "?";
        }
    }

    /// <summary>The type or member that an attribute's target belongs to, where the target has no name of its own.</summary>
    private static EntityHandle Owner(MetadataReader metadata, EntityHandle target)
    {
        if (target.Kind == HandleKind.Parameter)
        {
            foreach (MethodDefinitionHandle method in metadata.MethodDefinitions)
            {
                if (metadata.GetMethodDefinition(method).GetParameters().Contains((ParameterHandle)target))
                {
                    return method;
                }
            }
        }

        return target;
    }
}
