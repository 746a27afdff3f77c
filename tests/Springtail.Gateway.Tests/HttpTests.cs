using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Text;
using System.Text.RegularExpressions;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using MQTTnet;
using MQTTnet.Formatter;
using Xunit;

namespace Springtail.Gateway.Tests;

/// <summary>What is answered over HTTP, to whom, and what is refused.</summary>
[Collection(GatewayProcess.Inside)]
public sealed class HttpTests : IAsyncLifetime
{
    private const string Password = "correct horse battery";

    private static readonly string[] s_paths = ["/", "/page.js", "/chart.js", "/page.css", "/icon.svg", "/uplot/uPlot.iife.min.js", "/uplot/uPlot.min.css", "/uplot/LICENSE", "/healthz", "/metrics"];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("springtail-http-");
    private readonly HttpClient _http = new();
    private WebApplication? _app;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        if (_app != null)
        {
            await _app.StopAsync();
            await _app.DisposeAsync();
        }

        _http.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task The_page_comes_with_a_policy_that_lets_nothing_else_in_and_only_under_this_hosts_name()
    {
        await StartAsync();
        foreach (string path in s_paths.Append("/no-such-page"))
        {
            using HttpResponseMessage answer = await _http.GetAsync(path);
            Assert.Equal(path == "/no-such-page" ? HttpStatusCode.NotFound : HttpStatusCode.OK, answer.StatusCode);
            string policy = answer.Headers.GetValues("Content-Security-Policy").Single();
            Assert.StartsWith("default-src 'none'; script-src 'self'; style-src 'self';", policy);
            Assert.Contains("frame-ancestors 'none'", policy);
            Assert.DoesNotContain("unsafe", policy);
            Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
            Assert.Equal("DENY", answer.Headers.GetValues("X-Frame-Options").Single());
            Assert.Equal("same-origin", answer.Headers.GetValues("Cross-Origin-Resource-Policy").Single());
        }

        // Nothing stands in the page that the policy would have to allow, and nothing is fetched from elsewhere.
        string page = await _http.GetStringAsync("/");
        Assert.DoesNotMatch("<style|style=|<script>|\\son[a-z]+=|//", page);
        Assert.Equal(2, Regex.Count(page, "<script src="));

        using HttpRequestMessage local = new(HttpMethod.Get, "/") { Headers = { Host = "localhost:8480" } };
        Assert.Equal(HttpStatusCode.OK, (await _http.SendAsync(local)).StatusCode);
        foreach (string path in s_paths.Append("/events"))
        {
            using HttpRequestMessage other = new(HttpMethod.Get, path) { Headers = { Host = "another.example" } };
            Assert.Equal(HttpStatusCode.BadRequest, (await _http.SendAsync(other)).StatusCode);
        }
    }

    [Fact]
    public async Task A_message_goes_down_from_the_page_and_from_no_other_site()
    {
        TestDevice.NewKey(Path.Combine(_folder.FullName, "keys"), "boiler");
        await StartAsync();
        string own = _http.BaseAddress!.ToString().TrimEnd('/');

        // With all that a page of another site can send, and a little more.
        Assert.Equal(HttpStatusCode.Forbidden, await DownAsync("boiler"));
        Assert.Equal(HttpStatusCode.Forbidden, await DownAsync("boiler", ("Origin", own)));
        Assert.Equal(HttpStatusCode.Forbidden, await DownAsync("boiler", ("Springtail-Page", "1"), ("Origin", "http://another.example")));
        Assert.Equal(HttpStatusCode.Forbidden, await DownAsync("boiler", ("Springtail-Page", "1"), ("Origin", "null")));
        Assert.Equal(HttpStatusCode.Forbidden, await DownAsync("boiler", ("Springtail-Page", "1"), ("Origin", "http://127.0.0.1:1")));
        Assert.Equal(HttpStatusCode.Forbidden, await DownAsync("boiler", ("Springtail-Page", "1"), ("Sec-Fetch-Site", "cross-site")));
        Assert.Equal(HttpStatusCode.Forbidden, await DownAsync("boiler", ("Springtail-Page", "1"), ("Sec-Fetch-Site", "same-site")));

        // From the page, to a device that has not connected, and to one that does not exist.
        (string, string)[] page = [("Springtail-Page", "1"), ("Origin", own), ("Sec-Fetch-Site", "same-origin")];
        Assert.Equal(HttpStatusCode.Conflict, await DownAsync("boiler", page));
        Assert.Equal(HttpStatusCode.Conflict, await DownAsync("boiler", ("Springtail-Page", "1")));
        Assert.Equal(HttpStatusCode.NotFound, await DownAsync("nobody", page));
        Assert.Equal(HttpStatusCode.NotFound, await DownAsync("a%2Fb", page));
        using HttpRequestMessage large = Down("boiler", page);
        large.Content = new ByteArrayContent(new byte[PageEndpoints.LongestDown + 1]);
        HttpResponseMessage refused = await _http.SendAsync(large);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, refused.StatusCode);
        Assert.Contains("16384 bytes", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);

        // No preflight of another site is answered with leave.
        using HttpRequestMessage preflight = new(HttpMethod.Options, "/down/boiler") { Headers = { { "Origin", "http://another.example" }, { "Access-Control-Request-Headers", "springtail-page" } } };
        Assert.DoesNotContain((await _http.SendAsync(preflight)).Headers, h => h.Key.StartsWith("Access-Control", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task With_a_password_nothing_is_answered_without_it()
    {
        string file = Path.Combine(_folder.FullName, "password");
        File.WriteAllText(file, Password + "\n");

        // A broker that is away besides: it is told, and the gateway runs.
        await StartAsync("--http-password-file", file, "--broker", $"mqtt://127.0.0.1:{GatewayProcess.FreePort()}");
        string[] wrong = ["", Password, ":", "any:", "any:correct", "any:" + Password + " ", "any:" + Password[..^1], Password + ":any"];
        foreach (string path in s_paths.Append("/events").Append("/no-such-page"))
        {
            Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(path, null));
            Assert.All(wrong, w => Assert.Equal(HttpStatusCode.Unauthorized, StatusAsync(path, Basic(w)).GetAwaiter().GetResult()));
            Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(path, "Basic %%%"));
            Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(path, "Bearer " + Basic("any:" + Password)[6..]));
        }

        Assert.Equal(HttpStatusCode.Unauthorized, await DownAsync("boiler", ("Springtail-Page", "1")));
        foreach (string path in s_paths)
        {
            Assert.Equal(HttpStatusCode.OK, await StatusAsync(path, Basic("any:" + Password)));
            Assert.Equal(HttpStatusCode.OK, await StatusAsync(path, Basic(":" + Password)));
        }

        using HttpRequestMessage request = new(HttpMethod.Get, "/healthz") { Headers = { { "Authorization", Basic("any:" + Password) } } };
        Assert.Equal("Degraded", await (await _http.SendAsync(request)).Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_data_folder_is_one_gateways_and_the_broker_inside_asks_for_the_password_that_it_was_given()
    {
        string file = Path.Combine(_folder.FullName, "password");
        File.WriteAllText(file, Password + "\n");
        int port = GatewayProcess.FreePort();
        string mqtt = $"127.0.0.1:{port}";
        await StartAsync("--mqtt", mqtt, "--user", "house", "--password-file", file);
        Exception second = await Assert.ThrowsAsync<IOException>(() => GatewayProcess.StartInsideAsync(_folder.FullName, GatewayProcess.NewPlace()));
        Assert.Contains("another gateway has it", second.Message);
        foreach ((string? user, string? password, bool isRight) in new (string?, string?, bool)[] { (null, null, false), ("house", "wrong", false), ("house", null, false), ("other", Password, false), ("house", Password, true) })
        {
            using IMqttClient client = new MqttClientFactory().CreateMqttClient();
            MqttClientOptionsBuilder options = new MqttClientOptionsBuilder().WithProtocolVersion(MqttProtocolVersion.V500).WithTcpServer("127.0.0.1", port);
            if (user != null)
            {
                options.WithCredentials(user, password);
            }

            Assert.Equal(isRight, (await client.ConnectAsync(options.Build())).ResultCode == MqttClientConnectResultCode.Success);
        }
    }

    [Fact]
    public async Task Viewers_are_bounded_and_those_who_go_make_room()
    {
        await StartAsync();
        Assert.Equal("Healthy", await HealthyAsync());
        string metrics = await _http.GetStringAsync("/metrics");
        Assert.Matches("(?m)^springtail_gateway_connected\\S* 1", metrics);
        Assert.Contains("springtail_gateway_waiting", metrics);
        Assert.Equal(HttpStatusCode.BadRequest, await StatusAsync("/events?device=a%2Fb", null));

        List<HttpResponseMessage> viewers = [];
        for (int i = 0; i < Feed.MostViewers; i++)
        {
            viewers.Add(await _http.GetAsync("/events", HttpCompletionOption.ResponseHeadersRead));
            Assert.Equal("text/event-stream", viewers[^1].Content.Headers.ContentType!.MediaType);
        }

        Assert.Equal(HttpStatusCode.ServiceUnavailable, await StatusAsync("/events", null));
        viewers.ForEach(v => v.Dispose());
        HttpStatusCode status = HttpStatusCode.ServiceUnavailable;
        for (int i = 0; i < 100 && status != HttpStatusCode.OK; i++)
        {
            await Task.Delay(50);
            using HttpResponseMessage again = await _http.GetAsync("/events", HttpCompletionOption.ResponseHeadersRead);
            status = again.StatusCode;
        }

        Assert.Equal(HttpStatusCode.OK, status);

        // A viewer who stays does not keep the gateway from its end.
        using HttpResponseMessage stays = await _http.GetAsync("/events", HttpCompletionOption.ResponseHeadersRead);
        using CancellationTokenSource patience = new(TimeSpan.FromSeconds(10));
        await _app!.StopAsync(patience.Token);
        Assert.False(patience.IsCancellationRequested);
    }

    private async Task<string> HealthyAsync()
    {
        string health = "";
        for (int i = 0; i < 100 && health != "Healthy"; i++)
        {
            await Task.Delay(50);
            health = await _http.GetStringAsync("/healthz");
        }

        return health;
    }

    private async Task<HttpStatusCode> StatusAsync(string path, string? authorization)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, path);
        if (authorization != null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", authorization);
        }

        using HttpResponseMessage answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        return answer.StatusCode;
    }

    private async Task<HttpStatusCode> DownAsync(string device, params (string Name, string Value)[] headers)
    {
        using HttpRequestMessage request = Down(device, headers);
        using HttpResponseMessage answer = await _http.SendAsync(request);
        return answer.StatusCode;
    }

    private static HttpRequestMessage Down(string device, (string Name, string Value)[] headers)
    {
        HttpRequestMessage request = new(HttpMethod.Post, "/down/" + device) { Content = new StringContent("open") };
        foreach ((string name, string value) in headers)
        {
            request.Headers.Add(name, value);
        }

        return request;
    }

    private static string Basic(string credentials) => "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(credentials));

    private async Task StartAsync(params string[] more)
    {
        _app = await GatewayProcess.StartInsideAsync(_folder.FullName, GatewayProcess.NewPlace(), ["--http", "127.0.0.1:0", .. more]);
        _http.BaseAddress = new Uri(_app.Urls.Single());
        if (!more.Contains("--broker"))
        {
            await HealthyAsync();
        }
    }
}
