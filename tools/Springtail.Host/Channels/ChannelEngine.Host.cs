using System;
using System.Collections.Generic;
using System.Threading;

namespace Springtail;

// On the desktop a caller that waits for something is told when it is there, and the thread sleeps until there is something to do.
internal partial class ChannelEngine
{
    // A blocked thread looks again after this time at the latest, and so does the engine's, should the system's clock have been set, in ms.
    internal const int LongestWait = 500;

    // What has happened to these since the last step is looked at when it ends.
    private List<Channel> _touched = new List<Channel>();
    private List<Channel> _lookedAt = new List<Channel>();

    // Those with somebody who waits, to be told when all is over.
    private readonly HashSet<Channel> _waiting = new HashSet<Channel>();
    private long _sleepsUntil = long.MinValue;

    /// <summary>Called with <see cref="Gate"/> held after each step.</summary>
    public Action AfterStep { get; set; }

    /// <summary>Called with <see cref="Gate"/> held after each step, and at the end: there may be a session to accept.</summary>
    public Action Arrived { get; set; }

    /// <summary>Nothing will change any more.</summary>
    public bool IsOver => _stopped || _failure != null;

    /// <summary>Something has happened to the channel's session. Call it holding <see cref="Gate"/>.</summary>
    public void Touch(Channel channel) => _touched.Add(channel);

    /// <summary>A first caller waits for the channel, or the last one has stopped waiting. Call it holding <see cref="Gate"/>.</summary>
    public void SetWaiting(Channel channel, bool waits)
    {
        if (waits)
        {
            _waiting.Add(channel);
        }
        else
        {
            _waiting.Remove(channel);
        }
    }

    /// <summary>Does what is due; false when it is over.</summary>
    /// <param name="idle">After how many ms the next step is due at the latest.</param>
    protected bool RunStep(out int idle)
    {
        idle = int.MaxValue;
        lock (Gate)
        {
            if (IsOver)
            {
                return false;
            }

            try
            {
                _sleepsUntil = long.MinValue;
                idle = Step() ? 0 : _driver.IdleTime;
                Sleeps(idle);
            }
            catch (Exception e)
            {
                Fail(e);
                return false;
            }
        }

        Changed.Set();
        return true;
    }

    /// <summary>The peer wants to be called in that many ms, earlier than what it said when the engine went to sleep.</summary>
    protected virtual void Rouse(int idle) => Transport.Wake();

    partial void Sleeps(int wait) => _sleepsUntil = Clock.Now + wait;

    partial void Sent()
    {
        Tell();
        int idle = _driver.IdleTime;
        if (Clock.Now + idle < _sleepsUntil)
        {
            _sleepsUntil = long.MinValue;
            Rouse(idle);
        }
    }

    partial void Tell()
    {
        while (_touched.Count > 0)
        {
            (_touched, _lookedAt) = (_lookedAt, _touched);
            bool acted = false;
            foreach (Channel channel in _lookedAt)
            {
                acted |= channel.Look();
            }

            _lookedAt.Clear();
            if (acted)
            {
                _driver.Flush();
            }
        }

        AfterStep?.Invoke();
        Arrived?.Invoke();
    }

    partial void TellAll()
    {
        lock (Gate)
        {
            foreach (Channel channel in new List<Channel>(_waiting))
            {
                channel.Look();
            }

            Arrived?.Invoke();
        }
    }

    partial void Name(Thread thread)
    {
        thread.Name = "Springtail";
        thread.IsBackground = true;
    }
}
