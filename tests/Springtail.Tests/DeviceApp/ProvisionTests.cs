using System;
using System.IO;
using System.Linq;
using System.Runtime.Versioning;
using System.Text.Json;
using Springtail.Device;
using Springtail.Tests.Peer;
using Xunit;

namespace Springtail.Tests.DeviceApp;

/// <summary><c>springtail provision</c>: what it writes is what the device reads, and what nanoff takes.</summary>
[SupportedOSPlatform("linux")]
public sealed class ProvisionTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("springtail-provision-").FullName;

    private string Place => Path.Combine(_folder, "board files");

    private string Psk => Path.Combine(_folder, "psk");

    public ProvisionTests()
    {
        Assert.Equal(0, Command.Run("keygen", Psk).Code);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_device_reads_what_it_writes()
    {
        (int code, string[] lines, string[] errors) = Run(
            "--board", "esp32c3", "--host", "192.168.1.20", "--serial-port", "/dev/ttyUSB0", "--ports", "40000-40999", "--rendezvous", "40001", "--discovery-port", "40002",
            "--suite", "2", "--features", "2", "--interval", "10", "--sleep", "600", "--time-server", "off", "--name", "the cellar", "--format", "json");
        Assert.True(code == 0, string.Join('\n', errors));

        VirtualBoard board = new();
        JsonElement json = JsonDocument.Parse(File.ReadAllText(Path.Combine(Place, "files.json"))).RootElement;
        Assert.Equal("/dev/ttyUSB0", json.GetProperty("SerialPort").GetString());
        board.Files.Clear();
        foreach (JsonElement file in json.GetProperty("Files").EnumerateArray())
        {
            board.Files[file.GetProperty("DestinationFilePath").GetString()!] = File.ReadAllBytes(file.GetProperty("SourceFilePath").GetString()!);
        }

        Problems problems = new();
        Settings settings = SettingsReader.Read(board, problems);
        Assert.True(problems.Count == 0, problems[0]);
        Assert.Equal(File.ReadAllText(Psk).Trim(), Convert.ToHexStringLower(settings.Psk));
        Assert.Equal(("192.168.1.20", 40000, 1000), (settings.Host, settings.PortMin, settings.PortCount));
        Assert.Equal((40001, 40002, 2, 2), (settings.RendezvousPort, settings.DiscoveryPort, settings.Suite, settings.Features));
        Assert.Equal((10, 600, "the cellar", true), (settings.Interval, settings.Sleep, settings.Name, settings.IsJson));
        Assert.Null(settings.TimeServer);

        Assert.Equal(
            [
                "nanoff --target ESP32_C3 --serialport /dev/ttyUSB0 --update --fwversion 1.17.0.30 --masserase",
                "nanoff --nanodevice --serialport /dev/ttyUSB0 --devicedetails",
                "dotnet build firmware/Springtail.Device -c Release -p:NanoPackages=true",
                "nanoff --target ESP32_C3 --serialport /dev/ttyUSB0 --deploy --image firmware/Springtail.Device/bin/packages/Release/netnano1.0/Springtail.Device.bin",
                $"nanoff --filedeployment \"{Path.Combine(Place, "files.json")}\"",
                $"springtail listen --psk-file {Psk} --echo --ports 40000-40999 --rendezvous 40001 --discovery-port 40002",
            ],
            lines.Where(l => !l.StartsWith('#')));
    }

    [Fact]
    public void A_network_is_written_for_the_firmware_and_nobody_else()
    {
        string password = Path.Combine(_folder, "password");
        File.WriteAllText(password, "correct \"horse\"\n");
        (int code, string[] lines, _) = Run("--board", "esp32", "--host", "laptop.local", "--wifi", "home & away", "--wifi-password-file", password);
        Assert.Equal(0, code);
        string path = Path.Combine(Place, "network.json");
        JsonElement client = JsonDocument.Parse(File.ReadAllText(path)).RootElement.GetProperty("WirelessClient");
        Assert.Equal(("home & away", "correct \"horse\"", "AutoConnect"), (client.GetProperty("Ssid").GetString(), client.GetProperty("Password").GetString(), client.GetProperty("ConfigurationOption").GetString()));
        Assert.Contains(lines, l => l == $"nanoff --serialport PORT --filedeployment \"{Path.Combine(Place, "files.json")}\" --networkdeployment \"{path}\"");
        foreach (string file in Directory.GetFiles(Place))
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        }

        // Without --wifi the password of the earlier run does not stay.
        Assert.Equal(0, Run("--board", "esp32s3", "--host", "laptop.local").Code);
        Assert.False(File.Exists(path));
    }

    [Theory]
    [InlineData(2, "--board", "esp8266")]
    [InlineData(2, "--board", "esp32", "--host", "my laptop")]
    [InlineData(2, "--board", "esp32", "--host", "192.168.1.300")]
    [InlineData(2, "--board", "esp32", "--host", "h", "--interval", "0")]
    [InlineData(2, "--board", "esp32", "--host", "h", "--name", "gr\u00FCn")]
    [InlineData(2, "--board", "esp32", "--host", "h", "--time-server", "a b")]
    [InlineData(2, "--board", "esp32", "--host", "h", "--format", "xml")]
    [InlineData(2, "--board", "esp32", "--host", "h", "--wifi-password-file", "x")]
    [InlineData(3, "--board", "esp32", "--host", "h", "--wifi", "home", "--wifi-password-file", "not-there")]
    public void What_is_wrong_is_refused_and_nothing_is_written(int expected, params string[] arguments)
    {
        (int code, _, string[] errors) = Run(arguments);
        Assert.Equal(expected, code);
        Assert.Contains(errors, e => e.StartsWith("error: ", StringComparison.Ordinal));
        Assert.False(Directory.Exists(Place));
    }

    private (int Code, string[] Out, string[] Error) Run(params string[] arguments) => Command.Run([.. new[] { "provision", Place, "--psk-file", Psk }, .. arguments]);
}
