using System;
using Springtail.Crypto;
using Springtail.Keys;
using Springtail.Packets;
using Springtail.Sessions;

namespace Springtail.Discovery;

/// <summary>
/// Answers those who ask which PSK they share with this side (PROTOCOL.md 15). All its memory is taken at the start. An answer tells nothing to who has not
/// got a PSK of this side: its size follows from the number of PSKs here, its content is the same for the same request, and each PSK takes the same work.
/// </summary>
internal sealed class Responder : IDiscoveryAnswers
{
    private const int KeptFor = 10000;

    // Two copies of each packet may come besides the first, and the network may double all three.
    private const int MaxRepeats = 6;

    // Each exchange lives 10 s: so many can begin within a minute, whose ends are within two of them.
    private const int GenerationsPerMinute = 7;

    private readonly ICryptoCore _core;
    private readonly Installation _own;
    private readonly DiscoveryPackets _packets;
    private readonly RequestMemory _requests;
    private readonly Exchange[] _exchanges;

    // Of the PSKs.
    private byte[][] _psks;
    private byte[][] _fingerprints;
    private byte[] _decoyKey;
    private int _candidates;

    /// <param name="core">The primitives.</param>
    /// <param name="psks">1 to 256 PSKs.</param>
    /// <param name="maxExchanges">Exchanges kept at a time, 1 to 16.</param>
    /// <param name="own">The discovery_ids that this program uses itself, which it does not answer; or null.</param>
    /// <exception cref="ArgumentException">There are too many or too few PSKs or exchanges.</exception>
    public Responder(ICryptoCore core, byte[][] psks, int maxExchanges, Installation own)
    {
        if (maxExchanges < 1 || maxExchanges > 16)
        {
            throw new ArgumentException("MaxExchanges must be 1 to 16.");
        }

        _core = core;
        _own = own;
        _packets = new DiscoveryPackets(core);
        _requests = new RequestMemory(maxExchanges * GenerationsPerMinute);
        _exchanges = new Exchange[maxExchanges];
        Use(psks);
    }

    /// <summary>Goes on with other PSKs, 1 to 256: exchanges under way come to nothing, and discovery_ids that were used stay known.</summary>
    /// <param name="psks">All of them.</param>
    /// <exception cref="ArgumentException">There are too many or too few.</exception>
    public void Use(byte[][] psks)
    {
        PskDiscovery.ValidatePsks(psks, DiscoveryRequest.MaxPsks);
        if (_psks != null)
        {
            Wipe();
        }

        _psks = psks;
        _fingerprints = new byte[psks.Length][];
        for (int i = 0; i < psks.Length; i++)
        {
            _fingerprints[i] = LongTermKeys.Fingerprint(_core, psks[i]);
        }

        _decoyKey = Decoys.Key(_core, _fingerprints);
        _candidates = CandidatesFor(psks.Length);
        int most = RoundedUp(psks.Length < DiscoveryResponse.MaxCandidates ? psks.Length : DiscoveryResponse.MaxCandidates);
        for (int i = 0; i < _exchanges.Length; i++)
        {
            _exchanges[i] = new Exchange(most > _candidates ? most : _candidates);
        }
    }

    /// <summary>What was dropped; a copy is a request under a discovery_id that was used before.</summary>
    public Counters Counters { get; } = new Counters();

    /// <summary>Exchanges that were begun and not refused.</summary>
    public int Requests { get; private set; }

    /// <summary>Requests that were refused: of too many PSKs, or with too full a filter.</summary>
    public int Refusals { get; private set; }

    /// <summary>How often the other side proved a PSK of this one; with proofs in place of a filter also who replays them.</summary>
    public int Matches { get; private set; }

    /// <summary>The PSK of the last match; -1 when there was none.</summary>
    public int LastMatch { get; private set; } = -1;

    public long Deadline
    {
        get
        {
            long at = long.MaxValue;
            for (int i = 0; i < _exchanges.Length; i++)
            {
                Exchange exchange = _exchanges[i];
                if (exchange.IsLive)
                {
                    long due = exchange.AnswerDue || exchange.AcceptDue ? long.MinValue : exchange.Until;
                    at = due < at ? due : at;
                }
            }

            return at;
        }
    }

    /// <summary>
    /// Candidates in an answer, by the number of this side's PSKs alone, as long as the filter holds no more of them. A PSK that is not in a filter of three bits
    /// for each of its own seems to be with a chance of at most (3/16)^3; by the binomial distribution the shared PSK and such others are more than these
    /// less often than once in a million answers. So the size does not tell whether there is a match.
    /// </summary>
    public static int CandidatesFor(int psks)
    {
        return psks <= 12 ? 4 : psks <= 105 ? 8 : 12;
    }

    public bool Receive(byte[] packet, int size, Endpoint from, long now)
    {
        if (!_packets.Open(packet, size))
        {
            return false;
        }

        Expire(now);
        if (Packet.FromServer(packet))
        {
            Counters.Drop(DropCause.Reflected);
            return true;
        }

        int length = size - Packet.Overhead;
        switch (Packet.Subtype(packet))
        {
            case DiscoverySubtype.Request:
                TakeRequest(packet, length, from, now);
                break;
            case DiscoverySubtype.Confirm:
                TakeConfirm(packet, length, from);
                break;
            case DiscoverySubtype.Proofs:
                TakeProofs(packet, length, from, now);
                break;
            default:
                Counters.Drop(DropCause.Unexpected);
                break;
        }

        return true;
    }

    public bool Poll(Datagram datagram, int localPort, long now)
    {
        Expire(now);
        for (int i = 0; i < _exchanges.Length; i++)
        {
            Exchange exchange = _exchanges[i];
            if (!exchange.AnswerDue && !exchange.AcceptDue)
            {
                continue;
            }

            if (exchange.AnswerDue)
            {
                exchange.AnswerDue = false;
                Array.Copy(exchange.Answer, 0, datagram.Buffer, Packet.HeaderSize, exchange.AnswerSize);
                _packets.Seal(datagram, exchange.AnswerSubtype, PacketFlags.FromServer, exchange.Id, exchange.AnswerSize);
            }
            else
            {
                exchange.AcceptDue = false;
                WriteAccept(datagram.Buffer, exchange);
                _packets.Seal(datagram, DiscoverySubtype.Accept, PacketFlags.FromServer, exchange.Id, DiscoveryAccept.Size);
            }

            datagram.LocalPort = localPort;
            datagram.To.CopyFrom(exchange.From);
            return true;
        }

        return false;
    }

    public void Wipe()
    {
        for (int i = 0; i < _exchanges.Length; i++)
        {
            _exchanges[i].End();
        }

        for (int i = 0; i < _fingerprints.Length; i++)
        {
            Secret.Wipe(_fingerprints[i]);
        }

        Secret.Wipe(_decoyKey);
    }

    private static int RoundedUp(int candidates)
    {
        return (candidates + DiscoveryResponse.CandidateStep - 1) / DiscoveryResponse.CandidateStep * DiscoveryResponse.CandidateStep;
    }

    private static int BitsSet(byte[] filter)
    {
        int bits = 0;
        for (int i = 0; i < filter.Length; i++)
        {
            for (int b = filter[i]; b != 0; b &= b - 1)
            {
                bits++;
            }
        }

        return bits;
    }

    private void Expire(long now)
    {
        for (int i = 0; i < _exchanges.Length; i++)
        {
            if (_exchanges[i].IsLive && now >= _exchanges[i].Until)
            {
                _exchanges[i].End();
            }
        }
    }

    private Exchange Find(ulong id, Endpoint from)
    {
        for (int i = 0; i < _exchanges.Length; i++)
        {
            if (_exchanges[i].IsLive && _exchanges[i].Id == id && _exchanges[i].From.SameAs(from))
            {
                return _exchanges[i];
            }
        }

        return null;
    }

    // A copy of a request that is kept is answered alike; true when it was one, or what seems to be one.
    private bool AnswerCopy(byte[] packet, int subtype, Endpoint from)
    {
        Exchange exchange = Find(Packet.SessionId(packet), from);
        if (exchange == null)
        {
            return false;
        }

        if (exchange.AnswerSubtype != subtype)
        {
            Counters.Drop(DropCause.Unexpected);
        }
        else if (exchange.Answers == MaxRepeats)
        {
            Counters.Drop(DropCause.Limit);
        }
        else
        {
            exchange.Answers++;
            exchange.AnswerDue = true;
        }

        return true;
    }

    // A place for a new exchange; null when the request is a copy, which is answered, or when none is to be had, and the drop is counted.
    private Exchange Begin(byte[] packet, int subtype, Endpoint from, long now)
    {
        if (AnswerCopy(packet, subtype, from))
        {
            return null;
        }

        ulong id = Packet.SessionId(packet);
        if (_own != null && _own.ContainsDiscovery(id))
        {
            Counters.Drop(DropCause.Reflected);
            return null;
        }

        // Under a discovery_id that was used before, another filter would show by what stays which candidates are real.
        if (_requests.Knows(id))
        {
            Counters.Drop(DropCause.Copy);
            return null;
        }

        Exchange free = null;
        for (int i = 0; i < _exchanges.Length; i++)
        {
            free = _exchanges[i].IsLive ? free : _exchanges[i];
        }

        if (free == null || _requests.IsSpent(from, now))
        {
            Counters.Drop(DropCause.Limit);
            return null;
        }

        _requests.Add(id, from, now);
        free.Begin(id, subtype, from, now + KeptFor);
        return free;
    }

    private void TakeRequest(byte[] packet, int length, Endpoint from, long now)
    {
        int at = Packet.HeaderSize;
        int count = length < DiscoveryRequest.Filter ? 0 : Wire.ReadU16(packet, at + DiscoveryRequest.PskCount);
        int filterSize = length < DiscoveryRequest.Filter ? 0 : Wire.ReadU16(packet, at + DiscoveryRequest.FilterBytes);
        bool tooMany = count > DiscoveryRequest.MaxPsks;
        if (length < DiscoveryRequest.Filter + filterSize || (!tooMany && filterSize != DiscoveryRequest.FilterSize(count)))
        {
            Counters.Drop(DropCause.Malformed);
            return;
        }

        Exchange exchange = Begin(packet, DiscoverySubtype.Response, from, now);
        if (exchange == null)
        {
            return;
        }

        byte[] filter = Secret.Slice(packet, at + DiscoveryRequest.Filter, filterSize);
        if (tooMany || BitsSet(filter) > DiscoveryProofs.BitsPerPsk * count)
        {
            Wire.WriteU16(exchange.Answer, DiscoveryResponse.Status, DiscoveryStatus.Rejected);
            exchange.AnswerSize = DiscoveryResponse.Candidates;
            Refusals++;
            return;
        }

        exchange.Salt = Wire.ReadU32(packet, at + DiscoveryRequest.Salt);
        Offer(exchange, filter, new Decoys(_core, _decoyKey, packet, length));
        Requests++;
    }

    private void Offer(Exchange exchange, byte[] filter, Decoys decoys)
    {
        byte[] answer = exchange.Answer;
        decoys.Fill(answer, DiscoveryResponse.Candidates, answer.Length - DiscoveryResponse.Candidates);
        int hits = 0;
        for (int i = 0; i < _psks.Length; i++)
        {
            byte[] blinded = DiscoveryProofs.Blinded(_core, _fingerprints[i], exchange.Id, exchange.Salt);
            byte[] candidate = DiscoveryProofs.Candidate(_core, blinded);
            if (DiscoveryProofs.MayContain(_core, filter, blinded))
            {
                // Of more than there is room for, each stays with the same chance.
                int place = hits < DiscoveryResponse.MaxCandidates ? hits : decoys.Below(hits + 1);
                hits++;
                if (place < DiscoveryResponse.MaxCandidates)
                {
                    exchange.Offered[place] = (byte)i;
                    Array.Copy(candidate, 0, answer, CandidateAt(place), DiscoveryProofs.CandidateSize);
                }
            }

            Secret.Wipe(blinded);
        }

        exchange.OfferedCount = hits < DiscoveryResponse.MaxCandidates ? hits : DiscoveryResponse.MaxCandidates;
        int count = exchange.OfferedCount > _candidates ? RoundedUp(exchange.OfferedCount) : _candidates;
        byte[] moved = new byte[DiscoveryProofs.CandidateSize];
        for (int i = count - 1; i > 0; i--)
        {
            int other = CandidateAt(decoys.Below(i + 1));
            Array.Copy(answer, CandidateAt(i), moved, 0, moved.Length);
            Array.Copy(answer, other, answer, CandidateAt(i), moved.Length);
            Array.Copy(moved, 0, answer, other, moved.Length);
        }

        Wire.WriteU16(answer, DiscoveryResponse.Count, (ushort)count);
        _core.Random(answer, DiscoveryResponse.Nonce, DiscoveryResponse.NonceSize);
        exchange.AnswerSize = CandidateAt(count);
    }

    private static int CandidateAt(int index)
    {
        return DiscoveryResponse.Candidates + index * DiscoveryProofs.CandidateSize;
    }

    private void TakeConfirm(byte[] packet, int length, Endpoint from)
    {
        if (length < DiscoveryConfirm.Size)
        {
            Counters.Drop(DropCause.Malformed);
            return;
        }

        Exchange exchange = Find(Packet.SessionId(packet), from);
        if (exchange == null || exchange.AnswerSubtype != DiscoverySubtype.Response || exchange.AnswerSize == DiscoveryResponse.Candidates)
        {
            Counters.Drop(DropCause.Unexpected);
            return;
        }

        if (exchange.Accepts == MaxRepeats)
        {
            Counters.Drop(DropCause.Limit);
            return;
        }

        // A CONFIRM that is wrong is rejected and ends nothing: the right one may be on its way, and whoever forged that one must not spoil it.
        exchange.Accepts++;
        exchange.AcceptDue = true;
        if (exchange.Confirmed < 0)
        {
            exchange.Confirmed = FindConfirmed(exchange, packet);
            if (exchange.Confirmed >= 0)
            {
                Matches++;
                LastMatch = exchange.Confirmed;
            }
        }
    }

    // The PSK, of those that were offered, that a CONFIRM names and proves; -1 when there is none.
    private int FindConfirmed(Exchange exchange, byte[] packet)
    {
        int confirmed = -1;
        for (int i = 0; i < exchange.OfferedCount; i++)
        {
            int psk = exchange.Offered[i];
            byte[] confirmation = DiscoveryProofs.Confirmation(_core, _fingerprints[psk], exchange.Id, exchange.Salt);
            byte[] proof = Proof(psk, exchange, DiscoveryProofs.Initiator);
            bool named = ConstantTime.Equal(confirmation, 0, packet, Packet.HeaderSize + DiscoveryConfirm.Confirmation, confirmation.Length);
            bool proven = ConstantTime.Equal(proof, 0, packet, Packet.HeaderSize + DiscoveryConfirm.Proof, proof.Length);
            confirmed = named && proven ? psk : confirmed;
        }

        return confirmed;
    }

    private void WriteAccept(byte[] packet, Exchange exchange)
    {
        Array.Clear(packet, Packet.HeaderSize, DiscoveryAccept.Size);
        if (exchange.Confirmed < 0)
        {
            Wire.WriteU16(packet, Packet.HeaderSize + DiscoveryAccept.Status, DiscoveryStatus.Rejected);
            return;
        }

        byte[] proof = Proof(exchange.Confirmed, exchange, DiscoveryProofs.Responder);
        Array.Copy(proof, 0, packet, Packet.HeaderSize + DiscoveryAccept.Proof, proof.Length);
    }

    // A proof over the nonce of the answer.
    private byte[] Proof(int psk, Exchange exchange, string role)
    {
        return Proof(psk, Secret.Slice(exchange.Answer, DiscoveryResponse.Nonce, DiscoveryResponse.NonceSize), role, exchange.Id);
    }

    private byte[] Proof(int psk, byte[] nonce, string role, ulong id)
    {
        byte[] pskHash = DiscoveryProofs.PskHash(_core, _psks[psk]);
        byte[] proof = DiscoveryProofs.Proof(_core, pskHash, DiscoveryProofs.Challenge(_core, nonce, role), id);
        Secret.Wipe(pskHash);
        return proof;
    }

    private void TakeProofs(byte[] packet, int length, Endpoint from, long now)
    {
        int at = Packet.HeaderSize;
        int count = length < DiscoveryOffers.Proofs ? 0 : packet[at + DiscoveryOffers.Count];
        if (length < DiscoveryOffers.Proofs + count * DiscoveryProofs.ProofSize || count > DiscoveryOffers.MaxCount)
        {
            Counters.Drop(DropCause.Malformed);
            return;
        }

        Exchange exchange = Begin(packet, DiscoverySubtype.ProofsMatch, from, now);
        if (exchange == null)
        {
            return;
        }

        // The first of the initiator's list, as in the other form. The work is the same with and without a match.
        byte[] nonce = Secret.Slice(packet, at + DiscoveryOffers.Nonce, DiscoveryResponse.NonceSize);
        int match = -1;
        int matchedAt = DiscoveryOffers.MaxCount;
        for (int i = 0; i < _psks.Length; i++)
        {
            byte[] proof = Proof(i, nonce, DiscoveryProofs.Offer, exchange.Id);
            for (int k = 0; k < count; k++)
            {
                bool fits = ConstantTime.Equal(proof, 0, packet, at + DiscoveryOffers.Proofs + k * proof.Length, proof.Length);
                match = fits && k < matchedAt ? i : match;
                matchedAt = fits && k < matchedAt ? k : matchedAt;
            }
        }

        byte[] answer = exchange.Answer;
        new Decoys(_core, _decoyKey, packet, length).Fill(answer, DiscoveryMatch.Proof, DiscoveryProofs.ProofSize);
        byte[] matchProof = Proof(match < 0 ? 0 : match, nonce, DiscoveryProofs.Match, exchange.Id);
        Array.Copy(match < 0 ? answer : matchProof, match < 0 ? DiscoveryMatch.Proof : 0, answer, DiscoveryMatch.Proof, DiscoveryProofs.ProofSize);
        exchange.AnswerSize = DiscoveryMatch.Size;
        Requests++;
        if (match >= 0)
        {
            Matches++;
            LastMatch = match;
        }
    }

    // What is kept of a request for 10 s.
    private sealed class Exchange
    {
        public readonly Endpoint From = new Endpoint();

        // The payload of the RESPONSE or PROOFS_MATCH; the discovery_id is written when it is sent.
        public readonly byte[] Answer;
        public readonly byte[] Offered = new byte[DiscoveryResponse.MaxCandidates];
        public int OfferedCount;
        public ulong Id;
        public uint Salt;
        public long Until;
        public bool IsLive;
        public int AnswerSubtype;
        public int AnswerSize;
        public bool AnswerDue;
        public bool AcceptDue;
        public int Answers;
        public int Accepts;
        public int Confirmed;

        public Exchange(int candidates)
        {
            Answer = new byte[DiscoveryResponse.Candidates + candidates * DiscoveryProofs.CandidateSize];
        }

        public void Begin(ulong id, int subtype, Endpoint from, long until)
        {
            IsLive = true;
            Id = id;
            AnswerSubtype = subtype;
            From.CopyFrom(from);
            Until = until;
            AnswerDue = true;
            Answers = 1;
            Accepts = 0;
            Confirmed = -1;
            OfferedCount = 0;
        }

        public void End()
        {
            IsLive = false;
            AnswerDue = false;
            AcceptDue = false;
            Secret.Wipe(Answer);
            Secret.Wipe(Offered);
        }
    }
}
