using System;
using System.Linq;
using System.Security.Cryptography;
using System.Text;
using Springtail.Crypto;
using Springtail.Pairing;
using Springtail.Tests.Support;
using Xunit;

namespace Springtail.Tests.Pairing;

/// <summary>The messages by which two peers get a PSK out of a session (PROTOCOL.md 24).</summary>
public class PairingExchangeTests
{
    private const ulong SessionId = 0x0102030405060708;

    /// <summary>Byte by byte, by other means than the project's own.</summary>
    [Fact]
    public void Both_sides_make_the_key_that_the_document_says()
    {
        PairingExchange client = new(new BclCore(), SessionId, false);
        PairingExchange server = new(new NativeCore(), SessionId, true);
        byte[] fromClient = client.Share();
        byte[] fromServer = server.Share();
        Assert.Equal(33, fromClient.Length);
        Assert.Equal(1, fromClient[0]);
        Assert.Equal(1, fromServer[0]);
        Assert.True(client.Receive(fromServer, 33));
        Assert.True(server.Receive(fromClient, 33));
        byte[] ikm = fromClient.Skip(1).Concat(fromServer.Skip(1)).ToArray();
        byte[] expected = HKDF.DeriveKey(
            HashAlgorithmName.SHA256, ikm, 32, Encoding.ASCII.GetBytes("springtail_pairing_v1"), Convert.FromHexString("0102030405060708"));
        Assert.Equal(expected, client.Psk);
        Assert.Equal(expected, server.Psk);

        byte[] stored = client.Stored();
        Assert.Equal(2, stored[0]);
        Assert.Equal(HMACSHA256.HashData(expected, Encoding.ASCII.GetBytes("springtail_pairing_stored_v1").Append((byte)0).ToArray()), stored[1..]);
        Assert.False(client.PeerHasStored || server.PeerHasStored);
        Assert.True(server.Receive(stored, 33));
        Assert.True(client.Receive(server.Stored(), 33));
        Assert.True(client.PeerHasStored && server.PeerHasStored);

        client.Wipe();
        Assert.Equal(new byte[32], client.Psk);
    }

    [Fact]
    public void What_cannot_come_now_is_refused()
    {
        PairingExchange client = new(CryptoCore.Default, SessionId, false);
        PairingExchange server = new(CryptoCore.Default, SessionId, true);
        byte[] share = client.Share();
        Assert.False(server.Receive(Encoding.ASCII.GetBytes("hello"), 5));
        Assert.False(server.Receive(share, 32));
        Assert.False(server.Receive(share.Append((byte)0).ToArray(), 34));
        Assert.False(server.Receive([2, .. share[1..]], 33));
        Assert.Null(server.Psk);
        Assert.True(server.Receive(share, 33));
        byte[] key = (byte[])server.Psk!.Clone();

        // A second share changes nothing; one's own proof, or one of another key, proves nothing.
        Assert.False(server.Receive(server.Share(), 33));
        Assert.Equal(key, server.Psk);
        Assert.False(server.Receive(server.Stored(), 33));
        Assert.True(client.Receive(server.Share(), 33));
        byte[] stored = client.Stored();
        stored[20] ^= 1;
        Assert.False(server.Receive(stored, 33));
        Assert.False(server.PeerHasStored);
        Assert.True(server.Receive(client.Stored(), 33));
        Assert.False(server.Receive(client.Stored(), 33));
    }

    /// <summary>Either side's random bytes are enough, and the session counts: no two pairings give one key.</summary>
    [Fact]
    public void The_key_depends_on_both_sides_and_on_the_session()
    {
        PairingExchange client = new(CryptoCore.Default, SessionId, false);
        byte[][] keys = Enumerable.Range(0, 3).Select(i =>
        {
            PairingExchange server = new(CryptoCore.Default, SessionId + (ulong)(i / 2), true);
            Assert.True(server.Receive(client.Share(), 33));
            return server.Psk;
        }).ToArray();
        Assert.Equal(3, keys.Select(Convert.ToHexString).Distinct().Count());
    }
}
