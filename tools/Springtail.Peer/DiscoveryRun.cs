using Springtail.Crypto;
using Springtail.Packets;
using Springtail.Sessions;
using Springtail.Transport;

namespace Springtail.Peer;

/// <summary>Asks a listener which of the PSKs it holds too (PROTOCOL.md 15).</summary>
internal static class DiscoveryRun
{
    private const int LongestStep = 250;

    /// <summary>Gives the place of the shared PSK in the options' PSKs; -1 when interrupted.</summary>
    /// <exception cref="CommandException">None is shared, or there was no answer.</exception>
    public static int Find(ChannelOptions options, SocketTransport transport, IClock clock, Endpoint server, string host, Interruption interruption)
    {
        Endpoint responder = new();
        responder.CopyFrom(server);
        responder.Port = options.DiscoveryPort;
        IDiscoveryQuery query = options.Discovery.Ask(CryptoCore.Default, options.Psks, responder, null, clock.Now);
        PeerLoop loop = new(query, transport, clock);
        loop.Flush();
        while (!query.Done && !interruption.Asked)
        {
            loop.Step(LongestStep);
        }

        transport.Close(Datagram.OwnSocket);
        if (!query.Done)
        {
            query.Abandon();
            return -1;
        }

        return query.Error switch
        {
            ErrorCode.None => query.Found,
            ErrorCode.PskNotFound => throw new CommandException(ExitCode.NoSharedPsk, $"{host} holds none of the {options.Psks.Length} keys."),
            _ => throw new CommandException(ExitCode.NoHandshake, $"Nothing was discovered of {host} at port {options.DiscoveryPort}. {query.Explain()}"),
        };
    }
}
