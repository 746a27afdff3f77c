using System;
using System.Collections.Generic;
using System.Linq;
using Springtail.Crypto;
using Springtail.Discovery;
using Springtail.Keys;
using Springtail.Packets;
using Springtail.Sessions;
using Springtail.Tests.Simulation;
using Springtail.Transport;

namespace Springtail.Tests.Discovery;

/// <summary>Packets of discovery, read and written without the classes that are tested.</summary>
internal static class DiscoveryWire
{
    public const int Port = 1025;

    /// <summary>The long form of the tests is wanted.</summary>
    public static readonly bool IsFull = !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("SPRINGTAIL_FULL"));

    private static readonly byte[] s_maskKey = LongTermKeys.MaskKey(TestCore.Instance, LongTermKeys.PublicHandshakeKey(TestCore.Instance));

    /// <summary>That many PSKs, the same for the same seed.</summary>
    public static byte[][] Psks(int count, int seed)
    {
        Random random = new(seed);
        byte[][] psks = new byte[count][];
        for (int i = 0; i < count; i++)
        {
            psks[i] = new byte[32];
            random.NextBytes(psks[i]);
        }

        return psks;
    }

    /// <summary>PSKs of which one stands at a place.</summary>
    public static byte[][] With(byte[][] psks, int place, byte[] shared)
    {
        byte[][] all = [.. psks];
        all[place] = shared;
        return all;
    }

    public static Endpoint Address(int host, int port)
    {
        Endpoint endpoint = new();
        endpoint.SetAddress([10, 0, (byte)(host >> 8), (byte)host]);
        endpoint.Port = port;
        return endpoint;
    }

    /// <summary>Header and payload as they are under the mask.</summary>
    public static byte[] Unmasked(byte[] packet)
    {
        byte[] plain = [.. packet];
        if (!TestCore.Instance.UnmaskPacket(plain, 0, plain.Length, s_maskKey))
        {
            throw new Xunit.Sdk.XunitException("not a packet of discovery");
        }

        return plain;
    }

    public static int Subtype(byte[] packet) => Packet.Subtype(Unmasked(packet));

    /// <summary>The payload's fields, without padding, which are zeros.</summary>
    public static byte[] Payload(byte[] packet)
    {
        byte[] plain = Unmasked(packet);
        byte[] payload = plain[Packet.HeaderSize..^Packet.TagSize];
        int size = Packet.Subtype(plain) switch
        {
            DiscoverySubtype.Request => DiscoveryRequest.Filter + Wire.ReadU16(payload, DiscoveryRequest.FilterBytes),
            DiscoverySubtype.Response => DiscoveryResponse.Candidates + (DiscoveryProofs.CandidateSize * Wire.ReadU16(payload, DiscoveryResponse.Count)),
            DiscoverySubtype.Confirm => DiscoveryConfirm.Size,
            DiscoverySubtype.Accept => DiscoveryAccept.Size,
            DiscoverySubtype.Proofs => DiscoveryOffers.Proofs + (DiscoveryProofs.ProofSize * payload[DiscoveryOffers.Count]),
            _ => DiscoveryMatch.Size,
        };
        Xunit.Assert.All(payload[size..], b => Xunit.Assert.Equal(0, b));
        return payload[..size];
    }

    public static byte[] Sealed(int subtype, int flags, ulong id, byte[] payload)
    {
        byte[] packet = new byte[Packet.Overhead + payload.Length];
        Packet.WriteHeader(packet, 0, PacketType.Discovery, subtype, flags, id, 0, 0, 0, payload.Length);
        payload.CopyTo(packet, Packet.HeaderSize);
        TestCore.Instance.SealPacket(packet, 0, packet.Length, PacketProtection.Clear, null, DiscoveryProofs.IntegrityKey(TestCore.Instance, id), 0);
        TestCore.Instance.MaskPacket(packet, 0, packet.Length, s_maskKey);
        return packet;
    }

    /// <summary>The same packet with something else in its payload, well tagged.</summary>
    public static byte[] Altered(byte[] packet, Action<byte[]> alter)
    {
        byte[] plain = Unmasked(packet);
        byte[] payload = plain[Packet.HeaderSize..^Packet.TagSize];
        alter(payload);
        return Sealed(Packet.Subtype(plain), Packet.Flags(plain), Packet.SessionId(plain), payload);
    }

    public static byte[] Request(ulong id, uint salt, int count, byte[] filter, int filterBytes = -1)
    {
        byte[] payload = new byte[DiscoveryRequest.Filter + filter.Length];
        Wire.WriteU64(payload, DiscoveryRequest.Id, id);
        Wire.WriteU32(payload, DiscoveryRequest.Salt, salt);
        Wire.WriteU16(payload, DiscoveryRequest.PskCount, (ushort)count);
        Wire.WriteU16(payload, DiscoveryRequest.FilterBytes, (ushort)(filterBytes < 0 ? filter.Length : filterBytes));
        filter.CopyTo(payload, DiscoveryRequest.Filter);
        return Sealed(DiscoverySubtype.Request, 0, id, payload);
    }

    public static byte[] RequestOf(ulong id, uint salt, byte[][] psks)
    {
        byte[] filter = new byte[DiscoveryRequest.FilterSize(psks.Length)];
        foreach (byte[] psk in psks)
        {
            DiscoveryProofs.AddToFilter(TestCore.Instance, filter, Blinded(psk, id, salt));
        }

        return Request(id, salt, psks.Length, filter);
    }

    public static byte[] Blinded(byte[] psk, ulong id, uint salt) =>
        DiscoveryProofs.Blinded(TestCore.Instance, LongTermKeys.Fingerprint(TestCore.Instance, psk), id, salt);

    public static byte[] Candidate(byte[] psk, ulong id, uint salt, byte[] nonce) =>
        DiscoveryProofs.Candidate(TestCore.Instance, Blinded(psk, id, salt), nonce);

    public static byte[] MatchProof(byte[] psk, byte[] nonce, byte[] responderNonce, ulong id) =>
        DiscoveryProofs.Proof(
            TestCore.Instance, DiscoveryProofs.PskHash(TestCore.Instance, psk), DiscoveryProofs.MatchChallenge(TestCore.Instance, nonce, responderNonce), id);

    public static byte[] Proof(byte[] psk, byte[] nonce, string role, ulong id) =>
        DiscoveryProofs.Proof(TestCore.Instance, DiscoveryProofs.PskHash(TestCore.Instance, psk), DiscoveryProofs.Challenge(TestCore.Instance, nonce, role), id);

    public static byte[] Confirm(byte[] psk, ulong id, uint salt, byte[] nonce, string role = DiscoveryProofs.Initiator)
    {
        byte[] confirmation = DiscoveryProofs.Confirmation(TestCore.Instance, LongTermKeys.Fingerprint(TestCore.Instance, psk), id, salt);
        return Sealed(DiscoverySubtype.Confirm, 0, id, [.. U64(id), .. confirmation, .. Proof(psk, nonce, role, id)]);
    }

    public static byte[] Offers(ulong id, byte[] nonce, byte[][] psks) =>
        Sealed(DiscoverySubtype.Proofs, 0, id, [.. U64(id), .. nonce, (byte)psks.Length, .. psks.SelectMany(p => Proof(p, nonce, DiscoveryProofs.Offer, id))]);

    public static byte[] U64(ulong value)
    {
        byte[] bytes = new byte[8];
        Wire.WriteU64(bytes, 0, value);
        return bytes;
    }

    public static byte[][] Candidates(byte[] response)
    {
        byte[] payload = Payload(response);
        int size = Wire.ReadU16(payload, DiscoveryResponse.Count) * DiscoveryProofs.CandidateSize;
        return [.. payload.AsSpan(DiscoveryResponse.Candidates, size).ToArray().Chunk(DiscoveryProofs.CandidateSize)];
    }

    public static byte[] Nonce(byte[] response) => Payload(response)[DiscoveryResponse.Nonce..DiscoveryResponse.Candidates];
}

/// <summary>A responder alone, without a server or a network: a packet goes in, answers come out.</summary>
internal sealed class LoneResponder
{
    private readonly Datagram _datagram = new();

    public LoneResponder(byte[][] psks, int exchanges = 16, ICryptoCore? core = null, Installation? own = null)
    {
        Responder = new Responder(core ?? TestCore.Instance, psks, exchanges, own);
    }

    public Responder Responder { get; }

    public Counters Counters => Responder.Counters;

    public long Now { get; set; } = 1000;

    /// <summary>What is answered to a packet; null for nothing.</summary>
    public byte[]? Ask(byte[] packet, Endpoint? from = null)
    {
        byte[] buffer = new byte[Packet.MaxSize + 1];
        packet.CopyTo(buffer, 0);
        if (!Responder.Receive(buffer, packet.Length, from ?? DiscoveryWire.Address(2, 4000), Now))
        {
            Xunit.Assert.Equal(packet, buffer[..packet.Length]);
            NotDiscovery++;
        }

        byte[]? answer = null;
        while (Responder.Poll(_datagram, DiscoveryWire.Port, Now))
        {
            Xunit.Assert.Null(answer);
            answer = _datagram.Buffer[.._datagram.Size];
        }

        return answer;
    }

    /// <summary>Packets that it left to others, as they were.</summary>
    public int NotDiscovery { get; private set; }

    public uint Drops(int cause) => Counters.Drops(cause);
}

/// <summary>A listener with discovery on, and those who ask it, on a network in memory.</summary>
internal sealed class DiscoveryWorld
{
    public DiscoveryWorld(uint seed, byte[][] psks, ICryptoCore? core = null)
    {
        World = new World(seed) { Core = core ?? new SteeredCore(seed) };
        ChannelOptions options = World.ServerOptions();
        options.Psks = psks;
        options.RendezvousPort = 1024;
        options.Discovery = Discovery;
        World.StartServer(options);
        World.Net.Tap = Wire;
    }

    public World World { get; }

    public PskDiscovery Discovery { get; } = new() { MaxExchanges = 16 };

    public Recorder Wire { get; } = new();

    public Initiator Ask(byte[][] psks, bool proofs = false, int host = 2) => Ask(psks, out _, proofs, host);

    public Initiator Ask(byte[][] psks, out Driver driver, bool proofs = false, int host = 2)
    {
        Endpoint responder = new();
        responder.CopyFrom(World.ServerHost.Address);
        responder.Port = DiscoveryWire.Port;
        MemoryTransport transport = World.Net.Host(host);
        Initiator initiator = new(World.Core, psks, responder, proofs, null, transport.Now);
        driver = World.Add(transport, initiator);
        return initiator;
    }

    /// <summary>Asks and gives the result.</summary>
    public Initiator Discover(byte[][] psks, bool proofs = false, int host = 2)
    {
        Initiator initiator = Ask(psks, out Driver driver, proofs, host);
        World.RunUntil(() => initiator.Done, 20000, "the end of the discovery");
        World.Remove(driver);
        return initiator;
    }

    public IEnumerable<int> Subtypes => Wire.Datagrams.Select(d => DiscoveryWire.Subtype(d.Bytes));
}
