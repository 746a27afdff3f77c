using System;
using System.Diagnostics;
using System.IO;
using System.Text;
using System.Text.Json;
using System.Threading;
using Springtail.Crypto;
using Springtail.Packets;
using Springtail.Transport;

namespace Springtail.Demo;

/// <summary>
/// What a device does: it connects, sends a reading four times a second, takes what comes, and closes. Channel, session and
/// UDP transport are the firmware's own sources, with the limits that a device has by default. Each line that it prints is a JSON object.
/// </summary>
internal static class Device
{
    private const int Interval = 250;

    public static int Run(string pskFile, int readings)
    {
        ChannelOptions options = new()
        {
            Psk = Convert.FromHexString(File.ReadAllText(pskFile).Trim()),
            Suite = 1,
            Features = Features.ClientHops,
            PortMin = Places.PortMin,
            PortCount = Places.PortCount,
            Transport = new UdpTransport { LocalAddress = Places.Device },
            Crypto = new NativeCore(),
        };

        Stopwatch time = Stopwatch.StartNew();
        using Channel channel = Channel.Connect(Places.RelayForDevice.ToString(), options);
        Say(new { @event = "established", ms = time.ElapsedMilliseconds, session = channel.Session.Id.ToString("x16"), core = options.Crypto.GetType().Name });

        int echoes = 0;
        bool inOrder = true;
        Thread receiver = new(() => Receive(channel, ref echoes, ref inOrder));
        receiver.Start();
        Thread watcher = new(() => Watch(channel)) { IsBackground = true };
        watcher.Start();

        for (int i = 0; i < readings; i++)
        {
            channel.Send(Encoding.UTF8.GetBytes(Reading(i)));
            Thread.Sleep(Interval);
        }

        // What was lost is still being sent again.
        for (int waited = 0; Volatile.Read(ref echoes) < readings && waited < 15_000 && channel.IsOpen; waited += 50)
        {
            Thread.Sleep(50);
        }

        int lost = channel.Close();
        receiver.Join();
        Counters counters = channel.Session.Counters;
        Say(new
        {
            @event = "closed", sent = readings, unacknowledged = lost, echoes, in_order = inOrder, packets_in = counters.PacketsReceived, packets_out = counters.PacketsSent,
            again = counters.Retransmissions, dropped = counters.DropsInAll, rtt = channel.Session.RoundTripTime,
        });
        return lost == 0 && echoes == readings && inOrder ? 0 : 1;
    }

    /// <summary>The text of a reading: it holds its number, so that a missing, doubled or misplaced one is seen.</summary>
    public static string Reading(int number) => $"reading {number}: {200 + number * 7 % 50} tenths of a degree";

    private static void Receive(Channel channel, ref int echoes, ref bool inOrder)
    {
        byte[] buffer = new byte[4096];
        int size;
        while ((size = channel.Receive(buffer, -1)) != Channel.Ended)
        {
            if (size == Channel.Renewed)
            {
                Say(new { @event = "renewed", unacknowledged = channel.LostMessages });
                continue;
            }

            string text = Encoding.UTF8.GetString(buffer, 0, size);
            if (text.StartsWith("reading", StringComparison.Ordinal))
            {
                inOrder &= text == Reading(echoes);
                Interlocked.Increment(ref echoes);
            }

            Say(new { @event = "message", text });
        }
    }

    private static void Watch(Channel channel)
    {
        ulong window = 0;
        while (channel.IsOpen)
        {
            Sessions.Session session = channel.Session;
            if (session.Window != window)
            {
                window = session.Window;
                Say(new
                {
                    @event = "hop", window, own_port = session.LocalPort, peer_port = session.PeerPort, packets_in = session.Counters.PacketsReceived,
                    packets_out = session.Counters.PacketsSent, again = session.Counters.Retransmissions, rtt = session.RoundTripTime,
                });
            }

            Thread.Sleep(10);
        }
    }

    private static void Say(object fact) => Console.WriteLine(JsonSerializer.Serialize(fact));
}
