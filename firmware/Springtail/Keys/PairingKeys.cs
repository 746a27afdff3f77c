using Springtail.Crypto;
using Springtail.Packets;

namespace Springtail.Keys;

/// <summary>What follows from a token (PROTOCOL.md 17). A token is passed as its ASCII bytes.</summary>
internal static class PairingKeys
{
    /// <summary>The w of suite 5, 32 bytes. Slow: 4 096 iterations of PBKDF2.</summary>
    public static byte[] TokenScalar(ICryptoCore core, byte[] token)
    {
        byte[] secret = Secret.New(40);
        core.Pbkdf2(secret, token, Wire.Ascii("springtail_token_v1"), 4096);
        byte[] w = Secret.New(32);
        core.Spake2Scalar(w, secret);
        Secret.Wipe(secret);
        return w;
    }

    /// <summary>K = SHA256(TT) of suite 5, 32 bytes; null when the peer's share is refused.</summary>
    /// <param name="core">The primitives.</param>
    /// <param name="w">Of <see cref="TokenScalar"/>.</param>
    /// <param name="privateKey">The private key of this side's share.</param>
    /// <param name="share">This side's share.</param>
    /// <param name="peerShare">The peer's.</param>
    /// <param name="side">This side, one of <see cref="Spake2Side"/>.</param>
    public static byte[] SharedKey(ICryptoCore core, byte[] w, byte[] privateKey, byte[] share, byte[] peerShare, int side)
    {
        byte[] key = Secret.New(32);
        return core.Spake2Key(key, w, privateKey, share, peerShare, side, Wire.Ascii("springtail_client"), Wire.Ascii("springtail_server")) ? key : null;
    }

    /// <summary>What the receiver answers to the challenge of suite 4, 32 bytes.</summary>
    public static byte[] ChallengeAnswer(ICryptoCore core, byte[] challenge, byte[] token)
    {
        return new Concatenation().Bytes(challenge).Bytes(token).Sha256(core);
    }
}
