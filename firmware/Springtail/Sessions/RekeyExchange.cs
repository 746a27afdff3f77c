using Springtail.Crypto;
using Springtail.Keys;
using Springtail.Packets;

namespace Springtail.Sessions;

/// <summary>
/// An exchange for new keys while it is under way (PROTOCOL.md 12): this side's request, or the answer to the peer's, or the HEARTBEATs under new keys until
/// the peer is heard under them. What both sides compute stands here too, for an emergency has the same.
/// </summary>
internal sealed class RekeyExchange
{
    private const long RekeyRepeat = 2000;
    private const long RekeyAttempt = 10000;

    // The first gap between HEARTBEATs under new keys; then it doubles.
    private const int NewEpochGap = 500;
    private const int NewEpochHeartbeats = 5;

    // The own request.
    private byte[] _privateKey;
    private byte[] _request;
    private long _nextAt;

    // The answer to the peer's last one.
    private byte[] _response;
    private uint _answeredNonce;
    private bool _responseDue;

    // HEARTBEATs sent under the new keys; -1 when there are none to be.
    private int _announced = -1;
    private long _announceAt;

    public bool IsRequesting => _privateKey != null;

    public bool IsAnnouncing => _announced >= 0;

    public bool IsOver => _privateKey == null && _response == null && _announced < 0;

    /// <summary>When the request is out for so long that there will be no answer.</summary>
    public long GivenUpAt { get; private set; }

    public void Request(Session session, long now)
    {
        _request = MakeRequest(session, out _privateKey, now);
        GivenUpAt = now + session.Shape.Shorten(RekeyAttempt);
        _nextAt = now;
    }

    /// <summary>The request, if one is out, is repeated now.</summary>
    public void RequestNow(long now) => _nextAt = now;

    public void ForgetRequest()
    {
        Secret.Wipe(_privateKey);
        _privateKey = null;
        _request = null;
    }

    /// <summary>Whether a request with that nonce has an answer.</summary>
    public bool HasAnswered(uint nonce) => _response != null && nonce == _answeredNonce;

    public void Answered(uint nonce, byte[] response)
    {
        _response = response;
        _answeredNonce = nonce;
        _responseDue = true;
    }

    public void AnswerAgain() => _responseDue = true;

    public void ForgetResponse()
    {
        _response = null;
        _responseDue = false;
    }

    public void Announce(long now)
    {
        _announced = 0;
        _announceAt = now;
    }

    public void StopAnnouncing() => _announced = -1;

    public long SendAt(Session session, long now)
    {
        if (_responseDue && session.Path.Allows(_response.Length + Packet.Overhead + TrafficShape.MaxPadding))
        {
            return now;
        }

        bool requests = IsRequesting && session.IsOpen && session.Path.Allows(_request.Length + Packet.Overhead + TrafficShape.MaxPadding);
        return Session.Earlier(requests ? _nextAt : long.MaxValue, IsAnnouncing ? _announceAt : long.MaxValue);
    }

    public bool Send(Session session, Datagram datagram, long now)
    {
        if (IsAnnouncing && now >= _announceAt)
        {
            bool last = _announced == NewEpochHeartbeats;
            _announceAt = last ? long.MaxValue : now + session.Shape.Shorten(NewEpochGap << _announced++);
            session.SendHeartbeat(datagram, now);
            return true;
        }

        if (_responseDue && session.Path.Allows(_response.Length + Packet.Overhead + TrafficShape.MaxPadding))
        {
            _responseDue = false;
            SendStored(session, datagram, ManagementSubtype.RekeyResponse, _response, now);
            return true;
        }

        if (IsRequesting && session.IsOpen && now >= _nextAt && session.Path.Allows(_request.Length + Packet.Overhead + TrafficShape.MaxPadding))
        {
            _nextAt = now + session.Shape.Shorten(RekeyRepeat);
            SendStored(session, datagram, ManagementSubtype.RekeyRequest, _request, now);
            return true;
        }

        return false;
    }

    /// <summary>The keys that the answer to this side's request leads to; null when it is not as it should be, which is counted.</summary>
    public EpochKeys Complete(Session session, Arrival arrival, EpochKeys from) => Complete(session, arrival, _request, _privateKey, from);

    /// <summary>The payload of a REKEY_REQUEST, and the private key of the one in it.</summary>
    public static byte[] MakeRequest(Session session, out byte[] privateKey, long now)
    {
        ICryptoCore core = session.Core;
        byte[] publicKey = new byte[KeyExchange.PublicKeySize(session.Suite)];
        privateKey = KeyExchange.KeyPair(core, session.Suite, publicKey);
        uint nonce = session.Random();
        return new Concatenation().U32(nonce).U32(Dates.Day((ulong)session.UtcNow(now))).Bytes(publicKey)
            .Bytes(RekeyKeys.Commitment(core, publicKey, nonce, session.Id)).ToArray();
    }

    /// <summary>The keys that a REKEY_REQUEST leads to, and the answer's payload; null when it is not as it should be, which is counted.</summary>
    public static EpochKeys Answer(Session session, Arrival arrival, EpochKeys from, out byte[] response)
    {
        response = null;
        ICryptoCore core = session.Core;
        byte[] packet = arrival.Bytes;
        int keySize = KeyExchange.PublicKeySize(session.Suite);
        if (arrival.Length < RekeyPayload.RequestPublicKey + keySize + RekeyKeys.CommitmentSize)
        {
            session.Counters.Drop(DropCause.Malformed);
            return null;
        }

        uint nonce = arrival.U32(RekeyPayload.Nonce);
        uint day = arrival.U32(RekeyPayload.Day);
        uint today = Dates.Day((ulong)session.UtcNow(arrival.Now));
        byte[] peerPublic = Wire.Slice(packet, Packet.HeaderSize + RekeyPayload.RequestPublicKey, keySize);
        byte[] peerCommitment = Wire.Slice(packet, Packet.HeaderSize + RekeyPayload.RequestPublicKey + keySize, RekeyKeys.CommitmentSize);
        if (day + 1 < today || day > today + 1
            || !ConstantTime.Equal(peerCommitment, 0, RekeyKeys.Commitment(core, peerPublic, nonce, session.Id), 0, RekeyKeys.CommitmentSize))
        {
            session.Counters.Drop(DropCause.Malformed);
            return null;
        }

        byte[] publicKey = new byte[keySize];
        byte[] privateKey = KeyExchange.KeyPair(core, session.Suite, publicKey);
        byte[] secret = KeyExchange.SharedSecret(core, session.Suite, privateKey, peerPublic);
        Secret.Wipe(privateKey);
        if (secret == null)
        {
            session.Counters.Drop(DropCause.KeyExchange);
            return null;
        }

        byte[] commitment = RekeyKeys.Commitment(core, publicKey, nonce, session.Id);
        EpochKeys next = NextKeys(session, from, secret, peerCommitment, commitment, day);
        byte[] confirmation = RekeyKeys.Confirmation(core, next.SessionKey, session.Id);
        response = new Concatenation().U32(nonce).Bytes(publicKey).Bytes(commitment).Bytes(confirmation).ToArray();
        return next;
    }

    /// <summary>The keys that the REKEY_RESPONSE to a request leads to; null when it is not as it should be, which is counted.</summary>
    public static EpochKeys Complete(Session session, Arrival arrival, byte[] request, byte[] privateKey, EpochKeys from)
    {
        ICryptoCore core = session.Core;
        byte[] packet = arrival.Bytes;
        int keySize = KeyExchange.PublicKeySize(session.Suite);
        int commitmentAt = RekeyPayload.ResponsePublicKey + keySize;
        int confirmationAt = commitmentAt + RekeyKeys.CommitmentSize;
        if (arrival.Length < confirmationAt + RekeyKeys.ConfirmationSize)
        {
            session.Counters.Drop(DropCause.Malformed);
            return null;
        }

        uint nonce = Wire.ReadU32(request, RekeyPayload.Nonce);
        if (arrival.U32(RekeyPayload.Nonce) != nonce)
        {
            session.Counters.Drop(DropCause.Unexpected);
            return null;
        }

        byte[] peerPublic = Wire.Slice(packet, Packet.HeaderSize + RekeyPayload.ResponsePublicKey, keySize);
        byte[] peerCommitment = Wire.Slice(packet, Packet.HeaderSize + commitmentAt, RekeyKeys.CommitmentSize);
        byte[] secret = ConstantTime.Equal(peerCommitment, 0, RekeyKeys.Commitment(core, peerPublic, nonce, session.Id), 0, RekeyKeys.CommitmentSize)
            ? KeyExchange.SharedSecret(core, session.Suite, privateKey, peerPublic)
            : null;
        if (secret == null)
        {
            session.Counters.Drop(DropCause.KeyExchange);
            return null;
        }

        byte[] own = Wire.Slice(request, request.Length - RekeyKeys.CommitmentSize, RekeyKeys.CommitmentSize);
        EpochKeys next = NextKeys(session, from, secret, own, peerCommitment, Wire.ReadU32(request, RekeyPayload.Day));
        byte[] confirmation = RekeyKeys.Confirmation(core, next.SessionKey, session.Id);
        if (!ConstantTime.Equal(packet, Packet.HeaderSize + confirmationAt, confirmation, 0, RekeyKeys.ConfirmationSize))
        {
            next.Wipe();
            session.Counters.Drop(DropCause.KeyExchange);
            return null;
        }

        return next;
    }

    // The keys of the next epoch; wipes the shared secret.
    private static EpochKeys NextKeys(Session session, EpochKeys from, byte[] secret, byte[] requesterCommitment, byte[] responderCommitment, uint day)
    {
        ICryptoCore core = session.Core;
        byte[] combined = RekeyKeys.Combined(core, secret, requesterCommitment, responderCommitment, from.SessionKey);
        byte[] sessionKey = RekeyKeys.SessionKey(core, session.Psk, day, session.Id, combined);
        byte[] traffic = RekeyKeys.TrafficKeys(core, sessionKey, secret, requesterCommitment, responderCommitment);
        Secret.Wipe(combined);
        Secret.Wipe(secret);
        return from.Next(core, from.Epoch + 1, sessionKey, traffic, 0);
    }

    private static void SendStored(Session session, Datagram datagram, int subtype, byte[] payload, long now)
    {
        System.Array.Copy(payload, 0, datagram.Buffer, Packet.HeaderSize, payload.Length);
        session.Send(datagram, PacketType.Management, subtype, 0, payload.Length, now);
    }
}
