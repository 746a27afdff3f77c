using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Threading;
using NFUnitTest;
using Springtail.Transfer;
using Xunit;

namespace Springtail.Tests.Transfer;

/// <summary>Real files and folders: what is sent of them, and that nothing gets out of the folder that is received into.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class SystemFolderTests : IDisposable
{
    private readonly string _top = Directory.CreateTempSubdirectory("springtail-transfer-").FullName;
    private readonly string _from;
    private readonly string _to;
    private readonly string _outside;

    public SystemFolderTests()
    {
        _from = Path.Combine(_top, "from");
        _to = Path.Combine(_top, "to");
        _outside = Path.Combine(_top, "outside");
        Directory.CreateDirectory(_from);
        Directory.CreateDirectory(_outside);
    }

    public void Dispose() => Directory.Delete(_top, recursive: true);

    [Fact]
    public void A_tree_of_real_files_arrives_and_a_second_time_nothing_is_sent()
    {
        Put("a", 0);
        Put("deep/er/b", 100_000);
        Put("deep/Makefile", 10);
        Put("deep/makefile", 11);
        Put("文件/\U0001F327.txt", 5000);
        Directory.CreateDirectory(Path.Combine(_from, "nothing"));
        Assert.Equal("Ok, Ok, 0 failed", Run().Outcome);
        Assert.Equal(Tree(_from), Tree(Path.Combine(_to, "from")));
        Assert.True(Directory.Exists(Path.Combine(_to, "from", "nothing")));
        Pipe again = Run();
        Assert.Equal(again.Sender.TotalBytes, again.Sender.BytesBefore);
    }

    [Fact]
    public void Links_are_left_out_by_the_sender_and_not_followed_by_the_receiver()
    {
        Put("a/x", 10);
        Put("b/x", 10);
        Put("c/x", 10);
        File.CreateSymbolicLink(Path.Combine(_from, "link"), "/etc/passwd");
        Directory.CreateSymbolicLink(Path.Combine(_from, "loop"), _from);
        Directory.CreateDirectory(Path.Combine(_to, "from", "c"));
        Directory.CreateSymbolicLink(Path.Combine(_to, "from", "a"), _outside);
        File.CreateSymbolicLink(Path.Combine(_to, "from", "c", "x"), Path.Combine(_outside, "x"));
        File.WriteAllText(Path.Combine(_to, "from", "b"), "a file");
        using SystemFiles files = new([_from]);
        Assert.Equal(2, files.LeftOut.Count);
        Pipe pipe = Run(overwrite: true);
        Assert.Equal(["from/a/x: Blocked", "from/b/x: Blocked", "from/c/x: Blocked"], pipe.Sent.Files.Order());
        Assert.Empty(Directory.GetFileSystemEntries(_outside));
    }

    [Fact]
    public void A_link_that_appears_between_offer_and_end_is_not_followed()
    {
        Put("a/x", 100_000);
        Pipe pipe = Run(tick: () =>
        {
            if (!Directory.Exists(Path.Combine(_to, "from")))
            {
                Directory.CreateDirectory(_to);
                Directory.CreateSymbolicLink(Path.Combine(_to, "from"), _outside);
            }
        });
        Assert.Equal(["from/a/x: Blocked"], pipe.Sent.Files);
        Assert.Empty(Directory.GetFileSystemEntries(_outside));
    }

    [Fact]
    public void A_link_in_place_of_a_partial_file_is_not_written_through()
    {
        Put("x", 100);
        MemoryFolder half = new() { Life = 50 };
        using (SystemFiles files = new([_from]))
        {
            new Pipe(files, null, half, false, Pipe.MessageSize, 10).Run();
        }

        Directory.CreateDirectory(_to);
        string victim = Path.Combine(_outside, "victim");
        File.CreateSymbolicLink(Path.Combine(_to, half.NameOf(0)), victim);
        Pipe pipe = Run();
        Assert.Equal(["from/x: Unwritable"], pipe.Sent.Files);
        Assert.False(File.Exists(victim));
    }

    [Fact]
    public void A_link_that_takes_the_place_of_a_partial_file_does_not_get_the_file_s_name()
    {
        Put("x", 100_000);
        bool replaced = false;
        Pipe pipe = Start(overwrite: false, () =>
        {
            if (!replaced && Directory.Exists(_to) && Directory.GetFiles(_to).FirstOrDefault() is { } partial)
            {
                replaced = true;
                File.Delete(partial);
                File.CreateSymbolicLink(partial, Path.Combine(_outside, "y"));
            }
        });
        pipe.Run();
        Assert.True(replaced);
        Assert.Equal(["from/x: Unwritable"], pipe.Sent.Files);
        Assert.False(Path.Exists(Path.Combine(_to, "from", "x")));
    }

    [Fact]
    public void An_existing_file_is_kept_or_replaced_at_once_and_a_folder_is_never_replaced()
    {
        Put("x", 1000);
        Directory.CreateDirectory(Path.Combine(_to, "from"));
        File.WriteAllText(Path.Combine(_to, "from", "x"), "mine");
        Assert.Equal(["from/x: Exists"], Run().Sent.Files);
        Assert.Equal("mine", File.ReadAllText(Path.Combine(_to, "from", "x")));
        Assert.Equal(["from/x: Ok"], Run(overwrite: true).Sent.Files);
        Assert.Equal(Tree(_from), Tree(Path.Combine(_to, "from")));
        File.Delete(Path.Combine(_to, "from", "x"));
        Directory.CreateDirectory(Path.Combine(_to, "from", "x"));
        Assert.Equal(["from/x: Blocked"], Run(overwrite: true).Sent.Files);
    }

    [Fact]
    public void A_file_that_takes_the_name_while_the_transfer_goes_on_is_kept()
    {
        Put("x", 100_000);
        string target = Path.Combine(_to, "from", "x");
        Pipe pipe = Run(tick: () =>
        {
            if (!File.Exists(target))
            {
                Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                File.WriteAllText(target, "mine");
            }
        });
        Assert.Equal(["from/x: Exists"], pipe.Sent.Files);
        Assert.Equal("mine", File.ReadAllText(target));
        Assert.Empty(Directory.GetFiles(_to));
    }

    [Fact]
    public void A_broken_off_transfer_leaves_one_hidden_file_and_is_gone_on_with()
    {
        Put("x", 1_000_000);
        Pipe? first = null;
        first = Start(false, () =>
        {
            if (Directory.Exists(_to) && Directory.GetFiles(_to).FirstOrDefault() is { } file && new FileInfo(file).Length > 400_000)
            {
                first!.Receiver.Cancel(TransferResult.Interrupted);
            }
        });
        first.Run();
        Assert.Equal("Interrupted, Interrupted, 0 failed", first.Outcome);
        string partial = Assert.Single(Directory.GetFileSystemEntries(_to));
        Assert.StartsWith(TransferName.PartialPrefix, Path.GetFileName(partial));
        Pipe second = Run();
        Assert.InRange(second.Receiver.BytesBefore, 400_000, 999_999);
        Assert.Equal(Tree(_from), Tree(Path.Combine(_to, "from")));
        Assert.Empty(Directory.GetFiles(_to));
    }

    [Fact]
    public void A_file_that_cannot_be_read_is_left_out()
    {
        Put("x", 10);
        Put("y", 10);
        using SystemFiles files = new([_from]);
        File.Delete(Path.Combine(_from, "x"));
        using SystemFolder to = new(_to);
        Pipe pipe = new(files, null, to, false, Pipe.MessageSize, 10);
        pipe.Run();
        Assert.Equal("Ok, Ok, 1 failed", pipe.Outcome);
        Assert.Contains("from/x: Unreadable", pipe.Sent.Files);
        Assert.True(File.Exists(Path.Combine(_to, "from", "y")));
    }

    [Fact]
    public void Two_files_of_one_name_are_not_sent_together()
    {
        Put("a/x", 1);
        Put("b/x", 1);
        Assert.Throws<IOException>(() => new SystemFiles([Path.Combine(_from, "a", "x"), Path.Combine(_from, "b", "x")]));
        Assert.Throws<FileNotFoundException>(() => new SystemFiles([Path.Combine(_from, "c")]));
    }

    [Fact]
    public void A_pipe_is_neither_sent_nor_written_to()
    {
        Put("x", 0);
        Put("y", 10);
        Directory.CreateDirectory(Path.Combine(_to, "from"));
        using Process made = Process.Start("mkfifo", [Path.Combine(_from, "pipe"), Path.Combine(_to, "from", "x"), Path.Combine(_to, "from", "y")]);
        made.WaitForExit();
        using SystemFiles files = new([_from]);
        Assert.Equal([Path.Combine(_from, "pipe")], files.LeftOut);
        Assert.Equal(["from/x: Blocked", "from/y: Blocked"], Run(overwrite: true).Sent.Files);
    }

    [Fact]
    public void Names_that_are_no_Unicode_are_left_out_and_the_others_go()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        Put("x", 10);
        Shell(@"cd ""$0"" && : > ""$(printf 'file\377')"" && mkdir ""$(printf 'folder\377')""");
        Assert.Equal(["from/file\uFFFD: BadName", "from/folder\uFFFD: BadName", "from/x: Ok"], Run().Sent.Files.Order(StringComparer.Ordinal));

        // .NET cannot delete them.
        Shell(@"rm -r ""$0""");
    }

    [Fact]
    public void An_empty_file_that_is_gone_when_its_turn_comes_is_left_out()
    {
        Put("x", 0);
        Pipe pipe = Start(overwrite: false, tick: null);
        File.Delete(Path.Combine(_from, "x"));
        pipe.Run();
        Assert.Equal(["from/x: Unreadable"], pipe.Sent.Files);
    }

    [Fact]
    public void A_device_s_flash_sends_a_log_and_receives_a_file_anew_after_a_break()
    {
        Put("boot.log", 10_000);
        Directory.CreateDirectory(_to);
        string root = _from + "/";
        using SystemFolder desktop = new(_to);
        Pipe up = new(new FlashFolder(root, ["boot.log"]), null, desktop, false, TransferMessage.MinMessageSize, 10);
        up.Run();
        Assert.Equal("Ok, Ok, 0 failed", up.Outcome);
        Assert.Equal(Tree(_from), Tree(_to));

        MemoryFolder update = new();
        update.Add("update", Pipe.Random(1, 50_000));
        update.Add("boot.log", [1]);
        update.Add("folder/file", [1]);
        update.Life = 30_000;
        new Pipe(update, new FlashFolder(root, null!), messageSize: TransferMessage.MinMessageSize).Run();
        string partial = Assert.Single(Directory.GetFiles(_from, TransferName.PartialPrefix + "*"));
        Assert.InRange(new FileInfo(partial).Length, 20_000, 30_000);
        update.Life = int.MaxValue;
        Pipe down = new(update, new FlashFolder(root, null!), overwrite: true, messageSize: TransferMessage.MinMessageSize);
        down.Run();
        Assert.Equal("Ok, Ok, 1 failed", down.Outcome);
        Assert.Contains("folder/file: BadName", down.Sent.Files);
        Assert.InRange(down.Receiver.BytesBefore, 20_000, 31_000);
        Assert.Equal(update.Contents("update"), File.ReadAllBytes(root + "update"));
        Assert.Equal(update.Contents("boot.log"), File.ReadAllBytes(root + "boot.log"));
        Assert.Equal(2, Directory.GetFiles(_from).Length);
    }

    [Fact]
    public void What_is_named_is_followed_and_read_to_its_end()
    {
        Put("f/x", 100_000);
        File.CreateSymbolicLink(Path.Combine(_top, "to file"), Path.Combine(_from, "f", "x"));
        Directory.CreateSymbolicLink(Path.Combine(_top, "to folder"), Path.Combine(_from, "f"));
        File.CreateSymbolicLink(Path.Combine(_top, "to nothing"), Path.Combine(_from, "y"));
        Directory.CreateDirectory(Path.Combine(_top, "only a link"));
        File.CreateSymbolicLink(Path.Combine(_top, "only a link", "l"), Path.Combine(_from, "f", "x"));
        List<string> named = ["to file", "to folder", "only a link"];
        Assert.Throws<FileNotFoundException>(() => new SystemFiles([Path.Combine(_top, "to nothing")]));
        if (OperatingSystem.IsLinux())
        {
            // Their sizes are 0 and 4 096 in the system's records.
            named.AddRange(["/proc/version", "/sys/class/net/lo/mtu"]);
        }

        using SystemFiles files = new(named.Select(n => Path.Combine(_top, n)));
        Assert.Equal([Path.Combine(_top, "only a link", "l")], files.LeftOut);
        Assert.Equal("Ok, Ok, 0 failed", Transfer(files, _to).Outcome);
        Assert.Equal(File.ReadAllBytes(Path.Combine(_from, "f", "x")), File.ReadAllBytes(Path.Combine(_to, "to file")));
        Assert.Equal(Tree(Path.Combine(_from, "f")), Tree(Path.Combine(_to, "to folder")));
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(_to, "only a link")));
        Assert.All(named.Skip(3), n => Assert.Equal(File.ReadAllText(n), File.ReadAllText(Path.Combine(_to, Path.GetFileName(n)))));
    }

    [Fact]
    public void A_pipe_that_is_named_is_read_to_its_end_once()
    {
        string fifo = Path.Combine(_top, "fifo");
        using Process made = Process.Start("mkfifo", ["-m", "600", fifo]);
        made.WaitForExit();
        byte[] contents = Pipe.Random(7, 3_000_000);
        Thread writing = new(() => File.WriteAllBytes(fifo, contents));
        writing.Start();
        using SystemFiles files = new([fifo]);
        Assert.Equal("Ok, Ok, 0 failed", Transfer(files, _to).Outcome);
        writing.Join();
        Assert.Equal(contents, File.ReadAllBytes(Path.Combine(_to, "fifo")));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(_to, "fifo")));
        Assert.True(files.PipeIsUsed);
        Assert.Equal(["fifo: Unreadable"], Transfer(files, Path.Combine(_top, "again")).Sent.Files);
    }

    [Fact]
    public void Permission_bits_and_times_arrive_and_nothing_beyond_the_nine()
    {
        PutTreeWithModes();
        Shell(@"chmod u+s ""$0/f/key"" && chmod g+s,+t ""$0/f""");
        Assert.Equal("Ok, Ok, 0 failed", Run().Outcome);
        string there = Path.Combine(_to, "from");
        Assert.NotEqual(Described(_from), Described(there));
        Shell(@"chmod u-s ""$0/f/key"" && chmod g-s,-t ""$0/f""");
        Assert.Equal(Described(_from), Described(there));
    }

    /// <summary>Who may write into a folder may remove the others' files from it, unless it is sticky.</summary>
    [Fact]
    public void Where_a_sticky_folder_let_others_write_its_copy_does_not()
    {
        Put("f/a", 10);
        Shell("chmod 1777 \"$0/f\"");
        Assert.Equal("Ok, Ok, 0 failed", Run().Outcome);
        Assert.Equal("755", Convert.ToString((int)File.GetUnixFileMode(Path.Combine(_to, "from", "f")), 8));
    }

    [Theory]
    [InlineData("while a receiver is waited for", "Ok, Ok, 0 failed", 9000)]
    [InlineData("before its offer", "Ok, Ok, 0 failed", 9000)]
    [InlineData("after its offer", "Ok, Ok, 1 failed", -1)]
    [InlineData("after its offer, an old one", "Ok, Ok, 1 failed", -1)]
    [InlineData("after its offer, appended to", "Ok, Ok, 0 failed", 5000)]
    public void No_part_of_a_file_that_is_a_longer_one_now_passes_for_the_whole(string when, string outcome, int size)
    {
        Put("a", 10);
        Put("log", 5000);
        string path = Path.Combine(_from, "log");
        if (when.EndsWith("an old one", StringComparison.Ordinal))
        {
            File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddHours(-1));
        }

        using SystemFiles files = new([_from]);
        byte[] longer = Pipe.Random(9, 9000);
        if (when == "while a receiver is waited for")
        {
            File.WriteAllBytes(path, longer);
            files.LookAgain();
        }

        Pipe pipe = new(files, null, new SystemFolder(_to), false, Pipe.MessageSize, 100);
        if (when == "before its offer")
        {
            File.WriteAllBytes(path, longer);
        }

        pipe.Up = m =>
        {
            if (m[0] == TransferMessage.Offer && when.EndsWith("appended to", StringComparison.Ordinal))
            {
                File.AppendAllText(path, "another line");
            }
            else if (m[0] == TransferMessage.Offer && when.StartsWith("after", StringComparison.Ordinal))
            {
                File.WriteAllBytes(path, longer);
            }

            return m;
        };
        pipe.Run();
        Assert.Equal(outcome, pipe.Outcome);
        FileInfo arrived = new(Path.Combine(_to, "from", "log"));
        Assert.Equal(size, arrived.Exists ? arrived.Length : -1);
        Assert.Equal(size < 0, pipe.Sent.All.Contains("from/log: Changed"));
    }

    [Fact]
    public void A_link_or_a_pipe_that_takes_the_place_of_a_file_is_not_read()
    {
        Put("a", 10);
        Put("b", 10);
        using SystemFiles files = new([_from]);
        Shell("cd \"$0\" && rm a b && ln -s /etc/passwd a && mkfifo b");
        Assert.Equal(["from/a: Unreadable", "from/b: Unreadable"], Transfer(files, _to).Sent.Files.Order());
    }

    [Fact]
    public void Without_permission_bits_and_times_files_are_as_new_ones_are_here()
    {
        PutTreeWithModes();
        File.WriteAllText(Path.Combine(_top, "new"), "");
        Directory.CreateDirectory(Path.Combine(_top, "new folder"));
        using SystemFiles told = new([_from]);
        using SystemFiles untold = new([_from], keepsMetadata: false);
        foreach (Pipe pipe in (Pipe[])[Transfer(told, _to, keepsMetadata: false), Transfer(untold, Path.Combine(_top, "to 2"))])
        {
            Assert.Equal("Ok, Ok, 0 failed", pipe.Outcome);
        }

        foreach (string to in (string[])[_to, Path.Combine(_top, "to 2")])
        {
            string key = Path.Combine(to, "from", "f", "key");
            Assert.Equal(File.GetUnixFileMode(Path.Combine(_top, "new")), File.GetUnixFileMode(key));
            Assert.InRange(DateTime.UtcNow - File.GetLastWriteTimeUtc(key), TimeSpan.Zero, TimeSpan.FromHours(1));
            Assert.Equal(File.GetUnixFileMode(Path.Combine(_top, "new folder")), File.GetUnixFileMode(Path.Combine(to, "from", "f")));
        }
    }

    [Fact]
    public void What_is_not_complete_is_for_its_owner_alone()
    {
        Put("f/a", 10);
        Put("f/b", 1_000_000);
        bool seen = false;
        Pipe pipe = Run(tick: () =>
        {
            if (Directory.Exists(_to) && Directory.GetFiles(_to).FirstOrDefault() is { } partial && Directory.Exists(Path.Combine(_to, "from", "f")))
            {
                seen = true;
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(partial));
                Assert.Equal(UnixFileMode.StickyBit | UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.Combine(_to, "from", "f")));
            }
        });
        Assert.True(seen);
        Assert.Equal(Described(_from), Described(Path.Combine(_to, "from")));
    }

    [Fact]
    public void A_tree_that_broke_off_gets_its_bits_and_times_when_it_is_gone_on_with()
    {
        PutTreeWithModes();
        Put("f/later", 500_000);
        Pipe? first = null;
        first = Start(false, () =>
        {
            if (Directory.Exists(_to) && Directory.GetFiles(_to).FirstOrDefault() is { } file && new FileInfo(file).Length > 200_000)
            {
                first!.Receiver.Cancel(TransferResult.Interrupted);
            }
        });
        first.Run();
        Assert.Equal("Interrupted, Interrupted, 0 failed", first.Outcome);
        Assert.NotEqual(Described(_from), Described(Path.Combine(_to, "from")));
        Assert.Equal("Ok, Ok, 0 failed", Run().Outcome);
        Assert.Equal(Described(_from), Described(Path.Combine(_to, "from")));
    }

    [Fact]
    public void What_was_there_keeps_its_bits_and_time_unless_it_may_be_overwritten()
    {
        PutTreeWithModes();
        Assert.Equal("Ok, Ok, 0 failed", Run().Outcome);
        string there = Path.Combine(_to, "from");
        Shell(@"chmod 1711 ""$1/f"" && chmod 640 ""$1/f/key"" && touch -d 2020-01-01 ""$1/f"" ""$1/f/key""", there);
        string[] before = Described(there);
        Assert.Contains("from/f/key: AlreadyThere", Run().Sent.All);
        Assert.Equal(before, Described(there));
        Assert.Contains("from/f/key: AlreadyThere", Run(overwrite: true).Sent.All);
        Assert.Equal(Described(_from), Described(there));
    }

    [Fact]
    public void A_file_or_a_folder_that_must_not_be_read_is_left_out_and_the_others_go()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        Put("closed/x", 10);
        Put("y", 10);
        Put("z", 10);
        Shell(@"chmod 755 ""$(dirname ""$0"")"" ""$0"" && chmod 000 ""$0/closed"" ""$0/z""");
        string[] notes = [];
        Thread asNobody = new(() =>
        {
            // Root may read everything.
            _ = setfsuid(65534);
            using SystemFiles files = new([_from]);
            Pipe pipe = new(files, null, new MemoryFolder(), false, Pipe.MessageSize, 100);
            pipe.Run();
            notes = [pipe.Outcome, .. pipe.Sent.All.Order(StringComparer.Ordinal)];
        });
        asNobody.Start();
        asNobody.Join();
        Shell(@"chmod 755 ""$0/closed""");
        Assert.Equal(["Ok, Ok, 1 failed", "from/: Ok", "from/closed/: Unreadable", "from/y: Ok", "from/z: Unreadable"], notes);
    }

    [Fact]
    public void Thousands_of_files_again_are_looked_up_without_a_listing()
    {
        const int count = 3000;
        string fast = FastFolder();
        try
        {
            string from = Path.Combine(fast, "from");
            for (int i = 0; i < count; i++)
            {
                string path = Path.Combine(from, $"{i % 3}", $"File {i}");
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                File.WriteAllText(path, $"{i}");
            }

            // As a folder, and as loose files and folders.
            string[][] named = [[from], Directory.GetFileSystemEntries(from)];
            for (int i = 0; i < named.Length; i++)
            {
                Transfer(new SystemFiles(named[i]), Path.Combine(fast, $"to {i}"));
                using SystemFolder to = new(Path.Combine(fast, $"to {i}"));
                Pipe again = new(new SystemFiles(named[i]), null, to, false, Pipe.MessageSize, 10_000);
                again.Run();
                Assert.Equal("Ok, Ok, 0 failed", again.Outcome);
                Assert.Equal(count, again.Sent.All.Count(n => n.EndsWith(": AlreadyThere", StringComparison.Ordinal)));
                Assert.True(to.Listings == 0 || !OperatingSystem.IsLinux(), $"{to.Listings} listings");
            }
        }
        finally
        {
            Directory.Delete(fast, recursive: true);
        }
    }

    /// <summary>A new folder, in memory where the system has that: each file that is received is written through to the medium.</summary>
    internal static string FastFolder()
    {
        return Directory.CreateDirectory(Path.Combine(Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath(), "springtail-" + Path.GetRandomFileName())).FullName;
    }

    private static Pipe Transfer(SystemFiles files, string to, bool keepsMetadata = true)
    {
        Pipe pipe = new(files, null, new SystemFolder(to, keepsMetadata), false, Pipe.MessageSize, 10_000);
        pipe.Run();
        return pipe;
    }

    private void PutTreeWithModes()
    {
        Put("f/key", 100);
        Put("f/script", 200);
        Put("g/read only", 300);
        Put("open", 400);
        Shell(
            """
            cd "$0" && chmod 600 f/key && chmod 755 f/script && chmod 444 'g/read only' && chmod 666 open && mkdir h && chmod 700 f && chmod 555 g && chmod 770 h
            touch -d '2001-02-03 04:05:06.123456789' f/key f && touch -d '1999-12-31' g open
            """);
    }

    // Paths, types, permission bits and times in nanoseconds of all that is in a folder, and of itself.
    private static string[] Described(string folder)
    {
        using Process find = Process.Start(new ProcessStartInfo("find", [".", "-printf", "%p %y %m %T@\\n"]) { WorkingDirectory = folder, RedirectStandardOutput = true })!;
        return [.. find.StandardOutput.ReadToEnd().Split('\n').Order(StringComparer.Ordinal)];
    }

#pragma warning disable IDE1006 // the C name
    [DllImport("libc")]
    private static extern int setfsuid(uint user);
#pragma warning restore IDE1006

    private Pipe Run(bool overwrite = false, Action? tick = null)
    {
        Pipe pipe = Start(overwrite, tick);
        pipe.Run();
        return pipe;
    }

    private Pipe Start(bool overwrite, Action? tick)
    {
        return new Pipe(new SystemFiles([_from]), null, new SystemFolder(_to), overwrite, Pipe.MessageSize, 100) { Tick = tick ?? (() => { }) };
    }

    private void Shell(string command, params string[] arguments)
    {
        using Process shell = Process.Start("sh", ["-c", command, _from, .. arguments]);
        shell.WaitForExit();
        Assert.Equal(0, shell.ExitCode);
    }

    private void Put(string name, int size)
    {
        string path = Path.Combine(_from, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, Pipe.Random(size, size));
    }

    private static string[] Tree(string folder)
    {
        return [.. Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(folder, f) + " " + Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(f)))).Order()];
    }
}
