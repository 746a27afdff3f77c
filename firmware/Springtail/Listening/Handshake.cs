using System;
using Springtail.Crypto;
using Springtail.Keys;
using Springtail.Packets;
using Springtail.Sessions;

namespace Springtail.Listening;

/// <summary>
/// One handshake between its SYN, which <see cref="Reception"/> has checked, and its session: what <see cref="Derive"/> needs and what comes of it. That takes
/// the time of a key exchange and touches nothing else, so it may run on another thread.
/// </summary>
internal sealed class Handshake
{
    public SynEntry Entry;

    /// <summary>The place of the PSK.</summary>
    public int Psk;
    public PskKeys Keys;
    public int Suite;
    public int Features;
    public int Keepalive;
    public int ReceiveWindow;
    public int PortMin;
    public int PortCount;
    public int LargestMessage;

    /// <summary>Of the server's installation, for this session.</summary>
    public ulong Mark;

    /// <summary>True for a token in place of a PSK: K is then used where the PSK would be.</summary>
    public bool HasToken;

    /// <summary>The first bytes of the SYN, as the transcript takes them, and its fields, without padding.</summary>
    public byte[] SynHeader;
    public byte[] SynFields;
    public byte[] PeerPublic;

    /// <summary>When the SYN came and by which clocks, in ms; where to; and the timestamp in it.</summary>
    public long ArrivedAt;
    public long UtcBase;
    public int LocalPort;
    public uint Timestamp;

    /// <summary>The first bytes of the SYN's tag, which tell its copies apart.</summary>
    public ulong Tag;

    /// <summary>What the session begins with; null when the peer's public key was refused.</summary>
    public HandshakeResult Result { get; private set; }

    /// <summary>Does the server's part of the key exchange. The entry's keys and address must be set.</summary>
    public void Derive(ICryptoCore core)
    {
        byte[] publicKey = new byte[PeerPublic.Length];
        byte[] privateKey = KeyExchange.HandshakePair(core, Suite, Keys, Spake2Side.Server, publicKey);
        byte[] secret = KeyExchange.HandshakeSecret(core, Suite, Keys, Spake2Side.Server, privateKey, publicKey, PeerPublic);
        Secret.Wipe(privateKey);
        if (secret == null)
        {
            return;
        }

        byte[] payload = new byte[SynAck.PublicKey + publicKey.Length];
        Wire.WriteU16(payload, SynAck.KeyExchangeId, Entry.KeyExchangeId);
        payload[SynAck.Suite] = (byte)Suite;
        payload[SynAck.Features] = (byte)Features;
        Wire.WriteU16(payload, SynAck.ReceiveWindow, (ushort)ReceiveWindow);
        Wire.WriteU16(payload, SynAck.Keepalive, (ushort)Keepalive);
        Wire.WriteU16(payload, SynAck.PortMin, (ushort)PortMin);
        Wire.WriteU16(payload, SynAck.PortCount, (ushort)PortCount);
        Wire.WriteU32(payload, SynAck.LargestMessage, (uint)LargestMessage);
        Wire.WriteU64(payload, SynAck.Mark, Mark);
        Entry.From.Write(payload, SynAck.ClientEndpoint);
        Array.Copy(KeyExchange.SharedSecretHash(core, Suite, secret), 0, payload, SynAck.SharedSecretHash, HandshakeProofs.SharedSecretHashSize);
        Array.Copy(publicKey, 0, payload, SynAck.PublicKey, publicKey.Length);
        Entry.SynAckFields = payload;

        byte[] header = new byte[Packet.HeaderSize];
        Entry.WriteHeader(header, 0, 0, 0, payload.Length);
        byte[] transcript = HandshakeProofs.Transcript(core, SynHeader, SynFields, header, payload);
        SessionParameters parameters = KeySchedule.Derive(
            core, Suite, Features, secret, PeerPublic, publicKey, Entry.KeyExchangeId, Entry.SessionId, Entry.HandshakeKey, Keys.Psk, transcript, PortCount);
        Secret.Wipe(secret);

        Result = new HandshakeResult
        {
            IsServer = true,
            SessionId = Entry.SessionId,
            Suite = Suite,
            Features = Features,
            Keepalive = Keepalive,
            PeerWindow = Wire.ReadU16(SynFields, Syn.ReceiveWindow),
            PeerLargestMessage = Wire.ReadU32(SynFields, Syn.LargestMessage),
            Transcript = transcript,
            Parameters = parameters,
            Psk = HasToken ? null : Keys.Psk,
            Confirm = HandshakeProofs.Confirm(core, parameters.SessionKey, transcript),
            Peer = Entry.From,
            ServerEndpoint = Wire.Slice(SynFields, Syn.ServerEndpoint, Endpoint.Size),
            ClientEndpoint = Wire.Slice(payload, SynAck.ClientEndpoint, Endpoint.Size),
            StartUtcMs = Wire.ReadMs(SynFields, Syn.StartUtcMs),
            UtcBase = UtcBase,
        };
    }
}
