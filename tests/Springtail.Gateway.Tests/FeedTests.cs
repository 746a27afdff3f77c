using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.ServerSentEvents;
using System.Text;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Springtail.Gateway.Tests;

/// <summary>What the page is told of ten thousand devices.</summary>
[Collection(GatewayProcess.Inside)]
public sealed class FeedTests : IAsyncLifetime
{
    private const int Names = 10_000;
    private const int Busy = 20;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("springtail-feed-");
    private WebApplication? _app;

    private string Keys => Path.Combine(_folder.FullName, "keys");

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        if (_app != null)
        {
            await _app.DisposeAsync();
        }

        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Of_ten_thousand_devices_a_viewer_is_told_what_changes_of_the_rows_that_he_sees()
    {
        IPEndPoint place = GatewayProcess.NewPlace();
        string[] names = Load.NamesOf("d", Names);
        TestDevice.NewKeys(Keys, names);
        _app = await GatewayProcess.StartInsideAsync(_folder.FullName, place);
        Feed feed = _app.Services.GetRequiredService<Feed>();
        using CancellationTokenSource end = new();

        // All of the devices that speak are among the rows that are listed without a filter.
        using Load load = new(place.Address, Keys, names[..Busy], 50, new ChannelOptions { RendezvousPort = place.Port });
        Task playing = Task.Factory.StartNew(() => load.Play(() => end.IsCancellationRequested), TaskCreationOptions.LongRunning);
        await using IAsyncEnumerator<SseItem<string>> all = feed.ReadAsync(null, "", end.Token).GetAsyncEnumerator();
        await using IAsyncEnumerator<SseItem<string>> one = feed.ReadAsync(names[7], "d09", end.Token).GetAsyncEnumerator();
        await using IAsyncEnumerator<SseItem<string>> slow = feed.ReadAsync(names[7], "", end.Token).GetAsyncEnumerator();
        JsonElement first = await NextAsync(all);
        Assert.Equal(names[..Feed.MostRows], first.GetProperty("fleet").GetProperty("names").EnumerateArray().Select(n => n.GetString()));
        Assert.Equal(Names, first.GetProperty("fleet").GetProperty("matching").GetInt32());
        Assert.Equal(Feed.MostRows, first.GetProperty("fleet").GetProperty("rows").GetArrayLength());
        first = (await NextAsync(one)).GetProperty("fleet");
        Assert.Equal(1000, first.GetProperty("matching").GetInt32());
        Assert.All(first.GetProperty("names").EnumerateArray(), n => Assert.Contains("d09", n.GetString()));
        await NextAsync(slow);

        // Rows come again when they change: those of devices that do nothing never do.
        HashSet<string> online = [];
        long sent = load.Sent;
        for (int i = 0; i < 200 && (online.Count < Busy || load.Sent < sent + 500); i++)
        {
            JsonElement[] both = await Task.WhenAll(NextAsync(all), NextAsync(one));
            JsonElement news = both[0];
            Assert.InRange(news.ToString().Length, 0, 20_000);
            if (news.TryGetProperty("fleet", out JsonElement fleet))
            {
                Assert.False(fleet.TryGetProperty("names", out _));
                foreach (JsonElement row in fleet.TryGetProperty("rows", out JsonElement rows) ? rows.EnumerateArray() : [])
                {
                    Assert.Contains(row[0].GetString(), names[..Busy]);
                    if (row[1].GetString() == "online")
                    {
                        online.Add(row[0].GetString()!);
                    }
                }
            }

            // Of the thousand others this one is told nothing, and of his device what it sent.
            Assert.False(both[1].TryGetProperty("fleet", out fleet) && fleet.TryGetProperty("rows", out _));
        }

        Assert.Equal(Busy, online.Count);

        // Who has not listened meanwhile has cost nothing: what is kept of a device and of the log is the same for all, and bounded.
        DeviceHistory history = _app.Services.GetRequiredService<History>().Of(names[7], isWatched: true)!;
        LogHistory log = _app.Services.GetRequiredService<LogHistory>();
        for (int i = 0; i < 5000; i++)
        {
            history.Read(Encoding.ASCII.GetBytes("late " + i));
            log.Lines.Add(new LogLine(i, LogLevel.Information, "late " + i));
        }

        JsonElement late = await NextAsync(slow);
        Assert.Equal(500, late.GetProperty("log").GetArrayLength());
        Assert.InRange(late.GetProperty("device").GetProperty("readings").GetArrayLength(), 1, DeviceHistory.Kept);
        await end.CancelAsync();
        await playing;
        Assert.Equal((0, 0), (load.SessionsLost, load.Lost));
    }

    private static async Task<JsonElement> NextAsync(IAsyncEnumerator<SseItem<string>> events)
    {
        Assert.True(await events.MoveNextAsync());
        return JsonDocument.Parse(events.Current.Data).RootElement;
    }
}
