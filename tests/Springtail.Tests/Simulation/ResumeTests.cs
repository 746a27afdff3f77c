using System;
using System.Collections.Generic;
using System.Linq;
using Springtail.Packets;
using Springtail.Sessions;
using Springtail.Transport;
using Xunit;

namespace Springtail.Tests.Simulation;

/// <summary>Announced sleep, the saved session and RESUME (PROTOCOL.md 10, 16).</summary>
public sealed class ResumeTests
{
    private const int Hour = 3600000;
    private const int ResumeSize = 42 + 24;

    [Theory]
    [InlineData(1, 0)]
    [InlineData(1, 1)]
    [InlineData(1, 2)]
    [InlineData(1, 3)]
    [InlineData(2, 0)]
    [InlineData(2, 2)]
    [InlineData(3, 3)]
    [InlineData(4, 0)]
    [InlineData(4, 2)]
    public void A_wake_with_a_reading_costs_three_packets_and_no_public_key(int suite, int features)
    {
        LedgerCore core = new(90);
        World world = new(90) { Core = core };
        Sleeper device = Start(world, suite, features);
        device.Deliver(new byte[] { 1 });
        byte[] snapshot = device.Save(600);
        Assert.True(snapshot.Length <= 512, $"{snapshot.Length} bytes");
        for (int i = 0; i < 20; i++)
        {
            world.Run(600000);
            Assert.Equal(SessionState.Asleep, device.Far.State);
            int before = core.PublicKeyOperations;
            int sent = CountFrom(world, device.Host);
            device.WakeAndDeliver(snapshot, new byte[] { 2, (byte)i });
            Assert.All(snapshot, b => Assert.Equal(0, b));
            snapshot = device.Save(600);
            Assert.Equal(before, core.PublicKeyOperations);
            Assert.Equal(3, CountFrom(world, device.Host) - sent);
            Assert.Equal(i + 1, device.Far.Epoch);
            Assert.Equal(i + 1, device.Far.Resumes);
        }
    }

    // The network's tap counts a host's datagrams.
    private static int CountFrom(World world, MemoryTransport host)
    {
        world.Net.Tap ??= new Sent();
        return ((Sent)world.Net.Tap).Of(host);
    }

    private static Sleeper Start(World world, int suite = 1, int features = 0, int drift = 100)
    {
        ChannelOptions server = World.ServerOptions();
        ChannelOptions options = World.ClientOptions(features, suite);
        options.ClockDrift = drift;
        if (suite == 4)
        {
            server.Token = options.Token = "apple-zebra";
            server.Suite = 4;
        }

        world.StartServer(server);
        return new Sleeper(world, options, world.Net.Host(2));
    }

    private sealed class Sent : IMemoryTap
    {
        private readonly Dictionary<int, int> _count = new();

        public int Of(MemoryTransport host) => _count.GetValueOrDefault(host.Address.Address[3]);

        public bool Pass(Endpoint from, Endpoint to, byte[] bytes, int size)
        {
            _count[from.Address[3]] = _count.GetValueOrDefault(from.Address[3]) + 1;
            return true;
        }
    }
}
