using System;
using System.Threading;

namespace Springtail.Peer.Transfer;

/// <summary>
/// Ctrl+C in a transfer: the other side is told and the channel closed in order, which may take long when the other side is slow, and longest when it
/// is gone; so after a moment it is ended at once. Whatever still waits then, on a pipe or for an answer, ends with the process, within a second in all.
/// </summary>
internal sealed class TransferInterruption : IDisposable
{
    private static readonly TimeSpan s_moment = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan s_end = TimeSpan.FromMilliseconds(800);

    private readonly Interruption _interruption;
    private readonly Timer _ending;
    private volatile Channel? _channel;

    public TransferInterruption()
    {
        _ending = new Timer(End);
        _interruption = new Interruption(() => _ending.Change(s_moment, s_end - s_moment));
    }

    public bool Asked => _interruption.Asked;

    /// <summary>The channel that is ended.</summary>
    public Channel Channel
    {
        set => _channel = value;
    }

    public void Dispose()
    {
        // What was asked for comes about, whatever the process still has to wind up.
        if (!Asked)
        {
            _ending.Dispose();
        }

        _interruption.Dispose();
    }

    private void End(object? state)
    {
        if (Interlocked.Exchange(ref _channel, null) is { } channel)
        {
            channel.Dispose();
            return;
        }

        if (!Console.IsErrorRedirected)
        {
            // A live view has hidden the cursor.
            Console.Error.Write("\u001b[?25h");
        }

        Environment.Exit(ExitCode.Interrupted);
    }
}
