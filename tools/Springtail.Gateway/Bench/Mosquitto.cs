using System;
using System.ComponentModel;
using System.Diagnostics;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Threading.Tasks;
using Springtail.Peer.Bench;

namespace Springtail.Gateway.Bench;

/// <summary>Debian's broker as a process of its own, on loopback: without TLS at one port, with it at another.</summary>
internal sealed class Mosquitto : IDisposable
{
    private Mosquitto(string folder)
    {
        Ca = Path.Combine(folder, "ca.pem");
        string certificate = Path.Combine(folder, "broker.pem");
        string key = Path.Combine(folder, "broker.key");
        WriteCertificates(Ca, certificate, key);
        string settings = Path.Combine(folder, "mosquitto.conf");
        File.WriteAllText(
            settings,
            $"""
            per_listener_settings false
            allow_anonymous true
            max_queued_messages 0
            max_inflight_messages 1000
            set_tcp_nodelay true
            user {Environment.UserName}
            listener {Port} 127.0.0.1
            listener {TlsPort} 127.0.0.1
            certfile {certificate}
            keyfile {key}
            tls_version tlsv1.3

            """);
        Process = Process.Start(new ProcessStartInfo(Program, ["-c", settings]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        Process.OutputDataReceived += (_, _) => { };
        Process.ErrorDataReceived += (_, _) => { };
        Process.BeginOutputReadLine();
        Process.BeginErrorReadLine();
    }

    /// <summary>What is started.</summary>
    public static string Program => File.Exists("/usr/sbin/mosquitto") ? "/usr/sbin/mosquitto" : "mosquitto";

    public Process Process { get; }

    public int Port { get; } = Child.FreePort(SocketType.Stream, ProtocolType.Tcp);

    public int TlsPort { get; } = Child.FreePort(SocketType.Stream, ProtocolType.Tcp);

    /// <summary>The authority that its certificate comes from, PEM.</summary>
    public string Ca { get; }

    /// <exception cref="IOException">It is not installed, or does not start.</exception>
    public static async Task<Mosquitto> StartAsync(string folder)
    {
        Mosquitto broker;
        try
        {
            broker = new Mosquitto(folder);
        }
        catch (Win32Exception e)
        {
            throw new IOException("Mosquitto is not installed (Debian, Ubuntu: apt install mosquitto).", e);
        }

        for (int i = 0; i < 100 && !broker.Process.HasExited; i++)
        {
            try
            {
                using TcpClient client = new();
                await client.ConnectAsync(IPAddress.Loopback, broker.TlsPort);
                return broker;
            }
            catch (SocketException)
            {
                await Task.Delay(50);
            }
        }

        broker.Dispose();
        throw new IOException("Mosquitto does not start.");
    }

    public void Dispose()
    {
        if (!Process.HasExited)
        {
            Process.Kill();
            Process.WaitForExit();
        }

        Process.Dispose();
    }

    private static void WriteCertificates(string ca, string certificate, string key)
    {
        using BenchAuthority authority = new();
        File.WriteAllText(ca, authority.Root.ExportCertificatePem());
        File.WriteAllText(certificate, authority.Certificate.ExportCertificatePem());
        using StreamWriter writer = new(PrivateFiles.Open(key, FileMode.CreateNew, FileAccess.Write));
        writer.Write(authority.Key.ExportPkcs8PrivateKeyPem());
    }
}
