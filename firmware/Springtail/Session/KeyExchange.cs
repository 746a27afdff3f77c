using Springtail.Crypto;
using Springtail.Keys;
using Springtail.Packets;

namespace Springtail.Sessions;

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

    /// <summary>Makes a key pair; gives the private key.</summary>
    public static byte[] KeyPair(ICryptoCore core, int suite, byte[] publicKey)
    {
        byte[] privateKey = new byte[PrivateKeySize];
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
        byte[] secret = new byte[32];
        bool good = PublicKeySize(suite) == P256KeySize
            ? core.P256Shared(secret, privateKey, peerPublicKey)
            : core.X25519Shared(secret, privateKey, peerPublicKey);
        return good ? secret : null;
    }
}
