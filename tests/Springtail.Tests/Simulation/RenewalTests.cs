using System.Collections.Generic;
using System.Linq;
using Springtail.Packets;
using Springtail.Sessions;
using Xunit;

namespace Springtail.Tests.Simulation;

/// <summary>A new handshake beside a session in recovery, and what the application is told of it (PROTOCOL.md 14).</summary>
public sealed class RenewalTests
{
    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, Features.ClientHops)]
    [InlineData(3, Features.All)]
    public void A_server_that_has_forgotten_the_session_is_found_again_and_the_application_is_told_once_what_is_missing(int suite, int features)
    {
        World world = new(80);
        world.StartServer();
        Link link = world.Connect(World.ClientOptions(features, suite));
        link.Exchange(5, 1000, 5000);
        Assert.True(link.TrySend(link.Server, new byte[] { 1 }));
        world.Flush();
        world.Run(200);

        // The first arrives, but its acknowledgment does not; the second never does. That of the server is complete and waits.
        world.Net.Tap = new Tap(d => !d.FromServer);
        Assert.True(link.TrySend(link.Near, new byte[] { 2 }));
        world.Flush();
        world.Run(100);
        Session old = link.Near;
        Restart(world);
        Assert.True(link.TrySend(link.Near, new byte[] { 3 }));
        Session? server = null;
        world.RunUntil(() => (server ??= world.Server.Accept()) != null && old.Successor != null, 150000, "the new session");
        Assert.Same(link.Near, old.Successor);
        Assert.NotEqual(old.Id, link.Near.Id);
        Assert.Equal(SessionState.Ended, old.State);
        Assert.Equal(0, link.Near.LostMessages);

        // The new server knows nothing of the old session: what that has not said to be received is sent again, and may come twice.
        world.Run(3000);
        Assert.Equal(new byte[] { 2 }, Link.Take(server!, world.Now));
        Assert.Equal(new byte[] { 3 }, Link.Take(server!, world.Now));
        Link renewed = new(world, link.Client, server!);
        Assert.True(renewed.TrySend(server!, new byte[] { 4 }));
        world.Flush();
        world.Run(200);
        Assert.False(link.Near.TakeRenewal());
        Assert.Equal(new byte[] { 1 }, Link.Take(link.Near, world.Now));
        Assert.Null(Link.Take(link.Near, world.Now));
        Assert.True(link.Near.TakeRenewal());
        Assert.False(link.Near.TakeRenewal());
        Assert.Equal(new byte[] { 4 }, Link.Take(link.Near, world.Now));
        renewed.Exchange(20, 3000, 20000);
        Assert.Equal(0, link.Near.LostMessages);
    }

    /// <summary>Three timers are more than 5 s after a path that was slow; the round trip is below a second.</summary>
    [Fact]
    public void A_peer_that_was_started_anew_is_called_after_5_s_where_timers_are_longer()
    {
        World world = new(208);
        ChannelOptions listening = World.ServerOptions();
        listening.IsPlain = false;
        world.StartServer(listening);
        world.Net.Delay = 450;
        ChannelOptions options = World.ClientOptions();
        options.IsPlain = false;
        Link link = world.Connect(options);
        link.Exchange(5, 1000, 20000);
        Session old = link.Near;
        world.Remove(world.ServerDriver);
        world.Run(50);
        world.StartServer(listening);
        Assert.True(link.TrySend(old, new byte[] { 1 }));
        world.Flush();
        long begun = world.Now;
        world.RunUntil(() => link.Client.Attempts == 2, 5000, "the attempt");
        Assert.InRange(world.Now - begun, 3 * 900, 5000);
        Session? server = null;
        world.RunUntil(() => (server ??= world.Server.Accept()) != null && server.NextMessageSize == 1, 5000, "the message");
        Assert.Equal(new byte[] { 1 }, Link.Take(server!, world.Now));
    }

    [Fact]
    public void A_session_that_was_handed_over_unheard_is_continued_by_the_next()
    {
        World world = new(207);
        world.StartServer();
        Link link = world.Connect();
        link.Exchange(5, 1000, 5000);
        Session old = link.Near;
        Session oldServer = link.Server;
        Assert.True(link.TrySend(link.Near, new byte[] { 1 }));
        Assert.True(link.TrySend(link.Server, new byte[] { 2 }));

        // Nothing passes until the client makes a new handshake, and then of the server no more than SYN_ACKs, until the client has begun another.
        int attempts = 0;
        world.Net.Tap = new Tap(d =>
        {
            attempts = System.Math.Max(attempts, link.Client.Attempts);
            return attempts > 2 || (attempts == 2 && (!d.FromServer || d.Bytes.Length == 42 + SynAck.PublicKey + 64));
        });
        world.RunUntil(() => link.Client.Attempts > 2, 150000, "two attempts");
        Assert.Equal(SessionState.Ended, oldServer.State);
        world.RunUntil(() => old.Successor != null, 30000, "the session");
        world.Run(2000);
        Assert.Null(world.Server.Accept());
        Assert.Equal(new byte[] { 1 }, Link.Take(link.Server, world.Now));
        Assert.Null(Link.Take(link.Server, world.Now));
        Assert.Equal(new byte[] { 2 }, Link.Take(link.Near, world.Now));
        Assert.Null(Link.Take(link.Near, world.Now));
        Assert.False(link.Near.TakeRenewal());
        Assert.Equal(0, link.Near.LostMessages);
        link.Exchange(20, 1000, 20000);
    }

    [Fact]
    public void An_old_session_holds_no_buffers_and_once_its_owner_has_moved_on_none_that_came_after()
    {
        World world = new(98);
        world.StartServer();
        Link link = world.Connect();
        link.Exchange(5, 1000, 5000);
        Session old = link.Near;
        Assert.Contains(Reachable.From(old.Delivery), IsBuffer);
        Restart(world);
        world.RunUntil(() => old.Successor != null, 150000, "the new session");
        Session next = link.Near;
        Assert.Contains(next, Reachable.From(old));
        Assert.Same(next, old.MoveOn());
        Assert.Null(old.MoveOn());
        Assert.DoesNotContain(next, Reachable.From(old));
        Assert.DoesNotContain(Reachable.From(old), IsBuffer);

        static bool IsBuffer(object item) => item is byte[] { Length: >= DataPayload.FragmentSize };
    }

    [Fact]
    public void A_session_that_is_heard_again_is_kept_although_a_new_handshake_was_answered_first()
    {
        World world = new(81);
        world.StartServer();
        Link link = world.Connect();
        Assert.True(link.TrySend(link.Near, new byte[] { 9 }));
        int answers = 0;
        bool silent = true;
        world.Net.Tap = new Tap(d =>
        {
            // Only the handshake's packets get through, until the server has answered one of them.
            bool handshake = d.Bytes.Length == 42 + Syn.PublicKey + 64 || d.Bytes.Length == 42 + SynAck.PublicKey + 64;
            answers += d.Bytes.Length == 42 + SynAck.PublicKey + 64 ? 1 : 0;
            silent &= answers == 0;
            return handshake || !silent;
        });
        world.Flush();
        byte[]? message = null;
        world.RunUntil(() => (message = Link.Take(link.Server, world.Now)) != null, 110000, "the message");
        Assert.Equal(new byte[] { 9 }, message);
        world.Run(70000);
        Assert.Null(link.Near.Successor);
        Assert.Null(world.Server.Accept());
        Assert.Equal(0, link.Near.LostMessages);
        Assert.Equal(2, link.Client.Attempts);
        link.Exchange(20, 1000, 10000);
    }

    [Fact]
    public void An_attempt_ends_with_the_first_packet_of_the_session()
    {
        World world = new(82);
        world.StartServer();
        Link link = world.Connect();
        world.Net.LossPercent = 100;
        world.RunUntil(() => link.Client.Attempts > 2, 120000, "two attempts beside the session");
        world.Net.LossPercent = 0;

        // SYNs are lost, the session's packets are not.
        int syns = 0;
        world.Net.Tap = new Tap(d =>
        {
            bool syn = d.Bytes.Length == 42 + Syn.PublicKey + 64;
            syns += syn ? 1 : 0;
            return !syn;
        });
        world.RunUntil(() => link.Near.State == SessionState.Established, 20000, "the session");
        syns = 0;
        int[] ports = new int[8];
        int count = link.Client.GetPorts(ports);
        Assert.Equal(link.Near.GetPorts(new int[8]), count);
        world.Run(20000);
        Assert.Equal(0, syns);
    }

    [Fact]
    public void Where_nobody_answers_the_confirmation_the_session_ends_and_says_what_was_lost()
    {
        World world = new(83);
        world.StartServer();
        Link link = world.Connect();
        Session old = link.Near;
        Assert.True(link.TrySend(link.Near, new byte[] { 9 }));
        world.Net.Tap = new Tap(d => d.Bytes.Length == 42 + Syn.PublicKey + 64 || d.Bytes.Length == 42 + SynAck.PublicKey + 64);
        world.Flush();
        world.RunUntil(() => old.State == SessionState.Ended, 200000, "the end");
        Assert.Null(old.Successor);
        Assert.Equal(ErrorCode.Timeout, old.EndCode);
        Assert.Equal(1, old.LostMessages);
        Assert.Equal(long.MaxValue, link.Client.Deadline);
    }

    [Fact]
    public void Two_changes_without_a_look_between_them_are_told_once()
    {
        World world = new(84);
        world.StartServer();
        Link link = world.Connect();
        for (byte i = 1; i <= 2; i++)
        {
            Session far = world.Server.Accept() ?? link.Server;
            Assert.True(link.TrySend(far, new byte[] { i }));
            Assert.True(link.TrySend(link.Near, new byte[] { i }));
            world.Flush();
            world.Run(200);
            Session old = link.Near;
            Restart(world);
            Assert.True(link.TrySend(link.Near, new byte[] { 7 }));
            world.RunUntil(() => old.Successor != null, 150000, "the new session");
        }

        Assert.Equal(0, link.Near.LostMessages);
        Assert.Equal(new byte[] { 1 }, Link.Take(link.Near, world.Now));
        Assert.True(link.Near.TakeRenewal());
        Assert.Null(Link.Take(link.Near, world.Now));
        Assert.False(link.Near.TakeRenewal());
    }

    [Fact]
    public void What_was_asked_to_close_closes_although_another_session_takes_its_place()
    {
        World world = new(85);
        world.StartServer();
        Link link = world.Connect();
        Session old = link.Near;
        Restart(world);
        world.Net.Tap = new Tap(d =>
        {
            // The ACK of the new handshake goes out: the session before it is no longer served.
            if (d.Bytes.Length == 42 + AckPayload.SizeWithConfirm && old.State == SessionState.Recovering)
            {
                old.Close(world.Now);
            }

            return true;
        });
        world.RunUntil(() => old.Successor != null, 150000, "the new session");
        world.RunUntil(() => link.Near.State == SessionState.Closed, 10000, "the end");
        Assert.NotSame(old, link.Near);
    }

    [Fact]
    public void What_the_application_has_taken_or_can_no_longer_take_is_wiped()
    {
        World world = new(87);
        world.StartServer();
        Link link = world.Connect();
        byte[] mark = "the bytes to look for"u8.ToArray();
        byte[] Message(int size) => Enumerable.Repeat(mark, size / mark.Length).SelectMany(b => b).ToArray();

        // The second message stays incomplete, and so the third comes before its turn; the first and the third are acknowledged.
        int data = 0;
        world.Net.Tap = new Tap(d => d.FromServer || d.Bytes.Length < 200 || ++data != 3);
        Assert.True(link.TrySend(link.Near, Message(1000)));
        Assert.True(link.TrySend(link.Near, Message(2000)));
        Assert.True(link.TrySend(link.Near, Message(1000)));
        world.Flush();
        world.Run(100);
        Assert.True(MemoryWalk.Find(link.Server, mark).Count >= 3);
        link.Server.End(ErrorCode.Terminated);
        Assert.Single(MemoryWalk.Find(link.Server, mark));
        Assert.Equal(Message(1000), Link.Take(link.Server, world.Now));
        Assert.Null(Link.Take(link.Server, world.Now));
        Assert.Empty(MemoryWalk.Find(link.Server, mark));
        Assert.NotEmpty(MemoryWalk.Find(link.Near, mark));
        link.Near.End(ErrorCode.Terminated);
        Assert.Empty(MemoryWalk.Find(link.Near, mark));
        Assert.Equal(2, link.Near.LostMessages);
    }

    [Fact]
    public void The_PSK_is_the_clients_own_copy_and_gone_when_it_is_abandoned()
    {
        World world = new(86);
        world.StartServer();
        ChannelOptions options = World.ClientOptions();
        options.Psk = World.Psk.ToArray();
        Link link = world.Connect(options);
        System.Array.Clear(options.Psk);
        Session old = link.Near;
        Restart(world);
        world.RunUntil(() => old.Successor != null, 150000, "the new session");
        List<byte[]> copies = MemoryWalk.Find(link.Client, World.Psk);
        Assert.NotEmpty(copies);
        link.Client.Abandon();
        Assert.Empty(MemoryWalk.Find(link.Client, World.Psk));
    }

    // The same PSK and ports, and no memory of any session.
    private static void Restart(World world)
    {
        world.Remove(world.ServerDriver);
        world.Net.Tap = null;
        world.Run(50);
        world.StartServer();
    }
}
