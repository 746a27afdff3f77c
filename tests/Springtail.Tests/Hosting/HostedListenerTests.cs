using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.IO;
using System.Linq;
using System.Net;
using System.Security.Cryptography;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Springtail.Hosting;
using Xunit;

namespace Springtail.Tests.Hosting;

/// <summary>A listener in the generic host, over real UDP sockets on loopback: handlers that throw, that hang and that are cancelled harm nobody else.</summary>
public sealed class HostedListenerTests : IDisposable
{
    // More than a client takes to learn of the end of a listener that goes while the client tries a new handshake beside its session: 25 s, and what the last attempt
    // takes (PROTOCOL.md 14.1).
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly byte[] _one = RandomNumberGenerator.GetBytes(32);
    private readonly byte[] _two = RandomNumberGenerator.GetBytes(32);
    private readonly IPAddress _address = Loopback.Next();
    private readonly Script _script = new();
    private readonly Log _log = new();
    private IHost? _host;

    public void Dispose() => _host?.Dispose();

    [Fact]
    public async Task A_handler_that_throws_is_logged_and_the_channel_goes_on()
    {
        using MeterListener meters = new();
        long errors = 0;
        meters.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument is { Meter.Name: "Springtail", Name: "springtail.handler.errors" })
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        meters.SetMeasurementEventCallback<long>((_, value, _, _) => Interlocked.Add(ref errors, value));
        meters.Start();
        _script.Received = (channel, message, token) => message.Data.Span[0] == 0
            ? throw new InvalidDataException("a reading that is none")
            : channel.SendAsync(message.Data, token).AsTask();
        await Start();
        await using Channel near = await Connect(_one);
        await near.SendAsync(new byte[] { 0 });
        await near.SendAsync(new byte[] { 1 });
        Assert.Equal(1, await Receive(near));
        Assert.Contains(_log.Lines, l => l.Contains("a reading that is none"));
        Assert.Equal(1, Interlocked.Read(ref errors));
        Assert.Equal(HealthStatus.Healthy, await Health());
    }

    [Fact]
    public async Task A_handler_that_hangs_holds_up_its_own_channel_alone_and_is_cancelled_in_time()
    {
        ManualResetEventSlim let = new();
        TaskCompletionSource<CancellationToken> hangs = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _script.Received = async (channel, message, token) =>
        {
            if (message.Data.Span[0] == 0)
            {
                hangs.TrySetResult(token);
                await Task.Run(() => let.Wait(s_patience), CancellationToken.None);
            }

            await channel.SendAsync(message.Data, CancellationToken.None);
        };
        await Start(o => o.HandlerTimeout = TimeSpan.FromMilliseconds(300));
        await using Channel stuck = await Connect(_one);
        await using Channel other = await Connect(_two);
        await stuck.SendAsync(new byte[] { 0 });
        await stuck.SendAsync(new byte[] { 2 });
        CancellationToken token = await hangs.Task.WaitAsync(s_patience);
        await other.SendAsync(new byte[] { 1 });
        Assert.Equal(1, await Receive(other));
        Assert.True(SpinWait.SpinUntil(() => token.IsCancellationRequested, s_patience));
        Assert.True(SpinWait.SpinUntil(() => Health().Result == HealthStatus.Degraded, s_patience));

        let.Set();
        Assert.Equal(0, await Receive(stuck));
        Assert.Equal(2, await Receive(stuck));
        Assert.True(SpinWait.SpinUntil(() => Health().Result == HealthStatus.Healthy, s_patience));
    }

    [Fact]
    public async Task A_host_that_stops_lets_handlers_finish_and_closes_in_order()
    {
        TaskCompletionSource begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _script.Received = async (channel, message, token) =>
        {
            begun.TrySetResult();
            await Task.Delay(300, token);
            await channel.SendAsync(message.Data, token);
        };
        await Start();
        Channel near = await Connect(_one);
        await near.SendAsync(new byte[] { 7 });
        await begun.Task.WaitAsync(s_patience);
        Task stopping = _host!.StopAsync();
        Assert.Equal(7, await Receive(near));
        Assert.Equal(ReceiveOutcome.Ended, (await near.ReceiveAsync().AsTask().WaitAsync(s_patience)).Outcome);
        Assert.Equal(EndReason.Closed, near.Status.EndReason);
        await stopping.WaitAsync(s_patience);
        Assert.Equal(["connected one", "ended one Closed"], _script.Events);
        Assert.Equal(HealthStatus.Unhealthy, await Health());
        await near.DisposeAsync();
    }

    [Fact]
    public async Task A_host_with_a_state_folder_that_starts_again_goes_on_with_its_channels()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("springtail-hosting-");
        try
        {
            TaskCompletionSource begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
            _script.Received = async (channel, message, token) =>
            {
                begun.TrySetResult();
                await Task.Delay(200, token);
                await channel.SendAsync(message.Data, token);
            };
            await Start(o => o.Channel.State = new StateFolder(folder.FullName));
            using Channel near = await Connect(_one);
            for (byte i = 0; i < 4; i++)
            {
                await near.SendAsync(new[] { i });
            }

            // One is being handled, and the others wait: they are the next host's.
            await begun.Task.WaitAsync(s_patience);
            await _host!.StopAsync().WaitAsync(s_patience);
            Assert.Equal(["connected one", "ended one Closed"], _script.Events);
            _host.Dispose();
            await near.SendAsync(new byte[] { 4 });
            await Start(o => o.Channel.State = new StateFolder(folder.FullName));
            for (byte i = 0; i < 5; i++)
            {
                Assert.Equal(i, await Receive(near));
            }

            Assert.Equal(3, _script.Events.Count);
            await _host!.StopAsync().WaitAsync(s_patience);
            Assert.Equal(2, _log.Lines.Count(l => l.Contains("one has ended: Closed")));
            Assert.DoesNotContain(_log.Lines, l => l.Contains("EndedHere"));
            Assert.Contains(_log.Lines, l => l.Contains("one was kept over the restart"));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task A_handler_that_is_still_busy_when_the_host_waits_no_longer_is_cancelled()
    {
        TaskCompletionSource<CancellationToken> begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _script.Received = async (_, _, token) =>
        {
            begun.TrySetResult(token);
            await Task.Delay(Timeout.Infinite, token);
        };
        await Start();
        await using Channel near = await Connect(_one);
        await near.SendAsync(new byte[] { 7 });
        CancellationToken token = await begun.Task.WaitAsync(s_patience);
        Stopwatch time = Stopwatch.StartNew();
        using CancellationTokenSource enough = new(500);
        await _host!.StopAsync(enough.Token).WaitAsync(s_patience);
        Assert.True(token.IsCancellationRequested);
        Assert.True(time.Elapsed < TimeSpan.FromSeconds(15));
        Assert.Equal(ReceiveOutcome.Ended, (await near.ReceiveAsync().AsTask().WaitAsync(s_patience)).Outcome);
    }

    [Fact]
    public async Task Keys_come_from_the_configuration_and_from_a_folder_and_name_the_peers()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("springtail-hosting-");
        try
        {
            PskFile.Write(Path.Combine(folder.FullName, "boiler"), _one);
            _script.Received = (channel, message, token) => channel.SendAsync(message.Data, token).AsTask();
            await Start(o => o.Keys.Clear(), new() { ["Springtail:KeyFolder"] = folder.FullName, ["Springtail:Channel:SessionsPerPsk"] = "1" });
            await using Channel near = await Connect(_one);
            HostedListener listener = _host!.Services.GetRequiredService<HostedListener>();
            Assert.True(SpinWait.SpinUntil(() => listener.Find("boiler") != null, s_patience));
            Assert.Null(listener.Find("one"));
            await listener.Find("boiler")!.SendAsync(new byte[] { 3 });
            Assert.Equal(3, await Receive(near));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void What_is_wrong_with_the_keys_or_the_handler_is_said_at_once()
    {
        Assert.Throws<IOException>(() => Start(o => o.KeyFolder = "/there/is/none").GetAwaiter().GetResult());
        Assert.Throws<IOException>(() => Start(o => o.Keys["bad"] = "xy").GetAwaiter().GetResult());
        Assert.Throws<InvalidOperationException>(() => Host.CreateEmptyApplicationBuilder(null).Services.AddSpringtailListener().Services.AddSpringtailListener());
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddSpringtailListener();
        using IHost host = builder.Build();
        Assert.Throws<InvalidOperationException>(() => host.Start());
    }

    private async Task Start(Action<SpringtailListenerOptions>? configure = null, Dictionary<string, string?>? settings = null)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(settings ?? []);
        builder.Logging.AddProvider(_log);
        builder.Services.AddSingleton<IChannelHandler>(_script);
        builder.Services.AddSpringtailListener(o =>
        {
            o.Channel.LocalAddress = _address;
            o.Channel.DiscoveryPort = 0;
            o.Keys["one"] = Convert.ToHexString(_one);
            o.Keys["two"] = Convert.ToHexString(_two);
            configure?.Invoke(o);
        });
        builder.Services.AddHealthChecks().AddSpringtailListener();
        _host = builder.Build();
        await _host.StartAsync();
    }

    private Task<Channel> Connect(byte[] psk) =>
        Channel.ConnectAsync(_address.ToString(), new ChannelOptions { Psk = psk, Suite = 2, DiscoveryPort = 0, LocalAddress = Loopback.Next() });

    private static async Task<int> Receive(Channel channel) => (await channel.ReceiveAsync().AsTask().WaitAsync(s_patience)).Message.Data.Span[0];

    private async Task<HealthStatus> Health() => (await _host!.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync()).Status;

    private sealed class Script : IChannelHandler
    {
        public Func<Channel, ChannelMessage, CancellationToken, Task> Received { get; set; } = (_, _, _) => Task.CompletedTask;

        public ConcurrentQueue<string> Events { get; } = new();

        public Task ConnectedAsync(Channel channel, CancellationToken cancellationToken)
        {
            Events.Enqueue("connected " + channel.Status.KeyName);
            return Task.CompletedTask;
        }

        public Task ReceivedAsync(Channel channel, ChannelMessage message, CancellationToken cancellationToken) => Received(channel, message, cancellationToken);

        public Task EndedAsync(Channel channel, ChannelStatus status)
        {
            Events.Enqueue($"ended {status.KeyName} {status.EndReason}");
            return Task.CompletedTask;
        }
    }

    private sealed class Log : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> Lines { get; } = new();

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Dispose()
        {
        }

        void ILogger.Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Enqueue(formatter(state, exception) + " " + exception?.Message);
    }
}
