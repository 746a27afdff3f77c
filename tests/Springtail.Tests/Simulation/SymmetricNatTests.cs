using System;
using System.Collections.Generic;
using Springtail.Packets;
using Springtail.Sessions;
using Springtail.Transport;
using Xunit;

namespace Springtail.Tests.Simulation;

/// <summary>Behind a NAT that has another port for each port of the server (RFC 4787, address and port-dependent mapping), as mobile networks have.</summary>
public class SymmetricNatTests
{
    [Fact]
    public void A_client_that_says_nothing_hears_what_the_server_has_to_say_at_once()
    {
        for (uint seed = 1; seed <= 10; seed++)
        {
            World world = new(seed);
            world.StartServer();
            Nat(world);
            Link link = world.Connect();
            for (int i = 0; i < 5; i++)
            {
                Assert.True(link.TrySend(link.Server, new byte[500]));
                world.Flush();
                world.RunUntil(() => Link.Take(link.Near, world.Now) != null, 1500, $"message {i}, seed {seed}");
                world.Run(3000);
            }
        }
    }

    /// <summary>That it has not taken what came tells the server nothing, and its ACK is not repeated.</summary>
    [Fact]
    public void A_client_that_takes_nothing_and_whose_ACK_is_lost_hears_the_rest_within_a_second()
    {
        for (uint seed = 1; seed <= 10; seed++)
        {
            World world = new(seed);
            world.StartServer();
            bool acks = false;
            Nat(world, d => acks || !d.IsAck);
            Link link = world.Connect();
            Assert.True(link.TrySend(link.Server, new byte[20]));
            world.Flush();
            world.RunUntil(() => link.Near.NextMessageSize >= 0, 1500, $"the first message, seed {seed}");
            world.Run(100);
            acks = true;
            Assert.True(link.TrySend(link.Server, new byte[1000]));
            world.Flush();
            world.RunUntil(() => link.Near.Delivery.Inbox.Done == 2, 1500, $"the second message, seed {seed}");
        }
    }

    private static void Nat(World world, Predicate<Captured>? passes = null)
    {
        Dictionary<int, Endpoint> inside = [];
        Dictionary<(int Inside, int Server), int> outside = [];
        world.Net.Tap = new Tap(d =>
        {
            if (!d.FromServer && d.From.Address[3] != 9)
            {
                if (passes != null && !passes(d))
                {
                    return false;
                }

                if (!outside.TryGetValue((d.From.Port, d.To.Port), out int port))
                {
                    outside[(d.From.Port, d.To.Port)] = port = 7000 + outside.Count;
                    Endpoint from = new();
                    from.CopyFrom(d.From);
                    inside[port] = from;
                }

                Endpoint nat = new();
                nat.SetAddress([10, 0, 0, 9]);
                nat.Port = port;
                world.Net.Inject(nat, d.To, d.Bytes, d.Bytes.Length);
            }
            else if (d.To.Address[3] == 9 && inside.TryGetValue(d.To.Port, out Endpoint? to))
            {
                world.Net.Inject(d.From, to, d.Bytes, d.Bytes.Length);
            }

            return false;
        });
    }
}
