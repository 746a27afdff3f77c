using System;
using System.Diagnostics;
using System.IO;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Xunit;

namespace Springtail.Tests.Hosting;

/// <summary>The samples, each as a program of its own, which binds to all addresses.</summary>
public sealed class SampleTests : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("springtail-samples-");
    private readonly byte[] _psk = RandomNumberGenerator.GetBytes(32);

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task The_minimal_sample_sends_a_line_and_shows_what_comes_back()
    {
        string file = Path.Combine(_folder.FullName, "psk");
        PskFile.Write(file, _psk);
        ChannelOptions options = ChannelOptions.ForServer();
        options.Psk = _psk;
        options.DiscoveryPort = 0;
        options.LocalAddress = Loopback.Next();
        await using ChannelListener listener = ChannelListener.Listen(options);
        using Process sample = Start("minimal", options.LocalAddress.ToString(), file, "21.5 degrees");
        Channel channel = (await listener.AcceptAsync().AsTask().WaitAsync(s_patience))!;
        ReceiveResult result = await channel.ReceiveAsync().AsTask().WaitAsync(s_patience);
        await channel.SendAsync(result.Message.Data);
        Assert.Equal("21.5 degrees", await sample.StandardOutput.ReadLineAsync().WaitAsync(s_patience));
        await sample.WaitForExitAsync().WaitAsync(s_patience);
        Assert.Equal(0, sample.ExitCode);
        Assert.Equal(EndReason.Closed, channel.Status.EndReason);
    }

    [Fact]
    public async Task The_worker_sample_answers_readings_and_ends_in_order()
    {
        PskFile.Write(Path.Combine(_folder.FullName, "boiler"), _psk);

        // Ports that no other test has.
        ChannelOptions options = new() { Psk = _psk, Suite = 2, DiscoveryPort = 0, PortMin = 26_000, PortCount = 500, LocalAddress = Loopback.Next() };
        using Process sample = Start(
            "worker", "--Springtail:KeyFolder", _folder.FullName, "--Springtail:Channel:DiscoveryPort", "0", "--Springtail:Channel:PortMin", "26000", "--Springtail:Channel:PortCount", "500");
        Channel channel = await Channel.ConnectAsync("127.0.0.1", options).WaitAsync(s_patience);
        await channel.SendAsync(Encoding.UTF8.GetBytes("21.5 degrees"));
        ReceiveResult result = await channel.ReceiveAsync().AsTask().WaitAsync(s_patience);
        Assert.Equal("reading 1 taken", Encoding.UTF8.GetString(result.Message.Data.Span));
        using (Process kill = Process.Start("kill", ["-INT", sample.Id.ToString()]))
        {
            await kill.WaitForExitAsync();
        }

        Assert.Equal(ReceiveOutcome.Ended, (await channel.ReceiveAsync().AsTask().WaitAsync(s_patience)).Outcome);
        Assert.Equal(EndReason.Closed, channel.Status.EndReason);
        string log = await sample.StandardOutput.ReadToEndAsync().WaitAsync(s_patience);
        await sample.WaitForExitAsync().WaitAsync(s_patience);
        Assert.Equal(0, sample.ExitCode);
        Assert.Contains("boiler: 21.5 degrees", log);
        Assert.Contains("boiler is gone: Closed", log);
        await channel.DisposeAsync();
    }

    private static Process Start(string name, params string[] arguments)
    {
        string root = "";
        foreach (AssemblyMetadataAttribute metadata in typeof(SampleTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>())
        {
            root = metadata.Key == "RepositoryRoot" ? metadata.Value! : root;
        }

        string configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        ProcessStartInfo start = new("dotnet") { RedirectStandardOutput = true };
        start.ArgumentList.Add(Path.Combine(root, "tools/samples", name, "bin", configuration, "net10.0", name + ".dll"));
        Array.ForEach(arguments, start.ArgumentList.Add);
        return Process.Start(start)!;
    }
}
