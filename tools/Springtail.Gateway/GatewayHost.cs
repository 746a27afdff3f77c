using System;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Systemd;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using Springtail.Hosting;

namespace Springtail.Gateway;

/// <summary>Puts the gateway together in a host.</summary>
internal static class GatewayHost
{
    /// <summary>How many messages of a device may be on their way to the disk; then its window closes.</summary>
    private const int HeldPerDevice = 64;

    // Over HTTP: a page takes up to six, and viewers have a bound of their own.
    private const int MostConnections = 128;

    /// <param name="settings">How it is set up.</param>
    /// <param name="more">Adds to its services.</param>
    /// <exception cref="IOException">A folder, a port or the store cannot be opened.</exception>
    public static WebApplication Build(GatewaySettings settings, Action<IServiceCollection>? more = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { Args = [], ContentRootPath = AppContext.BaseDirectory });
        builder.Logging.ClearProviders();
        builder.Logging.AddSimpleConsole(o =>
        {
            o.SingleLine = true;
            o.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ";
            o.UseUtcTimestamp = true;
        });
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);

        // Why it could not start is said once, by the program.
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Critical);
        if (settings.Http is { } http)
        {
            builder.WebHost.ConfigureKestrel(kestrel =>
            {
                kestrel.Listen(http);
                kestrel.AddServerHeader = false;
                kestrel.Limits.MaxConcurrentConnections = MostConnections;
                kestrel.Limits.MaxRequestBodySize = PageEndpoints.LongestDown;
            });
            builder.Services.AddGuard(http);
        }
        else
        {
            builder.Services.AddSingleton<IServer, NoServer>();
        }

        LogHistory log = new();
        builder.Logging.AddProvider(log);
        MakeFolder("data", settings.Data);
        MakeFolder("keys", settings.Keys);
        IServiceCollection services = builder.Services;
        services.AddSystemd();
        services.AddWindowsService(o => o.ServiceName = "Springtail gateway");
        services.Configure<HostOptions>(o => o.ShutdownTimeout = TimeSpan.FromSeconds(15));
        services.AddSingleton(settings);
        services.AddSingleton(log);
        services.AddSingleton<GatewayMetrics>();
        services.AddSingleton<SteadyClock>();
        services.AddSingleton<FolderLock>();
        services.AddSingleton(s => new Store(Path.Combine(settings.Data, "messages.db"), settings.Limit, s.GetRequiredService<ILogger<Store>>()));
        services.AddSingleton<Outbox>();
        services.AddSingleton<Refusals>();
        services.AddSingleton<KeyFolder>();
        services.AddSingleton<History>();
        services.AddSingleton<Devices>();
        services.AddSingleton<Feed>();
        services.AddSingleton<BrokerLink>();
        services.AddSingleton<IChannelHandler>(s => s.GetRequiredService<Devices>());

        // In the order in which they start: what the next needs comes before it. They stop in the opposite one.
        if (settings.BrokerUrl == null)
        {
            services.AddHostedService<EmbeddedBroker>();
        }

        services.AddHostedService(s => s.GetRequiredService<BrokerLink>());
        services.AddHostedService(s => s.GetRequiredService<Devices>());
        services.AddSpringtailListener();
        services.AddOptions<SpringtailListenerOptions>().Configure<KeyFolder>((options, folder) => SetUp(options, settings, folder));
        services.AddHostedService(s =>
        {
            KeyFolder folder = s.GetRequiredService<KeyFolder>();
            folder.Listener = s.GetRequiredService<HostedListener>();
            return folder;
        });
        if (SystemdHelpers.IsSystemdService())
        {
            services.AddHostedService<Watchdog>();
        }

        services.AddHealthChecks()
            .AddSpringtailListener("listener")
            .AddCheck<BrokerCheck>("broker")
            .AddCheck<StoreCheck>("store");
        AddTelemetry(services, settings);
        more?.Invoke(services);

        WebApplication app = builder.Build();
        app.Services.GetRequiredService<FolderLock>();
        app.Services.GetRequiredService<GatewayMetrics>().Watch(
            app.Services.GetRequiredService<Store>(), app.Services.GetRequiredService<Devices>(), app.Services.GetRequiredService<BrokerLink>(), app.Services.GetRequiredService<Refusals>());
        app.UseGuard(settings.HttpPassword);
        app.MapPage();
        app.MapHealthChecks("/healthz");
        app.MapPrometheusScrapingEndpoint("/metrics");
        return app;
    }

    /// <summary>Waits until the gateway has ended: when it was asked to, or because a part of it has failed, which the host does not tell apart.</summary>
    /// <returns>Null when it was asked to; otherwise what failed, and why.</returns>
    public static async Task<string?> WaitAsync(WebApplication app)
    {
        HostedListener listener = app.Services.GetRequiredService<HostedListener>();
        bool wasListening = true;
        using CancellationTokenRegistration stopping = app.Lifetime.ApplicationStopping.Register(() => wasListening = listener.IsListening);
        string? unstopped = null;
        try
        {
            await app.WaitForShutdownAsync();
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            unstopped = e.Message;
        }

        return app.Services.GetServices<IHostedService>().OfType<BackgroundService>().Where(s => s.ExecuteTask is { IsFaulted: true })
            .Select(s => $"{s.GetType().Name} has failed: {s.ExecuteTask!.Exception!.InnerException!.Message}").FirstOrDefault()
            ?? (wasListening ? unstopped : "the listener for devices has failed, as the log says");
    }

    private static void MakeFolder(string setting, string path)
    {
        try
        {
            PrivateFiles.MakeFolder(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"{setting}: the folder {path} cannot be made: {e.Message}", e);
        }
    }

    private static void SetUp(SpringtailListenerOptions options, GatewaySettings settings, KeyFolder folder)
    {
        (string[] names, byte[][] psks) = folder.Read();
        foreach ((string name, byte[] psk) in names.Zip(psks))
        {
            options.Keys[name] = Convert.ToHexString(psk);
        }

        ChannelOptions channel = options.Channel;
        channel.ManualAcknowledgment = true;
        channel.ReceiveAhead = HeldPerDevice;
        channel.MaxSessions = Math.Max(16384, 2 * names.Length);

        // A device that begins anew takes the place of its old session.
        channel.SessionsPerPsk = 1;
        channel.PortMin = settings.PortMin;
        channel.PortCount = settings.PortCount;
        channel.RendezvousPort = settings.Rendezvous;
        channel.DiscoveryPort = settings.DiscoveryPort;
        channel.LocalAddress = settings.Bind;
        channel.State = new StateFolder(Path.Combine(settings.Data, "state"));

        // What is not delivered is in the gateway's own store.
        channel.KeepSessions = false;
        if (!string.IsNullOrEmpty(settings.KeyLog))
        {
            channel.KeyLog = new KeyLog(settings.KeyLog);
            Console.Error.WriteLine($"warning: {channel.KeyLog.Warning}");
        }
    }

    private static void AddTelemetry(IServiceCollection services, GatewaySettings settings)
    {
        // Given here, or as OpenTelemetry's own environment has it.
        bool exports = settings.Otlp != null || !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("OTEL_EXPORTER_OTLP_ENDPOINT"));
        OpenTelemetryBuilder telemetry = services.AddOpenTelemetry().WithMetrics(m =>
        {
            m.AddMeter("Springtail", GatewayMetrics.Name).AddPrometheusExporter();
            if (exports)
            {
                m.AddOtlpExporter(Export);
            }
        });
        if (exports)
        {
            telemetry.WithTracing(t => t.AddSource("Springtail").AddOtlpExporter(Export));
        }

        void Export(OtlpExporterOptions options)
        {
            // One that is set, be it to what it was, is taken as it is, without the paths that belong to the environment's.
            if (settings.Otlp != null)
            {
                options.Endpoint = settings.Otlp;
            }
        }
    }

    private sealed class BrokerCheck(BrokerLink link, Refusals refusals) : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(
            !link.IsConnected ? HealthCheckResult.Degraded("The broker does not answer; messages wait on disk.")
            : refusals.Count > 0 ? HealthCheckResult.Degraded($"The broker refuses what comes from {refusals.Names}; it waits on disk.")
            : HealthCheckResult.Healthy());
    }

    private sealed class StoreCheck(Store store) : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
            Task.FromResult(store.IsFull ? HealthCheckResult.Unhealthy("Nothing more can be stored; devices wait.") : HealthCheckResult.Healthy());
    }
}
