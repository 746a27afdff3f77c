using System;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using Springtail.Peer.Flashing;
using Springtail.Tests.Peer;
using Xunit;

namespace Springtail.Tests.DeviceApp;

/// <summary><c>springtail flash</c>, and how its lines and those of <c>provision</c> are written.</summary>
public sealed class FlashTests : IDisposable
{
    private static readonly string s_root = typeof(FlashTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "RepositoryRoot").Value!;

    private readonly string _folder = Directory.CreateTempSubdirectory("springtail-flash-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void It_prints_the_lines_for_firmware_with_the_module_and_an_application()
    {
        string clr = Path.Combine(_folder, "nanoCLR.bin");
        string image = Path.Combine(_folder, "app.bin");
        File.WriteAllBytes(clr, [1]);
        File.WriteAllBytes(image, [1]);
        (int code, string[] lines, _) = Command.Run("flash", "--board", "esp32c3", "--serial-port", "COM3", "--clr", clr, "--image", image);
        Assert.Equal(0, code);
        Assert.Equal(
            [
                $"nanoff --target ESP32_C3 --serialport COM3 --update --fwversion 1.17.0.30 --masserase --clrfile {clr}",
                $"nanoff --target ESP32_C3 --serialport COM3 --deploy --image {image}",
            ],
            lines);
    }

    [Fact]
    public void Of_a_folder_of_pe_files_it_makes_the_image()
    {
        byte[] first = Pe(110);
        byte[] second = Pe(120);
        File.WriteAllBytes(Path.Combine(_folder, "b.pe"), second);
        File.WriteAllBytes(Path.Combine(_folder, "a.pe"), first);
        (int code, string[] lines, _) = Command.Run("flash", "--board", "esp32", "--image", _folder);
        Assert.Equal(0, code);
        string image = Path.Combine(_folder, "deploy.bin");
        Assert.Equal([$"nanoff --target ESP32_REV0 --serialport PORT --deploy --image {image}"], lines);
        Assert.Equal([.. first, 0, 0, .. second], File.ReadAllBytes(image));

        File.WriteAllBytes(Path.Combine(_folder, "c.pe"), new byte[200]);
        (code, _, string[] errors) = Command.Run("flash", "--board", "esp32", "--image", _folder);
        Assert.Equal(3, code);
        Assert.Contains(errors, e => e.Contains("c.pe is no .pe file", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(2, "--board", "esp32")]
    [InlineData(2, "--board", "esp8266", "--firmware")]
    [InlineData(2, "--board", "esp32", "--firmware", "--run")]
    [InlineData(2, "--board", "esp32", "--clr", "nanoCLR.elf")]
    [InlineData(3, "--board", "esp32", "--clr", "not-there.bin")]
    [InlineData(3, "--board", "esp32", "--image", "not-there.bin")]
    public void What_is_wrong_is_refused(int expected, params string[] arguments)
    {
        (int code, string[] lines, string[] errors) = Command.Run(["flash", .. arguments]);
        Assert.Equal(expected, code);
        Assert.Empty(lines);
        Assert.Contains(errors, e => e.StartsWith("error: ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("plain", false, "plain")]
    [InlineData("/home/me/board", false, "/home/me/board")]
    [InlineData("my board", false, "\"my board\"")]
    [InlineData("it's", false, "\"it's\"")]
    [InlineData("a$b", false, "'a$b'")]
    [InlineData("a$b's", false, @"'a$b'\''s'")]
    [InlineData("a\\b", false, @"'a\b'")]
    [InlineData("", false, "\"\"")]
    [InlineData("C:\\me\\board", true, "C:\\me\\board")]
    [InlineData("C:\\my board", true, "\"C:\\my board\"")]
    [InlineData("C:\\a$b's", true, "'C:\\a$b''s'")]
    [InlineData("100%", true, "'100%'")]
    public void An_argument_is_quoted_as_the_shell_wants_it(string text, bool isWindows, string expected) => Assert.Equal(expected, CommandText.Quote(text, isWindows));

    /// <summary>What tells firmware that fits is the row of firmware/README.md's table, and the READMEs have the same lines.</summary>
    [Fact]
    public void The_firmware_is_the_one_of_the_READMEs()
    {
        string readme = File.ReadAllText(Path.Combine(s_root, "firmware", "README.md"));
        Match row = Regex.Match(readme, @"\| nanoFramework\.System\.Net \| [\d.]+ \| ([\d.]+), (0x[0-9A-F]+) \|");
        Assert.Equal(Boards.NativePart, $"System.Net {row.Groups[1].Value}, checksum {row.Groups[2].Value}");
        Assert.Contains(Boards.FirmwareVersion, readme, StringComparison.Ordinal);
        Assert.Contains(Nanoff.Line(Nanoff.Firmware("ESP32_C3", "/dev/ttyUSB0", Boards.FirmwareVersion)), File.ReadAllText(Path.Combine(s_root, "firmware", "Springtail.Device", "README.md")), StringComparison.Ordinal);
    }

    private static byte[] Pe(int size)
    {
        byte[] file = new byte[size];
        Encoding.ASCII.GetBytes("NFMRK1").CopyTo(file, 0);
        BitConverter.GetBytes(size).CopyTo(file, 100);
        return file;
    }
}
