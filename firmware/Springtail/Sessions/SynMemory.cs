using Springtail.Keys;
using Springtail.Packets;

namespace Springtail.Sessions;

/// <summary>A SYN that came in, and its answer.</summary>
internal sealed class SynEntry
{
    public ulong SessionId;
    public ushort KeyExchangeId;
    public long ArrivedAt;

    /// <summary>Where the SYN came from.</summary>
    public readonly Endpoint From = new Endpoint();

    /// <summary>The session that it led to; null when it was refused.</summary>
    public Session Session;

    public byte[] SynAckPayload;
    public byte[] HandshakeKey;
    public byte[] MaskKey;

    /// <summary>A copy waits for its answer.</summary>
    public bool AnswerDue;
    public uint AnswerTimestamp;
    public int AnswerPort;
    public long AnswerArrivedAt;

    public void WriteHeader(byte[] packet, uint held, uint synTimestamp, uint timestamp)
    {
        Packet.WriteHeader(
            packet, 0, PacketType.SynAck, 0, PacketFlags.Syn | PacketFlags.Ack | PacketFlags.FromServer, SessionId, held, synTimestamp, timestamp, SynAckPayload.Length);
    }

    public void Clear()
    {
        Secret.Wipe(HandshakeKey);
        Secret.Wipe(MaskKey);
        Session = null;
        SynAckPayload = null;
        HandshakeKey = null;
        MaskKey = null;
        AnswerDue = false;
    }
}

/// <summary>
/// The SYNs of the last 65 s, so that none is taken twice (PROTOCOL.md 5, 20). Bounded: when all places are taken, further
/// ones are refused.
/// </summary>
internal sealed class SynMemory
{
    private const long Lifetime = 65000;

    private readonly SynEntry[] _entries;
    private int _used;
    private int _answersDue;

    public SynMemory(int capacity)
    {
        _entries = new SynEntry[capacity];
    }

    public bool HasAnswer => _answersDue > 0;

    public SynEntry Find(ulong sessionId, ushort keyExchangeId)
    {
        for (int i = 0; i < _used; i++)
        {
            if (_entries[i].SessionId == sessionId && _entries[i].KeyExchangeId == keyExchangeId)
            {
                return _entries[i];
            }
        }

        return null;
    }

    /// <summary>True when a public key is one that this server sent itself.</summary>
    public bool HasPublicKey(byte[] publicKey)
    {
        for (int i = 0; i < _used; i++)
        {
            byte[] payload = _entries[i].SynAckPayload;
            if (payload != null && Wire.ReadU64(payload, SynAck.PublicKey) == Wire.ReadU64(publicKey, 0))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>A copy of the SYN with that timestamp came in: it is to be answered from that port.</summary>
    public void SetAnswer(SynEntry entry, uint timestamp, int localPort, long now)
    {
        if (!entry.AnswerDue)
        {
            entry.AnswerDue = true;
            _answersDue++;
        }

        entry.AnswerTimestamp = timestamp;
        entry.AnswerPort = localPort;
        entry.AnswerArrivedAt = now;
    }

    /// <summary>An entry whose answer is due, which then is no longer; call when <see cref="HasAnswer"/>.</summary>
    public SynEntry TakeAnswer()
    {
        int i = 0;
        while (!_entries[i].AnswerDue)
        {
            i++;
        }

        _entries[i].AnswerDue = false;
        _answersDue--;
        return _entries[i];
    }

    /// <summary>Forgets what is older than 65 s and wipes its keys.</summary>
    public void Expire(long now)
    {
        int kept = 0;
        for (int i = 0; i < _used; i++)
        {
            SynEntry entry = _entries[i];
            if (now - entry.ArrivedAt < Lifetime)
            {
                _entries[i] = _entries[kept];
                _entries[kept++] = entry;
            }
            else
            {
                Forget(entry);
            }
        }

        _used = kept;
    }

    /// <summary>Remembers a SYN; null when there is no place.</summary>
    public SynEntry Add(ulong sessionId, ushort keyExchangeId, long now)
    {
        Expire(now);
        if (_used == _entries.Length)
        {
            return null;
        }

        SynEntry added = _entries[_used];
        if (added == null)
        {
            added = new SynEntry();
            _entries[_used] = added;
        }

        _used++;
        added.SessionId = sessionId;
        added.KeyExchangeId = keyExchangeId;
        added.ArrivedAt = now;
        return added;
    }

    /// <summary>Forgets all and wipes their keys.</summary>
    public void Wipe()
    {
        for (int i = 0; i < _used; i++)
        {
            Forget(_entries[i]);
        }

        _used = 0;
    }

    private void Forget(SynEntry entry)
    {
        if (entry.AnswerDue)
        {
            _answersDue--;
        }

        entry.Clear();
    }
}
