using System;
using System.Threading;

namespace Springtail.Peer.Transfer;

/// <summary>
/// Ctrl+C in a transfer: the other side is told and the channel closed in order, which may take long when the other side is slow, and longest when it
/// is gone; so after a moment it is ended at once.
/// </summary>
internal sealed class TransferInterruption : IDisposable
{
    private static readonly TimeSpan s_moment = TimeSpan.FromSeconds(3);

    private readonly Interruption _interruption;
    private readonly Timer _timer;
    private volatile Channel? _channel;

    public TransferInterruption()
    {
        _timer = new Timer(_ => _channel?.Dispose());
        _interruption = new Interruption(() => _timer.Change(s_moment, Timeout.InfiniteTimeSpan));
    }

    public bool Asked => _interruption.Asked;

    /// <summary>The channel that is ended.</summary>
    public Channel Channel
    {
        set => _channel = value;
    }

    public void Dispose()
    {
        _interruption.Dispose();
        _timer.Dispose();
    }
}
