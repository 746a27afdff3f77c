using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Text.RegularExpressions;
using Springtail.Packets;
using Springtail.Peer.Explain;
using Springtail.Tests.Discovery;
using Xunit;

namespace Springtail.Tests.Sight;

/// <summary>The dissector in tshark, against the project's own code and against the worked values.</summary>
public sealed partial class WiresharkTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("springtail-wireshark-");

    public void Dispose() => _folder.Delete(true);

    [TsharkFact]
    public void Every_packet_is_named_and_decrypted_and_nothing_else_is_taken_for_one()
    {
        Recording recording = Recording.One;
        string[] fields =
        [
            "frame.number", "_ws.col.Protocol", "springtail.tag.status", "springtail.session", "springtail.type", "springtail.subtype", "springtail.epoch", "springtail.number", "springtail.data",
            "springtail.stream", "springtail.name", "springtail.transfer.type", "springtail.expert.malformed",
        ];
        string[][] rows =
        [
            .. Tshark.Run(recording.Capture, recording.Keys, ["-T", "fields", "-E", "occurrence=f", .. fields.SelectMany(f => new[] { "-e", f })]).Select(l => l.Split('\t')),
        ];
        Assert.Equal(recording.Count, rows.Length);
        Dictionary<int, OpenedPacket> opened = recording.Open();
        Dictionary<ulong, string> streams = [];
        foreach (string[] row in rows)
        {
            int frame = int.Parse(row[0], CultureInfo.InvariantCulture);
            if (!opened.TryGetValue(frame, out OpenedPacket? packet))
            {
                Assert.True(row[1] != "Springtail" && row[2].Length == 0, $"frame {frame} is taken for Springtail's");
                continue;
            }

            string at = $"frame {frame}: {string.Join(' ', row)}";
            Assert.True(row[1] == "Springtail" && row[2] == "1" && row[12].Length == 0, at);
            Assert.True(Number(row[3]) == packet.Id && (int)Number(row[4]) == packet.Type && (int)Number(row[5]) == packet.Subtype, at);
            if (packet.Space >= 0)
            {
                Assert.True((int)Number(row[6]) == packet.Epoch && Number(row[7]) == packet.Number, at);
            }

            if (packet.Type == PacketType.Data)
            {
                // Of several fragments the first.
                int length = Math.Min(packet.Length, Packet.MaxPayload);
                int padding = (packet.U8(DataPayload.Delivery) & DataPayload.Padded) == 0 ? 0 : packet.U16(length - 2);
                string data = Convert.ToHexStringLower(packet.Bytes.AsSpan(Packet.HeaderSize + DataPayload.HeaderSize, length - DataPayload.HeaderSize - padding));
                Assert.True(row[8].Replace(":", "", StringComparison.Ordinal) == data, at);
            }

            if (packet.Type != PacketType.Discovery)
            {
                Assert.True(streams.TryAdd(packet.Id, row[9]) || streams[packet.Id] == row[9], at);
            }
        }

        Assert.True(opened.Values.Count(p => p.Type == PacketType.Data && p.Length > Packet.MaxPayload) > 3);
        Assert.Equal(streams.Count, streams.Values.Distinct().Count());
        Assert.Equal(["1", "2", "3", "4", "6", "7", "10"], rows.Select(r => r[11]).Where(t => t.Length > 0).Distinct().Order(StringComparer.Ordinal).OrderBy(t => t.Length));
    }

    [TsharkFact]
    public void Expert_information_tells_of_what_is_not_as_usual()
    {
        Recording recording = Recording.One;
        Dictionary<int, OpenedPacket> opened = recording.Open();
        string[][] rows =
        [
            .. Tshark.Run(
                recording.Capture, recording.Keys,
                "-Y", "springtail.analysis.sent_again or springtail.analysis.copy_of or springtail.analysis.gap or springtail.expert.epoch or springtail.expert.address or springtail.expert.resume or springtail.expert.recovery or springtail.expert.reset",
                "-T", "fields", "-E", "occurrence=f", "-e", "frame.number", "-e", "springtail.analysis.sent_again", "-e", "springtail.analysis.gap", "-e", "springtail.expert.epoch",
                "-e", "springtail.expert.address", "-e", "springtail.expert.resume", "-e", "springtail.expert.recovery", "-e", "springtail.expert.reset").Select(l => l.Split('\t')),
        ];
        int Count(int column) => rows.Count(r => r[column].Length > 0);
        (uint, int)[] Fragments(string frame)
        {
            OpenedPacket packet = opened[int.Parse(frame, CultureInfo.InvariantCulture)];
            return [.. Enumerable.Range(0, (packet.Length + Packet.MaxPayload - 1) / Packet.MaxPayload).Select(i => i * Packet.MaxPayload)
                .Select(at => (packet.U32(at + DataPayload.MessageId), packet.U16(at + DataPayload.FragmentIndex)))];
        }

        Assert.All(rows.Where(r => r[1].Length > 0), r => Assert.Contains(Fragments(r[0]).Single(), Fragments(r[1])));
        Assert.True(Count(1) > Recording.Lives.Length);

        // Two of each life, and two of the emergency.
        Assert.Equal(2 * Recording.Lives.Length + 2, Count(3));
        Assert.Equal(Recording.Lives.Length, Count(4));
        Assert.Equal(opened.Values.Count(p => p.Type == PacketType.Management && p.Subtype == ManagementSubtype.Resume), Count(5));
        Assert.True(Count(6) >= 2);
        Assert.Equal(1, Count(7));
    }

    // DIVERSIFIED has the session_key of suite 1 and other keys with it, which no two sessions have: so it is by itself.
    [TsharkFact]
    public void Worked_values_are_opened_with_the_keys_beside_them()
    {
        Open("suite_1", "suite_2", "suite_3", "suite_4", "suite_5", "continued");
        Open("suite_1_diversified");
    }

    private void Open(params string[] sections)
    {
        string capture = Path.Combine(_folder.FullName, "vectors.pcap");
        string keys = Path.Combine(_folder.FullName, "keys");
        List<string> names = [];
        List<string> lines = [];
        List<string?> data = [];
        List<string> tags = [];
        using JsonDocument vectors = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "vectors", "vectors.json")));
        using (FileStream stream = File.Create(capture))
        {
            CaptureWriter writer = new(stream, new CaptureForm(101));
            int section = 0;
            foreach (string name in sections)
            {
                JsonElement values = vectors.RootElement.GetProperty(name);
                lines.AddRange(Lines(values, name == "continued" ? values.GetProperty("session_id").GetString()! : vectors.RootElement.GetProperty("long_term").GetProperty("session_id").GetString()!));
                section++;
                foreach (JsonProperty packet in values.GetProperty("on_the_wire").EnumerateObject())
                {
                    string type = packet.Name switch
                    {
                        "syn_copy" => "SYN",
                        "ack_with_sack" => "ACK",
                        "data_past_2_32" or "data_padded" => "DATA",
                        string other => other.ToUpperInvariant(),
                    };
                    names.Add(type);
                    data.Add(packet.Name == "data" ? values.GetProperty("data_message").GetString() : null);
                    byte[] bytes = Convert.FromHexString(packet.Value.GetString()!);
                    writer.Write(1792671081941, DiscoveryWire.Address(section, 4000), DiscoveryWire.Address(100, 5000), bytes);
                    tags.Add("1");
                    if (packet.Name is "data")
                    {
                        // One bit of its payload is another: it is known by its mask, and its tag is wrong.
                        bytes[Packet.HeaderSize + 3] ^= 0x10;
                        writer.Write(1792671081941, DiscoveryWire.Address(section, 4000), DiscoveryWire.Address(100, 5000), bytes);
                        names.Add(type);
                        data.Add(null);
                        tags.Add("2");
                    }
                }
            }
        }

        File.WriteAllLines(keys, lines);
        string[][] rows = [.. Tshark.Run(capture, keys, "-T", "fields", "-E", "occurrence=f", "-e", "springtail.name", "-e", "springtail.tag.status", "-e", "springtail.data", "-e", "springtail.number").Select(l => l.Split('\t'))];
        Assert.Equal(names, rows.Select(r => r[0]));
        Assert.Equal(tags, rows.Select(r => r[1]));
        Assert.All(rows.Where(r => r[1] == "2"), r => Assert.Equal("", r[2]));
        Assert.All(data.Zip(rows).Where(d => d.First != null), d => Assert.Equal(d.First, d.Second[2].Replace(":", "", StringComparison.Ordinal)));
        Assert.Equal(sections.Length, rows.Count(r => r[3] == "4294967301"));
    }

    [TsharkFact]
    public void The_primitives_give_the_published_values()
    {
        string script = Path.Combine(_folder.FullName, "values.lua");
        File.WriteAllText(script, """
            local c = dofile(os.getenv("SPRINGTAIL_LUA"))
            local h, x = c.to_hex, c.from_hex
            local function is(what, value, expected) if value ~= expected then error(what .. ": " .. value) end end
            is("SHA-256", h(c.sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")), "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1")
            is("HMAC, RFC 4231 6", h(c.hmac(("\170"):rep(131), "Test Using Larger Than Block-Size Key - Hash Key First")), "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54")
            local key = x"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
            is("ChaCha20, RFC 8439 2.3.2", h(c.chacha20(key, x"000000090000004a00000000", 1, ("\0"):rep(64))),
                "10f1e7e4d13b5915500fdd1fa32071c4c7d1f4c733c068030422aa9ac3d46c4ed2826446079faa0914c2d705d98b02a2b5129cd1de164eb9cbd083e8a2503c4e")
            is("Poly1305, RFC 8439 2.5.2", h(c.poly1305(x"85d6be7857556d337f4452fe42d506a80103808afb0db2fd4abff6af4149f51b", "Cryptographic Forum Research Group")), "a8061dc1305136c6c22b8baf0c0127a9")
            local ff = ("\255"):rep(16)
            is("Poly1305, RFC 8439 A.3 7", h(c.poly1305(x"0100000000000000000000000000000000000000000000000000000000000000", ff .. "\240" .. ("\255"):rep(15) .. "\17" .. ("\0"):rep(15))), "05000000000000000000000000000000")
            is("Poly1305, RFC 8439 A.3 8", h(c.poly1305(x"0100000000000000000000000000000000000000000000000000000000000000", ff .. "\251" .. ("\254"):rep(15) .. ("\1"):rep(16))), "00000000000000000000000000000000")
            is("Poly1305, RFC 8439 A.3 9", h(c.poly1305(x"0200000000000000000000000000000000000000000000000000000000000000", "\253" .. ("\255"):rep(15))), "faffffffffffffffffffffffffffffff")
            is("Poly1305, RFC 8439 A.3 6", h(c.poly1305(x"02000000000000000000000000000000" .. ff, "\2" .. ("\0"):rep(15))), "03000000000000000000000000000000")
            is("AEAD, RFC 8439 2.8.2", h(c.aead_tag(x"808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f", x"070000004041424344454647", x"50515253c0c1c2c3c4c5c6c7",
                c.chacha20(x"808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f", x"070000004041424344454647", 1,
                    "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it."))), "1ae10b594f09e26a7e902ecbd0600691")
            """.Replace("os.getenv(\"SPRINGTAIL_LUA\")", "[[" + Tshark.Script + "]]", StringComparison.Ordinal));
        string capture = Path.Combine(_folder.FullName, "one.pcap");
        using (FileStream stream = File.Create(capture))
        {
            new CaptureWriter(stream, new CaptureForm()).Write(1, DiscoveryWire.Address(1, 1), DiscoveryWire.Address(2, 2), new byte[100]);
        }

        // It is loaded in place of the dissector, which it loads itself. All filters that are told of must be ones, and find nothing here.
        string folder = Path.GetDirectoryName(Tshark.Script)!;
        string[] filters =
        [
            .. File.ReadLines(Path.Combine(folder, "colorfilters")).Where(l => l.StartsWith('@')).Select(l => l.Split('@')[2]),
            .. Filter().Matches(File.ReadAllText(Path.Combine(folder, "README.md"))).Select(m => m.Groups[1].Value),
        ];
        Assert.InRange(filters.Length, 20, 60);
        Assert.Empty(Tshark.RunScript(script, capture, string.Join(" or ", filters.Select(f => $"({f})"))));
    }

    [GeneratedRegex("`(springtail[.](?!lua)[^`]*)`")]
    private static partial Regex Filter();

    private static string[] Lines(JsonElement values, string decimalId)
    {
        string id = ulong.Parse(decimalId, CultureInfo.InvariantCulture).ToString("x16", CultureInfo.InvariantCulture);
        JsonElement parameters = values.GetProperty("parameters");
        string Of(JsonElement from, string name) => from.GetProperty(name).GetString()!;
        string Sequence(string name) => parameters.GetProperty(name).GetUInt32().ToString("x16", CultureInfo.InvariantCulture);
        return
        [
            $"SPRINGTAIL_HANDSHAKE_MASK {id} {Of(values, "handshake_mask_key")}",
            $"SPRINGTAIL_HANDSHAKE_KEY {id} {Of(values, "handshake_key")}",
            $"SPRINGTAIL_MASK_0 {id} {Of(values, "session_mask_key")}",
            $"SPRINGTAIL_NUMBERS_0 {id} {Sequence("client_sequence")}{Sequence("server_sequence")}",
            $"SPRINGTAIL_SESSION_KEY_0 {id} {Of(parameters, "session_key")}",
            $"SPRINGTAIL_CLIENT_KEY_0 {id} {Of(parameters, "client_key")}",
            $"SPRINGTAIL_SERVER_KEY_0 {id} {Of(parameters, "server_key")}",
            .. parameters.TryGetProperty("authentication_key", out JsonElement own) ? new[] { $"SPRINGTAIL_AUTHENTICATION_KEY_0 {id} {own.GetString()}" } : [],
        ];
    }

    private static ulong Number(string text) =>
        text.Length == 0 ? 0 : text.StartsWith("0x", StringComparison.Ordinal) ? ulong.Parse(text[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture) : ulong.Parse(text, CultureInfo.InvariantCulture);
}
