using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Security.Cryptography;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Springtail.Hosting;

/// <summary>The listener of a host, and its channels.</summary>
public sealed partial class HostedListener : IHostedService, IDisposable
{
    private readonly SpringtailListenerOptions _options;
    private readonly IChannelHandler _handler;
    private readonly ILoggerFactory _loggers;
    private readonly ILogger _logger;
    private readonly IHostApplicationLifetime _lifetime;
    private readonly ConcurrentDictionary<Channel, Task> _channels = new();
    private readonly ConcurrentDictionary<Channel, Task> _handling = new();
    private readonly TaskCompletionSource _kept = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _draining = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly Dictionary<byte[], string> _keys = new(new SameBytes());
    private ChannelListener? _listener;
    private Task _accepting = Task.CompletedTask;
    private int _overdue;

    /// <param name="options">How it is set up.</param>
    /// <param name="handlers">What handles the channels: exactly one.</param>
    /// <param name="loggers">Where it logs.</param>
    /// <param name="lifetime">The host, which ends when the listener fails.</param>
    /// <exception cref="InvalidOperationException">There is no handler.</exception>
    public HostedListener(IOptions<SpringtailListenerOptions> options, IEnumerable<IChannelHandler> handlers, ILoggerFactory loggers, IHostApplicationLifetime lifetime)
    {
        _options = options.Value;
        _handler = handlers.LastOrDefault() ?? throw new InvalidOperationException("Nobody handles what comes: call Handle on what AddSpringtailListener gave.");
        _loggers = loggers;
        _logger = loggers.CreateLogger("Springtail.Hosting");
        _lifetime = lifetime;
    }

    /// <summary>The channels that have not ended, or whose messages are not all handled yet.</summary>
    public ICollection<Channel> Channels => _channels.Keys;

    /// <summary>True while its ports are open.</summary>
    public bool IsListening => _listener is { IsListening: true };

    /// <summary>How many handlers take longer than <see cref="SpringtailListenerOptions.HandlerTimeout"/> at this moment.</summary>
    public int Overdue => Volatile.Read(ref _overdue);

    /// <summary>The open channel of a peer by the name of its key, the newest one; null when there is none.</summary>
    public Channel? Find(string keyName)
    {
        return _channels.Keys.Where(c => c.IsOpen && c.Status.KeyName == keyName).MaxBy(c => c.OpenedAt);
    }

    /// <summary>
    /// Serves these keys from now on, and no others. New keys are served at once; channels of a key that was removed, or has another name, end, and their peers
    /// are told.
    /// </summary>
    /// <param name="names">The peers' names; one is there twice while its key changes.</param>
    /// <param name="psks">Their keys, in the same order, no two alike.</param>
    /// <exception cref="InvalidOperationException">It does not listen.</exception>
    public void SetKeys(string[] names, byte[][] psks)
    {
        if (_listener == null)
        {
            throw new InvalidOperationException("Keys can be set while it listens.");
        }

        lock (_keys)
        {
            Dictionary<byte[], string> wanted = new(new SameBytes());
            for (int i = 0; i < psks.Length; i++)
            {
                wanted[psks[i]] = names[i];
            }

            foreach (byte[] psk in _keys.Keys.Where(k => !wanted.TryGetValue(k, out string? name) || name != _keys[k]).ToArray())
            {
                _listener.RemoveKey(psk);
                _keys.Remove(psk);
            }

            foreach ((byte[] psk, string name) in wanted.Where(k => !_keys.ContainsKey(k.Key)))
            {
                _listener.AddKey(psk, name);
                _keys[psk] = name;
            }
        }
    }

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        ChannelOptions options = _options.Channel;
        ReadKeys(options);
        options.LoggerFactory ??= _loggers;
        _listener = ChannelListener.Listen(options);
        LogListening(options.PskNames?.Length ?? options.Psks?.Length ?? 1);
        _accepting = AcceptAsync(_listener);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_listener == null)
        {
            return;
        }

        // What a handler works on gets done, then its channel closes: what was sent is still delivered, and what had come is still handled.
        // Who is not done when the host will wait no longer is cancelled.
        using (cancellationToken.UnsafeRegister(static stopping => ((CancellationTokenSource)stopping!).Cancel(), _stopping))
        {
            _draining.Cancel();
            await _accepting.ConfigureAwait(false);
            if (KeepsSessions)
            {
                await KeepAsync(_listener, cancellationToken).ConfigureAwait(false);
            }

            try
            {
                await Task.WhenAll(_channels.Values).WaitAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                // Their peers are told.
                LogLeft(_channels.Count);
                Array.ForEach([.. _channels.Keys], c => c.Dispose());
            }

            await _listener.CloseAsync(cancellationToken).ConfigureAwait(false);
        }

        _stopping.Cancel();
    }

    private bool KeepsSessions => _options.Channel.KeepsSessions;

    // What a handler works on gets done; what comes after it is the next listener's.
    private async Task KeepAsync(ChannelListener listener, CancellationToken cancellationToken)
    {
        try
        {
            await Task.WhenAll(_handling.Values).WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            LogLeft(_handling.Count);
        }

        try
        {
            await listener.CloseAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (IOException e)
        {
            LogNotKept(e);
        }

        _kept.TrySetResult();
    }

    /// <summary>Ends all at once.</summary>
    public void Dispose()
    {
        _stopping.Cancel();
        _listener?.Dispose();
    }

    private void ReadKeys(ChannelOptions options)
    {
        string[] names = [];
        byte[][] psks = [];
        if (_options.KeyFolder is { } path)
        {
            PskFolder folder = PskFolder.Read(path);
            (names, psks) = (folder.Names, folder.Psks);
        }

        foreach ((string name, string hex) in _options.Keys)
        {
            try
            {
                psks = [.. psks, Convert.FromHexString(hex)];
                names = [.. names, name];
            }
            catch (FormatException)
            {
                throw new IOException($"The key of {name} is not an even number of hex digits (section {ServiceCollectionExtensions.Section}:Keys).");
            }
        }

        if (names.Length > 0)
        {
            PskFolder.RequireDistinct(names, psks);
            (options.PskNames, options.Psks) = (names, psks);
        }

        for (int i = 0; i < names.Length; i++)
        {
            _keys[psks[i]] = names[i];
        }

        // Where there is no key yet, a listener for those to come begins with a random one.
        options.Psks = options is { Psk: null, Psks: null, Token: null } ? [RandomNumberGenerator.GetBytes(32)] : options.Psks;
    }

    private async Task AcceptAsync(ChannelListener listener)
    {
        try
        {
            await foreach (Channel channel in listener.AcceptAllAsync(_draining.Token).ConfigureAwait(false))
            {
                Task serving = ServeAsync(channel);
                _channels[channel] = serving;
                _ = serving.ContinueWith((_, c) => _channels.TryRemove((Channel)c!, out Task? _), channel, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            }
        }
        catch (OperationCanceledException)
        {
            // The host stops.
        }
        catch (SpringtailException e)
        {
            LogFailed(e);
            _lifetime.StopApplication();
        }
    }

    private async Task ServeAsync(Channel channel)
    {
        using Work work = new(this, channel);
        Task<bool> handling = HandleAllAsync(channel, work);
        _handling[channel] = handling;
        bool hasEnded = await handling.ConfigureAwait(false);
        _handling.TryRemove(channel, out _);
        if (!hasEnded && KeepsSessions)
        {
            await _kept.Task.ConfigureAwait(false);
        }
        else if (!hasEnded)
        {
            Task closing = channel.CloseAsync(_stopping.Token).AsTask();
            await HandleAsync(channel, work, _stopping.Token).ConfigureAwait(false);
            await Task.WhenAny(closing).ConfigureAwait(false);
        }

        channel.Dispose();
        await work.DoAsync(_ => _handler.EndedAsync(channel, channel.Status)).ConfigureAwait(false);
    }

    private async Task<bool> HandleAllAsync(Channel channel, Work work)
    {
        // Handlers may do anything before they first wait.
        await Task.Yield();
        await work.DoAsync(t => _handler.ConnectedAsync(channel, t)).ConfigureAwait(false);
        return await HandleAsync(channel, work, _draining.Token).ConfigureAwait(false);
    }

    // Handles what comes until the channel has ended; false when that was given up.
    private async Task<bool> HandleAsync(Channel channel, Work work, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (ChannelMessage message in channel.ReceiveAllAsync(cancellationToken).ConfigureAwait(false))
            {
                using Activity? activity = SpringtailDiagnostics.Source.StartActivity("springtail.message", ActivityKind.Consumer);
                activity?.SetTag("springtail.key", channel.Status.KeyName);
                activity?.SetTag("messaging.message.body.size", message.Data.Length);
                await work.DoAsync(t => _handler.ReceivedAsync(channel, message, t)).ConfigureAwait(false);
            }

            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
        catch (SpringtailException)
        {
            // What runs the channel has failed.
            return true;
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Listening for peers with {Keys} keys")]
    private partial void LogListening(int keys);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Channels} channels were not done when the host would wait no longer")]
    private partial void LogLeft(int channels);

    [LoggerMessage(Level = LogLevel.Error, Message = "Channels could not be kept for the next listener")]
    private partial void LogNotKept(Exception exception);

    [LoggerMessage(Level = LogLevel.Critical, Message = "The listener has failed, and the host ends")]
    private partial void LogFailed(Exception exception);

    [LoggerMessage(Level = LogLevel.Error, Message = "A handler has failed; {Key}'s channel goes on")]
    private partial void LogHandlerFailed(Exception exception, string? key);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A handler takes longer than {Timeout} over a message of {Key}; its token was cancelled")]
    private partial void LogHandlerOverdue(TimeSpan timeout, string? key);

    // The handler's work for one channel: one thing at a time, whatever it throws, and for no longer than it may take.
    private sealed class Work : IDisposable
    {
        private readonly HostedListener _owner;
        private readonly Channel _channel;
        private readonly Timer? _timer;
        private CancellationTokenSource _cancellation;
        private readonly Lock _lock = new();
        private bool _isWorking;
        private bool _isOverdue;

        public Work(HostedListener owner, Channel channel)
        {
            _owner = owner;
            _channel = channel;
            _cancellation = NewCancellation();
            _timer = owner._options.HandlerTimeout == null ? null : new Timer(static work => ((Work)work!).TakesLonger(), this, Timeout.Infinite, Timeout.Infinite);
        }

        public async Task DoAsync(Func<CancellationToken, Task> handler)
        {
            Begin();
            try
            {
                await handler(_cancellation.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (_cancellation.IsCancellationRequested)
            {
                // It was asked to.
            }
            catch (Exception e)
            {
                SpringtailDiagnostics.HandlerErrors.Add(1);
                _owner.LogHandlerFailed(e, _channel.Status.KeyName);
            }
            finally
            {
                End();
            }
        }

        public void Dispose()
        {
            _timer?.Dispose();
            _cancellation.Dispose();
        }

        private CancellationTokenSource NewCancellation() => CancellationTokenSource.CreateLinkedTokenSource(_owner._stopping.Token);

        private void TakesLonger()
        {
            CancellationTokenSource cancellation;
            lock (_lock)
            {
                if (_isOverdue || !_isWorking)
                {
                    return;
                }

                _isOverdue = true;
                cancellation = _cancellation;
            }

            Interlocked.Increment(ref _owner._overdue);
            _owner.LogHandlerOverdue(_owner._options.HandlerTimeout!.Value, _channel.Status.KeyName);
            cancellation.Cancel();
        }

        private void Begin()
        {
            lock (_lock)
            {
                _isWorking = true;
                _timer?.Change(_owner._options.HandlerTimeout!.Value, Timeout.InfiniteTimeSpan);
            }
        }

        private void End()
        {
            lock (_lock)
            {
                _isWorking = false;
                _timer?.Change(Timeout.Infinite, Timeout.Infinite);
                if (!_isOverdue)
                {
                    return;
                }

                _isOverdue = false;
                _cancellation = NewCancellation();
            }

            Interlocked.Decrement(ref _owner._overdue);
        }
    }

    // Keys are random, and have at least 16 bytes.
    private sealed class SameBytes : IEqualityComparer<byte[]>
    {
        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(byte[] key) => BitConverter.ToInt32(key);
    }
}
