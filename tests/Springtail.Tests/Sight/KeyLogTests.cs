using System;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Springtail.Tests.Peer;
using Xunit;

namespace Springtail.Tests.Sight;

/// <summary>The key log: where it is written, and what it never does by itself.</summary>
public sealed class KeyLogTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("springtail-keylog-");

    public void Dispose() => _folder.Delete(true);

    [Fact]
    public void A_new_file_is_its_owners_alone_and_one_that_others_read_is_refused()
    {
        string file = Path.Combine(_folder.FullName, "keys");
        new KeyLog(file).WriteEmergency(1, new byte[32], new byte[32]);
        Assert.Equal(2, File.ReadAllLines(file).Length);
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        _ = new KeyLog(file);
        Assert.Equal(2, File.ReadAllLines(file).Length);
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        Assert.Contains("chmod 600", Assert.Throws<IOException>(() => new KeyLog(file)).Message);
        Assert.StartsWith("The key log ", Assert.Throws<IOException>(() => new KeyLog(Path.Combine(_folder.FullName, "no", "keys"))).Message);
    }

    [Fact]
    public void Lines_of_two_writers_do_not_mix_and_copies_of_a_packet_give_one()
    {
        string file = Path.Combine(_folder.FullName, "keys");
        Parallel.For(0, 2, i =>
        {
            KeyLog log = new(file);
            for (uint id = 0; id < 100; id++)
            {
                log.WriteClear(KeyLog.HandshakeMask, KeyLog.HandshakeKey, (ulong)i * 1000 + id, [(byte)i, .. new byte[31]], [(byte)i, .. new byte[31]]);
                log.WriteClear(KeyLog.HandshakeMask, KeyLog.HandshakeKey, (ulong)i * 1000 + id, [(byte)i, .. new byte[31]], [(byte)i, .. new byte[31]]);
            }

            Assert.Null(log.Failure);
        });
        string[] lines = File.ReadAllLines(file);
        Assert.Equal(400, lines.Length);
        Assert.All(lines.Chunk(2), pair =>
        {
            Assert.StartsWith("SPRINGTAIL_HANDSHAKE_MASK ", pair[0]);
            Assert.StartsWith("SPRINGTAIL_HANDSHAKE_KEY ", pair[1]);
            Assert.Equal(pair[0].Split(' ')[1..], pair[1].Split(' ')[1..]);
        });
    }

    [Fact]
    public void Lines_have_the_form_that_readers_of_SSLKEYLOGFILE_expect()
    {
        string[] lines = File.ReadAllLines(Recording.One.Keys);
        Assert.True(lines.Length > 100);
        Assert.All(lines, l => Assert.Matches("^SPRINGTAIL_[A-Z]+(_[A-Z]+)?(_[0-9]+)? [0-9a-f]{16} ([0-9a-f]{64}|[0-9a-f]{32})$", l));
        Assert.Equal(lines.Length, lines.Count(l => l.Split(' ')[2].Length == (l.Contains("_NUMBERS_", StringComparison.Ordinal) ? 32 : 64)));
    }

    [Fact]
    public void The_command_warns_and_writes_only_where_it_is_told_to()
    {
        string psk = Path.Combine(_folder.FullName, "psk");
        string file = Path.Combine(_folder.FullName, "keys");
        PskFile.Create(psk);
        string[] line = ["listen", "--psk-file", psk, "--discovery-port", "0", "--ports", "39000-39015", "--bind"];
        using (Command quiet = Command.Start([.. line, Loopback.Next().ToString()]))
        using (Command logging = Command.Start([.. line, Loopback.Next().ToString(), "--key-log", file]))
        {
            logging.WaitForError("ready");
            quiet.WaitForError("ready");
            Assert.Contains(logging.Error, l => l.Contains("warning: Keys of all sessions are written to " + file, StringComparison.Ordinal));
            Assert.DoesNotContain(quiet.Error, l => l.Contains("Keys", StringComparison.Ordinal));
            Assert.True(File.Exists(file));
            logging.Signal(Command.SigInt);
            quiet.Signal(Command.SigInt);
            logging.Wait();
            quiet.Wait();
        }

        (int code, _, string[] error) = Command.Run([.. line, Loopback.Next().ToString(), "--key-log", Path.Combine(_folder.FullName, "no", "keys")]);
        Assert.Equal(3, code);
        Assert.Contains(error, l => l.Contains("error: The key log ", StringComparison.Ordinal));
    }
}
