using Springtail.Crypto;

namespace Springtail.Keys;

/// <summary>The proofs of sequence repair (PROTOCOL.md 13).</summary>
internal static class RepairProofs
{
    public const int CommitmentSize = 32;
    public const int ProofSize = 4;

    /// <summary>commitment to a side's own next_send, 32 bytes.</summary>
    public static byte[] Commitment(ICryptoCore core, uint nextSend, uint nonce, ulong sessionId)
    {
        return new Concatenation().U32(nextSend).U32(nonce).U64(sessionId).Text("sequence_commitment_v1").Sha256(core);
    }

    /// <summary>sequence_proof, 4 bytes: over a side's own next_send and the other side's commitment.</summary>
    public static byte[] SequenceProof(ICryptoCore core, byte[] sessionKey, uint ownNextSend, uint nonce, byte[] otherCommitment, ulong sessionId)
    {
        return new Concatenation().U32(ownNextSend).U32(nonce).Bytes(otherCommitment).U64(sessionId).Hmac(core, sessionKey, ProofSize);
    }

    /// <summary>confirmation_proof, 4 bytes; both sides' next_send in any order.</summary>
    public static byte[] ConfirmationProof(ICryptoCore core, byte[] sessionKey, uint nextSend, uint otherNextSend, ulong sessionId)
    {
        uint min = nextSend < otherNextSend ? nextSend : otherNextSend;
        uint max = nextSend < otherNextSend ? otherNextSend : nextSend;
        return new Concatenation().U32(min).U32(max).U64(sessionId).Hmac(core, sessionKey, ProofSize);
    }
}
