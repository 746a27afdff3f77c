using System;
using System.Collections.Generic;
using System.Linq;
using Springtail.Crypto;
using Springtail.Keys;
using Springtail.Packets;
using Springtail.Tests.Support;
using Xunit;

namespace Springtail.Tests;

/// <summary>What a derivation makes on its way to its result is zero when it returns (PROTOCOL.md 1).</summary>
public class WipingTests
{
    private static readonly byte[] s_key = Enumerable.Range(1, 32).Select(i => (byte)i).ToArray();
    private static readonly byte[] s_public = Enumerable.Range(1, 64).Select(i => (byte)i).ToArray();

    [Fact]
    public void LongTermKeysLeaveNothing()
    {
        RequireWiped(core => new[] { LongTermKeys.DailyKey(core, s_key, "2026-10-22") });
        RequireWiped(core => new[] { LongTermKeys.DailyKeyTruncated(core, s_key, "2026-10-22") });
        RequireWiped(core => new[] { LongTermKeys.HandshakeKey(core, s_key, 1, 2, s_key) });
        RequireWiped(core => new[] { LongTermKeys.DeriveSessionKeyTruncated(core, s_key, 1, s_key) });
        RequireWiped(core => new[] { LongTermKeys.ClockKey(core, s_key, s_key) });
        RequireWiped(core => new[] { LongTermKeys.Fingerprint(core, s_key) });
        RequireWiped(core => new[] { HandshakeProofs.Confirm(core, s_key, s_key) });
    }

    [Theory]
    [InlineData(KeySchedule.SuiteP256, 0)]
    [InlineData(KeySchedule.SuiteP256, Features.Diversified)]
    [InlineData(KeySchedule.SuiteX25519, 0)]
    [InlineData(KeySchedule.SuiteFuzzy, Features.Diversified)]
    [InlineData(KeySchedule.SuiteToken, 0)]
    [InlineData(KeySchedule.SuiteSpake2, 0)]
    public void AHandshakeLeavesNothing(int suite, int features)
    {
        RequireWiped(core => Results(KeySchedule.Derive(core, suite, features, s_key, s_public, s_public, 1, 2, s_key, s_key, s_key, 1000)));
    }

    [Fact]
    public void LaterEpochsLeaveNothing()
    {
        SessionParameters previous = new() { AuthenticationKey = s_key };
        RequireWiped(core => Results(KeySchedule.DeriveAfterEmergency(core, s_key, s_key, s_key, previous)));
        RequireWiped(core => new[] { RekeyKeys.Combined(core, s_key, s_key, s_key, s_key) });
        RequireWiped(core => new[] { RekeyKeys.SessionKey(core, s_key, 20748, 1, s_key) });
        RequireWiped(core => new[] { RekeyKeys.TrafficKeys(core, s_key, s_key, s_key, s_key) });
        RequireWiped(core => new[] { RekeyKeys.Confirmation(core, s_key, 1) });
        RequireWiped(core => new[] { ResumeKeys.Derive(core, s_key, s_key, s_key, s_key, 1) });
        RequireWiped(core => new[] { EmergencyKeys.EmergencyKey(core, s_key, 1, s_key) });
        RequireWiped(core => new[] { EmergencyKeys.SessionKey(core, s_key, 1, 2, s_key, 3) });
        RequireWiped(core => new[] { EmergencyKeys.TrafficKeys(core, s_key, s_key) });
        RequireWiped(core => new[] { DiscoveryProofs.Proof(core, s_key, s_key, 1) });
    }

    /// <summary>The check can fail: what is neither wiped nor a result is found.</summary>
    [Fact]
    public void ALeftoverIsFound()
    {
        Assert.ThrowsAny<Exception>(() => RequireWiped(core =>
        {
            Hkdf.Extract(core, s_key, s_key);
            return Array.Empty<byte[]>();
        }));
    }

    private static byte[][] Results(SessionParameters p)
    {
        return new[] { p.SessionKey, p.ClientKey, p.ServerKey, p.AuthenticationKey, p.MaskKey, p.HopKey };
    }

    private static void RequireWiped(Func<ICryptoCore, byte[][]> derive)
    {
        WatchingCore core = new();
        byte[][] results = derive(core);
        Assert.NotEmpty(core.Messages);
        Assert.All(core.Made.Where(made => !results.Contains(made)), made => Assert.All(made, b => Assert.Equal(0, b)));
        Assert.All(core.Messages.Where(m => !IsKnown(m)), message => Assert.All(message, b => Assert.Equal(0, b)));

        bool IsKnown(byte[] message) => message == s_key || message == s_public || results.Contains(message);
    }

    /// <summary>Remembers the arrays that HMAC and PBKDF2 wrote to, and those that were hashed.</summary>
    private sealed class WatchingCore : ICryptoCore
    {
        private readonly BclCore _inner = new();

        public List<byte[]> Made { get; } = new();

        public List<byte[]> Messages { get; } = new();

        public void Sha256(byte[] output, int outputOffset, byte[] input, int offset, int count)
        {
            Messages.Add(input);
            _inner.Sha256(output, outputOffset, input, offset, count);
        }

        public void HmacSha256(byte[] output, int outputOffset, byte[] key, int keyOffset, int keyCount, byte[] message, int offset, int count)
        {
            Made.Add(output);
            Messages.Add(message);
            _inner.HmacSha256(output, outputOffset, key, keyOffset, keyCount, message, offset, count);
        }

        public void Pbkdf2(byte[] output, byte[] password, byte[] salt, int iterations)
        {
            Made.Add(output);
            _inner.Pbkdf2(output, password, salt, iterations);
        }

        public void ChaCha20(byte[] data, int offset, int count, byte[] key, byte[] nonce, uint counter) => throw new NotSupportedException();

        public void P256KeyPair(byte[] publicKey, byte[] privateKey) => throw new NotSupportedException();

        public bool P256Public(byte[] publicKey, byte[] privateKey) => throw new NotSupportedException();

        public bool P256Shared(byte[] secret, byte[] privateKey, byte[] peerPublicKey) => throw new NotSupportedException();

        public void Spake2Scalar(byte[] w, byte[] input) => _inner.Spake2Scalar(w, input);

        public bool Spake2Share(byte[] share, byte[] w, byte[] privateKey, int side) => throw new NotSupportedException();

        public bool Spake2Key(byte[] key, byte[] w, byte[] privateKey, byte[] share, byte[] peerShare, int side, byte[] clientIdentity, byte[] serverIdentity) =>
            throw new NotSupportedException();

        public void X25519KeyPair(byte[] publicKey, byte[] privateKey) => throw new NotSupportedException();

        public void X25519Public(byte[] publicKey, byte[] privateKey) => throw new NotSupportedException();

        public bool X25519Shared(byte[] secret, byte[] privateKey, byte[] peerPublicKey) => throw new NotSupportedException();

        public void Aes256GcmSeal(byte[] data, int offset, int size, byte[] key, byte[] iv, byte[] additionalData) =>
            throw new NotSupportedException();

        public bool Aes256GcmOpen(byte[] data, int offset, int size, byte[] key, byte[] iv, byte[] additionalData) =>
            throw new NotSupportedException();

        public void SealPacket(byte[] packet, int offset, int size, int protection, byte[] cipherKey, byte[] tagKey, ulong number) =>
            throw new NotSupportedException();

        public bool OpenPacket(byte[] packet, int offset, int size, int protection, byte[] cipherKey, byte[] tagKey, ulong number) =>
            throw new NotSupportedException();

        public void MaskPacket(byte[] packet, int offset, int size, byte[] maskKey) => throw new NotSupportedException();

        public bool UnmaskPacket(byte[] packet, int offset, int size, byte[] maskKey) => throw new NotSupportedException();

        public void Random(byte[] output, int offset, int count) => throw new NotSupportedException();
    }
}
