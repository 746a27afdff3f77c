using Springtail.Crypto;
using Springtail.Keys;
using Springtail.Packets;

namespace Springtail.Sessions;

// New keys from a fresh exchange, under way with the session (PROTOCOL.md 12).
internal sealed partial class Session
{
    private const long RekeyRepeat = 2000;
    private const long RekeyAttempt = 10000;
    private const int RekeyAttempts = 3;
    private const long PendingLifetime = 30000;
    private const long PreviousLifetime = 5000;

    // The server leaves the first move to the client: it waits 17 minutes where the client waits 15.
    private const int ClientRekeyShare = 15;
    private const int ServerRekeyShare = 17;

    // The first gap between HEARTBEATs under new keys; then it doubles.
    private const int NewEpochGap = 500;
    private const int NewEpochHeartbeats = 5;

    private readonly byte[] _psk;

    // Keys that this side, the responder, accepts but does not send under yet; and the last ones, for packets that are late.
    private EpochKeys _pending;
    private long _pendingUntil;
    private EpochKeys _previous;
    private long _previousUntil = long.MaxValue;

    private long _rekeyDueAt;
    private uint _packetsOfEpoch;

    // The own request, while one is out.
    private byte[] _rekeyPrivate;
    private byte[] _rekeyRequest;
    private long _rekeyBegunAt;
    private long _rekeyNextAt;
    private int _rekeysFailed;

    // The answer to the peer's last request.
    private byte[] _rekeyResponse;
    private uint _rekeyAnsweredNonce;
    private ulong _lastRekeyNumber;
    private bool _rekeyResponseDue;

    // Requester: HEARTBEATs under the new keys until the peer is heard under them.
    private int _newEpochHeartbeat = -1;
    private long _newEpochHeartbeatAt;

    /// <summary>Rekeys that both sides have taken up.</summary>
    public int Rekeys { get; private set; }

    /// <summary>Asks the peer for new keys, unless that is under way already.</summary>
    public void Rekey(long now)
    {
        if (IsOpen && !RekeyIsOut && _pending == null)
        {
            _rekeyDueAt = now;
            UpdateDeadline(now);
        }
    }

    private bool RekeyIsOut => _rekeyPrivate != null;

    // The keys that a packet's epoch names; null when they are not accepted.
    private EpochKeys KeysOf(int epoch)
    {
        if (epoch == (_keys.Epoch & 0x0F))
        {
            return _keys;
        }

        if (_pending != null && epoch == (_pending.Epoch & 0x0F))
        {
            return _pending;
        }

        return _previous != null && epoch == (_previous.Epoch & 0x0F) ? _previous : null;
    }

    // A packet was verified under these keys.
    private void NoteEpoch(EpochKeys keys, bool highest, long now)
    {
        if (keys == _pending)
        {
            _pending = null;
            _rekeyResponse = null;
            _rekeyResponseDue = false;
            SwitchTo(keys, now);
            _previousUntil = now + PreviousLifetime;
            _heartbeatPending = true;
            Rekeys++;
        }
        else if (keys == _keys && _resume != null)
        {
            ForgetResume();
        }
        else if (keys == _keys && _newEpochHeartbeat >= 0)
        {
            _newEpochHeartbeat = -1;
            _previousUntil = now + PreviousLifetime;
            Rekeys++;
        }
        else if (keys == _previous && highest && _newEpochHeartbeat >= 0 && now >= _pendingUntil)
        {
            SwitchBack(now);
        }
    }

    // Requester: the responder has heard nothing under the new keys for so long that it has wiped them, and sends on under those before.
    // Should it have taken them up after all, its next packet leads to them again.
    private void SwitchBack(long now)
    {
        ForgetRequest();
        _pending = _keys;
        _pendingUntil = now + PendingLifetime;
        _keys = _previous;
        _previous = null;
        _newEpochHeartbeat = -1;
        _rekeyDueAt = now;
    }

    private void SwitchTo(EpochKeys keys, long now)
    {
        _previous?.Wipe();
        _previous = _keys;
        _previousUntil = long.MaxValue;
        _keys = keys;
        _packetsOfEpoch = 0;
        _resumesSinceRekey = 0;
        ScheduleRekey(now);
    }

    private void ScheduleRekey(long now)
    {
        _rekeyDueAt = now + (_isServer ? RekeyAfter / ClientRekeyShare * ServerRekeyShare : RekeyAfter);
    }

    // In ms.
    private long RekeyAfter => (long)_options.RekeyAfterSeconds * 1000;

    private long RekeyTimerDeadline()
    {
        long at = Earlier(_previous == null ? long.MaxValue : _previousUntil, _pending == null ? long.MaxValue : _pendingUntil);
        if (IsOpen)
        {
            at = Earlier(at, RekeyIsOut ? _rekeyBegunAt + RekeyAttempt : _pending == null ? _rekeyDueAt : long.MaxValue);
        }

        return at;
    }

    private void RunRekey(long now)
    {
        if (_previous != null && now >= _previousUntil)
        {
            _previous.Wipe();
            _previous = null;
        }

        if (_pending != null && now >= _pendingUntil)
        {
            DiscardPending();
        }

        if (!IsOpen)
        {
            ForgetRequest();
            return;
        }

        if (RekeyIsOut && now >= _rekeyBegunAt + RekeyAttempt)
        {
            ForgetRequest();
            _rekeysFailed++;
            if (_rekeysFailed >= RekeyAttempts)
            {
                _rekeysFailed = 0;
                ScheduleRekey(now);
                BeginRecovery(_lastNumber, now);
            }
            else
            {
                BeginRekey(now);
            }
        }
        else if (!RekeyIsOut && _pending == null && (now >= _rekeyDueAt || _packetsOfEpoch >= (uint)_options.RekeyAfterPackets))
        {
            BeginRekey(now);
        }
    }

    private void BeginRekey(long now)
    {
        _rekeyRequest = MakeRekeyRequest(out _rekeyPrivate, now);
        _rekeyBegunAt = now;
        _rekeyNextAt = now;
    }

    /// <summary>The payload of a REKEY_REQUEST, and the private key of the one in it.</summary>
    internal byte[] MakeRekeyRequest(out byte[] privateKey, long now)
    {
        byte[] publicKey = new byte[KeyExchange.PublicKeySize(Suite)];
        privateKey = KeyExchange.KeyPair(_core, Suite, publicKey);
        _core.Random(_random, 0, 4);
        uint nonce = Wire.ReadU32(_random, 0);
        return new Concatenation().U32(nonce).U32(Dates.Day((ulong)UtcNow(now))).Bytes(publicKey).Bytes(RekeyKeys.Commitment(_core, publicKey, nonce, Id)).ToArray();
    }

    private void ForgetRequest()
    {
        Secret.Wipe(_rekeyPrivate);
        _rekeyPrivate = null;
        _rekeyRequest = null;
    }

    private void DiscardPending()
    {
        _pending?.Wipe();
        _pending = null;
        _rekeyResponse = null;
        _rekeyResponseDue = false;
    }

    private long RekeyDeadline(long now)
    {
        if (_rekeyResponseDue && PathAllows(_rekeyResponse.Length + Packet.Overhead))
        {
            return now;
        }

        bool requests = RekeyIsOut && IsOpen && PathAllows(_rekeyRequest.Length + Packet.Overhead);
        return Earlier(requests ? _rekeyNextAt : long.MaxValue, _newEpochHeartbeat >= 0 ? _newEpochHeartbeatAt : long.MaxValue);
    }

    private bool SendRekey(Datagram datagram, long now)
    {
        if (_newEpochHeartbeat >= 0 && now >= _newEpochHeartbeatAt)
        {
            bool last = _newEpochHeartbeat == NewEpochHeartbeats;
            _newEpochHeartbeatAt = last ? long.MaxValue : now + (NewEpochGap << _newEpochHeartbeat++);
            SendHeartbeat(datagram, now);
            return true;
        }

        if (_rekeyResponseDue && PathAllows(_rekeyResponse.Length + Packet.Overhead))
        {
            _rekeyResponseDue = false;
            SendStored(datagram, ManagementSubtype.RekeyResponse, _rekeyResponse, now);
            return true;
        }

        if (RekeyIsOut && IsOpen && now >= _rekeyNextAt && PathAllows(_rekeyRequest.Length + Packet.Overhead))
        {
            _rekeyNextAt = now + RekeyRepeat;
            SendStored(datagram, ManagementSubtype.RekeyRequest, _rekeyRequest, now);
            return true;
        }

        return false;
    }

    private void SendStored(Datagram datagram, int subtype, byte[] payload, long now)
    {
        System.Array.Copy(payload, 0, datagram.Buffer, Packet.HeaderSize, payload.Length);
        Seal(datagram, PacketType.Management, subtype, 0, payload.Length, 0, now);
    }

    private void ReceiveRekeyRequest(byte[] packet, int length, EpochKeys keys, long now)
    {
        if (length < RekeyPayload.RequestPublicKey)
        {
            Counters.Drop(DropCause.Malformed);
            return;
        }

        uint nonce = Wire.ReadU32(packet, Packet.HeaderSize + RekeyPayload.Nonce);
        bool known = _rekeyResponse != null && nonce == _rekeyAnsweredNonce;
        if (_number <= _lastRekeyNumber || (keys != _keys && !known) || (_isServer && RekeyIsOut) || !IsOpen)
        {
            Counters.Drop(DropCause.Unexpected);
            return;
        }

        _lastRekeyNumber = _number;
        if (known)
        {
            _rekeyResponseDue = true;
            return;
        }

        DiscardPending();
        ForgetRequest();
        _pending = AnswerRekey(packet, length, _keys, now, out _rekeyResponse);
        _pendingUntil = now + PendingLifetime;
        _rekeyAnsweredNonce = nonce;
        _rekeyResponseDue = _pending != null;
    }

    private void ReceiveRekeyResponse(byte[] packet, int length, EpochKeys keys, long now)
    {
        if (!RekeyIsOut || keys != _keys)
        {
            Counters.Drop(DropCause.Unexpected);
            return;
        }

        EpochKeys next = CompleteRekey(packet, length, _rekeyRequest, _rekeyPrivate, _keys);
        if (next != null)
        {
            ForgetRequest();
            _rekeysFailed = 0;
            SwitchTo(next, now);
            _pendingUntil = now + PendingLifetime;
            _newEpochHeartbeat = 0;
            _newEpochHeartbeatAt = now;
        }
    }

    /// <summary>The keys that a REKEY_REQUEST leads to, and the answer's payload; null when it is not as it should be, which is counted.</summary>
    internal EpochKeys AnswerRekey(byte[] packet, int length, EpochKeys from, long now, out byte[] response)
    {
        response = null;
        int keySize = KeyExchange.PublicKeySize(Suite);
        if (length < RekeyPayload.RequestPublicKey + keySize + RekeyKeys.CommitmentSize)
        {
            Counters.Drop(DropCause.Malformed);
            return null;
        }

        uint nonce = Wire.ReadU32(packet, Packet.HeaderSize + RekeyPayload.Nonce);
        uint day = Wire.ReadU32(packet, Packet.HeaderSize + RekeyPayload.Day);
        uint today = Dates.Day((ulong)UtcNow(now));
        byte[] peerPublic = Secret.Slice(packet, Packet.HeaderSize + RekeyPayload.RequestPublicKey, keySize);
        byte[] peerCommitment = Secret.Slice(packet, Packet.HeaderSize + RekeyPayload.RequestPublicKey + keySize, RekeyKeys.CommitmentSize);
        if (day + 1 < today || day > today + 1
            || !ConstantTime.Equal(peerCommitment, 0, RekeyKeys.Commitment(_core, peerPublic, nonce, Id), 0, RekeyKeys.CommitmentSize))
        {
            Counters.Drop(DropCause.Malformed);
            return null;
        }

        byte[] publicKey = new byte[keySize];
        byte[] privateKey = KeyExchange.KeyPair(_core, Suite, publicKey);
        byte[] secret = KeyExchange.SharedSecret(_core, Suite, privateKey, peerPublic);
        Secret.Wipe(privateKey);
        if (secret == null)
        {
            Counters.Drop(DropCause.KeyExchange);
            return null;
        }

        byte[] commitment = RekeyKeys.Commitment(_core, publicKey, nonce, Id);
        EpochKeys next = NextKeys(from, secret, peerCommitment, commitment, day);
        byte[] confirmation = RekeyKeys.Confirmation(_core, next.SessionKey, Id);
        response = new Concatenation().U32(nonce).Bytes(publicKey).Bytes(commitment).Bytes(confirmation).ToArray();
        return next;
    }

    /// <summary>The keys that the REKEY_RESPONSE to a request leads to; null when it is not as it should be, which is counted.</summary>
    internal EpochKeys CompleteRekey(byte[] packet, int length, byte[] request, byte[] privateKey, EpochKeys from)
    {
        int keySize = KeyExchange.PublicKeySize(Suite);
        int commitmentAt = RekeyPayload.ResponsePublicKey + keySize;
        int confirmationAt = commitmentAt + RekeyKeys.CommitmentSize;
        if (length < confirmationAt + RekeyKeys.ConfirmationSize)
        {
            Counters.Drop(DropCause.Malformed);
            return null;
        }

        uint nonce = Wire.ReadU32(request, RekeyPayload.Nonce);
        if (Wire.ReadU32(packet, Packet.HeaderSize + RekeyPayload.Nonce) != nonce)
        {
            Counters.Drop(DropCause.Unexpected);
            return null;
        }

        byte[] peerPublic = Secret.Slice(packet, Packet.HeaderSize + RekeyPayload.ResponsePublicKey, keySize);
        byte[] peerCommitment = Secret.Slice(packet, Packet.HeaderSize + commitmentAt, RekeyKeys.CommitmentSize);
        byte[] secret = ConstantTime.Equal(peerCommitment, 0, RekeyKeys.Commitment(_core, peerPublic, nonce, Id), 0, RekeyKeys.CommitmentSize)
            ? KeyExchange.SharedSecret(_core, Suite, privateKey, peerPublic)
            : null;
        if (secret == null)
        {
            Counters.Drop(DropCause.KeyExchange);
            return null;
        }

        byte[] own = Secret.Slice(request, request.Length - RekeyKeys.CommitmentSize, RekeyKeys.CommitmentSize);
        EpochKeys next = NextKeys(from, secret, own, peerCommitment, Wire.ReadU32(request, RekeyPayload.Day));
        byte[] confirmation = RekeyKeys.Confirmation(_core, next.SessionKey, Id);
        if (!ConstantTime.Equal(packet, Packet.HeaderSize + confirmationAt, confirmation, 0, RekeyKeys.ConfirmationSize))
        {
            next.Wipe();
            Counters.Drop(DropCause.KeyExchange);
            return null;
        }

        return next;
    }

    // The keys of the next epoch; wipes the shared secret.
    private EpochKeys NextKeys(EpochKeys from, byte[] secret, byte[] requesterCommitment, byte[] responderCommitment, uint day)
    {
        byte[] combined = RekeyKeys.Combined(_core, secret, requesterCommitment, responderCommitment, from.SessionKey);
        byte[] sessionKey = RekeyKeys.SessionKey(_core, _psk, day, Id, combined);
        byte[] traffic = RekeyKeys.TrafficKeys(_core, sessionKey, secret, requesterCommitment, responderCommitment);
        Secret.Wipe(combined);
        Secret.Wipe(secret);
        return MakeEpoch(from.Epoch + 1, sessionKey, traffic, 0);
    }

    // The keys of an epoch; client_key and server_key stand in an array from an offset on, which is wiped.
    private EpochKeys MakeEpoch(int epoch, byte[] sessionKey, byte[] keys, int offset)
    {
        EpochKeys made = new EpochKeys(
            epoch,
            sessionKey,
            Secret.Slice(keys, offset, 32),
            Secret.Slice(keys, offset + 32, 32),
            _keys.AuthenticationKey == null ? null : KeySchedule.RenewedAuthenticationKey(_core, sessionKey));
        Secret.Wipe(keys);
        return made;
    }

    /// <summary>The session is not served any more: its timers do not run, so what they would wipe goes now.</summary>
    internal void GiveUp()
    {
        ForgetRequest();
        DiscardPending();
        ForgetResume();
        _previous?.Wipe();
        _previous = null;
    }

    private void WipeRekey()
    {
        GiveUp();
        Secret.Wipe(_psk);
    }
}
