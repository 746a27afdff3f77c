using System;
using System.Runtime.InteropServices;
using System.Threading;

namespace Springtail.Peer;

/// <summary>Ctrl+C, SIGTERM and SIGHUP: the first asks the command to end in order, the second ends the process.</summary>
internal sealed class Interruption : IDisposable
{
    private readonly PosixSignalRegistration[] _registrations;
    private readonly CancellationTokenSource _cancellation = new();
    private readonly Action _wake;
    private volatile bool _asked;

    /// <param name="wake">Called, from any thread, when the command is to look at <see cref="Asked"/>.</param>
    public Interruption(Action wake)
    {
        _wake = wake;
        _registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, Handle),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, Handle),
            PosixSignalRegistration.Create(PosixSignal.SIGHUP, Handle),
        ];
    }

    public bool Asked => _asked;

    /// <summary>Cancelled when an end was asked for.</summary>
    public CancellationToken Token => _cancellation.Token;

    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
        {
            registration.Dispose();
        }
    }

    private void Handle(PosixSignalContext context)
    {
        context.Cancel = true;
        if (_asked)
        {
            Environment.Exit(ExitCode.Interrupted);
        }

        _asked = true;
        _wake();
        _cancellation.Cancel();
    }
}
