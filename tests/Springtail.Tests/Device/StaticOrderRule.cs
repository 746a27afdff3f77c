using System.Collections.Generic;
using System.Linq;
using System.Reflection.Metadata;

namespace Springtail.Tests.Device;

/// <summary>
/// Static constructors run before Main, all of them, in the order of the types' names and not on first use. One that reads what
/// another sets, itself or in a method that it calls, may find null or zero there.
/// </summary>
internal static class StaticOrderRule
{
    public static List<Finding> Check(DeviceProgram program)
    {
        var findings = new List<Finding>();
        Dictionary<string, DeviceMethod> constructors = program.Methods.Where(m => m.IsStaticConstructor).ToDictionary(m => m.Type);
        foreach (DeviceMethod constructor in constructors.Values)
        {
            var seen = new HashSet<DeviceMethod> { constructor };
            var pending = new Queue<DeviceMethod>(seen);
            while (pending.TryDequeue(out DeviceMethod? method))
            {
                foreach (Instruction instruction in method.Il)
                {
                    switch (instruction.Code.Name)
                    {
                        case "ldsfld" or "ldsflda":
                            string owner = OwnerOf(method.Assembly, instruction.Token);
                            if (owner != constructor.Type && constructors.TryGetValue(owner, out DeviceMethod? other))
                            {
                                string detail = method == constructor ? $"reads what {other.Name} sets" : $"reads, in {method.Name}, what {other.Name} sets";
                                findings.Add(new Finding(Rules.StaticOrder, constructor.Name, method == constructor ? instruction.Offset : -1, detail));
                            }

                            break;

                        case "call" or "callvirt" or "newobj":
                            foreach (DeviceMethod target in program.Targets(method, instruction.Token, instruction.Code.Name == "callvirt") ?? [])
                            {
                                if (seen.Add(target))
                                {
                                    pending.Enqueue(target);
                                }
                            }

                            break;

                        default:
                            break;
                    }
                }
            }
        }

        return findings;
    }

    private static string OwnerOf(DeviceAssembly assembly, EntityHandle field) => assembly.NameOf(field.Kind == HandleKind.FieldDefinition
        ? assembly.Metadata.GetFieldDefinition((FieldDefinitionHandle)field).GetDeclaringType()
        : assembly.Metadata.GetMemberReference((MemberReferenceHandle)field).Parent);
}
