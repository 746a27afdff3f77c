using Springtail.Crypto;
using Springtail.Packets;

namespace Springtail.Keys;

/// <summary>Where a first packet goes (PROTOCOL.md 4).</summary>
internal static class Rendezvous
{
    /// <summary>How long a rendezvous port holds, in ms.</summary>
    public const uint IntervalMs = 10000;

    // "rendezvous_v1" in ASCII.
    private const ulong Label = 0x72656E64657A766F;
    private const uint LabelEnd = 0x75735F76;
    private const byte LabelVersion = 0x31;
    private const int MessageSize = 21;

    /// <summary>r, the number of the rendezvous interval that a time lies in.</summary>
    public static ulong Index(ulong utcMs)
    {
        return utcMs / IntervalMs;
    }

    /// <summary>The date whose daily key serves interval <paramref name="r"/>.</summary>
    public static string Date(ulong r)
    {
        return Dates.Date(r * IntervalMs);
    }

    /// <summary>rendezvous_port(r), from <paramref name="portMin"/> to portMin + portCount - 1, with the daily key of <see cref="Date"/>. Allocates nothing on a desktop.</summary>
    public static int Port(ICryptoCore core, byte[] dailyKey, ulong r, int portMin, int portCount)
    {
        // A listener does this for each of its PSKs in each interval.
        byte[] scratch = Secret.Borrow(MessageSize + 32);
        Wire.WriteU64(scratch, 0, Label);
        Wire.WriteU32(scratch, 8, LabelEnd);
        scratch[12] = LabelVersion;
        Wire.WriteU64(scratch, 13, r);
        core.HmacSha256(scratch, MessageSize, dailyKey, 0, dailyKey.Length, scratch, 0, MessageSize);
        uint place = Wire.ReadU32(scratch, MessageSize) % (uint)portCount;
        Secret.GiveBack(scratch);
        return portMin + (int)place;
    }
}
