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
    private static int s_nextPort = 42_000 + Random.Shared.Next(100);

    private readonly string _folder = Directory.CreateTempSubdirectory("springtail-pair-").FullName;
    private readonly string[] _where;

    public PairCommandTests()
    {
        int first = System.Threading.Interlocked.Add(ref s_nextPort, 200);
        _where = ["--rendezvous", $"{first + 199}", "--ports", $"{first}-{first + 198}"];
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Two_words_leave_both_sides_with_a_key_that_they_can_use()
    {
        string here = Path.Combine(_folder, "here");
        string there = Path.Combine(_folder, "there");
        using Command listener = Command.Start(["listen", "--pair", "--save-psk", there, "--json", .. _where]);
        listener.WaitForError("ready");
        JsonElement shown = listener.Error.Select(line => JsonElement.Parse(line)).Single(e => e.GetProperty("event").GetString() == "token");
        string token = shown.GetProperty("token").GetString()!;
        Assert.Matches("^[a-z]{4,8}-[a-z]{4,8}$", token);

        (int code, string[] lines, string[] error) = Command.Run(["connect", "127.0.0.1", "--token", token, "--save-psk", here, .. _where]);
        Assert.Equal((0, 0), (code, lines.Length));
        Assert.Contains(error, line => line.Contains($"{here} holds a new key"));
        Assert.Equal(0, listener.Wait());
        Assert.Equal(File.ReadAllText(there), File.ReadAllText(here));
        Assert.Matches("^[0-9a-f]{64}\n$", File.ReadAllText(here));
        Assert.All(new[] { here, there }, file => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file)));

        using Command second = Command.Start(["listen", "--psk-file", there, "--echo", "--discovery-port", "0", .. _where]);
        second.WaitForError("ready");
        using Command connection = Command.Start(["connect", "127.0.0.1", "--psk-file", here, .. _where]);
        connection.WriteLine("hello");
        connection.EndInput();
        Assert.Equal(0, connection.Wait());
        Assert.Equal(["hello"], connection.Out);
        second.Signal(Command.SigInt);
        Assert.Equal(0, second.Wait());

        // Neither file is ever overwritten.
        (code, _, error) = Command.Run(["connect", "127.0.0.1", "--token", token, "--save-psk", here, .. _where]);
        Assert.Equal(3, code);
        Assert.Contains("exists and is not overwritten", Assert.Single(error));
        Assert.Equal(3, Command.Run(["listen", "--pair", "--save-psk", there, .. _where]).Code);
        Assert.Equal(File.ReadAllText(there), File.ReadAllText(here));
    }

    [Fact]
    public void A_token_that_was_agreed_on_opens_a_session_and_a_wrong_one_does_not()
    {
        using Command listener = Command.Start(["listen", "--token", "ocean-tiger", "--echo", .. _where]);
        listener.WaitForError("ready");
        using Command wrong = Command.Start(["connect", "127.0.0.1", "--token", "ocean-tigers", .. _where]);
        wrong.EndInput();
        Assert.Equal(4, wrong.Wait());
        Assert.Contains(wrong.Error, line => line.Contains("does not hold this token"));
        Assert.DoesNotContain(listener.Error, line => line.Contains("established"));

        using Command connection = Command.Start(["connect", "127.0.0.1", "--token", "ocean-tiger", .. _where]);
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
        using Command listener = Command.Start(["listen", "--token", "ocean-tiger", "--echo", .. _where]);
        listener.WaitForError("ready");

        // The listener echoes what it gets: its "share" is the client's own, and its proof that of the wrong side.
        (int code, _, string[] error) = Command.Run(["connect", "127.0.0.1", "--token", "ocean-tiger", "--save-psk", here, .. _where]);
        Assert.Equal(5, code);
        Assert.Contains(error, line => line.Contains("has not stored the key"));
        Assert.False(File.Exists(here));
        listener.Signal(Command.SigInt);
        Assert.Equal(0, listener.Wait());
    }

    [Theory]
    [InlineData("listen", "--pair", "--psk-file", "psk")]
    [InlineData("listen", "--pair", "--suite", "2")]
    [InlineData("listen", "--save-psk", "new", "--psk-file", "psk")]
    [InlineData("connect", "127.0.0.1", "--token", "ocean-tiger", "--suite", "1")]
    [InlineData("connect", "127.0.0.1", "--psk-file", "psk", "--suite", "5")]
    [InlineData("connect", "127.0.0.1", "--token", "ocean-tiger", "--ask-clock")]
    [InlineData("connect", "127.0.0.1", "--token", "oceantiger")]
    [InlineData("connect", "127.0.0.1", "--token", "Ocean-tiger")]
    public void What_does_not_go_together_is_said_at_once(params string[] arguments)
    {
        (int code, string[] lines, string[] error) = Command.Run(arguments);
        Assert.Equal((2, 0), (code, lines.Length));
        Assert.NotEmpty(error);
    }
}
