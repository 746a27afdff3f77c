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
        uint lastGood = (uint)old.HighestReceived;
        Key = old.EmergencyKey(lastGood, ErrorCode.RecoveryFailed);
        RequestMask = old.EmergencyMask(_utcMs);
        _payload = new Concatenation().U64(old.ConnectionId()).U64((ulong)old.StartUtcMs).U32(lastGood).U8(ErrorCode.RecoveryFailed)
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
            _nextAt = now + Repeat;
        }
        else
        {
            System.Array.Copy(_payload, 0, datagram.Buffer, Packet.HeaderSize, _payload.Length);
            SealClear(datagram, ControlSubtype.EmergencyRequest, 0, _payload.Length, now);
            _server.Port = Old.RendezvousPort(now);
            _tries++;
            _sentAt = now;
            _nextAt = _tries == Tries ? long.MaxValue : now + TryTime;
        }

        datagram.LocalPort = Datagram.OwnSocket;
        datagram.To.CopyFrom(_server);
        return true;
    }

    /// <summary>Takes a packet, still masked, from the server's address; false when it is none of this emergency.</summary>
    public bool Receive(byte[] packet, int size, Endpoint from, int localPort, Counters counters, long now)
    {
        if (Next != null && Session.IsFor(Core, packet, size, Next.MaskKey, Next.Id))
        {
            Next.Receive(packet, size, from, localPort, now);
            return true;
        }

        if (Keys == null && Session.IsFor(Core, packet, size, RequestMask, Old.Id))
        {
            ReceiveResponse(packet, size, from, counters, now);
            return true;
        }

        if (!Open(packet, size, counters, out int subtype))
        {
            return false;
        }

        if (subtype != 0 && Next == null)
        {
            ReceiveAnswer(packet, size, subtype, counters, now);
        }

        return true;
    }

    private void ReceiveResponse(byte[] packet, int size, Endpoint from, Counters counters, long now)
    {
        if (Packet.Type(packet) != PacketType.Control || Packet.Subtype(packet) != ControlSubtype.EmergencyResponse || !Packet.FromServer(packet)
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
        Old.ForgetKeysOf(Packet.Epoch(packet));
        BeginInterim(_token, _recoveryId, _utcMs, Old.Epoch + ahead);
        Begin();
        _time = Old.TimeFrom(Packet.Timestamp(packet), now - _sentAt, now);
        _server.Port = from.Port;
        byte[] random = new byte[8];
        Core.Random(random, 0, random.Length);
        _challenge = Wire.ReadU64(random, 0);
        Ask(ManagementSubtype.KeyCheck, EmergencyKeys.KeyCheck(Core, Keys.SessionKey, _challenge), now);
    }

    private void ReceiveAnswer(byte[] packet, int size, int subtype, Counters counters, long now)
    {
        int length = size - Packet.Overhead;
        if (subtype == ManagementSubtype.KeyCheckReply && _asked == ManagementSubtype.KeyCheck)
        {
            byte[] reply = EmergencyKeys.KeyCheckReply(Core, Keys.SessionKey, _challenge);
            if (length >= reply.Length && ConstantTime.Equal(packet, Packet.HeaderSize, reply, 0, reply.Length))
            {
                byte[] question = Old.MakeRekeyRequest(out _rekeyPrivate, now);
                Ask(ManagementSubtype.RekeyRequest, question, now);
                return;
            }
        }
        else if (subtype == ManagementSubtype.RekeyResponse && _asked == ManagementSubtype.RekeyRequest)
        {
            EpochKeys next = Old.CompleteRekey(packet, length, _question, _rekeyPrivate, Keys);
            if (next != null)
            {
                Secret.Wipe(_rekeyPrivate);
                Next = Old.AfterEmergency(next, Old.Peer, _time, now);
            }

            return;
        }

        counters.Drop(DropCause.Unexpected);
    }

    private void Ask(int subtype, byte[] question, long now)
    {
        _asked = subtype;
        _question = question;
        _nextAt = now;
        _until = now + StageTime;
    }
}
