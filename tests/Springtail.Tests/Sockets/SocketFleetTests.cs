using System;
using Springtail.Crypto;
using Springtail.Peer.Bench;
using Springtail.Tests.Simulation;
using Xunit;
using Xunit.Abstractions;

namespace Springtail.Tests.Sockets;

/// <summary>
/// Sessions over real UDP sockets on loopback, each with a reading every 10 s that comes back. The long form, with SPRINGTAIL_FULL set, has 10 000 for an hour; it
/// needs 10 600 file descriptors (ulimit -n).
/// </summary>
[Collection(Alone.Name)]
public sealed class SocketFleetTests(ITestOutputHelper output)
{
    [Fact]
    public void No_session_of_a_fleet_is_lost()
    {
        bool full = !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("SPRINGTAIL_FULL"));
        (int sessions, int seconds) = full ? (10_000, 3600) : (500, 5);
        using SocketFleet fleet = new(CryptoCore.Default, sessions);
        Assert.Equal(sessions, fleet.Connect(60));
        Assert.InRange(fleet.ListenerPorts, 1, SocketFleet.PortCount);
        (double listener, double both, int lost, double p99) = fleet.Read(seconds);
        output.WriteLine($"{sessions} sessions, {seconds} s: {listener:F2} of a core at the listener, {both:F2} both ends, 99 of 100 readings back within {p99:F1} ms");
        Assert.Equal(0, lost);
        Assert.False(double.IsNaN(p99), "No reading came back.");
    }
}
