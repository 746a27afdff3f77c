using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Threading.Tasks;
using Springtail.Delivery;
using Springtail.Listening;
using Springtail.Packets;
using Springtail.Sessions;
using Springtail.Tests.Simulation;
using Springtail.Transport;
using Xunit;

namespace Springtail.Tests.State;

/// <summary>A listener with a state folder that ends in order keeps its sessions over the restart: nothing is lost (PROTOCOL.md 14.2).</summary>
public sealed class KeptSessionTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("springtail-kept-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_message_of_which_a_part_was_kept_becomes_complete_and_its_copies_are_known()
    {
        Inbox before = new(3, 4);
        Accept(before, messageId: 0, index: 0, count: 1);
        Accept(before, messageId: 1, index: 1, count: 2);
        using MemoryStream kept = new();
        before.Keep(new BinaryWriter(kept));
        kept.Position = 0;
        Inbox after = new(3, 4);
        after.TakeUp(new BinaryReader(kept), 0);

        Assert.Equal(1u, after.Done);
        Assert.Equal(Inbox.Duplicate, after.Check(DataPayload.Reliable, 1, 1, 2, DataPayload.FragmentSize));
        Accept(after, messageId: 1, index: 0, count: 2);
        Assert.Equal(2u, after.Done);

        static void Accept(Inbox inbox, uint messageId, int index, int count)
        {
            byte[] fragment = new byte[DataPayload.FragmentSize];
            Assert.Equal(Inbox.Stored, inbox.Check(DataPayload.Reliable, messageId, index, count, fragment.Length));
            inbox.Accept(Inbox.Stored, DataPayload.Reliable, messageId, index, count, fragment, 0, fragment.Length, 0);
        }
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 2)]
    [InlineData(2, 3)]
    [InlineData(3, 1)]
    public void What_was_under_way_on_both_sides_arrives_once_and_in_order_within_5_s(int suite, int features)
    {
        World world = new(21);
        world.StartServer(Listening());
        Link link = world.Connect(Connecting(features, suite));
        link.Exchange(5, 3000, 20_000);

        // Of three messages of the client's one is taken; the server's do not get to the client.
        Send(link, link.Near, 1, 2, 3);
        world.Run(300);
        Assert.Equal([1], Numbers(link.Server, world.Now, 1));
        world.Net.LossPercent = 100;
        Send(link, link.Server, 11, 12);
        Send(link, link.Near, 4);
        world.Run(200);

        ulong id = link.Near.Id;
        world.RestartServer(Listening());
        world.Net.LossPercent = 0;
        Session kept = world.Server.Accept();
        Assert.Equal((id, SessionState.Recovering), (kept.Id, kept.ToldState));
        Assert.Equal([2, 3], Numbers(kept, world.Now, 9));
        Link anew = new(world, link.Client, kept);
        Send(anew, anew.Server, 13);
        List<byte> up = new();
        List<byte> down = new();
        world.RunUntil(
            () =>
            {
                up.AddRange(Numbers(anew.Server, world.Now, 9));
                down.AddRange(Numbers(anew.Near, world.Now, 9));
                return up.Count >= 1 && down.Count >= 3;
            },
            5000 + 2000,
            () => $"up {up.Count}, down {down.Count} {Link.Describe(anew.Near)} {Link.Describe(anew.Server)}");
        Assert.Equal([4], up);
        Assert.Equal([11, 12, 13], down);
        Assert.Equal((0, 0), (anew.Near.LostMessages, anew.Server.LostMessages));
        Assert.NotEqual(id, anew.Near.Id);
        Assert.False(anew.Near.TakeRenewal());
        Assert.False(anew.Server.TakeRenewal());
        anew.Exchange(20, 3000, 20_000);
        Assert.Null(world.Server.Accept());
    }

    /// <summary>The parts of a message that had come before the restart are kept, and only the others come again.</summary>
    [Fact]
    public void A_message_that_has_come_in_part_is_completed_after_the_restart()
    {
        World world = new(22);
        world.StartServer(Listening());
        Link link = world.Connect(Connecting());
        byte[] message = RandomNumberGenerator.GetBytes(4000);
        int sent = 0;
        world.Net.Tap = new Tap(_ => ++sent % 2 == 0);
        Assert.True(link.TrySend(link.Near, message));
        world.Run(120);
        world.Net.Tap = null;
        world.RestartServer(Listening());
        Link anew = new(world, link.Client, world.Server.Accept());
        byte[]? arrived = null;
        world.RunUntil(() => (arrived = Link.Take(anew.Server, world.Now)) != null, 6000, "the message");
        Assert.Equal(message, arrived);
        anew.Exchange(5, 100, 10_000);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_device_that_sleeps_over_the_restart_gets_what_the_listener_had_for_it(bool continues)
    {
        World world = new(23);
        world.StartServer(Listening());
        MemoryTransport host = world.Net.Host(2);
        Client client = new(world.Core, Connecting(), world.ServerHost.Address, world.Now, host.UtcNow);
        Driver driver = world.Add(host, client);
        Session? accepted = null;
        world.RunUntil(() => (accepted ??= world.Server.Accept()) != null && client.State == ClientState.Connected, 5000, "the handshake");
        Link link = new(world, client, accepted!);
        link.Exchange(3, 100, 10_000);
        if (continues)
        {
            world.Net.Tap = Tap.OnlyAHandshake();
            Send(link, link.Near, 7);
            world.RunUntil(() => link.Near.IsContinued && link.Server.NextMessageSize >= 0, 20_000, "another session");
            Assert.Equal([7], Numbers(link.Server, world.Now, 9));
        }

        ulong continued = link.Server.Continues;
        Assert.Equal(continues, continued != 0);
        link.Near.AnnounceSleep(3600, world.Now);
        world.RunUntil(() => link.Near.CanSave, 5000, "the answer to the sleep");
        byte[] snapshot = link.Near.Save(world.Now, host.UtcNow);
        world.Remove(driver);
        Send(link, link.Server, 1, 2);
        world.Run(600_000);
        world.RestartServer(Listening(), 30_000);
        Session kept = world.Server.Accept();
        Assert.Equal(SessionState.Asleep, kept.ToldState);
        Assert.True(kept.AsleepUntil - world.Now > 3_000_000);
        world.Run(2_400_000);
        Assert.Equal(SessionState.Asleep, kept.State);

        Client woken = new(world.Core, Connecting(), world.ServerHost.Address, snapshot, world.Now, host.UtcNow);
        world.Add(host, woken);
        woken.Session.BeginMessage(1, true);
        woken.Session.AppendMessage([9], 0, world.Now);
        Link anew = new(world, woken, kept);
        List<byte> down = new();
        world.RunUntil(
            () =>
            {
                if (woken.State == ClientState.Connected)
                {
                    down.AddRange(Numbers(woken.Session, world.Now, 9));
                }

                return down.Count == 2 && anew.Server.NextMessageSize >= 0;
            },
            2000,
            () => $"{woken.State}, down {down.Count}");
        Assert.True(woken.Resumed);

        // Each of its HEARTBEATs names the session that this one continues.
        Assert.Equal((continues, continued), (kept.IsContinued, kept.Continues));
        Assert.Equal(0, kept.PeerErrorCode);
        Assert.Equal(1, kept.Resumes);
        Assert.Equal([1, 2], down);
        Assert.Equal([9], Numbers(anew.Server, world.Now, 9));
        anew.Exchange(10, 2000, 20_000);
        Assert.Equal((0, 0), (anew.Near.LostMessages, anew.Server.LostMessages));
    }

    /// <summary>An old copy of the state folder may be put back: then two listeners go on from the same bytes.</summary>
    [Fact]
    public void A_sleepers_session_that_is_restored_twice_uses_no_number_twice()
    {
        World world = new(31);
        world.StartServer(Listening());
        Link link = world.Connect(Connecting());
        link.Exchange(3, 100, 10_000);
        link.Near.AnnounceSleep(3600, world.Now);
        world.RunUntil(() => link.Near.CanSave && link.Server.State == SessionState.Asleep, 5000, "the sleep");
        ulong last = link.Server.Space.LastNumber;
        byte[] kept = link.Server.Keep(world.Now, world.ServerHost.UtcNow);
        ulong[] first = Array.ConvertAll(new int[8], _ => Session.Revive(world.Core, Listening(), World.Psk, kept, world.Now, world.ServerHost.UtcNow)!.Space.LastNumber);
        Assert.Equal(first.Length, first.Distinct().Count());
        Assert.All(first, n => Assert.InRange(n, last + 65536, last + 65536 + (1 << 28)));

        // Not when its sleeper will not come any more.
        Assert.Null(Session.Revive(world.Core, Listening(), World.Psk, kept, world.Now, world.ServerHost.UtcNow + (3600 * 1100) + 60_001));
    }

    /// <summary>Its client says nothing but heartbeats: it is not heard, and begins a handshake after three and two spans.</summary>
    [Fact]
    public void A_client_that_sends_nothing_finds_the_listener_again_and_gets_what_waits()
    {
        World world = new(24);
        world.StartServer(Listening());
        Link link = world.Connect(Connecting());
        link.Exchange(3, 100, 10_000);
        world.RestartServer(Listening(), 20_000);
        Link anew = new(world, link.Client, world.Server.Accept());
        Send(anew, anew.Server, 1, 2);
        List<byte> down = new();
        world.RunUntil(
            () =>
            {
                down.AddRange(Numbers(anew.Near, world.Now, 9));
                return down.Count == 2;
            },
            160_000,
            "the messages");
        Assert.Equal([1, 2], down);
        Assert.Equal(0, anew.Server.LostMessages);
    }

    [Fact]
    public void Two_restarts_while_the_client_is_away_lose_nothing()
    {
        World world = new(25);
        world.StartServer(Listening());
        Link link = world.Connect(Connecting());
        link.Exchange(3, 100, 10_000);
        Send(link, link.Near, 1);
        world.Run(200);
        world.Net.LossPercent = 100;
        world.RestartServer(Listening());
        Send(link, link.Near, 2);
        world.RestartServer(Listening(), 3000);
        Session kept = world.Server.Accept();
        Assert.Equal([1], Numbers(kept, world.Now, 9));
        Send(new Link(world, link.Client, kept), kept, 11);
        world.RestartServer(Listening(), 3000);
        world.Net.LossPercent = 0;
        Link anew = new(world, link.Client, world.Server.Accept());
        world.RunUntil(() => anew.Server.NextMessageSize >= 0 && anew.Near.NextMessageSize >= 0, 20_000, "both");
        Assert.Equal([2], Numbers(anew.Server, world.Now, 9));
        Assert.Equal([11], Numbers(anew.Near, world.Now, 9));
    }

    /// <summary>What the application has taken and not acknowledged by hand keeps the session from being kept: the client sends it again to whoever comes next.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void With_acknowledgment_by_hand_nothing_is_kept_that_the_application_may_not_have(bool acknowledged)
    {
        World world = new(26);
        ChannelOptions options = Listening();
        options.ManualAcknowledgment = true;
        world.StartServer(options);
        Link link = world.Connect(Connecting());
        Send(link, link.Near, 1, 2);
        world.RunUntil(() => link.Server.NextMessageSize >= 0, 2000, "a message");
        Springtail.Delivery.Inbox inbox = link.Server.ToConfirm!;
        uint taken = inbox.NextMessage;
        Assert.Equal([1], Link.Take(link.Server, world.Now)!);
        if (acknowledged)
        {
            link.Server.Confirm(inbox, taken, world.Now);
        }

        Assert.Equal(acknowledged, world.Server.IsReadyToKeep);
        world.Server.PrepareToKeep();
        Assert.True(link.Server.HoldsEnough);
        world.RestartServer(options);
        Session? kept = world.Server.Accept();
        Assert.Equal(acknowledged, kept != null);
        List<byte> up = new();
        Link? anew = kept == null ? null : new Link(world, link.Client, kept);
        world.RunUntil(
            () =>
            {
                anew ??= world.Server.Accept() is { } session ? new Link(world, link.Client, session) : null;
                if (anew?.Server.ToConfirm is { } next)
                {
                    uint id = next.NextMessage;
                    up.AddRange(Link.Take(anew.Server, world.Now)!);
                    anew.Server.Confirm(next, id, world.Now);
                }

                return up.Contains(2) && link.Near.AllAcknowledged;
            },
            15_000,
            "the rest");
        Assert.Equal(acknowledged ? [2] : [1, 2], up);
    }

    [Fact]
    public void What_is_on_disk_is_sealed_private_and_erased_when_it_is_read()
    {
        World world = new(27);
        world.StartServer(Listening());
        Link link = world.Connect(Connecting());
        byte[] secret = (byte[])link.Server.EmergencySecret.Clone();
        byte[] record = link.Server.Keep(world.Now, world.ServerHost.UtcNow);
        Springtail.Keys.EpochKeys keys = link.Server.Epochs.Current;
        Assert.All([keys.SessionKey, keys.ClientKey, keys.ServerKey, link.Server.MaskKey], k => Assert.Equal(-1, record.AsSpan().IndexOf(k)));
        Assert.NotEqual(-1, record.AsSpan().IndexOf(secret));
        byte[] text = Encoding.ASCII.GetBytes("nobody but the device reads this");
        world.Net.LossPercent = 100;
        Assert.True(link.TrySend(link.Server, text));
        world.Run(200);
        EndServer(world);
        string file = Assert.Single(Directory.GetFiles(_folder, "kept-*"));
        byte[] bytes = File.ReadAllBytes(file);
        Assert.Equal(-1, bytes.AsSpan().IndexOf(text));
        Assert.Equal(-1, bytes.AsSpan().IndexOf(secret));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        }

        // Another name, and another key, have no part in it.
        ChannelOptions other = Listening();
        other.ListenerName = "another";
        world.StartServer(other);
        Assert.Null(world.Server.Accept());
        EndServer(world);
        other = Listening();
        other.Psk = RandomNumberGenerator.GetBytes(32);
        world.StartServer(other);
        Assert.Null(world.Server.Accept());
        EndServer(world);
        Assert.Equal([file], Directory.GetFiles(_folder, "kept-*"));

        // Whatever was altered is no session's.
        bytes[^1] ^= 1;
        File.WriteAllBytes(file, bytes);
        world.StartServer(Listening());
        Assert.Null(world.Server.Accept());
        Assert.Empty(Directory.GetFiles(_folder, "kept-*"));
    }

    [Fact]
    public void A_listener_of_other_ports_takes_up_nothing_and_one_that_is_told_not_to_keeps_nothing()
    {
        World world = new(28);
        world.StartServer(Listening());
        world.Connect(Connecting());
        EndServer(world);
        ChannelOptions other = Listening();
        other.PortMin++;
        world.StartServer(other);
        Assert.Null(world.Server.Accept());
        EndServer(world);
        Assert.Empty(Directory.GetFiles(_folder, "kept-*"));

        other = Listening();
        other.KeepSessions = false;
        world.StartServer(other);
        world.Connect(Connecting(), world.Net.Host(3));
        EndServer(world);
        Assert.Empty(Directory.GetFiles(_folder, "kept-*"));
    }

    /// <summary>A session that has no keys has none to log, and a sleeper's goes on under its own: whoever has this log alone reads it.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_key_log_of_the_next_listener_holds_keys_that_are_used_and_no_others(bool sleeps)
    {
        World world = new(33);
        world.StartServer(Listening());
        Link link = world.Connect(Connecting());
        byte[] mask = (byte[])link.Server.MaskKey.Clone();
        link.Near.AnnounceSleep(sleeps ? 3600u : 0, world.Now);
        world.Run(2000);
        string file = Path.Combine(_folder, "keys.log");
        ChannelOptions options = Listening();
        options.KeyLog = new KeyLog(file);
        world.RestartServer(options);
        Session kept = world.Server.Accept();
        string text = File.ReadAllText(file);
        Assert.Equal(sleeps, text.Contains(Convert.ToHexString(mask), StringComparison.OrdinalIgnoreCase));
        Assert.Equal(sleeps, text.Contains(kept.Id.ToString("x16"), StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>Nobody comes for it: it is not kept for ever, and its application learns what was not delivered.</summary>
    [Fact]
    public void A_session_that_nobody_continues_ends_after_twice_the_time_of_one_that_is_not_heard()
    {
        World world = new(29);
        world.StartServer(Listening());
        Link link = world.Connect(Connecting());
        world.Net.LossPercent = 100;
        Send(link, link.Server, 1);
        world.RestartServer(Listening());
        Session kept = world.Server.Accept();
        world.Run(299_000);
        Assert.Equal(SessionState.Asleep, kept.State);
        Assert.Equal(1 + world.Server.RendezvousPorts.Count, world.Server.GetPorts([]));
        world.Run(2000);
        Assert.Equal((SessionState.Ended, 1), (kept.State, kept.LostMessages));
    }

    [Fact]
    public async Task Channels_over_sockets_go_on_in_the_next_listener()
    {
        byte[][] psks = [RandomNumberGenerator.GetBytes(32), RandomNumberGenerator.GetBytes(32), RandomNumberGenerator.GetBytes(32)];
        IPAddress address = Loopback.Next();
        ChannelListener Listen()
        {
            ChannelOptions options = ChannelOptions.ForServer();
            options.DiscoveryPort = 0;
            options.LocalAddress = address;
            options.Psks = psks;
            options.State = new StateFolder(_folder);
            return ChannelListener.Listen(options);
        }

        ChannelListener listener = Listen();
        Channel[] clients = new Channel[psks.Length];
        Channel[] served = new Channel[psks.Length];
        for (int i = 0; i < psks.Length; i++)
        {
            clients[i] = await Channel.ConnectAsync(address.ToString(), new ChannelOptions { Psk = psks[i], DiscoveryPort = 0, LocalAddress = Loopback.Next() });
            served[i] = (await listener.AcceptAsync())!;
            await clients[i].SendAsync(new byte[] { 1 });
            Assert.True(await clients[i].WaitForAcknowledgmentsAsync());
        }

        await listener.CloseAsync();
        Assert.All(served, c => Assert.True(c.Status.IsKept));
        Assert.Equal(ReceiveOutcome.Ended, (await served[0].ReceiveAsync()).Outcome);
        foreach (Channel client in clients)
        {
            await client.SendAsync(new byte[] { 2 });
        }

        listener = Listen();
        for (int i = 0; i < psks.Length; i++)
        {
            served[i] = (await listener.AcceptAsync())!;
            Assert.Contains(served[i].Status.State, new[] { SessionState.Recovering, SessionState.Established });
            Channel client = clients[served[i].Status.KeyIndex];
            await served[i].SendAsync(new byte[] { 3 });
            Assert.Equal(1, (await served[i].ReceiveAsync()).Message.Data.Span[0]);
            Assert.Equal(2, (await served[i].ReceiveAsync()).Message.Data.Span[0]);
            Assert.Equal(3, (await client.ReceiveAsync()).Message.Data.Span[0]);
            Assert.Equal(SessionState.Established, served[i].Status.State);
        }

        Array.ForEach(clients, c => c.Dispose());
        listener.Dispose();
    }

    private static void EndServer(World world)
    {
        world.Remove(world.ServerDriver);
        world.Server.KeepAtEnd(world.ServerHost.Now, world.ServerHost.UtcNow);
        world.Server.Abandon();
    }

    private static void Send(Link link, Session from, params byte[] numbers)
    {
        foreach (byte number in numbers)
        {
            Assert.True(link.TrySend(from, [number]));
        }
    }

    private static IEnumerable<byte> Numbers(Session session, long now, int most)
    {
        List<byte> numbers = new();
        while (numbers.Count < most && Link.Take(session, now) is { } message)
        {
            numbers.AddRange(message);
        }

        return numbers;
    }

    private static ChannelOptions Connecting(int features = 0, int suite = 2)
    {
        ChannelOptions options = World.ClientOptions(features, suite);
        options.IsPlain = false;
        return options;
    }

    private ChannelOptions Listening()
    {
        ChannelOptions options = World.ServerOptions();
        options.State = new StateFolder(_folder);
        return options;
    }
}
