using Springtail.Crypto;
using Springtail.Listening;
using Springtail.Sessions;
using Springtail.Transport;

namespace Springtail;

/// <summary>Runs a listener on a desktop: its own thread reads and finds the sessions, which run on others.</summary>
internal sealed class ListenerEngine : ChannelEngine
{
    private readonly IndexedServer _server;

    // The same; null over a transport that is none of sockets: one thread does all.
    private readonly ParallelServer _parallel;

    private ListenerEngine(IndexedServer server, IDatagramTransport transport, IClock clock)
        : base(server, transport, clock)
    {
        _server = server;
        _parallel = server as ParallelServer;
    }

    /// <summary>Makes a listener's engine and its server.</summary>
    public static ListenerEngine Create(ChannelOptions options, IDatagramTransport transport, IClock clock, out Server server)
    {
        ICryptoCore core = options.Crypto ?? CryptoCore.Default;
        IndexedServer indexed = transport is SocketTransport sockets
            ? new ParallelServer(core, options, sockets, clock)
            : new IndexedServer(core, options, clock.Now, clock.UtcNow);
        indexed.TakeUpKept(clock.Now, clock.UtcNow);
        server = indexed;
        return new ListenerEngine(indexed, transport, clock);
    }

    /// <summary>The engine of an accepted session's channel.</summary>
    public ChannelEngine EngineOf(Session session) => _parallel == null ? this : _parallel.EngineOf(session);

    /// <summary>Lets sessions come to a point where they can be kept.</summary>
    public void PrepareToKeep()
    {
        lock (Gate)
        {
            _server.PrepareToKeep();
        }
    }

    /// <summary>True when all that may be kept can be.</summary>
    public bool IsReadyToKeep
    {
        get
        {
            if (_parallel != null)
            {
                return _parallel.IsReadyToKeep;
            }

            lock (Gate)
            {
                return _server.IsReadyToKeep;
            }
        }
    }

    /// <inheritdoc/>
    public override void Start()
    {
        _parallel?.Start(this);
        base.Start();
    }

    /// <inheritdoc/>
    public override void Stop()
    {
        base.Stop();
        _parallel?.Stop();
    }
}
