using System;
using System.Threading;
using Springtail.Packets;

namespace Springtail.Peer;

/// <summary>Asks a listener which of the PSKs it holds too (PROTOCOL.md 15).</summary>
internal static class DiscoveryRun
{
    /// <summary>Returns the place of the shared PSK in the options' PSKs; -1 when interrupted.</summary>
    /// <exception cref="CommandException">None is shared, or there was no answer.</exception>
    public static int Find(ChannelOptions options, string host, CancellationToken interrupted)
    {
        try
        {
            return Channel.DiscoverAsync(host, options, interrupted).GetAwaiter().GetResult();
        }
        catch (OperationCanceledException)
        {
            return -1;
        }
        catch (SpringtailException e)
        {
            throw e.Code switch
            {
                ErrorCode.PskNotFound => new CommandException(ExitCode.NoSharedPsk, $"{host} holds none of the {options.Psks.Length} keys."),
                ErrorCode.SessionNotFound or ErrorCode.StateInvalid => new CommandException(ExitCode.Network, e.Message, e),
                _ => new CommandException(ExitCode.NoHandshake, $"Nothing was discovered of {host} at port {options.DiscoveryPort}. {e.Message}"),
            };
        }
    }
}
