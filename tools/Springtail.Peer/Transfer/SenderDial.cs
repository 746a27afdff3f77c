using System;
using System.Diagnostics;
using System.Net;
using System.Threading;
using System.Threading.Tasks;
using Springtail.Packets;
using Springtail.Peer.Nearby;

namespace Springtail.Peer.Transfer;

/// <summary>The way to a sender: to a host that is named, or to whoever on this machine's networks has the token.</summary>
/// <param name="options">What a channel is made with, for the port of its first packet.</param>
/// <param name="token">The token.</param>
/// <param name="bound">The one address of this machine to look from; null for all.</param>
/// <param name="output">Is told who was found.</param>
/// <param name="view">Shows what is waited for.</param>
internal sealed class SenderDial(Func<int, ChannelOptions> options, string token, IPAddress? bound, Output output, LiveView view)
{
    private const int PollTime = 50;

    // Found ones are near: as long as one of several addresses of a host is tried (five copies of the first packet).
    private const int CallTime = 8500;

    private static readonly TimeSpan s_searchTime = TimeSpan.FromSeconds(10);

    private readonly Stopwatch _time = Stopwatch.StartNew();

    /// <summary>Connects with a host; null when interrupted.</summary>
    /// <exception cref="CommandException">No sender answers, or it does not hold the token.</exception>
    public Channel? Call(string host, int port, Interruption interruption) => Wait(Channel.ConnectAsync(host, options(port), interruption.Token), host, interruption);

    /// <summary>Connects with the first sender on these networks that holds the token; null when interrupted.</summary>
    /// <param name="port">Only one whose first port is this; null for any.</param>
    /// <param name="interruption">Ends it.</param>
    /// <exception cref="CommandException">There was none.</exception>
    public Channel? Find(int? port, Interruption interruption)
    {
        using SenderSearch search = new(token, bound);
        string failure = "";
        while (Next(search, interruption) is { } sender)
        {
            if (port != null && sender.Port != port)
            {
                continue;
            }

            string host = sender.Address.ToString();
            output.Report(Verbosity.Detailed, "found", $"{host} may be the sender, at port {sender.Port}.", ("host", host), ("port", sender.Port));
            using CancellationTokenSource end = CancellationTokenSource.CreateLinkedTokenSource(interruption.Token);
            end.CancelAfter(CallTime);
            try
            {
                if (Wait(Channel.ConnectAsync(host, options(sender.Port), end.Token), host, interruption) is { } channel)
                {
                    return channel;
                }
            }
            catch (CommandException e)
            {
                failure = e.Message + " ";
            }
        }

        return interruption.Asked ? null : throw new CommandException(
            ExitCode.NoHandshake,
            $"{failure}No sender with these words is on this network. See that springtail send runs there, without --no-announce, or name its host: springtail receive HOST WORD-WORD.");
    }

    // Null when there is no other for a while, or when interrupted.
    private FoundSender? Next(SenderSearch search, Interruption interruption)
    {
        using CancellationTokenSource end = CancellationTokenSource.CreateLinkedTokenSource(interruption.Token);
        end.CancelAfter(s_searchTime);
        Task<FoundSender> next = search.NextAsync(end.Token).AsTask();
        return Watch(next, "Looking for the sender on this network.") ? next.Result : null;
    }

    private Channel? Wait(Task<Channel> connecting, string host, Interruption interruption)
    {
        try
        {
            return Watch(connecting, $"Connecting to {host}.") ? connecting.Result : interruption.Asked ? null : throw new CommandException(ExitCode.NoHandshake, $"No session with {host}: it did not answer, or does not hold this token.");
        }
        catch (SpringtailException e)
        {
            throw new CommandException(e.Code == ErrorCode.SessionNotFound ? ExitCode.Network : ExitCode.NoHandshake, $"No session with {host}. {e.Message}", e);
        }
    }

    // False when it was cancelled.
    private bool Watch(Task task, string text)
    {
        try
        {
            while (!task.Wait(PollTime))
            {
                view.Show(() => text, _time.ElapsedMilliseconds);
            }

            return true;
        }
        catch (AggregateException e) when (e.InnerException is OperationCanceledException)
        {
            return false;
        }
        catch (AggregateException e) when (e.InnerException is SpringtailException cause)
        {
            throw cause;
        }
    }
}
