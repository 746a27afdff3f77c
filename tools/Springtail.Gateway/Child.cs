using System;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Threading.Tasks;

namespace Springtail.Gateway;

/// <summary>This program as a process of its own, for those that show or measure it.</summary>
internal static class Child
{
    /// <summary>Starts it, and waits for a line of its stderr.</summary>
    /// <param name="ready">How that line begins.</param>
    /// <param name="arguments">The command line.</param>
    /// <exception cref="InvalidOperationException">It ended before; with what it said.</exception>
    /// <exception cref="TimeoutException">It did not say so in a minute.</exception>
    public static Task<Process> StartAsync(string ready, params string[] arguments) => StartAsync(ready, _ => { }, arguments);

    /// <inheritdoc cref="StartAsync(string, string[])"/>
    /// <param name="line">Takes each line of its stderr.</param>
    public static async Task<Process> StartAsync(string ready, Action<string> line, params string[] arguments)
    {
        Process process = Process.Start(new ProcessStartInfo("dotnet", [typeof(Child).Assembly.Location, .. arguments]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        TaskCompletionSource isReady = new(TaskCreationOptions.RunContinuationsAsynchronously);
        string last = "";
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, e) =>
        {
            if (e.Data == null)
            {
                return;
            }

            last = e.Data;
            line(last);
            if (last.StartsWith(ready, StringComparison.Ordinal))
            {
                isReady.TrySetResult();
            }
        };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        _ = process.WaitForExitAsync().ContinueWith(_ => isReady.TrySetException(new InvalidOperationException(last)), TaskScheduler.Default);
        await isReady.Task.WaitAsync(TimeSpan.FromMinutes(1));
        return process;
    }

    /// <summary>A port that is free at this moment.</summary>
    public static int FreePort(SocketType type, ProtocolType protocol)
    {
        using Socket socket = new(AddressFamily.InterNetwork, type, protocol);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
