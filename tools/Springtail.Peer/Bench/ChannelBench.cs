using System;
using System.Diagnostics;
using Springtail.Crypto;
using Springtail.Listening;
using Springtail.Packets;
using Springtail.Sessions;
using Springtail.Transport;

namespace Springtail.Peer.Bench;

/// <summary>
/// A client and a server of the whole channel on one thread, with datagrams that pass through memory: what one core gets
/// done for both sides together. The network's time is its own, so nothing waits.
/// </summary>
internal sealed class ChannelBench
{
    // A handshake or a message that takes longer in the network's time has failed.
    private const long Patience = 60_000;

    private readonly ICryptoCore _core;
    private readonly int _suite;
    private readonly byte[] _psk = new byte[32];
    private readonly MemoryNetwork _network = new(1);
    private readonly MemoryTransport _serverHost;
    private readonly MemoryTransport _clientHost;
    private readonly Server _server;
    private readonly Driver _serverDriver;
    private readonly byte[] _buffer = new byte[1500];
    private readonly Endpoint _from = new();

    public ChannelBench(ICryptoCore core, int suite)
    {
        _core = core;
        _suite = suite;
        core.Random(_psk, 0, _psk.Length);
        _serverHost = _network.Host(1);
        _clientHost = _network.Host(2);
        ChannelOptions options = ChannelOptions.ForServer();
        options.Psk = (byte[])_psk.Clone();
        _server = new Server(core, options, _serverHost.Now, _serverHost.UtcNow);
        _serverDriver = new Driver(_server, _serverHost, _serverHost);
        _serverDriver.Flush();
    }

    /// <summary>Handshakes per second, each from nothing to a session at both ends; key derivation from the PSK included.</summary>
    public double Handshakes(int milliseconds) => Measure(milliseconds).PerSecond;

    /// <summary>The processor time of one of them, both ends.</summary>
    public TimeSpan HandshakeTime(int milliseconds) => Measure(milliseconds).Each;

    /// <summary>Data packets per second from client to server, full ones, sealed, sent, opened, acknowledged, and read.</summary>
    public double Packets(int milliseconds)
    {
        Client client = Connect(out Driver driver, out Session session);
        byte[] message = new byte[DataPayload.FragmentSize], taken = new byte[DataPayload.FragmentSize];
        int count = 0;
        Stopwatch watch = Stopwatch.StartNew();
        do
        {
            long end = _network.Now + Patience;
            int target = count + 100;
            while (count < target)
            {
                while (client.Session.CanSend && client.Session.SendRoom > 0)
                {
                    client.Session.BeginMessage(message.Length, true);
                    client.Session.AppendMessage(message, 0, _network.Now);
                }

                driver.Flush();
                Step(driver, end);
                while (session.NextMessageSize >= 0)
                {
                    session.TakeMessage(taken, 0, _network.Now);
                    count++;
                }
            }
        }
        while (watch.ElapsedMilliseconds < milliseconds);

        double rate = count / watch.Elapsed.TotalSeconds;
        client.Abandon();
        driver.ClosePorts();
        End(session);
        return rate;
    }

    private (double PerSecond, TimeSpan Each) Measure(int milliseconds)
    {
        Connect(out _, out Session first).Abandon();
        End(first);
        int count = 0;
        TimeSpan before = ThreadTime.Now;
        Stopwatch watch = Stopwatch.StartNew();
        do
        {
            Connect(out Driver driver, out Session session).Abandon();
            driver.ClosePorts();
            End(session);
            count++;
        }
        while (watch.ElapsedMilliseconds < milliseconds);

        return (count / watch.Elapsed.TotalSeconds, (ThreadTime.Now - before) / count);
    }

    private Client Connect(out Driver driver, out Session session)
    {
        ChannelOptions options = new() { Psk = (byte[])_psk.Clone(), Suite = _suite, SendBuffers = 64, ReceiveAhead = 64 };
        Client client = new(_core, options, _serverHost.Address, _clientHost.Now, _clientHost.UtcNow);
        driver = new Driver(client, _clientHost, _clientHost);
        driver.Flush();
        long end = _network.Now + Patience;
        Session? accepted = null;
        while ((accepted ??= _server.Accept()) == null || client.State != ClientState.Connected)
        {
            Step(driver, end);
        }

        session = accepted;
        return client;
    }

    // The session's seat is free again once its last packet has gone.
    private void End(Session session)
    {
        session.Abort(ErrorCode.Terminated, _network.Now);
        _serverDriver.Flush();
    }

    private void Step(Driver client, long end)
    {
        if (_network.Now >= end)
        {
            throw new InvalidOperationException("the channel that is measured stands still");
        }

        long idle = Math.Min(client.IdleTime, _serverDriver.IdleTime);
        long next = Math.Min(Math.Min(end, _network.NextArrival), _network.Now + Math.Max(1, idle));
        _network.Advance(Math.Max(next, _network.Now + 1));
        Work(_serverHost, _serverDriver);
        Work(_clientHost, client);
    }

    private void Work(MemoryTransport host, Driver driver)
    {
        int size;
        while ((size = host.Receive(_buffer, _from, out int port, 0)) > 0)
        {
            driver.Take(_buffer, size, _from, port);
        }

        driver.Flush();
    }
}
