using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Linq;

namespace Springtail.Soak;

/// <summary>The nonces that were used under each key, by all hosts of a run and over their restarts.</summary>
internal sealed class Nonces
{
    private readonly HashSet<(UInt128 Key, ulong Number)> _used = new();

    public void Use(UInt128 key, ulong number)
    {
        if (!_used.Add((key, number)))
        {
            throw new Violation(Invariant.Nonce, $"number {number} went out twice under the key {key:x32}");
        }
    }
}

/// <summary>
/// The keys that one host has held, told from what its core was asked to do, and which of them are spent: a private key once it was used, or
/// after the time that an exchange may take; a shared secret at once; the keys of an epoch 5 s after the next one was heard; those of a session when
/// it has ended.
/// </summary>
internal sealed class KeyWatch
{
    // A handshake or a rekey waits 10 s for its answer, an old epoch 5 s; both end with the next call, which a hop brings at the latest.
    private const long ExchangeTime = 12000;
    private const long PreviousTime = 7000;

    // A session ends with the next call after its keys have, which a hop brings at the latest.
    private const long EndTime = 2000;

    private readonly Func<long> _now;
    private readonly Nonces _nonces;
    private readonly long _life;
    private readonly Dictionary<UInt128, long> _firstUsed = new();
    private readonly Dictionary<ulong, Secret> _spent = new();
    private readonly Dictionary<ulong, (byte[] Key, long At)> _private = new();
    private readonly Dictionary<ulong, SessionKeys> _sessions = new();

    /// <param name="now">The host's monotonic time in ms.</param>
    /// <param name="nonces">Those of all hosts.</param>
    /// <param name="life">How long a key is used, in ms.</param>
    public KeyWatch(Func<long> now, Nonces nonces, long life)
    {
        _now = now;
        _nonces = nonces;
        _life = life;
    }

    /// <summary>The first 16 bytes of a key.</summary>
    public static UInt128 Name(byte[] key) => BinaryPrimitives.ReadUInt128LittleEndian(key);

    public void PrivateMade(byte[] key) => _private[Index(key)] = (key[..], _now());

    public void PrivateUsed(byte[] key)
    {
        if (_private.Remove(Index(key)))
        {
            Spend(key, "a private key that was used");
        }
    }

    public void Agreed(byte[] secret) => Spend(secret, "a shared secret");

    /// <summary>PBKDF2 gave this: of 128 bytes the last 64 are the traffic secret, which nobody needs once the keys are derived.</summary>
    public void Derived(byte[] output)
    {
        if (output.Length == 128)
        {
            Spend(output[64..], "a traffic secret");
        }
    }

    /// <summary>Something is sealed that is no packet of a session: its nonce is random, so half of it tells two apart.</summary>
    public void Use(byte[] key, ulong nonce) => _nonces.Use(Name(key), nonce);

    public void Sealing(ulong sessionId, int epoch, byte[] cipherKey, byte[] tagKey, ulong number)
    {
        _nonces.Use(Name(cipherKey), number);
        long first = _firstUsed.TryGetValue(Name(cipherKey), out long known) ? known : _firstUsed[Name(cipherKey)] = _now();
        if (_now() - first > _life + EndTime)
        {
            throw new Violation(Invariant.Limits, $"a key of session {sessionId:x16} is used {_now() - first} ms after it was first, and may be for {_life} ms");
        }

        Of(sessionId).Note(epoch, cipherKey, tagKey, null);
    }

    public void Opened(ulong sessionId, int epoch, byte[] cipherKey, byte[] tagKey) => Of(sessionId).Note(epoch, cipherKey, tagKey, _now());

    /// <summary>A packet of a session is masked.</summary>
    public void Masking(ulong sessionId, byte[] maskKey)
    {
        if (_sessions.TryGetValue(sessionId, out SessionKeys? keys))
        {
            keys.Mask = maskKey[..];
        }
    }

    /// <summary>In suites 4 and 5 the first session_key is K, which every rekey starts from: it stays to the end.</summary>
    public void KeepsFirst(ulong sessionId) => Of(sessionId).KeepsFirst = true;

    public void SessionEnded(ulong sessionId)
    {
        if (_sessions.Remove(sessionId, out SessionKeys? keys))
        {
            foreach (byte[] key in keys.All())
            {
                Spend(key, "a key of a session that has ended");
            }
        }
    }

    /// <summary>The process ended and its memory with it.</summary>
    public void Forget()
    {
        _spent.Clear();
        _private.Clear();
        _sessions.Clear();
    }

    /// <summary>Demands that none of the spent keys stands in what the roots lead to; gives the size of that in bytes.</summary>
    public long Check(ObjectGraph graph)
    {
        long now = _now();
        foreach ((ulong index, (byte[] key, long at)) in _private.ToArray())
        {
            if (now - at > ExchangeTime)
            {
                _private.Remove(index);
                Spend(key, "a private key that was not used");
            }
        }

        foreach (SessionKeys keys in _sessions.Values)
        {
            foreach ((byte[] key, int epoch, string kind) in keys.TakeSpent(now - PreviousTime))
            {
                Spend(key, $"a {kind} key of epoch {epoch}, which is over,");
            }
        }

        return graph.Walk(bytes => Look(bytes, graph));
    }

    private void Look(byte[] bytes, ObjectGraph graph)
    {
        for (int i = 0; i + 8 <= bytes.Length; i++)
        {
            ulong index = BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(i));
            if (index != 0 && _spent.TryGetValue(index, out Secret secret))
            {
                throw new Violation(Invariant.Spent, $"{secret.What} is still there, at {i} in {graph.PathTo(bytes)}");
            }
        }
    }

    private void Spend(byte[] key, string what) => _spent[Index(key)] = new Secret(Index(key), what);

    private SessionKeys Of(ulong sessionId)
    {
        if (!_sessions.TryGetValue(sessionId, out SessionKeys? keys))
        {
            _sessions[sessionId] = keys = new SessionKeys();
        }

        return keys;
    }

    private static ulong Index(byte[] key) => BinaryPrimitives.ReadUInt64LittleEndian(key);

    private readonly record struct Secret(ulong Key, string What);

    // The keys of a session by epoch, in the order in which they were first used.
    private sealed class SessionKeys
    {
        private readonly List<Epoch> _epochs = new();

        public byte[]? Mask { get; set; }

        public void Note(int number, byte[] cipherKey, byte[] tagKey, long? openedAt)
        {
            Epoch? epoch = _epochs.LastOrDefault(e => e.Number == number);
            if (epoch == null || !epoch.Takes(cipherKey, openedAt != null))
            {
                _epochs.Add(epoch = new Epoch { Number = number });
                epoch.Takes(cipherKey, openedAt != null);
            }

            // Back from keys that the other side gave up unheard: the next of that number are others.
            for (int i = _epochs.Count - 1; openedAt == null && _epochs[i] != epoch; i--)
            {
                _epochs[i].IsLeft = true;
            }

            epoch.OpenedAt ??= openedAt;
            if (!Has(epoch.Tags, tagKey))
            {
                epoch.Tags.Add(tagKey[..]);
            }
        }

        public List<(byte[] Key, int Epoch, string Kind)> TakeSpent(long before)
        {
            List<(byte[] Key, int Epoch, string Kind)> spent = new();
            int newest = _epochs.FindLastIndex(e => e.OpenedAt < before);
            List<Epoch> stay = newest < 0 ? [] : _epochs[newest..];
            for (int i = 0; i < newest; i++)
            {
                // Keys that were left unheard, and come back since the other side has taken them up after all, are also of a later entry.
                Epoch epoch = _epochs[i];
                spent.AddRange(epoch.Ciphers.Where(key => !stay.Exists(e => Has(e.Ciphers, key))).Select(key => (key, epoch.Number, "traffic")));
                IEnumerable<byte[]> tags = epoch.Tags.Where(key => !stay.Exists(e => Has(e.Tags, key)));
                if (epoch.Number == 0 && KeepsFirst)
                {
                    Kept.AddRange(tags);
                }
                else
                {
                    spent.AddRange(tags.Select(key => (key, epoch.Number, "tag")));
                }
            }

            if (newest > 0)
            {
                _epochs.RemoveRange(0, newest);
            }

            return spent;
        }

        private static bool Has(IEnumerable<byte[]> keys, byte[] key) => keys.Any(k => k.AsSpan().SequenceEqual(key));

        public bool KeepsFirst { get; set; }

        private List<byte[]> Kept { get; } = new();

        public IEnumerable<byte[]> All()
        {
            IEnumerable<byte[]> keys = _epochs.SelectMany(e => e.Ciphers.Concat(e.Tags)).Concat(Kept);
            return Mask == null ? keys : keys.Append(Mask);
        }
    }

    private sealed class Epoch
    {
        private byte[]? _own;
        private byte[]? _peers;

        public int Number { get; init; }

        public long? OpenedAt { get; set; }

        /// <summary>Nothing goes out under it any more; a key that it does not have yet is another epoch's.</summary>
        public bool IsLeft { get; set; }

        public List<byte[]> Tags { get; } = new();

        public IEnumerable<byte[]> Ciphers => new[] { _own, _peers }.OfType<byte[]>();

        // False when the epoch has another key of that direction: then it is one of the same number, 16 later or after a fresh start.
        public bool Takes(byte[] key, bool peers)
        {
            byte[]? known = peers ? _peers : _own;
            if (known != null || IsLeft)
            {
                return known.AsSpan().SequenceEqual(key);
            }

            if (peers)
            {
                _peers = key[..];
            }
            else
            {
                _own = key[..];
            }

            return true;
        }
    }
}
