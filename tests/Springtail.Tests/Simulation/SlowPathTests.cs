using Springtail.Sessions;
using Xunit;

namespace Springtail.Tests.Simulation;

/// <summary>Paths on which a packet takes longer than several hop windows (PROTOCOL.md 8, 9).</summary>
public sealed class SlowPathTests
{
    [Theory]
    [InlineData(800, 0, 0)]
    [InlineData(1500, 0, 0)]
    [InlineData(3000, 0, 0)]
    [InlineData(4000, 0, 0)]
    [InlineData(800, 300, 5)]
    [InlineData(1500, 300, 5)]
    [InlineData(3000, 300, 5)]
    [InlineData(4000, 300, 5)]
    public void Twenty_lines_come_back_however_long_they_take(int delay, int jitter, int loss)
    {
        foreach (int features in new[] { 0, Packets.Features.ClientHops })
        {
            World world = new((uint)(delay + loss + features));
            ChannelOptions listening = World.ServerOptions();
            listening.HopWindows = 10;
            listening.IsPlain = false;
            world.StartServer(listening);
            world.Net.Delay = delay;
            world.Net.Jitter = jitter;
            world.Net.LossPercent = loss;
            ChannelOptions options = World.ClientOptions(features, 2);
            options.HopWindows = 10;
            options.IsPlain = false;
            Link link = world.Connect(options);
            Assert.InRange(link.Client.Attempts, 1, 2);
            int back = 0;
            int sent = 0;
            long next = world.Now;
            world.RunUntil(
                () =>
                {
                    if (sent < 20 && world.Now >= next && link.TrySend(link.Near, new[] { (byte)sent }))
                    {
                        sent++;
                        next = world.Now + 1000;
                    }

                    while (Link.Take(link.Server, world.Now) is { } line)
                    {
                        Assert.True(link.TrySend(link.Server, line));
                    }

                    while (Link.Take(link.Near, world.Now) is { } line)
                    {
                        Assert.Equal((byte)back, line[0]);
                        back++;
                    }

                    world.Flush();
                    return back == 20;
                },
                400000,
                () => $"20 lines, {sent} sent, {back} back, features {features}, attempts {link.Client.Attempts}\n{Link.Describe(link.Near)}\n{Link.Describe(link.Server)}");
            Assert.Equal(SessionState.Established, link.Near.State);
        }
    }
}
