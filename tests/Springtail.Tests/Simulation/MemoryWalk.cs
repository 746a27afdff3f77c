using System;
using System.Collections.Generic;
using System.Reflection;

namespace Springtail.Tests.Simulation;

/// <summary>Looks for bytes in everything that an object holds, so that tests see whether a secret is gone.</summary>
internal static class MemoryWalk
{
    /// <summary>The arrays, reached from an object over fields of the project's own types, that hold the bytes somewhere.</summary>
    public static List<byte[]> Find(object root, byte[] bytes)
    {
        List<byte[]> found = new();
        HashSet<object> seen = new(ReferenceEqualityComparer.Instance);
        Stack<object> open = new();
        open.Push(root);
        while (open.TryPop(out object? at))
        {
            if (!seen.Add(at))
            {
                continue;
            }

            if (at is byte[] array)
            {
                if (array.AsSpan().IndexOf(bytes) >= 0)
                {
                    found.Add(array);
                }
            }
            else if (at is Array elements)
            {
                foreach (object? element in elements)
                {
                    Push(open, element);
                }
            }
            else
            {
                for (Type? type = at.GetType(); type != null && type != typeof(object); type = type.BaseType)
                {
                    foreach (FieldInfo field in type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic))
                    {
                        Push(open, field.GetValue(at));
                    }
                }
            }
        }

        return found;
    }

    private static void Push(Stack<object> open, object? value)
    {
        if (value != null && (value is Array || value.GetType().Namespace?.StartsWith("Springtail", StringComparison.Ordinal) == true)
            && !value.GetType().IsPrimitive && !value.GetType().IsEnum && value is not Delegate)
        {
            open.Push(value);
        }
    }
}
