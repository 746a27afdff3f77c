using System;
using Springtail.Crypto;
using Springtail.Packets;
using Springtail.Sessions;
using Springtail.Transport;

namespace Springtail;

/// <summary>A discovery from the first packet to the last, on the caller's thread.</summary>
internal static class ChannelDiscovery
{
    /// <summary>True when the options are those of a connecting side that has to find out which PSK to take.</summary>
    public static bool IsNeeded(ChannelOptions options)
    {
        return options.Psks != null && options.Token == null;
    }

    /// <summary>Returns the place in the options' PSKs of the one that the listener holds too.</summary>
    /// <param name="options">The PSKs and the discovery port.</param>
    /// <param name="transport">Its ports are closed again at the end.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="host">The listener's address.</param>
    /// <param name="timeout">How long to ask, in ms.</param>
    /// <exception cref="SpringtailException">PSK_NOT_FOUND, or DISCOVERY_FAILED when there was no answer that proved anything.</exception>
    /// <exception cref="ArgumentException">An option is wrong.</exception>
    public static int Run(ChannelOptions options, IDatagramTransport transport, IClock clock, Endpoint host, long timeout)
    {
        IDiscoveryQuery query = Begin(options, host, clock);
        Driver driver = new Driver(query, transport, clock);
        long began = clock.Now;
        driver.Flush();
        while (!query.Done && clock.Now - began < timeout)
        {
            long left = timeout - (clock.Now - began);
            int wait = driver.IdleTime;
            transport.Wait(left < wait ? (int)left : wait);
            if (!driver.Receive())
            {
                driver.Flush();
            }
        }

        driver.ClosePorts();
        return Conclude(query);
    }

    /// <summary>Begins to ask.</summary>
    /// <exception cref="ArgumentException">An option is wrong.</exception>
    internal static IDiscoveryQuery Begin(ChannelOptions options, Endpoint host, IClock clock)
    {
        if (options.Discovery == null || options.DiscoveryPort == 0)
        {
            throw new ArgumentException("To discover the PSK takes Discovery and a DiscoveryPort.");
        }

        Endpoint responder = new Endpoint();
        responder.CopyFrom(host);
        responder.Port = options.DiscoveryPort;
        return options.Discovery.Ask(options.Crypto ?? CryptoCore.Default, options.Psks, responder, options.Installation, clock.Now);
    }

    /// <summary>What came of it: the place of the PSK.</summary>
    /// <exception cref="SpringtailException">PSK_NOT_FOUND, or DISCOVERY_FAILED when there was no answer that proved anything.</exception>
    internal static int Conclude(IDiscoveryQuery query)
    {
        int found = query.Found;
        if (found < 0)
        {
            int error = query.Error;
            string text = query.Explain();
            query.Abandon();
            throw new SpringtailException(error == ErrorCode.None ? ErrorCode.DiscoveryFailed : error, text);
        }

        return found;
    }
}
