using Springtail.Crypto;
using Springtail.Packets;

namespace Springtail.Keys;

/// <summary>
/// The keys of an emergency (PROTOCOL.md 14). The two endpoints are the endpoint fields of the handshake, 19 bytes each,
/// in any order: the formulas put the smaller one first.
/// </summary>
internal static class EmergencyKeys
{
    public const int RecoveryTokenSize = 32;

    /// <summary>Bytes of KEY_CHECK's payload: text, proof, challenge.</summary>
    public const int KeyCheckSize = 30 + 16 + 8;

    private const string KeyCheckText = "emergency_recovery_key_test_v1";

    /// <summary>connection_id.</summary>
    public static ulong ConnectionId(ICryptoCore core, byte[] endpoint, byte[] otherEndpoint, byte[] psk)
    {
        byte[] hash = AddEndpoints(new Concatenation(), endpoint, otherEndpoint).Bytes(psk).Text("connection_id_v1").Sha256(core);
        return Wire.ReadU64(hash, 0);
    }

    /// <summary>The emergency secret, 32 bytes: HMAC of the session_key of epoch 0, made at the handshake and kept.</summary>
    public static byte[] EmergencySecret(ICryptoCore core, byte[] sessionKey)
    {
        return new Concatenation().Text("emergency_context_v1").Hmac(core, sessionKey);
    }

    /// <summary>context; ends with the emergency secret, so the caller wipes it.</summary>
    public static byte[] Context(
        ulong sessionId, byte[] endpoint, byte[] otherEndpoint, ulong startUtcMs, uint lastGoodSequence, byte reason, byte[] emergencySecret)
    {
        return AddEndpoints(new Concatenation().U64(sessionId), endpoint, otherEndpoint)
            .U64(startUtcMs).U32(lastGoodSequence).U8(reason).Bytes(emergencySecret)
            .ToSecret();
    }

    /// <summary>emergency_key, 32 bytes: seals and tags EMERGENCY_REQUEST and EMERGENCY_RESPONSE.</summary>
    public static byte[] EmergencyKey(ICryptoCore core, byte[] psk, ulong sessionId, byte[] context)
    {
        byte[] salt = new Concatenation().Text("emergency_recovery_salt_v1").U64(sessionId).ToArray();
        byte[] info = new Concatenation().Text("emergency_recovery_key").Bytes(context).ToSecret();
        byte[] key = Hkdf.Derive(core, salt, psk, info, 32);
        Secret.Wipe(info);
        return key;
    }

    /// <summary>The additional data of the sealed payloads.</summary>
    public static byte[] AdditionalData()
    {
        return Wire.Ascii("emergency_recovery_v1");
    }

    /// <summary>session_key of the interim, 32 bytes; <paramref name="utcMs"/> is that of the request.</summary>
    public static byte[] SessionKey(ICryptoCore core, byte[] psk, ulong utcMs, ulong sessionId, byte[] recoveryToken, ulong recoverySessionId)
    {
        byte[] dailyKey = LongTermKeys.DailyKey(core, psk, Dates.Date(utcMs));
        byte[] nonce = new Concatenation().Bytes(recoveryToken).U64(recoverySessionId).Text("emergency_session_key_v1").ToSecret();
        byte[] key = LongTermKeys.DeriveSessionKey(core, dailyKey, sessionId, nonce);
        Secret.Wipe(dailyKey);
        Secret.Wipe(nonce);
        return key;
    }

    /// <summary>traffic of the interim, 64 bytes: client_key, then server_key.</summary>
    public static byte[] TrafficKeys(ICryptoCore core, byte[] sessionKey, byte[] recoveryToken)
    {
        return Hkdf.Derive(core, sessionKey, recoveryToken, Wire.Ascii("traffic_v1"), 64);
    }

    /// <summary>The payload of KEY_CHECK.</summary>
    public static byte[] KeyCheck(ICryptoCore core, byte[] sessionKey, ulong challenge)
    {
        byte[] proof = new Concatenation().Text(KeyCheckText).Hmac(core, sessionKey, 16);
        return new Concatenation().Text(KeyCheckText).Bytes(proof).U64(challenge).ToArray();
    }

    /// <summary>The payload of KEY_CHECK_REPLY.</summary>
    public static byte[] KeyCheckReply(ICryptoCore core, byte[] sessionKey, ulong challenge)
    {
        byte[] proof = new Concatenation().Text(KeyCheckText).U64(challenge).Hmac(core, sessionKey, 16);
        return new Concatenation().U64(challenge).Bytes(proof).ToArray();
    }

    private static Concatenation AddEndpoints(Concatenation message, byte[] endpoint, byte[] otherEndpoint)
    {
        return IsLess(otherEndpoint, endpoint)
            ? message.Bytes(otherEndpoint).Bytes(endpoint)
            : message.Bytes(endpoint).Bytes(otherEndpoint);
    }

    /// <summary>Compares as byte strings. Endpoints are no secrets.</summary>
    private static bool IsLess(byte[] a, byte[] b)
    {
        for (int i = 0; i < Endpoint.Size; i++)
        {
            if (a[i] != b[i])
            {
                return a[i] < b[i];
            }
        }

        return false;
    }
}
