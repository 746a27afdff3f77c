using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Playwright;
using Springtail.Packets;
using Xunit;

namespace Springtail.Gateway.Tests;

/// <summary>A test that needs a browser.</summary>
internal sealed class BrowserFactAttribute : FactAttribute
{
    public BrowserFactAttribute()
    {
        if (Browser.Path == null)
        {
            Skip = "chromium is not there (apt install chromium)";
        }
    }
}

/// <summary>A headless Chromium, and a gateway with three devices for it to look at.</summary>
public sealed class Browser : IAsyncLifetime
{
    /// <summary>What a device sends that would run if it were markup.</summary>
    public static readonly string[] Mischief =
    [
        "<script>document.title = 'ran'</script>",
        "<img src=x onerror=\"document.title = 'ran'\">",
        "{\"<img src=x onerror=document.title='ran'>\": 5, \"__proto__\": 6, \"constructor\": 7}",
        new string('W', 600),
    ];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("springtail-page-");
    private readonly CancellationTokenSource _end = new();
    private readonly List<Task> _sending = [];
    private GatewayProcess? _gateway;
    private IPlaywright? _playwright;

    /// <summary>Debian's, or another under these names; null for none.</summary>
    public static string? Path => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(System.IO.Path.PathSeparator)
        .SelectMany(folder => new[] { "chromium", "chromium-browser", "google-chrome" }.Select(name => System.IO.Path.Combine(folder, name)))
        .FirstOrDefault(File.Exists);

    /// <summary>The longest name that a device may have.</summary>
    public const string LongName = "pump-of-the-heating-circuit-in-the-south-wing-second-floor-no-17";

    public IBrowser Chromium { get; private set; } = null!;

    public string Page { get; private set; } = "";

    /// <summary>The device "boiler", which hops too.</summary>
    public Channel Boiler { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        if (Path == null)
        {
            return;
        }

        string keys = System.IO.Path.Combine(_folder.FullName, "keys");
        string[] names = ["boiler", "garden", LongName];
        byte[][] psks = [.. names.Select(n => TestDevice.NewKey(keys, n))];
        TestDevice.NewKey(keys, "attic");
        IPEndPoint place = GatewayProcess.NewPlace();
        _gateway = new("house", _folder.FullName, place, "--mqtt", "127.0.0.1:" + GatewayProcess.FreePort(), "--http", "127.0.0.1:0");
        Task gateway = _gateway.StartAsync();
        _playwright = await Playwright.CreateAsync();
        Chromium = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = Path, Args = ["--no-sandbox"] });
        await gateway;
        Page = _gateway.Page.ToString();
        Boiler = await TestDevice.ConnectAsync(psks[0], place, features: Features.ClientHops);
        Channel garden = await TestDevice.ConnectAsync(psks[1], place, features: Features.ClientHops);
        Channel mischief = await TestDevice.ConnectAsync(psks[2], place);
        _sending.Add(SendAsync(Boiler, i => Reading(61 + 4 * Math.Sin(i / 19.0) + Noise(i), 48_300 - 40 * (i % 90) + 300 * Noise(i + 9), i, -58 + Noise(i + 5) * 4)));
        _sending.Add(SendAsync(garden, i => Reading(12 + Math.Sin(i / 31.0), 51_000 - 90 * (i % 5), i, -71 + Noise(i) * 6)));
        byte[][] turns = [.. Mischief.Select(Encoding.UTF8.GetBytes), [0xff, 0x00, 0x80], "5"u8.ToArray()];
        _sending.Add(SendAsync(mischief, i => turns[i % turns.Length]));
    }

    public async Task DisposeAsync()
    {
        await _end.CancelAsync();
        if (Chromium != null)
        {
            await Chromium.DisposeAsync();
        }

        _playwright?.Dispose();
        await Task.WhenAll(_sending);
        _gateway?.Dispose();
        _folder.Delete(recursive: true);
    }

    // Repeatable, from -0.5 to 0.5.
    private static double Noise(int i) => new Random(i).NextDouble() - 0.5;

    private static byte[] Reading(double temperature, double heap, int uptime, double signal) =>
        Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{{\"temperature\":{temperature:0.0},\"heap\":{heap:0},\"uptime\":{uptime},\"signal\":{signal:0}}}"));

    private async Task SendAsync(Channel channel, Func<int, byte[]> reading)
    {
        try
        {
            for (int i = 0; !_end.IsCancellationRequested; i++)
            {
                await channel.SendAsync(reading(i));
                await Task.Delay(250);
            }
        }
        catch (SpringtailException)
        {
            // The test that looks for what it sends fails.
        }

        channel.Dispose();
    }
}
