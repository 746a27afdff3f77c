using System;
using System.Diagnostics.Metrics;

namespace Springtail.Gateway;

/// <summary>What the gateway counts, under the name Springtail.Gateway.</summary>
internal sealed class GatewayMetrics : IDisposable
{
    public const string Name = "Springtail.Gateway";

    private readonly Meter _meter = new(Name);

    public GatewayMetrics()
    {
        Delivered = _meter.CreateCounter<long>("springtail.gateway.delivered", "{message}", "Messages up that the broker has acknowledged.");
    }

    public Counter<long> Delivered { get; }

    /// <summary>Adds what the parts know themselves.</summary>
    public void Watch(Store store, Devices devices, BrokerLink link, Refusals refusals)
    {
        _meter.CreateObservableCounter("springtail.gateway.stored", () => store.Stored, "{message}", "Messages up that were put on disk.");
        _meter.CreateObservableCounter("springtail.gateway.commits", () => store.Commits, "{commit}", "Commits of messages.");
        _meter.CreateObservableGauge("springtail.gateway.waiting", () => new[] { Waiting(store.WaitingUp, "up"), Waiting(store.WaitingDown, "down") }, "{message}", "Messages on disk.");
        _meter.CreateObservableGauge("springtail.gateway.devices", () => devices.Connected, "{device}", "Devices that are connected or asleep.");
        _meter.CreateObservableGauge("springtail.gateway.connected", () => link.IsConnected ? 1 : 0, description: "1 while the broker answers.");
        _meter.CreateObservableGauge("springtail.gateway.refused", () => refusals.Count, description: "Devices whose messages, and states, the broker refuses.");
        _meter.CreateObservableGauge("springtail.gateway.full", () => store.IsFull ? 1 : 0, description: "1 while nothing more can be stored and devices wait.");
    }

    private static Measurement<long> Waiting(long messages, string direction) => new(messages, new System.Collections.Generic.KeyValuePair<string, object?>("direction", direction));

    public void Dispose() => _meter.Dispose();
}
