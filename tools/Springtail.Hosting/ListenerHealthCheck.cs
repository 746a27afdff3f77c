using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Springtail.Hosting;

/// <summary>Checks the hosted listener's health.</summary>
/// <param name="listener">The listener.</param>
internal sealed class ListenerHealthCheck(HostedListener listener) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        Dictionary<string, object> data = new() { ["channels"] = listener.Channels.Count, ["handlers_overdue"] = listener.Overdue };
        if (!listener.IsListening)
        {
            return Task.FromResult(new HealthCheckResult(context.Registration.FailureStatus, "The listener does not listen.", data: data));
        }

        return Task.FromResult(
            listener.Overdue > 0 ? HealthCheckResult.Degraded("Handlers take longer than they may.", data: data) : HealthCheckResult.Healthy("It listens.", data));
    }
}
