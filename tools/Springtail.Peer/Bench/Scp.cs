using System;
using System.ComponentModel;
using System.Diagnostics;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Threading;

namespace Springtail.Peer.Bench;

/// <summary>scp to an sshd of its own on loopback, with keys of its own in a temporary folder.</summary>
internal sealed class Scp : IDisposable
{
    private const string Sshd = "/usr/sbin/sshd";

    private readonly Workplace _place;
    private readonly int _port = FreePort();
    private readonly Process _sshd;

    private Scp(Workplace place)
    {
        _place = place;
        Run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", HostKey);
        Run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", UserKey);
        string settings = Path.Combine(place.Folder, "sshd_config");
        File.WriteAllText(
            settings,
            $"""
            Port {_port}
            ListenAddress 127.0.0.1
            HostKey {HostKey}
            AuthorizedKeysFile {UserKey}.pub
            PidFile none
            StrictModes no
            UsePAM no
            PermitRootLogin yes
            Subsystem sftp internal-sftp

            """);
        _sshd = Start(Sshd, "-D", "-e", "-f", settings);
    }

    private string HostKey => Path.Combine(_place.Folder, "host");

    private string UserKey => Path.Combine(_place.Folder, "user");

    /// <summary>Null when there is none here, and why.</summary>
    public static Scp? Start(Workplace place, out string why)
    {
        if (!File.Exists(Sshd))
        {
            why = $"scp is not at hand ({Sshd} is missing; Debian, Ubuntu: apt install openssh-server)";
            return null;
        }

        Scp? scp = null;
        try
        {
            scp = new Scp(place);
            for (int attempt = 0; attempt < 20 && !scp._sshd.HasExited; attempt++)
            {
                if (scp.Copy(scp.UserKey) != null)
                {
                    why = "";
                    return scp;
                }

                Thread.Sleep(100);
            }

            why = "scp to an sshd of its own did not work here" + (Directory.Exists("/run/sshd") ? "" : " (/run/sshd is missing)");
        }
        catch (Win32Exception e)
        {
            why = "scp is not at hand: " + e.Message;
        }

        scp?.Dispose();
        return null;
    }

    /// <summary>Copies a file to another one; returns bytes in a second, or null when it did not work.</summary>
    public double? Copy(string file)
    {
        string copy = Path.Combine(_place.Folder, "copy");
        long begun = Stopwatch.GetTimestamp();
        int code = Run(
            "scp", "-q", "-i", UserKey, "-P", $"{_port}", "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes", "-o", "UserKnownHostsFile=/dev/null", "-o", "StrictHostKeyChecking=no", file,
            $"{Environment.UserName}@127.0.0.1:{copy}");
        double rate = new FileInfo(file).Length / Stopwatch.GetElapsedTime(begun).TotalSeconds;
        File.Delete(copy);
        return code == 0 ? rate : null;
    }

    public void Dispose()
    {
        if (!_sshd.HasExited)
        {
            _sshd.Kill();
        }

        _sshd.Dispose();
    }

    private static int FreePort()
    {
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private int Run(string program, params string[] arguments)
    {
        using Process process = Start(program, arguments);
        process.WaitForExit();
        return process.ExitCode;
    }

    private Process Start(string program, params string[] arguments)
    {
        ProcessStartInfo start = new(program, arguments) { RedirectStandardInput = true, RedirectStandardError = true, RedirectStandardOutput = true };
        Process process = _place.Own(Process.Start(start)!);

        // Nobody needs what it says, but its pipe must not fill up.
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }
}
