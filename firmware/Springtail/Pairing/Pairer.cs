using System;
using Springtail.Crypto;
using Springtail.Packets;

namespace Springtail.Pairing;

/// <summary>
/// Pairing in one call, on the device too: two peers that hold no more than a spoken token end with the same fresh random PSK (PROTOCOL.md 17, 24).
/// </summary>
public static class Pairer
{
    /// <summary>Connects with the token of the options, pairs, and closes.</summary>
    /// <param name="host">Name or address of the listener's host.</param>
    /// <param name="options">With a <see cref="ChannelOptions.Token"/>.</param>
    /// <param name="store">Takes the key.</param>
    /// <exception cref="SpringtailException">
    /// As <see cref="Channel.Connect"/> and <see cref="Pair"/>; nothing stays stored then.
    /// </exception>
    public static void Connect(string host, ChannelOptions options, IPskStore store)
    {
        using (Channel channel = Channel.Connect(host, options))
        {
            Pair(channel, options.Crypto ?? CryptoCore.Default, store);
            channel.Close();
        }
    }

    /// <summary>
    /// Pairs over a channel on which nothing has been sent yet; the peer does the same. On return both hold the key, and the channel goes on.
    /// </summary>
    /// <param name="channel">Established, most likely by a token.</param>
    /// <param name="core">The primitives.</param>
    /// <param name="store">Takes the key.</param>
    /// <exception cref="SpringtailException">
    /// TIMEOUT when the peer says nothing for 30 s, SECRET_MISMATCH when it sends something else, TERMINATED when the channel ends. The key is
    /// discarded then. What the store throws goes through.
    /// </exception>
    public static void Pair(Channel channel, ICryptoCore core, IPskStore store)
    {
        PairingExchange exchange = new PairingExchange(core, channel.Session);
        bool stored = false;
        bool done = false;
        try
        {
            channel.Send(exchange.Share());
            Take(channel, exchange);
            stored = true;
            store.Store(exchange.Psk);
            channel.Send(exchange.Stored());
            Take(channel, exchange);
            if (!channel.WaitForAcknowledgments(PairingExchange.Patience))
            {
                throw new SpringtailException(ErrorCode.Timeout, "The peer did not acknowledge that the key is stored here: pair again.");
            }

            done = true;
        }
        finally
        {
            exchange.Wipe();
            if (stored && !done)
            {
                store.Discard();
            }
        }
    }

    private static void Take(Channel channel, PairingExchange exchange)
    {
        byte[] buffer = CryptoCore.NewSecret(128);
        int size = channel.Receive(buffer, PairingExchange.Patience);
        bool good = size >= 0 && exchange.Receive(buffer, size);
        Array.Clear(buffer, 0, buffer.Length);
        if (size == Channel.Nothing)
        {
            throw new SpringtailException(ErrorCode.Timeout, "The peer is there, but does not store a key: both sides have to.");
        }

        if (size == Channel.Ended)
        {
            throw new SpringtailException(ErrorCode.Terminated, "The peer ended the channel before both had the key: pair again.");
        }

        if (!good)
        {
            throw new SpringtailException(ErrorCode.SecretMismatch, "The peer sent something else than its part of a pairing: both sides have to pair.");
        }
    }
}
