using System;
using System.Collections.Generic;
using System.Text.Json;

namespace Springtail.Gateway;

/// <summary>Tells Home Assistant of readings, by its own scheme of discovery (retained messages under homeassistant/sensor).</summary>
internal static class HomeAssistant
{
    private const int MostFields = 64;

    // Fields that mean the same everywhere; others have no unit.
    private static readonly Dictionary<string, (string? Class, string Unit)> s_units = new()
    {
        ["temperature"] = ("temperature", "°C"),
        ["humidity"] = ("humidity", "%"),
        ["signal"] = ("signal_strength", "dBm"),
        ["uptime"] = ("duration", "s"),
        ["heap"] = ("data_size", "B"),
    };

    /// <summary>Looks through a message: each number of a JSON object that was not seen before becomes a sensor.</summary>
    /// <param name="device">Who sent it.</param>
    /// <param name="message">The message.</param>
    /// <param name="link">The broker.</param>
    /// <param name="described">The device's fields that are told already.</param>
    public static void Describe(string device, ReadOnlySpan<byte> message, BrokerLink link, HashSet<string> described)
    {
        if (message.IsEmpty || message[0] != '{' || described.Count >= MostFields)
        {
            return;
        }

        try
        {
            Utf8JsonReader reader = new(message);
            using JsonDocument json = JsonDocument.ParseValue(ref reader);
            foreach (JsonProperty field in json.RootElement.EnumerateObject())
            {
                if (field.Value.ValueKind == JsonValueKind.Number && DeviceName.IsValid(field.Name) && !field.Name.Contains('.') && described.Count < MostFields && described.Add(field.Name))
                {
                    link.SetState($"homeassistant/sensor/{Node(device)}/{field.Name}/config", Config(device, field.Name));
                }
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // A reading that is no JSON, or has a name that is no text, goes up as it is.
        }
    }

    /// <summary>
    /// A device's level in the topic, where Home Assistant allows letters, digits, hyphens and underscores alone: no two devices have the same. A name with a dot
    /// has another beginning, and in it _- stands for the dot and __ for an underscore.
    /// </summary>
    public static string Node(string device) => device.Contains('.') ? "springtail-" + device.Replace("_", "__").Replace(".", "_-") : "springtail_" + device;

    /// <summary>By what Home Assistant knows a sensor: no two fields of any devices have the same. What follows the last underscore is the field; one that has an underscore itself follows a slash.</summary>
    public static string Sensor(string device, string field) => $"springtail_{device}{(field.Contains('_') ? '/' : '_')}{field}";

    private static byte[] Config(string device, string field)
    {
        Dictionary<string, object> config = new()
        {
            ["name"] = field,
            ["unique_id"] = Sensor(device, field),
            ["state_topic"] = Topics.Up(device),
            ["value_template"] = $"{{{{ value_json['{field}'] }}}}",
            ["state_class"] = "measurement",
            ["device"] = new Dictionary<string, object> { ["identifiers"] = new[] { "springtail_" + device }, ["name"] = device, ["manufacturer"] = "Springtail" },
        };
        if (s_units.TryGetValue(field, out (string? Class, string Unit) unit))
        {
            config["device_class"] = unit.Class!;
            config["unit_of_measurement"] = unit.Unit;
        }

        return JsonSerializer.SerializeToUtf8Bytes(config);
    }
}
