using Springtail.Crypto;
using Springtail.Keys;
using Springtail.Packets;
using Springtail.Sessions;

namespace Springtail.Discovery;

/// <summary>
/// Asks which of its PSKs a responder holds too (PROTOCOL.md 15). A packet without a proof ends nothing: whoever can send packets to it, but not keep the
/// responder's from it, does not keep it from its result.
/// </summary>
internal sealed class Initiator : IDiscoveryQuery
{
    private const int Copies = 3;
    private const int CopyGap = 1000;
    private const int Attempts = 3;

    // How long an answer is waited for from the first copy on, and, after one that leads nowhere, a better one.
    private const int StageTime = 5000;
    private const int Grace = 1000;

    // Answers that are looked at closely in one attempt, and those of them that are confirmed.
    private const int MaxAnswers = 8;
    private const int MaxOffers = 4;

    private readonly ICryptoCore _core;
    private readonly byte[][] _psks;
    private readonly byte[][] _fingerprints;
    private readonly Endpoint _responder = new Endpoint();
    private readonly Installation _own;
    private readonly DiscoveryPackets _packets;
    private readonly bool _useProofs;
    private readonly byte[] _random = new byte[DiscoveryResponse.NonceSize + 12];

    // The payload of the REQUEST or PROOFS.
    private readonly byte[] _request;
    private readonly Offer[] _offers = new Offer[MaxOffers];
    private ulong _id;
    private uint _salt;
    private int _attempts;
    private int _copies;
    private long _nextAt;
    private long _endAt;
    private int _offerCount;
    private int _answers;
    private bool _foundNone;
    private bool _refused;

    /// <param name="core">The primitives.</param>
    /// <param name="psks">1 to 256 PSKs, with proofs 1 to 8; the first that both hold is found.</param>
    /// <param name="responder">The responder's address and discovery port.</param>
    /// <param name="useProofs">Send proofs in place of a filter.</param>
    /// <param name="own">Takes the discovery_ids used; or null.</param>
    /// <param name="now">Monotonic time in ms.</param>
    /// <exception cref="System.ArgumentException">There are too many or too few PSKs, or one has not 16 to 64 bytes.</exception>
    public Initiator(ICryptoCore core, byte[][] psks, Endpoint responder, bool useProofs, Installation own, long now)
    {
        PskDiscovery.ValidatePsks(psks, useProofs ? DiscoveryOffers.MaxCount : DiscoveryRequest.MaxPsks);
        _core = core;
        _psks = psks;
        _useProofs = useProofs;
        _own = own;
        _responder.CopyFrom(responder);
        _packets = new DiscoveryPackets(core);
        _fingerprints = new byte[psks.Length][];
        for (int i = 0; i < psks.Length; i++)
        {
            _fingerprints[i] = LongTermKeys.Fingerprint(core, psks[i]);
        }

        _request = new byte[useProofs ? DiscoveryOffers.Proofs + psks.Length * DiscoveryProofs.ProofSize : DiscoveryRequest.Filter + DiscoveryRequest.FilterSize(psks.Length)];
        for (int i = 0; i < MaxOffers; i++)
        {
            _offers[i] = new Offer();
        }

        Begin(now);
    }

    public bool Done { get; private set; }

    public int Found { get; private set; } = -1;

    public int Error { get; private set; }

    /// <summary>What was dropped.</summary>
    public Counters Counters { get; } = new Counters();

    public long Deadline
    {
        get
        {
            if (Done)
            {
                return long.MaxValue;
            }

            long at = _endAt;
            if (IsAsking && _nextAt < at)
            {
                at = _nextAt;
            }

            for (int i = 0; i < _offerCount; i++)
            {
                if (_offers[i].Copies < Copies && _offers[i].NextAt < at)
                {
                    at = _offers[i].NextAt;
                }
            }

            return at;
        }
    }

    public int PortsVersion => 0;

    // No answer has come yet, and not all copies are sent.
    private bool IsAsking => _copies < Copies && _offerCount == 0 && !_foundNone && !_refused;

    public int GetPorts(int[] ports)
    {
        ports[0] = Datagram.OwnSocket;
        return 1;
    }

    public void Receive(byte[] packet, int size, Endpoint from, int localPort, long now, long utcNow)
    {
        if (!from.SameAddress(_responder))
        {
            Counters.Drop(DropCause.Address);
        }
        else if (Done || !_packets.Open(packet, size))
        {
            Counters.Drop(DropCause.Unreadable);
        }
        else if (!Packet.FromServer(packet))
        {
            Counters.Drop(DropCause.Reflected);
        }
        else if (Packet.SessionId(packet) != _id)
        {
            Counters.Drop(DropCause.Unexpected);
        }
        else
        {
            int subtype = Packet.Subtype(packet);
            int length = size - Packet.Overhead;
            if (subtype == DiscoverySubtype.Response && !_useProofs)
            {
                TakeResponse(packet, length, now);
            }
            else if (subtype == DiscoverySubtype.Accept && !_useProofs)
            {
                TakeAccept(packet, length);
            }
            else if (subtype == DiscoverySubtype.ProofsMatch && _useProofs)
            {
                TakeMatch(packet, length, now);
            }
            else
            {
                Counters.Drop(DropCause.Unexpected);
            }
        }
    }

    public bool Poll(Datagram datagram, long now, long utcNow)
    {
        if (!Done && now >= _endAt)
        {
            EndAttempt(now);
        }

        if (Done)
        {
            return false;
        }

        if (IsAsking && now >= _nextAt)
        {
            _copies++;
            _request.CopyTo(datagram.Buffer, Packet.HeaderSize);
            Send(datagram, _useProofs ? DiscoverySubtype.Proofs : DiscoverySubtype.Request, _request.Length);
            _nextAt = now + _packets.Shorten(CopyGap);
            _endAt = _copies == 1 ? now + _packets.Shorten(StageTime) : _endAt;
            return true;
        }

        for (int i = 0; i < _offerCount; i++)
        {
            Offer offer = _offers[i];
            if (offer.Copies < Copies && now >= offer.NextAt)
            {
                offer.Copies++;
                byte[] confirmation = DiscoveryProofs.Confirmation(_core, _fingerprints[offer.Psk], _id, _salt);
                confirmation.CopyTo(datagram.Buffer, Packet.HeaderSize + DiscoveryConfirm.Confirmation);
                Proof(offer.Psk, offer.Nonce, DiscoveryProofs.Initiator).CopyTo(datagram.Buffer, Packet.HeaderSize + DiscoveryConfirm.Proof);
                Send(datagram, DiscoverySubtype.Confirm, DiscoveryConfirm.Size);
                offer.NextAt = now + _packets.Shorten(CopyGap);
                return true;
            }
        }

        return false;
    }

    public void Abandon()
    {
        if (!Done)
        {
            Finish(-1, ErrorCode.Terminated);
        }
    }

    public string Explain()
    {
        if (Error == ErrorCode.PskNotFound)
        {
            return "The peer holds none of these PSKs.";
        }

        if (_offerCount > 0)
        {
            return "The peer seems to hold one of these PSKs, but did not prove it: something on the way alters packets, or the peer is faulty.";
        }

        if (_refused)
        {
            return "The peer refuses the request as one of too many PSKs.";
        }

        return "No answer. Check that the peer listens with discovery on, that its discovery port (UDP) is this one and can be reached, and ask again in a minute: "
            + "a peer answers five requests a minute from one address, and only so many in all.";
    }

    private void Begin(long now)
    {
        _attempts++;
        _copies = 0;
        _answers = 0;
        _offerCount = 0;
        _foundNone = false;
        _refused = false;
        _nextAt = now;
        _endAt = now + StageTime;
        do
        {
            _core.Random(_random, 0, _random.Length);
            _id = Wire.ReadU64(_random, 0);
        }
        while (_id == 0);

        _salt = Wire.ReadU32(_random, 8);
        _own?.AddDiscovery(_id);
        if (_useProofs)
        {
            WriteProofs();
        }
        else
        {
            WriteRequest();
        }
    }

    private void WriteRequest()
    {
        byte[] filter = new byte[DiscoveryRequest.FilterSize(_psks.Length)];
        for (int i = 0; i < _psks.Length; i++)
        {
            byte[] blinded = DiscoveryProofs.Blinded(_core, _fingerprints[i], _id, _salt);
            DiscoveryProofs.AddToFilter(_core, filter, blinded);
            Secret.Wipe(blinded);
        }

        Wire.WriteU32(_request, DiscoveryRequest.Salt, _salt);
        Wire.WriteU16(_request, DiscoveryRequest.PskCount, (ushort)_psks.Length);
        Wire.WriteU16(_request, DiscoveryRequest.FilterBytes, (ushort)filter.Length);
        filter.CopyTo(_request, DiscoveryRequest.Filter);
    }

    private void WriteProofs()
    {
        byte[] nonce = Secret.Slice(_random, 12, DiscoveryResponse.NonceSize);
        nonce.CopyTo(_request, DiscoveryOffers.Nonce);
        _request[DiscoveryOffers.Count] = (byte)_psks.Length;
        for (int i = 0; i < _psks.Length; i++)
        {
            Proof(i, nonce, DiscoveryProofs.Offer).CopyTo(_request, DiscoveryOffers.Proofs + i * DiscoveryProofs.ProofSize);
        }
    }

    private void Send(Datagram datagram, int subtype, int payloadSize)
    {
        _packets.Seal(datagram, subtype, 0, _id, payloadSize);
        datagram.LocalPort = Datagram.OwnSocket;
        datagram.To.CopyFrom(_responder);
        Counters.PacketsSent++;
    }

    private byte[] Proof(int psk, byte[] nonce, string role)
    {
        return Proof(psk, DiscoveryProofs.Challenge(_core, nonce, role));
    }

    private byte[] Proof(int psk, byte[] challenge)
    {
        byte[] pskHash = DiscoveryProofs.PskHash(_core, _psks[psk]);
        byte[] proof = DiscoveryProofs.Proof(_core, pskHash, challenge, _id);
        Secret.Wipe(pskHash);
        return proof;
    }

    private void TakeResponse(byte[] packet, int length, long now)
    {
        int at = Packet.HeaderSize;
        int count = length < DiscoveryResponse.Candidates ? 0 : Wire.ReadU16(packet, at + DiscoveryResponse.Count);
        bool refused = length >= DiscoveryResponse.Candidates && Wire.ReadU16(packet, at + DiscoveryResponse.Status) != DiscoveryStatus.Ok;
        if (length < DiscoveryResponse.Candidates
            || (!refused && ((count != DiscoveryResponse.FewCandidates && count != DiscoveryResponse.MaxCandidates)
                || length < DiscoveryResponse.Candidates + count * DiscoveryProofs.CandidateSize)))
        {
            Counters.Drop(DropCause.Malformed);
            return;
        }

        if (refused)
        {
            _refused = true;
            WaitForBetter(now);
            return;
        }

        if (IsKnown(packet))
        {
            Counters.Drop(DropCause.Copy);
            return;
        }

        if (_answers == MaxAnswers || _offerCount == MaxOffers)
        {
            Counters.Drop(DropCause.Limit);
            return;
        }

        _answers++;
        int match = FindCandidate(packet, count);
        if (match < 0)
        {
            _foundNone = true;
            WaitForBetter(now);
            return;
        }

        Offer offer = _offers[_offerCount++];
        System.Array.Copy(packet, at + DiscoveryResponse.Nonce, offer.Nonce, 0, offer.Nonce.Length);
        offer.Psk = match;
        offer.Copies = 0;
        offer.NextAt = now;
        _endAt = now + _packets.Shorten(StageTime);
    }

    private void WaitForBetter(long now)
    {
        if (_offerCount == 0 && now + Grace < _endAt)
        {
            _endAt = now + Grace;
        }
    }

    private bool IsKnown(byte[] packet)
    {
        for (int i = 0; i < _offerCount; i++)
        {
            if (ConstantTime.Equal(_offers[i].Nonce, 0, packet, Packet.HeaderSize + DiscoveryResponse.Nonce, DiscoveryResponse.NonceSize))
            {
                return true;
            }
        }

        return false;
    }

    // The first of this side's PSKs that is among the candidates; -1 when none is.
    private int FindCandidate(byte[] packet, int count)
    {
        byte[] nonce = Secret.Slice(packet, Packet.HeaderSize + DiscoveryResponse.Nonce, DiscoveryResponse.NonceSize);
        int match = -1;
        for (int i = _psks.Length - 1; i >= 0; i--)
        {
            byte[] blinded = DiscoveryProofs.Blinded(_core, _fingerprints[i], _id, _salt);
            byte[] candidate = DiscoveryProofs.Candidate(_core, blinded, nonce);
            Secret.Wipe(blinded);
            for (int k = 0; k < count; k++)
            {
                int at = Packet.HeaderSize + DiscoveryResponse.Candidates + k * DiscoveryProofs.CandidateSize;
                match = ConstantTime.Equal(candidate, 0, packet, at, DiscoveryProofs.CandidateSize) ? i : match;
            }
        }

        return match;
    }

    private void TakeAccept(byte[] packet, int length)
    {
        int at = Packet.HeaderSize;
        if (length < DiscoveryAccept.Size)
        {
            Counters.Drop(DropCause.Malformed);
            return;
        }

        // A rejection proves nothing: anyone can send one.
        if (Wire.ReadU16(packet, at + DiscoveryAccept.Status) == DiscoveryStatus.Ok)
        {
            for (int i = 0; i < _offerCount; i++)
            {
                byte[] proof = Proof(_offers[i].Psk, _offers[i].Nonce, DiscoveryProofs.Responder);
                if (ConstantTime.Equal(proof, 0, packet, at + DiscoveryAccept.Proof, proof.Length))
                {
                    Finish(_offers[i].Psk, ErrorCode.None);
                    return;
                }
            }
        }

        Counters.Drop(DropCause.BadTag);
    }

    private void TakeMatch(byte[] packet, int length, long now)
    {
        if (length < DiscoveryMatch.Size)
        {
            Counters.Drop(DropCause.Malformed);
            return;
        }

        if (_answers == MaxAnswers)
        {
            Counters.Drop(DropCause.Limit);
            return;
        }

        _answers++;
        byte[] nonce = Secret.Slice(_request, DiscoveryOffers.Nonce, DiscoveryResponse.NonceSize);
        byte[] responderNonce = Secret.Slice(packet, Packet.HeaderSize + DiscoveryMatch.Nonce, DiscoveryResponse.NonceSize);
        byte[] challenge = DiscoveryProofs.MatchChallenge(_core, nonce, responderNonce);
        int match = -1;
        for (int i = _psks.Length - 1; i >= 0; i--)
        {
            byte[] proof = Proof(i, challenge);
            match = ConstantTime.Equal(proof, 0, packet, Packet.HeaderSize + DiscoveryMatch.Proof, proof.Length) ? i : match;
        }

        if (match >= 0)
        {
            Finish(match, ErrorCode.None);
            return;
        }

        _foundNone = true;
        WaitForBetter(now);
    }

    // What is wrong with answers is told only now: a right one could have come after them.
    private void EndAttempt(long now)
    {
        if (_offerCount == 0 && _foundNone)
        {
            Finish(-1, ErrorCode.PskNotFound);
        }
        else if ((_offerCount == 0 && _refused) || _attempts == Attempts)
        {
            Finish(-1, ErrorCode.DiscoveryFailed);
        }
        else
        {
            Begin(now);
        }
    }

    private void Finish(int found, int error)
    {
        Done = true;
        Found = found;
        Error = error;
        for (int i = 0; i < _fingerprints.Length; i++)
        {
            Secret.Wipe(_fingerprints[i]);
        }

        Secret.Wipe(_request);
    }

    // An answer with a candidate of this side's: what is confirmed, and how often that was sent.
    private sealed class Offer
    {
        public readonly byte[] Nonce = new byte[DiscoveryResponse.NonceSize];
        public int Psk;
        public int Copies;
        public long NextAt;
    }
}
