using System;
using Springtail.Packets;
using Springtail.Sessions;
using Springtail.Transport;
using Xunit;

namespace Springtail.Tests.Simulation;

/// <summary>What random datagrams do: they are counted, and leave nothing in memory.</summary>
[Collection(Alone.Name)]
public sealed class NoiseTests
{
    [Fact]
    public void A_hundred_thousand_random_datagrams_at_every_port_get_no_answer_and_leave_nothing()
    {
        World world = new(52);
        world.StartServer();
        Link link = world.Connect(World.ClientOptions(Features.ClientHops));
        world.Run(200);
        Random random = new(52);
        byte[] datagram = new byte[1500];
        Endpoint from = new();
        from.SetAddress(new byte[] { 10, 0, 0, 2 });
        int[] ports = new int[64];
        int sent = world.Net.Sent;
        uint received = link.Near.Counters.PacketsReceived + link.Server.Counters.PacketsReceived;
        long memory = 0;
        for (int i = 0; i < 100000; i++)
        {
            int size = i % 4 == 0 ? random.Next(0, 1501) : random.Next(42, 300);
            random.NextBytes(datagram.AsSpan(0, size));
            from.Port = random.Next(1, 65536);
            IProtocolPeer receiver = i % 2 == 0 ? link.Client : world.Server;
            int count = receiver.GetPorts(ports);
            receiver.Receive(datagram, size, from, ports[i / 2 % count], world.Now, world.ServerHost.UtcNow);
            if (i == 10000)
            {
                memory = GC.GetTotalMemory(true);
            }
        }

        Assert.InRange(GC.GetTotalMemory(true) - memory, long.MinValue, 65536);
        world.Flush();
        Assert.Equal(sent, world.Net.Sent);
        Assert.Equal(received, link.Near.Counters.PacketsReceived + link.Server.Counters.PacketsReceived);
        Assert.Equal(100000u, link.Client.Counters.DropsInAll + link.Near.Counters.DropsInAll + link.Server.Counters.DropsInAll + world.Server.Counters.DropsInAll);
        link.Exchange(10, 3000, 60000);
    }
}
