using System;
using Springtail.Packets;

namespace Springtail.Sessions;

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

    public void Wipe()
    {
        Array.Clear(SessionKey, 0, SessionKey.Length);
        Array.Clear(ClientKey, 0, ClientKey.Length);
        Array.Clear(ServerKey, 0, ServerKey.Length);
        if (AuthenticationKey != null)
        {
            Array.Clear(AuthenticationKey, 0, AuthenticationKey.Length);
        }
    }
}
