using System;
using System.Threading;
using Springtail.Sessions;
using Springtail.Transport;

namespace Springtail;

/// <summary>
/// Runs a protocol peer without a thread of its own: a step is done on the thread pool when a datagram is there or the peer's deadline has come.
/// </summary>
internal sealed class PooledEngine : ChannelEngine, IThreadPoolWorkItem
{
    private readonly PooledTransport _sockets;
    private readonly Timer _timer;
    private int _scheduled;

    public PooledEngine(IProtocolPeer peer, PooledTransport transport, IClock clock)
        : base(peer, transport, clock)
    {
        _sockets = transport;

        // The channel lives as long as something can happen to it, not as long as somebody's execution context.
        using (ExecutionContext.SuppressFlow())
        {
            _timer = new Timer(static engine => ((PooledEngine)engine).Schedule(), this, Timeout.Infinite, Timeout.Infinite);
        }
    }

    public override void Start()
    {
        _sockets.Ready = Schedule;
        _sockets.Arrived = RunNow;
        lock (Gate)
        {
            Flush();
        }

        Schedule();
    }

    public override void Stop()
    {
        base.Stop();
        _timer.Dispose();
    }

    void IThreadPoolWorkItem.Execute()
    {
        Volatile.Write(ref _scheduled, 0);
        if (RunStep(out int idle))
        {
            Rouse(idle);
            _sockets.Arm();
        }
    }

    /// <inheritdoc/>
    protected override void Rouse(int idle)
    {
        try
        {
            _timer.Change(idle, Timeout.Infinite);
        }
        catch (ObjectDisposedException)
        {
            // It was stopped meanwhile.
        }
    }

    // Without the way over the pool's queue and to another of its threads.
    private void RunNow()
    {
        if (Interlocked.Exchange(ref _scheduled, 1) == 0)
        {
            ((IThreadPoolWorkItem)this).Execute();
        }
    }

    private void Schedule()
    {
        if (Interlocked.Exchange(ref _scheduled, 1) == 0)
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }
}
