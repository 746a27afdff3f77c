using Springtail.Crypto;
using Springtail.Keys;
using Springtail.Packets;

namespace Springtail.Sessions;

// Packet numbers brought together again after a gap larger than the window, forward only (PROTOCOL.md 13).
internal sealed partial class Session
{
    private const uint RepairStep = 65536;
    private const int RepairCopies = 3;

    // The last repair that this side asked for, and the last that the peer did; null before.
    private RepairRequest _repair;
    private RepairAnswer _repairAnswer;

    // A copy of the request is to go out.
    private bool _repairDue;

    /// <summary>Sequence repairs that this side has taken part in and verified.</summary>
    public int Repairs { get; private set; }

    private bool RepairToSend => _repairDue || RepairResponseDue || RepairConfirmDue;

    private bool RepairResponseDue => _repairAnswer != null && _repairAnswer.Due;

    private bool RepairConfirmDue => _repair != null && _repair.ConfirmDue;

    // next_send of the packet that Seal makes next: its own number + 1.
    private uint NextSend => (uint)_lastNumber + 2u;

    private void BeginRepair()
    {
        _lastNumber += RepairStep;
        _core.Random(_random, 0, 4);
        _repair = new RepairRequest(Wire.ReadU32(_random, 0));
    }

    private bool SendRepair(Datagram datagram, long now)
    {
        byte[] buffer = datagram.Buffer;
        int payload = Packet.HeaderSize;
        if (RepairResponseDue)
        {
            RepairAnswer answer = _repairAnswer;
            answer.Due = false;
            int last = answer.Copies - 1;
            answer.Own[last] = NextSend;
            WriteRepair(buffer, answer.Nonce);
            byte[] other = RepairProofs.Commitment(_core, answer.Other[last], answer.Nonce, Id);
            byte[] proof = RepairProofs.SequenceProof(_core, _keys.SessionKey, NextSend, answer.Nonce, other, Id);
            System.Array.Copy(proof, 0, buffer, payload + RepairPayload.SequenceProof, RepairProofs.ProofSize);
            Seal(datagram, PacketType.Management, ManagementSubtype.RepairResponse, 0, RepairPayload.ResponseSize, 0, now);
            return true;
        }

        RepairRequest request = _repair;
        if (RepairConfirmDue)
        {
            request.ConfirmDue = false;
            byte[] other = RepairProofs.Commitment(_core, request.Other, request.Nonce, Id);
            byte[] proof = RepairProofs.SequenceProof(_core, _keys.SessionKey, request.Own, request.Nonce, other, Id);
            byte[] confirmation = RepairProofs.ConfirmationProof(_core, _keys.SessionKey, request.Own, request.Other, Id);
            Wire.WriteU32(buffer, payload + RepairPayload.Nonce, request.Nonce);
            System.Array.Copy(proof, 0, buffer, payload + RepairPayload.ConfirmSequenceProof, RepairProofs.ProofSize);
            System.Array.Copy(confirmation, 0, buffer, payload + RepairPayload.ConfirmationProof, RepairProofs.ProofSize);
            Seal(datagram, PacketType.Management, ManagementSubtype.RepairConfirm, 0, RepairPayload.ConfirmSize, 0, now);
            return true;
        }

        if (_repairDue && request.Copies < RepairCopies)
        {
            _repairDue = false;
            request.Sent[request.Copies++] = NextSend;
            WriteRepair(buffer, request.Nonce);
            Seal(datagram, PacketType.Management, ManagementSubtype.RepairRequest, 0, RepairPayload.RequestSize, 0, now);
            return true;
        }

        _repairDue = false;
        return false;
    }

    // The fields that request and response share.
    private void WriteRepair(byte[] buffer, uint nonce)
    {
        int payload = Packet.HeaderSize;
        Wire.WriteU32(buffer, payload + RepairPayload.Nonce, nonce);
        Wire.WriteU32(buffer, payload + RepairPayload.LastReceived, (uint)_received.Highest);
        Wire.WriteU32(buffer, payload + RepairPayload.NextSend, NextSend);
        System.Array.Copy(RepairProofs.Commitment(_core, NextSend, nonce, Id), 0, buffer, payload + RepairPayload.Commitment, RepairProofs.CommitmentSize);
    }

    // The peer's next_send from a request or response; false when it does not fit its packet and its commitment.
    private bool ReadRepair(byte[] packet, uint nonce, out uint nextSend)
    {
        int payload = Packet.HeaderSize;
        nextSend = Wire.ReadU32(packet, payload + RepairPayload.NextSend);
        return nextSend == (uint)_number + 1u
            && ConstantTime.Equal(packet, payload + RepairPayload.Commitment, RepairProofs.Commitment(_core, nextSend, nonce, Id), 0, RepairProofs.CommitmentSize);
    }

    // The peer has seen numbers that this side has not used: go on above them.
    private void PassReceived(uint lastReceived)
    {
        uint ahead = lastReceived - (uint)_lastNumber;
        if (ahead < NumberSpan - RepairStep && ahead > 0)
        {
            _lastNumber += ahead + RepairStep - 1u;
        }
    }

    private void ReceiveRepairRequest(byte[] packet, int length)
    {
        if (length < RepairPayload.RequestSize)
        {
            Counters.Drop(DropCause.Malformed);
            return;
        }

        uint nonce = Wire.ReadU32(packet, Packet.HeaderSize + RepairPayload.Nonce);
        if (!ReadRepair(packet, nonce, out uint nextSend))
        {
            Counters.Drop(DropCause.Malformed);
            return;
        }

        if (_repairAnswer == null || _repairAnswer.Nonce != nonce)
        {
            _repairAnswer = new RepairAnswer(nonce);
        }

        if (_repairAnswer.Copies == RepairCopies)
        {
            Counters.Drop(DropCause.Limit);
            return;
        }

        PassReceived(Wire.ReadU32(packet, Packet.HeaderSize + RepairPayload.LastReceived));
        _repairAnswer.Other[_repairAnswer.Copies++] = nextSend;
        _repairAnswer.Due = true;
    }

    private void ReceiveRepairResponse(byte[] packet, int length, EpochKeys keys)
    {
        if (length < RepairPayload.ResponseSize)
        {
            Counters.Drop(DropCause.Malformed);
            return;
        }

        int payload = Packet.HeaderSize;
        RepairRequest request = _repair;
        if (request == null || request.IsAnswered || Wire.ReadU32(packet, payload + RepairPayload.Nonce) != request.Nonce)
        {
            Counters.Drop(DropCause.Unexpected);
            return;
        }

        if (ReadRepair(packet, request.Nonce, out uint nextSend))
        {
            for (int i = 0; i < request.Copies; i++)
            {
                byte[] own = RepairProofs.Commitment(_core, request.Sent[i], request.Nonce, Id);
                byte[] proof = RepairProofs.SequenceProof(_core, keys.SessionKey, nextSend, request.Nonce, own, Id);
                if (ConstantTime.Equal(packet, payload + RepairPayload.SequenceProof, proof, 0, RepairProofs.ProofSize))
                {
                    // The response's own number, which is next_send - 1, is the highest seen by now.
                    PassReceived(Wire.ReadU32(packet, payload + RepairPayload.LastReceived));
                    _repairDue = false;
                    request.IsAnswered = true;
                    request.Own = request.Sent[i];
                    request.Other = nextSend;
                    request.ConfirmDue = true;
                    Repairs++;
                    return;
                }
            }
        }

        Counters.Drop(DropCause.Malformed);
    }

    private void ReceiveRepairConfirm(byte[] packet, int length, EpochKeys keys)
    {
        int payload = Packet.HeaderSize;
        if (length < RepairPayload.ConfirmSize)
        {
            Counters.Drop(DropCause.Malformed);
            return;
        }

        RepairAnswer answer = _repairAnswer;
        if (answer == null || Wire.ReadU32(packet, payload + RepairPayload.Nonce) != answer.Nonce)
        {
            Counters.Drop(DropCause.Unexpected);
            return;
        }

        for (int i = 0; i < answer.Copies; i++)
        {
            byte[] own = RepairProofs.Commitment(_core, answer.Own[i], answer.Nonce, Id);
            byte[] proof = RepairProofs.SequenceProof(_core, keys.SessionKey, answer.Other[i], answer.Nonce, own, Id);
            byte[] confirmation = RepairProofs.ConfirmationProof(_core, keys.SessionKey, answer.Own[i], answer.Other[i], Id);
            if (ConstantTime.Equal(packet, payload + RepairPayload.ConfirmSequenceProof, proof, 0, RepairProofs.ProofSize)
                && ConstantTime.Equal(packet, payload + RepairPayload.ConfirmationProof, confirmation, 0, RepairProofs.ProofSize))
            {
                _repairAnswer = null;
                Repairs++;
                return;
            }
        }

        Counters.Drop(DropCause.Malformed);
    }

    // A repair that this side asked for: next_send of each copy of the request, whose commitments follow from it.
    private sealed class RepairRequest
    {
        public readonly uint Nonce;
        public readonly uint[] Sent = new uint[RepairCopies];
        public int Copies;
        public bool IsAnswered;

        // What the confirmation is about: next_send of the copy that was answered, and of the answer.
        public bool ConfirmDue;
        public uint Own;
        public uint Other;

        public RepairRequest(uint nonce)
        {
            Nonce = nonce;
        }
    }

    // A repair that the peer asked for: next_send of each copy of its request, and of the response to it.
    private sealed class RepairAnswer
    {
        public readonly uint Nonce;
        public readonly uint[] Other = new uint[RepairCopies];
        public readonly uint[] Own = new uint[RepairCopies];
        public int Copies;
        public bool Due;

        public RepairAnswer(uint nonce)
        {
            Nonce = nonce;
        }
    }
}
