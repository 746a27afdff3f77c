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

    private EmergencyResponse(ICryptoCore core, Session old, byte[] key, byte[] mask, Arrival arrival, byte[] secret)
        : base(core, old)
    {
        SetKeys(key, mask);
        UtcMs = Wire.ReadMs(secret, EmergencyKeys.RecoveryTokenSize + 8);
        _request = Wire.Slice(arrival.Bytes, Packet.HeaderSize, EmergencyPayload.RequestSize);
        byte[] token = Secret.Slice(secret, 0, EmergencyKeys.RecoveryTokenSize);
        ulong recoveryId = Wire.ReadU64(secret, EmergencyKeys.RecoveryTokenSize);
        _payload = SealSecret(token, recoveryId, old.UtcNow(arrival.Now));
        BeginInterim(token, recoveryId, UtcMs, old.Epoch + EpochsAhead);
        Secret.Wipe(token);
        _requestPort = arrival.LocalPort;
        _peerPort = arrival.LocalPort;
        _until = arrival.Now + Lifetime;
    }

    /// <summary>utc_ms of the request.</summary>
    public long UtcMs { get; }

    public long Deadline => _responseDue || _reply != null ? long.MinValue : Next != null ? Next.Deadline : _until;

    /// <summary>It came to nothing, or is no longer needed.</summary>
    public bool IsOver(long now) => IsCancelled || (Next == null && now >= _until);

    /// <summary>Reads a request, unmasked, of this session.</summary>
    /// <param name="core">The primitives.</param>
    /// <param name="old">The session.</param>
    /// <param name="arrival">The packet; at least as long as a request.</param>
    /// <param name="present">The emergency under way, whose request this may be a copy of; or null.</param>
    /// <param name="after">utc_ms of the last request that was accepted: this one's is later, or it is a copy.</param>
    /// <param name="counters">Count what is dropped.</param>
    /// <returns>A new emergency, the present one for a copy, or null.</returns>
    public static EmergencyResponse Take(ICryptoCore core, Session old, Arrival arrival, EmergencyResponse present, long after, Counters counters)
    {
        byte[] packet = arrival.Bytes;
        int at = Packet.HeaderSize;
        byte[] key = EmergencyKey(core, old, arrival.U32(EmergencyPayload.LastGoodSequence), arrival.U8(EmergencyPayload.Reason));
        if (!core.OpenPacket(packet, 0, arrival.Size, PacketProtection.Clear, null, key, 0))
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
        if (secret == null || Wire.ReadU64(packet, at + EmergencyPayload.ConnectionId) != ConnectionId(core, old) || arrival.Ms(EmergencyPayload.StartUtcMs) != old.StartUtcMs)
        {
            counters.Drop(DropCause.BadTag);
        }
        else
        {
            long now = arrival.Now;
            long utcMs = Wire.ReadMs(secret, EmergencyKeys.RecoveryTokenSize + 8);
            long error = utcMs - old.UtcNow(now);
            if (error > MaxClockError || error < 0 - MaxClockError || utcMs <= after)
            {
                counters.Drop(DropCause.Timestamp);
            }
            else if (now - old.Recovery.HeardAt < MinSilence || !old.IsOpen)
            {
                counters.Drop(DropCause.Unexpected);
            }
            else
            {
                taken = new EmergencyResponse(core, old, key, EmergencyMask(core, old, utcMs), arrival, secret);
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
    public void Answer(Arrival arrival)
    {
        _requestFrom.CopyFrom(arrival.From);
        _responsePort = arrival.LocalPort;
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
        if (Next != null && PacketSpace.IsFor(Core, packet, size, Next.MaskKey, Next.Id))
        {
            Core.MaskPacket(packet, 0, size, Next.MaskKey);
            return true;
        }

        return IsInterim(packet, size);
    }

    /// <summary>Takes a packet, still masked; false when it is none of this emergency.</summary>
    public bool Receive(Arrival arrival, Counters counters)
    {
        if (Next != null && Next.HasPort(arrival.LocalPort) && PacketSpace.IsFor(Core, arrival.Bytes, arrival.Size, Next.MaskKey, Next.Id))
        {
            Next.Receive(arrival);
            return true;
        }

        if (!Open(arrival, counters, out int subtype))
        {
            return false;
        }

        if (subtype == 0)
        {
            return true;
        }

        _peer.CopyFrom(arrival.From);
        _peerPort = arrival.LocalPort;
        byte[] packet = arrival.Bytes;
        int length = arrival.Length;
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
            uint nonce = arrival.U32(RekeyPayload.Nonce);
            if (_rekeyResponse == null || nonce != _rekeyNonce)
            {
                Rekey(arrival, nonce);
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

    private void Rekey(Arrival arrival, uint nonce)
    {
        EpochKeys next = RekeyExchange.Answer(Old, arrival, Keys, out _rekeyResponse);
        if (next != null)
        {
            _rekeyNonce = nonce;
            Next?.End(ErrorCode.Terminated);
            MakeNext(next, arrival.From, null, arrival.Now);
        }
    }

    private void Reply(int subtype, byte[] payload)
    {
        _replySubtype = subtype;
        _reply = payload;
    }
}
