using System;
using System.Collections.Generic;

namespace Springtail.Fuzz;

/// <summary>Datagrams to a client: any bytes, and packets of a listener with the right key that does not keep to the protocol.</summary>
internal static class ClientPackets
{
    public static void Run(ReadOnlySpan<byte> input) => Conversation.Play(input, true);

    /// <summary>Each packet as it would have been, so that what changes in the input changes in it alone; a datagram of zeros.</summary>
    public static byte[][] Seeds()
    {
        List<byte[]> seeds = [new byte[200]];
        for (byte number = 0; number < 12; number++)
        {
            seeds.Add([number, 1, .. new byte[90]]);
        }

        return seeds.ToArray();
    }
}

/// <summary>The same to a listener.</summary>
internal static class ListenerPackets
{
    public static void Run(ReadOnlySpan<byte> input) => Conversation.Play(input, false);

    public static byte[][] Seeds() => ClientPackets.Seeds();
}
