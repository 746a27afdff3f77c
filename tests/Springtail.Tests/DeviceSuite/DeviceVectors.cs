using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Json;
using Xunit;

namespace Springtail.Tests.DeviceSuite;

/// <summary>
/// tests/NFUnitTest/Vectors.cs holds the few values of vectors.json that run on the device too, as C#, since there is no JSON there. It is made from
/// the file: this test says when it no longer is, and with SPRINGTAIL_WRITE_VECTORS=1 writes it.
/// </summary>
public class DeviceVectors
{
    // Byte strings unless a type is named.
    private static readonly string[] s_paths =
    [
        "long_term.psk", "long_term.daily_key", "ulong long_term.utc_ms",
        "ulong rendezvous.0.r", "int rendezvous.0.port",
        "suite_1.client_private", "suite_1.client_public", "suite_1.server_private", "suite_1.shared_secret", "uint suite_1.parameters.client_sequence",
        "suite_1.parameters.session_key", "suite_1.parameters.client_key", "suite_1.session_mask_key", "suite_1.data", "suite_1.data_message", "suite_1.on_the_wire.data",
        "suite_2.client_private", "suite_2.client_public", "suite_2.server_private", "suite_2.server_public", "suite_2.shared_secret", "suite_2.handshake_key", "suite_2.syn",
        "suite_2.on_the_wire.syn", "suite_2.handshake_mask_key", "suite_2.transcript", "suite_2.confirm", "uint suite_2.parameters.client_sequence",
        "int suite_2.parameters.client_port_offset", "int suite_2.parameters.server_port_offset", "ushort suite_2.parameters.time_sync_offset",
        "suite_2.parameters.session_key", "suite_2.parameters.client_key", "suite_2.parameters.server_key", "suite_2.session_mask_key", "suite_2.hop_key",
        "suite_2.data", "suite_2.data_message", "suite_2.on_the_wire.data", "suite_2.data_past_2_32",
        "ulong suite_2.ports.0.w", "int suite_2.ports.0.client", "int suite_2.ports.0.server", "int suite_2.ports.0.server_40000_1000",
        "suite_5.w", "suite_5.client_private", "suite_5.client_public", "suite_5.server_private", "suite_5.server_public", "suite_5.shared_secret",
        "emergency.emergency_key", "emergency.iv", "emergency.payload", "emergency.request",
        "hop_past_32_bits.hop_key", "ulong hop_past_32_bits.w", "int hop_past_32_bits.port",
    ];

    [Fact]
    public void TheDevicesVectorsAreThoseOfTheFile()
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "vectors", "vectors.json")));
        string expected = Source(document.RootElement);
        string path = Path.Combine(AppContext.BaseDirectory, "NFUnitTest", "Vectors.cs");
        if (Environment.GetEnvironmentVariable("SPRINGTAIL_WRITE_VECTORS") is "1")
        {
            path = Path.Combine(Checkout(), "tests", "NFUnitTest", "Vectors.cs");
            File.WriteAllText(path, expected);
        }

        Assert.Equal(expected, File.ReadAllText(path).ReplaceLineEndings("\n"));
    }

    private static string Source(JsonElement root)
    {
        StringBuilder source = new();
        source.Append("#nullable disable\nnamespace NFUnitTest;\n\n/// <summary>Values of tests/vectors/vectors.json. Made from it by the desktop test DeviceVectors.</summary>\ninternal static class Vectors\n{\n");
        foreach (string entry in s_paths)
        {
            string[] parts = entry.Split(' ');
            string path = parts[^1];
            string type = parts.Length == 1 ? "string" : parts[0];
            string value = Value(root, path);
            source.Append($"    public const {type} {Name(path)} = {(type == "string" ? $"\"{value}\"" : value)};\n");
        }

        return source.Append("}\n").ToString();
    }

    private static string Value(JsonElement element, string path)
    {
        foreach (string step in path.Split('.'))
        {
            element = int.TryParse(step, out int index) ? element[index] : element.GetProperty(step);
        }

        return element.ValueKind == JsonValueKind.String ? element.GetString()! : element.GetRawText();
    }

    // suite_2.on_the_wire.data is Suite2OnTheWireData, suite_2.ports.0.w Suite2PortsW.
    private static string Name(string path)
    {
        IEnumerable<string> words = path.Replace("ports.0.", "ports.", StringComparison.Ordinal).Split('.', '_');
        return string.Concat(words.Select(word => char.ToUpperInvariant(word[0]) + word[1..]));
    }

    internal static string Checkout()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder != null && !File.Exists(Path.Combine(folder, "nf.sln")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return folder ?? throw new InvalidOperationException("Not inside the checkout.");
    }
}
