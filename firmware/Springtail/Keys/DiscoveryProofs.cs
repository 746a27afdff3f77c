using Springtail.Crypto;
using Springtail.Packets;

namespace Springtail.Keys;

/// <summary>What two peers show each other to find the PSK that they share (PROTOCOL.md 15).</summary>
internal static class DiscoveryProofs
{
    public const int BlindedSize = 16;
    public const int CandidateSize = 32;
    public const int ConfirmationSize = 32;
    public const int ProofSize = 16;

    /// <summary>Bits of the filter that one PSK sets, at most.</summary>
    public const int BitsPerPsk = 3;

    /// <summary>The roles that a challenge is bound to.</summary>
    public const string Initiator = "initiator";
    public const string Responder = "responder";
    public const string Offer = "offer";
    public const string Match = "match";

    /// <summary>The key of the tag of DISCOVERY packets 1 to 6, 32 bytes; it guards against damage only.</summary>
    public static byte[] IntegrityKey(ICryptoCore core, ulong discoveryId)
    {
        return new Concatenation().Text("discovery_integrity_v1").U64(discoveryId).Sha256(core);
    }

    /// <summary>blinded(f), 16 bytes.</summary>
    public static byte[] Blinded(ICryptoCore core, byte[] fingerprint, ulong discoveryId, uint salt)
    {
        return new Concatenation().U64(discoveryId).U32(salt).Text("psi_blinding_v1").Hmac(core, fingerprint, BlindedSize);
    }

    /// <summary>bloom bit <paramref name="i"/> (0 to 2) in a filter of that many bits.</summary>
    public static uint BloomBit(ICryptoCore core, byte[] blinded, int i, int bits)
    {
        byte[] hash = new Concatenation().Bytes(blinded).U8((byte)i).Text("bloom_hash_v1").Sha256(core);
        return Wire.ReadU32(hash, 0) % (uint)bits;
    }

    /// <summary>Sets the bits of one PSK in a filter.</summary>
    public static void AddToFilter(ICryptoCore core, byte[] filter, byte[] blinded)
    {
        for (int i = 0; i < BitsPerPsk; i++)
        {
            uint bit = BloomBit(core, blinded, i, filter.Length * 8);
            filter[(int)(bit / 8)] |= (byte)(0x80u >> (int)(bit % 8));
        }
    }

    /// <summary>True when a filter may hold a PSK; false when it does not. The work is the same.</summary>
    public static bool MayContain(ICryptoCore core, byte[] filter, byte[] blinded)
    {
        bool holds = true;
        for (int i = 0; i < BitsPerPsk; i++)
        {
            uint bit = BloomBit(core, blinded, i, filter.Length * 8);
            holds &= (filter[(int)(bit / 8)] & (0x80u >> (int)(bit % 8))) != 0;
        }

        return holds;
    }

    /// <summary>candidate, 32 bytes: another with each challenge_nonce.</summary>
    public static byte[] Candidate(ICryptoCore core, byte[] blinded, byte[] challengeNonce)
    {
        return new Concatenation().Bytes(blinded).Bytes(challengeNonce).Text("candidate_v2").Sha256(core);
    }

    /// <summary>confirmation, 32 bytes.</summary>
    public static byte[] Confirmation(ICryptoCore core, byte[] fingerprint, ulong discoveryId, uint salt)
    {
        return new Concatenation().Bytes(fingerprint).U64(discoveryId).U32(salt).Text("psk_confirmation_v1").Sha256(core);
    }

    /// <summary>psk_hash, 32 bytes.</summary>
    public static byte[] PskHash(ICryptoCore core, byte[] psk)
    {
        return new Concatenation().Bytes(psk).Text("psk_proof_salt").Sha256(core);
    }

    /// <summary>The c of a proof, 32 bytes: a hash of nonce and role, so that no proof can be reflected.</summary>
    public static byte[] Challenge(ICryptoCore core, byte[] nonce, string role)
    {
        return new Concatenation().Bytes(nonce).Text(role).Sha256(core);
    }

    /// <summary>The c of the proof in PROOFS_MATCH, 32 bytes: of both sides' nonces, so that no two answers are alike.</summary>
    public static byte[] MatchChallenge(ICryptoCore core, byte[] nonce, byte[] responderNonce)
    {
        return new Concatenation().Bytes(nonce).Bytes(responderNonce).Text(Match).Sha256(core);
    }

    /// <summary>proof(c), 16 bytes.</summary>
    public static byte[] Proof(ICryptoCore core, byte[] pskHash, byte[] challenge, ulong discoveryId)
    {
        return new Concatenation().Bytes(pskHash).Bytes(challenge).U64(discoveryId).Text("knowledge_proof_v1").Hmac(core, pskHash, ProofSize);
    }
}
