using Springtail.Crypto;
using Springtail.Keys;
using Springtail.Packets;

namespace Springtail.Sessions;

/// <summary>Packet numbers brought together again after a gap larger than the window, forward only (PROTOCOL.md 13); there from the first repair on.</summary>
internal sealed class Repair
{
    private const int RepairCopies = 3;

    private readonly Session _session;

    // The last repair that this side asked for, and the last that the peer did; null before.
    private RepairRequest _request;
    private RepairAnswer _answer;

    // A copy of the request is to go out.
    private bool _requestDue;

    public Repair(Session session)
    {
        _session = session;
    }

    /// <summary>Repairs that this side has taken part in and verified.</summary>
    public int Repairs { get; private set; }

    /// <summary>Something waits to go out.</summary>
    public bool IsDue => _requestDue || AnswerDue || ConfirmDue;

    private bool AnswerDue => _answer != null && _answer.Due;

    private bool ConfirmDue => _request != null && _request.ConfirmDue;

    /// <summary>A copy of the request is to go out, the first of a new one or one more.</summary>
    public void Ask(bool anew)
    {
        if (anew)
        {
            _session.Space.StepForward();
            _request = new RepairRequest(_session.Random());
        }

        _requestDue = true;
    }

    /// <summary>The peer is there: no further copy goes out.</summary>
    public void StopAsking() => _requestDue = false;

    /// <summary>Sends what is due; false when that was a copy too many.</summary>
    public bool Send(Datagram datagram, long now)
    {
        ICryptoCore core = _session.Core;
        ulong id = _session.Id;
        byte[] key = _session.Epochs.Current.SessionKey;
        byte[] buffer = datagram.Buffer;
        int payload = Packet.HeaderSize;
        uint nextSend = _session.Space.NextSend;
        if (AnswerDue)
        {
            RepairAnswer answer = _answer;
            answer.Due = false;
            int last = answer.Copies - 1;
            answer.Own[last] = nextSend;
            Write(buffer, answer.Nonce);
            byte[] other = RepairProofs.Commitment(core, answer.Other[last], answer.Nonce, id);
            byte[] proof = RepairProofs.SequenceProof(core, key, nextSend, answer.Nonce, other, id);
            System.Array.Copy(proof, 0, buffer, payload + RepairPayload.SequenceProof, RepairProofs.ProofSize);
            _session.Send(datagram, PacketType.Management, ManagementSubtype.RepairResponse, 0, RepairPayload.ResponseSize, now);
            return true;
        }

        RepairRequest request = _request;
        if (ConfirmDue)
        {
            request.ConfirmDue = false;
            byte[] other = RepairProofs.Commitment(core, request.Other, request.Nonce, id);
            byte[] proof = RepairProofs.SequenceProof(core, key, request.Own, request.Nonce, other, id);
            byte[] confirmation = RepairProofs.ConfirmationProof(core, key, request.Own, request.Other, id);
            Wire.WriteU32(buffer, payload + RepairPayload.Nonce, request.Nonce);
            System.Array.Copy(proof, 0, buffer, payload + RepairPayload.ConfirmSequenceProof, RepairProofs.ProofSize);
            System.Array.Copy(confirmation, 0, buffer, payload + RepairPayload.ConfirmationProof, RepairProofs.ProofSize);
            _session.Send(datagram, PacketType.Management, ManagementSubtype.RepairConfirm, 0, RepairPayload.ConfirmSize, now);
            return true;
        }

        _requestDue = false;
        if (request.Copies == RepairCopies)
        {
            return false;
        }

        request.Sent[request.Copies++] = nextSend;
        Write(buffer, request.Nonce);
        _session.Send(datagram, PacketType.Management, ManagementSubtype.RepairRequest, 0, RepairPayload.RequestSize, now);
        return true;
    }

    public void ReceiveRequest(Arrival arrival)
    {
        if (arrival.Length < RepairPayload.RequestSize)
        {
            _session.Counters.Drop(DropCause.Malformed);
            return;
        }

        uint nonce = arrival.U32(RepairPayload.Nonce);
        if (!Read(arrival, nonce, out uint nextSend))
        {
            _session.Counters.Drop(DropCause.Malformed);
            return;
        }

        if (_answer == null || _answer.Nonce != nonce)
        {
            _answer = new RepairAnswer(nonce);
        }

        if (_answer.Copies == RepairCopies)
        {
            _session.Counters.Drop(DropCause.Limit);
            return;
        }

        _session.Space.PassReceived(arrival.U32(RepairPayload.LastReceived));
        _answer.Other[_answer.Copies++] = nextSend;
        _answer.Due = true;
    }

    public void ReceiveResponse(Arrival arrival)
    {
        if (arrival.Length < RepairPayload.ResponseSize)
        {
            _session.Counters.Drop(DropCause.Malformed);
            return;
        }

        ICryptoCore core = _session.Core;
        RepairRequest request = _request;
        if (request == null || request.IsAnswered || arrival.U32(RepairPayload.Nonce) != request.Nonce)
        {
            _session.Counters.Drop(DropCause.Unexpected);
            return;
        }

        if (Read(arrival, request.Nonce, out uint nextSend))
        {
            for (int i = 0; i < request.Copies; i++)
            {
                byte[] own = RepairProofs.Commitment(core, request.Sent[i], request.Nonce, _session.Id);
                byte[] proof = RepairProofs.SequenceProof(core, arrival.Keys.SessionKey, nextSend, request.Nonce, own, _session.Id);
                if (ConstantTime.Equal(arrival.Bytes, Packet.HeaderSize + RepairPayload.SequenceProof, proof, 0, RepairProofs.ProofSize))
                {
                    // The response's own number, which is next_send - 1, is the highest seen by now.
                    _session.Space.PassReceived(arrival.U32(RepairPayload.LastReceived));
                    _requestDue = false;
                    request.IsAnswered = true;
                    request.Own = request.Sent[i];
                    request.Other = nextSend;
                    request.ConfirmDue = true;
                    Repairs++;
                    return;
                }
            }
        }

        _session.Counters.Drop(DropCause.Malformed);
    }

    public void ReceiveConfirm(Arrival arrival)
    {
        if (arrival.Length < RepairPayload.ConfirmSize)
        {
            _session.Counters.Drop(DropCause.Malformed);
            return;
        }

        RepairAnswer answer = _answer;
        if (answer == null || arrival.U32(RepairPayload.Nonce) != answer.Nonce)
        {
            _session.Counters.Drop(DropCause.Unexpected);
            return;
        }

        ICryptoCore core = _session.Core;
        byte[] key = arrival.Keys.SessionKey;
        ulong id = _session.Id;
        for (int i = 0; i < answer.Copies; i++)
        {
            byte[] own = RepairProofs.Commitment(core, answer.Own[i], answer.Nonce, id);
            byte[] proof = RepairProofs.SequenceProof(core, key, answer.Other[i], answer.Nonce, own, id);
            byte[] confirmation = RepairProofs.ConfirmationProof(core, key, answer.Own[i], answer.Other[i], id);
            if (ConstantTime.Equal(arrival.Bytes, Packet.HeaderSize + RepairPayload.ConfirmSequenceProof, proof, 0, RepairProofs.ProofSize)
                && ConstantTime.Equal(arrival.Bytes, Packet.HeaderSize + RepairPayload.ConfirmationProof, confirmation, 0, RepairProofs.ProofSize))
            {
                _answer = null;
                Repairs++;
                return;
            }
        }

        _session.Counters.Drop(DropCause.Malformed);
    }

    // The fields that request and response share.
    private void Write(byte[] buffer, uint nonce)
    {
        PacketSpace space = _session.Space;
        int payload = Packet.HeaderSize;
        Wire.WriteU32(buffer, payload + RepairPayload.Nonce, nonce);
        Wire.WriteU32(buffer, payload + RepairPayload.LastReceived, (uint)space.Highest);
        Wire.WriteU32(buffer, payload + RepairPayload.NextSend, space.NextSend);
        byte[] commitment = RepairProofs.Commitment(_session.Core, space.NextSend, nonce, _session.Id);
        System.Array.Copy(commitment, 0, buffer, payload + RepairPayload.Commitment, RepairProofs.CommitmentSize);
    }

    // The peer's next_send from a request or response; false when it does not fit its packet and its commitment.
    private bool Read(Arrival arrival, uint nonce, out uint nextSend)
    {
        nextSend = arrival.U32(RepairPayload.NextSend);
        byte[] commitment = RepairProofs.Commitment(_session.Core, nextSend, nonce, _session.Id);
        return nextSend == (uint)arrival.Number + 1u
            && ConstantTime.Equal(arrival.Bytes, Packet.HeaderSize + RepairPayload.Commitment, commitment, 0, RepairProofs.CommitmentSize);
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
