using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading;
using System.Threading.Tasks;

namespace Springtail.Gateway;

/// <summary><c>springtail load</c>: plays devices over real sockets.</summary>
internal sealed class Load
{
    private const int ReceiveAhead = 4;

    private readonly Dictionary<string, string> _given = new(StringComparer.Ordinal);
    private long _sent;
    private long _received;
    private long _acknowledged;
    private long _connects;
    private long _ended;
    private long _lost;
    private KeyLog? _keyLog;

    public static async Task<int> RunAsync(string[] arguments)
    {
        Load load = new();
        for (int i = 0; i + 1 < arguments.Length; i += 2)
        {
            load._given[arguments[i]] = arguments[i + 1];
        }

        if (arguments.Length == 0 || arguments.Length % 2 != 0 || load._given.Keys.Except(["--host", "--keys", "--devices", "--every", "--seconds", "--ports", "--rendezvous", "--prefix", "--key-log"]).Any()
            || !load.Number("--devices", 10, 1, 100_000, out double devices) || !load.Number("--every", 10, 0.001, 86_400, out double every)
            || !load.Number("--seconds", 60, 1, 1e9, out double seconds) || !load.Number("--rendezvous", 0, 0, 65535, out double rendezvous)
            || !load._given.TryGetValue("--keys", out string? keys))
        {
            Console.Error.WriteLine("springtail load --keys FOLDER [--host HOST] [--devices N] [--every S] [--seconds S] [--ports A-B] [--rendezvous PORT] [--prefix TEXT] [--key-log FILE]");
            Console.Error.WriteLine("Plays N devices (10) that send a reading each every S seconds (10), for so many seconds (60), to a gateway at HOST (127.0.0.1) whose folder of keys is FOLDER:");
            Console.Error.WriteLine("keys that are missing are made there, under the names PREFIX00001 (load-) and so on. FILE, or what SPRINGTAILKEYLOG names, takes the keys of all sessions.");
            return 2;
        }

        return await load.PlayAsync(keys, (int)devices, every, seconds, (int)rendezvous);
    }

    private bool Number(string name, double otherwise, double least, double most, out double value)
    {
        value = otherwise;
        return !_given.TryGetValue(name, out string? text)
            || (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && value >= least && value <= most);
    }

    private async Task<int> PlayAsync(string folder, int count, double every, double seconds, int rendezvous)
    {
        string prefix = _given.GetValueOrDefault("--prefix", "load-");
        string[] names = [.. Enumerable.Range(1, count).Select(i => prefix + i.ToString("D5", CultureInfo.InvariantCulture))];
        _keyLog = _given.TryGetValue("--key-log", out string? file) ? new KeyLog(file) : KeyLog.FromEnvironment();
        if (_keyLog != null)
        {
            Console.Error.WriteLine($"warning: {_keyLog.Warning}");
        }

        PrivateFiles.MakeFolder(folder);
        bool made = false;
        foreach (string name in names.Where(n => !File.Exists(Path.Combine(folder, n))))
        {
            PskFile.Create(Path.Combine(folder, name));
            made = true;
        }

        if (made)
        {
            // The gateway takes them up.
            await Task.Delay(2000);
        }

        using CancellationTokenSource end = new();
        ConsoleCancelEventHandler stop = (_, e) =>
        {
            e.Cancel = true;
            end.Cancel();
        };
        Console.CancelKeyPress += stop;
        TimeSpan cpu = Process.GetCurrentProcess().TotalProcessorTime;
        Stopwatch time = Stopwatch.StartNew();
        end.CancelAfter(TimeSpan.FromSeconds(seconds));
        await Task.WhenAll(names.Select((name, i) => DeviceAsync(name, PskFile.Read(Path.Combine(folder, name)), every, i * every / count, rendezvous, end.Token)));
        double took = time.Elapsed.TotalSeconds;
        Console.CancelKeyPress -= stop;
        cpu = Process.GetCurrentProcess().TotalProcessorTime - cpu;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{{\"devices\":{count},\"seconds\":{took:0.0},\"connects\":{_connects},\"sessionsLost\":{_ended},\"sent\":{_sent},\"acknowledged\":{_acknowledged},\"unacknowledged\":{_lost},\"received\":{_received},\"messagesPerSecond\":{_acknowledged / took:0},\"cpuSeconds\":{cpu.TotalSeconds:0.0}}}"));
        return 0;
    }

    // One device: connects, again whenever its session is lost, and sends readings; each has a number, and is sent again when it was not acknowledged.
    private async Task DeviceAsync(string name, byte[] psk, double every, double first, int rendezvous, CancellationToken end)
    {
        ChannelOptions options = new() { Psk = psk, Suite = 2, DiscoveryPort = 0, RendezvousPort = rendezvous, SendBuffers = 32, ReceiveAhead = ReceiveAhead, KeyLog = _keyLog };
        if (_given.TryGetValue("--ports", out string? range) && range.Split('-') is [var a, var b] && int.TryParse(a, CultureInfo.InvariantCulture, out int from) && int.TryParse(b, CultureInfo.InvariantCulture, out int to))
        {
            options.PortMin = from;
            options.PortCount = to - from + 1;
        }

        long number = 0;
        try
        {
            await Task.Delay(TimeSpan.FromSeconds(first), end);
            while (!end.IsCancellationRequested)
            {
                Channel channel;
                try
                {
                    channel = await Channel.ConnectAsync(_given.GetValueOrDefault("--host", "127.0.0.1"), options, end);
                }
                catch (SpringtailException)
                {
                    continue;
                }

                Interlocked.Increment(ref _connects);
                number = await TalkAsync(channel, name, number, every, end);
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    // Returns the number of the first reading that may not have arrived.
    private async Task<long> TalkAsync(Channel channel, string name, long number, double every, CancellationToken end)
    {
        Task receiving = ReceiveAsync(channel);
        long first = number;
        try
        {
            using PeriodicTimer timer = new(TimeSpan.FromSeconds(every));
            do
            {
                await channel.SendAsync(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{{\"device\":\"{name}\",\"number\":{number},\"temperature\":{20 + number % 10}}}")), end);
                number++;
                Interlocked.Increment(ref _sent);
            }
            while (await timer.WaitForNextTickAsync(end));
        }
        catch (SpringtailException)
        {
            Interlocked.Increment(ref _ended);
        }
        catch (OperationCanceledException)
        {
        }

        if (end.IsCancellationRequested && channel.IsOpen)
        {
            using CancellationTokenSource patience = new(TimeSpan.FromSeconds(20));
            try
            {
                await channel.CloseAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
            }
        }

        channel.Dispose();
        await receiving;
        int lost = channel.LostMessages;
        Interlocked.Add(ref _acknowledged, number - first - lost);
        Interlocked.Add(ref _lost, lost);
        return number - lost;
    }

    private async Task ReceiveAsync(Channel channel)
    {
        try
        {
            await foreach (ChannelMessage _ in channel.ReceiveAllAsync())
            {
                Interlocked.Increment(ref _received);
            }
        }
        catch (SpringtailException)
        {
        }
    }
}
