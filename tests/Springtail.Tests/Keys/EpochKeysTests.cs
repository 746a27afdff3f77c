using System.Linq;
using Springtail.Crypto;
using Springtail.Keys;
using Springtail.Tests.Support;
using Xunit;

namespace Springtail.Tests;

/// <summary>Rekey, repair, resume and emergency (PROTOCOL.md 12 to 14 and 16), each formula against the worked values.</summary>
public class EpochKeysTests
{
    private static readonly byte[] s_psk = VectorsFile.Bytes("long_term.psk");
    private static readonly ulong s_sessionId = VectorsFile.Number("long_term.session_id");

    [Theory]
    [MemberData(nameof(TestCores.Names), MemberType = typeof(TestCores))]
    public void RekeyAgrees(string name)
    {
        ICryptoCore core = TestCores.Get(name);
        uint nonce = (uint)VectorsFile.Number("rekey.rekey_nonce");
        byte[] requester = RekeyKeys.Commitment(core, VectorsFile.Bytes("rekey.requester_public"), nonce, s_sessionId);
        byte[] responder = RekeyKeys.Commitment(core, VectorsFile.Bytes("rekey.responder_public"), nonce, s_sessionId);
        Assert.Equal(VectorsFile.Bytes("rekey.requester_commitment"), requester);
        Assert.Equal(VectorsFile.Bytes("rekey.responder_commitment"), responder);

        uint day = (uint)VectorsFile.Number("rekey.day");
        CheckRekey(core, "rekey", s_psk, day, VectorsFile.Bytes("rekey.old_session_key"));
        CheckRekey(core, "after_emergency", s_psk, (uint)VectorsFile.Number("after_emergency.day"), VectorsFile.Bytes("emergency.session_key"));

        // In suite 5 K stands for the PSK.
        byte[] k = VectorsFile.Bytes("suite_5.parameters.session_key");
        CheckRekey(core, "rekey_suite_5", k, day, k);
    }

    private static void CheckRekey(ICryptoCore core, string section, byte[] psk, uint day, byte[] oldSessionKey)
    {
        byte[] sharedSecret = VectorsFile.Bytes("rekey.shared_secret");
        byte[] requester = VectorsFile.Bytes("rekey.requester_commitment");
        byte[] responder = VectorsFile.Bytes("rekey.responder_commitment");
        byte[] combined = RekeyKeys.Combined(core, sharedSecret, requester, responder, oldSessionKey);
        byte[] sessionKey = RekeyKeys.SessionKey(core, psk, day, s_sessionId, combined);
        byte[] traffic = RekeyKeys.TrafficKeys(core, sessionKey, sharedSecret, requester, responder);
        Assert.Equal(VectorsFile.Bytes(section + ".session_key"), sessionKey);
        Assert.Equal(VectorsFile.Bytes(section + ".client_key"), traffic[..32]);
        Assert.Equal(VectorsFile.Bytes(section + ".server_key"), traffic[32..]);
        Assert.Equal(VectorsFile.Bytes(section + ".confirmation"), RekeyKeys.Confirmation(core, sessionKey, s_sessionId));
    }

    [Theory]
    [MemberData(nameof(TestCores.Names), MemberType = typeof(TestCores))]
    public void RepairAgrees(string name)
    {
        ICryptoCore core = TestCores.Get(name);
        byte[] sessionKey = VectorsFile.Bytes("repair.session_key");
        uint nonce = (uint)VectorsFile.Number("repair.nonce");
        uint requester = (uint)VectorsFile.Number("repair.requester_next_send");
        uint responder = (uint)VectorsFile.Number("repair.responder_next_send");
        byte[] requesterCommitment = RepairProofs.Commitment(core, requester, nonce, s_sessionId);
        byte[] responderCommitment = RepairProofs.Commitment(core, responder, nonce, s_sessionId);

        Assert.Equal(VectorsFile.Bytes("repair.requester_commitment"), requesterCommitment);
        Assert.Equal(VectorsFile.Bytes("repair.responder_commitment"), responderCommitment);
        Assert.Equal(VectorsFile.Bytes("repair.responder_proof"), RepairProofs.SequenceProof(core, sessionKey, responder, nonce, requesterCommitment, s_sessionId));
        Assert.Equal(VectorsFile.Bytes("repair.requester_proof"), RepairProofs.SequenceProof(core, sessionKey, requester, nonce, responderCommitment, s_sessionId));

        byte[] confirmation = VectorsFile.Bytes("repair.confirmation_proof");
        Assert.Equal(confirmation, RepairProofs.ConfirmationProof(core, sessionKey, requester, responder, s_sessionId));
        Assert.Equal(confirmation, RepairProofs.ConfirmationProof(core, sessionKey, responder, requester, s_sessionId));
    }

    [Theory]
    [MemberData(nameof(TestCores.Names), MemberType = typeof(TestCores))]
    public void ResumeAgrees(string name)
    {
        ICryptoCore core = TestCores.Get(name);
        byte[] nonce = VectorsFile.Bytes("resume.resume_nonce");
        const string Saved = "suite_1.parameters.";
        byte[] keys = ResumeKeys.Derive(
            core, nonce, VectorsFile.Bytes(Saved + "session_key"), VectorsFile.Bytes(Saved + "client_key"), VectorsFile.Bytes(Saved + "server_key"), s_sessionId);
        Assert.Equal(VectorsFile.Bytes("resume.session_key"), keys[..32]);
        Assert.Equal(VectorsFile.Bytes("resume.client_key"), keys[32..64]);
        Assert.Equal(VectorsFile.Bytes("resume.server_key"), keys[64..]);

        const string Diversified = "rekey_and_resume_diversified.";
        Assert.Equal(
            VectorsFile.Bytes(Diversified + "authentication_key"), KeySchedule.RenewedAuthenticationKey(core, VectorsFile.Bytes(Diversified + "session_key")));
        Assert.Equal(
            VectorsFile.Bytes(Diversified + "resumed_authentication_key"),
            KeySchedule.RenewedAuthenticationKey(core, VectorsFile.Bytes(Diversified + "resumed_session_key")));
    }

    [Theory]
    [MemberData(nameof(TestCores.Names), MemberType = typeof(TestCores))]
    public void EmergencyAgrees(string name)
    {
        ICryptoCore core = TestCores.Get(name);
        byte[] server = VectorsFile.Bytes("suite_1.server_endpoint");
        byte[] client = VectorsFile.Bytes("suite_1.client_endpoint");
        byte[] secret = EmergencyKeys.EmergencySecret(core, VectorsFile.Bytes("suite_1.parameters.session_key"));
        ulong start = VectorsFile.Number("emergency.start_utc_ms");
        uint lastGood = (uint)VectorsFile.Number("emergency.last_good_sequence");
        byte reason = (byte)VectorsFile.Number("emergency.reason");
        byte[] token = VectorsFile.Bytes("emergency.recovery_token");

        // Whichever side computes it, and in whichever order it holds the endpoints.
        foreach ((byte[] a, byte[] b) in new[] { (server, client), (client, server) })
        {
            Assert.Equal(VectorsFile.Number("emergency.connection_id"), EmergencyKeys.ConnectionId(core, a, b, s_psk));
            Assert.Equal(VectorsFile.Bytes("emergency.context"), EmergencyKeys.Context(s_sessionId, a, b, start, lastGood, reason, secret));
        }

        byte[] context = VectorsFile.Bytes("emergency.context");
        Assert.Equal(VectorsFile.Bytes("emergency.emergency_key"), EmergencyKeys.EmergencyKey(core, s_psk, s_sessionId, context));

        byte[] sessionKey = EmergencyKeys.SessionKey(
            core, s_psk, VectorsFile.Number("emergency.utc_ms"), s_sessionId, token, VectorsFile.Number("emergency.recovery_session_id"));
        Assert.Equal(VectorsFile.Bytes("emergency.session_key"), sessionKey);
        byte[] traffic = EmergencyKeys.TrafficKeys(core, sessionKey, token);
        Assert.Equal(VectorsFile.Bytes("emergency.client_key"), traffic[..32]);
        Assert.Equal(VectorsFile.Bytes("emergency.server_key"), traffic[32..]);
        Assert.Equal(VectorsFile.Bytes("emergency.mask_key"), LongTermKeys.MaskKey(core, sessionKey));

        ulong challenge = VectorsFile.Number("emergency.challenge");
        Assert.Equal(VectorsFile.Bytes("emergency.key_check"), EmergencyKeys.KeyCheck(core, sessionKey, challenge));
        Assert.Equal(VectorsFile.Bytes("emergency.key_check_reply"), EmergencyKeys.KeyCheckReply(core, sessionKey, challenge));
    }

    [Theory]
    [MemberData(nameof(TestCores.Names), MemberType = typeof(TestCores))]
    public void WhatFollowsAnEmergencyAgrees(string name)
    {
        ICryptoCore core = TestCores.Get(name);
        const string At = "after_emergency.";
        byte[] sessionKey = VectorsFile.Bytes(At + "session_key");
        byte[] clientKey = VectorsFile.Bytes(At + "client_key");
        byte[] serverKey = VectorsFile.Bytes(At + "server_key");
        Assert.Equal(VectorsFile.Bytes(At + "master"), KeySchedule.MasterFromSessionKey(core, sessionKey));

        SessionParameters next = KeySchedule.DeriveAfterEmergency(core, sessionKey, clientKey, serverKey, new SessionParameters());
        Assert.Equal(VectorsFile.Number(At + "client_sequence"), next.ClientSequence);
        Assert.Equal(VectorsFile.Number(At + "server_sequence"), next.ServerSequence);
        Assert.Equal(VectorsFile.Number(At + "client_port_offset"), next.ClientPortOffset);
        Assert.Equal(VectorsFile.Number(At + "server_port_offset"), next.ServerPortOffset);
        Assert.Equal(VectorsFile.Number(At + "port_hop_seed"), next.PortHopSeed);
        Assert.Equal(VectorsFile.Number(At + "time_sync_offset"), next.TimeSyncOffset);
        Assert.Equal(VectorsFile.Bytes(At + "hop_key"), next.HopKey);
        Assert.Equal(sessionKey, next.SessionKey);
        Assert.Equal(clientKey, next.ClientKey);
        Assert.Equal(serverKey, next.ServerKey);
        Assert.Equal(500, next.HopInterval);
        Assert.Null(next.AuthenticationKey);
        Assert.Null(next.TrafficSecret);

        byte[] scratch = new byte[HopPorts.ScratchSize];
        ulong w = VectorsFile.Number(At + "w");
        foreach ((string range, int portMin, int portCount) in new[] { ("", 24576, 1024), ("_1024_64512", 1024, 64512) })
        {
            int client = HopPorts.Port(core, next.HopKey, HopPorts.ClientSide, w, next.ClientPortOffset, portMin, portCount, scratch);
            int server = HopPorts.Port(core, next.HopKey, HopPorts.ServerSide, w, next.ServerPortOffset, portMin, portCount, scratch);
            Assert.Equal((int)VectorsFile.Number(At + "client_port" + range), client);
            Assert.Equal((int)VectorsFile.Number(At + "server_port" + range), server);
        }

        // With DIVERSIFIED the variance and the seed stay, and the authentication key follows the session key.
        SessionParameters previous = new() { AuthenticationKey = new byte[32], HopIntervalVariance = 729, HopSequenceSeed = 15762 };
        SessionParameters diversified = KeySchedule.DeriveAfterEmergency(core, sessionKey, clientKey, serverKey, previous);
        Assert.Equal(1229, diversified.HopInterval);
        Assert.Equal(KeySchedule.HopKey(core, sessionKey, next.PortHopSeed, true, 15762), diversified.HopKey);
        Assert.Equal(KeySchedule.RenewedAuthenticationKey(core, sessionKey), diversified.AuthenticationKey);
        Assert.False(next.HopKey.SequenceEqual(diversified.HopKey));
    }
}
