using System;
using System.Collections.Generic;
using System.Linq;
using System.Security.Cryptography;
using Springtail.Crypto;
using Springtail.Tests.Support;
using Xunit;

namespace Springtail.Tests.Simulation;

/// <summary>Keys stand in memory as often as somebody holds them and not once more; when they are spent they are gone (PROTOCOL.md 1).</summary>
public sealed class SecretMemoryTests
{
    /// <summary>Both ends of a session in this process, through compactions of the heap, a rekey, and the end.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void The_keys_of_a_session_leave_no_copies(int suite)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        using ProcessMemory memory = new();
        bool established = false;
        HookedCore core = new(CryptoCore.Default)
        {
            PairMade = key => memory.Watch("private key", key),
            SecretMade = secret => memory.Watch("shared secret", secret),
            SealingKeys = (cipherKey, tagKey) =>
            {
                memory.Watch("traffic key", cipherKey);
                memory.Watch("session key", tagKey);
            },
            Masking = key =>
            {
                if (established)
                {
                    memory.Watch("mask key", key);
                }
            },
        };
        byte[] psk = CryptoCore.NewSecret(32);
        RandomNumberGenerator.Fill(psk);
        memory.Watch("psk", psk);
        World world = new(4100) { Core = core };
        ChannelOptions server = World.ServerOptions();
        server.Psk = psk;
        world.StartServer(server);
        ChannelOptions client = World.ClientOptions(0, suite);
        client.Psk = psk;
        Link link = world.Connect(client);
        established = true;
        link.Exchange(10, 2000, 20000);

        // Each end has its own. The PSK is the owner's, the client's and each session's.
        ProcessMemory.Compact();
        SortedDictionary<string, int> copies = memory.Count();
        Expect(copies, "traffic key", 2, 2);
        Expect(copies, "session key", 1, 2);
        Expect(copies, "mask key", 1, 2);
        Expect(copies, "psk", 1, 4);
        Expect(copies, "private key", 2, 0);
        Expect(copies, "shared secret", 1, 0);

        // A minute after the rekey those of epoch 0 are gone.
        string[] old = copies.Keys.Where(name => name.StartsWith("traffic") || name.StartsWith("session")).ToArray();
        link.Near.Rekey(world.Now);
        world.Flush();
        link.Exchange(10, 2000, 20000);
        world.Run(60000);
        ProcessMemory.Compact();
        copies = memory.Count();
        Assert.All(old, name => Assert.Equal((name, 0), (name, copies[name])));
        Array.ForEach(old, name => copies.Remove(name));
        Expect(copies, "traffic key", 2, 2);
        Expect(copies, "session key", 1, 2);
        Expect(copies, "private key", 4, 0);
        Expect(copies, "shared secret", 2, 0);

        link.Client.Abandon();
        world.Server.Abandon();
        CryptographicOperations.ZeroMemory(psk);
        copies = memory.Count();
        Assert.All(copies, pair => Assert.Equal((pair.Key, 0), (pair.Key, pair.Value)));
    }

    /// <summary>What somebody holds is found, and what he wiped is not.</summary>
    [Fact]
    public void A_copy_is_found()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        using ProcessMemory memory = new();
        byte[] secret = CryptoCore.NewSecret(32);
        RandomNumberGenerator.Fill(secret);
        memory.Watch("secret", secret);
        byte[] copy = CryptoCore.NewSecret(32);
        secret.CopyTo(copy, 0);
        Assert.Equal(2, memory.Count().Values.Single());
        CryptographicOperations.ZeroMemory(copy);
        Assert.Equal(1, memory.Count().Values.Single());
        CryptographicOperations.ZeroMemory(secret);
        Assert.Equal(0, memory.Count().Values.Single());
    }

    private static void Expect(SortedDictionary<string, int> copies, string kind, int keys, int each)
    {
        string[] found = copies.Where(pair => pair.Key.StartsWith(kind)).Select(pair => $"{pair.Key}: {pair.Value}").ToArray();
        Assert.Equal(keys, found.Length);
        Assert.All(found, text => Assert.EndsWith($": {each}", text));
    }
}
