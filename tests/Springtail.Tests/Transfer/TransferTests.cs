using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using NFUnitTest;
using Springtail.Packets;
using Springtail.Transfer;
using Xunit;

namespace Springtail.Tests.Transfer;

/// <summary>Both sides of a file transfer as they are with peers of good will (PROTOCOL.md 23).</summary>
public sealed class TransferTests
{
    private static MemoryFolder SomeFiles()
    {
        MemoryFolder folder = new();
        folder.Add("empty", []);
        folder.Add("one", [7]);
        folder.Add("folder/exact", Pipe.Random(1, 4 * (Pipe.MessageSize - TransferMessage.DataHeaderSize)));
        folder.AddFolder("folder/nothing in it");
        folder.Add("folder/deep/Ünïcødé ☂ 文件 \U0001F327", Pipe.Random(2, 3000));
        folder.Add("a \"quoted\" name", Pipe.Random(3, 70_001));
        folder.Add("zzz", Pipe.Random(4, 200_003));
        folder.KeepsMetadata = true;
        for (int i = 0; i < folder.Count; i++)
        {
            folder.Describe(folder.NameOf(i), (i * 73) & 511, 1_700_000_000_123_456_789 + i);
        }

        return folder;
    }

    [Fact]
    public void Files_folders_and_empty_files_arrive_as_they_are()
    {
        MemoryFolder to = new() { KeepsMetadata = true };
        Pipe pipe = Pipe.Transfer(SomeFiles(), to);
        Assert.Equal(7, pipe.Sender.Complete);
        Assert.Equal(pipe.Sender.TotalBytes, pipe.Sender.Bytes);
        Assert.Equal(pipe.Sender.TotalBytes, pipe.Receiver.Bytes);
        Assert.Equal(0, pipe.Receiver.BytesBefore);
    }

    [Fact]
    public void Many_files_go_in_several_offers_also_when_the_receiver_takes_smaller_messages_than_the_sender()
    {
        MemoryFolder from = new();
        for (int i = 0; i < 700; i++)
        {
            from.Add($"{i % 7}/{i}{new string('x', i % 200)}", Pipe.Random(i, i));
        }

        int offers = 0;
        MemoryFolder to = new() { KeepsMetadata = true };
        Pipe pipe = new(from, to)
        {
            Up = m =>
            {
                offers += m[0] == TransferMessage.Offer ? 1 : 0;
                Assert.InRange(m.Length, 1, TransferMessage.MinMessageSize);
                return m;
            },
            Down = m =>
            {
                if (m[0] == TransferMessage.Ready)
                {
                    Wire.WriteU32(m, 3, TransferMessage.MinMessageSize);
                }

                return m;
            },
        };
        pipe.Run();
        Assert.Equal("Ok, Ok, 0 failed", pipe.Outcome);
        Pipe.AssertSame(from, to);
        Assert.InRange(offers, 700 / (TransferMessage.MinMessageSize / TransferMessage.BytesPerEntry), 700);
    }

    [Fact]
    public void An_answer_may_come_before_the_sender_does_anything_else()
    {
        MemoryFolder from = SomeFiles();
        MemoryFolder to = new() { KeepsMetadata = true };
        for (int i = 0; i < 2; i++)
        {
            Pipe pipe = new(from, to) { AnswersAtOnce = true };
            pipe.Run();
            Assert.Equal("Ok, Ok, 0 failed", pipe.Outcome);
            Assert.Equal(i * pipe.Sender.TotalBytes, pipe.Sender.BytesBefore);
        }

        Pipe.AssertSame(from, to);
    }

    [Fact]
    public void What_is_there_already_is_not_sent_again()
    {
        MemoryFolder from = SomeFiles();
        MemoryFolder to = new() { KeepsMetadata = true };
        Pipe.Transfer(from, to);
        int written = to.Written;
        Pipe pipe = Pipe.Transfer(from, to);
        Assert.Equal(written, to.Written);
        Assert.Equal(6, pipe.Received.All.Count(n => n.EndsWith(": AlreadyThere", StringComparison.Ordinal)));
        Assert.Equal(pipe.Sender.TotalBytes, pipe.Sender.BytesBefore);
    }

    [Fact]
    public void An_existing_file_is_kept_unless_it_may_be_overwritten()
    {
        MemoryFolder from = SomeFiles();
        MemoryFolder to = new() { KeepsMetadata = true };
        to.Add("one", [8]);
        to.Add("zzz", Pipe.Random(9, 200_003));
        Pipe pipe = new(from, to);
        pipe.Run();
        Assert.Equal("Ok, Ok, 2 failed", pipe.Outcome);
        Assert.Contains("one: Exists", pipe.Received.All);
        Assert.Contains("one: Exists", pipe.Sent.All);
        Assert.Contains("zzz: Exists", pipe.Sent.All);
        foreach (TransferSide side in new TransferSide[] { pipe.Sender, pipe.Receiver })
        {
            Assert.Equal(0, side.BytesBefore);
            Assert.Equal(from.Contents("one")!.Length + from.Contents("zzz")!.Length, side.BytesLeftOut);
            Assert.Equal(side.TotalBytes - side.BytesLeftOut, side.Bytes);
        }

        Assert.Equal([8], to.Contents("one")!);
        Assert.Equal(Pipe.Random(9, 200_003), to.Contents("zzz")!);
        Pipe.Transfer(from, to, overwrite: true);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Whoever_is_killed_at_any_byte_the_next_transfer_goes_on_from_there(bool sender)
    {
        MemoryFolder from = SomeFiles();
        Random random = new(sender ? 31 : 32);
        long bytes = from.TotalBytes;
        long resumed = 0;
        for (int kill = 0; kill < 50; kill++)
        {
            MemoryFolder to = new() { KeepsMetadata = true };
            int at = random.Next(1, (int)bytes);
            from.Life = sender ? at : int.MaxValue;
            to.Life = sender ? int.MaxValue : at;
            Pipe first = new(from, to);
            first.Run();
            Assert.Contains(TransferResult.ChannelEnded, new[] { first.Sender.Result, first.Receiver.Result });
            int there = to.Written;
            from.Life = int.MaxValue;
            to.Life = int.MaxValue;
            Pipe second = Pipe.Transfer(from, to);
            Assert.True(to.Written == bytes, $"killed at {at}: {there} bytes, then {to.Written - there} more, of {bytes}");
            resumed += second.Receiver.BytesBefore;
        }

        Assert.InRange(resumed, 50 * bytes / 4, 50 * bytes);
    }

    [Fact]
    public void Killed_again_and_again_it_comes_to_an_end()
    {
        MemoryFolder from = SomeFiles();
        MemoryFolder to = new() { KeepsMetadata = true };
        Random random = new(33);
        int kills = 0;
        for (; ; kills++)
        {
            from.Life = random.Next(2) == 0 ? int.MaxValue : random.Next(1, 200_000);
            to.Life = from.Life != int.MaxValue ? int.MaxValue : random.Next(1, 20_000);
            Pipe pipe = new(from, to);
            pipe.Run();
            if (pipe.Receiver.IsDone)
            {
                break;
            }
        }

        Pipe.AssertSame(from, to);
        Assert.True(kills > 10, $"{kills} kills");
    }

    [Fact]
    public void What_is_there_of_a_file_counts_only_if_it_is_what_the_file_begins_with()
    {
        MemoryFolder from = new();
        from.Add("x", Pipe.Random(5, 100_000));
        MemoryFolder to = new() { Life = 50_000 };
        new Pipe(from, to).Run();
        string partial = to.NameOf(0);
        Assert.StartsWith(TransferName.PartialPrefix, partial);
        byte[] damaged = to.Contents(partial)!;
        damaged[20_000] ^= 1;
        to.Remove(partial);
        to.Add(partial, damaged);
        to.Life = int.MaxValue;
        Pipe pipe = Pipe.Transfer(from, to);
        Assert.Equal(0, pipe.Receiver.BytesBefore);
        Assert.Equal(150_000, to.Written);
    }

    [Fact]
    public void A_partial_file_that_is_longer_than_the_file_is_not_gone_on_with_and_one_that_is_whole_needs_no_bytes()
    {
        MemoryFolder from = new();
        from.Add("x", Pipe.Random(5, 100_000));
        MemoryFolder to = new() { Life = 50_000 };
        new Pipe(from, to).Run();
        string partial = to.NameOf(0);
        to.Life = int.MaxValue;
        to.Remove(partial);
        to.Add(partial, [.. Pipe.Random(5, 100_000), 1]);
        Assert.Equal(0, Pipe.Transfer(from, to).Receiver.BytesBefore);

        to.Remove("x");
        to.Add(partial, Pipe.Random(5, 100_000));
        int written = to.Written;
        Assert.Equal(100_000, Pipe.Transfer(from, to).Receiver.BytesBefore);
        Assert.Equal(written, to.Written);
    }

    [Fact]
    public void Of_a_file_with_other_contents_nothing_is_left_behind()
    {
        MemoryFolder from = new();
        from.Add("x", Pipe.Random(5, 100_000));
        MemoryFolder to = new() { Life = 50_000 };
        new Pipe(from, to).Run();
        to.Life = int.MaxValue;
        from.Remove("x");
        from.Add("x", Pipe.Random(6, 100_000));
        Pipe.Transfer(from, to);
    }

    [Fact]
    public void Too_little_room_is_found_before_a_byte_is_sent()
    {
        MemoryFolder from = SomeFiles();
        MemoryFolder to = new() { FreeSpace = from.TotalBytes - 1 };
        Pipe pipe = new(from, to);
        pipe.Run();
        Assert.Equal("NoSpace, NoSpace, 0 failed", pipe.Outcome);
        Assert.True(pipe.Sender.BrokenByPeer && !pipe.Receiver.BrokenByPeer);
        Assert.Equal(from.TotalBytes, pipe.Receiver.BytesNeeded);
        Assert.Equal(0, to.Written);
        to.FreeSpace++;
        Pipe.Transfer(from, to);
    }

    [Fact]
    public void A_medium_that_is_full_on_the_way_ends_the_transfer_which_goes_on_when_there_is_room()
    {
        MemoryFolder from = SomeFiles();
        MemoryFolder to = new() { Room = 100_000 };
        Pipe pipe = new(from, to);
        pipe.Run();
        Assert.Equal("Unwritable, Unwritable, 0 failed", pipe.Outcome);
        to.Room = int.MaxValue;
        pipe = Pipe.Transfer(from, to);
        Assert.Equal(100_000, pipe.Receiver.BytesBefore);
    }

    [Fact]
    public void A_file_that_cannot_be_written_is_told_and_the_others_go_on()
    {
        MemoryFolder from = SomeFiles();
        MemoryFolder to = new() { KeepsMetadata = true };
        Pipe pipe = new(from, to) { Tick = () => to.IsReadOnly = to.Find("one", out _) != StoreEntry.None && to.Find("folder/deep/x", out _) == StoreEntry.None };
        pipe.Run();
        Assert.Equal("Ok, Ok, 4 failed", pipe.Outcome);
        Assert.Contains("zzz: Unwritable", pipe.Sent.All);
        Assert.Equal(4, pipe.Sender.Failed);
        Assert.Equal(3, pipe.Sender.Complete);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void A_file_that_changes_while_it_is_sent_does_not_arrive_and_the_others_do(int change)
    {
        MemoryFolder from = SomeFiles();
        MemoryFolder to = new() { KeepsMetadata = true };
        byte[] contents = from.Contents("zzz")!;
        Pipe pipe = new(from, to)
        {
            Up = m =>
            {
                // Its first bytes are on their way.
                if (m[0] == TransferMessage.Data && Wire.ReadU32(m, 1) == 6 && Wire.ReadMs(m, 5) == 0)
                {
                    from.Remove("zzz");
                    contents[0] ^= 1;
                    from.Add("zzz", change == 0 ? contents : change == 1 ? contents[..50_000] : []);
                }

                return m;
            },
        };
        pipe.Run();
        Assert.Equal("Ok, Ok, 1 failed", pipe.Outcome);
        Assert.Contains("zzz: Changed", pipe.Sent.All);
        Assert.Contains("zzz: Changed", pipe.Received.All);
        Assert.Equal(6, to.Count);
    }

    [Fact]
    public void Of_a_file_that_grows_what_was_there_at_the_start_is_sent()
    {
        MemoryFolder from = new();
        from.Add("log", Pipe.Random(1, 50_000));
        GrowingSource growing = new(from);
        MemoryFolder to = new() { KeepsMetadata = true };
        Pipe pipe = new(growing, null, to, false, Pipe.MessageSize, 10);
        pipe.Run();
        Assert.Equal("Ok, Ok, 0 failed", pipe.Outcome);
        Assert.Equal(Pipe.Random(1, 50_000), to.Contents("log")!);
    }

    [Fact]
    public void A_file_that_cannot_be_read_or_must_not_be_named_so_is_left_out()
    {
        MemoryFolder from = SomeFiles();
        from.Add("../up", [1]);
        from.Add("gone", [1]);
        MemoryFolder to = new() { KeepsMetadata = true };
        Pipe pipe = new(new UnreadableSource(from, "gone"), from, to, false, Pipe.MessageSize, 100);
        pipe.Run();
        Assert.Equal("Ok, Ok, 1 failed", pipe.Outcome);
        Assert.Contains("../up: BadName", pipe.Sent.All);
        Assert.Contains("gone: Unreadable", pipe.Sent.All);
        Assert.Equal(2, pipe.Sender.Failed);
        Assert.Equal(7, to.Count);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Either_side_may_break_off_and_what_is_there_is_gone_on_with(bool sender)
    {
        MemoryFolder from = SomeFiles();
        MemoryFolder to = new() { KeepsMetadata = true };
        Pipe pipe = null!;
        pipe = new(from, to)
        {
            Tick = () =>
            {
                if (to.Written > 100_000)
                {
                    (sender ? (TransferSide)pipe.Sender : pipe.Receiver).Cancel(TransferResult.Interrupted);
                }
            },
        };
        pipe.Run();
        Assert.Equal("Interrupted, Interrupted, 0 failed", pipe.Outcome);
        Assert.Equal(sender, pipe.Receiver.BrokenByPeer);
        Assert.Equal(!sender, pipe.Sender.BrokenByPeer);
        Assert.True(Pipe.Transfer(from, to).Receiver.BytesBefore > 90_000);
    }

    [Fact]
    public void How_much_there_is_of_the_file_under_way_is_known()
    {
        MemoryFolder from = SomeFiles();
        MemoryFolder to = new() { KeepsMetadata = true, Life = 190_000 };
        new Pipe(from, to).Run();
        to.Life = int.MaxValue;
        List<long>[] seen = [[], []];
        Pipe pipe = null!;
        pipe = new(from, to)
        {
            Tick = () =>
            {
                foreach (TransferSide side in new TransferSide[] { pipe.Sender, pipe.Receiver })
                {
                    if (side.Current is { Name: "zzz" })
                    {
                        seen[side == pipe.Sender ? 0 : 1].Add(side.CurrentBytes);
                    }
                }
            },
        };
        pipe.Run();
        Assert.Equal("Ok, Ok, 0 failed", pipe.Outcome);
        Assert.True(pipe.Receiver.BytesBefore > 90_000);
        Assert.All(seen, s => Assert.Equal(s.Order(), s));
        Assert.All(seen, s => Assert.InRange(s[^1], 200_004 - Pipe.MessageSize, 200_003));
        Assert.All(seen, s => Assert.Equal(0, s[0]));
    }

    [Fact]
    public void A_file_is_read_once()
    {
        MemoryFolder from = SomeFiles();
        from.Life = (int)from.TotalBytes + 1;
        Pipe.Transfer(from, new MemoryFolder { KeepsMetadata = true });
        Assert.Equal(1, from.Life);
    }

    [Fact]
    public void An_OFFER_is_the_JSON_that_the_protocol_shows()
    {
        MemoryFolder from = new();
        from.Add("a/\"b\"", Encoding.ASCII.GetBytes("abc"));
        from.Describe("a/\"b\"", 416, 1767225600000000000);
        from.AddFolder("a");
        from.Describe("a/", 448, FileEntry.Untold);
        Assert.Equal(
            "{\"first\":0,\"entries\":2,\"bytes\":3,\"offer\":["
            + "{\"name\":\"a/\\\"b\\\"\",\"size\":3,\"mode\":416,\"time\":1767225600000000000},{\"name\":\"a/\",\"mode\":448}]}",
            OfferTo(new MemoryFolder { KeepsMetadata = true }));
        Assert.Equal(
            "{\"first\":0,\"entries\":2,\"bytes\":3,\"offer\":[{\"name\":\"a/\\\"b\\\"\",\"size\":3},{\"name\":\"a/\"}]}", OfferTo(new MemoryFolder()));

        string OfferTo(MemoryFolder to)
        {
            string offer = "";
            new Pipe(from, to)
            {
                Up = m =>
                {
                    offer = m[0] == TransferMessage.Offer ? Encoding.UTF8.GetString(m, 1, m.Length - 1) : offer;
                    return m;
                },
            }.Run();
            return offer;
        }
    }

    /// <summary>A folder whose files have grown by the time they are opened.</summary>
    private sealed class GrowingSource(MemoryFolder folder) : IFileSource
    {
        private readonly long _size = folder.SizeOf(0);

        public int Count => 1;

        public long TotalBytes => _size;

        public bool HasChanged => folder.HasChanged;

        public FileEntry EntryAt(int index) => new(folder.NameOf(index), _size, FileEntry.Untold, FileEntry.Untold);

        public bool Open(int index)
        {
            byte[] contents = folder.Contents("log")!;
            folder.Remove("log");
            folder.Add("log", [.. contents, 1, 2, 3]);
            return folder.Open(index);
        }

        public int Read(byte[] buffer, int offset, int count) => folder.Read(buffer, offset, count);

        public void Close() => ((IFileSource)folder).Close();
    }

    private sealed class UnreadableSource(MemoryFolder folder, string name) : IFileSource
    {
        public int Count => folder.Count;

        public long TotalBytes => folder.TotalBytes;

        public bool HasChanged => folder.HasChanged;

        public FileEntry EntryAt(int index) => folder.EntryAt(index);

        public bool Open(int index) => folder.NameOf(index) != name && folder.Open(index);

        public int Read(byte[] buffer, int offset, int count) => folder.Read(buffer, offset, count);

        public void Close() => ((IFileSource)folder).Close();
    }
}
