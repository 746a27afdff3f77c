using System;
using System.Globalization;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Systemd;
using Springtail.Hosting;

namespace Springtail.Gateway;

/// <summary>Tells systemd's watchdog that the gateway works: its listener listens, and work gets its turn. Otherwise systemd starts it anew.</summary>
internal sealed class Watchdog(ISystemdNotifier notifier, HostedListener listener) : BackgroundService
{
    private static readonly ServiceState s_alive = new("WATCHDOG=1");

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // In µs; systemd's manual advises to answer in half the time.
        if (!long.TryParse(Environment.GetEnvironmentVariable("WATCHDOG_USEC"), NumberStyles.None, CultureInfo.InvariantCulture, out long time) || time < 2)
        {
            return;
        }

        using PeriodicTimer timer = new(TimeSpan.FromMicroseconds(time / 2));
        try
        {
            do
            {
                if (listener.IsListening)
                {
                    notifier.Notify(s_alive);
                }
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException)
        {
        }
    }
}
