#nullable enable
using System;
using System.Collections.Generic;
using System.Runtime.CompilerServices;
using System.Threading;
using System.Threading.Tasks;
using Springtail.Sessions;

namespace Springtail;

// The desktop's calls: none of them blocks a thread.
public sealed partial class ChannelListener : IAsyncDisposable
{
    // How long it is waited for channels to come to a point where they can be kept, and how often that is looked at, in ms.
    private const int KeepingTime = 5000;
    private const int KeepingStep = 20;

    private readonly LinkedList<Waiter<Session?>> _acceptors = new();
    private readonly LinkedList<Waiter<bool>> _closers = new();
    private bool _isClosing;

    /// <summary>Waits for a peer. Several calls at once get theirs in their order.</summary>
    /// <param name="cancellationToken">Cancels the call; a peer that comes then is the next call's.</param>
    /// <returns>A channel that is established, or null once the listener was closed or disposed of.</returns>
    /// <exception cref="SpringtailException">AUTHENTICATION_FAILED when the token is dead: three exchanges with it came to nothing.</exception>
    public async ValueTask<Channel?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Waiter<Session?> waiter = new(_engine.Gate);
        lock (_engine.Gate)
        {
            waiter.WaitIn(_acceptors, cancellationToken);
            LookForPeers();
        }

        Session? session = await waiter.Task.ConfigureAwait(false);
        return session == null ? null : NewChannel(session);
    }

    /// <summary>The peers that come, one after the other, until the listener is closed or disposed of.</summary>
    /// <param name="cancellationToken">Ends the enumeration with an <see cref="OperationCanceledException"/>; a peer that comes then is the next call's.</param>
    /// <exception cref="SpringtailException">AUTHENTICATION_FAILED when the token is dead: three exchanges with it came to nothing.</exception>
    public async IAsyncEnumerable<Channel> AcceptAllAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        while (await AcceptAsync(cancellationToken).ConfigureAwait(false) is { } channel)
        {
            yield return channel;
        }
    }

    /// <summary>
    /// Closes all its channels in order, each as <see cref="Channel.CloseAsync"/> does, then its ports. Takes at most about 40 s. With
    /// <see cref="ChannelOptions.State"/> it keeps them for the listener that comes next, unless <see cref="ChannelOptions.KeepSessions"/> is false. It then waits
    /// up to 5 s for messages of which the application has handed over a part, and for those that it holds and acknowledges by hand. A channel that still has
    /// such a message by then is not kept; its peer sends again what was not received.
    /// </summary>
    /// <param name="cancellationToken">Ends at once what has not closed by then.</param>
    /// <exception cref="System.IO.IOException">Channels could not be kept.</exception>
    public async Task CloseAsync(CancellationToken cancellationToken = default)
    {
        if (_options.KeepsSessions && !_engine.IsOver)
        {
            await KeepAsync(cancellationToken).ConfigureAwait(false);
            return;
        }

        Waiter<bool> waiter = new(_engine.Gate);
        lock (_engine.Gate)
        {
            _isClosing = true;
            Server.Close(_engine.Clock.Now);
            waiter.WaitIn(_closers, cancellationToken);
            _engine.Flush();
            LookForPeers();
        }

        try
        {
            await waiter.Task.ConfigureAwait(false);

            // A peer repeats its FIN when the acknowledgment was lost, and once the socket is closed it would get no answer.
            await Task.Delay(ChannelEngine.LingerTime, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
        }

        Dispose();
    }

    /// <summary>Closes it in order, as <see cref="CloseAsync"/> does. To end it at once, call <see cref="Dispose"/>.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_engine.IsOver)
        {
            await CloseAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Serves one more PSK from now on.</summary>
    /// <param name="psk">16 to 64 bytes from a good random source, of which a copy is made.</param>
    /// <param name="name">For <see cref="ChannelStatus.KeyName"/>; null for none.</param>
    /// <returns>Its place, the <see cref="ChannelStatus.KeyIndex"/> of its channels: that of a key that was removed, or a new one.</returns>
    /// <exception cref="ArgumentException">It is no PSK, it is there already, or it is more than the 256 that <see cref="ChannelOptions.Discovery"/> takes.</exception>
    /// <exception cref="InvalidOperationException">The listener serves a token.</exception>
    /// <exception cref="ObjectDisposedException">The listener is closed.</exception>
    /// <exception cref="System.IO.IOException">What was kept of this key's channels cannot be read from <see cref="ChannelOptions.State"/>.</exception>
    public int AddKey(byte[] psk, string? name = null)
    {
        ChannelOptions.ValidatePsk(psk);
        lock (_engine.Gate)
        {
            RequireKeys();
            if (Server.PlaceOf(psk) >= 0)
            {
                throw new ArgumentException("The listener serves this PSK already.", nameof(psk));
            }

            int place = Server.AddKey(psk);
            SetName(place, name);
            Server.TakeUpKept(place, _engine.Clock.Now, _engine.Clock.UtcNow);
            _engine.Flush();
            LookForPeers();
            return place;
        }
    }

    /// <summary>Stops serving a PSK. Its channels end at once, and their peers are told; a peer that holds only this key gets no answer any more.</summary>
    /// <param name="psk">The PSK.</param>
    /// <returns>True when it was one of this listener's; otherwise false.</returns>
    /// <exception cref="InvalidOperationException">The listener serves a token.</exception>
    /// <exception cref="ObjectDisposedException">The listener is closed.</exception>
    public bool RemoveKey(byte[] psk)
    {
        ChannelOptions.ValidatePsk(psk);
        lock (_engine.Gate)
        {
            RequireKeys();
            int place = Server.PlaceOf(psk);
            if (place < 0)
            {
                return false;
            }

            Server.RemoveKey(place, _engine.Clock.Now);
            SetName(place, null);
            _engine.Flush();
            LookForPeers();
            return true;
        }
    }

    /// <summary>True until it is closed or disposed of, or has failed.</summary>
    public bool IsListening => !_engine.IsOver;

    /// <summary>How the listener stands at this moment.</summary>
    public ListenerStatus Status
    {
        get
        {
            lock (_engine.Gate)
            {
                return new ListenerStatus(Server, _engine.Driver.PortsTaken);
            }
        }
    }

    /// <summary>The ports that it wants before there is a session, the discovery port last, and whether each is open.</summary>
    internal (int Port, bool IsOpen)[] OwnPorts()
    {
        lock (_engine.Gate)
        {
            int[] ports = new int[Server.GetPorts(Array.Empty<int>())];
            Server.GetPorts(ports);
            return Array.ConvertAll(ports, p => (p, _engine.Driver.IsOpen(p)));
        }
    }

    /// <summary>The name of a key by its place; null when it has none.</summary>
    internal string? KeyName(int place) => _options.PskNames is { } names && place < names.Length ? names[place] : null;

    private async Task KeepAsync(CancellationToken cancellationToken)
    {
        _isClosing = true;
        _engine.PrepareToKeep();
        long end = _engine.Clock.Now + KeepingTime;
        while (!_engine.IsReadyToKeep && _engine.Clock.Now < end && !cancellationToken.IsCancellationRequested)
        {
            await Task.Delay(KeepingStep, CancellationToken.None).ConfigureAwait(false);
        }

        Server.KeepAtEnd(_engine.Clock.Now, _engine.Clock.UtcNow);
        Dispose();
        if (Server.KeepFailure != null)
        {
            throw Server.KeepFailure;
        }
    }

    partial void Keep(ref bool isKept)
    {
        if (_options.KeepsSessions && !_engine.IsOver)
        {
            KeepAsync(CancellationToken.None).GetAwaiter().GetResult();
            isKept = true;
        }
    }

    private void RequireKeys()
    {
        ObjectDisposedException.ThrowIf(_engine.IsStopped, this);
        if (_options.Token != null)
        {
            throw new InvalidOperationException("A listener with a token serves no PSK.");
        }
    }

    // Into an array of its own: channels that are there keep the names that held when they came.
    private void SetName(int place, string? name)
    {
        string[] names = new string[Math.Max(_options.PskNames?.Length ?? 0, place + 1)];
        _options.PskNames?.CopyTo(names, 0);
        names[place] = name!;
        _options.PskNames = names;
    }

    partial void Attach()
    {
        _engine.Arrived = LookForPeers;
    }

    // Serves those who wait as far as it goes, with the gate held.
    private void LookForPeers()
    {
        while (_acceptors.First is { } first && TryAccept(out Session? session, out SpringtailException? failure))
        {
            first.Value.Leave();
            if (failure != null)
            {
                first.Value.TrySetException(failure);
            }
            else
            {
                first.Value.TrySetResult(session);
            }
        }

        while (_closers.First is { } first && (_engine.IsOver || !Server.HasOpenSessions))
        {
            first.Value.Leave();
            first.Value.TrySetResult(true);
        }
    }

    // True when there is a session, or none will come any more.
    private bool TryAccept(out Session? session, out SpringtailException? failure)
    {
        session = null;
        failure = null;
        try
        {
            if (_engine.IsStopped)
            {
                return true;
            }

            _engine.ThrowIfFailed();
            session = AcceptNow();
        }
        catch (SpringtailException e)
        {
            failure = e;
            return true;
        }

        return session != null || _isClosing;
    }
}
