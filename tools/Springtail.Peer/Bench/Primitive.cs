using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Security.Cryptography;
using Springtail.Crypto;
using Springtail.Packets;

namespace Springtail.Peer.Bench;

/// <summary>A primitive as the channel has it on the desktop, beside the plain call of .NET, which is OpenSSL's on Linux.</summary>
/// <param name="Name">As in native-interop/bench.</param>
/// <param name="Ours">One operation.</param>
/// <param name="Theirs">The same with .NET; null where it has none.</param>
internal sealed record Primitive(string Name, Action Ours, Action? Theirs)
{
    // The two take turns, so that a busy machine does wrong to both; the best turn of each counts.
    private const int Turns = 5;

    /// <summary>Operations per second, ours and theirs (0 where there is none).</summary>
    /// <param name="milliseconds">How long the measurement takes for each of the two.</param>
    public (double Ours, double Theirs) Measure(int milliseconds)
    {
        double ours = 0, theirs = 0;
        for (int i = 0; i < Turns; i++)
        {
            ours = Math.Max(ours, Rate(Ours, milliseconds / (double)Turns));
            theirs = Theirs == null ? 0 : Math.Max(theirs, Rate(Theirs, milliseconds / (double)Turns));
        }

        return (ours, theirs);
    }

    /// <summary>All that a channel spends time on.</summary>
    public static IReadOnlyList<Primitive> All(ICryptoCore core)
    {
        byte[] kilobyte = new byte[1024], key = RandomNumberGenerator.GetBytes(32), tagKey = RandomNumberGenerator.GetBytes(32);
        byte[] digest = new byte[32], text = new byte[65536], master = new byte[128], nonce = new byte[12], tag = new byte[16];
        byte[] publicKey = new byte[64], privateKey = new byte[32], peerPublic = new byte[64], peerPrivate = new byte[32];
        byte[] x25519Public = new byte[32], x25519Private = new byte[32], secret = new byte[32];
        core.P256KeyPair(peerPublic, peerPrivate);
        core.P256KeyPair(publicKey, privateKey);
        core.X25519KeyPair(x25519Public, x25519Private);

        // Header and tag around a kilobyte; what is sealed again and again is the last ciphertext, which takes as long.
        byte[] packet = new byte[Packet.Overhead + 1024], header = new byte[Packet.HeaderSize], output = new byte[1024];
        byte[] data = new byte[1024 + tag.Length], iv = new byte[16];

        ECDiffieHellman own = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        ECDiffieHellmanPublicKey peer = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256).PublicKey;
        ChaCha20Poly1305? chaCha = ChaCha20Poly1305.IsSupported ? new ChaCha20Poly1305(key) : null;
        return
        [
            new("p256_public", () => core.P256KeyPair(publicKey, privateKey), () => ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256).Dispose()),
            new("p256_shared", () => core.P256Shared(secret, privateKey, peerPublic), () => own.DeriveRawSecretAgreement(peer)),
            new("x25519_shared", () => core.X25519Shared(secret, x25519Private, x25519Public), null),
            new("sha256_64k", () => core.Sha256(digest, 0, text, 0, text.Length), () => SHA256.HashData(text, digest)),
            new(
                "hmac_sha256_1k", () => core.HmacSha256(digest, 0, key, 0, key.Length, kilobyte, 0, kilobyte.Length),
                () => HMACSHA256.HashData(key, kilobyte, digest)),
            new(
                "pbkdf2_4096_128", () => core.Pbkdf2(master, key, tagKey, 4096),
                () => Rfc2898DeriveBytes.Pbkdf2(key, tagKey, master, 4096, HashAlgorithmName.SHA256)),
            new(
                // With the IV of an emergency, 16 bytes; .NET takes 12 alone.
                "aes256_gcm_seal_1k", () => core.Aes256GcmSeal(data, 0, data.Length, key, iv, header),
                () =>
                {
                    using AesGcm gcm = new(key, tag.Length);
                    gcm.Encrypt(nonce, kilobyte, output, tag, header);
                }),
            new("packet_mask", () => core.MaskPacket(packet, 0, packet.Length, tagKey), null),
            new("packet_seal_100_suite_1", () => core.SealPacket(packet, 0, Packet.Overhead + 100, PacketProtection.ChaCha20Hmac, key, tagKey, 1), null),
            new("packet_seal_100_suite_2", () => core.SealPacket(packet, 0, Packet.Overhead + 100, PacketProtection.ChaCha20Poly1305, key, null!, 1), null),
            new("packet_seal_1k_suite_1", () => core.SealPacket(packet, 0, packet.Length, PacketProtection.ChaCha20Hmac, key, tagKey, 1), null),
            new(
                "packet_seal_1k_suite_2", () => core.SealPacket(packet, 0, packet.Length, PacketProtection.ChaCha20Poly1305, key, null!, 1),
                chaCha == null ? null : () => chaCha.Encrypt(nonce, kilobyte, output, tag, header)),
        ];
    }

    private static double Rate(Action operation, double milliseconds)
    {
        operation();
        long begin = Stopwatch.GetTimestamp(), count = 0, batch = 1;
        TimeSpan time;
        do
        {
            for (long i = 0; i < batch; i++)
            {
                operation();
            }

            count += batch;
            batch = Math.Min(batch * 2, 1024);
            time = Stopwatch.GetElapsedTime(begin);
        }
        while (time.TotalMilliseconds < milliseconds);

        return count / time.TotalSeconds;
    }
}
