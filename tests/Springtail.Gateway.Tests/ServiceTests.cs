using System;
using System.Collections.Concurrent;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Springtail.Hosting;
using Xunit;

namespace Springtail.Gateway.Tests;

/// <summary>The gateway as systemd runs it, with a collector in OpenTelemetry's own environment.</summary>
[Collection(GatewayProcess.Inside)]
public sealed class ServiceTests : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("springtail-service-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Systemd_is_told_when_it_is_ready_alive_and_ending_and_a_collector_gets_metrics_and_traces()
    {
        ConcurrentQueue<string> posts = new();
        await using WebApplication collector = Collector(posts);
        await collector.StartAsync();
        string notify = Path.Combine(_folder.FullName, "notify");
        using Socket systemd = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        systemd.Bind(new UnixDomainSocketEndPoint(notify));

        // Who was started by a process of that name is its service.
        string parent = Path.Combine(_folder.FullName, "systemd");
        File.Copy(File.ResolveLinkTarget("/bin/sh", true)?.FullName ?? "/bin/sh", parent);
        IPEndPoint place = GatewayProcess.NewPlace();
        using GatewayProcess gateway = new("one", _folder.FullName, place, "--mqtt", "127.0.0.1:" + GatewayProcess.FreePort())
        {
            Configure = start =>
            {
                string[] command = [start.FileName, .. start.ArgumentList];
                start.FileName = parent;
                start.ArgumentList.Clear();
                foreach (string argument in (string[])["-c", "\"$@\" & child=$!; trap 'kill $child' TERM; wait; wait", "systemd", .. command])
                {
                    start.ArgumentList.Add(argument);
                }

                start.Environment["NOTIFY_SOCKET"] = notify;
                start.Environment["WATCHDOG_USEC"] = "400000";
                start.Environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Urls.Single();
                start.Environment["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf";
                start.Environment["OTEL_METRIC_EXPORT_INTERVAL"] = "300";
                start.Environment["OTEL_BSP_SCHEDULE_DELAY"] = "300";
            },
        };
        byte[] psk = TestDevice.NewKey(Path.Combine(_folder.FullName, "keys"), "boiler");
        await gateway.StartAsync();
        Assert.Equal("READY=1", Heard(systemd, "WATCHDOG=1"));
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal("WATCHDOG=1", Heard(systemd, ""));
        }

        await using (Channel device = await TestDevice.ConnectAsync(psk, place))
        {
            await device.SendAsync(new byte[] { 1 });
            Assert.True(await device.WaitForAcknowledgmentsAsync().AsTask().WaitAsync(s_patience));
        }

        Assert.True(SpinWait.SpinUntil(() => posts.Contains("/v1/metrics") && posts.Contains("/v1/traces"), s_patience), string.Join(' ', posts.Distinct()));

        gateway.Signal(GatewayProcess.SigTerm);
        Assert.Equal("STOPPING=1", Heard(systemd, "WATCHDOG=1"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_part_that_fails_ends_the_gateway_with_a_code_that_is_not_0_and_its_reason(bool isListener)
    {
        GatewaySettings settings = GatewaySettings.Read(
            ["--data", _folder.FullName, "--http", "off", "--mqtt", "127.0.0.1:" + GatewayProcess.FreePort(), "--bind", GatewayProcess.NewPlace().Address.ToString(), "--discovery-port", "0"], out _);
        await using WebApplication app = GatewayHost.Build(settings, services => services.AddHostedService(_ => new Failing { Fails = !isListener }));
        Task<string?> end = GatewayHost.WaitAsync(app);
        Task<int> running = Program.RunAsync(app, settings);
        if (isListener)
        {
            await Task.Delay(1000);
            Assert.False(running.IsCompleted);

            // As a listener does that fails.
            app.Services.GetRequiredService<HostedListener>().Dispose();
            app.Lifetime.StopApplication();
        }

        Assert.Equal(4, await running.WaitAsync(s_patience));
        Assert.Equal(isListener ? "the listener for devices has failed, as the log says" : "Failing has failed: it cannot go on", await end);
    }

    // The next message that is not the one that may come at any time.
    private static string Heard(Socket socket, string except)
    {
        byte[] buffer = new byte[256];
        socket.ReceiveTimeout = (int)s_patience.TotalMilliseconds;
        for (; ; )
        {
            string text = Encoding.ASCII.GetString(buffer, 0, socket.Receive(buffer));
            if (text != except)
            {
                return text;
            }
        }
    }

    private static WebApplication Collector(ConcurrentQueue<string> posts)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0));
        WebApplication app = builder.Build();
        app.Run(context =>
        {
            posts.Enqueue(context.Request.Path.Value!);
            return Task.CompletedTask;
        });
        return app;
    }

    private sealed class Failing : BackgroundService
    {
        public bool Fails { get; init; }

        protected override async Task ExecuteAsync(CancellationToken stoppingToken)
        {
            await Task.Delay(Fails ? 500 : Timeout.Infinite, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (Fails)
            {
                throw new InvalidOperationException("it cannot go on");
            }
        }
    }
}
