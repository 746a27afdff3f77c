using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using System.Runtime.CompilerServices;
using Springtail.Crypto;
using Springtail.Transport;

namespace Springtail.Soak;

/// <summary>Everything that some objects lead to by their fields. What they were given (core, options, transport, clock) is not theirs.</summary>
internal sealed class ObjectGraph
{
    private static readonly ConcurrentDictionary<Type, Shape> s_shapes = new();

    private readonly object[] _roots;

    public ObjectGraph(params object[] roots)
    {
        _roots = roots;
    }

    /// <summary>Shows each byte array; gives the size of it all in bytes, as on a 64-bit machine.</summary>
    public long Walk(Action<byte[]> look)
    {
        return Walk(look, null);
    }

    /// <summary>The fields that lead to an object.</summary>
    public string PathTo(object wanted)
    {
        Dictionary<object, (object From, string By)> ways = new(ReferenceEqualityComparer.Instance);
        Walk(_ => { }, ways);
        string path = "";
        while (ways.TryGetValue(wanted, out (object From, string By) way))
        {
            path = "." + way.By + path;
            wanted = way.From;
        }

        return wanted.GetType().Name + path;
    }

    private long Walk(Action<byte[]> look, Dictionary<object, (object From, string By)>? ways)
    {
        HashSet<object> seen = new(ReferenceEqualityComparer.Instance);
        Stack<object> waiting = new(_roots);
        long size = 0;
        while (waiting.TryPop(out object? next))
        {
            if (!seen.Add(next))
            {
                continue;
            }

            if (next is byte[] bytes)
            {
                size += 24 + bytes.Length;
                look(bytes);
                continue;
            }

            Shape shape = s_shapes.GetOrAdd(next.GetType(), type => new Shape(type));
            size += shape.Size;
            if (next is Array array)
            {
                size += 24 + array.Length * shape.ElementSize;
                if (shape.HasReferences)
                {
                    foreach (object? item in array)
                    {
                        if (item != null)
                        {
                            ways?.TryAdd(item, (next, "[]"));
                            waiting.Push(item);
                        }
                    }
                }

                continue;
            }

            foreach (FieldInfo field in shape.Fields)
            {
                if (field.GetValue(next) is { } value)
                {
                    ways?.TryAdd(value, (next, field.Name));
                    waiting.Push(value);
                }
            }
        }

        return size;
    }

    private sealed class Shape
    {
        public Shape(Type type)
        {
            if (type.IsArray)
            {
                Type element = type.GetElementType()!;
                HasReferences = !element.IsValueType;
                ElementSize = HasReferences ? 8 : SizeOf(element);
                return;
            }

            Size = 16;
            for (Type? t = type; t != null && t != typeof(object); t = t.BaseType)
            {
                foreach (FieldInfo field in t.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
                {
                    Size += SizeOf(field.FieldType);
                    if (!field.FieldType.IsValueType && IsOwn(field.FieldType))
                    {
                        Fields.Add(field);
                    }
                }
            }
        }

        public int Size { get; }

        public int ElementSize { get; }

        public bool HasReferences { get; }

        public List<FieldInfo> Fields { get; } = new();

        private static bool IsOwn(Type type)
        {
            return !typeof(ICryptoCore).IsAssignableFrom(type) && !typeof(IDatagramTransport).IsAssignableFrom(type) && !typeof(IClock).IsAssignableFrom(type)
                && type != typeof(ChannelOptions) && type != typeof(string) && !typeof(Delegate).IsAssignableFrom(type);
        }

        private static int SizeOf(Type type)
        {
            if (!type.IsValueType)
            {
                return 8;
            }

            return type.IsPrimitive ? System.Runtime.InteropServices.Marshal.SizeOf(type) : type.IsEnum ? 4 : 16;
        }
    }
}
