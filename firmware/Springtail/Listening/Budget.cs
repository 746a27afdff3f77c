using Springtail.Crypto;
using Springtail.Packets;

namespace Springtail.Listening;

/// <summary>A token bucket: an amount that may be spent at once, and an amount that is added each second.</summary>
internal sealed class Budget
{
    private readonly int _most;
    private readonly int _perSecond;

    // In thousandths, so that each ms adds a whole number.
    private long _left;
    private long _at;

    public Budget(int most, int perSecond, long now)
    {
        _most = most;
        _perSecond = perSecond;
        _left = most * 1000L;
        _at = now;
    }

    /// <summary>Takes an amount out of it; returns false, and takes nothing, when less is left.</summary>
    public bool Take(int cost, long now)
    {
        Refill(now);
        if (_left < cost * 1000L)
        {
            return false;
        }

        _left -= cost * 1000L;
        return true;
    }

    /// <summary>True when nothing is left.</summary>
    public bool IsSpent(long now)
    {
        Refill(now);
        return _left <= 0;
    }

    /// <summary>Takes an amount out of it even where less is left; it then takes longer to be refilled.</summary>
    public void Charge(int cost, long now)
    {
        Refill(now);
        _left -= cost * 1000L;
        _left = _left < 0 - _most * 1000L ? 0 - _most * 1000L : _left;
    }

    private void Refill(long now)
    {
        _left += (now - _at) * _perSecond;
        _left = _left > _most * 1000L ? _most * 1000L : _left;
        _at = now;
    }
}

/// <summary>
/// A budget of each address, under one of all. Addresses share a few budgets by chance, in a way that cannot be predicted from outside; of an IPv6 address the first
/// half counts, which is what a network has.
/// </summary>
internal sealed class AddressBudgets
{
    private const uint Ways = 32;

    private readonly Budget[] _budgets = new Budget[Ways];
    private readonly Budget _all;
    private readonly int _most;
    private readonly int _perSecond;
    private readonly ICryptoCore _core;

    // Drawn when it is first needed.
    private byte[] _salt;

    /// <param name="core">The random source.</param>
    /// <param name="most">Of one address, at once.</param>
    /// <param name="perSecond">Of one address, a second.</param>
    /// <param name="share">How many times as much for all together.</param>
    /// <param name="now">Monotonic time in ms.</param>
    public AddressBudgets(ICryptoCore core, int most, int perSecond, int share, long now)
    {
        _most = most;
        _perSecond = perSecond;
        _all = new Budget(most * share, perSecond * share, now);
        _core = core;
    }

    public bool Take(Endpoint from, int cost, long now) => Of(from, now).Take(cost, now) && _all.Take(cost, now);

    /// <summary>True when nothing is left for the address.</summary>
    public bool IsSpent(Endpoint from, long now) => _all.IsSpent(now) || Of(from, now).IsSpent(now);

    public void Charge(Endpoint from, int cost, long now)
    {
        Of(from, now).Charge(cost, now);
        _all.Charge(cost, now);
    }

    private Budget Of(Endpoint from, long now)
    {
        if (_salt == null)
        {
            _salt = new byte[4];
            _core.Random(_salt, 0, _salt.Length);
        }

        uint way = Wire.ReadU32(_salt, 0);
        int count = from.Family == Endpoint.FamilyIPv4 ? 4 : 8;
        for (int i = 0; i < count; i++)
        {
            way = (way ^ from.Address[i]) * 16777619u;
        }

        way = (way ^ (way >> 15)) % Ways;
        if (_budgets[way] == null)
        {
            _budgets[way] = new Budget(_most, _perSecond, now);
        }

        return _budgets[way];
    }
}
