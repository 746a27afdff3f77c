using System;
using System.IO;
using System.Runtime.Versioning;
using Xunit;

namespace Springtail.Tests.Peer;

/// <summary><c>springtail enroll</c>: a device's key in the gateway's folder.</summary>
[SupportedOSPlatform("linux")]
public sealed class EnrollTests : IDisposable
{
    private const UnixFileMode OwnersFolder = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly string _folder = Directory.CreateTempSubdirectory("springtail-enroll-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_folder_and_the_key_are_their_owners_alone_whoever_makes_them_first()
    {
        string keys = Path.Combine(_folder, "gateway", "keys");
        (int code, string[] lines, string[] error) = Command.Run("enroll", "boiler", "--keys", keys);
        Assert.Equal(0, code);
        Assert.Contains(error, line => line.Contains("boiler's key"));
        Assert.Contains(lines, line => line.StartsWith($"springtail provision boiler-files --board esp32c3 --psk-file {Path.Combine(keys, "boiler")} --name boiler --format json", StringComparison.Ordinal));
        Assert.Equal(OwnersFolder, File.GetUnixFileMode(keys));
        Assert.Equal(OwnersFolder, File.GetUnixFileMode(Path.GetDirectoryName(keys)!));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(keys, "boiler")));
        Assert.Equal(32, PskFile.Read(Path.Combine(keys, "boiler")).Length);

        // A name that topics or the file system would read as more, and one that is taken, change nothing.
        Assert.All(["a+b", "a/b", "..", ".a", "a.", "NUL", "com1.txt", "a b", "ä", "", "a.next", new string('a', 65)], name => Assert.NotEqual(0, Command.Run("enroll", name, "--keys", keys).Code));
        Assert.Equal(3, Command.Run("enroll", "boiler", "--keys", keys).Code);
        Assert.Single(Directory.GetFiles(keys));
    }

    [Fact]
    public void A_devices_next_key_lies_beside_the_one_that_it_has()
    {
        string keys = Path.Combine(_folder, "keys");
        (int code, _, string[] error) = Command.Run("enroll", "boiler", "--next", "--keys", keys);
        Assert.Equal(3, code);
        Assert.Contains(error, line => line.Contains("Leave --next out"));
        Assert.Equal(0, Command.Run("enroll", "boiler", "--keys", keys).Code);
        byte[] has = PskFile.Read(Path.Combine(keys, "boiler"));
        (code, string[] lines, error) = Command.Run("enroll", "boiler", "--next", "--keys", keys);
        Assert.Equal(0, code);
        Assert.Contains(error, line => line.Contains("rename the file to boiler"));
        string next = Path.Combine(keys, "boiler.next");
        Assert.Contains(lines, line => line.StartsWith($"springtail provision boiler-files --board esp32c3 --psk-file {next} --name boiler --format json", StringComparison.Ordinal));
        Assert.Equal(has, PskFile.Read(Path.Combine(keys, "boiler")));
        Assert.NotEqual(has, PskFile.Read(next));
        Assert.Equal(["boiler", "boiler"], PskFolder.Read(keys).Names);
        Assert.Equal(3, Command.Run("enroll", "boiler", "--next", "--keys", keys).Code);
    }
}
