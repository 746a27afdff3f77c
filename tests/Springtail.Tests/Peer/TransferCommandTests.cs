using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Threading;
using Springtail.Transfer;
using Xunit;

namespace Springtail.Tests.Peer;

/// <summary><c>springtail send</c> and <c>springtail receive</c> as processes, over UDP on loopback.</summary>
[SupportedOSPlatform("linux")]
public sealed partial class TransferCommandTests : IDisposable
{
    private const int LargeSize = 100_000_000;

    private static readonly string[] s_where = ["--rendezvous", "27000", "--ports", "27001-27199"];

    private readonly string _folder = Directory.CreateTempSubdirectory("springtail-send-").FullName;
    private readonly string _from;
    private readonly string _to;
    private readonly string _host = Loopback.Next().ToString();

    public TransferCommandTests()
    {
        _from = Path.Combine(_folder, "from");
        _to = Path.Combine(_folder, "to");
        Directory.CreateDirectory(Path.Combine(_from, "empty"));
        Directory.CreateDirectory(_to);
        File.WriteAllBytes(Path.Combine(_from, "nothing"), []);
        File.WriteAllText(Path.Combine(_from, "Größe 文件"), "text");
    }

    private string LargePartial => Directory.GetFiles(_to, TransferName.PartialPrefix + "*").FirstOrDefault() ?? "";

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_killed_receiver_and_a_killed_sender_are_resumed_with_the_same_and_with_another_token()
    {
        PutLarge();
        string[] line;
        using (Command send = Send())
        {
            line = LineOf(send);
            using (Command receive = Command.Start(line))
            {
                WaitForBytes(1_000_000);
                receive.Signal(9);
            }

            using (Command receive = Command.Start(line))
            {
                WaitForBytes(new FileInfo(LargePartial).Length + 1_000_000);
                send.Signal(9);
            }
        }

        long there = new FileInfo(LargePartial).Length;
        using Command again = Send();
        Assert.NotEqual(line[2], LineOf(again)[2]);
        (int code, string[] _, string[] error) = Command.Run([.. LineOf(again), "--json"]);
        Assert.Equal(0, code);
        Assert.Equal(0, again.Wait());
        string done = Assert.Single(error, l => l.Contains("\"event\":\"done\"", StringComparison.Ordinal));
        long before = JsonElement.Parse(done).GetProperty("bytes_before").GetInt64();
        Assert.InRange(before, there, LargeSize);
        JsonElement[] large = [.. error.Select(l => JsonElement.Parse(l)).Where(e => e.TryGetProperty("file", out JsonElement file) && file.GetString() == "from/large")];
        Assert.All(large, e => Assert.InRange(e.GetProperty("file_bytes").GetInt64(), 0, e.GetProperty("file_size").GetInt64()));
        AssertSame();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Ctrl_C_on_either_side_is_told_to_the_other_and_both_say_how_it_goes_on(bool atSender)
    {
        PutLarge();
        using Command send = Send();
        using Command receive = Command.Start(LineOf(send));
        WaitForBytes(1_000_000);
        (atSender ? send : receive).Signal(Command.SigInt);
        Assert.Equal(130, receive.Wait());
        receive.WaitForError("it goes on");
        if (atSender)
        {
            Assert.Equal(130, send.Wait());
            send.WaitForError("send the same files again");
            return;
        }

        send.WaitForError("typed again");
        Assert.Equal(0, Command.Run(LineOf(send)).Code);
        Assert.Equal(0, send.Wait());
        Assert.Contains(send.Error, line => line.Contains("/s"));
        Assert.DoesNotContain(send.Error, line => line.Contains(", -"));
        AssertSame();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Ctrl_C_also_ends_a_transfer_whose_other_side_is_gone(bool atSender)
    {
        PutLarge();
        using Command send = Send();
        using Command receive = Command.Start(LineOf(send));
        WaitForBytes(1_000_000);
        (atSender ? receive : send).Signal(9);
        (atSender ? send : receive).Signal(Command.SigInt);
        Assert.Equal(130, (atSender ? send : receive).Wait());
        (atSender ? send : receive).WaitForError(atSender ? "send the same files again" : "it goes on");
    }

    [Fact]
    public void An_existing_file_is_overwritten_only_with_force_and_the_exit_code_tells()
    {
        Directory.CreateDirectory(Path.Combine(_to, "from"));
        File.WriteAllText(Path.Combine(_to, "from", "nothing"), "mine");
        string refused = Path.Combine(_from, "right\u200Fto left");
        File.WriteAllText(refused, "");
        using (Command send = Send())
        {
            (int code, string[] _, string[] error) = Command.Run(LineOf(send));
            Assert.Equal(9, code);
            Assert.Equal(9, send.Wait());
            Assert.Contains("warning: from/nothing is there with other contents and is not overwritten.", error);
            Assert.Contains(error, l => l.StartsWith("warning: 1 of ", StringComparison.Ordinal) && l.EndsWith(" the sender left out, and says why.", StringComparison.Ordinal));
            Assert.Contains(error, line => line.StartsWith("3 of 5 items received, 4 bytes in", StringComparison.Ordinal) && !line.Contains("before"));
        }

        File.Delete(refused);
        Assert.Equal("mine", File.ReadAllText(Path.Combine(_to, "from", "nothing")));
        using Command forced = Send();
        Assert.Equal(0, Command.Run([.. LineOf(forced), "--force"]).Code);
        Assert.Equal(0, forced.Wait());
        AssertSame();
    }

    [Fact]
    public void What_cannot_be_sent_or_received_into_is_said_before_anybody_waits()
    {
        Assert.Equal(3, Command.Run("send", Path.Combine(_folder, "not there")).Code);
        Assert.Equal(2, Command.Run("send").Code);
        Assert.Equal(2, Command.Run("send", _from, "--token", "One-Two-Three").Code);
        Assert.Equal(3, Command.Run("receive", "127.0.0.1", "ocean-tiger", "--into", Path.Combine(_from, "nothing")).Code);
        Assert.Equal(2, Command.Run("receive", "127.0.0.1", "redfox").Code);
        Assert.Equal(3, Command.Run("send", LinkTo("nowhere", Path.Combine(_folder, "not there"))).Code);
        (int code, string[] _, string[] error) = Command.Run("receive", "127.0.0.1", "Ocean", "tigr");
        Assert.Equal(2, code);
        Assert.Contains(error, line => line.Contains("tiger?") && line.Contains("Nothing was tried"));
    }

    [Fact]
    public void A_pipe_goes_through_as_it_is()
    {
        byte[] bytes = RandomNumberGenerator.GetBytes(3_000_000);
        using Process send = Shell($"\"$@\" < '{Put("bytes", bytes)}'", ["send", "-", "--token", "ocean-tiger", .. Sending]);
        string arrived = Path.Combine(_folder, "arrived");
        using Process receive = Shell($"\"$@\" > '{arrived}'", ["receive", _host, "OCEAN", "Tiger", "--into", "-", .. Receiving]);
        receive.WaitForExit();
        send.WaitForExit();
        Assert.Equal((0, 0), (send.ExitCode, receive.ExitCode));
        Assert.Equal(bytes, File.ReadAllBytes(arrived));
    }

    [Fact]
    public void A_measurement_that_is_interrupted_leaves_nothing_behind()
    {
        using Process bench = Shell($"TMPDIR='{_to}' exec \"$@\"", ["bench", "--transfer"]);
        string[] Places() => Directory.GetDirectories(_to, "springtail-bench-*");
        Assert.True(SpinWait.SpinUntil(() => Places().Any(p => Directory.GetFiles(p).Length > 0), TimeSpan.FromSeconds(60)));
        using Process kill = Process.Start("kill", $"{bench.Id}");
        bench.WaitForExit();
        Assert.Equal(130, bench.ExitCode);
        Assert.Empty(Places());
    }

    [Fact]
    public void What_nobody_reads_has_not_arrived()
    {
        string ended = Path.Combine(_folder, "ended");
        using Command send = Command.Start(["send", Put("bytes", new byte[3_000_000]), "--no-announce", .. Sending]);
        using Process receive = Shell($"{{ \"$@\"; echo $? > '{ended}'; }} | head -c 1 > /dev/null", [.. LineOf(send)[..^1], "-"]);
        receive.WaitForExit();
        Assert.Equal("9", File.ReadAllText(ended).Trim());
        send.WaitForError("typed again");
        Assert.Equal(0, Command.Run(LineOf(send)).Code);
        Assert.Equal(0, send.Wait());
    }

    /// <summary>Of a file that takes long both sides tell how much is there, once a second at most.</summary>
    [Fact]
    public void How_far_a_file_is_is_told_in_JSON()
    {
        // The rest comes once both have told of the first bytes.
        string events = Path.Combine(_folder, "events");
        string told = $"for i in $(seq 250); do grep -q '\"file_bytes\":300000' '{events}.sent' && grep -q '\"file_bytes\":300000' '{events}.received' && break; sleep 0.2; done";
        Stopwatch time = Stopwatch.StartNew();
        using Process send = Shell($"(head -c 300000 /dev/zero; {told}; head -c 5 /dev/zero) | \"$@\" 2> '{events}.sent'", ["send", "-", "--token", "ocean-tiger", "--no-announce", "--json", .. Sending]);
        using Process receive = Shell($"\"$@\" > /dev/null 2> '{events}.received'", ["receive", _host, "ocean-tiger", "--into", "-", "--json", .. Receiving]);
        receive.WaitForExit();
        send.WaitForExit();
        foreach (string side in new[] { "sent", "received" })
        {
            JsonElement[] all = [.. File.ReadLines($"{events}.{side}").Select(l => JsonElement.Parse(l))];
            JsonElement[] progress = [.. all.Where(e => e.GetProperty("event").GetString() == "progress" && e.GetProperty("file").ValueKind == JsonValueKind.String)];
            long[] bytes = [.. progress.Select(e => e.GetProperty("file_bytes").GetInt64())];
            Assert.Contains(300_000, bytes);
            Assert.Equal(bytes.Order(), bytes);
            Assert.InRange(progress.Length, 1, 2 + time.Elapsed.TotalSeconds);
            JsonElement file = all.Single(e => e.GetProperty("event").GetString() == "file");
            Assert.All(progress, e => Assert.Equal((file.GetProperty("name").GetString(), JsonValueKind.Null), (e.GetProperty("file").GetString(), e.GetProperty("file_size").ValueKind)));
        }
    }

    [Fact]
    public void Links_that_are_named_and_names_that_only_Windows_refuses_arrive_with_their_bits_and_times()
    {
        File.WriteAllText(Path.Combine(_from, "12:30 meeting.txt"), "secret");
        File.WriteAllText(Path.Combine(_from, "con.txt"), "text");
        File.SetUnixFileMode(Path.Combine(_from, "12:30 meeting.txt"), UnixFileMode.UserRead);
        File.SetLastWriteTimeUtc(_from, new DateTime(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc));
        using Command send = Command.Start(["send", LinkTo("link", _from), Path.Combine(_from, "con.txt"), .. Sending]);
        Assert.Equal(0, Command.Run(LineOf(send)).Code);
        Assert.Equal(0, send.Wait());
        Directory.Move(Path.Combine(_to, "link"), Path.Combine(_to, "from"));
        Assert.Equal("text", File.ReadAllText(Path.Combine(_to, "con.txt")));
        File.Delete(Path.Combine(_to, "con.txt"));
        AssertSame();
    }

    /// <summary>Whoever sits at the terminal is asked, and the sender learns nothing of it: three answers of no, and the token is as good as new.</summary>
    [Fact]
    public void A_word_that_is_not_on_the_list_is_asked_about()
    {
        using Command send = Command.Start(["send", _from, "--token", "ocean-tiger", "--no-announce", .. Sending]);
        send.WaitForOut("springtail receive");
        string[] receive = ["receive", _host, "Ocean", "tigr", "--into", _to, .. Receiving];
        for (int i = 0; i < 3; i++)
        {
            (int refused, string said) = AtTerminal(receive, _ => "n");
            Assert.Equal(2, refused);
            Assert.Contains("\"tigr\" is not among the words of tokens. tiger? [y/n] ", said);
            Assert.Contains("Nothing was tried with this token.", said);
        }

        (int code, string shown) = AtTerminal(receive, word => word == "tiger" ? "y" : "n");
        Assert.True(code == 0, shown);
        Assert.Equal(0, send.Wait());
        Assert.Single(send.Error, l => l.Contains(" is here", StringComparison.Ordinal));
        AssertSame();
    }

    [Fact]
    public void Nothing_that_arrived_is_not_all()
    {
        using Command send = Command.Start(["send", Put("refused\u202E", []), .. Sending]);
        (int code, string[] _, string[] error) = Command.Run(LineOf(send));
        Assert.Equal(9, code);
        Assert.Equal(9, send.Wait());
        Assert.Contains(error, line => line.StartsWith("0 of 1 item received", StringComparison.Ordinal));
    }

    [Fact]
    public void A_second_receiver_is_told_of_the_first_which_goes_on()
    {
        PutLarge();
        using Command send = Send();
        using Command first = Command.Start(LineOf(send));
        WaitForBytes(1_000_000);
        (int code, string[] _, string[] error) = Command.Run([.. LineOf(send)[..^1], Path.Combine(_folder, "other")]);
        Assert.Equal(9, code);
        Assert.Contains(error, line => line.Contains("Somebody else is receiving"));
        Assert.Equal(0, first.Wait());
        Assert.Equal(0, send.Wait());
        AssertSame();
    }

    [Fact]
    public void A_sender_waits_on_after_a_receiver_that_could_not_take_it()
    {
        using Command send = Send();
        using Process refuses = Shell("\"$@\" > /dev/null", [.. LineOf(send)[..^1], "-"]);
        refuses.WaitForExit();
        Assert.Equal(9, refuses.ExitCode);
        send.WaitForError("typed again");
        Assert.Equal(0, Command.Run(LineOf(send)).Code);
        Assert.Equal(0, send.Wait());
        AssertSame();
    }

    [Theory]
    [InlineData("receive", "127.0.0.1", "ocean-tiger")]
    [InlineData("receive", "ocean-tiger")]
    [InlineData("send", "-", "--token", "ocean-tiger")]
    public void Without_anybody_there_the_first_signal_is_enough(params string[] arguments)
    {
        string[] into = arguments[0] == "send" ? [] : ["--into", _to];
        using Command command = Command.Start([.. arguments, .. into, .. Sending, "-v", "diagnostic"]);
        Thread.Sleep(2000);
        command.Signal(Command.SigTerm);
        Assert.Equal(130, command.Wait());
    }

    // Large enough to be on its way still when it is looked at.
    private void PutLarge() => File.WriteAllBytes(Path.Combine(_from, "large"), RandomNumberGenerator.GetBytes(LargeSize));

    private string[] Sending => ["--bind", _host, .. s_where];

    private static string[] Receiving => ["--bind", Loopback.Next().ToString(), .. s_where];

    private Command Send() => Command.Start(["send", _from, .. Sending]);

    private static Process Shell(string command, string[] arguments)
    {
        return Process.Start("sh", ["-c", command, "sh", "dotnet", Path.Combine(AppContext.BaseDirectory, "springtail.dll"), .. arguments]);
    }

    // On a terminal of its own, where each question about a word has an answer.
    private static (int Code, string Shown) AtTerminal(string[] arguments, Func<string, string> answer)
    {
        ProcessStartInfo start = new("script", ["-qec", string.Join(' ', ["dotnet", Path.Combine(AppContext.BaseDirectory, "springtail.dll"), .. arguments]), "/dev/null"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        using Process terminal = Process.Start(start)!;
        StringBuilder shown = new();
        int answered = 0;
        while (terminal.StandardOutput.Read() is int c and >= 0)
        {
            shown.Append((char)c);
            MatchCollection questions = Question().Matches(shown.ToString());
            if (questions.Count > answered)
            {
                answered = questions.Count;
                terminal.StandardInput.WriteLine(answer(questions[^1].Groups[1].Value));
                terminal.StandardInput.Flush();
            }
        }

        terminal.WaitForExit();
        return (terminal.ExitCode, shown.ToString());
    }

    [GeneratedRegex(@"(\w+)\? \[y/n\] ")]
    private static partial Regex Question();

    private string Put(string name, byte[] contents)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllBytes(path, contents);
        return path;
    }

    private string LinkTo(string name, string target)
    {
        string path = Path.Combine(_folder, name);
        File.CreateSymbolicLink(path, target);
        return path;
    }

    private string[] LineOf(Command send) => [.. send.WaitForOut("springtail receive ").Split(' ').Skip(1), "--bind", Loopback.Next().ToString(), "--into", _to];

    private void WaitForBytes(long bytes) => Assert.True(SpinWait.SpinUntil(
        () =>
        {
            Thread.Sleep(5);

            // Both of one look: what was found may be gone by the next.
            return LargePartial is { Length: > 0 } file && new FileInfo(file) is { Exists: true } partial && partial.Length >= bytes;
        },
        60_000));

    private void AssertSame()
    {
        Assert.Empty(Directory.GetFiles(_to));
        Assert.True(Directory.Exists(Path.Combine(_to, "from", "empty")));
        string[] names = [.. Directory.GetFiles(_from).Select(f => Path.GetFileName(f)).Order()];
        Assert.Equal(names, Directory.GetFiles(Path.Combine(_to, "from")).Select(f => Path.GetFileName(f)).Order());
        Assert.All(names.Append("."), n => Assert.Equal(Described(_from, n), Described(Path.Combine(_to, "from"), n)));
        Assert.All(names, n => Assert.Equal(SHA256.HashData(File.ReadAllBytes(Path.Combine(_from, n))), SHA256.HashData(File.ReadAllBytes(Path.Combine(_to, "from", n)))));
    }

    private static (UnixFileMode, DateTime) Described(string folder, string name)
    {
        FileInfo info = new(Path.Combine(folder, name));
        return (info.UnixFileMode, info.LastWriteTimeUtc);
    }
}
