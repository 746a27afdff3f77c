using System;
using Springtail.Crypto;
using Springtail.Packets;

namespace Springtail.Keys;

/// <summary>From the shared secret of a handshake to everything a session needs (PROTOCOL.md 6 to 8).</summary>
internal static class KeySchedule
{
    /// <summary>P-256 and PBKDF2; ChaCha20 with HMAC-SHA256-128.</summary>
    public const int SuiteP256 = 1;

    /// <summary>X25519; ChaCha20-Poly1305.</summary>
    public const int SuiteX25519 = 2;

    /// <summary>P-256 with the "fuzzy extraction" of the session key; protected as suite 1.</summary>
    public const int SuiteFuzzy = 3;

    /// <summary>X25519 with a token as salt; ChaCha20-Poly1305.</summary>
    public const int SuiteToken = 4;

    /// <summary>SPAKE2 with a token; ChaCha20-Poly1305.</summary>
    public const int SuiteSpake2 = 5;

    public const int MasterSize = 128;

    private const int KeySize = 32;
    private const int SessionKeyOffset = 12;
    private const int TrafficSecretOffset = 64;
    private const int TrafficSecretSize = 64;

    /// <summary>
    /// Everything that is derived from a handshake: sections 6, 7 and 8, with hop key and mask key.
    /// </summary>
    /// <param name="core">The primitives.</param>
    /// <param name="suite">1 to 5.</param>
    /// <param name="features">Those agreed; DIVERSIFIED counts in suites 1 and 3.</param>
    /// <param name="sharedSecret">32 bytes; in suite 5 SHA256(TT).</param>
    /// <param name="clientPublic">The public key of the SYN.</param>
    /// <param name="serverPublic">The public key of the SYN_ACK.</param>
    /// <param name="keyExchangeId">As in the SYN.</param>
    /// <param name="sessionId">As in the SYN.</param>
    /// <param name="handshakeKey">That which tagged the SYN.</param>
    /// <param name="pskOrToken">The PSK in suite 2, the token's bytes in suite 4; not used in the others.</param>
    /// <param name="transcript">32 bytes.</param>
    /// <param name="portCount">Size of the port range, 1 to 65 536.</param>
    public static SessionParameters Derive(
        ICryptoCore core, int suite, int features, byte[] sharedSecret, byte[] clientPublic, byte[] serverPublic,
        ushort keyExchangeId, ulong sessionId, byte[] handshakeKey, byte[] pskOrToken, byte[] transcript, int portCount)
    {
        byte[] master = MasterOfSuite(core, suite, sharedSecret, clientPublic, serverPublic, keyExchangeId, pskOrToken, transcript);
        SessionParameters parameters = ReadMaster(master);
        Secret.GiveBack(master);

        bool diversified = (features & Features.Diversified) != 0 && (suite == SuiteP256 || suite == SuiteFuzzy);
        if (diversified)
        {
            DeriveSequenceNumbers(core, sharedSecret, clientPublic, serverPublic, parameters);
            DerivePortOffsets(core, sharedSecret, clientPublic, serverPublic, portCount, parameters);
            parameters.AuthenticationKey = DeriveSessionAuthenticationKey(core, sharedSecret, sessionId);
        }

        byte[] keys = TrafficKeys(core, handshakeKey, parameters.TrafficSecret, transcript);
        parameters.ClientKey = Secret.Slice(keys, 0, KeySize);
        parameters.ServerKey = Secret.Slice(keys, KeySize, KeySize);
        Secret.GiveBack(keys);
        SpendTrafficSecret(parameters);
        SetHopAndMaskKeys(core, parameters, diversified);
        return parameters;
    }

    /// <summary>
    /// What follows an emergency's rekey: sequences, ports, hop and mask keys from its session_key; its own traffic keys
    /// and the session's hop_interval_variance and hop_sequence_seed hold (PROTOCOL.md 14). The keys are copied.
    /// </summary>
    public static SessionParameters DeriveAfterEmergency(ICryptoCore core, byte[] sessionKey, byte[] clientKey, byte[] serverKey, SessionParameters previous)
    {
        byte[] master = MasterFromSessionKey(core, sessionKey);
        SessionParameters parameters = ReadMaster(master);
        Secret.GiveBack(master);
        SpendTrafficSecret(parameters);

        bool diversified = previous.AuthenticationKey != null;
        parameters.HopIntervalVariance = previous.HopIntervalVariance;
        parameters.HopSequenceSeed = previous.HopSequenceSeed;
        if (diversified)
        {
            parameters.AuthenticationKey = RenewedAuthenticationKey(core, sessionKey);
        }

        parameters.ClientKey = Secret.Slice(clientKey, 0, KeySize);
        parameters.ServerKey = Secret.Slice(serverKey, 0, KeySize);
        SetHopAndMaskKeys(core, parameters, diversified);
        return parameters;
    }

    /// <summary>salt of suite 1, 32 bytes.</summary>
    public static byte[] Salt(ICryptoCore core, byte[] clientPublic, byte[] serverPublic, ushort keyExchangeId)
    {
        return new Concatenation().Bytes(clientPublic).Bytes(serverPublic).U16(keyExchangeId).Text("ecdh_salt_v1").Sha256(core);
    }

    /// <summary>master of suite 1, 128 bytes. Slow: 4 096 iterations of PBKDF2.</summary>
    public static byte[] Master(ICryptoCore core, byte[] sharedSecret, byte[] salt)
    {
        byte[] master = Secret.New(MasterSize);
        core.Pbkdf2(master, sharedSecret, salt, 4096);
        return master;
    }

    /// <summary>master of suites 2 to 5, 128 bytes, from K; master[12:44] is K.</summary>
    public static byte[] MasterFromSessionKey(ICryptoCore core, byte[] sessionKey)
    {
        byte[] master = Hkdf.Expand(core, sessionKey, Wire.Ascii("springtail_parameters_v1"), MasterSize);
        Array.Copy(sessionKey, 0, master, SessionKeyOffset, KeySize);
        return master;
    }

    /// <summary>K of suite 2.</summary>
    public static byte[] SessionKeySuite2(ICryptoCore core, byte[] psk, byte[] sharedSecret, byte[] transcript)
    {
        byte[] info = new Concatenation().Text("springtail_x25519_v1").Bytes(transcript).ToArray();
        return Hkdf.Derive(core, psk, sharedSecret, info, KeySize);
    }

    /// <summary>K of suite 3: S xor F.</summary>
    public static byte[] SessionKeySuite3(ICryptoCore core, byte[] sharedSecret)
    {
        byte[] key = Hkdf.Derive(core, null, sharedSecret, Wire.Ascii("handshake data"), KeySize);
        byte[] extracted = Hkdf.Derive(core, null, key, Wire.Ascii("fuzzy-extraction"), KeySize);
        for (int i = 0; i < KeySize; i++)
        {
            key[i] ^= extracted[i];
        }

        Secret.Wipe(extracted);
        return key;
    }

    /// <summary>K of suite 4; <paramref name="token"/> is the token's ASCII bytes.</summary>
    public static byte[] SessionKeySuite4(ICryptoCore core, byte[] token, byte[] sharedSecret)
    {
        return Hkdf.Derive(core, token, sharedSecret, Wire.Ascii("file-transfer-session"), KeySize);
    }

    /// <summary>
    /// The values that a master contains (table of PROTOCOL.md 6): sequences, port offsets, session key, seeds, time sync
    /// offset and traffic secret. The other members stay empty.
    /// </summary>
    public static SessionParameters ReadMaster(byte[] master)
    {
        SessionParameters parameters = new SessionParameters();
        parameters.ClientSequence = Wire.ReadU32(master, 0);
        parameters.ServerSequence = Wire.ReadU32(master, 4);
        parameters.ClientPortOffset = Wire.ReadU16(master, 8);
        parameters.ServerPortOffset = Wire.ReadU16(master, 10);
        parameters.SessionKey = Secret.Slice(master, SessionKeyOffset, KeySize);
        parameters.PortHopSeed = Wire.ReadU32(master, 44);
        parameters.TimeSyncOffset = Wire.ReadU16(master, 48);
        parameters.CongestionSeed = Wire.ReadU16(master, 50);
        parameters.TrafficSecret = Secret.Slice(master, TrafficSecretOffset, TrafficSecretSize);
        return parameters;
    }

    /// <summary>The traffic keys of epoch 0, 64 bytes: client_key, then server_key.</summary>
    public static byte[] TrafficKeys(ICryptoCore core, byte[] handshakeKey, byte[] trafficSecret, byte[] transcript)
    {
        byte[] info = new Concatenation().Text("traffic_v1").Bytes(transcript).ToArray();
        return Hkdf.Derive(core, handshakeKey, trafficSecret, info, 2 * KeySize);
    }

    /// <summary>derive_sequence_numbers of DIVERSIFIED: replaces both sequences.</summary>
    public static void DeriveSequenceNumbers(ICryptoCore core, byte[] sharedSecret, byte[] clientPublic, byte[] serverPublic, SessionParameters parameters)
    {
        byte[] salt = new Concatenation().Bytes(clientPublic).Bytes(serverPublic).Text("sequence_derivation_v1").Sha256(core);
        byte[] m = Secret.New(16);
        core.Pbkdf2(m, sharedSecret, salt, 2048);
        parameters.ClientSequence = Wire.ReadU32(m, 0) % 0xFFFFFFFF;
        parameters.ServerSequence = Wire.ReadU32(m, 4) % 0xFFFFFFFF;
        Secret.Wipe(m);
    }

    /// <summary>derive_port_offsets of DIVERSIFIED: replaces both port offsets, sets hop_interval_variance and hop_sequence_seed.</summary>
    public static void DerivePortOffsets(ICryptoCore core, byte[] sharedSecret, byte[] clientPublic, byte[] serverPublic, int portCount, SessionParameters parameters)
    {
        byte[] salt = new Concatenation().Bytes(clientPublic).Bytes(serverPublic).Text("port_derivation_v1").Sha256(core);
        byte[] m = Secret.New(8);
        core.Pbkdf2(m, sharedSecret, salt, 2048);
        parameters.ClientPortOffset = (ushort)(Wire.ReadU16(m, 0) % (uint)portCount);
        parameters.ServerPortOffset = (ushort)(Wire.ReadU16(m, 2) % (uint)portCount);
        parameters.HopIntervalVariance = (ushort)(Wire.ReadU16(m, 4) % 1000u);
        parameters.HopSequenceSeed = Wire.ReadU16(m, 6);
        Secret.Wipe(m);
    }

    /// <summary>derive_session_authentication_key of DIVERSIFIED, 32 bytes.</summary>
    public static byte[] DeriveSessionAuthenticationKey(ICryptoCore core, byte[] sharedSecret, ulong sessionId)
    {
        byte[] salt = new Concatenation().U64(sessionId).Text("session_auth_v1").ToArray();
        byte[] key = Secret.New(KeySize);
        core.Pbkdf2(key, sharedSecret, salt, 4096);
        return key;
    }

    /// <summary>The authentication key of DIVERSIFIED after a rekey, resume or emergency, from the new session_key.</summary>
    public static byte[] RenewedAuthenticationKey(ICryptoCore core, byte[] sessionKey)
    {
        return new Concatenation().Text("session_auth_v1").Hmac(core, sessionKey);
    }

    /// <summary>hop_key; <paramref name="hopSequenceSeed"/> counts with DIVERSIFIED only.</summary>
    public static byte[] HopKey(ICryptoCore core, byte[] sessionKey, uint portHopSeed, bool diversified, ushort hopSequenceSeed)
    {
        Concatenation message = new Concatenation().Text("port_hop_v1").U32(portHopSeed);
        if (diversified)
        {
            message.U16(hopSequenceSeed);
        }

        return message.Hmac(core, sessionKey);
    }

    private static byte[] MasterOfSuite(
        ICryptoCore core, int suite, byte[] sharedSecret, byte[] clientPublic, byte[] serverPublic, ushort keyExchangeId, byte[] pskOrToken, byte[] transcript)
    {
        byte[] sessionKey;
        switch (suite)
        {
            case SuiteP256:
                return Master(core, sharedSecret, Salt(core, clientPublic, serverPublic, keyExchangeId));
            case SuiteX25519:
                sessionKey = SessionKeySuite2(core, pskOrToken, sharedSecret, transcript);
                break;
            case SuiteFuzzy:
                sessionKey = SessionKeySuite3(core, sharedSecret);
                break;
            case SuiteToken:
                sessionKey = SessionKeySuite4(core, pskOrToken, sharedSecret);
                break;
            case SuiteSpake2:
                return MasterFromSessionKey(core, sharedSecret);
            default:
                throw new ArgumentException("There are suites 1 to 5.");
        }

        byte[] master = MasterFromSessionKey(core, sessionKey);
        Secret.Wipe(sessionKey);
        return master;
    }

    private static void SpendTrafficSecret(SessionParameters parameters)
    {
        Secret.GiveBack(parameters.TrafficSecret);
        parameters.TrafficSecret = null;
    }

    private static void SetHopAndMaskKeys(ICryptoCore core, SessionParameters parameters, bool diversified)
    {
        parameters.HopKey = HopKey(core, parameters.SessionKey, parameters.PortHopSeed, diversified, parameters.HopSequenceSeed);
        parameters.HopInterval = HopPorts.BaseInterval + parameters.HopIntervalVariance;
        parameters.MaskKey = LongTermKeys.MaskKey(core, parameters.SessionKey);
    }
}
