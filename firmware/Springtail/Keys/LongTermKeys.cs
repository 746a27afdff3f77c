using Springtail.Crypto;
using Springtail.Packets;

namespace Springtail.Keys;

/// <summary>What follows from a PSK before any handshake (PROTOCOL.md 2), with the keys of masks (3.2) and of the clock (11). Keys have 32 bytes.</summary>
internal static class LongTermKeys
{
    /// <summary>Shortest and longest PSK in bytes.</summary>
    public const int MinPskSize = 16;
    public const int MaxPskSize = 64;

    public const int FingerprintSize = 16;

    /// <summary>Size of an installation_id in bytes, and of the longest name of a listener.</summary>
    public const int InstallationIdSize = 16;
    public const int MaxNameSize = 64;

    private const string SessionKeyLabel = "session_key";

    /// <summary>fingerprint(psk), 16 bytes: tells PSKs apart locally and is never sent.</summary>
    public static byte[] Fingerprint(ICryptoCore core, byte[] psk)
    {
        return Secret.Truncate(new Concatenation().Bytes(psk).Text("psk_fingerprint_v2").Sha256(core), FingerprintSize);
    }

    /// <summary>daily_key(psk, date); <paramref name="date"/> is "YYYY-MM-DD".</summary>
    public static byte[] DailyKey(ICryptoCore core, byte[] psk, string date)
    {
        return Hkdf.Derive(core, Wire.Ascii("daily_key_salt"), psk, DailyKeyInfo(date), 32);
    }

    /// <summary>daily_key with the truncated HKDF.</summary>
    public static byte[] DailyKeyTruncated(ICryptoCore core, byte[] psk, string date)
    {
        return Hkdf.DeriveTruncated(core, Wire.Ascii("daily_key_salt"), psk, DailyKeyInfo(date), 32);
    }

    /// <summary>derive_session_key(daily_key, session_id, nonce).</summary>
    public static byte[] DeriveSessionKey(ICryptoCore core, byte[] dailyKey, ulong sessionId, byte[] nonce)
    {
        byte[] info = SessionKeyInfo(nonce);
        byte[] key = Hkdf.Derive(core, SessionKeySalt(sessionId), dailyKey, info, 32);
        Secret.Wipe(info);
        return key;
    }

    /// <summary>derive_session_key with the truncated HKDF.</summary>
    public static byte[] DeriveSessionKeyTruncated(ICryptoCore core, byte[] dailyKey, ulong sessionId, byte[] nonce)
    {
        byte[] info = SessionKeyInfo(nonce);
        byte[] key = Hkdf.DeriveTruncated(core, SessionKeySalt(sessionId), dailyKey, info, 32);
        Secret.Wipe(info);
        return key;
    }

    /// <summary>handshake_key = derive_session_key(daily_key, session_id, "handshake_v2" || key_exchange_id || text8(name)): tags SYN and SYN_ACK of suites 1 to 3. <paramref name="name"/> is the listener's, in UTF-8.</summary>
    public static byte[] HandshakeKey(ICryptoCore core, byte[] dailyKey, ulong sessionId, ushort keyExchangeId, byte[] name)
    {
        byte[] info = new Concatenation().Text(SessionKeyLabel).Text("handshake_v2").U16(keyExchangeId).Text8(name).ToArray();
        return Hkdf.Derive(core, SessionKeySalt(sessionId), dailyKey, info, 32);
    }

    /// <summary>The handshake_key of suites 4 and 5, which everybody knows (PROTOCOL.md 17).</summary>
    public static byte[] PublicHandshakeKey(ICryptoCore core)
    {
        return new Concatenation().Text("springtail_public_handshake_v1").Sha256(core);
    }

    /// <summary>
    /// mask_key = HMAC(key, "mask_v1"), where key is a daily key, the public handshake key, the clock key or the
    /// session_key of epoch 0 (PROTOCOL.md 3.2).
    /// </summary>
    public static byte[] MaskKey(ICryptoCore core, byte[] key)
    {
        return new Concatenation().Text("mask_v1").Hmac(core, key);
    }

    /// <summary>clock_key: tags CLOCK_REQUEST and CLOCK_RESPONSE (PROTOCOL.md 11). <paramref name="name"/> is the listener's, in UTF-8.</summary>
    public static byte[] ClockKey(ICryptoCore core, byte[] psk, byte[] name)
    {
        return Hkdf.Derive(core, null, psk, new Concatenation().Text("clock_v2").Text8(name).ToArray(), 32);
    }

    /// <summary>mark(session_id), 8 bytes as a number: tells an installation its own handshakes, and tells others nothing of the installation (PROTOCOL.md 2).</summary>
    public static ulong Mark(ICryptoCore core, byte[] installationId, ulong sessionId)
    {
        return Wire.ReadU64(new Concatenation().Text("installation_v2").U64(sessionId).Hmac(core, installationId), 0);
    }

    /// <summary>Tags what a device saves of a session (PROTOCOL.md 16.1); <paramref name="secret"/> is the PSK, or the token's bytes.</summary>
    public static byte[] SnapshotKey(ICryptoCore core, byte[] secret)
    {
        return Hkdf.Derive(core, null, secret, Wire.Ascii("snapshot_v1"), 32);
    }

    private static byte[] DailyKeyInfo(string date)
    {
        return new Concatenation().Text("daily_key").Text(date).ToArray();
    }

    private static byte[] SessionKeySalt(ulong sessionId)
    {
        return new Concatenation().U64(sessionId).ToArray();
    }

    private static byte[] SessionKeyInfo(byte[] nonce)
    {
        return new Concatenation().Text(SessionKeyLabel).Bytes(nonce).ToSecret();
    }
}
