using Springtail.Crypto;
using Springtail.Packets;

namespace Springtail.Keys;

/// <summary>What differs from suite to suite in a handshake (PROTOCOL.md 7).</summary>
internal static class KeyExchange
{
    public const int P256KeySize = 64;
    public const int X25519KeySize = 32;

    private const int PrivateKeySize = 32;

    /// <summary>64 bytes for P-256, 32 for X25519; 0 for a suite that is not known.</summary>
    public static int PublicKeySize(int suite)
    {
        switch (suite)
        {
            case KeySchedule.SuiteP256:
            case KeySchedule.SuiteFuzzy:
            case KeySchedule.SuiteSpake2:
                return P256KeySize;
            case KeySchedule.SuiteX25519:
            case KeySchedule.SuiteToken:
                return X25519KeySize;
            default:
                return 0;
        }
    }

    /// <summary>The features that mean something in a suite: DIVERSIFIED belongs to 1 and 3.</summary>
    public static int KnownFeatures(int suite)
    {
        return suite == KeySchedule.SuiteP256 || suite == KeySchedule.SuiteFuzzy ? Features.All : Features.ClientHops;
    }

    /// <summary>One of <see cref="PacketProtection"/>.</summary>
    public static int Protection(int suite)
    {
        return suite == KeySchedule.SuiteP256 || suite == KeySchedule.SuiteFuzzy ? PacketProtection.ChaCha20Hmac : PacketProtection.ChaCha20Poly1305;
    }

    /// <summary>Makes the public key of a handshake's SYN or SYN_ACK, in suite 5 a share; returns the private key.</summary>
    /// <param name="core">The primitives.</param>
    /// <param name="suite">1 to 5.</param>
    /// <param name="secret">The PSK or token, of which suite 5 makes its share.</param>
    /// <param name="side">This side, one of <see cref="Spake2Side"/>.</param>
    /// <param name="publicKey">Takes the public key.</param>
    public static byte[] HandshakePair(ICryptoCore core, int suite, PskKeys secret, int side, byte[] publicKey)
    {
        if (suite != KeySchedule.SuiteSpake2)
        {
            return KeyPair(core, suite, publicKey);
        }

        // One draw in 2^32 is out of range; a source that returns ten such in a row is broken.
        byte[] privateKey = Secret.New(PrivateKeySize);
        for (int i = 0; i < 10; i++)
        {
            core.Random(privateKey, 0, PrivateKeySize);
            if (core.Spake2Share(publicKey, secret.TokenScalar, privateKey, side))
            {
                return privateKey;
            }
        }

        throw new SpringtailException(ErrorCode.KeyExchangeFailed, "The random source returned no valid private key.");
    }

    /// <summary>The shared secret of a handshake, 32 bytes, in suite 5 K; null when the peer's public key or share is refused.</summary>
    public static byte[] HandshakeSecret(ICryptoCore core, int suite, PskKeys secret, int side, byte[] privateKey, byte[] publicKey, byte[] peerPublicKey)
    {
        return suite == KeySchedule.SuiteSpake2
            ? PairingKeys.SharedKey(core, secret.TokenScalar, privateKey, publicKey, peerPublicKey, side)
            : SharedSecret(core, suite, privateKey, peerPublicKey);
    }

    /// <summary>The shared_secret_hash of a SYN_ACK: zeros in suite 5, where the client confirms first.</summary>
    public static byte[] SharedSecretHash(ICryptoCore core, int suite, byte[] secret)
    {
        return suite == KeySchedule.SuiteSpake2 ? new byte[HandshakeProofs.SharedSecretHashSize] : HandshakeProofs.SharedSecretHash(core, secret);
    }

    /// <summary>Makes a key pair on the curve of the suite; returns the private key.</summary>
    public static byte[] KeyPair(ICryptoCore core, int suite, byte[] publicKey)
    {
        byte[] privateKey = Secret.New(PrivateKeySize);
        if (PublicKeySize(suite) == P256KeySize)
        {
            core.P256KeyPair(publicKey, privateKey);
        }
        else
        {
            core.X25519KeyPair(publicKey, privateKey);
        }

        return privateKey;
    }

    /// <summary>The shared secret, 32 bytes; null when the peer's public key is refused.</summary>
    public static byte[] SharedSecret(ICryptoCore core, int suite, byte[] privateKey, byte[] peerPublicKey)
    {
        byte[] secret = Secret.New(32);
        bool good = PublicKeySize(suite) == P256KeySize
            ? core.P256Shared(secret, privateKey, peerPublicKey)
            : core.X25519Shared(secret, privateKey, peerPublicKey);
        return good ? secret : null;
    }
}
