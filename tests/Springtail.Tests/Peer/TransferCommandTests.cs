using System;
using System.IO;
using System.Linq;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Threading;
using Springtail.Transfer;
using Xunit;

namespace Springtail.Tests.Peer;

/// <summary><c>springtail send</c> and <c>springtail receive</c> as processes, over UDP on loopback.</summary>
[SupportedOSPlatform("linux")]
public sealed class TransferCommandTests : IDisposable
{
    private const int LargeSize = 100_000_000;

    private static int s_nextPort = 27_000 + Random.Shared.Next(100);

    private readonly string _folder = Directory.CreateTempSubdirectory("springtail-send-").FullName;
    private readonly string _from;
    private readonly string _to;
    private readonly int _port;

    public TransferCommandTests()
    {
        _from = Path.Combine(_folder, "from");
        _to = Path.Combine(_folder, "to");
        Directory.CreateDirectory(Path.Combine(_from, "empty"));
        Directory.CreateDirectory(_to);
        File.WriteAllBytes(Path.Combine(_from, "nothing"), []);
        File.WriteAllText(Path.Combine(_from, "Größe 文件"), "text");
        _port = Interlocked.Add(ref s_nextPort, 200);
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
        long before = System.Text.Json.JsonDocument.Parse(done).RootElement.GetProperty("bytes_before").GetInt64();
        Assert.InRange(before, there, LargeSize);
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
        string refused = Path.Combine(_from, "dot.");
        File.WriteAllText(refused, "");
        using (Command send = Send())
        {
            (int code, string[] _, string[] error) = Command.Run(LineOf(send));
            Assert.Equal(9, code);
            Assert.Equal(9, send.Wait());
            Assert.Contains("warning: from/nothing is there with other contents and is not overwritten.", error);
            Assert.Contains(error, l => l.StartsWith("warning: 1 of ", StringComparison.Ordinal) && l.EndsWith(" the sender left out, and says why.", StringComparison.Ordinal));
            Assert.Contains(error, line => line.StartsWith("2 of 4 files received, 4 bytes in", StringComparison.Ordinal) && !line.Contains("before"));
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
        Assert.Equal(2, Command.Run("send", _from, "--token", "One-Two").Code);
        Assert.Equal(3, Command.Run("receive", "127.0.0.1", "red-fox", "--into", Path.Combine(_from, "nothing")).Code);
        Assert.Equal(2, Command.Run("receive", "127.0.0.1", "redfox").Code);
    }

    // Large enough to be on its way still when it is looked at.
    private void PutLarge() => File.WriteAllBytes(Path.Combine(_from, "large"), RandomNumberGenerator.GetBytes(LargeSize));

    private Command Send() => Command.Start("send", _from, "--bind", "127.0.0.1", "--rendezvous", $"{_port}", "--ports", $"{_port + 1}-{_port + 199}");

    private string[] LineOf(Command send) => [.. send.WaitForOut("springtail receive ").Split(' ').Skip(1), "--into", _to];

    private void WaitForBytes(long bytes) => Assert.True(SpinWait.SpinUntil(
        () =>
        {
            Thread.Sleep(5);
            return LargePartial is { Length: > 0 } file && File.Exists(file) && new FileInfo(file).Length >= bytes;
        },
        60_000));

    private void AssertSame()
    {
        Assert.Empty(Directory.GetFiles(_to));
        Assert.True(Directory.Exists(Path.Combine(_to, "from", "empty")));
        string[] names = [.. Directory.GetFiles(_from).Select(f => Path.GetFileName(f)).Order()];
        Assert.Equal(names, Directory.GetFiles(Path.Combine(_to, "from")).Select(f => Path.GetFileName(f)).Order());
        Assert.All(names, n => Assert.Equal(SHA256.HashData(File.ReadAllBytes(Path.Combine(_from, n))), SHA256.HashData(File.ReadAllBytes(Path.Combine(_to, "from", n)))));
    }
}
