using System;
using System.Collections.Generic;
using System.Reflection;

namespace Springtail.Tests.Simulation;

/// <summary>Looks for bytes in all that can be reached from an object, as one who reads the memory would.</summary>
internal static class Reachable
{
    public static bool Holds(object root, ReadOnlySpan<byte> secret)
    {
        foreach (object item in From(root))
        {
            if (item is byte[] bytes && bytes.AsSpan().IndexOf(secret) >= 0)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>All objects that an object leads to, itself first.</summary>
    public static List<object> From(object root)
    {
        var found = new List<object>();
        var seen = new HashSet<object>(ReferenceEqualityComparer.Instance);
        var open = new Stack<object>();
        open.Push(root);
        while (open.TryPop(out object? item))
        {
            if (!seen.Add(item) || item is string or Delegate or Type)
            {
                continue;
            }

            found.Add(item);
            if (item is byte[])
            {
                continue;
            }

            if (item is Array array)
            {
                foreach (object? element in array)
                {
                    if (element is { } e && !e.GetType().IsPrimitive)
                    {
                        open.Push(e);
                    }
                }
            }
            else
            {
                for (Type? type = item.GetType(); type != null; type = type.BaseType)
                {
                    foreach (FieldInfo field in type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
                    {
                        if (!field.FieldType.IsPrimitive && field.GetValue(item) is { } value)
                        {
                            open.Push(value);
                        }
                    }
                }
            }
        }

        return found;
    }
}
