using System;
using Springtail.Crypto;
using Springtail.Packets;
using Springtail.Sessions;

namespace Springtail.Discovery;

/// <summary>
/// Finding the PSK that two peers share when they hold many (PROTOCOL.md 15). Given to <see cref="ChannelOptions.Discovery"/> it makes a listener answer,
/// and a connecting side with several PSKs discover first.
/// </summary>
/// <remarks>
/// Without the right PSK, nobody learns from the answering side which PSKs it holds, how many fit a request, or who else holds the same. But discovery lets an attacker
/// test guesses of a PSK offline: a PSK is random, never a password. And somebody who sends more requests a second than <see cref="MaxExchanges"/>, from ever new
/// addresses, crowds others out while that lasts; somebody who sends five from another's address keeps that one from being answered for a minute. Sessions do not suffer
/// from either.
/// </remarks>
public sealed class PskDiscovery : DiscoveryMethod
{
    /// <summary>
    /// Exchanges that a responder keeps at a time, each for 10 s, and begins within a second; 1 to 16. One takes about 700 bytes of a device's memory.
    /// </summary>
    public int MaxExchanges { get; set; } = 4;

    /// <summary>
    /// Ask with proofs in place of a filter: one round trip, for at most 8 PSKs. It shows the responder how many PSKs there are, and those that it holds too it
    /// sees at once; with a filter it sees one, and only after both have proven it.
    /// </summary>
    public bool UseProofs { get; set; }

    /// <summary>The answering side that a listener has made of it last: its counters. Null before.</summary>
    internal Responder Responder { get; private set; }

    /// <inheritdoc/>
    internal override IDiscoveryQuery Ask(ICryptoCore core, byte[][] psks, Endpoint responder, Installation own, long now)
    {
        return new Initiator(core, psks, responder, UseProofs, own, now);
    }

    /// <inheritdoc/>
    internal override IDiscoveryAnswers Answer(ICryptoCore core, byte[][] psks, Installation own)
    {
        Responder = new Responder(core, psks, MaxExchanges, own);
        return Responder;
    }

    internal static void ValidatePsks(byte[][] psks, int most)
    {
        if (psks == null || psks.Length < 1 || psks.Length > most)
        {
            throw new ArgumentException("Discovery takes 1 to " + most.ToString() + " PSKs" + (most < DiscoveryRequest.MaxPsks ? " with proofs." : "."));
        }

        for (int i = 0; i < psks.Length; i++)
        {
            ChannelOptions.ValidatePsk(psks[i]);
        }
    }
}
