using Springtail.Crypto;
using Springtail.Keys;

namespace Springtail.Sessions;

/// <summary>A PSK with its keys of the last two days that were asked for.</summary>
internal sealed class PskKeys
{
    private readonly ICryptoCore _core;
    private DailyKeys _recent;
    private DailyKeys _other;

    public PskKeys(ICryptoCore core, byte[] psk)
    {
        _core = core;
        Psk = psk;
    }

    public byte[] Psk { get; }

    /// <summary>Tags CLOCK packets (PROTOCOL.md 11).</summary>
    public byte[] ClockKey { get; private set; }

    public byte[] ClockMaskKey { get; private set; }

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
            wanted = new DailyKeys(_core, Psk, day);
        }

        _other = _recent;
        _recent = wanted;
        return wanted;
    }

    /// <summary>Wipes the keys made of the PSK; the PSK itself is its owner's.</summary>
    public void Wipe()
    {
        _recent?.Wipe();
        _other?.Wipe();
        _recent = null;
        _other = null;
        Secret.Wipe(ClockKey);
        Secret.Wipe(ClockMaskKey);
    }

    public void PrepareClock()
    {
        if (ClockKey == null)
        {
            ClockKey = LongTermKeys.ClockKey(_core, Psk);
            ClockMaskKey = LongTermKeys.MaskKey(_core, ClockKey);
        }
    }
}

/// <summary>daily_key and the mask key of the handshakes of a day (PROTOCOL.md 2, 3.2).</summary>
internal sealed class DailyKeys
{
    public DailyKeys(ICryptoCore core, byte[] psk, uint day)
    {
        Day = day;
        Key = LongTermKeys.DailyKey(core, psk, Dates.DateOfDay(day));
        MaskKey = LongTermKeys.MaskKey(core, Key);
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
