using System;
using System.Collections.Concurrent;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading.Tasks;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Springtail.Gateway.Tests;

/// <summary>The page in a real browser. With SPRINGTAIL_PICTURES, a folder, its pictures are made there (tools/Springtail.Gateway/README.md).</summary>
public sealed class BrowserTests(Browser browser) : IClassFixture<Browser>
{
    private static readonly LocatorAssertionsToBeVisibleOptions s_visible = new() { Timeout = 15_000 };
    private static readonly LocatorAssertionsToContainTextOptions s_contains = new() { Timeout = 15_000 };

    private readonly ConcurrentQueue<string> _complaints = new();

    [BrowserFact]
    public async Task Values_appear_and_the_ports_of_both_sides_hop_window_by_window()
    {
        IPage page = await OpenAsync("boiler");
        await Expect(page.Locator("#states")).ToContainTextAsync("3 online", s_contains);
        await Expect(page.Locator("#states")).ToContainTextAsync("1 not seen");
        await Expect(page.Locator("#gateway")).ToHaveTextAsync("house");
        await Expect(page.Locator("#health")).ToHaveTextAsync("The broker answers.");
        foreach (string field in new[] { "temperature", "heap", "uptime", "signal" })
        {
            await Expect(page.GetByRole(AriaRole.Img, new() { NameRegex = new($"^{field} over time: {field} -?[0-9]") })).ToBeVisibleAsync(s_visible);
        }

        // Live: the seconds of uptime go on.
        ILocator uptime = page.Locator("#readings figure", new() { HasText = "uptime" }).Locator("b");
        int first = int.Parse(await uptime.InnerTextAsync());
        await page.WaitForFunctionAsync($"() => [...document.querySelectorAll('#readings figure')].some(f => f.textContent.startsWith('uptime') && Number(f.querySelector('b').textContent) > {first})");
        await Expect(page.Locator("#messages li").First).ToContainTextAsync("\"temperature\":");
        await Expect(page.Locator("#lines")).ToContainTextAsync("boiler is connected");

        // Six windows, the latest first, with other ports on both sides.
        await Expect(page.Locator("#windows tr")).ToHaveCountAsync(6, new() { Timeout = 15_000 });
        string[][] windows = [];
        long[] steps = [];
        for (int i = 0; i < 40 && steps.Count(step => step == 1) < 4; i++)
        {
            // A machine that is busy may let one pass unseen.
            await Task.Delay(500);
            windows = await page.EvaluateAsync<string[][]>("() => [...document.querySelectorAll('#windows tr')].map(row => [...row.cells].map(cell => cell.textContent))");
            steps = [.. windows.Zip(windows.Skip(1), (later, earlier) => long.Parse(later[0]) - long.Parse(earlier[0]))];
            Assert.All(steps, step => Assert.InRange(step, 1, 100));
        }

        Assert.InRange(steps.Count(step => step == 1), 4, 5);
        Assert.InRange(windows.Select(w => w[2]).Distinct().Count(), 3, 6);
        Assert.InRange(windows.Select(w => w[3]).Distinct().Count(), 3, 6);

        // Something is drawn in each chart.
        Assert.True(await page.EvaluateAsync<bool>(
            """
            () => [...document.querySelectorAll("canvas")].length >= 7 && [...document.querySelectorAll("canvas")].every(c =>
                new Uint32Array(c.getContext("2d").getImageData(0, 0, c.width, c.height).data.buffer).some(p => p !== 0))
            """));
        await EndAsync(page);
    }

    [BrowserFact]
    public async Task What_a_device_sends_is_text_and_nothing_of_it_runs()
    {
        IPage page = await OpenAsync(Browser.LongName);
        ILocator messages = page.Locator("#messages");
        foreach (string text in Browser.Mischief[..3])
        {
            await Expect(messages).ToContainTextAsync(text, s_contains);
        }

        await Expect(messages).ToContainTextAsync("0xff0080");
        await Expect(messages).ToContainTextAsync("600 bytes");
        await Expect(page.Locator("#readings")).ToContainTextAsync("<img src=x onerror=document.title='ran'>");
        await Expect(page.Locator("#readings")).ToContainTextAsync("__proto__");
        await Expect(page.Locator("#readings")).ToContainTextAsync("constructor");
        Assert.Equal(0, await page.Locator("main script, img").CountAsync());
        Assert.Equal("Springtail gateway", await page.TitleAsync());
        Assert.Empty(_complaints);

        // What would have run if it were markup: the policy does not let it in, and says so.
        await page.EvaluateAsync("() => { const s = document.createElement('script'); try { s.textContent = \"document.title = 'ran'\"; document.body.append(s); } catch {} }");
        Assert.True(await page.EvaluateAsync<bool>("text => { try { document.body.innerHTML = text; return false; } catch { return true; } }", Browser.Mischief[1]));
        Assert.Equal("Springtail gateway", await page.TitleAsync());
        Assert.NotEmpty(_complaints);
        await page.CloseAsync();
    }

    [BrowserFact]
    public async Task It_fits_a_phone_and_80_columns_and_a_wide_screen()
    {
        IPage page = await OpenAsync(Browser.LongName);
        await Expect(page.Locator("#messages")).ToContainTextAsync("600 bytes", s_contains);
        await Expect(page.Locator("#windows tr")).ToHaveCountAsync(6, new() { Timeout = 15_000 });
        foreach (int width in new[] { 320, 390, 640, 1000, 1600 })
        {
            await page.SetViewportSizeAsync(width, 800);
            await page.EvaluateAsync("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))");
            string[] wide = await page.EvaluateAsync<string[]>(
                """
                () => [...document.querySelectorAll("body *:not(.skip)")].filter(e => e.getBoundingClientRect().right > innerWidth + 0.5).map(e => e.tagName + "." + e.className)
                """);
            Assert.True(wide.Length == 0, $"{width}: {string.Join(' ', wide.Take(5))}");
            Assert.Equal(width, await page.EvaluateAsync<int>("() => document.documentElement.scrollWidth"));
        }

        await EndAsync(page);
    }

    [BrowserFact]
    public async Task It_is_dark_or_light_as_the_system_is_and_readable_in_both()
    {
        IPage page = await OpenAsync("boiler");
        await Expect(page.Locator("#windows tr")).ToHaveCountAsync(6, new() { Timeout = 15_000 });
        string? pictures = Environment.GetEnvironmentVariable("SPRINGTAIL_PICTURES");
        if (!string.IsNullOrEmpty(pictures))
        {
            await Task.Delay(45_000);
        }

        double[] grounds = new double[2];
        byte[][] shots = new byte[2][];
        foreach ((int place, ColorScheme scheme, string name, int width, int height) in new[] { (0, ColorScheme.Dark, "dark-wide", 1160, 960), (1, ColorScheme.Light, "light-phone", 390, 1250) })
        {
            await page.EmulateMediaAsync(new() { ColorScheme = scheme });
            await page.SetViewportSizeAsync(width, height);
            await page.EvaluateAsync("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))");

            // WCAG's contrast of text, and of quiet text, to its ground.
            double[] light = await page.EvaluateAsync<double[]>(
                """
                () => {
                  const light = colour => {
                    const [r, g, b] = colour.match(/\d+/g).map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
                    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
                  };
                  const of = (selector, what) => light(getComputedStyle(document.querySelector(selector))[what]);
                  return [of("html", "backgroundColor"), of("html", "color"), of("h3", "color"), of("#rows a", "color"), of(".lines", "backgroundColor"), of(".lines time", "color")];
                }
                """);
            grounds[place] = light[0];
            Assert.All([(light[0], light[1]), (light[0], light[2]), (light[0], light[3]), (light[4], light[5])], pair => Assert.InRange(Contrast(pair), 4.5, 21));
            shots[place] = await page.ScreenshotAsync(string.IsNullOrEmpty(pictures) ? new() : new() { Path = Path.Combine(pictures, name + ".png") });
        }

        Assert.InRange(grounds[0], 0, 0.05);
        Assert.InRange(grounds[1], 0.8, 1);
        Assert.NotEqual(shots[0], shots[1]);
        await EndAsync(page);
    }

    [BrowserFact]
    public async Task A_message_goes_down_by_the_keyboard_alone()
    {
        IPage page = await OpenAsync("garden");
        await Expect(page.Locator("#rows tr")).ToHaveCountAsync(4, new() { Timeout = 15_000 });

        // From the filter to the one device that it leaves, from there to the box, in the order of the page.
        await page.GetByLabel("Show names with").FillAsync("BOI");
        await Expect(page.Locator("#rows tr")).ToHaveCountAsync(1);
        await page.Keyboard.PressAsync("Tab");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("#device-title")).ToHaveTextAsync("boiler");
        await Expect(page.Locator("#rows tr[aria-current]")).ToHaveTextAsync(new System.Text.RegularExpressions.Regex("^boiler"));
        await page.Keyboard.PressAsync("Tab");
        await Expect(page.GetByLabel("Message to the device")).ToBeFocusedAsync();
        await page.Keyboard.TypeAsync("valve 40 % <b>");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("#down-result")).ToContainTextAsync("On its way", s_contains);
        ReceiveResult received = await browser.Boiler.ReceiveAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(15));
        Assert.Equal("valve 40 % <b>", Encoding.UTF8.GetString(received.Message.Data.Span));
        Assert.Equal("", await page.GetByLabel("Message to the device").InputValueAsync());

        // To one that has never connected: the page says why not.
        await page.GetByLabel("Show names with").FillAsync("attic");
        await page.GetByRole(AriaRole.Link, new() { Name = "attic" }).ClickAsync();
        await page.GetByLabel("Message to the device").FillAsync("nobody there");
        int before = _complaints.Count;
        await page.GetByRole(AriaRole.Button, new() { Name = "Send down" }).ClickAsync();
        await Expect(page.Locator("#down-result")).ToContainTextAsync("it must connect once", s_contains);
        Assert.All(_complaints.Skip(before), c => Assert.Contains("409", c));
        _complaints.Clear();
        await EndAsync(page);
    }

    [BrowserFact]
    public async Task Of_many_devices_those_that_a_filter_leaves_are_shown_and_never_all()
    {
        const int names = 10_000;
        DirectoryInfo folder = Directory.CreateTempSubdirectory("springtail-many-");
        try
        {
            string keys = Path.Combine(folder.FullName, "keys");
            TestDevice.NewKeys(keys, Load.NamesOf("d", names));
            using GatewayProcess gateway = new(
                "many", folder.FullName, GatewayProcess.NewPlace(), "--mqtt", "127.0.0.1:" + GatewayProcess.FreePort(), "--http", "127.0.0.1:0");
            await gateway.StartAsync();
            IPage page = await browser.Chromium.NewPageAsync();
            await page.GotoAsync(gateway.Page.ToString());
            await Expect(page.Locator("#rows tr")).ToHaveCountAsync(Feed.MostRows, new() { Timeout = 15_000 });
            await Expect(page.Locator("#more")).ToContainTextAsync($"of {names} are shown");
            await page.GetByLabel("Show names with").FillAsync("0999");
            await Expect(page.Locator("#rows tr")).ToHaveTextAsync([.. Enumerable.Range(9990, 10).Select(i => new System.Text.RegularExpressions.Regex($"^d0{i}not seen$")).Prepend(new("^d00999not seen$"))]);
            await page.CloseAsync();
            gateway.Kill();
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static double Contrast((double One, double Other) pair) => (Math.Max(pair.One, pair.Other) + 0.05) / (Math.Min(pair.One, pair.Other) + 0.05);

    private async Task<IPage> OpenAsync(string device)
    {
        IPage page = await browser.Chromium.NewPageAsync();
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
            {
                _complaints.Enqueue(message.Text);
            }
        };
        page.PageError += (_, error) => _complaints.Enqueue(error);
        page.RequestFailed += (_, request) =>
        {
            if (!request.Url.Contains("/events"))
            {
                _complaints.Enqueue(request.Url);
            }
        };
        IResponse? answer = await page.GotoAsync(browser.Page + "#" + device);
        Assert.StartsWith("default-src 'none'", answer!.Headers["content-security-policy"]);
        return page;
    }

    private async Task EndAsync(IPage page)
    {
        Assert.Empty(_complaints);
        await page.CloseAsync();
    }
}
