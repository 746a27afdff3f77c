using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Packets;
using MQTTnet.Protocol;

namespace Springtail.Gateway.Tests;

/// <summary>Somebody at the broker who hears all, again whenever the connection was lost, and can publish.</summary>
internal sealed class Subscriber : IAsyncDisposable
{
    private readonly IMqttClient _client = new MqttClientFactory().CreateMqttClient();
    private readonly CancellationTokenSource _end = new();
    private readonly Task _running;

    public Subscriber(int port, string id = "subscriber")
    {
        _client.ApplicationMessageReceivedAsync += e =>
        {
            lock (Heard)
            {
                Heard.Add((e.ApplicationMessage.Topic, Encoding.UTF8.GetString(e.ApplicationMessage.Payload), e.ApplicationMessage.UserProperties?.FirstOrDefault(p => p.Name == "id")?.ReadValueAsString()));
            }

            return Task.CompletedTask;
        };
        _running = RunAsync(port, id);
    }

    /// <summary>What came, with the id that the gateway gave it.</summary>
    public List<(string Topic, string Text, string? Id)> Heard { get; } = [];

    public TaskCompletionSource Connected { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string[] TextsOf(string topic) => [.. HeardOf(topic).Select(h => h.Text)];

    public (string Topic, string Text, string? Id)[] HeardOf(string topic)
    {
        lock (Heard)
        {
            return [.. Heard.Where(h => h.Topic == topic)];
        }
    }

    public async Task WaitAsync(string topic, Func<string[], bool> holds, int seconds = 30)
    {
        for (int i = 0; i < seconds * 20; i++)
        {
            if (holds(TextsOf(topic)))
            {
                return;
            }

            await Task.Delay(50);
        }

        string[] texts = TextsOf(topic);
        throw new Xunit.Sdk.XunitException($"{topic} did not come to what was waited for: {texts.Length} messages, the last {texts.LastOrDefault()}");
    }

    public Task PublishAsync(string topic, string text, uint expiry = 0, bool retain = false) => _client.PublishAsync(new MqttApplicationMessage
    {
        Topic = topic,
        PayloadSegment = Encoding.UTF8.GetBytes(text),
        QualityOfServiceLevel = MqttQualityOfServiceLevel.AtLeastOnce,
        MessageExpiryInterval = expiry,
        Retain = retain,
    });

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _running;
        _client.Dispose();
    }

    private async Task RunAsync(int port, string id)
    {
        MqttClientOptions options = new MqttClientOptionsBuilder().WithProtocolVersion(MqttProtocolVersion.V500).WithClientId(id).WithTcpServer("127.0.0.1", port)
            .WithCleanStart(false).WithSessionExpiryInterval(3600).WithTimeout(TimeSpan.FromSeconds(5)).Build();
        while (!_end.IsCancellationRequested)
        {
            try
            {
                if (!_client.IsConnected)
                {
                    await _client.ConnectAsync(options, _end.Token);
                    await _client.SubscribeAsync(new MqttClientSubscribeOptions { TopicFilters = [new MqttTopicFilterBuilder().WithTopic("#").WithAtLeastOnceQoS().Build()] }, _end.Token);
                    Connected.TrySetResult();
                }
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
            }

            await Task.Delay(100);
        }
    }
}
