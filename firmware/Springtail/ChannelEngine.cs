using System;
using System.Threading;
using Springtail.Packets;
using Springtail.Sessions;
using Springtail.Transport;

namespace Springtail;

/// <summary>
/// The thread that runs a protocol peer over a transport. Everything that touches the peer holds <see cref="Gate"/>;
/// <see cref="Changed"/> tells waiting applications to look again.
/// </summary>
internal partial class ChannelEngine
{
    // Waits are cut to this, since an application may give the peer an earlier deadline meanwhile, in ms.
    private const int LongestWait = 20;

    // Long enough for two repeats of a lost packet on a quick network, in ms.
    private const int LingerTime = 600;

    // Datagrams that are taken in at one go.
    private const int Batch = 32;

    private readonly Driver _driver;
    private readonly IDatagramTransport _transport;
    private Thread _thread;
    private bool _stopped;
    private Exception _failure;

    public ChannelEngine(IProtocolPeer peer, IDatagramTransport transport, IClock clock)
    {
        _driver = new Driver(peer, transport, clock);
        _transport = transport;
        Clock = clock;
    }

    public object Gate { get; } = new object();

    public IClock Clock { get; }

    /// <summary>Set after each step. Waiters look again and wait on; a set that another waiter took costs at most one short wait.</summary>
    public AutoResetEvent Changed { get; } = new AutoResetEvent(false);

    public Driver Driver => _driver;

    public virtual void Start()
    {
        lock (Gate)
        {
            Flush();
        }

        _thread = new Thread(Run);
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
        }
    }

    /// <summary>True once its thread serves nobody any more.</summary>
    public bool IsStopped => _stopped;

    /// <summary>When a wait of that many ms is over; of less than 0, never.</summary>
    public long EndOf(int timeout)
    {
        return timeout < 0 ? long.MaxValue : Clock.Now + timeout;
    }

    /// <summary>Waits for a change, at most that many ms.</summary>
    /// <exception cref="SpringtailException">TERMINATED when the thread has failed (the memory is full, say): nothing will change any more.</exception>
    public void Wait(long timeout)
    {
        if (_failure != null)
        {
            throw new SpringtailException(ErrorCode.Terminated, "The channel's thread has failed: " + _failure.Message);
        }

        Changed.WaitOne(timeout > LongestWait ? LongestWait : (int)timeout, false);
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

        _transport.Wake();
        if (_thread != null && _thread != Thread.CurrentThread)
        {
            _thread.Join();
        }

        _driver.ClosePorts();
        _transport.Dispose();
        Changed.Set();
    }

    private void Run()
    {
        try
        {
            Serve();
        }
        catch (Exception e)
        {
            _failure = e;
            Changed.Set();
        }
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
            }

            _transport.Wait(wait > LongestWait ? LongestWait : wait);
            lock (Gate)
            {
                if (_stopped)
                {
                    return;
                }

                // What has come meanwhile is taken in as well before others get their turn.
                int taken = 0;
                BeginSending();
                while (taken < Batch && _driver.Receive())
                {
                    taken++;
                }

                _driver.Flush();
                EndSending();
            }

            Changed.Set();
        }
    }

    // Around all that sends: on a desktop, datagrams that go the same way leave together.
    partial void BeginSending();

    partial void EndSending();
}
