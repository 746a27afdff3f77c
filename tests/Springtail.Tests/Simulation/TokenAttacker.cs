using System;
using System.Text;
using Springtail.Crypto;
using Springtail.Keys;
using Springtail.Packets;
using Springtail.Sessions;

namespace Springtail.Tests.Simulation;

/// <summary>
/// Somebody between the peers who does not know the token: answers a SYN of suite 4 or 5 with one guess, and then tests others against the client's
/// ACK, as often as he likes. All that he needs besides is public (PROTOCOL.md 17).
/// </summary>
internal sealed class TokenAttacker
{
    private readonly ICryptoCore _core;
    private readonly int _suite;
    private readonly byte[] _handshakeKey;
    private readonly byte[] _maskKey;

    public TokenAttacker(ICryptoCore core, int suite)
    {
        _core = core;
        _suite = suite;
        _handshakeKey = LongTermKeys.PublicHandshakeKey(core);
        _maskKey = LongTermKeys.MaskKey(core, _handshakeKey);
    }

    /// <summary>The session_id of a SYN, or 0 for another packet.</summary>
    public ulong SessionOf(Captured datagram)
    {
        byte[] packet = (byte[])datagram.Bytes.Clone();
        return _core.UnmaskPacket(packet, 0, packet.Length, _maskKey) && Packet.Type(packet) == PacketType.Syn ? Packet.SessionId(packet) : 0;
    }

    /// <summary>A SYN_ACK in the server's name, made with a guess; or with that share in place of one.</summary>
    public Exchange Answer(Captured syn, long utcNow, string guess, byte[]? share = null)
    {
        byte[] packet = (byte[])syn.Bytes.Clone();
        Xunit.Assert.True(_core.UnmaskPacket(packet, 0, packet.Length, _maskKey));
        int keySize = KeyExchange.PublicKeySize(_suite);
        byte[] synPayload = packet[Packet.HeaderSize..(Packet.HeaderSize + Syn.PublicKey + keySize)];
        byte[] publicKey = new byte[keySize];
        byte[] privateKey = new byte[32];
        if (_suite == KeySchedule.SuiteToken)
        {
            _core.X25519KeyPair(publicKey, privateKey);
        }
        else
        {
            do
            {
                _core.Random(privateKey, 0, 32);
            }
            while (!_core.Spake2Share(publicKey, PairingKeys.TokenScalar(_core, Ascii(guess)), privateKey, Spake2Side.Server));
        }

        publicKey = share ?? publicKey;
        byte[] payload = new byte[SynAck.PublicKey + keySize];
        synPayload.AsSpan(0, 2).CopyTo(payload);
        payload[SynAck.Suite] = (byte)_suite;
        Wire.WriteU16(payload, SynAck.ReceiveWindow, 8);
        synPayload.AsSpan(Syn.PortMin, 8).CopyTo(payload.AsSpan(SynAck.PortMin));
        syn.From.Write(payload, SynAck.ClientEndpoint);
        byte[] clientPublic = synPayload[Syn.PublicKey..];
        if (_suite == KeySchedule.SuiteToken)
        {
            byte[] secret = new byte[32];
            Xunit.Assert.True(_core.X25519Shared(secret, privateKey, clientPublic));
            HandshakeProofs.SharedSecretHash(_core, secret).CopyTo(payload, SynAck.SharedSecretHash);
        }

        publicKey.CopyTo(payload, SynAck.PublicKey);
        byte[] answer = new byte[Packet.Overhead + payload.Length];
        Packet.WriteHeader(
            answer, 0, PacketType.SynAck, 0, PacketFlags.Syn | PacketFlags.Ack | PacketFlags.FromServer, Packet.SessionId(packet), 0, Packet.Timestamp(packet),
            Timestamps.Of(utcNow), payload.Length);
        payload.CopyTo(answer, Packet.HeaderSize);
        _core.SealPacket(answer, 0, answer.Length, PacketProtection.Clear, null, _handshakeKey, 0);
        byte[] transcript = HandshakeProofs.Transcript(
            _core, packet[..Packet.TranscriptHeaderSize], synPayload, answer[..Packet.TranscriptHeaderSize], payload);
        Exchange exchange = new(this, packet, clientPublic, publicKey, privateKey, transcript, (byte[])answer.Clone());
        _core.MaskPacket(exchange.SynAck, 0, answer.Length, _maskKey);
        return exchange;
    }

    private static byte[] Ascii(string text) => Encoding.ASCII.GetBytes(text);

    /// <summary>An answered SYN.</summary>
    internal sealed class Exchange(
        TokenAttacker attacker, byte[] syn, byte[] clientPublic, byte[] ownPublic, byte[] privateKey, byte[] transcript, byte[] synAck)
    {
        /// <summary>What goes to the client.</summary>
        public byte[] SynAck { get; } = synAck;

        /// <summary>Whether a token makes sense of a packet that the client sent to its session; nobody needs to be asked.</summary>
        public bool Fits(string token, Captured ack)
        {
            ICryptoCore core = attacker._core;
            int suite = attacker._suite;
            byte[]? secret = new byte[32];
            if (suite == KeySchedule.SuiteToken)
            {
                core.X25519Shared(secret, privateKey, clientPublic);
            }
            else
            {
                secret = PairingKeys.SharedKey(core, PairingKeys.TokenScalar(core, Ascii(token)), privateKey, ownPublic, clientPublic, Spake2Side.Server);
            }

            if (secret == null)
            {
                return false;
            }

            SessionParameters keys = KeySchedule.Derive(
                core, suite, 0, secret, clientPublic, ownPublic, Wire.ReadU16(syn, Packet.HeaderSize), Packet.SessionId(syn), attacker._handshakeKey, Ascii(token),
                transcript, 1024);
            byte[] packet = (byte[])ack.Bytes.Clone();
            if (!core.UnmaskPacket(packet, 0, packet.Length, keys.MaskKey) || Packet.SessionId(packet) != Packet.SessionId(syn))
            {
                return false;
            }

            // Its numbers are those of the first packets.
            ulong number = Packet.Sequence(packet);
            return core.OpenPacket(packet, 0, packet.Length, PacketProtection.ChaCha20Poly1305, keys.ClientKey, null, number)
                || core.OpenPacket(packet, 0, packet.Length, PacketProtection.ChaCha20Poly1305, keys.ClientKey, null, number + (1ul << 32));
        }
    }
}
