using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Builder;
using Springtail.Tests;
using Xunit;

namespace Springtail.Gateway.Tests;

/// <summary>A gateway as a process of its own, with a folder of its own.</summary>
internal sealed class GatewayProcess : IDisposable
{
    public const int SigHup = 1;
    public const int SigTerm = 15;

    /// <summary>Tests with gateways in their own process, one at a time: their metrics have the same names.</summary>
    public const string Inside = "Gateways in this process";

    private readonly List<string> _arguments;
    private Process? _process;

    public GatewayProcess(string name, string folder, IPEndPoint place, params string[] more)
    {
        Folder = folder;
        _arguments = ["--name", name, "--data", folder, .. At(place), "--http", "off", .. more];
    }

    public string Folder { get; }

    public string Log { get; private set; } = "";

    /// <summary>Changes how it is started.</summary>
    public Action<ProcessStartInfo>? Configure { get; init; }

    /// <summary>Where its page is, once it has started with one.</summary>
    public Uri Page => new(Regex.Match(Log, "the page at (http://[0-9.:]+)").Groups[1].Value);

    public async Task StartAsync()
    {
        string dll = typeof(GatewaySettings).Assembly.Location;
        ProcessStartInfo start = new("dotnet", [dll, .. _arguments]) { RedirectStandardError = true, RedirectStandardOutput = true };
        Configure?.Invoke(start);
        Process process = Process.Start(start)!;
        _process = process;
        TaskCompletionSource ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
        DataReceivedEventHandler take = (_, e) =>
        {
            lock (_arguments)
            {
                Log += e.Data + "\n";
            }

            if (e.Data?.StartsWith("ready", StringComparison.Ordinal) == true)
            {
                ready.TrySetResult();
            }
        };
        process.OutputDataReceived += take;
        process.ErrorDataReceived += take;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        _ = process.WaitForExitAsync().ContinueWith(_ => ready.TrySetException(new InvalidOperationException("The gateway ended: " + Log)));
        await ready.Task.WaitAsync(TimeSpan.FromSeconds(60));
    }

    /// <summary>kill -9.</summary>
    public void Kill()
    {
        if (_process is { HasExited: false } process)
        {
            process.Kill();
            process.WaitForExit();
        }
    }

    /// <summary>Sends a signal.</summary>
    public void Signal(int signal) => Signal(_process!, signal);

    /// <summary>Sends a signal to a process.</summary>
    public static void Signal(Process process, int signal) => Assert.Equal(0, SysKill(process.Id, signal));

    public void Dispose()
    {
        if (_process is { HasExited: false } process)
        {
            process.Kill(entireProcessTree: true);
            process.WaitForExit();
        }
    }

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int SysKill(int pid, int signal);

    /// <summary>Starts a gateway in this process, where one is enough that nobody kills.</summary>
    public static async Task<WebApplication> StartInsideAsync(string folder, IPEndPoint place, params string[] more)
    {
        GatewaySettings settings = GatewaySettings.Read(
            ["--name", "one", "--data", folder, "--http", "off", "--mqtt", "127.0.0.1:" + FreePort(), .. At(place), .. more], out List<string> mistakes);
        Assert.Empty(mistakes);
        WebApplication app = GatewayHost.Build(settings);
        await app.StartAsync();
        return app;
    }

    /// <summary>An address for a gateway that nobody else has, and a UDP port there for first packets.</summary>
    public static IPEndPoint NewPlace() => new(Loopback.Next(), 24_000 + Random.Shared.Next(500));

    /// <summary>A TCP port that is free at this moment.</summary>
    public static int FreePort()
    {
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private static string[] At(IPEndPoint place) => ["--bind", place.Address.ToString(), "--rendezvous", place.Port.ToString(), "--discovery-port", "0"];
}
