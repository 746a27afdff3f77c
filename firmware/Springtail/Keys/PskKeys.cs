using Springtail.Crypto;

namespace Springtail.Keys;

/// <summary>
/// What both peers hold, a PSK or a token, with the keys of the last two days that were used. A token keys nothing that an eavesdropper
/// can test: its handshakes are tagged and masked with public keys (PROTOCOL.md 17).
/// </summary>
internal sealed class PskKeys
{
    private readonly ICryptoCore _core;
    private readonly bool _isToken;
    private readonly byte[] _name;
    private DailyKeys _recent;
    private DailyKeys _other;
    private byte[] _tokenScalar;

    /// <param name="core">The primitives.</param>
    /// <param name="psk">The PSK, or the token's bytes.</param>
    /// <param name="isToken">Which of the two it is.</param>
    /// <param name="name">The listener's name in UTF-8; plays no part where there is a token.</param>
    public PskKeys(ICryptoCore core, byte[] psk, bool isToken, byte[] name)
    {
        _core = core;
        _name = name;
        _isToken = isToken;
        Psk = psk;
    }

    /// <summary>The PSK, or the token's bytes.</summary>
    public byte[] Psk { get; }

    /// <summary>Tags CLOCK packets (PROTOCOL.md 11).</summary>
    public byte[] ClockKey { get; private set; }

    public byte[] ClockMaskKey { get; private set; }

    /// <summary>The w of suite 5 (PROTOCOL.md 17). Slow on first use.</summary>
    public byte[] TokenScalar => _tokenScalar ??= PairingKeys.TokenScalar(_core, Psk);

    /// <summary>The keys of the UTC day of a moment.</summary>
    public DailyKeys Daily(long utcMs)
    {
        uint day = Dates.Day((ulong)utcMs);
        if (_recent != null && _recent.Day == day)
        {
            return _recent;
        }

        DailyKeys wanted = _other;
        if (wanted == null || wanted.Day != day)
        {
            wanted?.Wipe();
            byte[] key = _isToken ? LongTermKeys.PublicHandshakeKey(_core) : LongTermKeys.DailyKey(_core, Psk, Dates.DateOfDay(day));
            wanted = new DailyKeys(day, key, LongTermKeys.MaskKey(_core, key));
        }

        _other = _recent;
        _recent = wanted;
        return wanted;
    }

    /// <summary>The key that tags SYN and SYN_ACK.</summary>
    public byte[] HandshakeKey(DailyKeys daily, ulong sessionId, ushort keyExchangeId)
    {
        return _isToken ? Secret.Slice(daily.Key, 0, daily.Key.Length) : LongTermKeys.HandshakeKey(_core, daily.Key, sessionId, keyExchangeId, _name);
    }

    /// <summary>Wipes the keys made of the PSK; the PSK itself is its owner's.</summary>
    public void Wipe()
    {
        _recent?.Wipe();
        _other?.Wipe();
        _recent = null;
        _other = null;
        Secret.Wipe(_tokenScalar);
        _tokenScalar = null;
        Secret.Wipe(ClockKey);
        Secret.Wipe(ClockMaskKey);
    }

    public void PrepareClock()
    {
        if (ClockKey == null)
        {
            ClockKey = LongTermKeys.ClockKey(_core, Psk, _name);
            ClockMaskKey = LongTermKeys.MaskKey(_core, ClockKey);
        }
    }
}

/// <summary>daily_key and the mask key of the handshakes of a day (PROTOCOL.md 2, 3.2); for a token the public ones.</summary>
internal sealed class DailyKeys
{
    public DailyKeys(uint day, byte[] key, byte[] maskKey)
    {
        Day = day;
        Key = key;
        MaskKey = maskKey;
    }

    public uint Day { get; }

    public byte[] Key { get; }

    public byte[] MaskKey { get; }

    public void Wipe()
    {
        Secret.Wipe(Key);
        Secret.Wipe(MaskKey);
    }
}
