using System;
using System.IO;
using System.Linq;
using Springtail.Listening;
using Springtail.Packets;
using Springtail.Sessions;
using Springtail.Tests.Simulation;
using Springtail.Transport;
using Xunit;

namespace Springtail.Tests.State;

/// <summary>What outlives a process: PROTOCOL.md 2, 5, 11, 17.</summary>
public sealed class StateFolderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("springtail-state-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void An_installation_keeps_its_id_and_nobody_else_can_read_it()
    {
        string path = Path.Combine(_folder, "made", "here");
        StateFolder first = new(path);
        StateFolder second = new(path);
        Assert.Equal(first.Installation.Mark(TestCore.Instance, 5), second.Installation.Mark(TestCore.Instance, 5));
        Assert.NotEqual(first.Installation.Mark(TestCore.Instance, 5), new StateFolder(Path.Combine(_folder, "other")).Installation.Mark(TestCore.Instance, 5));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(path, "installation")));
        }

        File.WriteAllText(Path.Combine(path, "installation"), "short");
        Assert.Contains("remove it", Assert.Throws<IOException>(() => new StateFolder(path)).Message);
    }

    /// <summary>The client's clock is ahead, so that its SYN was sent, by its time, after the listener's start.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_SYN_that_was_taken_before_a_restart_is_not_taken_again_by_a_listener_with_a_state_folder(bool hasState)
    {
        World world = new(11);
        world.StartServer(Listening(hasState));
        Recorder wire = new();
        world.Net.Tap = wire;
        MemoryTransport ahead = world.Net.Host(2);
        ahead.UtcBase += 25_000;
        Link link = world.Connect(null, ahead);
        Captured syn = wire.Datagrams[0];
        link.Server.Abort(ErrorCode.Terminated, world.Now);

        World restarted = new(11);
        restarted.Net.Advance(world.Now + 2000);
        restarted.StartServer(Listening(hasState));
        Recorder answers = new();
        restarted.Net.Tap = answers;
        restarted.Net.Inject(syn.From, syn.To, syn.Bytes, syn.Bytes.Length);
        restarted.Run(1000);
        Assert.Equal(hasState, !answers.FromServer.Any());
        Assert.Equal(hasState ? 1u : 0u, restarted.Server.Counters.Drops(DropCause.Copy));
    }

    /// <summary>A client whose clock is behind calls a listener that has just been started anew. Without memory, what it sends was sent before the start.</summary>
    [Theory]
    [InlineData(true, 3_000)]
    [InlineData(false, 27_000)]
    public void A_listener_with_a_state_folder_takes_first_packets_of_before_its_restart(bool hasState, int within)
    {
        World world = new(14);
        world.StartServer(Listening(hasState));
        world.Run(60_000);
        world.Connect();
        world.Remove(world.ServerDriver);
        world.StartServer(Listening(hasState));
        long begun = world.Now;
        MemoryTransport behind = world.Net.Host(3);
        behind.UtcBase -= 25_000;
        world.Connect(null, behind);
        Assert.InRange(world.Now - begun, within - 3_000, within);
    }

    [Fact]
    public void A_SYN_of_an_hour_ago_is_not_taken_again_when_the_clock_was_set_back()
    {
        World world = new(12);
        world.StartServer();
        Recorder wire = new();
        world.Net.Tap = wire;
        Link link = world.Connect();
        Captured syn = wire.Datagrams[0];
        long then = world.Now;
        link.Near.Close(world.Now);
        world.Run(3_600_000);
        world.ServerHost.UtcBase -= world.Now - then + 15_000;
        world.Run(15_000);
        int answers = wire.FromServer.Count();
        world.Net.Inject(syn.From, syn.To, syn.Bytes, syn.Bytes.Length);
        world.Run(1000);
        Assert.Equal(answers, wire.FromServer.Count());
        Assert.Equal(1u, world.Server.Counters.Drops(DropCause.Copy));
    }

    [Fact]
    public void A_clock_request_that_was_answered_before_a_restart_is_not_answered_again()
    {
        World world = new(13);
        world.StartServer(Listening(true));
        Recorder wire = new();
        world.Net.Tap = wire;
        Endpoint discovery = new();
        discovery.CopyFrom(world.ServerHost.Address);
        discovery.Port = World.ServerOptions().DiscoveryPort;
        ClockQuery query = new(TestCore.Instance, World.ClientOptions(), discovery, world.Now);
        world.Add(world.Net.Host(2), query);
        world.RunUntil(() => query.Done, 1000, "the time");
        Captured request = wire.Datagrams.First(d => !d.FromServer);

        World restarted = new(13);
        restarted.StartServer(Listening(true));
        Recorder answers = new();
        restarted.Net.Tap = answers;
        restarted.Net.Inject(request.From, request.To, request.Bytes, request.Bytes.Length);
        restarted.Run(1000);
        Assert.Empty(answers.FromServer);
        Assert.Equal(1u, restarted.Server.Counters.Drops(DropCause.Copy));
    }

    [Fact]
    public void Failures_with_a_token_outlive_the_process_and_a_success_takes_back_its_own_alone()
    {
        ChannelOptions Options(string token) => new ChannelOptions { Token = token, State = new StateFolder(_folder) }.Freeze();
        Assert.True(Options("ocean-tiger").TokenGuard.TryBegin());
        Assert.True(Options("ocean-tiger").TokenGuard.TryBegin());
        TokenGuard right = Options("ocean-tiger").TokenGuard;
        Assert.Equal(2, right.Failures);
        Assert.True(right.TryBegin());
        Assert.False(Options("ocean-tiger").TokenGuard.TryBegin());
        right.Succeed();
        Assert.Equal(2, Options("ocean-tiger").TokenGuard.Failures);
        Assert.Equal(0, Options("ocean-reward").TokenGuard.Failures);
        Assert.True(Options("ocean-tiger").TokenGuard.TryBegin());
        Assert.True(Options("ocean-tiger").TokenGuard.IsSpent);

        // The file tells no token to who has it without the id.
        Assert.DoesNotContain("ocean", File.ReadAllText(Path.Combine(_folder, "tokens")));
    }

    private ChannelOptions Listening(bool hasState)
    {
        ChannelOptions options = World.ServerOptions();
        options.State = hasState ? new StateFolder(_folder) : null;
        return options;
    }
}
