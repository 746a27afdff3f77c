#nullable disable
using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text.Json;

namespace Springtail.Vectors;

/// <summary>A vector file that cannot be read: not JSON, a name that is missing, unknown or there twice, or a value of the wrong form.</summary>
internal sealed class VectorFileException : Exception
{
    public VectorFileException(string path, string message)
        : base(path.Length == 0 ? message : path + ": " + message)
    {
        Path = path;
    }

    /// <summary>The place, as in <c>suite_1.ports[2].w</c>; empty for the file as a whole.</summary>
    public string Path { get; }
}

/// <summary>A value with the place in the file where it stands, so that what follows from it can say so.</summary>
internal sealed class VectorValue
{
    public VectorValue(string path, byte[] bytes)
        : this(path, bytes, 0, null)
    {
    }

    public VectorValue(string path, ulong number)
        : this(path, null, number, null)
    {
    }

    public VectorValue(string path, string text)
        : this(path, null, 0, text)
    {
    }

    private VectorValue(string path, byte[] bytes, ulong number, string text)
    {
        Path = path;
        Bytes = bytes;
        Number = number;
        Text = text;
    }

    public string Path { get; }

    public byte[] Bytes { get; }

    public ulong Number { get; }

    public string Text { get; }

    /// <summary>True when another value here may give the same result.</summary>
    public bool IsPartOnly { get; private init; }

    /// <summary>The same value where only a part of it counts: the date of a time, the first of a list.</summary>
    public VectorValue InPart()
    {
        return new VectorValue(Path, Bytes, Number, Text) { IsPartOnly = true };
    }
}

/// <summary>
/// An object of a vector file. It keeps account of the names that were asked for, so that <see cref="RequireAllRead"/>
/// finds those that nobody knows.
/// </summary>
internal sealed class VectorObject
{
    private readonly Dictionary<string, JsonElement> _members = new Dictionary<string, JsonElement>();
    private readonly HashSet<string> _read = new HashSet<string>();
    private readonly List<VectorObject> _children = new List<VectorObject>();
    private readonly string _path;
    private VectorObject _padding;

    private VectorObject(string path, JsonElement element)
    {
        _path = path;
        if (element.ValueKind != JsonValueKind.Object)
        {
            throw new VectorFileException(path, "an object is expected here.");
        }

        foreach (JsonProperty property in element.EnumerateObject())
        {
            if (!_members.TryAdd(property.Name, property.Value))
            {
                throw new VectorFileException(PathOf(property.Name), "this name is there twice.");
            }
        }
    }

    public static VectorObject Parse(string json)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            return new VectorObject(string.Empty, document.RootElement.Clone());
        }
        catch (JsonException e)
        {
            throw new VectorFileException(string.Empty, "this is not JSON: " + e.Message);
        }
    }

    public IEnumerable<string> Names => _members.Keys;

    public string PathOf(string name)
    {
        return _path.Length == 0 ? name : _path + "." + name;
    }

    /// <summary>True when a value is text, false when it is an object.</summary>
    public bool IsText(string name)
    {
        return Member(name).ValueKind == JsonValueKind.String;
    }

    /// <summary>True when there is a member of that name.</summary>
    public bool Has(string name)
    {
        return _members.ContainsKey(name);
    }

    public VectorObject Object(string name)
    {
        return Add(new VectorObject(PathOf(name), Member(name)));
    }

    /// <summary>The objects of an array.</summary>
    public IReadOnlyList<VectorObject> Objects(string name)
    {
        List<VectorObject> objects = new List<VectorObject>();
        foreach (JsonElement element in Array(name))
        {
            objects.Add(Add(new VectorObject(PathOf(name) + "[" + objects.Count + "]", element)));
        }

        return objects;
    }

    /// <summary>The byte strings of an array.</summary>
    public IReadOnlyList<VectorValue> ByteStrings(string name)
    {
        List<VectorValue> values = new List<VectorValue>();
        foreach (JsonElement element in Array(name))
        {
            string path = PathOf(name) + "[" + values.Count + "]";
            values.Add(new VectorValue(path, Hex(path, element)));
        }

        return values;
    }

    public VectorValue Text(string name)
    {
        return new VectorValue(PathOf(name), Text(PathOf(name), Member(name)));
    }

    /// <summary>A byte string of any length.</summary>
    public VectorValue Bytes(string name)
    {
        return new VectorValue(PathOf(name), Hex(PathOf(name), Member(name)));
    }

    /// <summary>A byte string of that many bytes.</summary>
    public VectorValue Bytes(string name, int size)
    {
        VectorValue value = Bytes(name);
        if (value.Bytes.Length != size)
        {
            throw new VectorFileException(value.Path, "this must have " + size + " bytes; it has " + value.Bytes.Length + ".");
        }

        return value;
    }

    /// <summary>A u64: a decimal string without superfluous zeros.</summary>
    public VectorValue U64(string name)
    {
        string text = Text(PathOf(name), Member(name));
        if (!ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong number)
            || number.ToString(CultureInfo.InvariantCulture) != text)
        {
            throw new VectorFileException(PathOf(name), "\"" + text + "\" is no u64 in decimal.");
        }

        return new VectorValue(PathOf(name), number);
    }

    /// <summary>A JSON integer from 0 to <paramref name="max"/>.</summary>
    public VectorValue Integer(string name, ulong max)
    {
        JsonElement element = Member(name);
        if (element.ValueKind != JsonValueKind.Number || !element.TryGetUInt64(out ulong number) || number > max)
        {
            throw new VectorFileException(PathOf(name), "an integer from 0 to " + max + " is expected here.");
        }

        return new VectorValue(PathOf(name), number);
    }

    /// <summary>Padding bytes of a packet; 0 where the section says nothing of it, as in files of version 1.</summary>
    public VectorValue PaddingOf(string packet)
    {
        _padding ??= Has("padding") ? Object("padding") : null;
        return _padding == null ? new VectorValue("no padding", 0) : _padding.Integer(packet, 63);
    }

    /// <summary>Throws when a name of this object or of one below it was never asked for.</summary>
    public void RequireAllRead()
    {
        foreach (string name in _members.Keys)
        {
            if (!_read.Contains(name))
            {
                throw new VectorFileException(PathOf(name), "this name is unknown.");
            }
        }

        foreach (VectorObject child in _children)
        {
            child.RequireAllRead();
        }
    }

    private VectorObject Add(VectorObject child)
    {
        _children.Add(child);
        return child;
    }

    private JsonElement Member(string name)
    {
        if (!_members.TryGetValue(name, out JsonElement element))
        {
            throw new VectorFileException(PathOf(name), "this value is missing.");
        }

        _read.Add(name);
        return element;
    }

    private JsonElement.ArrayEnumerator Array(string name)
    {
        JsonElement element = Member(name);
        if (element.ValueKind != JsonValueKind.Array)
        {
            throw new VectorFileException(PathOf(name), "an array is expected here.");
        }

        return element.EnumerateArray();
    }

    private static string Text(string path, JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.String)
        {
            throw new VectorFileException(path, "a string is expected here.");
        }

        return element.GetString();
    }

    private static byte[] Hex(string path, JsonElement element)
    {
        try
        {
            return Convert.FromHexString(Text(path, element));
        }
        catch (FormatException)
        {
            throw new VectorFileException(path, "this is not hex.");
        }
    }
}
