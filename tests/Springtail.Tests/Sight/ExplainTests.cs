using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using Springtail.Crypto;
using Springtail.Packets;
using Springtail.Peer.Explain;
using Springtail.Tests.Discovery;
using Springtail.Tests.Peer;
using Springtail.Tests.Simulation;
using Xunit;

namespace Springtail.Tests.Sight;

/// <summary><c>springtail explain</c> on captures that the tests make.</summary>
public sealed class ExplainTests
{
    private static readonly Recording s_recording = Recording.One;

    [Fact]
    public void Every_packet_is_opened_and_nothing_else_is_taken_for_one()
    {
        Dictionary<int, OpenedPacket> opened = s_recording.Open();
        Assert.True(s_recording.Count > s_recording.Frames.Count + 1500);
        Assert.Equal([], opened.Keys.Except(s_recording.Frames));
        Assert.Equal([], s_recording.Frames.Except(opened.Keys));
        Assert.All(opened.Values, p => Assert.True(p.Tag == TagState.Good, $"frame {p.Datagram.Frame}, type {p.Type}.{p.Subtype}: {p.Tag}"));

        // All types but the two of a repair were on the way.
        (int, int)[] types = [.. opened.Values.Select(p => (p.Type, p.Subtype)).Distinct()];
        foreach (int type in new[] { PacketType.Syn, PacketType.SynAck, PacketType.Ack, PacketType.Data, PacketType.Fin, PacketType.Heartbeat, PacketType.Rst })
        {
            Assert.Contains((type, 0), types);
        }

        Assert.Contains((PacketType.Control, ControlSubtype.EmergencyResponse), types);
        Assert.Contains((PacketType.Management, ManagementSubtype.KeyCheckReply), types);
        Assert.Contains((PacketType.Management, ManagementSubtype.Resume), types);
        Assert.Equal(8, types.Count(t => t.Item1 == PacketType.Discovery));
    }

    [Fact]
    public void A_bit_that_is_another_shows_as_a_wrong_tag_or_as_no_packet()
    {
        using StreamReader keys = new(s_recording.Keys);
        Unsealer unsealer = new(CryptoCore.Default, LoggedKeys.Read(keys));
        CapturedDatagram datagram = s_recording.Open().Values.First(p => p.Type == PacketType.Data && p.Length > 100).Datagram;
        Dictionary<TagState, int> seen = [];
        int none = 0;
        for (int i = 0; i < datagram.Payload.Length; i++)
        {
            byte[] damaged = [.. datagram.Payload];
            damaged[i] ^= 0x10;
            if (unsealer.Open(datagram with { Payload = damaged }) is { } packet)
            {
                seen[packet.Tag] = seen.GetValueOrDefault(packet.Tag) + 1;
            }
            else
            {
                none++;
            }
        }

        // The twelve bytes of the tag that make the mask, session_id, version and length are all that it is found by.
        Assert.False(seen.ContainsKey(TagState.Good));
        Assert.Equal(12 + 8 + 1 + 2, none);
    }

    [Fact]
    public void Without_a_key_log_only_pairing_and_discovery_are_found()
    {
        Unsealer unsealer = new(CryptoCore.Default, new LoggedKeys());
        using FileStream stream = File.OpenRead(s_recording.Capture);
        OpenedPacket[] found = [.. CaptureFile.Open(stream).Read().Select(unsealer.Open).OfType<OpenedPacket>()];
        Assert.All(found, p => Assert.True(p.Type == PacketType.Discovery || (p.Type is PacketType.Syn or PacketType.SynAck && p.U8(Syn.Suite) >= 4)));
        Assert.Equal(
            s_recording.Open().Values.Count(p => (p.Type == PacketType.Discovery && p.Subtype < DiscoverySubtype.ClockRequest) || (p.Type is PacketType.Syn or PacketType.SynAck && p.U8(Syn.Suite) >= 4)),
            found.Length);
    }

    [Fact]
    public void It_says_what_happened()
    {
        (int code, string[] lines, _) = Command.Run("explain", s_recording.Capture, "--key-log", s_recording.Keys);
        Assert.Equal(0, code);
        Assert.StartsWith($"{s_recording.Count} datagrams of UDP in ", lines[0]);
        Assert.Contains($"{s_recording.Frames.Count} of them Springtail's", lines[0]);
        int Clock(int subtype) => s_recording.Open().Values.Count(p => p.Type == PacketType.Discovery && p.Subtype == subtype);
        Assert.Equal($"{Clock(DiscoverySubtype.ClockRequest)} questions for the time, {Clock(DiscoverySubtype.ClockResponse)} answers", lines[1]);
        Assert.Equal("2 looked for a shared key, 1 found one", lines[2]);

        string[][] sessions = Sessions(lines);
        for (int i = 0; i < Recording.Lives.Length; i++)
        {
            string[] session = sessions[i];
            (int suite, int features) = Recording.Lives[i];
            AssertInOrder(
                session,
                $"begins: SYN to 10.0.0.1:", "the server answers the SYN", "the client confirms", "established",
                "the client asks for new keys", "the server answers with its part of new keys", "uses new keys, of epoch 1 after the rekey",
                "announces a sleep of 600 s", "the server knows of the sleep", "RESUME from 10.0.0.3:", "of epoch 2 after the RESUME", "the client closes: FIN after");
            Assert.Contains(session, l => l.Contains($"suite {suite}", StringComparison.Ordinal) && l.Contains("DIVERSIFIED", StringComparison.Ordinal) == (features & 1) > 0);
            Assert.Contains(session, l => l.Contains("the client is at 10.0.0.3:", StringComparison.Ordinal));
            Assert.Contains(session, l => l.StartsWith("  from the client: ", StringComparison.Ordinal) && l.Contains(" sent again", StringComparison.Ordinal));
            Assert.Equal("  end: closed in order, by the client first", session[^1]);
            Assert.DoesNotContain(session, l => l.Contains("wrong tag", StringComparison.Ordinal));
        }

        string[] transfer = sessions[Recording.Lives.Length];
        AssertInOrder(transfer, "a file transfer begins", "2 entries offered, 103000 bytes", "\"a/b\" is sent", "\"a/b\" has arrived, with the right hash", "\"c\" has arrived", "2 files arrived with the right hash");
        Assert.Contains("  files: 103000 bytes, 2 files arrived with the right hash", transfer);

        string[] emergency = sessions[Recording.Lives.Length + 1];
        AssertInOrder(emergency, "was acknowledged; nothing came from the other side", "asks for an emergency recovery", "the server answers the emergency", "of epoch 2 after the emergency", "the client checks the emergency's keys", "of epoch 3 after the rekey");

        string[] before = sessions[Recording.Lives.Length + 2];
        string[] after = sessions[Recording.Lives.Length + 3];
        AssertInOrder(before, "established", "nothing of what the client sent", $"session {after[0][8..]} continues this one", "took its place and went on with its messages");
        AssertInOrder(after, $"asks to continue session {before[0][8..]}", "established", "the client ends the session at once", "end: the client ended it at once: it was asked to");

        string[] unanswered = sessions[^1];
        Assert.StartsWith("  end: the handshake stalled at once: ", unanswered[^1]);
    }

    [Fact]
    public void Json_has_an_object_a_line_with_the_same_facts()
    {
        (int code, string[] lines, _) = Command.Run("explain", s_recording.Capture, "--key-log", s_recording.Keys, "--json");
        Assert.Equal(0, code);
        JsonElement[] events = [.. lines.Select(l => JsonDocument.Parse(l).RootElement)];
        Assert.Equal(s_recording.Frames.Count, events[0].GetProperty("springtail").GetInt32());
        JsonElement[] ends = [.. events.Where(e => e.GetProperty("event").GetString() == "end")];
        Assert.Equal(Recording.Lives.Length, ends.Count(e => e.GetProperty("end").GetString() == "closed" && e.GetProperty("epoch").GetInt32() == 2));
        Assert.Contains(ends, e => e.GetProperty("end").GetString() == "continued");
        Assert.Contains(ends, e => e.GetProperty("end").GetString() == "reset");
        Assert.Contains(ends, e => e.GetProperty("end").GetString() == "no-answer");
    }

    [Fact]
    public void Nothing_found_and_no_capture_are_told_apart()
    {
        string folder = Path.GetDirectoryName(s_recording.Capture)!;
        string empty = Path.Combine(folder, "foreign.pcap");
        using (FileStream stream = File.Create(empty))
        {
            new CaptureWriter(stream, new CaptureForm()).Write(1, DiscoveryWire.Address(1, 1), DiscoveryWire.Address(2, 2), new byte[100]);
        }

        (int code, _, string[] error) = Command.Run("explain", empty, "--key-log", s_recording.Keys);
        Assert.Equal((3, true), (code, error[^1].Contains("the key log is of other sessions", StringComparison.Ordinal)));
        (code, _, error) = Command.Run("explain", s_recording.Keys);
        Assert.Equal((3, true), (code, error[^1].Contains("is no capture", StringComparison.Ordinal)));
    }

    public static TheoryData<int, bool, bool, bool, bool> Forms => new()
    {
        { 0, false, false, false, false }, { 108, false, true, true, true }, { 1, true, true, true, true }, { 1, false, true, false, false }, { 113, true, false, false, false },
        { 276, false, false, true, true }, { 101, true, true, false, true }, { 101, false, false, false, false },
    };

    [Theory]
    [MemberData(nameof(Forms))]
    public void Captures_of_all_forms_are_read_and_broken_ones_end_where_they_break(int link, bool pcapng, bool bigEndian, bool nanoseconds, bool ipv6)
    {
        MemoryStream stream = new();
        CaptureWriter writer = new(stream, new CaptureForm(link, pcapng, bigEndian, nanoseconds, ipv6));
        byte[][] payloads = [[1, 2, 3], new byte[1200], []];
        foreach (byte[] payload in payloads)
        {
            writer.Write(1792671081941, DiscoveryWire.Address(1, 1025), DiscoveryWire.Address(2, 40000), payload);
        }

        CapturedDatagram[] read = [.. CaptureFile.Open(new MemoryStream(stream.ToArray())).Read()];
        Assert.Equal(payloads, read.Select(d => d.Payload));
        Assert.Equal([1, 2, 3], read.Select(d => d.Frame));
        Assert.All(read, d => Assert.Equal((DateTime.UnixEpoch.AddMilliseconds(1792671081941), 1025, 40000, ipv6 ? "fd00::a00:1" : "10.0.0.1"), (d.Time, d.From.Port, d.To.Port, d.From.Address.ToString())));
        byte[] whole = stream.ToArray();
        for (int size = 28; size < whole.Length; size += size < 300 ? 1 : 97)
        {
            Assert.True(CaptureFile.Open(new MemoryStream(whole[..size])).Read().Count() <= 3);
        }

        // Whatever is altered, it ends, and says nothing worse than that it is no capture.
        Random random = new(link);
        for (int i = 0; i < 300; i++)
        {
            byte[] damaged = [.. whole];
            damaged[random.Next(i < 200 ? 120 : damaged.Length)] ^= (byte)(1 << random.Next(8));
            try
            {
                _ = CaptureFile.Open(new MemoryStream(damaged)).Read().Count();
            }
            catch (InvalidDataException)
            {
            }
        }
    }

    private static string[][] Sessions(string[] lines)
    {
        List<List<string>> sessions = [];
        foreach (string line in lines)
        {
            if (line.StartsWith("Session ", StringComparison.Ordinal))
            {
                sessions.Add([]);
            }

            if (sessions.Count > 0 && line.Length > 0)
            {
                sessions[^1].Add(line);
            }
        }

        return [.. sessions.Select(s => s.ToArray())];
    }

    private static void AssertInOrder(string[] lines, params string[] texts)
    {
        int at = 0;
        foreach (string text in texts)
        {
            int found = Array.FindIndex(lines, at, l => l.Contains(text, StringComparison.Ordinal));
            Assert.True(found >= 0, $"\"{text}\" is not there, or not in its place:\n{string.Join('\n', lines)}");
            at = found;
        }
    }
}
