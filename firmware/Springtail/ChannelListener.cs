using System;
using Springtail.Listening;
using Springtail.Packets;
using Springtail.Sessions;
using Springtail.Transport;

namespace Springtail;

/// <summary>Waits for peers that hold one of its PSKs. Made by <see cref="Listen"/>.</summary>
public sealed partial class ChannelListener : IDisposable
{
    private readonly ListenerEngine _engine;
    private readonly ChannelOptions _options;

    private ChannelListener(ChannelOptions options)
    {
        options = options.Freeze();
        _options = options;
        IClock clock = options.Clock ?? new SystemClock();
        _engine = ListenerEngine.Create(options, options.Transport ?? DefaultTransport.Create(options), clock, out Server server);
        Server = server;
        Attach();
        _engine.Start();
    }

    /// <summary>Opens a listener's ports.</summary>
    /// <exception cref="ArgumentException">An option is wrong.</exception>
    public static ChannelListener Listen(ChannelOptions options)
    {
        if (options == null)
        {
            throw new ArgumentException("Options are needed.");
        }

        return new ChannelListener(options);
    }

    /// <summary>The protocol's side of it. To be used with the engine's gate held.</summary>
    internal Server Server { get; }

    /// <summary>How many ports could not be opened so far, because something else has them.</summary>
    public int PortsTaken => _engine.Driver.PortsTaken;

    /// <summary>Waits for a peer.</summary>
    /// <param name="timeout">How long to wait, in ms; -1 for as long as it takes.</param>
    /// <returns>A channel that is established, or null when none came in time or the listener was disposed.</returns>
    /// <exception cref="SpringtailException">AUTHENTICATION_FAILED when the token is dead: three exchanges with it came to nothing.</exception>
    public Channel Accept(int timeout)
    {
        long end = _engine.EndOf(timeout);
        while (true)
        {
            Session session;
            lock (_engine.Gate)
            {
                if (_engine.IsStopped)
                {
                    return null;
                }

                session = AcceptNow();
            }

            if (session != null)
            {
                return NewChannel(session);
            }

            long left = end - _engine.Clock.Now;
            if (left <= 0)
            {
                return null;
            }

            _engine.Wait(left);
        }
    }

    // A session that is established, or null, with the gate held.
    private Session AcceptNow()
    {
        Session session = Server.Accept();
        if (session == null && Server.TokenIsDead)
        {
            throw new SpringtailException(
                ErrorCode.AuthenticationFailed, "Three attempts with this token have failed: it is dead. Draw a new one; somebody may be guessing.");
        }

        return session;
    }

    // Without the gate, since the engine that runs the session may be another.
    private Channel NewChannel(Session session)
    {
        Channel channel = new Channel(_engine.EngineOf(session), session, null);
        channel.Begin(_options);
        return channel;
    }

    /// <summary>
    /// Closes all its channels in order, each as <see cref="Channel.Close"/> does, then its ports. Takes at most about 40 s.
    /// </summary>
    public void Close()
    {
        bool isKept = false;
        Keep(ref isKept);
        if (isKept)
        {
            return;
        }

        lock (_engine.Gate)
        {
            Server.Close(_engine.Clock.Now);
            _engine.Flush();
        }

        bool open = true;
        while (open)
        {
            _engine.Wait(long.MaxValue);
            lock (_engine.Gate)
            {
                open = Server.HasOpenSessions;
            }
        }

        _engine.Linger();
        Dispose();
    }

    /// <summary>Ends all its channels at once, closes its ports and wipes its keys.</summary>
    public void Dispose()
    {
        _engine.Stop();
        lock (_engine.Gate)
        {
            Server.Abandon();
        }
    }

    // Of the desktop, where whoever waits for a peer is told when there is one.
    partial void Attach();

    // Of the desktop, where channels may outlast the listener.
    partial void Keep(ref bool isKept);
}
