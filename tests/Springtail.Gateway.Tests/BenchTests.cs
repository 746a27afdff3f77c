using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Threading.Tasks;
using Springtail.Gateway.Bench;
using Xunit;

namespace Springtail.Gateway.Tests;

/// <summary>bench --gateway in its shortest form: that it measures what it says, not what comes of it on this machine.</summary>
public sealed class BenchTests
{
    [MosquittoFact]
    public async Task What_is_measured_went_through_the_gateway_and_none_is_missing()
    {
        using Process process = Process.Start(new ProcessStartInfo("dotnet", [typeof(GatewaySettings).Assembly.Location, "bench", "20", "1", "1000", "--json"]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, await error);
        Dictionary<string, double> figures = output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonDocument.Parse(l).RootElement)
            .ToDictionary(f => f.GetProperty("figure").GetString()!, f => f.GetProperty("value").GetDouble());
        Assert.Equal(20, figures["devices"]);
        Assert.InRange(figures["fleet_acknowledged"], 20, double.MaxValue);
        Assert.InRange(figures["busy_acknowledged"], 100, double.MaxValue);
        Assert.Equal((0, 0, 0), (figures["fleet_missing"], figures["busy_missing"], figures["fleet_sessions_lost"]));
        Assert.All(
            new[] { "fleet_core", "fleet_core_devices", "busy_core", "busy_messages_per_core_s", "tls_messages_per_s", "message_ratio", "message_ratio_device" },
            name => Assert.True(figures[name] > 0, $"{name} is {figures[name]}"));
    }
}
