using System;
using Springtail.Crypto;
using Springtail.Keys;
using Springtail.Packets;
using Springtail.Sessions;

namespace Springtail.Discovery;

/// <summary>
/// Answers those who ask which PSK they share with this side (PROTOCOL.md 15). All its memory is taken at the start. An answer tells nothing to somebody who has not
/// got a PSK of this side: its size follows from the number of PSKs here, its content is new each time, copies of a request included, and the work is the
/// same whatever fits.
/// </summary>
internal sealed class Responder : IDiscoveryAnswers
{
    private const int KeptFor = 10000;

    // Two copies of each packet may come besides the first, and the network may double all three.
    private const int MaxRepeats = 6;

    // Exchanges of one address, and at most every second one of all.
    private const int PerAddress = 4;

    private readonly ICryptoCore _core;
    private readonly Installation _own;
    private readonly DiscoveryPackets _packets;
    private readonly RequestMemory _requests;
    private readonly Exchange[] _exchanges;
    private readonly int _perAddress;

    // Of the PSKs; the candidates of each answer, and where in it each of them stands.
    private byte[][] _psks;
    private byte[][] _fingerprints;
    private int _candidates;
    private byte[] _order;
    private byte[] _draws;

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
        _requests = new RequestMemory(maxExchanges);
        _perAddress = maxExchanges == 1 ? 1 : maxExchanges / 2 < PerAddress ? maxExchanges / 2 : PerAddress;
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

        _candidates = psks.Length <= DiscoveryResponse.FewCandidates ? DiscoveryResponse.FewCandidates : DiscoveryResponse.MaxCandidates;
        _order = new byte[_candidates];
        _draws = new byte[4 * _candidates];
        for (int i = 0; i < _exchanges.Length; i++)
        {
            _exchanges[i] = new Exchange(_candidates);
        }
    }

    /// <summary>What was dropped.</summary>
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
                    long due = exchange.AnswerDue || exchange.AcceptDue ? long.MinValue : exchange.BeganAt + KeptFor;
                    at = due < at ? due : at;
                }
            }

            return at;
        }
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
                int size = exchange.Subtype == DiscoverySubtype.Response ? WriteResponse(datagram.Buffer, exchange) : WriteMatch(datagram.Buffer, exchange);
                exchange.Answers++;
                _packets.Seal(datagram, exchange.Subtype, PacketFlags.FromServer, exchange.Id, size);
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
            if (_exchanges[i].IsLive && now - _exchanges[i].BeganAt >= KeptFor)
            {
                _exchanges[i].End();
            }
        }
    }

    private static bool IsOf(Exchange exchange, ulong id, Endpoint from)
    {
        return exchange.IsLive && exchange.Id == id && exchange.From.SameAs(from);
    }

    // A copy of a request that is kept is answered too; true when it was one.
    private bool AnswerCopy(ulong id, ulong request, int answerSubtype, Endpoint from)
    {
        for (int i = 0; i < _exchanges.Length; i++)
        {
            Exchange exchange = _exchanges[i];
            if (IsOf(exchange, id, from) && exchange.Request == request && exchange.Subtype == answerSubtype)
            {
                if (exchange.Answers == MaxRepeats)
                {
                    Counters.Drop(DropCause.Limit);
                }
                else
                {
                    exchange.AnswerDue = true;
                }

                return true;
            }
        }

        return false;
    }

    // A new exchange for a request whose fields have that size; null when it is a copy, which is answered, or refused, and the drop is counted.
    private Exchange Begin(byte[] packet, int fieldsSize, int answerSubtype, Endpoint from, long now)
    {
        // Other fields under the same discovery_id are another request: it takes nothing from this one.
        ulong id = Packet.SessionId(packet);
        byte[] hash = new byte[32];
        _core.Sha256(hash, 0, packet, Packet.HeaderSize, fieldsSize);
        ulong request = Wire.ReadU64(hash, 0);
        if (AnswerCopy(id, request, answerSubtype, from))
        {
            return null;
        }

        if (_own != null && _own.ContainsDiscovery(id))
        {
            Counters.Drop(DropCause.Reflected);
            return null;
        }

        if (_requests.IsSpent(from, now))
        {
            Counters.Drop(DropCause.Limit);
            return null;
        }

        _requests.Add(from, now);
        Exchange place = Place(from);
        place.End();
        place.Begin(id, request, answerSubtype, from, now);
        return place;
    }

    // Where the next exchange of an address goes: in place of its own oldest when it has as many as it may, or a free place, or the oldest of all. That
    // is a second old then: no more exchanges begin within a second than there are places.
    private Exchange Place(Endpoint from)
    {
        int own = 0;
        Exchange oldestOwn = null;
        Exchange oldest = null;
        Exchange free = null;
        for (int i = 0; i < _exchanges.Length; i++)
        {
            Exchange exchange = _exchanges[i];
            if (!exchange.IsLive)
            {
                free = exchange;
                continue;
            }

            oldest = oldest == null || exchange.BeganAt < oldest.BeganAt ? exchange : oldest;
            if (exchange.From.SameNetwork(from))
            {
                own++;
                oldestOwn = oldestOwn == null || exchange.BeganAt < oldestOwn.BeganAt ? exchange : oldestOwn;
            }
        }

        return own >= _perAddress ? oldestOwn : free ?? oldest;
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

        Exchange exchange = Begin(packet, DiscoveryRequest.Filter + filterSize, DiscoverySubtype.Response, from, now);
        if (exchange == null)
        {
            return;
        }

        byte[] filter = Secret.Slice(packet, at + DiscoveryRequest.Filter, filterSize);
        if (tooMany || BitsSet(filter) > DiscoveryProofs.BitsPerPsk * count)
        {
            exchange.IsRefused = true;
            Refusals++;
            return;
        }

        exchange.Salt = Wire.ReadU32(packet, at + DiscoveryRequest.Salt);
        Choose(exchange, filter);
        Requests++;
    }

    // The PSKs that are offered: those that the filter may hold.
    private void Choose(Exchange exchange, byte[] filter)
    {
        int hits = 0;
        for (int i = 0; i < _psks.Length; i++)
        {
            byte[] blinded = DiscoveryProofs.Blinded(_core, _fingerprints[i], exchange.Id, exchange.Salt);
            if (DiscoveryProofs.MayContain(_core, filter, blinded))
            {
                // Of more than there is room for, each stays with the same chance.
                int place = hits < _candidates ? hits : Below(hits + 1);
                hits++;
                if (place < _candidates)
                {
                    exchange.Offered[place] = (byte)i;
                }
            }

            Secret.Wipe(blinded);
        }

        exchange.OfferedCount = hits < _candidates ? hits : _candidates;
    }

    // A number below a limit of at most 256; its bias is below 2^-24.
    private int Below(int limit)
    {
        _core.Random(_draws, 0, 4);
        return (int)(Wire.ReadU32(_draws, 0) % (uint)limit);
    }

    // Each candidate's place at random.
    private void DrawOrder()
    {
        _core.Random(_draws, 0, _draws.Length);
        for (int i = 0; i < _candidates; i++)
        {
            int other = (int)(Wire.ReadU32(_draws, 4 * i) % (uint)(i + 1));
            _order[i] = _order[other];
            _order[other] = (byte)i;
        }
    }

    private int WriteResponse(byte[] packet, Exchange exchange)
    {
        int at = Packet.HeaderSize;
        Array.Clear(packet, at, DiscoveryResponse.Candidates);
        if (exchange.IsRefused)
        {
            Wire.WriteU16(packet, at + DiscoveryResponse.Status, DiscoveryStatus.Rejected);
            return DiscoveryResponse.Candidates;
        }

        int nonceAt = exchange.Answers * DiscoveryResponse.NonceSize;
        _core.Random(exchange.Nonces, nonceAt, DiscoveryResponse.NonceSize);
        byte[] nonce = Secret.Slice(exchange.Nonces, nonceAt, DiscoveryResponse.NonceSize);
        Array.Copy(nonce, 0, packet, at + DiscoveryResponse.Nonce, nonce.Length);
        Wire.WriteU16(packet, at + DiscoveryResponse.Count, (ushort)_candidates);
        _core.Random(packet, at + DiscoveryResponse.Candidates, _candidates * DiscoveryProofs.CandidateSize);
        DrawOrder();
        for (int i = 0; i < _candidates; i++)
        {
            // The work is the same where no PSK is offered and chance has the place.
            byte[] blinded = DiscoveryProofs.Blinded(_core, _fingerprints[exchange.Offered[i]], exchange.Id, exchange.Salt);
            byte[] candidate = DiscoveryProofs.Candidate(_core, blinded, nonce);
            int place = at + DiscoveryResponse.Candidates + _order[i] * candidate.Length;
            bool isOffered = i < exchange.OfferedCount;
            Array.Copy(isOffered ? candidate : packet, isOffered ? 0 : place, packet, place, candidate.Length);
            Secret.Wipe(blinded);
        }

        return DiscoveryResponse.Candidates + _candidates * DiscoveryProofs.CandidateSize;
    }

    private void TakeConfirm(byte[] packet, int length, Endpoint from)
    {
        if (length < DiscoveryConfirm.Size)
        {
            Counters.Drop(DropCause.Malformed);
            return;
        }

        // Under one discovery_id there are several where somebody else sends in the initiator's name.
        Exchange meant = null;
        int dropped = DropCause.Unexpected;
        for (int i = 0; i < _exchanges.Length; i++)
        {
            Exchange exchange = _exchanges[i];
            if (!IsOf(exchange, Packet.SessionId(packet), from) || exchange.Subtype != DiscoverySubtype.Response || exchange.IsRefused || exchange.Answers == 0)
            {
                continue;
            }

            if (exchange.Accepts == MaxRepeats)
            {
                dropped = DropCause.Limit;
                continue;
            }

            exchange.Accepts++;
            Confirm(exchange, packet);
            meant = meant == null || exchange.Confirmed >= 0 ? exchange : meant;
        }

        if (meant == null)
        {
            Counters.Drop(dropped);
        }
        else
        {
            // A CONFIRM that is wrong is rejected and ends nothing: the right one may be on its way, and whoever forged that one must not spoil it.
            meant.AcceptDue = true;
        }
    }

    // Notes which PSK, of those that were offered, a CONFIRM names and proves, and over the nonce of which answer. The work is the same whatever it names.
    private void Confirm(Exchange exchange, byte[] packet)
    {
        int named = -1;
        for (int i = 0; i < _candidates; i++)
        {
            byte[] confirmation = DiscoveryProofs.Confirmation(_core, _fingerprints[exchange.Offered[i]], exchange.Id, exchange.Salt);
            bool fits = ConstantTime.Equal(confirmation, 0, packet, Packet.HeaderSize + DiscoveryConfirm.Confirmation, confirmation.Length);
            named = fits && i < exchange.OfferedCount ? exchange.Offered[i] : named;
        }

        int proven = -1;
        for (int i = 0; i < exchange.Answers; i++)
        {
            byte[] proof = Proof(named < 0 ? 0 : named, NonceOf(exchange, i), DiscoveryProofs.Initiator, exchange.Id);
            proven = ConstantTime.Equal(proof, 0, packet, Packet.HeaderSize + DiscoveryConfirm.Proof, proof.Length) ? i : proven;
        }

        if (named >= 0 && proven >= 0)
        {
            Matches += exchange.Confirmed < 0 ? 1 : 0;
            LastMatch = named;
            exchange.Confirmed = named;
            exchange.ConfirmedAnswer = proven;
        }
    }

    private static byte[] NonceOf(Exchange exchange, int answer)
    {
        return Secret.Slice(exchange.Nonces, answer * DiscoveryResponse.NonceSize, DiscoveryResponse.NonceSize);
    }

    private void WriteAccept(byte[] packet, Exchange exchange)
    {
        Array.Clear(packet, Packet.HeaderSize, DiscoveryAccept.Size);
        if (exchange.Confirmed < 0)
        {
            Wire.WriteU16(packet, Packet.HeaderSize + DiscoveryAccept.Status, DiscoveryStatus.Rejected);
            return;
        }

        byte[] proof = Proof(exchange.Confirmed, NonceOf(exchange, exchange.ConfirmedAnswer), DiscoveryProofs.Responder, exchange.Id);
        Array.Copy(proof, 0, packet, Packet.HeaderSize + DiscoveryAccept.Proof, proof.Length);
    }

    private byte[] Proof(int psk, byte[] nonce, string role, ulong id)
    {
        return Proof(psk, DiscoveryProofs.Challenge(_core, nonce, role), id);
    }

    private byte[] Proof(int psk, byte[] challenge, ulong id)
    {
        byte[] pskHash = DiscoveryProofs.PskHash(_core, _psks[psk]);
        byte[] proof = DiscoveryProofs.Proof(_core, pskHash, challenge, id);
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

        Exchange exchange = Begin(packet, DiscoveryOffers.Proofs + count * DiscoveryProofs.ProofSize, DiscoverySubtype.ProofsMatch, from, now);
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

        Array.Copy(nonce, 0, exchange.Nonces, 0, nonce.Length);
        exchange.Confirmed = match;
        Requests++;
        if (match >= 0)
        {
            Matches++;
            LastMatch = match;
        }
    }

    private int WriteMatch(byte[] packet, Exchange exchange)
    {
        int at = Packet.HeaderSize;
        _core.Random(packet, at + DiscoveryMatch.Nonce, DiscoveryResponse.NonceSize);
        _core.Random(packet, at + DiscoveryMatch.Proof, DiscoveryProofs.ProofSize);
        byte[] responderNonce = Secret.Slice(packet, at + DiscoveryMatch.Nonce, DiscoveryResponse.NonceSize);
        bool isMatch = exchange.Confirmed >= 0;
        byte[] proof = Proof(isMatch ? exchange.Confirmed : 0, DiscoveryProofs.MatchChallenge(_core, NonceOf(exchange, 0), responderNonce), exchange.Id);
        Array.Copy(isMatch ? proof : packet, isMatch ? 0 : at + DiscoveryMatch.Proof, packet, at + DiscoveryMatch.Proof, proof.Length);
        return DiscoveryMatch.Size;
    }

    // What is kept of a request for 10 s.
    private sealed class Exchange
    {
        public readonly Endpoint From = new Endpoint();

        // The challenge_nonce of each answer; of PROOFS, its nonce.
        public readonly byte[] Nonces = new byte[MaxRepeats * DiscoveryResponse.NonceSize];

        // PSKs by their places, the rest zeros.
        public readonly byte[] Offered;
        public int OfferedCount;
        public ulong Id;

        // Of the request's fields: a copy has the same.
        public ulong Request;
        public uint Salt;
        public long BeganAt;
        public bool IsLive;
        public bool IsRefused;

        /// <summary>Of the answers: RESPONSE or PROOFS_MATCH.</summary>
        public int Subtype;
        public bool AnswerDue;
        public bool AcceptDue;
        public int Answers;
        public int Accepts;

        // The PSK that was confirmed, or fits proofs; -1 for none.
        public int Confirmed;
        public int ConfirmedAnswer;

        public Exchange(int candidates)
        {
            Offered = new byte[candidates];
        }

        public void Begin(ulong id, ulong request, int subtype, Endpoint from, long now)
        {
            IsLive = true;
            IsRefused = false;
            Id = id;
            Request = request;
            Subtype = subtype;
            From.CopyFrom(from);
            BeganAt = now;
            AnswerDue = true;
            Answers = 0;
            Accepts = 0;
            Confirmed = -1;
            OfferedCount = 0;
        }

        public void End()
        {
            IsLive = false;
            AnswerDue = false;
            AcceptDue = false;
            Secret.Wipe(Nonces);
            Secret.Wipe(Offered);
        }
    }
}
