using Springtail.Crypto;
using Springtail.Keys;
using Springtail.Packets;

namespace Springtail.Sessions;

/// <summary>
/// What both sides of an emergency have in common (PROTOCOL.md 14): the interim keys, packets under them with numbers of their own, and the
/// session that their rekey leads to. The session that it is for goes on untouched until that one is established.
/// </summary>
internal abstract class Emergency
{
    private const int IvSize = 16;

    protected readonly ICryptoCore Core;
    protected readonly Session Old;
    private readonly long _oldHeardAt;
    private readonly ReplayWindow _received = new ReplayWindow(0);
    private readonly bool _isServer;

    // The request's key, and the mask of its day.
    protected byte[] Key;
    protected byte[] RequestMask;

    protected EpochKeys Keys;
    private byte[] _maskKey;
    private ulong _lastNumber;

    protected Emergency(ICryptoCore core, Session old)
    {
        Core = core;
        Old = old;
        _oldHeardAt = old.LastHeardAt;
        _isServer = old.IsServer;
    }

    /// <summary>The session after it; null before the interim's rekey.</summary>
    public Session Next { get; protected set; }

    /// <summary>Grows whenever the ports change that it wants open.</summary>
    public int PortsVersion => Next == null ? 0 : Next.PortsVersion + 1;

    /// <summary>The keys of the old session do work, or it has ended; or the next one has.</summary>
    protected bool IsCancelled => Old.LastHeardAt != _oldHeardAt || !Old.IsOpen || (Next != null && Next.State == SessionState.Ended);

    /// <summary>Wipes its keys, and ends the session after it unless that is established.</summary>
    public virtual void Wipe()
    {
        if (Next != null && Next.State == SessionState.HalfOpen)
        {
            Next.End(ErrorCode.Terminated);
        }

        Secret.Wipe(Key);
        Secret.Wipe(RequestMask);
        Secret.Wipe(_maskKey);
        Keys?.Wipe();
        Old.IsHeld = false;
    }

    /// <summary>It is in progress from here on: silence does not end the session.</summary>
    public void Begin() => Old.IsHeld = true;

    /// <summary>The additional data is the same for request and response; gives iv || ciphertext || tag.</summary>
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
        Keys = Old.InterimKeys(token, recoveryId, utcMs, epoch);
        _maskKey = LongTermKeys.MaskKey(Core, Keys.SessionKey);
    }

    /// <summary>A clear EMERGENCY packet whose payload stands in the datagram's buffer.</summary>
    protected void SealClear(Datagram datagram, int subtype, int epoch, int payloadLength, long now)
    {
        int size = Packet.Overhead + payloadLength;
        int flags = PacketFlags.Ack | (_isServer ? PacketFlags.FromServer : 0);
        Packet.WriteHeader(datagram.Buffer, epoch, PacketType.Control, subtype, flags, Old.Id, 0, 0, Timestamps.Of(Old.UtcNow(now)), payloadLength);
        Core.SealPacket(datagram.Buffer, 0, size, PacketProtection.Clear, null, Key, 0);
        Core.MaskPacket(datagram.Buffer, 0, size, RequestMask);
        datagram.Size = size;
    }

    /// <summary>A MANAGEMENT packet under the interim keys.</summary>
    protected void Seal(Datagram datagram, int subtype, byte[] payload, long now)
    {
        byte[] buffer = datagram.Buffer;
        int size = Packet.Overhead + payload.Length;
        _lastNumber++;
        int flags = PacketFlags.Ack | (_isServer ? PacketFlags.FromServer : 0);
        Packet.WriteHeader(
            buffer, Keys.Epoch, PacketType.Management, subtype, flags, Old.Id, (uint)_lastNumber, (uint)_received.Highest, Timestamps.Of(Old.UtcNow(now)), payload.Length);
        System.Array.Copy(payload, 0, buffer, Packet.HeaderSize, payload.Length);
        byte[] key = _isServer ? Keys.ServerKey : Keys.ClientKey;
        Core.SealPacket(buffer, 0, size, Old.Protection, key, Keys.TagKey(PacketType.Management, subtype), _lastNumber);
        Core.MaskPacket(buffer, 0, size, _maskKey);
        datagram.Size = size;
    }

    /// <summary>True when a packet is one under the interim keys; then <paramref name="subtype"/> is that of a verified new one, or 0, and what is dropped is counted.</summary>
    protected bool Open(byte[] packet, int size, Counters counters, out int subtype)
    {
        subtype = 0;
        if (Keys == null || !Session.IsFor(Core, packet, size, _maskKey, Old.Id))
        {
            return false;
        }

        int type = Packet.Type(packet);
        int named = Packet.Subtype(packet);
        byte[] key = _isServer ? Keys.ClientKey : Keys.ServerKey;
        if (Packet.FromServer(packet) == _isServer)
        {
            counters.Drop(DropCause.Reflected);
        }
        else if (type != PacketType.Management || named == ManagementSubtype.Resume || Packet.Epoch(packet) != (Keys.Epoch & 0x0F))
        {
            counters.Drop(DropCause.Unexpected);
        }
        else if (!_received.Extend(Packet.Sequence(packet), out ulong number))
        {
            counters.Drop(DropCause.Replay);
        }
        else if (!Core.OpenPacket(packet, 0, size, Old.Protection, key, Keys.TagKey(type, named), number))
        {
            counters.Drop(DropCause.BadTag);
        }
        else if (_received.Contains(number))
        {
            counters.Drop(DropCause.Replay);
        }
        else
        {
            _received.Add(number);
            counters.PacketsReceived++;
            subtype = named;
        }

        return true;
    }
}
