#nullable disable
using nanoFramework.TestFramework;
using Springtail;
using Springtail.Crypto;
using Springtail.Discovery;
using Springtail.Listening;
using Springtail.Packets;
using Springtail.Sessions;
using Springtail.Transport;

namespace NFUnitTest;

/// <summary>PSK discovery with the C# primitives, between a listener and one who asks it.</summary>
[TestClass]
public class DiscoveryTests
{
    [TestMethod]
    public void AFilterFindsTheSharedPsk()
    {
        Assert.AreEqual(1, Discover(false, 21, 3));
        Assert.AreEqual(-1, Discover(false, 22, 4));
    }

    [TestMethod]
    public void ProofsFindIt()
    {
        Assert.AreEqual(1, Discover(true, 23, 3));
    }

    // The place of the PSK that is found, when the one who asks holds numbers 2 and 3 and the listener 1 and another.
    private static int Discover(bool useProofs, uint seed, byte other)
    {
        ICryptoCore core = new ManagedCore(new TestRandom(seed), false);
        MemoryNetwork network = new MemoryNetwork(seed);
        MemoryTransport serverHost = network.Host(1);
        MemoryTransport clientHost = network.Host(2);
        ChannelOptions options = Pair.Options();
        options.Psks = new[] { Psk(1), Psk(other) };
        options.RendezvousPort = 1024;
        options.Discovery = new PskDiscovery { MaxExchanges = 2 };
        Server server = new Server(core, options, serverHost.Now, serverHost.UtcNow);
        Endpoint responder = new Endpoint();
        responder.CopyFrom(serverHost.Address);
        responder.Port = options.DiscoveryPort;
        IDiscoveryQuery query = new PskDiscovery { UseProofs = useProofs }.Ask(core, new[] { Psk(2), Psk(3) }, responder, null, clientHost.Now);
        Driver serverDriver = new Driver(server, serverHost, serverHost);
        Driver clientDriver = new Driver(query, clientHost, clientHost);
        byte[] buffer = new byte[Packet.MaxSize + 1];
        Endpoint from = new Endpoint();
        long end = network.Now + 10000;
        serverDriver.Flush();
        clientDriver.Flush();
        while (!query.Done && network.Now < end)
        {
            network.Advance(network.Now + 5);
            Give(serverHost, serverDriver, buffer, from);
            Give(clientHost, clientDriver, buffer, from);
        }

        Assert.IsTrue(query.Done);
        Assert.AreEqual(query.Found < 0 ? ErrorCode.PskNotFound : ErrorCode.None, query.Error);
        server.Abandon();
        return query.Found;
    }

    private static void Give(MemoryTransport host, Driver driver, byte[] buffer, Endpoint from)
    {
        int size = host.Receive(buffer, from, out int port, 0);
        if (size > 0)
        {
            driver.Take(buffer, size, from, port);
        }

        driver.Flush();
    }

    private static byte[] Psk(byte number)
    {
        byte[] psk = new byte[16];
        psk[0] = number;
        return psk;
    }
}
