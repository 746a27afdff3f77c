using System;
using System.Collections.Generic;
using System.Linq;
using System.Security.Cryptography;
using System.Text;
using NFUnitTest;
using Springtail.Packets;
using Springtail.Transfer;
using Xunit;

namespace Springtail.Tests.Transfer;

/// <summary>Peers that know the token and lie. The receiver's folder is as it was, or has files with the hash that was offered.</summary>
public sealed class FaultySenderTests
{
    private static readonly byte[] s_abc = "abc"u8.ToArray();

    [Theory]
    [InlineData("../x")]
    [InlineData("/x")]
    [InlineData("a/../../x")]
    [InlineData("a/./x")]
    [InlineData(".")]
    [InlineData(".Springtail-x")]
    [InlineData("x\\u202ey")]
    [InlineData("x\\u001b[2J")]
    [InlineData("x\\u0000")]
    [InlineData("..//")]
    [InlineData("//")]
    public void Names_that_must_not_be_are_refused_and_nothing_is_written(string name)
    {
        MemoryFolder to = new();
        string outcome = Play(to, Offer($"{{\"name\":\"{name}\"{(name[^1] == '/' ? "" : ",\"size\":3")}}}"), Data(0, 0, s_abc));
        Assert.Equal("BadMessage, BadName", outcome);
        Assert.Equal(0, to.Count);
    }

    [Fact]
    public void A_file_with_another_hash_than_was_sent_gets_no_name()
    {
        MemoryFolder to = new();
        Assert.Equal("Ok, HashDiffers", Play(to, Offer(Entry("x", 3)), Last(0, 0, "abd"u8.ToArray()), Done(1, 0)));
        Assert.Equal(0, to.Count);
        Assert.Equal("Ok, Ok", Play(to, Offer(Entry("x", 3)), Last(0, 0, s_abc), Done(1, 0)));
        Assert.Equal(s_abc, to.Contents("x")!);
    }

    [Fact]
    public void A_file_may_have_fewer_bytes_than_its_size_or_no_size_at_all()
    {
        MemoryFolder to = new();
        Assert.Equal("Ok, Ok, Ok", Play(to, Offer(Entry("x", 9) + ",{\"name\":\"y\"}", bytes: 9), Last(0, 0, s_abc), Data(1, 0, "a"u8.ToArray()), Last(1, 1, "bc"u8.ToArray()), Done(2, 0)));
        Assert.Equal(s_abc, to.Contents("x")!);
        Assert.Equal(s_abc, to.Contents("y")!);
    }

    [Fact]
    public void Of_a_pipe_that_breaks_off_nothing_stays()
    {
        MemoryFolder to = new();
        Assert.Equal("ChannelEnded, ", Play(to, Offer("{\"name\":\"y\"}"), Data(0, 0, s_abc)));
        Assert.Equal(0, to.Count);
    }

    [Fact]
    public void A_resumed_file_whose_rest_does_not_fit_gets_no_name()
    {
        MemoryFolder to = new();
        Assert.Equal("ChannelEnded, ", Play(to, Offer(Entry("x", 3)), Data(0, 0, "ab"u8.ToArray())));
        Assert.Equal("Ok, HashDiffers", Play(to, Offer(Entry("x", 3)), HashOf(0, "ab"u8), Last(0, 2, "d"u8.ToArray()), Done(1, 0)));
        Assert.Equal(0, to.Count);
    }

    [Fact]
    public void What_is_here_of_a_file_is_told_by_no_hash_of_this_side()
    {
        MemoryFolder to = new();
        to.Add("x", s_abc);
        List<byte[]> sent = [];
        Assert.Equal("Ok, Exists", Record(to, sent, Offer(Entry("x", 3)), HashOf(0, "abd"u8), Done(1, 0)));
        Assert.Equal(["14 3", "3 0"], sent.Where(m => m[0] == TransferMessage.Accept).Select(m => $"{m[7]} {Wire.ReadMs(m, 8)}"));
        Assert.All(sent, m => Assert.True(m.Length < TransferMessage.HashSize));
        Assert.Equal("Ok, AlreadyThere", Play(to, Offer(Entry("x", 3)), HashOf(0, s_abc), Done(1, 0)));
    }

    [Fact]
    public void Bytes_beyond_the_size_or_not_at_their_place_end_the_transfer()
    {
        foreach (byte[][] lie in new[]
        {
            new[] { Data(0, 0, "abcd"u8.ToArray()) },
            [Data(0, 1, "bc"u8.ToArray())],
            [Data(0, 0, "ab"u8.ToArray()), Data(0, 1, "bc"u8.ToArray())],
            [Data(0, 0, "ab"u8.ToArray()), Data(0, 1, "c"u8.ToArray())],
            [Data(0, 0, "ab"u8.ToArray()), Data(0, 0, s_abc)],
            [Data(0, 0, "ab"u8.ToArray()), Data(0, 2, [])],
            [Data(1, 0, s_abc)],
            [Data(7, 0, s_abc)],
            [Data(uint.MaxValue, 0, s_abc)],
            [Data(0, 1L << 62, s_abc)],
            [Data(0, 0, s_abc)[..12]],
            [Data(0, 0, [])],
            [Last(0, 0, s_abc), Data(0, 0, s_abc)],
            [Last(0, 0, s_abc), Last(0, 3, [])],
            [Data(0, 0, s_abc), Data(0, 3, [])],
            [Data(0, 0, s_abc), Last(0, 2, [])],
            [Last(0, 0, "abcd"u8.ToArray())],
            [Last(0, 1, "bc"u8.ToArray())],
            [Last(0, 0, [])[..44]],
            [HashOf(0, s_abc)],
            [[TransferMessage.Skip, 0, 0, 0, 1, TransferResult.Changed]],
            [[TransferMessage.Skip, 0, 0, 0, 0, TransferResult.Ok]],
            [[TransferMessage.Skip, 0, 0, 0, 0, TransferResult.Changed, 0]],
            [Done(2, 0)],
            [[]],
            [[99]],
            [[TransferMessage.Ready, 2, 0, 0, 1, 0, 0, 0, 0, 0, 9]],
            [[TransferMessage.Cancel]],
            [[TransferMessage.Cancel, 0]],
            [Offer(Entry("z", 3))],
        })
        {
            MemoryFolder to = new();
            string outcome = Play(to, [Offer(Entry("x", 3) + "," + Entry("y", 3)), .. lie]);
            Assert.True(outcome.StartsWith("BadMessage,", StringComparison.Ordinal), outcome + " after " + Convert.ToHexString(lie[^1]));
            Assert.Null(to.Contents("y"));
        }
    }

    [Fact]
    public void Counts_and_sums_that_do_not_fit_end_the_transfer()
    {
        foreach (byte[][] lie in new[]
        {
            // Another first entry, fewer entries than are offered, fewer bytes, totals that change, an end too early or too late.
            new[] { Json("{\"first\":1,\"entries\":2,\"bytes\":3,\"offer\":[" + Entry("x", 3) + "]}") },
            [Json("{\"first\":0,\"entries\":1,\"bytes\":6,\"offer\":[" + Entry("x", 3) + "," + Entry("y", 3) + "]}")],
            [Json("{\"first\":0,\"entries\":1,\"bytes\":2,\"offer\":[" + Entry("x", 3) + "]}")],
            [Json("{\"first\":0,\"entries\":2,\"bytes\":4611686018427387904,\"offer\":[" + Entry("x", 1L << 62) + "," + Entry("y", 1L << 62) + "]}")],
            [Json("{\"first\":0,\"entries\":2,\"bytes\":6,\"offer\":[" + Entry("x", 3) + "]}"), Last(0, 0, s_abc), Json("{\"first\":1,\"entries\":3,\"bytes\":6,\"offer\":[" + Entry("y", 3) + "]}")],
            [Json("{\"first\":0,\"entries\":2,\"bytes\":6,\"offer\":[" + Entry("x", 3) + "]}"), Last(0, 0, s_abc), Json("{\"first\":1,\"entries\":2,\"bytes\":7,\"offer\":[" + Entry("y", 3) + "]}")],
            [Json("{\"first\":0,\"entries\":2,\"bytes\":6,\"offer\":[" + Entry("x", 3) + "]}"), Last(0, 0, s_abc), Json("{\"first\":0,\"entries\":2,\"bytes\":6,\"offer\":[" + Entry("y", 3) + "]}")],
            [Json("{\"first\":0,\"entries\":2,\"bytes\":6,\"offer\":[" + Entry("x", 3) + "]}"), Last(0, 0, s_abc), Done(1, 0)],
            [Json("{\"first\":0,\"entries\":2,\"bytes\":6,\"offer\":[" + Entry("x", 3) + "]}"), Last(0, 0, s_abc), Done(2, 0)],
            [Done(1, 0)],
            [Offer(string.Join(',', Enumerable.Range(0, 18).Select(i => $"{{\"name\":\"{i}/\"}}")))],
        })
        {
            MemoryFolder to = new();
            string outcome = Play(to, lie);
            Assert.True(outcome.StartsWith("BadMessage,", StringComparison.Ordinal), outcome + " after " + Encoding.UTF8.GetString(lie[^1]));
            Assert.Null(to.Contents("y"));
        }

        Assert.Equal("TooMany, ", Play(new MemoryFolder(), Json("{\"first\":0,\"entries\":1001,\"bytes\":3,\"offer\":[" + Entry("x", 3) + "]}")));
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("{\"first\":0,\"entries\":1,\"bytes\":3,\"offer\":[]}")]
    [InlineData("{\"first\":0,\"entries\":1,\"bytes\":3}")]
    [InlineData("{\"entries\":1,\"bytes\":3,\"offer\":[E]}")]
    [InlineData("{\"first\":0,\"bytes\":3,\"offer\":[E]}")]
    [InlineData("{\"first\":0,\"entries\":1,\"offer\":[E]}")]
    [InlineData("{\"first\":0,\"entries\":1,\"bytes\":3,\"offer\":[E]")]
    [InlineData("{\"first\":0,\"entries\":1,\"bytes\":3,\"offer\":[E]}}")]
    [InlineData("{\"first\":0,\"entries\":1,\"bytes\":3,\"offer\":[E],}")]
    [InlineData("{\"first\":0,\"entries\":1,\"bytes\":3,\"offer\":[E,]}")]
    [InlineData("{\"first\":0,\"entries\":1,\"bytes\":3,\"bytes\":3,\"offer\":[E]}")]
    [InlineData("{\"first\":0,\"entries\":1,\"bytes\":3,\"extra\":3,\"offer\":[E]}")]
    [InlineData("{\"first\":00,\"entries\":1,\"bytes\":3,\"offer\":[E]}")]
    [InlineData("{\"first\":-0,\"entries\":1,\"bytes\":3,\"offer\":[E]}")]
    [InlineData("{\"first\":0.0,\"entries\":1,\"bytes\":3,\"offer\":[E]}")]
    [InlineData("{\"first\":0,\"entries\":1e0,\"bytes\":3,\"offer\":[E]}")]
    [InlineData("{\"first\":0,\"entries\":1,\"bytes\":4611686018427387905,\"offer\":[E]}")]
    [InlineData("{\"first\":0,\"entries\":1,\"bytes\":99999999999999999999999,\"offer\":[E]}")]
    [InlineData("{\"first\":\"0\",\"entries\":1,\"bytes\":3,\"offer\":[E]}")]
    [InlineData("{'first':0,\"entries\":1,\"bytes\":3,\"offer\":[E]}")]
    [InlineData("{\"first\":0,\"entries\":1,\"bytes\":3,\"offer\":[{\"size\":3}]}")]
    [InlineData("{\"first\":0,\"entries\":1,\"bytes\":3,\"offer\":[{\"name\":\"x\",\"size\":3,\"size\":3}]}")]
    [InlineData("{\"first\":0,\"entries\":1,\"bytes\":3,\"offer\":[{\"name\":\"x\",\"size\":3,\"mode\":512}]}")]
    [InlineData("{\"first\":0,\"entries\":1,\"bytes\":3,\"offer\":[{\"name\":\"x\",\"size\":3,\"mode\":2541}]}")]
    [InlineData("{\"first\":0,\"entries\":1,\"bytes\":3,\"offer\":[{\"name\":\"x\",\"size\":3,\"mode\":4294967295}]}")]
    [InlineData("{\"first\":0,\"entries\":1,\"bytes\":3,\"offer\":[{\"name\":\"x\",\"size\":3,\"mode\":-1}]}")]
    [InlineData("{\"first\":0,\"entries\":1,\"bytes\":3,\"offer\":[{\"name\":\"x\",\"size\":3,\"mode\":\"7\"}]}")]
    [InlineData("{\"first\":0,\"entries\":1,\"bytes\":3,\"offer\":[{\"name\":\"x\",\"size\":3,\"time\":4611686018427387905}]}")]
    [InlineData("{\"first\":0,\"entries\":1,\"bytes\":3,\"offer\":[{\"name\":\"x\",\"size\":3,\"time\":1,\"time\":1}]}")]
    [InlineData("{\"first\":0,\"entries\":1,\"bytes\":3,\"offer\":[{\"name\":\"x\",\"size\":3,\"owner\":0}]}")]
    [InlineData("{\"first\":0,\"entries\":1,\"bytes\":3,\"offer\":[{\"name\":\"x/\",\"size\":3}]}")]
    [InlineData("{\"first\":0,\"entries\":1,\"bytes\":3,\"offer\":[{\"name\":\"\",\"size\":3}]}")]
    [InlineData("{\"first\":0,\"entries\":1,\"bytes\":3,\"offer\":[{\"name\":\"x\",\"name\":\"y\",\"size\":3}]}")]
    [InlineData("{\"first\":0,\"entries\":1,\"bytes\":3,\"offer\":[{\"name\":\"\\ud83c\",\"size\":3}]}")]
    [InlineData("{\"first\":0,\"entries\":1,\"bytes\":3,\"offer\":[{\"name\":\"\\ud83c\\u0041\",\"size\":3}]}")]
    [InlineData("{\"first\":0,\"entries\":1,\"bytes\":3,\"offer\":[{\"name\":\"\\udf27\",\"size\":3}]}")]
    [InlineData("{\"first\":0,\"entries\":1,\"bytes\":3,\"offer\":[{\"name\":\"\\x41\",\"size\":3}]}")]
    [InlineData("{\"first\":0,\"entries\":1,\"bytes\":3,\"offer\":[{\"name\":\"\\u00g1\",\"size\":3}]}")]
    [InlineData("{\"first\":0,\"entries\":1,\"bytes\":3,\"offer\":[{\"name\":\"x\ty\",\"size\":3}]}")]
    [InlineData("{\"first\":0,\"entries\":1,\"bytes\":3,\"offer\":[{\"name\":\"x")]
    public void JSON_that_is_not_as_it_must_be_ends_the_transfer(string json)
    {
        MemoryFolder to = new();
        Assert.Equal("BadMessage, ", Play(to, Json(json.Replace("E", Entry("x", 3), StringComparison.Ordinal)), Data(0, 0, s_abc)));
        Assert.Equal(0, to.Count);
    }

    [Theory]
    [InlineData("C080")]
    [InlineData("C1BF")]
    [InlineData("E08080")]
    [InlineData("EDA080")]
    [InlineData("F0808080")]
    [InlineData("F4908080")]
    [InlineData("F5808080")]
    [InlineData("FF")]
    [InlineData("80")]
    [InlineData("C3")]
    [InlineData("E282")]
    [InlineData("E28220")]
    public void Names_that_are_not_UTF_8_end_the_transfer(string bytes)
    {
        byte[] offer = Offer(Entry("@", 3));
        int at = Array.IndexOf(offer, (byte)'@');
        Assert.Equal("BadMessage, ", Play(new MemoryFolder(), [.. offer[..at], .. Convert.FromHexString(bytes), .. offer[(at + 1)..]]));
    }

    [Fact]
    public void White_space_order_and_escapes_of_JSON_are_free()
    {
        MemoryFolder to = new();
        string offer = $" {{ \"offer\" : [ {{\"time\":0,\"mode\":511,\n\"size\":3,\t\"name\":\"\\u0078\\/\\ud83c\\udf27\\\"é\"}} ] , \"bytes\":3,\"entries\":1,\"first\":0}}\r\n";
        Assert.Equal("Ok, Ok", Play(to, Json(offer), Last(0, 0, s_abc), Done(1, 0)));
        Assert.Equal(s_abc, to.Contents("x/\U0001F327\"é")!);
    }

    [Fact]
    public void Messages_of_chance_bring_nothing_down()
    {
        Random random = new(41);
        for (int i = 0; i < 3000; i++)
        {
            byte[][] messages = [Offer(Entry("x", 3) + "," + Entry("y", 3)), Last(0, 0, s_abc), Last(1, 0, s_abc), Done(2, 0)];
            for (int k = random.Next(3); k >= 0; k--)
            {
                byte[] message = messages[random.Next(messages.Length)];
                message[random.Next(message.Length)] = (byte)random.Next(256);
            }

            MemoryFolder to = new();
            Play(to, messages);
            for (int k = 0; k < to.Count; k++)
            {
                Assert.True(to.NameOf(k).StartsWith(TransferName.PartialPrefix, StringComparison.Ordinal) || to.Contents(to.NameOf(k))!.AsSpan().SequenceEqual(s_abc));
            }
        }
    }

    [Fact]
    public void Receivers_that_lie_end_the_transfer_and_are_not_believed()
    {
        foreach ((byte Type, Action<byte[]> Alter, string Outcome) in new (byte, Action<byte[]>, string)[]
        {
            (TransferMessage.Ready, m => m[1] = 1, "BadMessage"),
            (TransferMessage.Ready, m => Wire.WriteU32(m, 3, TransferMessage.MinMessageSize - 1), "BadMessage"),
            (TransferMessage.Ready, m => Wire.WriteU32(m, 7, 1), "TooMany"),
            (TransferMessage.Accept, m => m[4]++, "BadMessage"),
            (TransferMessage.Accept, m => m[6]++, "BadMessage"),
            (TransferMessage.Accept, m => m[^1] = 1, "BadMessage"),
            (TransferMessage.Accept, m => m[TransferMessage.AcceptHeaderSize] = TransferResult.Compare, "BadMessage"),
            (TransferMessage.Accept, m => Ask(m, 10_001), "BadMessage"),
            (TransferMessage.Verify, m => m[4] = 7, "BadMessage"),
            (TransferMessage.Done, m => m[4] = 7, "BadMessage"),
            (TransferMessage.Done, m => m[0] = TransferMessage.Offer, "BadMessage"),
        })
        {
            MemoryFolder from = new();
            from.Add("x", Pipe.Random(1, 10_000));
            from.Add("y", Pipe.Random(2, 10_000));
            Pipe pipe = new(from, new MemoryFolder())
            {
                Down = m =>
                {
                    if (m[0] == Type)
                    {
                        Alter(m);
                    }

                    return m;
                },
            };
            pipe.Run();
            Assert.Equal(Outcome, Pipe.Name(pipe.Sender.Result));
        }

        // The receiver says that all is well, and has another hash.
        MemoryFolder file = new();
        file.Add("x", Pipe.Random(1, 10_000));
        Pipe liar = new(file, new MemoryFolder())
        {
            Down = m =>
            {
                m[^1] ^= m[0] == TransferMessage.Verify ? (byte)1 : (byte)0;
                return m;
            },
        };
        liar.Run();
        Assert.Contains("x: HashDiffers", liar.Sent.All);
    }

    [Theory]
    [InlineData(TransferResult.Compare, 100)]
    [InlineData(TransferResult.Ok, 99)]
    [InlineData(TransferResult.Ok, 101)]
    public void The_second_ACCEPT_has_the_offset_that_was_asked_for_or_none(byte result, int offset)
    {
        MemoryFolder from = new();
        from.Add("x", Pipe.Random(1, 10_000));
        FileSender sender = new(from, new SystemSha256(), null);
        byte[] buffer = new byte[Pipe.MessageSize];
        Give(sender, [TransferMessage.Ready, 2, 0, 0, 1, 0, 0, 0, 0, 0, 9]);
        Assert.Equal(TransferMessage.Offer, Take(sender));
        Give(sender, Accept(TransferResult.Compare, 100));
        Assert.Equal(TransferMessage.Hash, Take(sender));
        Give(sender, Accept(result, offset));
        Assert.Equal(TransferMessage.Cancel, Take(sender));
        Assert.Equal(TransferResult.BadMessage, sender.Result);

        void Give(TransferSide side, byte[] message)
        {
            message.CopyTo(buffer, 0);
            side.Receive(buffer, message.Length);
        }

        int Take(TransferSide side)
        {
            int size;
            do
            {
                size = side.Poll(buffer);
            }
            while (size == TransferSide.Worked);
            Assert.True(size > 0);
            return buffer[0];
        }

        static byte[] Accept(byte result, int offset) => [TransferMessage.Accept, 0, 0, 0, 0, 0, 1, result, 0, 0, 0, 0, 0, 0, 0, (byte)offset];
    }

    // Plays messages to a receiver; gives its result and what became of each file.
    private static string Play(MemoryFolder to, params byte[][] messages) => Record(to, [], messages);

    // The same; adds what the receiver sends.
    private static string Record(MemoryFolder to, List<byte[]> sent, params byte[][] messages)
    {
        Pipe.Notes notes = new();
        FileReceiver receiver = new(to, new SystemSha256(), new SystemSha256(), 1000, false, notes);
        byte[] buffer = new byte[Pipe.MessageSize];
        foreach (byte[] message in messages)
        {
            Poll();
            message.CopyTo(buffer, 0);
            receiver.Receive(buffer, message.Length);
        }

        Poll();
        receiver.ChannelEnded();
        return $"{Pipe.Name(receiver.Result)}, {string.Join(", ", notes.All.Select(n => n[(n.LastIndexOf(' ') + 1)..]))}";

        void Poll()
        {
            for (int size; (size = receiver.Poll(buffer)) >= 0;)
            {
                if (size > 0)
                {
                    sent.Add(buffer[..size]);
                }
            }
        }
    }

    private static string Entry(string name, long size) => $"{{\"name\":\"{name}\",\"size\":{size}}}";

    private static byte[] Offer(string entries, int bytes = 0)
    {
        int count = entries.Split("\"name\"").Length - 1;
        return Json($"{{\"first\":0,\"entries\":{count},\"bytes\":{Math.Max(bytes, 3 * count)},\"offer\":[{entries}]}}");
    }

    private static byte[] Json(string text) => [TransferMessage.Offer, .. Encoding.UTF8.GetBytes(text)];

    private static byte[] Data(uint entry, long offset, byte[] bytes)
    {
        byte[] message = new byte[TransferMessage.DataHeaderSize + bytes.Length];
        message[0] = TransferMessage.Data;
        Wire.WriteU32(message, 1, entry);
        Wire.WriteMs(message, 5, offset);
        bytes.CopyTo(message, TransferMessage.DataHeaderSize);
        return message;
    }

    // The end of a file of three letters.
    private static byte[] Last(uint entry, long offset, byte[] bytes)
    {
        byte[] message = [.. Data(entry, offset, bytes), .. SHA256.HashData(s_abc)];
        message[0] = TransferMessage.Last;
        return message;
    }

    private static byte[] HashOf(byte entry, ReadOnlySpan<byte> bytes) => [TransferMessage.Hash, 0, 0, 0, entry, .. SHA256.HashData(bytes)];

    // Makes of an ACCEPT one that asks for the hash of so many bytes.
    private static void Ask(byte[] accept, long offset)
    {
        accept[TransferMessage.AcceptHeaderSize] = TransferResult.Compare;
        Wire.WriteMs(accept, TransferMessage.AcceptHeaderSize + 1, offset);
    }

    private static byte[] Done(uint entries, uint leftOut)
    {
        byte[] message = new byte[TransferMessage.DoneSize];
        message[0] = TransferMessage.Done;
        Wire.WriteU32(message, 1, entries);
        Wire.WriteU32(message, 5, leftOut);
        return message;
    }
}
