using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection.Emit;
using System.Reflection.Metadata;

namespace Springtail.Tests.Device;

/// <summary>
/// A room names only itself and rooms on lower floors (firmware/ARCHITECTURE.md). A room is a namespace, or the types of one that are listed here by
/// their names; what is in no room, such as the application, may name all.
/// </summary>
internal static class FloorRule
{
    // From the ground up, a floor a line; rooms of one floor do not know each other. The first match counts.
    private static readonly (int Floor, string Room, string[] Names)[] s_rooms =
    [
        (0, "errors", ["Springtail.SpringtailException"]),
        (0, "Crypto", ["Springtail.Crypto", "Springtail.Native"]),
        (0, "Packets", ["Springtail.Packets"]),
        (1, "Keys", ["Springtail.Keys"]),
        (2, "Hopping", ["Springtail.Hopping"]),
        (2, "Delivery", ["Springtail.Delivery"]),
        (3, "settings", ["Springtail.ChannelOptions", "Springtail.ChannelStatus", "Springtail.EndReason", "Springtail.Sessions.SessionState", "Springtail.Transport.IClock", "Springtail.Transport.IDatagramTransport", "Springtail.Sessions.Datagram", "Springtail.Sessions.IProtocolPeer",
            "Springtail.Sessions.DiscoveryMethod", "Springtail.Sessions.IDiscoveryAnswers", "Springtail.Sessions.IDiscoveryQuery", "Springtail.Sessions.Installation", "Springtail.Sessions.TokenGuard"]),
        (5, "emergency", ["Springtail.Sessions.Emergency", "Springtail.Sessions.EmergencyRequest", "Springtail.Sessions.EmergencyResponse"]),
        (6, "client", ["Springtail.Sessions.Client", "Springtail.Sessions.ClientState", "Springtail.Sessions.Attempt", "Springtail.Sessions.ClockQuery"]),
        (6, "Listening", ["Springtail.Listening"]),
        (6, "discovery", ["Springtail.Discovery"]),
        (4, "Sessions", ["Springtail.Sessions"]),
        (7, "Transport", ["Springtail.Transport"]),
        (8, "Channel", ["Springtail.Channel", "Springtail.ChannelEngine", "Springtail.ChannelListener", "Springtail.ListenerEngine", "Springtail.ChannelDiscovery"]),
        (9, "Pairing", ["Springtail.Pairing"]),
        (9, "Transfer", ["Springtail.Transfer"]),
        (9, "Fuzzy", ["Springtail.Fuzzy"]),
    ];

    public static List<Finding> Check(DeviceAssembly assembly)
    {
        var findings = new List<Finding>();
        foreach (TypeDefinitionHandle handle in assembly.Metadata.TypeDefinitions)
        {
            string type = assembly.NameOf(handle);
            if (RoomOf(type) is not { } own)
            {
                continue;
            }

            foreach (string named in Named(assembly, handle).Distinct())
            {
                if (RoomOf(named) is { } other && other.Room != own.Room && other.Floor >= own.Floor)
                {
                    findings.Add(new Finding(Rules.Floor, type, -1, $"{own.Room} on floor {own.Floor} names {named}, of {other.Room} on floor {other.Floor}"));
                }
            }
        }

        return findings;
    }

    private static (int Floor, string Room)? RoomOf(string type)
    {
        foreach ((int floor, string room, string[] names) in s_rooms)
        {
            if (names.Any(n => type == n || type.StartsWith(n + ".", StringComparison.Ordinal)))
            {
                return (floor, room);
            }
        }

        return null;
    }

    // All types that a type's members and their code name.
    private static IEnumerable<string> Named(DeviceAssembly assembly, TypeDefinitionHandle handle)
    {
        MetadataReader metadata = assembly.Metadata;
        var types = new TypeProvider(assembly);
        TypeDefinition type = metadata.GetTypeDefinition(handle);
        if (!type.BaseType.IsNil)
        {
            yield return assembly.NameOf(type.BaseType);
        }

        foreach (InterfaceImplementationHandle implementation in type.GetInterfaceImplementations())
        {
            yield return assembly.NameOf(metadata.GetInterfaceImplementation(implementation).Interface);
        }

        foreach (FieldDefinitionHandle field in type.GetFields())
        {
            yield return Element(metadata.GetFieldDefinition(field).DecodeSignature(types, null));
        }

        foreach (MethodDefinitionHandle methodHandle in type.GetMethods())
        {
            MethodDefinition method = metadata.GetMethodDefinition(methodHandle);
            foreach (string name in OfSignature(method.DecodeSignature(types, null)))
            {
                yield return name;
            }

            if (method.RelativeVirtualAddress == 0)
            {
                continue;
            }

            MethodBodyBlock body = assembly.Body(method);
            if (!body.LocalSignature.IsNil)
            {
                foreach (TypeSig local in metadata.GetStandaloneSignature(body.LocalSignature).DecodeLocalSignature(types, null))
                {
                    yield return Element(local);
                }
            }

            foreach (Instruction instruction in Instruction.Read(body.GetILReader()))
            {
                if (instruction.Code.OperandType is OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineTok or OperandType.InlineType)
                {
                    foreach (string name in OfToken(assembly, types, instruction.Token))
                    {
                        yield return name;
                    }
                }
            }
        }
    }

    private static IEnumerable<string> OfToken(DeviceAssembly assembly, TypeProvider types, EntityHandle token)
    {
        MetadataReader metadata = assembly.Metadata;
        switch (token.Kind)
        {
            case HandleKind.TypeDefinition or HandleKind.TypeReference:
                return [assembly.NameOf(token)];
            case HandleKind.TypeSpecification:
                return [Element(types.GetTypeFromSpecification(metadata, null, (TypeSpecificationHandle)token, 0))];
            case HandleKind.MethodDefinition:
                MethodDefinition method = metadata.GetMethodDefinition((MethodDefinitionHandle)token);
                return OfSignature(method.DecodeSignature(types, null)).Append(assembly.NameOf(method.GetDeclaringType()));
            case HandleKind.FieldDefinition:
                FieldDefinition field = metadata.GetFieldDefinition((FieldDefinitionHandle)token);
                return [Element(field.DecodeSignature(types, null)), assembly.NameOf(field.GetDeclaringType())];
            case HandleKind.MemberReference:
                MemberReference reference = metadata.GetMemberReference((MemberReferenceHandle)token);
                IEnumerable<string> signature = reference.GetKind() == MemberReferenceKind.Method
                    ? OfSignature(reference.DecodeMethodSignature(types, null))
                    : [Element(reference.DecodeFieldSignature(types, null))];
                return signature.Append(assembly.NameOf(reference.Parent));
            default:
                return [];
        }
    }

    private static IEnumerable<string> OfSignature(MethodSignature<TypeSig> signature) => signature.ParameterTypes.Append(signature.ReturnType).Select(Element);

    private static string Element(TypeSig type) => type.Element == null ? type.Name : Element(type.Element);
}
