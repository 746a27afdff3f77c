using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Packets;
using MQTTnet.Protocol;

namespace Springtail.Gateway;

/// <summary>What became of a message for a device.</summary>
internal enum DownResult
{
    /// <summary>The broker has it.</summary>
    Taken,

    /// <summary>The broker took it, and no gateway hears messages for this device.</summary>
    NobodyListens,

    /// <summary>The broker does not have it.</summary>
    Failed,
}

/// <summary>
/// The gateway's one connection to the broker: what is on disk goes up in order, state is kept there as retained messages, and what comes down is handed on.
/// When the connection is lost, or the broker answers nothing, it begins anew.
/// </summary>
internal sealed partial class BrokerLink(GatewaySettings settings, Store store, Outbox outbox, Refusals refusals, SteadyClock clock, GatewayMetrics metrics, ILogger<BrokerLink> logger) : BackgroundService
{
    /// <summary>A broker that answers nothing for so long is given up, in ms.</summary>
    public const int AnswerTime = 10_000;

    // Messages on their way at most, where the broker allows as many; and messages down that the broker may send before one of them is on disk.
    private const int Window = 512;

    // Where something was refused it is looked after whether it is to be tried again, after this time at the latest, in ms.
    private const int RefusalsTime = 500;

    // The broker keeps this gateway's subscriptions, and what comes for them, for so long while it is away, in s.
    private const uint SessionExpiry = 7 * 24 * 3600;

    private static readonly TimeSpan s_firstPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan s_longestPause = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<string, byte[]> _state = new(StringComparer.Ordinal);

    // Topics whose state has still to be told, each once, in that order.
    private readonly ConcurrentQueue<string> _changed = new();
    private readonly ConcurrentDictionary<string, byte> _untold = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _claims = new(StringComparer.Ordinal);

    // Devices that another gateway has, as was heard after this one's last claim.
    private readonly HashSet<string> _elsewhere = new(StringComparer.Ordinal);
    private IMqttClient? _client;
    private volatile bool _isConnected;

    /// <summary>True while the broker answers.</summary>
    public bool IsConnected => _isConnected;

    /// <summary>
    /// A message for a device: its payload and when it expires (<see cref="SteadyClock"/>, 0 for never). The broker's is acknowledged when the task completes; with
    /// a false result, as one that is beyond what may wait (quota exceeded).
    /// </summary>
    public Func<string, byte[], long, Task<bool>>? Down { get; set; }

    /// <summary>Another gateway has the device now.</summary>
    public Action<string>? LetGo { get; set; }

    /// <summary>Sets a retained message; an empty one takes it away.</summary>
    public void SetState(string topic, byte[] payload)
    {
        if (_state.TryGetValue(topic, out byte[]? before) && before.AsSpan().SequenceEqual(payload))
        {
            return;
        }

        _state[topic] = payload;
        Announce(topic);
    }

    /// <summary>Says that this gateway has a device's session, once messages for it come here: whoever hears of it can send one.</summary>
    public void Claim(string device)
    {
        string topic = Topics.Owner(device);
        _state[topic] = Encoding.UTF8.GetBytes(settings.Name);
        Announce(topic);
    }

    /// <summary>Another gateway has the device. That one hears what comes after its claim, and the broker may have kept it for this one, too.</summary>
    public bool IsElsewhere(string device)
    {
        lock (_claims)
        {
            return _elsewhere.Contains(device);
        }
    }

    /// <summary>Messages for a device are not to come here any more.</summary>
    public Task UnsubscribeAsync(string device) => Quietly(client => client.UnsubscribeAsync(new MqttClientUnsubscribeOptions { TopicFilters = [Topics.Down(device)] }));

    /// <summary>Gives a message for a device to the broker.</summary>
    /// <param name="device">Whose.</param>
    /// <param name="payload">Its bytes.</param>
    /// <param name="expires">When it is dropped, in ms since 1970; 0 for never.</param>
    public async Task<DownResult> SendDownAsync(string device, byte[] payload, long expires)
    {
        DownResult given = DownResult.Failed;
        await Quietly(async client =>
        {
            MqttClientPublishResult result = await client.PublishAsync(new MqttApplicationMessage
            {
                Topic = Topics.Down(device),
                PayloadSegment = payload,
                QualityOfServiceLevel = MqttQualityOfServiceLevel.AtLeastOnce,
                MessageExpiryInterval = expires == 0 ? 0 : (uint)Math.Clamp((expires - clock.UtcNow) / 1000, 1, uint.MaxValue),
            });
            given = result.ReasonCode == MqttClientPublishReasonCode.NoMatchingSubscribers ? DownResult.NobodyListens
                : result.IsSuccess ? DownResult.Taken
                : DownResult.Failed;
        });
        return given;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        TimeSpan pause = s_firstPause;
        while (!stoppingToken.IsCancellationRequested)
        {
            long begun = Environment.TickCount64;
            try
            {
                await RunAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                LogLost(Where, Reason(e));
            }

            // One that ends at once each time is not tried any more often than one that does not come about.
            pause = Environment.TickCount64 - begun > AnswerTime ? s_firstPause : pause;
            await Task.Delay(pause, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            pause = pause * 2 < s_longestPause ? pause * 2 : s_longestPause;
        }
    }

    private string Where => settings.BrokerUrl?.ToString() ?? "the built-in broker";

    private void Announce(string topic)
    {
        if (_untold.TryAdd(topic, 0))
        {
            _changed.Enqueue(topic);
        }

        if (outbox.Signal.CurrentCount == 0)
        {
            outbox.Signal.Release();
        }
    }

    // Null when the broker takes the subscription; otherwise what it says.
    private static async Task<string?> SubscribeAsync(IMqttClient client, string topic, CancellationToken cancellationToken)
    {
        MqttClientSubscribeResult result = await client.SubscribeAsync(
            new MqttClientSubscribeOptions { TopicFilters = [new MqttTopicFilterBuilder().WithTopic(topic).WithAtLeastOnceQoS().Build()] }, cancellationToken);
        MqttClientSubscribeResultCode code = result.Items.First().ResultCode;
        return code > MqttClientSubscribeResultCode.GrantedQoS2 ? $"{code} {result.ReasonString}".TrimEnd() : null;
    }

    // One connection, from its beginning to its end.
    private async Task RunAsync(CancellationToken stoppingToken)
    {
        using IMqttClient client = new MqttClientFactory().CreateMqttClient();
        using CancellationTokenSource ended = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        string? reason = null;
        bool isEndedThere = false;
        client.DisconnectedAsync += e =>
        {
            isEndedThere = !ended.IsCancellationRequested;
            reason ??= e.ReasonString ?? e.Exception?.Message
                ?? (e.Reason is MqttClientDisconnectReason.NormalDisconnection or MqttClientDisconnectReason.SessionTakenOver
                    ? $"the broker has ended the connection, as it does when another gateway has the name {settings.Name} too"
                    : e.Reason.ToString());
            ended.Cancel();
            return Task.CompletedTask;
        };
        client.ApplicationMessageReceivedAsync += ReceivedAsync;
        MqttClientConnectResult result;
        using (CancellationTokenSource time = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken))
        {
            time.CancelAfter(AnswerTime);
            result = await client.ConnectAsync(Options(), time.Token);
            if (result.ResultCode != MqttClientConnectResultCode.Success)
            {
                throw new IOException(result.ResultCode == MqttClientConnectResultCode.UnsupportedProtocolVersion || !Enum.IsDefined(result.ResultCode)
                    ? "the broker does not speak MQTT 5"
                    : $"the broker says {result.ResultCode} {result.ReasonString}".TrimEnd());
            }

            lock (_claims)
            {
                _claims.Clear();
            }

            _client = client;
            if (await SubscribeAsync(client, Topics.AllOwners, time.Token) is { } refusal)
            {
                throw new IOException($"the broker refuses a subscription to {Topics.AllOwners}, by which gateways know which of them has a device: {refusal}");
            }
        }

        int window = result.ReceiveMaximum is > 0 and < Window ? (int)result.ReceiveMaximum : Window;
        uint largestPacket = result.MaximumPacketSize is { } most and > 0 ? most : uint.MaxValue;
        using Publisher publisher = new(client, store, refusals, metrics, window, largestPacket);
        try
        {
            LogConnected(Where);
            _isConnected = true;
            _changed.Clear();
            _untold.Clear();
            _state[Topics.Gateway(settings.Name)] = GatewayState("online");
            foreach (string topic in _state.Keys)
            {
                Announce(topic);
            }

            await store.FlushAsync().WaitAsync(ended.Token);
            refusals.Reconnect();
            outbox.Rewind();
            Task watching = WatchAsync(publisher, ended);
            await PumpAsync(client, publisher, ended.Token);
            await watching;
            ended.Token.ThrowIfCancellationRequested();
        }
        catch (OperationCanceledException) when (!stoppingToken.IsCancellationRequested)
        {
            throw new IOException(reason ?? "it answers nothing");
        }
        finally
        {
            _isConnected = false;
            _client = null;

            // What is under way has a moment to be acknowledged, or to end with its connection.
            for (int i = 0; i < 20 && !publisher.IsIdle && (client.IsConnected ? stoppingToken.IsCancellationRequested : isEndedThere); i++)
            {
                await Task.Delay(50, CancellationToken.None);
            }

            if (isEndedThere)
            {
                refusals.End(publisher.Unanswered, reason ?? "it does not say why");
            }

            if (stoppingToken.IsCancellationRequested && client.IsConnected)
            {
                await Quietly(client, c => c.PublishAsync(State(Topics.Gateway(settings.Name), GatewayState("offline"))));
                await Quietly(client, c => c.DisconnectAsync(new MqttClientDisconnectOptions()));
            }
        }
    }

    private async Task PumpAsync(IMqttClient client, Publisher publisher, CancellationToken ended)
    {
        while (!ended.IsCancellationRequested)
        {
            foreach ((string key, long id) in refusals.TakeDue())
            {
                await TryAgainAsync(publisher, key, id, ended);
            }

            if (refusals.HasReleased)
            {
                // What is on its way would come a second time.
                await publisher.DrainAsync(ended);
                await store.FlushAsync().WaitAsync(ended);
                refusals.Rewind();
                outbox.Rewind();
            }

            if (_changed.TryDequeue(out string? topic))
            {
                _untold.TryRemove(topic, out _);
                if (!refusals.Holds(topic))
                {
                    await SendStateAsync(client, publisher, topic, ended);
                }
            }
            else if (outbox.Take() is { } message)
            {
                await publisher.SendAsync(message, ended);
            }
            else
            {
                await outbox.Signal.WaitAsync(refusals.Count > 0 ? RefusalsTime : Timeout.Infinite, ended);
            }
        }
    }

    private Task SendStateAsync(IMqttClient client, Publisher publisher, string topic, CancellationToken ended)
    {
        return !_state.TryGetValue(topic, out byte[]? payload)
            ? Task.CompletedTask
            : publisher.SendStateAsync(State(topic, payload), () => Topics.Parse(topic) is (var device, "owner") ? ClaimAsync(client, device) : Task.CompletedTask, ended);
    }

    // Of a device it is the first message that was refused, of a state what it is now.
    private async Task TryAgainAsync(Publisher publisher, string key, long id, CancellationToken ended)
    {
        if (id == 0 && _state.ContainsKey(key) && _client is { } client)
        {
            await SendStateAsync(client, publisher, key, ended);
        }
        else if (id != 0 && store.ReadUp(id - 1, 1) is [{ } message] && message.Id == id)
        {
            await publisher.TryAsync(message, ended);
        }
        else
        {
            // It is there no more.
            refusals.Accept(key, id);
        }
    }

    private async Task ClaimAsync(IMqttClient client, string device)
    {
        lock (_claims)
        {
            _claims[device] = _claims.GetValueOrDefault(device) + 1;
            _elsewhere.Remove(device);
        }

        await HearAsync(client, device);
    }

    // Messages for a device are to come here.
    private Task HearAsync(IMqttClient client, string device) => Quietly(client, async c =>
    {
        if (await SubscribeAsync(c, Topics.Down(device), CancellationToken.None) is { } refusal)
        {
            LogUnheard(Topics.Down(device), refusal);
        }
    });

    // Ends a connection over which the broker acknowledges nothing.
    private static async Task WatchAsync(Publisher publisher, CancellationTokenSource ended)
    {
        while (!ended.IsCancellationRequested)
        {
            await Task.Delay(500, ended.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (publisher.HasWaited(AnswerTime))
            {
                await ended.CancelAsync();
            }
        }
    }

    private async Task ReceivedAsync(MqttApplicationMessageReceivedEventArgs e)
    {
        e.AutoAcknowledge = false;
        MqttApplicationMessage message = e.ApplicationMessage;
        (string Device, string Kind)? topic = Topics.Parse(message.Topic);
        if (topic is (var owned, "owner"))
        {
            HearOwner(owned, message.ConvertPayloadToString());
        }
        else if (topic is (var device, "down") && !message.Retain && !IsElsewhere(device) && Down is { } down)
        {
            long expires = message.MessageExpiryInterval == 0 ? 0 : clock.UtcNow + message.MessageExpiryInterval * 1000L;
            _ = AcknowledgeAsync(down(device, System.Buffers.BuffersExtensions.ToArray(message.Payload), expires), e);
            return;
        }

        await e.AcknowledgeAsync(CancellationToken.None);
    }

    private async Task AcknowledgeAsync(Task<bool> taken, MqttApplicationMessageReceivedEventArgs e)
    {
        try
        {
            e.ReasonCode = await taken ? MqttApplicationMessageReceivedReasonCode.Success : MqttApplicationMessageReceivedReasonCode.QuotaExceeded;
            await e.AcknowledgeAsync(CancellationToken.None);
        }
        catch (Exception ex) when (ex is not OutOfMemoryException)
        {
            // Not acknowledged: the broker sends it again.
            LogDownLost(Reason(ex));
        }
    }

    // The broker puts all claims in one order: the last one stands. One of this gateway that has not come back yet comes after whatever is heard before it.
    private void HearOwner(string device, string? gateway)
    {
        bool isOwn = gateway == settings.Name;
        int pending;
        lock (_claims)
        {
            pending = _claims.GetValueOrDefault(device);
            if (isOwn)
            {
                _elsewhere.Remove(device);
                if (pending > 1)
                {
                    _claims[device] = pending - 1;
                }
                else
                {
                    _claims.Remove(device);
                }
            }
            else if (pending > 0 || string.IsNullOrEmpty(gateway))
            {
                return;
            }
            else
            {
                _elsewhere.Add(device);
                _state.TryRemove(Topics.Owner(device), out _);
                _state.TryRemove(Topics.Status(device), out _);
            }
        }

        if (!isOwn)
        {
            LetGo?.Invoke(device);
        }
        else if (pending == 0 && _client is { } client)
        {
            // Of a time before this connection; the broker may have forgotten the subscription.
            _ = HearAsync(client, device);
        }
    }

    private MqttClientOptions Options()
    {
        Uri? url = settings.BrokerUrl;
        bool isSecure = url?.Scheme == "mqtts";
        MqttClientOptionsBuilder builder = new MqttClientOptionsBuilder()
            .WithProtocolVersion(MqttProtocolVersion.V500)
            .WithClientId("springtail-" + settings.Name)
            .WithCleanStart(false)
            .WithSessionExpiryInterval(SessionExpiry)
            .WithReceiveMaximum(Window)
            .WithKeepAlivePeriod(TimeSpan.FromSeconds(10))
            .WithTimeout(TimeSpan.FromMilliseconds(AnswerTime))
            .WithWillTopic(Topics.Gateway(settings.Name))
            .WithWillPayload(GatewayState("offline"))
            .WithWillRetain()
            .WithWillQualityOfServiceLevel(MqttQualityOfServiceLevel.AtLeastOnce)
            .WithTcpServer(url?.Host ?? settings.Mqtt.Address.ToString(), url == null ? settings.Mqtt.Port : url.Port > 0 ? url.Port : isSecure ? 8883 : 1883);
        if (settings.User != null)
        {
            builder.WithCredentials(settings.User, settings.Password ?? "");
        }

        if (isSecure)
        {
            builder.WithTlsOptions(tls =>
            {
                tls.UseTls().WithTargetHost(url!.Host);
                if (settings.Ca is { } trust)
                {
                    tls.WithTrustChain(trust);
                    tls.WithRevocationMode(X509RevocationMode.NoCheck);
                }

                if (settings.Certificate is { } certificate)
                {
                    tls.WithClientCertificates([certificate]);
                }
            });
        }

        return builder.Build();
    }

    private byte[] GatewayState(string state) => Encoding.UTF8.GetBytes($"{{\"state\":\"{state}\",\"gateway\":\"{settings.Name}\"}}");

    private static MqttApplicationMessage State(string topic, byte[] payload) =>
        new() { Topic = topic, PayloadSegment = payload, Retain = true, QualityOfServiceLevel = MqttQualityOfServiceLevel.AtLeastOnce };

    private Task Quietly(Func<IMqttClient, Task> action) => _client is { } client ? Quietly(client, action) : Task.CompletedTask;

    private static async Task Quietly(IMqttClient client, Func<IMqttClient, Task> action)
    {
        try
        {
            await action(client);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // The connection is about to begin anew, and with it what was tried.
        }
    }

    private static string Reason(Exception e)
    {
        return (e as AuthenticationException ?? e.InnerException as AuthenticationException) != null
            ? "its certificate comes from none of the authorities that are trusted (ca, or the system's), is not valid now, or is another host's"
            : e.InnerException is { } inner && inner.Message != e.Message ? $"{e.Message} ({inner.Message})" : e.Message;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Connected to {Broker}")]
    private partial void LogConnected(string broker);

    [LoggerMessage(Level = LogLevel.Warning, Message = "No connection to {Broker}: {Reason}; messages wait on disk")]
    private partial void LogLost(string broker, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "The broker refuses a subscription to {Topic}, so nothing comes down: {Reason}")]
    private partial void LogUnheard(string topic, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A message for a device was not taken, and the broker has it still: {Reason}")]
    private partial void LogDownLost(string reason);
}
