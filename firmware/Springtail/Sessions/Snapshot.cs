using Springtail.Crypto;
using Springtail.Keys;
using Springtail.Packets;

namespace Springtail.Sessions;

/// <summary>
/// The bytes of a saved session (PROTOCOL.md 16.1): where each value stands, and the tag, which is keyed from the PSK or token. Without that
/// secret nobody can make or alter one that is accepted.
/// </summary>
internal static class Snapshot
{
    public const int Version = 2;

    public const int VersionAt = 0;
    public const int Suite = 1;
    public const int Features = 2;
    public const int Resumes = 3;
    public const int Epoch = 4;
    public const int SessionId = 8;
    public const int LastNumber = 16;
    public const int HighestReceived = 24;
    public const int InitialNumber = 32;
    public const int NextReliable = 36;
    public const int NextFireAndForget = 40;
    public const int NextToDeliver = 44;
    public const int Keepalive = 48;
    public const int PeerWindow = 50;
    public const int PortMin = 52;
    public const int PortCount = 54;
    public const int ClientPortOffset = 56;
    public const int ServerPortOffset = 58;
    public const int TimeSyncOffset = 60;
    public const int HopInterval = 62;
    public const int AwakeMs = 64;
    public const int LifetimeMs = 68;
    public const int OwnUtcMs = 76;
    public const int SessionUtcMs = 84;
    public const int StartUtcMs = 92;
    public const int Peer = 100;

    // These two stand together.
    public const int ClientEndpoint = 119;
    public const int ServerEndpoint = 138;
    public const int SessionKey = 157;
    public const int ClientKey = 189;
    public const int ServerKey = 221;
    public const int AuthenticationKey = 253;
    public const int MaskKey = 285;
    public const int HopKey = 317;
    public const int EmergencySecret = 349;
    public const int TokenKey = 381;
    public const int HopSequenceSeed = 413;
    public const int LargestMessage = 415;
    public const int RoundTrip = 419;
    public const int Tag = 421;

    /// <summary>Bytes of a snapshot.</summary>
    public const int Size = 437;

    private const int KeySize = 32;
    private const int TagSize = 16;

    /// <summary>Writes a value that may be missing.</summary>
    public static void Put(byte[] snapshot, int offset, byte[] value)
    {
        if (value != null)
        {
            System.Array.Copy(value, 0, snapshot, offset, value.Length);
        }
    }

    /// <summary>Tags the bytes before the tag.</summary>
    public static void Seal(ICryptoCore core, ChannelOptions options, byte[] snapshot)
    {
        System.Array.Copy(MakeTag(core, options, snapshot), 0, snapshot, Tag, TagSize);
    }

    /// <summary><see cref="ErrorCode.None"/> when the bytes are a snapshot of this version, made with this secret, not altered since, and of this port range; otherwise what is wrong.</summary>
    public static int Check(ICryptoCore core, ChannelOptions options, byte[] snapshot)
    {
        if (snapshot == null || snapshot.Length < 1)
        {
            return ErrorCode.SessionNotFound;
        }

        if (snapshot[VersionAt] != Version)
        {
            return ErrorCode.UnsupportedVersion;
        }

        if (snapshot.Length != Size || !ConstantTime.Equal(snapshot, Tag, MakeTag(core, options, snapshot), 0, TagSize))
        {
            return ErrorCode.AuthenticationFailed;
        }

        return Wire.ReadU16(snapshot, PortMin) == options.PortMin && Wire.ReadU16(snapshot, PortCount) == options.PortCount ? ErrorCode.None : ErrorCode.StateInvalid;
    }

    /// <summary>What the handshake agreed on, as far as a snapshot holds it.</summary>
    public static HandshakeResult Read(ChannelOptions options, byte[] snapshot, long now, long utcNow)
    {
        int suite = snapshot[Suite];
        bool diversified = (snapshot[Features] & Packets.Features.Diversified) != 0;
        Endpoint peer = new Endpoint();
        peer.Read(snapshot, Peer);
        return new HandshakeResult
        {
            SessionId = Wire.ReadU64(snapshot, SessionId),
            Suite = suite,
            Features = snapshot[Features],
            Epoch = (int)(Wire.ReadU32(snapshot, Epoch) & 0x7FFFFFFF),
            Keepalive = Wire.ReadU16(snapshot, Keepalive),
            PeerWindow = Wire.ReadU16(snapshot, PeerWindow),
            PeerLargestMessage = Wire.ReadU32(snapshot, LargestMessage),
            RoundTrip = Wire.ReadU16(snapshot, RoundTrip),
            Parameters = new SessionParameters
            {
                SessionKey = Key(snapshot, SessionKey),
                ClientKey = Key(snapshot, ClientKey),
                ServerKey = Key(snapshot, ServerKey),
                AuthenticationKey = diversified ? Key(snapshot, AuthenticationKey) : null,
                MaskKey = Key(snapshot, MaskKey),
                HopKey = Key(snapshot, HopKey),
                ClientPortOffset = Wire.ReadU16(snapshot, ClientPortOffset),
                ServerPortOffset = Wire.ReadU16(snapshot, ServerPortOffset),
                TimeSyncOffset = Wire.ReadU16(snapshot, TimeSyncOffset),
                HopInterval = Wire.ReadU16(snapshot, HopInterval),
                HopSequenceSeed = Wire.ReadU16(snapshot, HopSequenceSeed),
            },
            Psk = suite >= KeySchedule.SuiteToken ? Key(snapshot, TokenKey) : options.Secret,
            Confirm = new byte[0],
            Peer = peer,
            EmergencySecret = Key(snapshot, EmergencySecret),
            ClientEndpoint = Wire.Slice(snapshot, ClientEndpoint, Endpoint.Size),
            ServerEndpoint = Wire.Slice(snapshot, ServerEndpoint, Endpoint.Size),
            StartUtcMs = Wire.ReadMs(snapshot, StartUtcMs),
            UtcBase = utcNow - now,
            Time = new TimeFilter(Wire.ReadMs(snapshot, SessionUtcMs) - Wire.ReadMs(snapshot, OwnUtcMs), 0, now),
        };
    }

    private static byte[] Key(byte[] snapshot, int offset) => Secret.Slice(snapshot, offset, KeySize);

    private static byte[] MakeTag(ICryptoCore core, ChannelOptions options, byte[] snapshot)
    {
        byte[] key = LongTermKeys.SnapshotKey(core, options.Secret);
        byte[] tag = new byte[32];
        core.HmacSha256(tag, 0, key, 0, key.Length, snapshot, 0, Tag);
        Secret.Wipe(key);
        return tag;
    }
}
