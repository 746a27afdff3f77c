using System;
using System.Collections.Generic;
using System.Net;
using System.Threading.Tasks;
using Springtail.Packets;
using Springtail.Sessions;
using Springtail.Transport;
using Xunit;

namespace Springtail.Tests.Simulation;

/// <summary>What must not bring a program down, keep it busy or let it wait for ever.</summary>
public sealed class RobustnessTests
{
    [Fact]
    public void A_message_that_grows_past_the_limit_does_not_keep_its_room()
    {
        byte[] bytes = new byte[DataPayload.FragmentSize];
        Inbox inbox = new(8, 4);
        for (uint id = 0; id < 10; id++)
        {
            for (int i = 0; i < 7; i++)
            {
                int result = inbox.Check(DataPayload.Reliable, id, i, 8, bytes.Length);
                inbox.Accept(result, DataPayload.Reliable, id, i, 8, bytes, 0, bytes.Length, 0);
            }

            int grown = inbox.Check(DataPayload.Reliable, id, 0, 200, bytes.Length);
            Assert.True(grown == Inbox.Malformed || id > 0, $"message {id}: {grown}");
            inbox.Accept(grown, DataPayload.Reliable, id, 0, 200, bytes, 0, bytes.Length, 0);
        }

        Assert.InRange(inbox.Window, 0, 5);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void An_abort_by_the_client_reaches_the_server_before_its_socket_closes(int features)
    {
        World world = new(89);
        world.StartServer();
        Link link = world.Connect(World.ClientOptions(features));
        link.Near.Abort(ErrorCode.LimitExceeded, world.Now);
        world.Flush();
        world.Run(100);
        Assert.Equal(SessionState.Ended, link.Server.State);
        Assert.Equal(ErrorCode.LimitExceeded, link.Server.EndCode);
    }

    [Fact]
    public void A_port_that_was_taken_at_first_is_opened_later()
    {
        World world = new(94);
        ChannelOptions server = World.ServerOptions();
        server.RendezvousPort = 4000;
        world.ServerHost.TakenPort = 4000;
        world.StartServer(server);
        Assert.Equal(1, world.ServerDriver.PortsTaken);
        world.Run(5000);
        Assert.Equal(1, world.ServerDriver.PortsTaken);
        world.ServerHost.TakenPort = 0;
        world.Run(12000);
        ChannelOptions options = World.ClientOptions();
        options.RendezvousPort = 4000;
        Assert.Equal(1, world.Connect(options).Client.Attempts);
    }
}
