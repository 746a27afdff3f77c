using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using System.Threading;
using System.Threading.Tasks;
using Xunit;

namespace Springtail.Tests.Peer;

/// <summary>The programs that README.md shows: they are here, they are the same, and they run.</summary>
public sealed partial class ReadmeTests
{
    [Fact]
    public async Task What_the_README_shows_runs()
    {
        byte[] psk = RandomNumberGenerator.GetBytes(32);
        using CancellationTokenSource done = new();
        Task desktop = DesktopAsync(psk, done.Token);
        await Task.Run(() => Device("127.0.0.1", psk));
        done.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => desktop);
    }

    [Fact]
    public void The_README_shows_what_runs()
    {
        string[] shown = [.. CodeBlock().Matches(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "README.md"))).Select(m => Words(m.Groups[1].Value))];
        string source = Words(Source() + Sample("minimal") + Sample("worker"));
        Assert.Equal(4, shown.Length);
        Assert.All(shown, s => Assert.Contains(s, source));
    }

    private static void Device(string host, byte[] psk)
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
        Assert.Equal("21.5 degrees", Encoding.UTF8.GetString(buffer, 0, size));
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

    private static string Sample(string name) => File.ReadAllText(Path.Combine(Path.GetDirectoryName(Path.GetDirectoryName(Path.GetDirectoryName(Path.GetDirectoryName(Here())!)!)!)!, "tools/samples", name, "Program.cs"));

    private static string Here([CallerFilePath] string path = "") => path;

    private static string Source([CallerFilePath] string path = "") => File.ReadAllText(path);

    private static string Words(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    [GeneratedRegex("```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex CodeBlock();
}
