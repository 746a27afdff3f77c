using System;
using System.Linq;
using System.Security.Cryptography;
using System.Text;
using Springtail.Packets;
using Springtail.Pairing;
using Springtail.Tests.Support;
using Xunit;

namespace Springtail.Tests.Pairing;

/// <summary>SecureCrypto as its document describes it: what it derives and encrypts, by other means too, and what it says to wrong arguments.</summary>
public class SecureCryptoTests
{
    [Fact]
    public void Both_sides_understand_each_other()
    {
        using SecureCrypto a = new();
        using SecureCrypto b = new(new BclCore());
        Derive(a, b, "ocean-tiger", "ocean-tiger");
        foreach (int size in new[] { 0, 1, 15, 16, 17, 63, 64, 65, 5000 })
        {
            byte[] text = RandomNumberGenerator.GetBytes(size);
            byte[] message = a.Encrypt(text);
            Assert.Equal(size + SecureCrypto.Overhead, message.Length);
            Assert.Equal(text, b.Decrypt(message));
            Assert.Equal(text, a.Decrypt(b.Encrypt(text)));
            Assert.NotEqual(message, a.Encrypt(text));
        }
    }

    /// <summary>HKDF-SHA256 with the token as salt and "file-transfer-session" as info, then RFC 8439's AEAD: the BCL has both.</summary>
    [Fact]
    public void It_is_what_its_document_says()
    {
        byte[] publicKey = new byte[32];
        byte[] privateKey = new byte[32];
        BclCore other = new();
        other.X25519KeyPair(publicKey, privateKey);
        using SecureCrypto crypto = new();
        crypto.DeriveSessionKey(publicKey, "ocean-tiger");
        byte[] message = crypto.Encrypt(Encoding.ASCII.GetBytes("hello"));

        byte[] shared = new byte[32];
        Assert.True(other.X25519Shared(shared, privateKey, crypto.PublicKey));
        byte[] key = HKDF.DeriveKey(HashAlgorithmName.SHA256, shared, 32, Encoding.ASCII.GetBytes("ocean-tiger"), Encoding.ASCII.GetBytes("file-transfer-session"));
        using ChaCha20Poly1305 aead = new(key);
        byte[] text = new byte[5];
        aead.Decrypt(message.AsSpan(0, 12), message.AsSpan(12, 5), message.AsSpan(17), text);
        Assert.Equal("hello", Encoding.ASCII.GetString(text));
    }

    [Fact]
    public void Another_token_or_an_altered_byte_is_noticed()
    {
        using SecureCrypto a = new();
        using SecureCrypto b = new();
        Derive(a, b, "ocean-tiger", "ocean-tigers");
        Assert.Equal(ErrorCode.AuthenticationFailed, Assert.Throws<SpringtailException>(() => b.Decrypt(a.Encrypt(new byte[10]))).Code);

        Derive(a, b, "ocean-tiger", "ocean-tiger");
        byte[] message = a.Encrypt(new byte[10]);
        for (int i = 0; i < message.Length; i++)
        {
            byte[] altered = (byte[])message.Clone();
            altered[i] ^= 1;
            Assert.Equal(ErrorCode.AuthenticationFailed, Assert.Throws<SpringtailException>(() => b.Decrypt(altered)).Code);
        }
    }

    [Fact]
    public void Wrong_arguments_and_a_wrong_order_are_exceptions()
    {
        SecureCrypto crypto = new();
        byte[] peer = new SecureCrypto().PublicKey;
        Assert.Throws<ArgumentNullException>(() => new SecureCrypto(null!));
        Assert.Throws<ArgumentNullException>(() => crypto.DeriveSessionKey(null!, "ocean-tiger"));
        Assert.Throws<ArgumentNullException>(() => crypto.DeriveSessionKey(peer, null!));
        foreach (int size in new[] { 0, 31, 33, 64 })
        {
            Assert.Throws<ArgumentException>(() => crypto.DeriveSessionKey(new byte[size], "ocean-tiger"));
        }

        foreach (string token in new[] { "", "ocean", "Ocean-tiger", "ocean-tiger-", "a-b-c", "ocean tiger" })
        {
            Assert.Throws<ArgumentException>(() => crypto.DeriveSessionKey(peer, token));
        }

        Assert.Equal(ErrorCode.KeyExchangeFailed, Assert.Throws<SpringtailException>(() => crypto.DeriveSessionKey(new byte[32], "ocean-tiger")).Code);
        Assert.Throws<InvalidOperationException>(() => crypto.Encrypt(new byte[3]));
        Assert.Throws<InvalidOperationException>(() => crypto.Decrypt(new byte[40]));
        crypto.DeriveSessionKey(peer, "ocean-tiger");
        Assert.Throws<ArgumentNullException>(() => crypto.Encrypt(null!));
        Assert.Throws<ArgumentNullException>(() => crypto.Decrypt(null!));
        Assert.Throws<ArgumentException>(() => crypto.Decrypt(new byte[27]));
        crypto.Dispose();
        Assert.Throws<InvalidOperationException>(() => crypto.Encrypt(new byte[3]));
        Assert.Throws<ObjectDisposedException>(() => crypto.DeriveSessionKey(peer, "ocean-tiger"));
    }

    /// <summary>The weakness that its documentation states: with a key pair of his own, one message, and the list of tokens.</summary>
    [Fact]
    public void Who_answers_in_the_peers_stead_finds_the_token()
    {
        string[] tokens = Springtail.Words.WordList.Words.Take(300).Select(w => "ocean-" + w).ToArray();
        using SecureCrypto victim = new();
        using SecureCrypto attacker = new();
        victim.DeriveSessionKey(attacker.PublicKey, tokens[217]);
        byte[] message = victim.Encrypt(new byte[10]);
        string found = tokens.First(token =>
        {
            attacker.DeriveSessionKey(victim.PublicKey, token);
            try
            {
                attacker.Decrypt(message);
                return true;
            }
            catch (SpringtailException)
            {
                return false;
            }
        });
        Assert.Equal(tokens[217], found);
    }

    private static void Derive(SecureCrypto a, SecureCrypto b, string tokenOfA, string tokenOfB)
    {
        a.DeriveSessionKey(b.PublicKey, tokenOfA);
        b.DeriveSessionKey(a.PublicKey, tokenOfB);
    }
}
