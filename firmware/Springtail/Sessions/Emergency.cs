using Springtail.Crypto;
using Springtail.Keys;
using Springtail.Packets;

namespace Springtail.Sessions;

/// <summary>
/// What both sides of an emergency have in common (PROTOCOL.md 14): the interim keys, packets under them with numbers of their own, and the
/// session that their rekey leads to. The session that it is for goes on untouched until that one is established.
/// </summary>
internal abstract partial class Emergency : IKeyring
{
    private const int IvSize = 16;

    protected readonly ICryptoCore Core;
    protected readonly Session Old;
    private readonly long _oldHeardAt;

    // The request's key, and the mask of its day.
    protected byte[] Key;
    protected byte[] RequestMask;

    // Of the interim; null before it.
    protected EpochKeys Keys;
    private PacketSpace _space;

    protected Emergency(ICryptoCore core, Session old)
    {
        Core = core;
        Old = old;
        _oldHeardAt = old.Recovery.HeardAt;
    }

    /// <summary>The session after it; null before the interim's rekey.</summary>
    public Session Next { get; protected set; }

    /// <summary>Grows whenever the ports change that it wants open.</summary>
    public int PortsVersion => Next == null ? 0 : Next.PortsVersion + 1;

    /// <summary>The keys of the old session do work, or it has ended; or the next one has.</summary>
    protected bool IsCancelled => Old.Recovery.HeardAt != _oldHeardAt || !Old.IsOpen || (Next != null && Next.State == SessionState.Ended);

    /// <summary>Wipes its keys, and ends the session after it unless that is established.</summary>
    public virtual void Wipe()
    {
        if (Next != null && Next.State == SessionState.HalfOpen)
        {
            Next.End(ErrorCode.Terminated);
        }

        Secret.Wipe(Key);
        Secret.Wipe(RequestMask);
        _space?.Wipe();
        Keys?.Wipe();
        Old.Recovery.IsHeld = false;
    }

    /// <summary>It is in progress from here on: silence does not end the session.</summary>
    public void Begin() => Old.Recovery.IsHeld = true;

    /// <summary>Keeps the keys of request and response.</summary>
    protected void SetKeys(byte[] key, byte[] mask)
    {
        Key = key;
        RequestMask = mask;
        LogKeys();
    }

    /// <summary>The additional data is the same for request and response; returns iv || ciphertext || tag.</summary>
    protected byte[] SealSecret(byte[] token, ulong recoveryId, long utcMs)
    {
        byte[] iv = new byte[IvSize];
        Core.Random(iv, 0, IvSize);
        byte[] text = Secret.New(EmergencyPayload.SealedSize - IvSize);
        System.Array.Copy(token, 0, text, 0, token.Length);
        Wire.WriteU64(text, EmergencyKeys.RecoveryTokenSize, recoveryId);
        Wire.WriteMs(text, EmergencyKeys.RecoveryTokenSize + 8, utcMs);
        Core.Aes256GcmSeal(text, 0, text.Length, Key, iv, EmergencyKeys.AdditionalData());
        return new Concatenation().Bytes(iv).Bytes(text).ToArray();
    }

    /// <summary>The payload under the seal, 48 bytes and the tag; null when the seal is broken.</summary>
    protected static byte[] OpenSecret(ICryptoCore core, byte[] key, byte[] packet, int offset)
    {
        byte[] iv = Secret.Slice(packet, offset, IvSize);
        byte[] text = Secret.Slice(packet, offset + IvSize, EmergencyPayload.SealedSize - IvSize);
        return core.Aes256GcmOpen(text, 0, text.Length, key, iv, EmergencyKeys.AdditionalData()) ? text : null;
    }

    protected void BeginInterim(byte[] token, ulong recoveryId, long utcMs, int epoch)
    {
        byte[] sessionKey = EmergencyKeys.SessionKey(Core, Old.Psk, (ulong)utcMs, Old.Id, token, recoveryId);
        Keys = Old.Epochs.Current.Next(Core, epoch, sessionKey, EmergencyKeys.TrafficKeys(Core, sessionKey, token), 0);
        _space = new PacketSpace(Core, Old.IsServer, Old.Id, KeyExchange.Protection(Old.Suite), LongTermKeys.MaskKey(Core, Keys.SessionKey), 0, 0);
        LogInterim(_space.MaskKey);
    }

    // On the desktop: of request and response, and of what follows them.
    partial void LogKeys();

    partial void LogInterim(byte[] maskKey);

    /// <summary>A clear EMERGENCY packet whose payload stands in the datagram's buffer.</summary>
    protected void SealClear(Datagram datagram, int subtype, int epoch, int payloadLength, long now)
    {
        payloadLength = Old.Shape.Pad(datagram.Buffer, payloadLength);
        int size = Packet.Overhead + payloadLength;
        int flags = PacketFlags.Ack | (Old.IsServer ? PacketFlags.FromServer : 0);
        Packet.WriteHeader(datagram.Buffer, epoch, PacketType.Control, subtype, flags, Old.Id, 0, 0, Timestamps.Of(Old.UtcNow(now)), payloadLength);
        Core.SealPacket(datagram.Buffer, 0, size, PacketProtection.Clear, null, Key, 0);
        Core.MaskPacket(datagram.Buffer, 0, size, RequestMask);
        datagram.Size = size;
    }

    /// <summary>A MANAGEMENT packet under the interim keys.</summary>
    protected void Seal(Datagram datagram, int subtype, byte[] payload, long now)
    {
        System.Array.Copy(payload, 0, datagram.Buffer, Packet.HeaderSize, payload.Length);
        _space.Seal(datagram, Keys, PacketType.Management, subtype, 0, Old.Shape.Pad(datagram.Buffer, payload.Length), Old.UtcNow(now));
    }

    // True when a packet, still masked, is under the interim keys; it stays as it is.
    protected bool IsInterim(byte[] packet, int size)
    {
        if (Keys == null || !PacketSpace.IsFor(Core, packet, size, _space.MaskKey, Old.Id))
        {
            return false;
        }

        Core.MaskPacket(packet, 0, size, _space.MaskKey);
        return true;
    }

    /// <summary>True when a packet, still masked, is one under the interim keys; then <paramref name="subtype"/> is that of a verified new one, or 0, and what is dropped is counted.</summary>
    protected bool Open(Arrival arrival, Counters counters, out int subtype)
    {
        subtype = 0;
        if (Keys == null || !PacketSpace.IsFor(Core, arrival.Bytes, arrival.Size, _space.MaskKey, Old.Id))
        {
            return false;
        }

        int cause = _space.Open(arrival, this);
        if (cause != PacketSpace.Good)
        {
            counters.Drop(cause);
            return true;
        }

        _space.Accept(arrival);
        counters.PacketsReceived++;
        subtype = arrival.Subtype;
        return true;
    }

    int IKeyring.FindKeys(Arrival arrival)
    {
        arrival.Keys = Keys;
        bool belongs = arrival.Type == PacketType.Management && arrival.Subtype != ManagementSubtype.Resume && Packet.Epoch(arrival.Bytes) == (Keys.Epoch & 0x0F);
        return belongs ? PacketSpace.Good : DropCause.Unexpected;
    }

    /// <summary>The session's number for the emergency, of facts that both sides know.</summary>
    protected static ulong ConnectionId(ICryptoCore core, Session old)
    {
        return EmergencyKeys.ConnectionId(core, old.ClientEndpoint, old.ServerEndpoint, old.Psk);
    }

    protected static byte[] EmergencyKey(ICryptoCore core, Session old, uint lastGood, int reason)
    {
        byte[] context = EmergencyKeys.Context(
            old.Id, old.ClientEndpoint, old.ServerEndpoint, (ulong)old.StartUtcMs, lastGood, (byte)reason, old.EmergencySecret);
        byte[] key = EmergencyKeys.EmergencyKey(core, old.Psk, old.Id, context);
        Secret.Wipe(context);
        return key;
    }

    /// <summary>The mask key of EMERGENCY packets, by the request's utc_ms.</summary>
    protected static byte[] EmergencyMask(ICryptoCore core, Session old, long utcMs)
    {
        byte[] daily = LongTermKeys.DailyKey(core, old.Psk, Dates.Date((ulong)utcMs));
        byte[] mask = LongTermKeys.MaskKey(core, daily);
        Secret.Wipe(daily);
        return mask;
    }

    /// <summary>
    /// The session after the interim's rekey, whose keys are wiped: a new master, hence numbers, ports and masks of its own; half-open until a packet of
    /// it is verified.
    /// </summary>
    protected void MakeNext(EpochKeys keys, Endpoint peer, TimeFilter time, long now)
    {
        SessionParameters previous = new SessionParameters
        {
            AuthenticationKey = keys.AuthenticationKey,
            HopIntervalVariance = (ushort)(Old.Path.Interval - HopPorts.BaseInterval),
            HopSequenceSeed = Old.HopSequenceSeed,
        };
        HandshakeResult result = new HandshakeResult
        {
            IsServer = Old.IsServer,
            SessionId = Old.Id,
            Suite = Old.Suite,
            Features = Old.Features,
            Epoch = keys.Epoch,
            Keepalive = Old.Keepalive,
            PeerWindow = Old.FirstPeerWindow,
            PeerLargestMessage = Old.PeerLargestMessage,
            Parameters = KeySchedule.DeriveAfterEmergency(Core, keys.SessionKey, keys.ClientKey, keys.ServerKey, previous),
            Psk = Old.Psk,
            Confirm = new byte[0],
            Peer = peer,
            EmergencySecret = Secret.Slice(Old.EmergencySecret, 0, Old.EmergencySecret.Length),
            ClientEndpoint = Old.ClientEndpoint,
            ServerEndpoint = Old.ServerEndpoint,
            StartUtcMs = Old.StartUtcMs,
            UtcBase = Old.Time.UtcBase,
            Time = time,
        };
        keys.Wipe();
        Session.MakeRoom();
        Next = new Session(Core, Old.Options, result, Old, now);
        Next.Begin(now);
    }
}
