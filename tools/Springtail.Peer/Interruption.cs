using System;
using System.IO;
using System.Runtime.InteropServices;
using System.Threading;

namespace Springtail.Peer;

/// <summary>
/// Ctrl+C, SIGTERM and SIGHUP: the first asks the command to end in order, the second ends the process. An end in order may take long when the other side is
/// slow, and longest when it is gone; so a channel is ended at once after a moment, and whatever waits then, for an answer or on a pipe, ends with the process,
/// within a second in all. A service has the time that it takes.
/// </summary>
internal sealed class Interruption : IDisposable
{
    private static readonly TimeSpan s_moment = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan s_end = TimeSpan.FromMilliseconds(800);

    private readonly PosixSignalRegistration[] _registrations;
    private readonly CancellationTokenSource _cancellation = new();
    private readonly Action _wake;
    private readonly Action? _reload;

    // Null for a service.
    private readonly Timer? _ending;
    private volatile Channel? _channel;
    private volatile bool _asked;
    private readonly bool _hadTerminal;

    /// <param name="wake">Called, from any thread, when the command is to look at <see cref="Asked"/>.</param>
    /// <param name="reload">Called at each SIGHUP, which does not end a service; null where the command is none.</param>
    public Interruption(Action wake, Action? reload = null)
    {
        _wake = wake;
        _reload = reload;
        _hadTerminal = reload != null && !Console.IsErrorRedirected && HasTerminal;
        _ending = reload == null ? new Timer(End) : null;
        _registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, Handle),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, Handle),
            PosixSignalRegistration.Create(PosixSignal.SIGHUP, Handle),
        ];
    }

    public bool Asked => _asked;

    // A terminal that closes sends SIGHUP too, and is gone then.
    private static bool HasTerminal
    {
        get
        {
            try
            {
                using FileStream terminal = new("/dev/tty", FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
                return true;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return false;
            }
        }
    }

    /// <summary>Cancelled when an end was asked for.</summary>
    public CancellationToken Token => _cancellation.Token;

    /// <summary>The channel that is ended a moment after an end was asked for.</summary>
    public Channel? Channel
    {
        set => _channel = value;
    }

    public void Dispose()
    {
        // What was asked for happens, whatever the process still has to wind up.
        if (!_asked)
        {
            _ending?.Dispose();
        }

        foreach (PosixSignalRegistration registration in _registrations)
        {
            registration.Dispose();
        }
    }

    private void Handle(PosixSignalContext context)
    {
        context.Cancel = true;
        if (context.Signal == PosixSignal.SIGHUP && _reload != null && !(_hadTerminal && !HasTerminal))
        {
            _reload();
            return;
        }

        if (_asked)
        {
            Environment.Exit(ExitCode.Interrupted);
        }

        _asked = true;
        _ending?.Change(s_moment, s_end - s_moment);
        _wake();
        _cancellation.Cancel();
    }

    private void End(object? state)
    {
        if (Interlocked.Exchange(ref _channel, null) is { } channel)
        {
            channel.Dispose();
            return;
        }

        Environment.Exit(ExitCode.Interrupted);
    }
}
