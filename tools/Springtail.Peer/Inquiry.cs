using System;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;

namespace Springtail.Peer;

/// <summary>What was found out of a listener that does not answer.</summary>
/// <param name="Cause">clock, key, ports or network.</param>
/// <param name="Text">A sentence.</param>
internal sealed record Finding(string Cause, string Text);

/// <summary>
/// Asks why a listener does not answer: it tells its time to whoever holds its key (PROTOCOL.md 11), and a machine says of a port that nobody has it. What
/// neither shows is not guessed.
/// </summary>
internal static class Inquiry
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan s_refusalTime = TimeSpan.FromMilliseconds(700);

    // Both clocks must be right to 30 s (PROTOCOL.md 5).
    private const long MostClockError = 30_000;

    /// <summary>Returns what was found; null when it is not clear.</summary>
    /// <param name="host">The listener's host.</param>
    /// <param name="options">Those of the connection.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<Finding?> AskAsync(string host, ChannelOptions options, CancellationToken cancellationToken)
    {
        try
        {
            if (options.Token == null && options.DiscoveryPort != 0 && await AskClockAsync(host, options, cancellationToken) is long error)
            {
                return Math.Abs(error) > MostClockError
                    ? new Finding("clock", $"{host} has this key, but this machine's clock is {TimeText.Against(error)} its: set the one that is wrong, or connect with --ask-clock.")
                    : new Finding("ports", $"{host} has this key and answers at port {options.DiscoveryPort}, and both clocks agree: compare --ports, --rendezvous and --suite of both sides, and see that UDP is let through to those ports.");
            }

            int port = options.Token == null ? options.DiscoveryPort : options.FixedRendezvous;
            if (port == 0)
            {
                return null;
            }

            SocketError there = await KnockAsync(host, port, cancellationToken);
            if (there is SocketError.HostUnreachable or SocketError.NetworkUnreachable or SocketError.NetworkDown or SocketError.HostDown)
            {
                return new Finding("network", $"There is no route to {host} ({new SocketException((int)there).Message}).");
            }

            if (there == SocketError.ConnectionRefused)
            {
                return new Finding("network", $"{host} is reached, but no program listens at its port {port}: start the listener there" + (options.Token == null ? ", or give both sides the same --discovery-port." : ", or give both sides the same --rendezvous."));
            }

            // A machine that refuses other ports and not this one has a program there, which does not know the key.
            return options.Token == null && await KnockAsync(host, port == 9 ? 7 : 9, cancellationToken) == SocketError.ConnectionRefused
                ? new Finding("key", $"A program listens at port {port} of {host}, but does not know this key: compare the key files of both sides.")
                : null;
        }
        catch (Exception e) when (e is SocketException or SpringtailException or OperationCanceledException)
        {
            return null;
        }
    }

    // How far this machine's clock is ahead of the listener's, in ms; null without an answer.
    private static async Task<long?> AskClockAsync(string host, ChannelOptions options, CancellationToken cancellationToken)
    {
        using CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(s_patience);
        try
        {
            long utcBase = await Channel.AskClockAsync(host, options, patience.Token);
            return options.Clock.UtcNow - (utcBase + options.Clock.Now);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
        catch (SpringtailException)
        {
            return null;
        }
    }

    // What comes back of a byte to a port; Success for nothing.
    private static async Task<SocketError> KnockAsync(string host, int port, CancellationToken cancellationToken)
    {
        IPAddress address = (await Dns.GetHostAddressesAsync(host, cancellationToken))[0];
        using Socket socket = new(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        using CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(s_refusalTime);
        try
        {
            await socket.ConnectAsync(address, port, patience.Token);
            await socket.SendAsync(new byte[1], patience.Token);
            await socket.ReceiveAsync(new byte[1], patience.Token);
            return SocketError.Success;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return SocketError.Success;
        }
    }
}
