using Springtail.Crypto;
using Springtail.Packets;

namespace Springtail.Keys;

/// <summary>The keys of one epoch (PROTOCOL.md 3.1, 12).</summary>
internal sealed class EpochKeys
{
    public EpochKeys(int epoch, byte[] sessionKey, byte[] clientKey, byte[] serverKey, byte[] authenticationKey)
    {
        Epoch = epoch;
        SessionKey = sessionKey;
        ClientKey = clientKey;
        ServerKey = serverKey;
        AuthenticationKey = authenticationKey;
    }

    public int Epoch { get; }

    public byte[] SessionKey { get; }

    public byte[] ClientKey { get; }

    public byte[] ServerKey { get; }

    /// <summary>Null unless DIVERSIFIED.</summary>
    public byte[] AuthenticationKey { get; }

    /// <summary>The key of a packet's tag: with DIVERSIFIED, CONTROL and MANAGEMENT have one of their own (PROTOCOL.md 6).</summary>
    public byte[] TagKey(int type, int subtype)
    {
        bool own = AuthenticationKey != null
            && (type == PacketType.Control
                || (type == PacketType.Management && subtype != ManagementSubtype.KeyCheck && subtype != ManagementSubtype.KeyCheckReply));
        return own ? AuthenticationKey : SessionKey;
    }

    /// <summary>The keys of another epoch of the same session; client_key and server_key stand in an array from an offset on, which is wiped.</summary>
    public EpochKeys Next(ICryptoCore core, int epoch, byte[] sessionKey, byte[] keys, int offset)
    {
        EpochKeys next = new EpochKeys(
            epoch,
            sessionKey,
            Secret.Slice(keys, offset, 32),
            Secret.Slice(keys, offset + 32, 32),
            AuthenticationKey == null ? null : KeySchedule.RenewedAuthenticationKey(core, sessionKey));
        Secret.Wipe(keys);
        return next;
    }

    public void Wipe()
    {
        Secret.Wipe(SessionKey);
        Secret.Wipe(ClientKey);
        Secret.Wipe(ServerKey);
        Secret.Wipe(AuthenticationKey);
    }
}
