using Springtail.Crypto;
using Springtail.Keys;
using Springtail.Packets;

namespace Springtail.Sessions;

/// <summary>The server's side of an emergency (PROTOCOL.md 14): from an accepted request on.</summary>
internal sealed class EmergencyResponse : Emergency
{
    private const int MaxClockError = 30000;
    private const int MinSilence = 30000;

    // What the client may take for its tries, its key check and its rekey; the session after it has a time of its own.
    private const int Lifetime = 35000;

    // Neither the current, the pending nor the previous epoch.
    private const int EpochsAhead = 2;

    private readonly long _until;
    private readonly byte[] _request;
    private readonly byte[] _payload;
    private readonly int _requestPort;

    // Where a copy of the request, or an interim packet, is to be answered.
    private readonly Endpoint _requestFrom = new Endpoint();
    private readonly Endpoint _peer = new Endpoint();
    private bool _responseDue;
    private int _responsePort;
    private int _peerPort;

    private bool _checked;
    private int _replySubtype;
    private byte[] _reply;
    private byte[] _rekeyResponse;
    private uint _rekeyNonce;

    private EmergencyResponse(ICryptoCore core, Session old, byte[] key, byte[] mask, byte[] packet, byte[] secret, int localPort, long now)
        : base(core, old)
    {
        Key = key;
        RequestMask = mask;
        UtcMs = Wire.ReadMs(secret, EmergencyKeys.RecoveryTokenSize + 8);
        _request = Secret.Slice(packet, Packet.HeaderSize, EmergencyPayload.RequestSize);
        byte[] token = Secret.Slice(secret, 0, EmergencyKeys.RecoveryTokenSize);
        ulong recoveryId = Wire.ReadU64(secret, EmergencyKeys.RecoveryTokenSize);
        _payload = SealSecret(token, recoveryId, old.UtcNow(now));
        BeginInterim(token, recoveryId, UtcMs, old.Epoch + EpochsAhead);
        Secret.Wipe(token);
        _requestPort = localPort;
        _peerPort = localPort;
        _until = now + Lifetime;
    }

    /// <summary>utc_ms of the request.</summary>
    public long UtcMs { get; }

    public long Deadline => _responseDue || _reply != null ? long.MinValue : Next != null ? Next.Deadline : _until;

    /// <summary>It came to nothing, or is no longer needed.</summary>
    public bool IsOver(long now) => IsCancelled || (Next == null && now >= _until);

    /// <summary>Reads a request, unmasked, of this session.</summary>
    /// <param name="core">The primitives.</param>
    /// <param name="old">The session.</param>
    /// <param name="packet">The packet; at least as long as a request.</param>
    /// <param name="size">Its size.</param>
    /// <param name="present">The emergency under way, whose request this may be a copy of; or null.</param>
    /// <param name="after">utc_ms of the last request that was accepted: this one's is later, or it is a copy.</param>
    /// <param name="localPort">Where it came in.</param>
    /// <param name="counters">Count what is dropped.</param>
    /// <param name="now">Monotonic time in ms.</param>
    /// <returns>A new emergency, the present one for a copy, or null.</returns>
    public static EmergencyResponse Take(
        ICryptoCore core, Session old, byte[] packet, int size, EmergencyResponse present, long after, int localPort, Counters counters, long now)
    {
        int at = Packet.HeaderSize;
        byte[] key = old.EmergencyKey(Wire.ReadU32(packet, at + EmergencyPayload.LastGoodSequence), packet[at + EmergencyPayload.Reason]);
        if (!core.OpenPacket(packet, 0, size, PacketProtection.Clear, null, key, 0))
        {
            Secret.Wipe(key);
            counters.Drop(DropCause.BadTag);
            return null;
        }

        if (present != null && ConstantTime.Equal(packet, at, present._request, 0, present._request.Length))
        {
            Secret.Wipe(key);
            return present;
        }

        byte[] secret = OpenSecret(core, key, packet, at + EmergencyPayload.Sealed);
        EmergencyResponse taken = null;
        if (secret == null || Wire.ReadU64(packet, at + EmergencyPayload.ConnectionId) != old.ConnectionId() || Wire.ReadMs(packet, at + EmergencyPayload.StartUtcMs) != old.StartUtcMs)
        {
            counters.Drop(DropCause.BadTag);
        }
        else
        {
            long utcMs = Wire.ReadMs(secret, EmergencyKeys.RecoveryTokenSize + 8);
            long error = utcMs - old.UtcNow(now);
            if (error > MaxClockError || error < 0 - MaxClockError || utcMs <= after)
            {
                counters.Drop(DropCause.Timestamp);
            }
            else if (now - old.LastHeardAt < MinSilence || !old.IsOpen)
            {
                counters.Drop(DropCause.Unexpected);
            }
            else
            {
                taken = new EmergencyResponse(core, old, key, old.EmergencyMask(utcMs), packet, secret, localPort, now);
            }
        }

        Secret.Wipe(secret);
        if (taken == null)
        {
            Secret.Wipe(key);
        }

        return taken;
    }

    /// <summary>The request, or a copy of it, is to be answered there.</summary>
    public void Answer(Endpoint from, int localPort)
    {
        _requestFrom.CopyFrom(from);
        _responsePort = localPort;
        _responseDue = true;
    }

    public int AddPorts(int[] ports, int count)
    {
        for (int i = 0; i < 2; i++, count++)
        {
            if (count < ports.Length)
            {
                ports[count] = i == 0 ? _requestPort : _peerPort;
            }
        }

        return Next == null ? count : Next.AddPorts(ports, count);
    }

    public bool Poll(Datagram datagram, long now)
    {
        if (_responseDue)
        {
            _responseDue = false;
            System.Array.Copy(_payload, 0, datagram.Buffer, Packet.HeaderSize, _payload.Length);
            SealClear(datagram, ControlSubtype.EmergencyResponse, Keys.Epoch, _payload.Length, now);
            datagram.LocalPort = _responsePort;
            datagram.To.CopyFrom(_requestFrom);
            return true;
        }

        if (_reply != null)
        {
            Seal(datagram, _replySubtype, _reply, now);
            _reply = null;
            datagram.LocalPort = _peerPort;
            datagram.To.CopyFrom(_peer);
            return true;
        }

        return Next != null && Next.Poll(datagram, now);
    }

    /// <summary>True when a packet, still masked, is one of this emergency's; it stays as it is.</summary>
    public bool Fits(byte[] packet, int size)
    {
        if (Next != null && Session.IsFor(Core, packet, size, Next.MaskKey, Next.Id))
        {
            Core.MaskPacket(packet, 0, size, Next.MaskKey);
            return true;
        }

        return IsInterim(packet, size);
    }

    /// <summary>Takes a packet, still masked; false when it is none of this emergency.</summary>
    public bool Receive(byte[] packet, int size, Endpoint from, int localPort, Counters counters, long now)
    {
        if (Next != null && Next.HasPort(localPort) && Session.IsFor(Core, packet, size, Next.MaskKey, Next.Id))
        {
            Next.Receive(packet, size, from, localPort, now);
            return true;
        }

        if (!Open(packet, size, counters, out int subtype))
        {
            return false;
        }

        if (subtype == 0)
        {
            return true;
        }

        _peer.CopyFrom(from);
        _peerPort = localPort;
        int length = size - Packet.Overhead;
        if (subtype == ManagementSubtype.KeyCheck && length >= EmergencyKeys.KeyCheckSize)
        {
            ulong challenge = Wire.ReadU64(packet, Packet.HeaderSize + EmergencyKeys.KeyCheckSize - 8);
            byte[] check = EmergencyKeys.KeyCheck(Core, Keys.SessionKey, challenge);
            if (ConstantTime.Equal(packet, Packet.HeaderSize, check, 0, check.Length))
            {
                _checked = true;
                Reply(ManagementSubtype.KeyCheckReply, EmergencyKeys.KeyCheckReply(Core, Keys.SessionKey, challenge));
                return true;
            }
        }
        else if (subtype == ManagementSubtype.RekeyRequest && _checked && length >= RekeyPayload.RequestPublicKey)
        {
            uint nonce = Wire.ReadU32(packet, Packet.HeaderSize + RekeyPayload.Nonce);
            if (_rekeyResponse == null || nonce != _rekeyNonce)
            {
                Rekey(packet, length, from, nonce, now);
            }

            if (_rekeyResponse != null)
            {
                Reply(ManagementSubtype.RekeyResponse, _rekeyResponse);
            }

            return true;
        }

        counters.Drop(DropCause.Unexpected);
        return true;
    }

    private void Rekey(byte[] packet, int length, Endpoint from, uint nonce, long now)
    {
        EpochKeys next = Old.AnswerRekey(packet, length, Keys, now, out _rekeyResponse);
        if (next != null)
        {
            _rekeyNonce = nonce;
            Next?.End(ErrorCode.Terminated);
            Next = Old.AfterEmergency(next, from, null, now);
        }
    }

    private void Reply(int subtype, byte[] payload)
    {
        _replySubtype = subtype;
        _reply = payload;
    }
}
