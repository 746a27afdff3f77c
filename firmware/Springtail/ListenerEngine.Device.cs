using Springtail.Crypto;
using Springtail.Listening;
using Springtail.Sessions;
using Springtail.Transport;

namespace Springtail;

/// <summary>Runs a listener on a device: one thread does all. A desktop leaves this file out and has its own.</summary>
internal sealed class ListenerEngine : ChannelEngine
{
    private ListenerEngine(Server server, IDatagramTransport transport, IClock clock)
        : base(server, transport, clock)
    {
    }

    /// <summary>Makes a listener's engine and its server.</summary>
    public static ListenerEngine Create(ChannelOptions options, IDatagramTransport transport, IClock clock, out Server server)
    {
        server = new Server(options.Crypto ?? CryptoCore.Default, options, clock.Now, clock.UtcNow);
        return new ListenerEngine(server, transport, clock);
    }

    /// <summary>The engine of an accepted session's channel.</summary>
    public ChannelEngine EngineOf(Session session) => this;
}
