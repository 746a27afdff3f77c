namespace Springtail.Packets;

/// <summary>SYN payload (PROTOCOL.md 5): fixed fields, then the public key.</summary>
internal static class Syn
{
    public const int KeyExchangeId = 0;
    public const int Suite = 2;
    public const int Features = 3;
    public const int ReceiveWindow = 4;
    public const int Keepalive = 6;
    public const int StartUtcMs = 8;
    public const int PortMin = 16;
    public const int PortCount = 18;
    public const int LargestMessage = 20;
    public const int Mark = 24;
    public const int ServerEndpoint = 32;
    public const int PublicKey = 51;
}

/// <summary>SYN_ACK payload (PROTOCOL.md 5): fixed fields, then the public key.</summary>
internal static class SynAck
{
    public const int KeyExchangeId = 0;
    public const int Suite = 2;
    public const int Features = 3;
    public const int ReceiveWindow = 4;
    public const int Keepalive = 6;
    public const int PortMin = 8;
    public const int PortCount = 10;
    public const int LargestMessage = 12;
    public const int Mark = 16;
    public const int ClientEndpoint = 24;
    public const int SharedSecretHash = 43;
    public const int PublicKey = 75;
}

/// <summary>ACK payload (PROTOCOL.md 9): window, SACK bitmap, messages received; in the handshake the confirmation follows (PROTOCOL.md 5).</summary>
internal static partial class AckPayload
{
    public const int ReceiveWindow = 0;
    public const int SackBitmap = 2;
    public const int Done = 6;
    public const int Size = 10;
    public const int Confirm = 10;
    public const int ConfirmSize = 16;
    public const int Continues = 26;
    public const int Continuation = 34;
    public const int ContinuationSize = 16;
    public const int SizeWithConfirm = 50;

    /// <summary>How many numbers below the acknowledged one the bitmap covers.</summary>
    public const int SackBits = 32;
}

/// <summary>DATA payload (PROTOCOL.md 9): fixed fields, then the fragment.</summary>
internal static class DataPayload
{
    public const int MessageId = 0;
    public const int Done = 4;
    public const int FragmentIndex = 8;
    public const int FragmentCount = 10;
    public const int Delivery = 12;
    public const int HeaderSize = 13;

    /// <summary>Bytes in every fragment but the last.</summary>
    public const int FragmentSize = Packet.MaxPayload - HeaderSize;

    /// <summary>Bytes of the buffer for a fragment that is no larger, so that small messages take little of a board's memory.</summary>
    public const int SmallFragment = 256;
    public const int MaxFragments = 255;

    public const int FireAndForget = 0;
    public const int Reliable = 1;

    /// <summary>Added to the delivery: the last two bytes of the payload say how many of its last bytes are padding.</summary>
    public const int Padded = 0x80;

    /// <summary>Bytes that say how many they are, themselves included.</summary>
    public const int LeastPadding = 2;
}

/// <summary>HEARTBEAT payload (PROTOCOL.md 10).</summary>
internal static class HeartbeatPayload
{
    public const int UtcMs = 0;
    public const int SleepSeconds = 8;
    public const int Continues = 12;
    public const int Size = 20;

    /// <summary>The longest sleep that is announced or believed, in seconds: 30 days.</summary>
    public const uint LongestSleep = 2592000;
}

/// <summary>FIN payload (PROTOCOL.md 10): how many reliable messages were sent.</summary>
internal static class FinPayload
{
    public const int Messages = 0;
    public const int Size = 4;
}

/// <summary>ERROR payload (PROTOCOL.md 10): code, 24 bits of 0, UTF-8 text.</summary>
internal static class ErrorPayload
{
    public const int Code = 0;
    public const int Text = 4;
}

/// <summary>TIME_SYNC payloads (PROTOCOL.md 11).</summary>
internal static class TimeSyncPayload
{
    public const int Nonce = 0;
    public const int T1 = 4;
    public const int RequestSize = 12;
    public const int T2 = 12;
    public const int T3 = 20;
    public const int ResponseSize = 28;
}

/// <summary>PATH_CHALLENGE and PATH_RESPONSE payloads (PROTOCOL.md 8.1).</summary>
internal static class PathPayload
{
    public const int Token = 0;
    public const int Size = 8;
}

/// <summary>CLOCK payloads (PROTOCOL.md 11).</summary>
internal static class ClockPayload
{
    public const int Nonce = 0;
    public const int RequestSize = 8;
    public const int UtcMs = 8;
    public const int ResponseSize = 16;
}

/// <summary>Payload of a DISCOVERY REQUEST (PROTOCOL.md 15): fixed fields, then the filter.</summary>
internal static class DiscoveryRequest
{
    public const int Id = 0;
    public const int Salt = 8;
    public const int PskCount = 12;
    public const int FilterBytes = 14;
    public const int Filter = 20;

    /// <summary>PSKs of one side, at most.</summary>
    public const int MaxPsks = 256;

    /// <summary>Bytes of the filter for that many PSKs.</summary>
    public static int FilterSize(int psks) => psks > 128 ? 512 : 256;
}

/// <summary>Payload of a DISCOVERY RESPONSE (PROTOCOL.md 15): fixed fields, then the candidates.</summary>
internal static class DiscoveryResponse
{
    public const int Id = 0;
    public const int Count = 8;
    public const int Status = 10;
    public const int Nonce = 16;
    public const int NonceSize = 32;
    public const int Candidates = 48;

    /// <summary>The candidates of somebody who has at most that many PSKs.</summary>
    public const int FewCandidates = 4;
    public const int MaxCandidates = 16;
}

/// <summary>Payload of a DISCOVERY CONFIRM (PROTOCOL.md 15).</summary>
internal static class DiscoveryConfirm
{
    public const int Id = 0;
    public const int Confirmation = 8;
    public const int Proof = 40;
    public const int Size = 56;
}

/// <summary>Payload of a DISCOVERY ACCEPT (PROTOCOL.md 15).</summary>
internal static class DiscoveryAccept
{
    public const int Id = 0;
    public const int Status = 8;
    public const int Proof = 10;
    public const int Size = 26;
}

/// <summary>Payload of a DISCOVERY PROOFS (PROTOCOL.md 15): fixed fields, then the proofs.</summary>
internal static class DiscoveryOffers
{
    public const int Id = 0;
    public const int Nonce = 8;
    public const int Count = 40;
    public const int Proofs = 41;
    public const int MaxCount = 8;
}

/// <summary>Payload of a DISCOVERY PROOFS_MATCH (PROTOCOL.md 15).</summary>
internal static class DiscoveryMatch
{
    public const int Id = 0;
    public const int Nonce = 8;
    public const int Proof = 40;
    public const int Size = 56;
}

/// <summary>The status of RESPONSE and ACCEPT (PROTOCOL.md 15).</summary>
internal static class DiscoveryStatus
{
    public const int Ok = 0;
    public const int Rejected = 2;
}

/// <summary>REKEY payloads (PROTOCOL.md 12): these fields, then public key and commitment, in the response the confirmation too.</summary>
internal static class RekeyPayload
{
    public const int Nonce = 0;
    public const int Day = 4;
    public const int RequestPublicKey = 8;
    public const int ResponsePublicKey = 4;
}

/// <summary>RESUME payload (PROTOCOL.md 16).</summary>
internal static class ResumePayload
{
    public const int Nonce = 0;
    public const int NextSend = 16;
    public const int LastReceived = 20;
    public const int Size = 24;
}

/// <summary>EMERGENCY_REQUEST payload (PROTOCOL.md 14); the response is the sealed part alone.</summary>
internal static class EmergencyPayload
{
    public const int ConnectionId = 0;
    public const int StartUtcMs = 8;
    public const int LastGoodSequence = 16;
    public const int Reason = 20;
    public const int Sealed = 21;
    public const int SealedSize = 80;
    public const int RequestSize = Sealed + SealedSize;
}

/// <summary>REPAIR payloads (PROTOCOL.md 13).</summary>
internal static class RepairPayload
{
    public const int Nonce = 0;
    public const int LastReceived = 4;
    public const int NextSend = 8;
    public const int Commitment = 12;
    public const int RequestSize = 44;
    public const int SequenceProof = 44;
    public const int ResponseSize = 48;
    public const int ConfirmSequenceProof = 4;
    public const int ConfirmationProof = 8;
    public const int ConfirmSize = 12;
}
