using System;
using System.Diagnostics;
using System.Globalization;
using System.Linq;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Protocol;

namespace Springtail.Gateway.Bench;

/// <summary>
/// Devices without the gateway, as a process of its own: each an MQTTnet client with a TLS 1.3 connection to the broker, that publishes readings and waits for their
/// acknowledgment, several at a time. For <see cref="GatewayBench"/> alone.
/// </summary>
internal static class TlsFleet
{
    /// <summary>What starts it.</summary>
    public const string Verb = "bench-tls";

    // Of a device: messages under way.
    private const int Window = 32;

    /// <summary>PORT CA DEVICES EVERY SECONDS; says "ready" on stderr once all have connected, and then, once the readings of that time are acknowledged, how many they are and what it took.</summary>
    public static async Task<int> RunAsync(string[] arguments)
    {
        int port = int.Parse(arguments[0], CultureInfo.InvariantCulture);
        X509Certificate2Collection trust = [];
        trust.ImportFromPemFile(arguments[1]);
        int count = int.Parse(arguments[2], CultureInfo.InvariantCulture);
        long every = long.Parse(arguments[3], CultureInfo.InvariantCulture);
        int seconds = int.Parse(arguments[4], CultureInfo.InvariantCulture);
        IMqttClient[] clients = [.. Enumerable.Range(0, count).Select(_ => new MqttClientFactory().CreateMqttClient())];
        for (int i = 0; i < count; i++)
        {
            await clients[i].ConnectAsync(new MqttClientOptionsBuilder().WithProtocolVersion(MqttProtocolVersion.V500).WithClientId("tls-" + i).WithTcpServer("localhost", port)
                .WithTlsOptions(o => o.UseTls().WithSslProtocols(SslProtocols.Tls13).WithTargetHost("localhost").WithTrustChain(trust).WithRevocationMode(X509RevocationMode.NoCheck)).Build());
        }

        Console.Error.WriteLine("ready");
        TimeSpan cpu = Environment.CpuUsage.TotalTime;
        long end = Environment.TickCount64 + seconds * 1000L;
        long acknowledged = 0;
        await Task.WhenAll(clients.Select((client, i) => PublishAsync(client, i)));
        cpu = Environment.CpuUsage.TotalTime - cpu;
        Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{acknowledged} {cpu.TotalSeconds}"));
        Array.ForEach(clients, c => c.Dispose());
        return 0;

        async Task PublishAsync(IMqttClient client, int device)
        {
            using SemaphoreSlim slots = new(Window);
            long next = Environment.TickCount64 + device * every / count;
            for (long number = 0; Environment.TickCount64 < end; number++)
            {
                await slots.WaitAsync();
                long wait = next - Environment.TickCount64;
                if (wait > 0)
                {
                    await Task.Delay((int)wait);
                }

                next = Math.Max(next + every, Environment.TickCount64 - every);
                _ = OneAsync(number);
            }

            for (int i = 0; i < Window; i++)
            {
                await slots.WaitAsync();
            }

            async Task OneAsync(long number)
            {
                MqttClientPublishResult result = await client.PublishAsync(new MqttApplicationMessage
                {
                    Topic = $"springtail/tls-{device}/up",
                    PayloadSegment = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{{\"device\":\"load-{device:D5}\",\"number\":{number},\"temperature\":{20 + number % 10}}}")),
                    QualityOfServiceLevel = MqttQualityOfServiceLevel.AtLeastOnce,
                });
                if (result.IsSuccess)
                {
                    Interlocked.Increment(ref acknowledged);
                }

                slots.Release();
            }
        }
    }
}
