using System;
using System.IO;
using System.Linq;
using System.Runtime.Versioning;
using System.Text.Json;
using Xunit;

namespace Springtail.Tests.Peer;

/// <summary>Discovery from the command line, over UDP on loopback.</summary>
[SupportedOSPlatform("linux")]
public sealed class DiscoverCommandTests : IDisposable
{
    private static int s_nextPort = 47_000 + Random.Shared.Next(100);

    private readonly string _folder = Directory.CreateTempSubdirectory("springtail-discover-").FullName;
    private readonly string _ports;
    private readonly string _port;
    private readonly string _here = Loopback.Next().ToString();
    private readonly string _there = Loopback.Next().ToString();

    public DiscoverCommandTests()
    {
        int first = System.Threading.Interlocked.Add(ref s_nextPort, 200);
        _ports = $"{first}-{first + 198}";
        _port = $"{first + 199}";
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Discover_names_the_file_and_nothing_else_and_connect_takes_its_key()
    {
        string here = Keys("here", 256, 1);
        string there = Keys("there", 255, 2);
        File.Copy(Path.Combine(here, "key-077"), Path.Combine(there, "the-boiler"));
        File.SetUnixFileMode(Path.Combine(there, "the-boiler"), UnixFileMode.UserRead);
        // Where localhost is, with ports that no other test has.
        using Command listener = Command.Start("listen", "--bind", "127.0.0.1", "--psk-dir", there, "--ports", _ports, "--discovery-port", _port, "--discovery", "--echo");
        listener.WaitForError("ready");

        (int code, string[] lines, string[] error) = Command.Run("discover", "127.0.0.1", "--bind", _here, "--psk-dir", here, "--discovery-port", _port);
        Assert.Equal((0, "key-077", ""), (code, Assert.Single(lines), string.Join(" ", error)));
        listener.WaitForError("the key that both hold: the-boiler");

        string few = Keys("few", 3, 3);
        (code, lines, error) = Command.Run("discover", "localhost", "--bind", _here, "--psk-dir", few, "--proofs", "--discovery-port", _port);
        Assert.Equal((8, 0), (code, lines.Length));
        Assert.Equal("error: localhost holds none of the 3 keys.", Assert.Single(error));
        File.Copy(Path.Combine(here, "key-077"), Path.Combine(few, "zed"));
        (code, lines, _) = Command.Run("discover", "127.0.0.1", "--bind", _here, "--psk-dir", few, "--proofs", "--discovery-port", _port, "--json");
        JsonElement result = JsonElement.Parse(Assert.Single(lines));
        Assert.Equal((0, "key", "zed"), (code, result.GetProperty("event").GetString(), result.GetProperty("key").GetString()));

        using Command connection = Command.Start("connect", "127.0.0.1", "--bind", _here, "--psk-dir", here, "--ports", _ports, "--discovery-port", _port);
        connection.WriteLine("found you");
        connection.EndInput();
        Assert.Equal(0, connection.Wait());
        Assert.Equal(["found you"], connection.Out);
        Assert.Contains("127.0.0.1 holds key-077 too.", connection.Error);
        listener.Signal(Command.SigInt);
        Assert.Equal(0, listener.Wait());
    }

    [Fact]
    public void A_listener_with_discovery_off_says_nothing()
    {
        string keys = Keys("keys", 2, 1);
        using Command listener = Command.Start("listen", "--bind", _there, "--psk-dir", keys, "--ports", _ports, "--discovery-port", _port);
        listener.WaitForError("ready");
        (int code, string[] lines, string[] error) = Command.Run("discover", _there, "--bind", _here, "--psk-dir", keys, "--discovery-port", _port);
        Assert.Equal((4, 0), (code, lines.Length));
        Assert.Contains("No answer. Check that the peer listens with discovery on", Assert.Single(error));
        listener.Signal(Command.SigTerm);
        Assert.Equal(0, listener.Wait());
    }

    [Fact]
    public void A_bad_file_or_folder_is_named()
    {
        string keys = Keys("keys", 3, 1);
        void Fails(string sentence, params string[] arguments)
        {
            (int code, string[] lines, string[] error) = Command.Run(arguments);
            Assert.Equal((3, 0), (code, lines.Length));
            Assert.Contains(sentence, Assert.Single(error));
        }

        Fails($"There is no folder {_folder}/none.", "listen", "--psk-dir", Path.Combine(_folder, "none"));
        Fails($"{_folder}/empty holds no PSK file.", "discover", "localhost", "--psk-dir", Directory.CreateDirectory(Path.Combine(_folder, "empty")).FullName);
        Fails("Discovery with --proofs takes at most 8 PSKs; these are 9.", "discover", "localhost", "--proofs", "--psk-dir", Keys("nine", 9, 2));
        Fails("Discovery takes at most 256 PSKs; these are 257.", "listen", "--discovery", "--psk-dir", Keys("many", 257, 3));
        File.WriteAllText(Path.Combine(keys, ".hidden"), "left out");
        Directory.CreateDirectory(Path.Combine(keys, "left-out"));
        File.Copy(Path.Combine(keys, "key-001"), Path.Combine(keys, "key-00x"));
        Fails("key-001 and key-00x hold the same key.", "connect", "localhost", "--psk-dir", keys);
        File.WriteAllText(Path.Combine(keys, "key-00x"), "secret");
        File.SetUnixFileMode(Path.Combine(keys, "key-00x"), UnixFileMode.UserRead);
        Fails($"{keys}/key-00x holds text that is not an even number of hex digits.", "listen", "--psk-dir", keys);
    }

    [Theory]
    [InlineData("discover", "localhost")]
    [InlineData("discover", "localhost", "--psk-dir", "x", "--discovery-port", "0")]
    [InlineData("connect", "localhost", "--psk-dir", "x", "--psk-file", "y")]
    [InlineData("connect", "localhost", "--psk-dir", "x", "--discovery-port", "0")]
    [InlineData("listen", "--psk-dir", "x", "--discovery", "--discovery-port", "0")]
    public void A_wrong_command_line_is_2(params string[] arguments)
    {
        (int code, _, string[] error) = Command.Run(arguments);
        Assert.Equal(2, code);
        Assert.StartsWith("error: ", error[0]);
    }

    private string Keys(string name, int count, int seed)
    {
        string folder = Directory.CreateDirectory(Path.Combine(_folder, name)).FullName;
        byte[][] psks = Discovery.DiscoveryWire.Psks(count, seed);
        foreach (int i in Enumerable.Range(0, count))
        {
            string path = Path.Combine(folder, $"key-{i:000}");
            File.WriteAllText(path, Convert.ToHexString(psks[i]));
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        return folder;
    }
}
