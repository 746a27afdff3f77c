using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Springtail.Crypto;
using Springtail.Peer.Commands;
using Springtail.Peer.Nearby;
using Springtail.Words;
using Xunit;

namespace Springtail.Tests.Peer;

/// <summary>A sender that is found on its own network, on loopback. Other tests may be found there too, so tokens are drawn.</summary>
[SupportedOSPlatform("linux")]
public sealed class NearbyTests : IDisposable
{
    private const string Name = "_a._sub._springtail._udp.local";

    private static readonly LocalLink s_link = new(2, AddressFamily.InterNetwork, false, []);

    private readonly string _folder = Directory.CreateTempSubdirectory("springtail-near-").FullName;
    private readonly string _file;

    public NearbyTests()
    {
        _file = Path.Combine(_folder, "file");
        File.WriteAllText(_file, "text");
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_line_without_a_host_does_on_the_same_network()
    {
        using Command send = Send(WordList.DrawToken(CryptoCore.Default));
        string line = send.WaitForError("On the same network").Split("this one does: ")[1];
        string into = Directory.CreateDirectory(Path.Combine(_folder, "into")).FullName;
        (int code, _, string error) = Command.Type(line + " --bind " + Loopback.Next(), into);
        Assert.True(code == 0, error);
        Assert.Equal(0, send.Wait());
        Assert.Equal("text", File.ReadAllText(Path.Combine(into, "file")));
    }

    /// <summary>A stranger whose token looks alike costs a guess on both sides, and no more.</summary>
    [Fact]
    public void A_sender_with_other_words_is_left_for_the_right_one()
    {
        string token = WordList.DrawToken(CryptoCore.Default);
        string alike = Tokens().First(t => t != token && TokenTag.Of(t) == TokenTag.Of(token));
        using Command stranger = Send(alike);
        stranger.WaitForError("On the same network");
        string into = Path.Combine(_folder, "into");
        using Command receive = Command.Start(["receive", token, .. NewPlace(), "--into", into, "-v", "detailed"]);
        receive.WaitForError("may be the sender");
        using Command send = Send(token);
        Assert.True(receive.Wait() == 0, receive.ToString());
        Assert.Equal(0, send.Wait());
        stranger.Signal(Command.SigInt);
        Assert.Equal(130, stranger.Wait());
    }

    [Fact]
    public void Who_is_not_announced_is_not_found_and_what_to_do_is_said()
    {
        string token = WordList.DrawToken(CryptoCore.Default);
        using Command send = Send(token, "--no-announce");
        string port = send.WaitForOut("--rendezvous").Split("--rendezvous ")[1].Split(' ')[0];
        (int code, string[] _, string[] error) = Command.Run(["receive", token, .. NewPlace(), "--into", _folder, "--rendezvous", port]);
        Assert.Equal(4, code);
        Assert.Contains("or name its host: springtail receive HOST WORD-WORD", Assert.Single(error));
        Assert.DoesNotContain(send.Error, l => l.Contains("same network", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("ocean-tiger", "", "ocean-tiger")]
    [InlineData("OCEAN tiger", "", "OCEAN tiger")]
    [InlineData("ocean|tiger", "", "ocean|tiger")]
    [InlineData("ocean-tigr", "", "ocean-tigr")]
    [InlineData("ocean|–|tiger", "", "ocean|–|tiger")]
    [InlineData("my-laptop", "my-laptop", "")]
    [InlineData("my-laptop|ocean-tiger", "my-laptop", "ocean-tiger")]
    [InlineData("my|ocean|tiger", "my", "ocean|tiger")]
    [InlineData("ocean-tiger|ocean-tiger", "ocean-tiger", "ocean-tiger")]
    [InlineData("ocean-tiger.", "ocean-tiger.", "")]
    [InlineData("ocean-tiger.local", "ocean-tiger.local", "")]
    [InlineData("ocean-tiger:1026", "ocean-tiger:1026", "")]
    [InlineData("ocean.local", "ocean.local", "")]
    [InlineData("ocean/tiger", "", "ocean/tiger")]
    [InlineData("Ocean Tiger.", "", "Ocean Tiger.")]
    [InlineData("ocean", "ocean", "")]
    [InlineData("192.168.1.7|ocean", "192.168.1.7", "ocean")]
    [InlineData("fe80::1|ocean-tiger", "fe80::1", "ocean-tiger")]
    [InlineData("", "", "")]
    [InlineData("ocean-tiger", "ocean-tiger", "", true)]
    [InlineData("red-fox", "red-fox", "")]
    [InlineData("red-fox", "", "red-fox", false, true)]
    public void A_host_and_a_token_are_told_apart(string typed, string host, string words, bool hasToken = false, bool exact = false)
    {
        string[] all = typed.Split('|', StringSplitOptions.RemoveEmptyEntries);
        ReceiveCommand.Typed read = ReceiveCommand.Typed.Read(all.FirstOrDefault(), [.. all.Skip(1)], hasToken, exact);
        Assert.Equal((host, words), (read.Host ?? "", string.Join('|', read.Words)));
    }

    /// <summary>PROTOCOL.md 17: four bits, so that sixteen names are all that there are.</summary>
    [Fact]
    public void A_name_tells_four_bits_of_the_token()
    {
        byte[] derived = HKDF.DeriveKey(HashAlgorithmName.SHA256, Encoding.ASCII.GetBytes("ocean-tiger"), 1, [], Encoding.ASCII.GetBytes("springtail_find_v1"));
        Assert.Equal(derived[0] >> 4, TokenTag.Of("ocean-tiger"));
        Assert.Equal("_9._sub._springtail._udp.local", TokenTag.Name("ocean-tiger"));
        Assert.Equal(16, Tokens().Take(1000).Select(TokenTag.Name).Distinct().Count());
    }

    [Fact]
    public async Task Only_who_asks_for_the_tag_is_answered()
    {
        string token = WordList.DrawToken(CryptoCore.Default);
        using Announcement? announcement = Announcement.Begin(token, 4711, IPAddress.Loopback);
        Assert.NotNull(announcement);
        using MulticastSocket asker = MulticastSocket.Open(LocalLink.All(IPAddress.Loopback).Single(), isShared: false)!;
        using CancellationTokenSource patience = new(30_000);
        string[] names = ["_springtail._udp.local", "_services._dns-sd._udp.local", "_springtail._sub._springtail._udp.local", TokenTag.Name(token).ToUpperInvariant()];
        for (ushort id = 1; id <= names.Length; id++)
        {
            asker.Send(new DnsMessage(id, false, [new DnsQuestion(names[id - 1], DnsType.Ptr)], []).Write(0, byUnicast: true));
        }

        // Other tests' senders may have the tag too.
        DnsMessage answer;
        do
        {
            (answer, _) = await asker.ReceiveAsync(patience.Token);
            Assert.True(answer is { IsResponse: true, Id: 4 });
        }
        while (!answer.Records.Any(r => r.Port == 4711));
        Assert.Equal([new DnsQuestion(TokenTag.Name(token), DnsType.Ptr)], answer.Questions);
        DnsRecord host = Assert.Single(answer.Records, r => r.Type == DnsType.A);
        Assert.Equal(IPAddress.Loopback, host.Address);
        Assert.Matches("^[0-9a-f]{16}\\.local$", host.Name);
        Assert.Equal([DnsType.Ptr, DnsType.Srv, DnsType.A], answer.Records.Select(r => r.Type));
    }

    [Fact]
    public void A_message_is_what_RFC_1035_says()
    {
        byte[] query = new DnsMessage(0x1234, false, [new DnsQuestion("_a._x.local", DnsType.Ptr)], []).Write(0, byUnicast: true);
        Assert.Equal("123400000001000000000000" + "025F61025F78056C6F63616C00" + "000C0001", Convert.ToHexString(query));

        // Names may end in others, and letters be of either case; a record of another kind is passed over.
        byte[] answer = Convert.FromHexString(
            "000084000000000200000001" + "025F41025F78056C6F63616C00" + "000C00010000000A0004" + "0173C00F"
            + "C023" + "002180010000000A0008" + "0000000003E8C023" + "C023" + "002F80010000000A0003" + "616263");
        DnsMessage read = DnsMessage.Read(answer)!;
        Assert.Equal([("_a._x.local", "s._x.local", 0), ("s._x.local", "s._x.local", 1000)], read.Records.Select(r => (r.Name, r.Target, r.Port)));

        for (int size = 0; size < answer.Length; size++)
        {
            Assert.Null(DnsMessage.Read(answer.AsSpan(0, size)));
        }

        Assert.Null(DnsMessage.Read([.. answer, 0]));
    }

    [Theory]
    [InlineData("C00C")]
    [InlineData("C00E")]
    [InlineData("C000")]
    [InlineData("C0FF")]
    [InlineData("4161")]
    [InlineData("8061")]
    [InlineData("0161C00C")]
    [InlineData("3F")]
    public void A_name_that_leads_nowhere_is_none(string name)
    {
        Assert.Null(DnsMessage.Read(Convert.FromHexString("000000000001000000000000" + name + "000C0001")));
    }

    [Fact]
    public void A_name_has_255_bytes_and_16_pointers_at_the_most()
    {
        string label = "3F" + new string('6', 126);
        string header = "000000000001000000000000";
        Assert.NotNull(DnsMessage.Read(Convert.FromHexString(header + label + label + label + "3D" + new string('6', 122) + "00" + "000C0001")));
        Assert.Null(DnsMessage.Read(Convert.FromHexString(header + label + label + label + "3E" + new string('6', 124) + "00" + "000C0001")));

        // Pointers in a record's data, each to the one before it; the next record's name is at their end.
        foreach (int pointers in new[] { 16, 17 })
        {
            string data = "C00C" + string.Concat(Enumerable.Range(0, pointers - 2).Select(i => $"C0{23 + 2 * i:X2}"));
            string record = $"0010000100000000{data.Length / 2:X4}";
            DnsMessage? read = DnsMessage.Read(Convert.FromHexString("000084000000000200000000" + "00" + record + data + $"C0{23 + 2 * (pointers - 2):X2}" + "00100001000000000000"));
            Assert.Equal(pointers == 16, read != null);
        }
    }

    [Fact]
    public void No_message_brings_the_reader_down()
    {
        DnsRecord[] records = Announcement.Records(Name, "0123456789abcdef", 1026, [IPAddress.Parse("192.168.1.7"), IPAddress.Parse("fd00::7")]);
        byte[][] seeds =
        [
            new DnsMessage(7, false, [new DnsQuestion(Name, DnsType.Ptr)], []).Write(0, byUnicast: true),
            new DnsMessage(0, true, [], records).Write(1, byUnicast: false),
            new DnsMessage(9, true, [new DnsQuestion("a\\.b\\\\c.local", DnsType.Any)], records).Write(5, byUnicast: true),
        ];
        Random random = new(17);
        int read = 0;
        for (int i = 0; i < 50_000; i++)
        {
            byte[] bytes = [.. seeds[random.Next(seeds.Length)]];
            for (int k = random.Next(4); k > 0; k--)
            {
                bytes[random.Next(bytes.Length)] = (byte)(random.Next(3) == 0 ? 0xC0 : random.Next(256));
            }

            if (DnsMessage.Read(bytes.AsSpan(0, random.Next(8) == 0 ? random.Next(bytes.Length) : bytes.Length)) is { } message)
            {
                read++;
                _ = SenderSearch.Find(Name, message, s_link);
                DnsMessage again = DnsMessage.Read(message.Write(message.Records.Count, byUnicast: true)) ?? throw new InvalidDataException(Convert.ToHexString(bytes));
                Assert.Equal(message.Questions, again.Questions);
                Assert.Equal(message.Records, again.Records);
            }
        }

        Assert.InRange(read, 5_000, 49_000);
    }

    [Fact]
    public void An_answer_leads_to_an_address_of_one_machine_on_that_network()
    {
        DnsRecord[] Answer(string address, int port = 1026) => Announcement.Records(Name, "s", port, [IPAddress.Parse(address)]);
        (string, FoundSender)? Find(params DnsRecord[] records) => SenderSearch.Find(Name, new DnsMessage(0, true, [], records), s_link);
        Assert.Equal(("s._springtail._udp.local", new FoundSender(IPAddress.Parse("192.168.1.7"), 1026)), Find(Answer("192.168.1.7")));
        Assert.All(["127.0.0.1", "224.0.0.251", "255.255.255.255", "0.0.0.0", "fd00::7", "::ffff:192.168.1.7"], a => Assert.Null(Find(Answer(a))));
        Assert.Null(Find(Answer("192.168.1.7", 0)));
        Assert.Null(Find(Answer("192.168.1.7")[1..]));
        Assert.Null(Find([.. Answer("192.168.1.7").Where(r => r.Type != DnsType.Srv)]));
        Assert.Null(Find([new DnsRecord(Name, DnsType.Ptr) { Target = "s._ipp._tcp.local" }, .. Answer("192.168.1.7")[1..]]));
        Assert.Null(Find([new DnsRecord("_b._sub._springtail._udp.local", DnsType.Ptr) { Target = "s._springtail._udp.local" }, .. Answer("192.168.1.7")[1..]]));
    }

    private static IEnumerable<string> Tokens() => WordList.Words.Select(w => "ocean-" + w);

    private static string[] NewPlace() => ["--bind", Loopback.Next().ToString(), "--ports", "21001-21099"];

    private Command Send(string token, params string[] more) => Command.Start(["send", _file, "--token", token, .. NewPlace(), "--rendezvous", "21000", .. more]);
}
