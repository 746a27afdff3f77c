using Springtail.Crypto;
using Springtail.Keys;
using Springtail.Packets;

namespace Springtail.Sessions;

// Packet numbers brought together again after a gap larger than the window, forward only (PROTOCOL.md 13).
public sealed partial class Session
{
    private const uint RepairStep = 65536;
    private const int RepairCopies = 3;

    // Requester: next_send of each copy of the request, whose commitments follow from it.
    private uint[] _repairSent;
    private int _repairCopies;
    private uint _repairNonce;
    private bool _repairIsOut;
    private bool _repairDue;
    private bool _repairConfirmDue;
    private uint _repairConfirmOwn;
    private uint _repairConfirmOther;

    // Responder: what the last copies of a request were answered with.
    private uint[] _repairOwn;
    private uint[] _repairOther;
    private int _repairAnswers;
    private uint _repairAnsweredNonce;
    private bool _repairResponseDue;

    /// <summary>Sequence repairs that this side has taken part in and verified.</summary>
    public int Repairs { get; private set; }

    private bool RepairToSend => _repairDue || _repairResponseDue || _repairConfirmDue;

    // next_send of the packet that Seal makes next: its own number + 1.
    private uint NextSend => (uint)_lastNumber + 2u;

    private void BeginRepair()
    {
        _lastNumber += RepairStep;
        _core.Random(_random, 0, 4);
        _repairNonce = Wire.ReadU32(_random, 0);
        _repairSent = new uint[RepairCopies];
        _repairCopies = 0;
        _repairIsOut = true;
    }

    private bool SendRepair(Datagram datagram, long now)
    {
        byte[] buffer = datagram.Buffer;
        int payload = Packet.HeaderSize;
        if (_repairResponseDue)
        {
            _repairResponseDue = false;
            int last = _repairAnswers - 1;
            _repairOwn[last] = NextSend;
            WriteRepair(buffer, _repairAnsweredNonce);
            byte[] other = RepairProofs.Commitment(_core, _repairOther[last], _repairAnsweredNonce, Id);
            byte[] proof = RepairProofs.SequenceProof(_core, _keys.SessionKey, NextSend, _repairAnsweredNonce, other, Id);
            System.Array.Copy(proof, 0, buffer, payload + RepairPayload.SequenceProof, RepairProofs.ProofSize);
            Seal(datagram, PacketType.Management, ManagementSubtype.RepairResponse, 0, RepairPayload.ResponseSize, 0, now);
            return true;
        }

        if (_repairConfirmDue)
        {
            _repairConfirmDue = false;
            byte[] other = RepairProofs.Commitment(_core, _repairConfirmOther, _repairNonce, Id);
            byte[] proof = RepairProofs.SequenceProof(_core, _keys.SessionKey, _repairConfirmOwn, _repairNonce, other, Id);
            byte[] confirmation = RepairProofs.ConfirmationProof(_core, _keys.SessionKey, _repairConfirmOwn, _repairConfirmOther, Id);
            Wire.WriteU32(buffer, payload + RepairPayload.Nonce, _repairNonce);
            System.Array.Copy(proof, 0, buffer, payload + RepairPayload.ConfirmSequenceProof, RepairProofs.ProofSize);
            System.Array.Copy(confirmation, 0, buffer, payload + RepairPayload.ConfirmationProof, RepairProofs.ProofSize);
            Seal(datagram, PacketType.Management, ManagementSubtype.RepairConfirm, 0, RepairPayload.ConfirmSize, 0, now);
            return true;
        }

        if (_repairDue && _repairCopies < RepairCopies)
        {
            _repairDue = false;
            _repairSent[_repairCopies++] = NextSend;
            WriteRepair(buffer, _repairNonce);
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

        if (nonce != _repairAnsweredNonce || _repairAnswers == 0)
        {
            _repairOwn = new uint[RepairCopies];
            _repairOther = new uint[RepairCopies];
            _repairAnswers = 0;
            _repairAnsweredNonce = nonce;
        }

        if (_repairAnswers == RepairCopies)
        {
            Counters.Drop(DropCause.Limit);
            return;
        }

        PassReceived(Wire.ReadU32(packet, Packet.HeaderSize + RepairPayload.LastReceived));
        _repairOther[_repairAnswers++] = nextSend;
        _repairResponseDue = true;
    }

    private void ReceiveRepairResponse(byte[] packet, int length, EpochKeys keys)
    {
        if (length < RepairPayload.ResponseSize)
        {
            Counters.Drop(DropCause.Malformed);
            return;
        }

        int payload = Packet.HeaderSize;
        if (!_repairIsOut || Wire.ReadU32(packet, payload + RepairPayload.Nonce) != _repairNonce)
        {
            Counters.Drop(DropCause.Unexpected);
            return;
        }

        if (ReadRepair(packet, _repairNonce, out uint nextSend))
        {
            for (int i = 0; i < _repairCopies; i++)
            {
                byte[] own = RepairProofs.Commitment(_core, _repairSent[i], _repairNonce, Id);
                byte[] proof = RepairProofs.SequenceProof(_core, keys.SessionKey, nextSend, _repairNonce, own, Id);
                if (ConstantTime.Equal(packet, payload + RepairPayload.SequenceProof, proof, 0, RepairProofs.ProofSize))
                {
                    // The response's own number, which is next_send - 1, is the highest seen by now.
                    PassReceived(Wire.ReadU32(packet, payload + RepairPayload.LastReceived));
                    _repairIsOut = false;
                    _repairDue = false;
                    _repairConfirmOwn = _repairSent[i];
                    _repairConfirmOther = nextSend;
                    _repairConfirmDue = true;
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

        if (_repairAnswers == 0 || Wire.ReadU32(packet, payload + RepairPayload.Nonce) != _repairAnsweredNonce)
        {
            Counters.Drop(DropCause.Unexpected);
            return;
        }

        for (int i = 0; i < _repairAnswers; i++)
        {
            byte[] own = RepairProofs.Commitment(_core, _repairOwn[i], _repairAnsweredNonce, Id);
            byte[] proof = RepairProofs.SequenceProof(_core, keys.SessionKey, _repairOther[i], _repairAnsweredNonce, own, Id);
            byte[] confirmation = RepairProofs.ConfirmationProof(_core, keys.SessionKey, _repairOwn[i], _repairOther[i], Id);
            if (ConstantTime.Equal(packet, payload + RepairPayload.ConfirmSequenceProof, proof, 0, RepairProofs.ProofSize)
                && ConstantTime.Equal(packet, payload + RepairPayload.ConfirmationProof, confirmation, 0, RepairProofs.ProofSize))
            {
                _repairAnswers = 0;
                Repairs++;
                return;
            }
        }

        Counters.Drop(DropCause.Malformed);
    }
}
