using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using Springtail.Peer;
using Springtail.Sessions;
using Xunit;

namespace Springtail.Tests.Peer;

/// <summary>What a terminal of some width shows of the live table and of the log above it.</summary>
public sealed class LiveScreenTests
{
    private static readonly ChannelRow[] s_rows =
    [
        Row("00112233aabbccdd", "192.168.1.17", SessionState.Established, 12),
        Row("ffeeddccbbaa9988", "2001:db8:0:1:2:3:4:5678", SessionState.Recovering, 0),
    ];

    [Theory]
    [InlineData(
        40,
        "session   peer              state",
        "00112233  192.168.1.17      established",
        "ffeeddcc  2001:db8:0:1:2:…  not heard")]
    [InlineData(
        80,
        "session   peer                     state             in   out    rtt",
        "00112233  192.168.1.17             established  1234567  4321  12 ms",
        "ffeeddcc  2001:db8:0:1:2:3:4:5678  not heard    1234567  4321")]
    [InlineData(
        120,
        "session   peer                     state        window  epoch  ports here, there       in   out  again  dropped    rtt",
        "00112233  192.168.1.17             established   12345      2  40123, 51234       1234567  4321     17        3  12 ms",
        "ffeeddcc  2001:db8:0:1:2:3:4:5678  not heard     12345      2  40123, 51234       1234567  4321     17        3")]
    public void The_table_has_the_columns_that_fit(int width, params string[] expected)
    {
        Assert.Equal(expected, ChannelTable.Lines(s_rows, "", width));
    }

    [Fact]
    public void From_40_to_200_columns_no_line_is_too_long_and_session_peer_and_state_are_there()
    {
        int columns = 0;
        for (int width = 40; width <= 200; width++)
        {
            IReadOnlyList<string> lines = ChannelTable.Lines(s_rows, "", width);
            Assert.All(lines, l => Assert.InRange(l.Length, 1, width));
            Assert.StartsWith("session   peer", lines[0]);
            Assert.Contains("state", lines[0]);
            Assert.EndsWith("not heard", lines[2][..(lines[0].IndexOf("state", StringComparison.Ordinal) + 9)]);
            int shown = lines[0].Split("  ", StringSplitOptions.RemoveEmptyEntries).Length;
            Assert.True(shown >= columns);
            columns = shown;
        }

        Assert.Equal(12, columns);
        Assert.Equal(22, ChannelTable.Lines([.. Enumerable.Repeat(s_rows[0], 25)], "", 80).Count);
    }

    /// <summary>Log lines longer than the screen is wide, and a screen that becomes narrower, leave every log line whole and one table.</summary>
    [Theory]
    [InlineData(40)]
    [InlineData(80)]
    [InlineData(120)]
    public void Log_lines_stay_whole_above_the_table(int width)
    {
        Terminal terminal = new() { Width = width };
        LiveScreen screen = new(terminal, () => terminal.Width);
        List<string> log = [];
        Random random = new(width);
        IReadOnlyList<string> table = [];
        for (int i = 0; i < 40; i++)
        {
            string line = $"line {i} " + new string((char)('a' + i % 26), random.Next(3 * width));
            log.Add(line);
            screen.Log(line, i % 3 == 0 ? 31 : 0);
            table = ChannelTable.Lines(s_rows[..random.Next(3)], "Waiting for peers.", terminal.Width - 1);
            screen.Show(table);
        }

        Assert.Equal([.. log.SelectMany(l => l.Chunk(width).Select(c => new string(c))), .. table], terminal.Screen);
        terminal.Width = width - 7;
        screen.Log("the last", 0);
        table = ChannelTable.Lines(s_rows, "", terminal.Width - 1);
        screen.Show(table);
        screen.End();
        string[] end = terminal.Screen;
        Assert.Equal(["the last", .. table, ""], end[^5..]);
        Assert.Single(end, "the last");
        Assert.Single(end, l => l.StartsWith("session ", StringComparison.Ordinal));
    }

    [Fact]
    public void Wide_characters_count_as_they_are_shown()
    {
        Assert.Equal("文件…", LiveScreen.Fit("文件文件", 6));
        Assert.Equal("文件文件", LiveScreen.Fit("文件文件", 8));
        Assert.Equal("…文件", LiveScreen.FitEnd("文件文件", 6));
        Assert.Equal("…🙂", LiveScreen.FitEnd("🙂🙂", 3));
        Assert.Equal("文件文件", LiveScreen.FitEnd("文件文件", 8));
    }

    private static ChannelRow Row(string session, string peer, SessionState state, int roundTrip) => new(session, peer, new ChannelStatus
    {
        State = state,
        Window = 12_345,
        Epoch = 2,
        LocalPort = 40_123,
        PeerPort = 51_234,
        PacketsReceived = 1_234_567,
        PacketsSent = 4321,
        Retransmissions = 17,
        PacketsDropped = 3,
        RoundTripTime = roundTrip,
        ClockOffset = -45,
    });

    /// <summary>As much of a terminal as the screen uses: lines that wrap, and wrap anew when it is made narrower; no limit to its height.</summary>
    private sealed class Terminal : StringWriter
    {
        // Rows, each with whether it goes on in the next.
        private readonly List<(StringBuilder Text, bool Wraps)> _rows = [(new StringBuilder(), false)];
        private int _width;
        private int _row;
        private int _column;

        public int Width
        {
            get => _width;
            set
            {
                _width = value;
                List<string> lines = [""];
                foreach ((StringBuilder text, bool wraps) in _rows)
                {
                    lines[^1] += text;
                    if (!wraps)
                    {
                        lines.Add("");
                    }
                }

                _rows.Clear();
                foreach (string line in lines[..^1])
                {
                    char[][] rows = line.Length == 0 ? [[]] : [.. line.Chunk(value)];
                    _rows.AddRange(rows.Select((r, i) => (new StringBuilder(new string(r)), i < rows.Length - 1)));
                }

                _row = _rows.Count - 1;
                _column = _rows[_row].Text.Length;
            }
        }

        public string[] Screen => [.. _rows.Select(r => r.Text.ToString())];

        public override void Write(string? text)
        {
            for (int i = 0; i < text!.Length; i++)
            {
                switch (text[i])
                {
                    case '\r':
                        _column = 0;
                        break;
                    case '\n':
                        _rows[_row] = (_rows[_row].Text, false);
                        Down();
                        break;
                    case '\u001b':
                        int end = text.IndexOfAny(['A', 'J', 'm'], i);
                        if (text[end] == 'A')
                        {
                            _row -= int.Parse(text[(i + 2)..end]);
                            Assert.True(_row >= 0);
                        }
                        else if (text[end] == 'J')
                        {
                            _rows[_row].Text.Length = _column;
                            _rows.RemoveRange(_row + 1, _rows.Count - _row - 1);
                        }

                        i = end;
                        break;
                    default:
                        if (_column == _width)
                        {
                            _rows[_row] = (_rows[_row].Text, true);
                            _column = 0;
                            Down();
                        }

                        StringBuilder row = _rows[_row].Text;
                        row.Length = Math.Max(row.Length, _column);
                        row.Remove(_column, row.Length > _column ? 1 : 0).Insert(_column, text[i]);
                        _column++;
                        break;
                }
            }
        }

        private void Down()
        {
            _row++;
            if (_row == _rows.Count)
            {
                _rows.Add((new StringBuilder(), false));
            }
        }
    }
}
