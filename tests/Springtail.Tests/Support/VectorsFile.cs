using System;
using System.IO;
using System.Text.Json.Nodes;

namespace Springtail.Tests.Support;

/// <summary>The project's copy of the worked values of PROTOCOL.md.</summary>
public static class VectorsFile
{
    public static string Text { get; } = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "vectors", "vectors.json"));

    public static JsonNode Root { get; } = JsonNode.Parse(Text)!;

    /// <summary>A value by its place, as in "suite_1.parameters.client_key".</summary>
    public static JsonNode At(string path)
    {
        JsonNode node = Root;
        foreach (string name in path.Split('.'))
        {
            node = (int.TryParse(name, out int index) ? node[index] : node[name]) ?? throw new ArgumentException(path);
        }

        return node;
    }

    public static byte[] Bytes(string path) => Convert.FromHexString((string)At(path)!);

    /// <summary>The payload of a clear packet without its padding (PROTOCOL.md 3.4), which a section lists by the packet's name.</summary>
    public static byte[] Fields(string section, string packet) => Bytes($"{section}.{packet}")[26..^(16 + (int)Number($"{section}.padding.{packet}"))];

    public static string String(string path) => (string)At(path)!;

    /// <summary>A number, whether it stands as a JSON integer or as a decimal string.</summary>
    public static ulong Number(string path) => ulong.Parse(At(path).ToString());
}
