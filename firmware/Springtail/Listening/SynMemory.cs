using Springtail.Keys;
using Springtail.Packets;
using Springtail.Sessions;

namespace Springtail.Listening;

/// <summary>A SYN, and its answer.</summary>
internal sealed class SynEntry
{
    /// <summary>How many addresses that were answered are remembered for the copies of one packet (PROTOCOL.md 20).</summary>
    public const int MaxAddresses = 4;

    public ulong SessionId;
    public ushort KeyExchangeId;
    public long ArrivedAt;

    /// <summary>The place of its PSK.</summary>
    public int Psk;

    /// <summary>Where the SYN came from.</summary>
    public readonly Endpoint From = new Endpoint();

    /// <summary>The session that it led to; null before that, and once the session has ended.</summary>
    public Session Session;

    /// <summary>Of the SYN's fields, without padding: a copy has the same.</summary>
    public ulong SynHash;

    public byte[] SynAckFields;
    public byte[] HandshakeKey;
    public byte[] MaskKey;

    /// <summary>Its handshake is being derived, perhaps by another thread: it is not forgotten before that is done.</summary>
    public bool IsDeriving;

    /// <summary>It was refused, and is remembered only until a good one needs the place.</summary>
    public bool Refused;

    /// <summary>The copy that came last, by its tag and timestamp, and the last addresses that it came from, the latest first: each gets one answer to it.</summary>
    public readonly SynCopy[] Copies = new SynCopy[MaxAddresses];
    public ulong CopyTag;
    public uint CopyTimestamp;

    /// <summary>A copy waits for its answer.</summary>
    public bool AnswerDue;

    // Of SynMemory: the chains it hangs in.
    public SynEntry Older;
    public SynEntry Younger;
    public SynEntry NextOfId;
    public SynEntry NextOfKey;
    public SynEntry NextAnswer;
    public ulong OwnKey;

    /// <summary>
    /// Returns the place for an answer to a copy of the SYN from an address; null when the copy gets no answer, since it is older than the last, or was already
    /// answered there.
    /// </summary>
    public SynCopy CopyFrom(Endpoint from, ulong tag, uint timestamp)
    {
        if (tag != CopyTag)
        {
            if (CopyTag != 0 && Timestamps.Difference(timestamp, CopyTimestamp) < 0)
            {
                return null;
            }

            CopyTag = tag;
            CopyTimestamp = timestamp;
            foreach (SynCopy copy in Copies)
            {
                if (copy != null)
                {
                    copy.IsSeen = false;
                }
            }
        }

        int known = 0;
        while (known < Copies.Length && Copies[known] != null)
        {
            SynCopy copy = Copies[known++];
            if (copy.To.SameAs(from))
            {
                return copy.IsSeen ? null : copy;
            }
        }

        // The oldest place is reused, so that an attacker who is first with copies from many addresses does not keep the sender out.
        int last = known < Copies.Length ? known : known - 1;
        SynCopy place = Copies[last] ?? new SynCopy();
        for (int i = last; i > 0; i--)
        {
            Copies[i] = Copies[i - 1];
        }

        Copies[0] = place;
        place.To.CopyFrom(from);
        return place;
    }

    public void WriteHeader(byte[] packet, uint held, uint synTimestamp, uint timestamp, int payloadLength)
    {
        Packet.WriteHeader(
            packet, 0, PacketType.SynAck, 0, PacketFlags.Syn | PacketFlags.Ack | PacketFlags.FromServer, SessionId, held, synTimestamp, timestamp, payloadLength);
    }

    /// <summary>The session has ended: nothing answers copies any more, but they are known as such.</summary>
    public void Clear()
    {
        Secret.Wipe(HandshakeKey);
        Secret.Wipe(MaskKey);
        Session = null;
        SynAckFields = null;
        HandshakeKey = null;
        MaskKey = null;
    }
}

/// <summary>A copy of a SYN from one address, and the answer that it waits for.</summary>
internal sealed class SynCopy
{
    public readonly Endpoint To = new Endpoint();
    public bool IsSeen;
    public bool IsDue;
    public uint Timestamp;
    public int Port;
    public long ArrivedAt;
}

/// <summary>
/// The SYNs of the last 75 s, so that none is taken twice (PROTOCOL.md 5, 20). Each PSK has places of its own, which no other can fill: its share of all, and
/// <see cref="LeastPerPsk"/> at the least where all are so many. When they are taken, further SYNs of that PSK are refused; a SYN that was refused gives its place to a good one.
/// </summary>
internal sealed partial class SynMemory
{
    private const long Lifetime = 75000;

    // SYNs of one PSK in 75 s, for which there is room also where the PSKs are many.
    private const int LeastPerPsk = 32;

    private int _quota;

    // Anybody can make SYNs under a public key. So that remembering them keeps nobody out, the oldest gives way to a further one.
    private readonly bool _isPublic;
    private int[] _countOf;
    private int[] _refusedOf;

    // Chains by session_id, and by the public key of the answer; as many chains as entries, at least.
    private SynEntry[] _byId = new SynEntry[8];
    private SynEntry[] _byKey = new SynEntry[8];
    private int _count;

    private SynEntry _oldest;
    private SynEntry _youngest;
    private SynEntry _firstAnswer;
    private SynEntry _lastAnswer;

    /// <param name="capacity">Places in all, more where the PSKs are many.</param>
    /// <param name="psks">How many PSKs there are.</param>
    /// <param name="isPublic">Their key is known to everybody (suite 4).</param>
    public SynMemory(int capacity, int psks, bool isPublic)
    {
        _isPublic = isPublic;
        _quota = Share(capacity, psks);
        _countOf = new int[psks];
        _refusedOf = new int[psks];
    }

    public bool HasAnswer => _firstAnswer != null;

    public SynEntry Find(ulong sessionId, ushort keyExchangeId)
    {
        SynEntry entry = _byId[Chain(sessionId)];
        while (entry != null && (entry.SessionId != sessionId || entry.KeyExchangeId != keyExchangeId))
        {
            entry = entry.NextOfId;
        }

        return entry;
    }

    /// <summary>True when a public key is one that this server sent itself.</summary>
    public bool HasPublicKey(byte[] publicKey)
    {
        ulong key = Wire.ReadU64(publicKey, 0);
        SynEntry entry = _byKey[Chain(key)];
        while (entry != null && entry.OwnKey != key)
        {
            entry = entry.NextOfKey;
        }

        return entry != null;
    }

    /// <summary>False when good SYNs have all places of the PSK.</summary>
    public bool HasRoom(int psk, long now)
    {
        Expire(now);
        return _countOf[psk] - _refusedOf[psk] < _quota || (_isPublic && GivesWay(psk) != null);
    }

    /// <summary>Remembers a SYN that is good as far as is known, and whose handshake begins; call when <see cref="HasRoom"/>.</summary>
    public SynEntry Add(ulong sessionId, ushort keyExchangeId, int psk, long now)
    {
        if (_countOf[psk] >= _quota)
        {
            Forget(GivesWay(psk));
        }

        SynEntry added = Remember(sessionId, keyExchangeId, psk, now);
        added.IsDeriving = true;
        return added;
    }

    /// <summary>Remembers a SYN that is refused for what it is, if its PSK has a place to spare.</summary>
    public void AddRefused(ulong sessionId, ushort keyExchangeId, int psk, long now)
    {
        if (_countOf[psk] < _quota)
        {
            Refuse(Remember(sessionId, keyExchangeId, psk, now));
        }
    }

    /// <summary>A SYN that was remembered as good is refused after all.</summary>
    public void Refuse(SynEntry entry)
    {
        entry.Clear();
        entry.Refused = true;
        _refusedOf[entry.Psk]++;
    }

    /// <summary>Its answer is made: the public key in it is known from now on.</summary>
    public void NoteAnswer(SynEntry entry)
    {
        entry.OwnKey = Wire.ReadU64(entry.SynAckFields, SynAck.PublicKey);
        int chain = Chain(entry.OwnKey);
        entry.NextOfKey = _byKey[chain];
        _byKey[chain] = entry;
    }

    /// <summary>A copy of the SYN came in, to be answered from the port at which it came. Returns false when it gets no answer.</summary>
    public bool SetAnswer(SynEntry entry, Endpoint from, ulong tag, uint timestamp, int localPort, long now)
    {
        SynCopy copy = entry.CopyFrom(from, tag, timestamp);
        if (copy == null)
        {
            return false;
        }

        copy.IsSeen = true;
        copy.IsDue = true;
        copy.Timestamp = timestamp;
        copy.Port = localPort;
        copy.ArrivedAt = now;
        if (!entry.AnswerDue)
        {
            entry.AnswerDue = true;
            entry.NextAnswer = null;
            if (_firstAnswer == null)
            {
                _firstAnswer = entry;
            }
            else
            {
                _lastAnswer.NextAnswer = entry;
            }

            _lastAnswer = entry;
        }

        return true;
    }

    /// <summary>The copy whose answer is due, which then is no longer, and its entry; null when there is none, or its session has ended meanwhile.</summary>
    public SynCopy TakeAnswer(out SynEntry entry)
    {
        entry = _firstAnswer;
        SynCopy due = null;
        for (int i = 0; entry != null && due == null && i < SynEntry.MaxAddresses; i++)
        {
            SynCopy copy = entry.Copies[i];
            due = copy != null && copy.IsDue ? copy : null;
        }

        if (entry != null && (due == null || entry.Session == null))
        {
            _firstAnswer = entry.NextAnswer;
            entry.AnswerDue = false;
            return null;
        }

        if (due != null)
        {
            due.IsDue = false;
        }

        return due;
    }

    /// <summary>Forgets what is older than 75 s and wipes its keys.</summary>
    public void Expire(long now)
    {
        while (_oldest != null && now - _oldest.ArrivedAt >= Lifetime && !_oldest.IsDeriving)
        {
            Forget(_oldest);
        }
    }

    /// <summary>Forgets a SYN.</summary>
    public void Forget(SynEntry entry)
    {
        if (entry.AnswerDue)
        {
            DropAnswer(entry);
        }

        entry.Clear();
        Unlink(entry);
        _countOf[entry.Psk]--;
        _refusedOf[entry.Psk] -= entry.Refused ? 1 : 0;
        _count--;
    }

    /// <summary>Forgets all and wipes their keys.</summary>
    public void Wipe()
    {
        while (_oldest != null)
        {
            Forget(_oldest);
        }
    }

    private static int Share(int capacity, int psks)
    {
        int least = capacity < LeastPerPsk ? capacity : LeastPerPsk;
        return capacity / psks > least ? capacity / psks : least;
    }

    // The oldest whose place a good one of the PSK may take: a refused one, under a public key any; null when there is none.
    private SynEntry GivesWay(int psk)
    {
        SynEntry entry = _oldest;
        while (entry != null && (entry.IsDeriving || (!_isPublic && (!entry.Refused || entry.Psk != psk))))
        {
            entry = entry.Younger;
        }

        return entry;
    }

    private SynEntry Remember(ulong sessionId, ushort keyExchangeId, int psk, long now)
    {
        if (_count == _byId.Length)
        {
            Grow();
        }

        // A new one each time: the seat of a forgotten one may hold it for as long as its session lasts, and clears it then.
        SynEntry added = new SynEntry
        {
            SessionId = sessionId,
            KeyExchangeId = keyExchangeId,
            Psk = psk,
            ArrivedAt = now,
            Older = _youngest,
        };
        if (_youngest == null)
        {
            _oldest = added;
        }
        else
        {
            _youngest.Younger = added;
        }

        _youngest = added;
        int chain = Chain(sessionId);
        added.NextOfId = _byId[chain];
        _byId[chain] = added;
        _countOf[psk]++;
        _count++;
        return added;
    }

    private int Chain(ulong key) => (int)((uint)(key ^ (key >> 32)) & (uint)(_byId.Length - 1));

    private void Grow()
    {
        _byId = new SynEntry[_byId.Length * 2];
        _byKey = new SynEntry[_byKey.Length * 2];
        for (SynEntry entry = _oldest; entry != null; entry = entry.Younger)
        {
            int chain = Chain(entry.SessionId);
            entry.NextOfId = _byId[chain];
            _byId[chain] = entry;
            if (entry.OwnKey != 0)
            {
                chain = Chain(entry.OwnKey);
                entry.NextOfKey = _byKey[chain];
                _byKey[chain] = entry;
            }
        }
    }

    private void DropAnswer(SynEntry entry)
    {
        SynEntry before = null;
        for (SynEntry at = _firstAnswer; at != entry; at = at.NextAnswer)
        {
            before = at;
        }

        if (before == null)
        {
            _firstAnswer = entry.NextAnswer;
        }
        else
        {
            before.NextAnswer = entry.NextAnswer;
        }

        _lastAnswer = _lastAnswer == entry ? before : _lastAnswer;
        entry.AnswerDue = false;
    }

    private void Unlink(SynEntry entry)
    {
        if (entry.Older == null)
        {
            _oldest = entry.Younger;
        }
        else
        {
            entry.Older.Younger = entry.Younger;
        }

        if (entry.Younger == null)
        {
            _youngest = entry.Older;
        }
        else
        {
            entry.Younger.Older = entry.Older;
        }

        int chain = Chain(entry.SessionId);
        if (_byId[chain] == entry)
        {
            _byId[chain] = entry.NextOfId;
        }
        else
        {
            SynEntry before = _byId[chain];
            while (before.NextOfId != entry)
            {
                before = before.NextOfId;
            }

            before.NextOfId = entry.NextOfId;
        }

        entry.NextOfId = null;
        if (entry.OwnKey != 0)
        {
            UnlinkKey(entry);
        }
    }

    private void UnlinkKey(SynEntry entry)
    {
        int chain = Chain(entry.OwnKey);
        if (_byKey[chain] == entry)
        {
            _byKey[chain] = entry.NextOfKey;
        }
        else
        {
            SynEntry before = _byKey[chain];
            while (before.NextOfKey != entry)
            {
                before = before.NextOfKey;
            }

            before.NextOfKey = entry.NextOfKey;
        }

        entry.NextOfKey = null;
        entry.OwnKey = 0;
    }
}
