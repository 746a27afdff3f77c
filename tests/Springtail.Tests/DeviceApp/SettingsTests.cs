using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using Springtail.Device;
using Xunit;

namespace Springtail.Tests.DeviceApp;

/// <summary>The device's files: each wrong value has a sentence with the file, the line, the name and what it may be.</summary>
public sealed class SettingsTests
{
    private const string Psk = SettingsReader.PskPath;
    private const string File = SettingsReader.SettingsPath;

    [Fact]
    public void Every_setting_is_taken()
    {
        Settings settings = Good(
            "\uFEFF# the laptop\r\nhost=laptop.home.arpa\r\nports = 40000-40999\r\n\r\nrendezvous\t=\t40001\r\ndiscovery-port = 0\r\nsuite = 3\r\n"
            + "allow-slow-suites = yes\r\nfeatures = 3\r\nkeepalive = 60\r\ninterval = 3600\r\nsleep = 86400\r\ntime-server = off\r\nname = the cellar = below\r\nformat = json");
        Assert.Equal("laptop.home.arpa", settings.Host);
        Assert.Equal((40000, 1000), (settings.PortMin, settings.PortCount));
        Assert.Equal((40001, 0), (settings.RendezvousPort, settings.DiscoveryPort));
        Assert.Equal((3, true, 3), (settings.Suite, settings.AllowSlowSuites, settings.Features));
        Assert.Equal((60, 3600, 86400), (settings.Keepalive, settings.Interval, settings.Sleep));
        Assert.Null(settings.TimeServer);
        Assert.Equal(("the cellar = below", true), (settings.Name, settings.IsJson));
        Assert.False(Good("host = h\nformat = text\n").IsJson);
        Assert.Equal(VirtualBoard.PskHex, Convert.ToHexStringLower(settings.Psk));
    }

    [Fact]
    public void A_host_is_enough()
    {
        Settings settings = Good("host = 192.168.1.20\n");
        ChannelOptions defaults = new();
        Assert.Equal((defaults.PortMin, defaults.PortCount, defaults.RendezvousPort, defaults.DiscoveryPort), (settings.PortMin, settings.PortCount, settings.RendezvousPort, settings.DiscoveryPort));
        Assert.Equal((0, 0, 5, 0, "pool.ntp.org", false), (settings.Suite, settings.Features, settings.Interval, settings.Sleep, settings.TimeServer, settings.IsJson));
    }

    [Theory]
    [InlineData("", File + ": \"host\" is missing")]
    [InlineData("host = ", "line 1: host = \"\" is wrong; it may be a host name or an IPv4 address, like 192.168.1.20.")]
    [InlineData("host = my laptop", "line 1: host = \"my laptop\" is wrong; it may be a host name")]
    [InlineData("host = 192.168.1", "line 1: host = \"192.168.1\" is wrong")]
    [InlineData("host = 192.168.1.256", "line 1: host = \"192.168.1.256\" is wrong")]
    [InlineData("host = 1.2.3.4.", "is wrong")]
    [InlineData("host = a..b", "is wrong")]
    [InlineData("host = -a", "is wrong")]
    [InlineData("host = h\nports = 40000", "line 2: ports = \"40000\" is wrong; it may be a range A-B with 1 <= A <= B <= 65535, like 40000-40999, and the same for the listener.")]
    [InlineData("host = h\nports = 0-5", "line 2: ports")]
    [InlineData("host = h\nports = 9-5", "line 2: ports")]
    [InlineData("host = h\nports = 1024-65536", "line 2: ports")]
    [InlineData("host = h\nports = 1-2-3", "line 2: ports")]
    [InlineData("host = h\nrendezvous = 65536", "line 2: rendezvous = \"65536\" is wrong; it may be a port from 1 to 65535, the same for the listener, or 0")]
    [InlineData("host = h\nrendezvous = -1", "line 2: rendezvous")]
    [InlineData("host = h\ndiscovery-port = 99999999999999999999", "line 2: discovery-port = \"99999999999999999999\" is wrong; it may be a port")]
    [InlineData("host = h\nsuite = 4", "line 2: suite = \"4\" is wrong; it may be 1, 2 or 3, or 0")]
    [InlineData("host = h\nsuite = 2.0", "line 2: suite")]
    [InlineData("host = h\nallow-slow-suites = true", "line 2: allow-slow-suites = \"true\" is wrong; it may be yes or no.")]
    [InlineData("host = h\nfeatures = 4", "line 2: features = \"4\" is wrong; it may be 0 to 3")]
    [InlineData("host = h\nkeepalive = 4", "line 2: keepalive = \"4\" is wrong; it may be 5 to 3600 seconds.")]
    [InlineData("host = h\ninterval = 0", "line 2: interval = \"0\" is wrong; it may be 1 to 3600 seconds.")]
    [InlineData("host = h\ninterval = 0x10", "line 2: interval")]
    [InlineData("host = h\nsleep = 86401", "line 2: sleep = \"86401\" is wrong; it may be 1 to 86400 seconds of deep sleep after each reading, or 0 to stay awake.")]
    [InlineData("host = h\ntime-server = a b", "line 2: time-server = \"a b\" is wrong; it may be a host name or an IPv4 address, or off.")]
    [InlineData("host = h\nname = ", "line 2: name = \"\" is wrong; it may be 1 to 32 characters.")]
    [InlineData("host = h\nname = 123456789012345678901234567890123", "line 2: name")]
    [InlineData("host = h\nhost = h", "line 2: \"host\" stands there twice; it may stand there once.")]
    [InlineData("host = h\nport = 5", "line 2: \"port\" is no setting; it may be one of host, ports, rendezvous, discovery-port, suite, allow-slow-suites, features, keepalive, interval, sleep, time-server, name and format.")]
    [InlineData("host = h\nformat = xml", "line 2: format = \"xml\" is wrong; it may be text or json.")]
    [InlineData("host = h\nformat = ", "line 2: format = \"\" is wrong")]
    [InlineData("host = h\nports", "line 2: there is no \"=\"; a line may be \"name = value\", or a comment after #.")]
    [InlineData("host = h\nname = gr\u00FCn", "line 2: byte 195 is no text; a line may be \"name = value\" in ASCII")]
    [InlineData("host = h\nname = a\0b", "line 2: byte 0 is no text")]
    public void A_wrong_value_is_named(string text, string expected)
    {
        string problem = Assert.Single(Read(text, Encoding.ASCII.GetBytes(VirtualBoard.PskHex)));
        Assert.StartsWith(File, problem, StringComparison.Ordinal);
        Assert.Contains(expected, problem, StringComparison.Ordinal);
    }

    [Fact]
    public void All_wrong_values_are_named_at_once()
    {
        List<string> problems = Read("host = ?\nports = x\nsuite = y\n", "not hex"u8.ToArray());
        Assert.Equal(4, problems.Count);
        Assert.StartsWith(Psk, problems[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("157df04f16c4f4939f74eadd7428a54", "31 hex digits")]
    [InlineData("157df04f16c4f4939f74eadd7428a5", "30 hex digits")]
    [InlineData("", "0 hex digits")]
    [InlineData("157df04f16c4f4939f74eadd7428a5g3", "byte 31 is not a hex digit")]
    [InlineData("157df04f16c4f493 9f74eadd7428a543", "byte 17 is not a hex digit")]
    public void A_wrong_key_is_named_without_its_value(string text, string expected)
    {
        string problem = Assert.Single(Read("host = h", Encoding.ASCII.GetBytes(text)));
        Assert.StartsWith(Psk, problem, StringComparison.Ordinal);
        Assert.Contains(expected, problem, StringComparison.Ordinal);
        Assert.Contains("it may be 16 to 64 bytes, raw or as one line of hex.", problem, StringComparison.Ordinal);
        Assert.DoesNotContain("157d", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(15, false)]
    [InlineData(16, true)]
    [InlineData(64, true)]
    [InlineData(65, false)]
    [InlineData(2000, false)]
    public void A_raw_key_has_16_to_64_bytes(int size, bool good)
    {
        byte[] key = new byte[size];
        Assert.Equal(good, Read("host = h", key).Count == 0);
    }

    [Fact]
    public void Missing_and_oversize_files_are_named()
    {
        VirtualBoard board = new();
        board.Files.Clear();
        Assert.Equal([Psk + " is missing: ", File + " is missing: "], Read(board).Select(p => p[..(p.IndexOf(':', 3) + 2)]));
        board.Files[Psk] = new byte[32];
        board.Files[File] = Encoding.ASCII.GetBytes("host = h" + new string('\n', 5000));
        Assert.StartsWith(File + " has more than 4096 bytes", Assert.Single(Read(board)), StringComparison.Ordinal);
    }

    /// <summary>Whatever the files hold, the reader gives sentences of a bounded size, and never throws.</summary>
    [Fact]
    public void Random_files_give_sentences()
    {
        Random random = new(20261121);
        string[] words = ["host", "ports", "suite", "=", "-", "\n", "#", " ", "0", "65535", "1.2.3.4", "\r\n", "name", "off", "\t", "\u00e9", "interval=5\n"];
        for (int i = 0; i < 5000; i++)
        {
            byte[] text = new byte[random.Next(5000)];
            random.NextBytes(text);
            if (i % 2 == 0)
            {
                text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, random.Next(60)).Select(_ => words[random.Next(words.Length)])));
            }

            byte[] key = new byte[random.Next(80)];
            random.NextBytes(key);
            VirtualBoard board = s_board;
            board.Files[Psk] = key;
            board.Files[File] = text;
            List<string> problems = Read(board);
            Assert.InRange(problems.Count, 0, 16);
            Assert.All(problems, p => Assert.True(p.Length < 400 && p.All(c => c is >= ' ' and <= '~'), p));
        }
    }

    private static readonly VirtualBoard s_board = new();

    private static Settings Good(string text)
    {
        VirtualBoard board = new();
        board.Files[File] = Encoding.UTF8.GetBytes(text);
        Problems problems = new();
        Settings settings = SettingsReader.Read(board, problems);
        Assert.True(problems.Count == 0, problems[0]);
        return settings;
    }

    private static List<string> Read(string text, byte[] psk)
    {
        VirtualBoard board = new();
        board.Files[Psk] = psk;
        board.Files[File] = Encoding.UTF8.GetBytes(text);
        return Read(board);
    }

    private static List<string> Read(VirtualBoard board)
    {
        Problems problems = new();
        _ = SettingsReader.Read(board, problems);
        return [.. Enumerable.Range(0, problems.Count).Select(i => problems[i])];
    }
}
