using Springtail.Crypto;
using Springtail.Packets;

namespace Springtail.Keys;

/// <summary>What follows from a token (PROTOCOL.md 17). A token is given as its ASCII bytes.</summary>
public static class PairingKeys
{
    /// <summary>The 40 bytes that are, modulo n, the w of suite 5. Takes its time.</summary>
    public static byte[] TokenSecret(ICryptoCore core, byte[] token)
    {
        byte[] secret = new byte[40];
        core.Pbkdf2(secret, token, Wire.Ascii("springtail_token_v1"), 4096);
        return secret;
    }

    /// <summary>What the receiver answers to the challenge of suite 4, 32 bytes.</summary>
    public static byte[] ChallengeAnswer(ICryptoCore core, byte[] challenge, byte[] token)
    {
        return new Concatenation().Bytes(challenge).Bytes(token).Sha256(core);
    }
}
