using System;
using System.Linq;
using Springtail.Peer.Bench;
using Springtail.Sessions;
using Springtail.Tests.Simulation;
using Xunit;
using Xunit.Abstractions;

namespace Springtail.Tests.Listener;

/// <summary>A listener with a fleet of devices, in virtual time.</summary>
public sealed class FleetTests
{
    private const int X25519 = 2;

    private readonly ITestOutputHelper _output;

    public FleetTests(ITestOutputHelper output)
    {
        _output = output;
    }

    [Fact]
    public void A_thousand_devices_that_call_at_once_are_all_in_within_3_s()
    {
        Fleet fleet = new(TestCore.Instance, 1000, X25519, 20, Options(1000));
        Assert.Equal(1000, fleet.Connect(0, 1000, 3000));
        Assert.Equal(1000, fleet.Server.Sessions);
    }

    [Fact]
    public void Those_that_find_no_room_at_first_find_it_when_they_come_again()
    {
        ChannelOptions options = Options(300);
        options.MaxHalfOpen = 100;
        Fleet fleet = new(TestCore.Instance, 300, X25519, 20, options);
        Assert.Equal(300, fleet.Connect(0, 300, 3000));
    }

    [Fact]
    public void Ten_thousand_sessions_cost_each_what_one_of_a_thousand_does_and_none_is_lost()
    {
        (double work, int sessions, Fleet fleet) few = Idle(1000);
        (double work, int sessions, Fleet fleet) many = Idle(10000);
        Assert.Equal(1000, few.sessions);
        Assert.Equal(10000, many.sessions);
        _output.WriteLine($"datagrams a session in 20 s: {few.work:0.00} of 1 000, {many.work:0.00} of 10 000; open ports {few.fleet.OpenPorts}, {many.fleet.OpenPorts}");
        _output.WriteLine($"core: {few.fleet.ServerTime.TotalMilliseconds:0} ms, {many.fleet.ServerTime.TotalMilliseconds:0} ms, handshakes included");

        // A message of each arrives.
        for (int i = 0; i < many.fleet.Devices.Length; i += 10)
        {
            many.fleet.SendFrom(i, [(byte)i]);
        }

        many.fleet.Run(1000);
        Assert.All(many.fleet.Devices.Where((_, i) => i % 10 == 0), d => Assert.True(d.Client!.Session.AllAcknowledged));
        Assert.InRange(many.fleet.OpenPorts, 1, many.fleet.Options.PortCount + 1);
    }

    private static (double Datagrams, int Sessions, Fleet Fleet) Idle(int count)
    {
        Fleet fleet = new(TestCore.Instance, count, X25519, 20, Options(count));
        for (int i = 0; i < count; i += 500)
        {
            Assert.Equal(500, fleet.Connect(i, 500, 200));
        }

        long before = fleet.Received;
        fleet.Run(20000);
        return ((fleet.Received - before) / (double)count, fleet.Server.Sessions, fleet);
    }

    private static ChannelOptions Options(int count)
    {
        ChannelOptions options = ChannelOptions.ForServer();
        options.MaxSessions = Math.Max(count, options.MaxSessions);
        options.DiscoveryPort = 0;

        // Buffers as a device's, so that ten thousand fit.
        options.MaxMessageSize = 1171;
        options.ReceiveAhead = 1;
        options.SendBuffers = 2;
        return options;
    }
}
