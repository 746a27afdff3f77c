using Springtail.Crypto;
using Springtail.Packets;

namespace Springtail.Listening;

/// <summary>
/// Bounds the work for packets that no key fits: each may cost a few unmaskings, and more only while such packets of its address, and of all addresses, are few.
/// So a stranger's packets cost no more where a thousand keys share a port than where one key has it.
/// </summary>
internal sealed class Strangers
{
    // Unmaskings of each packet that need no budget.
    private const int Free = 4;

    // Unmaskings of one address at once, and a second; and how many times as many for all.
    private const int AtOnce = 65536;
    private const int PerSecond = 16384;
    private const int Share = 16;

    private readonly AddressBudgets _budgets;
    private int _tries;

    public Strangers(ICryptoCore core, long now)
    {
        _budgets = new AddressBudgets(core, AtOnce, PerSecond, Share, now);
    }

    /// <summary>A packet came in.</summary>
    public void Begin() => _tries = 0;

    /// <summary>One more key may be tried on the packet. False when the budget is spent: then it is dropped.</summary>
    public bool MayTry(Endpoint from, long now) => ++_tries <= Free || !_budgets.IsSpent(from, now);

    /// <summary>No key fitted.</summary>
    public void Charge(Endpoint from, long now) => _budgets.Charge(from, _tries, now);
}
