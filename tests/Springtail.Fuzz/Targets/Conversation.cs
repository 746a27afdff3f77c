using System;
using Springtail.Listening;
using Springtail.Packets;
using Springtail.Sessions;
using Springtail.Tests.Simulation;
using Springtail.Transport;

namespace Springtail.Fuzz;

/// <summary>
/// A client and a listener in virtual time, real keys from a seed, and what a fuzzer does to one of them. Two bytes say how: the number of a step, and
/// with 1 set in the second, that the rest is XORed over the packet which the other side seals as the one of that number, before it is tagged;
/// otherwise the rest arrives as a datagram after that step, at one of the ports.
/// </summary>
internal sealed class Conversation
{
    private const int Steps = 40;
    private const int Header = 2;
    private const int MostMessages = 4;

    private static readonly byte[] s_psk = Convert.FromHexString("157df04f16c4f4939f74eadd7428a543e1a6d4de385dc1a0b16399cf9495656c");

    private readonly MemoryNetwork _net = new(1);
    private readonly MemoryTransport _serverHost;
    private readonly MemoryTransport _clientHost;
    private readonly Server _server;
    private readonly Driver _serverDriver;
    private readonly Driver _clientDriver;
    private readonly byte[] _buffer = new byte[Packet.MaxSize + 1];
    private readonly Endpoint _from = new();
    private readonly HookedCore _serverCore = new(new SteeredCore(1));
    private readonly HookedCore _clientCore = new(new SteeredCore(2));
    private Session? _accepted;
    private int _messages;

    public Conversation()
    {
        _serverHost = _net.Host(1);
        _clientHost = _net.Host(2);
        ChannelOptions listening = ChannelOptions.ForServer();
        listening.Psk = s_psk;
        _server = new IndexedServer(_serverCore, listening, _serverHost.Now, _serverHost.UtcNow);
        Options = new ChannelOptions { Psk = s_psk, Suite = 2, ReceiveAhead = 4, SendBuffers = 4 };
        Client = new Client(_clientCore, Options, _serverHost.Address, _clientHost.Now, _clientHost.UtcNow);
        _serverDriver = new Driver(_server, _serverHost, _serverHost);
        _clientDriver = new Driver(Client, _clientHost, _clientHost);
        _serverDriver.Flush();
        _clientDriver.Flush();
    }

    public Client Client { get; }

    public ChannelOptions Options { get; }

    public MemoryTransport Host => _clientHost;

    public Endpoint Server => _serverHost.Address;

    /// <summary>Plays a handshake and a few messages, with what a fuzzer gives to one side.</summary>
    public static void Play(ReadOnlySpan<byte> input, bool toClient)
    {
        if (input.Length < Header)
        {
            return;
        }

        Conversation conversation = new();
        byte[] bytes = input[Header..].ToArray();
        int number = input[0] % Steps;
        bool altered = (input[1] & 1) != 0;
        if (altered)
        {
            int sealing = number;
            (toClient ? conversation._serverCore : conversation._clientCore).Sealing = (packet, size, _, _) =>
            {
                for (int i = 0; sealing == 0 && i < Math.Min(size - Packet.TagSize, bytes.Length); i++)
                {
                    packet[i] ^= bytes[i];
                }

                sealing--;
            };
        }

        for (int i = 0; i < Steps; i++)
        {
            conversation.Step();
            if (i == number && !altered)
            {
                conversation.Inject(bytes, input[1] >> 1, toClient);
            }
        }

        // What comes without a key changes nothing.
        if (!altered && (conversation.Client.State != ClientState.Connected || conversation._accepted == null))
        {
            throw new FaultException("a datagram without a key keeps a session from being made");
        }
    }

    /// <summary>Lets time go on to where something happens next, or by a second.</summary>
    public void Step()
    {
        long end = Math.Min(_net.Now + 1000, _net.NextArrival);
        foreach (Driver driver in new[] { _serverDriver, _clientDriver })
        {
            int idle = driver.IdleTime;
            end = Math.Min(end, idle == int.MaxValue ? end : _net.Now + idle);
        }

        _net.Advance(Math.Max(end, _net.Now + 1));
        Receive(_serverHost, _serverDriver);
        Receive(_clientHost, _clientDriver);
        if (_accepted == null && (_accepted = _server.Accept()) != null)
        {
            Send(_accepted, _serverHost.Now);
            _serverDriver.Flush();
        }

        Work(_accepted, _serverHost.Now);
        if (Client.State == ClientState.Connected)
        {
            Work(Client.Session, _clientHost.Now);
        }
    }

    // Takes what has come, and answers the first few.
    private void Work(Session? session, long now)
    {
        if (session == null)
        {
            return;
        }

        for (int size; (size = session.NextMessageSize) >= 0;)
        {
            session.TakeMessage(new byte[size], 0, now);
            Send(session, now);
        }
    }

    private void Send(Session session, long now)
    {
        if (session.CanSend && session.SendRoom >= 2 && _messages < MostMessages)
        {
            _messages++;
            byte[] message = new byte[DataPayload.FragmentSize + 5];
            session.BeginMessage(message.Length, true);
            session.AppendMessage(message, 0, now);
        }
    }

    private void Receive(MemoryTransport host, Driver driver)
    {
        for (int size; (size = host.Receive(_buffer, _from, out int port, 0)) > 0;)
        {
            driver.Take(_buffer, size, _from, port);
            driver.Flush();
        }

        driver.Flush();
    }

    private void Inject(byte[] bytes, int place, bool toClient)
    {
        int[] ports = new int[64];
        IProtocolPeer peer = toClient ? Client : _server;
        int count = peer.GetPorts(ports);
        if (count == 0)
        {
            return;
        }

        int size = Math.Min(bytes.Length, _buffer.Length);
        Array.Copy(bytes, _buffer, size);
        _from.CopyFrom(toClient ? _serverHost.Address : _clientHost.Address);
        _from.Port = 40000;
        Driver driver = toClient ? _clientDriver : _serverDriver;
        driver.Take(_buffer, size, _from, ports[place % count]);
        driver.Flush();
    }
}
