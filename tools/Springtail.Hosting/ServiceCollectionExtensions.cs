using System;
using System.Linq;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace Springtail.Hosting;

/// <summary>Adds Springtail to a host.</summary>
public static class ServiceCollectionExtensions
{
    /// <summary>The section of the configuration that <see cref="SpringtailListenerOptions"/> are read from.</summary>
    public const string Section = "Springtail";

    /// <summary>
    /// Adds a listener that runs as long as the host does: its ports are open once the host has started, and when the host stops its channels are closed in order,
    /// for as long as the host waits (<c>HostOptions.ShutdownTimeout</c>). <see cref="HostedListener"/> is among the services.
    /// </summary>
    /// <param name="services">The host's services.</param>
    /// <param name="configure">Sets options, after the configuration's; null for nothing.</param>
    /// <exception cref="InvalidOperationException">There is one already.</exception>
    public static SpringtailListenerBuilder AddSpringtailListener(this IServiceCollection services, Action<SpringtailListenerOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        if (services.Any(s => s.ServiceType == typeof(HostedListener)))
        {
            throw new InvalidOperationException("A host has one Springtail listener, and this one has it already.");
        }

        services.AddOptions<SpringtailListenerOptions>().BindConfiguration(Section).Configure(configure ?? (_ => { }));
        services.AddSingleton<HostedListener>();
        services.AddHostedService(s => s.GetRequiredService<HostedListener>());
        return new SpringtailListenerBuilder(services);
    }

    /// <summary>Adds a check of the hosted listener: unhealthy when it does not listen, degraded while a handler takes longer than it may.</summary>
    /// <param name="builder">The host's health checks.</param>
    /// <param name="name">The check's name.</param>
    public static IHealthChecksBuilder AddSpringtailListener(this IHealthChecksBuilder builder, string name = "springtail")
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.AddCheck<ListenerHealthCheck>(name);
    }
}
