using System;
using System.IO;
using System.Runtime.Versioning;
using System.Text;
using Springtail.Peer;
using Xunit;

namespace Springtail.Tests.Peer;

/// <summary>What a PSK file may be, and what is said of one that it may not.</summary>
[SupportedOSPlatform("linux")]
public sealed class PskFileTests : IDisposable
{
    private const string Hex = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

    private readonly string _folder = Directory.CreateTempSubdirectory("springtail-psk-").FullName;

    private string Path => System.IO.Path.Combine(_folder, "psk");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_new_key_is_32_bytes_that_only_the_owner_reads()
    {
        PskFile.Create(Path);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path));
        Assert.Equal(32, PskFile.Read(Path).Length);
        Assert.Equal(65, new FileInfo(Path).Length);
    }

    [Fact]
    public void A_key_is_not_overwritten()
    {
        Write(Hex);
        Refuses("is not overwritten", PskFile.Create);
        Assert.Equal(Hex, File.ReadAllText(Path));
    }

    [Theory]
    [InlineData(Hex)]
    [InlineData(Hex + "\n")]
    [InlineData("  " + Hex + "\r\n\n")]
    public void A_line_of_hex_is_a_key(string text)
    {
        Write(text);
        Assert.Equal(Convert.FromHexString(Hex), PskFile.Read(Path));
    }

    [Theory]
    [InlineData(16)]
    [InlineData(32)]
    [InlineData(64)]
    public void Raw_bytes_are_a_key(int size)
    {
        byte[] psk = new byte[size];
        new Random(size).NextBytes(psk);
        psk[0] = 0x80;
        Write(psk);
        Assert.Equal(psk, PskFile.Read(Path));
    }

    [Fact]
    public void A_missing_file_is_refused() => Refuses("springtail keygen", p => PskFile.Read(p));

    [Fact]
    public void A_folder_is_no_key() => Refuses("is a folder", _ => PskFile.Read(_folder));

    [Fact]
    public void Where_a_key_cannot_go_is_said_before_it_is_made()
    {
        PskFile.CheckNew(Path);
        Refuses("there is no folder", p => PskFile.CheckNew(System.IO.Path.Combine(p, "none", "psk")));
        Write(Hex);
        Refuses("exists and is not overwritten", PskFile.CheckNew);
    }

    [Theory]
    [InlineData("", "is empty")]
    [InlineData("\n", "is empty")]
    [InlineData("00112233", "has 4 bytes")]
    [InlineData("00112233445566778899aabbccddee", "has 15 bytes")]
    [InlineData(Hex + Hex + "00", "has 65 bytes")]
    [InlineData("correct horse battery staple", "not an even number of hex digits")]
    [InlineData(Hex + "0", "not an even number of hex digits")]
    [InlineData("0011223344556677 8899aabbccddeeff", "not an even number of hex digits")]
    [InlineData(Hex + "\n" + Hex + "\n", "more than one line")]
    public void Text_that_is_no_key_is_refused(string text, string reason)
    {
        Write(text);
        Refuses(reason, p => PskFile.Read(p));
    }

    [Theory]
    [InlineData(15, "15 raw bytes")]
    [InlineData(65, "65 raw bytes")]
    [InlineData(5000, "too large")]
    public void Raw_bytes_of_another_size_are_refused(int size, string reason)
    {
        byte[] bytes = new byte[size];
        Write(bytes);
        Refuses(reason, p => PskFile.Read(p));
    }

    [Theory]
    [InlineData(UnixFileMode.OtherRead)]
    [InlineData(UnixFileMode.OtherWrite)]
    public void A_file_that_everybody_can_use_is_refused(UnixFileMode others)
    {
        Write(Hex);
        File.SetUnixFileMode(Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | others);
        Refuses("chmod 600 " + Path, p => PskFile.Read(p));
        File.SetUnixFileMode(Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        Assert.Equal(32, PskFile.Read(Path).Length);
    }

    private void Refuses(string reason, Action<string> action)
    {
        IOException refusal = Assert.ThrowsAny<IOException>(() => action(Path));
        Assert.Contains(reason, refusal.Message);
    }

    private void Write(string text) => Write(Encoding.ASCII.GetBytes(text));

    private void Write(byte[] bytes)
    {
        File.WriteAllBytes(Path, bytes);
        File.SetUnixFileMode(Path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }
}
