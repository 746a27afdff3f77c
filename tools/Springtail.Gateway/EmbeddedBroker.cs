using System;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Extensions.Hosting;
using MQTTnet.Protocol;
using MQTTnet.Server;

namespace Springtail.Gateway;

/// <summary>The built-in broker, for those who have none: MQTTnet's, on the loopback address unless it is told otherwise. Its retained messages live as long as it does.</summary>
internal sealed class EmbeddedBroker(GatewaySettings settings) : IHostedService, IDisposable
{
    // What a subscriber does not take waits in memory, up to so many messages; then the oldest go.
    private const int PendingPerClient = 10_000;

    private MqttServer? _server;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        IPEndPoint at = settings.Mqtt;
        MqttServerOptionsBuilder options = new MqttServerOptionsBuilder()
            .WithDefaultEndpoint()
            .WithDefaultEndpointPort(at.Port)
            .WithDefaultEndpointBoundIPAddress(at.AddressFamily == AddressFamily.InterNetwork ? at.Address : IPAddress.None)
            .WithDefaultEndpointBoundIPV6Address(at.AddressFamily == AddressFamily.InterNetworkV6 ? at.Address : IPAddress.None)
            .WithPersistentSessions()
            .WithMaxPendingMessagesPerClient(PendingPerClient);
        _server = new MqttServerFactory().CreateMqttServer(options.Build());
        _server.ValidatingConnectionAsync += e =>
        {
            // MQTT lets a client have no identifier: then the broker finds one.
            if (string.IsNullOrEmpty(e.ClientId))
            {
                e.AssignedClientIdentifier = "anonymous-" + Guid.NewGuid().ToString("N");
            }

            if (settings.User is { } user && !(e.UserName == user && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(e.Password ?? ""), Encoding.UTF8.GetBytes(settings.Password!))))
            {
                e.ReasonCode = MqttConnectReasonCode.BadUserNameOrPassword;
            }

            return Task.CompletedTask;
        };
        try
        {
            await _server.StartAsync();
        }
        catch (SocketException e)
        {
            throw new IOException($"The built-in broker cannot listen at {at}: {e.Message}. Give another --mqtt, or --broker for the one that is there.", e);
        }
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_server != null)
        {
            await _server.StopAsync(new MqttServerStopOptions());
        }
    }

    public void Dispose() => _server?.Dispose();
}
