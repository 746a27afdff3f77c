using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Springtail.Hosting;
using Springtail.Tests.Simulation;
using Xunit;

namespace Springtail.Tests.Peer;

/// <summary>
/// The programs that README.md and the READMEs of the libraries show: they are here or among the samples, they are the same, and they run. Alone, since they listen at
/// all addresses, with the ports that others hop over.
/// </summary>
[Collection(Alone.Name)]
public sealed partial class ReadmeTests
{
    private static readonly string s_root = typeof(ReadmeTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "RepositoryRoot").Value!;

    [Fact]
    public async Task What_the_READMEs_show_runs()
    {
        byte[] psk = RandomNumberGenerator.GetBytes(32);
        using CancellationTokenSource done = new();
        Task desktop = DesktopAsync(psk, done.Token);
        await CallAsync(psk);
        done.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => desktop);

        using CancellationTokenSource all = new();
        Task fleet = FleetAsync(new ChannelOptions(), [psk], ["boiler"], all.Token);
        await CallAsync(psk);
        all.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => fleet);

        using IHost hosted = Hosted([]);
        Assert.NotNull(hosted.Services.GetService<HostedListener>());
    }

    [Theory]
    [InlineData("README.md", 1)]
    [InlineData("tools/Springtail.Host/README.md", 4)]
    [InlineData("tools/Springtail.Hosting/README.md", 2)]
    public void What_is_shown_is_what_runs(string document, int programs)
    {
        string[] shown = [.. CodeBlock().Matches(File.ReadAllText(Path.Combine(s_root, document))).Select(m => Words(m.Groups[1].Value))];
        string source = Words(Source() + Sample("minimal") + Sample("worker"));
        Assert.Equal(programs, shown.Length);
        Assert.All(shown, s => Assert.Contains(s, source));
    }

    private static async Task CallAsync(byte[] psk) => Assert.Equal("21.5 degrees", await Task.Run(() => Device("127.0.0.1", psk)));

    private static string Device(string host, byte[] psk)
    {
        ChannelOptions options = new ChannelOptions { Psk = psk };
        using Channel channel = Channel.Connect(host, options);
        channel.Send(Encoding.UTF8.GetBytes("21.5 degrees"));
        byte[] buffer = new byte[4096];
        int size = channel.Receive(buffer, 5000);
        if (size >= 0)
        {
            Debug.WriteLine(Encoding.UTF8.GetString(buffer, 0, size));
        }

        channel.Close();
        return size < 0 ? "" : Encoding.UTF8.GetString(buffer, 0, size);
    }

    private static async Task DesktopAsync(byte[] psk, CancellationToken cancellationToken)
    {
        ChannelOptions options = ChannelOptions.ForServer();
        options.Psk = psk;
        await using ChannelListener listener = ChannelListener.Listen(options);
        await foreach (Channel channel in listener.AcceptAllAsync(cancellationToken))
        {
            await foreach (ChannelMessage message in channel.ReceiveAllAsync(cancellationToken))
            {
                await channel.SendAsync(message.Data, cancellationToken);
            }
        }
    }

    private static async Task FleetAsync(ChannelOptions options, byte[][] keys, string[] names, CancellationToken cancellationToken)
    {
        options.Psks = keys;                 // byte[][], 16 to 64 random bytes each
        options.PskNames = names;            // their names, for ChannelStatus.KeyName
        await using ChannelListener listener = ChannelListener.Listen(options);
        await foreach (Channel channel in listener.AcceptAllAsync(cancellationToken))
        {
            _ = ServeAsync(channel, cancellationToken);
        }

        static async Task ServeAsync(Channel channel, CancellationToken cancellationToken)
        {
            await using (channel)
            {
                await foreach (ChannelMessage message in channel.ReceiveAllAsync(cancellationToken))
                {
                    await channel.SendAsync(message.Data, cancellationToken);
                }

                Console.WriteLine($"{channel.Status.KeyName} has ended: {channel.Status.EndReason}");
            }
        }
    }

    private static IHost Hosted(string[] args)
    {
        HostApplicationBuilder builder = Host.CreateApplicationBuilder(args);
        builder.Services.AddSpringtailListener(options => options.KeyFolder = "keys")
            .Handle(async (channel, message, cancellationToken) => await channel.SendAsync(message.Data, cancellationToken));
        builder.Services.AddHealthChecks().AddSpringtailListener();
        return builder.Build();
    }

    private static string Sample(string name) => File.ReadAllText(Path.Combine(s_root, "tools/samples", name, "Program.cs"));

    private static string Source([CallerFilePath] string path = "") => File.ReadAllText(path);

    private static string Words(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    [GeneratedRegex("```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex CodeBlock();
}
