using System;
using System.Net;
using System.Threading.Tasks;
using MQTTnet.Server;

namespace Springtail.Gateway.Tests;

/// <summary>A broker in the test's process.</summary>
internal sealed class TestBroker(MqttServer server) : IAsyncDisposable
{
    public static async Task<TestBroker> StartAsync(int port)
    {
        MqttServer server = new MqttServerFactory().CreateMqttServer(new MqttServerOptionsBuilder().WithDefaultEndpoint().WithDefaultEndpointPort(port)
            .WithDefaultEndpointBoundIPAddress(IPAddress.Loopback).WithDefaultEndpointBoundIPV6Address(IPAddress.None).WithPersistentSessions()
            .WithMaxPendingMessagesPerClient(100_000).WithDefaultEndpointReuseAddress().Build());
        await server.StartAsync();
        return new TestBroker(server);
    }

    public async ValueTask DisposeAsync()
    {
        await server.StopAsync(new MqttServerStopOptions());
        server.Dispose();
    }
}
