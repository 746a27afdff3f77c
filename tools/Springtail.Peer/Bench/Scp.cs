using System;
using System.ComponentModel;
using System.Diagnostics;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Threading;

namespace Springtail.Peer.Bench;

/// <summary>scp to an sshd of its own on loopback, with keys of its own in a temporary folder.</summary>
internal static class Scp
{
    private const string Sshd = "/usr/sbin/sshd";

    /// <summary>Bytes in a second, the best of two; null when that cannot be measured here, and why.</summary>
    public static double? Measure(string folder, string file, out string why)
    {
        if (!File.Exists(Sshd))
        {
            why = $"scp is not at hand ({Sshd} is missing; Debian, Ubuntu: apt install openssh-server)";
            return null;
        }

        try
        {
            return Measure(folder, file, FreePort(), out why);
        }
        catch (Win32Exception e)
        {
            why = "scp is not at hand: " + e.Message;
            return null;
        }
    }

    private static double? Measure(string folder, string file, int port, out string why)
    {
        string host = Path.Combine(folder, "host");
        string user = Path.Combine(folder, "user");
        string settings = Path.Combine(folder, "sshd_config");
        Run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", host);
        Run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", user);
        File.WriteAllText(
            settings,
            $"""
            Port {port}
            ListenAddress 127.0.0.1
            HostKey {host}
            AuthorizedKeysFile {user}.pub
            PidFile none
            StrictModes no
            UsePAM no
            PermitRootLogin yes
            Subsystem sftp internal-sftp

            """);
        using Process sshd = Start(Sshd, "-D", "-e", "-f", settings);
        try
        {
            double? best = null;
            for (int attempt = 0; attempt < 20 && !sshd.HasExited; attempt++)
            {
                long begun = Stopwatch.GetTimestamp();
                if (Run(
                    "scp", "-q", "-i", user, "-P", $"{port}", "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes", "-o", "UserKnownHostsFile=/dev/null", "-o", "StrictHostKeyChecking=no", file,
                    $"{Environment.UserName}@127.0.0.1:{Path.Combine(folder, "copy")}") == 0)
                {
                    double rate = new FileInfo(file).Length / Stopwatch.GetElapsedTime(begun).TotalSeconds;
                    if (best != null)
                    {
                        why = "";
                        return Math.Max(best.Value, rate);
                    }

                    best = rate;
                }
                else
                {
                    Thread.Sleep(100);
                }
            }
        }
        finally
        {
            if (!sshd.HasExited)
            {
                sshd.Kill();
            }
        }

        why = "scp to an sshd of its own did not work here" + (Directory.Exists("/run/sshd") ? "" : " (/run/sshd is missing)");
        return null;
    }

    private static int FreePort()
    {
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private static int Run(string program, params string[] arguments)
    {
        using Process process = Start(program, arguments);
        process.WaitForExit();
        return process.ExitCode;
    }

    private static Process Start(string program, params string[] arguments)
    {
        ProcessStartInfo start = new(program, arguments) { RedirectStandardInput = true, RedirectStandardError = true, RedirectStandardOutput = true };
        Process process = Process.Start(start)!;

        // Nobody needs what it says, but its pipe must not fill up.
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }
}
