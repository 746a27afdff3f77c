using System.Text.Json;
using Springtail.Device;
using Xunit;

namespace Springtail.Tests.DeviceApp;

/// <summary>A reading says what a board knows of itself, in whole numbers and tenths, and leaves out what it does not know.</summary>
public class ReadingTests
{
    [Theory]
    [InlineData(Reading.Unknown, Reading.Unknown, "")]
    [InlineData(-61, Reading.Unknown, ",\"signal\":-61")]
    [InlineData(Reading.Unknown, 432, ",\"temperature\":43.2")]
    [InlineData(0, 0, ",\"signal\":0,\"temperature\":0.0")]
    [InlineData(-127, -5, ",\"signal\":-127,\"temperature\":-0.5")]
    [InlineData(-30, -400, ",\"signal\":-30,\"temperature\":-40.0")]
    public void Its_json_has_what_is_known(int signal, int temperature, string members)
    {
        string json = Reading.Json(86_400_999, 41208, signal, temperature);
        Assert.Equal("\"uptime\":86400,\"heap\":41208" + members, json);
        using JsonDocument parsed = JsonDocument.Parse("{" + json + "}");
        Assert.Equal(temperature != Reading.Unknown, parsed.RootElement.TryGetProperty("temperature", out JsonElement value));
        Assert.Equal(temperature == Reading.Unknown ? 0 : temperature, value.ValueKind == JsonValueKind.Undefined ? 0 : value.GetDecimal() * 10);
    }

    [Theory]
    [InlineData(Reading.Unknown, Reading.Unknown, "")]
    [InlineData(-61, 432, ", signal -61 dBm, chip 43.2 C")]
    [InlineData(-61, -5, ", signal -61 dBm, chip -0.5 C")]
    public void Its_text_has_what_is_known(int signal, int temperature, string more) =>
        Assert.Equal("up 9 s, 41208 bytes of heap free" + more, Reading.Text(9999, 41208, signal, temperature));
}
