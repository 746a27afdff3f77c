using System;
using Springtail.Packets;
using Springtail.Listening;
using Springtail.Sessions;
using Springtail.Transport;

namespace Springtail;

/// <summary>Waits for peers that hold one of its PSKs. Made by <see cref="Listen"/>.</summary>
public sealed class ChannelListener : IDisposable
{
    private readonly ListenerEngine _engine;

    private ChannelListener(ChannelOptions options)
    {
        IClock clock = options.Clock ?? new SystemClock();
        _engine = ListenerEngine.Create(options, options.Transport ?? new UdpTransport(), clock, out Server server);
        Server = server;
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

    /// <summary>The protocol's side of it: counters, sessions. Read-only for applications.</summary>
    public Server Server { get; }

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
            lock (_engine.Gate)
            {
                if (_engine.IsStopped)
                {
                    return null;
                }

                Session session = Server.Accept();
                if (session != null)
                {
                    return new Channel(_engine.EngineOf(session), session, null);
                }

                if (Server.TokenIsDead)
                {
                    throw new SpringtailException(
                        ErrorCode.AuthenticationFailed, "Three attempts with this token have failed: it is dead. Draw a new one; somebody may be guessing.");
                }
            }

            long left = end - _engine.Clock.Now;
            if (left <= 0)
            {
                return null;
            }

            _engine.Wait(left);
        }
    }

    /// <summary>
    /// Closes all its channels in order, each as <see cref="Channel.Close"/> does, then its ports. Takes at most about 40 s.
    /// </summary>
    public void Close()
    {
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
}
