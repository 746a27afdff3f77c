using Springtail.Crypto;
using Springtail.Packets;

namespace Springtail.Keys;

/// <summary>What both sides of a handshake show each other (PROTOCOL.md 5).</summary>
internal static class HandshakeProofs
{
    public const int SharedSecretHashSize = 32;
    public const int TranscriptSize = 32;
    public const int ConfirmSize = 16;
    public const int ContinuationSize = 16;

    /// <summary>shared_secret_hash, 32 bytes. Suite 5 sends zeros in its place.</summary>
    public static byte[] SharedSecretHash(ICryptoCore core, byte[] sharedSecret)
    {
        return new Concatenation().Bytes(sharedSecret).Text("ecdh_verification_v1").Sha256(core);
    }

    /// <summary>
    /// transcript, 32 bytes. Of the headers, before masking, the first 12 bytes count, of the payloads the fields: the rest differs from
    /// copy to copy.
    /// </summary>
    public static byte[] Transcript(ICryptoCore core, byte[] synHeader, byte[] synFields, byte[] synAckHeader, byte[] synAckFields)
    {
        return new Concatenation(2 * Packet.TranscriptHeaderSize + synFields.Length + synAckFields.Length)
            .Bytes(synHeader, 0, Packet.TranscriptHeaderSize).Bytes(synFields)
            .Bytes(synAckHeader, 0, Packet.TranscriptHeaderSize).Bytes(synAckFields)
            .Sha256(core);
    }

    /// <summary>confirm, 16 bytes: the client's proof that it holds the session_key of this transcript.</summary>
    public static byte[] Confirm(ICryptoCore core, byte[] sessionKey, byte[] transcript)
    {
        return new Concatenation().Text("handshake_confirm_v1").Bytes(transcript).Hmac(core, sessionKey, ConfirmSize);
    }

    /// <summary>continuation, 16 bytes: the client's proof that the session that its new one continues is its own (PROTOCOL.md 14.2).</summary>
    public static byte[] Continuation(ICryptoCore core, byte[] emergencySecret, byte[] transcript)
    {
        return new Concatenation().Text("continues_v2").Bytes(transcript).Hmac(core, emergencySecret, ContinuationSize);
    }
}
