using Springtail.Crypto;

namespace Springtail.Keys;

/// <summary>The keys of a new epoch (PROTOCOL.md 12). "Both commitments" are the requester's, then the responder's.</summary>
internal static class RekeyKeys
{
    public const int CommitmentSize = 32;
    public const int ConfirmationSize = 16;

    /// <summary>commitment, 32 bytes.</summary>
    public static byte[] Commitment(ICryptoCore core, byte[] publicKey, uint rekeyNonce, ulong sessionId)
    {
        return new Concatenation().Bytes(publicKey).U32(rekeyNonce).U64(sessionId).Text("key_commitment").Sha256(core);
    }

    /// <summary>combined: a secret, which the caller wipes.</summary>
    public static byte[] Combined(ICryptoCore core, byte[] sharedSecret, byte[] requesterCommitment, byte[] responderCommitment, byte[] oldSessionKey)
    {
        byte[] chain = new Concatenation().Text("rekey_chain_v1").Hmac(core, oldSessionKey);
        byte[] combined = new Concatenation().Bytes(sharedSecret).Bytes(requesterCommitment).Bytes(responderCommitment).Bytes(chain).ToSecret();
        Secret.Wipe(chain);
        return combined;
    }

    /// <summary>new session_key, 32 bytes. <paramref name="psk"/> is K of the handshake in suites 4 and 5; <paramref name="day"/> is that of the request.</summary>
    public static byte[] SessionKey(ICryptoCore core, byte[] psk, uint day, ulong sessionId, byte[] combined)
    {
        byte[] dailyKey = LongTermKeys.DailyKey(core, psk, Dates.DateOfDay(day));
        byte[] key = LongTermKeys.DeriveSessionKey(core, dailyKey, sessionId, combined);
        Secret.Wipe(dailyKey);
        return key;
    }

    /// <summary>new traffic, 64 bytes: client_key, then server_key.</summary>
    public static byte[] TrafficKeys(ICryptoCore core, byte[] newSessionKey, byte[] sharedSecret, byte[] requesterCommitment, byte[] responderCommitment)
    {
        byte[] info = new Concatenation().Text("traffic_v1").Bytes(requesterCommitment).Bytes(responderCommitment).ToArray();
        return Hkdf.Derive(core, newSessionKey, sharedSecret, info, 64);
    }

    /// <summary>confirmation, 16 bytes.</summary>
    public static byte[] Confirmation(ICryptoCore core, byte[] newSessionKey, ulong sessionId)
    {
        return new Concatenation().Text("rekey_confirmation").U64(sessionId).Hmac(core, newSessionKey, ConfirmationSize);
    }
}
