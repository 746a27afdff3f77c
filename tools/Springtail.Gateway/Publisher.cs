using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.Linq;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using MQTTnet;
using MQTTnet.Packets;
using MQTTnet.Protocol;

namespace Springtail.Gateway;

/// <summary>
/// What goes to the broker over one connection: so many at a time, each device's in their order. A message of a device that was refused before, and one that is
/// larger than all that the broker has taken over this connection, may be refused: the device's next one waits for what becomes of it, and does not overtake it.
/// </summary>
internal sealed class Publisher(IMqttClient client, Store store, Refusals refusals, GatewayMetrics metrics, int window, uint largestPacket) : IDisposable
{
    private readonly SemaphoreSlim _slots = new(window);
    private readonly ConcurrentDictionary<long, (string Key, long Id, long Since)> _inFlight = new();
    private readonly ConcurrentQueue<(string Key, long Id)> _unanswered = new();
    private readonly Dictionary<string, Task> _trials = new(StringComparer.Ordinal);
    private int _largest = -1;
    private long _count;

    /// <summary>Nothing is on its way.</summary>
    public bool IsIdle => _inFlight.IsEmpty;

    /// <summary>What was on its way when the connection ended; once <see cref="IsIdle"/>.</summary>
    public IReadOnlyCollection<(string Key, long Id)> Unanswered => _unanswered;

    /// <summary>The broker has not answered something for so long, in ms.</summary>
    public bool HasWaited(int time) => _inFlight.Values.Any(i => Stopwatch.GetElapsedTime(i.Since).TotalMilliseconds > time);

    /// <summary>Sends a message of a device on its way, when its turn comes; one that is refused stays on disk.</summary>
    public async Task SendAsync(StoredMessage message, CancellationToken ended)
    {
        if (_trials.Remove(message.Device, out Task? trial))
        {
            await trial.WaitAsync(ended);
        }

        if (!refusals.Holds(message.Device))
        {
            bool isTrial = message.Payload.Length > Volatile.Read(ref _largest) || refusals.Has(message.Device);
            Task sending = await TryAsync(message, ended);
            if (isTrial)
            {
                _trials[message.Device] = sending;
            }
        }
    }

    /// <summary>Sends one that was refused before on its way.</summary>
    /// <returns>Completes when it is known what became of it.</returns>
    public async Task<Task> TryAsync(StoredMessage message, CancellationToken ended)
    {
        byte[] id = Encoding.ASCII.GetBytes(store.Identity + "-" + message.Id.ToString(CultureInfo.InvariantCulture));
        string topic = Topics.Up(message.Device);
        long size = SizeOf(topic, id, message.Payload);
        if (size > largestPacket)
        {
            refusals.Refuse(message.Device, message.Id, $"a packet of {size} bytes, and it takes at most {largestPacket}");
            return Task.CompletedTask;
        }

        return await BeginAsync(message.Device, () => PublishAsync(message.Device, message.Id, message.Payload.Length, new MqttApplicationMessage
        {
            Topic = topic,
            PayloadSegment = message.Payload,
            QualityOfServiceLevel = MqttQualityOfServiceLevel.AtLeastOnce,
            UserProperties = [new MqttUserProperty("id", id.AsMemory())],
        }), ended);
    }

    /// <summary>Sends a state on its way, when its turn comes, after what has to come before it.</summary>
    public Task SendStateAsync(MqttApplicationMessage state, Func<Task> before, CancellationToken ended)
    {
        return BeginAsync(state.Topic, SendAsync, ended);

        async Task SendAsync()
        {
            await before();
            await PublishAsync(state.Topic, 0, 0, state);
        }
    }

    /// <summary>Completes when nothing is on its way any more.</summary>
    public async Task DrainAsync(CancellationToken ended)
    {
        for (int i = 0; i < window; i++)
        {
            await _slots.WaitAsync(ended);
        }

        _slots.Release(window);
    }

    public void Dispose() => _slots.Dispose();

    // MQTT 5, 3.3: what PUBLISH is with these, and with no other property.
    private static long SizeOf(string topic, byte[] id, byte[] payload)
    {
        int properties = 1 + 2 + "id".Length + 2 + id.Length;
        long rest = 2 + Encoding.UTF8.GetByteCount(topic) + 2 + 1 + properties + payload.Length;
        return 1 + (rest < 128 ? 1 : rest < 16384 ? 2 : rest < 2097152 ? 3 : 4) + rest;
    }

    private async Task<Task> BeginAsync(string key, Func<Task> send, CancellationToken ended)
    {
        bool isAlone = refusals.GoesAlone(key);
        if (isAlone)
        {
            await DrainAsync(ended);
        }

        await _slots.WaitAsync(ended);
        Task sending = send();
        if (isAlone)
        {
            await sending.WaitAsync(ended);
        }

        return sending;
    }

    // Calls go out in their order.
    private async Task PublishAsync(string key, long id, int size, MqttApplicationMessage message)
    {
        long number = Interlocked.Increment(ref _count);
        _inFlight[number] = (key, id, Stopwatch.GetTimestamp());
        try
        {
            MqttClientPublishResult result = await client.PublishAsync(message);
            if (!result.IsSuccess)
            {
                refusals.Refuse(key, id, $"{NameOf(result.ReasonCode)} {result.ReasonString}".TrimEnd(), IsLater(result.ReasonCode));
            }
            else
            {
                if (id != 0)
                {
                    store.RemoveUp(id);
                    metrics.Delivered.Add(1);
                }

                refusals.Accept(key, id);
                Note(size);
            }
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // The connection has ended: it goes again over the next one.
            _unanswered.Enqueue((key, id));
        }
        finally
        {
            _inFlight.TryRemove(number, out _);
            try
            {
                _slots.Release();
            }
            catch (ObjectDisposedException)
            {
                // The connection's turn is over.
            }
        }
    }

    private void Note(int size)
    {
        for (int largest; size > (largest = Volatile.Read(ref _largest)) && Interlocked.CompareExchange(ref _largest, size, largest) != largest;)
        {
        }
    }

    // Mosquitto acknowledges with codes that MQTT has for the end of a connection alone.
    private static string NameOf(MqttClientPublishReasonCode code) => Enum.IsDefined(code) ? code.ToString() : ((MqttClientDisconnectReason)code).ToString();

    // What the broker may take from anybody, and as it is set up, and does not take at this moment.
    private static bool IsLater(MqttClientPublishReasonCode code) =>
        code is MqttClientPublishReasonCode.QuotaExceeded or MqttClientPublishReasonCode.PacketIdentifierInUse or MqttClientPublishReasonCode.UnspecifiedError;
}
