using System;
using System.Linq;
using Springtail.Crypto;
using Springtail.Keys;
using Springtail.Tests.Support;
using Xunit;

namespace Springtail.Tests;

/// <summary>Section 15 of PROTOCOL.md, each formula against the worked values.</summary>
public class DiscoveryProofsTests
{
    [Theory]
    [MemberData(nameof(TestCores.Names), MemberType = typeof(TestCores))]
    public void DiscoveryAgrees(string name)
    {
        ICryptoCore core = TestCores.Get(name);
        ulong id = VectorsFile.Number("discovery.discovery_id");
        uint salt = (uint)VectorsFile.Number("discovery.salt");
        int count = VectorsFile.At("discovery.psks").AsArray().Count;
        byte[] filter = new byte[256];
        byte[] filter512 = new byte[512];
        byte[] nonce = VectorsFile.Bytes("discovery.challenge_nonce");
        for (int i = 0; i < count; i++)
        {
            byte[] fingerprint = LongTermKeys.Fingerprint(core, VectorsFile.Bytes($"discovery.psks.{i}"));
            byte[] blinded = DiscoveryProofs.Blinded(core, fingerprint, id, salt);
            Assert.Equal(VectorsFile.Bytes($"discovery.blinded.{i}"), blinded);
            Assert.Equal(VectorsFile.Bytes($"discovery.candidates.{i}"), DiscoveryProofs.Candidate(core, blinded, nonce));
            Assert.False(DiscoveryProofs.MayContain(core, filter, blinded));
            DiscoveryProofs.AddToFilter(core, filter, blinded);
            DiscoveryProofs.AddToFilter(core, filter512, blinded);
            Assert.True(DiscoveryProofs.MayContain(core, filter, blinded));
        }

        Assert.Equal(VectorsFile.Bytes("discovery.filter"), filter);
        Assert.Equal(VectorsFile.Bytes("discovery.filter_512"), filter512);

        byte[] psk = VectorsFile.Bytes("discovery.psks.0");
        Assert.Equal(VectorsFile.Bytes("discovery.confirmation"), DiscoveryProofs.Confirmation(core, LongTermKeys.Fingerprint(core, psk), id, salt));
        foreach (string role in new[] { DiscoveryProofs.Initiator, DiscoveryProofs.Responder, DiscoveryProofs.Offer })
        {
            byte[] proof = DiscoveryProofs.Proof(core, DiscoveryProofs.PskHash(core, psk), DiscoveryProofs.Challenge(core, nonce, role), id);
            Assert.Equal(VectorsFile.Bytes("discovery.proof_" + role), proof);
        }

        byte[] challenge = DiscoveryProofs.MatchChallenge(core, nonce, VectorsFile.Bytes("discovery.responder_nonce"));
        Assert.Equal(VectorsFile.Bytes("discovery.proof_match"), DiscoveryProofs.Proof(core, DiscoveryProofs.PskHash(core, psk), challenge, id));

        Assert.Equal(VectorsFile.Bytes("discovery.integrity_key"), DiscoveryProofs.IntegrityKey(core, id));
        Assert.Equal(VectorsFile.Bytes("discovery.mask_key"), LongTermKeys.MaskKey(core, LongTermKeys.PublicHandshakeKey(core)));
    }

    /// <summary>At most three bits for each PSK, and a full list still leaves most of the filter empty.</summary>
    [Fact]
    public void AFilterHoldsWhatWasAdded()
    {
        BclCore core = new();
        byte[] filter = new byte[512];
        byte[][] members = Enumerable.Range(0, 256).Select(i => DiscoveryProofs.Blinded(core, new byte[16], (ulong)i, 1)).ToArray();
        foreach (byte[] member in members)
        {
            DiscoveryProofs.AddToFilter(core, filter, member);
        }

        Assert.All(members, m => Assert.True(DiscoveryProofs.MayContain(core, filter, m)));
        Assert.InRange(filter.Sum(b => System.Numerics.BitOperations.PopCount(b)), 600, 768);
        int falsely = Enumerable.Range(1000, 1000).Count(i => DiscoveryProofs.MayContain(core, filter, DiscoveryProofs.Blinded(core, new byte[16], (ulong)i, 1)));
        Assert.InRange(falsely, 0, 30);
    }
}
