using System;
using System.Linq;
using System.Text;
using Springtail.Crypto;
using Springtail.Keys;
using Springtail.Packets;
using Springtail.Tests.Support;
using Xunit;

namespace Springtail.Tests;

/// <summary>Sections 2, 4 to 8 and 17 of PROTOCOL.md, each formula against the worked values.</summary>
public class KeyScheduleTests
{
    // The range that is configured unless another is (section 4).
    private const int PortMin = 24576;
    private const int PortCount = 1024;

    private static readonly byte[] s_psk = VectorsFile.Bytes("long_term.psk");
    private static readonly ulong s_sessionId = VectorsFile.Number("long_term.session_id");
    private static readonly ushort s_keyExchangeId = (ushort)VectorsFile.Number("long_term.key_exchange_id");

    [Theory]
    [MemberData(nameof(TestCores.Names), MemberType = typeof(TestCores))]
    public void LongTermKeysAgree(string name)
    {
        ICryptoCore core = TestCores.Get(name);
        string date = VectorsFile.String("long_term.date");
        byte[] nonce = VectorsFile.Bytes("long_term.nonce");

        Assert.Equal(date, Dates.Date(VectorsFile.Number("long_term.utc_ms")));
        Assert.Equal(VectorsFile.Bytes("long_term.fingerprint"), LongTermKeys.Fingerprint(core, s_psk));
        byte[] dailyKey = LongTermKeys.DailyKey(core, s_psk, date);
        Assert.Equal(VectorsFile.Bytes("long_term.daily_key"), dailyKey);
        Assert.Equal(VectorsFile.Bytes("long_term.handshake_key"), LongTermKeys.HandshakeKey(core, dailyKey, s_sessionId, s_keyExchangeId, Array.Empty<byte>()));
        byte[] listener = Encoding.UTF8.GetBytes(VectorsFile.String("long_term.name"));
        Assert.Equal(VectorsFile.Bytes("long_term.handshake_key_of_name"), LongTermKeys.HandshakeKey(core, dailyKey, s_sessionId, s_keyExchangeId, listener));
        foreach (string side in new[] { "client", "server" })
        {
            ulong mark = LongTermKeys.Mark(core, VectorsFile.Bytes($"long_term.{side}_installation_id"), s_sessionId);
            Assert.Equal(VectorsFile.String($"long_term.{side}_mark"), mark.ToString("x16"));
        }

        Assert.Equal(VectorsFile.Bytes("long_term.session_key"), LongTermKeys.DeriveSessionKey(core, dailyKey, s_sessionId, nonce));
        byte[] truncated = LongTermKeys.DailyKeyTruncated(core, s_psk, date);
        Assert.Equal(VectorsFile.Bytes("long_term.daily_key_truncated_hkdf"), truncated);
        Assert.Equal(VectorsFile.Bytes("long_term.session_key_truncated_hkdf"), LongTermKeys.DeriveSessionKeyTruncated(core, truncated, s_sessionId, nonce));
        Assert.Equal(VectorsFile.Bytes("suite_1.handshake_mask_key"), LongTermKeys.MaskKey(core, dailyKey));
        Assert.Equal(VectorsFile.Bytes("suite_4.handshake_mask_key"), LongTermKeys.MaskKey(core, LongTermKeys.PublicHandshakeKey(core)));
        foreach (string clock in new[] { "clock", "clock_of_name" })
        {
            byte[] clockKey = LongTermKeys.ClockKey(core, VectorsFile.Bytes(clock + ".psk"), Encoding.UTF8.GetBytes(VectorsFile.String(clock + ".name")));
            Assert.Equal(VectorsFile.Bytes(clock + ".clock_key"), clockKey);
            Assert.Equal(VectorsFile.Bytes(clock + ".mask_key"), LongTermKeys.MaskKey(core, clockKey));
        }
    }

    [Theory]
    [MemberData(nameof(TestCores.Names), MemberType = typeof(TestCores))]
    public void RendezvousPortsAgree(string name)
    {
        ICryptoCore core = TestCores.Get(name);
        for (int i = 0; i < VectorsFile.At("rendezvous").AsArray().Count; i++)
        {
            ulong r = VectorsFile.Number($"rendezvous.{i}.r");
            string date = Rendezvous.Date(r);
            Assert.Equal(VectorsFile.String($"rendezvous.{i}.date"), date);
            byte[] dailyKey = LongTermKeys.DailyKey(core, s_psk, date);
            Assert.Equal((int)VectorsFile.Number($"rendezvous.{i}.port"), Rendezvous.Port(core, dailyKey, r, PortMin, PortCount));
            Assert.Equal((int)VectorsFile.Number($"rendezvous.{i}.port_40000_1000"), Rendezvous.Port(core, dailyKey, r, 40000, 1000));
            Assert.Equal((int)VectorsFile.Number($"rendezvous.{i}.port_1024_64512"), Rendezvous.Port(core, dailyKey, r, 1024, 64512));
            Assert.Equal(65535, Rendezvous.Port(core, dailyKey, r, 65535, 1));
        }

        Assert.Equal(179267108ul, Rendezvous.Index(1792671081941));
    }

    public static TheoryData<string, string> Handshakes
    {
        get
        {
            TheoryData<string, string> data = new();
            foreach (string suite in new[] { "suite_1", "suite_1_diversified", "suite_2", "suite_3", "suite_4", "suite_5" })
            {
                data.Add(TestCores.Native, suite);
                data.Add(TestCores.Bcl, suite);
                data.Add(TestCores.Desktop, suite);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Handshakes))]
    public void TheProofsOfAHandshakeAgree(string name, string suite)
    {
        ICryptoCore core = TestCores.Get(name);
        byte[] syn = VectorsFile.Bytes(suite + ".syn");
        byte[] synAck = VectorsFile.Bytes(suite + ".syn_ack");
        byte[] synFields = VectorsFile.Fields(suite, "syn");
        byte[] synAckFields = VectorsFile.Fields(suite, "syn_ack");
        byte[] transcript = HandshakeProofs.Transcript(core, syn[..12], synFields, synAck[..12], synAckFields);
        Assert.Equal(VectorsFile.Bytes(suite + ".transcript"), transcript);

        // Whole headers do as well, those of a copy too, whose fields are the same and whose padding is not.
        byte[] copy = VectorsFile.Bytes(suite + ".syn_copy");
        Assert.Equal(transcript, HandshakeProofs.Transcript(core, copy[..26], VectorsFile.Fields(suite, "syn_copy"), synAck[..26], synAckFields));

        byte[] sessionKey = VectorsFile.Bytes(suite + ".parameters.session_key");
        Assert.Equal(VectorsFile.Bytes(suite + ".confirm"), HandshakeProofs.Confirm(core, sessionKey, transcript));
        if (suite != "suite_5")
        {
            byte[] hash = HandshakeProofs.SharedSecretHash(core, VectorsFile.Bytes(suite + ".shared_secret"));
            Assert.Equal(VectorsFile.Bytes(suite + ".shared_secret_hash"), hash);
        }
    }

    /// <summary>Section 14.2: by the secret that the old session kept, over the handshake of the new one.</summary>
    [Theory]
    [MemberData(nameof(TestCores.Names), MemberType = typeof(TestCores))]
    public void TheProofThatASessionContinuesAnotherAgrees(string name)
    {
        ICryptoCore core = TestCores.Get(name);
        byte[] secret = EmergencyKeys.EmergencySecret(core, VectorsFile.Bytes("suite_1.parameters.session_key"));
        Assert.Equal(VectorsFile.Bytes("suite_1.emergency_secret"), secret);
        Assert.Equal(VectorsFile.Bytes("continued.continuation"), HandshakeProofs.Continuation(core, secret, VectorsFile.Bytes("continued.transcript")));
    }

    [Theory]
    [MemberData(nameof(Handshakes))]
    public void EverythingThatAHandshakeGivesAgrees(string name, string suite)
    {
        ICryptoCore core = TestCores.Get(name);
        SessionParameters parameters = Derive(core, suite, suite.EndsWith("diversified", StringComparison.Ordinal) ? Features.All : 0);

        string at = suite + ".parameters.";
        Assert.Equal(VectorsFile.Number(at + "client_sequence"), parameters.ClientSequence);
        Assert.Equal(VectorsFile.Number(at + "server_sequence"), parameters.ServerSequence);
        Assert.Equal(VectorsFile.Number(at + "client_port_offset"), parameters.ClientPortOffset);
        Assert.Equal(VectorsFile.Number(at + "server_port_offset"), parameters.ServerPortOffset);
        Assert.Equal(VectorsFile.Bytes(at + "session_key"), parameters.SessionKey);
        Assert.Equal(VectorsFile.Number(at + "port_hop_seed"), parameters.PortHopSeed);
        Assert.Equal(VectorsFile.Number(at + "time_sync_offset"), parameters.TimeSyncOffset);
        Assert.Equal(VectorsFile.Number(at + "congestion_seed"), parameters.CongestionSeed);
        Assert.Equal(VectorsFile.Bytes(at + "client_key"), parameters.ClientKey);
        Assert.Equal(VectorsFile.Bytes(at + "server_key"), parameters.ServerKey);
        Assert.Equal(VectorsFile.Bytes(suite + ".session_mask_key"), parameters.MaskKey);
        Assert.Equal(VectorsFile.Bytes(suite + ".hop_key"), parameters.HopKey);
        Assert.Equal((int)VectorsFile.Number(suite + ".hop_interval_ms"), parameters.HopInterval);
        Assert.Null(parameters.TrafficSecret);
        if (suite == "suite_1_diversified")
        {
            Assert.Equal(VectorsFile.Number(at + "hop_interval_variance"), parameters.HopIntervalVariance);
            Assert.Equal(VectorsFile.Number(at + "hop_sequence_seed"), parameters.HopSequenceSeed);
            Assert.Equal(VectorsFile.Bytes(at + "authentication_key"), parameters.AuthenticationKey);
        }
        else
        {
            Assert.Equal(0, parameters.HopIntervalVariance);
            Assert.Equal(0, parameters.HopSequenceSeed);
            Assert.Null(parameters.AuthenticationKey);
        }
    }

    [Theory]
    [MemberData(nameof(TestCores.Names), MemberType = typeof(TestCores))]
    public void MastersAgree(string name)
    {
        ICryptoCore core = TestCores.Get(name);
        byte[] token = Encoding.ASCII.GetBytes(VectorsFile.String("suite_4.secret_key")["token ".Length..]);

        byte[] salt = KeySchedule.Salt(core, VectorsFile.Bytes("suite_1.client_public"), VectorsFile.Bytes("suite_1.server_public"), s_keyExchangeId);
        Assert.Equal(VectorsFile.Bytes("suite_1.master"), KeySchedule.Master(core, VectorsFile.Bytes("suite_1.shared_secret"), salt));

        byte[] k2 = KeySchedule.SessionKeySuite2(core, s_psk, VectorsFile.Bytes("suite_2.shared_secret"), VectorsFile.Bytes("suite_2.transcript"));
        byte[] k3 = KeySchedule.SessionKeySuite3(core, VectorsFile.Bytes("suite_3.shared_secret"));
        byte[] k4 = KeySchedule.SessionKeySuite4(core, token, VectorsFile.Bytes("suite_4.shared_secret"));
        byte[] k5 = VectorsFile.Bytes("suite_5.shared_secret");
        foreach ((string suite, byte[] k) in new[] { ("suite_2", k2), ("suite_3", k3), ("suite_4", k4), ("suite_5", k5) })
        {
            Assert.Equal(VectorsFile.Bytes(suite + ".parameters.session_key"), k);
            Assert.Equal(VectorsFile.Bytes(suite + ".master"), KeySchedule.MasterFromSessionKey(core, k));
        }
    }

    /// <summary>The table of section 6, read chunk by chunk.</summary>
    [Fact]
    public void AMasterIsReadAsTheTableSays()
    {
        byte[] master = Enumerable.Range(0, 128).Select(i => (byte)(i * 7 + 3)).ToArray();
        uint Chunk(int i) => (uint)(master[2 * i] << 8 | master[2 * i + 1]);

        SessionParameters parameters = KeySchedule.ReadMaster(master);
        Assert.Equal(Chunk(0) << 16 | Chunk(1), parameters.ClientSequence);
        Assert.Equal(Chunk(2) << 16 | Chunk(3), parameters.ServerSequence);
        Assert.Equal(Chunk(4), parameters.ClientPortOffset);
        Assert.Equal(Chunk(5), parameters.ServerPortOffset);
        Assert.Equal(master[12..44], parameters.SessionKey);
        Assert.Equal(Chunk(22) << 16 | Chunk(23), parameters.PortHopSeed);
        Assert.Equal(Chunk(24), parameters.TimeSyncOffset);
        Assert.Equal(Chunk(25), parameters.CongestionSeed);
        Assert.Equal(master[64..], parameters.TrafficSecret);
    }

    /// <summary>DIVERSIFIED counts in suites 1 and 3 and nowhere else, CLIENT_HOPS changes no key.</summary>
    [Theory]
    [InlineData("suite_1", true)]
    [InlineData("suite_2", false)]
    [InlineData("suite_3", true)]
    [InlineData("suite_4", false)]
    [InlineData("suite_5", false)]
    public void DiversifiedCountsInSuites1And3(string suite, bool counts)
    {
        BclCore core = new();
        SessionParameters plain = Derive(core, suite, 0);
        SessionParameters hops = Derive(core, suite, Features.ClientHops);
        SessionParameters diversified = Derive(core, suite, Features.Diversified);

        Assert.Equal(plain.HopKey, hops.HopKey);
        Assert.Equal(plain.SessionKey, diversified.SessionKey);
        Assert.Equal(counts, diversified.AuthenticationKey != null);
        Assert.Equal(counts, !plain.HopKey.SequenceEqual(diversified.HopKey));
        Assert.Equal(counts, plain.ClientSequence != diversified.ClientSequence);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(6)]
    public void AnUnknownSuiteIsRefused(int suite)
    {
        byte[] key = new byte[32];
        Assert.Throws<ArgumentException>(() => KeySchedule.Derive(new BclCore(), suite, 0, key, key, key, 0, 1, key, key, key, PortCount));
    }

    [Fact]
    public void WipeLeavesNoKey()
    {
        SessionParameters parameters = Derive(new BclCore(), "suite_1_diversified", Features.Diversified);
        byte[][] keys =
        {
            parameters.SessionKey, parameters.ClientKey, parameters.ServerKey, parameters.AuthenticationKey, parameters.MaskKey, parameters.HopKey,
        };
        Assert.All(keys, k => Assert.Contains(k, b => b != 0));

        parameters.Wipe();
        Assert.All(keys, k => Assert.All(k, b => Assert.Equal(0, b)));
        Assert.Equal(0u, parameters.PortHopSeed);

        // What holds no keys yet can be wiped as well.
        new SessionParameters().Wipe();
    }

    [Theory]
    [MemberData(nameof(Handshakes))]
    public void HopPortsAgree(string name, string suite)
    {
        ICryptoCore core = TestCores.Get(name);
        byte[] scratch = new byte[HopPorts.ScratchSize];
        byte[] hopKey = VectorsFile.Bytes(suite + ".hop_key");
        for (int i = 0; i < VectorsFile.At(suite + ".ports").AsArray().Count; i++)
        {
            string at = $"{suite}.ports.{i}.";
            ulong w = VectorsFile.Number(at + "w");
            foreach ((string range, int portMin, int portCount) in new[] { ("", PortMin, PortCount), ("_40000_1000", 40000, 1000), ("_1024_64512", 1024, 64512) })
            {
                // With DIVERSIFIED the offsets depend on the range (section 6).
                SessionParameters parameters = Derive(core, suite, suite.EndsWith("diversified", StringComparison.Ordinal) ? Features.All : 0, portCount);
                if (range != "_40000_1000")
                {
                    int client = HopPorts.Port(core, hopKey, HopPorts.ClientSide, w, parameters.ClientPortOffset, portMin, portCount, scratch);
                    Assert.Equal((int)VectorsFile.Number(at + "client" + range), client);
                }

                int server = HopPorts.Port(core, hopKey, HopPorts.ServerSide, w, parameters.ServerPortOffset, portMin, portCount, scratch);
                Assert.Equal((int)VectorsFile.Number(at + "server" + range), server);
            }
        }
    }

    /// <summary>u32 and offset together pass 2^32 in this value.</summary>
    [Theory]
    [MemberData(nameof(TestCores.Names), MemberType = typeof(TestCores))]
    public void AHopPortIsComputedIn64Bits(string name)
    {
        const string At = "hop_past_32_bits.";
        int port = HopPorts.Port(
            TestCores.Get(name), VectorsFile.Bytes(At + "hop_key"), (int)VectorsFile.Number(At + "side"), VectorsFile.Number(At + "w"),
            (int)VectorsFile.Number(At + "offset"), (int)VectorsFile.Number(At + "port_min"), (int)VectorsFile.Number(At + "port_count"), new byte[HopPorts.ScratchSize]);
        Assert.Equal((int)VectorsFile.Number(At + "port"), port);
    }

    [Theory]
    [InlineData(0ul, 0, 500, 0ul)]
    [InlineData(499ul, 0, 500, 0ul)]
    [InlineData(499ul, 1, 500, 1ul)]
    [InlineData(1792671081941ul, 8772, 500, 3585342181ul)]
    [InlineData(1792671081941ul, 8772, 1229, 1458642059ul)]
    [InlineData(1792671081941ul, 65535, 1499, 1195911372ul)]
    public void AWindowIsCountedFromTheEpoch(ulong utcMs, int timeSyncOffset, int interval, ulong expected)
    {
        Assert.Equal(expected, HopPorts.Window(utcMs, (ushort)timeSyncOffset, interval));
    }

    [Theory]
    [InlineData(TestCores.Native)]
    [InlineData(TestCores.Desktop)]
    public void AHopPortAllocatesNothing(string name)
    {
        ICryptoCore core = TestCores.Get(name);
        byte[] scratch = new byte[HopPorts.ScratchSize];
        byte[] hopKey = new byte[32];
        HopPorts.Port(core, hopKey, 1, 0, 0, PortMin, PortCount, scratch);

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (ulong w = 0; w < 1000; w++)
        {
            HopPorts.Port(core, hopKey, 1, w, 0, PortMin, PortCount, scratch);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    /// <summary>A listener makes one for each of its PSKs every ten seconds, under a lock that its sessions wait for.</summary>
    [Theory]
    [InlineData(TestCores.Native)]
    [InlineData(TestCores.Desktop)]
    public void ARendezvousPortAllocatesNothing(string name)
    {
        ICryptoCore core = TestCores.Get(name);
        byte[] dailyKey = new byte[32];
        Rendezvous.Port(core, dailyKey, 0, PortMin, PortCount);

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (ulong r = 0; r < 1000; r++)
        {
            Rendezvous.Port(core, dailyKey, r, PortMin, PortCount);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Theory]
    [MemberData(nameof(TestCores.Names), MemberType = typeof(TestCores))]
    public void WhatFollowsFromATokenAgrees(string name)
    {
        ICryptoCore core = TestCores.Get(name);
        byte[] token = Encoding.ASCII.GetBytes(VectorsFile.String("suite_5.secret_key")["token ".Length..]);

        Assert.Equal(VectorsFile.Bytes("suite_5.w"), PairingKeys.TokenScalar(core, token));
        Assert.Equal(
            VectorsFile.Bytes("suite_5.shared_secret"),
            PairingKeys.SharedKey(
                core, VectorsFile.Bytes("suite_5.w"), VectorsFile.Bytes("suite_5.server_private"), VectorsFile.Bytes("suite_5.server_public"),
                VectorsFile.Bytes("suite_5.client_public"), Spake2Side.Server));

        byte[] challenge = Enumerable.Range(0, 32).Select(i => (byte)i).ToArray();
        byte[] expected = System.Security.Cryptography.SHA256.HashData(challenge.Concat(token).ToArray());
        Assert.Equal(expected, PairingKeys.ChallengeAnswer(core, challenge, token));
    }

    private static SessionParameters Derive(ICryptoCore core, string suite, int features, int portCount = PortCount)
    {
        int number = suite["suite_".Length] - '0';
        bool byToken = number >= KeySchedule.SuiteToken;
        byte[] handshakeKey = byToken ? LongTermKeys.PublicHandshakeKey(core) : VectorsFile.Bytes(suite + ".handshake_key");
        byte[] secret = byToken ? Encoding.ASCII.GetBytes(VectorsFile.String(suite + ".secret_key")["token ".Length..]) : s_psk;
        return KeySchedule.Derive(
            core, number, features, VectorsFile.Bytes(suite + ".shared_secret"), VectorsFile.Bytes(suite + ".client_public"),
            VectorsFile.Bytes(suite + ".server_public"), s_keyExchangeId, s_sessionId, handshakeKey, secret, VectorsFile.Bytes(suite + ".transcript"), portCount);
    }
}
