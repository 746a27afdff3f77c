using System;
using System.IO;
using System.Linq;
using System.Runtime.Versioning;
using System.Text.Json;
using Xunit;

namespace Springtail.Tests.Peer;

/// <summary>Pairing by a spoken token from the command line, over UDP on loopback.</summary>
[SupportedOSPlatform("linux")]
public sealed class PairCommandTests : IDisposable
{
    private static readonly string[] s_where = ["--rendezvous", "42199", "--ports", "42000-42198"];

    private readonly string _folder = Directory.CreateTempSubdirectory("springtail-pair-").FullName;
    private readonly string _host = Loopback.Next().ToString();

    private string[] Listening => ["--bind", _host, .. s_where];

    private static string[] Connecting => ["--bind", Loopback.Next().ToString(), .. s_where];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Two_words_leave_both_sides_with_a_key_that_they_can_use()
    {
        string here = Path.Combine(_folder, "here");
        string there = Path.Combine(_folder, "there");
        using Command listener = Command.Start(["listen", "--pair", "--save-psk", there, "--json", .. Listening]);
        listener.WaitForError("ready");
        JsonElement shown = listener.Error.Select(line => JsonElement.Parse(line)).Single(e => e.GetProperty("event").GetString() == "token");
        string token = shown.GetProperty("token").GetString()!;
        Assert.Matches("^[a-z]{4,8}-[a-z]{4,8}$", token);

        (int code, string[] lines, string[] error) = Command.Run(["connect", _host, "--token", token, "--save-psk", here, .. Connecting]);
        Assert.Equal((0, 0), (code, lines.Length));
        Assert.Contains(error, line => line.Contains($"{here} holds a new key"));
        Assert.Equal(0, listener.Wait());
        Assert.Equal(File.ReadAllText(there), File.ReadAllText(here));
        Assert.Matches("^[0-9a-f]{64}\n$", File.ReadAllText(here));
        Assert.All(new[] { here, there }, file => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file)));

        using Command second = Command.Start(["listen", "--psk-file", there, "--echo", "--discovery-port", "0", .. Listening]);
        second.WaitForError("ready");
        using Command connection = Command.Start(["connect", _host, "--psk-file", here, .. Connecting]);
        connection.WriteLine("hello");
        connection.EndInput();
        Assert.Equal(0, connection.Wait());
        Assert.Equal(["hello"], connection.Out);
        second.Signal(Command.SigInt);
        Assert.Equal(0, second.Wait());

        // Neither file is ever overwritten.
        (code, _, error) = Command.Run(["connect", _host, "--token", token, "--save-psk", here, .. Connecting]);
        Assert.Equal(3, code);
        Assert.Contains("exists and is not overwritten", Assert.Single(error));
        Assert.Equal(3, Command.Run(["listen", "--pair", "--save-psk", there, .. Listening]).Code);
        Assert.Equal(File.ReadAllText(there), File.ReadAllText(here));
    }

    [Fact]
    public void A_token_that_was_agreed_on_opens_a_session_and_a_wrong_one_does_not()
    {
        using Command listener = Command.Start(["listen", "--token", "ocean-tiger", "--echo", .. Listening]);
        listener.WaitForError("ready");
        using Command wrong = Command.Start(["connect", _host, "--token", "ocean-reward", .. Connecting]);
        wrong.EndInput();
        Assert.Equal(4, wrong.Wait());
        Assert.Contains(wrong.Error, line => line.Contains("does not hold this token"));
        Assert.DoesNotContain(listener.Error, line => line.Contains("established"));

        // A word that is not on the list is asked about, and costs no guess.
        for (int i = 0; i < 3; i++)
        {
            (int code, _, string[] error) = Command.Run(["connect", _host, "--token", "ocean-tigr", .. Connecting]);
            Assert.Equal(2, code);
            Assert.Contains("tiger?", Assert.Single(error));
        }

        string file = Path.Combine(_folder, "token");
        File.WriteAllText(file, "\u201COcean \u2013 TIGER\u201D\n");
        using Command connection = Command.Start(["connect", _host, "--token-file", file, .. Connecting]);
        connection.WriteLine("hello");
        connection.EndInput();
        Assert.Equal(0, connection.Wait());
        Assert.Equal(["hello"], connection.Out);
        Assert.Contains(connection.Error, line => line.Contains("suite 5"));
        listener.Signal(Command.SigInt);
        Assert.Equal(0, listener.Wait());
    }

    [Fact]
    public void Only_one_side_storing_a_key_stores_none()
    {
        string here = Path.Combine(_folder, "here");
        using Command listener = Command.Start(["listen", "--token", "ocean-tiger", "--echo", .. Listening]);
        listener.WaitForError("ready");

        // The listener echoes what it gets: its "share" is the client's own, and its proof that of the wrong side.
        (int code, _, string[] error) = Command.Run(["connect", _host, "--token", "ocean-tiger", "--save-psk", here, .. Connecting]);
        Assert.Equal(5, code);
        Assert.Contains(error, line => line.Contains("has not stored the key"));
        Assert.False(File.Exists(here));
        listener.Signal(Command.SigInt);
        Assert.Equal(0, listener.Wait());
    }

    /// <summary>The new key is served as soon as both have it; what is removed is served no more, and SIGHUP reads keys again.</summary>
    [Fact]
    public void A_listener_of_a_folder_takes_a_new_peer_in_and_follows_the_folder()
    {
        string keys = Directory.CreateDirectory(Path.Combine(_folder, "keys")).FullName;
        string there = Directory.CreateDirectory(Path.Combine(_folder, "there")).FullName;
        string[] where = ["--ports", s_where[3]];
        string port = s_where[1];
        using Command listener = Command.Start(["listen", "--psk-dir", keys, "--pair", "--name", "the boiler", "--bind", _host, "--pair-port", port, "--echo", "--discovery-port", "0", .. where]);
        listener.WaitForError("ready");
        (int code, string shown, _) = Command.Type(LineOf(listener), there);
        Assert.Equal((0, ""), (code, shown));
        listener.WaitForError("the boiler is served from now on.");
        Assert.Equal(File.ReadAllText(Path.Combine(keys, "the boiler")), File.ReadAllText(Path.Combine(there, "the boiler")));

        using Command connection = Command.Start(["connect", _host, "--psk-file", Path.Combine(there, "the boiler"), "--bind", Loopback.Next().ToString(), .. where]);
        connection.WriteLine("hello");
        connection.WaitForOut("hello");
        PskFile.Create(Path.Combine(keys, "pump"));
        listener.WaitForError("pump is served from now on.");
        File.Delete(Path.Combine(keys, "the boiler"));
        listener.WaitForError("the boiler is served no more");
        Assert.Equal(5, connection.Wait());
        File.WriteAllText(Path.Combine(keys, "pump"), "spoilt");
        listener.WaitForError("The key that it held before is served on.");
        listener.Signal(Command.SigHup);
        listener.WaitForError("1 key served.");
        using Command pump = Command.Start(["connect", _host, "--psk-file", Path.Combine(there, "the boiler"), "--bind", Loopback.Next().ToString(), .. where]);
        pump.Signal(Command.SigHup);
        listener.Signal(Command.SigTerm);
        Assert.Equal(0, listener.Wait());
    }

    /// <summary>A peer's next key is served beside the one that it has, and on under the peer's own name once it is that.</summary>
    [Fact]
    public void A_peer_goes_from_one_key_to_the_next_while_the_listener_runs()
    {
        string keys = Directory.CreateDirectory(Path.Combine(_folder, "keys")).FullName;
        string there = Directory.CreateDirectory(Path.Combine(_folder, "there")).FullName;
        string[] where = ["--ports", s_where[3]];
        PskFile.Create(Path.Combine(keys, "pump"));
        using Command listener = Command.Start(["listen", "--psk-dir", keys, "--bind", _host, "--echo", "--discovery-port", "0", .. where]);
        listener.WaitForError("ready");
        PskFile.Create(Path.Combine(keys, "pump.next"));
        listener.WaitForError("pump.next is served from now on.");
        using Command before = Connect("pump");
        using Command after = Connect("pump.next");
        File.Move(Path.Combine(keys, "pump.next"), Path.Combine(keys, "pump"), overwrite: true);
        listener.WaitForError("pump is served no more");
        Assert.Equal(5, before.Wait());
        after.WriteLine("still");
        after.WaitForOut("still");
        Assert.DoesNotContain(listener.Error, line => line.Contains("pump.next is served no more"));

        // What is wrong with a file is told once, however often the folder changes.
        File.Copy(Path.Combine(keys, "pump"), Path.Combine(keys, "twin"));
        listener.WaitForError("hold the same key");
        PskFile.Create(Path.Combine(keys, "boiler"));
        listener.WaitForError("boiler is served from now on.");
        listener.Signal(Command.SigHup);
        listener.WaitForError("2 keys served.");
        Assert.Single(listener.Error, line => line.Contains("hold the same key"));
        listener.Signal(Command.SigTerm);
        Assert.Equal(0, listener.Wait());

        Command Connect(string name)
        {
            string file = Path.Combine(there, name);
            File.Copy(Path.Combine(keys, name), file);
            Command connection = Command.Start(["connect", _host, "--psk-file", file, "--bind", Loopback.Next().ToString(), .. where]);
            connection.WriteLine(name);
            connection.WaitForOut(name);
            return connection;
        }
    }

    /// <summary>The line has all that the other side needs. Who leaves --save-psk out is told, and sees nothing of the pairing.</summary>
    [Fact]
    public void The_line_that_a_pairing_listener_prints_does_as_it_is()
    {
        string there = Directory.CreateDirectory(Path.Combine(_folder, "there")).FullName;
        string[] listens = ["listen", "--pair", "--save-psk", Path.Combine(_folder, "my key"), .. Listening];
        using (Command listener = Command.Start(listens))
        {
            listener.WaitForError("ready");
            (int code, string shown, string error) = Command.Type(LineOf(listener).Replace("--save-psk \"my key\"", "", StringComparison.Ordinal), there);
            Assert.Equal((5, ""), (code, shown));
            Assert.Contains("use --save-psk FILE here too", error);
            Assert.Equal(5, listener.Wait());
        }

        using Command again = Command.Start(listens);
        again.WaitForError("ready");
        Assert.Equal(0, Command.Type(LineOf(again), there).Code);
        Assert.Equal(0, again.Wait());
        Assert.Equal(File.ReadAllText(Path.Combine(_folder, "my key")), File.ReadAllText(Path.Combine(there, "my key")));
    }

    [Theory]
    [InlineData("listen", "--pair", "--psk-file", "psk")]
    [InlineData("listen", "--pair", "--suite", "2")]
    [InlineData("listen", "--save-psk", "new", "--psk-file", "psk")]
    [InlineData("connect", "127.0.0.1", "--token", "ocean-tiger", "--suite", "1")]
    [InlineData("connect", "127.0.0.1", "--psk-file", "psk", "--suite", "5")]
    [InlineData("connect", "127.0.0.1", "--token", "ocean-tiger", "--ask-clock")]
    [InlineData("connect", "127.0.0.1", "--token", "oceantiger")]
    [InlineData("connect", "127.0.0.1", "--token", "ocean-tiger", "--token-file", "x")]
    [InlineData("listen", "--psk-dir", "keys", "--pair")]
    [InlineData("listen", "--psk-dir", "keys", "--pair", "--name", "../boiler")]
    [InlineData("listen", "--pair", "--name", "boiler")]
    public void What_does_not_go_together_is_said_at_once(params string[] arguments)
    {
        (int code, string[] lines, string[] error) = Command.Run(arguments);
        Assert.Equal((2, 0), (code, lines.Length));
        Assert.NotEmpty(error);
    }

    private static string LineOf(Command listener) => listener.WaitForError("On the other side: ").Split("On the other side: ")[1] + " --bind " + Loopback.Next();
}
