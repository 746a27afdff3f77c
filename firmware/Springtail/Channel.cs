using System;
using Springtail.Crypto;
using Springtail.Packets;
using Springtail.Sessions;
using Springtail.Transport;

namespace Springtail;

/// <summary>
/// A secure channel to a peer that holds the same PSK. Messages keep their boundaries; a reliable one arrives once and in order.
/// Safe for any number of threads: messages sent at the same time go one after the other, and each that comes in is returned to one caller.
/// </summary>
public sealed partial class Channel : IDisposable
{
    /// <summary>What <see cref="Receive(byte[], int)"/> returns when no message came in time.</summary>
    public const int Nothing = -1;

    /// <summary>What <see cref="Receive(byte[], int)"/> returns when the channel has ended and all messages were taken.</summary>
    public const int Ended = -2;

    /// <summary>
    /// What <see cref="Receive(byte[], int)"/> returns once when the channel goes on with a new session, or with new keys after an emergency
    /// (PROTOCOL.md 14), after all messages from before it: of those that were under way at that moment, in either direction, some may be missing.
    /// <see cref="LostMessages"/> says how many of this side's may be.
    /// </summary>
    public const int Renewed = -3;

    private readonly ChannelEngine _engine;
    private readonly Client _client;
    private Session _session;

    /// <param name="engine">Runs the session's peer.</param>
    /// <param name="session">The session.</param>
    /// <param name="client">The peer, when the engine is this channel's own; otherwise null.</param>
    internal Channel(ChannelEngine engine, Session session, Client client)
    {
        _engine = engine;
        _session = session;
        _client = client;
    }

    // The channel of a client that has just connected.
    private Channel(ChannelEngine engine, Client client, ChannelOptions options)
        : this(engine, client.Session, client)
    {
        Resumed = client.Resumed;
        Begin(options);
    }

    /// <summary>How the channel stands at this moment: its state, window, ports, counters, and why it ended.</summary>
    public ChannelStatus Status
    {
        get
        {
            lock (_engine.Gate)
            {
                ChannelStatus status = new ChannelStatus();
                Session.Describe(status, _engine.Clock.Now);
                Complete(status);
                return status;
            }
        }
    }

    /// <summary>The session; another one after <see cref="Renewed"/>. To be used with the engine's gate held.</summary>
    internal Session Session
    {
        get
        {
            Session session = _session;
            for (Session next = session.MoveOn(); next != null; next = session.MoveOn())
            {
                session = next;
                _session = next;
                Attach();
            }

            return session;
        }
    }

    /// <summary>
    /// How many reliable messages of this side may not have arrived, because a session ended, or gave way to another, before the peer
    /// acknowledged them or one before them. Final once the channel has ended.
    /// </summary>
    public int LostMessages => Session.LostMessages;

    /// <summary>True until either side closes or the session is lost.</summary>
    public bool IsOpen => Session.TakesMessages;

    /// <summary>True when <see cref="Resume"/> went on with the saved session; false when that is lost and this is a new one.</summary>
    public bool Resumed { get; private set; }

    /// <summary>Why <see cref="Resume"/> did not go on with the saved session: see <see cref="Client.ResumeCode"/>. Otherwise 0.</summary>
    public int ResumeCode => _client == null ? 0 : _client.ResumeCode;

    /// <summary>
    /// Connects to a listener. Takes a round trip and the key exchange; at most about a minute when there is no answer. With
    /// <see cref="ChannelOptions.Psks"/> it first discovers which of them the listener holds too, as <see cref="Discover"/> does.
    /// </summary>
    /// <param name="host">Name or address of the listener's host.</param>
    /// <param name="options">The PSK and the rest.</param>
    /// <exception cref="SpringtailException">
    /// TIMEOUT when no handshake succeeded; its message names the likely causes. PSK_NOT_FOUND or DISCOVERY_FAILED when no PSK was discovered.
    /// AUTHENTICATION_FAILED when somebody who does not hold the token answered, or when the token is dead.
    /// </exception>
    /// <exception cref="ArgumentException">An option is wrong, or there is no host.</exception>
    public static Channel Connect(string host, ChannelOptions options)
    {
        return Open(host, options, false, null, null);
    }

    /// <summary>
    /// Goes on with a session that <see cref="Snapshot"/> saved: without a public-key operation, and with two packets sent, of which one has the message. When
    /// that fails, a new session takes its place, as <see cref="Connect"/> makes it: <see cref="Resumed"/> and <see cref="ResumeCode"/> tell. The message then
    /// goes in the new session; if the listener had resumed the old one and only its answers were lost, the message is delivered a second time.
    /// </summary>
    /// <param name="host">Name or address of the listener's host.</param>
    /// <param name="options">The same as before the sleep. Their clock must be one that kept running during the sleep.</param>
    /// <param name="snapshot">From <see cref="Snapshot"/>; it is wiped. One that is null, damaged or too old leads to a new session.</param>
    /// <param name="message">A reliable message to send at once, of not more packets than SendBuffers; null for none.</param>
    /// <exception cref="SpringtailException">TIMEOUT when no handshake succeeded either; its message names the likely causes.</exception>
    /// <exception cref="ArgumentException">An option is wrong, or the message is too large.</exception>
    public static Channel Resume(string host, ChannelOptions options, byte[] snapshot, byte[] message)
    {
        return Open(host, options, true, snapshot, message);
    }

    private static void Require(string host, ChannelOptions options)
    {
        if (string.IsNullOrEmpty(host) || options == null)
        {
            throw new ArgumentException("A host and options are needed.");
        }
    }

    // The message is null afterwards when the saved session has taken it.
    private static Client NewClient(ICryptoCore core, ChannelOptions options, Endpoint server, IClock clock, bool resume, byte[] snapshot, ref byte[] message)
    {
        if (message != null && message.Length > options.SendBuffers * DataPayload.FragmentSize)
        {
            throw new ArgumentException("The message has more packets than SendBuffers.");
        }

        Client client = resume ? new Client(core, options, server, snapshot, clock.Now, clock.UtcNow) : new Client(core, options, server, clock.Now, clock.UtcNow);
        if (client.Resumed && message != null)
        {
            client.Session.BeginMessage(message.Length, true);
            client.Session.AppendMessage(message, 0, clock.Now);
            message = null;
        }

        return client;
    }

    // What no saved session has taken goes in the new one, which has room for it.
    private static Channel SendFirst(Channel channel, byte[] message)
    {
        try
        {
            if (message != null)
            {
                channel.Send(message);
            }

            return channel;
        }
        catch
        {
            channel.Dispose();
            throw;
        }
    }

    private static Channel Open(string host, ChannelOptions options, bool resume, byte[] snapshot, byte[] message)
    {
        Require(host, options);
        options = options.Freeze();
        IClock clock = options.Clock ?? new SystemClock();
        IDatagramTransport transport = options.Transport ?? DefaultTransport.Create(options);
        Client client;
        try
        {
            ICryptoCore core = options.Crypto ?? CryptoCore.Default;
            Endpoint server = transport.Resolve(host);
            if (ChannelDiscovery.IsNeeded(options))
            {
                options.KeyIndex = ChannelDiscovery.Run(options, transport, clock, server, long.MaxValue);
                options.Psk = options.Psks[options.KeyIndex];
            }

            client = NewClient(core, options, server, clock, resume, snapshot, ref message);
        }
        catch
        {
            transport.Dispose();
            throw;
        }

        ChannelEngine engine = new ChannelEngine(client, transport, clock);
        FollowAddresses(host, options, engine, client);
        engine.Start();
        Channel channel = null;
        while (true)
        {
            lock (engine.Gate)
            {
                if (client.State == ClientState.Connected)
                {
                    channel = new Channel(engine, client, options);
                    break;
                }

                if (client.State == ClientState.Failed)
                {
                    break;
                }
            }

            engine.Wait(long.MaxValue);
        }

        if (channel != null)
        {
            return SendFirst(channel, message);
        }

        engine.Stop();
        throw new SpringtailException(client.FailureCode, client.Explain());
    }

#if !NANOFRAMEWORK_1_0
    /// <summary>Opens a listener's ports. On a device that is <see cref="ChannelListener.Listen"/>, in an assembly that others need not carry.</summary>
    /// <exception cref="ArgumentException">An option is wrong.</exception>
    public static ChannelListener Listen(ChannelOptions options) => ChannelListener.Listen(options);

#endif
    /// <summary>Asks a listener of the PSK for the time, for a device that has none yet (PROTOCOL.md 11).</summary>
    /// <param name="host">Name or address of the listener's host.</param>
    /// <param name="options">The PSK and the discovery port.</param>
    /// <param name="timeout">How long to ask, in ms.</param>
    /// <returns>UTC in ms since 1970, good to half a round trip.</returns>
    /// <exception cref="SpringtailException">TIMEOUT when there was no answer.</exception>
    public static long AskClock(string host, ChannelOptions options, int timeout)
    {
        Require(host, options);
        IClock clock = options.Clock ?? new SystemClock();
        IDatagramTransport transport = options.Transport ?? DefaultTransport.Create(options);
        ClockQuery query;
        try
        {
            Endpoint server = transport.Resolve(host);
            server.Port = options.DiscoveryPort;
            query = new ClockQuery(options.Crypto ?? CryptoCore.Default, options, server, clock.Now);
        }
        catch
        {
            transport.Dispose();
            throw;
        }

        ChannelEngine engine = new ChannelEngine(query, transport, clock);
        long end = clock.Now + timeout;
        engine.Start();
        bool done = false;
        while (!done && clock.Now < end)
        {
            engine.Wait(end - clock.Now);
            lock (engine.Gate)
            {
                done = query.Done;
            }
        }

        engine.Stop();
        if (!done)
        {
            throw new SpringtailException(ErrorCode.Timeout, "No clock answered: is the peer listening with this PSK, and is its discovery port (UDP) open?");
        }

        return query.UtcBase + clock.Now;
    }

    /// <summary>
    /// Asks a listener which of the PSKs it holds too (PROTOCOL.md 15). The listener learns which one that is, and neither side learns anything of the others.
    /// Takes two round trips; 5 s for each of three attempts when there is no answer.
    /// </summary>
    /// <param name="host">Name or address of the listener's host.</param>
    /// <param name="options">The PSKs, the preferred ones first, the discovery and its port.</param>
    /// <param name="timeout">How long to ask at most, in ms.</param>
    /// <returns>The place of the PSK in <see cref="ChannelOptions.Psks"/>, the first that both hold.</returns>
    /// <exception cref="SpringtailException">PSK_NOT_FOUND when the listener holds none of them; DISCOVERY_FAILED when it did not answer, or proved nothing.</exception>
    /// <exception cref="ArgumentException">An option is wrong.</exception>
    public static int Discover(string host, ChannelOptions options, int timeout)
    {
        Require(host, options);
        IDatagramTransport transport = options.Transport ?? DefaultTransport.Create(options);
        try
        {
            return ChannelDiscovery.Run(options, transport, options.Clock ?? new SystemClock(), transport.Resolve(host), timeout);
        }
        finally
        {
            transport.Dispose();
        }
    }

    /// <summary>Sends a reliable message; waits while the buffers are full.</summary>
    /// <exception cref="SpringtailException">TERMINATED when the channel has ended, STATE_INVALID when it is closing, MESSAGE_TOO_LARGE.</exception>
    /// <exception cref="ArgumentException">There is no message.</exception>
    public void Send(byte[] message)
    {
        Send(message, 0, message == null ? 0 : message.Length, true);
    }

    /// <summary>Sends a message; waits while the buffers are full.</summary>
    /// <param name="buffer">Holds the message.</param>
    /// <param name="offset">Where it begins.</param>
    /// <param name="count">Its length in bytes, 0 to 291 975.</param>
    /// <param name="reliable">Repeat it until it is acknowledged, and deliver it in order; otherwise it is sent once.</param>
    /// <exception cref="SpringtailException">TERMINATED when the channel has ended, STATE_INVALID when it is closing, MESSAGE_TOO_LARGE.</exception>
    /// <exception cref="ArgumentException">The range is not inside the buffer.</exception>
    public void Send(byte[] buffer, int offset, int count, bool reliable)
    {
        if (buffer == null || offset < 0 || count < 0 || offset > buffer.Length - count)
        {
            throw new ArgumentException("The range is not inside the buffer.");
        }

        Session begun = null;
        int taken = 0;
        while (true)
        {
            lock (_engine.Gate)
            {
                Session session = Session;
                if (session.IsOver)
                {
                    throw new SpringtailException(ErrorCode.Terminated, "The channel ended before the message was sent.");
                }

                // While another thread's message is begun, this one waits.
                if (begun == null && !session.InMessage)
                {
                    session.BeginMessage(count, reliable);
                    begun = session;
                }

                // What is begun goes on in a session that continues this one.
                if (begun != null && begun != session && session.InMessage)
                {
                    begun = session;
                }

                if (begun == session)
                {
                    taken += session.AppendMessage(buffer, offset + taken, _engine.Clock.Now);
                    _engine.Flush();
                    if (!session.InMessage)
                    {
                        return;
                    }
                }
                else if (begun != null)
                {
                    // A part of it went with a session that the peer has lost: it is one of the messages that are lost.
                    return;
                }

                LookedForRoom();
            }

            Wait(long.MaxValue);
        }
    }

    /// <summary>Waits for a message and copies it to the buffer.</summary>
    /// <param name="buffer">Takes the message.</param>
    /// <param name="timeout">How long to wait, in ms; -1 for as long as it takes.</param>
    /// <returns>The message's size in bytes, <see cref="Nothing"/>, <see cref="Renewed"/> or <see cref="Ended"/>.</returns>
    /// <exception cref="SpringtailException">MESSAGE_TOO_LARGE when the buffer is too small; the message stays.</exception>
    /// <exception cref="ArgumentException">There is no buffer.</exception>
    public int Receive(byte[] buffer, int timeout)
    {
        if (buffer == null)
        {
            throw new ArgumentException("The range is not inside the buffer.");
        }

        long end = _engine.EndOf(timeout);
        while (true)
        {
            lock (_engine.Gate)
            {
                Session session = Session;
                int size = session.NextMessageSize;
                if (size >= 0)
                {
                    if (size > buffer.Length)
                    {
                        throw new SpringtailException(ErrorCode.MessageTooLarge, "The next message has " + size.ToString() + " bytes: the buffer is too small.");
                    }

                    session.TakeMessage(buffer, 0, _engine.Clock.Now);
                    _engine.Flush();
                    return size;
                }

                if (session.TakeRenewal())
                {
                    return Renewed;
                }

                if (session.IsOver)
                {
                    return Ended;
                }

                LookedForMessage();
            }

            long left = end - _engine.Clock.Now;
            if (left <= 0)
            {
                return Nothing;
            }

            Wait(left);
        }
    }

    /// <summary>Waits until the peer has acknowledged every reliable message so far.</summary>
    /// <param name="timeout">How long to wait, in ms; -1 for as long as it takes.</param>
    /// <returns>True when it has; false when it did not in time, or the channel ended first.</returns>
    public bool WaitForAcknowledgments(int timeout)
    {
        long end = _engine.EndOf(timeout);
        while (true)
        {
            lock (_engine.Gate)
            {
                if (Session.AllAcknowledged)
                {
                    return true;
                }

                if (Session.IsOver)
                {
                    return false;
                }

                Looked();
            }

            long left = end - _engine.Clock.Now;
            if (left <= 0)
            {
                return false;
            }

            Wait(left);
        }
    }

    /// <summary>
    /// Closes in order: what was sent is delivered first. Waits until the peer has closed too, at most about 40 s.
    /// </summary>
    /// <returns>How many reliable messages were not acknowledged; 0 when all went well.</returns>
    public int Close()
    {
        lock (_engine.Gate)
        {
            Session.Close(_engine.Clock.Now);
            _engine.Flush();
        }

        while (true)
        {
            lock (_engine.Gate)
            {
                if (Session.IsOver)
                {
                    return Session.LostMessages;
                }

                Looked();
            }

            Wait(long.MaxValue);
        }
    }

    /// <summary>
    /// Saves the session, for <see cref="Resume"/> after a sleep, and ends the channel without a packet. Waits until what was sent is acknowledged
    /// and no rekey is under way, and tells the listener of the sleep, which then keeps the session for that time, a tenth and a minute more.
    /// </summary>
    /// <param name="sleepSeconds">How long the device will sleep; 0 tells the listener nothing: it keeps the session as long as one that is silent.</param>
    /// <param name="timeout">How long to wait at most, in ms; -1 for as long as it takes.</param>
    /// <returns>
    /// The snapshot, which holds the session's keys: keep it where only this device reads it, and once. Null when there was not enough time, a message
    /// came in that is to be received first, or the channel has ended; otherwise it stays open.
    /// </returns>
    /// <exception cref="SpringtailException">STATE_INVALID on a listener's channel.</exception>
    /// <exception cref="ArgumentException">A sleep of less than 0 seconds.</exception>
    public byte[] Snapshot(int sleepSeconds, int timeout)
    {
        long end = _engine.EndOf(timeout);
        lock (_engine.Gate)
        {
            BeginSave(sleepSeconds);
            _engine.Flush();
        }

        while (true)
        {
            byte[] snapshot;
            long left;
            lock (_engine.Gate)
            {
                long now = _engine.Clock.Now;
                left = end - now;
                snapshot = Session.Save(now, _engine.Clock.UtcNow);
                if (snapshot == null && (left <= 0 || Session.NextMessageSize >= 0 || !IsOpen))
                {
                    Session.AnnounceSleep(0, now);
                    return null;
                }

                Looked();
            }

            if (snapshot != null)
            {
                _engine.Stop();
                _client.Abandon();
                return snapshot;
            }

            Wait(left);
        }
    }

    private void BeginSave(int sleepSeconds)
    {
        if (Session.IsServer)
        {
            throw new SpringtailException(ErrorCode.StateInvalid, "Only the side that connected can save a session.");
        }

        if (sleepSeconds < 0)
        {
            throw new ArgumentException("A sleep has 0 seconds or more.");
        }

        Session.AnnounceSleep((uint)sleepSeconds, _engine.Clock.Now);
    }

    /// <summary>Ends the channel at once: the peer is told with one packet unless it has closed, the keys are wiped.</summary>
    public void Dispose() => Finish(true);

    private void Finish(bool linger)
    {
        lock (_engine.Gate)
        {
            if (Session.State != SessionState.Closed)
            {
                Session.Abort(ErrorCode.Terminated, _engine.Clock.Now);
                _engine.Flush();
            }
        }

        if (_client != null)
        {
            if (linger && !_engine.IsStopped && Session.State == SessionState.Closed)
            {
                _engine.Linger();
            }

            _engine.Stop();
            lock (_engine.Gate)
            {
                _client.Abandon();
            }
        }

        lock (_engine.Gate)
        {
            Session.DropMessages();
        }
    }

    // Of the desktop, where it is told what happens to its session; otherwise it waits for any change of the engine's.
    partial void Attach();

    // On a desktop: the thread has seen the session as it is now, with what the thread itself did; it waits for what comes after, or for that alone.
    partial void Looked();

    partial void LookedForRoom();

    partial void LookedForMessage();

    static partial void FollowAddresses(string host, ChannelOptions options, ChannelEngine engine, Client client);

    partial void Complete(ChannelStatus status);
}
