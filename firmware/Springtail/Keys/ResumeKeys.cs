using Springtail.Crypto;

namespace Springtail.Keys;

/// <summary>The keys with which a saved session goes on (PROTOCOL.md 16).</summary>
internal static class ResumeKeys
{
    public const int NonceSize = 16;

    /// <summary>keys, 96 bytes: new session_key, client_key, server_key, from the saved ones.</summary>
    public static byte[] Derive(ICryptoCore core, byte[] resumeNonce, byte[] sessionKey, byte[] clientKey, byte[] serverKey, ulong sessionId)
    {
        byte[] ikm = new Concatenation().Bytes(sessionKey).Bytes(clientKey).Bytes(serverKey).ToSecret();
        byte[] info = new Concatenation().Text("resume_v1").U64(sessionId).ToArray();
        byte[] keys = Hkdf.Derive(core, resumeNonce, ikm, info, 96);
        Secret.Wipe(ikm);
        return keys;
    }
}
