using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Linq;
using System.Security.Cryptography;
using System.Threading.Tasks;
using Springtail.Tests.Simulation;
using Xunit;

namespace Springtail.Tests.Sockets;

/// <summary>What the meter and the activity source Springtail tell of a channel. Alone, since they tell of all channels of the process.</summary>
[Collection(Alone.Name)]
public sealed class DiagnosticsTests
{
    [Fact]
    public async Task A_channel_is_measured_and_traced()
    {
        ConcurrentDictionary<string, double> sums = new();
        ConcurrentQueue<string> reasons = new();
        using MeterListener meters = new();
        meters.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == "Springtail")
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        meters.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        meters.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, 1, tags));
        meters.Start();
        ConcurrentQueue<Activity> activities = new();
        using ActivityListener traces = new()
        {
            ShouldListenTo = source => source.Name == "Springtail",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activities.Enqueue,
        };
        ActivitySource.AddActivityListener(traces);

        byte[] psk = RandomNumberGenerator.GetBytes(32);
        ChannelOptions options = ChannelOptions.ForServer();
        options.Psk = psk;
        options.DiscoveryPort = 0;
        options.LocalAddress = Loopback.Next();
        string host = options.LocalAddress.ToString();
        await using (ChannelListener listener = ChannelListener.Listen(options))
        {
            await using Channel near = await Channel.ConnectAsync(host, new ChannelOptions { Psk = psk, Suite = 2, DiscoveryPort = 0, LocalAddress = Loopback.Next() });
            Channel far = (await listener.AcceptAsync())!;
            await near.SendAsync(new byte[10]);
            await far.ReceiveAsync();
            Assert.Equal(2, sums["springtail.channels"]);
            await near.CloseAsync();
        }

        Assert.Equal(0, sums["springtail.channels"]);
        Assert.Equal(1, sums["springtail.messages.sent"]);
        Assert.Equal(1, sums["springtail.messages.received"]);
        Assert.Equal(1, sums["springtail.connect.duration"]);
        Assert.Equal(2, sums["springtail.channels.ended"]);
        Assert.True(sums["springtail.packets"] > 4);
        Assert.Equal(["Closed", "Closed"], reasons);
        Activity connect = Assert.Single(activities);
        Assert.Equal(("springtail.connect", ActivityStatusCode.Ok), (connect.OperationName, connect.Status));
        Assert.Equal(host, connect.GetTagItem("server.address"));

        void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            sums.AddOrUpdate(instrument.Name, value, (_, sum) => sum + value);
            if (instrument.Name == "springtail.channels.ended")
            {
                reasons.Enqueue((string)tags.ToArray().Single().Value!);
            }
        }
    }
}
