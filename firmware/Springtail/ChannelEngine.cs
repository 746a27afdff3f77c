using System;
using System.Threading;
using Springtail.Packets;
using Springtail.Sessions;
using Springtail.Transport;

namespace Springtail;

/// <summary>
/// Runs a protocol peer over a transport, on a thread of its own. Everything that touches the peer holds <see cref="Gate"/>;
/// <see cref="Changed"/> tells waiting applications to look again.
/// </summary>
internal partial class ChannelEngine
{
    // Long enough for two repeats of a lost packet on a quick network, in ms.
    internal const int LingerTime = 600;

    // Datagrams that are received in one step.
    private const int Batch = 32;

    private readonly Driver _driver;
    private Thread _thread;
    private bool _stopped;
    private Exception _failure;

    public ChannelEngine(IProtocolPeer peer, IDatagramTransport transport, IClock clock)
    {
        _driver = new Driver(peer, transport, clock);
        LookAhead(peer);
    }

    public object Gate => this;

    public IClock Clock => _driver.Clock;

    /// <summary>Set after each step. Waiters look again and wait on; a set that another waiter took costs at most one short wait.</summary>
    public AutoResetEvent Changed { get; } = new AutoResetEvent(false);

    public Driver Driver => _driver;

    private IDatagramTransport Transport => _driver.Transport;

    public virtual void Start()
    {
        lock (Gate)
        {
            Flush();
        }

        _thread = new Thread(Run);
        Name(_thread);
        _thread.Start();
    }

    /// <summary>Sends what the application's call gave the peer to send. Call it holding <see cref="Gate"/>.</summary>
    public void Flush()
    {
        if (!_stopped && _failure == null)
        {
            BeginSending();
            _driver.Flush();
            EndSending();
            Sent();
        }
    }

    /// <summary>True once it serves no channel or listener any more.</summary>
    public bool IsStopped => _stopped;

    /// <summary>When a wait of that many ms is over; of less than 0, never.</summary>
    public long EndOf(int timeout)
    {
        return timeout < 0 ? long.MaxValue : Clock.Now + timeout;
    }

    /// <summary>Waits for a change, at most that many ms; not at all when the end was passed meanwhile.</summary>
    /// <exception cref="SpringtailException">TERMINATED when the thread has failed (the memory is full, say): nothing will change any more.</exception>
    public void Wait(long timeout)
    {
        ThrowIfFailed();
        if (timeout > 0)
        {
            Changed.WaitOne(timeout > LongestWait ? LongestWait : (int)timeout, false);
        }
    }

    /// <exception cref="SpringtailException">TERMINATED when the thread has failed (the memory is full, say): nothing will change any more.</exception>
    public void ThrowIfFailed()
    {
        if (_failure != null)
        {
            throw new SpringtailException(ErrorCode.Terminated, "The channel's thread has failed: " + _failure.Message);
        }
    }

    /// <summary>
    /// Goes on for a moment after a close: a peer repeats its FIN when the acknowledgment was lost, and once the socket is closed nobody
    /// would answer.
    /// </summary>
    public void Linger()
    {
        long end = Clock.Now + LingerTime;
        while (Clock.Now < end && _failure == null)
        {
            Wait(end - Clock.Now);
        }
    }

    public virtual void Stop()
    {
        lock (Gate)
        {
            _stopped = true;
        }

        Transport.Wake();
        if (_thread != null && _thread != Thread.CurrentThread)
        {
            _thread.Join();
        }

        Release();
    }

    private void Release()
    {
        _driver.ClosePorts();
        Transport.Dispose();
        Changed.Set();
        TellAll();
    }

    private void Run()
    {
        try
        {
            Serve();
        }
        catch (Exception e)
        {
            Fail(e);
        }
    }

    /// <summary>Nothing will change any more, since what runs it has failed.</summary>
    public void Fail(Exception e)
    {
        _failure = e;
        Changed.Set();
        TellAll();
    }

    private void Serve()
    {
        while (true)
        {
            int wait;
            lock (Gate)
            {
                if (_stopped)
                {
                    return;
                }

                wait = _driver.IdleTime;
                wait = wait > LongestWait ? LongestWait : wait;
                Sleeps(wait);
            }

            Transport.Wait(wait);
            lock (Gate)
            {
                if (_stopped)
                {
                    return;
                }

                Step();
            }

            Changed.Set();
        }
    }

    // What has come meanwhile is taken in as well before others get their turn. True when there may be more.
    private bool Step()
    {
        int taken = 0;
        BeginSending();
        while (taken < Batch && _driver.Receive())
        {
            taken++;
        }

        if (taken == 0)
        {
            _driver.Flush();
        }

        Tell();
        EndSending();
        return taken == Batch;
    }

    // On a desktop: the peer can see whether more datagrams have come.
    partial void LookAhead(IProtocolPeer peer);

    // Around all that sends: on a desktop, datagrams that go the same way leave together.
    partial void BeginSending();

    partial void EndSending();

    // On a desktop: the application's call may have given the peer an earlier deadline than the one that the thread sleeps until.
    partial void Sleeps(int wait);

    partial void Sent();

    // On a desktop: those who wait for something, of this step, or at the end.
    partial void Tell();

    partial void TellAll();

    partial void Name(Thread thread);
}
