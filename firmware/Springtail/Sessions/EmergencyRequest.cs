using Springtail.Crypto;
using Springtail.Keys;
using Springtail.Packets;

namespace Springtail.Sessions;

/// <summary>The client's side of an emergency (PROTOCOL.md 14), the last rung of recovery.</summary>
internal sealed class EmergencyRequest : Emergency
{
    private const int Tries = 3;
    private const int TryTime = 5000;
    private const int Repeat = 1000;
    private const int StageTime = 10000;

    private readonly ChannelOptions _options;
    private readonly byte[] _token = Secret.New(EmergencyKeys.RecoveryTokenSize);
    private readonly ulong _recoveryId;
    private readonly long _utcMs;
    private readonly byte[] _payload;
    private readonly Endpoint _server = new Endpoint();

    private int _tries;
    private long _sentAt;
    private long _nextAt;
    private long _until;

    // KEY_CHECK or REKEY_REQUEST, whichever is to be answered.
    private int _asked;
    private byte[] _question;
    private ulong _challenge;
    private byte[] _rekeyPrivate;
    private TimeFilter _time;

    public EmergencyRequest(ICryptoCore core, ChannelOptions options, Session old, long now)
        : base(core, old)
    {
        _options = options;
        byte[] random = new byte[8];
        core.Random(_token, 0, _token.Length);
        core.Random(random, 0, random.Length);
        _recoveryId = Wire.ReadU64(random, 0);
        _utcMs = old.UtcNow(now);
        uint lastGood = (uint)old.Space.Highest;
        SetKeys(EmergencyKey(core, old, lastGood, ErrorCode.RecoveryFailed), EmergencyMask(core, old, _utcMs));
        _payload = new Concatenation().U64(ConnectionId(core, old)).U64((ulong)old.StartUtcMs).U32(lastGood).U8(ErrorCode.RecoveryFailed)
            .Bytes(SealSecret(_token, _recoveryId, _utcMs)).ToArray();
        _server.CopyFrom(old.Peer);
        _nextAt = now;
        _until = now + Tries * TryTime;
    }

    public long Deadline => Next != null ? Next.Deadline : _nextAt < _until ? _nextAt : _until;

    /// <summary>It came to nothing, or is no longer needed.</summary>
    public bool IsOver(long now) => IsCancelled || (Next == null && now >= _until);

    public override void Wipe()
    {
        base.Wipe();
        Secret.Wipe(_token);
        Secret.Wipe(_rekeyPrivate);
    }

    public bool Poll(Datagram datagram, long now)
    {
        if (Next != null)
        {
            return Next.Poll(datagram, now);
        }

        if (now < _nextAt || now >= _until)
        {
            return false;
        }

        if (Keys != null)
        {
            Seal(datagram, _asked, _question, now);
            _nextAt = now + Old.Shape.Shorten(Repeat);
        }
        else
        {
            System.Array.Copy(_payload, 0, datagram.Buffer, Packet.HeaderSize, _payload.Length);
            SealClear(datagram, ControlSubtype.EmergencyRequest, 0, _payload.Length, now);
            _server.Port = RendezvousPort(now);
            _tries++;
            _sentAt = now;
            _nextAt = _tries == Tries ? long.MaxValue : now + Old.Shape.Shorten(TryTime);
        }

        datagram.LocalPort = Datagram.OwnSocket;
        datagram.To.CopyFrom(_server);
        return true;
    }

    /// <summary>Takes a packet, still masked, from the server's address; false when it is none of this emergency.</summary>
    public bool Receive(Arrival arrival, Counters counters)
    {
        if (Next != null && PacketSpace.IsFor(Core, arrival.Bytes, arrival.Size, Next.MaskKey, Next.Id))
        {
            Next.Receive(arrival);
            return true;
        }

        if (Keys == null && PacketSpace.IsFor(Core, arrival.Bytes, arrival.Size, RequestMask, Old.Id))
        {
            ReceiveResponse(arrival, counters);
            return true;
        }

        if (!Open(arrival, counters, out int subtype))
        {
            return false;
        }

        if (subtype != 0 && Next == null)
        {
            ReceiveAnswer(arrival, subtype, counters);
        }

        return true;
    }

    private void ReceiveResponse(Arrival arrival, Counters counters)
    {
        byte[] packet = arrival.Bytes;
        int size = arrival.Size;
        long now = arrival.Now;
        if (arrival.Type != PacketType.Control || arrival.Subtype != ControlSubtype.EmergencyResponse || !Packet.FromServer(packet)
            || size < Packet.Overhead + EmergencyPayload.SealedSize)
        {
            counters.Drop(DropCause.Unexpected);
            return;
        }

        byte[] secret = Core.OpenPacket(packet, 0, size, PacketProtection.Clear, null, Key, 0) ? OpenSecret(Core, Key, packet, Packet.HeaderSize) : null;
        if (secret == null || !ConstantTime.Equal(secret, 0, _token, 0, _token.Length) || Wire.ReadU64(secret, _token.Length) != _recoveryId)
        {
            Secret.Wipe(secret);
            counters.Drop(DropCause.BadTag);
            return;
        }

        Secret.Wipe(secret);
        int ahead = (Packet.Epoch(packet) - Old.Epoch) & 0x0F;
        Old.Epochs.Forget(Packet.Epoch(packet));
        BeginInterim(_token, _recoveryId, _utcMs, Old.Epoch + ahead);
        Begin();

        // The responder's clock, from the timestamp of its answer.
        long roundTrip = now - _sentAt;
        long utcMs = Timestamps.Nearest(Packet.Timestamp(packet), Old.UtcNow(now)) + roundTrip / 2;
        _time = new TimeFilter(utcMs - Old.Time.UtcBase - now, (int)roundTrip, now);
        _server.Port = arrival.From.Port;
        byte[] random = new byte[8];
        Core.Random(random, 0, random.Length);
        _challenge = Wire.ReadU64(random, 0);
        Ask(ManagementSubtype.KeyCheck, EmergencyKeys.KeyCheck(Core, Keys.SessionKey, _challenge), now);
    }

    private void ReceiveAnswer(Arrival arrival, int subtype, Counters counters)
    {
        byte[] packet = arrival.Bytes;
        int length = arrival.Length;
        if (subtype == ManagementSubtype.KeyCheckReply && _asked == ManagementSubtype.KeyCheck)
        {
            byte[] reply = EmergencyKeys.KeyCheckReply(Core, Keys.SessionKey, _challenge);
            if (length >= reply.Length && ConstantTime.Equal(packet, Packet.HeaderSize, reply, 0, reply.Length))
            {
                byte[] question = RekeyExchange.MakeRequest(Old, out _rekeyPrivate, arrival.Now);
                Ask(ManagementSubtype.RekeyRequest, question, arrival.Now);
                return;
            }
        }
        else if (subtype == ManagementSubtype.RekeyResponse && _asked == ManagementSubtype.RekeyRequest)
        {
            EpochKeys next = RekeyExchange.Complete(Old, arrival, _question, _rekeyPrivate, Keys);
            if (next != null)
            {
                Secret.Wipe(_rekeyPrivate);
                MakeNext(next, Old.Peer, _time, arrival.Now);
            }

            return;
        }

        counters.Drop(DropCause.Unexpected);
    }

    // The server's, by the session's clock.
    private int RendezvousPort(long now)
    {
        if (_options.FixedRendezvous != 0)
        {
            return _options.FixedRendezvous;
        }

        ulong r = Rendezvous.Index((ulong)Old.UtcNow(now));
        byte[] daily = LongTermKeys.DailyKey(Core, Old.Psk, Rendezvous.Date(r));
        int port = Rendezvous.Port(Core, daily, r, _options.PortMin, _options.PortCount);
        Secret.Wipe(daily);
        return port;
    }

    private void Ask(int subtype, byte[] question, long now)
    {
        _asked = subtype;
        _question = question;
        _nextAt = now;
        _until = now + StageTime;
    }
}
