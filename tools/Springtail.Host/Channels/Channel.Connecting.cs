#nullable enable
using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Springtail.Crypto;
using Springtail.Packets;
using Springtail.Sessions;
using Springtail.Transport;

namespace Springtail;

// How the desktop connects: nothing of it waits in a thread, and neither does the channel that comes of it.
public sealed partial class Channel
{
    /// <summary>
    /// Connects to a listener. Takes a round trip and the key exchange; at most about a minute when there is no answer. With
    /// <see cref="ChannelOptions.Psks"/> it first discovers which of them the listener holds too, as <see cref="DiscoverAsync"/> does.
    /// </summary>
    /// <param name="host">Name or address of the listener's host. All addresses of a name are tried in turn (RFC 8305).</param>
    /// <param name="options">The PSK and the rest. They may be changed as soon as the call has returned.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SpringtailException">
    /// TIMEOUT when no handshake succeeded; its message names the likely causes. PSK_NOT_FOUND or DISCOVERY_FAILED when no PSK was discovered.
    /// AUTHENTICATION_FAILED when somebody who does not hold the token answered, or when the token is dead. SESSION_NOT_FOUND when the host is not known.
    /// </exception>
    /// <exception cref="ArgumentException">An option is wrong, or there is no host.</exception>
    public static Task<Channel> ConnectAsync(string host, ChannelOptions options, CancellationToken cancellationToken = default)
    {
        Require(host, options);
        return OpenAsync(host, options.Freeze(), false, null, null, cancellationToken);
    }

    /// <summary>Goes on with a session that <see cref="SnapshotAsync"/> saved, as <see cref="Resume"/> does.</summary>
    /// <param name="host">Name or address of the listener's host.</param>
    /// <param name="options">The same as before the sleep. Their clock must be one that kept running during the sleep.</param>
    /// <param name="snapshot">It is wiped. One that is null, damaged or too old leads to a new session.</param>
    /// <param name="message">A reliable message to send at once, of not more packets than SendBuffers; null for none.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SpringtailException">TIMEOUT when no handshake succeeded either; its message names the likely causes.</exception>
    /// <exception cref="ArgumentException">An option is wrong, or the message is too large.</exception>
    public static Task<Channel> ResumeAsync(string host, ChannelOptions options, byte[]? snapshot, byte[]? message, CancellationToken cancellationToken = default)
    {
        Require(host, options);
        return OpenAsync(host, options.Freeze(), true, snapshot, message, cancellationToken);
    }

    /// <summary>Asks a listener of the PSK for the time, for a machine whose clock is not set (PROTOCOL.md 11).</summary>
    /// <param name="host">Name or address of the listener's host.</param>
    /// <param name="options">The PSK and the discovery port.</param>
    /// <param name="cancellationToken">Gives up; without it the listener is asked until it answers.</param>
    /// <returns>How far the listener's UTC is ahead of <see cref="IClock.Now"/> of the options' clock, in ms since 1970; good to half a round trip.</returns>
    /// <exception cref="ArgumentException">An option is wrong, or there is no host.</exception>
    public static async Task<long> AskClockAsync(string host, ChannelOptions options, CancellationToken cancellationToken = default)
    {
        Require(host, options);
        options = options.Freeze();
        ClockQuery Begin(Endpoint server, IClock clock)
        {
            server.Port = options.DiscoveryPort;
            return new ClockQuery(options.Crypto ?? CryptoCore.Default, options, server, clock.Now);
        }

        return (await AskAsync(host, options, Begin, query => query.Done, cancellationToken).ConfigureAwait(false)).UtcBase;
    }

    /// <summary>
    /// Asks a listener which of the PSKs it holds too (PROTOCOL.md 15). The listener learns which one that is, and neither side learns anything of the others.
    /// Takes two round trips; 5 s for each of three attempts when there is no answer.
    /// </summary>
    /// <param name="host">Name or address of the listener's host.</param>
    /// <param name="options">The PSKs, the preferred ones first, the discovery and its port.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The place of the PSK in <see cref="ChannelOptions.Psks"/>, the first that both hold.</returns>
    /// <exception cref="SpringtailException">PSK_NOT_FOUND when the listener holds none of them; DISCOVERY_FAILED when it did not answer, or proved nothing.</exception>
    /// <exception cref="ArgumentException">An option is wrong.</exception>
    public static async Task<int> DiscoverAsync(string host, ChannelOptions options, CancellationToken cancellationToken = default)
    {
        Require(host, options);
        options = options.Freeze();
        IDiscoveryQuery? begun = null;
        try
        {
            IDiscoveryQuery Begin(Endpoint server, IClock clock) => begun = ChannelDiscovery.Begin(options, server, clock);
            return ChannelDiscovery.Conclude(await AskAsync(host, options, Begin, query => query.Done, cancellationToken).ConfigureAwait(false));
        }
        finally
        {
            begun?.Abandon();
        }
    }

    // Runs a query, over a transport of its own, until it is done.
    private static async Task<TQuery> AskAsync<TQuery>(
        string host, ChannelOptions options, Func<Endpoint, IClock, TQuery> begin, Func<TQuery, bool> isDone, CancellationToken cancellationToken)
        where TQuery : IProtocolPeer
    {
        IClock clock = options.Clock ?? new SystemClock();
        IDatagramTransport transport = options.Transport ?? new PooledTransport(options.LocalAddress);
        TQuery query;
        try
        {
            query = begin((await ResolveAsync(host, options, transport, cancellationToken).ConfigureAwait(false))[0], clock);
        }
        catch
        {
            transport.Dispose();
            throw;
        }

        ChannelEngine engine = NewEngine(query, transport, clock);
        try
        {
            await RunUntilAsync(engine, () => isDone(query), cancellationToken).ConfigureAwait(false);
            return query;
        }
        finally
        {
            engine.Stop();
        }
    }

    private static async Task<Channel> OpenAsync(string host, ChannelOptions options, bool resume, byte[]? snapshot, byte[]? message, CancellationToken cancellationToken)
    {
        IClock clock = options.Clock ?? new SystemClock();
        if (ChannelDiscovery.IsNeeded(options))
        {
            if (options.Transport != null)
            {
                throw new ArgumentException("A transport serves one thing: discover the PSK first (DiscoverAsync), with a transport of its own.");
            }

            options.KeyIndex = await DiscoverAsync(host, options, cancellationToken).ConfigureAwait(false);
            options.Psk = options.Psks[options.KeyIndex];
        }

        IDatagramTransport transport = options.Transport ?? new PooledTransport(options.LocalAddress);
        Endpoint[] addresses;
        Client client;
        try
        {
            ICryptoCore core = options.Crypto ?? CryptoCore.Default;
            addresses = await ResolveAsync(host, options, transport, cancellationToken).ConfigureAwait(false);
            client = NewClient(core, options, addresses[0], clock, resume, snapshot, ref message);
        }
        catch
        {
            transport.Dispose();
            throw;
        }

        using Activity? activity = SpringtailDiagnostics.Source.StartActivity("springtail.connect", ActivityKind.Client);
        activity?.SetTag("server.address", host);
        long began = Stopwatch.GetTimestamp();
        ChannelEngine engine = NewEngine(client, transport, clock);
        if (engine.Sockets != null)
        {
            engine.AfterStep = new ServerAddresses(host, options, addresses, engine.Sockets, engine, client).Look;
        }

        bool connected = false;
        try
        {
            ILogger logger = options.LoggerFactory?.CreateLogger("Springtail") ?? NullLogger.Instance;
            int attempts = 0;
            bool IsDecided()
            {
                if (client.Attempts != attempts)
                {
                    attempts = client.Attempts;
                    options.Attempted?.Invoke(attempts);
                    SpringtailLog.Attempt(logger, host, attempts);
                }

                return client.State is ClientState.Connected or ClientState.Failed;
            }

            await RunUntilAsync(engine, IsDecided, cancellationToken).ConfigureAwait(false);
            Channel channel;
            lock (engine.Gate)
            {
                connected = client.State == ClientState.Connected;
                channel = connected ? new Channel(engine, client, options) : throw new SpringtailException(client.FailureCode, client.Explain());
            }

            return SendFirst(channel, message);
        }
        finally
        {
            SpringtailDiagnostics.ConnectDuration.Record(Stopwatch.GetElapsedTime(began).TotalSeconds, new KeyValuePair<string, object?>("springtail.connected", connected));
            activity?.SetStatus(connected ? ActivityStatusCode.Ok : ActivityStatusCode.Error);
            if (!connected)
            {
                engine.Stop();
                client.Abandon();
            }
        }
    }

    private static ChannelEngine NewEngine(IProtocolPeer peer, IDatagramTransport transport, IClock clock)
    {
        return transport is PooledTransport pooled ? new PooledEngine(peer, pooled, clock) : new ChannelEngine(peer, transport, clock);
    }

    // A listener's addresses, the first to be tried first.
    private static async Task<Endpoint[]> ResolveAsync(string host, ChannelOptions options, IDatagramTransport transport, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return transport is PooledTransport pooled ? await HostAddresses.LookUpAsync(host, options, pooled.Sockets, cancellationToken).ConfigureAwait(false) : new[] { transport.Resolve(host) };
    }

    // The blocking call has begun with one address; the others are tried after it.
    static partial void FollowAddresses(string host, ChannelOptions options, ChannelEngine engine, Client client)
    {
        if (engine.Sockets != null)
        {
            engine.AfterStep = new ServerAddresses(host, options, null, engine.Sockets, engine, client).Look;
        }
    }

    // Starts the engine and waits until something holds.
    private static async Task RunUntilAsync(ChannelEngine engine, Func<bool> holds, CancellationToken cancellationToken)
    {
        TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        engine.Arrived = () =>
        {
            if (engine.IsOver || holds())
            {
                done.TrySetResult();
            }
        };
        using (cancellationToken.UnsafeRegister(static (task, token) => ((TaskCompletionSource)task!).TrySetCanceled(token), done))
        {
            engine.Start();
            await done.Task.ConfigureAwait(false);
        }

        engine.Arrived = null;
        engine.ThrowIfFailed();
    }

    partial void Complete(ChannelStatus status)
    {
        if (status.LocalPort == Datagram.OwnSocket)
        {
            status.LocalPort = _engine.Sockets?.NumberOf(Datagram.OwnSocket) ?? 0;
        }

        status.State = Session.ToldState;
        status.AsleepFor = status.State == SessionState.Asleep ? status.AsleepFor : 0;
        status.IsKept = Session.IsKeptForNext;
        status.WasKept = Session.WasKept;
        status.KeyName = _keyNames != null && status.KeyIndex < _keyNames.Length ? _keyNames[status.KeyIndex] : null;
    }
}
