using System;
using Springtail.Packets;
using Springtail.Sessions;
using Springtail.Transport;
using Xunit;

namespace Springtail.Tests.Simulation;

/// <summary>A device that saves its session, sleeps, and goes on with it, and what the server has of it.</summary>
internal sealed class Sleeper
{
    private readonly World _world;
    private readonly ChannelOptions _options;
    private Driver _driver;

    public Sleeper(World world, ChannelOptions options, MemoryTransport host)
    {
        _world = world;
        _options = options;
        Host = host;
        Client = new Client(world.Core, options, world.ServerHost.Address, host.Now, host.UtcNow);
        _driver = world.Add(host, Client);
        Session? session = null;
        world.RunUntil(() => (session ??= world.Server.Accept()) != null && Client.State == ClientState.Connected, 60000, "the handshake");
        Far = session!;
    }

    public Client Client { get; private set; }

    public MemoryTransport Host { get; private set; }

    public Session Near => Client.Session;

    public Session Far { get; set; }

    /// <summary>Sends a message and waits until the server has it and has said so.</summary>
    public void Deliver(byte[] message, long limit = 60000)
    {
        Near.BeginMessage(message.Length, true);
        Assert.Equal(message.Length, Near.AppendMessage(message, 0, _world.Now));
        _world.Flush();
        AwaitDelivery(message, limit);
    }

    public void AwaitDelivery(byte[] message, long limit = 60000)
    {
        byte[]? arrived = null;
        _world.RunUntil(
            () => (arrived ??= Link.Take(Far, _world.Now)) != null && Near.AllAcknowledged && Client.State == ClientState.Connected,
            limit,
            () => $"a message; {Client.State}, resume {Client.ResumeCode}, resumed {Client.Resumed}\n  {Link.Describe(Near)}\n  {Link.Describe(Far)}");
        Assert.Equal(message, arrived);
    }

    /// <summary>Announces a sleep, or with 0 none, waits until the session may be saved, and saves it: the device is off the network.</summary>
    public byte[] Save(uint seconds, long limit = 60000)
    {
        Near.AnnounceSleep(seconds, Host.Now);
        _world.Flush();
        _world.RunUntil(() => Near.CanSave, limit, () => $"the save\n  {Link.Describe(Near)}\n  {Link.Describe(Far)}");
        byte[] snapshot = Near.Save(Host.Now, Host.UtcNow);
        Assert.NotNull(snapshot);
        PowerOff();
        return snapshot;
    }

    /// <summary>The device is gone, with all that it had in memory.</summary>
    public void PowerOff() => _world.Remove(_driver);

    /// <summary>The device is there again, with another address when a host is given; it begins a message at once when one is given.</summary>
    public void Wake(byte[]? snapshot, byte[]? message = null, MemoryTransport? host = null)
    {
        Host = host ?? Host;
        Client = new Client(_world.Core, _options, _world.ServerHost.Address, snapshot, Host.Now, Host.UtcNow);
        if (message != null && Client.Resumed)
        {
            Near.BeginMessage(message.Length, true);
            Assert.Equal(message.Length, Near.AppendMessage(message, 0, Host.Now));
        }

        _driver = _world.Add(Host, Client);
    }

    /// <summary>A whole wake: resumes with a reading, which is acknowledged.</summary>
    public void WakeAndDeliver(byte[] snapshot, byte[] message, long limit = 60000)
    {
        Wake(snapshot, message);
        Assert.True(Client.Resumed);
        AwaitDelivery(message, limit);
        Assert.True(Client.Resumed, $"resumed: code {Client.ResumeCode}");
        Assert.Equal(SessionState.Established, Near.State);
    }
}
