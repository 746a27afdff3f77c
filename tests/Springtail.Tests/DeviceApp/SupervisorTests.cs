using System;
using System.Linq;
using System.Text;
using System.Text.Json;
using Springtail.Device;
using Springtail.Packets;
using Xunit;

namespace Springtail.Tests.DeviceApp;

/// <summary>The device application against networks, clocks and listeners that fail. README.md of Springtail.Device states what it does; so do these.</summary>
public sealed class SupervisorTests
{
    private const long Second = 1000;
    private const long Hour = 3600 * Second;

    [Fact]
    public void It_joins_connects_sends_readings_and_writes_what_comes_back()
    {
        VirtualBoard board = new();
        Supervisor supervisor = board.Run(() => board.Lines.Any(l => l.EndsWith("received: device 3: 21.5 degrees", StringComparison.Ordinal)));
        Assert.Equal(["device 1: 21.5 degrees", "device 2: 21.5 degrees", "device 3: 21.5 degrees"], board.Heard.Take(3));
        Assert.Equal([DeviceState.Joining, DeviceState.Connecting, DeviceState.Connected], board.States.Select(s => s.State));
        Assert.Equal(1, supervisor.SessionCount);
        Assert.InRange(board.Elapsed, 13 * Second, 40 * Second);
    }

    [Fact]
    public void Readings_are_json_where_that_is_asked_for_whatever_the_name_holds()
    {
        VirtualBoard board = new();
        board.Files[SettingsReader.SettingsPath] = Encoding.ASCII.GetBytes("host = listener\nname = the \"old\" c:\\cellar\nformat = json\n");
        board.Run(() => board.Heard.Count > 0);
        Assert.Equal("{\"name\":\"the \\\"old\\\" c:\\\\cellar\",\"uptime\":9,\"heap\":41208,\"signal\":-61,\"temperature\":21.5}", board.Heard[0]);
        JsonElement json = JsonDocument.Parse(board.Heard[0]).RootElement;
        Assert.Equal(("the \"old\" c:\\cellar", 41208), (json.GetProperty("name").GetString(), json.GetProperty("heap").GetInt32()));
    }

    [Fact]
    public void It_waits_for_a_network_that_is_not_there_and_says_so()
    {
        VirtualBoard board = new() { WifiIsThere = false };
        board.At(Hour, () => board.WifiIsThere = true);
        board.Run(() => board.Heard.Count > 0);
        Assert.Contains(board.Lines, l => l.EndsWith("error: wifi: home: there is no such network here.", StringComparison.Ordinal));
        Assert.InRange(board.Elapsed, Hour, Hour + 110 * Second);
    }

    [Fact]
    public void A_session_outlives_a_short_loss_of_the_network()
    {
        VirtualBoard board = new();
        board.At(30 * Second, () => board.WifiIsThere = false);
        board.At(55 * Second, () => board.WifiIsThere = true);
        Supervisor supervisor = board.Run(() => board.Elapsed > 120 * Second);
        Assert.Equal(1, supervisor.SessionCount);
        Assert.Contains(board.States, s => s.State == DeviceState.Offline);
        Assert.Equal(DeviceState.Connected, board.States[^1].State);
        Assert.True(board.Heard.Count > 15, $"{board.Heard.Count} readings");
    }

    [Fact]
    public void After_an_hour_without_the_network_it_is_back_within_two_minutes()
    {
        VirtualBoard board = new();
        board.At(60 * Second, () => board.WifiIsThere = false);
        board.At(60 * Second + Hour, () => board.WifiIsThere = true);
        Supervisor supervisor = board.Run(() => board.Accepted.Count == 2 && board.States[^1].State == DeviceState.Connected);
        Assert.Equal(2, supervisor.SessionCount);
        Assert.InRange(board.Accepted[1], 60 * Second + Hour, 180 * Second + Hour);
        Assert.Contains(board.Lines, l => l.Contains("ended: nothing was heard for too long"));
        Assert.Contains(board.Lines, l => l.Contains("left out"));
    }

    [Fact]
    public void It_waits_for_a_listener_that_is_away_longer_each_time_up_to_64_seconds()
    {
        VirtualBoard board = new();
        board.StopListener();
        board.At(Hour, board.StartListener);
        board.Run(() => board.Heard.Count > 0);
        Assert.InRange(board.Accepted[0], Hour, Hour + 180 * Second);
        int[] waits = [.. board.Lines.Where(l => l.Contains(" waiting: ")).Select(l => int.Parse(l.Split(' ')[2]))];
        Assert.InRange(waits[0], 1, 1);
        Assert.InRange(waits[3], 6, 8);
        Assert.All(waits.Skip(8), w => Assert.InRange(w, 48, 64));
        Assert.Contains(board.Lines, l => l.Contains("error: listener: No answer. Check that the peer listens"));
    }

    [Fact]
    public void It_takes_the_time_of_the_time_server()
    {
        VirtualBoard board = new() { ClockError = null, TimeServerDelay = 3000 };
        board.Run(() => board.Heard.Count > 0);
        Assert.Contains(board.Lines, l => l.EndsWith("time: from pool.ntp.org", StringComparison.Ordinal));
    }

    [Fact]
    public void Without_a_time_server_it_asks_the_listener()
    {
        VirtualBoard board = new() { ClockError = null };
        board.Run(() => board.Heard.Count > 0);
        Assert.Contains(board.Lines, l => l.EndsWith("time: from the listener", StringComparison.Ordinal));
        Assert.Contains(board.States, s => s.State == DeviceState.GettingTime);
    }

    [Fact]
    public void With_no_time_from_anywhere_it_says_so_and_goes_on_asking()
    {
        VirtualBoard board = new() { ClockError = null };
        board.StopListener();
        board.At(200 * Second, board.StartListener);
        board.Run(() => board.Heard.Count > 0);
        Assert.Contains(board.Lines, l => l.Contains("error: no time: pool.ntp.org did not answer, and neither did listener"));
    }

    [Theory]
    [InlineData(86_400_000)]
    [InlineData(-7_200_000)]
    [InlineData(90_000)]
    public void A_clock_that_is_wrong_is_found_out(long error)
    {
        VirtualBoard board = new() { ClockError = error };
        board.Run(() => board.Heard.Count > 0);
        Assert.Contains(board.Lines, l => l.Contains("time: this device's clock is ") && l.Contains((-error / 1000).ToString()));
        Assert.InRange(board.Accepted[0], 0, 300 * Second);
    }

    [Fact]
    public void Nothing_is_left_open_over_thousands_of_sessions()
    {
        VirtualBoard board = new() { Limit = long.MaxValue, Echo = false };
        board.Files[SettingsReader.SettingsPath] = Encoding.ASCII.GetBytes("host = listener\nsuite = 2\nfeatures = 2\ninterval = 1\n");
        board.OnMessage = (session, _) => session.Abort(ErrorCode.Terminated, board.Net.Now);
        board.Until = () => board.Accepted.Count >= 2000;
        Supervisor supervisor = board.Run(board.Until);
        Assert.True(supervisor.SessionCount >= 1990, $"{supervisor.SessionCount} sessions");
        Assert.InRange(board.MostSockets, 2, 4);
        Assert.Equal(supervisor.Sockets.Most, board.MostSockets);
    }

    /// <summary>The handshake has a socket besides the old session's, which close before the new one's open: README.md says how many that makes, and what board has no more.</summary>
    [Fact]
    public void A_renewal_with_hops_takes_one_socket_more_than_a_session()
    {
        VirtualBoard board = new();
        board.Files[SettingsReader.SettingsPath] = Encoding.ASCII.GetBytes("host = listener\nsuite = 2\nfeatures = 2\nkeepalive = 5\n");
        board.At(30 * Second, () =>
        {
            board.StopListener();
            board.StartListener();
        });
        Supervisor supervisor = board.Run(() => board.Lines.Any(l => l.Contains("renewed: ")) && board.Heard.Count > 15);
        Assert.Equal(1, supervisor.SessionCount);
        Assert.Equal(4, board.MostSockets);
    }

    [Fact]
    public void Wrong_settings_are_read_again_until_they_are_right()
    {
        VirtualBoard board = new();
        byte[] good = board.Files[SettingsReader.SettingsPath];
        board.Files[SettingsReader.SettingsPath] = Encoding.ASCII.GetBytes("host = listener\ninterval = soon\n");
        board.At(95 * Second, () => board.Files[SettingsReader.SettingsPath] = good);
        board.Run(() => board.Heard.Count > 0);
        Assert.Equal(4, board.Lines.Count(l => l.Contains(@"error: I:\springtail\settings, line 2: interval = ""soon"" is wrong; it may be 1 to 3600 seconds.")));
        Assert.Equal(DeviceState.SettingsWrong, board.States[0].State);
    }

    [Fact]
    public void A_message_of_any_bytes_is_shown_as_text_and_cut()
    {
        VirtualBoard board = new() { Echo = false };
        byte[] anything = [.. Enumerable.Range(0, 600).Select(i => (byte)i)];
        board.OnMessage = (session, _) => board.Say(session, anything);
        board.Run(() => board.Lines.Any(l => l.Contains("received: ")));
        string line = board.Lines.Single(l => l.Contains("received: "));
        Assert.Contains("!\"#$%&", line);
        Assert.EndsWith("... (600 bytes)", line, StringComparison.Ordinal);
        Assert.All(line, c => Assert.InRange(c, ' ', '~'));
    }

    /// <summary>A message that is larger than the device holds costs the message, not the device.</summary>
    [Fact]
    public void Messages_that_are_too_large_and_datagrams_of_noise_change_nothing()
    {
        VirtualBoard board = new(seed: 5) { Echo = false };
        byte[] large = new byte[100_000];
        byte[] noise = new byte[1400];
        Random random = new(5);
        board.OnMessage = (session, _) => board.Say(session, large);
        board.Net.DamagePercent = 30;
        board.Net.DuplicatePercent = 30;
        board.Net.LossPercent = 10;
        board.Run(() => board.Heard.Distinct().Count() >= 20);
    }

    [Fact]
    public void A_fault_comes_out_with_every_socket_closed()
    {
        VirtualBoard board = new();
        board.At(20 * Second, () => board.Fault = new OutOfMemoryException());
        Supervisor supervisor = new(board);
        Assert.Throws<OutOfMemoryException>(supervisor.Run);
        Assert.Equal(1, supervisor.SessionCount);
        Assert.Equal(0, supervisor.Sockets.Open);
        Assert.Equal(0, board.OpenSockets);
    }

    [Fact]
    public void Firmware_without_sockets_is_reported_and_tried_again()
    {
        VirtualBoard board = new() { NoSockets = true };
        board.At(100 * Second, () => board.NoSockets = false);
        board.Run(() => board.Heard.Count > 0);
        Assert.Contains(board.Lines, l => l.Contains("error: "));
    }

    [Fact]
    public void An_unknown_host_is_reported_and_tried_again()
    {
        VirtualBoard board = new();
        board.Files[SettingsReader.SettingsPath] = Encoding.ASCII.GetBytes("host = laptop.local\n");
        board.Run(() => board.Lines.Count(l => l.Contains("error: laptop.local: No IPv4 address is known for laptop.local.")) >= 5);
    }

    [Fact]
    public void It_sleeps_after_each_reading_and_goes_on_with_the_same_session()
    {
        VirtualBoard board = Sleeping();
        board.RunToSleep(12);
        Assert.Equal(12, board.Heard.Count);
        Assert.Single(board.Accepted);
        Assert.Equal(11, board.Lines.Count(l => l.Contains("resumed: listener")));
        Assert.Equal(DeviceState.Asleep, board.States[^1].State);

        // What comes back is written before it sleeps.
        Assert.Equal(12, board.Lines.Count(l => l.Contains("received: device 1: 21.5 degrees")));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_sleeper_whose_listener_was_restarted_or_whose_snapshot_is_damaged_connects_anew_and_delivers(bool restarted)
    {
        VirtualBoard board = Sleeping();
        board.RunToSleep(2);
        if (restarted)
        {
            board.StopListener();
            board.StartListener();
        }
        else
        {
            board.Saved![100] ^= 1;
        }

        board.RunToSleep(2);
        Assert.Equal(2, board.Accepted.Count);
        Assert.Equal(4, board.Heard.Count);
        Assert.Contains(board.Lines, l => l.Contains(restarted ? "the saved session is lost, error code 12" : "the saved session is lost, error code 2"));
    }

    [Fact]
    public void A_sleeper_without_a_clock_of_its_own_resumes_all_the_same()
    {
        VirtualBoard board = Sleeping();
        board.ClockError = null;
        board.RunToSleep(5);
        Assert.Single(board.Accepted);
        Assert.Equal(5, board.Heard.Count);
    }

    [Fact]
    public void A_sleeper_that_cannot_save_its_session_sleeps_without()
    {
        VirtualBoard board = Sleeping();
        board.OnMessage = (_, _) => board.StopListener();
        board.RunToSleep(1);
        Assert.Null(board.Saved);
        Assert.Contains(board.Lines, l => l.Contains("error: the session could not be saved: the listener does not answer"));
        board.OnMessage = (_, _) => { };
        board.StartListener();
        board.RunToSleep(1);
        Assert.Equal(2, board.Heard.Count);
        Assert.NotNull(board.Saved);
    }

    private static VirtualBoard Sleeping()
    {
        VirtualBoard board = new();
        board.Files[SettingsReader.SettingsPath] = Encoding.ASCII.GetBytes("host = listener\nsuite = 2\nsleep = 600\n");
        return board;
    }
}
