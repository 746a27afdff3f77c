using Springtail.Crypto;
using Springtail.Packets;

namespace Springtail.Keys;

/// <summary>Where a first packet goes (PROTOCOL.md 4).</summary>
internal static class Rendezvous
{
    /// <summary>How long a rendezvous port holds, in ms.</summary>
    public const uint IntervalMs = 10000;

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

    /// <summary>rendezvous_port(r), from <paramref name="portMin"/> to portMin + portCount - 1, with the daily key of <see cref="Date"/>.</summary>
    public static int Port(ICryptoCore core, byte[] dailyKey, ulong r, int portMin, int portCount)
    {
        byte[] mac = new Concatenation().Text("rendezvous_v1").U64(r).Hmac(core, dailyKey);
        uint place = Wire.ReadU32(mac, 0) % (uint)portCount;
        return portMin + (int)place;
    }
}
