using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Springtail.Hosting;
using Springtail.Packets;
using Springtail.Sessions;

namespace Springtail.Gateway;

/// <summary>The devices: what they send goes to the store, what waits for them there goes to them, and how they are is told the broker.</summary>
internal sealed partial class Devices : BackgroundService, IChannelHandler
{
    private const int DownAtOnce = 16;

    // PROTOCOL.md: as many fragments as a message can have.
    private const int LargestDown = DataPayload.FragmentSize * DataPayload.MaxFragments;

    // Round trip and loss of a device whose state stays the same are told again after this time, in ms.
    private const int FiguresTime = 30_000;

    // Whether there is room again for a device that has to wait is looked up after this time, in ms.
    private const int RoomTime = 500;

    // It is told again after this time, in ms.
    private const int WaitToldTime = 60_000;

    private static readonly TimeSpan s_statusTime = TimeSpan.FromSeconds(1);

    // Hop windows are no shorter than 500 ms.
    private static readonly TimeSpan s_sampleTime = TimeSpan.FromMilliseconds(250);

    private readonly GatewaySettings _settings;
    private readonly Store _store;
    private readonly BrokerLink _link;
    private readonly History _history;
    private readonly SteadyClock _clock;
    private readonly KeyFolder _keys;
    private readonly ILogger<Devices> _logger;
    private readonly ConcurrentDictionary<string, Device> _devices = new(StringComparer.Ordinal);

    private readonly CancellationTokenSource _stopped = new();

    // The last message of each channel that is on disk and not acknowledged; of the thread that writes.
    private readonly Dictionary<Channel, ChannelMessage> _stored = [];

    public Devices(GatewaySettings settings, Store store, BrokerLink link, History history, SteadyClock clock, KeyFolder keys, ILogger<Devices> logger)
    {
        _settings = settings;
        _store = store;
        _link = link;
        _history = history;
        _clock = clock;
        _keys = keys;
        _logger = logger;
        link.Down = TakeDownAsync;
        link.LetGo = LetGo;
        store.BatchDone = Acknowledge;
    }

    /// <summary>Devices that are connected or asleep.</summary>
    public int Connected => _devices.Values.Count(d => d.Channel != null);

    /// <summary>A device's state, as its topic says it; "not seen" before it first connects.</summary>
    public string StateOf(string name) => _devices.TryGetValue(name, out Device? device) && device.State.Length > 0 ? device.State : "not seen";

    /// <summary>A device: its state, since when, messages that came since the start, and how its session was a second ago, null when it had none.</summary>
    public (string State, DateTimeOffset Since, long Messages, ChannelStatus? Status) Look(string name) =>
        _devices.TryGetValue(name, out Device? device) && device.Status is { } status ? (device.State, device.Since, device.Messages, status) : ("not seen", default, 0, null);

    /// <summary>The ratio of packets sent again.</summary>
    public static double Loss(ChannelStatus status) => Math.Round(status.PacketsSent == 0 ? 0 : (double)status.Retransmissions / status.PacketsSent, 4);

    public Task ConnectedAsync(Channel channel, CancellationToken cancellationToken)
    {
        string name = channel.Status.KeyName!;
        Device device = _devices.GetOrAdd(name, n => new Device(n));
        lock (device)
        {
            device.Channel = channel;
            Tell(device, channel.Status);
        }

        _link.Claim(name);
        device.Wake();
        if (Interlocked.Exchange(ref device.IsPumping, 1) == 0)
        {
            _ = PumpDownAsync(device);
        }

        return Task.CompletedTask;
    }

    public async Task ReceivedAsync(Channel channel, ChannelMessage message, CancellationToken cancellationToken)
    {
        string name = channel.Status.KeyName!;
        Device device = _devices.GetOrAdd(name, n => new Device(n));
        while (_store.MustWait(name))
        {
            device.WaitIsToldAgainAt = OnceAMinute(device.WaitIsToldAgainAt, () => LogMustWait(name));

            // Its window closes; what was not acknowledged it still has when the session ends.
            await Task.Delay(RoomTime, cancellationToken);
            if (!channel.IsOpen)
            {
                return;
            }
        }

        if (_settings.HomeAssistant)
        {
            HomeAssistant.Describe(name, message.Data.Span, _link, device.Described);
        }

        byte[] payload = message.Data.ToArray();
        device.Messages++;
        _history.Of(name, isWatched: false)?.Read(payload);

        // The next message is taken once this one waits to be stored; this one is acknowledged once it is.
        await _store.AddUpAsync(name, payload, () => _stored[channel] = message);
    }

    public Task EndedAsync(Channel channel, ChannelStatus status)
    {
        if (_devices.TryGetValue(status.KeyName!, out Device? device))
        {
            lock (device)
            {
                // Its next session may have begun before.
                if (device.Channel == channel)
                {
                    device.Channel = null;
                    Tell(device, status);
                }
            }
        }

        return Task.CompletedTask;
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopped.CancelAsync();
        await base.StopAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.WhenAll(
            EveryAsync(s_statusTime, TellAgain, stoppingToken),
            EveryAsync(s_sampleTime, (device, channel) => _history.Of(device.Name, isWatched: false)?.Sample(channel.Status), stoppingToken));
    }

    // Unless it has ended: that it is there would be the last that is heard of it.
    private void TellAgain(Device device, Channel channel)
    {
        lock (device)
        {
            if (device.Channel == channel)
            {
                Tell(device, channel.Status);
            }
        }
    }

    // For each device that has a session.
    private async Task EveryAsync(TimeSpan time, Action<Device, Channel> action, CancellationToken stoppingToken)
    {
        using PeriodicTimer timer = new(time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                foreach (Device device in _devices.Values)
                {
                    if (device.Channel is { } channel)
                    {
                        action(device, channel);
                    }
                }
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    private void Acknowledge()
    {
        foreach (ChannelMessage message in _stored.Values)
        {
            message.Acknowledge();
        }

        _stored.Clear();
    }

    // False when no more may wait for the device.
    private async Task<bool> TakeDownAsync(string name, byte[] payload, long expires)
    {
        // The broker keeps a subscription longer than its device may keep its key: what nobody can take would fill the disk.
        if (!_keys.MayHave(name))
        {
            LogNoDevice(name);
            await _link.UnsubscribeAsync(name);
            return true;
        }

        // Nor does it fit into the room that the store keeps.
        if (payload.Length > LargestDown)
        {
            LogTooLarge(name, payload.Length, $"No device takes more than {LargestDown} bytes.");
            return true;
        }

        Device device = _devices.GetOrAdd(name, n => new Device(n));
        if (_store.HasNoRoomFor(name))
        {
            device.FullIsToldAgainAt = OnceAMinute(device.FullIsToldAgainAt, () => LogNoRoom(name));
            return false;
        }

        await _store.AddDownAsync(name, payload, expires);
        device.Wake();
        if (_link.IsElsewhere(name))
        {
            // Another gateway's claim was heard meanwhile.
            _ = GiveBackAsync(device);
        }

        return true;
    }

    // Logs what goes on for a while; returns when it is due again, in ms.
    private static long OnceAMinute(long dueAt, Action log)
    {
        if (Environment.TickCount64 < dueAt)
        {
            return dueAt;
        }

        log();
        return Environment.TickCount64 + WaitToldTime;
    }

    // Messages of a device go to it in their order, and are removed once it has acknowledged them.
    private async Task PumpDownAsync(Device device)
    {
        while (!_stopped.IsCancellationRequested)
        {
            try
            {
                Channel? channel = device.Channel;
                if (channel == null || !await SendWaitingAsync(device, channel))
                {
                    await device.Woken.WaitAsync(_stopped.Token);
                }
            }
            catch (OperationCanceledException)
            {
                // The gateway stops.
            }
            catch (Exception e)
            {
                // The channel has ended, and the next one goes on; or the disk failed, and is tried again.
                if (e is not SpringtailException and not ObjectDisposedException && !_stopped.IsCancellationRequested)
                {
                    LogUnread(device.Name, e.Message);
                }

                await device.Woken.WaitAsync(TimeSpan.FromSeconds(1));
            }
        }
    }

    // False when nothing waits.
    private async Task<bool> SendWaitingAsync(Device device, Channel channel)
    {
        List<StoredMessage> waiting = _store.ReadDown(device.Name, DownAtOnce);
        if (waiting.Count == 0)
        {
            return false;
        }

        List<StoredMessage> sent = [];
        foreach (StoredMessage message in waiting)
        {
            // What may expire is given to the channel when the device is awake, since it cannot be taken back.
            while (message.Expires != 0 && channel.Status.State == SessionState.Asleep && !IsExpired(message) && sent.Count == 0)
            {
                await Task.Delay(50);
            }

            if (IsExpired(message))
            {
                _store.RemoveDown(message.Id);
            }
            else if (message.Expires != 0 && channel.Status.State == SessionState.Asleep)
            {
                break;
            }
            else if (await SendAsync(channel, message))
            {
                sent.Add(message);
            }
        }

        bool received = sent.Count == 0 || await channel.WaitForAcknowledgmentsAsync();
        if (received)
        {
            sent.ForEach(m => _store.RemoveDown(m.Id));
            await _store.FlushAsync();
        }
        else
        {
            await Task.Delay(200);
        }

        return true;
    }

    // False for one that is too large for its device: no later time makes it fit, and those after it would wait for ever.
    private async Task<bool> SendAsync(Channel channel, StoredMessage message)
    {
        try
        {
            await channel.SendAsync(message.Payload);
            return true;
        }
        catch (SpringtailException e) when (e.Code == ErrorCode.MessageTooLarge)
        {
            LogTooLarge(message.Device, message.Payload.Length, e.Message);
            _store.RemoveDown(message.Id);
            await _store.FlushAsync();
            return false;
        }
    }

    private bool IsExpired(StoredMessage message) => message.Expires != 0 && message.Expires < _clock.UtcNow;

    private void LetGo(string name)
    {
        Device device = _devices.GetOrAdd(name, n => new Device(n));
        Channel? channel;
        lock (device)
        {
            // How the device is, is for the other one to tell: of the end of its session here nobody hears.
            channel = device.Channel;
            device.Channel = null;
            device.State = channel == null ? device.State : "offline";
        }

        if (channel != null)
        {
            LogLetGo(name);
            channel.Dispose();
        }

        _ = GiveBackAsync(device);
    }

    // Another gateway has the device: what waits here for it goes back to the broker, for that one.
    private async Task GiveBackAsync(Device device)
    {
        await _link.UnsubscribeAsync(device.Name);
        await device.GivingBack.WaitAsync();
        try
        {
            for (List<StoredMessage> waiting = []; device.Channel == null && _link.IsConnected && (waiting = _store.ReadDown(device.Name, DownAtOnce)).Count > 0;)
            {
                foreach (StoredMessage message in waiting)
                {
                    DownResult given;
                    while ((given = IsExpired(message) ? DownResult.Taken : await _link.SendDownAsync(device.Name, message.Payload, message.Expires)) == DownResult.NobodyListens)
                    {
                        // The broker has dropped it: it waits here until the other one hears it, or the device is back.
                        await Task.Delay(1000, _stopped.Token);
                        if (device.Channel != null)
                        {
                            return;
                        }
                    }

                    if (given == DownResult.Failed)
                    {
                        return;
                    }

                    _store.RemoveDown(message.Id);
                }

                await _store.FlushAsync();
            }
        }
        finally
        {
            device.GivingBack.Release();
        }
    }

    // One at a time for a device: the last that is told is how it is.
    private void Tell(Device device, ChannelStatus status)
    {
        device.Status = status;
        bool isOver = status.EndReason != EndReason.None;
        string state = isOver ? "offline" : status.State == SessionState.Asleep ? "asleep" : "online";
        DateTimeOffset now = DateTimeOffset.UtcNow;
        if (state == device.State && Environment.TickCount64 - device.ToldAt < FiguresTime && !isOver)
        {
            return;
        }

        if (state != device.State)
        {
            device.Since = now;
        }

        device.State = state;
        device.ToldAt = Environment.TickCount64;
        Dictionary<string, object> json = new()
        {
            ["state"] = state,
            ["since"] = device.Since.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
            ["gateway"] = _settings.Name,
            ["address"] = status.PeerEndPoint.ToString(),
            ["suite"] = status.Suite,
            ["epoch"] = status.Epoch,
            ["roundTrip"] = status.RoundTripTime,
            ["loss"] = Loss(status),
        };
        if (state == "asleep")
        {
            json["asleepUntil"] = now.AddMilliseconds(status.AsleepFor).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        }
        else if (state == "offline")
        {
            json["reason"] = status.EndReason.ToString();
        }

        _link.SetState(Topics.Status(device.Name), JsonSerializer.SerializeToUtf8Bytes(json));
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Another gateway has {Device} now: its session here ends")]
    private partial void LogLetGo(string device);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A message for {Device} is dropped: no device of that name has a key")]
    private partial void LogNoDevice(string device);

    [LoggerMessage(Level = LogLevel.Error, Message = "A message for {Device} with {Size} bytes is dropped: {Reason}")]
    private partial void LogTooLarge(string device, int size, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "Messages for {Device} cannot be read: {Reason}")]
    private partial void LogUnread(string device, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Device} has to wait: more of its messages are on disk than three times what there is room for, and the rest is for others")]
    private partial void LogMustWait(string device);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Messages for {Device} are refused: more of them wait on disk than three times what there is room for, and the rest is for others")]
    private partial void LogNoRoom(string device);

    private sealed class Device(string name)
    {
        public int IsPumping;

        public string Name { get; } = name;

        public Channel? Channel { get; set; }

        public ChannelStatus? Status { get; set; }

        public long Messages { get; set; }

        public string State { get; set; } = "";

        public DateTimeOffset Since { get; set; }

        // On the machine's own clock, in ms.
        public long ToldAt { get; set; }

        // On the machine's own clock, in ms.
        public long WaitIsToldAgainAt { get; set; }

        // On the machine's own clock, in ms.
        public long FullIsToldAgainAt { get; set; }

        public HashSet<string> Described { get; } = new(StringComparer.Ordinal);

        public SemaphoreSlim Woken { get; } = new(0);

        public SemaphoreSlim GivingBack { get; } = new(1);

        public void Wake() => Woken.Release();
    }
}
