#nullable enable
using System.Collections.Generic;
using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Springtail;

/// <summary>The meter and the source of activities, both under the name Springtail.</summary>
internal static class SpringtailDiagnostics
{
    private const string Name = "Springtail";

    private static readonly string? s_version = typeof(SpringtailDiagnostics).Assembly.GetName().Version?.ToString(3);

    private static readonly Meter s_meter = new(Name, s_version);

    private static readonly Counter<long> s_ended = s_meter.CreateCounter<long>("springtail.channels.ended", "{channel}", "Channels that have ended, by springtail.reason.");

    private static readonly Counter<long> s_packets = s_meter.CreateCounter<long>("springtail.packets", "{packet}", "Packets of channels that have ended, by springtail.kind.");

    private static readonly Histogram<double> s_roundTrip = s_meter.CreateHistogram<double>("springtail.round_trip", "s", "The smoothed round trip of a channel when it ended.");

    /// <summary>Activities: springtail.connect, springtail.message.</summary>
    public static ActivitySource Source { get; } = new(Name, s_version);

    /// <summary>Channels that are open.</summary>
    public static UpDownCounter<long> Channels { get; } = s_meter.CreateUpDownCounter<long>("springtail.channels", "{channel}", "Channels that are open.");

    /// <summary>Messages sent.</summary>
    public static Counter<long> MessagesSent { get; } = s_meter.CreateCounter<long>("springtail.messages.sent", "{message}", "Messages given to a session.");

    /// <summary>Messages received.</summary>
    public static Counter<long> MessagesReceived { get; } = s_meter.CreateCounter<long>("springtail.messages.received", "{message}", "Messages taken from a session.");

    /// <summary>How long it took to connect.</summary>
    public static Histogram<double> ConnectDuration { get; } =
        s_meter.CreateHistogram<double>("springtail.connect.duration", "s", "From the first packet to the session, or to its failure, by springtail.connected.");

    /// <summary>Handlers of a hosted listener that have thrown.</summary>
    public static Counter<long> HandlerErrors { get; } = s_meter.CreateCounter<long>("springtail.handler.errors", "{error}", "Handlers of a hosted listener that have thrown.");

    /// <summary>A channel has ended.</summary>
    public static void Ended(ChannelStatus status)
    {
        Channels.Add(-1);
        s_ended.Add(1, new KeyValuePair<string, object?>("springtail.reason", status.EndReason.ToString()));
        Count("sent", status.PacketsSent);
        Count("received", status.PacketsReceived);
        Count("retransmitted", status.Retransmissions);
        Count("dropped", status.PacketsDropped);
        s_roundTrip.Record(status.RoundTripTime / 1000.0);
    }

    private static void Count(string kind, uint packets) => s_packets.Add(packets, new KeyValuePair<string, object?>("springtail.kind", kind));
}
